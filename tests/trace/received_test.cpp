// SPDX-License-Identifier: BSL-1.0
// The Received and Return-Path lines, RFC 5321 4.4: as the grammar has them, whatever a client calls itself.
#include "ehlo/trace/received.hpp"

#include <gtest/gtest.h>

#include <array>
#include <ctime>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/trace/return_path.hpp"
#include "stamp_checker.hpp"

namespace {

using namespace ehlo::trace;
using namespace std::string_view_literals;
using ehlo::errc;
using ehlo::parse_ip_address;
using ehlo::text_writer;

std::string write(received const& r) {
  std::array<char, received_room> room{};
  text_writer out{room};
  errc const e = write_received(out, r);
  return e == errc::ok ? std::string(out.written()) : std::string(message(e));
}

received example() {
  received r;
  r.hello = "bar.com";
  r.client = parse_ip_address("192.0.2.1");
  r.hostname = "foo.com";
  r.unix_seconds = 895'622'400;
  return r;
}

TEST(Received, Plain) {
  EXPECT_EQ(write(example()),
            "Received: from bar.com ([192.0.2.1]) by foo.com with ESMTP;\r\n\tWed, 20 May 1998 00:00:00 +0000\r\n");
}

TEST(Received, Everything) {
  received r = example();
  r.hello = "mail.client.example";
  r.client = parse_ip_address("2001:db8::1");
  r.client_name = "mail.client.example";
  r.hostname = "mx.example.org";
  r.with = {.lmtp = false, .esmtp = true, .tls = true, .authenticated = true, .smtputf8 = false};
  r.id = "4F2aB";
  r.recipient = "bob@example.org";
  r.tls_cipher = "TLS_AES_128_GCM_SHA256";
  r.tls_group = "x25519";
  r.unix_seconds = 1'795'326'000;
  r.offset_minutes = 60;
  EXPECT_EQ(write(r),
            "Received: from mail.client.example (mail.client.example [IPv6:2001:db8::1])\r\n"
            "\tby mx.example.org with ESMTPSA id 4F2aB for <bob@example.org>\r\n"
            "\ttls TLS_AES_128_GCM_SHA256 group x25519;\r\n"
            "\tSun, 22 Nov 2026 06:40:00 +0100\r\n");
}

// RFC 5321 8.1, RFC 3848 1, RFC 6531 4.3.
TEST(Received, Protocols) {
  std::vector<std::string_view> names;
  for (unsigned bits = 0; bits != 16; ++bits)
    names.push_back(with_protocol{(bits & 8U) != 0, true, (bits & 1U) != 0, (bits & 2U) != 0, (bits & 4U) != 0}.name());
  EXPECT_EQ(names, (std::vector{"ESMTP"sv, "ESMTPS"sv, "ESMTPA"sv, "ESMTPSA"sv, "UTF8SMTP"sv, "UTF8SMTPS"sv,
                                "UTF8SMTPA"sv, "UTF8SMTPSA"sv, "LMTP"sv, "LMTPS"sv, "LMTPA"sv, "LMTPSA"sv, "UTF8LMTP"sv,
                                "UTF8LMTPS"sv, "UTF8LMTPA"sv, "UTF8LMTPSA"sv}));
  EXPECT_EQ((with_protocol{.esmtp = false}.name()), "SMTP");
  EXPECT_EQ((with_protocol{.esmtp = false, .tls = true}.name()), "SMTP");
  EXPECT_EQ((with_protocol{.lmtp = true, .esmtp = false}.name()), "LMTP");
}

std::string from(std::string_view hello, std::string_view address, bool utf8 = false, std::string_view name = {}) {
  received r = example();
  r.hello = hello;
  r.client = parse_ip_address(address);
  r.client_name = name;
  r.with.smtputf8 = utf8;
  std::string text = write(r);
  stamp::checker check{text, utf8};
  EXPECT_TRUE(check.line()) << text;
  EXPECT_TRUE(stamp::is_folded(text)) << text;
  for (std::size_t at; (at = text.find("\r\n\t")) != std::string::npos;) text.replace(at, 3, " ");
  return text.substr(15, text.rfind(" by foo.com") - 15);
}

// Extended-Domain: "address-literal FWS "(" TCP-info ")"" where it is no domain.
TEST(Received, WhatTheClientCallsItself) {
  EXPECT_EQ(from("a.example", "192.0.2.1"), "a.example ([192.0.2.1])");
  EXPECT_EQ(from("a.example", "192.0.2.1", false, "b.example"), "a.example (b.example [192.0.2.1])");
  EXPECT_EQ(from("a.example", "192.0.2.1", false, "b_.example"), "a.example ([192.0.2.1])");
  EXPECT_EQ(from("a.example", "192.0.2.1", false, "x) by evil (y"), "a.example ([192.0.2.1])");
  EXPECT_EQ(from("a.example", ""), "a.example");
  EXPECT_EQ(from("localhost", "::1"), "localhost ([IPv6:::1])");
  EXPECT_EQ(from("[192.0.2.9]", "192.0.2.1"), "[192.0.2.9] ([192.0.2.1])");
  EXPECT_EQ(from("[192.0.2.9]", ""), "unknown (EHLO [192.0.2.9])");
  EXPECT_EQ(from("[x:y]", "192.0.2.1"), "[x:y] ([192.0.2.1])");
  EXPECT_EQ(from("", "192.0.2.1"), "[192.0.2.1] ([192.0.2.1])");
  EXPECT_EQ(from("", ""), "unknown");
  EXPECT_EQ(from("my_host", "192.0.2.1"), "[192.0.2.1] ([192.0.2.1]) (EHLO my_host)");
  EXPECT_EQ(from("a b", "192.0.2.1"), "[192.0.2.1] ([192.0.2.1]) (EHLO a b)");
  EXPECT_EQ(from("x) by (y", "192.0.2.1"), "[192.0.2.1] ([192.0.2.1]) (EHLO x? by ?y)");
  EXPECT_EQ(from("a\\b", "192.0.2.1"), "[192.0.2.1] ([192.0.2.1]) (EHLO a?b)");
  EXPECT_EQ(from("a\r\nBcc: x", "192.0.2.1"), "[192.0.2.1] ([192.0.2.1]) (EHLO a??Bcc: x)");
  EXPECT_EQ(from("a\0\x7F\x01"sv, "192.0.2.1"),
            "[192.0.2.1] ([192.0.2.1]) (EHLO a?"
            "?"
            "?)");
  EXPECT_EQ(from("a;b", "192.0.2.1"), "[192.0.2.1] ([192.0.2.1]) (EHLO a;b)");
  EXPECT_EQ(from(std::string(300, 'x'), "192.0.2.1"), "[192.0.2.1] ([192.0.2.1]) (EHLO " + std::string(60, 'x') + ")");
  // RFC 6531 3.7.3: U-labels where SMTPUTF8 is used, and only there.
  EXPECT_EQ(from("m\xC3\xBC.example", "192.0.2.1", true), "m\xC3\xBC.example ([192.0.2.1])");
  EXPECT_EQ(from("m\xC3\xBC.example", "192.0.2.1"), "[192.0.2.1] ([192.0.2.1]) (EHLO m?.example)");
  EXPECT_EQ(from("m\xC3\xBC m", "192.0.2.1", true), "[192.0.2.1] ([192.0.2.1]) (EHLO m\xC3\xBC m)");
  EXPECT_EQ(from("m\xC3 \xFF", "192.0.2.1", true), "[192.0.2.1] ([192.0.2.1]) (EHLO m? ?)");
  EXPECT_EQ(from("_" + std::string(58, 'x') + "\xC3\xBC", "192.0.2.1", true),
            "[192.0.2.1] ([192.0.2.1]) (EHLO _" + std::string(58, 'x') + ")")
      << "no half characters";
}

std::string for_clause(std::string_view recipient, bool utf8 = false) {
  received r = example();
  r.recipient = recipient;
  r.with.smtputf8 = utf8;
  std::string const text = write(r);
  stamp::checker check{text, utf8};
  EXPECT_TRUE(check.line()) << text;
  return check.recipient;
}

// RFC 5321 4.4: exactly one path; 7.2: none where there are more recipients.
TEST(Received, For) {
  EXPECT_EQ(for_clause(""), "");
  EXPECT_EQ(for_clause("bob@example.org"), "<bob@example.org>");
  EXPECT_EQ(for_clause("\"b @ ob\"@[192.0.2.1]"), "<\"b @ ob\"@[192.0.2.1]>");
  EXPECT_EQ(for_clause("b\xC3\xBC@example.org", true), "<b\xC3\xBC@example.org>");
  EXPECT_EQ(for_clause("b\xC3\xBC@example.org"), "") << "RFC 6531 3.7.3";
  for (std::string_view const bad : {"postmaster", "a..b@example.org", "a@b_c.example", "a b@example.org",
                                     "a@example.org>", "a@b\r\nBcc: x@y", "a@example.org, b@example.org"})
    EXPECT_EQ(for_clause(bad), "") << bad;
  EXPECT_EQ(for_clause(std::string(244, 'a') + "@ab.example").size(), 0u) << "over 256";
  EXPECT_EQ(for_clause(std::string(243, 'a') + "@ab.example").size(), 256u);
}

TEST(Received, TheUserOnlyIfTheHostSaysSo) {
  received r = example();
  r.with.authenticated = true;
  EXPECT_EQ(write(r).find("AUTH"), std::string::npos);
  r.authenticated_as = "ann (x)\n";
  std::string const text = write(r);
  stamp::checker check{text, false};
  EXPECT_TRUE(check.line()) << text;
  EXPECT_EQ(check.comment,
            "(AUTH ann ?x?"
            "?)");
  EXPECT_EQ(check.protocol, "ESMTPA");
}

TEST(Received, IdAndTls) {
  for (std::string_view const good : {"1", "a-b_c/d", "<a.b@c.example>", "<1@localhost>"}) {
    received r = example();
    r.id = good;
    stamp::checker check{write(r), false};
    EXPECT_TRUE(check.line() && check.id == good) << good;
  }
  for (std::string_view const cipher : {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "0xC02f"}) {
    received r = example();
    r.tls_cipher = cipher;
    stamp::checker check{write(r), false};
    EXPECT_TRUE(check.line() && check.cipher == cipher && check.group.empty()) << cipher;
    r.tls_group = "secp256r1";
    stamp::checker both{write(r), false};
    EXPECT_TRUE(both.line() && both.group == "secp256r1");
  }
}

TEST(Received, TheHostsMistakes) {
  auto const refused = [](auto change) {
    received r = example();
    change(r);
    std::array<char, received_room> room{};
    text_writer out{room};
    return write_received(out, r) == errc::local_argument && out.written().empty();
  };
  for (std::string_view const bad : {"", "a_b", "a b", "a\r\nb", "a.b.", "[1]", "m\xC3\xBC.example"})
    EXPECT_TRUE(refused([&](received& r) { r.hostname = bad; })) << bad;
  for (std::string_view const bad : {"a.b", "a b", "a;", "<a>", "<a@b", "<@b>", "<a@>", "<a..b@c>", "(", "\xC3\xBC"})
    EXPECT_TRUE(refused([&](received& r) { r.id = bad; })) << bad;
  for (std::string_view const bad : {"TLS-AES", "1TLS", "0x130", "0x13011", "0x130g", "a b", "_a"})
    EXPECT_TRUE(refused([&](received& r) { r.tls_cipher = bad; })) << bad;
  EXPECT_TRUE(refused([](received& r) { r.tls_group = "x25519"; })) << "without a cipher";
  EXPECT_TRUE(refused([](received& r) { r.offset_minutes = 24 * 60; }));
  EXPECT_TRUE(refused([](received& r) { r.unix_seconds = 253'402'300'800; })) << "the year 10000";
  std::string const id(256, 'a');
  EXPECT_TRUE(refused([&](received& r) { r.id = id; }));
  received r = example();
  r.hostname = "m\xC3\xBC.example";
  r.with.smtputf8 = true;
  EXPECT_TRUE(stamp::checker(write(r), true).line()) << "RFC 6531 3.7.3";
  r.hostname = "[192.0.2.25]";
  EXPECT_TRUE(stamp::checker(write(r), true).line()) << "a literal wants TCP-info behind it";
}

received largest(std::vector<std::string>& texts) {
  std::string const label = std::string(63, 'a') + ".";
  texts = {label + label + label + std::string(62, 'a'),
           std::string(254, 'b'),
           std::string(243, 'c') + "@ab.example",
           std::string(300, 'd'),
           std::string(255, 'e'),
           std::string(64, 'f'),
           std::string(64, 'g')};
  received r = example();
  r.client = parse_ip_address("2001:db8:1111:2222:3333:4444:5555:6666");
  r.hello = texts[0];
  r.client_name = texts[0];
  r.recipient = texts[2];
  r.authenticated_as = texts[3];
  r.hostname = texts[0];
  r.id = texts[4];
  r.tls_cipher = texts[5];
  r.tls_group = texts[6];
  r.with = {.lmtp = true, .esmtp = true, .tls = true, .authenticated = true, .smtputf8 = true};
  return r;
}

TEST(Received, Room) {
  std::vector<std::string> texts;
  received const r = largest(texts);
  std::string const text = write(r);
  EXPECT_TRUE(stamp::checker(text, true).line()) << text;
  EXPECT_GT(text.size(), 1500u);
  for (std::size_t size = 0; size <= text.size(); ++size) {
    std::vector<char> room(size);
    text_writer out{room};
    ASSERT_EQ(write_received(out, r), size == text.size() ? errc::ok : errc::local_room) << size;
  }
}

// A client says what it likes; the line is still one Time-stamp-line.
TEST(Received, AnyOctets) {
  constexpr std::string_view pieces[] = {"a",
                                         ".",
                                         "-",
                                         "_",
                                         "[",
                                         "]",
                                         "(",
                                         ")",
                                         "\\",
                                         "\"",
                                         "<",
                                         ">",
                                         "@",
                                         ";",
                                         ":",
                                         ",",
                                         " ",
                                         "\t",
                                         "\r\n",
                                         "\n",
                                         "\0"sv,
                                         "\x7F",
                                         "\xC3\xBC",
                                         "\xC3",
                                         "\xFF",
                                         "192.0.2.1",
                                         "IPv6:::1",
                                         "a.example",
                                         " by x with SMTP; ",
                                         "xxxxxxxxxxxxxxxxxxxx"};
  std::mt19937 random{3848};
  auto const any = [&] {
    std::string text;
    for (auto count = random() % 10; count != 0; --count) text += pieces[random() % std::size(pieces)];
    return text;
  };
  for (int round = 0; round != 20'000; ++round) {
    received r = example();
    std::string const hello = any(), name = any(), recipient = any(), user = any();
    r.hello = hello;
    r.client_name = name;
    r.recipient = recipient;
    r.authenticated_as = user;
    r.client = parse_ip_address(std::array{"", "192.0.2.1", "2001:db8::1"}[random() % 3]);
    r.with.smtputf8 = random() % 2 == 0;
    std::string const text = write(r);
    stamp::checker check{text, r.with.smtputf8};
    ASSERT_TRUE(check.line()) << text;
    ASSERT_TRUE(stamp::is_folded(text)) << text;
    ASSERT_EQ(check.date, "Wed, 20 May 1998 00:00:00 +0000");
    for (char const c : text)
      ASSERT_TRUE((c >= ' ' && c <= '~') || c == '\r' || c == '\n' || c == '\t' || r.with.smtputf8) << text;
  }
}

std::string date(std::int64_t seconds, std::int16_t offset = 0) {
  std::array<char, mail_date_limit> room{};
  text_writer out{room};
  return write_mail_date(out, seconds, offset) ? std::string(out.written()) : "-";
}

// RFC 5322 3.3; the examples of its appendix A.
TEST(MailDate, Examples) {
  EXPECT_EQ(date(880'127'706, -360), "Fri, 21 Nov 1997 09:55:06 -0600");
  EXPECT_EQ(date(1'057'065'173, 0), "Tue, 1 Jul 2003 13:12:53 +0000");
  EXPECT_EQ(date(0), "Thu, 1 Jan 1970 00:00:00 +0000");
  EXPECT_EQ(date(-1), "Wed, 31 Dec 1969 23:59:59 +0000");
  EXPECT_EQ(date(951'782'400), "Tue, 29 Feb 2000 00:00:00 +0000");
  EXPECT_EQ(date(951'868'799, 1), "Wed, 1 Mar 2000 00:00:59 +0001");
  EXPECT_EQ(date(0, 1439), "Thu, 1 Jan 1970 23:59:00 +2359");
  EXPECT_EQ(date(0, -1439), "Wed, 31 Dec 1969 00:01:00 -2359");
  EXPECT_EQ(date(253'402'300'799), "Fri, 31 Dec 9999 23:59:59 +0000");
  EXPECT_EQ(date(-2'208'988'800), "Mon, 1 Jan 1900 00:00:00 +0000");
  EXPECT_EQ(date(253'402'300'800), "-");
  EXPECT_EQ(date(253'402'300'800, -1), "Fri, 31 Dec 9999 23:59:00 -0001");
  EXPECT_EQ(date(-2'208'988'801), "-");
  EXPECT_EQ(date(INT64_MAX) + date(INT64_MIN) + date(INT64_MAX, 1439) + date(0, 1440) + date(0, INT16_MIN), "-----");
}

TEST(MailDate, TheSameAsTheCLibrary) {
  std::mt19937_64 random{5322};
  for (int round = 0; round != 20'000; ++round) {
    auto const seconds = static_cast<std::time_t>(random() % 255'611'289'600) - 2'208'988'800;
    std::tm t{};
    gmtime_r(&seconds, &t);
    std::array<char, 64> expected{};
    strftime(expected.data(), expected.size(), "%H:%M:%S +0000", &t);
    std::string const day = std::string("SunMonTueWedThuFriSat").substr(static_cast<std::size_t>(t.tm_wday) * 3, 3);
    std::string const month =
        std::string("JanFebMarAprMayJunJulAugSepOctNovDec").substr(static_cast<std::size_t>(t.tm_mon) * 3, 3);
    ASSERT_EQ(date(seconds), day + ", " + std::to_string(t.tm_mday) + " " + month + " " +
                                 std::to_string(t.tm_year + 1900) + " " + expected.data());
  }
}

std::string return_path(std::string_view mailbox) {
  std::array<char, return_path_room> room{};
  text_writer out{room};
  errc const e = write_return_path(out, mailbox);
  return e == errc::ok ? std::string(out.written()) : std::string(message(e));
}

TEST(ReturnPath, Writes) {
  EXPECT_EQ(return_path(""), "Return-Path: <>\r\n");
  EXPECT_EQ(return_path("a@b.example"), "Return-Path: <a@b.example>\r\n");
  EXPECT_EQ(return_path("\"a > b\\\"\"@[IPv6:::1]"), "Return-Path: <\"a > b\\\"\"@[IPv6:::1]>\r\n");
  EXPECT_EQ(return_path("\xC3\xBC@\xC3\xBC.example"), "Return-Path: <\xC3\xBC@\xC3\xBC.example>\r\n");
  EXPECT_EQ(return_path("a..b@c_d.example"), "Return-Path: <a..b@c_d.example>\r\n") << "as it came";
  std::string const local(70, 'a');
  EXPECT_EQ(return_path(local + "@b.example"), "Return-Path:\r\n\t<" + local + "@b.example>\r\n");
  std::string const longest = std::string(970, 'a') + "@b.example";
  EXPECT_EQ(return_path(longest), "Return-Path:\r\n\t<" + longest + ">\r\n");
}

TEST(ReturnPath, Refuses) {
  std::string const no_path(message(errc::local_reverse_path));
  std::string const too_long = std::string(971, 'a') + "@b.example";
  for (std::string_view const bad : {"a"sv, "postmaster"sv, "<a@b.example>"sv, "<>"sv, "a@b.example>"sv, "a@"sv, "@b"sv,
                                     "@x:a@b"sv, "a@b\r\nBcc: c@d"sv, "a b@c"sv, "a@b c"sv, "a@b "sv, " a@b"sv,
                                     "a\0@b"sv, "\xFF@b"sv, std::string_view(too_long)})
    EXPECT_EQ(return_path(bad), no_path) << bad;
  std::array<char, 20> room{};
  text_writer out{room};
  EXPECT_EQ(write_return_path(out, "a@b.example"), errc::local_room);
}

}  // namespace
