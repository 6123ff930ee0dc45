// SPDX-License-Identifier: BSL-1.0
// The domains of From: RFC 5322 3.4 and 4.4, RFC 6532, RFC 6854, and the outcomes of RFC 7489 6.6.1.
#include "ehlo/sender/from_domain.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "ehlo/dns/u_label.hpp"
#include "rows.hpp"

namespace {

using namespace ehlo::sender;
using sender_rows::expect_rows;
using sender_rows::row;
using enum from_outcome;

/// The outcome and the domains of a From with this value.
std::string domains(from_domains const& from) {
  std::string text{name(from.outcome())};
  for (ehlo::domain_name const& one : from.all()) text.append(" ").append(one.view());
  return text;
}
std::string read(std::string_view value) {
  from_domains from;
  from.take(value);
  EXPECT_EQ(from.domain().empty(), from.outcome() != one_domain) << value;
  return domains(from);
}

TEST(FromDomain, OneAddress_Rfc5322_3_4) {
  constexpr row rows[]{
      {" a@example.org", "one domain example.org"},
      {"a@EXAMPLE.org", "one domain EXAMPLE.org"},
      {" John Doe <jdoe@example.org>", "one domain example.org"},
      {" \"Doe, John\" <jdoe@example.org>", "one domain example.org"},
      {" <jdoe@example.org>", "one domain example.org"},
      {" \"a b\"@example.org", "one domain example.org"},
      {" \"a@evil.test\"@example.org", "one domain example.org"},
      {" \"a\\\"@evil.test\" <b@example.org>", "one domain example.org"},
      {" a.b@example.org", "one domain example.org"},
      {" a@localhost", "one domain localhost"},
      {" a@_x.example.org", "one domain _x.example.org"},
      {" a+tag=x@example.org", "one domain example.org"},
      {" John Q. Public <a@example.org>", "one domain example.org"},  // obs-phrase (4.1)
      {" a..b.@example.org", "one domain example.org"},               // as some hosts have them
      // Encoded words are atoms (RFC 2047 5): what they say is no address.
      {" =?utf-8?q?ceo=40bank.test?= <a@example.org>", "one domain example.org"},
      {" =?utf-8?b?PGNlb0BiYW5rLnRlc3Q+?= <a@example.org>", "one domain example.org"},
  };
  expect_rows(rows, read);
}

TEST(FromDomain, CommentsAndFolds_Rfc5322_3_2_2) {
  constexpr row rows[]{
      {" (x) a (y) @ (z) example.org (w)", "one domain example.org"},
      {" a@example.org (John Doe)", "one domain example.org"},
      {" (a@evil.test) b@example.org", "one domain example.org"},
      {" (nested (deep (er)) \\) \\( ) a@example.org", "one domain example.org"},
      {"\r\n a@\r\n\texample.org\r\n ", "one domain example.org"},
      {" John\r\n Doe\r\n <a@example.org>", "one domain example.org"},
      {" \"John\r\n Doe\" <a@example.org>", "one domain example.org"},
      {" Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", "one domain silly.test"},  // A.5
      {" a@example . (x) org", "one domain example.org"},                                            // obs-domain (4.4)
      {" a . b @example.org", "one domain example.org"},                                             // obs-local-part
  };
  expect_rows(rows, read);
  std::string deep(100'000, '(');
  EXPECT_EQ(read(deep + std::string(100'000, ')') + "a@example.org"), "one domain example.org");
  EXPECT_EQ(read(deep + std::string(99'999, ')') + "a@example.org"), "malformed From example.org");
}

TEST(FromDomain, Several_Rfc5322_3_6_2) {
  constexpr row rows[]{
      {" a@example.org, b@example.org", "one domain example.org"},
      {" a@example.org, b@EXAMPLE.ORG", "one domain example.org"},
      {" a@example.org, b@example.net", "several domains example.org example.net"},
      {" A <a@example.org>, \"B, C\" <b@example.net>, c@example.org", "several domains example.org example.net"},
      {" ,, a@example.org, (x) ,", "one domain example.org"},  // obs-mbox-list (4.4)
      {" a@[192.0.2.1], b@example.org", "one domain example.org"},
      {" a@[192.0.2.1]", "no domain"},
      {" a@[IPv6:2001:db8::1]", "no domain"},
      {" a@[ 192.0.2.1\r\n ] (x)", "no domain"},
  };
  expect_rows(rows, read);
}

TEST(FromDomain, Groups_Rfc6854) {
  constexpr row rows[]{
      {" Undisclosed:;", "no domain"},
      {" Undisclosed sender: (x) ; (y)", "no domain"},
      {" \"Nobody\":\r\n ,, ;", "no domain"},
      {" Managers: a@example.org;", "one domain example.org"},
      {" Managers: a@example.org, B <b@example.net>;", "several domains example.org example.net"},
      {" Pete:a@example.org;, c@example.net", "several domains example.org example.net"},
      {" Nobody:;, c@example.net", "one domain example.net"},
      {" a@example.net, Nobody:;", "one domain example.net"},
  };
  expect_rows(rows, read);
}

TEST(FromDomain, Utf8_Rfc6532_3_2) {
  constexpr row rows[]{
      {" J\xC3\xB6rg <a@example.org>", "one domain example.org"},
      {" j\xC3\xB6rg@example.org", "one domain example.org"},
      {" a@b\xC3\xBC"
       "cher.example",
       "one domain b\xC3\xBC"
       "cher.example"},
      {" J\xF6rg <a@example.org>", "one domain example.org"},  // Latin-1, as it is met
      {" a@b\xFC"
       "cher.example",
       "malformed From"},
  };
  expect_rows(rows, read);
}

// Of a malformed field each thing is listed that anybody could take for the domain.
TEST(FromDomain, Malformed_Rfc7489_6_6_1) {
  constexpr row rows[]{
      {"", "malformed From"},
      {" ", "malformed From"},
      {" ,", "malformed From"},
      {" John Doe", "malformed From"},
      {" <>", "malformed From"},
      {" a@", "malformed From"},
      {" @example.org", "malformed From example.org"},
      {" a@example.org b@example.net", "malformed From example.org example.net"},
      {" ceo@bank.test <a@evil.test>", "malformed From bank.test evil.test"},
      {" <ceo@bank.test> <a@evil.test>", "malformed From bank.test evil.test"},
      {" <ceo@bank.test>, a@evil.test>", "malformed From bank.test evil.test"},
      {" a@example.org; b@example.net", "malformed From example.org example.net"},
      {" Group: a@example.org", "malformed From example.org"},
      {" One: Two: a@example.org;;", "malformed From example.org"},
      {" : a@example.org;", "malformed From example.org"},
      {" Doe, John <a@example.org>", "malformed From example.org"},
      {" \"ceo@bank.test <a@evil.test>", "malformed From bank.test evil.test"},
      {" (ceo@bank.test <a@evil.test>", "malformed From bank.test evil.test"},
      {" \"ceo@bank.test\" (x@y.test) <a@evil.test", "malformed From bank.test y.test evil.test"},
      {" a b@example.org", "malformed From example.org"},
      {" a@b@example.org", "malformed From b example.org"},
      {" a@example..org", "malformed From example"},
      {" a@example.org.", "malformed From example.org"},
      {" a@exa$mple.org", "malformed From exa"},
      {" a@bank . test, b c@evil.test", "malformed From bank.test bank evil.test"},
      {" <a@(x) bank.test", "malformed From bank.test"},
      {" <a@\r\n bank.test", "malformed From bank.test"},
      {" <a@(bank.test", "malformed From"},
      {" a@.bank.test", "malformed From bank.test"},
      {" a@[192.0.2.1", "malformed From"},
      {" a@[[192.0.2.1]]", "malformed From"},
      {" <@hop.test a@example.org>", "malformed From hop.test example.org"},
      {" <@hop.test:a@example.org", "malformed From hop.test example.org"},
      {" a@example.org\r", "malformed From example.org"},
      {" \"a\nb\" <a@example.org>", "malformed From example.org"},
      {" \"a\\\r\n b\" <a@example.org>", "malformed From example.org"},
      {" a@example.org\\", "malformed From example.org"},
  };
  expect_rows(rows, read);
  using namespace std::string_view_literals;
  EXPECT_EQ(read(" a@example.org\0"sv), "malformed From example.org");
  EXPECT_EQ(read(" \"\0\" <a@example.org>"sv), "malformed From example.org");
  std::string const label(63, 'x');
  std::string long_name = label + "." + label + "." + label + "." + std::string(61, 'y');
  EXPECT_EQ(read("a@" + long_name), "one domain " + long_name);
  EXPECT_EQ(read("a@" + long_name + "y"), "malformed From");
}

// Readers that show a route, or take its domain (RFC 5322 4.4: it is to be ignored), are as good as a lenient one.
TEST(FromDomain, Routes_Rfc5322_4_4) {
  constexpr row rows[]{
      {" <@hop.test,@other.test:a@example.org>", "malformed From example.org hop.test other.test"},
      {" <,(x),@hop.test , @[192.0.2.1] : a@example.org>", "malformed From example.org hop.test"},
      {" John <@[192.0.2.1],: \"a b\" @ example.org>", "malformed From example.org"},
      {" <,:a@example.org>", "malformed From example.org"},
  };
  expect_rows(rows, read);
}

// What a reader makes of a domain that drops what does not belong into it; Python has ceo@bank.test for the first two.
TEST(FromDomain, WhatReadersDropWithinADomain) {
  using namespace std::string_view_literals;
  constexpr row rows[]{
      {" ceo@ba(x)nk.test", "malformed From ba bank.test"},
      {" ceo@ba nk.test <x@evil.test>", "malformed From ba bank.test evil.test"},
      {" ceo@ba\\nk.test", "malformed From ba bank.test"},
      {" ceo@\0bank.\0test"sv, "malformed From bank.test"},
      {" ceo@bank.\x7Ftest, a@evil.test", "malformed From bank bank.test evil.test"},
      {" ceo@. . bank.test..", "malformed From bank.test"},
      {" Joe @Home Inc <a@example.org>", "malformed From Home HomeInc example.org"},
      {" a@example.org b@example.net", "malformed From example.org example.net"},
  };
  expect_rows(rows, read);
}

// What stands behind an `@` is listed, or is said not to be: then nobody can say whose policy counts.
TEST(FromDomain, WhatCannotBeListedIsLeftOut) {
  struct listed {
    std::string value;
    bool left_out;
  };
  std::string const comment = "(" + std::string(300, 'x') + ")";
  listed const rows[]{
      {"a@example.org b@example.net", false},
      {"a@example.org <a@evil.test", false},
      {"root", false},  // there is no domain to see
      {"a@evil.test <ceo@", true},
      {"ceo@bank.test\x85", true},  // Latin-1 of a next line
      {"ceo@bank.test\xEF\xBB\xBF <", true},
      {"ceo@bank.test\x85\rx@evil.test", true},
      {"ceo@bank..test", true},
      {"ceo@=?utf-8?q?bank.test?=, a@evil.test", true},
      {"ceo@b\xFCnk.test, a@evil.test", true},
      {"ceo@\"bank.test\", a@evil.test", true},
      {"ceo@ba" + comment + "nk.test, a@evil.test", true},
      {"ceo@" + comment + "bank.test a@evil.test", true},
      {"ceo@" + std::string(254, 'x'), true},
      {"ceo@ba" + std::string(300, ' ') + "nk.test", true},
      {"<ceo@bank.test" + std::string(300, ' ') + "x", true},
      {"<ceo@bank.test," + std::string(300, ' ') + "x", false},
  };
  for (listed const& one : rows) {
    from_domains from;
    from.take(one.value);
    EXPECT_EQ(from.outcome(), malformed) << one.value;
    EXPECT_EQ(from.left_out(), one.left_out) << one.value;
  }
}

// Names that are shown as another name, or read as that (Unicode TR 46), and are no names by RFC 5892.
TEST(FromDomain, DeceptiveLetters_Rfc5892_2) {
  for (std::string const domain :
       {"bank.test\u00A0", "bank\u00AD.test", "ba\u200Bnk.test", "ba\u200Dnk.test", "bank\u3002test", "bank\uFF0Etest",
        "\uFF42\uFF41nk.test", "\U0001D41Bank.test", "bank.test\uFEFF", "\u202Eknab.test", "bank.test\uFE0F",
        "bank.te\u017Ft\U000E0020"}) {
    from_domains from;
    from.take("ceo@" + domain + ", a@evil.test");
    EXPECT_EQ(domains(from), "malformed From evil.test") << domain;
    EXPECT_TRUE(from.left_out()) << domain;
    EXPECT_FALSE(ehlo::has_only_plain_letters(domain)) << domain;
  }
  constexpr row rows[]{
      {"a@l\u00B7l.example", "one domain l\u00B7l.example"},    // RFC 5892 A.3
      {"a@\u0646\u0627\u0645\u0647\u200C\u0627\u06CC.example",  // RFC 5892 A.1
       "one domain \u0646\u0627\u0645\u0647\u200C\u0627\u06CC.example"},
      {"a@\u65E5\u672C\u8A9E.example", "one domain \u65E5\u672C\u8A9E.example"},
  };
  expect_rows(rows, read);
}

TEST(FromDomain, ManyDomainsAreCounted) {
  std::string value;
  for (char c = 'a'; c != 'z'; ++c) value.append(1, ',').append("x@").append(1, c);
  from_domains from;
  from.take(value);
  EXPECT_EQ(domains(from), "several domains a b c d e f g h");
  EXPECT_TRUE(from.left_out());
  from_domains few;
  few.take(value.substr(0, 8 * 4));
  EXPECT_EQ(domains(few), "several domains a b c d e f g h");
  EXPECT_FALSE(few.left_out());
}

// RFC 5322 3.6: exactly one From. What stands there several times is shown differently by different readers.
TEST(FromDomain, OfAHeader) {
  constexpr row rows[]{
      {"From: a@example.org\r\n\r\n", "one domain example.org"},
      {"Sender: x@example.net\r\nFROM \t: a\r\n @example.org\r\nTo: b@c\r\n\r\nFrom: body@evil.test",
       "one domain example.org"},
      {"Subject: x\r\n\r\n", "no From"},
      {"\r\n", "no From"},
      {"From a@example.org\r\nX-From: b@example.net\r\nResent-From: c@example.com\r\n\r\n", "no From"},
      {"From: a@example.org\r\nFrom: a@example.org\r\n\r\n", "repeated From example.org"},
      {"From: a@bank.test\r\nTo: x\r\nfrom: b@evil.test\r\n\r\n", "repeated From bank.test evil.test"},
      {"From: a@bank.test\r\nFrom: b\r\n\r\n", "malformed From bank.test"},
      {"From: x\r\nFrom: a@bank.test\r\n\r\n", "malformed From bank.test"},
      {"From: \r\n (a) b@example.org\r\n\r\n", "one domain example.org"},
      // Lines that are a From to readers to whom a CR or LF alone ends a line, or that drop some octets.
      {"X: y\nFrom: ceo@bank.test\r\nFrom: a@evil.test\r\n\r\n", "malformed From bank.test evil.test"},
      {"From: a@evil.test\r\nX: y\rfrom : ceo\r\n @bank.test\r\n\r\n", "malformed From evil.test bank.test"},
      {"X: \nFrom:\n ceo@bank.test\n\nFrom: a@evil.test\r\n\r\n", "malformed From bank.test evil.test"},
      {"From: a@evil.test\r\nFrom\x01: ceo@bank.test\r\n\r\n", "malformed From evil.test bank.test"},
      {" From: ceo@bank.test\r\nFrom: a@evil.test\r\n\r\n", "malformed From bank.test evil.test"},
      {"\xEF\xBB\xBF"
       "From: ceo@bank.test\r\nFrom: a@evil.test\r\n\r\n",
       "malformed From bank.test evil.test"},
      {"X: y\n From: x@y\r\nFrom: a@example.org\r\nY: \nX-From: x@y\nFromm: x@y\r\n\r\n", "one domain example.org"},
  };
  for (row const& one : rows) {
    basic_header_block<1000> header;
    std::string_view const rest = header.take(one.value);
    header.end();
    EXPECT_EQ(domains(from_domains{header}), one.found) << one.value << rest;
  }
  basic_header_block<1000> header;
  EXPECT_EQ(header.take("From: a@example.org\r\nX: " + std::string(2000, 'x')), "");
  header.end();
  EXPECT_EQ(domains(from_domains{header}), "malformed From");
  EXPECT_TRUE(from_domains{header}.left_out());
}

}  // namespace
