// SPDX-License-Identifier: BSL-1.0
// Secrets: compared in constant time, and gone when they have been used. The octets of an object are looked at after
// its end, in memory that outlives it.
#include "ehlo/sasl/secret.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <new>
#include <string>
#include <string_view>

#include "digests.hpp"
#include "ehlo/sasl/client.hpp"
#include "ehlo/sasl/server.hpp"

namespace {

using namespace sasl_test;
using namespace std::string_view_literals;
using sasl::equal_in_constant_time, sasl::error, sasl::mechanism, sasl::secret_text, sasl::verdict;

TEST(ConstantTime, FindsADifferenceAnywhere) {
  std::string const text = "a secret of some octets";
  EXPECT_TRUE(equal_in_constant_time(text, std::string{text}));
  EXPECT_TRUE(equal_in_constant_time("", ""));
  for (std::size_t at = 0; at != text.size(); ++at)
    for (int bit = 0; bit != 8; ++bit) {
      std::string other = text;
      other[at] = static_cast<char>(other[at] ^ 1 << bit);
      EXPECT_FALSE(equal_in_constant_time(text, other)) << at;
    }
  EXPECT_FALSE(equal_in_constant_time(text, text.substr(1)));
  EXPECT_FALSE(equal_in_constant_time(text, ""));
}

/// Memory for an object that is looked at when the object is gone.
template <class T>
class grave {
 public:
  template <class... Arguments>
  explicit grave(Arguments&... arguments) : object_{new (octets_.get()) T{arguments...}} {}
  T* operator->() { return object_; }
  void bury() { object_->~T(); }
  [[nodiscard]] bool holds(std::string_view text) const {
    return std::string_view{octets_.get(), sizeof(T)}.find(text) != std::string_view::npos;
  }

 private:
  std::unique_ptr<char[]> octets_{new char[sizeof(T)]{}};
  T* object_;
};

TEST(SecretText, IsWipedByClearCutAndItsEnd) {
  grave<secret_text<64>> text;
  text->put("the name").put("the password");
  EXPECT_TRUE(text.holds("the password"));
  text->cut(8);
  EXPECT_FALSE(text.holds("password"));
  EXPECT_TRUE(text.holds("the name"));
  EXPECT_EQ(text->view(), "the name");
  text->clear();
  EXPECT_FALSE(text.holds("the name"));
  text->put("another");
  text.bury();
  EXPECT_FALSE(text.holds("another"));
}

TEST(SecretText, TakesNothingInPart) {
  secret_text<4> text;
  EXPECT_EQ(text.put("abc").put("de").put('f').view(), "abc");
  EXPECT_FALSE(text.fits());
  text.clear();
  EXPECT_EQ(text.put("abcd").view(1), "bcd");
  EXPECT_TRUE(text.fits());
}

TEST(SecretText, ThatDoesNotFitIsNotLeftBehind) {
  grave<secret_text<8>> text;
  text->put("longer than that");
  EXPECT_FALSE(text.holds("long"));
}

struct Wiped : testing::TestWithParam<mechanism> {
  crypto host{.quick = true};
  sasl::functions const with = host.functions();
  std::array<sasl::channel_binding, 1> const channels{sasl::channel_binding{sasl::tls_exporter, "of this channel"}};
  sasl::client_credentials who{.user_name = "tim", .password = "tanstaaf", .token = "tanstaaf", .trace = "tanstaaf"};
  sasl::server_terms terms{.with = with, .hostname = "mx.example.org"};
  void SetUp() override {
    if (!includes(info(GetParam()).needs, sasl::need::channel)) return;
    who.binding = channels[0];
    terms.channels = channels;
  }

  /// Goes to the end, or only as far as the server's question.
  void play(sasl::client& c, sasl::server& s, bool answer) {
    sasl::client_step mine = c.begin(GetParam(), who, with);
    sasl::server_step yours = mine.what == sasl::client_step::kind::wait
                                  ? s.begin(name_of(GetParam()), terms)
                                  : s.begin(name_of(GetParam()), mine.octets, terms);
    sasl::stored_scram_keys keys;
    for (;;) {
      if (yours.what == sasl::server_step::kind::ask) {
        if (!answer) return;
        if (yours.about == sasl::question::keys)
          (void)make_scram_keys(with, yours.who.digest, "tanstaaf", "salt", 4096, keys);
        stored_key = keys.stored_key.view();
        server_key = keys.server_key.view();
        yours = s.answer({.what = verdict::accept, .secret = "tanstaaf", .keys = keys.view()});
      } else if (yours.what == sasl::server_step::kind::challenge) {
        mine = c.take(yours.octets);
        ASSERT_NE(mine.what, sasl::client_step::kind::failed);
        yours = s.take(mine.octets);
      } else {
        ASSERT_EQ(yours.what, sasl::server_step::kind::done);
        return;
      }
    }
  }
  std::string stored_key, server_key;
};
INSTANTIATE_TEST_SUITE_P(Of, Wiped,
                         testing::Values(mechanism::plain, mechanism::login, mechanism::cram_md5, mechanism::xoauth2,
                                         mechanism::oauthbearer, mechanism::scram_sha_1, mechanism::scram_sha_256_plus,
                                         mechanism::anonymous));

TEST_P(Wiped, ServerKeepsNoSecretWhenTheQuestionIsAnswered) {
  sasl::client c;
  grave<sasl::server> s;
  play(c, *s.operator->(), true);
  EXPECT_FALSE(s.holds("tanstaaf") && GetParam() != mechanism::anonymous);
  EXPECT_FALSE(!stored_key.empty() && (s.holds(stored_key) || s.holds(server_key)));
  s.bury();
  EXPECT_FALSE(s.holds("tanstaaf") || s.holds("tim"));
}

TEST_P(Wiped, ServerForgetsAnExchangeThatIsGivenUp) {
  for (bool const by_end : {true, false}) {
    sasl::client c;
    grave<sasl::server> s;
    play(c, *s.operator->(), false);
    by_end ? s->end() : s.bury();
    EXPECT_FALSE(s.holds("tanstaaf") || s.holds("tim"));
    if (by_end) s.bury();
  }
}

TEST_P(Wiped, ClientForgetsWhatItHasSaid) {
  for (bool const by_end : {true, false}) {
    grave<sasl::client> c;
    sasl::server s;
    play(*c.operator->(), s, true);
    by_end ? c->end() : c.bury();
    EXPECT_FALSE(c.holds("tanstaaf") || c.holds("tim"));
    if (by_end) c.bury();
  }
}

TEST(WipedScram, ClientKeepsNoKeyWhenItHasProvedItself) {
  crypto host{.quick = true};
  sasl::functions const with = host.functions();
  sasl::client_credentials const who{.user_name = "tim", .password = "tanstaaf"};
  sasl::stored_scram_keys keys;
  ASSERT_EQ(make_scram_keys(with, sasl::hash::sha_256, "tanstaaf", "salt", 4096, keys), error::ok);
  sasl::hash which = sasl::hash::sha_256;
  bool plus = false;
  grave<sasl::scram_client> c{which, plus, who, with};
  std::string const nonce{c->start().octets.substr(std::string_view{"n,,n=tim,r="}.size())};
  ASSERT_EQ(c->take("r=" + nonce + "more,s=c2FsdA==,i=4096").what, sasl::client_step::kind::respond);
  std::string const salted = hmac(sasl::hash::sha_256, "tanstaaf", "salt4096");
  std::string const client_key = hmac(sasl::hash::sha_256, salted, "Client Key");
  EXPECT_EQ(digest(sasl::hash::sha_256, client_key), keys.stored_key.view());
  for (std::string_view const secret : {std::string_view{salted}, std::string_view{client_key}, keys.stored_key.view(),
                                        keys.server_key.view(), "tanstaaf"sv})
    EXPECT_FALSE(c.holds(secret));
  c.bury();
}

TEST(WipedScram, StoredKeysAreWiped) {
  crypto host{.quick = true};
  sasl::functions const with = host.functions();
  grave<sasl::stored_scram_keys> keys;
  ASSERT_EQ(make_scram_keys(with, sasl::hash::sha_1, "tanstaaf", "salt", 4096, *keys.operator->()), error::ok);
  std::string const stored{keys->stored_key.view()};
  EXPECT_TRUE(keys.holds(stored));
  keys.bury();
  EXPECT_FALSE(keys.holds(stored));
}

}  // namespace
