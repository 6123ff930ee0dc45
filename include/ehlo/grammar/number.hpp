// SPDX-License-Identifier: BSL-1.0
// Decimal numbers in commands: 1*20DIGIT (RFC 1870 6, RFC 3030 2), never wrapped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "../base/ascii.hpp"

namespace ehlo::inline v0 {

/// A number and where it ends. `end` is 0 if there is none, or if it has more than twenty digits.
struct number_run {
  std::uint64_t value = 0;  ///< saturated at the largest value
  std::size_t end = 0;
  bool overflow = false;
};

/// The number that begins at `at`.
[[nodiscard]] constexpr number_run scan_number(std::string_view text, std::size_t at) noexcept {
  constexpr std::size_t most_digits = 20;
  constexpr std::uint64_t largest = (std::numeric_limits<std::uint64_t>::max)();
  std::size_t i = at;
  number_run run;
  for (; i != text.size(); ++i) {
    unsigned const digit = static_cast<unsigned>(octet(text[i])) - '0';
    if (digit > 9) break;
    if (i - at >= most_digits - 1) {  // nineteen digits always fit into 64 bits
      if (i - at == most_digits) return {};
      run.overflow = run.value > (largest - digit) / 10;
    }
    run.value = run.overflow ? largest : run.value * 10 + digit;
  }
  run.end = i == at ? 0 : i;
  return run;
}

}  // namespace ehlo::inline v0
