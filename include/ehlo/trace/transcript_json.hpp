// SPDX-License-Identifier: BSL-1.0
// A row of a transcript as a JSON object (RFC 8259), for programs; one a line.
//
//   {"no":7,"ms":103,"from":"client","kind":"command","phase":"mail","verb":"MAIL","tls":true,"text":"MAIL
//   FROM:<>",...}
//
// Members that say nothing are left out: "code" and "status" (numbers and text of a reply), "last" (false: more lines
// of the reply follow), "pipelined", "surplus", "bare_lf", "cut" (true), "octets" (of a message), "saved" (round trips
// that pipelining has saved so far). A row of the host's has "note" alone. Octets that are not UTF-8 stand as U+FFFD;
// what is not to be shown (visible.hpp) is escaped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/text_writer.hpp"
#include "meaning.hpp"
#include "transcript.hpp"
#include "visible.hpp"

namespace ehlo::inline v0::trace {

[[nodiscard]] constexpr std::string_view name(line_kind kind) noexcept {
  constexpr std::array<std::string_view, 10> names{"none", "command",     "secret", "reply",      "malformed",
                                                   "text", "end_of_text", "chunk",  "ciphertext", "unfinished"};
  static_assert(static_cast<std::size_t>(line_kind::unfinished) == names.size() - 1);
  return names[static_cast<std::size_t>(kind)];
}

/// `\u001b` (RFC 8259 7).
constexpr void put_json_escape(text_writer& to, unsigned unit) noexcept { put_hex(to.put("\\u"), unit, 4); }

/// A JSON string (RFC 8259 7), with nothing in it that moves a terminal's cursor. At most six octets for one.
constexpr void put_json(text_writer& to, std::string_view text) noexcept {
  to.put('"');
  while (!text.empty()) {
    unsigned const c = octet(text[0]);
    std::size_t const length = c < 0x80 ? 1 : utf8_sequence_length(text);
    if (c == '"' || c == '\\') {
      to.put('\\').put(text[0]);
    } else if (length == 0) {
      put_json_escape(to, 0xFFFD);
    } else if (visible_character(text) != 0) {
      to.put(text.substr(0, length));
    } else {
      unsigned code = length == 1 ? c : c & (0x7FU >> length);
      for (char const more : text.substr(1, length - 1)) code = code << 6U | (octet(more) & 0x3FU);
      if (code > 0xFFFF) put_json_escape(to, 0xD800U + ((code - 0x10000U) >> 10U));
      put_json_escape(to, code > 0xFFFF ? 0xDC00U + (code & 0x3FFU) : code);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  to.put('"');
}

/// Storage that is sufficient for every row.
inline constexpr std::size_t json_row_size = 6 * dialogue::longest_line + 512;

inline namespace EHLO_ISA {

/// The object without a line ending; a view of `storage`, empty if that is too small.
[[nodiscard]] inline std::string_view write_json(row const& r, instant start,
                                                 std::span<char> storage EHLO_LIFETIMEBOUND) noexcept {
  text_writer to{storage};
  line const& l = r.what;
  std::uint64_t const ms = r.at > start ? static_cast<std::uint64_t>(r.at - start) : 0;
  auto const text = [&to](std::string_view key, std::string_view value) {
    if (value.empty()) return;
    put_json(to.put(",\"").put(key).put("\":"), value);
  };
  auto const flag = [&to](std::string_view key, bool is_so, bool value) {
    if (is_so) to.put(",\"").put(key).put(value ? "\":true" : "\":false");
  };
  to.put("{\"no\":").put_number(r.number).put(",\"ms\":").put_number(ms);
  if (l.kind == line_kind::none) {
    put_json(to.put(",\"note\":"), r.note);
    to.put('}');
    return to.fits() ? to.written() : std::string_view{};
  }
  text("from", name(l.from));
  text("kind", name(l.kind));
  if (l.phase != reply_phase::none) text("phase", name(l.phase));
  text("verb", name(l.verb));
  flag("tls", true, l.in_tls);
  if (l.code) to.put(",\"code\":").put_number(l.code.number());
  if (l.status) {
    to.put(",\"status\":\"").put_number(l.status.status_class).put('.').put_number(l.status.subject);
    to.put('.').put_number(l.status.detail).put('"');
  }
  bool const is_text = l.kind == line_kind::text || l.kind == line_kind::chunk || l.kind == line_kind::ciphertext;
  if (is_text)
    to.put(",\"octets\":").put_number(r.octets);
  else
    put_json(to.put(",\"text\":"), l.text.substr(0, l.shown));
  flag("last", l.code && !l.last, false);
  flag("pipelined", l.pipelined, true);
  flag("surplus", l.surplus, true);
  flag("bare_lf", l.bare_lf, true);
  flag("cut", !l.ended, true);
  if (r.saved != 0) to.put(",\"saved\":").put_number(r.saved);
  text("means", meaning(l));
  to.put('}');
  return to.fits() ? to.written() : std::string_view{};
}

}  // namespace EHLO_ISA
}  // namespace ehlo::inline v0::trace
