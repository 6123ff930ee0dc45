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
[[nodiscard]] EHLO_HOT constexpr std::uint64_t load_octets(char const* from, std::size_t count = 8) noexcept {
  std::uint64_t word = 0;
  if (std::is_constant_evaluated() || std::endian::native != std::endian::little) {
    for (std::size_t i = 0; i != count; ++i) word |= std::uint64_t{octet(from[i])} << (8 * i);
  } else {
    std::memcpy(&word, from, count);
  }
  return word;
}

/// A literal of up to eight octets with its letters in upper case, and the mask that gives any text that case. Clearing
/// bit 5 makes no other octet a letter, so the comparison is exact. As a template argument it costs nothing at run
/// time.
struct folded_octets {
  std::uint64_t value = 0;
  std::uint64_t mask = 0;
  std::size_t size = 0;

  template <std::size_t with_nul>
  constexpr folded_octets(char const (&text)[with_nul]) noexcept : size{with_nul - 1} {
    static_assert(with_nul <= 9);
    for (std::size_t i = 0; i != size; ++i) {
      value |= std::uint64_t{octet(to_upper(text[i]))} << (8 * i);
      mask |= std::uint64_t{is_alpha(text[i]) ? 0xDFU : 0xFFU} << (8 * i);
    }
  }
  /// Whether the text has these octets at `at`.
  [[nodiscard]] EHLO_HOT constexpr bool stand_at(std::string_view text, std::size_t at) const noexcept {
    return text.size() - at >= size && (load_octets(text.data() + at, size) & mask) == value;
  }
};

}  // namespace ehlo::inline v0
