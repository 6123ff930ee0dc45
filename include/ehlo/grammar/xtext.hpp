// SPDX-License-Identifier: BSL-1.0
// xtext = *( xchar / hexchar ), the encoding of octets in parameter values (RFC 3461 4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/character_class.hpp"
#include "decoded.hpp"

namespace ehlo::inline v0 {

/// RFC 3461 4 has upper-case hexadecimal digits only; the ABNF of RFC 4954 8 takes either.
enum class hex_case : std::uint8_t { upper, any };

/// The longest xtext in a text from some place: where it ends and what it stands for.
struct xtext_run {
  std::size_t end = 0;    ///< the octet that cannot belong to it; 0 if a `+` begins no hexchar
  std::size_t size = 0;   ///< octets when decoded
  bool printable = true;  ///< all of them are graphic or white space, as RFC 3461 4.2 and 4.4 want it
};

namespace detail {

/// The octet that the hexchar at `at` stands for, or -1.
[[nodiscard]] constexpr int hexchar_value(std::string_view text, std::size_t at, hex_case digits) noexcept {
  if (text.size() - at < 3) return -1;
  char const high = text[at + 1];
  char const low = text[at + 2];
  bool const upper = has_class(high, char_class::hex_digit) && has_class(low, char_class::hex_digit);
  if (!upper && (digits == hex_case::upper || hex_value(high) < 0 || hex_value(low) < 0)) return -1;
  return hex_value(high) * 16 + hex_value(low);
}

}  // namespace detail

[[nodiscard]] constexpr xtext_run scan_xtext(std::string_view text, std::size_t at,
                                             hex_case digits = hex_case::upper) noexcept {
  xtext_run run;
  std::size_t const first = at;
  std::size_t hexchars = 0;
  for (;;) {
    while (at != text.size() && has_class(text[at], char_class::xchar)) ++at;
    if (at == text.size() || text[at] != '+') break;
    int const value = detail::hexchar_value(text, at, digits);
    if (value < 0) return {};
    if (value != '\t' && (value < ' ' || value > '~')) run.printable = false;
    at += 3;
    ++hexchars;
  }
  run.end = at;
  run.size = at - first - 2 * hexchars;
  return run;
}

/// Decodes a whole xtext. The storage may be the input's own. The result may hold any octet: one that goes into a
/// line or a header is refused if it holds CR, LF or NUL.
[[nodiscard]] constexpr decoded decode_xtext(std::string_view text, std::span<char> storage,
                                             hex_case digits = hex_case::upper) noexcept {
  decoded out;
  for (std::size_t i = 0; i != text.size(); ++i) {
    if (out.size == storage.size()) return {};
    char c = text[i];
    if (c == '+') {
      int const value = detail::hexchar_value(text, i, digits);
      if (value < 0) return {};
      c = static_cast<char>(value);
      i += 2;
    } else if (!has_class(c, char_class::xchar)) {
      return {};
    }
    storage[out.size++] = c;
  }
  out.valid = true;
  return out;
}

/// Encodes any octets; what may stand for itself does.
[[nodiscard]] constexpr decoded encode_xtext(std::string_view octets, std::span<char> storage) noexcept {
  constexpr std::string_view digits = "0123456789ABCDEF";
  decoded out;
  for (char const c : octets) {
    bool const plain = has_class(c, char_class::xchar);
    if (storage.size() - out.size < (plain ? 1U : 3U)) return {};
    storage[out.size++] = plain ? c : '+';
    if (plain) continue;
    storage[out.size++] = digits[octet(c) >> 4U];
    storage[out.size++] = digits[octet(c) & 0x0FU];
  }
  out.valid = true;
  return out;
}

}  // namespace ehlo::inline v0
