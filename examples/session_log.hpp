// SPDX-License-Identifier: BSL-1.0
// What both sides of a session say and what the engine tells of it: as lines for people on standard error, where
// message text is counted, not shown; and as a recording in a file, for ehlo-explain. Secrets appear in neither.
#pragma once

#include <array>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "ehlo/trace/recording.hpp"
#include "ehlo/trace/transcript.hpp"
#include "ehlo/trace/transcript_text.hpp"

class session_log {
  using instant = ehlo::instant;

  auto show() {
    return [this](ehlo::trace::row const& r) {
      if (!shows_) return;
      bool const is_note = r.what.kind == ehlo::trace::line_kind::none;
      ehlo::text_writer to{row_};
      to.put(label_).put(is_note ? "   -- " : r.what.from == ehlo::trace::speaker::client ? "C: " : "S: ");
      put_said(to, r);
      to.put('\n');
      std::fwrite(to.written().data(), 1, to.written().size(), stderr);
    };
  }
  auto write() {
    return [this](std::string_view line) { file_ << line << '\n' << std::flush; };
  }

 public:
  /// The label stands before each line. No file: no recording.
  session_log(std::string label, bool shows, std::string const& file, instant now)
      : label_{std::move(label)}, shows_{shows} {
    if (file.empty()) return;
    file_.open(file, std::ios::binary);
    if (!file_) std::fprintf(stderr, "%s   -- cannot record: %s\n", label_.c_str(), file.c_str());
    recorder_.emplace(ehlo::trace::recorded_messages::whole, now);
  }
  session_log(session_log const&) = delete;
  session_log& operator=(session_log const&) = delete;
  ~session_log() { end(last_); }

  /// What the host has to tell.
  void note(std::string_view text, instant now) {
    rows_.note(text, now, show());
    if (recorder_) recorder_->note(text, now, write());
  }
  void tls_started(std::string_view description, instant now) {
    rows_.tls_started("TLS: " + std::string{description}, now, show());
    if (recorder_) recorder_->tls_started(description, now, write());
  }
  void said(std::string_view client, std::string_view server, instant now) {
    last_ = now;
    std::string_view recorded_client = client;
    std::string_view recorded_server = server;
    rows_.read(client, server, now, show());
    if (recorder_) recorder_->read(recorded_client, recorded_server, now, write());
  }
  /// Neither side says anything more.
  void end(instant now) {
    if (std::exchange(ended_, true)) return;
    rows_.end(now, show());
    if (!recorder_) return;
    recorder_->end(ehlo::trace::speaker::client, now, write());
    recorder_->end(ehlo::trace::speaker::server, now, write());
  }

 private:
  std::string label_;
  ehlo::trace::transcript rows_;
  std::optional<ehlo::trace::recorder> recorder_;
  std::ofstream file_;
  instant last_{};  ///< when something was said
  bool shows_;
  bool ended_ = false;
  std::array<char, ehlo::trace::text_row_size + 64> row_;
};
