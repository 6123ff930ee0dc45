// SPDX-License-Identifier: BSL-1.0
// What ehlo-send says that a failure means.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "process.hpp"
#include "send_process.hpp"
#include "serve_process.hpp"
#ifdef EHLO_HAS_OPENSSL
#include "certificates.hpp"
#endif

namespace {

using namespace test;

std::string const blocked = "The server wants no mail from our address.\n";
std::string const greylisted = "The server does not take this mail yet: ";

class meaning : public testing::Test {
 protected:
  process start(strings const& options = {}) {
    return process{send_command(to_port(server.port) + from_a_to_b + options + strings{mail})};
  }
  static void hear(descriptor const& d, std::string_view command, std::string_view answer) {
    played_server::hear(d, command, answer);
  }
  static void hear_mail(descriptor const& d) {
    EXPECT_TRUE(d.read_line().starts_with("MAIL "));
    d.write("250 sender\r\n");
  }

  folder dir;
  std::string mail = write_file(dir / "mail", "hello\n");
  played_server server;
};

TEST_F(meaning, of_a_port_where_nobody_is) {
  std::uint16_t free_port = 0;
  { free_port = played_server{}.port; }
  strings const two = from_a_to_b + strings{"--rcpt", "c@mx.example.org", mail};
  result const r = send_to(free_port, two);
  EXPECT_EQ(r.status, 75);
  EXPECT_EQ(r.error,
            "The machine is there and refuses connections to this port.\n"
            "  likely: no mail server runs there, or not on this port\n"
            "          a firewall in front of it refuses our address\n"
            "          the name leads to another machine than it should\n"
            "  check:  whether other ports answer\n"
            "              ehlo-send --probe 127.0.0.1\n"
            "          where the name leads\n"
            "              dig +short 127.0.0.1 A 127.0.0.1 AAAA\n"
            "  see:    RFC 5321 4.5.4.1\n")
      << "once for both recipients";
  EXPECT_EQ(send_to(free_port, two + strings{"--quiet"}).error, "");
}

TEST_F(meaning, of_a_refusal_in_the_greeting) {
  process p = start();
  descriptor const d = server.accept();
  d.write("554 go away\r\n");
  hear(d, "QUIT\r\n", "221 bye\r\n");
  EXPECT_TRUE(p.finish().error.starts_with(blocked));
}

TEST_F(meaning, of_each_recipient_s_refusal) {
  process p = start({"--rcpt", "c@mx.example.org", "--rcpt", "d@mx.example.org", "--rcpt", "e@other.example"});
  descriptor const d = server.greet();
  hear_mail(d);
  hear(d, "RCPT TO:<b@mx.example.org>\r\n", "451 4.7.1 greylisted\r\n");
  hear(d, "RCPT TO:<c@mx.example.org>\r\n", "450 4.7.1 greylisted, too\r\n");
  hear(d, "RCPT TO:<d@mx.example.org>\r\n", "250 2.1.5 recipient\r\n");
  hear(d, "RCPT TO:<e@other.example>\r\n", "550 5.1.1 nobody\r\n");
  hear(d, "DATA\r\n", "354 go\r\n");
  played_server::take_text(d);
  d.write("250 2.0.0 taken\r\n");
  hear(d, "QUIT\r\n", "221 bye\r\n");
  result const r = p.finish();
  EXPECT_EQ(r.status, 75);
  EXPECT_TRUE(r.error.starts_with(greylisted)) << r.error;
  EXPECT_EQ(count(greylisted, r.error), 1U) << r.error;
  EXPECT_NE(r.error.find("\n\nThe server knows no such mailbox.\n"), std::string::npos) << r.error;
  EXPECT_NE(r.error.find("dig +short MX other.example\n"), std::string::npos) << r.error;
}

TEST_F(meaning, of_losses_by_their_stage) {
  {
    process p = start();
    server.accept().close();
    EXPECT_TRUE(p.finish().error.starts_with("The server took the connection and closed it without a word.\n"));
  }
  {
    process p = start();
    server.greet({"PIPELINING"}).close();  // with MAIL on its way, or answered
    EXPECT_TRUE(p.finish().error.starts_with("The server closed the connection before it had taken sender"));
  }
  {
    process p = start();
    descriptor d = server.greet();
    played_server::take_envelope(d);
    played_server::take_text(d);
    d.close();
    EXPECT_TRUE(p.finish().error.starts_with("The connection was lost after the whole message was sent: "));
  }
}

TEST_F(meaning, of_a_loss_within_a_long_message) {
  write_file(mail, std::string(20'000'000, 'x'));
  process p = start();
  descriptor d = server.greet();
  played_server::take_envelope(d);
  (void)d.read_some();
  d.close();
  result const r = p.finish();
  EXPECT_TRUE(r.error.starts_with("The connection was lost while the message was sent; it was not delivered.\n"))
      << r.error;
}

TEST_F(meaning, of_what_the_message_needs) {
  write_file(mail, "a: b\n\n\xC3\xA4\n");
  process p = start();
  hear(server.greet({"SIZE"}), "QUIT\r\n", "221 bye\r\n");
  EXPECT_TRUE(p.finish().error.starts_with("The message has 8-bit octets, and the server takes only 7-bit text.\n"));
}

TEST_F(meaning, of_a_closing_that_follows_a_success_is_not_told) {
  process p = start();
  descriptor const d = server.greet();
  played_server::take_envelope(d);
  played_server::take_text(d);
  d.write("250 2.0.0 taken\r\n");
  hear(d, "QUIT\r\n", "421 4.3.2 me first\r\n");
  result const r = p.finish();
  EXPECT_EQ(r.status, 0);
  EXPECT_EQ(r.error, "");
}

TEST_F(meaning, of_a_login_that_fails) {
  listening other{{"--user", "ann:s3cret", "--allow-plaintext-auth"}};
  std::string const password = write_file(dir / "password", "guess\n");
  result const r = send_to(other.port, from_a_to_b + strings{"--tls", "never", "--allow-plaintext-auth", "--user",
                                                             "ann", "--password-file", password, mail});
  EXPECT_EQ(r.status, 69);
  EXPECT_TRUE(r.error.starts_with("The server does not accept this name and password.\n")) << r.error;
}

#ifdef EHLO_HAS_OPENSSL
TEST_F(meaning, of_certificates_that_prove_nothing) {
  certificates const files;
  listening starttls{{"--starttls", files.host_certificate(), files.host_key_file()}};
  listening implicit{{"--implicit-tls", files.host_certificate(), files.host_key_file()}};
  for (auto const& [port, how] : {std::pair{starttls.port, "require"}, std::pair{implicit.port, "implicit"}}) {
    strings const options = from_a_to_b + strings{"--tls", how, mail};
    EXPECT_TRUE(send_to(port, options).error.starts_with("Nobody that is trusted here vouches for"));
    EXPECT_TRUE(send_to(port, options + strings{"--ca", files.ca(), "--tls-name", "mx.example.org"})
                    .error.starts_with("The server's certificate is for other names than the one we asked for.\n"));
  }
  result const r = send_to(starttls.port, from_a_to_b + strings{"--tls", "implicit", mail});
  EXPECT_TRUE(r.error.starts_with("The server does not speak TLS from the first octet on this port.\n")) << r.error;
}

TEST_F(meaning, of_a_wish_for_TLS_that_is_not_granted_is_not_told) {
  process p = start({"--tls", "opportunistic"});
  {
    descriptor const d = server.greet({"STARTTLS"});
    hear(d, "STARTTLS\r\n", "220 ready\r\n");
    (void)d.read_some();
    d.write("this is no TLS\r\n");
    (void)d.read_some();
  }
  descriptor const d = server.greet();
  played_server::take_envelope(d);
  played_server::take_text(d);
  d.write("250 2.0.0 taken\r\n");
  hear(d, "QUIT\r\n", "221 bye\r\n");
  result const r = p.finish();
  EXPECT_EQ(r.status, 0);
  EXPECT_EQ(r.error, "");
}
#endif

// A command is there to be pasted: a name that could mean something to a shell is not in it.
TEST_F(meaning, holds_no_name_that_a_shell_would_obey) {
  result const r = test::run(send_command(strings{"--to", "$(reboot).invalid:25"} + from_a_to_b + strings{mail}));
  EXPECT_NE(r.status, 0);
  EXPECT_NE(r.error.find("dig HOST"), std::string::npos) << r.error;
  EXPECT_EQ(r.error.find("reboot"), std::string::npos) << r.error;
}

}  // namespace
