// SPDX-License-Identifier: BSL-1.0
// date-time, RFC 3339 5.6 and 5.8.
#include "ehlo/grammar/date_time.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace {

using namespace ehlo;

struct good_time {
  std::string_view text;
  std::int64_t seconds;  // since 1970
};
constexpr bool is_good(good_time const& row) {
  date_time time;
  return parse_date_time(row.text, time) && unix_seconds(time) == row.seconds;
}
constexpr good_time good[] = {
    {"1970-01-01T00:00:00Z", 0},
    {"1970-01-01T00:00:00.5Z", 0},
    {"1969-12-31T23:59:59Z", -1},
    {"2000-02-29T12:00:00Z", 951825600},
    {"2027-12-31T00:00:00Z", 1830211200},
    {"1985-04-12T23:20:50.52Z", 482196050},
    {"1996-12-19T16:39:57-08:00", 851042397},
    {"1996-12-20t00:39:57z", 851042397},
    {"1990-12-31T23:59:60Z", 662688000},
    {"1937-01-01T12:00:27.87+00:20", -1041337173},
    {"0000-01-01T00:00:00Z", -62167219200},
    {"9999-12-31T23:59:59Z", 253402300799},
};
static_assert(std::ranges::all_of(good, is_good));

constexpr std::string_view bad[] = {
    "",
    "2027",
    "2027-12-31",
    "2027-12-31T00:00:00",
    "2027-13-01T00:00:00Z",
    "2027-00-01T00:00:00Z",
    "2027-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2027-04-31T00:00:00Z",
    "2027-12-32T00:00:00Z",
    "2027-12-31T24:00:00Z",
    "2027-12-31T00:60:00Z",
    "2027-12-31T00:00:61Z",
    "2027-12-31T00:00:00.Z",
    "2027-12-31 00:00:00Z",
    "2027-12-31T00:00:00Z ",
    "2027-12-31T00:00:00+0100",
    "2027-12-31T00:00:00+24:00",
    "27-12-31T00:00:00Z",
    "2027-1-01T00:00:00Z",
    "+2027-12-31T00:00:00Z",
    "2027-12-31T00:00:00ZZ",
};
constexpr bool is_bad(std::string_view text) {
  date_time time;
  return !parse_date_time(text, time) && time == date_time{};
}
static_assert(std::ranges::all_of(bad, is_bad));

TEST(date_time, tables) {
  for (good_time const& row : good) EXPECT_TRUE(is_good(row)) << row.text;
  for (std::string_view const text : bad) EXPECT_TRUE(is_bad(text)) << text;
}

TEST(date_time, writes_what_it_reads) {
  for (std::string_view const text : {"1970-01-01T00:00:00Z", "2027-12-31T23:59:60Z", "0001-02-03T04:05:06Z"}) {
    date_time time;
    ASSERT_TRUE(parse_date_time(text, time));
    std::array<char, 20> storage{};
    text_writer out{storage};
    EXPECT_TRUE(write_date_time(out, time));
    EXPECT_EQ(out.written(), text);
  }
  std::array<char, 20> storage{};
  text_writer out{storage};
  EXPECT_FALSE(write_date_time(out, {}));
  EXPECT_FALSE(write_date_time(out, {2027, 1, 1, 0, 0, 0, 60}));
}

}  // namespace
