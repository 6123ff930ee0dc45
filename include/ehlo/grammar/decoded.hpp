// SPDX-License-Identifier: BSL-1.0
// What a decoder or encoder left in the caller's storage.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "../base/config.hpp"

namespace ehlo::inline v0 {

struct decoded {
  std::size_t size = 0;  ///< octets written, from the front of the storage
  bool valid = false;    ///< false: the input is malformed or the storage too small

  [[nodiscard]] constexpr explicit operator bool() const noexcept { return valid; }
  [[nodiscard]] constexpr std::string_view text(std::span<char const> storage EHLO_LIFETIMEBOUND) const noexcept {
    return {storage.data(), size};
  }
};

}  // namespace ehlo::inline v0
