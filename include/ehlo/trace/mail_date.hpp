// SPDX-License-Identifier: BSL-1.0
// date-time of a message header (RFC 5322 3.3), in the one form that RFC 5321 4.4 allows to write.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/text_writer.hpp"
#include "../grammar/date_time.hpp"

namespace ehlo::inline v0::trace {

/// The longest that is written: `Sun, 22 Nov 2026 05:40:00 +0000`.
inline constexpr std::size_t mail_date_limit = 31;

/// The local date and time of an instant: seconds since 1970-01-01T00:00:00Z without leap seconds, and minutes ahead of
/// UTC. A year of 0 if that is not between the years 1900 and 9999 or the offset is a day or more.
[[nodiscard]] constexpr date_time local_time(std::int64_t unix_seconds, std::int16_t offset_minutes) noexcept {
  constexpr std::int64_t first = ehlo::unix_seconds({1900, 1, 1, 0, 0, 0, 0});
  constexpr std::int64_t last = ehlo::unix_seconds({9999, 12, 31, 23, 59, 59, 0});
  constexpr std::int16_t day_of_minutes = 24 * 60;
  if (offset_minutes <= -day_of_minutes || offset_minutes >= day_of_minutes) return {};
  if (unix_seconds < first - 86'400 || unix_seconds > last + 86'400) return {};
  std::int64_t const local = unix_seconds + offset_minutes * 60;
  if (local < first || local > last) return {};
  // Years of 365.2425 days that begin in March, so that the leap day is the last (as in unix_seconds()).
  auto const seconds = static_cast<std::uint64_t>(local - first);
  std::uint64_t const days = seconds / 86'400 + 693'901;  // since 0000-03-01
  std::uint64_t const era = days / 146'097;
  std::uint64_t const of_era = days % 146'097;
  std::uint64_t const year = (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365;
  std::uint64_t const of_year = of_era - (365 * year + year / 4 - year / 100);
  std::uint64_t const month = (5 * of_year + 2) / 153;  // 0: March
  std::uint64_t const day = of_year - (153 * month + 2) / 5 + 1;
  std::uint64_t const of_day = seconds % 86'400;
  return {static_cast<std::uint16_t>(era * 400 + year + (month >= 10 ? 1 : 0)),
          static_cast<std::uint8_t>(month >= 10 ? month - 9 : month + 3),
          static_cast<std::uint8_t>(day),
          static_cast<std::uint8_t>(of_day / 3600),
          static_cast<std::uint8_t>(of_day / 60 % 60),
          static_cast<std::uint8_t>(of_day % 60),
          offset_minutes};
}

/// Writes `Sun, 22 Nov 2026 05:40:00 +0000`. False if local_time() has no such date, or there is no room.
[[nodiscard]] constexpr bool write_mail_date(text_writer& out, std::int64_t unix_seconds,
                                             std::int16_t offset_minutes) noexcept {
  constexpr std::string_view day_names = "ThuFriSatSunMonTueWed";  // 1970-01-01 was a Thursday
  constexpr std::string_view month_names = "JanFebMarAprMayJunJulAugSepOctNovDec";
  date_time const t = local_time(unix_seconds, offset_minutes);
  if (t.year == 0) return false;
  auto const two = [&out](unsigned number) {
    out.put(static_cast<char>('0' + number / 10)).put(static_cast<char>('0' + number % 10));
  };
  std::int64_t const days = ehlo::unix_seconds({t.year, t.month, t.day, 0, 0, 0, 0}) / 86'400;
  std::size_t const weekday = static_cast<std::size_t>((days % 7 + 7) % 7);
  unsigned const offset = static_cast<unsigned>(offset_minutes < 0 ? -offset_minutes : offset_minutes);
  out.put(day_names.substr(weekday * 3, 3)).put(", ");
  out.put_number(t.day).put(' ').put(month_names.substr((t.month - 1U) * 3, 3)).put(' ').put_number(t.year).put(' ');
  two(t.hour);
  out.put(':');
  two(t.minute);
  out.put(':');
  two(t.second);
  out.put(offset_minutes < 0 ? " -" : " +");
  two(offset / 60);
  two(offset % 60);
  return out.fits();
}

}  // namespace ehlo::inline v0::trace
