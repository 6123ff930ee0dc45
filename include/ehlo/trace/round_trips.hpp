// SPDX-License-Identifier: BSL-1.0
// How often the client waited for the server: as it was, without pipelining, and with all that RFC 2920 allows.
#pragma once

#include <cstdint>

#include "line.hpp"

namespace ehlo::inline v0::trace {

/// Whether the reply has to be waited for: the command can only be the last of a group (RFC 2920 3.1, RFC 3030 4.2,
/// RFC 4954 4). The end of a message may stand before others.
[[nodiscard]] constexpr bool ends_group(line const& l) noexcept {
  if (l.kind == line_kind::end_of_text) return false;
  switch (l.verb) {
    case verb::mail:
    case verb::rcpt:
    case verb::rset:
    case verb::bdat: return false;
    default: return true;
  }
}

/// Fed with the lines of a dialogue in their order. The greeting is not counted.
class round_trips {
 public:
  constexpr void take(line const& l) noexcept {
    bool const asks = l.from == speaker::client && l.phase != reply_phase::none &&
                      (l.kind == line_kind::command || l.kind == line_kind::secret || l.kind == line_kind::end_of_text);
    if (asks) {
      ++single_;
      grouped_ += std::uint32_t{ends_group(l)};
      in_group_ = !ends_group(l);
      asked_ = true;
    } else if (l.kind == line_kind::reply || (l.kind == line_kind::secret && l.from == speaker::server)) {
      taken_ += std::uint32_t{asked_};
      asked_ = false;
    }
  }
  /// As the session was; of a capture that does not tell the order of the two sides, as many as `without_pipelining`.
  [[nodiscard]] constexpr std::uint32_t taken() const noexcept { return taken_; }
  /// One for each reply.
  [[nodiscard]] constexpr std::uint32_t without_pipelining() const noexcept { return single_; }
  /// One for each group.
  [[nodiscard]] constexpr std::uint32_t with_pipelining() const noexcept { return grouped_ + std::uint32_t{in_group_}; }

 private:
  std::uint32_t taken_ = 0;
  std::uint32_t single_ = 0;
  std::uint32_t grouped_ = 0;
  bool asked_ = false;     ///< and no reply has come since
  bool in_group_ = false;  ///< the last group has no end of its own
};

}  // namespace ehlo::inline v0::trace
