// SPDX-License-Identifier: BSL-1.0
// What a peer has said, so that it can be shown: it does not move the cursor, nor turn the reading direction.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/text_writer.hpp"
#include "../grammar/utf8.hpp"

namespace ehlo::inline v0::trace {

/// The last `digits` hexadecimal digits of a number.
constexpr void put_hex(text_writer& to, unsigned number, unsigned digits) noexcept {
  for (unsigned shift = 4 * digits; shift != 0; shift -= 4) to.put("0123456789abcdef"[number >> (shift - 4) & 15U]);
}

/// How many octets at the start of the text are one character that is safe to show; 0: none is. Not shown are controls
/// (C0, C1), invisible characters and those that order text anew (Unicode 15 3.2 and 23.2, CVE-2021-42574).
[[nodiscard]] constexpr std::size_t visible_character(std::string_view text) noexcept {
  if (octet(text[0]) < 0x80) return octet(text[0]) >= 0x20 && octet(text[0]) < 0x7F ? 1 : 0;
  std::size_t const length = utf8_sequence_length(text);
  auto const is_between = [text](std::string_view lead, unsigned first, unsigned last) {
    return text.starts_with(lead) && octet(text[lead.size()]) >= first && octet(text[lead.size()]) <= last;
  };
  if (length == 0 || is_between("\xC2", 0x80, 0x9F) || is_between("\xC2", 0xAD, 0xAD) ||
      is_between("\xD8", 0x9C, 0x9C) || is_between("\xE2\x80", 0x8B, 0x8F) || is_between("\xE2\x80", 0xA8, 0xAE) ||
      is_between("\xE2\x81", 0xA0, 0xAF) || is_between("\xEF\xBB", 0xBF, 0xBF) || is_between("\xEF\xBF", 0xB9, 0xBB) ||
      is_between("\xF3\xA0", 0x80, 0x87))
    return 0;
  return length;
}

/// Every other octet as `\r`, `\t` or `\x1b`; a backslash stays what it is, for people. At most four octets for one.
constexpr void put_visible(text_writer& to, std::string_view text) noexcept {
  while (!text.empty()) {
    std::size_t const length = visible_character(text);
    if (length != 0) {
      to.put(text.substr(0, length));
    } else if (text[0] == '\r') {
      to.put("\\r");
    } else if (text[0] == '\t') {
      to.put("\\t");
    } else {
      put_hex(to.put("\\x"), octet(text[0]), 2);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

}  // namespace ehlo::inline v0::trace
