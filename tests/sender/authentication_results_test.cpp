// SPDX-License-Identifier: BSL-1.0
// RFC 8601: the fields of Appendix B read, what is written read again, and forged fields found.
#include "ehlo/sender/authentication_results.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/sender/authentication_results_field.hpp"
#include "rows.hpp"

namespace {

using namespace ehlo::sender;
using ehlo::errc;
using sender_rows::expect_rows;
using sender_rows::row;

std::string decoded(std::string_view value) {
  std::array<char, 2000> room{};
  ehlo::decoded const text = decode_authentication_value(value, room);
  EXPECT_TRUE(text);
  return std::string{text.text(room)};
}

/// A field in one plain form: `id/version; method/version=result "reason" type.name=<value>`.
std::string read(std::string_view value) {
  authentication_results_field const field{value};
  std::string text = decoded(field.authserv_id());
  if (field.version() != 1) text += "/" + std::to_string(field.version());
  authentication_result_list results = field.results();
  for (authentication_result one; results.next(one);) {
    text.append("; ").append(one.method);
    if (one.version != 1) text += "/" + std::to_string(one.version);
    text.append("=").append(one.result);
    if (!one.reason.empty()) text += " \"" + decoded(one.reason) + "\"";
    authentication_property_list properties{one};
    for (authentication_property p; properties.next(p);) {
      text.append(" ").append(p.type).append(".").append(p.name).append("=<").append(decoded(p.value)).append(">");
      if (!p.domain.empty()) text.append("@").append(p.domain);
    }
  }
  if (field.error() != authentication_results_error::none) text.append("; error: ").append(name(field.error()));
  return text;
}

TEST(AuthenticationResultsField, Examples_Rfc8601_AppendixB) {
  constexpr row rows[]{
      {" example.org 1; none", "example.org"},  // B.2
      {" example.com;\r\n          spf=pass smtp.mailfrom=example.net",
       "example.com; spf=pass smtp.mailfrom=<example.net>"},  // B.3
      {" example.com;\r\n          auth=pass (cram-md5) smtp.auth=sender@example.net;\r\n"
       "          spf=pass smtp.mailfrom=example.net",
       "example.com; auth=pass smtp.auth=<sender@example.net>@example.net; spf=pass smtp.mailfrom=<example.net>"},
      {" example.com; iprev=pass\r\n          policy.iprev=192.0.2.200",
       "example.com; iprev=pass policy.iprev=<192.0.2.200>"},  // B.4
      {" example.com;\r\n          dkim=pass (good signature) header.d=example.com",
       "example.com; dkim=pass header.d=<example.com>"},  // B.5
      {" example.com;\r\n          auth=pass (cram-md5) smtp.auth=sender@example.com;\r\n"
       "          spf=fail smtp.mailfrom=example.com",
       "example.com; auth=pass smtp.auth=<sender@example.com>@example.com; spf=fail smtp.mailfrom=<example.com>"},
      {" example.com;\r\n      dkim=pass reason=\"good signature\"\r\n        header.i=@mail-router.example.net;\r\n"
       "      dkim=fail reason=\"bad signature\"\r\n        header.i=@newyork.example.com",
       "example.com; dkim=pass \"good signature\" header.i=<@mail-router.example.net>@mail-router.example.net; "
       "dkim=fail \"bad signature\" header.i=<@newyork.example.com>@newyork.example.com"},  // B.6
      {" example.net;\r\n      dkim=pass (good signature) header.i=@newyork.example.com",
       "example.net; dkim=pass header.i=<@newyork.example.com>@newyork.example.com"},
      {" foo.example.net (foobar) 1 (baz);\r\n    dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n"
       "      policy (A dot can go here) . (like that) expired\r\n"
       "      (this surprised me) = (as I wasn't expecting it) 1362471462",
       "foo.example.net; dkim=fail policy.expired=<1362471462>"},  // B.7
  };
  expect_rows(rows, read);
}

TEST(AuthenticationResultsField, Grammar_Rfc8601_2_2) {
  constexpr row rows[]{
      {"a;none", "a"},
      {" (x) a (y) ; (z) NONE (w) ", "a"},
      {"a;none=pass", "a; none=pass"},
      {"a;spf=pass;dkim=fail", "a; spf=pass; dkim=fail"},
      {"a; dkim/2=pass", "a; dkim/2=pass"},
      {"a; dkim / 2 = pass header.d = x", "a; dkim/2=pass header.d=<x>"},
      {"\"a b\" 1; none", "a b"},
      {"\"a\\\"\\\\b\r\n c\"; none", "a\"\\b c"},
      {"a; x=y reason=z p.q=r", "a; x=y \"z\" p.q=<r>"},
      {"a; x=y reason.q=r", "a; x=y reason.q=<r>"},
      {"a; x=y REASON=\"\\z\"", "a; x=y \"z\""},
      {"a; x=y p.q=\"r\"s.t=u", "a; x=y p.q=<r> s.t=<u>"},
      {"a; x=y p.q=\"b c\"@example.org p.r=d", "a; x=y p.q=<\"b c\"@example.org>@example.org p.r=<d>"},
      {"a; x=y p.q=b.c (x) @example.org", "a; x=y p.q=<b.c (x) @example.org>@example.org"},
      {"a; x=y p.q=\"\"", "a; x=y p.q=<>"},
      {"a; x=y p.q=b\xC3\xBC@b\xC3\xBC.example", "a; x=y p.q=<b\xC3\xBC@b\xC3\xBC.example>@b\xC3\xBC.example"},
      {"b\xC3\xBC"
       "cher.example; none",
       "b\xC3\xBC"
       "cher.example"},
      // As they are met: octets that want quotes.
      {"a; dkim=pass header.b=aB/+c=", "a; dkim=pass header.b=<aB/+c=>"},
      {"a; iprev=pass policy.iprev=2001:db8::1", "a; iprev=pass policy.iprev=<2001:db8::1>"},
      // What is not the grammar.
      {"", "; error: authserv-id"},
      {";none", "; error: authserv-id"},
      {"(a; none", "; error: authserv-id"},
      {"\"a; none", "; error: authserv-id"},
      {"a b; none", "a; error: authserv-id"},
      {"a/b; none", "a; error: authserv-id"},
      {"a 1 2; none", "a; error: authserv-id"},
      {"a 2; spf=pass", "a/2; error: version"},
      {"a", "a; error: syntax"},
      {"a;", "a; error: syntax"},
      {"a; none;", "a; error: syntax"},
      {"a; spf=pass;", "a; spf=pass; error: syntax"},
      {"a; spf=pass; x", "a; spf=pass; error: syntax"},
      {"a; spf=pass (x", "a; error: syntax"},
      {"a; spf=", "a; error: syntax"},
      {"a; =pass", "a; error: syntax"},
      {"a; spf/x=pass", "a; error: syntax"},
      {"a; spf=pass smtp", "a; error: syntax"},
      {"a; spf=pass smtp.mailfrom", "a; error: syntax"},
      {"a; spf=pass smtp.mailfrom=", "a; error: syntax"},
      {"a; spf=pass smtp.mailfrom=@", "a; error: syntax"},
      {"a; spf=pass smtp.mailfrom=a@ b", "a; error: syntax"},
      {"a; spf=pass smtp.mailfrom=<a@b>", "a; error: syntax"},
      {"a; spf=pass smtp.mailfrom=a reason=b", "a; error: syntax"},
      {"a; spf=pass reason=a reason=b", "a; error: syntax"},
      {"a; spf=pass reason", "a; error: syntax"},
      {"a; spf=pass, dkim=pass", "a; error: syntax"},
  };
  expect_rows(rows, read);
}

template <class Write>
std::string written(Write write, bool utf8 = false, std::string_view id = "example.com") {
  std::array<char, 6000> room{};
  ehlo::text_writer out{room};
  authentication_results line{out, id, utf8};
  write(line);
  EXPECT_EQ(line.end(), errc::ok);
  return std::string{out.written()};
}
std::string property(std::string_view value, bool utf8 = false) {
  std::string text = written([&](auto& line) { line.result("x", "y").property("a", "b", value); }, utf8);
  std::string_view const front = "Authentication-Results: example.com; x=y";
  std::size_t const at = text.find("a.b=");
  EXPECT_TRUE(text.starts_with(front) && text.ends_with("\r\n") && at <= front.size() + 3) << text;
  return text.substr(at + 4, text.size() - at - 6);
}

TEST(AuthenticationResults, IsWrittenInLines) {
  EXPECT_EQ(written([](auto&) {}), "Authentication-Results: example.com; none\r\n");
  EXPECT_EQ(written([](auto& line) {
              line.result("auth", "pass").comment("cram-md5").property("smtp", "auth", "sender@example.net");
              line.result("spf", "pass").property("smtp", "mailfrom", "example.net");
              line.result("dkim", "fail").reason("bad signature").property("header", "i", "@newyork.example.com");
              line.result("iprev", "pass").property("policy", "iprev", "2001:db8::1");
            }),
            "Authentication-Results: example.com; auth=pass (cram-md5)\r\n"
            "\tsmtp.auth=sender@example.net; spf=pass smtp.mailfrom=example.net;\r\n"
            "\tdkim=fail reason=\"bad signature\" header.i=@newyork.example.com;\r\n"
            "\tiprev=pass policy.iprev=\"2001:db8::1\"\r\n");
  EXPECT_EQ(written([](auto&) {}, false, "two words"), "Authentication-Results: \"two words\"; none\r\n");
  EXPECT_EQ(written([](auto&) {}, true, "b\u00FCcher.example"),
            "Authentication-Results: \"b\u00FCcher.example\"; none\r\n");
}

TEST(AuthenticationResults, ValuesCannotLeaveTheirPlace) {
  constexpr row rows[]{
      {"a.b-c_d+e", "a.b-c_d+e"},
      {"@example.org", "@example.org"},
      {"a@example.org", "a@example.org"},
      {"\"a b\"@example.org", "\"a b\"@example.org"},
      {"", "\"\""},
      {"a b", "\"a b\""},
      {"x; dkim=pass header.d=bank.test", "\"x; dkim=pass header.d=bank.test\""},
      {"a\r\nX: y", "\"a??X: y\""},
      {"a\"b\\", "\"a\\\"b\\\\\""},
      {"a@b@c", "\"a@b@c\""},
      {"a(b@c", "\"a(b@c\""},
      {"a@[192.0.2.1]", "\"a@[192.0.2.1]\""},
      {"a@-x-", "\"a@-x-\""},
      {"\"a\nb\"@example.org", "\"\\\"a?b\\\"@example.org\""},
      {"\xC3\xBC", "\"?\""},
      {"\xC3\xBC@example.org", "\"?@example.org\""},
      {"a@\xC3\xBC.example", "\"a@?.example\""},
  };
  for (row const& one : rows) EXPECT_EQ(property(one.value), one.found);
  using namespace std::string_view_literals;
  EXPECT_EQ(property("\0"sv), "\"?\"");
  constexpr row utf8[]{
      {"\xC3\xBC@example.org", "\xC3\xBC@example.org"},
      {"a@\xC3\xBC.example", "a@\xC3\xBC.example"},
      {"\xC3\xBC.example", "\xC3\xBC.example"},
      {"\xC3\xBC x", "\"\xC3\xBC x\""},
      {"\xC3 x", "\"? x\""},
  };
  for (row const& one : utf8) EXPECT_EQ(property(one.value, true), one.found);
  EXPECT_EQ(written([](auto& line) { line.result("x", "y").comment("a) (b\\\r\n\xC3\xBC"); }),
            "Authentication-Results: example.com; x=y (a? ?b?"
            "???"
            ")\r\n");
  EXPECT_EQ(written([](auto& line) { line.result("x", "y").reason("a;b"); }),
            "Authentication-Results: example.com; x=y reason=\"a;b\"\r\n");
}

TEST(AuthenticationResults, IsReadAgainAsItWasMeant) {
  for (std::string_view const value : {"", "a", "a b", "a@example.org", "@example.org", "a\"b\\c", "a;b (c) d=e",
                                       "\"a b\"@example.org", "\u00FC@b\u00FC.example", "\u00FC \u00FC", "a@b@c"}) {
    std::string const text = written(
        [&](auto& line) {
          line.result("x", "y").comment(value).reason(value).comment(value).property("a", "b", value).comment(value);
          line.property("c", "d", value).result("e", "f").property("g", "h", value).comment(value);
        },
        true);
    std::string_view body = text;
    body.remove_prefix(body.find(':') + 1);
    body.remove_suffix(2);
    authentication_results_field const field{body};
    EXPECT_EQ(field.error(), authentication_results_error::none) << text;
    std::size_t count = 0;
    authentication_result_list results = field.results();
    for (authentication_result one; results.next(one);) {
      EXPECT_EQ(decoded(one.reason), one.method == "x" ? value : "") << text;
      authentication_property_list properties{one};
      for (authentication_property p; properties.next(p); ++count) {
        // A local part keeps its quotes: they are a part of the address.
        EXPECT_EQ(decoded(p.value), value) << text;
      }
    }
    EXPECT_EQ(count, 3U) << text;
  }
}

TEST(AuthenticationResults, LinesStayShort) {
  std::string const many(5000, '"');
  std::string const text = written([&](auto& line) {
    for (int i = 0; i != 3; ++i) line.result("x", "y").reason(many).property("a", "b", many).comment(many);
  });
  std::size_t longest = 0;
  for (std::string_view rest = text; !rest.empty();) {
    std::size_t const end = rest.find("\r\n");
    longest = std::max(longest, end);
    rest.remove_prefix(end + 2);
  }
  EXPECT_LE(longest, 998U);
}

TEST(AuthenticationResults, TheHostsMistakesAreNamed) {
  auto const mistake = [](auto write, std::string_view id = "a", std::size_t size = 500, bool utf8 = false) {
    std::vector<char> room(size);
    ehlo::text_writer out{room};
    authentication_results line{out, id, utf8};
    write(line);
    return line.end();
  };
  auto const nothing = [](auto&) {};
  EXPECT_EQ(mistake(nothing), errc::ok);
  EXPECT_EQ(mistake(nothing, ""), errc::local_argument);
  EXPECT_EQ(mistake(nothing, "a\r\nb"), errc::local_argument);
  EXPECT_EQ(mistake(nothing, "\xC3\xBC"), errc::local_argument);
  EXPECT_EQ(mistake(nothing, "\xC3\xBC", 500, true), errc::ok);
  EXPECT_EQ(mistake(nothing, "\xC3", 500, true), errc::local_argument);
  EXPECT_EQ(mistake(nothing, "a", 20), errc::local_room);
  EXPECT_EQ(mistake([](auto& line) { line.result("s p f", "pass"); }), errc::local_argument);
  EXPECT_EQ(mistake([](auto& line) { line.result("spf", ""); }), errc::local_argument);
  EXPECT_EQ(mistake([](auto& line) { line.result("spf", "pass").property("smtp", "mail-", "x"); }),
            errc::local_argument);
  EXPECT_EQ(mistake([](auto& line) { line.comment("x"); }), errc::local_order);
  EXPECT_EQ(mistake([](auto& line) { line.reason("x"); }), errc::local_order);
  EXPECT_EQ(mistake([](auto& line) { line.property("x", "y", "z"); }), errc::local_order);
  EXPECT_EQ(mistake([](auto& line) { line.result("x", "y").property("x", "y", "z").reason("r"); }), errc::local_order);
  EXPECT_EQ(mistake([](auto& line) { line.result("x", "y").reason("r").reason("r"); }), errc::local_order);
}

TEST(ForgedFields, AreFound_Rfc8601_5) {
  struct forged {
    std::string_view field;
    bool ours;
  };
  constexpr forged rows[]{
      {"Authentication-Results: example.org; spf=pass", true},
      {"authentication-RESULTS \t: EXAMPLE.org; spf=pass", true},
      {"Authentication-Results:\r\n (x) example.org (y) 1; none", true},
      {"Authentication-Results: \"example.org\"; none", true},
      {"Authentication-Results: \"exam\\ple.org\"; none", true},
      {"Authentication-Results: \"example\r\n .org\"; none", true},  // "example .org"
      {"Authentication-Results: \" example.org\"; none", true},
      {"Authentication-Results: \xC2\xA0"
       "example.org; none",
       true},
      {"Authentication-Results: example.org\x85; none", true},
      {"Authentication-Results: example.org.; none", true},
      {"Authentication-Results: example.org", true},
      {"Authentication-Results: b\xC3\xBC"
       "cher.example; none",
       true},
      {"Authentication-Results: xn--bcher-kva.example; none", true},
      {"Authentication-Results: XN--bcher-KVA.example; none", true},
      // Another's.
      {"Authentication-Results: mx.example.org; spf=pass", false},
      {"Authentication-Results: example.net; spf=pass smtp.mailfrom=example.org", false},
      {"Authentication-Results: example.net; what is this", false},
      {"Authentication-Results: (example.org) example.net; none", false},
      {"X-Authentication-Results: example.org; spf=pass", false},
      {"Authentication-Results-X: example.org; spf=pass", false},
      {"Received: from example.org", false},
      {"ARC-Authentication-Results: i=1; example.org; spf=pass", false},
      // Nobody's: it could be read as ours.
      {"Authentication-Results: ", true},
      {"Authentication-Results:", true},
      {"Authentication-Results: (x example.org; spf=pass", true},
      {"Authentication-Results: example.net example.org; spf=pass", true},
      {"Authentication-Results: example.net/example.org; spf=pass", true},
      {"Authentication-Results: ; example.org; spf=pass", true},
      {"Authentication-Results: \"example.net; spf=pass", true},
      {"Authentication-Results: <example.org>; spf=pass", true},
      {"Authentication-Results: example.net 2; spf=pass", true},
      {"Authentication-Results\x01: example.org; spf=pass", true},
      {"Authentication-Results example.org; spf=pass", true},
      // Not a field of that name to us, but to readers to whom a CR or LF alone ends a line, or that drop some octets.
      {"Subject: x\nAuthentication-Results: example.org; spf=pass", true},
      {"Subject: x\rauthentication-results : example.org; spf=pass", true},
      {"Subject: x\r\n y\n\nAuthentication-Results:\n example.org; spf=pass", true},
      {"Authentication-Results: example.net; none\nAuthentication-Results: example.org; spf=pass", true},
      {" Authentication-Results: example.org; spf=pass", true},  // in front of all fields
      {"\xEF\xBB\xBF"
       "Authentication-Results: example.org; spf=pass",
       true},
      {"Subject: x\r\n Authentication-Results: example.org; spf=pass", false},
      {"Subject: x\n Authentication-Results: example.org; spf=pass", false},
      {"Subject: x\nX-Authentication-Results: example.org; spf=pass", false},
      {"Subject: x\nAuthentication-Results-X: example.org; spf=pass", false},
  };
  constexpr std::array<std::string_view, 2> ours{"Example.org",
                                                 "b\xC3\xBC"
                                                 "cher.example"};
  for (forged const& one : rows) {
    header_fields const fields{one.field};
    EXPECT_EQ(claims_to_be_ours(*fields.begin(), ours), one.ours) << one.field;
  }
}

// What is left is the message, octet by octet, without the forged fields.
TEST(ForgedFields, AreLeftOutOfTheMessage) {
  header_block header;
  std::string_view const rest = header.take(
      "Received: x\r\nAuthentication-Results: example.org;\r\n dkim=pass\r\nFrom: a@b\r\n"
      "Authentication-Results: example.net; none\r\nAUTHENTICATION-RESULTS: EXAMPLE.ORG; none\r\n\r\nbody");
  std::string kept;
  constexpr std::array<std::string_view, 1> ours{"example.org"};
  for (header_field const& field : header.fields())
    if (!claims_to_be_ours(field, ours)) kept.append(field.raw);
  EXPECT_EQ(kept + "\r\n" + std::string{rest},
            "Received: x\r\nFrom: a@b\r\nAuthentication-Results: example.net; none\r\n\r\nbody");
}

}  // namespace
