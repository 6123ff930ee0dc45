// SPDX-License-Identifier: BSL-1.0
// A peer that does not read its replies: it is waited for as long as write_timeout says, and each octet that it takes
// begins that time anew.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "ehlo/server.hpp"

namespace {

using ehlo::deadline_phase, ehlo::errc, ehlo::event_type;

struct output_deadline : testing::Test {
  static constexpr ehlo::server_options options{.hostname = "mx.example.org", .write_timeout = 60'000};
  ehlo::server smtp{options, {}};
  std::string_view in;

  event_type next(ehlo::milliseconds now) { return smtp.next(in, {now}).type(); }
  void drain() { EXPECT_EQ(smtp.sent(smtp.output().size()), errc::ok); }
  void say(std::string_view text) {
    in = text;
    while (next(0) != event_type::need_input) drain();
    drain();
  }
  /// So many commands that the replies have no room.
  void flood() {
    for (int i = 0; i != 1000; ++i) commands += "NOOP\r\n";
    in = commands;
    while (next(0) == event_type::noop) {
    }
  }
  std::string commands;
};

TEST_F(output_deadline, runs_while_the_greeting_is_not_taken) {
  EXPECT_EQ(next(0), event_type::need_output);
  EXPECT_EQ(smtp.deadline().phase, deadline_phase::output);
  EXPECT_EQ(smtp.deadline().at.ms, 60'000);
}

TEST_F(output_deadline, ends_the_session_without_a_word) {
  say("EHLO client.test\r\n");
  flood();
  EXPECT_EQ(next(1000), event_type::need_output);  // a spurious call prolongs nothing
  EXPECT_EQ(smtp.on_deadline({59'999}), errc::ok);
  EXPECT_EQ(next(59'999), event_type::need_output);
  EXPECT_EQ(smtp.on_deadline({60'000}), errc::ok);
  EXPECT_EQ(next(60'000), event_type::closed);
  EXPECT_TRUE(smtp.output().empty());
  EXPECT_FALSE(smtp.deadline());
  EXPECT_EQ(smtp.on_deadline({90'000}), errc::local_order);
}

TEST_F(output_deadline, begins_anew_when_something_was_taken) {
  say("EHLO client.test\r\n");
  flood();
  EXPECT_EQ(smtp.sent(0), errc::ok);
  EXPECT_EQ(next(50'000), event_type::need_output);
  EXPECT_EQ(smtp.deadline().at.ms, 60'000);
  EXPECT_EQ(smtp.sent(1), errc::ok);
  EXPECT_EQ(next(50'000), event_type::need_output);
  EXPECT_EQ(smtp.deadline().at.ms, 110'000);
}

// A host that flushes without asking next() in between must be told in the end, too.
TEST_F(output_deadline, moves_with_the_next_event_and_not_before) {
  say("EHLO client.test\r\n");
  flood();
  EXPECT_EQ(smtp.sent(1), errc::ok);
  EXPECT_EQ(smtp.deadline().at.ms, 60'000);
  EXPECT_EQ(smtp.on_deadline({60'000}), errc::ok);
  EXPECT_EQ(next(60'000), event_type::closed);
}

TEST_F(output_deadline, is_over_when_all_was_taken) {
  say("EHLO client.test\r\n");
  flood();
  drain();
  EXPECT_FALSE(smtp.deadline());
  EXPECT_EQ(smtp.on_deadline({90'000}), errc::ok);
  EXPECT_EQ(next(90'000), event_type::noop);
}

TEST_F(output_deadline, holds_for_the_last_reply_too) {
  say("EHLO client.test\r\n");
  in = "QUIT\r\n";
  EXPECT_EQ(next(0), event_type::quit);
  EXPECT_EQ(next(0), event_type::need_output);
  EXPECT_EQ(smtp.deadline().phase, deadline_phase::output);
  EXPECT_EQ(smtp.on_deadline({60'000}), errc::ok);
  EXPECT_EQ(next(60'000), event_type::closed);
}

TEST_F(output_deadline, drops_the_message_that_had_begun) {
  say("EHLO client.test\r\n");
  in = "MAIL FROM:<>\r\n";
  EXPECT_EQ(next(0), event_type::mail);
  EXPECT_EQ(smtp.accept(), errc::ok);
  in = "RCPT TO:<bob@mx.example.org>\r\n";
  EXPECT_EQ(next(0), event_type::rcpt);
  EXPECT_EQ(smtp.accept(), errc::ok);
  for (int i = 0; i != 1000; ++i) commands += "BDAT 1\r\nx";
  in = commands;
  EXPECT_EQ(next(0), event_type::data);
  EXPECT_EQ(next(0), event_type::message_begin);
  while (next(0) == event_type::body) {
  }
  EXPECT_EQ(smtp.deadline().phase, deadline_phase::output);
  EXPECT_EQ(smtp.on_deadline({60'000}), errc::ok);
  ehlo::server_event const e = smtp.next(in, {60'000});
  EXPECT_EQ(e.type(), event_type::message_dropped);
  EXPECT_EQ(e.dropped_because(), ehlo::drop_reason::deadline);
  EXPECT_EQ(next(60'000), event_type::closed);
}

TEST(output_deadline_option, must_be_positive) {
  EXPECT_EQ((ehlo::server_options{.hostname = "a", .write_timeout = 0}.check().option), "write_timeout");
  EXPECT_FALSE((ehlo::server_options{.hostname = "a", .write_timeout = 1}.check()));
}

}  // namespace
