// SPDX-License-Identifier: BSL-1.0
// MT-PRIORITY (RFC 6710 7).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"

namespace ehlo::inline v0 {

/// priority-value = (["-"] NZDIGIT) / "0", from -9 to 9.
[[nodiscard]] constexpr bool parse_mt_priority(std::string_view text, std::int8_t& out) noexcept {
  bool const negative = text.starts_with('-');
  if (text.size() != (negative ? 2U : 1U) || !is_digit(text.back()) || (negative && text.back() == '0')) return false;
  int const digit = text.back() - '0';
  out = static_cast<std::int8_t>(negative ? -digit : digit);
  return true;
}

}  // namespace ehlo::inline v0
