// SPDX-License-Identifier: BSL-1.0
// base64, RFC 4648 4 and 10, RFC 4954 4.
#include "ehlo/grammar/base64.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace {

using namespace ehlo;

struct good_base64 {
  std::string_view text;
  std::string_view octets;
};
constexpr bool is_good(good_base64 const& row) {
  std::array<char, 32> storage{};
  decoded const plain = decode_base64(row.text, storage);
  if (!plain || plain.text(storage) != row.octets || !is_base64(row.text)) return false;
  std::array<char, 32> again{};
  decoded const coded = encode_base64(row.octets, again);
  return coded && coded.text(again) == row.text && base64_length(row.octets.size()) == row.text.size();
}
constexpr good_base64 good[] = {
    {"", ""},
    {"Zg==", "f"},
    {"Zm8=", "fo"},
    {"Zm9v", "foo"},  // RFC 4648 10
    {"Zm9vYg==", "foob"},
    {"Zm9vYmE=", "fooba"},
    {"Zm9vYmFy", "foobar"},
    {"AHVzZXIAcGFzcw==", {"\0user\0pass", 10}},
    {"+/+/", "\xfb\xff\xbf"},
    {"////", "\xff\xff\xff"},
};
static_assert(std::ranges::all_of(good, is_good));

constexpr std::string_view bad[] = {
    "Z",     "Zg",       "Zm9",        "Zg=",  "Zg===", "=",        "==",    "====",
    "Zm 9v", "Zm\r\n9v", "Zm9v\n",     "Zh==", "Zm9=",  "Zg==Zg==", "Z===",  "Zm9vZ",
    "-_-_",  "Zm9\x80",  {"Zm9\0", 4}, "=m9v", "Zm=v",  "Z=9v",     "Zm9v=", "*",
};
constexpr bool is_bad(std::string_view text) {
  std::array<char, 32> storage{};
  return !decode_base64(text, storage) && !is_base64(text);
}
static_assert(std::ranges::all_of(bad, is_bad));

TEST(base64, tables) {
  for (good_base64 const& row : good) EXPECT_TRUE(is_good(row)) << row.text;
  for (std::string_view const text : bad) EXPECT_TRUE(is_bad(text)) << text;
}

TEST(base64, every_length_returns_in_place) {
  std::string octets;
  for (unsigned n = 0; n != 300; ++n) {
    std::string storage(base64_length(octets.size()), '\0');
    ASSERT_TRUE(encode_base64(octets, storage));
    decoded const plain = decode_base64(storage, storage);
    ASSERT_TRUE(plain);
    ASSERT_EQ(plain.text(storage), octets);
    octets += static_cast<char>(n * 37);
  }
}

TEST(base64, no_two_texts_for_the_same_octets) {
  std::size_t accepted = 0;
  for (char const a : detail::base64_alphabet)
    for (char const b : detail::base64_alphabet) accepted += is_base64(std::string{a, b, '=', '='}) ? 1U : 0U;
  EXPECT_EQ(accepted, 256U);
}

TEST(base64, never_writes_past_its_storage) {
  std::array<char, 3> storage{};
  EXPECT_FALSE(decode_base64("Zm9vYg==", storage));
  EXPECT_TRUE(decode_base64("Zm9v", storage));
  EXPECT_FALSE(encode_base64("f", storage));
}

}  // namespace
