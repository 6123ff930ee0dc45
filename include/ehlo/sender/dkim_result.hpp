// SPDX-License-Identifier: BSL-1.0
// What a DKIM signature turned out to be, in the words of Authentication-Results (RFC 8601 2.7.1).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "../base/enum_name.hpp"

namespace ehlo::inline v0::sender {

enum class dkim_result : std::uint8_t {
  none,       ///< there is no signature, or nothing is known of it yet
  pass,       ///< it was verified
  fail,       ///< it is well-formed, and does not belong to this message
  policy,     ///< it may be right, and is not accepted by the rules in force here
  neutral,    ///< it is broken in a way that says nothing about the message
  temperror,  ///< it could not be verified now; later perhaps
  permerror,  ///< it can never be verified
};

inline constexpr std::array<std::string_view, 7> dkim_result_names{"none",    "pass",      "fail",     "policy",
                                                                   "neutral", "temperror", "permerror"};

/// The word in Authentication-Results.
[[nodiscard]] constexpr std::string_view name(dkim_result result) noexcept {
  return enum_name(dkim_result_names, result);
}

}  // namespace ehlo::inline v0::sender
