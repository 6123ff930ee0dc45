// SPDX-License-Identifier: BSL-1.0
// Enhanced status codes: class.subject.detail (RFC 3463 2).
#pragma once

#include <cstdint>

#include "reply_code.hpp"

namespace ehlo::inline v0 {

/// An enhanced status code. Class 0 stands for "none".
struct enhanced_code {
  std::uint8_t status_class = 0;  ///< 2, 4 or 5 (RFC 3463 3.1)
  std::uint16_t subject = 0;      ///< 0 to 999
  std::uint16_t detail = 0;       ///< 0 to 999

  [[nodiscard]] constexpr explicit operator bool() const noexcept { return status_class != 0; }
  /// Whether it may stand behind this code: its class is the code's first digit (RFC 2034 4).
  [[nodiscard]] constexpr bool fits(reply_code code) const noexcept {
    return status_class == code.number() / 100 && status_class != 3 && subject <= 999 && detail <= 999;
  }
  [[nodiscard]] friend constexpr bool operator==(enhanced_code, enhanced_code) noexcept = default;
};

}  // namespace ehlo::inline v0
