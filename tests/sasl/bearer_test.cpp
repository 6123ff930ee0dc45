// SPDX-License-Identifier: BSL-1.0
// XOAUTH2 and OAUTHBEARER (RFC 7628).
#include "ehlo/sasl/bearer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "ehlo/sasl/oauthbearer.hpp"
#include "ehlo/sasl/xoauth2.hpp"
#include "steps.hpp"

namespace {

using namespace sasl_test;
using namespace std::string_view_literals;
using sasl::client_credentials, sasl::error, sasl::verdict;

sasl::functions const none{};
constexpr std::string_view token = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==";

template <class Client>
std::string first_words(client_credentials const& who) {
  return said(Client{who, none}.start());
}

/// `^A` in a text is the octet 0x01.
std::string with_controls(std::string text) {
  for (std::size_t at = 0; (at = text.find("^A", at)) != text.npos;) text.replace(at, 2, "\x01");
  return text;
}

// OAUTHBEARER, the examples of RFC 7628 4.

TEST(OauthBearer, SuccessfulExchange) {  // 4.1, over IMAP and SMTP
  for (auto const& [port, text] : {std::pair{143, "143"}, std::pair{587, "587"}}) {
    client_credentials const who{.user_name = "user@example.com",
                                 .token = token,
                                 .host = "server.example.com",
                                 .port = static_cast<std::uint16_t>(port)};
    sasl::oauthbearer_client c{who, none};
    sasl::client_step const mine = c.start();
    EXPECT_EQ(said(mine), "done \"n,a=user@example.com,^Ahost=server.example.com^Aport=" + std::string{text} +
                              "^Aauth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==^A^A\"");
    sasl::oauthbearer_server s{none};
    EXPECT_EQ(said(s.take(mine.octets)),
              "ask token as=user@example.com secret=vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg== "
              "host=server.example.com port=" +
                  std::string{text});
    EXPECT_EQ(said(s.answer({.what = verdict::accept})),
              "done as=user@example.com host=server.example.com port=" + std::string{text});
  }
}

constexpr std::string_view complaint =
    R"({"status":"invalid_token","scope":"example_scope","openid-configuration":"https://example.com/.well-known/openid-configuration"})";

TEST(OauthBearer, FailedExchange) {  // 4.3: an empty token asks what is needed
  sasl::oauthbearer_server s{none};
  EXPECT_EQ(said(s.take(with_controls("n,a=user@example.com,^Ahost=server.example.com^Aport=143^Aauth=^A^A"))),
            "ask token as=user@example.com host=server.example.com port=143");
  EXPECT_EQ(said(s.answer({.what = verdict::refuse, .token_error = complaint})),
            "challenge \"" + std::string{complaint} + '"');
  EXPECT_EQ(said(s.take("\x01")), failed(error::credentials));
  EXPECT_EQ(said(s.take("\x01")), failed(error::order));
}

TEST(OauthBearer, ClientLetsTheServerSayNo) {  // 4.3, 4.4
  client_credentials const who{.user_name = "someuser@example.com", .token = token};
  sasl::oauthbearer_client c{who, none};
  (void)c.start();
  EXPECT_EQ(said(c.take(R"({"status":"invalid_token","schemes":"bearer mac","scope":"https://mail.example.com/"})")),
            "respond \"^A\" the server refuses the token");
  EXPECT_EQ(said(c.take("{}")), failed(error::unexpected));
}

TEST(OauthBearer, OfAnotherKindIsNotForIt) {  // 4.2: OAUTH10A
  sasl::oauthbearer_server s{none};
  EXPECT_EQ(said(s.take(with_controls("n,a=user@example.com,^Ahost=example.com^Aport=143^A"
                                      "auth=OAuth realm=\"Example\",oauth_token=\"kkk9d7dh3k39sjv7\"^A^A"))),
            failed(error::malformed));
}

TEST(OauthBearer, GrammarOfThePrintedSmtpExampleIsBroken) {  // 4.4 has `user=` where a GS2 header has `a=`
  sasl::oauthbearer_server s{none};
  EXPECT_EQ(said(s.take(with_controls("n,user=someuser@example.com,^Aauth=Bearer vF9dft4==^A^A"))),
            failed(error::malformed));
}

TEST(OauthBearerClient, NamesTheIdentityThatIsWanted) {
  EXPECT_EQ(first_words<sasl::oauthbearer_client>({.token = token}),
            "done \"n,,^Aauth=Bearer " + std::string{token} + "^A^A\"");
  client_credentials const another{.user_name = "tim", .token = "t", .authorization_identity = "a,b=c"};
  EXPECT_EQ(said(sasl::oauthbearer_client(another, none).start()), "done \"n,a=a=2Cb=3Dc,^Aauth=Bearer t^A^A\"");
}

TEST(OauthBearerClient, HasNothingToSayWhenItHasFailed) {
  client_credentials const who{.user_name = "tim", .token = "t"};
  sasl::oauthbearer_client c{who, none};
  (void)c.start();
  (void)c.take("");
  EXPECT_EQ(said(c.take("")), failed(error::unexpected));
  EXPECT_EQ(said(c.take("{}")), failed(error::unexpected));
  EXPECT_EQ(said(c.take("")), failed(error::unexpected));
}

TEST(OauthBearerClient, SendsNothingThatEndsItsPair) {
  for (std::string_view const bad : {"a\x01host=evil"sv, "a b"sv, "a\r\nb"sv, "a\"b"sv, "="sv, "a=b"sv, "\xc3\xbc"sv}) {
    client_credentials const who{.user_name = "tim", .token = bad};
    EXPECT_EQ(said(sasl::oauthbearer_client(who, none).start()), failed(error::malformed)) << shown(bad);
    EXPECT_EQ(said(sasl::xoauth2_client(who, none).start()), failed(error::malformed)) << shown(bad);
  }
  client_credentials const who{.user_name = "tim",
                               .token = "t",
                               .host =
                                   "a\x01"
                                   "auth=Bearer u"};
  EXPECT_EQ(said(sasl::oauthbearer_client(who, none).start()), failed(error::malformed));
  EXPECT_EQ(first_words<sasl::oauthbearer_client>({.user_name = "tim"}), failed(error::empty));
}

TEST(OauthBearerClient, TakesLongTokensAndNoLongerOnes) {
  std::string const fits(8192 - 23, 't');  // "n,a=tim,^A" "auth=Bearer " and the end: 9 + 12 + 2
  client_credentials who{.user_name = "tim", .token = fits};
  EXPECT_EQ(sasl::oauthbearer_client(who, none).start().what, sasl::client_step::kind::done);
  std::string const longer = fits + "t";
  who.token = longer;
  EXPECT_EQ(said(sasl::oauthbearer_client(who, none).start()), failed(error::too_long));
}

TEST(OauthBearerServer, ReadsWhatTheGrammarAllows) {  // RFC 7628 3.1
  struct {
    std::string_view text, said;
  } const rows[]{
      {"n,,^Aauth=Bearer t^A^A", "ask token secret=t"},
      {"y,,^Aauth=Bearer t^A^A", "ask token secret=t"},
      {"n,a=a=2Cb,^Aauth=BeArEr t^A^A", "ask token as=a,b secret=t"},              // 4: any case
      {"n,,^Amthd=POST^Aauth=Bearer t^Apath=/^Apost=^A^A", "ask token secret=t"},  // others are ignored
      {"n,,^Aport=25^Ahost=h^Aauth=Bearer  t==^A^A", "ask token secret=t== host=h port=25"},
  };
  for (auto const& row : rows) {
    sasl::oauthbearer_server s{none};
    EXPECT_EQ(said(s.take(with_controls(std::string{row.text}))), row.said) << row.text;
  }
}

TEST(OauthBearerServer, RefusesAllElse) {
  for (std::string_view const bad : {"",
                                     "^A",
                                     "n,,",
                                     "n,,^A",
                                     "n,,^A^A",
                                     "n,,^Aauth=Bearer t",
                                     "n,,^Aauth=Bearer t^A",
                                     "n,,^Aauth=Bearer t^A^A^A",
                                     "n,,^Aauth=Bearer t^A^Ax",
                                     "p=tls-exporter,,^Aauth=Bearer t^A^A",
                                     "n,^Aauth=Bearer t^A^A",
                                     "auth=Bearer t^A^A",
                                     "n,a=,^Aauth=Bearer t^A^A",
                                     "n,a=x=y,^Aauth=Bearer t^A^A",
                                     "n,,^Ahost=h^A^A",
                                     "n,,^Aauth=Basic t^A^A",
                                     "n,,^Aauth=Bearert^A^A",
                                     "n,,^Aauth=Bearer t u^A^A",
                                     "n,,^Aauth=Bearer t^Aauth=Bearer u^A^A",
                                     "n,,^A=x^Aauth=Bearer t^A^A",
                                     "n,,^Ak3y=x^Aauth=Bearer t^A^A",
                                     "n,,^Anovalue^Aauth=Bearer t^A^A",
                                     "n,,^Ahost=\x7f^Aauth=Bearer t^A^A"}) {
    sasl::oauthbearer_server s{none};
    EXPECT_EQ(said(s.take(with_controls(std::string{bad}))), failed(error::malformed)) << bad;
    EXPECT_EQ(said(s.take(with_controls("n,,^Aauth=Bearer t^A^A"))), failed(error::order));
  }
  sasl::oauthbearer_server s{none};
  EXPECT_EQ(said(s.take(with_controls("n,a=\xc3\xbc,^Aauth=Bearer t^A^A"))), failed(error::unprepared));
}

TEST(OauthBearerServer, ComplainsInJsonWhereTheHostDoesNot) {
  sasl::oauthbearer_server s{none};
  (void)s.take(with_controls("n,,^Aauth=Bearer t^A^A"));
  EXPECT_EQ(said(s.answer({})), "challenge \"{\"status\":\"invalid_token\"}\"");
  EXPECT_EQ(said(s.answer({.what = verdict::accept})), failed(error::order));
  EXPECT_EQ(said(s.take("anything")), failed(error::credentials));
}

TEST(OauthBearerServer, CannotJudgeWhenTheHostCannot) {
  sasl::oauthbearer_server s{none};
  (void)s.take(with_controls("n,,^Aauth=Bearer t^A^A"));
  EXPECT_EQ(said(s.answer({.what = verdict::unavailable})), failed(error::unavailable));
}

// XOAUTH2.

TEST(Xoauth2, TheExampleOfItsDescription) {
  client_credentials const who{.user_name = "someuser@example.com",
                               .token = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"};
  sasl::xoauth2_client c{who, none};
  sasl::client_step const mine = c.start();
  EXPECT_EQ(said(mine),
            "done \"user=someuser@example.com^Aauth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg^A^A\"");
  sasl::xoauth2_server s{none};
  EXPECT_EQ(said(s.start()), "challenge \"\"");
  EXPECT_EQ(said(s.take(mine.octets)),
            "ask token user=someuser@example.com secret=ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg");
  EXPECT_EQ(said(s.answer({.what = verdict::accept})), "done user=someuser@example.com");
}

TEST(Xoauth2, ClientLetsTheServerSayNo) {
  client_credentials const who{.user_name = "tim", .token = "t"};
  sasl::xoauth2_client c{who, none};
  (void)c.start();
  EXPECT_EQ(said(c.take(R"({"status":"401","schemes":"bearer","scope":"https://mail.google.com/"})")),
            "respond \"\" the server refuses the token");
  EXPECT_EQ(said(c.take("{}")), failed(error::unexpected));
  sasl::xoauth2_server s{none};
  (void)s.take(with_controls("user=tim^Aauth=Bearer t^A^A"));
  EXPECT_EQ(said(s.answer({})), "challenge \"{\"status\":\"401\",\"schemes\":\"bearer\"}\"");
  EXPECT_EQ(said(s.take("")), failed(error::credentials));
}

TEST(Xoauth2Server, NeedsAUserAndAToken) {
  for (auto const& [text, why] :
       {std::pair{"auth=Bearer t^A^A", error::empty}, std::pair{"user=tim^A^A", error::malformed},
        std::pair{"user=tim^Auser=tom^Aauth=Bearer t^A^A", error::malformed},
        std::pair{"user=t\xc3\xb6ni^Aauth=Bearer t^A^A", error::unprepared}}) {
    sasl::xoauth2_server s{none};
    EXPECT_EQ(said(s.take(with_controls(text))), failed(why)) << text;
  }
}

}  // namespace
