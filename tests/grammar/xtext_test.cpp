// SPDX-License-Identifier: BSL-1.0
// xtext, RFC 3461 4.
#include "ehlo/grammar/xtext.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace {

using namespace ehlo;

struct good_xtext {
  std::string_view text;
  std::string_view octets;
  std::string_view encoded;  // as it is written
};
constexpr bool is_good(good_xtext const& row) {
  std::array<char, 32> storage{};
  decoded const plain = decode_xtext(row.text, storage);
  if (!plain || plain.text(storage) != row.octets || scan_xtext(row.text, 0).size != row.octets.size()) return false;
  std::array<char, 32> again{};
  decoded const coded = encode_xtext(row.octets, again);
  return coded && coded.text(again) == row.encoded;
}
constexpr good_xtext good[] = {
    {"", "", ""},
    {"abc", "abc", "abc"},
    {"a+2Bb", "a+b", "a+2Bb"},
    {"+3D", "=", "+3D"},
    {"+20", " ", "+20"},
    {"+41", "A", "A"},
    {"+00", {"\0", 1}, "+00"},
    {"+FF", "\xff", "+FF"},
    {"!*,<>~", "!*,<>~", "!*,<>~"},
};
static_assert(std::ranges::all_of(good, is_good));

constexpr std::string_view bad[] = {"+", "a+",  "a+2",  "a+2b",     "+ZZ", "+2",  "a=b",
                                    " ", "a b", "\x7f", "\xc3\xa9", "\t",  "++2B"};
constexpr bool is_bad(std::string_view text) {
  std::array<char, 32> storage{};
  return !decode_xtext(text, storage) && scan_xtext(text, 0).end != text.size();
}
static_assert(std::ranges::all_of(bad, is_bad));

TEST(xtext, tables) {
  for (good_xtext const& row : good) EXPECT_TRUE(is_good(row)) << row.text;
  for (std::string_view const text : bad) EXPECT_TRUE(is_bad(text)) << text;
}

// RFC 4954 8 takes either case.
static_assert(scan_xtext("+2b", 0, hex_case::any).end == 3 && scan_xtext("+2b", 0).end == 0);
// RFC 3461 4.2: graphic and white space.
static_assert(scan_xtext("a+20+09", 0).printable && !scan_xtext("+0A", 0).printable && !scan_xtext("+E9", 0).printable);
static_assert(scan_xtext("ab cd", 0).end == 2);

TEST(xtext, every_octet_returns) {
  std::string all;
  for (unsigned c = 0; c != 256; ++c) all += static_cast<char>(c);
  std::array<char, 768> storage{};
  decoded const coded = encode_xtext(all, storage);
  ASSERT_TRUE(coded);
  decoded const plain = decode_xtext(coded.text(storage), storage);  // in place
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain.text(storage), all);
}

TEST(xtext, never_writes_past_its_storage) {
  std::array<char, 4> storage{};
  EXPECT_FALSE(decode_xtext("abcde", storage));
  EXPECT_FALSE(encode_xtext("abcde", storage));
  EXPECT_FALSE(encode_xtext("a==", storage));
  EXPECT_TRUE(encode_xtext("a=", storage));
}

}  // namespace
