// SPDX-License-Identifier: BSL-1.0
// Plays a client's script in one way and tells what has come of it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client_script.hpp"
#include "client_script_host.hpp"

namespace ehlo_script {

/// What a session has told and sent.
struct client_playback {
  std::vector<std::string> events;
  std::vector<transaction_record> transactions;
  std::string output;
  std::string said;  ///< the output with what was given up unsent
  std::size_t actions = 0;
  bool closed = false;
  bool ended_by_input = false;    ///< closed, and the host did nothing behind the last input
  bool broken = false;            ///< the script broke the connection
  bool injected = false;          ///< what was to go wrong has gone wrong
  std::size_t events_before = 0;  ///< how many events had been told by then
};

class client_script_player {
 public:
  client_script_player(client_script const& what, client_way const& how);

  /// Throws script_failure: with the script's line, the way, what was expected and what came.
  client_playback play();

 private:
  struct ended_by_injection {};

  void play_steps();
  void take(script_step const& step);
  void settle();
  [[nodiscard]] bool names_reply() const;
  std::optional<observed_client_event> next_event();
  [[nodiscard]] std::string unnamed() const;

  void input(script_step const& step);
  void output(script_step const& step);
  void event(script_step const& step);
  void action(script_step const& step);
  void check(script_step const& step);
  [[nodiscard]] std::string look(std::string const& what, std::string const& argument);

  ehlo::errc call(script_step const& step);
  ehlo::errc call_of_transaction(script_step const& step);
  ehlo::errc call_of_world(script_step const& step);
  ehlo::errc give_body(std::string_view text, bool last);
  void let_pass(ehlo::milliseconds time);

  void inject();
  [[nodiscard]] bool inject_now();
  [[nodiscard]] bool inject_deadline();
  void play_to_the_end(std::string rest_of_reply);
  void serve(std::string& rest_of_reply);

  [[noreturn]] void fail(std::string const& expected, std::string const& actual) const;
  [[nodiscard]] bool compares_output() const { return how_.drain == client_way::draining::prompt && !how_.cut_body; }

  client_script const& script_;
  client_way how_;
  client_script_host host_;
  client_playback result_;
  std::size_t step_ = 0;
  std::optional<observed_client_event> ahead_;  ///< told, but not yet asked for by the script
  std::size_t compared_ = 0;                    ///< octets of output that the script has named
  ehlo::errc refused_ = ehlo::errc::ok;         ///< what submit() returned last
  bool injection_done_ = false;
};

}  // namespace ehlo_script
