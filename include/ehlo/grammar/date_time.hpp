// SPDX-License-Identifier: BSL-1.0
// date-time (RFC 3339 5.6), as FUTURERELEASE uses it (RFC 4865 3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/text_writer.hpp"

namespace ehlo::inline v0 {

/// A date-time. Fractions of a second are read over.
struct date_time {
  std::uint16_t year = 0;
  std::uint8_t month = 0;
  std::uint8_t day = 0;
  std::uint8_t hour = 0;
  std::uint8_t minute = 0;
  std::uint8_t second = 0;          ///< 60 in a leap second
  std::int16_t offset_minutes = 0;  ///< ahead of UTC

  [[nodiscard]] friend constexpr bool operator==(date_time const&, date_time const&) noexcept = default;
};

[[nodiscard]] constexpr unsigned days_in_month(unsigned year, unsigned month) noexcept {
  bool const leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (month == 2) return leap ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

namespace detail {

/// Reads fixed-width numbers and the marks between them; anything unexpected makes it fail for good.
class field_reader {
 public:
  constexpr explicit field_reader(std::string_view text) noexcept : rest_{text} {}

  constexpr unsigned number(std::size_t digits, unsigned lowest, unsigned highest) noexcept {
    unsigned value = 0;
    if (rest_.size() < digits) return fail();
    for (char const c : rest_.substr(0, digits)) {
      if (!is_digit(c)) return fail();
      value = value * 10 + octet(c) - '0';
    }
    rest_.remove_prefix(digits);
    return value >= lowest && value <= highest ? value : fail();
  }
  constexpr void mark(char c) noexcept {
    if (!take(c)) fail();
  }
  constexpr bool take(char c) noexcept {
    if (rest_.empty() || to_upper(rest_[0]) != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  constexpr void digits() noexcept {
    if (rest_.empty() || !is_digit(rest_[0])) fail();
    while (!rest_.empty() && is_digit(rest_[0])) rest_.remove_prefix(1);
  }
  [[nodiscard]] constexpr bool finished() const noexcept { return !failed_ && rest_.empty(); }
  constexpr unsigned fail() noexcept {
    failed_ = true;
    rest_ = {};
    return 0;
  }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace detail

/// The date-time that the whole text is; false if it is none. `T` and `Z` compare without case (RFC 3339 5.6).
[[nodiscard]] constexpr bool parse_date_time(std::string_view text, date_time& out) noexcept {
  detail::field_reader reader{text};
  unsigned const year = reader.number(4, 0, 9999);
  reader.mark('-');
  unsigned const month = reader.number(2, 1, 12);
  reader.mark('-');
  unsigned const day = reader.number(2, 1, month == 0 ? 31 : days_in_month(year, month));
  reader.mark('T');
  unsigned const hour = reader.number(2, 0, 23);
  reader.mark(':');
  unsigned const minute = reader.number(2, 0, 59);
  reader.mark(':');
  unsigned const second = reader.number(2, 0, 60);
  if (reader.take('.')) reader.digits();
  int offset = 0;
  if (!reader.take('Z')) {
    bool const behind = reader.take('-');
    if (!behind) reader.mark('+');
    offset = static_cast<int>(reader.number(2, 0, 23)) * 60;
    reader.mark(':');
    offset += static_cast<int>(reader.number(2, 0, 59));
    if (behind) offset = -offset;
  }
  if (!reader.finished()) return false;
  out = {static_cast<std::uint16_t>(year), static_cast<std::uint8_t>(month),  static_cast<std::uint8_t>(day),
         static_cast<std::uint8_t>(hour),  static_cast<std::uint8_t>(minute), static_cast<std::uint8_t>(second),
         static_cast<std::int16_t>(offset)};
  return true;
}

/// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
[[nodiscard]] constexpr std::int64_t unix_seconds(date_time const& t) noexcept {
  // Days from the civil calendar, counted from March so that the leap day is the last of its year.
  std::int64_t const year = std::int64_t{t.year} - (t.month <= 2 ? 1 : 0) + 400;
  std::int64_t const day_of_year = (153 * (t.month + (t.month > 2 ? -3 : 9)) + 2) / 5 + t.day - 1;
  std::int64_t const days = 365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719468 - 146097;
  return ((days * 24 + t.hour) * 60 + t.minute - t.offset_minutes) * 60 + t.second;
}

/// Writes `2027-12-31T00:00:00Z`. A time with an offset is refused.
[[nodiscard]] constexpr bool write_date_time(text_writer& out, date_time const& t) noexcept {
  if (t.offset_minutes != 0 || t.year > 9999 || t.month == 0 || t.month > 12 || t.day == 0) return false;
  if (t.day > days_in_month(t.year, t.month) || t.hour > 23 || t.minute > 59 || t.second > 60) return false;
  auto const two = [&out](unsigned number) {
    out.put(static_cast<char>('0' + number / 10)).put(static_cast<char>('0' + number % 10));
  };
  two(t.year / 100U);
  two(t.year % 100U);
  out.put('-');
  two(t.month);
  out.put('-');
  two(t.day);
  out.put('T');
  two(t.hour);
  out.put(':');
  two(t.minute);
  out.put(':');
  two(t.second);
  out.put('Z');
  return out.fits();
}

}  // namespace ehlo::inline v0
