// SPDX-License-Identifier: BSL-1.0
// Which option is wrong.
#pragma once

#include <string_view>

namespace ehlo::inline v0 {

/// The first option that is wrong, and why. Static texts.
struct option_error {
  std::string_view option;
  std::string_view why;
  [[nodiscard]] constexpr explicit operator bool() const noexcept { return !option.empty(); }
};

}  // namespace ehlo::inline v0
