// SPDX-License-Identifier: BSL-1.0
// Answers in every order in which they can come.
#pragma once

#include <cstddef>
#include <vector>

namespace dns {

/// Each sequence of choices once, like the digits of a meter.
class all_orders {
 public:
  std::size_t pick(std::size_t count) {
    if (at_ == digits_.size()) digits_.push_back({0, count});
    return digits_[at_++].value;
  }
  bool next() {
    at_ = 0;
    while (!digits_.empty() && digits_.back().value + 1 == digits_.back().count) digits_.pop_back();
    if (digits_.empty()) return false;
    ++digits_.back().value;
    return true;
  }

 private:
  struct digit {
    std::size_t value, count;
  };
  std::vector<digit> digits_;
  std::size_t at_ = 0;
};

}  // namespace dns
