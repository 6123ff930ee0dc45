// SPDX-License-Identifier: BSL-1.0
// A session as numbered rows with their times: what was said, and between it what a host has to tell. A message is one
// row, however many pieces it came in. Written as text (transcript_text.hpp) or JSON (transcript_json.hpp).
#pragma once

#include <cstdint>
#include <string_view>

#include "../base/instant.hpp"
#include "dialogue.hpp"
#include "round_trips.hpp"

namespace ehlo::inline v0::trace {

/// One row. Its texts live while it is shown.
struct row {
  std::uint32_t number = 0;  ///< from 1
  instant at{};              ///< when the last octet of it was said
  line what{};               ///< its kind is `none` in a row of the host's
  std::string_view note{};   ///< what the host has to tell
  std::uint64_t octets = 0;  ///< of a message, without stuffed dots, or of TLS: how many
  std::uint32_t saved = 0;   ///< round trips that pipelining has saved up to here
};

inline namespace EHLO_ISA {

/// Beside an engine: give it what next() has used of the input, and what output has been added, after each call. Rows
/// are given to `show(row const&)`.
class transcript {
 public:
  /// Takes from both sides what was said until `now`. What is left belongs behind what the other side has to say, and
  /// is to be offered again; beside an engine nothing is left.
  template <class Show>
  void read(std::string_view& client, std::string_view& server, instant now, Show&& show) {
    for (;;) {
      line const l = dialogue_.next(client, server);
      if (l.kind == line_kind::none) return;
      take(l, now, show);
    }
  }
  /// What the host has to tell.
  template <class Show>
  void note(std::string_view text, instant now, Show&& show) {
    end_message(now, show);
    give(row{0, now, {}, text}, show);
  }
  /// The handshake is done: see dialogue::tls_started().
  template <class Show>
  void tls_started(std::string_view text, instant now, Show&& show) {
    dialogue_.tls_started();
    note(text, now, show);
  }
  /// Nothing more comes from either side.
  template <class Show>
  void end(instant now, Show&& show) {
    for (speaker const from : {speaker::client, speaker::server})
      if (line const l = dialogue_.end(from); l.kind != line_kind::none) take(l, now, show);
    end_message(now, show);
  }

  [[nodiscard]] dialogue const& session() const noexcept { return dialogue_; }
  [[nodiscard]] round_trips const& trips() const noexcept { return trips_; }

 private:
  static bool is_piece(line_kind k) noexcept {
    return k == line_kind::text || k == line_kind::chunk || k == line_kind::ciphertext;
  }
  template <class Show>
  void take(line const& l, instant now, Show&& show) {
    trips_.take(l);
    if (is_piece(l.kind)) {
      if (pieces_.kind != line_kind::none && (pieces_.kind != l.kind || pieces_.from != l.from)) end_message(now, show);
      octets_ = l.kind == line_kind::text ? dialogue_.message().octets : octets_ + l.text.size();
      pieces_ = l;
      pieces_.text = {};
      pieces_at_ = now;
      if (l.kind == line_kind::chunk && l.last) end_message(now, show);
      return;
    }
    end_message(now, show);
    give(row{0, now, l}, show);
  }
  template <class Show>
  void end_message(instant, Show&& show) {
    if (pieces_.kind == line_kind::none) return;
    row r{0, pieces_at_, pieces_};
    r.octets = octets_;
    pieces_ = {};
    octets_ = 0;
    give(r, show);
  }
  template <class Show>
  void give(row r, Show&& show) {
    r.number = ++number_;
    r.saved = trips_.without_pipelining() > trips_.taken() && !dialogue_.has_open_commands()
                  ? trips_.without_pipelining() - trips_.taken()
                  : saved_;
    saved_ = r.saved;
    show(static_cast<row const&>(r));
  }

  dialogue dialogue_;
  round_trips trips_;
  line pieces_;  ///< of the message that is being sent
  instant pieces_at_{};
  std::uint64_t octets_ = 0;
  std::uint32_t number_ = 0;
  std::uint32_t saved_ = 0;
};

}  // namespace EHLO_ISA
}  // namespace ehlo::inline v0::trace
