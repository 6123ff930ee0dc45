// SPDX-License-Identifier: BSL-1.0
// ASCII without a locale: case, digits, comparison. SMTP keywords compare without case (RFC 5321 2.4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config.hpp"

namespace ehlo::inline v0 {

/// The octet as an index: the one place where the signedness of char is removed.
[[nodiscard]] constexpr std::uint8_t octet(char c) noexcept { return static_cast<std::uint8_t>(c); }

/// The upper-case form of an ASCII letter; every other octet unchanged.
[[nodiscard]] constexpr char to_upper(char c) noexcept {
  return c >= 'a' && c <= 'z' ? static_cast<char>(octet(c) - 0x20U) : c;
}

/// The lower-case form of an ASCII letter; every other octet unchanged.
[[nodiscard]] constexpr char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(octet(c) + 0x20U) : c;
}

[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

[[nodiscard]] constexpr bool is_alpha(char c) noexcept { return to_upper(c) >= 'A' && to_upper(c) <= 'Z'; }

/// The value of a hexadecimal digit of either case, or -1.
[[nodiscard]] constexpr int hex_value(char c) noexcept {
  if (is_digit(c)) return c - '0';
  char const upper = to_upper(c);
  return upper >= 'A' && upper <= 'F' ? upper - 'A' + 10 : -1;
}

/// WSP (RFC 5234 B.1).
[[nodiscard]] constexpr bool is_wsp(char c) noexcept { return c == ' ' || c == '\t'; }

/// The text without the white space around it.
[[nodiscard]] constexpr std::string_view trim_wsp(std::string_view text EHLO_LIFETIMEBOUND) noexcept {
  while (!text.empty() && is_wsp(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_wsp(text.back())) text.remove_suffix(1);
  return text;
}

/// Equality without regard to ASCII case; octets above 0x7F compare as they are.
[[nodiscard]] constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i != a.size(); ++i)
    if (to_upper(a[i]) != to_upper(b[i])) return false;
  return true;
}

[[nodiscard]] constexpr bool starts_ignoring_case(std::string_view text, std::string_view prefix) noexcept {
  return text.size() >= prefix.size() && equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

}  // namespace ehlo::inline v0
