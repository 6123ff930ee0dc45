// SPDX-License-Identifier: BSL-1.0
// Client options that contradict each other or an RFC: check() names the one, in constant expressions too, and a
// session on them is over before it begins.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/client.hpp"

namespace {

using ehlo::capability;
using ehlo::client_event_type;
using ehlo::client_options;
using ehlo::errc;

constexpr client_options good{.hostname = "client.example.org"};
static_assert(!good.check());
static_assert(client_options{}.check().option == "hostname");
static_assert(client_options{.hostname = "client.example.org", .chunk_size = 0}.check().option == "chunk_size");
static_assert(client_options{.hostname = "client.example.org", .lmtp = true, .helo_only = true}.check().option ==
              "helo_only");

struct rule {
  std::string name;
  std::string_view option;
  client_options options;
};

void PrintTo(rule const& r, std::ostream* out) { *out << r.name; }

using change = void (*)(client_options&);

std::string const long_text(256, 'x');
std::string const many_mechanisms = [] {
  std::string list = "X";
  for (int i = 0; i != 32; ++i) list += " X";
  return list;
}();

std::vector<rule> rules() {
  struct row {
    char const* name;
    std::string_view option;
    change make;
  };
  std::vector<rule> all;
  for (row const& r : std::initializer_list<row>{
           {"hostname_empty", "hostname", [](client_options& o) { o.hostname = ""; }},
           {"hostname_of_two_words", "hostname", [](client_options& o) { o.hostname = "a b"; }},
           {"hostname_with_newline", "hostname", [](client_options& o) { o.hostname = "a\r\nRSET"; }},
           {"hostname_too_long", "hostname", [](client_options& o) { o.hostname = long_text; }},
           {"user_name_with_nul", "user_name",
            [](client_options& o) {
              o.user_name = std::string_view{"a\0b", 3};
            }},
           {"password_with_nul", "password",
            [](client_options& o) {
              o.password = std::string_view{"\0", 1};
            }},
           {"identity_with_nul", "authorization_identity",
            [](client_options& o) {
              o.authorization_identity = std::string_view{"a\0", 2};
            }},
           {"user_name_too_long", "user_name", [](client_options& o) { o.user_name = long_text; }},
           {"password_too_long", "user_name", [](client_options& o) { o.password = long_text; }},
           {"identity_too_long", "user_name", [](client_options& o) { o.authorization_identity = long_text; }},
           {"mechanism_with_a_dot", "mechanisms", [](client_options& o) { o.mechanisms = "PLAIN A.B"; }},
           {"mechanisms_with_two_spaces", "mechanisms", [](client_options& o) { o.mechanisms = "PLAIN  LOGIN"; }},
           {"mechanisms_with_space_at_the_end", "mechanisms", [](client_options& o) { o.mechanisms = "PLAIN "; }},
           {"mechanisms_too_many", "mechanisms", [](client_options& o) { o.mechanisms = many_mechanisms; }},
           {"helo_and_auth", "helo_only", [](client_options& o) { o.helo_only = true, o.mechanisms = "PLAIN"; }},
           {"helo_and_tls", "helo_only",
            [](client_options& o) { o.helo_only = true, o.tls = ehlo::tls_policy::require; }},
           {"helo_and_lmtp", "helo_only", [](client_options& o) { o.helo_only = o.lmtp = true; }},
           {"helo_and_extensions", "helo_only",
            [](client_options& o) { o.helo_only = true, o.required.add(capability::smtputf8); }},
           {"greeting_timeout", "greeting_timeout", [](client_options& o) { o.greeting_timeout = 0; }},
           {"command_timeout", "command_timeout", [](client_options& o) { o.command_timeout = -1; }},
           {"mail_timeout", "mail_timeout", [](client_options& o) { o.mail_timeout = 0; }},
           {"rcpt_timeout", "rcpt_timeout", [](client_options& o) { o.rcpt_timeout = 0; }},
           {"data_timeout", "data_timeout", [](client_options& o) { o.data_timeout = 0; }},
           {"block_timeout", "block_timeout", [](client_options& o) { o.block_timeout = 0; }},
           {"verdict_timeout", "verdict_timeout", [](client_options& o) { o.verdict_timeout = 0; }},
           {"quit_timeout", "quit_timeout",
            [](client_options& o) { o.quit_timeout = 31 * 24 * 60 * ehlo::one_minute; }},
           {"chunk_size", "chunk_size", [](client_options& o) { o.chunk_size = 0; }},
           {"chunks_in_flight", "chunks_in_flight", [](client_options& o) { o.chunks_in_flight = 0; }},
           {"flight_budget", "flight_budget", [](client_options& o) { o.flight_budget = 511; }},
           {"reply_line", "replies", [](client_options& o) { o.replies.line = 511; }},
           {"reply_lines", "replies", [](client_options& o) { o.replies.lines = 0; }},
           {"reply_octets", "replies", [](client_options& o) { o.replies.octets = 511; }},
           {"newline", "newline", [](client_options& o) { o.newline = ehlo::bare_newline::by_preset; }}}) {
    client_options o = good;
    r.make(o);
    all.push_back({r.name, r.option, o});
  }
  return all;
}

class ClientOptionRules : public testing::TestWithParam<rule> {};

TEST_P(ClientOptionRules, IsNamed) {
  ehlo::option_error const error = GetParam().options.check();
  ASSERT_TRUE(error);
  EXPECT_EQ(error.option, GetParam().option);
  EXPECT_FALSE(error.why.empty());
}

/// A session on such options is closed, and every call on it says so and changes nothing.
TEST_P(ClientOptionRules, MakesAClosedSession) {
  ehlo::client c{GetParam().options, {}};
  for (int i = 0; i != 2; ++i) {
    std::string_view in = "220 mx.example.org\r\n";
    ehlo::client_event const e = c.next(in, {});
    EXPECT_EQ(e.type(), client_event_type::closed);
    EXPECT_EQ(e.error(), errc::local_options);
    EXPECT_EQ(in, "220 mx.example.org\r\n") << "nothing is taken";
    EXPECT_TRUE(c.output().empty());
  }
  std::array<char, sizeof(ehlo::client)> before;
  std::memcpy(before.data(), &c, sizeof c);
  std::array<ehlo::recipient, 1> to{ehlo::recipient{.path = "b@example.org"}};
  ehlo::envelope message{.from = "a@example.org", .to = to};
  EXPECT_EQ(c.state(), ehlo::client_state::closed);
  EXPECT_FALSE(c.deadline());
  EXPECT_EQ(c.submit(message), errc::local_order);
  EXPECT_EQ(c.body("x", true), errc::local_order);
  EXPECT_EQ(c.abort(), errc::local_order);
  EXPECT_EQ(c.command("NOOP"), errc::local_order);
  EXPECT_EQ(c.quit(), errc::local_order);
  EXPECT_EQ(c.respond("x"), errc::local_order);
  EXPECT_EQ(c.respond_later(), errc::local_order);
  EXPECT_EQ(c.cancel(), errc::local_order);
  EXPECT_EQ(c.tls_started({}), errc::local_order);
  EXPECT_EQ(c.tls_failed(), errc::local_order);
  EXPECT_EQ(c.on_deadline({1 << 30}), errc::local_order);
  EXPECT_EQ(c.sent(1), errc::local_sent);
  EXPECT_EQ(std::memcmp(before.data(), &c, sizeof c), 0);
}

INSTANTIATE_TEST_SUITE_P(Each, ClientOptionRules, testing::ValuesIn(rules()),
                         [](auto const& one) { return one.param.name; });

TEST(ClientOptions, TakeTheLimitsThemselves) {
  client_options o = good;
  std::string const label(63, 'x');
  std::string const hostname = label + '.' + label + '.' + label + '.' + label;
  std::string const credential(255, 'x');
  o.hostname = hostname;
  o.user_name = o.password = o.authorization_identity = credential;
  o.mechanisms = std::string_view{many_mechanisms}.substr(2);
  o.flight_budget = 512;
  o.chunk_size = o.chunks_in_flight = 1;
  o.replies = {.line = 512, .lines = 1, .octets = 512};
  o.quit_timeout = 30 * 24 * 60 * ehlo::one_minute;
  EXPECT_FALSE(o.check()) << o.check().option;
}

TEST(ClientOptions, AreAskedForAdviceWhereSubmitRefuses) {
  using ehlo::advice;
  EXPECT_EQ(ehlo::advice_for(errc::ok), advice::done);
  for (errc const e : {errc::local_eightbitmime, errc::local_smtputf8, errc::local_binarymime})
    EXPECT_EQ(ehlo::advice_for(e), advice::convert);
  EXPECT_EQ(ehlo::advice_for(errc::local_limits), advice::reconnect);
  EXPECT_EQ(ehlo::advice_for(errc::local_requiretls), advice::next_host);
  for (errc const e : {errc::local_size, errc::local_reverse_path, errc::local_no_recipients})
    EXPECT_EQ(ehlo::advice_for(e), advice::give_up);
}

}  // namespace
