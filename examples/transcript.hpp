// SPDX-License-Identifier: BSL-1.0
// A server's session as it goes, with the engine's events between the lines: session_log.hpp, beside an engine.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "ehlo/server.hpp"
#include "in_words.hpp"
#include "serve_options.hpp"
#include "session_log.hpp"

namespace serve {

inline std::string description(ehlo::server_event const& e) {
  using enum ehlo::event_type;
  auto const path = [](ehlo::path_view const& p, ehlo::parameters const& all) {
    return std::string{p.raw}.append(all.empty() ? "" : ", with ").append(all.text());
  };
  switch (e.type()) {
    case hello: return std::string{"hello: "}.append(e.argument());
    case mail: return "mail: from " + path(e.mail().from, e.mail().all);
    case rcpt: return "rcpt: to " + path(e.rcpt().to, e.rcpt().all);
    case credentials: return std::string{"credentials: by "}.append(e.mechanism());
    case message_begin: return "message_begin";
    case message_end:
      return "message_end: " + std::to_string(e.octets()) + " octets, line ends " +
             in_words(name(e.how_newlines_were()));
    case next_recipient: return "next_recipient: the answer for recipient " + std::to_string(e.recipient() + 1);
    case message_dropped: return "message_dropped: " + in_words(name(e.dropped_because()));
    case refused:
      return std::string{"refused: "}.append(message(e.error())).append("; ").append(info(e.error()).source);
    case reset: return "reset";
    case quit: return "quit";
    case closed: return "closed";
    default: return {};
  }
}

class transcript {
  using instant = ehlo::instant;

 public:
  static bool is_wanted(options const& o) { return o.transcript || !o.record.empty(); }
  transcript(options const& o, std::string label, instant now)
      : log_{std::move(label), o.transcript, file_in(o.record), now} {}

  void note(std::string_view text, instant now) { log_.note(text, now); }
  void tls_started(std::string_view description, instant now) { log_.tls_started(description, now); }
  /// What the engine has taken of the input, what it tells, and the output that waits.
  void step(std::string_view taken, ehlo::server_event const& e, std::string_view waiting, instant now) {
    log_.said(taken, {}, now);
    std::string text = description(e);
    if (any(e.tolerated())) text += " (tolerated: " + in_words(e.tolerated()) + ")";
    if (!text.empty()) log_.note(text, now);
    output(waiting, now);
    if (e.type() == ehlo::event_type::closed) log_.end(now);
  }
  /// What has been written since.
  void output(std::string_view waiting, instant now) {
    log_.said({}, waiting.substr(shown_), now);
    shown_ = waiting.size();
  }
  void sent(std::size_t count) { shown_ -= count; }

  bool settled = false;  ///< the engine has nothing more to say before the next octet

 private:
  /// One file for each session; none without a folder.
  static std::string file_in(std::string_view folder) {
    static std::atomic<unsigned> count = 0;
    if (folder.empty()) return {};
    return std::string{folder} + "/session-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
  }

  session_log log_;
  std::size_t shown_ = 0;  ///< octets of the waiting output that were shown
};

/// An engine with a transcript of what it does. It is offered one octet at a time, and that only when it has nothing
/// more to say: so whatever it tells or writes belongs to the line that stands before it. (Cuts change nothing else:
/// the engine's promise 2.)
struct shown_engine {
  ehlo::borrowing_server& smtp;
  transcript& log;

  ehlo::server_event next(std::string_view& in, ehlo::instant now) {
    log.output(smtp.output(), now);  // the answer to the last event
    for (;;) {
      std::string_view piece = in.substr(0, log.settled ? 1 : 0);
      std::size_t const offered = piece.size();
      ehlo::server_event const e = smtp.next(piece, now);
      std::size_t const used = offered - piece.size();
      log.step(in.substr(0, used), e, smtp.output(), now);
      in.remove_prefix(used);
      log.settled = e.type() == ehlo::event_type::need_input;
      if (!log.settled || in.empty()) return e;
    }
  }
};

}  // namespace serve
