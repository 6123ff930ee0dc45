// SPDX-License-Identifier: BSL-1.0
// What an octet may be part of: one table of bits for the whole grammar, so that a scan is a load and a test.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ascii.hpp"

namespace ehlo::inline v0 {

/// The character classes of the grammar, by the names of the RFCs. ASCII only, but for `eight_bit`.
enum class char_class : std::uint16_t {
  atext = 1U << 0,       // RFC 5322 3.2.3, without the UTF-8 of RFC 6531 3.3
  qtext = 1U << 1,       // qtextSMTP, RFC 5321 4.1.2
  let_dig = 1U << 2,     // Let-dig, RFC 5321 4.1.2
  ldh = 1U << 3,         // ALPHA / DIGIT / "-": Ldh-str, esmtp-keyword, RFC 5321 4.1.2
  dcontent = 1U << 4,    // RFC 5321 4.1.3
  value = 1U << 5,       // esmtp-value, RFC 5321 4.1.2
  xchar = 1U << 6,       // RFC 3461 4
  qchar = 1U << 7,       // RFC 6533 3
  graphic = 1U << 8,     // %d33-126
  mechanism = 1U << 9,   // SASL mechanism name in any case, RFC 4422 3.1
  base64 = 1U << 10,     // RFC 4648 4, without the pad
  digit = 1U << 11,      // RFC 5234 B.1
  hex_digit = 1U << 12,  // "0"-"9" / "A"-"F": hexchar, RFC 3461 4
  eight_bit = 1U << 13,  // %d128-255
  control = 1U << 14,    // %d0-31 / %d127
};

[[nodiscard]] constexpr char_class operator|(char_class a, char_class b) noexcept {
  return static_cast<char_class>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

namespace detail {

[[nodiscard]] constexpr bool is_one_of(char c, std::string_view set) noexcept {
  for (char const member : set)
    if (member == c) return true;
  return false;
}

[[nodiscard]] constexpr std::uint16_t classes_of(std::uint8_t o) noexcept {
  char const c = static_cast<char>(o);
  bool const graphic = o >= 33 && o <= 126;
  bool const let_dig = is_alpha(c) || is_digit(c);
  unsigned bits = 0;
  auto const add = [&bits](char_class one, bool member) { bits |= member ? static_cast<unsigned>(one) : 0U; };
  add(char_class::atext, let_dig || is_one_of(c, "!#$%&'*+-/=?^_`{|}~"));
  add(char_class::qtext, (graphic || c == ' ') && c != '"' && c != '\\');
  add(char_class::let_dig, let_dig);
  add(char_class::ldh, let_dig || c == '-');
  add(char_class::dcontent, graphic && (o <= 90 || o >= 94));
  add(char_class::value, graphic && c != '=');
  add(char_class::xchar, graphic && c != '=' && c != '+');
  add(char_class::qchar, graphic && c != '=' && c != '+' && c != '\\');
  add(char_class::graphic, graphic);
  add(char_class::mechanism, let_dig || c == '-' || c == '_');
  add(char_class::base64, let_dig || c == '+' || c == '/');
  add(char_class::digit, is_digit(c));
  add(char_class::hex_digit, is_digit(c) || (c >= 'A' && c <= 'F'));
  add(char_class::eight_bit, o >= 128);
  add(char_class::control, o < 32 || o == 127);
  return static_cast<std::uint16_t>(bits);
}

[[nodiscard]] constexpr std::array<std::uint16_t, 256> make_class_table() noexcept {
  std::array<std::uint16_t, 256> table{};
  for (std::size_t i = 0; i != table.size(); ++i) table[i] = classes_of(static_cast<std::uint8_t>(i));
  return table;
}

inline constexpr std::array<std::uint16_t, 256> class_table = make_class_table();

}  // namespace detail

/// Whether the octet belongs to any of the classes.
[[nodiscard]] constexpr bool has_class(char c, char_class classes) noexcept {
  return (detail::class_table[octet(c)] & static_cast<unsigned>(classes)) != 0;
}

}  // namespace ehlo::inline v0
