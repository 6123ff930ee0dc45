// SPDX-License-Identifier: BSL-1.0
// ehlo-send and ehlo-serve log in to each other: by each mechanism, by the strongest that is permitted, and not at all.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "certificates.hpp"
#include "played_server.hpp"
#include "process.hpp"
#include "send_process.hpp"
#include "serve_process.hpp"

namespace {

using namespace test;

class login : public testing::Test {
 protected:
  static certificates& files() {
    static certificates made;
    return made;
  }
  strings const with_tls{"--starttls", files().host_certificate(), files().host_key_file(), "--require-tls"};
  strings const users{"--user", "ann:s3cret", "--token", "ann:t0ken", "--user", "ben:g\xC3\xA4nseblume"};

  folder dir;
  std::string const mail = write_file(dir / "mail", "Subject: x\n\nthe text\n");
  strings const ann{"--user", "ann", "--password-file", write_file(dir / "password", "s3cret\n")};
  strings const wrong{"--user", "ann", "--password-file", write_file(dir / "wrong", "guess\n")};
  strings const by_token{"--user", "ann", "--token-file", write_file(dir / "token", "t0ken\n")};

  result send(std::uint16_t port, strings const& options) const {
    strings const always{"--ca", files().ca(), "--transcript", "--quiet"};
    return send_to(port, from_a_to_b + always + options + strings{mail});
  }
  void expect_by(std::string const& mechanism, result const& r) const {
    EXPECT_EQ(r.status, 0) << r.error;
    EXPECT_NE(r.error.find("\nC: AUTH " + mechanism), std::string::npos) << mechanism << "\n" << r.error;
    EXPECT_NE(r.error.find("\nS: 235 2.7.0 authenticated\n"), std::string::npos) << r.error;
    for (std::string_view const secret : {"s3cret", "t0ken", "czNjcmV0"})
      EXPECT_EQ(r.error.find(secret), std::string::npos) << r.error;
  }
  void expect_nothing_said(std::string const& why, result const& r) const {
    EXPECT_EQ(r.status, 69) << r.error;
    EXPECT_NE(r.out.find(": not tried: " + why), std::string::npos) << r.out;
    EXPECT_EQ(r.error.find("C: MAIL"), std::string::npos) << r.error;
  }
};

TEST_F(login, goes_by_each_mechanism) {
  listening server{with_tls + users};
  for (std::string const mechanism :
       {"SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN"}) {
    expect_by(mechanism, send(server.port, ann + strings{"--auth", mechanism}));
    result const r = send(server.port, wrong + strings{"--auth", mechanism});
    expect_nothing_said("authentication failed: 535 5.7.8 ", r);
  }
  for (std::string const mechanism : {"OAUTHBEARER", "XOAUTH2"}) {
    expect_by(mechanism, send(server.port, by_token + strings{"--auth", mechanism}));
    strings const guess{"--user", "ann", "--token-file", dir / "wrong", "--auth", mechanism};
    result const r = send(server.port, guess);
    expect_nothing_said("authentication failed: 535 5.7.8 name or secret wrong; the server refuses the token", r);
  }
}

TEST_F(login, goes_by_the_strongest_that_there_is) {
  listening server{with_tls + users};
  expect_by("SCRAM-SHA-256-PLUS", send(server.port, ann));
  expect_by("OAUTHBEARER", send(server.port, by_token));
  expect_by("CRAM-MD5", send(server.port, ann + strings{"--auth", "CRAM-MD5,PLAIN"}));
  expect_by("PLAIN", send(server.port, ann + strings{"--auth", "PLAIN,SCRAM-SHA-256"}));
}

TEST_F(login, takes_names_and_passwords_in_utf8) {
  listening server{with_tls + users};
  std::string const password = write_file(dir / "utf8", "g\xC3\xA4nseblume\n");
  expect_by("SCRAM-SHA-256-PLUS", send(server.port, {"--user", "ben", "--password-file", password}));
}

TEST_F(login, refuses_an_unknown_user_as_it_does_a_wrong_password) {
  listening server{with_tls + users};
  for (std::string const mechanism : {"SCRAM-SHA-256-PLUS", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN"}) {
    strings const nobody{"--user", "nobody", "--password-file", dir / "password", "--auth", mechanism};
    EXPECT_EQ(count("S: 334", send(server.port, nobody).error),
              count("S: 334", send(server.port, wrong + strings{"--auth", mechanism}).error));
    expect_nothing_said("authentication failed: 535 5.7.8 name or ", send(server.port, nobody));
  }
}

TEST_F(login, does_not_go_below_the_minimum) {
  listening strong{with_tls + users};
  expect_by("SCRAM-SHA-256-PLUS", send(strong.port, ann + strings{"--auth-minimum", "channel-bound"}));
  expect_by("SCRAM-SHA-256 ",
            send(strong.port, ann + strings{"--auth-minimum", "mutual", "--auth", "SCRAM-SHA-256,PLAIN"}));
  listening weak{with_tls + strings{"--token", "ann:t0ken"}};
  expect_nothing_said("no way to authenticate that the options allow",
                      send(weak.port, by_token + ann + strings{"--auth-minimum", "challenge"}));
  result const r = send(strong.port, ann + strings{"--auth-minimum", "channel-bound", "--auth", "PLAIN,CRAM-MD5"});
  EXPECT_EQ(r.status, 64);
  EXPECT_NE(r.error.find("no mechanism is left that --auth and --auth-minimum permit"), std::string::npos) << r.error;
}

TEST_F(login, is_only_to_act_as_oneself) {
  listening server{with_tls + users};
  for (std::string const mechanism : {"PLAIN", "SCRAM-SHA-256"}) {
    strings const options = ann + strings{"--auth", mechanism, "--act-as"};
    expect_by(mechanism, send(server.port, options + strings{"ann"}));
    expect_nothing_said("authentication failed: 535 5.7.8 ", send(server.port, options + strings{"ben"}));
  }
}

TEST_F(login, in_clear_text_says_no_password_unless_it_must) {
  listening server{users + strings{"--allow-plaintext-auth"}};
  strings const clear = ann + strings{"--tls", "never", "--allow-plaintext-auth"};
  expect_by("SCRAM-SHA-256 ", send(server.port, clear));
  EXPECT_EQ(send(server.port, ann + strings{"--tls", "never"}).status, 64);
}

TEST_F(login, is_none_where_the_server_has_proved_nothing) {
  for (std::string const mechanism : {"SCRAM-SHA-256", "SCRAM-SHA-1"}) {
    played_server const server;
    process p{send_command(to_port(server.port) + from_a_to_b + ann +
                           strings{"--tls", "never", "--allow-plaintext-auth", "--quiet", mail})};
    descriptor const d = server.greet({"AUTH PLAIN LOGIN " + mechanism});
    EXPECT_TRUE(d.read_line().starts_with("AUTH " + mechanism + " biws"));
    d.write("235 2.7.0 welcome\r\n");
    server.hear(d, "QUIT\r\n", "221 bye\r\n");
    result const r = p.finish();
    EXPECT_EQ(r.status, 69);
    EXPECT_NE(r.out.find(": not tried: authentication failed: 235 2.7.0 welcome\n"), std::string::npos) << r.out;
  }
}

TEST_F(login, needs_options_that_fit) {
  strings const to{"--to", "127.0.0.1:1", "--from", "", "--rcpt", "b@c"};
  for (strings const& bad : {strings{"--user", "ann"},
                             {"--token-file", dir / "password"},
                             ann + strings{"--auth", "MD5"},
                             ann + strings{"--auth", ""},
                             ann + strings{"--auth-minimum", "strong"}})
    EXPECT_EQ(test::run(send_command(to + bad + strings{mail})).status, 64) << bad.back();
  EXPECT_EQ(test::run(send_command(to + strings{"--user", "ann", "--token-file", dir / "none", mail})).status, 66);
  EXPECT_EQ(test::run(send_command(to + strings{"--client-certificate", dir / "none", mail})).status, 66);
  EXPECT_EQ(session({"--token", "ann", "--allow-plaintext-auth"}, "").status, 2);
  EXPECT_EQ(session({"--token", "ann:t"}, "").status, 2);
}

}  // namespace
