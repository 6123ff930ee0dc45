// SPDX-License-Identifier: BSL-1.0
// A session as a text file from which it can be played again (replay.hpp): all that both sides said, octet by octet,
// with times, but for secrets, in whose place a line of the same shape stands.
//
//     ehlo recording 1
//     0 S "220 mx.example.org ESMTP\r\n"
//     12 C "AUTH PLAIN AHgAeA==\r\n"
//     31 T "TLSv1.3"
//     40 N "credentials"
//     52 E "client"
//
// A line: milliseconds since the start, what it is, and a text in quotes, in which `\\`, `\"`, `\r`, `\n`, `\t` and
// `\x1b` stand for single octets and all others are printable ASCII.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "../base/ascii.hpp"
#include "../base/instant.hpp"
#include "../base/text_writer.hpp"
#include "../grammar/number.hpp"
#include "../model/limits.hpp"
#include "dialogue.hpp"
#include "visible.hpp"

namespace ehlo::inline v0::trace {

inline constexpr std::string_view recording_title = "ehlo recording 1";

enum class record_kind : std::uint8_t {
  client,  ///< what the client said
  server,  ///< what the server said
  tls,     ///< TLS has started; the text describes it
  end,     ///< one side says nothing more; the text says which: `client` or `server`
  note,    ///< what the host had to tell
};

struct record {
  milliseconds at = 0;  ///< since the start
  record_kind kind = record_kind::note;
  std::string_view text{};
};

inline constexpr std::string_view record_letters = "CSTEN";
/// The most octets that one record holds; more are written as several.
inline constexpr std::size_t record_text = dialogue::longest_line;
/// Storage that is sufficient for every record as a line.
inline constexpr std::size_t record_line_size = 4 * record_text + 32;

/// The record as a line, without a line ending; a view of `storage`, empty if it does not fit.
[[nodiscard]] constexpr std::string_view write_record(record const& r,
                                                      std::span<char> storage EHLO_LIFETIMEBOUND) noexcept {
  text_writer to{storage};
  to.put_number(r.at > 0 ? static_cast<std::uint64_t>(r.at) : 0).put(' ');
  to.put(record_letters[static_cast<std::size_t>(r.kind)]).put(" \"");
  for (char const c : r.text) {
    if (c == '\\' || c == '"')
      to.put('\\').put(c);
    else if (c == '\r')
      to.put("\\r");
    else if (c == '\n')
      to.put("\\n");
    else if (octet(c) >= 0x20 && octet(c) < 0x7F)
      to.put(c);
    else
      put_hex(to.put("\\x"), octet(c), 2);
  }
  to.put('"');
  return to.fits() ? to.written() : std::string_view{};
}

/// Reads a line without its line ending. The text of the record is a view of `storage`, which has at least as many
/// octets as the line. False: it is none; `out` is unspecified then.
[[nodiscard]] constexpr bool parse_record(std::string_view text, std::span<char> storage EHLO_LIFETIMEBOUND,
                                          record& out) noexcept {
  number_run const at = scan_number(text, 0);
  if (at.end == 0 || at.overflow || at.value > INT64_MAX || text.size() < at.end + 5 || storage.size() < text.size())
    return false;
  std::size_t const letter = record_letters.find(text[at.end + 1]);
  if (letter == record_letters.npos || text[at.end] != ' ' || text.substr(at.end + 2, 2) != " \"") return false;
  std::size_t size = 0;
  std::size_t i = at.end + 4;
  for (; i != text.size() && text[i] != '"'; ++i) {
    char c = text[i];
    if (octet(c) < 0x20 || octet(c) > 0x7E) return false;
    if (c == '\\') {
      if (++i == text.size()) return false;
      c = text[i];
      if (c == 'x') {
        if (text.size() - i < 3) return false;
        int const high = hex_value(text[i + 1]);
        int const low = hex_value(text[i + 2]);
        if (high < 0 || low < 0) return false;
        c = static_cast<char>(high * 16 + low);
        i += 2;
      } else if (c == 'r' || c == 'n' || c == 't') {
        c = c == 'r' ? '\r' : c == 'n' ? '\n' : '\t';
      } else if (c != '\\' && c != '"') {
        return false;
      }
    }
    storage[size++] = c;
  }
  if (i + 1 != text.size()) return false;
  out = {static_cast<milliseconds>(at.value), static_cast<record_kind>(letter), {storage.data(), size}};
  return true;
}

/// What takes the place of an octet of a message that is not to be told: letters and digits are all alike, so that
/// line endings, dots and lengths stay what they are.
[[nodiscard]] constexpr char shape_of(char c) noexcept {
  if (octet(c) > 0x7F) return '\x80';
  return is_alpha(c) ? 'x' : is_digit(c) ? '0' : c;
}

/// What is told of messages.
enum class recorded_messages : std::uint8_t { whole, shape };

inline namespace EHLO_ISA {

/// Writes a recording, beside an engine or from a capture: it is called as a transcript is. Records are given to
/// `write(std::string_view)`, without line endings.
class recorder {
 public:
  recorder(recorded_messages messages, instant start) noexcept : start_{start}, messages_{messages} {}

  template <class Write>
  void read(std::string_view& client, std::string_view& server, instant now, Write&& write) {
    for (;;) {
      line const l = dialogue_.next(client, server);
      if (l.kind == line_kind::none) return;
      take(l, now, write);
    }
  }
  template <class Write>
  void note(std::string_view text, instant now, Write&& write) {
    give(record_kind::note, text.substr(0, record_text), now, write);
  }
  template <class Write>
  void tls_started(std::string_view text, instant now, Write&& write) {
    dialogue_.tls_started();
    give(record_kind::tls, text.substr(0, record_text), now, write);
  }
  template <class Write>
  void end(speaker from, instant now, Write&& write) {
    if (line const l = dialogue_.end(from); l.kind != line_kind::none) take(l, now, write);
    give(record_kind::end, name(from), now, write);
  }

 private:
  template <class Write>
  void take(line const& l, instant now, Write&& write) {
    record_kind const from = l.from == speaker::client ? record_kind::client : record_kind::server;
    if (l.kind == line_kind::text || l.kind == line_kind::chunk) return gather(l.text, now, write);
    if (l.kind == line_kind::ciphertext) return;  // nobody can play it again
    std::size_t const size = l.text.size();
    bool const is_line = l.kind != line_kind::unfinished;
    if (is_line && !l.ended) return give_long(l, from, now, write);
    text_writer to{octets_};
    to.put(l.text).put(!is_line ? "" : l.bare_lf ? "\n" : "\r\n");
    give(from, {octets_.data(), size + (!is_line ? 0 : l.bare_lf ? 1 : 2)}, now, write);
  }
  /// A line over the limit: so much of it is known, and that it is too long for every engine, which is what it takes to
  /// play it again.
  template <class Write>
  void give_long(line const& l, record_kind from, instant now, Write&& write) {
    give(from, l.text, now, write);
    std::memset(octets_.data(), 'x', record_text);
    for (std::size_t size = 0; size <= max_sasl_line; size += record_text)
      give(from, {octets_.data(), record_text}, now, write);
    give(from, l.bare_lf ? "\n" : "\r\n", now, write);
  }
  /// Of a message, what comes at one time is one record, in however many pieces it comes.
  template <class Write>
  void gather(std::string_view piece, instant now, Write&& write) {
    if (gathered_at_ != now) flush(write);
    gathered_at_ = now;
    for (char const c : piece) {
      if (gathered_ == record_text) flush(write);
      message_[gathered_++] = messages_ == recorded_messages::shape ? shape_of(c) : c;
    }
  }
  template <class Write>
  void flush(Write&& write) {
    if (gathered_ == 0) return;
    std::string_view const piece{message_.data(), std::exchange(gathered_, std::size_t{0})};
    give(record_kind::client, piece, gathered_at_, write);
  }
  template <class Write>
  void give(record_kind kind, std::string_view text, instant now, Write&& write) {
    flush(write);
    if (!titled_) write(recording_title);
    titled_ = true;
    write(write_record({now > start_ ? now - start_ : 0, kind, text}, line_));
  }

  dialogue dialogue_;
  instant start_;
  recorded_messages messages_;
  instant gathered_at_{};
  std::size_t gathered_ = 0;  ///< octets of a message that are not written yet
  bool titled_ = false;
  std::array<char, record_text> message_;
  std::array<char, dialogue::longest_line + 2> octets_;
  std::array<char, 4 * (dialogue::longest_line + 2) + 32> line_;
};

}  // namespace EHLO_ISA
}  // namespace ehlo::inline v0::trace
