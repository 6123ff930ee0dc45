// SPDX-License-Identifier: BSL-1.0
// CRAM-MD5 (RFC 2195).
#include "ehlo/sasl/cram_md5.hpp"

#include <gtest/gtest.h>

#include <string>

#include "digests.hpp"
#include "steps.hpp"

namespace {

using namespace sasl_test;
using sasl::client_credentials, sasl::error, sasl::verdict;

constexpr std::string_view example = "<1896.697170952@postoffice.reston.mci.net>";
client_credentials const tim{.user_name = "tim", .password = "tanstaaftanstaaf"};

TEST(CramMd5Client, AnswersTheExampleOfTheRfc) {  // 2
  crypto host;
  sasl::functions const with = host.functions();
  sasl::cram_md5_client c{tim, with};
  EXPECT_EQ(said(c.start()), "wait");
  EXPECT_EQ(said(c.take(example)), "done \"tim b913a602c7eda7a495b4e6e7334d3890\"");
  EXPECT_EQ(said(c.take(example)), failed(error::unexpected));
}

TEST(CramMd5Client, DoesNotAnswerAnEmptyChallenge) {
  crypto host;
  sasl::functions const with = host.functions();
  sasl::cram_md5_client c{tim, with};
  EXPECT_EQ(said(c.take("")), failed(error::malformed));
  EXPECT_EQ(said(c.take(example)), failed(error::unexpected));
}

TEST(CramMd5Client, NeedsAnHmacThatWorks) {
  sasl::functions const none;
  EXPECT_EQ(said(sasl::cram_md5_client(tim, none).take(example)), failed(error::function_missing));
  crypto host{.fail_at = 1};
  sasl::functions const with = host.functions();
  EXPECT_EQ(said(sasl::cram_md5_client(tim, with).take(example)), failed(error::function_failed));
}

struct CramMd5Server : testing::Test {
  crypto host{.nonces = {"1896697170952.x7"}};
  sasl::functions with = host.functions();
  sasl::cram_md5_server s{with, "mx.example.org"};

  std::string response(std::string const& user, std::string const& password) {
    return ehlo_test::cram_md5(user, password, "<1896697170952.x7@mx.example.org>");
  }
};

TEST_F(CramMd5Server, LetsInWhoKnowsThePassword) {
  EXPECT_EQ(said(s.start()), "challenge \"<1896697170952.x7@mx.example.org>\"");
  EXPECT_EQ(said(s.take(response("tim", "secret"))), "ask secret user=tim");
  EXPECT_EQ(said(s.answer({.what = verdict::accept, .secret = "secret"})), "done user=tim");
}

TEST_F(CramMd5Server, ANameMayHaveSpaces) {
  (void)s.start();
  EXPECT_EQ(said(s.take(response("tim of example", "secret"))), "ask secret user=tim of example");
  EXPECT_EQ(said(s.answer({.what = verdict::accept, .secret = "secret"})), "done user=tim of example");
}

TEST_F(CramMd5Server, RefusesAWrongPassword) {
  (void)s.start();
  (void)s.take(response("tim", "secreT"));
  EXPECT_EQ(said(s.answer({.what = verdict::accept, .secret = "secret"})), failed(error::credentials));
  EXPECT_EQ(said(s.answer({.what = verdict::accept, .secret = "secreT"})), failed(error::order));
}

TEST_F(CramMd5Server, DoesAsMuchForAnUnknownUser) {
  (void)s.start();
  (void)s.take(response("nobody", "secret"));
  unsigned const before = host.calls;
  EXPECT_EQ(said(s.answer({.what = verdict::refuse})), failed(error::credentials));
  EXPECT_EQ(host.calls, before + 1);
}

TEST_F(CramMd5Server, RefusesWithTheRightResponseToo) {
  (void)s.start();
  (void)s.take(response("tim", "x"));  // what a refusal is computed with
  EXPECT_EQ(said(s.answer({.what = verdict::refuse, .secret = "x"})), failed(error::credentials));
}

TEST_F(CramMd5Server, HasNoInitialResponse) {  // RFC 4422 5: the server sends first
  EXPECT_EQ(said(s.take(response("tim", "secret"))), failed(error::unexpected));
  EXPECT_EQ(said(s.start()), failed(error::order));
}

TEST_F(CramMd5Server, RefusesWhatIsNoResponse) {
  std::string const good = response("tim", "secret");
  for (std::string const& bad : {std::string{}, std::string{"tim"}, std::string{"tim "}, good + "0",
                                 good.substr(0, good.size() - 1), good.substr(4)}) {
    sasl::cram_md5_server server{with, "mx.example.org"};
    (void)server.start();
    EXPECT_EQ(said(server.take(bad)), failed(error::malformed)) << bad;
  }
  sasl::cram_md5_server server{with, "mx.example.org"};
  (void)server.start();
  EXPECT_EQ(said(server.take(good.substr(3))), failed(error::empty));
}

TEST(CramMd5ServerNonce, MustBeUsable) {
  for (std::string const& bad :
       {std::string{"short"}, std::string{"has a space inside"}, std::string{"has,a,comma,inside"},
        std::string{"closes>the<bracket"}, std::string{"at@at@at@at@at@at"}}) {
    crypto host{.nonces = {bad}};
    sasl::functions const with = host.functions();
    EXPECT_EQ(said(sasl::cram_md5_server(with, "mx.example.org").start()), failed(error::nonce_unusable)) << bad;
  }
  crypto host{.fail_at = 1};
  sasl::functions with = host.functions();
  EXPECT_EQ(said(sasl::cram_md5_server(with, "mx").start()), failed(error::function_failed));
  with.nonce = nullptr;
  EXPECT_EQ(said(sasl::cram_md5_server(with, "mx").start()), failed(error::function_missing));
}

TEST(CramMd5ServerNonce, IsAnotherEachTime) {
  crypto host;
  sasl::functions const with = host.functions();
  EXPECT_NE(said(sasl::cram_md5_server(with, "mx").start()), said(sasl::cram_md5_server(with, "mx").start()));
}

}  // namespace
