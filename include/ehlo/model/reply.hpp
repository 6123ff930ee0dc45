// SPDX-License-Identifier: BSL-1.0
// A reply as the host gives it (RFC 5321 4.2).
#pragma once

#include <string_view>

#include "enhanced_code.hpp"
#include "reply_code.hpp"

namespace ehlo::inline v0 {

/// `{550, {5, 1, 1}, "no such user"}`. Without an enhanced code the engine gives the general one of the code's class.
/// The text may be of any length and hold any octets: a line break starts a further line of the reply, what may not
/// stand in a reply becomes `?`, and what exceeds `reply_room` octets is cut. The text is read before the call returns.
struct reply {
  reply_code code;
  enhanced_code status{};
  std::string_view text{};
};

}  // namespace ehlo::inline v0
