// SPDX-License-Identifier: BSL-1.0
// Plays a script in one way and tells what has come of it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "script.hpp"
#include "script_host.hpp"

namespace ehlo_script {

/// What a session has told and sent.
struct playback {
  std::vector<std::string> events;
  std::string output;
  std::size_t actions = 0;
  bool only_answers = true;  ///< every action was the answer to a question
  bool closed = false;
  bool ended_by_input = false;     ///< closed, and nothing but answers came behind the last input
  bool ends_itself = false;        ///< the script called shutdown() or end_of_input()
  bool broken = false;             ///< and broke the connection
  bool injected = false;           ///< what was to go wrong has gone wrong,
  bool during_handshake = false;   ///< and did so between need_tls and the handshake,
  bool without_effect = false;     ///< and there was no deadline,
  bool answered_for_host = false;  ///< or it was the host's own
  std::size_t events_before = 0;   ///< how many events had been told by then
};

class script_player {
 public:
  script_player(script const& what, way const& how);

  /// Throws script_failure: with the script's line, the way, what was expected and what came.
  playback play();

 private:
  struct ended_by_injection {};

  void play_steps();
  void take(script_step const& step);
  void settle();
  std::optional<observed_event> next_event();

  void input(script_step const& step);
  void output(script_step const& step);
  void event(script_step const& step);
  void body(script_step const& step);
  void action(script_step const& step);
  void check(script_step const& step);
  void compare(script_step const& step, observed_event const& seen) const;

  ehlo::errc call(script_step const& step);
  ehlo::errc answer(script_step const& step);
  ehlo::errc other_call(script_step const& step);

  void inject();
  void inject_deadline();
  void play_to_the_end();
  void answer_from_script();

  [[noreturn]] void fail(std::string const& expected, std::string const& actual) const;
  [[nodiscard]] bool compares_output() const { return how_.drain == way::draining::prompt && !how_.flood; }

  script const& script_;
  way how_;
  script_host host_;
  playback result_;
  std::size_t step_ = 0;
  std::optional<observed_event> ahead_;  ///< told, but not yet asked for by the script
  std::size_t compared_ = 0;             ///< octets of output that the script has named
  bool question_open_ = false;
  bool injection_done_ = false;
};

}  // namespace ehlo_script
