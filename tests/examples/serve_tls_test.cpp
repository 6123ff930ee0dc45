// SPDX-License-Identifier: BSL-1.0
// ehlo-serve with a certificate: STARTTLS (RFC 3207), TLS from the first octet (RFC 8314 3), and logins inside of it.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <string_view>
#include <vector>

#include "certificates.hpp"
#include "process.hpp"
#include "serve_process.hpp"
#include "tls_client.hpp"

namespace {

using namespace test;

certificates& files() {
  static certificates made;
  return made;
}

strings starttls(strings more = {}) {
  more.insert(more.end(), {"--starttls", files().host_certificate(), files().host_key_file()});
  return more;
}
strings implicit_tls(strings more = {}) {
  more.insert(more.end(), {"--implicit-tls", files().host_certificate(), files().host_key_file()});
  return more;
}

/// Up to the 220 behind which TLS begins.
void ask_for_tls(descriptor const& c) {
  EXPECT_TRUE(c.read_reply().starts_with("220 "));
  c.write("EHLO c\r\n");
  EXPECT_NE(c.read_reply().find("250-STARTTLS\r\n"), std::string::npos);
  c.write("STARTTLS\r\n");
  EXPECT_EQ(c.read_reply(), "220 2.0.0 ready to start TLS\r\n");
}

// base64 of NUL ann NUL s3cret.
std::string const auth_plain = "AUTH PLAIN AGFubgBzM2NyZXQ=";

std::string mail_with(std::string const& text) {
  return "MAIL FROM:<a@client.test>\r\nRCPT TO:<b@mx.example.org>\r\nDATA\r\n" + text + ".\r\n";
}

TEST(serve_tls, stores_what_comes_behind_starttls) {
  folder const dir;
  for (bool const shown : {false, true}) {
    strings options = starttls({"--maildir", dir / "box"});
    if (shown) options.push_back("--transcript");
    listening server{options};
    descriptor const c = connect_to(server.port);
    ask_for_tls(c);
    tls_client inside{c, files().ca()};
    ASSERT_TRUE(inside.shake_hands());
    std::string const hello = inside.ask("EHLO c");
    EXPECT_TRUE(hello.starts_with("250-mx.example.org\r\n")) << hello;
    EXPECT_EQ(hello.find("STARTTLS"), std::string::npos) << hello;
    inside.write("STARTTLS\r\n" + mail_with("hello\r\n") + "QUIT\r\n");
    EXPECT_TRUE(inside.read_reply().starts_with("503 5.5.1 "));
    std::string const rest = inside.read_all();
    EXPECT_EQ(codes("250 \r\n250 \r\n" + rest), "250 250 354 250 221") << rest;
    EXPECT_TRUE(inside.ended_cleanly());
  }
  EXPECT_EQ(stored_in(dir / "box"), strings(2, envelope("a@client.test", {"b@mx.example.org"}) + "hello\r\n"));
  for (std::string const& one : files_in(dir / "box/new")) {  // RFC 3848, RFC 8314 4.3
    EXPECT_NE(one.find(" with ESMTPS"), std::string::npos) << one;
    EXPECT_NE(one.find("tls TLS_AES_"), std::string::npos) << one;
  }
}

TEST(serve_tls, begins_in_tls_when_told_to) {
  folder const dir;
  listening server{implicit_tls({"--maildir", dir / "box"})};
  descriptor const c = connect_to(server.port);
  tls_client inside{c, files().ca()};
  ASSERT_TRUE(inside.shake_hands());
  inside.write("EHLO c\r\n" + mail_with("hello\r\n") + "QUIT\r\n");
  std::string const out = inside.read_all();
  EXPECT_TRUE(out.starts_with("220 mx.example.org ESMTP\r\n250-mx.example.org\r\n")) << out;
  EXPECT_EQ(out.find("STARTTLS"), std::string::npos) << out;
  EXPECT_EQ(codes(out), "250 250 354 250 221") << out;
  EXPECT_TRUE(inside.ended_cleanly());
  EXPECT_EQ(stored_in(dir / "box"), strings{envelope("a@client.test", {"b@mx.example.org"}) + "hello\r\n"});
}

// RFC 3207 4: all but NOOP, EHLO, STARTTLS and QUIT.
TEST(serve_tls, wants_it_first_with_require_tls) {
  listening server{starttls({"--require-tls"})};
  descriptor const c = connect_to(server.port);
  c.write("EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.example.org>\r\nDATA\r\nVRFY b\r\nNOOP\r\n");
  std::string out;
  for (int i = 0; i != 7; ++i) out += c.read_reply();
  EXPECT_EQ(codes(out), "530 530 530 530 250") << out;
  EXPECT_NE(out.find("530 5.7.0 "), std::string::npos) << out;
  c.write("STARTTLS\r\n");
  EXPECT_TRUE(c.read_reply().starts_with("220 "));
  tls_client inside{c, files().ca()};
  ASSERT_TRUE(inside.shake_hands());
  EXPECT_TRUE(inside.ask("EHLO c").starts_with("250-"));
  EXPECT_TRUE(inside.ask("MAIL FROM:<>").starts_with("250 "));
}

TEST(serve_tls, lets_users_in_only_inside) {
  strings const login = starttls({"--user", "ann:s3cret"});
  listening server{login};
  descriptor const c = connect_to(server.port);
  EXPECT_TRUE(c.read_reply().starts_with("220 "));
  c.write("EHLO c\r\n");
  EXPECT_EQ(c.read_reply().find("AUTH"), std::string::npos);
  c.write(auth_plain + "\r\n");
  EXPECT_TRUE(c.read_reply().starts_with("5"));
  c.write("STARTTLS\r\n");
  EXPECT_TRUE(c.read_reply().starts_with("220 "));
  tls_client inside{c, files().ca()};
  ASSERT_TRUE(inside.shake_hands());
  EXPECT_NE(inside.ask("EHLO c").find("250-AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 "
                                      "SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN\r\n"),
            std::string::npos);
  EXPECT_TRUE(inside.ask("MAIL FROM:<a@b>").starts_with("250 "));
  EXPECT_TRUE(inside.ask("RCPT TO:<x@other.example>").starts_with("530 5.7.0 "));
  EXPECT_TRUE(inside.ask("RSET").starts_with("250 "));
  EXPECT_TRUE(inside.ask("AUTH PLAIN AGFubgB3cm9uZw==").starts_with("535 5.7.8 "));
  EXPECT_TRUE(inside.ask("AUTH LOGIN").starts_with("334 "));
  EXPECT_TRUE(inside.ask("YW5u").starts_with("334 "));
  EXPECT_TRUE(inside.ask("czNjcmV0").starts_with("235 2.7.0 "));
  EXPECT_TRUE(inside.ask("MAIL FROM:<a@b>").starts_with("250 "));
  EXPECT_TRUE(inside.ask("RCPT TO:<x@other.example>").starts_with("250 "));
}

TEST(serve_tls, lets_users_in_outside_only_if_that_is_allowed) {
  listening server{starttls({"--user", "ann:s3cret", "--allow-plaintext-auth"})};
  descriptor const c = connect_to(server.port);
  c.write("EHLO c\r\n" + auth_plain + "\r\nQUIT\r\n");
  std::string const out = c.read_all();
  EXPECT_EQ(codes(out), "235 221") << out;
}

// RFC 3207 5: what somebody puts behind STARTTLS on the way must not count as said inside (CVE-2011-0411).
TEST(serve_tls, forgets_what_came_in_clear_text_behind_starttls) {
  folder const dir;
  for (bool const shown : {false, true}) {
    strings options = starttls({"--maildir", dir / "box", "--user", "ann:s3cret"});
    if (shown) options.push_back("--transcript");
    for (std::string const& injected :
         {"EHLO injected\r\n" + mail_with("injected\r\n"), std::string{"NOOP\r\nMAIL FROM:<injected@b>"},
          "EHLO injected\r\n" + auth_plain + "\r\n", std::string{"STARTTLS\r\n"}, std::string(1000, '\x16')}) {
      listening server{options};
      descriptor const c = connect_to(server.port);
      EXPECT_TRUE(c.read_reply().starts_with("220 "));
      c.write("EHLO c\r\nSTARTTLS\r\n" + injected);
      EXPECT_TRUE(c.read_reply().starts_with("250-"));
      EXPECT_TRUE(c.read_reply().starts_with("220 "));
      tls_client inside{c, files().ca()};
      ASSERT_TRUE(inside.shake_hands());
      EXPECT_TRUE(inside.ask("MAIL FROM:<c@d>").starts_with("503 "));  // and so for EHLO
      EXPECT_TRUE(inside.ask("EHLO c").starts_with("250-mx.example.org"));
      EXPECT_TRUE(inside.ask("MAIL FROM:<c@d>").starts_with("250 "));
      EXPECT_TRUE(inside.ask("RCPT TO:<x@other.example>").starts_with("530 "));  // not authenticated
      EXPECT_TRUE(inside.ask("QUIT").starts_with("221 "));
      EXPECT_EQ(inside.read_all(), "");
    }
    // More than is read at once, or later than the answer: it spoils the handshake, and that is all it does.
    for (std::string const& injected : {std::string(300'000, 'x'), std::string{}}) {
      listening server{options};
      descriptor const c = connect_to(server.port);
      EXPECT_TRUE(c.read_reply().starts_with("220 "));
      c.write("EHLO c\r\nSTARTTLS\r\n" + injected);
      EXPECT_TRUE(c.read_reply().starts_with("250-"));
      EXPECT_TRUE(c.read_reply().starts_with("220 "));
      c.write("EHLO injected\r\n" + mail_with("injected\r\n"));
      EXPECT_EQ(c.read_all().find("250"), std::string::npos);
    }
  }
  EXPECT_TRUE(stored_in(dir / "box").empty());
}

TEST(serve_tls, ends_only_the_connection_whose_handshake_fails) {
  listening server{starttls()};
  descriptor const good = connect_to(server.port);
  ask_for_tls(good);
  tls_client inside{good, files().ca()};
  ASSERT_TRUE(inside.shake_hands());
  for (std::string const& octets : {std::string{"EHLO c\r\nQUIT\r\n"}, std::string(300'000, '\xFF'), std::string{}}) {
    descriptor const bad = connect_to(server.port);
    ask_for_tls(bad);
    bad.write(octets);
    shutdown(bad.number(), SHUT_WR);
    std::string const out = bad.read_all();
    EXPECT_EQ(out.find("250"), std::string::npos) << out;
    EXPECT_EQ(out.find("421"), std::string::npos) << out;  // it would be neither plaintext nor TLS
  }
  EXPECT_TRUE(inside.ask("EHLO c").starts_with("250-"));
  EXPECT_TRUE(inside.ask("QUIT").starts_with("221 "));
  server.signal(SIGTERM);
  std::string const error = server.finish().error;
  EXPECT_NE(error.find("#2    -- TLS failed: "), std::string::npos) << error;
  EXPECT_NE(error.find("#4    -- TLS failed: the connection ended"), std::string::npos) << error;
}

TEST(serve_tls, says_nothing_in_clear_text_where_tls_was_to_begin) {
  listening server{implicit_tls()};
  descriptor const c = connect_to(server.port);
  c.write("EHLO c\r\nQUIT\r\n");
  std::string const out = c.read_all();
  EXPECT_EQ(out.find("220"), std::string::npos) << out;
  descriptor const other = connect_to(server.port);
  tls_client next{other, files().ca()};
  ASSERT_TRUE(next.shake_hands());
  EXPECT_TRUE(next.read_reply().starts_with("220 "));
}

TEST(serve_tls, answers_everything_after_a_half_close) {
  folder const dir;
  listening server{implicit_tls({"--maildir", dir / "box"})};
  for (bool const with_notify : {true, false}) {
    descriptor const c = connect_to(server.port);
    tls_client inside{c, files().ca()};
    ASSERT_TRUE(inside.shake_hands());
    inside.write("EHLO c\r\n" + mail_with("hello\r\n"));
    if (with_notify) inside.close();
    if (!with_notify) shutdown(c.number(), SHUT_WR);
    std::string const out = inside.read_all();
    EXPECT_EQ(codes(out), "250 250 354 250") << out;
    EXPECT_TRUE(inside.ended_cleanly());
  }
}

TEST(serve_tls, carries_a_large_message_and_many_commands) {
  folder const dir;
  listening server{implicit_tls({"--maildir", dir / "box", "--max-recipients", "100000"})};
  descriptor const c = connect_to(server.port);
  tls_client inside{c, files().ca()};
  ASSERT_TRUE(inside.shake_hands());
  int const little = 200'000;
  setsockopt(c.number(), SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
  std::string text;
  for (int i = 0; i != 100'000; ++i) text += "line " + std::to_string(i) + "\r\n";
  std::size_t const count = 100'000;  // more replies than the sockets can hold
  std::string flood = "EHLO c\r\nMAIL FROM:<a@b>\r\n";
  for (std::size_t i = 0; i != count; ++i) flood += "RCPT TO:<postmaster>\r\n";
  pid_t const writer = fork();
  if (writer == 0) {  // this process only writes, that one only reads
    inside.write(flood + "RSET\r\n" + mail_with(text) + "QUIT\r\n");
    _exit(0);
  }
  usleep(300'000);
  std::string const out = inside.read_all();
  waitpid(writer, nullptr, 0);
  EXPECT_TRUE(out.ends_with("\r\n221 2.0.0 closing\r\n")) << out.size();
  std::string const list = codes(out);
  EXPECT_EQ(list.size() + 1, 4 * (count + 7));
  EXPECT_TRUE(list.ends_with("250 250 250 354 250 221"));
  EXPECT_TRUE(stored_in(dir / "box") == strings{envelope("a@client.test", {"b@mx.example.org"}) + text});
}

TEST(serve_tls, serves_many_connections_at_once) {
  folder const dir;
  listening server{starttls({"--maildir", dir / "box"})};
  std::vector<descriptor> sockets;
  for (int i = 0; i != 50; ++i) sockets.push_back(connect_to(server.port));
  for (descriptor const& c : sockets) ask_for_tls(c);
  std::vector<tls_client> all;
  for (descriptor const& c : sockets) all.emplace_back(c, files().ca());
  for (tls_client& c : all) ASSERT_TRUE(c.shake_hands());
  for (tls_client& c : all) c.write("EHLO c\r\n" + mail_with("hello\r\n"));
  for (tls_client& c : all) c.write("QUIT\r\n");
  for (tls_client& c : all) {
    std::string const out = "220 \r\n" + c.read_all();
    EXPECT_EQ(codes(out), "250 250 354 250 221") << out;
  }
  EXPECT_EQ(stored_in(dir / "box").size(), 50U);
}

TEST(serve_tls, works_on_standard_input_and_output) {
  process begun{command(starttls({"--stdio"}))};
  EXPECT_TRUE(begun.out.read_reply().starts_with("220 "));
  begun.in.write("EHLO c\r\nSTARTTLS\r\n");
  EXPECT_TRUE(begun.out.read_reply().starts_with("250-"));
  EXPECT_TRUE(begun.out.read_reply().starts_with("220 "));
  tls_client inside{begun.out, begun.in, files().ca()};
  ASSERT_TRUE(inside.shake_hands());
  EXPECT_TRUE(inside.ask("EHLO c").starts_with("250-"));
  EXPECT_TRUE(inside.ask("QUIT").starts_with("221 "));
  EXPECT_EQ(inside.read_all(), "");
  EXPECT_TRUE(inside.ended_cleanly());
  EXPECT_EQ(begun.finish().status, 0);

  process implicit{command(implicit_tls({"--stdio"}))};
  tls_client whole{implicit.out, implicit.in, files().ca()};
  ASSERT_TRUE(whole.shake_hands());
  EXPECT_TRUE(whole.read_reply().starts_with("220 "));
  EXPECT_TRUE(whole.ask("QUIT").starts_with("221 "));
  EXPECT_EQ(whole.read_all(), "");
  EXPECT_EQ(implicit.finish().status, 0);
}

TEST(serve_tls, says_421_inside_and_nothing_in_a_handshake_when_it_is_told_to_stop) {
  listening server{starttls()};
  descriptor const c = connect_to(server.port);
  ask_for_tls(c);
  tls_client inside{c, files().ca()};
  ASSERT_TRUE(inside.shake_hands());
  EXPECT_TRUE(inside.ask("EHLO c").starts_with("250-"));
  descriptor const half = connect_to(server.port);
  ask_for_tls(half);
  half.write("\x16\x03\x01");
  server.signal(SIGTERM);
  EXPECT_TRUE(inside.read_reply().starts_with("421 4.3.2 "));
  EXPECT_EQ(inside.read_all(), "");
  EXPECT_TRUE(inside.ended_cleanly());
  EXPECT_EQ(half.read_all(), "");
  EXPECT_EQ(server.finish().status, 0);
}

TEST(serve_tls, does_not_wait_for_a_handshake_when_it_is_told_to_stop) {
  listening server{implicit_tls()};
  descriptor const c = connect_to(server.port);
  c.write("\x16");
  usleep(50'000);
  server.signal(SIGTERM);
  EXPECT_EQ(c.read_all(), "");
  EXPECT_EQ(server.finish().status, 0);
}

TEST(serve_tls, lets_the_last_reply_arrive_when_more_was_sent) {
  listening server{implicit_tls()};
  for (int i = 0; i != 10; ++i) {
    descriptor const c = connect_to(server.port);
    tls_client inside{c, files().ca()};
    ASSERT_TRUE(inside.shake_hands());
    inside.write("QUIT\r\n" + std::string(200'000, 'x'));
    EXPECT_TRUE(inside.read_all().ends_with("221 2.0.0 closing\r\n"));
    EXPECT_TRUE(inside.ended_cleanly());
  }
}

TEST(serve_tls, says_at_the_start_what_is_wrong_with_the_files) {
  auto const& f = files();
  struct wrong {
    std::string certificate, key, named;
  };
  for (wrong const& w : {wrong{f.missing_file(), f.host_key_file(), f.missing_file() + ": No such file"},
                         wrong{f.host_certificate(), f.missing_file(), f.missing_file() + ": No such file"},
                         wrong{f.host_certificate(), f.other_key_file(), f.other_key_file() + ": "},
                         wrong{f.host_certificate(), f.locked_key_file(), f.locked_key_file() + ": "},
                         wrong{f.host_key_file(), f.host_key_file(), f.host_key_file() + ": "}})
    for (char const* const option : {"--starttls", "--implicit-tls"}) {
      result const r = session({option, w.certificate, w.key}, short_mail);
      EXPECT_EQ(r.status, 1) << r.error;
      EXPECT_EQ(r.out, "");
      EXPECT_TRUE(r.error.starts_with("ehlo-serve: " + w.named)) << r.error;
      EXPECT_EQ(std::count(r.error.begin(), r.error.end(), '\n'), 1) << r.error;
    }
}

TEST(serve_tls, says_which_options_are_wrong) {
  struct wrong {
    strings options;
    std::string_view named;
  };
  for (wrong const& w : std::vector<wrong>{
           {{"--starttls", "cert"}, "--starttls"},
           {{"--implicit-tls"}, "--implicit-tls"},
           {starttls(implicit_tls()), "--starttls"},
           {{"--require-tls"}, "--require-tls"},
           {{"--user", "a:b"}, "--user"},
           {starttls({"--allow-plaintext-auth"}), "--allow-plaintext-auth"},
           {starttls({"--user", "a:b", "--require-tls", "--allow-plaintext-auth"}), "--allow-plaintext-auth"},
           {implicit_tls({"--user", "a:b", "--allow-plaintext-auth"}), "--allow-plaintext-auth"}}) {
    strings options{"--stdio"};
    options.insert(options.end(), w.options.begin(), w.options.end());
    result const r = run(command(options), "QUIT\r\n");
    EXPECT_EQ(r.status, 2) << r.error;
    EXPECT_EQ(r.out, "") << r.error;
    EXPECT_NE(r.error.find(w.named), std::string::npos) << r.error;
  }
}

}  // namespace
