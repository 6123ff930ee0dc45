// SPDX-License-Identifier: BSL-1.0
// What a DKIM signer is told, and why it does not sign (RFC 6376 3.5, 5).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/character_class.hpp"
#include "../dns/name.hpp"
#include "../grammar/domain.hpp"
#include "dkim_canonicalization.hpp"
#include "dkim_functions.hpp"

namespace ehlo::inline v0::sender {

/// The fields of RFC 6376 5.4.1, with Sender, Message-ID and those of MIME, which 5.4 advises to sign.
inline constexpr std::array<std::string_view, 26> dkim_usual_fields{"From",
                                                                    "Sender",
                                                                    "Reply-To",
                                                                    "Subject",
                                                                    "Date",
                                                                    "To",
                                                                    "Cc",
                                                                    "Resent-Date",
                                                                    "Resent-From",
                                                                    "Resent-To",
                                                                    "Resent-Cc",
                                                                    "In-Reply-To",
                                                                    "References",
                                                                    "List-Id",
                                                                    "List-Help",
                                                                    "List-Unsubscribe",
                                                                    "List-Subscribe",
                                                                    "List-Post",
                                                                    "List-Owner",
                                                                    "List-Archive",
                                                                    "Message-ID",
                                                                    "MIME-Version",
                                                                    "Content-Type",
                                                                    "Content-Transfer-Encoding",
                                                                    "Content-ID",
                                                                    "Content-Description"};

/// Nobody can add one unnoticed (8.15).
inline constexpr std::array<std::string_view, 1> dkim_oversigned_fields{"From"};

/// A private key, which only the host has; each makes a signature of its own.
struct dkim_signing_key {
  std::string_view selector{};  ///< s=: where its public key is, `selector._domainkey.domain`
  dkim_algorithm algorithm = dkim_algorithm::rsa_sha256;
  unsigned number = 0;  ///< what dkim_functions::sign is given
};

/// Views of the host's, needed as long as the signer.
struct dkim_sign_options {
  std::string_view domain{};                 ///< d=, with A-labels
  std::span<dkim_signing_key const> keys{};  ///< one signature for each, in this order
  std::string_view identity{};               ///< i=: [local-part]@domain, the same domain or below it. Empty: not said
  dkim_canonicalization header = dkim_canonicalization::relaxed;  ///< c=
  dkim_canonicalization body = dkim_canonicalization::relaxed;
  /// h=: of each name as many fields as there are; none, and its name is not in the list. From always is.
  std::span<std::string_view const> fields = dkim_usual_fields;
  /// Names that are in h= once more than there are fields, so that one that is added breaks the signature (5.4); they
  /// need not be in `fields` too. Not DKIM-Signature: each signature would break the others.
  std::span<std::string_view const> oversigned = dkim_oversigned_fields;
  std::uint64_t unix_seconds = 0;   ///< t=, now. 0: not said
  std::uint64_t expires_after = 0;  ///< x=, in seconds after t=. 0: never
};

enum class dkim_sign_error : std::uint8_t {
  none,
  no_key,
  domain,
  selector,
  algorithm,
  identity,
  field_name,
  time,
  order,
  header_too_long,
  malformed_header,
  no_from,
  many_from,
  too_many_fields,
  function_failed,
  room,
};

inline constexpr std::array<std::string_view, 16> dkim_sign_messages{
    "no error",
    "no key to sign with",
    "the domain is not of two labels or more in ASCII",
    "the selector is no domain name, or makes one that is too long",
    "signatures with SHA-1 are not made (RFC 8301 3.1)",
    "the identity is not of the domain, nor of one below it",
    "what is to be signed is no field name, or is DKIM-Signature once more than it is there",
    "a time that has more than 12 digits, or an end without a beginning",
    "the header or the body has not ended",
    "the header does not fit into its storage",
    "the header has a line that is no field, or a CR or LF alone",
    "the header has no From field",
    "the header has more than one From field",
    "the header has more fields than a verifier looks at",
    "a function of the host failed, or is missing",
    "no room for the signature",
};

[[nodiscard]] constexpr std::string_view message(dkim_sign_error e) noexcept {
  return dkim_sign_messages[static_cast<std::size_t>(e)];
}

namespace detail {

/// hdr-name, without what ends the tag in practice: `;` (RFC 6376 3.2, 3.5).
[[nodiscard]] constexpr bool is_signable_name(std::string_view name) noexcept {
  for (char const c : name)
    if (!has_class(c, char_class::graphic) || c == ':' || c == ';') return false;
  return !name.empty();
}

[[nodiscard]] constexpr bool is_identity_of(std::string_view identity, std::string_view domain) noexcept {
  constexpr std::size_t longest = 64 + 1 + longest_name;
  std::size_t const at = identity.rfind('@');
  if (at == identity.npos || identity.size() > longest) return false;
  std::string_view const of = identity.substr(at + 1);
  return is_domain(of) && is_within(of, domain);
}

}  // namespace detail

/// What is wrong with the options, whatever the message: none, or no_key to time in the enumeration.
[[nodiscard]] constexpr dkim_sign_error check(dkim_sign_options const& o) noexcept {
  constexpr std::uint64_t end_of_time = 1'000'000'000'000;
  if (o.keys.empty()) return dkim_sign_error::no_key;
  if (!is_domain(o.domain) || o.domain.find('.') == o.domain.npos) return dkim_sign_error::domain;
  for (dkim_signing_key const& key : o.keys) {
    constexpr std::size_t between = std::string_view{"._domainkey."}.size();
    if (!is_domain(key.selector) || key.selector.size() + between + o.domain.size() > longest_name)
      return dkim_sign_error::selector;
    if (key.algorithm != dkim_algorithm::rsa_sha256 && key.algorithm != dkim_algorithm::ed25519_sha256)
      return dkim_sign_error::algorithm;
  }
  if (!o.identity.empty() && !detail::is_identity_of(o.identity, o.domain)) return dkim_sign_error::identity;
  for (auto const list : {o.fields, o.oversigned})
    for (std::string_view const name : list)
      if (!detail::is_signable_name(name)) return dkim_sign_error::field_name;
  for (std::string_view const name : o.oversigned)
    if (equal_ignoring_case(name, "DKIM-Signature")) return dkim_sign_error::field_name;
  if (o.unix_seconds >= end_of_time || (o.unix_seconds == 0 && o.expires_after != 0) ||
      o.expires_after >= end_of_time - o.unix_seconds)
    return dkim_sign_error::time;
  return dkim_sign_error::none;
}

}  // namespace ehlo::inline v0::sender
