// SPDX-License-Identifier: BSL-1.0
// RCPT, RFC 5321 4.1.1.3, RFC 3461 4.1 and 4.2, RFC 6533 3.
#include "ehlo/grammar/rcpt_command.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "ehlo/model/parameters.hpp"

namespace {

using namespace ehlo;

constexpr std::array<extension_parameter, 1> extra{{{"RRVS", 33}}};

constexpr errc parse(std::string_view line, rcpt_command& out, bool smtputf8, tolerance allowed = strict) {
  tolerance used = tolerance::none;
  return parse_rcpt(line, {allowed, {capability::dsn, capability::smtputf8}, smtputf8, extra}, out, used);
}

struct verdict {
  std::string_view line;
  errc what;
  bool smtputf8 = false;
};
constexpr bool holds(verdict const& row) {
  rcpt_command command;
  errc const what = parse(row.line, command, row.smtputf8);
  return what == row.what && (what != errc::ok || parse(row.line, command, row.smtputf8, lenient) == errc::ok);
}

constexpr verdict command_form[] = {
    {"RCPT TO:<a@b.c>", errc::ok},
    {"rcpt to:<a@b.c> ", errc::ok},
    {"RCPT TO:<Postmaster>", errc::ok},
    {"RCPT TO:<@a,@b:c@d>", errc::ok},
    {"RCPT TO:<>", errc::peer_recipient},
    {"RCPT TO:<user>", errc::peer_recipient},
    {"RCPT TO:", errc::peer_recipient},
    {"RCPT TO:<a@b>y", errc::peer_recipient},
    {"RCPT TO:<a@b>> X=1", errc::peer_recipient},
    {"RCPT TO:<a@b><c@d>", errc::peer_recipient},
    {"RCPT TO", errc::peer_syntax},
    {"RCPT", errc::peer_syntax},
    {"RCPT FROM:<a@b>", errc::peer_syntax},
    {"RCPT TO: <a@b>", errc::peer_syntax},
    {"RCPT TO :<a@b>", errc::peer_syntax},
    {"RCPT TO:<\xc3\xa9@b>", errc::peer_recipient_utf8},
    {"RCPT TO:<\xc3\xa9@b>", errc::ok, true},
    {"RCPT TO:<\xc3@b>", errc::peer_recipient, true},
};
static_assert(std::ranges::all_of(command_form, holds));

constexpr verdict dsn[] = {
    {"RCPT TO:<a@b> NOTIFY=NEVER", errc::ok},
    {"RCPT TO:<a@b> notify=success,FAILURE,delay", errc::ok},
    {"RCPT TO:<a@b> NOTIFY=DELAY", errc::ok},
    {"RCPT TO:<a@b> NOTIFY=", errc::peer_parameter},
    {"RCPT TO:<a@b> NOTIFY", errc::peer_parameter},
    {"RCPT TO:<a@b> NOTIFY=NEVER,DELAY", errc::peer_parameter},
    {"RCPT TO:<a@b> NOTIFY=DELAY,NEVER", errc::peer_parameter},
    {"RCPT TO:<a@b> NOTIFY=DELAY,DELAY", errc::peer_parameter},
    {"RCPT TO:<a@b> NOTIFY=DELAY,", errc::peer_parameter},
    {"RCPT TO:<a@b> NOTIFY=,DELAY", errc::peer_parameter},
    {"RCPT TO:<a@b> NOTIFY=ALWAYS", errc::peer_parameter},
    {"RCPT TO:<a@b> NOTIFY=DELAY NOTIFY=DELAY", errc::peer_parameter},
    {"RCPT TO:<a@b> ORCPT=rfc822;x+2By@b.c", errc::ok},
    {"RCPT TO:<a@b> ORCPT=X400;a+20b", errc::ok},
    {"RCPT TO:<a@b> ORCPT=rfc822;", errc::ok},  // xtext may be empty
    {"RCPT TO:<a@b> ORCPT=rfc822", errc::peer_parameter},
    {"RCPT TO:<a@b> ORCPT=;a@b", errc::peer_parameter},
    {"RCPT TO:<a@b> ORCPT=", errc::peer_parameter},
    {"RCPT TO:<a@b> ORCPT!x;a", errc::peer_parameter},
    {"RCPT TO:<a@b> ORCPT=rfc822;a+0D+0Ab", errc::peer_parameter},
    {"RCPT TO:<a@b> ORCPT=rfc822;a+b", errc::peer_parameter},
    {"RCPT TO:<a@b> ORCPT=rfc822;a=b", errc::peer_parameter},
    {"RCPT TO:<a@b> ORCPT=rfc822;a ORCPT=rfc822;a", errc::peer_parameter},
    {"RCPT TO:<a@b> ORCPT=rfc822;\xc3\xa9@b", errc::peer_parameter, true},
};
static_assert(std::ranges::all_of(dsn, holds));

constexpr verdict international_dsn[] = {
    {"RCPT TO:<a@b> ORCPT=utf-8;\\x{7528}\\x{6237}@omni.test", errc::ok},  // as Postfix sends it
    {"RCPT TO:<a@b> ORCPT=UTF-8;a@b", errc::ok},
    {"RCPT TO:<a@b> ORCPT=utf-8;\xc3\xa9@b", errc::ok, true},
    {"RCPT TO:<a@b> ORCPT=utf-8;\xc3\xa9@b", errc::peer_parameter},
    {"RCPT TO:<a@b> ORCPT=utf-8;\xc3@b", errc::peer_parameter, true},
    {"RCPT TO:<a@b> ORCPT=utf-8;", errc::peer_parameter},
    {"RCPT TO:<a@b> ORCPT=utf-8;a\\x{2B}b@c", errc::ok},
    {"RCPT TO:<a@b> ORCPT=utf-8;a+2Bb@c", errc::ok},
    {"RCPT TO:<a@b> ORCPT=utf-8;a+b@c", errc::peer_parameter},
    {"RCPT TO:<a@b> ORCPT=utf-8;a\\b@c", errc::peer_parameter},
    {"RCPT TO:<a@b> ORCPT=utf-8;\\x{0A}@c", errc::peer_parameter},
    {"RCPT TO:<a@b> ORCPT=utf-8;\\x{D800}@c", errc::peer_parameter},
};
static_assert(std::ranges::all_of(international_dsn, holds));

TEST(rcpt_command, tables) {
  for (verdict const& row : command_form) EXPECT_TRUE(holds(row)) << row.line;
  for (verdict const& row : dsn) EXPECT_TRUE(holds(row)) << row.line;
  for (verdict const& row : international_dsn) EXPECT_TRUE(holds(row)) << row.line;
}

TEST(rcpt_command, fills_the_command) {
  std::string_view const line =
      "RCPT TO:<\"a b\"@c> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+20b@c RRVS=2014-04-03T23:01:00Z ";
  rcpt_command command;
  ASSERT_EQ(parse(line, command, false), errc::ok);
  EXPECT_EQ(view(line, command.to).local_part, "\"a b\"");
  EXPECT_EQ(command.notify, notify_type::success | notify_type::delay);
  EXPECT_EQ(line.substr(command.orcpt.at, command.orcpt.length), "rfc822;a+20b@c");
  EXPECT_TRUE(command.rest);
  std::size_t count = 0;
  for (parameter const& one : parameters{line.substr(command.parameters)}) count += one.has_value ? 1U : 0U;
  EXPECT_EQ(count, 3U);
}

TEST(rcpt_command, without_dsn_its_parameters_are_unknown) {
  rcpt_command command;
  tolerance used = tolerance::none;
  EXPECT_EQ(parse_rcpt("RCPT TO:<a@b> NOTIFY=NEVER", {}, command, used), errc::peer_unknown_parameter);
  EXPECT_EQ(parse_rcpt("RCPT TO:<a@b> ORCPT=rfc822;a", {}, command, used), errc::peer_unknown_parameter);
  EXPECT_EQ(parse_rcpt("RCPT TO:<a@b> SIZE=1", {}, command, used), errc::peer_unknown_parameter);
}

TEST(rcpt_command, reports_tolerances) {
  rcpt_command command;
  tolerance used = tolerance::none;
  EXPECT_EQ(parse_rcpt("RCPT TO:  a..b@c", {lenient, {}, false, {}}, command, used), errc::ok);
  EXPECT_EQ(used, tolerance::space_after_colon | tolerance::loose_dots | tolerance::missing_brackets);
}

}  // namespace
