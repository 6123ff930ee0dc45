// SPDX-License-Identifier: BSL-1.0
// Whether a text can stand on the wire as it is: printable ASCII and nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace ehlo::inline v0 {

/// Copies the text and says whether every octet of it is between 0x20 and 0x7E. Eight octets a step; `to` has room for
/// the text and does not overlap it.
[[nodiscard]] inline bool copy_printable(std::string_view text, char* to) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t high = 0x80 * ones;
  // Below 0x20 the subtraction borrows, at 0x7F the addition reaches the high bit, above it is set. A borrow or carry
  // into the next octet comes only from one that is refused itself.
  auto const bad = [](std::uint64_t eight) { return ((eight - 0x20 * ones) | (eight + ones) | eight) & high; };
  std::size_t const size = text.size();
  std::uint64_t seen = 0;
  if (size < 8) {
    for (std::size_t i = 0; i != size; ++i) {
      to[i] = text[i];
      seen |= static_cast<unsigned char>(text[i]) - 0x20U > 0x5EU ? high : 0;
    }
    return seen == 0;
  }
  std::uint64_t eight = 0;
  for (std::size_t i = 0; i < size - 8; i += 8) {
    std::memcpy(&eight, text.data() + i, 8);
    std::memcpy(to + i, &eight, 8);
    seen |= bad(eight);
  }
  std::memcpy(&eight, text.data() + size - 8, 8);  // overlaps what was seen
  std::memcpy(to + size - 8, &eight, 8);
  return (seen | bad(eight)) == 0;
}

}  // namespace ehlo::inline v0
