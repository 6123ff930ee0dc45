// SPDX-License-Identifier: BSL-1.0
// A host that plays a client's session in one of many ways: how input is cut, when output is drained, what goes wrong
// and when. It holds the session to the promises of ehlo/client.hpp that need no script.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "client_script.hpp"
#include "client_script_event.hpp"
#include "script_host.hpp"

namespace ehlo_script {

/// How a script is played. The default: each run of input whole, output drained whenever the session waits.
struct client_way {
  enum class draining : std::uint8_t { prompt, late, random, octets };
  enum class injection : std::uint8_t { none, end_clean, end_broken, deadline, abort, bad_reply };

  std::string name = "whole";
  bool octet_by_octet = false;
  std::size_t largest_piece = nowhere;  ///< pieces of random size up to this
  std::size_t cut_before = nowhere;     ///< an octet of the script's input
  bool relocate = false;       ///< unused octets are offered again at another address, the old ones overwritten
  bool spurious = false;       ///< every call that waits is made twice
  bool cut_body = false;       ///< the host gives the body in smaller pieces
  std::string trailing{};      ///< octets behind the last input of the script
  bool small_storage = false;  ///< the smallest output storage
  draining drain = draining::prompt;
  std::uint32_t seed = 0;
  injection inject = injection::none;
  std::string bad_reply{};  ///< for injection::bad_reply, in place of what the script has
  std::size_t inject_before_octet = nowhere;
  std::size_t inject_before_action = nowhere;
  std::size_t inject_behind_sent = nowhere;   ///< when so many octets have been sent
  std::size_t inject_behind_event = nowhere;  ///< when next() has told so many events
};

/// The way in words, for a failure's message.
[[nodiscard]] std::string describe(client_way const& how);

/// The session goes on waiting, or is over.
enum class client_waiting : std::uint8_t { no, input, output, answer, body, tls, ready, over };

/// What has become of one submit().
struct transaction_record {
  std::size_t begin = 0;             ///< octets sent when it began
  std::size_t text_begin = nowhere;  ///< octets sent when DATA was answered with 354
  bool last_given = false;           ///< the host has given the end of the body
  bool aborted = false;
  bool done = false;
  std::size_t sent = 0;  ///< octets sent when it was over
  std::string error;
  std::vector<ehlo::recipient> to;  ///< without texts
};

class client_script_host {
 public:
  client_script_host(client_script_options const& options, client_way const& how);

  /// Octets of the peer's, to be given to the session as the way says.
  void offer(std::string_view octets) { queue_ += octets; }
  /// Calls next() until it tells something, or waits for what the host has not got.
  std::optional<observed_client_event> pull();
  [[nodiscard]] client_waiting waits_for() const { return waits_; }
  /// Gives up the input that was not offered yet, but for the rest of a reply that was begun.
  std::string forget_input();

  /// Sends all that waits in output().
  void flush();
  /// Sends the first octets of it.
  void send(std::size_t count);
  [[nodiscard]] std::string const& sent() const { return sent_; }
  /// What was sent and what waits, from an octet of it on.
  [[nodiscard]] std::string said(std::size_t from = 0) const;
  /// What was ever to be sent, where much of it may never be.
  [[nodiscard]] std::string const& all_said() const { return by_hand_ ? all_said_ : sent_; }
  /// To be called after each call on the session: output that is not sent yet must not have moved.
  void watch_output();

  /// The envelope of the next transaction, or of the one that is under way.
  [[nodiscard]] lent_envelope& next_envelope();
  [[nodiscard]] std::vector<ehlo::recipient> const& recipients() const { return envelope_->to(); }
  ehlo::errc submit();
  ehlo::errc body(std::string_view piece, bool last);
  ehlo::errc abort();

  [[nodiscard]] ehlo::client_core& session() { return *core_; }
  [[nodiscard]] ehlo::instant now() const { return now_; }
  void pass(ehlo::milliseconds time) { now_ = now_ + time; }
  /// Behind a broken connection's end output goes nowhere.
  ehlo::errc end_of_input(bool clean);
  /// Called when the octets of way::inject_before_octet or inject_behind_sent have been reached.
  void on_injection(std::function<void()> call) { on_injection_ = std::move(call); }

  [[nodiscard]] std::vector<std::string> const& events() const { return events_; }
  [[nodiscard]] std::vector<transaction_record> const& transactions() const { return transactions_; }
  [[nodiscard]] call_log& log() { return log_; }
  [[nodiscard]] call_log const& log() const { return log_; }
  [[nodiscard]] std::size_t random() { return random_(); }

 private:
  struct block {
    std::unique_ptr<char[]> octets;
    std::size_t size = 0;
    explicit block(std::string_view text = {});
    block(block&&) = default;
    block& operator=(block&& other) noexcept;
    ~block() { poison(); }
    void poison() const;
    [[nodiscard]] std::string_view view() const { return {octets.get(), size}; }
  };
  struct storage {
    virtual ~storage() = default;
    virtual ehlo::client_core& core() = 0;
  };
  template <class Client>
  struct storage_of;
  struct listed_view {
    char const* at;
    std::string octets;
  };

  void make_session(client_script_options const& options);
  ehlo::client_event call_next();
  void call_again(ehlo::client_event const& before);
  void check_call(ehlo::client_event const& e, std::string_view before, bool was_empty);
  void check_reply(ehlo::client_event const& e, bool was_empty);
  void end_transaction(ehlo::client_event const& e);
  void record(observed_client_event e);
  void drain(ehlo::client_event_type told);
  /// Moves the next piece of the queue behind what is unused; false if there is none.
  bool take_piece();
  void place(std::string_view octets);
  void reject_behind_tls();

  client_way how_;
  bool by_hand_;
  std::unique_ptr<storage> storage_;
  ehlo::client_core* core_ = nullptr;
  ehlo::instant now_{1'000'000};
  std::mt19937 random_;

  std::string queue_;        // given by the script, not yet offered
  std::size_t offered_ = 0;  // octets of the script that were offered
  block block_;              // exactly as large as what it holds, so that a sanitizer sees a read beyond it
  std::string_view in_;      // what is unused of it
  char last_offered_ = '\n';
  std::string sent_;
  std::string all_said_;
  std::vector<listed_view> listed_;  // what waited in output()
  bool ended_ = false;
  bool broken_ = false;
  bool dropped_ = false;  // output was given up
  std::function<void()> on_injection_;

  std::unique_ptr<lent_envelope> envelope_;
  bool envelope_open_ = false;  // it may be added to
  std::vector<block> pieces_;   // of the body, lent
  std::vector<transaction_record> transactions_;
  bool positive_verdict_ = false;

  client_waiting waits_ = client_waiting::no;
  bool closed_ = false;
  bool tls_told_ = false;
  std::size_t told_count_ = 0;
  std::size_t calls_ = 0;
  std::deque<observed_client_event> told_;  // and not yet pulled
  std::vector<std::string> events_;
  call_log log_;
};

}  // namespace ehlo_script
