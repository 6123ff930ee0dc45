// SPDX-License-Identifier: BSL-1.0
// Sixteen octets at once: which of them may stand in a host name. What it does depends on the architecture only, not on
// the compiler's flags: SSE2 is part of x86-64.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "character_class.hpp"
#include "config.hpp"

#if defined(__x86_64__) || (defined(_M_X64) && !defined(_M_ARM64EC))
#include <emmintrin.h>
#endif

namespace ehlo::inline v0 {

/// Bit i tells about octet i of sixteen.
struct host_block {
  std::uint64_t member = 0;  ///< is a letter, a digit, a hyphen or a full stop
  std::uint64_t mark = 0;    ///< is a hyphen or a full stop
  std::uint64_t dot = 0;     ///< is a full stop
};

inline constexpr std::size_t host_block_size = 16;

/// The octets one by one; what the wide form is compared with.
[[nodiscard]] constexpr host_block read_host_block_plain(char const* from) noexcept {
  host_block block;
  for (std::size_t i = 0; i != host_block_size; ++i) {
    std::uint64_t const bit = std::uint64_t{1} << i;
    if (from[i] == '.') block.dot |= bit;
    if (from[i] == '.' || from[i] == '-') block.mark |= bit;
    if (from[i] == '.' || has_class(from[i], char_class::ldh)) block.member |= bit;
  }
  return block;
}

/// Reads sixteen octets from `from`.
[[nodiscard]] EHLO_HOT constexpr host_block read_host_block(char const* from) noexcept {
#if defined(__x86_64__) || (defined(_M_X64) && !defined(_M_ARM64EC))
  if (!std::is_constant_evaluated()) {
    // One signed comparison tests a range: the range is moved so that it begins at the smallest number.
    auto const within = [](__m128i octets, char first, int count) {
      __m128i const moved = _mm_sub_epi8(octets, _mm_set1_epi8(static_cast<char>(first - 128)));
      return _mm_cmplt_epi8(moved, _mm_set1_epi8(static_cast<char>(count - 128)));
    };
    __m128i const octets = _mm_loadu_si128(reinterpret_cast<__m128i const*>(from));
    __m128i const letter = within(_mm_or_si128(octets, _mm_set1_epi8(0x20)), 'a', 26);
    __m128i const mark = within(octets, '-', 2);  // "-" and "." are neighbours
    __m128i const digit = within(octets, '0', 10);
    __m128i const member = _mm_or_si128(_mm_or_si128(letter, digit), mark);
    __m128i const dot = _mm_cmpeq_epi8(octets, _mm_set1_epi8('.'));
    auto const bits = [](__m128i mask) {
      return static_cast<std::uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(mask)));
    };
    return {bits(member), bits(mark), bits(dot)};
  }
#endif
  return read_host_block_plain(from);
}

}  // namespace ehlo::inline v0
