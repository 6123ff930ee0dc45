// SPDX-License-Identifier: BSL-1.0
// MT-PRIORITY, RFC 6710 7.
#include "ehlo/grammar/mt_priority.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace {

using namespace ehlo;

constexpr int priority(std::string_view text) {
  std::int8_t value = 0;
  return parse_mt_priority(text, value) ? value : 99;
}
static_assert(priority("0") == 0 && priority("9") == 9 && priority("-9") == -9 && priority("1") == 1);
static_assert(priority("") == 99 && priority("-") == 99 && priority("-0") == 99 && priority("10") == 99 &&
              priority("+1") == 99 && priority("x") == 99 && priority("-10") == 99);

TEST(mt_priority, every_value) {
  for (int i = -99; i != 100; ++i) EXPECT_EQ(priority(std::to_string(i)), i >= -9 && i <= 9 ? i : 99);
}

}  // namespace
