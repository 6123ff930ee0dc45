// SPDX-License-Identifier: BSL-1.0
// How playing a recorded session again has ended.
#pragma once

#include <cstddef>

namespace ehlo::inline v0::trace {

struct replay_result {
  bool same = false;        ///< the engine said all that was recorded, and nothing else
  std::size_t matched = 0;  ///< octets of its output that were as recorded
  std::size_t unread = 0;   ///< octets of the other side that it has not taken
};

}  // namespace ehlo::inline v0::trace
