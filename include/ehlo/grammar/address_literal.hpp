// SPDX-License-Identifier: BSL-1.0
// Address literals (RFC 5321 4.1.3): IPv4, IPv6 in each of its forms, and those with another tag.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/character_class.hpp"

namespace ehlo::inline v0 {

enum class literal_kind : std::uint8_t {
  none,
  ipv4,
  ipv6,
  general,  ///< some other tag; its text is all that is known
};

/// The value of a literal: four octets, or sixteen, in network order.
struct address_literal {
  literal_kind kind = literal_kind::none;
  std::array<std::uint8_t, 16> octets{};

  [[nodiscard]] friend constexpr bool operator==(address_literal const&, address_literal const&) noexcept = default;
};

namespace detail {

/// `Snum 3("." Snum)`: four octets into `octets`; one past the address, or 0. Leading zeros are decimal.
[[nodiscard]] constexpr std::size_t scan_ipv4(std::string_view text, std::size_t at, std::uint8_t* octets) noexcept {
  for (std::size_t part = 0; part != 4; ++part) {
    if (part != 0 && (at == text.size() || text[at++] != '.')) return 0;
    unsigned number = 0;
    std::size_t const first = at;
    while (at != text.size() && is_digit(text[at]) && at - first < 3) number = number * 10 + octet(text[at++]) - '0';
    if (at == first || number > 255) return 0;
    octets[part] = static_cast<std::uint8_t>(number);
  }
  return at;
}

/// The groups of an IPv6 address while it is read.
struct ipv6_groups {
  std::array<std::uint8_t, 16> octets{};
  std::size_t count = 0;  // octets read
  std::size_t gap = 17;   // octets read before "::"; 17: there is none

  /// Two octets more, 1*4HEXDIG.
  constexpr std::size_t read_group(std::string_view text, std::size_t at) noexcept {
    unsigned number = 0;
    std::size_t const first = at;
    while (at != text.size() && hex_value(text[at]) >= 0 && at - first < 4)
      number = number << 4U | static_cast<unsigned>(hex_value(text[at++]));
    if (at == first || count > 14) return 0;
    octets[count++] = static_cast<std::uint8_t>(number >> 8U);
    octets[count++] = static_cast<std::uint8_t>(number & 0xFFU);
    return at;
  }
  constexpr std::size_t read_ipv4(std::string_view text, std::size_t at) noexcept {
    if (count > 12) return 0;
    std::size_t const end = scan_ipv4(text, at, octets.data() + count);
    count += 4;
    return end;
  }
  /// Spreads the groups around the "::", which stands for at least two of them.
  constexpr bool finish() noexcept {
    if (gap == 17) return count == 16;
    if (count > 12) return false;
    std::size_t const behind = count - gap;
    for (std::size_t i = 0; i != behind; ++i) octets[15 - i] = octets[count - 1 - i];
    for (std::size_t i = gap; i != 16 - behind; ++i) octets[i] = 0;
    return true;
  }
};

[[nodiscard]] constexpr bool ipv4_follows(std::string_view text, std::size_t at) noexcept {
  while (at != text.size() && is_digit(text[at])) ++at;
  return at != text.size() && text[at] == '.';
}

/// IPv6-addr up to the octet that cannot belong to it; one past the address, or 0.
[[nodiscard]] constexpr std::size_t scan_ipv6(std::string_view text, std::size_t at,
                                              std::array<std::uint8_t, 16>& octets) noexcept {
  ipv6_groups groups;
  bool group_needed = true;
  if (text.substr(at).starts_with("::")) {
    groups.gap = 0;
    at += 2;
    group_needed = false;
  }
  while (at != text.size() && (group_needed || hex_value(text[at]) >= 0)) {
    if (ipv4_follows(text, at)) {
      at = groups.read_ipv4(text, at);
      group_needed = false;
      break;
    }
    at = groups.read_group(text, at);
    if (at == 0) return 0;
    group_needed = false;
    if (at == text.size() || text[at] != ':') break;
    group_needed = true;
    ++at;
    if (at != text.size() && text[at] == ':' && groups.gap == 17) {
      groups.gap = groups.count;
      group_needed = false;
      ++at;
    }
  }
  if (at == 0 || (group_needed && at == text.size()) || !groups.finish()) return 0;
  octets = groups.octets;
  return at;
}

/// `Standardized-tag ":" 1*dcontent`; one past it, or 0.
[[nodiscard]] constexpr std::size_t scan_general(std::string_view text, std::size_t at) noexcept {
  std::size_t const tag = at;
  while (at != text.size() && has_class(text[at], char_class::ldh)) ++at;
  if (at == tag || at == text.size() || text[at] != ':' || text[at - 1] == '-') return 0;
  std::size_t const content = ++at;
  while (at != text.size() && has_class(text[at], char_class::dcontent)) ++at;
  return at == content ? 0 : at;
}

}  // namespace detail

/// The address literal that begins with the `[` at `at`: one past its `]`, or 0. The tag compares without case.
[[nodiscard]] constexpr std::size_t scan_address_literal(std::string_view text, std::size_t at,
                                                         address_literal& out) noexcept {
  out = {};
  if (at >= text.size() || text[at] != '[') return 0;
  ++at;
  if (at != text.size() && is_digit(text[at]) && detail::ipv4_follows(text, at)) {
    out.kind = literal_kind::ipv4;
    at = detail::scan_ipv4(text, at, out.octets.data());
  } else if (starts_ignoring_case(text.substr(at), "IPv6:")) {
    out.kind = literal_kind::ipv6;
    at = detail::scan_ipv6(text, at + 5, out.octets);
  } else {
    out.kind = literal_kind::general;
    at = detail::scan_general(text, at);
  }
  if (at != 0 && at != text.size() && text[at] == ']') return at + 1;
  out = {};
  return 0;
}

/// The value of a text that is one whole literal, brackets included; kind `none` if it is not.
[[nodiscard]] constexpr address_literal parse_address_literal(std::string_view text) noexcept {
  address_literal literal;
  if (scan_address_literal(text, 0, literal) != text.size()) return {};
  return literal;
}

/// The value of an address as it stands without brackets and tag: `192.0.2.1` or `2001:db8::1`.
[[nodiscard]] constexpr address_literal parse_ip_address(std::string_view text) noexcept {
  address_literal address;
  address.kind = literal_kind::ipv4;
  if (!text.empty() && detail::scan_ipv4(text, 0, address.octets.data()) == text.size()) return address;
  address.kind = literal_kind::ipv6;
  address.octets = {};
  if (!text.empty() && detail::scan_ipv6(text, 0, address.octets) == text.size()) return address;
  return {};
}

}  // namespace ehlo::inline v0
