// SPDX-License-Identifier: BSL-1.0
// Time as an argument: the engine owns no clock. See ehlo/chrono.hpp for the bridge to std::chrono.
#pragma once

#include <compare>
#include <cstdint>

namespace ehlo::inline v0 {

/// A length of time in milliseconds.
using milliseconds = std::int64_t;

/// A point on the host's monotonic clock, in milliseconds from an origin of the host's choice.
struct instant {
  std::int64_t ms = 0;

  [[nodiscard]] friend constexpr bool operator==(instant, instant) noexcept = default;
  [[nodiscard]] friend constexpr auto operator<=>(instant, instant) noexcept = default;
  [[nodiscard]] friend constexpr instant operator+(instant a, milliseconds d) noexcept { return {a.ms + d}; }
  [[nodiscard]] friend constexpr milliseconds operator-(instant a, instant b) noexcept { return a.ms - b.ms; }
};

inline constexpr milliseconds one_second = 1000;
inline constexpr milliseconds one_minute = 60 * one_second;

}  // namespace ehlo::inline v0
