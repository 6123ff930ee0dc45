// SPDX-License-Identifier: BSL-1.0
// unitext: the address type "utf-8" in ORCPT, with \x{HEXPOINT} for what may not stand there (RFC 6533 3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/character_class.hpp"
#include "decoded.hpp"
#include "utf8.hpp"
#include "xtext.hpp"

namespace ehlo::inline v0 {

/// The longest utf-8-enc-addr in a text from some place.
struct unitext_run {
  std::size_t end = 0;  ///< the octet that cannot belong to it; 0 if it is malformed
  bool utf8 = false;    ///< it has octets above 127, which want SMTPUTF8
  bool printable = true;
};

namespace detail {

/// One character of a unitext: the code point, and how many octets of the text spell it (0: malformed).
struct unitext_character {
  std::uint32_t code_point = 0;
  std::size_t length = 0;
};

/// HEXPOINT: never U+0000, no needless zero, no surrogate, at most 10FFFF; other ASCII graphics stand for themselves.
[[nodiscard]] constexpr bool is_hexpoint(std::uint32_t code_point, std::size_t digits, char first) noexcept {
  if (digits < 2 || digits > 6 || code_point > 0x10FFFF) return false;
  if (code_point >= 0xD800 && code_point <= 0xDFFF) return false;
  if (digits > 2 && first == '0') return false;
  bool const embedded_ascii = (code_point != 0 && code_point <= 0x20) || code_point == '+' || code_point == '=' ||
                              code_point == '\\' || code_point == 0x7F;
  return code_point >= 0x80 || (digits == 2 && embedded_ascii);
}

/// EmbeddedUnicodeChar = "\x{" HEXPOINT "}".
[[nodiscard]] constexpr unitext_character embedded_character(std::string_view text, std::size_t at) noexcept {
  if (!text.substr(at).starts_with("\\x{")) return {};
  std::size_t i = at + 3;
  std::size_t const first = i;
  std::uint32_t code_point = 0;
  for (; i != text.size() && hex_value(text[i]) >= 0 && i - first < 7; ++i)
    code_point = code_point << 4U | static_cast<std::uint32_t>(hex_value(text[i]));
  if (i == text.size() || text[i] != '}' || !is_hexpoint(code_point, i - first, text[first])) return {};
  return {code_point, i + 1 - at};
}

}  // namespace detail

/// utf-8-addr-xtext, utf-8-addr-unitext or utf-8-address as far as it may stand in ORCPT. A hexchar is taken too, since
/// RFC 3461 4.2 defines the value of every address type as xtext.
[[nodiscard]] constexpr unitext_run scan_unitext(std::string_view text, std::size_t at) noexcept {
  unitext_run run;
  while (at != text.size()) {
    if (has_class(text[at], char_class::qchar)) {
      ++at;
    } else if (text[at] == '\\') {
      detail::unitext_character const character = detail::embedded_character(text, at);
      if (character.length == 0) return {};
      if (character.code_point != '\t' && (character.code_point < 0x20 || character.code_point == 0x7F))
        run.printable = false;
      at += character.length;
    } else if (text[at] == '+') {
      int const value = detail::hexchar_value(text, at, hex_case::upper);
      if (value <= 0 || value > 0x7F) return {};  // beyond ASCII there is \x{}
      if (value != '\t' && (value < ' ' || value > '~')) run.printable = false;
      at += 3;
    } else if (has_class(text[at], char_class::eight_bit)) {
      std::size_t const length = utf8_sequence_length(text.substr(at));
      if (length == 0) return {};
      run.utf8 = true;
      at += length;
    } else {
      break;
    }
  }
  run.end = at;
  return run;
}

/// Decodes a whole utf-8-enc-addr to UTF-8. The storage may be the input's own.
[[nodiscard]] constexpr decoded decode_unitext(std::string_view text, std::span<char> storage) noexcept {
  unitext_run const run = scan_unitext(text, 0);
  if (run.end != text.size()) return {};
  decoded out;
  for (std::size_t i = 0; i != text.size();) {
    char character[4] = {text[i]};
    std::size_t written = 1;
    std::size_t read = 1;
    if (text[i] == '\\') {
      detail::unitext_character const embedded = detail::embedded_character(text, i);
      written = encode_utf8(embedded.code_point, character);
      read = embedded.length;
    } else if (text[i] == '+') {
      character[0] = static_cast<char>(detail::hexchar_value(text, i, hex_case::upper));
      read = 3;
    }
    if (storage.size() - out.size < written) return {};
    for (std::size_t k = 0; k != written; ++k) storage[out.size++] = character[k];
    i += read;
  }
  out.valid = true;
  return out;
}

namespace detail {

/// Appends `\x{...}` with two to six digits, upper case.
[[nodiscard]] constexpr bool put_embedded(std::uint32_t code_point, std::span<char> storage, decoded& out) noexcept {
  constexpr std::string_view digits = "0123456789ABCDEF";
  unsigned shift = 20;
  while (shift > 4 && code_point >> shift == 0) shift -= 4;
  std::size_t const needed = shift / 4 + 1 + 4;
  if (storage.size() - out.size < needed) return false;
  for (char const c : std::string_view{"\\x{"}) storage[out.size++] = c;
  for (;; shift -= 4) {
    storage[out.size++] = digits[code_point >> shift & 0x0FU];
    if (shift == 0) break;
  }
  storage[out.size++] = '}';
  return true;
}

/// The code point of the well-formed sequence at the front.
[[nodiscard]] constexpr std::uint32_t code_point_of(std::string_view sequence) noexcept {
  if (sequence.size() == 1) return octet(sequence[0]);
  std::uint32_t code_point = octet(sequence[0]) & (0xFFU >> (sequence.size() + 1));
  for (char const c : sequence.substr(1)) code_point = code_point << 6U | (octet(c) & 0x3FU);
  return code_point;
}

}  // namespace detail

/// Encodes UTF-8 without NUL: as utf-8-addr-xtext (ASCII only), or as utf-8-addr-unitext where SMTPUTF8 is in force.
[[nodiscard]] constexpr decoded encode_unitext(std::string_view utf8, bool smtputf8, std::span<char> storage) noexcept {
  decoded out;
  while (!utf8.empty()) {
    std::size_t const length = utf8_sequence_length(utf8);
    if (length == 0 || utf8[0] == '\0') return {};
    std::string_view const sequence = utf8.substr(0, length);
    if (has_class(utf8[0], char_class::qchar) || (smtputf8 && length > 1)) {
      if (storage.size() - out.size < length) return {};
      for (char const c : sequence) storage[out.size++] = c;
    } else if (!detail::put_embedded(detail::code_point_of(sequence), storage, out)) {
      return {};
    }
    utf8.remove_prefix(length);
  }
  out.valid = true;
  return out;
}

}  // namespace ehlo::inline v0
