// SPDX-License-Identifier: BSL-1.0
// Domain, RFC 5321 4.1.2 and 4.5.3.1.2.
#include "ehlo/grammar/domain.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace {

using namespace ehlo;

constexpr std::string_view good[] = {
    "a", "A", "1", "a.b", "a-b", "a--b", "123.com", "xn--hxajbheg2az3al.xn--jxalpdlp", "a.123"};
constexpr std::string_view loose[] = {"a_b", "_dmarc.x", "-a", "a-", "a-.b", "a.-b", "_", "-"};
constexpr std::string_view bad[] = {"",          ".",  "a.", ".a",  "a..b",  "a b", "a\tb", "a@b",   "a,b",      "a:b",
                                    "[1.2.3.4]", "a/", "a#", "a\\", "a\x7f", "a\n", "\xff", "a\xc3", {"a\0b", 3}};
constexpr std::string_view international[] = {"\xcf\x80", "\xcf\x80.gr",
                                              "b\xc3\xbc"
                                              "cher.de",
                                              "\xe2\x80\x8b"};

constexpr bool is_strict(std::string_view text) { return is_domain(text); }
constexpr bool is_loose(std::string_view text) {
  domain_run const run = scan_domain(text, 0, tolerance::loose_domain);
  return !is_domain(text) && run.end == text.size() && run.used == tolerance::loose_domain;
}
constexpr bool is_bad(std::string_view text) { return !is_domain(text, lenient, true); }
constexpr bool is_international(std::string_view text) { return is_domain(text, strict, true) && !is_domain(text); }

static_assert(std::ranges::all_of(good, is_strict));
static_assert(std::ranges::all_of(loose, is_loose));
static_assert(std::ranges::all_of(bad, is_bad));
static_assert(std::ranges::all_of(international, is_international));

TEST(domain, tables) {
  for (std::string_view const text : good) EXPECT_TRUE(is_strict(text)) << text;
  for (std::string_view const text : loose) EXPECT_TRUE(is_loose(text)) << text;
  for (std::string_view const text : bad) EXPECT_TRUE(is_bad(text)) << text;
  for (std::string_view const text : international) EXPECT_TRUE(is_international(text)) << text;
}

TEST(domain, limits) {
  std::string const label(63, 'a');
  EXPECT_TRUE(is_domain(label));
  EXPECT_FALSE(is_domain(label + "a", lenient));
  std::string const longest = label + "." + label + "." + label + "." + label;  // 255 octets
  EXPECT_TRUE(is_domain(longest));
  EXPECT_FALSE(is_domain(longest.substr(2) + ".aa", lenient)) << "256";
  std::string u_label;
  for (int i = 0; i != 40; ++i) u_label += "\xd0\xb6";
  EXPECT_TRUE(is_domain(u_label, strict, true)) << "80 octets, but its A-label is short (RFC 5890 4.2)";
}

TEST(domain, ends_where_it_must) {
  EXPECT_EQ(scan_domain("a.b>c", 0).end, 3U);
  EXPECT_EQ(scan_domain("@a.b:c", 1).end, 4U);
  EXPECT_EQ(scan_domain("a.b.>", 0).end, 0U);
}

}  // namespace
