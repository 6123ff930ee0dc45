// SPDX-License-Identifier: BSL-1.0
// BY, RFC 2852 4.
#include "ehlo/grammar/deliver_by.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

namespace {

using namespace ehlo;

struct good_by {
  std::string_view text;
  deliver_by value;
};
constexpr bool is_good(good_by const& row) {
  deliver_by value;
  return parse_deliver_by(row.text, value) && value == row.value;
}
constexpr good_by good[] = {
    {"120;R", {120, deliver_by_mode::give_back, false}},
    {"+120;rt", {120, deliver_by_mode::give_back, true}},
    {"-999999999;N", {-999999999, deliver_by_mode::notify, false}},
    {"0;NT", {0, deliver_by_mode::notify, true}},
    {"000000001;R", {1, deliver_by_mode::give_back, false}},
};
static_assert(std::ranges::all_of(good, is_good));

constexpr std::string_view bad[] = {"",      "120",    "120;",  "120;X",        "120;RX",       "120;RTT",
                                    ";R",    "0;R",    "-1;R",  "1000000000;N", "0000000001;N", "+-1;N",
                                    "1.5;N", "120 ;R", "120;T", "--1;N"};
constexpr bool is_bad(std::string_view text) {
  deliver_by value;
  return !parse_deliver_by(text, value);
}
static_assert(std::ranges::all_of(bad, is_bad));

TEST(deliver_by, tables) {
  for (good_by const& row : good) EXPECT_TRUE(is_good(row)) << row.text;
  for (std::string_view const text : bad) EXPECT_TRUE(is_bad(text)) << text;
}

}  // namespace
