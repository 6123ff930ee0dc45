// SPDX-License-Identifier: BSL-1.0
// One line of a reply: `250-text`, `250 text` or `250` (RFC 5321 4.2), and the enhanced status code that its text may
// begin with (RFC 2034 4, RFC 3463 2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/config.hpp"
#include "../model/enhanced_code.hpp"
#include "../model/errc.hpp"
#include "../model/reply_code.hpp"

namespace ehlo::inline v0 {

/// A line of a reply; the text is a view of it.
struct reply_line {
  reply_code code;
  enhanced_code status;             ///< none where the text begins with none that fits the code
  std::uint16_t status_length = 0;  ///< octets of `x.y.z` at the start of the text
  bool last = true;                 ///< no `-` behind the code
  std::string_view text;  ///< everything behind code and separator as it was sent, any octets, status included

  /// The text behind the status and one space.
  [[nodiscard]] constexpr std::string_view message() const noexcept {
    std::size_t const skipped = status_length + std::size_t{status_length != 0 && text.size() != status_length};
    return text.substr(skipped);
  }
};

namespace detail {

/// A sub-code of RFC 3463 2: up to three digits without leading zeros. False if none begins at `at`.
[[nodiscard]] constexpr bool read_sub_code(std::string_view text, std::size_t& at, std::uint16_t& value) noexcept {
  std::size_t const from = at;
  unsigned number = 0;
  for (; at != text.size() && at - from != 3 && is_digit(text[at]); ++at) number = number * 10 + octet(text[at]) - '0';
  value = static_cast<std::uint16_t>(number);
  return at != from && (at - from == 1 || text[from] != '0');
}

/// The status at the start of the line's text, which has at least five octets, a digit and a dot first. One whose class
/// is not the code's first digit is but text.
constexpr void read_status(reply_line& line) noexcept {
  std::string_view const text = line.text;
  bool const short_one = is_digit(text[2]) && text[3] == '.' && is_digit(text[4]);
  if (short_one && (text.size() == 5 || text[5] == ' ')) [[likely]] {
    auto const value = [text](std::size_t at) { return static_cast<std::uint8_t>(octet(text[at]) - '0'); };
    line.status = {value(0), value(2), value(4)};
    line.status_length = 5;
    return;
  }
  enhanced_code status{static_cast<std::uint8_t>(octet(text[0]) - '0'), 0, 0};
  std::size_t at = 2;
  if (!read_sub_code(text, at, status.subject) || at == text.size() || text[at++] != '.') return;
  if (!read_sub_code(text, at, status.detail) || (at != text.size() && text[at] != ' ')) return;
  line.status = status;
  line.status_length = static_cast<std::uint16_t>(at);
}

}  // namespace detail

/// Reads a line without its line ending. `peer_reply` if it does not begin with a code from 200 to 599, or if anything
/// but a space, a `-` or the end follows. `out` is unspecified then.
[[nodiscard]] constexpr errc parse_reply_line(std::string_view line EHLO_LIFETIMEBOUND, reply_line& out) noexcept {
  if (line.size() < 3) return errc::peer_reply;
  // RFC 5321 4.2.1 names the second digits 0 to 5; clients act on the first (4.3.2), and 2yz with others is in use.
  unsigned const first = static_cast<unsigned>(octet(line[0])) - '0';
  unsigned const second = static_cast<unsigned>(octet(line[1])) - '0';
  unsigned const third = static_cast<unsigned>(octet(line[2])) - '0';
  if (first - 2 > 3 || second > 9 || third > 9) return errc::peer_reply;
  out = {static_cast<std::uint16_t>(first * 100 + second * 10 + third), {}, 0, true, line.substr(3)};
  if (line.size() == 3) return errc::ok;
  if (line[3] != ' ' && line[3] != '-') return errc::peer_reply;
  out.last = line[3] == ' ';
  out.text.remove_prefix(1);
  if (out.text.size() >= 5 && out.text[0] == line[0] && out.text[1] == '.' && first != 3) detail::read_status(out);
  return errc::ok;
}

}  // namespace ehlo::inline v0
