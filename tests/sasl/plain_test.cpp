// SPDX-License-Identifier: BSL-1.0
// PLAIN, LOGIN, EXTERNAL and ANONYMOUS: the mechanisms that compute nothing.
#include "ehlo/sasl/plain.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "ehlo/sasl/anonymous.hpp"
#include "ehlo/sasl/external.hpp"
#include "ehlo/sasl/login.hpp"
#include "steps.hpp"

namespace {

using namespace sasl_test;
using namespace std::string_view_literals;
using sasl::client_credentials, sasl::error, sasl::verdict;

sasl::functions const none{};
sasl::functions const any_utf8{.prepare = sasl::unprepared_utf8};
std::string const longest(255, 'x');
std::string const too_long(256, 'x');

template <class Client>
std::string first_words(client_credentials const& who, sasl::functions const& with = none) {
  return said(Client{who, with}.start());
}

// PLAIN, RFC 4616.

TEST(PlainClient, SaysTheExamplesOfTheRfc) {  // 4
  EXPECT_EQ(first_words<sasl::plain_client>({.user_name = "tim", .password = "tanstaaftanstaaf"}),
            "done \"\\0tim\\0tanstaaftanstaaf\"");
  EXPECT_EQ(first_words<sasl::plain_client>(
                {.user_name = "Kurt", .password = "xipj3plmq", .authorization_identity = "Ursel"}),
            "done \"Ursel\\0Kurt\\0xipj3plmq\"");
}

TEST(PlainClient, SaysTheSameToAnEmptyChallengeOnce) {
  client_credentials const who{.user_name = "tim", .password = "secret"};
  sasl::plain_client c{who, none};
  EXPECT_EQ(said(c.start()), "done \"\\0tim\\0secret\"");
  EXPECT_EQ(said(c.take("")), "done \"\\0tim\\0secret\"");
  for (int i = 0; i != 600; ++i) ASSERT_EQ(said(c.take("")), failed(error::unexpected));
}

TEST(PlainClient, HasNothingToSayToAChallenge) {
  client_credentials const who{.user_name = "tim", .password = "secret"};
  sasl::plain_client c{who, none};
  EXPECT_EQ(said(c.take("more?")), failed(error::unexpected));
  EXPECT_EQ(said(c.take("")), failed(error::unexpected));
  EXPECT_EQ(said(c.start()), failed(error::unexpected));
}

TEST(PlainClient, TakesNamesAndPasswordsOf255Octets) {
  client_credentials const most{.user_name = longest, .password = longest, .authorization_identity = longest};
  sasl::plain_client c{most, none};
  EXPECT_EQ(c.start().octets, longest + '\0' + longest + '\0' + longest);
  EXPECT_EQ(first_words<sasl::plain_client>({.user_name = too_long, .password = "x"}), failed(error::too_long));
  EXPECT_EQ(first_words<sasl::plain_client>({.user_name = "x", .password = too_long}), failed(error::too_long));
  EXPECT_EQ(first_words<sasl::plain_client>({.user_name = "x", .password = "x", .authorization_identity = too_long}),
            failed(error::too_long));
}

TEST(PlainClient, NeedsANameAndAPassword) {
  EXPECT_EQ(first_words<sasl::plain_client>({.user_name = "", .password = "x"}), failed(error::empty));
  EXPECT_EQ(first_words<sasl::plain_client>({.user_name = "x", .password = ""}), failed(error::empty));
}

TEST(Preparation, WithoutOnePrintableAsciiIsAllThereIs) {
  for (std::string_view const bad : {"t\xc3\xb6ni", "a\tb", "a\x7f", "a\nb"})
    EXPECT_EQ(first_words<sasl::plain_client>({.user_name = "tim", .password = bad}), failed(error::unprepared)) << bad;
  EXPECT_EQ(first_words<sasl::plain_client>({.user_name = "a b~", .password = "\"\\!"}), "done \"\\0a b~\\0\"\\!\"");
}

TEST(Preparation, IsTheHosts) {
  sasl::functions upper;
  upper.prepare = [](void*, std::string_view text, sasl::prepared_for, std::span<char> out) noexcept {
    for (std::size_t i = 0; i != text.size(); ++i) out[i] = ehlo::to_upper(text[i]);
    return ehlo::decoded{text == "gone" ? 0 : text.size(), text != "bad"};
  };
  EXPECT_EQ(first_words<sasl::plain_client>({.user_name = "tim", .password = "x"}, upper), "done \"\\0TIM\\0X\"");
  EXPECT_EQ(first_words<sasl::plain_client>({.user_name = "bad", .password = "x"}, upper), failed(error::preparation));
  EXPECT_EQ(first_words<sasl::plain_client>({.user_name = "tim", .password = "gone"}, upper), failed(error::empty));
  sasl::plain_server s{upper};
  EXPECT_EQ(said(s.take("\0tim\0x"sv)), "ask password user=TIM secret=X");
}

TEST(Preparation, MayBeNone) {  // RFC 4616 2
  EXPECT_EQ(first_words<sasl::plain_client>({.user_name = "t\xc3\xb6ni", .password = "x"}, any_utf8),
            "done \"\\0t\xc3\xb6ni\\0x\"");
  EXPECT_EQ(first_words<sasl::plain_client>({.user_name = "t\xf6ni", .password = "x"}, any_utf8),
            failed(error::preparation));
  EXPECT_EQ(first_words<sasl::plain_client>({.user_name = "a\0b"sv, .password = "x"}, any_utf8),
            failed(error::preparation));
}

TEST(Preparation, ThatLetsNulPassIsNotBelieved) {
  sasl::functions with;
  with.prepare = [](void*, std::string_view text, sasl::prepared_for, std::span<char> out) noexcept {
    return ehlo::decoded{text.copy(out.data(), text.size()), true};
  };
  EXPECT_EQ(first_words<sasl::plain_client>({.user_name = "a\0b"sv, .password = "x"}, with),
            failed(error::preparation));
}

TEST(PlainServer, AsksForThePasswordAndMayHearTheAnswerLater) {
  sasl::plain_server s{none};
  EXPECT_EQ(said(s.start()), "challenge \"\"");
  EXPECT_EQ(said(s.take("\0tim\0tanstaaftanstaaf"sv)), "ask password user=tim secret=tanstaaftanstaaf");
  EXPECT_EQ(said(s.answer({.what = verdict::accept})), "done user=tim");
}

TEST(PlainServer, HandsOnAsWhomTheUserWantsToAct) {
  sasl::plain_server s{none};
  EXPECT_EQ(said(s.take("Ursel\0Kurt\0xipj3plmq"sv)), "ask password user=Kurt as=Ursel secret=xipj3plmq");
  EXPECT_EQ(said(s.answer({.what = verdict::refuse})), failed(error::credentials));
}

TEST(PlainServer, CannotJudgeWhenTheHostCannot) {
  sasl::plain_server s{none};
  (void)s.take("\0tim\0x"sv);
  EXPECT_EQ(said(s.answer({.what = verdict::unavailable})), failed(error::unavailable));
  EXPECT_EQ(info(error::unavailable).code, 454);
}

struct message_case {
  std::string_view message;
  error why;
};

TEST(PlainServer, RefusesWhatIsNoMessage) {  // RFC 4616 2
  std::string const long_name = std::string("\0", 1) + too_long + std::string("\0x", 2);
  std::array const cases{message_case{"", error::malformed},
                         message_case{"tim"sv, error::malformed},
                         message_case{"\0tim"sv, error::malformed},
                         message_case{"\0tim\0"sv, error::empty},
                         message_case{"\0\0x"sv, error::empty},
                         message_case{"\0tim\0x\0"sv, error::malformed},
                         message_case{"\0tim\0x\0y"sv, error::malformed},
                         message_case{"\0tim\0\xff"sv, error::unprepared},
                         message_case{long_name, error::too_long}};
  for (message_case const& c : cases) {
    sasl::plain_server s{none};
    EXPECT_EQ(said(s.take(c.message)), failed(c.why)) << shown(c.message);
    EXPECT_EQ(said(s.take("\0tim\0x"sv)), failed(error::order));
  }
}

TEST(PlainServer, RefusesCallsThatDoNotFitAndIsNotChanged) {
  sasl::plain_server s{none};
  EXPECT_EQ(said(s.answer({.what = verdict::accept})), failed(error::order));
  EXPECT_EQ(said(s.take("\0tim\0x"sv)), "ask password user=tim secret=x");
  EXPECT_EQ(said(s.start()), failed(error::order));
  EXPECT_EQ(said(s.take("\0tim\0x"sv)), failed(error::order));
  EXPECT_EQ(said(s.answer({.what = verdict::accept})), "done user=tim");
  EXPECT_EQ(said(s.answer({.what = verdict::accept})), failed(error::order));
}

// LOGIN.

TEST(Login, SaysTheNameThenThePassword) {
  client_credentials const who{.user_name = "tim", .password = "secret"};
  sasl::login_client c{who, none};
  sasl::login_server s{none};
  EXPECT_EQ(said(c.start()), "wait");
  EXPECT_EQ(said(s.start()), "challenge \"Username:\"");
  EXPECT_EQ(said(c.take("Username:")), "respond \"tim\"");
  EXPECT_EQ(said(s.take("tim")), "challenge \"Password:\"");
  EXPECT_EQ(said(c.take("Password:")), "done \"secret\"");
  EXPECT_EQ(said(s.take("secret")), "ask password user=tim secret=secret");
  EXPECT_EQ(said(s.answer({.what = verdict::accept})), "done user=tim");
  EXPECT_EQ(said(c.take("")), failed(error::unexpected));
  EXPECT_EQ(said(s.take("")), failed(error::order));
}

TEST(LoginServer, TakesAnInitialResponseForTheName) {
  sasl::login_server s{none};
  EXPECT_EQ(said(s.take("tim")), "challenge \"Password:\"");
}

TEST(LoginServer, RefusesAnEmptyNameOrPassword) {
  sasl::login_server name{none};
  EXPECT_EQ(said(name.take("")), failed(error::empty));
  EXPECT_EQ(said(name.take("x")), failed(error::order));
  sasl::login_server password{none};
  (void)password.take(longest);
  EXPECT_EQ(said(password.take("")), failed(error::empty));
}

TEST(LoginClient, DoesNotSayTheNextThingAfterAFailure) {
  client_credentials const who{.user_name = "t\xc3\xb6ni", .password = "secret"};
  sasl::login_client c{who, none};
  EXPECT_EQ(said(c.take("Username:")), failed(error::unprepared));
  EXPECT_EQ(said(c.take("Password:")), failed(error::unexpected));
}

// EXTERNAL, RFC 4422 A.

TEST(External, TheExamplesOfTheRfc) {  // A.2
  EXPECT_EQ(first_words<sasl::external_client>({}), "done \"\"");
  EXPECT_EQ(first_words<sasl::external_client>({.authorization_identity = "fred@example.com"}),
            "done \"fred@example.com\"");
  sasl::external_server itself{none};
  EXPECT_EQ(said(itself.start()), "challenge \"\"");
  EXPECT_EQ(said(itself.take("")), "ask identity");
  EXPECT_EQ(said(itself.answer({.what = verdict::accept})), "done");
  sasl::external_server another{none};
  EXPECT_EQ(said(another.take("fred@example.com")), "ask identity as=fred@example.com");
  EXPECT_EQ(said(another.answer({.what = verdict::refuse})), failed(error::not_authorized));
}

TEST(ExternalServer, RefusesNul) {
  for (sasl::functions const* const with : {&none, &any_utf8}) {
    sasl::external_server s{*with};
    EXPECT_EQ(s.take("a\0b"sv).what, sasl::server_step::kind::failed);
    EXPECT_EQ(said(s.answer({.what = verdict::accept})), failed(error::order));
  }
}

// ANONYMOUS, RFC 4505.

TEST(Anonymous, TheExampleOfTheRfc) {  // 4
  EXPECT_EQ(first_words<sasl::anonymous_client>({.trace = "sirhc"}), "done \"sirhc\"");
  sasl::anonymous_server s{none};
  EXPECT_EQ(said(s.start()), "challenge \"\"");
  EXPECT_EQ(said(s.take("sirhc")), "ask anonymous secret=sirhc");
  EXPECT_EQ(said(s.answer({.what = verdict::accept})), "done");
}

TEST(Anonymous, TheTraceMayBeMissingAndIsBounded) {
  EXPECT_EQ(first_words<sasl::anonymous_client>({}), "done \"\"");
  EXPECT_EQ(first_words<sasl::anonymous_client>({.trace = too_long}), failed(error::too_long));
  sasl::anonymous_server s{none};
  EXPECT_EQ(said(s.take("")), "ask anonymous");
  EXPECT_EQ(said(s.answer({.what = verdict::refuse})), failed(error::credentials));
}

}  // namespace
