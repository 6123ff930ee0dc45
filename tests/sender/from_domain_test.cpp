// SPDX-License-Identifier: BSL-1.0
// The domains of From: RFC 5322 3.4 and 4.4, RFC 6532, RFC 6854, and the outcomes of RFC 7489 6.6.1. And their
// A-labels: RFC 3492.
#include "ehlo/sender/from_domain.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

#include "ehlo/sender/a_label.hpp"

namespace {

using namespace ehlo::sender;
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

struct row {
  std::string_view value;
  std::string_view found;
};
template <std::size_t Count>
void expect_rows(row const (&rows)[Count]) {
  for (row const& one : rows) EXPECT_EQ(read(one.value), one.found) << one.value;
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
  expect_rows(rows);
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
      {" <@hop.test,@other.test:a@example.org>", "one domain example.org"},                          // obs-route
      {" <,(x),@hop.test , @[192.0.2.1] : a@example.org>", "one domain example.org"},
      {" John <@[192.0.2.1],: \"a b\" @ example.org>", "one domain example.org"},
  };
  expect_rows(rows);
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
  expect_rows(rows);
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
  expect_rows(rows);
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
  expect_rows(rows);
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
      {" a@.bank.test", "malformed From"},
      {" a@[192.0.2.1", "malformed From"},
      {" a@[[192.0.2.1]]", "malformed From"},
      {" <@hop.test a@example.org>", "malformed From hop.test example.org"},
      {" <@hop.test:a@example.org", "malformed From hop.test example.org"},
      {" a@example.org\r", "malformed From example.org"},
      {" \"a\nb\" <a@example.org>", "malformed From example.org"},
      {" \"a\\\r\n b\" <a@example.org>", "malformed From example.org"},
      {" a@example.org\\", "malformed From example.org"},
  };
  expect_rows(rows);
  using namespace std::string_view_literals;
  EXPECT_EQ(read(" a@example.org\0"sv), "malformed From example.org");
  EXPECT_EQ(read(" \"\0\" <a@example.org>"sv), "malformed From example.org");
  std::string const label(63, 'x');
  std::string long_name = label + "." + label + "." + label + "." + std::string(61, 'y');
  EXPECT_EQ(read("a@" + long_name), "one domain " + long_name);
  EXPECT_EQ(read("a@" + long_name + "y"), "malformed From");
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
}

std::string a_labels(std::string_view domain) {
  std::array<char, 253> room{};
  ehlo::text_writer out{room};
  return write_a_labels(out, domain) ? std::string{out.written()} : std::string{"none"};
}

TEST(ALabel, SampleStrings_Rfc3492_7_1) {
  // (B), (D), (I), (J), (L), (M), (O), (R); of (I) the flag for the upper-case letter is not written.
  constexpr row rows[]{
      {"\u4ED6\u4EEC\u4E3A\u4EC0\u4E48\u4E0D\u8BF4\u4E2D\u6587", "xn--ihqwcrb4cv8a8dqg056pqjye"},
      {"Pro\u010Dprost\u011Bnemluv\u00ED\u010Desky", "xn--Proprostnemluvesky-uyb24dma41a"},
      {"\u043F\u043E\u0447\u0435\u043C\u0443\u0436\u0435\u043E\u043D\u0438\u043D\u0435\u0433\u043E\u0432\u043E\u0440"
       "\u044F\u0442\u043F\u043E\u0440\u0443\u0441\u0441\u043A\u0438",
       "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l"},
      {"Porqu\u00E9nopuedensimplementehablarenEspa\u00F1ol", "xn--PorqunopuedensimplementehablarenEspaol-fmd56a"},
      {"3\u5E74B\u7D44\u91D1\u516B\u5148\u751F", "xn--3B-ww4c5e180e575a65lsy2b"},
      {"\u5B89\u5BA4\u5948\u7F8E\u6075-with-SUPER-MONKEYS", "xn---with-SUPER-MONKEYS-pc58ag80a8qai00g7n9n"},
      {"\u3072\u3068\u3064\u5C4B\u6839\u306E\u4E0B2", "xn--2-u9tlzr9756bt3uc0v"},
      {"\u305D\u306E\u30B9\u30D4\u30FC\u30C9\u3067", "xn--d9juau41awczczp"},
  };
  for (row const& one : rows) EXPECT_EQ(a_labels(one.value), one.found);
}

TEST(ALabel, OfADomain) {
  EXPECT_EQ(a_labels("Example.org"), "Example.org");
  EXPECT_EQ(a_labels("mail.b\u00FCcher.example"), "mail.xn--bcher-kva.example");
  EXPECT_EQ(a_labels("\U0001F600.example"), "xn--e28h.example");
  EXPECT_EQ(a_labels("b\xFC"
                     "cher.example"),
            "none");
  std::string many;
  for (int i = 0; i != 126; ++i) many += "\u00FC";
  EXPECT_EQ(a_labels(many), "none");
}

}  // namespace
