// SPDX-License-Identifier: BSL-1.0
// The field DKIM-Signature (RFC 6376 3.5, RFC 8463 4.1): "implementers MUST meticulously validate the format and
// values" (6.1.1).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/config.hpp"
#include "../base/text_writer.hpp"
#include "../dns/a_label.hpp"
#include "../dns/name.hpp"
#include "../grammar/domain.hpp"
#include "../model/tolerance.hpp"
#include "cfws.hpp"
#include "dkim_canonicalization.hpp"
#include "dkim_functions.hpp"
#include "dkim_problem.hpp"
#include "dkim_signed_fields.hpp"
#include "folded_base64.hpp"
#include "tag_list.hpp"

namespace ehlo::inline v0::sender {

/// What a signature says. The texts are views of the field.
struct dkim_signature {
  dkim_algorithm algorithm = dkim_algorithm::rsa_sha256;
  dkim_canonicalization header = dkim_canonicalization::simple;
  dkim_canonicalization body = dkim_canonicalization::simple;
  bool has_length = false;                         ///< there is l=
  bool in_subdomain = false;                       ///< the domain of i= is not d=, but a subdomain
  std::string_view signature{};                    ///< b=, base64 as it is written
  std::array<char, dkim_digest_size> body_hash{};  ///< the octets of bh=
  std::string_view domain{};                       ///< d=
  std::string_view selector{};                     ///< s=
  std::string_view signed_fields{};                ///< h=, names with colons between them
  std::string_view identity{};                     ///< i= as it is written; empty: there is none
  std::string_view identity_domain{};              ///< the domain of i=, or d=
  std::uint64_t length = 0;      ///< l=, if has_length; what is larger than the number can be is the largest
  std::int64_t time = -1;        ///< t= in seconds since 1970; -1: there is none
  std::int64_t expiration = -1;  ///< x=, likewise
};

namespace detail {

/// A number of at most `digits` digits; what is over the largest one is the largest one.
[[nodiscard]] constexpr bool read_digits(std::string_view text, std::size_t digits, std::uint64_t& out) noexcept {
  constexpr std::uint64_t largest = ~std::uint64_t{0};
  out = 0;
  for (char const c : text) {
    if (!is_digit(c)) return false;
    std::uint64_t const value = static_cast<std::uint64_t>(c - '0');
    out = out > (largest - value) / 10 ? largest : 10 * out + value;
  }
  return !text.empty() && text.size() <= digits;
}

/// Seconds since 1970. More than twelve digits are not in the grammar, and nobody's time.
[[nodiscard]] constexpr bool read_time(tag const* from, std::int64_t& out) noexcept {
  if (from == nullptr) return true;
  std::uint64_t number = 0;
  if (!read_digits(from->value, 12, number)) return false;
  out = static_cast<std::int64_t>(number);
  return true;
}

[[nodiscard]] constexpr bool read_canonicalization(std::string_view text, dkim_canonicalization& out) noexcept {
  out = text == "relaxed" ? dkim_canonicalization::relaxed : dkim_canonicalization::simple;
  return text == name(out);
}

/// c=: one name is that of the header, and the body's is then "simple".
[[nodiscard]] constexpr bool read_canonicalizations(tag const* from, dkim_signature& out) noexcept {
  if (from == nullptr) return true;
  std::size_t const slash = from->value.find('/');
  if (!read_canonicalization(from->value.substr(0, slash), out.header)) return false;
  return slash == std::string_view::npos || read_canonicalization(from->value.substr(slash + 1), out.body);
}

[[nodiscard]] constexpr bool read_algorithm(std::string_view text, dkim_algorithm& out) noexcept {
  for (std::size_t i = 0; i != dkim_algorithm_names.size(); ++i)
    if (text == dkim_algorithm_names[i]) {
      out = static_cast<dkim_algorithm>(i);
      return true;
    }
  return false;
}

/// sub-domain *("." sub-domain). Underscores are met, and U-labels are allowed (RFC 8616).
[[nodiscard]] constexpr bool is_signing_name(std::string_view text) noexcept {
  return is_domain(text, tolerance::loose_domain, true);
}
/// domain-name: at least two labels.
[[nodiscard]] constexpr bool is_signing_domain(std::string_view text) noexcept {
  return text.find('.') != std::string_view::npos && is_signing_name(text);
}

/// dkim-quoted-printable (2.11): each "=" begins two hexadecimal digits in upper case. The rest tag_list has checked.
[[nodiscard]] constexpr bool is_quoted_printable(std::string_view text) noexcept {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (std::size_t i = 0; i != text.size(); ++i) {
    if (text[i] != '=') continue;
    if (text.size() - i < 3 || digits.find(text[i + 1]) == digits.npos || digits.find(text[i + 2]) == digits.npos)
      return false;
  }
  return true;
}

/// i=: of its local-part, which means something to the signer only, no more is required than its encoding.
[[nodiscard]] constexpr bool read_identity(tag const* from, dkim_signature& out) noexcept {
  out.identity_domain = out.domain;
  if (from == nullptr) return true;
  out.identity = from->value;
  std::size_t const at = out.identity.rfind('@');
  if (at == std::string_view::npos) return false;
  out.identity_domain = out.identity.substr(at + 1);
  out.identity_domain.remove_prefix(skip_fws(out.identity_domain, 0));
  return is_quoted_printable(out.identity.substr(0, at)) && is_signing_domain(out.identity_domain);
}

/// h=: names of printable ASCII, at least one.
[[nodiscard]] constexpr dkim_problem check_signed_fields(std::string_view names) noexcept {
  colon_list list{names};
  std::size_t count = 0;
  for (std::string_view name; list.next(name); ++count) {
    if (name.empty()) return dkim_problem::signed_fields;
    for (char const c : name)
      if (c <= ' ' || c > '~') return dkim_problem::signed_fields;
  }
  return count > dkim_signed_field_limit ? dkim_problem::too_many_fields : dkim_problem::none;
}

/// q=: what is not known is passed over.
[[nodiscard]] constexpr bool has_known_query(tag const* from) noexcept {
  return from == nullptr || colon_list{from->value}.contains("dns/txt");
}

/// The domain of i= has to be d= or a subdomain, be they written with A-labels or U-labels.
[[nodiscard]] constexpr bool is_identity_within(dkim_signature& s) noexcept {
  std::array<char, longest_name> mine{};
  std::array<char, longest_name> parent{};
  text_writer identity{mine};
  text_writer domain{parent};
  if (!write_a_labels(identity, s.identity_domain) || !write_a_labels(domain, s.domain)) return false;
  s.in_subdomain = identity.written().size() != domain.written().size();
  return is_within(identity.written(), domain.written());
}

/// The tags that there have to be (6.1.1), in the order of 3.5.
[[nodiscard]] constexpr dkim_problem read_required_tags(tag_list const& tags, dkim_signature& out) noexcept {
  for (std::string_view const name : {"v", "a", "b", "bh", "d", "h", "s"})
    if (tags.find(name) == nullptr) return dkim_problem::missing_tag;
  out.signature = tags.find("b")->value;
  out.signed_fields = tags.find("h")->value;
  if (std::string_view const domain = tags.find("d")->value; is_signing_domain(domain)) out.domain = domain;
  if (std::string_view const selector = tags.find("s")->value; is_signing_name(selector)) out.selector = selector;
  if (tags.find("v")->value != "1") return dkim_problem::version;
  if (!read_algorithm(tags.find("a")->value, out.algorithm)) return dkim_problem::algorithm;
  if (out.signature.empty() || !is_folded_base64(out.signature)) return dkim_problem::signature_data;
  if (decode_folded_base64(tags.find("bh")->value, out.body_hash).size !=
      (out.algorithm == dkim_algorithm::rsa_sha1 ? 20U : dkim_digest_size))
    return dkim_problem::body_hash_data;
  if (out.domain.empty()) return dkim_problem::domain;
  if (dkim_problem const p = check_signed_fields(out.signed_fields); p != dkim_problem::none) return p;
  if (out.selector.empty()) return dkim_problem::selector;
  return dkim_problem::none;
}

[[nodiscard]] constexpr dkim_problem read_other_tags(tag_list const& tags, dkim_signature& out) noexcept {
  if (!read_canonicalizations(tags.find("c"), out)) return dkim_problem::canonicalization;
  if (!read_identity(tags.find("i"), out)) return dkim_problem::identity;
  if (tag const* const length = tags.find("l"); length != nullptr) {
    if (!read_digits(length->value, 76, out.length)) return dkim_problem::body_length;
    out.has_length = true;
  }
  if (!has_known_query(tags.find("q"))) return dkim_problem::query_method;
  if (!read_time(tags.find("t"), out.time)) return dkim_problem::time;
  if (!read_time(tags.find("x"), out.expiration)) return dkim_problem::expiration;
  return dkim_problem::none;
}

}  // namespace detail

/// Writes the name of the key: `SELECTOR._domainkey.DOMAIN` with A-labels (RFC 6376 3.6.2.1). Returns how long the
/// domain is there; 0: the writer is full, or a label becomes too long.
[[nodiscard]] constexpr std::size_t write_dkim_key_name(text_writer& out, dkim_signature const& s) noexcept {
  if (!write_a_labels(out, s.selector)) return 0;
  std::size_t const before = out.put("._domainkey.").written().size();
  return write_a_labels(out, s.domain) ? out.written().size() - before : 0;
}

/// Reads the value of a field DKIM-Signature: what stands behind its colon. Tags that are not known are ignored, and
/// z=, on which nothing depends, may hold anything. rsa-sha1 is read like the others. On an error `out` holds what was
/// read until then.
/// What is laxer than the letter: in d=, i= and s= underscores, which are met, and U-labels, which RFC 8616 allows in
/// internationalized mail.
/// Returns one of the problems of the text (dkim_problem.hpp), identity_domain or expiration_order.
[[nodiscard]] constexpr dkim_problem parse_dkim_signature(std::string_view value EHLO_LIFETIMEBOUND,
                                                          dkim_signature& out) noexcept {
  out = {};
  tag_list tags;
  switch (parse_tag_list(value, tags)) {
    case tag_list_error::none: break;
    case tag_list_error::duplicate: return dkim_problem::duplicate_tag;
    default: return dkim_problem::syntax;
  }
  if (dkim_problem const p = detail::read_required_tags(tags, out); p != dkim_problem::none) return p;
  std::array<char, longest_name> room{};
  text_writer key_name{room};
  if (write_dkim_key_name(key_name, out) == 0) return dkim_problem::selector;
  if (dkim_problem const p = detail::read_other_tags(tags, out); p != dkim_problem::none) return p;
  if (!detail::is_identity_within(out)) return dkim_problem::identity_domain;
  if (out.time >= 0 && out.expiration >= 0 && out.expiration <= out.time) return dkim_problem::expiration_order;
  return dkim_problem::none;
}

}  // namespace ehlo::inline v0::sender
