// SPDX-License-Identifier: BSL-1.0
// base64 as SASL over SMTP has it (RFC 4648 4, RFC 4954 4): padded, canonical, without line breaks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "decoded.hpp"

namespace ehlo::inline v0 {

namespace detail {

inline constexpr std::string_view base64_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

[[nodiscard]] constexpr std::array<std::uint8_t, 256> make_base64_values() noexcept {
  std::array<std::uint8_t, 256> values{};
  for (std::uint8_t& v : values) v = 64;
  for (std::size_t i = 0; i != 64; ++i) values[octet(base64_alphabet[i])] = static_cast<std::uint8_t>(i);
  return values;
}

/// The number that each octet stands for; 64 for the octets outside the alphabet.
inline constexpr std::array<std::uint8_t, 256> base64_values = make_base64_values();

/// One group of four characters: how many octets it stands for (1 to 3; 0: malformed), in the low 24 bits of `bits`.
[[nodiscard]] constexpr std::size_t base64_group(std::string_view group, bool at_end, std::uint32_t& bits) noexcept {
  std::size_t const count = !group.ends_with('=') ? 3U : !group.ends_with("==") ? 2U : 1U;
  if (count != 3 && !at_end) return 0;
  bits = 0;
  for (std::size_t i = 0; i != 4; ++i) {
    std::uint32_t const value = i <= count ? base64_values[octet(group[i])] : 0U;
    if (value == 64) return 0;
    bits = bits << 6U | value;
  }
  // Bits behind the last octet are zero (RFC 4648 3.5), so that no two texts stand for the same octets.
  return (bits & (0xFFFFFFU >> (8 * count))) == 0 ? count : 0;
}

}  // namespace detail

/// Whether the text is well-formed. The empty text is.
[[nodiscard]] constexpr bool is_base64(std::string_view text) noexcept {
  if (text.size() % 4 != 0) return false;
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i != text.size(); i += 4)
    if (detail::base64_group(text.substr(i, 4), i + 4 == text.size(), bits) == 0) return false;
  return true;
}

/// Decodes a whole text. The storage may be the input's own.
[[nodiscard]] constexpr decoded decode_base64(std::string_view text, std::span<char> storage) noexcept {
  decoded out;
  if (text.size() % 4 != 0) return {};
  for (std::size_t i = 0; i != text.size(); i += 4) {
    std::uint32_t bits = 0;
    std::size_t const count = detail::base64_group(text.substr(i, 4), i + 4 == text.size(), bits);
    if (count == 0 || storage.size() - out.size < count) return {};
    for (std::size_t k = 0; k != count; ++k) storage[out.size++] = static_cast<char>(bits >> (16 - 8 * k) & 0xFFU);
  }
  out.valid = true;
  return out;
}

[[nodiscard]] constexpr std::size_t base64_length(std::size_t octets) noexcept { return (octets + 2) / 3 * 4; }

/// The four characters for one to three octets.
[[nodiscard]] constexpr std::array<char, 4> encode_base64_group(std::string_view octets) noexcept {
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i != 3; ++i) bits = bits << 8U | (i < octets.size() ? octet(octets[i]) : 0U);
  std::array<char, 4> group{};
  for (std::size_t i = 0; i != 4; ++i)
    group[i] = i <= octets.size() ? detail::base64_alphabet[bits >> (18 - 6 * i) & 0x3FU] : '=';
  return group;
}

/// Encodes any octets.
[[nodiscard]] constexpr decoded encode_base64(std::string_view octets, std::span<char> storage) noexcept {
  if (storage.size() < base64_length(octets.size())) return {};
  decoded out;
  for (std::size_t i = 0; i < octets.size(); i += 3)
    for (char const c : encode_base64_group(octets.substr(i, 3))) storage[out.size++] = c;
  out.valid = true;
  return out;
}

}  // namespace ehlo::inline v0
