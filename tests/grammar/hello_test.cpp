// SPDX-License-Identifier: BSL-1.0
// The argument of EHLO, HELO and LHLO, RFC 5321 4.1.1.1.
#include "ehlo/grammar/hello.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

namespace {

using namespace ehlo;

constexpr errc hello(std::string_view argument, tolerance allowed, tolerance& used) {
  used = tolerance::none;
  return parse_hello(argument, allowed, used);
}
constexpr bool is_strict(std::string_view argument) {
  tolerance used{};
  return hello(argument, strict, used) == errc::ok && hello(argument, interoperable, used) == errc::ok && !any(used);
}
constexpr bool is_loose(std::string_view argument) {
  tolerance used{};
  return hello(argument, strict, used) == errc::peer_hello_argument &&
         hello(argument, interoperable, used) == errc::ok && used == tolerance::loose_hello;
}
constexpr bool is_bad(std::string_view argument) {
  tolerance used{};
  return hello(argument, lenient, used) == errc::peer_hello_argument && !any(used);
}

constexpr std::string_view good[] = {
    "a", "mail.example.org", "mail.example.org ", "[192.0.2.1]", "[IPv6:::1]", "localhost", "[x:y]"};
constexpr std::string_view loose[] = {"my_pc", "host.", "192.0.2.1:25",  "-a",  "[192.0.2.256]",
                                      "[]",    "a b",   "M\xc3\xbcller", "(x)", "[IPV6:"};
constexpr std::string_view bad[] = {"",     " ",         "  a",  "a\tb",    "a\rb",
                                    "a\nb", {"a\0b", 3}, "\x7f", "\x1b[1m", "M\xfcller"};
static_assert(std::ranges::all_of(good, is_strict) && std::ranges::all_of(loose, is_loose) &&
              std::ranges::all_of(bad, is_bad));

TEST(hello, tables) {
  for (std::string_view const text : good) EXPECT_TRUE(is_strict(text)) << text;
  for (std::string_view const text : loose) EXPECT_TRUE(is_loose(text)) << text;
  for (std::string_view const text : bad) EXPECT_TRUE(is_bad(text)) << text;
}

}  // namespace
