// SPDX-License-Identifier: BSL-1.0
// Decimal numbers, RFC 1870 5 and RFC 3030 2: saturated or refused, never wrapped.
#include "ehlo/grammar/number.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

namespace {

using namespace ehlo;

constexpr bool number_is(std::string_view text, std::uint64_t value, std::size_t end, bool overflow = false) {
  number_run const run = scan_number(text, 0);
  return run.value == value && run.end == end && run.overflow == overflow;
}
static_assert(number_is("0", 0, 1) && number_is("12x", 12, 2) && number_is("", 0, 0) && number_is("x", 0, 0));
static_assert(number_is("18446744073709551615", UINT64_MAX, 20) &&
              number_is("18446744073709551616", UINT64_MAX, 20, true));
static_assert(number_is("99999999999999999999", UINT64_MAX, 20, true) && number_is("00000000000000000001", 1, 20));
static_assert(number_is("000000000000000000001", 0, 0) && number_is("9999999999999999999", 9999999999999999999U, 19));

TEST(number, around_the_largest) {
  EXPECT_TRUE(number_is("18446744073709551615", UINT64_MAX, 20));
  EXPECT_TRUE(number_is("18446744073709551616", UINT64_MAX, 20, true));
  EXPECT_TRUE(number_is("18446744073709551620", UINT64_MAX, 20, true));
}

}  // namespace
