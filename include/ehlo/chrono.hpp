// SPDX-License-Identifier: BSL-1.0
// The bridge between std::chrono and the engine's time. The core does not include it.
#pragma once

#include <chrono>

#include "base/instant.hpp"

namespace ehlo::inline v0 {

/// A time point of any clock as an instant, rounded down to milliseconds. Use one clock for one session, a steady one.
template <class Clock, class Duration>
[[nodiscard]] constexpr instant to_instant(std::chrono::time_point<Clock, Duration> t) noexcept {
  return {std::chrono::floor<std::chrono::milliseconds>(t.time_since_epoch()).count()};
}

/// What the host has to wait from now until `at`; zero if it has passed.
[[nodiscard]] constexpr std::chrono::milliseconds time_until(instant at, instant now) noexcept {
  return std::chrono::milliseconds{at > now ? at - now : 0};
}

}  // namespace ehlo::inline v0
