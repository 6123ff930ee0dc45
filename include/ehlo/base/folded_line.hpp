// SPDX-License-Identifier: BSL-1.0
// Writes a header field in lines of at most 78 columns where its words allow it (RFC 5322 2.1.1, 2.2.3).
#pragma once

#include <cstddef>
#include <string_view>

#include "text_writer.hpp"

namespace ehlo::inline v0 {

/// Puts words one after the other, with FWS between: a space, or a line break and a tab, which is counted as eight
/// columns. A word is never broken, so a line is longer only if one word is.
class folded_line {
 public:
  static constexpr std::size_t width = 78;

  /// Begins with the name of the field and its colon.
  constexpr folded_line(text_writer& out, std::string_view name) noexcept : out_{out}, column_{name.size()} {
    out_.put(name);
  }

  /// The parts of one word, without anything between them.
  template <class... Parts>
  constexpr void word(Parts const&... parts) noexcept {
    std::size_t const size = (std::string_view{parts}.size() + ... + 0);
    // One column is kept for a mark that may follow.
    if (column_ + 1 + size + 1 > width) {
      break_line();
    } else {
      mark(' ');
    }
    (out_.put(std::string_view{parts}), ...);
    column_ += size;
  }
  /// More of the word: directly behind it, or on the next line where this one has no room. Only for where FWS may stand
  /// in the word.
  constexpr void join(std::string_view part) noexcept {
    if (column_ + part.size() + 1 > width) break_line();
    out_.put(part);
    column_ += part.size();
  }
  /// The same with a text that may be broken anywhere.
  constexpr void pour(std::string_view text) noexcept {
    while (!text.empty()) {
      if (column_ + 1 >= width) break_line();
      std::string_view const part = text.substr(0, width - 1 - column_);
      join(part);
      text.remove_prefix(part.size());
    }
  }
  /// One octet directly behind the word.
  constexpr void mark(char c) noexcept {
    out_.put(c);
    ++column_;
  }
  constexpr void end() noexcept { out_.put("\r\n"); }

 private:
  constexpr void break_line() noexcept {
    out_.put("\r\n\t");
    column_ = 8;
  }

  text_writer& out_;
  std::size_t column_;
};

}  // namespace ehlo::inline v0
