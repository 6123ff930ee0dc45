// SPDX-License-Identifier: BSL-1.0
// ehlo-serve --authenticate as a program: the DNS within its loop, messages that wait for it, and what comes before
// them then. What is decided: authentication_test.cpp.
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <string_view>

#include "played_dns.hpp"
#include "process.hpp"
#include "serve_process.hpp"

namespace {

using namespace test;

void skip_replies(descriptor const& c, int count) {
  while (count-- != 0) static_cast<void>(c.read_reply());
}

/// A server that asks this DNS, and what it has stored.
struct receiver {
  explicit receiver(strings more) : server{options(std::move(more))} {}

  strings options(strings more) {
    more.insert(more.end(), {"--maildir", dir / "box", "--dns", dns.place});
    return more;
  }
  [[nodiscard]] descriptor client() const {
    descriptor c = connect_to(server.port);
    skip_replies(c, 1);
    return c;
  }
  /// The reply to a message, and the answers to the questions that it takes.
  std::string reply_to(std::string const& message, zone const& known) {
    descriptor const c = client();
    c.write(begin + message + "\r\n.\r\n");
    for (int i = 0; i != 4; ++i) dns.reply_to(c, known);
    return dns.reply_to(c, known);
  }
  [[nodiscard]] strings stored(std::string_view folder = "box/new") const { return files_in(dir / folder); }

  static inline std::string const begin =
      "EHLO c.test\r\nMAIL FROM:<ann@a.test>\r\nRCPT TO:<b@mx.example.org>\r\nDATA\r\n";

  folder dir;
  played_dns dns;
  listening server;
};

std::string const message = "From: ann@a.test\r\nSubject: x\r\n\r\nhello";
zone const good{{"a.test", "v=spf1 ip4:127.0.0.1 -all"}, {"_dmarc.a.test", "v=DMARC1; p=reject"}};
zone const bad{{"a.test", "v=spf1 -all"}, {"_dmarc.a.test", "v=DMARC1; p=reject"}};

/// What has been written before the message, without what changes each time.
std::string results(std::string const& stored) {
  std::size_t const begin = stored.find("Authentication-Results: mx.example.org");
  return begin == std::string::npos ? stored : stored.substr(begin, stored.find("\r\nReceived-SPF") - begin);
}

TEST(authenticate, writes_its_results_above_Received_and_takes_out_what_is_forged) {
  receiver r{{"--authenticate", "enforce"}};
  std::string const forged = "Authentication-Results: MX.EXAMPLE.org; dkim=pass\r\n";
  std::string const others = "Authentication-Results: mx.example.com; dkim=pass\r\n";
  std::string const long_body = std::string(100'000, 'x') + "\r\n" + std::string(100'000, 'y');
  EXPECT_TRUE(r.reply_to("A: 1\r\n" + forged + "From: a@a.test\r\n" + others + forged + "\r\n" + long_body, good)
                  .starts_with("250 2.0.0 stored as "));
  ASSERT_EQ(r.stored().size(), 1U);
  std::string const stored = r.stored()[0];
  EXPECT_TRUE(
      stored.starts_with("Return-Path: <ann@a.test>\r\n"
                         "Delivered-To: b@mx.example.org\r\n"
                         "X-Original-To: b@mx.example.org\r\n"
                         "Authentication-Results: mx.example.org; spf=pass smtp.mailfrom=a.test;\r\n"
                         "\tdkim=none; dmarc=pass header.from=a.test\r\n"
                         "Received-SPF: pass (mx.example.org: domain of ann@a.test designates 127.0.0.1\r\n"
                         "\tas permitted sender) receiver=mx.example.org; identity=mailfrom;\r\n"
                         "\tclient-ip=127.0.0.1; envelope-from=\"ann@a.test\"; helo=c.test;\r\n"
                         "\tmechanism=\"ip4:127.0.0.1\"\r\n"
                         "Received: from c.test ([127.0.0.1]) by mx.example.org with ESMTP\r\n"))
      << stored.substr(0, 1000);
  EXPECT_TRUE(stored.ends_with("A: 1\r\nFrom: a@a.test\r\n" + others + "\r\n" + long_body + "\r\n"));
  EXPECT_TRUE(std::filesystem::is_empty(r.dir / "box/tmp"));
}

TEST(authenticate, refuses_what_the_policy_rejects_if_it_is_to_and_tells_of_it_otherwise) {
  receiver enforcing{{"--authenticate", "enforce"}};
  EXPECT_EQ(enforcing.reply_to(message, bad), "550 5.7.1 rejected per the DMARC policy of a.test\r\n");
  EXPECT_TRUE(enforcing.stored().empty());
  EXPECT_TRUE(enforcing.reply_to(message, {{"a.test", "v=spf1 -all"}, {"_dmarc.a.test", "v=DMARC1; p=quarantine"}})
                  .starts_with("250 "));
  EXPECT_TRUE(enforcing.stored().empty());
  ASSERT_EQ(enforcing.stored("box/.Junk/new").size(), 1U);
  EXPECT_EQ(results(enforcing.stored("box/.Junk/new")[0]),
            "Authentication-Results: mx.example.org; spf=fail smtp.mailfrom=a.test;\r\n"
            "\tdkim=none; dmarc=fail reason=policy header.from=a.test\r\n\tpolicy.dmarc=quarantine");
  receiver reporting{{"--authenticate", "report"}};
  EXPECT_TRUE(reporting.reply_to(message, bad).starts_with("250 "));
  ASSERT_EQ(reporting.stored().size(), 1U);
  EXPECT_EQ(results(reporting.stored()[0]),
            "Authentication-Results: mx.example.org; spf=fail smtp.mailfrom=a.test;\r\n"
            "\tdkim=none; dmarc=fail reason=policy header.from=a.test\r\n\tpolicy.dmarc=reject");
  EXPECT_FALSE(std::filesystem::exists(reporting.dir / "box/.Junk"));
}

TEST(authenticate, asks_from_the_first_recipient_on_and_lets_others_go_on_meanwhile) {
  receiver r{{"--authenticate", "report"}};
  descriptor const first = r.client();
  first.write("EHLO c\r\nMAIL FROM:<ann@a.test>\r\nRCPT TO:<b@elsewhere.example>\r\n");
  for (std::string_view const code : {"250", "250", "550"}) EXPECT_TRUE(first.read_reply().starts_with(code));
  first.write("RCPT TO:<b@mx.example.org>\r\n");
  EXPECT_EQ(r.dns.next(), "a.test");
  EXPECT_TRUE(first.read_reply().starts_with("250"));
  first.write("DATA\r\n" + message + "\r\n.\r\nNOOP\r\nQUIT\r\n");
  EXPECT_TRUE(first.read_reply().starts_with("354"));
  descriptor const second = r.client();
  second.write("NOOP\r\n");
  EXPECT_EQ(second.read_reply(), "250 2.0.0 ok\r\n");
  EXPECT_FALSE(first.is_readable(20));
  r.dns.answer("v=spf1 ip4:127.0.0.1 -all");
  EXPECT_EQ(r.dns.next(), "_dmarc.a.test") << "DMARC needs what SPF says";
  EXPECT_FALSE(first.is_readable(20));
  r.dns.answer("v=DMARC1; p=none");
  EXPECT_TRUE(first.read_reply().starts_with("250 2.0.0 stored as "));
  EXPECT_EQ(first.read_all(), "250 2.0.0 ok\r\n221 2.0.0 closing\r\n");
}

TEST(authenticate, forgets_a_client_that_goes_away_while_the_DNS_is_asked) {
  receiver r{{"--authenticate", "enforce"}};
  linger const at_once{1, 0};  // a reset
  for (bool const reset : {true, false}) {
    descriptor c = r.client();
    c.write(receiver::begin + message + "\r\n.\r\n");
    skip_replies(c, 4);
    if (reset) setsockopt(c.number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    EXPECT_EQ(r.dns.next(), "a.test");
    c.close();
    EXPECT_EQ(r.reply_to(message, bad).substr(0, 9), "550 5.7.1") << "of another one";
    r.dns.answer("v=spf1 -all");
  }
  EXPECT_EQ(r.reply_to(message, bad).substr(0, 9), "550 5.7.1");
  EXPECT_TRUE(r.stored().empty());
  EXPECT_TRUE(std::filesystem::is_empty(r.dir / "box/tmp"));
  r.server.signal(SIGTERM);
  EXPECT_EQ(r.server.finish().status, 0);
}

TEST(authenticate, stores_nothing_for_a_client_that_is_gone_when_the_last_answer_comes) {
  receiver r{{"--authenticate", "report"}};
  descriptor c = r.client();
  c.write(receiver::begin + message + "\r\n.\r\n");
  skip_replies(c, 4);
  EXPECT_EQ(r.dns.next(), "a.test");
  r.dns.answer(good.at("a.test"));
  EXPECT_EQ(r.dns.next(), "_dmarc.a.test");
  // Greeting another one, it no longer reads the answers that it has begun to; so it learns of both at once.
  descriptor const other = r.client();
  r.server.signal(SIGSTOP);
  linger const at_once{1, 0};
  setsockopt(c.number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  c.close();
  r.dns.answer(good.at("_dmarc.a.test"));
  r.server.signal(SIGCONT);
  EXPECT_TRUE(r.reply_to(message, good).starts_with("250 "));
  EXPECT_EQ(r.stored().size(), 1U) << "the client would come back with it";
}

TEST(authenticate, forgets_what_a_client_takes_back) {
  receiver r{{"--authenticate", "report"}};
  descriptor const c = r.client();
  c.write("EHLO c\r\n");
  for (std::string const again : {"RSET", "EHLO c"}) {
    c.write("MAIL FROM:<ann@a.test>\r\nRCPT TO:<b@mx.example.org>\r\n" + again + "\r\n");
    EXPECT_EQ(r.dns.next(), "a.test");
    skip_replies(c, 3);
    r.dns.answer("v=spf1 include:b.test -all");
    c.write("NOOP\r\n");  // behind the answer
    skip_replies(c, 1);
  }
  c.write("MAIL FROM:<ann@c.test>\r\nRCPT TO:<b@mx.example.org>\r\n");
  EXPECT_EQ(r.dns.next(), "c.test") << "not b.test";
}

TEST(authenticate, gives_up_when_the_DNS_does_not_answer) {
  receiver enforcing{{"--authenticate", "enforce", "--dns-patience", "1"}};
  receiver reporting{{"--authenticate", "report", "--dns-patience", "1"}};
  descriptor const clients[]{enforcing.client(), reporting.client()};
  for (descriptor const& c : clients) {
    c.write(receiver::begin + message + "\r\n.\r\n");
    skip_replies(c, 4);
  }
  EXPECT_EQ(clients[0].read_reply(), "451 4.4.3 the DNS does not say who may send for a.test\r\n");
  EXPECT_TRUE(clients[1].read_reply().starts_with("250 "));
  ASSERT_EQ(reporting.stored().size(), 1U);
  EXPECT_EQ(results(reporting.stored()[0]),
            "Authentication-Results: mx.example.org; spf=temperror\r\n"
            "\treason=\"the check took too long\" smtp.mailfrom=a.test; dkim=none;\r\n"
            "\tdmarc=temperror reason=\"lookup failed\" header.from=a.test");
}

TEST(authenticate, gives_up_when_the_service_ends) {
  std::string const rcpt = "RCPT TO:<b@mx.example.org>\r\n";
  for (bool const lmtp : {false, true}) {
    receiver r{lmtp ? strings{"--authenticate", "report", "--lmtp"} : strings{"--authenticate", "report"}};
    descriptor c = r.client();
    c.write((lmtp ? "LHLO c\r\n" : "EHLO c\r\n") + ("MAIL FROM:<ann@a.test>\r\n" + rcpt + rcpt) + "DATA\r\n" + message +
            "\r\n.\r\n");
    skip_replies(c, 5);
    EXPECT_EQ(r.dns.next(), "a.test");
    r.server.signal(SIGTERM);
    std::string const answer = "451 4.3.2 the message was not checked in time\r\n";
    std::string const said = c.read_all();
    c.close();
    EXPECT_TRUE(said.starts_with(lmtp ? answer + answer + "421 4.3.2 " : answer + "421 4.3.2 ")) << said;
    EXPECT_EQ(r.server.finish().status, 0);
    EXPECT_TRUE(r.stored().empty());
  }
}

TEST(authenticate, checks_none_of_our_own_but_lets_them_forge_nothing_either) {
  std::string const forged = "Authentication-Results: mx.example.org; auth=pass\r\n";
  std::string const rest = "From: ann@a.test\r\n\r\nhello\r\n";
  std::string const rcpt = "RCPT TO:<b@mx.example.org>\r\nBDAT " + std::to_string(forged.size() + rest.size()) +
                           " LAST\r\n" + forged + rest + "QUIT\r\n";
  for (std::string const& login : {std::string{"AUTH PLAIN AHVzZXIAc2VjcmV0\r\n"}, std::string{}}) {
    strings options{"--authenticate", "enforce"};
    strings const more = login.empty() ? strings{"--relay-from", "127.0.0.0/8"}
                                       : strings{"--user", "user:secret", "--allow-plaintext-auth"};
    options.insert(options.end(), more.begin(), more.end());
    receiver r{options};
    descriptor const c = r.client();
    c.write("EHLO c\r\n" + login + "MAIL FROM:<ann@a.test>\r\n" + rcpt);
    std::string const said = c.read_all();
    EXPECT_NE(said.find("250 2.0.0 stored as "), std::string::npos) << said;
    ASSERT_EQ(r.stored().size(), 1U);
    EXPECT_EQ(without_received(r.stored()[0]), envelope("ann@a.test", {"b@mx.example.org"}) + rest);
  }
}

TEST(authenticate, answers_each_recipient_of_LMTP_and_refuses_a_header_without_end) {
  receiver r{{"--authenticate", "enforce", "--lmtp"}};
  descriptor const c = r.client();
  c.write("LHLO c\r\nMAIL FROM:<ann@a.test>\r\nRCPT TO:<b@mx.example.org>\r\nRCPT TO:<c@mx.example.org>\r\nDATA\r\n" +
          message + "\r\n.\r\n");
  for (int i = 0; i != 5; ++i) EXPECT_LT(r.dns.reply_to(c, bad)[0], '4');
  for (int i = 0; i != 2; ++i) EXPECT_EQ(r.dns.reply_to(c, bad).substr(0, 9), "550 5.7.1");
  c.write("MAIL FROM:<>\r\nRCPT TO:<b@mx.example.org>\r\nDATA\r\n" + std::string(70'000, 'x') + "\r\n.\r\nNOOP\r\n");
  for (int i = 0; i != 3; ++i) EXPECT_LT(r.dns.reply_to(c, bad)[0], '4');
  EXPECT_EQ(r.dns.reply_to(c, bad), "552 5.3.4 the header is too long to be checked\r\n");
  EXPECT_EQ(r.dns.reply_to(c, bad), "250 2.0.0 ok\r\n");
}

TEST(authenticate, wants_options_that_have_a_meaning) {
  EXPECT_EQ(session({"--authenticate", "perhaps"}, "").status, 2);
  EXPECT_EQ(session({"--authenticate", "report", "--dns", "mx.example.org"}, "").status, 2);
  EXPECT_EQ(session({"--authenticate", "report", "--dns-patience", "0"}, "").status, 2);
  result const r = session({"--dns", "127.0.0.1"}, "");
  EXPECT_EQ(r.status, 2);
  EXPECT_EQ(r.error, "ehlo-serve: --dns: without --authenticate nothing is asked\n");
}

}  // namespace
