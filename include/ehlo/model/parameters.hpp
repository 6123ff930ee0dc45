// SPDX-License-Identifier: BSL-1.0
// The ESMTP parameters behind a path (RFC 5321 4.1.1.11), as they were sent: a forward range and a look-up.
#pragma once

#include <cstddef>
#include <string_view>

#include "../base/ascii.hpp"

namespace ehlo::inline v0 {

/// One parameter: `KEYWORD` or `KEYWORD=value`. Views of the line.
struct parameter {
  std::string_view keyword;  ///< as sent; compare without case
  std::string_view value;    ///< without the `=`; empty if there is none
  bool has_value = false;
};

/// The parameters of a validated line, in order. Unknown ones are here too: nothing that the peer said is lost.
class parameters {
 public:
  class iterator {
   public:
    constexpr iterator() noexcept = default;
    constexpr explicit iterator(std::string_view rest) noexcept : rest_{rest} { read(); }
    [[nodiscard]] constexpr parameter const& operator*() const noexcept { return current_; }
    [[nodiscard]] constexpr parameter const* operator->() const noexcept { return &current_; }
    constexpr iterator& operator++() noexcept {
      read();
      return *this;
    }
    [[nodiscard]] friend constexpr bool operator==(iterator const& a, iterator const& b) noexcept {
      return a.current_.keyword.data() == b.current_.keyword.data();
    }

   private:
    constexpr void read() noexcept {
      while (rest_.starts_with(' ')) rest_.remove_prefix(1);
      std::string_view const one = rest_.substr(0, rest_.find(' '));
      rest_.remove_prefix(one.size());
      current_ = {};
      if (one.empty()) return;
      std::size_t const equals = one.find('=');
      current_.keyword = one.substr(0, equals);
      current_.has_value = equals != std::string_view::npos;
      if (current_.has_value) current_.value = one.substr(equals + 1);
    }

    std::string_view rest_;
    parameter current_;
  };

  constexpr parameters() noexcept = default;
  /// From the text behind the path. The text is expected to have been validated by grammar/, which lets white space
  /// stand at the end of a line.
  constexpr explicit parameters(std::string_view text) noexcept : text_{text} {
    while (text_.starts_with(' ')) text_.remove_prefix(1);
    while (text_.ends_with(' ') || text_.ends_with('\t')) text_.remove_suffix(1);
  }

  [[nodiscard]] constexpr iterator begin() const noexcept { return iterator{text_}; }
  [[nodiscard]] constexpr iterator end() const noexcept { return {}; }
  [[nodiscard]] constexpr bool empty() const noexcept { return begin() == end(); }

  /// The first parameter with this keyword, compared without case; an empty keyword in the result if there is none.
  [[nodiscard]] constexpr parameter find(std::string_view keyword) const noexcept {
    for (parameter const& p : *this)
      if (equal_ignoring_case(p.keyword, keyword)) return p;
    return {};
  }

  /// All of them as one text, as sent.
  [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }

 private:
  std::string_view text_;
};

}  // namespace ehlo::inline v0
