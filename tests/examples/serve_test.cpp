// SPDX-License-Identifier: BSL-1.0
// ehlo-serve as its users see it: a program with options, standard streams, sockets, signals and files.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "process.hpp"
#include "serve_process.hpp"

namespace {

using namespace test;

TEST(stdio, stores_the_message_as_it_was_sent_before_it_says_so) {
  folder const dir;
  result const r =
      session({"--maildir", dir / "box"},
              "EHLO client.test\r\nMAIL FROM:<ann@client.test> SIZE=40\r\nRCPT TO:<bob@mx.example.org>\r\n"
              "RCPT TO:<\"a b\"@MX.example.ORG>\r\nDATA\r\nSubject: x\r\n\r\n..\r\n..a\r\n b \r\n.\r\nQUIT\r\n");
  EXPECT_EQ(r.status, 0);
  EXPECT_EQ(r.error, "");
  EXPECT_TRUE(r.out.starts_with("220 mx.example.org ESMTP\r\n250-mx.example.org\r\n")) << r.out;
  EXPECT_EQ(codes(r.out), "250 250 250 354 250 221") << r.out;
  EXPECT_EQ(stored_in(dir / "box"),
            strings{envelope("ann@client.test", {"bob@mx.example.org", "\"a b\"@MX.example.ORG"}) +
                    "Subject: x\r\n\r\n.\r\n.a\r\n b \r\n"});
  EXPECT_TRUE(std::filesystem::is_empty(dir / "box/tmp"));
}

TEST(stdio, stores_chunks_octet_for_octet) {
  folder const dir;
  std::string body;
  for (int i = 0; i != 1024; ++i) body += static_cast<char>(i);
  body += "\r\n.\r\nQUIT\r\n\n";
  std::string const size = std::to_string(body.size());
  result const r =
      session({"--maildir", dir / "box"}, "EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<postmaster>\r\nBDAT " + size + "\r\n" +
                                              body + "BDAT " + size + " LAST\r\n" + body +
                                              "MAIL FROM:<>\r\nRCPT TO:<b@mx.example.org>\r\nBDAT 0 LAST\r\nQUIT\r\n");
  EXPECT_EQ(r.status, 0);
  EXPECT_EQ(codes(r.out), "250 250 250 250 250 250 250 221") << r.out;
  strings stored = stored_in(dir / "box");
  std::sort(stored.begin(), stored.end());
  EXPECT_EQ(stored, (strings{envelope("", {"b@mx.example.org"}), envelope("", {"postmaster"}) + body + body}));
}

TEST(stdio, keeps_nothing_of_a_message_that_does_not_end) {
  folder const dir;
  std::string const begin = "EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.example.org>\r\n";
  for (char const* const rest :
       {"DATA\r\nhello\r\n.", "BDAT 10 LAST\r\n123456789", "BDAT 3\r\n123", "BDAT 3\r\n123RSET\r\n"}) {
    result const r = session({"--maildir", dir / "box"}, begin + rest);
    EXPECT_EQ(r.status, 0) << rest;
    EXPECT_TRUE(stored_in(dir / "box").empty()) << rest;
    EXPECT_TRUE(test::files_in(dir / "box/tmp").empty()) << rest;
  }
}

TEST(stdio, without_a_maildir_says_that_messages_are_thrown_away) {
  result const r = session({}, short_mail);
  EXPECT_EQ(r.status, 0);
  EXPECT_NE(r.error.find("thrown away"), std::string::npos) << r.error;
  EXPECT_EQ(codes(r.out), "250 250 354 250 221") << r.out;
}

TEST(relay, is_refused) {
  std::string const recipients =
      "EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<x@other.example>\r\nRCPT TO:<x@mx.example.org.other>\r\nRCPT "
      "TO:<x@[127.0.0.1]>\r\n"
      "RCPT TO:<@mx.example.org:x@other.example>\r\nRCPT TO:<x@MX.Example.Org>\r\nRCPT TO:<Postmaster>\r\n"
      "RCPT TO:<x%other.example@mx.example.org>\r\nRCPT TO:<other!x@mx.example.org>\r\nQUIT\r\n";
  std::string const out = session({}, recipients).out;
  EXPECT_EQ(codes(out), "250 550 550 550 550 250 250 554 554 221");
  EXPECT_NE(out.find("550 5.7.1 relaying denied\r\n"), std::string::npos) << out;
  EXPECT_NE(out.find("554 5.7.1 routes in addresses are not followed\r\n"), std::string::npos) << out;
  EXPECT_EQ(codes(session({"--local-domain", "OTHER.example", "--local-domain", "[127.0.0.1]"}, recipients).out),
            "250 250 550 250 250 250 250 554 554 221");
  EXPECT_EQ(codes(session({"--local-domain", ".org.other", "--relay-domain", "other.example"}, recipients).out),
            "250 250 250 550 550 250 250 554 554 221");
  EXPECT_EQ(codes(session({"--local-domain", "*"}, recipients).out), "250 250 250 250 250 250 250 250 250 221");
}

TEST(relay, is_for_the_networks_that_may) {
  std::string const mail =
      "EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<x@other.example>\r\nRCPT TO:<x%y@mx.example.org>\r\nQUIT\r\n";
  auto const answers = [&](strings const& options, std::string const& header) {
    listening server{options};
    descriptor const c = connect_to(server.port);
    c.write(header + mail);
    return codes(c.read_all());
  };
  EXPECT_EQ(answers({}, ""), "250 550 554 221");
  EXPECT_EQ(answers({"--relay-from", "127.0.0.0/8"}, ""), "250 250 554 221");
  EXPECT_EQ(answers({"--relay-from", "192.0.2.0/24", "--relay-from", "::/0"}, ""), "250 550 554 221");
  EXPECT_EQ(codes(session({"--relay-from", "0.0.0.0/0", "--relay-from", "::/0"}, mail).out), "250 550 554 221")
      << "standard input has no address";
  // Behind a balancer it is the client that counts, and never the balancer.
  strings const behind{"--proxy-protocol", "--relay-from", "127.0.0.0/8", "--relay-from", "203.0.113.0/24"};
  EXPECT_EQ(answers(behind, "PROXY TCP4 203.0.113.9 192.0.2.1 4242 25\r\n"), "250 250 554 221");
  EXPECT_EQ(answers(behind, "PROXY TCP6 ::ffff:203.0.113.9 ::1 4242 25\r\n"), "250 250 554 221");
  EXPECT_EQ(answers(behind, "PROXY TCP4 192.0.2.9 192.0.2.1 4242 25\r\n"), "250 550 554 221");
  EXPECT_EQ(answers(behind, "PROXY UNKNOWN\r\n"), "250 550 554 221");
}

/// The message of these commands as it was stored, from its Received line on: id and date are put aside.
std::string received(strings options, std::string const& input, std::string const& header = {}) {
  folder const dir;
  options.insert(options.end(), {"--maildir", dir / "box"});
  {
    listening server{options};
    descriptor const c = connect_to(server.port);
    c.write(header + input);
    EXPECT_NE(c.read_all().find(" stored as "), std::string::npos);
  }
  strings const all = files_in(dir / "box/new");
  if (all.size() != 1) return "not one message";
  std::string text = all[0].substr(all[0].find("Received: "));
  for (std::size_t at; (at = text.find("\r\n\t")) != std::string::npos;) text.replace(at, 3, " ");
  std::size_t const id = text.find(" id "), end = text.find_first_of(" ;", id + 4), date = text.find("; ");
  std::string const when = text.substr(date + 2, text.find("\r\n") - date - 2);
  std::tm t{};
  char const* const zone = strptime(when.c_str(), "%a, %d %b %Y %H:%M:%S %z", &t);
  EXPECT_TRUE(zone != nullptr && *zone == '\0') << when;
  EXPECT_LT(std::abs(timegm(&t) - t.tm_gmtoff - std::time(nullptr)), 60) << when;
  return text.substr(0, id + 4) + "ID" + text.substr(end, date + 2 - end) + "DATE" +
         text.substr(date + 2 + when.size());
}

// RFC 5321 4.4.
TEST(received, says_who_sent_the_message) {
  std::string const to = "RCPT TO:<b@mx.example.org>\r\n", text = "DATA\r\nhello\r\n.\r\nQUIT\r\n";
  std::string const mail = "MAIL FROM:<a@b>\r\n" + to + text;
  EXPECT_EQ(received({}, "EHLO client.test\r\n" + mail),
            "Received: from client.test ([127.0.0.1]) by mx.example.org with ESMTP id ID for <b@mx.example.org>; "
            "DATE\r\nhello\r\n");
  EXPECT_EQ(received({}, "HELO bad_name\r\n" + mail),
            "Received: from [127.0.0.1] ([127.0.0.1]) (EHLO bad_name) by mx.example.org with SMTP id ID for "
            "<b@mx.example.org>; DATE\r\nhello\r\n");
  EXPECT_EQ(received({"--lmtp"}, "LHLO x\r\nMAIL FROM:<>\r\n" + to + to + text),
            "Received: from x ([127.0.0.1]) by mx.example.org with LMTP id ID; DATE\r\nhello\r\n")
      << "nobody learns of other recipients";
  EXPECT_EQ(received({}, "EHLO x\r\nMAIL FROM:<> SMTPUTF8\r\nRCPT TO:<\xC3\xBC@mx.example.org>\r\n" + text),
            "Received: from x ([127.0.0.1]) by mx.example.org with UTF8SMTP id ID for <\xC3\xBC@mx.example.org>; "
            "DATE\r\nhello\r\n");
  EXPECT_EQ(received({"--proxy-protocol"}, "EHLO x\r\n" + mail, "PROXY TCP6 2001:db8::1 ::1 4242 25\r\n"),
            "Received: from x ([IPv6:2001:db8::1]) by mx.example.org with ESMTP id ID for <b@mx.example.org>; "
            "DATE\r\nhello\r\n");
  EXPECT_EQ(received({"--xclient-from", "127.0.0.1"}, "EHLO f\r\nXCLIENT ADDR=203.0.113.9\r\nEHLO x\r\n" + mail),
            "Received: from x ([203.0.113.9]) by mx.example.org with ESMTP id ID for <b@mx.example.org>; "
            "DATE\r\nhello\r\n");
  EXPECT_EQ(
      received({"--user", "ann:s3cret", "--allow-plaintext-auth"}, "EHLO x\r\nAUTH PLAIN AGFubgBzM2NyZXQ=\r\n" + mail),
      "Received: from x ([127.0.0.1]) by mx.example.org with ESMTPA id ID for <b@mx.example.org>; "
      "DATE\r\nhello\r\n");
}

// RFC 5322 2.2.3.
TEST(received, is_not_continued_by_a_message_that_begins_with_white_space) {
  std::string const begin = "EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.example.org>\r\n";
  std::string const field =
      "Received: from x ([127.0.0.1]) by mx.example.org with ESMTP id ID for <b@mx.example.org>; ";
  EXPECT_EQ(received({}, begin + "DATA\r\n (forged)\r\nSubject: x\r\n.\r\nQUIT\r\n"),
            field + "DATE\r\n\r\n (forged)\r\nSubject: x\r\n");
  EXPECT_EQ(received({}, begin + "BDAT 0\r\nBDAT 2 LAST\r\n xQUIT\r\n"), field + "DATE\r\n\r\n x");
}

// RFC 5321 6.3.
TEST(received, a_hundred_times_is_a_loop) {
  folder const dir;
  std::string const begin = "MAIL FROM:<>\r\nRCPT TO:<b@mx.example.org>\r\n";
  std::string header;
  for (int i = 0; i != 99; ++i) header += "received : from a by b; Sun, 22 Nov 2026 05:40:00 +0000\r\n";
  std::string const allowed = header + "Subject: x\r\n\r\nReceived: in the text\r\n";
  std::string const loop = header + "Subject: x\r\nReceived: x\r\n\r\n";
  std::string const size = std::to_string(loop.size());
  result const r = session({"--maildir", dir / "box"}, "EHLO c\r\n" + begin + "DATA\r\n" + allowed + ".\r\n" + begin +
                                                           "DATA\r\n" + loop + ".\r\n" + begin + "BDAT " + size +
                                                           " LAST\r\n" + loop + "QUIT\r\n");
  EXPECT_EQ(codes(r.out), "250 250 354 250 250 250 354 554 250 250 554 221") << r.out;
  EXPECT_NE(r.out.find("554 5.4.6 "), std::string::npos) << r.out;
  EXPECT_EQ(stored_in(dir / "box"), strings{envelope("", {"b@mx.example.org"}) + allowed});
  EXPECT_TRUE(test::files_in(dir / "box/tmp").empty());
}

TEST(return_path, has_to_have_room) {
  std::string const mail = "EHLO c\r\nMAIL FROM:<" + std::string(1000, 'a') + "@b>\r\nMAIL FROM:<" +
                           std::string(900, 'a') + "@b>\r\nQUIT\r\n";
  EXPECT_EQ(codes(session({}, mail).out), "553 250 221");
}

TEST(refuse, answers_that_recipient_as_told) {
  result const r =
      session({"--refuse", "a=x@mx.example.org=450 4.2.1 come back = later", "--refuse", "b@mx.example.org=550"},
              "EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<A=x@mx.example.org>\r\nRCPT TO:<b@mx.example.org>\r\n"
              "RCPT TO:<c@mx.example.org>\r\nQUIT\r\n");
  EXPECT_EQ(codes(r.out), "250 450 550 250 221");
  EXPECT_NE(r.out.find("\r\n450 4.2.1 come back = later\r\n550 5.0.0"), std::string::npos) << r.out;
}

TEST(lmtp, answers_once_for_each_recipient) {
  folder const dir;
  result const r = session({"--maildir", dir / "box", "--lmtp", "--refuse", "no@mx.example.org=550 5.1.1 nobody"},
                           "LHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<a@mx.example.org>\r\nRCPT TO:<no@mx.example.org>\r\n"
                           "RCPT TO:<b@mx.example.org>\r\nDATA\r\nhello\r\n.\r\nEHLO c\r\nQUIT\r\n");
  EXPECT_EQ(codes(r.out), "250 250 550 250 354 250 250 500 221") << r.out;
  EXPECT_EQ(stored_in(dir / "box"), strings{envelope("", {"a@mx.example.org", "b@mx.example.org"}) + "hello\r\n"});
}

// base64 of NUL ann NUL s3cret, and of its parts.
std::string const plain = "AGFubgBzM2NyZXQ=";
std::string const user = "YW5u";
std::string const password = "czNjcmV0";
strings const login{"--user", "ann:s3cret", "--allow-plaintext-auth"};

TEST(auth, lets_the_user_send_to_everybody) {
  std::string const mail = "MAIL FROM:<a@b>\r\nRCPT TO:<x@other.example>\r\nQUIT\r\n";
  EXPECT_EQ(codes(session(login, "EHLO c\r\nAUTH PLAIN " + plain + "\r\n" + mail).out), "235 250 250 221");
  EXPECT_EQ(codes(session(login, "EHLO c\r\nAUTH PLAIN\r\n" + plain + "\r\n" + mail).out), "334 235 250 250 221");
  EXPECT_EQ(codes(session(login, "EHLO c\r\nAUTH LOGIN\r\n" + user + "\r\n" + password + "\r\n" + mail).out),
            "334 334 235 250 250 221");
  EXPECT_EQ(codes(session(login, "EHLO c\r\nAUTH LOGIN " + user + "\r\n" + user + "\r\n" + mail).out),
            "334 535 250 530 221");
  EXPECT_EQ(codes(session(login, "EHLO c\r\nAUTH PLAIN AGFubgA=\r\n" + mail).out), "535 250 530 221");
}

TEST(auth, is_offered_only_where_it_was_allowed) {
  EXPECT_NE(session(login, "EHLO c\r\n").out.find(" PLAIN LOGIN\r\n"), std::string::npos);
  EXPECT_EQ(session({}, "EHLO c\r\n").out.find("AUTH"), std::string::npos);
  EXPECT_EQ(codes(session({}, "EHLO c\r\nAUTH PLAIN " + plain + "\r\nQUIT\r\n").out), "502 221");
}

TEST(transcript, shows_the_dialogue_and_no_secret) {
  strings options = login;
  options.insert(options.end(), {"--transcript", "--local-domain", "*"});
  std::string const input = "EHLO c\r\nAUTH\tPLAIN " + plain + "\r\nAUTH CRAM-MD5 " + plain + "\r\n" + user + "\r\n" +
                            password + "\r\nAUTH LOGIN\r\n" + user + "\r\n" + password +
                            "\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\ntop of the text\r\n.\r\nQUIT\r\n";
  result const r = session(options, input);
  for (std::string const& secret :
       {plain, user, password, std::string{"ann"}, std::string{"s3cret"}, std::string{"top of"}})
    EXPECT_EQ(r.error.find(secret), std::string::npos) << secret << "\n" << r.error;
  EXPECT_NE(r.error.find("C: AUTH CRAM-MD5 <secret>\n"), std::string::npos) << r.error;
  EXPECT_NE(r.error.find("C: AUTH LOGIN\nS: 334 <secret>\nC: <secret>\nS: 334 <secret>\nC: <secret>\n"
                         "   -- credentials: by LOGIN\nS: 235 2.7.0 authenticated\nC: MAIL FROM:<a@b>\n"),
            std::string::npos)
      << r.error;
  EXPECT_NE(r.error.find("C: <17 octets of message>\nC: .\n   -- message_end: 17 octets, line ends clean\nS: 250 "),
            std::string::npos)
      << r.error;
  options.erase(std::find(options.begin(), options.end(), "--transcript"));
  EXPECT_EQ(session(options, input).out, r.out);  // to look on changes nothing
}

TEST(transcript, does_not_take_message_text_for_commands) {
  result const r = session({"--transcript"}, "EHLO c\r\nBDAT 18 LAST\r\nMAIL FROM:<a@b>\r\n.QUIT\r\n");
  EXPECT_NE(r.error.find("C: BDAT 18 LAST\n   -- refused: bad sequence of commands; RFC 5321 4.1.4\n"
                         "C: <18 octets of message>\nS: 503 5.5.1 bad sequence of commands\nC: QUIT\n"),
            std::string::npos)
      << r.error;
}

TEST(limits, on_size_are_kept) {
  folder const dir;
  std::string const mail = "MAIL FROM:<>\r\nRCPT TO:<b@mx.example.org>\r\n";
  result const r = session({"--maildir", dir / "box", "--max-size", "10"},
                           "EHLO c\r\nMAIL FROM:<> SIZE=11\r\n" + mail + "DATA\r\n12345678\r\n.\r\n" + mail +
                               "DATA\r\n123456789\r\n.\r\n" + mail + "BDAT 11 LAST\r\n123456789\r\nQUIT\r\n");
  EXPECT_NE(r.out.find("250-SIZE 10\r\n"), std::string::npos) << r.out;
  EXPECT_EQ(codes(r.out), "552 250 250 354 250 250 250 354 552 250 250 552 221") << r.out;
  EXPECT_EQ(stored_in(dir / "box"), strings{envelope("", {"b@mx.example.org"}) + "12345678\r\n"});
  EXPECT_TRUE(test::files_in(dir / "box/tmp").empty());
}

TEST(limits, on_recipients_are_kept) {
  std::string input = "EHLO c\r\nMAIL FROM:<>\r\n";
  for (int i = 0; i != 101; ++i) input += "RCPT TO:<b@mx.example.org>\r\n";
  std::string const out = session({"--max-recipients", "100"}, input + "QUIT\r\n").out;
  EXPECT_TRUE(codes(out).ends_with("250 250 452 221")) << out;
}

TEST(profile, decides_what_is_tolerated) {
  std::string const bare = "EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.example.org>\r\nDATA\r\na\nb\r\n.\r\nQUIT\r\n";
  EXPECT_EQ(codes(session({}, bare).out), "250 250 354 250 221");
  EXPECT_EQ(codes(session({"--profile", "strict"}, bare).out), "250 250 354 554 221");
  EXPECT_EQ(codes(session({"--bare-newline", "reject"}, bare).out), "250 250 354 554 221");
  folder const dir;
  session({"--maildir", dir / "box", "--profile", "strict", "--bare-newline", "normalize"}, bare);
  EXPECT_EQ(stored_in(dir / "box"), strings{envelope("", {"b@mx.example.org"}) + "a\r\nb\r\n"});
  std::string const brackets = "EHLO c\r\nMAIL FROM:a@b\r\nQUIT\r\n";
  EXPECT_EQ(codes(session({"--profile", "interoperable"}, brackets).out), "501 221");
  EXPECT_EQ(codes(session({"--profile", "lenient"}, brackets).out), "250 221");
}

struct wrong_options {
  strings options;
  std::string_view named;
};

TEST(options, that_are_wrong_are_named_in_one_line) {
  for (wrong_options const& w : std::vector<wrong_options>{
           {{}, "--stdio"},
           {{"--stdio", "--listen", "127.0.0.1:0"}, "--listen"},
           {{"--stdio", "--frobnicate"}, "--frobnicate"},
           {{"--stdio", "extra"}, "extra"},
           {{"--stdio", "--maildir"}, "--maildir"},
           {{"--stdio", "--hostname", ""}, "--hostname"},
           {{"--stdio", "--hostname", "two words"}, "--hostname"},
           {{"--stdio", "--hostname", "under_score"}, "--hostname"},
           {{"--stdio", "--local-domain", ""}, "--local-domain"},
           {{"--stdio", "--local-domain", "a b"}, "--local-domain"},
           {{"--stdio", "--local-domain", "*.example"}, "--local-domain"},
           {{"--stdio", "--relay-domain", "*"}, "--relay-domain"},
           {{"--stdio", "--relay-domain", "[127.0.0.1]"}, "--relay-domain"},
           {{"--stdio", "--relay-from", "10.0.0.1/8"}, "--relay-from"},
           {{"--stdio", "--relay-from", "other.example"}, "--relay-from"},
           {{"--stdio", "--profile", "loose"}, "--profile"},
           {{"--stdio", "--bare-newline", "keep"}, "--bare-newline"},
           {{"--stdio", "--max-size", "1k"}, "--max-size"},
           {{"--stdio", "--max-size", "99999999999999999999"}, "--max-size"},
           {{"--stdio", "--max-recipients", "99"}, "--max-recipients"},
           {{"--stdio", "--max-recipients", "-1"}, "--max-recipients"},
           {{"--stdio", "--refuse", "a@b"}, "--refuse"},
           {{"--stdio", "--refuse", "a@b=250 ok"}, "--refuse"},
           {{"--stdio", "--refuse", "a@b=4500"}, "--refuse"},
           {{"--stdio", "--refuse", "=450"}, "--refuse"},
           {{"--stdio", "--refuse", "a@b=550 4.1.1 contradiction"}, "--refuse"},
           {{"--stdio", "--user", "nobody", "--allow-plaintext-auth"}, "--user"},
           {{"--stdio", "--user", ":x", "--allow-plaintext-auth"}, "--user"},
           {{"--stdio", "--user", "a:b"}, "--allow-plaintext-auth"},
           {{"--stdio", "--allow-plaintext-auth"}, "--user"},
           {{"--listen", "127.0.0.1"}, "--listen"},
           {{"--listen", ":25"}, "--listen"},
           {{"--listen", "localhost:25"}, "--listen"},
           {{"--listen", "127.0.0.1:http"}, "--listen"},
       }) {
    strings all{serve};
    all.insert(all.end(), w.options.begin(), w.options.end());
    result const r = test::run(all, "QUIT\r\n");
    EXPECT_EQ(r.status, 2) << r.error;
    EXPECT_EQ(r.out, "") << r.error;
    EXPECT_NE(r.error.find(w.named), std::string::npos) << r.error;
    EXPECT_EQ(std::count(r.error.begin(), r.error.end(), '\n'), 1) << r.error;
  }
}

#ifndef EHLO_HAS_OPENSSL
TEST(options, for_tls_are_refused_where_there_is_none) {
  for (char const* const option : {"--starttls", "--implicit-tls"}) {
    result const r = session({option, "certificate", "key"}, short_mail);
    EXPECT_EQ(r.status, 64);
    EXPECT_EQ(r.out, "");
    EXPECT_NE(r.error.find("built without TLS"), std::string::npos) << r.error;
  }
}
#endif

TEST(options, are_listed_by_help) {
  result const r = test::run({serve, "--help"});
  EXPECT_EQ(r.status, 0);
  EXPECT_TRUE(r.out.starts_with("usage: ehlo-serve ")) << r.out;
}

TEST(maildir, that_cannot_be_had_is_said_at_the_start) {
  folder const dir;
  for (std::string const& path : {serve, serve + "/box", dir / "no/such"}) {
    result const r = session({"--maildir", path}, short_mail);
    EXPECT_EQ(r.status, 1);
    EXPECT_EQ(r.out, "");
    EXPECT_NE(r.error.find("--maildir " + path + ": "), std::string::npos) << r.error;
  }
}

TEST(maildir, that_fails_later_defers_the_message) {
  folder const dir;
  for (char const* const lost : {"box/tmp", "box/new"}) {
    listening server{{"--maildir", dir / "box"}};
    std::filesystem::remove_all(dir / lost);
    test::descriptor const c = test::connect_to(server.port);
    c.write(short_mail);
    std::string const out = c.read_all();
    EXPECT_EQ(codes(out), "250 250 354 451 221") << out;
    EXPECT_NE(out.find("\r\n451 4.3.0 "), std::string::npos) << out;
  }
  EXPECT_TRUE(test::files_in(dir / "box/tmp").empty());
}

TEST(listen, ends_after_one_connection_with_once) {
  listening server{{"--once"}};
  test::descriptor c = test::connect_to(server.port);
  EXPECT_TRUE(c.read_reply().starts_with("220 "));
  EXPECT_EQ(test::connect_to(server.port).number(), -1);
  c.write(short_mail);
  EXPECT_TRUE(c.read_all().ends_with("221 2.0.0 closing\r\n"));
  c.close();
  EXPECT_EQ(server.finish().status, 0);
}

TEST(listen, answers_everything_after_a_half_close) {
  listening server{{}};
  test::descriptor const c = test::connect_to(server.port);
  c.write(short_mail.substr(0, short_mail.size() - 6));  // without QUIT
  shutdown(c.number(), SHUT_WR);
  std::string const out = c.read_all();
  EXPECT_EQ(codes(out), "250 250 354 250") << out;
}

TEST(listen, lets_the_last_reply_arrive_when_more_was_sent) {
  listening server{{}};
  for (int i = 0; i != 20; ++i) {
    test::descriptor const c = test::connect_to(server.port);
    c.write("QUIT\r\n" + std::string(200'000, 'x'));
    std::string const out = c.read_all();
    EXPECT_TRUE(out.ends_with("221 2.0.0 closing\r\n")) << out;
  }
}

TEST(listen, does_not_read_on_while_replies_wait) {
  listening server{{}};
  test::descriptor const c = test::connect_to(server.port);
  int const little = 200'000;
  setsockopt(c.number(), SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
  // More replies than the sockets can hold; one process writes, and another one reads them later.
  int const count = 200'000;
  std::string input = "EHLO c\r\nMAIL FROM:<>\r\n";
  for (int i = 0; i != count; ++i)  // with one good recipient now and then: who is only refused is shown the door
    input += i % 500 == 0 ? "RCPT TO:<postmaster>\r\n" : "RCPT TO:<nobody@other.example>\r\n";
  pid_t const writer = fork();
  if (writer == 0) _exit(c.write(input) && c.write("QUIT\r\n") ? 0 : 1);
  usleep(300'000);
  std::string const out = c.read_all();
  waitpid(writer, nullptr, 0);
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), count + 11);
  EXPECT_TRUE(out.ends_with("221 2.0.0 closing\r\n"));
}

TEST(listen, serves_many_connections_at_once) {
  folder const dir;
  listening server{{"--maildir", dir / "box"}};
  std::vector<test::descriptor> all;
  for (int i = 0; i != 200; ++i) all.push_back(test::connect_to(server.port));
  // Piece by piece over all of them, so that no session ends before the last one has begun.
  for (std::size_t at = 0; at < short_mail.size(); at += 25)
    for (test::descriptor const& c : all) c.write(short_mail.substr(at, 25));
  for (test::descriptor const& c : all) {
    std::string const out = c.read_all();
    EXPECT_EQ(codes(out), "250 250 354 250 221") << out;
  }
  EXPECT_EQ(stored_in(dir / "box"), strings(200, envelope("a@client.test", {"b@mx.example.org"}) + "hello\r\n"));
}

TEST(signal, ends_open_sessions_with_421) {
  folder const dir;
  listening server{{"--maildir", dir / "box"}};
  test::descriptor idle = test::connect_to(server.port);
  test::descriptor busy = test::connect_to(server.port);
  EXPECT_TRUE(idle.read_reply().starts_with("220 "));
  busy.write("EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.example.org>\r\nDATA\r\nhalf a message\r\n");
  for (char const* const code : {"220", "250", "250", "250", "354"}) EXPECT_TRUE(busy.read_reply().starts_with(code));
  server.signal(SIGTERM);
  EXPECT_TRUE(idle.read_all().starts_with("421 4.3.2 "));
  EXPECT_TRUE(busy.read_all().starts_with("421 4.3.2 "));
  idle.close();
  busy.close();
  EXPECT_EQ(server.finish().status, 0);
  EXPECT_TRUE(stored_in(dir / "box").empty());
  EXPECT_TRUE(test::files_in(dir / "box/tmp").empty());
}

TEST(signal, does_not_wait_for_a_peer_that_stays) {
  listening server{{}};
  test::descriptor const c = test::connect_to(server.port);
  EXPECT_TRUE(c.read_reply().starts_with("220 "));
  server.signal(SIGINT);
  EXPECT_EQ(server.finish().status, 0);
}

TEST(signal, ends_a_session_on_standard_input) {
  process server{command({"--stdio"})};
  EXPECT_TRUE(server.out.read_reply().starts_with("220 "));
  server.signal(SIGTERM);
  EXPECT_TRUE(server.out.read_all().starts_with("421 4.3.2 "));
  EXPECT_EQ(server.finish().status, 0);
}

}  // namespace
