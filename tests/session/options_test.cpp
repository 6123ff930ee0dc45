// SPDX-License-Identifier: BSL-1.0
// Options that contradict each other or an RFC: check() names the one, in constant expressions too, and a session on
// them is over before it begins.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/server.hpp"

namespace {

using ehlo::capability;
using ehlo::errc;
using ehlo::event_type;
using ehlo::server_options;

constexpr server_options good{.hostname = "mx.example.org"};
static_assert(!good.check());
static_assert(server_options{}.check().option == "hostname");
static_assert(server_options{.hostname = "mx.example.org", .max_errors = 0}.check().option == "max_errors");
static_assert(server_options{.hostname = "mx.example.org", .require_auth = true}.check().option == "require_auth");

server_options with_auth() {
  server_options o = good;
  o.offer.add(capability::auth);
  o.auth_mechanisms = "PLAIN";
  return o;
}

struct rule {
  char const* name;
  std::string_view option;
  server_options options;
  std::size_t line = 2048;
};

using change = void (*)(server_options&);
server_options changed(change f, server_options o = good) {
  f(o);
  return o;
}

std::string const long_text(401, 'x');
std::string const long_line(507, 'x');
std::array<std::string_view, 1> const long_lines{long_line};
std::array<std::string_view, 1> const empty_lines{""};
std::array<std::string_view, 1> const broken_lines{"X\r\n250 Y"};
std::array<std::string_view, 1> const two_words{"X Y"};
std::vector<std::string_view> const many_lines(101, "X");
std::array<ehlo::extension_parameter, 1> const with_value{{{"X=1", 0}}};
std::array<ehlo::extension_parameter, 1> const no_keyword{{{"", 0}}};

std::vector<rule> rules() {
  using o = server_options;
  return {
      {"HostnameMissing", "hostname", changed([](o& x) { x.hostname = ""; })},
      {"HostnameOfTwoWords", "hostname", changed([](o& x) { x.hostname = "mx example"; })},
      {"HostnameWithLineBreak", "hostname", changed([](o& x) { x.hostname = "mx\r\n"; })},
      {"HostnameTooLong", "hostname", changed([](o& x) { x.hostname = std::string_view{long_text}.substr(0, 256); })},
      {"GreetingWithLineBreak", "greeting", changed([](o& x) { x.greeting = "a\r\nb"; })},
      {"GreetingOf8Bit", "greeting", changed([](o& x) { x.greeting = "\xC3\xA4"; })},
      {"GreetingTooLong", "greeting", changed([](o& x) { x.greeting = std::string_view{long_text}.substr(0, 201); })},
      {"MechanismsWithControl", "auth_mechanisms", changed([](o& x) { x.auth_mechanisms = "PLAIN\n"; }, with_auth())},
      {"MechanismsTwoSpaces", "auth_mechanisms",
       changed([](o& x) { x.auth_mechanisms = "PLAIN  LOGIN"; }, with_auth())},
      {"MechanismsTooLong", "auth_mechanisms", changed([](o& x) { x.auth_mechanisms = long_text; }, with_auth())},
      {"ClearMechanismsWithControl", "auth_mechanisms_cleartext",
       changed([](o& x) { x.auth_mechanisms_cleartext = "PLAIN\n"; }, with_auth())},
      {"ClearMechanismsTooLong", "auth_mechanisms_cleartext",
       changed([](o& x) { x.auth_mechanisms_cleartext = long_text; }, with_auth())},
      {"HoldUntilTooLong", "max_hold_until", changed([](o& x) { x.max_hold_until = long_text; })},
      {"PriorityProfileTooLong", "mt_priority_profile", changed([](o& x) { x.mt_priority_profile = long_text; })},
      {"XclientTooLong", "xclient_attributes", changed([](o& x) { x.xclient_attributes = long_text; })},
      {"XforwardTooLong", "xforward_attributes", changed([](o& x) { x.xforward_attributes = long_text; })},
      {"KeywordTooLong", "extra_keywords", changed([](o& x) { x.extra_keywords = long_lines; })},
      {"KeywordEmpty", "extra_keywords", changed([](o& x) { x.extra_keywords = empty_lines; })},
      {"KeywordWithLineBreak", "extra_keywords", changed([](o& x) { x.extra_keywords = broken_lines; })},
      {"KeywordsTooMany", "extra_keywords", changed([](o& x) { x.extra_keywords = many_lines; })},
      {"VerbOfTwoWords", "extra_verbs", changed([](o& x) { x.extra_verbs = two_words; })},
      {"MailParameterWithValue", "extra_mail_parameters", changed([](o& x) { x.extra_mail_parameters = with_value; })},
      {"RcptParameterWithoutKeyword", "extra_rcpt_parameters",
       changed([](o& x) { x.extra_rcpt_parameters = no_keyword; })},

      {"Smtputf8Without8bitmime", "offer", changed([](o& x) { x.offer.remove(capability::eightbitmime); })},
      {"BinarymimeWithoutChunking", "offer",
       changed([](o& x) { x.offer.add(capability::binarymime).remove(capability::chunking); })},
      {"LmtpWithoutPipelining", "lmtp", changed([](o& x) { x.lmtp = true, x.offer.remove(capability::pipelining); })},
      {"LmtpWithoutEnhancedCodes", "lmtp",
       changed([](o& x) { x.lmtp = true, x.offer.remove(capability::enhancedstatuscodes); })},
      {"ExpnWithoutQuestion", "ask", changed([](o& x) { x.offer.add(capability::expn); })},
      {"FuturereleaseWithoutLimits", "max_hold_seconds", changed([](o& x) { x.offer.add(capability::futurerelease); })},
      {"AuthWithoutMechanisms", "auth_mechanisms", changed([](o& x) { x.offer.add(capability::auth); })},
      {"MechanismsWithoutAuth", "auth_mechanisms", changed([](o& x) { x.auth_mechanisms = "PLAIN"; })},
      {"RequireAuthWithoutAuth", "require_auth", changed([](o& x) { x.require_auth = true; })},
      {"ClearMechanismsUnderRequireTls", "auth_mechanisms_cleartext",
       changed([](o& x) { x.auth_mechanisms_cleartext = "PLAIN", x.require_tls = true; }, with_auth())},
      {"XclientWithoutAttributes", "xclient_attributes", changed([](o& x) { x.offer.add(capability::xclient); })},
      {"XforwardWithoutAttributes", "xforward_attributes", changed([](o& x) { x.offer.add(capability::xforward); })},

      {"TooFewRecipients", "max_recipients", changed([](o& x) { x.max_recipients = 99; })},
      {"LimitOfSevenDigits", "max_recipients",
       changed([](o& x) { x.max_recipients = 1000000, x.offer.add(capability::limits); })},
      {"TextLineTooShort", "max_text", changed([](o& x) { x.max_text = 999; })},
      {"AuthLineTooLong", "max_auth_line", changed([](o& x) { x.max_auth_line = 12289; }), 20000},
      {"AuthLineOverStorage", "max_auth_line", changed([](o& x) { x.max_auth_line = 2049; })},
      {"AuthInSmallStorage", "auth_mechanisms", with_auth(), 2047},
      {"NoErrors", "max_errors", changed([](o& x) { x.max_errors = 0; })},
      {"NoIdleCommands", "max_idle_commands", changed([](o& x) { x.max_idle_commands = 0; })},
      {"NoAuthFailures", "max_auth_failures", changed([](o& x) { x.max_auth_failures = 0; })},
      {"NoAuthRounds", "max_auth_rounds", changed([](o& x) { x.max_auth_rounds = 0; })},
      {"NoCommandTime", "command_timeout", changed([](o& x) { x.command_timeout = 0; })},
      {"NoDataTime", "data_timeout", changed([](o& x) { x.data_timeout = -1; })},
      {"NegativeHostTime", "host_timeout", changed([](o& x) { x.host_timeout = -1; })},
      {"RateTooHigh", "minimum_rate", changed([](o& x) { x.minimum_rate = 2; })},
      {"RateWindowTooShort", "rate_window", changed([](o& x) { x.rate_window = 10 * ehlo::one_minute - 1; })},
  };
}

void PrintTo(rule const& r, std::ostream* out) { *out << r.name; }

class OptionRules : public testing::TestWithParam<rule> {};

TEST_P(OptionRules, IsNamed) {
  ehlo::option_error const error = GetParam().options.check(GetParam().line);
  ASSERT_TRUE(error);
  EXPECT_EQ(error.option, GetParam().option);
  EXPECT_FALSE(error.why.empty());
}

/// A session on such options is closed, and every call on it says so and changes nothing.
template <class Server>
void expect_closed(server_options const& o) {
  Server s{o, {}};
  for (int i = 0; i != 2; ++i) {
    std::string_view in = "EHLO client.test\r\n";
    ehlo::server_event const e = s.next(in, {});
    EXPECT_EQ(e.type(), event_type::closed);
    EXPECT_EQ(e.error(), errc::local_options);
    EXPECT_EQ(in, "EHLO client.test\r\n") << "nothing is taken";
    EXPECT_EQ(s.output(), "");
  }
  std::array<char, sizeof(Server)> before;
  std::memcpy(before.data(), &s, sizeof s);
  EXPECT_EQ(s.state(), ehlo::server_state::closed);
  EXPECT_FALSE(s.deadline());
  EXPECT_EQ(s.accept(), errc::local_order);
  EXPECT_EQ(s.reject({550}), errc::local_order);
  EXPECT_EQ(s.reply_line("x"), errc::local_order);
  EXPECT_EQ(s.challenge("x"), errc::local_order);
  EXPECT_EQ(s.tls_started({}), errc::local_order);
  EXPECT_EQ(s.tls_failed(), errc::local_order);
  EXPECT_EQ(s.shutdown(), errc::local_order);
  EXPECT_EQ(s.on_deadline({1 << 30}), errc::local_order);
  EXPECT_EQ(s.sent(1), errc::local_sent);
  EXPECT_EQ(std::memcmp(before.data(), &s, sizeof s), 0);
}

TEST_P(OptionRules, MakesAClosedSession) {
  if (!GetParam().options.check(2048)) {
    EXPECT_TRUE(GetParam().options.check(1024));
    return expect_closed<ehlo::basic_server<1024>>(GetParam().options);
  }
  expect_closed<ehlo::server>(GetParam().options);
}

INSTANTIATE_TEST_SUITE_P(Each, OptionRules, testing::ValuesIn(rules()), [](auto const& one) { return one.param.name; });

TEST(Options, TakeTheLimitsThemselves) {
  server_options o = good;
  std::string const hostname(255, 'x');
  std::string const greeting(200, 'x');
  o.hostname = hostname;
  o.greeting = greeting;
  o.max_recipients = 100;
  o.max_text = 1000;
  o.max_errors = o.max_idle_commands = 1;
  o.max_auth_failures = o.max_auth_rounds = 1;
  o.command_timeout = o.data_timeout = 1;
  EXPECT_FALSE(o.check());
  EXPECT_FALSE(with_auth().check(2048));
  o = with_auth();
  o.max_auth_line = 12288;
  EXPECT_FALSE(o.check(12288));
  // The longest greeting fits into one line.
  o = good;
  o.hostname = hostname;
  o.greeting = greeting;
  ehlo::server s{o, {}};
  std::string_view in;
  (void)s.next(in, {});
  EXPECT_EQ(s.output(), "220 " + hostname + " " + greeting + "\r\n");
}

TEST(Options, ChooseTheNewlineByPreset) {
  server_options o = good;
  EXPECT_EQ(o.effective_newline(), ehlo::bare_newline::normalize);
  o.tolerances = ehlo::strict;
  EXPECT_EQ(o.effective_newline(), ehlo::bare_newline::reject);
  o.tolerances = ehlo::lenient;
  EXPECT_EQ(o.effective_newline(), ehlo::bare_newline::normalize);
  o.newline = ehlo::bare_newline::reject;
  EXPECT_EQ(o.effective_newline(), ehlo::bare_newline::reject);
  o.tolerances = ehlo::tolerance::bare_lf_in_text;  // one of the two is none
  o.newline = ehlo::bare_newline::by_preset;
  EXPECT_EQ(o.effective_newline(), ehlo::bare_newline::reject);
}

}  // namespace
