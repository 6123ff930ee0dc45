// SPDX-License-Identifier: BSL-1.0
// Finding octets: the ends of lines (find_lf, behind_last_lf), white space that is more than a space between words
// (find_uneven_space), and where the octets that matter in message text stand in a block of 64 (classify_block). Each
// is written once over `octets`, the widest register of octets that the compiler targets. The same functions over plain
// 64-bit words (namespace plain) are always there, serve every other machine, and are what the tests compare with. No
// function reads outside the text it is given.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "config.hpp"

// <immintrin.h> takes half a second to read, <emmintrin.h> a twentieth.
#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__SSE2__) || (defined(_M_X64) && !defined(_M_ARM64EC))
#include <emmintrin.h>
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace ehlo::inline v0 {

/// Bit i tells about octet i of a block.
struct block_masks {
  std::uint64_t cr;    ///< is CR
  std::uint64_t lf;    ///< is LF
  std::uint64_t dot;   ///< is a full stop
  std::uint64_t nul;   ///< is NUL
  std::uint64_t high;  ///< is above 127
};

inline constexpr std::size_t block_size = 64;

namespace plain {

/// Eight octets in a word, the first in its lowest bits. An octet is true if its top bit is set.
struct octets {
  static constexpr std::size_t size = 8;
  static constexpr std::uint64_t low_bits = 0x7F7F7F7F7F7F7F7FU;

  std::uint64_t word;

  [[nodiscard]] static EHLO_HOT octets load(char const* from) noexcept {
    std::uint64_t word = 0;
    if constexpr (std::endian::native == std::endian::little) {
      std::memcpy(&word, from, sizeof word);
    } else {
      for (std::size_t i = 0; i != size; ++i)
        word |= static_cast<std::uint64_t>(static_cast<unsigned char>(from[i])) << (8 * i);
    }
    return {word};
  }
  [[nodiscard]] static EHLO_HOT octets fill(char c) noexcept {
    return {0x0101010101010101U * static_cast<unsigned char>(c)};
  }
  /// Exact in every octet, unlike the well-known shorter form.
  [[nodiscard]] EHLO_HOT octets equal(octets other) const noexcept {
    std::uint64_t const differing = word ^ other.word;
    return {~(((differing & low_bits) + low_bits) | differing | low_bits)};
  }
  [[nodiscard]] EHLO_HOT bool any() const noexcept { return (word & ~low_bits) != 0; }
  [[nodiscard]] EHLO_HOT std::size_t first() const noexcept {
    return static_cast<std::size_t>(std::countr_zero(word & ~low_bits)) / 8;
  }
  [[nodiscard]] EHLO_HOT std::size_t last() const noexcept {
    return static_cast<std::size_t>(63 - std::countl_zero(word & ~low_bits)) / 8;
  }
  /// The top bits, side by side.
  [[nodiscard]] EHLO_HOT std::uint64_t bits() const noexcept {
    return (((word & ~low_bits) >> 7) * 0x0102040810204080U) >> 56;
  }
  /// The bits of a block of 64; `part` gives each of its parts.
  template <class Part>
  [[nodiscard]] static EHLO_HOT std::uint64_t block_bits(Part part) noexcept {
    return part(0).bits() | part(1).bits() << 8 | part(2).bits() << 16 | part(3).bits() << 24 | part(4).bits() << 32 |
           part(5).bits() << 40 | part(6).bits() << 48 | part(7).bits() << 56;
  }

  friend EHLO_HOT octets operator|(octets a, octets b) noexcept { return {a.word | b.word}; }
  friend EHLO_HOT octets operator&(octets a, octets b) noexcept { return {a.word & b.word}; }
  friend EHLO_HOT octets operator^(octets a, octets b) noexcept { return {a.word ^ b.word}; }
};

}  // namespace plain

inline namespace EHLO_ISA {

#if defined(__AVX2__)

struct octets {
  static constexpr std::size_t size = 32;

  __m256i wide;

  [[nodiscard]] static EHLO_HOT octets load(char const* from) noexcept {
    octets result;
    std::memcpy(&result.wide, from, size);
    return result;
  }
  [[nodiscard]] static EHLO_HOT octets fill(char c) noexcept { return {_mm256_set1_epi8(c)}; }
  [[nodiscard]] EHLO_HOT octets equal(octets other) const noexcept { return {_mm256_cmpeq_epi8(wide, other.wide)}; }
  [[nodiscard]] EHLO_HOT std::uint64_t bits() const noexcept {
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(wide));
  }
  [[nodiscard]] EHLO_HOT bool any() const noexcept { return bits() != 0; }
  [[nodiscard]] EHLO_HOT std::size_t first() const noexcept {
    return static_cast<std::size_t>(std::countr_zero(bits()));
  }
  [[nodiscard]] EHLO_HOT std::size_t last() const noexcept {
    return static_cast<std::size_t>(63 - std::countl_zero(bits()));
  }
  template <class Part>
  [[nodiscard]] static EHLO_HOT std::uint64_t block_bits(Part part) noexcept {
    return part(0).bits() | part(1).bits() << 32;
  }

  friend EHLO_HOT octets operator|(octets a, octets b) noexcept { return {_mm256_or_si256(a.wide, b.wide)}; }
  friend EHLO_HOT octets operator&(octets a, octets b) noexcept { return {_mm256_and_si256(a.wide, b.wide)}; }
  friend EHLO_HOT octets operator^(octets a, octets b) noexcept { return {_mm256_xor_si256(a.wide, b.wide)}; }
};

#elif defined(__SSE2__) || (defined(_M_X64) && !defined(_M_ARM64EC))

struct octets {
  static constexpr std::size_t size = 16;

  __m128i wide;

  [[nodiscard]] static EHLO_HOT octets load(char const* from) noexcept {
    octets result;
    std::memcpy(&result.wide, from, size);
    return result;
  }
  [[nodiscard]] static EHLO_HOT octets fill(char c) noexcept { return {_mm_set1_epi8(c)}; }
  [[nodiscard]] EHLO_HOT octets equal(octets other) const noexcept { return {_mm_cmpeq_epi8(wide, other.wide)}; }
  [[nodiscard]] EHLO_HOT std::uint64_t bits() const noexcept {
    return static_cast<std::uint32_t>(_mm_movemask_epi8(wide));
  }
  [[nodiscard]] EHLO_HOT bool any() const noexcept { return bits() != 0; }
  [[nodiscard]] EHLO_HOT std::size_t first() const noexcept {
    return static_cast<std::size_t>(std::countr_zero(bits()));
  }
  [[nodiscard]] EHLO_HOT std::size_t last() const noexcept {
    return static_cast<std::size_t>(63 - std::countl_zero(bits()));
  }
  template <class Part>
  [[nodiscard]] static EHLO_HOT std::uint64_t block_bits(Part part) noexcept {
    std::uint32_t const low = static_cast<std::uint32_t>(part(0).bits() | part(1).bits() << 16);
    std::uint32_t const high = static_cast<std::uint32_t>(part(2).bits() | part(3).bits() << 16);
    return low | static_cast<std::uint64_t>(high) << 32;
  }

  friend EHLO_HOT octets operator|(octets a, octets b) noexcept { return {_mm_or_si128(a.wide, b.wide)}; }
  friend EHLO_HOT octets operator&(octets a, octets b) noexcept { return {_mm_and_si128(a.wide, b.wide)}; }
  friend EHLO_HOT octets operator^(octets a, octets b) noexcept { return {_mm_xor_si128(a.wide, b.wide)}; }
};

#elif defined(__ARM_NEON) && defined(__aarch64__)

struct octets {
  static constexpr std::size_t size = 16;

  uint8x16_t wide;

  [[nodiscard]] static EHLO_HOT octets load(char const* from) noexcept {
    octets result;
    std::memcpy(&result.wide, from, size);
    return result;
  }
  [[nodiscard]] static EHLO_HOT octets fill(char c) noexcept { return {vdupq_n_u8(static_cast<std::uint8_t>(c))}; }
  [[nodiscard]] EHLO_HOT octets equal(octets other) const noexcept { return {vceqq_u8(wide, other.wide)}; }
  [[nodiscard]] EHLO_HOT bool any() const noexcept { return vmaxvq_u8(wide) >= 0x80; }
  [[nodiscard]] EHLO_HOT std::size_t first() const noexcept {
    return static_cast<std::size_t>(std::countr_zero(nibbles())) / 4;
  }
  [[nodiscard]] EHLO_HOT std::size_t last() const noexcept {
    return static_cast<std::size_t>(63 - std::countl_zero(nibbles())) / 4;
  }
  [[nodiscard]] EHLO_HOT std::uint64_t bits() const noexcept {
    uint8x16_t pairs = weighted();
    for (int halving = 0; halving != 3; ++halving) pairs = vpaddq_u8(pairs, pairs);
    return vgetq_lane_u16(vreinterpretq_u16_u8(pairs), 0);
  }
  template <class Part>
  [[nodiscard]] static EHLO_HOT std::uint64_t block_bits(Part part) noexcept {
    uint8x16_t const low = vpaddq_u8(part(0).weighted(), part(1).weighted());
    uint8x16_t const high = vpaddq_u8(part(2).weighted(), part(3).weighted());
    uint8x16_t const all = vpaddq_u8(low, high);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(all, all)), 0);
  }

  friend EHLO_HOT octets operator|(octets a, octets b) noexcept { return {vorrq_u8(a.wide, b.wide)}; }
  friend EHLO_HOT octets operator&(octets a, octets b) noexcept { return {vandq_u8(a.wide, b.wide)}; }
  friend EHLO_HOT octets operator^(octets a, octets b) noexcept { return {veorq_u8(a.wide, b.wide)}; }

 private:
  /// Four bits an octet, its top bit in the highest of them.
  [[nodiscard]] EHLO_HOT std::uint64_t nibbles() const noexcept {
    uint8x8_t const narrow = vshrn_n_u16(vreinterpretq_u16_u8(wide), 4);
    return vget_lane_u64(vreinterpret_u64_u8(narrow), 0) & 0x8888888888888888U;
  }
  /// The top bit of each octet moved to the bit of its index: adding eight neighbours makes eight bits of them.
  [[nodiscard]] EHLO_HOT uint8x16_t weighted() const noexcept {
    static constexpr std::int8_t places[16] = {-7, -6, -5, -4, -3, -2, -1, 0, -7, -6, -5, -4, -3, -2, -1, 0};
    return vshlq_u8(vandq_u8(wide, vdupq_n_u8(0x80)), vld1q_s8(places));
  }
};

#else

using octets = plain::octets;

#endif

/// The masks of the 64 octets at `from`.
template <class Octets = octets>
[[nodiscard]] EHLO_HOT block_masks classify_block(char const* from) noexcept {
  Octets part[block_size / Octets::size];
  for (std::size_t i = 0; i != block_size / Octets::size; ++i) part[i] = Octets::load(from + i * Octets::size);
  auto const equal = [&part](char wanted) noexcept {
    Octets const all = Octets::fill(wanted);
    return Octets::block_bits([&part, all](std::size_t i) noexcept { return part[i].equal(all); });
  };
  return {equal('\r'), equal('\n'), equal('.'), equal('\0'),
          Octets::block_bits([&part](std::size_t i) noexcept { return part[i]; })};
}

/// Where the first LF is, or text.size().
template <class Octets = octets>
[[nodiscard]] EHLO_HOT std::size_t find_lf(std::string_view text) noexcept {
  char const* const from = text.data();
  std::size_t const size = text.size();
  if constexpr (Octets::size > plain::octets::size) {
    if (size < Octets::size) return find_lf<plain::octets>(text);
  }
  Octets const lf = Octets::fill('\n');
  std::size_t at = 0;
  for (; size - at >= Octets::size; at += Octets::size)
    if (Octets const hits = Octets::load(from + at).equal(lf); hits.any()) return at + hits.first();
  if (size < Octets::size) {
    while (at != size && text[at] != '\n') ++at;
    return at;
  }
  // The last load overlaps octets that are known to hold no LF.
  Octets const hits = Octets::load(from + size - Octets::size).equal(lf);
  return hits.any() ? size - Octets::size + hits.first() : size;
}

/// Where the first white space is that is not a single space between other octets, or text.size(): HTAB, or SP before
/// SP, HTAB or CR. It is the first octet of its run. A SP that ends the text does not count.
template <class Octets = octets>
[[nodiscard]] EHLO_HOT std::size_t find_uneven_space(std::string_view text) noexcept {
  char const* const from = text.data();
  std::size_t const size = text.size();
  if constexpr (Octets::size > plain::octets::size) {
    if (size <= Octets::size) return find_uneven_space<plain::octets>(text);
  }
  Octets const space = Octets::fill(' ');
  Octets const tab = Octets::fill('\t');
  Octets const cr = Octets::fill('\r');
  auto const look = [=](std::size_t at) noexcept {
    Octets const here = Octets::load(from + at);
    Octets const next = Octets::load(from + at + 1);
    return here.equal(tab) | (here.equal(space) & (next.equal(space) | next.equal(tab) | next.equal(cr)));
  };
  std::size_t at = 0;
  for (; size - at > Octets::size; at += Octets::size)
    if (Octets const hits = look(at); hits.any()) return at + hits.first();
  for (; at != size; ++at) {
    if (text[at] == '\t') return at;
    if (text[at] == ' ' && at + 1 != size && (text[at + 1] == ' ' || text[at + 1] == '\t' || text[at + 1] == '\r'))
      return at;
  }
  return size;
}

/// How many octets lie behind the last LF; text.size() if there is none.
template <class Octets = octets>
[[nodiscard]] EHLO_HOT std::size_t behind_last_lf(std::string_view text) noexcept {
  Octets const lf = Octets::fill('\n');
  std::size_t end = text.size();
  for (; end >= Octets::size; end -= Octets::size)
    if (Octets const hits = Octets::load(text.data() + end - Octets::size).equal(lf); hits.any())
      return text.size() - (end - Octets::size + hits.last() + 1);
  while (end != 0 && text[end - 1] != '\n') --end;
  return text.size() - end;
}

}  // namespace EHLO_ISA

namespace plain {

[[nodiscard]] inline std::size_t find_lf(std::string_view text) noexcept { return EHLO_ISA::find_lf<octets>(text); }
[[nodiscard]] inline std::size_t find_uneven_space(std::string_view text) noexcept {
  return EHLO_ISA::find_uneven_space<octets>(text);
}
[[nodiscard]] inline std::size_t behind_last_lf(std::string_view text) noexcept {
  return EHLO_ISA::behind_last_lf<octets>(text);
}
[[nodiscard]] inline block_masks classify_block(char const* from) noexcept {
  return EHLO_ISA::classify_block<octets>(from);
}

}  // namespace plain
}  // namespace ehlo::inline v0
