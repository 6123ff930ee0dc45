// SPDX-License-Identifier: BSL-1.0
// utf-8-addr-xtext, utf-8-addr-unitext and utf-8-address, RFC 6533 3.
#include "ehlo/grammar/unitext.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace {

using namespace ehlo;

struct good_unitext {
  std::string_view text;
  std::string_view utf8;
  std::string_view ascii;  // as it is written without SMTPUTF8
};
constexpr bool is_good(good_unitext const& row) {
  std::array<char, 64> storage{};
  decoded const plain = decode_unitext(row.text, storage);
  if (!plain || plain.text(storage) != row.utf8) return false;
  std::array<char, 64> again{};
  decoded const coded = encode_unitext(row.utf8, false, again);
  return coded && coded.text(again) == row.ascii && scan_unitext(row.ascii, 0).end == row.ascii.size() &&
         !scan_unitext(row.ascii, 0).utf8;
}
constexpr good_unitext good[] = {
    {"", "", ""},
    {"a@b", "a@b", "a@b"},
    {"\\x{7528}\\x{6237}@omni.test", "\xe7\x94\xa8\xe6\x88\xb7@omni.test", "\\x{7528}\\x{6237}@omni.test"},
    {"\xc3\xa9@b", "\xc3\xa9@b", "\\x{E9}@b"},
    {"\\x{2B}\\x{3D}\\x{5C}\\x{20}\\x{7F}", "+=\\ \x7f", "\\x{2B}\\x{3D}\\x{5C}\\x{20}\\x{7F}"},
    {"\\x{10FFFF}\\x{80}\\x{FFFF}\\x{100}", "\xf4\x8f\xbf\xbf\xc2\x80\xef\xbf\xbf\xc4\x80",
     "\\x{10FFFF}\\x{80}\\x{FFFF}\\x{100}"},
    {"a+2Bb", "a+b", "a\\x{2B}b"},
    {"\\x{e9}", "\xc3\xa9", "\\x{E9}"},
    {"\\x{01}", "\x01", "\\x{01}"},
};
static_assert(std::ranges::all_of(good, is_good));

constexpr std::string_view bad[] = {
    "\\",      "\\x",       "\\x{",      "\\x{}",       "\\x{E9",       "\\x{9}",  "\\x{00}",   "\\x{0E9}", "\\x{00E9}",
    "\\x{41}", "\\x{D800}", "\\x{DFFF}", "\\x{110000}", "\\x{1000000}", "\\x{G9}", "\\u{E9}",   "=",        "a b",
    "+",       "a+b",       "\xc3",      "\xff",        "\x7f",         "\t",      "\\x{0041}", "+00",      "+C3+A9",
};
constexpr bool is_bad(std::string_view text) {
  std::array<char, 64> storage{};
  return !decode_unitext(text, storage);
}
static_assert(std::ranges::all_of(bad, is_bad));

TEST(unitext, tables) {
  for (good_unitext const& row : good) EXPECT_TRUE(is_good(row)) << row.text;
  for (std::string_view const text : bad) EXPECT_TRUE(is_bad(text)) << text;
}

TEST(unitext, keeps_utf8_where_it_may_stand) {
  std::array<char, 64> storage{};
  EXPECT_EQ(encode_unitext("\xc3\xa9+@b", true, storage).text(storage), "\xc3\xa9\\x{2B}@b");
  EXPECT_FALSE(encode_unitext("\xff", true, storage));
  EXPECT_FALSE(encode_unitext({"\0", 1}, true, storage));
}

TEST(unitext, every_code_point_returns_in_place) {
  for (std::uint32_t point = 1; point <= 0x10FFFF; point += point < 0x3000 ? 1 : 251) {
    char sequence[4];
    std::size_t const length = encode_utf8(point, sequence);
    if (length == 0) continue;
    std::array<char, 16> storage{};
    decoded const coded = encode_unitext({sequence, length}, false, storage);
    ASSERT_TRUE(coded) << point;
    decoded const plain = decode_unitext(coded.text(storage), storage);
    ASSERT_TRUE(plain) << point;
    ASSERT_EQ(plain.text(storage), std::string_view(sequence, length)) << point;
  }
}

}  // namespace
