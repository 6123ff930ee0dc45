// SPDX-License-Identifier: BSL-1.0
// MAIL, RFC 5321 4.1.1.2, with the parameters of RFC 1870, 2852, 3030, 3461, 4865, 4954, 6152, 6531, 6710 and 8689.
#include "ehlo/grammar/mail_command.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "ehlo/model/parameters.hpp"

namespace {

using namespace ehlo;

constexpr capability_set everything{capability::size,       capability::eightbitmime, capability::binarymime,
                                    capability::dsn,        capability::smtputf8,     capability::auth,
                                    capability::requiretls, capability::deliverby,    capability::futurerelease,
                                    capability::mt_priority};
constexpr std::array<extension_parameter, 2> extra{{{"X-ONE", 0}, {"SOLICIT", 100}}};

constexpr errc parse(std::string_view line, mail_command& out, tolerance allowed = strict) {
  tolerance used = tolerance::none;
  return parse_mail(line, {allowed, everything, true, extra}, out, used);
}

struct verdict {
  std::string_view line;
  errc what;
};
constexpr bool holds(verdict const& row) {
  mail_command command;
  errc const what = parse(row.line, command);
  return what == row.what && (what != errc::ok || parse(row.line, command, lenient) == errc::ok);
}

constexpr verdict command_form[] = {
    {"MAIL FROM:<a@b.c>", errc::ok},
    {"mail from:<a@b.c>", errc::ok},
    {"MAIL FROM:<>", errc::ok},
    {"MAIL FROM:<a@b> ", errc::ok},
    {"MAIL FROM:<a@b>\t", errc::ok},
    {"MAIL FROM:<a@b>  SIZE=1", errc::ok},
    {"MAIL FROM: <a@b>", errc::peer_syntax},
    {"MAIL FROM :<a@b>", errc::peer_syntax},
    {"MAIL FROM<a@b>", errc::peer_syntax},
    {"MAIL FROM;<a@b>", errc::peer_syntax},
    {"MAIL TO:<a@b>", errc::peer_syntax},
    {"MAIL  FROM:<a@b>", errc::peer_syntax},
    {"MAIL <a@b>", errc::peer_syntax},
    {"MAIL", errc::peer_syntax},
    {"MAIL FROM", errc::peer_syntax},
    {"MAIL FROM:", errc::peer_sender},
    {"MAIL FROM:<", errc::peer_sender},
    {"MAIL FROM:<postmaster>", errc::peer_sender},
    {"MAIL FROM:a@b", errc::peer_sender},
    {"MAIL FROM:<a@b>y", errc::peer_sender},
    {"MAIL FROM:<a@b>>", errc::peer_sender},
    {"MAIL FROM:<a@b><c@d>", errc::peer_sender},
    {"MAIL FROM:<a@b>SIZE=1", errc::peer_sender},
    {"MAIL FROM:<a@b>\tSIZE=1", errc::peer_sender},
};
static_assert(std::ranges::all_of(command_form, holds));

constexpr verdict parameter_form[] = {
    {"MAIL FROM:<a@b> X-ONE", errc::ok},
    {"MAIL FROM:<a@b> x-one=!~", errc::ok},
    {"MAIL FROM:<a@b> X-ONE=<>", errc::ok},
    {"MAIL FROM:<a@b> X-ONE=", errc::peer_parameter},
    {"MAIL FROM:<a@b> X-ONE=a=b", errc::peer_parameter},
    {"MAIL FROM:<a@b> X-ONE=a\x7f", errc::peer_parameter},
    {"MAIL FROM:<a@b> X-ONE=a\tb", errc::peer_parameter},
    {{"MAIL FROM:<a@b> X-ONE=a\0b", 25}, errc::peer_parameter},
    {"MAIL FROM:<a@b> X-ONE=\xc3\xa9", errc::peer_parameter},
    {"MAIL FROM:<a@b> X-ONE=\xc3\xa9 SMTPUTF8", errc::ok},
    {"MAIL FROM:<a@b> X-ONE=\xc3 SMTPUTF8", errc::peer_parameter},
    {"MAIL FROM:<a@b> -X=1", errc::peer_parameter},
    {"MAIL FROM:<a@b> =1", errc::peer_parameter},
    {"MAIL FROM:<a@b> X_Y=1", errc::peer_parameter},
    {"MAIL FROM:<a@b> ENVID[x", errc::peer_parameter},
    {"MAIL FROM:<a@b> AUTH<>", errc::peer_parameter},
    {"MAIL FROM:<a@b> BY+5;R", errc::peer_parameter},
    {"MAIL FROM:<a@b> X-TWO=1", errc::peer_unknown_parameter},
    {"MAIL FROM:<a@b> X-TWO", errc::peer_unknown_parameter},
    {"MAIL FROM:<a@b> SIZES=1", errc::peer_unknown_parameter},
    {"MAIL FROM:<a@b> XXXXXXXXSMTPUTF8", errc::peer_unknown_parameter},
    {"MAIL FROM:<a@b> NOTIFY=NEVER", errc::peer_unknown_parameter},
};
static_assert(std::ranges::all_of(parameter_form, holds));

constexpr verdict values[] = {
    {"MAIL FROM:<a@b> SIZE=0", errc::ok},  // RFC 1870
    {"MAIL FROM:<a@b> SIZE=00000000000000000001", errc::ok},
    {"MAIL FROM:<a@b> SIZE=000000000000000000001", errc::peer_parameter},
    {"MAIL FROM:<a@b> SIZE=99999999999999999999", errc::ok},
    {"MAIL FROM:<a@b> SIZE", errc::peer_parameter},
    {"MAIL FROM:<a@b> SIZE=", errc::peer_parameter},
    {"MAIL FROM:<a@b> SIZE=-1", errc::peer_parameter},
    {"MAIL FROM:<a@b> SIZE=1k", errc::peer_parameter},
    {"MAIL FROM:<a@b> SIZE=1 SIZE=1", errc::peer_parameter},
    {"MAIL FROM:<a@b> BODY=7bit", errc::ok},  // RFC 6152, 3030
    {"MAIL FROM:<a@b> BODY=8BITMIME", errc::ok},
    {"MAIL FROM:<a@b> BODY=BINARYMIME", errc::ok},
    {"MAIL FROM:<a@b> BODY=9BIT", errc::peer_parameter},
    {"MAIL FROM:<a@b> BODY", errc::peer_parameter},
    {"MAIL FROM:<a@b> BODY=8BITMIMEX", errc::peer_parameter},
    {"MAIL FROM:<a@b> SMTPUTF8", errc::ok},  // RFC 6531
    {"MAIL FROM:<a@b> SMTPUTF8=1", errc::peer_parameter},
    {"MAIL FROM:<a@b> SMTPUTF8 SMTPUTF8", errc::peer_parameter},
    {"MAIL FROM:<a@b> REQUIRETLS", errc::ok},  // RFC 8689
    {"MAIL FROM:<a@b> REQUIRETLS=1", errc::peer_parameter},
    {"MAIL FROM:<a@b> RET=FULL", errc::ok},  // RFC 3461 4.3
    {"MAIL FROM:<a@b> RET=hdrs", errc::ok},
    {"MAIL FROM:<a@b> RET=HDR", errc::peer_parameter},
    {"MAIL FROM:<a@b> RET=FULL RET=HDRS", errc::peer_parameter},
    {"MAIL FROM:<a@b> ENVID=x+2By", errc::ok},  // RFC 3461 4.4
    {"MAIL FROM:<a@b> ENVID=x+20y", errc::ok},
    {"MAIL FROM:<a@b> ENVID=", errc::peer_parameter},
    {"MAIL FROM:<a@b> ENVID=x+2by", errc::peer_parameter},
    {"MAIL FROM:<a@b> ENVID=x+0D+0ARCPT", errc::peer_parameter},
    {"MAIL FROM:<a@b> ENVID=x+00", errc::peer_parameter},
    {"MAIL FROM:<a@b> ENVID=x+E9", errc::peer_parameter},
    {"MAIL FROM:<a@b> ENVID=x+", errc::peer_parameter},
    {"MAIL FROM:<a@b> ENVID=x=y", errc::peer_parameter},
};
static_assert(std::ranges::all_of(values, holds));

constexpr verdict rare_values[] = {
    {"MAIL FROM:<a@b> AUTH=<>", errc::ok},  // RFC 4954 5
    {"MAIL FROM:<a@b> AUTH=e+3Dmc2@example.com", errc::ok},
    {"MAIL FROM:<a@b> AUTH=e+3dmc2@example.com", errc::ok},
    {"MAIL FROM:<a@b> AUTH=+3C+3E", errc::ok},
    {"MAIL FROM:<a@b> AUTH=", errc::peer_parameter},
    {"MAIL FROM:<a@b> AUTH=user", errc::peer_parameter},
    {"MAIL FROM:<a@b> AUTH=a+0D+0A@b", errc::peer_parameter},
    {"MAIL FROM:<a@b> BY=120;R", errc::ok},  // RFC 2852 4
    {"MAIL FROM:<a@b> BY=-5;nt", errc::ok},
    {"MAIL FROM:<a@b> BY=0;R", errc::peer_parameter},
    {"MAIL FROM:<a@b> BY=120", errc::peer_parameter},
    {"MAIL FROM:<a@b> HOLDFOR=3600", errc::ok},  // RFC 4865 3
    {"MAIL FROM:<a@b> HOLDFOR=0", errc::peer_parameter},
    {"MAIL FROM:<a@b> HOLDUNTIL=2027-12-31T00:00:00Z", errc::ok},
    {"MAIL FROM:<a@b> HOLDUNTIL=2027-13-31T00:00:00Z", errc::peer_parameter},
    {"MAIL FROM:<a@b> HOLDFOR=1 HOLDUNTIL=2027-12-31T00:00:00Z", errc::peer_parameter},
    {"MAIL FROM:<a@b> MT-PRIORITY=-3", errc::ok},  // RFC 6710
    {"MAIL FROM:<a@b> MT-PRIORITY=10", errc::peer_parameter},
    {"MAIL FROM:<\xc3\xa9@b> SIZE=1", errc::peer_sender_utf8},
    {"MAIL FROM:<\xc3\xa9@b> SIZE=1 SMTPUTF8", errc::ok},
};
static_assert(std::ranges::all_of(rare_values, holds));

TEST(mail_command, tables) {
  for (verdict const& row : command_form) EXPECT_TRUE(holds(row)) << row.line;
  for (verdict const& row : parameter_form) EXPECT_TRUE(holds(row)) << row.line;
  for (verdict const& row : values) EXPECT_TRUE(holds(row)) << row.line;
  for (verdict const& row : rare_values) EXPECT_TRUE(holds(row)) << row.line;
}

TEST(mail_command, fills_the_command) {
  std::string_view const line =
      "MAIL FROM:<a@b> SIZE=18446744073709551616 BODY=BINARYMIME SMTPUTF8 RET=HDRS ENVID=QQ AUTH=<> REQUIRETLS";
  mail_command command;
  ASSERT_EQ(parse(line, command), errc::ok);
  EXPECT_EQ(view(line, command.from).mailbox(), "a@b");
  EXPECT_TRUE(command.has_size);
  EXPECT_EQ(command.size, UINT64_MAX) << "saturated, never wrapped";
  EXPECT_EQ(command.body, body_type::binarymime);
  EXPECT_EQ(command.ret, ret_type::headers);
  EXPECT_TRUE(command.smtputf8);
  EXPECT_TRUE(command.requiretls);
  EXPECT_FALSE(command.rest);
  EXPECT_EQ(line.substr(command.envid.at, command.envid.length), "QQ");
  EXPECT_EQ(line.substr(command.auth.at, command.auth.length), "<>");
  EXPECT_EQ(parameters{line.substr(command.parameters)}.find("body").value, "BINARYMIME");
}

TEST(mail_command, rest_says_that_there_is_more) {
  for (std::string_view const one : {"X-ONE=1", "BY=1;R", "HOLDFOR=1", "MT-PRIORITY=1", "SOLICIT"}) {
    mail_command command;
    ASSERT_EQ(parse("MAIL FROM:<a@b> " + std::string{one}, command), errc::ok) << one;
    EXPECT_TRUE(command.rest) << one;
  }
}

TEST(mail_command, what_is_not_offered_is_unknown) {
  for (std::string_view const one : {"SIZE=1", "BODY=7BIT", "SMTPUTF8", "RET=FULL", "ENVID=x", "AUTH=<>", "REQUIRETLS",
                                     "BY=1;R", "HOLDFOR=1", "HOLDUNTIL=2027-12-31T00:00:00Z", "MT-PRIORITY=1"}) {
    std::string const line = "MAIL FROM:<a@b> " + std::string{one};
    mail_command command;
    tolerance used = tolerance::none;
    EXPECT_EQ(parse_mail(line, {}, command, used), errc::peer_unknown_parameter) << one;
  }
  mail_command command;
  tolerance used = tolerance::none;
  mail_rules rules{strict, everything, false, {}};
  EXPECT_EQ(parse_mail("MAIL FROM:<a@b> REQUIRETLS", rules, command, used), errc::peer_unknown_parameter) << "no TLS";
  rules.offered.remove(capability::binarymime);
  EXPECT_EQ(parse_mail("MAIL FROM:<a@b> BODY=BINARYMIME", rules, command, used), errc::peer_parameter);
}

TEST(mail_command, envid_has_at_most_100_octets) {
  mail_command command;
  std::string const longest = std::string(99, 'x') + "+2B";
  EXPECT_EQ(parse("MAIL FROM:<a@b> ENVID=" + longest, command), errc::ok);
  EXPECT_EQ(parse("MAIL FROM:<a@b> ENVID=" + longest + "x", command), errc::peer_parameter);
}

TEST(mail_command, reports_tolerances) {
  mail_command command;
  tolerance used = tolerance::none;
  EXPECT_EQ(parse_mail("MAIL FROM: <a.@b_c>", {interoperable, everything, false, {}}, command, used), errc::ok);
  EXPECT_EQ(used, tolerance::space_after_colon | tolerance::loose_dots | tolerance::loose_domain);
  used = tolerance::none;
  EXPECT_EQ(parse_mail("MAIL FROM:a@b SIZE=1", {lenient, everything, false, {}}, command, used), errc::ok);
  EXPECT_EQ(used, tolerance::missing_brackets);
  EXPECT_TRUE(command.has_size);
}

}  // namespace
