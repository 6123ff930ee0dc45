// SPDX-License-Identifier: BSL-1.0
// What there is to say of a captured session: a numbered table like a packet analyser's, and what follows from it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "capture.hpp"
#include "ehlo/trace/inspection.hpp"
#include "ehlo/trace/recording.hpp"
#include "ehlo/trace/transcript_json.hpp"
#include "ehlo/trace/transcript_text.hpp"

namespace explain {

namespace trace = ehlo::trace;

enum class format { table, text, json, recording };

inline void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }
inline void print_line(std::string_view text) {
  print(text);
  print("\n");
}
inline std::string padded(std::string_view text, std::size_t width) {
  std::string cell{text};
  cell.resize((std::max)(cell.size(), width), ' ');
  return cell;
}
inline std::string right(std::string_view text, std::size_t width) {
  return std::string(width > text.size() ? width - text.size() : 0, ' ').append(text);
}

/// What one side said and nobody has read. It is moved only when most of it was read.
struct unread {
  std::string text;
  std::size_t begin = 0;

  [[nodiscard]] std::string_view left() const { return std::string_view{text}.substr(begin); }
  void keep(std::size_t count) {
    begin = text.size() - count;
    if (begin <= count) return;
    text.erase(0, begin);
    begin = 0;
  }
};

/// Gives the capture to whoever takes it as an engine's host would: transcript or recorder.
template <class Taker, class Show>
void play(capture const& all, Taker& taker, Show&& show) {
  unread client;
  unread server;
  ehlo::instant now{};
  auto const read = [&] {
    std::string_view from_client = client.left();
    std::string_view from_server = server.left();
    taker.read(from_client, from_server, now, show);
    client.keep(from_client.size());
    server.keep(from_server.size());
  };
  for (piece const& p : all.pieces) {
    now = {p.at};
    if (p.kind == trace::record_kind::tls) taker.tls_started(p.text, now, show);
    if (p.kind == trace::record_kind::note) taker.note(p.text, now, show);
    if (p.kind == trace::record_kind::client) client.text += p.text;
    if (p.kind == trace::record_kind::server) server.text += p.text;
    if (all.in_order || &p == &all.pieces.back()) read();
  }
  if constexpr (requires { taker.end(now, show); }) {
    taker.end(now, show);
    read();  // what waited for the other side
    taker.end(now, show);
  } else {
    taker.end(trace::speaker::server, now, show);
    read();
    taker.end(trace::speaker::client, now, show);
  }
}

/// The capture without its secrets: what would have been recorded of it.
inline capture masked(capture const& all) {
  trace::recorder recorder{trace::recorded_messages::whole, {}};
  std::string text;
  play(all, recorder, [&text](std::string_view line) { text.append(line).append("\n"); });
  return of_recording(text).value_or(capture{});
}

class report {
 public:
  explicit report(capture const& all) : all_{all}, inspection_{all.in_order} {}

  void print_all() {
    std::size_t const names = (std::max)({all_.client.size(), all_.server.size(), std::size_t{11}});
    print_line(right("No.", 5) + "  " + right("Time", 9) + "  " + padded("Source", names) + "  " +
               padded("Destination", names) + "  Protocol  Info");
    play(all_, transcript_, [&](trace::row const& r) { print_row(r, names); });
    inspection_.end(transcript_.session());
    print_codes();
    print_extensions();
    print_round_trips();
    print_findings();
  }
  /// Something is unsafe or against the protocol.
  [[nodiscard]] bool found() const {
    return std::any_of(trace::finding_table.begin(), trace::finding_table.end(), [this](trace::finding_row const& f) {
      return f.danger != trace::danger::odd && inspection_.count(f.what) != 0;
    });
  }

 private:
  void print_row(trace::row const& r, std::size_t names) {
    inspection_.take(r.what, transcript_.session());
    bool const from_client = r.what.from == trace::speaker::client;
    bool const is_note = r.what.kind == trace::line_kind::none;
    std::string line = right(std::to_string(r.number), 5) + "  " + right(time_of(r), 9) + "  ";
    line += padded(is_note ? "" : from_client ? all_.client : all_.server, names) + "  ";
    line += padded(is_note ? "" : from_client ? all_.server : all_.client, names) + "  ";
    line += padded(protocol_of(r), 8) + "  ";
    ehlo::text_writer said{storage_};
    put_said(said, r);
    line += said.written();
    std::string_view const means = meaning(r.what);
    if (!means.empty() && !is_note) line.append("  | ").append(means);
    if (r.what.pipelined && all_.in_order) line += " [pipelined]";
    print_line(line);
    if (r.what.code && r.what.last) ++codes_[r.what.code.number()];
  }
  [[nodiscard]] std::string time_of(trace::row const& r) const {
    if (!all_.timed) return "-";
    std::array<char, 24> digits;
    ehlo::text_writer time{digits};
    trace::put_seconds(time, static_cast<std::uint64_t>(r.at.ms));
    return std::string{time.written()};
  }
  [[nodiscard]] std::string protocol_of(trace::row const& r) const {
    using enum trace::line_kind;
    if (r.what.kind == ciphertext) return "TLS";
    if (r.what.kind == none) return "";
    std::string const name = transcript_.session().is_lmtp() ? "LMTP" : "SMTP";
    if (r.what.kind == text || r.what.kind == chunk) return name + "/IMF";
    return r.what.in_tls ? name + "/TLS" : name;
  }

  void print_codes() const {
    print("\nReply codes\n");
    for (auto const& [number, times] : codes_) {
      ehlo::reply_code const code{number};
      print_line("  " + std::to_string(number) + "  " + std::string{trace::meaning(code)} + " (" +
                 std::string{trace::source(code)} + ")" + (times == 1 ? "" : ", " + std::to_string(times) + " times"));
    }
  }
  void print_extensions() const {
    print("\nExtensions\n");
    for (ehlo::capability_keyword const& one : ehlo::capability_keywords) {
      bool const offered = inspection_.offer().keywords.has(one.what);
      bool const used = inspection_.used().has(one.what);
      if (!offered && !used) continue;
      print_line("  " + padded(one.keyword, 19) + "  " +
                 padded(offered && used ? "offered, used"
                        : used          ? "used"
                                        : "offered",
                        13) +
                 "  " + std::string{trace::meaning(one.what)});
    }
  }
  void print_round_trips() const {
    trace::round_trips const& trips = transcript_.trips();
    print("\nRound trips\n");
    if (all_.in_order) print_line("  " + right(std::to_string(trips.taken()), 5) + "  as it was");
    print_line("  " + right(std::to_string(trips.without_pipelining()), 5) + "  without pipelining");
    print_line("  " + right(std::to_string(trips.with_pipelining()), 5) +
               "  with pipelining wherever RFC 2920 allows it");
  }
  void print_findings() const {
    print("\nFindings\n");
    bool any = false;
    for (trace::finding_row const& f : trace::finding_table) {
      std::uint32_t const times = inspection_.count(f.what);
      if (times == 0) continue;
      any = true;
      print_line("  " + padded(name(f.danger), 6) + "  No. " + std::to_string(inspection_.first_line(f.what)) +
                 (times == 1 ? "" : " and " + std::to_string(times - 1) + " more") + ": " + std::string{f.message} +
                 " (" + std::string{f.source} + ")");
    }
    if (!any) print("  nothing wrong, nothing unsafe\n");
  }

  capture const& all_;
  trace::transcript transcript_;
  trace::inspection inspection_;
  std::map<std::uint16_t, unsigned> codes_;
  std::array<char, trace::text_row_size> storage_;
};

/// The rows alone.
inline void print_rows(capture const& all, format as) {
  std::vector<char> storage(trace::json_row_size);
  trace::transcript rows;
  play(all, rows, [&](trace::row const& r) {
    std::string_view const line = as == format::json ? write_json(r, {}, storage) : write_text(r, {}, storage);
    if (!line.empty()) print_line(line);  // a note longer than any that is recorded
  });
}
inline void print_recording(capture const& all, trace::recorded_messages messages) {
  trace::recorder recorder{messages, {}};
  play(all, recorder, [](std::string_view line) { print_line(line); });
}

}  // namespace explain
