// SPDX-License-Identifier: BSL-1.0
// UTF-8 as RFC 3629 4 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"

namespace ehlo::inline v0 {

/// The length of the well-formed sequence at the front of the text; 0 if there is none.
[[nodiscard]] constexpr std::size_t utf8_sequence_length(std::string_view text) noexcept {
  if (text.empty()) return 0;
  std::uint8_t const lead = octet(text[0]);
  if (lead < 0x80) return 1;
  std::size_t const length = lead >= 0xC2 && lead <= 0xDF   ? 2U
                             : (lead & 0xF0U) == 0xE0       ? 3U
                             : lead >= 0xF0 && lead <= 0xF4 ? 4U
                                                            : 0U;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i != length; ++i)
    if ((octet(text[i]) & 0xC0U) != 0x80) return 0;
  std::uint8_t const second = octet(text[1]);
  if (lead == 0xE0 && second < 0xA0) return 0;  // overlong
  if (lead == 0xED && second > 0x9F) return 0;  // surrogate
  if (lead == 0xF0 && second < 0x90) return 0;  // overlong
  if (lead == 0xF4 && second > 0x8F) return 0;  // above U+10FFFF
  return length;
}

/// Whether the whole text is well-formed. ASCII is, controls included.
[[nodiscard]] constexpr bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    std::size_t const length = utf8_sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

/// Writes the sequence for a code point; its length, or 0 for a surrogate or a number above U+10FFFF.
/// `out` has room for four octets.
[[nodiscard]] constexpr std::size_t encode_utf8(std::uint32_t code_point, char* out) noexcept {
  auto const trail = [code_point](unsigned shift) { return static_cast<char>(0x80U | (code_point >> shift & 0x3FU)); };
  if (code_point < 0x80) {
    out[0] = static_cast<char>(code_point);
    return 1;
  }
  if (code_point < 0x800) {
    out[0] = static_cast<char>(0xC0U | code_point >> 6U);
    out[1] = trail(0);
    return 2;
  }
  if (code_point < 0x10000) {
    if (code_point >= 0xD800 && code_point <= 0xDFFF) return 0;
    out[0] = static_cast<char>(0xE0U | code_point >> 12U);
    out[1] = trail(6);
    out[2] = trail(0);
    return 3;
  }
  if (code_point > 0x10FFFF) return 0;
  out[0] = static_cast<char>(0xF0U | code_point >> 18U);
  out[1] = trail(12);
  out[2] = trail(6);
  out[3] = trail(0);
  return 4;
}

}  // namespace ehlo::inline v0
