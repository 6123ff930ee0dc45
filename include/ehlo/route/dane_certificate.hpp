// SPDX-License-Identifier: BSL-1.0
// DANE for SMTP, after the handshake: whether the certificates that a server presented match its TLSA records (RFC 7672
// 3, RFC 7671 5, 9). The host computes what is asked here with its TLS library.
//
// Who lets OpenSSL do it needs nothing of this file: SSL_CTX_dane_enable(), SSL_dane_enable() with the base domain,
// SSL_dane_set_flags(DANE_FLAG_NO_DANE_EE_NAMECHECKS), SSL_dane_tlsa_add() for each usable record, SSL_add1_host() for
// the further identifiers; after the handshake SSL_get_verify_result() and SSL_get0_dane_authority().
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "tlsa_record.hpp"

namespace ehlo::inline v0::route {

/// A certificate that the server presented. All views are octets; OpenSSL: SSL_get_peer_cert_chain().
struct presented_certificate {
  std::string_view der{};         ///< i2d_X509()
  std::string_view spki{};        ///< its SubjectPublicKeyInfo: i2d_X509_PUBKEY() of X509_get_X509_PUBKEY()
  std::string_view der_sha256{};  ///< EVP_Digest() of the two above: 32 octets, or 64
  std::string_view der_sha512{};
  std::string_view spki_sha256{};
  std::string_view spki_sha512{};
  /// The leaf can be traced to this certificate if nothing but this is trusted: each signature holds, each issuer may
  /// issue, each certificate below is within its dates and for a server. OpenSSL: X509_verify_cert() with a store of
  /// this one, the others as untrusted, X509_V_FLAG_PARTIAL_CHAIN and X509_PURPOSE_SSL_SERVER. Of the leaf it is not
  /// asked. It need only be known of those for which wants_trust() says so.
  bool anchors_leaf = false;
};

enum class dane_result : std::uint8_t {
  authenticated,
  no_certificate,  ///< the server presented none
  no_match,        ///< no usable record matches any of them
  not_issued,      ///< a trust anchor matches, but the leaf cannot be traced to it
  wrong_name,      ///< and it can be, but it proves none of the reference identifiers
};

/// The outcome, and where it applies the record (an index) and the certificate (0: the leaf) that matched.
struct dane_match {
  dane_result result = dane_result::no_match;
  std::size_t record = 0;
  std::size_t depth = 0;
};

namespace detail {

/// The strongest digest that a usable record of this usage and selector has; full (0) if none.
[[nodiscard]] constexpr tlsa_matching strongest_digest(std::span<tlsa_record const> records, tlsa_usage usage,
                                                       tlsa_selector selector) noexcept {
  tlsa_matching strongest = tlsa_matching::full;
  for (tlsa_record const& one : records)
    if (one.usage == usage && one.selector == selector && is_usable(one) && one.matching > strongest)
      strongest = one.matching;
  return strongest;
}

/// Digest agility (RFC 7671 9): of each usage and selector only the full ones and those with the strongest digest
/// count.
class tlsa_agility {
 public:
  constexpr explicit tlsa_agility(std::span<tlsa_record const> records) noexcept
      : ta_cert_{strongest_digest(records, tlsa_usage::dane_ta, tlsa_selector::cert)},
        ta_spki_{strongest_digest(records, tlsa_usage::dane_ta, tlsa_selector::spki)},
        ee_cert_{strongest_digest(records, tlsa_usage::dane_ee, tlsa_selector::cert)},
        ee_spki_{strongest_digest(records, tlsa_usage::dane_ee, tlsa_selector::spki)} {}

  [[nodiscard]] constexpr bool counts(tlsa_record const& record) const noexcept {
    if (!is_usable(record)) return false;
    if (record.matching == tlsa_matching::full) return true;
    bool const cert = record.selector == tlsa_selector::cert;
    if (record.usage == tlsa_usage::dane_ta) return record.matching == (cert ? ta_cert_ : ta_spki_);
    return record.matching == (cert ? ee_cert_ : ee_spki_);
  }

 private:
  tlsa_matching ta_cert_, ta_spki_, ee_cert_, ee_spki_;
};

}  // namespace detail

/// Whether the data of a usable record is that of this certificate, whatever its usage (RFC 6698 2.1).
[[nodiscard]] constexpr bool matches(tlsa_record const& record, presented_certificate const& certificate) noexcept {
  bool const cert = record.selector == tlsa_selector::cert;
  if (!is_usable(record)) return false;
  switch (record.matching) {
    case tlsa_matching::full: return record.data == (cert ? certificate.der : certificate.spki);
    case tlsa_matching::sha2_256: return record.data == (cert ? certificate.der_sha256 : certificate.spki_sha256);
    case tlsa_matching::sha2_512: return record.data == (cert ? certificate.der_sha512 : certificate.spki_sha512);
  }
  return false;
}

/// Whether the server has proved to be the one of the records, all of them from one secure answer. The chain begins
/// with the leaf. A match of DANE-EE is enough, whatever name and dates the leaf has (3.1.1); DANE-TA needs a
/// certificate above the leaf that matches and anchors it, and that the leaf proves one of reference_identifiers()
/// (`names_leaf`: X509_check_host() with X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS), 3.1.2 and 3.2.2. Of several outcomes
/// the best is told.
[[nodiscard]] constexpr dane_match match_dane(std::span<tlsa_record const> records,
                                              std::span<presented_certificate const> chain, bool names_leaf) noexcept {
  if (chain.empty()) return {dane_result::no_certificate, 0, 0};
  detail::tlsa_agility const agility{records};
  dane_match best;
  for (std::size_t r = 0; r != records.size(); ++r) {
    if (!agility.counts(records[r])) continue;
    if (records[r].usage == tlsa_usage::dane_ee) {
      if (matches(records[r], chain[0])) return {dane_result::authenticated, r, 0};
      continue;
    }
    for (std::size_t depth = 1; depth < chain.size(); ++depth) {
      if (!matches(records[r], chain[depth])) continue;
      if (chain[depth].anchors_leaf && names_leaf) return {dane_result::authenticated, r, depth};
      dane_result const failure = chain[depth].anchors_leaf ? dane_result::wrong_name : dane_result::not_issued;
      if (best.result == dane_result::no_match || failure == dane_result::wrong_name) best = {failure, r, depth};
    }
  }
  return best;
}

/// Whether anchors_leaf matters for this certificate of the chain: a record of DANE-TA matches it.
[[nodiscard]] constexpr bool wants_trust(std::span<tlsa_record const> records,
                                         presented_certificate const& certificate) noexcept {
  for (tlsa_record const& one : records)
    if (one.usage == tlsa_usage::dane_ta && matches(one, certificate)) return true;
  return false;
}

}  // namespace ehlo::inline v0::route
