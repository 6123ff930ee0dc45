// SPDX-License-Identifier: BSL-1.0
// A host that plays a server session in one of many ways: how input is cut, when output is drained, what goes wrong and
// when. It holds the session to the promises of ehlo/server.hpp that need no script.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "script.hpp"
#include "script_event.hpp"
#include "script_log.hpp"

namespace ehlo_script {

inline constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

/// How a script is played. The default: each run of input whole, output drained whenever the session waits.
struct way {
  enum class draining : std::uint8_t { prompt, late, random };
  enum class injection : std::uint8_t { none, end_clean, end_broken, deadline, shutdown };

  std::string name = "whole";
  bool octet_by_octet = false;
  std::size_t largest_piece = nowhere;  ///< pieces of random size up to this
  std::size_t cut_before = nowhere;     ///< an octet of the script's input
  bool relocate = false;      ///< unused octets are offered again at another address, the old ones overwritten
  bool spurious = false;      ///< every call that waits is made twice
  bool flood = false;         ///< all input of the script at once
  std::string trailing{};     ///< octets behind the last input of the script
  bool tight_output = false;  ///< the smallest output storage
  draining drain = draining::prompt;
  std::uint32_t seed = 0;
  injection inject = injection::none;
  std::size_t inject_before_octet = nowhere;
  std::size_t inject_before_action = nowhere;
};

/// The way in words, for a failure's message.
[[nodiscard]] std::string describe(way const& how);

/// What the session does is not what it promises, or not what the script says.
struct script_failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The session goes on waiting, or is over.
enum class waiting : std::uint8_t { no, input, reply, tls, over };

class script_host {
 public:
  script_host(script_options const& options, way const& how);

  /// Octets of the peer's, to be given to the session as the way says. While a question is open they are offered at
  /// once.
  void offer(std::string_view octets);
  /// What is left of the input while a question is open, as an end of input may come behind it.
  void offer_to_question();
  /// Calls next() until it tells something, or waits for what the host has not got.
  std::optional<observed_event> pull();
  [[nodiscard]] waiting waits_for() const { return waits_; }
  /// Gives up the input that was not offered yet.
  void forget_input() { queue_.clear(); }

  /// Sends all that waits in output().
  void flush();
  [[nodiscard]] std::string const& sent() const { return sent_; }
  /// To be called after each call on the session: output that is not sent yet must not have moved.
  void watch_output();

  [[nodiscard]] ehlo::server_core& session() { return *core_; }
  [[nodiscard]] ehlo::instant now() const { return now_; }
  void pass(ehlo::milliseconds time) { now_ = now_ + time; }
  /// From now on output goes nowhere.
  void break_connection() { broken_ = true; }
  /// Called before the octet of way::inject_before_octet is offered.
  void on_injection(std::function<void()> call) { on_injection_ = std::move(call); }

  /// What was told so far, adjacent pieces of the body joined.
  [[nodiscard]] std::vector<std::string> const& events() {
    end_body();
    return events_;
  }
  [[nodiscard]] call_log& log() { return log_; }
  [[nodiscard]] call_log const& log() const { return log_; }

 private:
  struct block {
    std::unique_ptr<char[]> octets;
    std::size_t size = 0;
  };
  struct storage {
    virtual ~storage() = default;
    virtual ehlo::server_core& core() = 0;
    [[nodiscard]] virtual std::string_view octets() const = 0;
  };
  template <class Server>
  struct storage_of;

  void make_session(script_options const& options);
  ehlo::server_event call_next();
  void call_again(ehlo::server_event const& before);
  void check_call(ehlo::server_event const& e, std::string_view before, ehlo::server_state state);
  void check_event(ehlo::server_event const& e, ehlo::server_state state);
  void check_copies(std::string_view text) const;
  void record(observed_event const& e);
  void end_body();
  void drain_some();
  void send(std::size_t count);
  /// Moves the next piece of the queue behind what is unused; false if there is none.
  bool take_piece();
  void place(std::string_view octets);
  void reject_behind_tls();

  way how_;
  std::unique_ptr<storage> storage_;
  ehlo::server_core* core_ = nullptr;
  ehlo::instant now_{1'000'000};
  std::mt19937 random_;

  std::string queue_;        // given by the script, not yet offered
  std::size_t offered_ = 0;  // octets of the script that were offered
  block block_;              // exactly as large as what it holds, so that a sanitizer sees a read beyond it
  std::string_view in_;      // what is unused of it
  std::string sent_;
  char const* output_at_ = nullptr;
  std::string output_;  // what waited there
  bool broken_ = false;
  std::function<void()> on_injection_;

  waiting waits_ = waiting::no;
  bool closed_ = false;
  bool tls_told_ = false;
  bool message_open_ = false;
  std::string body_;
  std::uint64_t body_octets_ = 0;
  std::size_t calls_ = 0;
  std::vector<std::string> events_;
  call_log log_;
};

}  // namespace ehlo_script
