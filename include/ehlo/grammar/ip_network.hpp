// SPDX-License-Identifier: BSL-1.0
// A network of addresses, `192.0.2.0/24` or `2001:db8::/32` (RFC 4632 3.1, RFC 4291 2.3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"
#include "address_literal.hpp"
#include "literal_writer.hpp"

namespace ehlo::inline v0 {

/// An IPv4 address in the form of IPv6 (`::ffff:192.0.2.1`, as sockets for both give it) as what it is; every other
/// address unchanged.
[[nodiscard]] constexpr address_literal without_mapping(address_literal const& address) noexcept {
  if (address.kind != literal_kind::ipv6 || !detail::is_ipv4_mapped(address.octets)) return address;
  address_literal out{literal_kind::ipv4, {}};
  for (std::size_t i = 0; i != 4; ++i) out.octets[i] = address.octets[12 + i];
  return out;
}

/// The addresses that share a prefix. Made without anything it holds none.
class ip_network {
 public:
  constexpr ip_network() noexcept = default;

  /// Whether the address is in it. IPv4 and IPv6 are apart: `::/0` holds no IPv4 address, however it is written.
  [[nodiscard]] constexpr bool contains(address_literal const& of) const noexcept {
    address_literal const address = without_mapping(of);
    if (first_.kind == literal_kind::none || address.kind != first_.kind) return false;
    for (std::size_t bit = 0; bit < prefix_; bit += 8) {
      unsigned const mask = prefix_ - bit >= 8 ? 0xFFU : 0xFF00U >> (prefix_ - bit) & 0xFFU;
      if (((address.octets[bit / 8] ^ first_.octets[bit / 8]) & mask) != 0) return false;
    }
    return true;
  }

  /// Reads an address and a prefix length; without a length it is the one address. False, and `out` holds nothing, if
  /// it is neither or if there are bits behind the prefix: `192.0.2.1/24` may mean the address or the network.
  [[nodiscard]] friend constexpr bool parse_ip_network(std::string_view text, ip_network& out) noexcept {
    out = {};
    std::size_t const slash = text.find('/');
    address_literal const written = parse_ip_address(text.substr(0, slash));
    if (written.kind == literal_kind::none) return false;
    unsigned const bits = written.kind == literal_kind::ipv4 ? 32 : 128;
    unsigned prefix = bits;
    if (slash != std::string_view::npos && !read_prefix(text.substr(slash + 1), bits, prefix)) return false;
    for (unsigned bit = prefix; bit != bits; ++bit)
      if ((written.octets[bit / 8] & 0x80U >> bit % 8) != 0) return false;
    out.first_ = written;
    out.prefix_ = prefix;
    if (bits == 128 && detail::is_ipv4_mapped(written.octets)) {  // so its prefix is of 96 bits or more
      out.first_ = without_mapping(written);
      out.prefix_ = prefix - 96;
    }
    return true;
  }

 private:
  static constexpr bool read_prefix(std::string_view text, unsigned most, unsigned& out) noexcept {
    if (text.empty() || text.size() > 3 || (text.size() > 1 && text[0] == '0')) return false;
    out = 0;
    for (char const c : text) {
      if (!is_digit(c)) return false;
      out = out * 10 + octet(c) - '0';
    }
    return out <= most;
  }

  address_literal first_;
  unsigned prefix_ = 0;
};

}  // namespace ehlo::inline v0
