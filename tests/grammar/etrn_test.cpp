// SPDX-License-Identifier: BSL-1.0
// ETRN, RFC 1985 5.
#include "ehlo/grammar/etrn.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace {

using namespace ehlo;

constexpr bool etrn_is(std::string_view argument, etrn_kind kind, std::string_view node) {
  etrn_argument parsed;
  tolerance used{};
  return parse_etrn(argument, strict, parsed, used) == errc::ok && parsed.kind == kind && parsed.node == node;
}
constexpr bool etrn_bad(std::string_view argument) {
  etrn_argument parsed;
  tolerance used{};
  return parse_etrn(argument, lenient, parsed, used) == errc::peer_argument;
}
static_assert(etrn_is("foo.com", etrn_kind::node, "foo.com") &&
              etrn_is("@foo.com ", etrn_kind::subdomains, "foo.com") && etrn_is("#uucp", etrn_kind::queue, "uucp"));
static_assert(etrn_bad("") && etrn_bad("@") && etrn_bad("#") && etrn_bad("a b") && etrn_bad("@@a") &&
              etrn_bad("#a\rb") && etrn_bad("a@b") && etrn_bad("[1.2.3.4]") && etrn_bad("\xc3\xa9.de"));

TEST(etrn, reports_the_tolerance) {
  etrn_argument parsed;
  tolerance used = tolerance::none;
  EXPECT_EQ(parse_etrn("@a_b", lenient, parsed, used), errc::ok);
  EXPECT_EQ(used, tolerance::loose_domain);
  EXPECT_EQ(parse_etrn("@a_b", strict, parsed, used), errc::peer_argument);
  EXPECT_TRUE(parsed.node.empty());
}

}  // namespace
