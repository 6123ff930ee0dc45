// SPDX-License-Identifier: BSL-1.0
// A client's dialogue with the engine's events between the lines, for people. Message text is counted, not shown, and
// secrets never appear.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "ehlo/client.hpp"
#include "ehlo/grammar/bdat_command.hpp"
#include "send_options.hpp"
#include "send_report.hpp"

namespace sending {

inline std::string_view name_of(ehlo::advice what) {
  constexpr std::array<std::string_view, 8> names{"done",      "next transaction",        "reconnect", "retry later",
                                                  "next host", "reconnect in clear text", "convert",   "give up"};
  static_assert(static_cast<std::size_t>(ehlo::advice::give_up) == names.size() - 1);
  return names[static_cast<std::size_t>(what)];
}

class transcript {
 public:
  explicit transcript(bool on) : on_{on} {}
  [[nodiscard]] bool on() const { return on_; }

  void note(std::string_view text) const {
    if (on_) say("   -- ", text);
  }

  /// What next() has given, and the state that it has led to.
  void event(ehlo::client_event const& e, ehlo::client_state state) {
    if (!on_) return;
    using enum ehlo::client_event_type;
    if (e.type() == need_input || e.type() == need_output || e.type() == need_body) return;
    if (in_text_) end_text();
    if (e.type() == reply) {
      show_reply(e.reply());
      in_text_ = state == ehlo::client_state::text;
    } else {
      note(description(e));
    }
  }

  /// The first octets of the output are about to be reported as sent.
  void sent(std::span<std::string_view const> output, std::size_t count, ehlo::client_state state) {
    if (!on_) return;
    for (std::string_view const view : output) {
      std::string_view const part = view.substr(0, count);
      count -= part.size();
      if (in_text_)
        octets_ += part.size();
      else
        commands(part, state);
    }
    text_is_whole_ = in_text_ && state == ehlo::client_state::verdict;
  }

 private:
  static std::string description(ehlo::client_event const& e) {
    using enum ehlo::client_event_type;
    std::string const error = e.error() == ehlo::errc::ok ? "" : ": " + std::string{message(e.error())};
    std::string const advice = ", advice: " + std::string{name_of(e.advice())};
    switch (e.type()) {
      case ready: return "ready";
      case need_tls: return "need_tls";
      case transaction_done: return "transaction_done" + error + advice;
      case failed: return "failed" + error + advice;
      case closed: return "closed" + error;
      default: return "an event that was not asked for";
    }
  }

  static void show_reply(ehlo::reply_view const& reply) {
    for (std::string_view rest = reply.raw(); !rest.empty();) {
      std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix((std::min)(line.size() + 1, rest.size()));
      if (line.ends_with('\r')) line.remove_suffix(1);
      say("S: ", printable(line));
    }
  }

  void commands(std::string_view octets, ehlo::client_state state) {
    while (!octets.empty()) {
      if (chunk_ != 0) {
        std::size_t const part = static_cast<std::size_t>((std::min)(chunk_, std::uint64_t{octets.size()}));
        octets.remove_prefix(part);
        octets_ += part;
        chunk_ -= part;
        if (chunk_ == 0) show_octets();
        continue;
      }
      std::size_t const end = octets.find('\n');
      line_ += octets.substr(0, end);
      if (end == std::string_view::npos) return;
      octets.remove_prefix(end + 1);
      if (line_.ends_with('\r')) line_.pop_back();
      show_command(state);
      line_.clear();
    }
  }

  void show_command(ehlo::client_state state) {
    std::size_t const mechanism_end = line_.starts_with("AUTH ") ? line_.find(' ', 5) : std::string::npos;
    bool const is_response = state == ehlo::client_state::auth && !line_.starts_with("AUTH ") && line_ != "*";
    if (is_response)
      say("C: <secret>");
    else if (mechanism_end != std::string::npos)
      say("C: ", line_.substr(0, mechanism_end), " <secret>");
    else
      say("C: ", printable(line_));
    ehlo::bdat_command chunk;
    if (line_.starts_with("BDAT ") && parse_bdat(line_, chunk) == ehlo::errc::ok) chunk_ = chunk.size;
  }

  void end_text() {
    constexpr std::uint64_t last_line = 3;  // the dot
    if (text_is_whole_) octets_ -= last_line;
    show_octets();
    if (text_is_whole_) say("C: .");
    in_text_ = text_is_whole_ = false;
  }
  void show_octets() {
    say("C: <", std::to_string(octets_), " octets of message>");
    octets_ = 0;
  }

  bool on_;
  std::string line_;          ///< the command so far
  std::uint64_t chunk_ = 0;   ///< octets to come of a chunk
  std::uint64_t octets_ = 0;  ///< octets of message since the last line
  bool in_text_ = false;      ///< between 354 and the next reply
  bool text_is_whole_ = false;
};

}  // namespace sending
