// SPDX-License-Identifier: BSL-1.0
// Eight octets as one number, the first in the low bits, and their comparison without ASCII case.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "ascii.hpp"
#include "config.hpp"

namespace ehlo::inline v0 {

/// `count` octets, at most 8, the first in the low bits; the rest is zero.
template <std::size_t count = 8>
[[nodiscard]] EHLO_HOT constexpr std::uint64_t load_octets(char const* from) noexcept {
  static_assert(count <= 8);
  std::uint64_t word = 0;
  if (std::is_constant_evaluated() || std::endian::native != std::endian::little) {
    for (std::size_t i = 0; i != count; ++i) word |= std::uint64_t{octet(from[i])} << (8 * i);
  } else {
    std::memcpy(&word, from, count);
  }
  return word;
}

/// Up to eight octets with the letters in upper case, and the mask that gives any text that case: clearing bit 5
/// makes no other octet a letter, so the comparison is exact.
struct folded_octets {
  std::uint64_t value = 0;
  std::uint64_t mask = 0;

  constexpr folded_octets() noexcept = default;
  constexpr explicit folded_octets(std::string_view text) noexcept {
    for (std::size_t i = 0; i != text.size(); ++i) {
      value |= std::uint64_t{octet(to_upper(text[i]))} << (8 * i);
      mask |= std::uint64_t{is_alpha(text[i]) ? 0xDFU : 0xFFU} << (8 * i);
    }
  }
  [[nodiscard]] constexpr bool matches(std::uint64_t octets) const noexcept { return (octets & mask) == value; }
};

}  // namespace ehlo::inline v0
