// SPDX-License-Identifier: BSL-1.0
// TLSA records (RFC 6698 2) and which of them an SMTP client can use (RFC 7672 3.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/config.hpp"

namespace ehlo::inline v0::route {

/// RFC 6698 2.1.1, with the names of RFC 7218. Other numbers are values of this type too, as of the two below.
enum class tlsa_usage : std::uint8_t { pkix_ta = 0, pkix_ee = 1, dane_ta = 2, dane_ee = 3 };
/// RFC 6698 2.1.2.
enum class tlsa_selector : std::uint8_t { cert = 0, spki = 1 };
/// RFC 6698 2.1.3.
enum class tlsa_matching : std::uint8_t { full = 0, sha2_256 = 1, sha2_512 = 2 };

/// A record. Its data views the octets that it was read from.
struct tlsa_record {
  tlsa_usage usage{};
  tlsa_selector selector{};
  tlsa_matching matching{};
  std::string_view data{};  ///< octets: a certificate or key in DER, or a digest
};

/// Reads the RDATA of a record (RFC 6698 2.1): three octets and the data. False: it is shorter.
[[nodiscard]] constexpr bool parse_tlsa_record(std::string_view rdata EHLO_LIFETIMEBOUND, tlsa_record& out) noexcept {
  if (rdata.size() < 3) return false;
  out = {static_cast<tlsa_usage>(octet(rdata[0])), static_cast<tlsa_selector>(octet(rdata[1])),
         static_cast<tlsa_matching>(octet(rdata[2])), rdata.substr(3)};
  return true;
}

namespace detail {

/// Whether it is one SEQUENCE in DER, as a certificate and a SubjectPublicKeyInfo are, by its own length.
[[nodiscard]] constexpr bool is_der_sequence(std::string_view text) noexcept {
  if (text.size() < 2 || octet(text[0]) != 0x30) return false;
  std::size_t length = octet(text[1]);
  std::size_t head = 2;
  if (length > 0x7F) {
    std::size_t const octets = length & 0x7FU;
    if (octets == 0 || octets > 3 || text.size() < 2 + octets) return false;
    length = 0;
    for (; head != 2 + octets; ++head) length = length << 8U | octet(text[head]);
    if (length < 0x80 || octet(text[2]) == 0) return false;  // in DER a length is as short as can be
  }
  return text.size() - head == length;
}

}  // namespace detail

/// Whether a client can authenticate a server by this record. Not by the usages PKIX-TA and PKIX-EE, which mean nothing
/// for SMTP (RFC 7672 3.1.3), nor by what is unknown or malformed (RFC 6698 4.1).
[[nodiscard]] constexpr bool is_usable(tlsa_record const& record) noexcept {
  if (record.usage != tlsa_usage::dane_ta && record.usage != tlsa_usage::dane_ee) return false;
  if (record.selector != tlsa_selector::cert && record.selector != tlsa_selector::spki) return false;
  switch (record.matching) {
    case tlsa_matching::full: return detail::is_der_sequence(record.data);
    case tlsa_matching::sha2_256: return record.data.size() == 32;
    case tlsa_matching::sha2_512: return record.data.size() == 64;
  }
  return false;
}

}  // namespace ehlo::inline v0::route
