// SPDX-License-Identifier: BSL-1.0
// HOLDFOR and HOLDUNTIL, RFC 4865 3.
#include "ehlo/grammar/future_release.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace {

using namespace ehlo;

static_assert(parse_hold_for("1") == 1 && parse_hold_for("999999999") == 999999999);
static_assert(parse_hold_for("") == 0 && parse_hold_for("0") == 0 && parse_hold_for("01") == 0 &&
              parse_hold_for("1s") == 0 && parse_hold_for("1000000000") == 0 && parse_hold_for("-1") == 0);

constexpr bool holds_until(std::string_view text) {
  date_time time;
  return parse_hold_until(text, time);
}
static_assert(holds_until("2027-12-31T00:00:00Z") && holds_until("2027-12-31T00:00:00+00:00"));
static_assert(!holds_until("2027-12-31T00:00:00+01:00") && !holds_until("tomorrow"));

TEST(future_release, bounds) {
  EXPECT_EQ(parse_hold_for("999999999"), 999999999U);
  EXPECT_EQ(parse_hold_for("1000000000"), 0U);
  EXPECT_FALSE(holds_until("2027-12-31T00:00:00-00:01"));
}

}  // namespace
