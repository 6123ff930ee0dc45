// SPDX-License-Identifier: BSL-1.0
// The checksum CRC32c (RFC 4960 appendix B), four bits at a time: a table of 64 octets is enough for short texts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ascii.hpp"

namespace ehlo::inline v0 {

namespace detail {

inline constexpr std::array<std::uint32_t, 16> crc32c_table = [] {
  std::array<std::uint32_t, 16> table{};
  for (std::uint32_t i = 0; i != 16; ++i) {
    std::uint32_t rest = i;
    for (int bit = 0; bit != 4; ++bit) rest = (rest >> 1U) ^ ((rest & 1U) != 0 ? 0x82F63B78U : 0U);
    table[i] = rest;
  }
  return table;
}();

}  // namespace detail

/// A checksum over octets that come in pieces.
class crc32c {
 public:
  constexpr crc32c& put(std::string_view octets) noexcept {
    for (char const c : octets) {
      rest_ ^= octet(c);
      rest_ = (rest_ >> 4U) ^ detail::crc32c_table[rest_ & 0x0FU];
      rest_ = (rest_ >> 4U) ^ detail::crc32c_table[rest_ & 0x0FU];
    }
    return *this;
  }
  [[nodiscard]] constexpr std::uint32_t value() const noexcept { return ~rest_; }

 private:
  std::uint32_t rest_ = 0xFFFFFFFFU;
};

}  // namespace ehlo::inline v0
