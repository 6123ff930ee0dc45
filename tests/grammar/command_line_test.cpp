// SPDX-License-Identifier: BSL-1.0
// Verbs, RFC 5321 2.4 and 4.1.1.
#include "ehlo/grammar/command_line.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace {

using namespace ehlo;

constexpr bool reads(std::string_view line, verb what, std::size_t length) {
  command_word const word = parse_verb(line);
  return word.what == what && word.length == length;
}

static_assert(reads("MAIL FROM:<a@b>", verb::mail, 4) && reads("rcpt", verb::rcpt, 4) && reads("DaTa", verb::data, 4));
static_assert(reads("STARTTLS", verb::starttls, 8) && reads("starttls x", verb::starttls, 8));
static_assert(reads("STARTTLSX", verb::unknown, 9) && reads("STARTTL", verb::unknown, 7));
static_assert(reads("MAILFROM:<a@b> x", verb::unknown, 14) && reads("DATAX", verb::unknown, 5));
static_assert(reads("", verb::unknown, 0) && reads(" ", verb::unknown, 0) && reads(" MAIL", verb::unknown, 0));
static_assert(reads("MAI", verb::unknown, 3) && reads("MAI L", verb::unknown, 3) && reads("MAIL\tX", verb::unknown, 6));
static_assert(reads({"NO\0OP", 5}, verb::unknown, 5) && reads("\xef\xbb\xbfNOOP", verb::unknown, 7));
static_assert(reads("-!)0", verb::unknown, 4) && reads("\r\n", verb::unknown, 2));

TEST(command_line, every_verb_in_every_case) {
  for (std::size_t i = 1; i != verb_count; ++i) {
    std::string text{verb_names[i]};
    for (std::size_t flips = 0; flips != std::size_t{1} << text.size(); ++flips) {
      std::string cased = text;
      for (std::size_t k = 0; k != text.size(); ++k)
        if ((flips >> k & 1U) != 0) cased[k] = static_cast<char>(cased[k] | 0x20);
      ASSERT_EQ(parse_verb(cased).what, static_cast<verb>(i)) << cased;
      ASSERT_EQ(parse_verb(cased + " x").what, static_cast<verb>(i)) << cased;
    }
    EXPECT_EQ(parse_verb(text + "X").what, verb::unknown) << text;
    EXPECT_EQ(parse_verb("X" + text).what, verb::unknown) << text;
  }
}

TEST(command_line, no_octet_but_a_letter_makes_a_verb) {
  for (std::size_t i = 1; i != verb_count; ++i) {
    for (std::size_t k = 0; k != verb_names[i].size(); ++k) {
      for (unsigned c = 0; c != 256; ++c) {
        std::string mutant{verb_names[i]};
        mutant[k] = static_cast<char>(c);
        verb const found = parse_verb(mutant).what;
        ASSERT_TRUE(found == verb::unknown || equal_ignoring_case(name(found), mutant)) << mutant;
      }
    }
  }
}

TEST(command_line, a_long_word_has_a_length) { EXPECT_EQ(parse_verb(std::string(70000, 'x')).length, 0xFFFF); }

static_assert(trim_trailing_space("NOOP \t ") == "NOOP" && trim_trailing_space(" ") == "" &&
              trim_trailing_space("a b") == "a b");

}  // namespace
