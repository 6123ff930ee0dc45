// SPDX-License-Identifier: BSL-1.0
// What a fuzz target takes from its input.
#pragma once

#include <cstddef>
#include <string_view>

#include "ehlo/base/ascii.hpp"

namespace fuzz {

/// Choices out of the input; 0 when it is used up.
class choices {
 public:
  explicit choices(std::string_view octets) : rest_{octets} {}
  std::size_t below(std::size_t count) {
    std::string_view const one = octets(1);
    return one.empty() ? 0 : ehlo::octet(one[0]) % count;
  }
  std::string_view octets(std::size_t count) {
    std::string_view const taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  std::string_view rest() { return octets(rest_.size()); }

 private:
  std::string_view rest_;
};

}  // namespace fuzz
