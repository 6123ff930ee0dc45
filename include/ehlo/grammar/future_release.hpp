// SPDX-License-Identifier: BSL-1.0
// HOLDFOR and HOLDUNTIL (RFC 4865 3).
#pragma once

#include <cstdint>
#include <string_view>

#include "date_time.hpp"
#include "number.hpp"

namespace ehlo::inline v0 {

/// future-release-integer = %x31-39 *8DIGIT: seconds, or 0 if the text is none.
[[nodiscard]] constexpr std::uint32_t parse_hold_for(std::string_view text) noexcept {
  if (text.empty() || text.size() > 9 || text[0] == '0') return 0;
  number_run const number = scan_number(text, 0);
  return number.end == text.size() ? static_cast<std::uint32_t>(number.value) : 0U;
}

/// future-release-date-time: a date-time that is normalized to UTC.
[[nodiscard]] constexpr bool parse_hold_until(std::string_view text, date_time& out) noexcept {
  date_time time;
  if (!parse_date_time(text, time) || time.offset_minutes != 0) return false;
  out = time;
  return true;
}

}  // namespace ehlo::inline v0
