// SPDX-License-Identifier: BSL-1.0
// Command lines from typed values: what is written reads back as the same, and nothing else is written.
#include "ehlo/wire/command_writer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

#include "ehlo/grammar/bdat_command.hpp"
#include "ehlo/grammar/command_line.hpp"
#include "ehlo/model/parameters.hpp"

namespace {

using namespace ehlo;

template <class Write>
std::string written(Write write) {
  std::array<char, 1024> storage{};
  text_writer out{storage};
  return write(out) ? std::string{out.written()} : "refused";
}
std::string mail(std::string_view from, mail_params const& params = {}, tolerance allowed = interoperable) {
  return written([&](text_writer& out) { return write_mail(out, from, params, allowed); });
}
std::string rcpt(std::string_view to, rcpt_params const& params = {}, bool smtputf8 = false) {
  return written([&](text_writer& out) { return write_rcpt(out, to, params, smtputf8); });
}

TEST(command_writer, mail) {
  EXPECT_EQ(mail(""), "MAIL FROM:<>\r\n");
  EXPECT_EQ(mail("a@b"), "MAIL FROM:<a@b>\r\n");
  EXPECT_EQ(mail("<\"a b\"@c>"), "MAIL FROM:<\"a b\"@c>\r\n");
  EXPECT_EQ(mail("a..b@c"), "MAIL FROM:<a..b@c>\r\n") << "real people have such addresses";
  EXPECT_EQ(mail("a..b@c", {}, strict), "refused");
  mail_params params;
  params.size = 5;
  params.has_size = true;
  params.body = body_type::eightbitmime;
  params.smtputf8 = true;
  params.ret = ret_type::headers;
  params.envid = "x+2By";
  params.auth = "<>";
  params.requiretls = true;
  params.rest = " HOLDFOR=5  X-A";
  EXPECT_EQ(
      mail("\xc3\xa9@b", params),
      "MAIL FROM:<\xc3\xa9@b> SIZE=5 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=x+2By AUTH=<> REQUIRETLS HOLDFOR=5 X-A\r\n");
}

TEST(command_writer, refuses_what_would_break_the_line) {
  for (std::string_view const bad : {"a@b>\r\nDATA", "a@b\r\n", "a@b> SIZE=1", "a b@c", "a@b\n", "\x7f@b", "\xc3\xa9@b",
                                     "<a@b", "a@b>", "a<b@c", "a", "@r:a@b", "<@r:a@b>"}) {
    EXPECT_EQ(mail(bad, {}, lenient), "refused") << bad;
    EXPECT_EQ(rcpt(bad), "refused") << bad;
  }
  EXPECT_EQ(mail(std::string_view{"a\0@b", 4}), "refused");
  EXPECT_EQ(rcpt(""), "refused");
  for (std::string_view const bad : {"x\r\nRCPT TO:<a@b>", "x y", "+0A", "+", "x=y"}) {
    mail_params params;
    params.envid = bad;
    EXPECT_EQ(mail("a@b", params), "refused") << bad;
    params.envid = {};
    params.auth = bad;
    EXPECT_EQ(mail("a@b", params), "refused") << bad;
  }
  for (std::string_view const bad : {"X=\r\n", "X=a\tb", "=1", "-X", "X=", "X=a=b", "X=\xc3\xa9", "X\r\nDATA"}) {
    mail_params params;
    params.rest = bad;
    EXPECT_EQ(mail("a@b", params), "refused") << bad;
    EXPECT_EQ(rcpt("a@b", {notify_type::unstated, {}, bad}), "refused") << bad;
    EXPECT_EQ(rcpt("a@b", {notify_type::unstated, bad, {}}), "refused") << bad;
  }
}

TEST(command_writer, rcpt) {
  EXPECT_EQ(rcpt("postmaster"), "RCPT TO:<postmaster>\r\n");
  EXPECT_EQ(rcpt("a@b", {notify_type::never, {}, {}}), "RCPT TO:<a@b> NOTIFY=NEVER\r\n");
  EXPECT_EQ(rcpt("a@b", {notify_type::success | notify_type::failure | notify_type::delay, "rfc822;a+2Bb@c", "X"}),
            "RCPT TO:<a@b> NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;a+2Bb@c X\r\n");
  EXPECT_EQ(rcpt("a@b", {notify_type::never | notify_type::delay, {}, {}}), "refused");
  EXPECT_EQ(rcpt("a@b", {notify_type::unstated, "utf-8;\xc3\xa9@b", {}}), "refused");
  EXPECT_EQ(rcpt("a@b", {notify_type::unstated, "utf-8;\xc3\xa9@b", {}}, true),
            "RCPT TO:<a@b> ORCPT=utf-8;\xc3\xa9@b\r\n");
}

TEST(command_writer, the_others) {
  EXPECT_EQ(written([](text_writer& out) { return write_bdat(out, UINT64_MAX, true); }),
            "BDAT 18446744073709551615 LAST\r\n");
  EXPECT_EQ(written([](text_writer& out) { return write_hello(out, verb::ehlo, "mx_1.example"); }),
            "EHLO mx_1.example\r\n");
  EXPECT_EQ(written([](text_writer& out) { return write_hello(out, verb::lhlo, "[IPv6:::1]"); }),
            "LHLO [IPv6:::1]\r\n");
  EXPECT_EQ(written([](text_writer& out) { return write_hello(out, verb::ehlo, "a b"); }), "refused");
  EXPECT_EQ(written([](text_writer& out) { return write_hello(out, verb::mail, "a"); }), "refused");
  EXPECT_EQ(written([](text_writer& out) { return write_command(out, verb::data); }), "DATA\r\n");
  EXPECT_EQ(written([](text_writer& out) { return write_command(out, verb::unknown); }), "refused");
  EXPECT_EQ(written([](text_writer& out) { return write_command(out, "VRFY", "John Doe"); }), "VRFY John Doe\r\n");
  EXPECT_EQ(written([](text_writer& out) { return write_command(out, "XYZZY", ""); }), "XYZZY\r\n");
  EXPECT_EQ(written([](text_writer& out) { return write_command(out, "VRFY", "a\r\nDATA"); }), "refused");
  EXPECT_EQ(written([](text_writer& out) { return write_command(out, "VR FY", "a"); }), "refused");
  EXPECT_EQ(written([](text_writer& out) { return write_command(out, "VRFY", "\xc3\xa9"); }), "refused");
  EXPECT_EQ(written([](text_writer& out) { return write_command(out, "VRFY", "\xc3\xa9", true); }),
            "VRFY \xc3\xa9\r\n");
}

TEST(command_writer, auth) {
  EXPECT_EQ(written([](text_writer& out) { return write_auth(out, "LOGIN"); }), "AUTH LOGIN\r\n");
  EXPECT_EQ(written([](text_writer& out) { return write_auth(out, "EXTERNAL", ""); }), "AUTH EXTERNAL =\r\n");
  EXPECT_EQ(written([](text_writer& out) {
              return write_auth(out, "PLAIN", {"\0user\0pass", 10});
            }),
            "AUTH PLAIN AHVzZXIAcGFzcw==\r\n");
  EXPECT_EQ(written([](text_writer& out) { return write_auth(out, "PLAIN\r\nDATA"); }), "refused");
  EXPECT_EQ(written([](text_writer& out) { return write_sasl_response(out, ""); }), "\r\n");
  EXPECT_EQ(written([](text_writer& out) { return write_sasl_response(out, "fooba"); }), "Zm9vYmE=\r\n");
}

TEST(command_writer, a_line_that_does_not_fit_is_refused) {
  for (std::size_t room = 0; room != 24; ++room) {
    std::array<char, 24> storage{};
    text_writer out{std::span{storage}.first(room)};
    EXPECT_EQ(write_rcpt(out, "a@b", {notify_type::unstated, {}, "X-Y"}, false), room >= 19) << room;
  }
}

TEST(command_writer, reads_back) {
  std::string line = "MAIL FROM:<\"a b\"@[1.2.3.4]> SIZE=7 BODY=BINARYMIME RET=FULL ENVID=q AUTH=a+2Bb@c BY=1;R";
  mail_command command;
  tolerance used = tolerance::none;
  capability_set const all{capability::size, capability::binarymime, capability::dsn, capability::auth,
                           capability::deliverby};
  ASSERT_EQ(parse_mail(line, {strict, all, false, {}}, command, used), errc::ok);
  mail_params params;
  params.size = command.size;
  params.has_size = command.has_size;
  params.body = command.body;
  params.ret = command.ret;
  params.envid = std::string_view{line}.substr(command.envid.at, command.envid.length);
  params.auth = std::string_view{line}.substr(command.auth.at, command.auth.length);
  params.rest = "BY=1;R";
  EXPECT_EQ(mail(view(line, command.from).mailbox(), params), line + "\r\n");
}

}  // namespace
