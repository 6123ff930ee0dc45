// SPDX-License-Identifier: BSL-1.0
// RFC 3629 4 and its limits, against a table and against the encoder.
#include "ehlo/grammar/utf8.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

namespace {

using namespace ehlo;

struct sequence {
  std::string_view text;
  std::size_t length;
};
constexpr bool holds(sequence const& row) { return utf8_sequence_length(row.text) == row.length; }

constexpr sequence sequences[] = {
    {"", 0},
    {"a", 1},
    {"\x7f", 1},
    {"ab", 1},
    {{"\0", 1}, 1},
    {"\xc2\x80", 2},
    {"\xdf\xbf", 2},
    {"\xe0\xa0\x80", 3},
    {"\xed\x9f\xbf", 3},
    {"\xee\x80\x80", 3},
    {"\xef\xbf\xbf", 3},
    {"\xf0\x90\x80\x80", 4},
    {"\xf4\x8f\xbf\xbf", 4},
    {"\x80", 0},
    {"\xbf", 0},
    {"\xc0\xaf", 0},
    {"\xc1\xbf", 0},
    {"\xe0\x9f\xbf", 0},
    {"\xed\xa0\x80", 0},
    {"\xed\xbf\xbf", 0},
    {"\xf0\x8f\xbf\xbf", 0},
    {"\xf4\x90\x80\x80", 0},
    {"\xf5\x80\x80\x80", 0},
    {"\xff", 0},
    {"\xc2", 0},
    {"\xc2"
     "a",
     0},
    {"\xe2\x82", 0},
    {"\xe2\x28\xa1", 0},
    {"\xf0\x9f\x92", 0},
    {"\xf0\x9f\x92"
     "a",
     0},
};
static_assert(std::ranges::all_of(sequences, holds));

TEST(utf8, sequences) {
  for (sequence const& row : sequences) EXPECT_TRUE(holds(row)) << testing::PrintToString(row.text);
}

static_assert(is_utf8("") && is_utf8("abc\xc3\xa9") && !is_utf8("abc\xc3") && !is_utf8("\xa9"));

TEST(utf8, every_code_point_encodes_and_reads_back) {
  for (std::uint32_t point = 0; point != 0x110010; ++point) {
    char storage[4];
    std::size_t const written = encode_utf8(point, storage);
    bool const exists = point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
    ASSERT_EQ(written != 0, exists) << point;
    if (exists) {
      ASSERT_EQ(utf8_sequence_length({storage, written}), written) << point;
    }
  }
}

TEST(utf8, every_pair_of_octets) {
  for (unsigned first = 0; first != 256; ++first) {
    for (unsigned second = 0; second != 256; ++second) {
      char const pair[] = {static_cast<char>(first), static_cast<char>(second)};
      bool const two = first >= 0xC2 && first <= 0xDF && second >= 0x80 && second <= 0xBF;
      ASSERT_EQ(utf8_sequence_length({pair, 2}), first < 0x80 ? 1U : two ? 2U : 0U) << first << ' ' << second;
    }
  }
}

}  // namespace
