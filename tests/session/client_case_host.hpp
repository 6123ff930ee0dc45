// SPDX-License-Identifier: BSL-1.0
// The host of a client case: submits the job when the client is ready, gives the body, drains the output, and turns
// what it is told into the results that cases name (tests/data/cases/README.md). Input and pieces of the body stand in
// heap blocks that are freed as soon as their loan ends, so that a sanitizer sees any hold on them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "client_case_config.hpp"
#include "client_case_result.hpp"
#include "cram_md5.hpp"
#include "ehlo/client.hpp"

namespace ehlo_test {

class client_case_host {
 public:
  /// `bits`: output is drained, and a body given, in random bits.
  client_case_host(client_case_config& config, bool bits, unsigned seed) : config_{config}, bits_{bits}, random_{seed} {
    job_due_ = config.has_job();
    play();
  }

  /// Octets from the peer. During a handshake they would be the TLS library's, so the engine does not get them.
  void peer(std::string_view octets) {
    plaintext_ = plaintext_ || (waits_for_tls_ && !octets.empty());
    if (closed_ || waits_for_tls_) return;
    inbox_ += octets;
    play();
  }
  void start_tls() {
    ASSERT_TRUE(waits_for_tls_);
    waits_for_tls_ = false;
    EXPECT_EQ(client_.tls_started({.sufficient = true, .verified = true}), ehlo::errc::ok);
    play();
  }
  void fail_tls() {
    ASSERT_TRUE(waits_for_tls_);
    waits_for_tls_ = false;
    EXPECT_EQ(client_.tls_failed(), ehlo::errc::ok);
    play();
  }
  /// What came in clear text behind the answer to STARTTLS makes the handshake fail.
  void refuse_plaintext() {
    if (!waits_for_tls_ || !plaintext_) return;
    fail_tls();
    if (!results.empty()) results.back().insert("protocol_error");
  }
  void end_of_input() {
    EXPECT_EQ(client_.end_of_input(now_, true), ehlo::errc::ok);
    waits_for_tls_ = false;
    play();
    EXPECT_TRUE(closed_) << "the end of input ends the session";
  }
  void time_out() {
    ehlo::due const due = client_.deadline();
    ASSERT_TRUE(due);
    now_ = due.at;
    EXPECT_EQ(client_.on_deadline(now_), ehlo::errc::ok);
    play();
  }

  /// While held, the job is not submitted.
  void hold(bool on) {
    held_ = on;
    if (!on) play();
  }
  void send() {
    held_ = false;
    job_due_ = config_.has_job();
    play();
  }
  void quit() {
    quit_due_ = true;
    play();
  }
  void write(std::string const& octets) {
    written_.push_back(octets);
    play();
  }
  void finish() {
    finished_ = true;
    play();
  }
  void abort() {
    EXPECT_EQ(client_.abort(), ehlo::errc::ok);
    play();
  }

  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] bool waits_for_tls() const { return waits_for_tls_; }
  [[nodiscard]] bool submitted() const { return submitted_; }
  /// Options or envelope were refused, and no step has asked for that result yet.
  [[nodiscard]] bool rejected_early() const {
    return !submitted_ && !results.empty() && results.front().contains("input_rejected");
  }
  [[nodiscard]] bool refused_at_submission() const { return refused_; }
  [[nodiscard]] std::string const& output() const { return output_; }
  [[nodiscard]] std::string const& last_code() const { return last_code_; }
  /// Leniencies that the bodies needed.
  /// For each recipient of the last transaction the code of its RCPT, and that of the reply that decided.
  struct recipient_codes {
    std::string rcpt;
    std::string decided;
  };
  [[nodiscard]] std::vector<recipient_codes> const& recipients() const { return recipients_; }
  std::deque<client_result> results;

 private:
  void play() {
    for (int calls = 0;; ++calls) {
      ASSERT_LT(calls, 100000) << "no progress";
      auto const block = std::make_unique<char[]>(inbox_.size());
      std::copy(inbox_.begin(), inbox_.end(), block.get());
      std::string_view in{block.get(), inbox_.size()};
      ehlo::client_event const e = client_.next(in, now_);
      bool const waits = take(e, in.size() != inbox_.size());
      inbox_.assign(in);
      if (closed_ || waits_for_tls_) inbox_.clear();
      if (waits) return;
    }
  }

  /// Whether the engine waits for something that the host does not have now.
  bool take(ehlo::client_event const& e, bool taken) {
    using enum ehlo::client_event_type;
    switch (e.type()) {
      case need_input: flush(); return true;
      case need_output: flush(); return false;
      case need_body: return !give_body() && (flush(), !taken);
      case need_tls: return waits_for_tls_ = true;
      case ready: return !begin();
      case auth: return answer(begin_auth(e.mechanism()));
      case challenge: return answer(respond(e.challenge()));
      case need_answer:
      case misuse: ADD_FAILURE() << "misuse: " << ehlo::message(e.error()); return true;
      case reply:
      case command_done: take_reply(e); return false;
      case transaction_done: take_outcome(e); return false;
      case failed: add(of_failure(e, client_.tls_active(), config_.options), e.error()); return false;
      case closed: take_end(e); return true;
    }
    return true;
  }

  void take_reply(ehlo::client_event const& e) {
    last_code_ = std::to_string(e.reply().code().number());
    if (e.phase() == ehlo::reply_phase::rcpt && e.recipient() < recipients_.size())
      recipients_[e.recipient()].rcpt = last_code_;
  }

  void take_outcome(ehlo::client_event const& e) {
    pieces_.clear();
    auto const& to = config_.envelope().to;
    for (std::size_t i = 0; i != to.size(); ++i) recipients_[i].decided = std::to_string(to[i].code.number());
    add(of_transaction(e, to), e.error());
  }

  void take_end(ehlo::client_event const& e) {
    if (!closed_ && e.error() != ehlo::errc::ok && e.error() != told_) add(of_end(e), e.error());
    closed_ = true;
    EXPECT_TRUE(client_.output().empty()) << "nothing is left to send";
  }

  void add(client_result names, ehlo::errc why) {
    results.push_back(std::move(names));
    told_ = why;
  }

  /// Whether something was begun.
  bool begin() {
    if (job_due_ && !held_) {
      job_due_ = false;
      given_ = 0;
      written_.clear();
      finished_ = false;
      recipients_.assign(config_.envelope().to.size(), {});
      ehlo::errc const why = config_.inexpressible() ? ehlo::errc::local_parameter : client_.submit(config_.envelope());
      if (why == ehlo::errc::ok) return submitted_ = true;
      EXPECT_TRUE(client_.output().empty()) << "a refused envelope leaves nothing to send";
      refused_ = true;
      add(of_submission(why), why);
    }
    if (!quit_due_) return false;
    quit_due_ = false;
    EXPECT_EQ(client_.quit(), ehlo::errc::ok);
    return true;
  }

  /// Whether there was a piece to give. In chunks the pieces can be told apart on the wire, so the body stays whole.
  bool give_body() {
    pieces_.clear();
    if (!config_.has_body()) {
      if (written_.empty() && !finished_) return false;
      bool const last = written_.size() <= 1 && finished_;
      give(written_.empty() ? "" : written_.front(), last);
      if (!written_.empty()) written_.pop_front();
      return true;
    }
    bool const cut =
        bits_ && output_.find("\r\nDATA\r\n") != std::string::npos && output_.find("BDAT") == std::string::npos;
    std::size_t const left = config_.body().size() - given_;
    std::size_t const size = cut ? random_() % (std::min<std::size_t>(left, 40) + 1) : left;
    given_ += size;
    give(std::string_view{config_.body()}.substr(given_ - size, size), size == left && (!cut || random_() % 2 == 0));
    return true;
  }
  void give(std::string_view piece, bool last) {
    pieces_.push_back(std::make_unique<char[]>(piece.size()));
    std::copy(piece.begin(), piece.end(), pieces_.back().get());
    EXPECT_EQ(client_.body({pieces_.back().get(), piece.size()}, last), ehlo::errc::ok);
  }

  bool answer(ehlo::errc result) {
    EXPECT_EQ(result, ehlo::errc::ok);
    return false;
  }
  ehlo::errc begin_auth(std::string_view mechanism) {
    mechanism_ = mechanism;
    if (mechanism_ == "EXTERNAL") return client_.respond({});
    if (mechanism_ != "XOAUTH2") return client_.respond_later();
    return client_.respond("user=" + config_.user_name + "\1auth=Bearer " + config_.password + "\1\1");
  }
  ehlo::errc respond(std::string_view challenge) {
    if (mechanism_ == "CRAM-MD5") return client_.respond(cram_md5(config_.user_name, config_.password, challenge));
    if (mechanism_ == "XOAUTH2" || mechanism_ == "EXTERNAL") return client_.respond({});
    return client_.cancel();
  }

  void flush() {
    while (!client_.output().empty()) {
      auto const waiting = client_.output();
      std::size_t all = 0;
      for (std::string_view const view : waiting) {
        EXPECT_FALSE(view.empty());
        all += view.size();
      }
      std::size_t const size = bits_ ? 1 + random_() % all : all;
      std::size_t left = size;
      for (std::string_view const view : waiting) {
        output_ += view.substr(0, std::min(left, view.size()));
        left -= std::min(left, view.size());
      }
      EXPECT_EQ(client_.sent(size), ehlo::errc::ok);
    }
  }

  client_case_config& config_;
  ehlo::client client_{config_.options, {}};
  ehlo::instant now_{};
  bool bits_;
  std::minstd_rand random_;
  std::string inbox_;
  std::string output_;
  std::string mechanism_;
  std::string last_code_;
  std::vector<recipient_codes> recipients_;
  std::vector<std::unique_ptr<char[]>> pieces_;  // lent to the engine
  std::deque<std::string> written_;
  std::size_t given_ = 0;
  ehlo::errc told_ = ehlo::errc::ok;
  bool job_due_ = false;
  bool held_ = false;
  bool quit_due_ = false;
  bool finished_ = false;
  bool submitted_ = false;
  bool refused_ = false;
  bool waits_for_tls_ = false;
  bool plaintext_ = false;
  bool closed_ = false;
};

}  // namespace ehlo_test
