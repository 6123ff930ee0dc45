// SPDX-License-Identifier: BSL-1.0
// What others may see in the lines of a header that are no field of some name to us. There are readers to whom a CR or
// LF alone ends a line (RFC 5322 4 has them obsolete), and readers that drop octets which no field name has.
#pragma once

#include <cstddef>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/character_class.hpp"
#include "../base/config.hpp"

namespace ehlo::inline v0::sender::detail {

/// The fields of one name in the octets of a field, as the loosest reader finds them.
class loose_fields {
 public:
  constexpr loose_fields(std::string_view raw EHLO_LIFETIMEBOUND, std::string_view name EHLO_LIFETIMEBOUND) noexcept
      : rest_{raw}, name_{name} {}

  /// The value of the next one, with the lines that go on from it. False: there is none.
  [[nodiscard]] constexpr bool next(std::string_view& value) noexcept {
    while (!rest_.empty()) {
      std::string_view const line = take_line();
      std::size_t const begin = skip_dropped(line, 0);
      if (!starts_ignoring_case(line.substr(begin), name_)) continue;
      std::size_t const colon = skip_dropped(line, begin + name_.size());
      if (colon == line.size() || line[colon] != ':') continue;
      value = line.substr(colon + 1);
      return true;
    }
    return false;
  }

 private:
  [[nodiscard]] static constexpr std::size_t skip_dropped(std::string_view line, std::size_t at) noexcept {
    while (at != line.size() && !has_class(line[at], char_class::graphic)) ++at;
    return at;
  }

  /// Up to the next CR or LF behind which no white space stands, of which a CRLF is two.
  [[nodiscard]] constexpr std::string_view take_line() noexcept {
    std::size_t end = 0;
    while (end != rest_.size() && ((rest_[end] != '\r' && rest_[end] != '\n') || goes_on(end + 1))) ++end;
    std::string_view const line = rest_.substr(0, end);
    rest_.remove_prefix(end == rest_.size() ? end : end + 1);
    return line;
  }
  [[nodiscard]] constexpr bool goes_on(std::size_t at) const noexcept {
    if (at < rest_.size() && rest_[at - 1] == '\r' && rest_[at] == '\n') ++at;
    return at < rest_.size() && is_wsp(rest_[at]);
  }

  std::string_view rest_;
  std::string_view name_;
};

}  // namespace ehlo::inline v0::sender::detail
