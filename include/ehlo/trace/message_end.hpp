// SPDX-License-Identifier: BSL-1.0
// Finds the end of a message in what was sent behind DATA, and what other programs might have taken for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"

namespace ehlo::inline v0::trace {

/// What stood in a message that its receivers may understand differently, or not at all.
struct message_facts {
  std::uint64_t octets = 0;        ///< of the message, without stuffed dots and the last line
  std::uint64_t longest_line = 0;  ///< with its line ending (RFC 5321 4.5.3.1.6)
  bool bare_lf = false;            ///< RFC 5321 2.3.8
  bool bare_cr = false;
  bool nul = false;
  bool eight_bit = false;  ///< RFC 6152
  bool false_end = false;  ///< a line with only a dot, between line endings of which one is not CRLF: smuggling
};

/// Reads the text octet by octet, in any cuts.
class message_end {
 public:
  /// How many octets belong to the text, or to the line that ends it; less than all where that line ends: has_ended().
  [[nodiscard]] constexpr std::size_t read(std::string_view in) noexcept {
    std::size_t at = 0;
    while (at != in.size() && !ended_) take(in[at++]);
    return at;
  }
  /// CRLF . CRLF was read, and nothing else ends a message (RFC 5321 4.1.1.4). The CRLF of DATA counts as the first.
  [[nodiscard]] constexpr bool has_ended() const noexcept { return ended_; }
  /// Octets at the end of what was read that are, or may be, the line that ends the text: at most 3.
  [[nodiscard]] constexpr std::size_t of_last_line() const noexcept {
    return ended_ ? 3 : place_ == place::dot ? 1 : place_ == place::dot_cr ? 2 : 0;
  }
  [[nodiscard]] constexpr message_facts const& facts() const noexcept { return facts_; }

 private:
  enum class place : std::uint8_t { line_start, loose_start, dot, loose_dot, dot_cr, cr, within };

  constexpr void take(char c) noexcept {
    switch (place_) {
      case place::line_start:
        if (c == '.') {
          place_ = place::dot;  // stuffed, or of the last line: counted when that is known
          return;
        }
        break;
      case place::loose_start:
        count(c);
        place_ = c == '.' ? place::loose_dot : after(c);
        return;
      case place::dot:
        if (c == '\r') {
          place_ = place::dot_cr;
          return;
        }
        facts_.false_end = facts_.false_end || c == '\n';
        break;
      case place::loose_dot: facts_.false_end = facts_.false_end || c == '\r' || c == '\n'; break;
      case place::dot_cr:
        if (c == '\n') {
          ended_ = true;
          return;
        }
        facts_.false_end = true;
        count('\r');
        facts_.bare_cr = true;
        break;
      case place::cr: facts_.bare_cr = facts_.bare_cr || c != '\n'; break;
      case place::within: break;
    }
    bool const whole = place_ == place::cr && c == '\n';
    facts_.bare_lf = facts_.bare_lf || (c == '\n' && !whole);
    bool const behind_bare_cr = (place_ == place::cr || place_ == place::dot_cr) && !whole;
    count(c);
    place_ = whole ? place::line_start : behind_bare_cr && c == '.' ? place::loose_dot : after(c);
  }
  [[nodiscard]] static constexpr place after(char c) noexcept {
    return c == '\r' ? place::cr : c == '\n' ? place::loose_start : place::within;
  }
  constexpr void count(char c) noexcept {
    ++facts_.octets;
    ++length_;
    if (length_ > facts_.longest_line) facts_.longest_line = length_;
    if (c == '\n') length_ = 0;
    facts_.nul = facts_.nul || c == '\0';
    facts_.eight_bit = facts_.eight_bit || octet(c) > 0x7F;
  }

  message_facts facts_;
  std::uint64_t length_ = 0;  ///< of this line so far
  place place_ = place::line_start;
  bool ended_ = false;
};

}  // namespace ehlo::inline v0::trace
