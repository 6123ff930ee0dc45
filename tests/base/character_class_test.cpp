// SPDX-License-Identifier: BSL-1.0
// The class table against the ABNF of each class, written out a second time.
#include "ehlo/base/character_class.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace {

using namespace ehlo;

struct definition {
  char_class what;
  char const* rule;
  std::function<bool(unsigned)> holds;
};

bool between(unsigned c, unsigned first, unsigned last) { return c >= first && c <= last; }
bool alnum(unsigned c) { return between(c, '0', '9') || between(c, 'A', 'Z') || between(c, 'a', 'z'); }
bool among(unsigned c, std::string const& set) { return c != 0 && set.find(static_cast<char>(c)) != std::string::npos; }

TEST(character_class, follows_the_rfcs) {
  definition const definitions[] = {
      {char_class::atext, "RFC 5322 3.2.3",
       [](unsigned c) { return alnum(c) || (c < 128 && among(c, "!#$%&'*+-/=?^_`{|}~")); }},
      {char_class::qtext, "%d32-33 / %d35-91 / %d93-126",
       [](unsigned c) { return between(c, 32, 33) || between(c, 35, 91) || between(c, 93, 126); }},
      {char_class::let_dig, "ALPHA / DIGIT", alnum},
      {char_class::ldh, "ALPHA / DIGIT / \"-\"", [](unsigned c) { return alnum(c) || c == '-'; }},
      {char_class::dcontent, "%d33-90 / %d94-126",
       [](unsigned c) { return between(c, 33, 90) || between(c, 94, 126); }},
      {char_class::value, "%d33-60 / %d62-126", [](unsigned c) { return between(c, 33, 60) || between(c, 62, 126); }},
      {char_class::xchar, "%x21-2A / %x2C-3C / %x3E-7E",
       [](unsigned c) { return between(c, 0x21, 0x2A) || between(c, 0x2C, 0x3C) || between(c, 0x3E, 0x7E); }},
      {char_class::qchar, "%x21-2a / %x2c-3c / %x3e-5b / %x5d-7e",
       [](unsigned c) {
         return between(c, 0x21, 0x2A) || between(c, 0x2C, 0x3C) || between(c, 0x3E, 0x5B) || between(c, 0x5D, 0x7E);
       }},
      {char_class::graphic, "%d33-126", [](unsigned c) { return between(c, 33, 126); }},
      {char_class::mechanism, "RFC 4422 3.1", [](unsigned c) { return alnum(c) || c == '-' || c == '_'; }},
      {char_class::base64, "RFC 4648 4", [](unsigned c) { return alnum(c) || c == '+' || c == '/'; }},
      {char_class::digit, "DIGIT", [](unsigned c) { return between(c, '0', '9'); }},
      {char_class::hex_digit, "RFC 3461 4", [](unsigned c) { return between(c, '0', '9') || between(c, 'A', 'F'); }},
      {char_class::eight_bit, "%d128-255", [](unsigned c) { return c > 127; }},
      {char_class::control, "%d0-31 / %d127", [](unsigned c) { return c < 32 || c == 127; }},
  };
  for (definition const& one : definitions)
    for (unsigned c = 0; c != 256; ++c)
      EXPECT_EQ(has_class(static_cast<char>(c), one.what), one.holds(c)) << one.rule << ' ' << c;
}

static_assert(has_class('a', char_class::digit | char_class::ldh) &&
              !has_class('.', char_class::digit | char_class::ldh));

}  // namespace
