// SPDX-License-Identifier: BSL-1.0
// ASCII without a locale.
#include "ehlo/base/ascii.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace ehlo;

TEST(ascii, every_octet) {
  for (unsigned i = 0; i != 256; ++i) {
    char const c = static_cast<char>(i);
    bool const lower = i >= 0x61 && i <= 0x7A;
    bool const upper = i >= 0x41 && i <= 0x5A;
    bool const digit = i >= 0x30 && i <= 0x39;
    EXPECT_EQ(octet(c), i);
    EXPECT_EQ(octet(to_upper(c)), lower ? i - 0x20 : i);
    EXPECT_EQ(is_alpha(c), lower || upper) << i;
    EXPECT_EQ(is_digit(c), digit) << i;
    std::string const digits = "0123456789abcdefABCDEF";
    std::size_t const at = i == 0 ? std::string::npos : digits.find(c);
    EXPECT_EQ(hex_value(c), at == std::string::npos ? -1 : static_cast<int>(at < 16 ? at : at - 6)) << i;
  }
}

static_assert(equal_ignoring_case("", "") && equal_ignoring_case("aB1-", "Ab1-") && !equal_ignoring_case("a", "ab"));
static_assert(!equal_ignoring_case("@", "`") && !equal_ignoring_case("[", "{") &&
              !equal_ignoring_case("\xc3\xa9", "\xc3\x89"));
static_assert(starts_ignoring_case("mail from", "MAIL") && starts_ignoring_case("x", "") &&
              !starts_ignoring_case("mai", "MAIL"));

}  // namespace
