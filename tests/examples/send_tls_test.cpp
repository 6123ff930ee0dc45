// SPDX-License-Identifier: BSL-1.0
// ehlo-send with TLS: whom it trusts, where it logs in, and what it does without.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "certificates.hpp"
#include "process.hpp"
#include "send_process.hpp"
#include "serve_process.hpp"

namespace {

using namespace test;

class send_tls : public testing::Test {
 protected:
  static certificates& files() {
    static certificates made;
    return made;
  }
  strings starttls(strings const& more = {}) const {
    return strings{"--starttls", files().host_certificate(), files().host_key_file(), "--maildir", dir / "box"} + more;
  }
  strings implicit_tls() const {
    return {"--implicit-tls", files().host_certificate(), files().host_key_file(), "--maildir", dir / "box"};
  }
  result send(std::uint16_t port, strings const& options) const {
    return send_to(port, from_a_to_b + strings{"--transcript"} + options + strings{mail});
  }
  void expect_delivered(result const& r) const {
    EXPECT_EQ(r.status, 0) << r.error;
    EXPECT_TRUE(r.out.starts_with(mail + b_has_it)) << r.out;
  }
  void expect_not_tried(result const& r, std::string_view why) const {
    EXPECT_EQ(r.status, 75) << r.error;
    EXPECT_TRUE(r.out.starts_with(mail + ": b@mx.example.org: not tried: " + std::string{why})) << r.out;
    EXPECT_EQ(r.error.find("C: MAIL"), std::string::npos) << r.error;
  }

  folder dir;
  std::string text = [] {
    std::string lines;
    for (int i = 0; lines.size() < 300'000; ++i) lines += ".line " + std::to_string(i) + "\r\n";
    return lines;
  }();
  std::string mail = write_file(dir / "mail", text);
};

TEST_F(send_tls, delivers_octet_for_octet) {
  listening server{starttls({"--require-tls"})};
  listening other{implicit_tls()};
  for (strings const& way : {strings{}, {"--chunking"}, {"--chunking", "--chunk-size", "1000"}, {"--no-pipelining"}}) {
    expect_delivered(send(server.port, way + strings{"--tls", "require", "--ca", files().ca()}));
    expect_delivered(send(other.port, way + strings{"--tls", "implicit", "--ca", files().ca()}));
  }
  strings const stored = stored_in(dir / "box");
  EXPECT_EQ(stored.size(), 8U);
  for (std::string const& one : stored) EXPECT_TRUE(one == envelope("a@client.test", {"b@mx.example.org"}) + text);
}

TEST_F(send_tls, verifies_where_it_says_so) {
  listening server{starttls()};
  listening other{implicit_tls()};
  std::string const failed = "the TLS handshake failed: certificate verify failed: ";
  expect_not_tried(send(server.port, {"--tls", "require"}), failed);
  expect_not_tried(send(other.port, {"--tls", "implicit"}), "TLS failed: certificate verify failed: ");
  expect_not_tried(send(server.port, {"--tls", "require", "--ca", files().ca(), "--tls-name", "mx.example.org"}),
                   failed + "hostname mismatch");
  expect_delivered(send(server.port, {"--tls", "require", "--insecure"}));
  expect_delivered(send(other.port, {"--tls", "implicit", "--insecure"}));
  expect_delivered(send(server.port, {"--tls", "require", "--ca", files().ca(), "--tls-name", "localhost"}));
  EXPECT_EQ(send(server.port, {"--tls", "require", "--ca", files().missing_file()}).status, 66);
}

TEST_F(send_tls, is_glad_of_any_certificate_where_none_was_asked_for) {
  listening server{starttls()};
  result const r = send(server.port, {});
  expect_delivered(r);
  EXPECT_NE(r.error.find("S: 220 2.0.0 ready to start TLS\n   -- need_tls\n   -- TLS: TLSv1.3 "), std::string::npos)
      << r.error;
  result const clear = send(server.port, {"--tls", "never"});
  expect_delivered(clear);
  EXPECT_EQ(clear.error.find("C: STARTTLS"), std::string::npos);
}

TEST_F(send_tls, gives_a_password_only_to_its_owner) {
  listening server{starttls({"--user", "ann:s3cret", "--require-tls"})};
  std::string const password = write_file(dir / "password", "s3cret");
  strings const login{"--user", "ann", "--password-file", password, "--rcpt", "x@other.example"};
  result r = send(server.port, login + strings{"--ca", files().ca()});
  expect_delivered(r);
  EXPECT_EQ(count(": delivered: ", r.out), 2U) << r.out;
  EXPECT_NE(r.error.find("C: AUTH SCRAM-SHA-256-PLUS <secret>\nS: 334 "), std::string::npos) << r.error;
  r = send(server.port, login);
  expect_not_tried(r, "the TLS handshake failed: ");
  // Opportunistic TLS goes on without TLS, but not with the password.
  r = send(server.port, login + strings{"--tls", "opportunistic"});
  EXPECT_EQ(r.status, 69);
  EXPECT_EQ(count("no way to authenticate that the options allow", r.out), 2U) << r.out;
  EXPECT_EQ(r.error.find("C: AUTH"), std::string::npos) << r.error;
}

TEST_F(send_tls, is_not_to_be_had) {
  listening server{{}};
  expect_not_tried(send(server.port, {"--tls", "require"}), "TLS is required and cannot be had");
  expect_delivered(send(server.port, {"--tls", "opportunistic"}));
}

TEST_F(send_tls, goes_on_in_clear_text_where_it_was_only_a_wish) {
  for (bool const required : {false, true}) {
    played_server const server;
    process p{send_command(to_port(server.port) + from_a_to_b +
                           strings{"--tls", required ? "require" : "opportunistic", mail})};
    {
      descriptor const d = server.greet({"STARTTLS"});
      server.hear(d, "STARTTLS\r\n", "220 ready\r\n");
      (void)d.read_some();
      d.write("this is no TLS\r\n");
      (void)d.read_some();
    }
    if (!required) {
      descriptor const d = server.greet({"STARTTLS"});
      server.take_envelope(d);
      server.take_text(d);
      d.write("250 2.0.0 taken\r\n");
      server.hear(d, "QUIT\r\n", "221 bye\r\n");
    }
    result const r = p.finish();
    EXPECT_EQ(r.status, required ? 75 : 0) << r.out << r.error;
    EXPECT_EQ(count(required ? "not tried: the TLS handshake failed: " : ": delivered: 250 2.0.0 taken", r.out), 1U)
        << r.out;
  }
}

TEST_F(send_tls, speaks_on_standard_streams) {
  process server{command(starttls({"--stdio", "--require-tls"}))};
  process client{send_command(strings{"--stdio", "--tls", "require", "--tls-name", "localhost", "--ca", files().ca()} +
                              from_a_to_b + strings{mail})};
  connect(client, server);
  result const r = client.finish();
  EXPECT_EQ(r.status, 0);
  EXPECT_TRUE(r.error.starts_with(mail + b_has_it)) << r.error;
  EXPECT_TRUE(stored_in(dir / "box") == strings{envelope("a@client.test", {"b@mx.example.org"}) + text});
  EXPECT_EQ(test::run(send_command(strings{"--stdio", "--tls", "require"} + from_a_to_b + strings{mail})).status, 64);
}

}  // namespace
