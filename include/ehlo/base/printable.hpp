// SPDX-License-Identifier: BSL-1.0
// Whether a text can stand on the wire as it is: printable ASCII and nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace ehlo::inline v0 {

/// Every octet is between 0x20 and 0x7E. Eight octets a step.
[[nodiscard]] inline bool is_printable(std::string_view text) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t high = 0x80 * ones;
  // Below 0x20 the subtraction borrows, at 0x7F the addition reaches the high bit, above it is set. A borrow or carry into
  // the next octet comes only from one that is refused itself.
  auto const bad = [](std::uint64_t eight) { return ((eight - 0x20 * ones) | (eight + ones) | eight) & high; };
  char const* const end = text.data() + text.size();
  if (text.size() < 8) {
    for (char const c : text)
      if (static_cast<unsigned char>(c) - 0x20U > 0x5EU) return false;
    return true;
  }
  std::uint64_t seen = 0;
  std::uint64_t eight = 0;
  for (char const* at = text.data(); end - at > 8; at += 8) {
    std::memcpy(&eight, at, 8);
    seen |= bad(eight);
  }
  std::memcpy(&eight, end - 8, 8);  // overlaps what was seen
  return (seen | bad(eight)) == 0;
}

}  // namespace ehlo::inline v0
