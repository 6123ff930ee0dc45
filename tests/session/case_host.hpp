// SPDX-License-Identifier: BSL-1.0
// The host of a session case: reads, flushes, answers by the policy of tests/data/cases/README.md, keeps the messages.
// It offers every piece in a heap block of exactly its size and frees that after each call, so that a sanitizer sees
// any hold on it, and drains the output in pieces.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "case_config.hpp"
#include "ehlo/server.hpp"
#include "replies.hpp"

namespace ehlo_test {

struct delivered_message {
  std::string from;
  std::vector<std::string> recipients;
  std::string text;
};

class case_host {
 public:
  case_host(case_config const& config, unsigned seed) : config_{config}, random_{seed} {}

  /// Offers a piece of input and goes on until the engine waits for more, for TLS, or is closed.
  void offer(std::string_view piece) {
    std::string rest{piece};
    for (int calls = 0;; ++calls) {
      ASSERT_LT(calls, 100000) << "no progress";
      auto const block = std::make_unique<char[]>(rest.size());
      std::copy(rest.begin(), rest.end(), block.get());
      std::string_view in{block.get(), rest.size()};
      ehlo::server_event const e = server_.next(in, now_);
      if (e.type() == ehlo::event_type::misuse) {
        // The only misuse of this host: input during the handshake, or behind the end of input.
        EXPECT_EQ(e.error(), ehlo::errc::local_input);
        EXPECT_TRUE(waits_for_tls_ || ended_);
        EXPECT_EQ(in, rest) << "misuse changes nothing";
        return;
      }
      bool const waits = take(e);
      if (waits) {
        flush();
        EXPECT_TRUE(in.empty() || closed_);
        return;
      }
      rest = in;
    }
  }

  void start_tls() {
    ASSERT_TRUE(waits_for_tls_);
    EXPECT_EQ(server_.tls_started({}), ehlo::errc::ok);
    waits_for_tls_ = false;
    offer({});
  }
  void fail_tls() {
    ASSERT_TRUE(waits_for_tls_);
    EXPECT_EQ(server_.tls_failed(), ehlo::errc::ok);
    waits_for_tls_ = false;
    offer({});
  }
  void end_of_input() {
    ended_ = true;
    EXPECT_EQ(server_.end_of_input(now_, true), ehlo::errc::ok);
    offer({});
    EXPECT_TRUE(closed_) << "the end of input ends the session";
  }
  void shut_down() {
    EXPECT_EQ(server_.shutdown(), ehlo::errc::ok);
    offer({});
  }
  void time_out() {
    ehlo::due const due = server_.deadline();
    ASSERT_TRUE(due);
    now_ = due.at;
    EXPECT_EQ(server_.on_deadline(now_), ehlo::errc::ok);
    offer({});
  }

  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] bool waits_for_tls() const { return waits_for_tls_; }
  [[nodiscard]] ehlo::tolerance tolerated() const { return tolerated_; }
  [[nodiscard]] std::vector<delivered_message> const& messages() const { return messages_; }
  reply_reader replies;

 private:
  void flush() {
    while (!server_.output().empty()) {
      std::size_t const size = 1 + random_() % server_.output().size();
      replies.take(server_.output().substr(0, size));
      EXPECT_EQ(server_.sent(size), ehlo::errc::ok);
    }
  }

  /// Whether the engine waits for something that offer() cannot give.
  bool take(ehlo::server_event const& e) {
    using enum ehlo::event_type;
    tolerated_ |= e.tolerated();
    switch (e.type()) {
      case need_input: return true;
      case need_output: flush(); return false;
      case need_tls: waits_for_tls_ = true; return true;
      case closed:
        EXPECT_FALSE(in_message_) << "what begins, ends";
        closed_ = true;
        return true;
      case message_begin:
        EXPECT_FALSE(in_message_);
        in_message_ = true;
        current_.text.clear();
        return false;
      case body:
        EXPECT_TRUE(in_message_ && !e.body().empty());
        current_.text += e.body();
        return false;
      case message_dropped:
      case message_end:
        EXPECT_TRUE(in_message_);
        in_message_ = false;
        break;
      default: break;
    }
    if (e.is_question()) answer(e);
    return false;
  }

  void answer(ehlo::server_event const& e) {
    using enum ehlo::event_type;
    switch (e.type()) {
      case greeting: return host_answer{220, {}, config_.greeting}.give(server_);
      case mail: {
        current_ = {std::string{e.mail().from.mailbox()}, {}, {}};
        bool const refused = config_.rejects_every_sender ||
                             (!config_.rejected_sender.empty() && config_.rejected_sender == current_.from);
        return host_answer{refused ? 550 : 250}.give(server_);
      }
      case rcpt: return answer_rcpt(std::string{e.rcpt().to.mailbox()});
      case message_end:
        EXPECT_EQ(e.octets(), current_.text.size());
        messages_.push_back(current_);
        return host_answer::from(config_.data_reply, 250).give(server_);
      case credentials: {
        auto const user = config_.users.find(std::string{e.user_name()});
        bool const himself = e.authorization_identity().empty() || e.authorization_identity() == e.user_name();
        bool const known = user != config_.users.end() && user->second == e.password() && himself;
        EXPECT_EQ(known ? server_.accept() : server_.reject({535, {5, 7, 8}}), ehlo::errc::ok);
        return;
      }
      case auth:
        if (e.has_initial_response()) {
          EXPECT_EQ(server_.reject({535, {5, 7, 8}}), ehlo::errc::ok);
        } else {
          EXPECT_EQ(server_.challenge("<1896.697170952@postoffice.example.net>"), ehlo::errc::ok);
        }
        return;
      case auth_response: EXPECT_EQ(server_.reject({535, {5, 7, 8}}), ehlo::errc::ok); return;
      case expn: return host_answer{550}.give(server_);
      case etrn:
      case xclient: EXPECT_EQ(server_.accept(), ehlo::errc::ok); return;
      default: ADD_FAILURE() << "a question that was not asked for: " << static_cast<int>(e.type());
    }
  }

  void answer_rcpt(std::string const& mailbox) {
    bool const rejected = mailbox.starts_with("reject@");
    bool const deferred = mailbox.starts_with("tempfail@");
    ehlo::reply_code const code = rejected ? 550 : deferred ? 450 : 250;
    if (code.is_success()) current_.recipients.push_back(mailbox);
    auto const special = config_.rcpt_replies.find(mailbox);
    host_answer::from(special != config_.rcpt_replies.end() ? special->second : "", code).give(server_);
  }

  case_config const& config_;
  ehlo::server server_{config_.options, {}};
  ehlo::instant now_{};
  std::minstd_rand random_;
  delivered_message current_;
  std::vector<delivered_message> messages_;
  ehlo::tolerance tolerated_{};
  bool in_message_ = false;
  bool waits_for_tls_ = false;
  bool ended_ = false;
  bool closed_ = false;
};

}  // namespace ehlo_test
