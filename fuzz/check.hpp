// SPDX-License-Identifier: BSL-1.0
// How a fuzz target says that a promise is broken.
#pragma once

#include <cstdlib>

namespace fuzz {

inline void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace fuzz
