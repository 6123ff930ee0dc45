// SPDX-License-Identifier: BSL-1.0
// A text of somebody else's inside a comment of a header field (RFC 5322 3.2.2).
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "../base/character_class.hpp"
#include "utf8.hpp"

namespace ehlo::inline v0 {

/// So much of a text stands in a comment, in one line.
inline constexpr std::size_t comment_limit = 60;

/// Octets that are no ctext (RFC 5322 3.2.2), and UTF-8 where it may not stand, become `?`. A longer text is cut.
class comment_text {
 public:
  constexpr comment_text(std::string_view text, bool utf8) noexcept {
    while (!text.empty()) {
      std::size_t length = utf8_sequence_length(text);
      bool const plain = length == 1 && (has_class(text[0], char_class::graphic) || text[0] == ' ') && text[0] != '(' &&
                         text[0] != ')' && text[0] != '\\';
      bool const kept = plain || (length > 1 && utf8);
      if (length == 0) length = 1;
      if (size_ + (kept ? length : 1) > text_.size()) return;
      for (std::size_t i = 0; i != (kept ? length : 1); ++i) text_[size_++] = kept ? text[i] : '?';
      text.remove_prefix(length);
    }
  }
  [[nodiscard]] constexpr std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
  std::array<char, comment_limit> text_{};
  std::size_t size_ = 0;
};

}  // namespace ehlo::inline v0
