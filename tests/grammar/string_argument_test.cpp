// SPDX-License-Identifier: BSL-1.0
// The arguments of VRFY, EXPN, HELP and NOOP, RFC 5321 4.1.1.6 to 4.1.1.9, RFC 6531 3.7.4.2.
#include "ehlo/grammar/string_argument.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string_view>

namespace {

using namespace ehlo;

static_assert(parse_string_argument("", false) == errc::ok && parse_string_argument("John Doe", false) == errc::ok &&
              parse_string_argument("<a@b>", false) == errc::ok &&
              parse_string_argument("\"a\\\"\" \t", false) == errc::ok);
static_assert(parse_string_argument("a\rb", true) == errc::peer_argument &&
              parse_string_argument("a\tb", true) == errc::peer_argument &&
              parse_string_argument("\x7f", true) == errc::peer_argument &&
              parse_string_argument({"\0", 1}, true) == errc::peer_argument);
static_assert(parse_string_argument("\xc3\xa9", true) == errc::ok &&
              parse_string_argument("\xc3\xa9", false) == errc::peer_argument &&
              parse_string_argument("\xc3", true) == errc::peer_argument);

constexpr bool means(std::string_view argument, std::string_view meaning) {
  std::array<char, 64> storage{};
  decoded const plain = decode_string_argument(argument, storage);
  return plain && plain.text(storage) == meaning;
}
static_assert(means("\"Hello\\\" Wo\\\\rld\"", "Hello\" Wo\\rld") && means("John Doe ", "John Doe") && means("", ""));
static_assert(means("\"open", "\"open") && means("\"a\" b", "\"a\" b") && means("a\\b", "a\\b"));

constexpr bool takes_smtputf8(std::string_view argument, std::string_view left) {
  return take_smtputf8(argument) && argument == left;
}
static_assert(takes_smtputf8("Smith SMTPUTF8", "Smith") && takes_smtputf8("a b  smtputf8 ", "a b"));
static_assert(!takes_smtputf8("SMTPUTF8", "") && !takes_smtputf8("xSMTPUTF8", "x"));

TEST(string_argument, decodes_in_place_and_within_its_storage) {
  std::array<char, 4> storage{'"', '\\', '"', '"'};
  EXPECT_EQ(decode_string_argument({storage.data(), 4}, storage).text(storage), "\"");
  EXPECT_FALSE(decode_string_argument("abcde", storage));
}

}  // namespace
