// SPDX-License-Identifier: BSL-1.0
// A client's session as it goes, with the engine's events between the lines: session_log.hpp, beside an engine.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "ehlo/client.hpp"
#include "in_words.hpp"
#include "send_options.hpp"
#include "session_log.hpp"

namespace sending {

class transcript {
  using instant = ehlo::instant;

 public:
  transcript(options const& o, instant now) {
    if (o.transcript || !o.record.empty()) log_ = std::make_unique<session_log>("", o.transcript, o.record, now);
  }

  void note(std::string_view text, instant now) {
    if (log_) log_->note(text, now);
  }
  void tls_started(std::string_view description, instant now) {
    if (log_) log_->tls_started(description, now);
  }
  /// What the engine has taken of the input, and what it tells.
  void step(std::string_view taken, ehlo::client_event const& e, instant now) {
    if (!log_) return;
    log_->said({}, taken, now);
    std::string const text = description(e);
    if (!text.empty()) log_->note(text, now);
    if (e.type() == ehlo::client_event_type::closed) log_->end(now);
  }
  /// The first octets of the output are about to be reported as sent.
  void sent(std::span<std::string_view const> output, std::size_t count, instant now) {
    if (!log_) return;
    for (std::string_view const view : output) {
      std::string_view const part = view.substr(0, count);
      count -= part.size();
      log_->said(part, {}, now);
    }
  }

 private:
  static std::string description(ehlo::client_event const& e) {
    using enum ehlo::client_event_type;
    std::string const error = e.error() == ehlo::errc::ok ? "" : ": " + std::string{message(e.error())};
    std::string const advice = ", advice: " + in_words(name(e.advice()));
    switch (e.type()) {
      case ready: return "ready";
      case need_tls: return "need_tls";
      case transaction_done: return "transaction_done" + error + advice;
      case failed: return "failed" + error + advice;
      case closed: return "closed" + error;
      default: return {};
    }
  }

  std::unique_ptr<session_log> log_;
};

/// An engine with a transcript of what it does.
struct shown_engine {
  ehlo::client& smtp;
  transcript& log;

  ehlo::client_event next(std::string_view& in, ehlo::instant now) {
    std::string_view const offered = in;
    ehlo::client_event const e = smtp.next(in, now);
    log.step(offered.substr(0, offered.size() - in.size()), e, now);
    return e;
  }
};

}  // namespace sending
