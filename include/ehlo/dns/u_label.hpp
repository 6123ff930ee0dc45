// SPDX-License-Identifier: BSL-1.0
// Code points that stand in no U-label (RFC 5892 2) and that readers do not show, or take for ASCII (Unicode TR 46): a
// name with one of them looks like another name, or is that. All that is disallowed would be large tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"
#include "../grammar/utf8.hpp"

namespace ehlo::inline v0 {

namespace detail {

/// The code point of one sequence of UTF-8 that is valid.
[[nodiscard]] constexpr std::uint32_t code_point(std::string_view sequence) noexcept {
  std::uint32_t const first = octet(sequence[0]);
  std::uint32_t point = sequence.size() == 1 ? first : first & (0xFFU >> (sequence.size() + 1));
  for (char const c : sequence.substr(1)) point = point << 6U | (octet(c) & 0x3FU);
  return point;
}

/// `before`: the code point in front of it.
[[nodiscard]] constexpr bool is_deceptive(std::uint32_t point, std::uint32_t before) noexcept {
  struct range {
    std::uint32_t first, last;
  };
  constexpr range ranges[]{
      {0x80, 0xB6},       {0xB8, 0xBF},  // controls, spaces, soft hyphen, signs
      {0x034F, 0x034F},   {0x061C, 0x061C},   {0x115F, 0x1160},
      {0x17B4, 0x17B5},   {0x180B, 0x180F},                      // joiners, fillers and selectors that nobody sees
      {0x2000, 0x200B},   {0x200E, 0x209F},                      // spaces, marks, superscripts
      {0x2100, 0x214D},   {0x2150, 0x2182},   {0x2460, 0x24FF},  // letters that stand for others
      {0x3000, 0x3004},   {0x3164, 0x3164},                      // space, full stop, filler
      {0xFE00, 0xFE0F},   {0xFE30, 0xFE72},   {0xFEFF, 0xFFFF},  // forms of other widths
      {0x1D400, 0x1D7FF}, {0x1F100, 0x1F1FF}, {0xE0000, 0xE0FFF},
  };
  for (range const& one : ranges)
    if (point >= one.first && point <= one.last) return true;
  // ZWNJ and ZWJ have a meaning behind letters of Arabic and what follows it in Unicode only (RFC 5892 A.1, A.2).
  constexpr std::uint32_t arabic = 0x600;
  return (point == 0x200C || point == 0x200D) && before < arabic;
}

}  // namespace detail

/// Whether a name of ASCII and UTF-8 has no such code point; nor octets that are no UTF-8.
[[nodiscard]] constexpr bool has_only_plain_letters(std::string_view name) noexcept {
  for (std::uint32_t before = 0; !name.empty();) {
    std::size_t const length = utf8_sequence_length(name);
    if (length == 0) return false;
    std::uint32_t const point = detail::code_point(name.substr(0, length));
    if (detail::is_deceptive(point, before)) return false;
    before = point;
    name.remove_prefix(length);
  }
  return true;
}

}  // namespace ehlo::inline v0
