// SPDX-License-Identifier: BSL-1.0
// A dialogue with the engine's events between the lines, for people. Message text is counted, not shown, and what may
// be a secret never appears.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "ehlo/grammar/bdat_command.hpp"
#include "ehlo/server.hpp"
#include "serve_options.hpp"

namespace serve {

inline std::string_view name_of(ehlo::drop_reason why) {
  constexpr std::array<std::string_view, 10> names{"none",          "refused content", "refused by host", "too large",
                                                   "chunk refused", "reset",           "end of input",    "deadline",
                                                   "shutdown",      "session error"};
  static_assert(static_cast<std::size_t>(ehlo::drop_reason::session_error) == names.size() - 1);
  return names[static_cast<std::size_t>(why)];
}
inline std::string_view name_of(ehlo::newlines line_ends) {
  constexpr std::array<std::string_view, 3> names{"clean", "repaired", "unexamined"};
  return names[static_cast<std::size_t>(line_ends)];
}
inline std::string names_of(ehlo::tolerance used) {
  constexpr std::array<std::string_view, 15> names{
      "space after colon", "missing brackets",   "loose EHLO argument", "long path",         "loose dots",
      "loose domain",      "NUL in text",        "undeclared 8-bit",    "long text line",    "bare LF in text",
      "bare CR in text",   "bare LF in command", "MAIL without EHLO",   "mixed reply codes", "brackets in AUTH="};
  static_assert(static_cast<std::uint32_t>(ehlo::tolerance::path_in_auth) == 1U << (names.size() - 1));
  std::string list;
  for (std::size_t i = 0; i != names.size(); ++i)
    if ((static_cast<std::uint32_t>(used) >> i & 1U) != 0) list.append(list.empty() ? "" : ", ").append(names[i]);
  return list;
}

/// A peer does not get to move the reader's cursor.
inline std::string printable(std::string_view text) {
  std::string shown{text};
  for (char& c : shown)
    if (ehlo::octet(c) < 0x20 || c == 0x7F) c = '?';
  return shown;
}

inline std::string description(ehlo::server_event const& e) {
  using enum ehlo::event_type;
  auto const path = [](ehlo::path_view const& p, ehlo::parameters const& all) {
    return printable(p.raw) + (all.empty() ? "" : ", with ") + printable(all.text());
  };
  switch (e.type()) {
    case hello: return "hello: " + printable(e.argument());
    case mail: return "mail: from " + path(e.mail().from, e.mail().all);
    case rcpt: return "rcpt: to " + path(e.rcpt().to, e.rcpt().all);
    case credentials: return std::string{"credentials: by "}.append(e.mechanism());
    case message_begin: return "message_begin";
    case message_end:
      return "message_end: " + std::to_string(e.octets()) + " octets, line ends " +
             std::string{name_of(e.how_newlines_were())};
    case next_recipient: return "next_recipient: the answer for recipient " + std::to_string(e.recipient() + 1);
    case message_dropped: return std::string{"message_dropped: "}.append(name_of(e.dropped_because()));
    case refused:
      return std::string{"refused: "}.append(message(e.error())).append("; ").append(info(e.error()).source);
    case reset: return "reset";
    case quit: return "quit";
    case closed: return "closed";
    default: return {};
  }
}

/// The engine is to be offered nothing, and when it needs input, one octet: then whatever it tells or writes belongs to
/// the line that is shown last. (Cuts change nothing else: the engine's promise 2.)
class transcript {
 public:
  explicit transcript(std::string label) : label_{std::move(label)} {}

  /// What the host has to tell.
  void note(std::string_view text) const { say(label_, "   -- ", text); }

  /// One call of next(): the octet that it has taken, if any, the state that it was taken in, and what came of it.
  void step(std::string_view octet, ehlo::server_state before, ehlo::server_core const& smtp,
            ehlo::server_event const& e) {
    if (!octet.empty()) took(octet.front(), before, smtp, e);
    if (message_ != 0 && swallowed_ == 0 && !in_message(smtp.state())) show_message(smtp.state());
    std::string text = description(e);
    if (any(e.tolerated())) text += " (tolerated: " + names_of(e.tolerated()) + ")";
    if (!text.empty()) say(label_, "   -- ", text);
    output(smtp.output());
  }

  /// What has been written since.
  void output(std::string_view waiting) {
    for (std::string_view fresh = waiting.substr(shown_); !fresh.empty();) {
      std::string_view const line = fresh.substr(0, fresh.find("\r\n"));
      say(label_, "S: ", line);
      fresh.remove_prefix(line.size() + 2);
    }
    shown_ = waiting.size();
  }
  void sent(std::size_t count) { shown_ -= count; }

  bool settled = false;  ///< the engine has nothing more to say before the next octet

 private:
  static bool in_message(ehlo::server_state s) {
    return s == ehlo::server_state::data || s == ehlo::server_state::chunk;
  }

  void took(char octet, ehlo::server_state before, ehlo::server_core const& smtp, ehlo::server_event const& e) {
    if (in_message(before) || swallowed_ != 0) {
      ++message_;
      is_text_ = before == ehlo::server_state::data;
      if (swallowed_ != 0) --swallowed_;
    } else if (octet != '\n') {
      if (line_.size() < 1000) line_ += octet;
    } else {
      if (line_.ends_with('\r')) line_.pop_back();
      show_line(before, smtp, e);
      line_.clear();
    }
  }

  void show_line(ehlo::server_state before, ehlo::server_core const& smtp, ehlo::server_event const& e) {
    bool const is_auth = ehlo::starts_ignoring_case(line_, "AUTH");
    bool const in_exchange = before == ehlo::server_state::auth;
    bool const unknown = e.type() == ehlo::event_type::refused && e.error() == ehlo::errc::peer_unknown_verb;
    // A client that pipelines an exchange goes on with it when AUTH was refused: its secrets are unknown verbs then.
    bool const is_secret = in_exchange || (hides_unknown_ && unknown);
    hides_unknown_ = is_auth || is_secret;
    std::size_t const mechanism_end = line_.find(' ', 5);
    if (is_secret)
      say(label_, "C: <secret>");
    else if (is_auth && mechanism_end != std::string::npos)
      say(label_, "C: ", printable({line_.data(), mechanism_end}), " <secret>");
    else
      say(label_, "C: ", printable(line_));
    ehlo::bdat_command chunk;
    if (e.type() == ehlo::event_type::refused && e.command_verb() == ehlo::verb::bdat &&
        smtp.state() != ehlo::server_state::closed && parse_bdat(e.raw(), chunk) == ehlo::errc::ok)
      swallowed_ = chunk.size;
  }

  void show_message(ehlo::server_state now) {
    bool const ended_by_dot = is_text_ && now != ehlo::server_state::closed;
    say(label_, "C: <", std::to_string(message_ - (ended_by_dot ? 3 : 0)), " octets of message>");
    if (ended_by_dot) say(label_, "C: .");
    message_ = 0;
  }

  std::string label_;
  std::string line_;             ///< the command line so far
  std::uint64_t message_ = 0;    ///< octets of message since the last line
  std::uint64_t swallowed_ = 0;  ///< octets to come of a chunk that was refused
  std::size_t shown_ = 0;        ///< octets of the waiting output that were shown
  bool is_text_ = false;         ///< the message comes by DATA, not by BDAT
  bool hides_unknown_ = false;
};

/// An engine with a transcript of what it does.
struct shown_engine {
  ehlo::borrowing_server& smtp;
  transcript& log;

  ehlo::server_event next(std::string_view& in, ehlo::instant now) {
    log.output(smtp.output());  // the answer to the last event
    for (;;) {
      std::string_view piece = in.substr(0, log.settled ? 1 : 0);
      std::size_t const offered = piece.size();
      ehlo::server_state const before = smtp.state();
      ehlo::server_event const e = smtp.next(piece, now);
      std::size_t const used = offered - piece.size();
      log.step(in.substr(0, used), before, smtp, e);
      in.remove_prefix(used);
      log.settled = e.type() == ehlo::event_type::need_input;
      if (!log.settled || in.empty()) return e;
    }
  }
};

}  // namespace serve
