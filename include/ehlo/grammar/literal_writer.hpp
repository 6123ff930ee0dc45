// SPDX-License-Identifier: BSL-1.0
// Addresses as text: dotted IPv4, IPv6 in the one canonical form (RFC 5952), and both as literals (RFC 5321 4.1.3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "../base/text_writer.hpp"
#include "address_literal.hpp"

namespace ehlo::inline v0 {

namespace detail {

/// A run of zero groups; only two or more may be written as "::" (RFC 5952 4.2.2).
struct zero_run {
  std::size_t first = 8;
  std::size_t length = 1;
};

[[nodiscard]] constexpr unsigned ipv6_group(std::array<std::uint8_t, 16> const& octets, std::size_t group) noexcept {
  return unsigned{octets[2 * group]} << 8U | octets[2 * group + 1];
}

/// The longest run, the first of equals (RFC 5952 4.2.3).
[[nodiscard]] constexpr zero_run longest_zero_run(std::array<std::uint8_t, 16> const& octets,
                                                  std::size_t groups) noexcept {
  zero_run longest;
  std::size_t length = 0;
  for (std::size_t i = 0; i != groups; ++i) {
    length = ipv6_group(octets, i) == 0 ? length + 1 : 0;
    if (length > longest.length) longest = {i + 1 - length, length};
  }
  return longest;
}

constexpr void put_hex_group(text_writer& out, unsigned group) noexcept {
  unsigned shift = 12;
  while (shift != 0 && group >> shift == 0) shift -= 4;
  for (;; shift -= 4) {
    out.put("0123456789abcdef"[group >> shift & 0x0FU]);
    if (shift == 0) return;
  }
}

[[nodiscard]] constexpr bool is_ipv4_mapped(std::array<std::uint8_t, 16> const& octets) noexcept {
  for (std::size_t i = 0; i != 10; ++i)
    if (octets[i] != 0) return false;
  return octets[10] == 0xFF && octets[11] == 0xFF;
}

}  // namespace detail

constexpr void put_ipv4(text_writer& out, std::uint8_t const* octets) noexcept {
  for (std::size_t i = 0; i != 4; ++i) {
    if (i != 0) out.put('.');
    out.put_number(octets[i]);
  }
}

/// Lower case, no leading zeros, the longest run of zeros as "::"; the IPv4-mapped prefix in mixed form (RFC 5952 5).
constexpr void put_ipv6(text_writer& out, std::array<std::uint8_t, 16> const& octets) noexcept {
  bool const mapped = detail::is_ipv4_mapped(octets);
  std::size_t const groups = mapped ? 6 : 8;
  detail::zero_run const zeros = detail::longest_zero_run(octets, groups);
  for (std::size_t i = 0; i != groups; ++i) {
    if (i == zeros.first) {
      out.put("::");
      i += zeros.length - 1;
      continue;
    }
    if (i != 0 && i != zeros.first + zeros.length) out.put(':');
    detail::put_hex_group(out, detail::ipv6_group(octets, i));
  }
  if (!mapped) return;
  out.put(':');
  put_ipv4(out, octets.data() + 12);
}

/// `192.0.2.1` or `2001:db8::1`; false for a value that is neither.
[[nodiscard]] constexpr bool write_ip_address(text_writer& out, address_literal const& address) noexcept {
  if (address.kind != literal_kind::ipv4 && address.kind != literal_kind::ipv6) return false;
  if (address.kind == literal_kind::ipv4) {
    put_ipv4(out, address.octets.data());
  } else {
    put_ipv6(out, address.octets);
  }
  return out.fits();
}

/// `[192.0.2.1]` or `[IPv6:2001:db8::1]`; false for a value that is neither.
[[nodiscard]] constexpr bool write_address_literal(text_writer& out, address_literal const& address) noexcept {
  out.put(address.kind == literal_kind::ipv6 ? "[IPv6:" : "[");
  if (!write_ip_address(out, address)) return false;
  return out.put(']').fits();
}

}  // namespace ehlo::inline v0
