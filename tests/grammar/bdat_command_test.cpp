// SPDX-License-Identifier: BSL-1.0
// BDAT, RFC 3030 2: what cannot be counted exactly is refused.
#include "ehlo/grammar/bdat_command.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

namespace {

using namespace ehlo;

struct good_bdat {
  std::string_view line;
  std::uint64_t size;
  bool last;
};
constexpr bool is_good(good_bdat const& row) {
  bdat_command command;
  return parse_bdat(row.line, command) == errc::ok && command.size == row.size && command.last == row.last;
}
constexpr good_bdat good[] = {
    {"BDAT 0", 0, false},
    {"BDAT 0 LAST", 0, true},
    {"bdat 123456 last", 123456, true},
    {"BDAT 86 LasT \t", 86, true},
    {"BDAT  7  LAST", 7, true},
    {"BDAT 00000000000000000007", 7, false},
    {"BDAT 18446744073709551615", UINT64_MAX, false},
    {"BDAT 9999999999999999999", 9999999999999999999U, false},
};
static_assert(std::ranges::all_of(good, is_good));

constexpr std::string_view bad[] = {
    "BDAT",
    "BDAT ",
    "BDAT LAST",
    "BDAT -5",
    "BDAT +5",
    "BDAT 0x5",
    "BDAT 1.0",
    "BDAT 1,000",
    "BDAT 5 FIRST",
    "BDAT 5LAST",
    "BDAT 5 LAST LAST",
    "BDAT 5 LASTX",
    "BDAT 5 6",
    "BDAT\t5",
    "BDAT 5\tLAST",
    "BDAT 18446744073709551616",
    "BDAT 99999999999999999999",
    "BDAT 000000000000000000007",
    "BDAT 5 LAS",
    "BDAT 1e3",
    {"BDAT 5\0", 7},
    "BDAT \xd9\xa3",
};
constexpr bool is_bad(std::string_view line) {
  bdat_command command;
  return parse_bdat(line, command) == errc::peer_chunk_size && command.size == 0 && !command.last;
}
static_assert(std::ranges::all_of(bad, is_bad));

TEST(bdat_command, tables) {
  for (good_bdat const& row : good) EXPECT_TRUE(is_good(row)) << row.line;
  for (std::string_view const line : bad) EXPECT_TRUE(is_bad(line)) << line;
}

}  // namespace
