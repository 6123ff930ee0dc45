// SPDX-License-Identifier: BSL-1.0
// The mechanisms in the engines: how a host joins them, and that a server which has not proved itself is not believed.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

#include "digests.hpp"
#include "ehlo/client.hpp"
#include "ehlo/sasl/client.hpp"
#include "ehlo/sasl/selection.hpp"
#include "ehlo/sasl/server.hpp"
#include "ehlo/server.hpp"

namespace {

using namespace sasl_test;
using ehlo::client_event_type, ehlo::errc, ehlo::event_type;
using sasl::mechanism, sasl::verdict;

// A client that logs in by whatever is offered. This is all that a host needs to write.
struct client_login {
  ehlo::client_core& smtp;
  sasl::client_credentials const& who;
  sasl::functions const& with;
  sasl::client login{};

  void take(ehlo::client_event const& e) {
    if (e.type() == client_event_type::auth) say(login.begin(e.mechanism(), who, with));
    if (e.type() == client_event_type::challenge) say(login.take(e.challenge()));
  }
  void say(sasl::client_step const& s) {
    using enum sasl::client_step::kind;
    switch (s.what) {
      case wait: smtp.respond_later(); break;
      case respond:
        if (smtp.respond(s.octets, ehlo::auth_expects::challenge) != errc::ok) smtp.cancel();
        break;
      case done:
        if (smtp.respond(s.octets) != errc::ok) smtp.cancel();
        break;
      case failed: smtp.cancel(); break;
    }
  }
};

// A server that asks what it knows of its users. PLAIN and LOGIN are the engine's.
struct server_login {
  ehlo::server_core& smtp;
  sasl::server_terms const& terms;
  std::string user{};
  sasl::server login{};

  void take(ehlo::server_event const& e) {
    if (e.type() == event_type::auth && e.has_initial_response())
      say(login.begin(e.mechanism(), e.response(), terms));
    else if (e.type() == event_type::auth)
      say(login.begin(e.mechanism(), terms));
    if (e.type() == event_type::auth_response) say(login.take(e.response()));
    if (e.type() != event_type::credentials) return;
    user = e.user_name();
    e.user_name() == "tim" && e.password() == "tanstaaf" ? smtp.accept() : smtp.reject({535, {5, 7, 8}});
  }
  void say(sasl::server_step const& s) {
    using enum sasl::server_step::kind;
    switch (s.what) {
      case challenge: EXPECT_EQ(smtp.challenge(s.octets), errc::ok); break;
      case ask: judge(s); break;
      case done: user = s.who.user_name.empty() ? s.who.authorization_identity : s.who.user_name, smtp.accept(); break;
      case failed: smtp.reject({info(s.why).code, info(s.why).status}); break;
    }
  }
  void judge(sasl::server_step const& s) {
    sasl::stored_scram_keys keys;
    bool known = s.who.user_name == "tim" || s.who.authorization_identity == "tim";
    if (s.about == sasl::question::token) known = known && s.who.secret.find_first_not_of('t') == s.who.secret.npos;
    if (s.about == sasl::question::keys)
      (void)make_scram_keys(terms.with, s.who.digest, "tanstaaf", "a salt", 4096, keys);
    say(login.answer({.what = known ? verdict::accept : verdict::refuse, .secret = "tanstaaf", .keys = keys.view()}));
  }
};

struct Engines : testing::TestWithParam<std::string_view> {
  std::array<sasl::channel_binding, 1> const channels{sasl::channel_binding{sasl::tls_exporter, "of this channel"}};
  crypto client_host{.quick = true};
  crypto server_host{.quick = true};
  sasl::functions with = client_host.functions();
  sasl::server_terms terms{.with = server_host.functions(), .hostname = "mx.example.org"};
  sasl::client_credentials who{
      .user_name = "tim", .password = "tanstaaf", .token = "tttttt", .authorization_identity = "", .trace = "tim"};
  ehlo::server_options server_options{.hostname = "mx.example.org"};
  ehlo::client_options client_options{.hostname = "client.example"};
  std::string dialogue;
  std::string user;
  errc error = errc::ok;
  bool authenticated = false;

  /// Says everything that is to be said until the client is ready or fails.
  template <class Server = ehlo::server, class Client = ehlo::client>
  void play() {
    ehlo::instant const now{1};
    server_options.offer.add(ehlo::capability::auth);
    Server server{server_options, now, ehlo::tls_facts{}};
    Client client{client_options, now, ehlo::tls_facts{}};
    client_login mine{client, who, with};
    server_login yours{server, terms};
    std::string to_server, to_client;
    for (int rounds = 0; rounds != 200; ++rounds) {
      std::string_view in = to_server;
      ehlo::server_event const s = server.next(in, now);
      to_server.erase(0, to_server.size() - in.size());
      yours.take(s);
      to_client += server.output();
      dialogue += server.output();
      EXPECT_EQ(server.sent(server.output().size()), errc::ok);
      in = to_client;
      ehlo::client_event const c = client.next(in, now);
      to_client.erase(0, to_client.size() - in.size());
      mine.take(c);
      for (std::string_view const piece : client.output()) {
        to_server += piece;
        dialogue += piece;
        EXPECT_EQ(client.sent(piece.size()), errc::ok);
        break;
      }
      if (c.type() == client_event_type::failed) error = c.error();
      if (c.type() == client_event_type::failed || c.type() == client_event_type::ready) break;
    }
    authenticated = client.authenticated();
    user = yours.user;
  }
};

TEST_P(Engines, LogIn) {
  server_options.auth_mechanisms = client_options.mechanisms = GetParam();
  if (GetParam() == "EXTERNAL") who.authorization_identity = "tim";
  if (GetParam().ends_with("-PLUS")) who.binding = channels[0], terms.channels = channels;
  play();
  EXPECT_TRUE(authenticated) << dialogue;
  EXPECT_EQ(user, "tim");
}

TEST_P(Engines, LogInWithoutInitialResponses) {  // RFC 4954 4
  server_options.auth_mechanisms = client_options.mechanisms = GetParam();
  client_options.initial_response = false;
  if (GetParam() == "EXTERNAL") who.authorization_identity = "tim";
  if (GetParam().ends_with("-PLUS")) who.binding = channels[0], terms.channels = channels;
  play();
  EXPECT_TRUE(authenticated) << dialogue;
  EXPECT_NE(dialogue.find("AUTH " + std::string{GetParam()} + "\r\n"), std::string::npos);
}

TEST_P(Engines, DoNotLogInAnotherUser) {
  server_options.auth_mechanisms = client_options.mechanisms = GetParam();
  if (GetParam() == "EXTERNAL") who.authorization_identity = "tom";
  if (GetParam().ends_with("-PLUS")) who.binding = channels[0], terms.channels = channels;
  who.user_name = "tom";
  play();
  EXPECT_FALSE(authenticated);
  EXPECT_EQ(error, errc::peer_auth_failed);
  EXPECT_NE(dialogue.find("\r\n535 5.7.8"), std::string::npos) << dialogue;
}
INSTANTIATE_TEST_SUITE_P(By, Engines,
                         testing::Values("PLAIN", "LOGIN", "EXTERNAL", "XOAUTH2", "OAUTHBEARER", "CRAM-MD5",
                                         "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"));

struct Chosen : Engines {};

TEST_F(Chosen, StrongestThatIsOfferedAndPermitted) {
  sasl::mechanism_names names;
  client_options.mechanisms = sasl::write_permitted({.has_password = true, .has_token = true}, names);
  server_options.auth_mechanisms = "PLAIN LOGIN SCRAM-SHA-1 XOAUTH2 CRAM-MD5";
  play();
  EXPECT_TRUE(authenticated);
  EXPECT_NE(dialogue.find("\r\nAUTH SCRAM-SHA-1 "), std::string::npos) << dialogue;
}

TEST_F(Chosen, NothingBelowTheMinimum) {
  sasl::mechanism_names names;
  client_options.mechanisms =
      sasl::write_permitted({.minimum = sasl::strength::mutual, .has_password = true, .has_token = true}, names);
  server_options.auth_mechanisms = "PLAIN LOGIN CRAM-MD5";
  play();
  EXPECT_FALSE(authenticated);
  EXPECT_EQ(error, errc::peer_auth_unavailable);
  EXPECT_EQ(dialogue.find("AUTH PLAIN "), dialogue.find("AUTH PLAIN LOGIN"));
}

TEST_F(Chosen, WithoutAChannelTheNextOne) {
  sasl::mechanism_names names;
  client_options.mechanisms = sasl::write_permitted({.has_password = true, .has_channel = true}, names);
  server_options.auth_mechanisms = "PLAIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS";
  terms.channels = channels;
  play();  // the TLS has no data after all
  EXPECT_TRUE(authenticated);
  EXPECT_NE(dialogue.find("\r\nAUTH SCRAM-SHA-256 "), std::string::npos) << dialogue;
}

TEST_F(Chosen, LongTokensNeedEnginesWithTheRoom) {
  std::string const token(8000, 't');
  who.token = token;
  server_options.auth_mechanisms = client_options.mechanisms = "OAUTHBEARER";
  play<ehlo::basic_server<12288>, ehlo::basic_client<4096, 12288>>();
  EXPECT_TRUE(authenticated) << dialogue;
  dialogue.clear();
  play();  // the response does not fit: the exchange is cancelled
  EXPECT_FALSE(authenticated);
  EXPECT_EQ(error, errc::peer_auth_failed);
  EXPECT_NE(dialogue.find("AUTH OAUTHBEARER\r\n334 \r\n*\r\n501 "), std::string::npos) << dialogue;
}

/// What a client makes of a server whose replies are these, one after each of its lines.
errc login(sasl::client_credentials const& who, sasl::functions const& with, std::string_view mechanism,
           std::string_view replies) {
  ehlo::instant const now{1};
  ehlo::client_options options{.hostname = "client.example"};
  options.mechanisms = mechanism;
  ehlo::client client{options, now, ehlo::tls_facts{}};
  client_login mine{client, who, with};
  std::string line;
  for (int rounds = 0; rounds != 100; ++rounds) {
    std::string_view in = line;
    ehlo::client_event const e = client.next(in, now);
    line.erase(0, line.size() - in.size());
    mine.take(e);
    if (e.type() == client_event_type::failed || e.type() == client_event_type::closed) return e.error();
    if (e.type() == client_event_type::ready) return client.authenticated() ? errc::ok : errc::peer_auth_failed;
    for (std::string_view const piece : client.output()) {
      EXPECT_EQ(client.sent(piece.size()), errc::ok);
      break;
    }
    if (e.type() != client_event_type::need_input) continue;
    line = std::string{replies.substr(0, replies.find('|'))} + "\r\n";
    replies.remove_prefix(replies.find('|') == replies.npos ? replies.size() : replies.find('|') + 1);
  }
  return errc::shutdown;
}

TEST(LyingServer, IsNotBelievedBeforeItHasProvedItself) {  // RFC 5802 5
  crypto host{.nonces = {"fyko+d2lbbFgONRv9qkxdawL"}};
  sasl::functions const with = host.functions();
  sasl::client_credentials const who{.user_name = "user", .password = "pencil"};
  std::string const hello = "220 mx|250-mx\r\n250 AUTH SCRAM-SHA-1|";
  // RFC 5802 5 in base64.
  std::string const first =
      "334 cj1meWtvK2QybGJiRmdPTlJ2OXFreGRhd0wzcmZjTkhZSlkxWlZ2V1ZzN2oscz1RU1hDUitRNnNlazhiZjkyLGk9NDA5Ng==|";
  std::string const proof = "334 dj1ybUY5cHFWOFM3c3VBb1pXamE0ZEpSa0ZzS1E9|";
  auto const login_with = [&](std::string const& replies) {
    host.nonces_given = 0;
    return login(who, with, "SCRAM-SHA-1", hello + replies);
  };
  EXPECT_EQ(login_with(first + proof + "235 welcome"), errc::ok);
  EXPECT_EQ(login_with("235 welcome"), errc::peer_auth_failed);
  EXPECT_EQ(login_with(first + "235 welcome"), errc::peer_auth_failed);
  EXPECT_EQ(login_with(first + "334 dj1ybUY5cHFWOFM3c3VBb1pXamE0ZEpSa0ZzS1A9|501 cancelled"), errc::peer_auth_failed);
  EXPECT_EQ(login_with(first + "334 |235 welcome"), errc::peer_reply_code);  // to our "*"
}

TEST(LyingServer, IsNotBelievedAfterItsOwnComplaint) {  // RFC 7628 3.2.3
  sasl::functions const none;
  sasl::client_credentials const who{.user_name = "user", .token = "tttttt"};
  std::string const hello = "220 mx|250-mx\r\n250 AUTH OAUTHBEARER XOAUTH2|";
  for (std::string_view const name : {"OAUTHBEARER", "XOAUTH2"}) {
    EXPECT_EQ(login(who, none, name, hello + "235 welcome"), errc::ok);
    EXPECT_EQ(login(who, none, name, hello + "334 e30=|535 no"), errc::peer_auth_failed);
    EXPECT_EQ(login(who, none, name, hello + "334 e30=|235 welcome"), errc::peer_auth_failed);
  }
}

}  // namespace
