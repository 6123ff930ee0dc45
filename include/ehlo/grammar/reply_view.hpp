// SPDX-License-Identifier: BSL-1.0
// A whole reply of one or more lines (RFC 5321 4.2.1), as it was sent: its code, its status, its lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "../base/config.hpp"
#include "../base/find.hpp"
#include "../model/enhanced_code.hpp"
#include "../model/reply_code.hpp"
#include "reply_line.hpp"

namespace ehlo::inline v0 {

namespace detail {

/// Where the first LF is, or text.size(). The plain search: a public type must not change with the instruction set.
[[nodiscard]] constexpr std::size_t line_end(std::string_view text) noexcept {
  if (!std::is_constant_evaluated()) return plain::find_lf(text);
  std::size_t at = 0;
  while (at != text.size() && text[at] != '\n') ++at;
  return at;
}

}  // namespace detail

/// The lines of a reply in order, a forward range over text that a reply_reader has passed.
class reply_lines {
 public:
  class iterator {
   public:
    using value_type = reply_line;
    using difference_type = std::ptrdiff_t;

    constexpr iterator() noexcept = default;
    constexpr explicit iterator(std::string_view rest) noexcept : rest_{rest} { read(); }
    [[nodiscard]] constexpr reply_line const& operator*() const noexcept { return current_; }
    [[nodiscard]] constexpr reply_line const* operator->() const noexcept { return &current_; }
    constexpr iterator& operator++() noexcept {
      read();
      return *this;
    }
    constexpr iterator operator++(int) noexcept {
      iterator const before = *this;
      read();
      return before;
    }
    [[nodiscard]] friend constexpr bool operator==(iterator const& a, iterator const& b) noexcept {
      return a.current_.text.data() == b.current_.text.data();
    }

   private:
    constexpr void read() noexcept {
      std::size_t const at = detail::line_end(rest_);
      std::string_view line = rest_.substr(0, at);
      rest_.remove_prefix(at == rest_.size() ? at : at + 1);
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (parse_reply_line(line, current_) == errc::ok) return;
      rest_ = {};
      current_ = {};
    }

    std::string_view rest_;
    reply_line current_;
  };

  constexpr explicit reply_lines(std::string_view raw) noexcept : raw_{raw} {}
  [[nodiscard]] constexpr iterator begin() const noexcept { return iterator{raw_}; }
  [[nodiscard]] constexpr iterator end() const noexcept { return {}; }

 private:
  std::string_view raw_;
};

/// A complete reply; views the octets that it was read from. The default is no reply.
class reply_view {
 public:
  constexpr reply_view() noexcept = default;
  /// `raw`: valid lines with their ends. `mixed`: they differ in code; `mixed_digits`: in its first digit too.
  constexpr reply_view(std::string_view raw EHLO_LIFETIMEBOUND, reply_code code, enhanced_code status,
                       bool mixed = false, bool mixed_digits = false) noexcept
      : raw_{raw}, code_{code}, status_{status}, mixed_{mixed}, mixed_digits_{mixed_digits} {}

  /// The last line's: it decides where lines differ.
  [[nodiscard]] constexpr reply_code code() const noexcept { return code_; }
  /// The first that fits the code; none if no line has one.
  [[nodiscard]] constexpr enhanced_code status() const noexcept { return status_; }
  /// All lines with their ends, as they were sent.
  [[nodiscard]] constexpr std::string_view raw() const noexcept { return raw_; }
  [[nodiscard]] constexpr reply_lines lines() const noexcept { return reply_lines{raw_}; }
  /// The text of the first line without its status; the others are in lines().
  [[nodiscard]] constexpr std::string_view text() const noexcept { return lines().begin()->message(); }
  /// Whether lines differ in their codes (RFC 5321 4.2.1 forbids it).
  [[nodiscard]] constexpr bool mixed() const noexcept { return mixed_; }
  /// Whether they differ in the first digit, the one that is acted on.
  [[nodiscard]] constexpr bool mixed_digits() const noexcept { return mixed_digits_; }

 private:
  std::string_view raw_;
  reply_code code_;
  enhanced_code status_;
  bool mixed_ = false;
  bool mixed_digits_ = false;
};

static_assert(std::is_trivially_copyable_v<reply_view> && sizeof(reply_view) <= 2 * sizeof(std::string_view));

}  // namespace ehlo::inline v0
