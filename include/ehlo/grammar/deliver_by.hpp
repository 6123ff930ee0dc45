// SPDX-License-Identifier: BSL-1.0
// BY, the parameter of DELIVERBY (RFC 2852 4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"
#include "number.hpp"

namespace ehlo::inline v0 {

/// What happens to a message whose time is over: DSN, or return (RFC 2852 4.1).
enum class deliver_by_mode : std::uint8_t { notify, give_back };

struct deliver_by {
  std::int32_t seconds = 0;  ///< from now; within +-999999999; negative: the time was over so long ago
  deliver_by_mode mode = deliver_by_mode::notify;
  bool trace = false;

  [[nodiscard]] friend constexpr bool operator==(deliver_by, deliver_by) noexcept = default;
};

/// by-value = by-time ";" by-mode [by-trace]; with mode "R" the time is above zero.
[[nodiscard]] constexpr bool parse_deliver_by(std::string_view text, deliver_by& out) noexcept {
  bool const negative = text.starts_with('-');
  std::size_t const first = negative || text.starts_with('+') ? 1 : 0;
  number_run const number = scan_number(text, first);
  if (number.end == 0 || number.end - first > 9) return false;
  std::string_view const rest = text.substr(number.end);
  if (rest.size() < 2 || rest.size() > 3 || rest[0] != ';') return false;
  deliver_by value;
  value.seconds = static_cast<std::int32_t>(number.value);
  if (negative) value.seconds = -value.seconds;
  char const mode = to_upper(rest[1]);
  if (mode != 'N' && mode != 'R') return false;
  value.mode = mode == 'R' ? deliver_by_mode::give_back : deliver_by_mode::notify;
  value.trace = rest.size() == 3;
  if (value.trace && to_upper(rest[2]) != 'T') return false;
  if (value.mode == deliver_by_mode::give_back && value.seconds <= 0) return false;
  out = value;
  return true;
}

}  // namespace ehlo::inline v0
