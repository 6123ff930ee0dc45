// SPDX-License-Identifier: BSL-1.0
// A row of a transcript as a line of text, for people: time, TLS, direction, what was said, the phase and what it
// means.
//
//     0.103 * C: MAIL FROM:<ann@example.org>                         mail: a message begins: who gets the error reports
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/text_writer.hpp"
#include "meaning.hpp"
#include "transcript.hpp"
#include "visible.hpp"

namespace ehlo::inline v0::trace {

/// What was said, without secrets; of a message its size. One line, at most four times as long as the row's text.
constexpr void put_said(text_writer& to, row const& r) noexcept {
  switch (r.what.kind) {
    case line_kind::none: return put_visible(to, r.note);
    case line_kind::text:
    case line_kind::chunk: to.put('<').put_number(r.octets).put(" octets of message>"); return;
    case line_kind::ciphertext: to.put('<').put_number(r.octets).put(" octets of TLS>"); return;
    case line_kind::secret:
      put_visible(to, r.what.text.substr(0, r.what.shown));
      if (r.what.text.empty()) to.put("<nothing>");
      if (r.what.shown != r.what.text.size()) to.put(r.what.shown == 0 ? "<secret>" : " <secret>");
      return;
    default: put_visible(to, r.what.text);
  }
  if (!r.what.ended) to.put(" <...>");
  if (r.what.bare_lf) to.put(" <LF without CR>");
}

/// Seconds with three decimals.
constexpr void put_seconds(text_writer& to, std::uint64_t ms) noexcept {
  to.put_number(ms / 1000).put('.').put(static_cast<char>('0' + ms / 100 % 10));
  to.put(static_cast<char>('0' + ms / 10 % 10)).put(static_cast<char>('0' + ms % 10));
}

/// Storage that is sufficient for every row.
inline constexpr std::size_t text_row_size = 4 * dialogue::longest_line + 512;

inline namespace EHLO_ISA {

/// The row without a line ending; a view of `storage`. A note that is too long for it is left out.
[[nodiscard]] inline std::string_view write_text(row const& r, instant start,
                                                 std::span<char> storage EHLO_LIFETIMEBOUND) noexcept {
  constexpr std::size_t meaning_column = 64;
  constexpr std::size_t time_width = 10;
  text_writer to{storage};
  auto const pad_to = [&to](std::size_t column, std::size_t length) {
    for (; length < column; ++length) to.put(' ');
  };
  std::uint64_t const ms = r.at > start ? static_cast<std::uint64_t>(r.at - start) : 0;
  std::array<char, 24> digits{};
  text_writer time{digits};
  put_seconds(time, ms);
  pad_to(time_width, time.written().size());
  to.put(time.written());
  bool const is_note = r.what.kind == line_kind::none;
  to.put(r.what.in_tls ? " * " : "   ").put(is_note ? "-- " : r.what.from == speaker::client ? "C: " : "S: ");
  put_said(to, r);
  std::string_view const means = is_note ? std::string_view{} : meaning(r.what);
  if (means.empty()) return to.written();
  pad_to(meaning_column, to.written().size());
  to.put("  ");
  if (r.what.phase != reply_phase::none) to.put(name(r.what.phase)).put(": ");
  return to.put(means).written();
}

}  // namespace EHLO_ISA
}  // namespace ehlo::inline v0::trace
