// SPDX-License-Identifier: BSL-1.0
// ehlo-send as its users see it, with ehlo-serve on the other side.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "process.hpp"
#include "send_process.hpp"
#include "serve_process.hpp"

namespace {

using namespace test;

std::string const envelope_to_b = envelope("a@client.test", {"b@mx.example.org"});

strings const octet_by_octet{"--chunking", "--chunk-size", "1"};
/// Every way a body can go.
std::vector<strings> const ways{{},
                                {"--no-pipelining"},
                                {"--chunking"},
                                octet_by_octet,
                                {"--chunking", "--chunk-size", "7"},
                                {"--chunking", "--chunk-size", "1000", "--no-pipelining"},
                                {"--chunking", "--chunk-size", "100000"}};

/// What is stored of a message, whichever way it went.
void expect_stored(std::string const& octets, std::string const& stored) {
  folder const dir;
  std::string const file = write_file(dir / "mail", octets);
  for (strings const& way : ways) {
    if (octets.size() > 10'000 && way == octet_by_octet) continue;  // too slow
    std::string const box = dir / "box";
    listening server{{"--maildir", box, "--profile", "strict"}};
    result const r = send_to(server.port, from_a_to_b + way + strings{file});
    EXPECT_EQ(r.status, 0) << r.error;
    EXPECT_TRUE(r.out.starts_with(file + b_has_it)) << r.out;
    EXPECT_EQ(r.error, "");
    strings const files = stored_in(box);
    ASSERT_EQ(files.size(), 1U);
    EXPECT_EQ(files[0] == envelope_to_b + stored, true) << (way.empty() ? "" : way.back());
    std::filesystem::remove_all(box);
  }
}

TEST(send, delivers_octet_for_octet) {
  expect_stored("", "");
  expect_stored(".\r\n..\r\n.a\r\n\r\n.", ".\r\n..\r\n.a\r\n\r\n.\r\n");
  std::string large;
  for (int i = 0; large.size() < 200'000; ++i) large += (i % 7 == 0 ? ".line " : "line ") + std::to_string(i) + "\r\n";
  expect_stored(large, large);
}

TEST(send, gives_lines_the_end_that_they_need) {
  expect_stored("a\n.\n\n\rb\r\r\nc\r", "a\r\n.\r\n\r\n b \r\nc \r\n");
  std::string lines;
  for (int i = 0; i != 30'000; ++i) lines += "x\n";
  std::string stored;
  for (int i = 0; i != 30'000; ++i) stored += "x\r\n";
  expect_stored(lines, stored);
}

TEST(send, sends_several_messages_on_one_connection) {
  folder const dir;
  listening server{{"--maildir", dir / "box", "--once"}};
  std::string const one = write_file(dir / "one", "1\r\n");
  std::string const two = write_file(dir / "two", "2\n");
  result const r = send_to(server.port, from_a_to_b + strings{one, "-", two}, "standard input\n");
  EXPECT_EQ(r.status, 0) << r.error;
  EXPECT_EQ(count(b_has_it, r.out), 3U) << r.out;
  EXPECT_EQ(server.finish().status, 0);
  strings stored = stored_in(dir / "box");
  std::sort(stored.begin(), stored.end());
  EXPECT_EQ(stored, (strings{envelope_to_b + "1\r\n", envelope_to_b + "2\r\n", envelope_to_b + "standard input\r\n"}));
}

TEST(send, tells_what_became_of_each_recipient) {
  folder const dir;
  std::string const file = write_file(dir / "mail", "hello\r\n");
  listening server{{"--maildir", dir / "box", "--refuse", "later@mx.example.org=450 4.2.1 come back later", "--refuse",
                    "no@mx.example.org=550 5.1.1 nobody"}};
  strings const to_three = from_a_to_b + strings{"--rcpt", "no@mx.example.org", "--rcpt", "later@mx.example.org"};
  result r = send_to(server.port, to_three + strings{file});
  EXPECT_EQ(r.status, 75);
  EXPECT_TRUE(r.out.starts_with(file + b_has_it)) << r.out;
  EXPECT_TRUE(r.out.ends_with("\n" + file + ": no@mx.example.org: refused for good: 550 5.1.1 nobody\n" + file +
                              ": later@mx.example.org: refused for now: 450 4.2.1 come back later\n"))
      << r.out;
  r = send_to(server.port, from_a_to_b + strings{"--rcpt", "no@mx.example.org", file});
  EXPECT_EQ(r.status, 69) << r.out;
  r = send_to(server.port, from_a_to_b + strings{"--rcpt", "two words", file});
  EXPECT_EQ(r.status, 69);
  EXPECT_TRUE(r.out.starts_with(file + ": two words: malformed: ")) << r.out;
  EXPECT_NE(r.out.find(b_has_it), std::string::npos) << r.out;
  for (std::string const null : {"", "<>"})
    EXPECT_EQ(send_to(server.port, {"--from", null, "--rcpt", "b@mx.example.org", file}).status, 0);
  r = send_to(server.port, {"--from", "a b", "--rcpt", "b@mx.example.org", file});
  EXPECT_EQ(r.status, 69);
  EXPECT_NE(r.out.find(": not tried: not a reverse-path"), std::string::npos) << r.out;
}

TEST(send, asks_for_each_recipient_in_lmtp) {
  folder const dir;
  std::string const file = write_file(dir / "mail", "hello\r\n");
  for (strings const& way : ways) {
    listening server{{"--lmtp", "--maildir", dir / "box", "--refuse", "no@mx.example.org=550 5.1.1 nobody"}};
    result const r =
        send_to(server.port, from_a_to_b + way +
                                 strings{"--lmtp", "--rcpt", "no@mx.example.org", "--rcpt", "c@mx.example.org", file});
    EXPECT_EQ(r.status, 69) << r.error;
    EXPECT_EQ(count(": delivered: 250 2.0.0 stored as ", r.out), 2U) << r.out;
    EXPECT_EQ(count(": refused for good: 550 5.1.1 nobody\n", r.out), 1U) << r.out;
  }
  for (std::string const& one : stored_in(dir / "box"))
    EXPECT_EQ(one, envelope("a@client.test", {"b@mx.example.org", "c@mx.example.org"}) + "hello\r\n");
}

TEST(send, takes_the_rest_of_many_recipients_in_further_transactions) {
  folder const dir;
  listening server{{"--maildir", dir / "box", "--max-recipients", "200", "--once"}};
  strings options{"--from", "a@client.test"};
  for (int i = 0; i != 210; ++i) options = options + strings{"--rcpt", std::to_string(i) + "@mx.example.org"};
  result const r = send_to(server.port, options + strings{write_file(dir / "mail", "hello\n")});
  EXPECT_EQ(r.status, 0) << r.error;
  EXPECT_EQ(count(": delivered: 250 2.0.0 stored as ", r.out), 210U);
  EXPECT_EQ(stored_in(dir / "box").size(), 2U);
}

TEST(send, declares_what_the_message_needs) {
  folder const dir;
  auto const mail_command = [&](std::string const& octets, strings const& options) {
    listening server{{"--transcript"}};
    result const r = send_to(server.port, from_a_to_b + options + strings{write_file(dir / "mail", octets)});
    EXPECT_EQ(r.status, 0) << r.out;
    server.signal(SIGTERM);
    std::string const log = server.finish().error;
    std::size_t const at = log.find("MAIL FROM");
    std::string const mail = log.substr(at, log.find('\n', at) - at);
    std::size_t const rcpt = log.find("RCPT TO:<b@mx.example.org>") + 26;
    return mail + log.substr(rcpt, log.find('\n', rcpt) - rcpt);
  };
  std::string const mail = "MAIL FROM:<a@client.test> SIZE=";
  EXPECT_EQ(mail_command("a: b\n\nc", {}), mail + "11");
  EXPECT_EQ(mail_command("a: b\n\n\xC3\xA4\n", {}), mail + "12 BODY=8BITMIME");
  EXPECT_EQ(mail_command("a: \xC3\xA4\r\n\r\nc\r\n", {}), mail + "12 BODY=8BITMIME SMTPUTF8");
  EXPECT_EQ(mail_command("a: \xE4\r\n\r\nc\r\n", {}), mail + "11 BODY=8BITMIME");  // not UTF-8
  EXPECT_EQ(mail_command("a: b\n\nc\n", {"--rcpt", "\xC3\xA4@mx.example.org"}), mail + "11 SMTPUTF8");
  EXPECT_EQ(mail_command("\n", {"--dsn-notify", "success,delay", "--dsn-ret", "headers", "--dsn-envid", "a=b c"}),
            mail + "2 RET=HDRS ENVID=a+3Db+20c NOTIFY=SUCCESS,DELAY");
}

TEST(send, logs_in_and_keeps_the_secret) {
  folder const dir;
  std::string const file = write_file(dir / "mail", "Subject: x\n\nthe text\n");
  std::string const password = write_file(dir / "password", "s3cret\n");
  listening server{{"--user", "ann:s3cret", "--allow-plaintext-auth"}};
  strings const elsewhere{"--from", "a@client.test", "--rcpt", "x@other.example", "--tls", "never", "--user", "ann"};
  strings const login =
      elsewhere + strings{"--allow-plaintext-auth", "--transcript", "--auth", "PLAIN", "--password-file"};
  result r = send_to(server.port, login + strings{password, file});
  EXPECT_EQ(r.status, 0) << r.out;
  EXPECT_NE(r.error.find("C: AUTH PLAIN <secret>\nS: 235 2.7.0 "), std::string::npos) << r.error;
  EXPECT_NE(r.error.find("S: 354 end data with <CR><LF>.<CR><LF>\nC: <24 octets of message>\nC: .\nS: 250 2.0.0 "),
            std::string::npos)
      << r.error;
  for (std::string_view const secret : {"AGFubgBzM2NyZXQ=", "s3cret", "the text"})
    EXPECT_EQ(r.error.find(secret), std::string::npos) << r.error;
  r = send_to(server.port, login + strings{write_file(dir / "wrong", "guess\r\n"), file});
  EXPECT_EQ(r.status, 69);
  EXPECT_NE(r.out.find(": not tried: authentication failed: 535 5.7.8 "), std::string::npos) << r.out;
  EXPECT_EQ(send_to(server.port, elsewhere + strings{"--password-file", password, file}).status, 64);
}

TEST(send, speaks_on_standard_streams) {
  folder const dir;
  std::string large;
  for (int i = 0; large.size() < 300'000; ++i) large += "line " + std::to_string(i) + "\r\n";
  std::string const file = write_file(dir / "mail", large);
  for (strings const& way : ways) {
    if (way == octet_by_octet) continue;
    std::filesystem::remove_all(dir / "box");
    process server{command({"--stdio", "--maildir", dir / "box"})};
    process client{send_command(strings{"--stdio", "--tls", "never"} + from_a_to_b + way + strings{file})};
    connect(client, server);
    result const r = client.finish();
    EXPECT_EQ(r.status, 0);
    EXPECT_TRUE(r.error.starts_with(file + b_has_it)) << r.error;
    EXPECT_EQ(server.finish().status, 0);
    EXPECT_TRUE(stored_in(dir / "box") == strings{envelope_to_b + large});
  }
}

TEST(send, tells_wrong_options) {
  folder const dir;
  std::string const file = write_file(dir / "mail", "hello\n");
  std::string const secret = write_file(dir / "password", "s3cret\n");
  strings const good = to_port(25) + from_a_to_b + strings{file};
  for (strings const& wrong : {strings{},
                               {"--to"},
                               {"--to", "x:25"},
                               from_a_to_b + strings{file},
                               to_port(25) + from_a_to_b,
                               to_port(25) + strings{"--from", "a@b", file},
                               to_port(25) + strings{"--rcpt", "a@b", file},
                               good + strings{"--stdio"},
                               good + strings{"--no-such-option"},
                               good + strings{"-v"},
                               good + strings{"--to", "host"},
                               good + strings{"--to", ":25"},
                               good + strings{"--to", "host:"},
                               good + strings{"--tls", "maybe"},
                               good + strings{"--helo", "two words"},
                               good + strings{"--chunk-size", "0"},
                               good + strings{"--chunk-size", "5x"},
                               good + strings{"--dsn-notify", "never,success"},
                               good + strings{"--dsn-ret", "all"},
                               good + strings{"--user", "ann"},
                               good + strings{"-", "-"},
                               good + strings{"--tls", "never", "--user", "ann", "--password-file", secret},
                               strings{"--stdio", "-"} + from_a_to_b}) {
    result const r = test::run(send_command(wrong));
    EXPECT_EQ(r.status, 64) << (wrong.empty() ? "" : wrong.back());
    EXPECT_TRUE(r.error.starts_with("ehlo-send: ")) << r.error;
    EXPECT_EQ(r.out, "");
  }
  result const help = test::run({EHLO_SEND, "--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_TRUE(help.out.starts_with("usage: ehlo-send ")) << help.out;
}

TEST(send, says_nothing_before_it_knows_that_all_files_can_be_read) {
  folder const dir;
  std::string const file = write_file(dir / "mail", "hello\n");
  played_server const server;
  for (std::string const& wrong : {dir / "missing", dir / "."}) {
    result const r = send_to(server.port, from_a_to_b + strings{file, wrong});
    EXPECT_EQ(r.status, 66);
    EXPECT_TRUE(r.error.starts_with("ehlo-send: " + wrong + ": ")) << r.error;
    EXPECT_EQ(r.out, "");
  }
  EXPECT_EQ(send_to(server.port, from_a_to_b + strings{"--tls", "never", "--user", "ann", "--allow-plaintext-auth",
                                                       "--password-file", dir / "missing", file})
                .status,
            66);
}

TEST(send, finds_nobody_there) {
  folder const dir;
  std::string const file = write_file(dir / "mail", "hello\n");
  std::uint16_t free_port = 0;
  { free_port = played_server{}.port; }
  result const r = send_to(free_port, from_a_to_b + strings{file});
  EXPECT_EQ(r.status, 75);
  EXPECT_EQ(r.out, file + ": b@mx.example.org: not tried: 127.0.0.1:" + std::to_string(free_port) +
                       ": Connection refused (another server of the domain may take it)\n");
}

TEST(blocking_client, delivers) {
  folder const dir;
  listening server{{"--maildir", dir / "box", "--refuse", "no@mx.example.org=550"}};
  std::string const port = std::to_string(server.port);
  result r = test::run({EHLO_BLOCKING_CLIENT, "localhost", port, "a@client.test", "b@mx.example.org"}, "hello\n.\n");
  EXPECT_EQ(r.status, 0);
  EXPECT_TRUE(r.out.starts_with("220 mx.example.org ESMTP\r\n250-")) << r.out;
  EXPECT_EQ(stored_in(dir / "box"), strings{envelope_to_b + "hello\r\n.\r\n"});
  r = test::run({EHLO_BLOCKING_CLIENT, "127.0.0.1", port, "a@client.test", "no@mx.example.org"}, "hello\n.\n");
  EXPECT_EQ(r.status, 75) << r.out;
}

}  // namespace
