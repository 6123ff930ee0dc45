// SPDX-License-Identifier: BSL-1.0
// Enumerators as text: each enumeration that logs and tools print has a table of its names beside it, in its order.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace ehlo::inline v0 {

/// The name of a value out of the table of its enumeration; empty for a value that is none of its enumerators.
template <class Enum, std::size_t Count>
[[nodiscard]] constexpr std::string_view enum_name(std::array<std::string_view, Count> const& names,
                                                   Enum value) noexcept {
  auto const index = static_cast<std::size_t>(value);
  return index < Count ? names[index] : std::string_view{};
}

}  // namespace ehlo::inline v0
