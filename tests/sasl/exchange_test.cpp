// SPDX-License-Identifier: BSL-1.0
// Every mechanism, client against server, by its name: as it should be, and with anything on the way changed, cut off,
// left out or said twice.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "digests.hpp"
#include "ehlo/sasl/client.hpp"
#include "ehlo/sasl/server.hpp"
#include "steps.hpp"

namespace {

using namespace sasl_test;
using namespace std::string_view_literals;
using sasl::error, sasl::mechanism, sasl::question, sasl::verdict;

constexpr std::string_view token = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==";

/// A client, a server and the wire between them.
struct exchange {
  explicit exchange(mechanism m) : what{m} {
    if (!includes(info(m).needs, sasl::need::channel)) return;
    who.binding = channels[0];
    terms.channels = channels;
  }

  mechanism what;
  crypto client_host{.quick = true};
  crypto server_host{.quick = true};
  std::array<sasl::channel_binding, 1> const channels{sasl::channel_binding{sasl::tls_exporter, "of this channel"}};
  sasl::functions const with = client_host.functions();
  sasl::client_credentials who{.user_name = "tim",
                               .password = "tanstaaf",
                               .token = token,
                               .trace = "sirhc",
                               .host = "server.example.com",
                               .port = 587};
  sasl::server_terms terms{.with = server_host.functions(), .hostname = "mx.example.org"};
  sasl::client client;
  sasl::server server;
  std::vector<std::string> messages;  ///< client and server in turn, the client first
  sasl::client_step mine;
  sasl::server_step yours;
  bool initial = true;
  std::size_t first = 0;  ///< the message that was said first

  bool play() {
    return play([](std::size_t, std::string text) { return text; });
  }
  /// Whether both sides are content. `change` is given each message, and its number, on its way.
  template <class F>
  bool play(F const& change) {
    auto const sent = [&](std::string_view octets) {
      return messages.emplace_back(change(messages.size(), std::string{octets}));
    };
    using server_kind = sasl::server_step::kind;
    mine = client.begin(what, who, with);
    if (mine.what == sasl::client_step::kind::failed) return false;
    bool const has_initial = initial && mine.what != sasl::client_step::kind::wait;
    first = has_initial ? 0 : 1;
    if (!has_initial) messages.emplace_back();
    yours = has_initial ? server.begin(name_of(what), sent(mine.octets), terms) : server.begin(name_of(what), terms);
    for (int rounds = 0; rounds != 20; ++rounds) {
      if (yours.what == server_kind::done || yours.what == server_kind::failed) break;
      if (yours.what == server_kind::ask) {
        yours = judge();
        continue;
      }
      mine = client.take(sent(yours.octets));
      if (mine.what == sasl::client_step::kind::failed) return false;
      yours = server.take(sent(mine.octets));
    }
    return yours.what == server_kind::done && mine.what == sasl::client_step::kind::done;
  }

  /// What the server knows of tim.
  sasl::server_step judge() {
    sasl::claim const& c = yours.who;
    bool const himself = c.user_name == "tim" && c.authorization_identity.empty();
    bool yes = false;
    switch (yours.about) {
      case question::none: break;
      case question::password: yes = himself && c.secret == "tanstaaf"; break;
      case question::secret:
      case question::keys: yes = himself; break;
      case question::token:
        yes = (himself || (c.user_name.empty() && c.authorization_identity == "tim")) && c.secret == token &&
              (what == mechanism::xoauth2 || (c.host == "server.example.com" && c.port == "587"));
        break;
      case question::identity: yes = c.authorization_identity.empty(); break;
      case question::anonymous: yes = c.secret == "sirhc"; break;
    }
    sasl::stored_scram_keys keys;
    if (yours.about == question::keys) {
      EXPECT_EQ(make_scram_keys(terms.with, c.digest, "tanstaaf", "a salt of sixteen", 4096, keys), error::ok);
    }
    return server.answer({.what = yes ? verdict::accept : verdict::refuse, .secret = "tanstaaf", .keys = keys.view()});
  }
};

std::vector<mechanism> all_mechanisms() {
  std::vector<mechanism> all;
  for (sasl::mechanism_info const& one : sasl::mechanism_table)
    if (one.what != mechanism::none) all.push_back(one.what);
  return all;
}

class Exchange : public testing::TestWithParam<mechanism> {};
INSTANTIATE_TEST_SUITE_P(Of, Exchange, testing::ValuesIn(all_mechanisms()), [](auto const& one) {
  std::string name{name_of(one.param)};
  for (char& c : name)
    if (c == '-') c = '_';
  return name;
});

TEST_P(Exchange, Succeeds) {
  for (bool const initial : {true, false}) {
    exchange e{GetParam()};
    e.initial = initial;
    EXPECT_TRUE(e.play());
    EXPECT_EQ(e.client.what(), GetParam());
    bool const has_name = GetParam() != mechanism::anonymous && GetParam() != mechanism::external;
    std::string const name{GetParam() == mechanism::oauthbearer ? e.yours.who.authorization_identity
                                                                : e.yours.who.user_name};
    EXPECT_EQ(name, has_name ? "tim" : "");
    EXPECT_EQ(e.yours.who.secret, "");
  }
}

TEST_P(Exchange, BeginsWithTheClientIfTheTableSaysSo) {
  exchange e{GetParam()};
  (void)e.play();
  bool const client_first = info(GetParam()).client_first;
  EXPECT_EQ(client_first, e.client.begin(GetParam(), e.who, e.with).what != sasl::client_step::kind::wait);
}

TEST_P(Exchange, FailsForAWrongSecret) {
  exchange e{GetParam()};
  e.who.password = "tanstaaG";
  e.who.token = "anotherToken";
  e.who.trace = "another";
  e.who.authorization_identity = GetParam() == mechanism::external ? "another" : "";
  EXPECT_FALSE(e.play());
  EXPECT_EQ(e.yours.what, sasl::server_step::kind::failed);
}

TEST_P(Exchange, FailsForAnotherUser) {
  if (GetParam() == mechanism::anonymous || GetParam() == mechanism::external) return;  // has no user
  exchange e{GetParam()};
  e.who.user_name = "tom";
  EXPECT_FALSE(e.play());
}

/// Whether it makes no difference: LOGIN's prompts, the scheme's name in any case (RFC 7628 4).
bool means_the_same(mechanism m, std::size_t number, std::string const& before, std::string const& after) {
  if (m == mechanism::login && number % 2 == 1) return true;
  if (m != mechanism::xoauth2 && m != mechanism::oauthbearer) return false;
  std::size_t const scheme = before.find("Bearer");
  return scheme != before.npos && ehlo::equal_ignoring_case(before, after) &&
         before.substr(0, scheme) == after.substr(0, scheme) && before.substr(scheme + 6) == after.substr(scheme + 6);
}

TEST_P(Exchange, NoOctetOfAnyMessageCanBeChanged) {
  exchange whole{GetParam()};
  ASSERT_TRUE(whole.play());
  for (std::size_t number = whole.first; number != whole.messages.size(); ++number)
    for (std::size_t at = 0; at != whole.messages[number].size(); ++at)
      for (int const bits : {1, 0x20}) {
        auto const change = [&](std::size_t n, std::string text) {
          if (n == number) text[at] = static_cast<char>(text[at] ^ bits);
          return text;
        };
        exchange e{GetParam()};
        std::string const& before = whole.messages[number];
        bool const harmless = means_the_same(GetParam(), number, before, change(number, before));
        EXPECT_EQ(e.play(change), harmless) << number << ": " << shown(change(number, before));
      }
}

TEST_P(Exchange, NoMessageCanBeCutOffOrMadeLonger) {
  exchange whole{GetParam()};
  ASSERT_TRUE(whole.play());
  for (std::size_t number = whole.first; number != whole.messages.size(); ++number) {
    std::string const& text = whole.messages[number];
    for (std::size_t size = 0; size <= text.size() + 1; ++size) {
      auto const change = [&](std::size_t n, std::string m) {
        if (n != number) return m;
        return size > m.size() ? m + 'x' : m.substr(0, size);
      };
      // An empty challenge is none to those who speak first: they say their message again, and the server had it.
      bool const same = size == text.size() || (GetParam() == mechanism::login && number % 2 == 1);
      exchange e{GetParam()};
      EXPECT_EQ(e.play(change), same) << number << ": " << shown(text) << " of " << size;
    }
  }
}

TEST_P(Exchange, NoMessageTakesThePlaceOfAnother) {
  exchange whole{GetParam()};
  ASSERT_TRUE(whole.play());
  for (std::size_t number = whole.first; number != whole.messages.size(); ++number)
    for (std::size_t other = 0; other != whole.messages.size(); ++other) {
      if (whole.messages[number] == whole.messages[other]) continue;
      auto const change = [&](std::size_t n, std::string m) { return n == number ? whole.messages[other] : m; };
      exchange e{GetParam()};
      EXPECT_EQ(e.play(change), GetParam() == mechanism::login && number % 2 == 1) << number << " " << other;
    }
}

TEST_P(Exchange, WhatWasRecordedCannotBePlayedAgain) {
  bool const says_the_secret = sasl::info(GetParam()).gives <= sasl::strength::clear_text;
  if (says_the_secret || GetParam() == mechanism::external) return;  // TLS protects it
  exchange whole{GetParam()};
  ASSERT_TRUE(whole.play());
  exchange replay{GetParam()};
  replay.server_host.nonces_given = 17;  // another nonce
  auto const change = [&](std::size_t n, std::string m) { return n % 2 == 0 ? whole.messages[n] : m; };
  EXPECT_FALSE(replay.play(change));
  EXPECT_EQ(replay.yours.what, sasl::server_step::kind::failed);
}

TEST_P(Exchange, HearsNothingAfterItsEnd) {
  exchange e{GetParam()};
  ASSERT_TRUE(e.play());
  for (std::string_view const text : {""sv, "x"sv}) {
    if (text.empty() && info(GetParam()).client_first && GetParam() < mechanism::cram_md5) continue;  // says it again
    EXPECT_EQ(e.client.take(text).what, GetParam() == mechanism::xoauth2 || GetParam() == mechanism::oauthbearer
                                            ? sasl::client_step::kind::respond
                                        : GetParam() == mechanism::external && text.empty()
                                            ? sasl::client_step::kind::done
                                            : sasl::client_step::kind::failed);
  }
  EXPECT_EQ(said(e.server.take("")), failed(error::order));
  EXPECT_EQ(said(e.server.answer({.what = verdict::accept})), failed(error::order));
  e.client.end();
  e.server.end();
  EXPECT_EQ(said(e.client.take("")), failed(error::order));
  EXPECT_EQ(said(e.server.take("")), failed(error::order));
}

TEST_P(Exchange, CanBeBegunAnewAtAnyTime) {
  exchange e{GetParam()};
  ASSERT_TRUE(e.play());
  for (int i = 0; i != 3; ++i) {
    e.messages.clear();
    (void)e.client.begin(GetParam(), e.who, e.with);
    (void)e.server.begin("plain", "\0tim\0x"sv, e.terms);
    EXPECT_TRUE(e.play());
  }
}

TEST(AnyMechanism, IsFoundByItsNameInAnyCase) {
  exchange e{mechanism::plain};
  EXPECT_EQ(said(e.client.begin("plain", e.who, e.with)), "done \"\\0tim\\0tanstaaf\"");
  EXPECT_EQ(e.client.what(), mechanism::plain);
}

TEST(AnyMechanism, MustExist) {
  exchange e{mechanism::plain};
  for (std::string_view const name : {"", "KERBEROS_V4", "PLAINX", "SCRAM-SHA-512"}) {
    EXPECT_EQ(said(e.client.begin(name, e.who, e.with)), failed(error::mechanism));
    EXPECT_EQ(said(e.client.take("")), failed(error::order));
    EXPECT_EQ(said(e.server.begin(name, e.terms)), failed(error::mechanism));
    EXPECT_EQ(said(e.server.begin(name, "x", e.terms)), failed(error::mechanism));
    EXPECT_EQ(said(e.server.take("")), failed(error::order));
  }
}

TEST(AnyMechanism, HasNothingToSayBeforeItHasBegun) {
  sasl::client c;
  sasl::server s;
  EXPECT_EQ(said(c.take("")), failed(error::order));
  EXPECT_EQ(said(s.take("")), failed(error::order));
  EXPECT_EQ(said(s.answer({})), failed(error::order));
}

}  // namespace
