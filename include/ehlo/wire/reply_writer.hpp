// SPDX-License-Identifier: BSL-1.0
// Writes replies (RFC 5321 4.2). Whatever the text is, what leaves is a legal reply: lines of at most 512 octets with
// one code and one enhanced status code (RFC 2034 4), no control octet, no octet above 127 unless the caller allows
// UTF-8 (RFC 6531 3.5), never more than reply_room octets.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "../base/printable.hpp"
#include "../model/limits.hpp"
#include "../model/reply.hpp"
#include "output_buffer.hpp"

namespace ehlo::inline v0 {

/// One reply, all its lines together, takes at most so many octets; the rest of its text is cut.
inline constexpr std::size_t reply_room = 2 * max_reply_line;
/// And so many are kept free behind it for the 421 that ends a session.
inline constexpr std::size_t closing_room = 80;

class reply_writer {
 public:
  /// `utf8`: octets above 127 may stand in the text. The room must have been checked: reply_room, or for a text without
  /// line breaks its length and 16.
  reply_writer(output_buffer& out, reply_code code, enhanced_code status, bool utf8) noexcept
      : out_{out}, code_{code}, status_{status}, utf8_{utf8} {}

  /// A whole reply: the text folded into lines at its line breaks and at 512 octets, then cut at reply_room.
  EHLO_HOT void write(std::string_view text) noexcept {
    if (text.size() > short_text || !put_printable(text, ' ')) [[unlikely]]
      fold(text);
  }

  /// One line of a reply of several; `text` must fit (line_room()).
  void write_line(std::string_view text, bool last) noexcept {
    char const separator = last ? ' ' : '-';
    if (put_printable(text, separator)) return;
    char* const to = begin_line(text, separator);
    for (std::size_t i = 0; i != text.size(); ++i) to[i] = legal(text[i]);
    end_line(to + text.size());
  }

  /// The longest text for one line.
  [[nodiscard]] std::size_t line_room() const noexcept { return max_reply_line - prefix_size() - 2; }

 private:
  /// The text in as many lines as it needs.
  EHLO_COLD void fold(std::string_view text) noexcept {
    text = text.substr(0, reply_room);
    std::size_t left = reply_room;
    for (;;) {
      std::size_t const taken = line_length(text, (left < max_reply_line ? left : max_reply_line) - prefix_size() - 2);
      std::string_view const line = text.substr(0, taken);
      text.remove_prefix(taken);
      skip_break(text);
      std::size_t const size = prefix_size() + line.size() + 2;
      left -= size;
      bool const last = text.empty() || left < prefix_size() + 3;
      write_line(line, last);
      if (last) return;
    }
  }

  /// Writes the line if its text can stand as it is; false, and nothing happened, if not.
  [[nodiscard]] bool put_printable(std::string_view text, char separator) noexcept {
    char* const to = begin_line(text, separator);
    if (!copy_printable(text, to)) return false;
    end_line(to + text.size());
    return true;
  }

  /// Puts code and status into the free output; returns where the text goes.
  [[nodiscard]] char* begin_line(std::string_view text, char separator) const noexcept {
    char* to = out_.tail().data();
    unsigned const number = code_.number();
    enhanced_code const status =
        status_;  // a copy: what is written through `to` could be it, for all the compiler knows
    unsigned const hundreds = number / 100;
    unsigned const tens = (number - 100 * hundreds) / 10;
    to[0] = digit(hundreds);
    to[1] = digit(tens);
    to[2] = digit(number - 100 * hundreds - 10 * tens);
    to[3] = separator;
    if (!status) return to + 4;
    to[4] = digit(status.status_class);
    to[5] = '.';
    to = put_number(to + 6, status.subject);
    *to++ = '.';
    to = put_number(to, status.detail);
    *to = ' ';
    // RFC 5321 4.2: a code alone keeps its space; behind an enhanced status code without text there is none.
    return text.empty() ? to : to + 1;
  }
  void end_line(char* to) noexcept {
    to[0] = '\r';
    to[1] = '\n';
    out_.grow(static_cast<std::size_t>(to + 2 - out_.tail().data()));
  }

  [[nodiscard]] static char digit(unsigned value) noexcept { return static_cast<char>('0' + value); }
  [[nodiscard]] static char* put_number(char* to, unsigned number) noexcept {
    if (number < 10) [[likely]] {
      *to = digit(number);
      return to + 1;
    }
    if (number >= 100) *to++ = digit(number / 100);
    *to++ = digit(number / 10 % 10);
    *to++ = digit(number % 10);
    return to;
  }
  [[nodiscard]] static std::size_t digits(unsigned number) noexcept { return number < 10 ? 1 : number < 100 ? 2 : 3; }
  /// Octets of code and status, with the space behind each.
  [[nodiscard]] std::size_t prefix_size() const noexcept {
    return status_ ? 8 + digits(status_.subject) + digits(status_.detail) : 4;
  }
  [[nodiscard]] char legal(char c) const noexcept {
    auto const value = static_cast<unsigned char>(c);
    bool const fine = (value >= 0x20 && value < 0x7F) || c == '\t' || (value >= 0x80 && utf8_);
    return fine ? c : '?';
  }

  /// How much of the text makes the next line: up to a line break; where that is too far, up to the last space, else to
  /// the limit, never inside a UTF-8 sequence.
  [[nodiscard]] static std::size_t line_length(std::string_view text, std::size_t limit) noexcept {
    std::size_t end = text.find_first_of("\r\n");
    if (end == std::string_view::npos) end = text.size();
    if (end <= limit) return end;
    std::size_t const space = text.substr(0, limit + 1).rfind(' ');
    if (space != std::string_view::npos && space != 0) return space;
    std::size_t cut = limit;
    while (cut > 1 && limit - cut < 4 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U) --cut;
    return cut;
  }
  static void skip_break(std::string_view& text) noexcept {
    if (text.starts_with("\r\n"))
      text.remove_prefix(2);
    else if (!text.empty() && (text[0] == '\r' || text[0] == '\n' || text[0] == ' '))
      text.remove_prefix(1);
  }

  static constexpr std::size_t short_text = 400;  // fits one line behind any code and status

  output_buffer& out_;
  reply_code code_;
  enhanced_code status_;
  bool utf8_;
};

}  // namespace ehlo::inline v0
