// SPDX-License-Identifier: BSL-1.0
// ehlo-send --probe: what it finds, and that it says EHLO, STARTTLS and QUIT and nothing else.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <string>
#include <string_view>

#include "process.hpp"
#include "send_process.hpp"
#include "serve_process.hpp"
#ifdef EHLO_HAS_OPENSSL
#include "certificates.hpp"
#endif

namespace {

using namespace test;

strings probe_command(std::string const& ports, strings const& more = {}) {
  return send_command(strings{"--probe", "127.0.0.1", "--ports", ports} + more);
}
std::string text(std::uint16_t port) { return std::to_string(port); }

TEST(probe, says_EHLO_and_QUIT_and_nothing_else) {
  played_server const server;
  process p{probe_command(text(server.port))};
  descriptor const d = server.greet({"PIPELINING", "SIZE 1000", "AUTH PLAIN LOGIN"});
  server.hear(d, "QUIT\r\n", "221 bye\r\n");
  EXPECT_EQ(d.read_all(), "");
  result const r = p.finish();
  EXPECT_EQ(r.status, 0);
  EXPECT_EQ(r.error, "");
  std::string const port = text(server.port);
  std::string const expected =
      " PORT  SMTP                          TLS       CERTIFICATE               LOGIN\n" + port +
      "  yes                           -         -                         PLAIN LOGIN\n\nport " + port +
      ", 127.0.0.1:" + port +
      "\n"
      "  greeting     220 mx.example.org\n"
      "  in clear     PIPELINING, SIZE 1000, AUTH PLAIN LOGIN, HELP\n"
      "  login        in clear text: PLAIN LOGIN (whoever uses it shows his password to all on the way)\n"
      "  goodbye      221 bye\n"
      "  wrong        starttls_not_offered: The server offers no STARTTLS on this port.\n"
      "\nThe server offers no STARTTLS on this port.\n";
  EXPECT_TRUE(r.out.starts_with(port.size() == 5 ? expected : "")) << r.out;
}

TEST(probe, tells_servers_that_turn_it_away_or_are_none) {
  struct one {
    std::string_view greeting;
    std::string name;
    bool says_quit;
  };
  for (one const& c :
       {one{"554 5.7.1 go away\r\n", "blocked", true}, one{"421 4.7.0 not now\r\n", "blocked_for_now", false},
        one{"521 no mail here\r\n", "takes_no_mail", true}, one{"SSH-2.0-OpenSSH_9.2\r\n", "no_smtp", false},
        one{"", "lost_before_greeting", false}}) {
    played_server const server;
    process p{probe_command(text(server.port))};
    {
      descriptor const d = server.accept();
      d.write(c.greeting);
      if (c.says_quit) server.hear(d, "QUIT\r\n", "221 bye\r\n");
      if (!c.greeting.empty()) {
        EXPECT_EQ(d.read_all(), "") << c.greeting;
      }
    }
    result const r = p.finish();
    EXPECT_EQ(r.status, 75) << r.out;
    EXPECT_NE(r.out.find("  wrong        " + c.name + ": "), std::string::npos) << r.out;
  }
}

TEST(probe, goes_on_with_HELO) {
  played_server const server;
  process p{probe_command(text(server.port))};
  descriptor const d = server.accept();
  d.write("220 mx.example.org\r\n");
  server.hear(d, "EHLO client.test\r\n", "502 what?\r\n");
  server.hear(d, "HELO client.test\r\n", "250 mx.example.org\r\n");
  server.hear(d, "QUIT\r\n", "221 bye\r\n");
  EXPECT_EQ(p.finish().status, 0);
}

TEST(probe, does_not_wait_for_servers_that_are_silent) {
  played_server const silent, mute_on_quit, good;
  std::uint16_t free_port = 0;
  { free_port = played_server{}.port; }
  auto const begun = std::chrono::steady_clock::now();
  process p{
      probe_command(text(silent.port) + "," + text(free_port) + "," + text(mute_on_quit.port) + "," + text(good.port),
                    {"--patience", "1", "--quiet"})};
  descriptor const nothing = silent.accept();
  descriptor const stays = mute_on_quit.greet();
  mute_on_quit.hear(stays, "QUIT\r\n");
  good.hear(good.greet(), "QUIT\r\n", "221 bye\r\n");
  result const r = p.finish();
  EXPECT_EQ(r.status, 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds{10});
  EXPECT_NE(r.out.find("  wrong        no_greeting: "), std::string::npos) << r.out;
  EXPECT_NE(r.out.find("  wrong        connection_refused: "), std::string::npos) << r.out;
  EXPECT_EQ(count("  in clear     HELP\n", r.out), 2U) << r.out;
  EXPECT_EQ(r.out.find("likely:"), std::string::npos) << "it is to be quiet";
  EXPECT_EQ(nothing.read_all(), "");
}

// What a peer says is shown, and does not move the reader's cursor.
TEST(probe, shows_no_controls) {
  played_server const server;
  process p{probe_command(text(server.port))};
  descriptor const d = server.accept();
  d.write("220 a\x1B[2Jb\r\n");
  server.hear(d, "EHLO client.test\r\n", "250-mx\r\n250-X\x07Y\r\n250 AUTH \x1B[1m\r\n");
  server.hear(d, "QUIT\r\n", "221 \x08\r\n");
  result const r = p.finish();
  EXPECT_EQ(r.status, 0);
  for (char const c : r.out) EXPECT_TRUE(c == '\n' || (c >= ' ' && c <= '~')) << r.out;
}

TEST(probe, tells_wrong_options) {
  for (strings const& wrong : {strings{"--probe", ""},
                               {"--probe", "x", "--ports", ""},
                               {"--probe", "x", "--ports", "0"},
                               {"--probe", "x", "--ports", "65536"},
                               {"--probe", "x", "--ports", "25/starttls"},
                               {"--probe", "x", "--ports", "smtp"},
                               {"--probe", "x", "--to", "x:25"},
                               {"--probe", "x", "--rcpt", "a@b"},
                               {"--probe", "x", "--from", ""},
                               {"--probe", "x", "--stdio"},
                               {"--probe", "x", "--helo", "a b"},
                               {"--probe", "x", "mail"}}) {
    result const r = test::run(send_command(wrong));
    EXPECT_EQ(r.status, 64) << wrong.back() << r.error;
  }
}

#ifdef EHLO_HAS_OPENSSL
class probe_tls : public testing::Test {
 protected:
  static certificates& files() {
    static certificates made;
    return made;
  }
};

TEST_F(probe_tls, says_EHLO_STARTTLS_and_QUIT_and_nothing_else) {
  listening server{
      {"--starttls", files().host_certificate(), files().host_key_file(), "--user", "ann:s3cret", "--transcript"}};
  result const r = test::run(probe_command(text(server.port), {"--ca", files().ca()}));
  EXPECT_EQ(r.status, 0);
  server.signal(SIGTERM);
  std::string said;
  std::string const log = server.finish().error;
  for (std::size_t at = 0; (at = log.find("C: ", at)) != std::string::npos; ++at)
    said += log.substr(at + 3, log.find('\n', at) - at - 2);
  EXPECT_EQ(said, "EHLO client.test\nSTARTTLS\nEHLO client.test\nQUIT\n") << log;

  for (std::string const line :
       {"  yes                           TLSv1.3   verified                  SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS ",
        "  TLS          TLSv1.3 TLS_", ", by STARTTLS\n", "  certificate  verified\n",
        "               subject CN=localhost\n", "               issuer CN=an authority\n",
        "               for DNS:localhost, DNS:*.wild.test, IP Address:127.0.0.1\n", " (0 days)\n",
        "  login        inside TLS: SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 "
        "CRAM-MD5 PLAIN LOGIN\n"})
    EXPECT_NE(r.out.find(line), std::string::npos) << line << r.out;
  EXPECT_EQ(r.out.find("wrong"), std::string::npos) << r.out;
}

TEST_F(probe_tls, looks_at_certificates_that_prove_nothing) {
  listening server{{"--implicit-tls", files().host_certificate(), files().host_key_file()}};
  std::string const port = text(server.port) + "/tls";
  struct one {
    strings options;
    std::string name;
  };
  for (one const& c : {one{{"--ca", files().ca(), "--tls-name", "mx.example.org"}, "certificate_wrong_name"},
                       one{{}, "certificate_untrusted"}}) {
    result const r = test::run(probe_command(port, c.options));
    EXPECT_EQ(r.status, 0) << r.out;
    EXPECT_NE(r.out.find("  wrong        " + c.name + ": "), std::string::npos) << r.out;
    EXPECT_NE(r.out.find(", from the start\n"), std::string::npos) << r.out;
    EXPECT_NE(r.out.find("  goodbye      221 "), std::string::npos) << r.out;
  }
}

TEST_F(probe_tls, tells_ports_that_begin_otherwise) {
  played_server const server;
  process p{probe_command(text(server.port) + "/tls")};
  {
    descriptor const d = server.accept();
    d.write("220 mx.example.org\r\n");
    (void)d.read_some();
  }
  result const r = p.finish();
  EXPECT_EQ(r.status, 75);
  EXPECT_NE(r.out.find("  wrong        starttls_expected: "), std::string::npos) << r.out;
}

TEST_F(probe_tls, does_not_wait_for_a_handshake) {
  played_server const server;
  process p{probe_command(text(server.port), {"--patience", "1"})};
  descriptor const d = server.greet({"STARTTLS"});
  server.hear(d, "STARTTLS\r\n", "220 ready\r\n");
  result const r = p.finish();
  EXPECT_EQ(r.status, 0) << "it has said EHLO";
  EXPECT_NE(r.out.find("  wrong        server_silent: "), std::string::npos) << r.out;
}
#endif

}  // namespace
