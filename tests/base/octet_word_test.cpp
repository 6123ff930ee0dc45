// SPDX-License-Identifier: BSL-1.0
// Words of octets: exact in every octet, and never past the text.
#include "ehlo/base/octet_word.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace ehlo;

static_assert(load_octets("abcdefgh") == 0x6867666564636261U && load_octets("ab", 2) == 0x6261U &&
              load_octets("", 0) == 0);

bool matches(std::string_view text) { return folded_octets{"AB-1 c:"}.stand_at(text, 0); }

TEST(octet_word, folds_letters_only) {
  EXPECT_EQ(load_octets(std::string{"abcdefgh"}.data()), 0x6867666564636261U);
  EXPECT_TRUE(matches("ab-1 C:"));
  EXPECT_TRUE(matches("Ab-1 c:more"));
  EXPECT_FALSE(matches("ab-1 c"));
  std::string const right = "AB-1 C:";
  for (std::size_t place = 0; place != right.size(); ++place) {
    for (unsigned c = 0; c != 256; ++c) {
      std::string text = right;
      text[place] = static_cast<char>(c);
      EXPECT_EQ(matches(text), equal_ignoring_case(text, right)) << place << ' ' << c;
    }
  }
}

TEST(octet_word, stands_at_a_place) {
  EXPECT_TRUE(folded_octets{"TO:"}.stand_at("RCPT to:", 5));
  EXPECT_FALSE(folded_octets{"TO:"}.stand_at("RCPT to", 5));
  EXPECT_FALSE(folded_octets{"TO:"}.stand_at("RCPT", 4));
}

}  // namespace
