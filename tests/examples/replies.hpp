// SPDX-License-Identifier: BSL-1.0
// What a server has said, as short as a test wants it.
#pragma once

#include <cstddef>
#include <string>

namespace test {

/// The codes of the last lines of the replies behind the greeting and the answer to EHLO.
inline std::string codes(std::string const& out) {
  std::string list;
  int replies = 0;
  for (std::size_t at = 0; at + 4 <= out.size(); at = out.find("\r\n", at) + 2)
    if (out[at + 3] == ' ' && ++replies > 2) list.append(list.empty() ? "" : " ").append(out, at, 3);
  return list;
}

}  // namespace test
