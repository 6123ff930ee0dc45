// SPDX-License-Identifier: BSL-1.0
// SCRAM, both sides: the RFCs' exchanges word for word, and what each side refuses of the other.
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "digests.hpp"
#include "ehlo/sasl/scram_client.hpp"
#include "ehlo/sasl/scram_server.hpp"
#include "steps.hpp"

namespace {

using namespace sasl_test;
using sasl::channel_binding, sasl::client_credentials, sasl::error, sasl::hash, sasl::verdict;

std::string octets(std::string_view base64) {
  std::string out(base64.size(), '\0');
  out.resize(ehlo::decode_base64(base64, out).size);
  return out;
}

client_credentials user_pencil() { return {.user_name = "user", .password = "pencil"}; }

struct example {
  hash digest;
  std::string_view client_nonce, server_nonce, salt;
  std::string_view client_first, server_first, client_final, server_final;
};

constexpr example rfc5802{// 5
                          hash::sha_1,
                          "fyko+d2lbbFgONRv9qkxdawL",
                          "3rfcNHYJY1ZVvWVs7j",
                          "QSXCR+Q6sek8bf92",
                          "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
                          "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
                          "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
                          "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="};

constexpr example rfc7677{
    // 3
    hash::sha_256,
    "rOprNGfwEbeRWgbNEkqO",
    "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
    "W22ZaJ0SNY7soEsUEjb6gQ==",
    "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="};

class Scram : public testing::TestWithParam<example const*> {
 protected:
  [[nodiscard]] example const& x() const { return *GetParam(); }
  /// What the server has stored.
  void SetUp() override {
    ASSERT_EQ(sasl::make_scram_keys(with, x().digest, "pencil", octets(x().salt), 4096, stored), error::ok);
  }
  std::string respond(std::string_view text) { return "respond \"" + std::string{text} + '"'; }
  std::string challenge(std::string_view text) { return "challenge \"" + std::string{text} + '"'; }

  crypto client_host{.nonces = {std::string{x().client_nonce}}};
  crypto server_host{.nonces = {std::string{x().server_nonce}}};
  sasl::functions client_with = client_host.functions();
  sasl::functions with = server_host.functions();
  sasl::stored_scram_keys stored;
  client_credentials who = user_pencil();
};
INSTANTIATE_TEST_SUITE_P(Rfc, Scram, testing::Values(&rfc5802, &rfc7677),
                         [](auto const& one) { return one.param == &rfc5802 ? "5802" : "7677"; });

TEST_P(Scram, ClientSaysWhatTheRfcSays) {
  sasl::scram_client c{x().digest, false, who, client_with};
  EXPECT_EQ(said(c.start()), respond(x().client_first));
  EXPECT_EQ(said(c.take(x().server_first)), respond(x().client_final));
  EXPECT_EQ(said(c.take(x().server_final)), "done \"\"");
  EXPECT_EQ(said(c.take("")), failed(error::unexpected));
}

TEST_P(Scram, ServerSaysWhatTheRfcSays) {
  sasl::scram_server s{x().digest, false, {}, with};
  EXPECT_EQ(said(s.start()), "challenge \"\"");
  EXPECT_EQ(said(s.take(x().client_first)), "ask keys user=user");
  EXPECT_EQ(said(s.answer({.what = verdict::accept, .keys = stored.view()})), challenge(x().server_first));
  EXPECT_EQ(said(s.take(x().client_final)), challenge(x().server_final));
  EXPECT_EQ(said(s.take("")), "done user=user");
  EXPECT_EQ(said(s.take("")), failed(error::order));
}

TEST_P(Scram, ClientSaysTheFirstMessageAgainWhereItWasNotTaken) {  // RFC 4954 4
  sasl::scram_client c{x().digest, false, who, client_with};
  (void)c.start();
  EXPECT_EQ(said(c.take("")), respond(x().client_first));
  EXPECT_EQ(said(c.take("")), failed(error::malformed));
  sasl::scram_client later{x().digest, false, who, client_with};
  EXPECT_EQ(later.take("").what, sasl::client_step::kind::respond);
  EXPECT_EQ(later.start().why, error::order);
}

TEST_P(Scram, NoMessageCanBeCutOff) {
  for (std::size_t size = 0; size != x().server_final.size(); ++size) {
    client_host.nonces_given = 0;
    sasl::scram_client c{x().digest, false, who, client_with};
    (void)c.start();
    (void)c.take(x().server_first);
    EXPECT_EQ(c.take(x().server_final.substr(0, size)).what, sasl::client_step::kind::failed) << size;
    EXPECT_EQ(said(c.take(x().server_final)), failed(error::unexpected));
  }
  for (std::size_t size = 0; size != x().client_final.size(); ++size) {
    server_host.nonces_given = 0;
    sasl::scram_server s{x().digest, false, {}, with};
    (void)s.take(x().client_first);
    (void)s.answer({.what = verdict::accept, .keys = stored.view()});
    EXPECT_EQ(s.take(x().client_final.substr(0, size)).what, sasl::server_step::kind::failed) << size;
    EXPECT_EQ(said(s.take(x().client_final)), failed(error::order));
  }
}

TEST_P(Scram, MessagesHaveTheirOrder) {
  sasl::scram_client c{x().digest, false, who, client_with};
  (void)c.start();
  EXPECT_EQ(said(c.take(x().server_final)), failed(error::malformed));
  client_host.nonces_given = 0;
  sasl::scram_client twice{x().digest, false, who, client_with};
  (void)twice.start();
  (void)twice.take(x().server_first);
  EXPECT_EQ(said(twice.take(x().server_first)), failed(error::malformed));
  sasl::scram_server s{x().digest, false, {}, with};
  EXPECT_EQ(said(s.take(x().client_final)), failed(error::malformed));
  sasl::scram_server again{x().digest, false, {}, with};
  (void)again.take(x().client_first);
  EXPECT_EQ(said(again.take(x().client_first)), failed(error::order));  // the question is open
  (void)again.answer({.what = verdict::accept, .keys = stored.view()});
  EXPECT_EQ(said(again.answer({.what = verdict::accept, .keys = stored.view()})), failed(error::order));
  EXPECT_EQ(said(again.take(x().client_first)), failed(error::malformed));
}

TEST_P(Scram, TheLastResponseIsEmpty) {
  sasl::scram_server s{x().digest, false, {}, with};
  (void)s.take(x().client_first);
  (void)s.answer({.what = verdict::accept, .keys = stored.view()});
  (void)s.take(x().client_final);
  EXPECT_EQ(said(s.take("x")), failed(error::unexpected));
}

TEST_P(Scram, AnyFunctionOfTheHostsMayFail) {
  for (unsigned at = 1;; ++at) {
    crypto host{.nonces = {std::string{x().client_nonce}}, .fail_at = at};
    sasl::functions const broken = host.functions();
    sasl::scram_client c{x().digest, false, who, broken};
    sasl::client_step step = c.start();
    if (step.what == sasl::client_step::kind::respond) step = c.take(x().server_first);
    if (host.calls < at) {
      EXPECT_EQ(at, 8U);  // nonce, PBKDF2, Client Key, StoredKey, Server Key, and two signatures
      break;
    }
    EXPECT_EQ(said(step), failed(error::function_failed)) << at;
    EXPECT_EQ(said(c.take(x().server_final)), failed(error::unexpected));
  }
  for (unsigned at = 1;; ++at) {
    crypto host{.nonces = {std::string{x().server_nonce}}, .fail_at = at};
    sasl::functions const broken = host.functions();
    sasl::scram_server s{x().digest, false, {}, broken};
    (void)s.take(x().client_first);
    sasl::server_step step = s.answer({.what = verdict::accept, .keys = stored.view()});
    if (step.what == sasl::server_step::kind::challenge) step = s.take(x().client_final);
    if (host.calls < at) break;
    EXPECT_EQ(said(step), failed(error::function_failed)) << at;
  }
}

TEST_P(Scram, FunctionsThatAreMissingAreNamed) {
  sasl::functions const none;
  EXPECT_EQ(said(sasl::scram_client(x().digest, false, who, none).start()), failed(error::function_missing));
  sasl::functions no_pbkdf2 = client_with;
  no_pbkdf2.pbkdf2 = nullptr;
  sasl::scram_client c{x().digest, false, who, no_pbkdf2};
  (void)c.start();
  EXPECT_EQ(said(c.take(x().server_first)), failed(error::function_missing));
}

// What a client refuses of a server that may be hostile.

struct HostileServer : testing::Test {
  crypto host{.nonces = {std::string{rfc7677.client_nonce}}};
  sasl::functions with = host.functions();
  client_credentials who = user_pencil();

  std::string says(std::string_view server_first) {
    host.nonces_given = host.calls = 0;
    sasl::scram_client c{hash::sha_256, false, who, with};
    (void)c.start();
    return said(c.take(server_first));
  }
};

TEST_F(HostileServer, TooFewIterations) {  // RFC 7677 4
  EXPECT_EQ(says("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaA==,i=4095"), failed(error::iterations_too_few));
  who.scram.min_iterations = 1;
  EXPECT_EQ(says("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaA==,i=1").substr(0, 8), "respond ");
}

TEST_F(HostileServer, TooManyIterationsAreNotEvenBegun) {  // RFC 5802 9
  EXPECT_EQ(says("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaA==,i=1000001"), failed(error::iterations_too_many));
  EXPECT_EQ(host.calls, 1U);  // the nonce
  who.scram.max_iterations = 4096;
  EXPECT_EQ(says("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaA==,i=4097"), failed(error::iterations_too_many));
}

TEST_F(HostileServer, ANonceThatIsNotOurs) {  // RFC 5802 5.1
  EXPECT_EQ(says("r=ROprNGfwEbeRWgbNEkqOx,s=W22ZaA==,i=4096"), failed(error::nonce));
  EXPECT_EQ(says("r=rOprNGfwEbeRWgbNEkq,s=W22ZaA==,i=4096"), failed(error::nonce));
  EXPECT_EQ(says("r=xrOprNGfwEbeRWgbNEkqO,s=W22ZaA==,i=4096"), failed(error::nonce));
  EXPECT_EQ(says("r=rOprNGfwEbeRWgbNEkqO,s=W22ZaA==,i=4096"), failed(error::nonce));  // nothing of its own
}

TEST_F(HostileServer, ASaltThatIsNone) {
  std::string const longest(172, 'A');  // 129 octets
  EXPECT_EQ(says("r=rOprNGfwEbeRWgbNEkqOx,s=" + longest + ",i=4096"), failed(error::salt));
  EXPECT_EQ(says("r=rOprNGfwEbeRWgbNEkqOx,s=W22Za,i=4096"), failed(error::salt));
  EXPECT_EQ(says("r=rOprNGfwEbeRWgbNEkqOx,s=====,i=4096"), failed(error::salt));
}

TEST_F(HostileServer, AMandatoryExtension) {  // RFC 5802 5.1
  EXPECT_EQ(says("m=x,r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaA==,i=4096"), failed(error::extension));
  EXPECT_EQ(says("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaA==,i=4096,m=x"), failed(error::extension));
  EXPECT_EQ(says("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaA==,i=4096,x=ignored").substr(0, 8), "respond ");
}

TEST_F(HostileServer, MoreThanThereIsRoomFor) {
  EXPECT_EQ(says("r=rOprNGfwEbeRWgbNEkqO" + std::string(5000, 'x') + ",s=W22ZaA==,i=4096"), failed(error::too_long));
}

TEST_F(HostileServer, ThatDoesNotKnowTheKeys) {  // RFC 5802 5: "the client MUST consider the exchange unsuccessful"
  for (std::string_view const wrong : {"v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", "v=6rri", "v=AAAA",
                                       "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=AAAA"}) {
    host.nonces_given = 0;
    sasl::scram_client c{hash::sha_256, false, who, with};
    (void)c.start();
    (void)c.take(rfc7677.server_first);
    EXPECT_EQ(said(c.take(wrong)), failed(error::server_signature)) << wrong;
  }
}

TEST_F(HostileServer, ThatRefusesSaysWhy) {
  sasl::scram_client c{hash::sha_256, false, who, with};
  (void)c.start();
  (void)c.take(rfc7677.server_first);
  EXPECT_EQ(said(c.take("e=invalid-proof")), failed(error::invalid_proof));
}

TEST_F(HostileServer, SeesNothingOfAPasswordThatCannotBePrepared) {
  who.password = "p\xc3\xa9ncil";
  EXPECT_EQ(says(rfc7677.server_first), failed(error::unprepared));
  who.user_name = "";
  EXPECT_EQ(said(sasl::scram_client(hash::sha_256, false, who, with).start()), failed(error::empty));
}

// What a server refuses.

struct HostileClient : testing::Test {
  crypto host{.nonces = {std::string{rfc7677.server_nonce}}};
  sasl::functions with = host.functions();
  sasl::stored_scram_keys stored;

  void SetUp() override {
    ASSERT_EQ(sasl::make_scram_keys(with, hash::sha_256, "pencil", octets(rfc7677.salt), 4096, stored), error::ok);
    host.calls = 0;
  }
  std::string says(std::string_view client_first) {
    sasl::scram_server s{hash::sha_256, false, {}, with};
    return said(s.take(client_first));
  }
};

TEST_F(HostileClient, NamesAreDecodedAndPrepared) {
  EXPECT_EQ(says("n,a=a=2Cb,n=u=3Dv,r=x"), "ask keys user=u=v as=a,b");
  EXPECT_EQ(says("n,,n=u=2,r=x"), failed(error::malformed));
  EXPECT_EQ(says("n,,n=\xc3\xbc,r=x"), failed(error::unprepared));
  EXPECT_EQ(says("n,a=\xc3\xbc,n=u,r=x"), failed(error::unprepared));
  EXPECT_EQ(says("n,,n=" + std::string(256, 'u') + ",r=x"), failed(error::too_long));
  EXPECT_EQ(says("n,,n=u,r=" + std::string(5000, 'x')), failed(error::too_long));
}

TEST_F(HostileClient, AProofOfAnotherPassword) {
  sasl::scram_server s{hash::sha_256, false, {}, with};
  (void)s.take(rfc7677.client_first);
  (void)s.answer({.what = verdict::accept, .keys = stored.view()});
  EXPECT_EQ(said(s.take("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                        "p=AAAAZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")),
            failed(error::credentials));
}

TEST_F(HostileClient, AProofOfTheWrongSize) {
  for (std::string_view const proof : {"QQ==", "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVR=", "????"}) {
    host.nonces_given = 0;
    sasl::scram_server s{hash::sha_256, false, {}, with};
    (void)s.take(rfc7677.client_first);
    (void)s.answer({.what = verdict::accept, .keys = stored.view()});
    std::string const text = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=" + std::string{proof};
    EXPECT_EQ(said(s.take(text)), failed(error::malformed)) << proof;
  }
}

TEST_F(HostileClient, AnotherNonce) {  // RFC 5802 5.1
  sasl::scram_server s{hash::sha_256, false, {}, with};
  (void)s.take(rfc7677.client_first);
  (void)s.answer({.what = verdict::accept, .keys = stored.view()});
  EXPECT_EQ(said(s.take("c=biws,r=rOprNGfwEbeRWgbNEkqO,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")),
            failed(error::nonce));
}

TEST_F(HostileClient, AnUnknownUserSeesWhatAWrongPasswordSees) {
  sasl::digest_text salt;
  ASSERT_EQ(sasl::made_up_salt(with, hash::sha_256, "the server's secret", "nobody", 16, salt), error::ok);
  sasl::digest_text again;
  ASSERT_EQ(sasl::made_up_salt(with, hash::sha_256, "the server's secret", "nobody", 16, again), error::ok);
  EXPECT_EQ(salt.view(), again.view());
  EXPECT_EQ(salt.size(), stored.salt.size());

  auto const calls_of = [this](sasl::answer const& a) {
    host.nonces_given = host.calls = 0;
    sasl::scram_server s{hash::sha_256, false, {}, with};
    (void)s.take(rfc7677.client_first);
    EXPECT_EQ(s.answer(a).what, sasl::server_step::kind::challenge);
    EXPECT_EQ(said(s.take("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                          "p=AAAAZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")),
              failed(error::credentials));
    return host.calls;
  };
  EXPECT_EQ(calls_of({.keys = {.salt = salt.view(), .iterations = 4096}}),
            calls_of({.what = verdict::accept, .keys = stored.view()}));
}

TEST_F(HostileClient, ARefusedUserDoesNotComeInWithTheRightProofEither) {
  sasl::scram_server s{hash::sha_256, false, {}, with};
  (void)s.take(rfc7677.client_first);
  (void)s.answer({.what = verdict::refuse, .keys = stored.view()});
  EXPECT_EQ(said(s.take(rfc7677.client_final)), failed(error::credentials));
}

TEST_F(HostileClient, TheHostsKeysAreLookedAt) {
  auto const says_to = [this](sasl::answer const& a) {
    sasl::scram_server s{hash::sha_256, false, {}, with};
    (void)s.take(rfc7677.client_first);
    return said(s.answer(a));
  };
  sasl::scram_keys keys = stored.view();
  EXPECT_EQ(says_to({.what = verdict::unavailable}), failed(error::unavailable));
  EXPECT_EQ(says_to({.what = verdict::refuse}), failed(error::credentials));
  keys.stored_key = keys.stored_key.substr(1);
  EXPECT_EQ(says_to({.what = verdict::accept, .keys = keys}), failed(error::stored_keys));
  keys = stored.view();
  keys.server_key = {};
  EXPECT_EQ(says_to({.what = verdict::accept, .keys = keys}), failed(error::stored_keys));
  keys = stored.view();
  keys.iterations = 0;
  EXPECT_EQ(says_to({.what = verdict::accept, .keys = keys}), failed(error::stored_keys));
}

// Channel binding (RFC 5802 6).

struct ChannelBinding : testing::Test {
  std::array<channel_binding, 2> const channels{channel_binding{sasl::tls_server_end_point, "the certificate's hash"},
                                                channel_binding{sasl::tls_exporter, "what the exporter gave"}};
  crypto client_host, server_host;
  sasl::functions client_with = client_host.functions();
  sasl::functions with = server_host.functions();
  client_credentials who = user_pencil();

  /// How the exchange ends at the server.
  std::string ends(bool client_plus, bool server_plus, std::span<channel_binding const> of_server) {
    sasl::stored_scram_keys stored;
    EXPECT_EQ(sasl::make_scram_keys(with, hash::sha_1, "pencil", octets(rfc5802.salt), 4096, stored), error::ok);
    sasl::scram_client c{hash::sha_1, client_plus, who, client_with};
    sasl::scram_server s{hash::sha_1, server_plus, of_server, with};
    sasl::client_step mine = c.start();
    first = shown(mine.octets).substr(0, mine.octets.find("n=user"));
    if (mine.what == sasl::client_step::kind::failed) return said(mine);
    sasl::server_step yours = s.take(mine.octets);
    while (yours.what != sasl::server_step::kind::failed && yours.what != sasl::server_step::kind::done) {
      if (yours.what == sasl::server_step::kind::ask) {
        yours = s.answer({.what = verdict::accept, .keys = stored.view()});
        continue;
      }
      mine = c.take(yours.octets);
      if (mine.what == sasl::client_step::kind::failed) return said(mine);
      yours = s.take(mine.octets);
    }
    return said(yours);
  }
  std::string first;
};

TEST_F(ChannelBinding, BothHaveTheSame) {
  for (channel_binding const& one : channels) {
    who.binding = one;
    EXPECT_EQ(ends(true, true, channels), "done user=user");
    EXPECT_EQ(first, "p=" + std::string{one.type} + ",,");
  }
}

TEST_F(ChannelBinding, SomebodyIsInBetween) {
  who.binding = {sasl::tls_exporter, "what another exporter gave"};
  EXPECT_EQ(ends(true, true, channels), failed(error::channel_binding));
  who.binding = {sasl::tls_server_end_point, "what the exporter gave"};
  EXPECT_EQ(ends(true, true, channels), failed(error::channel_binding));
}

TEST_F(ChannelBinding, OfATypeThatTheServerDoesNotHave) {
  who.binding = {"tls-unique", "what the exporter gave"};
  EXPECT_EQ(ends(true, true, channels), failed(error::channel_binding));
}

TEST_F(ChannelBinding, ThePlusWasTakenOutOfTheOffer) {
  who.binding = channels[1];
  EXPECT_EQ(ends(false, false, channels), failed(error::downgrade));
  EXPECT_EQ(first, "y,,");
}

TEST_F(ChannelBinding, TheServerHasNone) {
  who.binding = channels[1];
  EXPECT_EQ(ends(false, false, {}), "done user=user");
  EXPECT_EQ(first, "y,,");
}

TEST_F(ChannelBinding, TheClientHasNone) {
  EXPECT_EQ(ends(false, false, channels), "done user=user");
  EXPECT_EQ(first, "n,,");
  EXPECT_EQ(ends(true, true, channels), failed(error::no_channel_binding));
}

TEST_F(ChannelBinding, TheFlagHasToFitTheName) {  // RFC 5801 5
  who.binding = channels[1];
  EXPECT_EQ(ends(true, false, channels), failed(error::channel_binding));
  EXPECT_EQ(ends(false, true, channels), failed(error::channel_binding));
}

TEST_F(ChannelBinding, IsBounded) {
  std::string const much(129, 'x');
  who.binding = {sasl::tls_exporter, much};
  EXPECT_EQ(ends(true, true, channels), failed(error::too_long));
  who.binding = {"has,a,comma", "x"};
  EXPECT_EQ(ends(true, true, channels), failed(error::no_channel_binding));
}

TEST_F(ChannelBinding, TheFlagCannotBeExchangedOnTheWay) {
  sasl::stored_scram_keys stored;
  ASSERT_EQ(sasl::make_scram_keys(with, hash::sha_1, "pencil", octets(rfc5802.salt), 4096, stored), error::ok);
  who.binding = channels[1];
  sasl::scram_client c{hash::sha_1, false, who, client_with};
  sasl::scram_server s{hash::sha_1, false, channels, with};
  std::string changed{c.start().octets};
  ASSERT_EQ(changed[0], 'y');
  changed[0] = 'n';
  (void)s.take(changed);
  std::string const challenge{s.answer({.what = verdict::accept, .keys = stored.view()}).octets};
  EXPECT_EQ(said(s.take(c.take(challenge).octets)), failed(error::channel_binding));
}

// To act as another.

TEST_F(ChannelBinding, AsAnotherIsAskedBehindTheProof) {
  who.authorization_identity = "other";
  EXPECT_EQ(ends(false, false, {}), "done user=user as=other");
  sasl::stored_scram_keys stored;
  ASSERT_EQ(sasl::make_scram_keys(with, hash::sha_1, "pencil", octets(rfc5802.salt), 4096, stored), error::ok);
  sasl::scram_client c{hash::sha_1, false, who, client_with};
  sasl::scram_server s{hash::sha_1, false, {}, with};
  EXPECT_EQ(said(s.take(c.start().octets)), "ask keys user=user as=other");
  std::string const challenge{s.answer({.what = verdict::accept, .keys = stored.view()}).octets};
  EXPECT_EQ(said(s.take(c.take(challenge).octets)), "ask identity user=user as=other");
  EXPECT_EQ(said(s.answer({.what = verdict::refuse})), failed(error::not_authorized));
}

TEST_F(ChannelBinding, TheLongestNamesFit) {
  std::string const name(255, ',');
  who = {.user_name = name, .password = "pencil", .authorization_identity = name, .binding = channels[0]};
  EXPECT_EQ(ends(true, true, channels), "done user=" + name + " as=" + name);
}

TEST(ScramKeys, AreRefusedWhereTheyWouldBeWeak) {
  crypto host;
  sasl::functions const with = host.functions();
  sasl::stored_scram_keys out;
  EXPECT_EQ(sasl::make_scram_keys(with, hash::sha_1, "pencil", "", 4096, out), error::salt);
  EXPECT_EQ(sasl::make_scram_keys(with, hash::sha_1, "pencil", std::string(129, 'x'), 4096, out), error::salt);
  EXPECT_EQ(sasl::make_scram_keys(with, hash::sha_1, "pencil", "salt", 0, out), error::iterations_too_few);
  EXPECT_EQ(sasl::make_scram_keys(with, hash::sha_1, "", "salt", 4096, out), error::empty);
  sasl::digest_text salt;
  EXPECT_EQ(sasl::made_up_salt(with, hash::sha_1, "s", "user", 21, salt), error::salt);
  EXPECT_EQ(sasl::made_up_salt(with, hash::sha_1, "s", "user", 0, salt), error::salt);
}

}  // namespace
