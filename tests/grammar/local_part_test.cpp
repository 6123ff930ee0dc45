// SPDX-License-Identifier: BSL-1.0
// Local-part, Dot-string and Quoted-string, RFC 5321 4.1.2.
#include "ehlo/grammar/local_part.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "ehlo/grammar/mailbox.hpp"
#include "ehlo/grammar/quoted_string.hpp"

namespace {

using namespace ehlo;

/// A text, what it means, and the one way in which that is written.
struct quoted {
  std::string_view text;
  std::string_view meaning;
  std::string_view written;
};

constexpr bool holds(quoted const& row) {
  std::array<char, 64> storage{};
  decoded const plain = decode_local_part(row.text, storage);
  if (!plain || plain.text(storage) != row.meaning) return false;
  std::array<char, 64> room{};
  text_writer out{room};
  return write_local_part(out, row.meaning) && out.written() == row.written;
}

constexpr quoted table[] = {
    {"\"test\"", "test", "test"},
    {"test", "test", "test"},
    {"\"john doe\"", "john doe", "\"john doe\""},
    {"\"Joe\\,Smith\"", "Joe,Smith", "\"Joe,Smith\""},
    {"\"a\\\"b\"", "a\"b", "\"a\\\"b\""},
    {"\"a\\\\b\"", "a\\b", "\"a\\\\b\""},
    {"\"\"", "", "\"\""},
    {"\".a\"", ".a", "\".a\""},
    {"\"\xc3\xa9\"", "\xc3\xa9", "\xc3\xa9"},
};
static_assert(std::ranges::all_of(table, holds));

TEST(local_part, means_the_same_in_every_form) {
  for (quoted const& row : table) EXPECT_TRUE(holds(row)) << row.text;
}

TEST(local_part, decodes_in_place) {
  std::array<char, 8> text{'"', 'a', '\\', '"', '\\', '\\', 'b', '"'};
  decoded const plain = decode_local_part({text.data(), text.size()}, text);
  EXPECT_EQ(plain.text(text), "a\"\\b");
}

TEST(local_part, refuses) {
  std::array<char, 4> storage{};
  EXPECT_FALSE(decode_local_part("\"a", storage));
  EXPECT_FALSE(decode_local_part("\"a\"b", storage));
  EXPECT_FALSE(decode_local_part("\"a\\\"", storage));
  EXPECT_FALSE(decode_local_part("abcde", storage)) << "no room";
  std::array<char, 16> room{};
  text_writer out{room};
  EXPECT_FALSE(write_local_part(out, "a\rb"));
  EXPECT_FALSE(write_local_part(out, "\xff"));
}

static_assert(is_mailbox("a@b") && is_mailbox("\"a b\"@[1.2.3.4]") && !is_mailbox("a") && !is_mailbox("@b") &&
              !is_mailbox("a@") && !is_mailbox("a@b ") && !is_mailbox("<a@b>") && !is_mailbox(""));
static_assert(!is_mailbox("\xc3\xa9@b") && is_mailbox("\xc3\xa9@b", strict, true) && is_mailbox("a.@b_", lenient));

}  // namespace
