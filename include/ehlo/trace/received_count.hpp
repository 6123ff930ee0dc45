// SPDX-License-Identifier: BSL-1.0
// Counts the Received fields of a message while it comes in, to find loops (RFC 5321 6.3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"

namespace ehlo::inline v0::trace {

/// RFC 5321 6.3: "a large rejection threshold, normally at least 100 Received entries".
inline constexpr std::uint32_t received_limit = 100;

/// Takes the octets of a message in pieces of any size, dots unstuffed, and looks at them up to the empty line that
/// ends the header. Every field there counts whose name is Received, in any case, with or without white space before
/// the colon (RFC 5322 4.5.7). A line ends in LF, with or without CR: a chunk is never examined for that.
class received_count {
 public:
  /// No octet is looked at twice; behind the header none at all.
  constexpr void take(std::string_view piece) noexcept {
    for (std::size_t i = 0; i != piece.size() && state_ != ended;) {
      if (state_ == skipping) {
        i = piece.find('\n', i);
        if (i == std::string_view::npos) return;
        state_ = 0;
        ++i;
      } else {
        step(piece[i++]);
      }
    }
  }

  [[nodiscard]] constexpr std::uint32_t count() const noexcept { return count_; }
  /// Whether the message has been through as many servers before this one, and is refused: 554 5.4.6.
  [[nodiscard]] constexpr bool is_loop(std::uint32_t limit = received_limit) const noexcept { return count_ >= limit; }
  /// The empty line has come: what follows changes nothing.
  [[nodiscard]] constexpr bool header_ended() const noexcept { return state_ == ended; }

 private:
  // 0 to 7: as many octets of the name have come on this line; 8: all of them, and perhaps white space.
  static constexpr std::uint8_t named = 8;
  static constexpr std::uint8_t cr = 9;  // a line that begins with CR
  static constexpr std::uint8_t skipping = 10;
  static constexpr std::uint8_t ended = 11;

  constexpr void step(char c) noexcept {
    constexpr std::string_view name = "RECEIVED";
    if (c == '\n') {
      state_ = state_ == 0 || state_ == cr ? ended : std::uint8_t{0};
    } else if (state_ == 0 && c == '\r') {
      state_ = cr;
    } else if (state_ < named && to_upper(c) == name[state_]) {
      ++state_;
    } else if (state_ != named || (c != ' ' && c != '\t')) {
      if (state_ == named && c == ':' && count_ != UINT32_MAX) ++count_;
      state_ = skipping;
    }
  }

  std::uint32_t count_ = 0;
  std::uint8_t state_ = 0;
};

}  // namespace ehlo::inline v0::trace
