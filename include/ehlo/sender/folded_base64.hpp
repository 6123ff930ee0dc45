// SPDX-License-Identifier: BSL-1.0
// base64 with folding white space anywhere in it, as `b=`, `bh=` and `p=` have it (RFC 6376 2.10, 3.5, 3.6.1).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../grammar/base64.hpp"
#include "../grammar/decoded.hpp"
#include "cfws.hpp"

namespace ehlo::inline v0::sender {

namespace detail {

/// Calls `take` as `bool(std::uint32_t bits, std::size_t count)` for each group of four; whether all is base64, and
/// `take` wanted all of it.
template <class Take>
[[nodiscard]] constexpr bool read_folded_base64(std::string_view text, Take&& take) noexcept {
  std::array<char, 4> group{};
  std::size_t filled = 0;
  bool padded = false;
  for (std::size_t i = 0; i != text.size();) {
    if (std::size_t const behind = skip_fws(text, i); behind != i) {
      i = behind;
      continue;
    }
    if (padded) return false;
    group[filled++] = text[i++];
    if (filled != group.size()) continue;
    filled = 0;
    padded = group[3] == '=';
    std::uint32_t bits = 0;
    std::size_t const count = ehlo::detail::base64_group({group.data(), group.size()}, padded, bits);
    if (count == 0 || !take(bits, count)) return false;
  }
  return filled == 0;
}

}  // namespace detail

/// Whether the text is well-formed: padded, and without other bits behind its last octet. The empty text is.
[[nodiscard]] constexpr bool is_folded_base64(std::string_view text) noexcept {
  return detail::read_folded_base64(text, [](std::uint32_t, std::size_t) noexcept { return true; });
}

/// Decodes a whole text. Not valid: it is malformed, or the storage is too small.
[[nodiscard]] constexpr decoded decode_folded_base64(std::string_view text, std::span<char> storage) noexcept {
  decoded out;
  out.valid = detail::read_folded_base64(text, [&](std::uint32_t bits, std::size_t count) noexcept {
    if (storage.size() - out.size < count) return false;
    for (std::size_t k = 0; k != count; ++k) storage[out.size++] = static_cast<char>(bits >> (16 - 8 * k) & 0xFFU);
    return true;
  });
  return out.valid ? out : decoded{};
}

}  // namespace ehlo::inline v0::sender
