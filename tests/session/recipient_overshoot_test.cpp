// SPDX-License-Identifier: BSL-1.0
// More recipients than a server takes at once (RFC 5321 4.5.3.1.10): each is told 452, which is no error, and a client
// sends to the rest in its next transactions. Who never stops is stopped.
#include <gtest/gtest.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/client.hpp"
#include "ehlo/server.hpp"

namespace {

constexpr std::size_t limit = 100;

/// Moves octets from one side to the other until both wait for the host of the client.
class pair_of_sessions {
 public:
  ehlo::client_event next_event() {
    for (int steps = 0; steps != 10'000; ++steps) {
      std::string_view in = inbox_;
      ehlo::client_event const e = client.next(in, {});
      inbox_.erase(0, inbox_.size() - in.size());
      switch (e.type()) {
        case ehlo::client_event_type::need_input:
        case ehlo::client_event_type::need_output: exchange(); break;
        case ehlo::client_event_type::need_body: EXPECT_EQ(client.body("hello\r\n", true), ehlo::errc::ok); break;
        case ehlo::client_event_type::reply: break;
        default: return e;
      }
    }
    ADD_FAILURE() << "both sides wait";
    return client.next(nothing_, {});
  }

 private:
  void exchange() {
    said_.clear();
    for (std::string_view const view : client.output()) said_ += view;
    EXPECT_EQ(client.sent(said_.size()), ehlo::errc::ok);
    std::string_view in = said_;
    for (;;) {
      ehlo::server_event const e = server.next(in, {});
      inbox_ += server.output();
      EXPECT_EQ(server.sent(server.output().size()), ehlo::errc::ok);
      if (e.type() == ehlo::event_type::need_input || e.type() == ehlo::event_type::closed) break;
      if (e.is_question()) {
        EXPECT_EQ(server.accept(), ehlo::errc::ok);
      }
    }
  }

  std::string said_;
  std::string inbox_;  // for the client
  std::string_view nothing_;
  ehlo::server_options const server_options_{.hostname = "mx.example.org", .max_recipients = limit, .max_errors = 2};
  ehlo::client_options const client_options_{.hostname = "client.example", .tls = ehlo::tls_policy::never};

 public:
  ehlo::server server{server_options_, {}};
  ehlo::client client{client_options_, {}};
};

TEST(RecipientOvershoot, TheRestIsSentInTheNextTransactions) {
  pair_of_sessions both;
  std::vector<ehlo::recipient> to(950, ehlo::recipient{.path = "bob@example.org"});
  for (std::size_t left = to.size(); left != 0; left -= left < limit ? left : limit) {
    ASSERT_EQ(both.next_event().type(), ehlo::client_event_type::ready);
    ehlo::envelope message{.from = "ann@example.net", .to = std::span{to}.last(left)};
    ASSERT_EQ(both.client.submit(message), ehlo::errc::ok);
    ehlo::client_event const done = both.next_event();
    ASSERT_EQ(done.type(), ehlo::client_event_type::transaction_done);
    EXPECT_EQ(done.error(), ehlo::errc::ok);
    EXPECT_EQ(done.advice(), left > limit ? ehlo::advice::next_transaction : ehlo::advice::done);
    for (std::size_t i = 0; i != left; ++i) {
      ehlo::recipient const& one = message.to[i];
      EXPECT_EQ(one.state, i < limit ? ehlo::outcome::delivered : ehlo::outcome::refused_for_now) << i;
      EXPECT_EQ(one.next_transaction, i >= limit) << i;
    }
  }
}

TEST(RecipientOvershoot, WhoNeverStopsIsStopped) {
  static constexpr ehlo::server_options options{.hostname = "mx.example.org", .max_recipients = limit, .max_errors = 2};
  ehlo::server smtp{options, {}};
  std::string replies;
  auto const say = [&](std::string_view line) {
    replies.clear();
    for (;;) {
      ehlo::server_event const e = smtp.next(line, {});
      replies += smtp.output();
      EXPECT_EQ(smtp.sent(smtp.output().size()), ehlo::errc::ok);
      if (e.type() == ehlo::event_type::need_input || e.type() == ehlo::event_type::closed) break;
      if (e.is_question()) {
        EXPECT_EQ(smtp.accept(), ehlo::errc::ok);
      }
    }
  };
  say("EHLO client.example\r\n");
  say("MAIL FROM:<ann@example.net>\r\n");
  for (std::size_t i = 0; i != limit; ++i) say("RCPT TO:<bob@example.org>\r\n");
  EXPECT_EQ(replies, "250 2.1.5 recipient ok\r\n");
  for (std::size_t i = 0; i != ehlo::recipient_overshoot + 2; ++i) {
    say("RCPT TO:<bob@example.org>\r\n");
    ASSERT_EQ(replies, "452 4.5.3 too many recipients\r\n") << i;
  }
  say("RCPT TO:<bob@example.org>\r\n");
  EXPECT_EQ(replies, "452 4.5.3 too many recipients\r\n421 4.7.0 too many errors\r\n");
}

}  // namespace
