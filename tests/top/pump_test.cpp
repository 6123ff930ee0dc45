// SPDX-License-Identifier: BSL-1.0
// The loop around next(): what goes to the handler, and what ends it.
#include "ehlo/pump.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "ehlo/ehlo.hpp"

namespace {

using ehlo::client_event_type, ehlo::event_type;

struct server_pump : testing::Test {
  static constexpr ehlo::server_options options{.hostname = "mx.example.org"};
  ehlo::server smtp{options, {}};
  std::vector<event_type> handled;

  event_type pump(std::string_view& in) {
    return ehlo::pump(smtp, in, {},
                      [this](ehlo::server_event const& e) {
                        handled.push_back(e.type());
                        if (e.is_question()) {
                          EXPECT_EQ(smtp.accept(), ehlo::errc::ok);
                        }
                      })
        .type();
  }
  void drain() { EXPECT_EQ(smtp.sent(smtp.output().size()), ehlo::errc::ok); }
};

TEST_F(server_pump, stops_where_the_connection_has_to_do_something) {
  std::string_view in;
  EXPECT_EQ(pump(in), event_type::need_output);
  drain();
  EXPECT_EQ(pump(in), event_type::need_input);
  in = "EHLO c\r\nMAIL FROM:<>\r\n";
  EXPECT_EQ(pump(in), event_type::need_input);
  EXPECT_TRUE(in.empty());
  EXPECT_EQ(handled, (std::vector{event_type::hello, event_type::mail}));
  in = "QUIT\r\n";
  EXPECT_EQ(pump(in), event_type::need_output);
  drain();
  EXPECT_EQ(pump(in), event_type::closed);
}

TEST_F(server_pump, a_handler_that_cannot_answer_now_ends_it) {
  std::string_view in;
  EXPECT_EQ(pump(in), event_type::need_output);
  drain();
  in = "EHLO c\r\nMAIL FROM:<>\r\nNOOP\r\n";
  auto const later = [](ehlo::server_event const& e) { return !e.is_question(); };
  EXPECT_EQ(ehlo::pump(smtp, in, {}, later).type(), event_type::mail);
  EXPECT_EQ(ehlo::pump(smtp, in, {}, later).type(), event_type::need_reply);
  EXPECT_EQ(in, "NOOP\r\n");
  EXPECT_EQ(smtp.accept(), ehlo::errc::ok);
  EXPECT_EQ(ehlo::pump(smtp, in, {}, later).type(), event_type::need_input);
}

TEST_F(server_pump, wrong_input_ends_it) {
  std::string_view in;
  EXPECT_EQ(pump(in), event_type::need_output);
  drain();
  EXPECT_EQ(smtp.end_of_input({}, true), ehlo::errc::ok);
  in = "NOOP\r\n";
  EXPECT_EQ(pump(in), event_type::misuse);
}

TEST(client_pump, hands_out_what_is_about_mail) {
  static constexpr ehlo::client_options options{.hostname = "client.test", .tls = ehlo::tls_policy::never};
  ehlo::client smtp{options, {}};
  std::vector<client_event_type> handled;
  auto const handle = [&](ehlo::client_event const& e) {
    handled.push_back(e.type());
    return e.type() != client_event_type::ready;
  };
  std::string_view in;
  EXPECT_EQ(ehlo::pump(smtp, in, {}, handle).type(), client_event_type::need_input);
  in = "220 mx.example.org\r\n";
  EXPECT_EQ(ehlo::pump(smtp, in, {}, handle).type(), client_event_type::need_input);
  EXPECT_EQ(smtp.output().front(), "EHLO client.test\r\n");
  EXPECT_EQ(smtp.sent(smtp.output().front().size()), ehlo::errc::ok);
  in = "250 mx.example.org\r\n";
  EXPECT_EQ(ehlo::pump(smtp, in, {}, handle).type(), client_event_type::ready);
  EXPECT_EQ(handled, (std::vector{client_event_type::reply, client_event_type::reply, client_event_type::ready}));
  EXPECT_EQ(smtp.quit(), ehlo::errc::ok);
  EXPECT_NE(ehlo::pump(smtp, in, {}, handle).type(), client_event_type::closed);
}

}  // namespace
