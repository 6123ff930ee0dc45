// SPDX-License-Identifier: BSL-1.0
// The commands that have no reply yet, in order (RFC 2920 3.1): a queue of runs, so that any number of recipients is
// one entry.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "../model/envelope.hpp"
#include "../model/verb.hpp"

namespace ehlo::inline v0::trace {

/// One run: so many replies of one kind are to come; 0: how many is not known before the others have come.
struct open_command {
  ehlo::verb verb = verb::unknown;
  reply_phase phase = reply_phase::none;
  std::uint32_t replies = 0;
};

class open_commands {
 public:
  [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }
  /// Another kind of command than the last would not be kept.
  [[nodiscard]] constexpr bool full() const noexcept { return size_ == runs_.size(); }
  /// The one that is answered next; without replies if there is none.
  [[nodiscard]] constexpr open_command front() const noexcept { return empty() ? open_command{} : runs_[first_]; }

  /// The phase of the one that is answered last.
  [[nodiscard]] constexpr reply_phase last_phase() const noexcept {
    return empty() ? reply_phase::none : runs_[(first_ + size_ - 1) % runs_.size()].phase;
  }

  constexpr void push(open_command one) noexcept {
    open_command& last = runs_[(first_ + size_ + runs_.size() - 1) % runs_.size()];
    if (size_ != 0 && last.verb == one.verb && last.phase == one.phase) {
      last.replies += one.replies;
    } else if (!full()) {
      runs_[(first_ + size_++) % runs_.size()] = one;
    }
  }
  /// One reply has come.
  constexpr void pop() noexcept {
    if (empty() || --runs_[first_].replies != 0) return;
    drop();
  }
  /// Where it was not known how many replies the next one has, it is now.
  constexpr void settle(std::uint32_t replies) noexcept {
    if (empty() || runs_[first_].replies != 0) return;
    runs_[first_].replies = replies;
    if (replies == 0) drop();
  }

 private:
  constexpr void drop() noexcept {
    first_ = (first_ + 1) % runs_.size();
    --size_;
  }

  std::array<open_command, 64> runs_{};
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace ehlo::inline v0::trace
