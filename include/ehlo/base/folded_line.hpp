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
      out_.put("\r\n\t");
      column_ = 8 + size;
    } else {
      out_.put(' ');
      column_ += 1 + size;
    }
    (out_.put(std::string_view{parts}), ...);
  }
  /// One octet directly behind the word.
  constexpr void mark(char c) noexcept {
    out_.put(c);
    ++column_;
  }
  constexpr void end() noexcept { out_.put("\r\n"); }

 private:
  text_writer& out_;
  std::size_t column_;
};

}  // namespace ehlo::inline v0
