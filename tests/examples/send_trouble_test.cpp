// SPDX-License-Identifier: BSL-1.0
// ehlo-send with servers that end too early, refuse, say what they must not, or lack what the message needs.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "process.hpp"
#include "send_process.hpp"

namespace {

using namespace test;

class trouble : public testing::Test {
 protected:
  /// The program with a message of one line, or these files.
  process start(strings const& options = {}, strings const& files = {}) {
    return process{
        send_command(to_port(server.port) + from_a_to_b + options + (files.empty() ? strings{mail} : files))};
  }
  std::string line(std::string_view about) const { return mail + ": b@mx.example.org: " + std::string{about} + "\n"; }
  static void hear(descriptor const& d, std::string_view command, std::string_view answer) {
    played_server::hear(d, command, answer);
  }
  /// One whole message.
  static void take(descriptor const& d) {
    played_server::take_envelope(d);
    played_server::take_text(d);
    d.write("250 2.0.0 taken\r\n");
  }

  folder dir;
  std::string mail = write_file(dir / "mail", "hello\n");
  played_server server;
};

TEST_F(trouble, end_before_the_greeting) {
  process p = start();
  server.accept().close();
  result const r = p.finish();
  EXPECT_EQ(r.status, 75);
  EXPECT_EQ(r.out, line("not tried: connection ended (another server of the domain may take it)"));
}

TEST_F(trouble, refusal_by_the_greeting) {
  process p = start();
  descriptor const d = server.accept();
  d.write("554-go\r\n554 away\r\n");
  hear(d, "QUIT\r\n", "221 bye\r\n");
  result const r = p.finish();
  EXPECT_EQ(r.status, 75);
  EXPECT_EQ(r.out,
            line("not tried: the server refuses service: 554 go away (another server of the domain may take it)"));
}

TEST_F(trouble, end_within_the_message) {
  process p = start();
  descriptor d = server.greet();
  server.take_envelope(d);
  played_server::hear(d, "hello\r\n");
  d.close();
  result const r = p.finish();
  EXPECT_EQ(r.status, 75);
  // The dot was on its way already.
  EXPECT_EQ(r.out, line("unknown: connection ended; it may have been delivered"));
}

TEST_F(trouble, end_within_a_long_message) {
  std::string const large = write_file(dir / "large", std::string(20'000'000, 'x'));
  process p = start({}, {large});
  descriptor d = server.greet();
  server.take_envelope(d);
  d.write("552 5.3.4 this is too much\r\n");
  (void)d.read_some();
  d.close();
  result const r = p.finish();
  EXPECT_EQ(r.status, 76) << r.out;
  EXPECT_EQ(r.out, large +
                       ": b@mx.example.org: refused for now: a reply that no command asked for: "
                       "552 5.3.4 this is too much\n");
}

TEST_F(trouble, closing_within_a_long_message) {
  std::string const large = write_file(dir / "large", std::string(20'000'000, 'x'));
  process p = start({}, {large});
  descriptor d = server.greet();
  server.take_envelope(d);
  d.write("421 4.3.2 shutting down\r\n");
  d.close();
  result const r = p.finish();
  EXPECT_EQ(r.status, 75) << r.out;
  EXPECT_EQ(r.out, large + ": b@mx.example.org: refused for now: 421 4.3.2 shutting down\n");
}

TEST_F(trouble, closing_decides_for_all_that_are_open) {
  process p = start({"--rcpt", "c@mx.example.org", "--rcpt", "d@mx.example.org", "--rcpt", "e@mx.example.org"});
  descriptor const d = server.greet();
  EXPECT_TRUE(d.read_line().starts_with("MAIL "));
  d.write("250 sender\r\n");
  hear(d, "RCPT TO:<b@mx.example.org>\r\n", "250 2.1.5 yes\r\n");
  hear(d, "RCPT TO:<c@mx.example.org>\r\n", "550 5.1.1 no\r\n");
  hear(d, "RCPT TO:<d@mx.example.org>\r\n", "421 4.3.2 shutting down\r\n");
  result const r = p.finish();
  EXPECT_EQ(r.status, 75);
  EXPECT_EQ(count(": refused for now: 421 4.3.2 shutting down\n", r.out), 3U) << r.out;
  EXPECT_EQ(count(": c@mx.example.org: refused for good: 550 5.1.1 no\n", r.out), 1U) << r.out;
}

TEST_F(trouble, what_is_no_smtp) {
  for (std::string_view const greeting : {"SSH-2.0-OpenSSH_9.2\r\n", "354 go\r\n", "250 hm\r\n"}) {
    process p = start();
    descriptor const d = server.accept();
    d.write(greeting);
    (void)d.read_line();
    result const r = p.finish();
    EXPECT_EQ(r.status, 76) << greeting << r.out;
    EXPECT_TRUE(r.out.starts_with(mail + ": b@mx.example.org: not tried: ")) << r.out;
  }
}

TEST_F(trouble, delivery_without_acceptance) {
  process p = start();
  descriptor const d = server.greet();
  EXPECT_TRUE(d.read_line().starts_with("MAIL "));
  d.write("250 sender\r\n");
  hear(d, "RCPT TO:<b@mx.example.org>\r\n", "250 recipient\r\n");
  hear(d, "DATA\r\n", "250 what an odd server\r\n");
  result const r = p.finish();
  EXPECT_EQ(r.status, 76);
  EXPECT_TRUE(r.out.starts_with(mail + ": b@mx.example.org: refused for now: ")) << r.out;
}

// RFC 5321 3.8: a server may have finished with a connection that worked, and say so in answer to the next MAIL.
TEST_F(trouble, new_connection_for_the_next_message) {
  std::string const next = write_file(dir / "next", "next\n");
  process p = start({}, {mail, next, mail});
  {
    descriptor const d = server.greet();
    take(d);
    EXPECT_TRUE(d.read_line().starts_with("MAIL "));
    d.write("421 4.7.0 enough\r\n");
  }
  {
    descriptor const d = server.greet();
    take(d);
    EXPECT_TRUE(d.read_line().starts_with("MAIL "));
  }  // without a word
  result const r = p.finish();
  EXPECT_EQ(r.status, 75) << r.out;
  EXPECT_EQ(r.out, line("delivered: 250 2.0.0 taken") + next + ": b@mx.example.org: delivered: 250 2.0.0 taken\n" +
                       line("refused for now: connection ended"));
}

TEST_F(trouble, no_new_connection_where_the_last_was_of_no_use) {
  process p = start({}, {mail, mail});
  {
    descriptor const d = server.greet();
    EXPECT_TRUE(d.read_line().starts_with("MAIL "));
    d.write("421 4.7.0 not now\r\n");
  }
  server.accept().write("421 4.7.0 not now either\r\n");
  result const r = p.finish();
  EXPECT_EQ(r.status, 75);
  EXPECT_EQ(r.out, line("refused for now: 421 4.7.0 not now") +
                       line("not tried: the server ends the connection: 421 4.7.0 not now either (another server of "
                            "the domain may take it)"));
}

// RFC 9422 4.1, 4.2.
TEST_F(trouble, limits) {
  process p = start({"--rcpt", "c@mx.example.org"});
  for (std::string const to : {"b", "c"}) {
    descriptor const d = server.greet({"LIMITS MAILMAX=1 RCPTMAX=1"});
    EXPECT_TRUE(d.read_line().starts_with("MAIL "));
    d.write("250 sender\r\n");
    hear(d, "RCPT TO:<" + to + "@mx.example.org>\r\n", "250 recipient\r\n");
    hear(d, "DATA\r\n", "354 go\r\n");
    server.take_text(d);
    d.write("250 2.0.0 taken\r\n");
    hear(d, "QUIT\r\n", "221 bye\r\n");
  }
  result const r = p.finish();
  EXPECT_EQ(r.status, 0) << r.out;
  EXPECT_EQ(count(": delivered: 250 2.0.0 taken\n", r.out), 2U) << r.out;
}

TEST_F(trouble, what_the_server_cannot_take) {
  struct one {
    std::string octets;
    strings keywords;
    std::string why;
  };
  for (one const& c : {one{"a: b\n\n\xC3\xA4\n", {"SIZE"}, "an 8-bit body, and the server does not offer 8BITMIME"},
                       one{"a: \xC3\xA4\n\nb\n", {"8BITMIME"}, "the server does not offer SMTPUTF8"},
                       one{"a: b\n\nlong\n", {"SIZE 10"}, "the server takes no message of this size"}}) {
    process p = start({}, {write_file(dir / "other", c.octets)});
    hear(server.greet(c.keywords), "QUIT\r\n", "221 bye\r\n");
    result const r = p.finish();
    EXPECT_EQ(r.status, 69);
    EXPECT_TRUE(r.out.starts_with(dir / "other" + ": b@mx.example.org: not tried: " + c.why)) << r.out;
  }
}

TEST_F(trouble, no_dsn) {
  process p = start({"--dsn-notify", "success"});
  descriptor const d = server.greet();
  take(d);
  hear(d, "QUIT\r\n", "221 bye\r\n");
  EXPECT_EQ(p.finish().out, line("delivered: 250 2.0.0 taken (the server sends no notices: no DSN)"));
}

TEST_F(trouble, a_file_that_shrinks) {
  std::string const large = write_file(dir / "large", std::string(20'000'000, 'x'));
  process p = start({}, {large});
  descriptor const d = server.greet();
  server.take_envelope(d);
  (void)d.read_some();
  std::filesystem::resize_file(large, 1000);
  std::string const rest = d.read_all();
  EXPECT_FALSE(rest.ends_with("\r\n.\r\n"));
  result const r = p.finish();
  EXPECT_EQ(r.status, 66);
  EXPECT_EQ(r.out, large + ": b@mx.example.org: not tried: the file became shorter while it was read\n");
}

}  // namespace
