// SPDX-License-Identifier: BSL-1.0
// The text that follows DATA, octet for octet, up to its end: CRLF . CRLF and nothing else (RFC 5321 4.1.1.4, 4.5.2).
// One pass takes out stuffed dots, finds the end, and holds the text to its rules. What is refused is swallowed to the
// same end. Where the input is cut never matters, neither for the text nor for what is said about it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "../base/config.hpp"
#include "../base/find.hpp"
#include "../model/text_rules.hpp"
#include "../model/tolerance.hpp"
#include "text_scan.hpp"

namespace ehlo::inline v0::inline EHLO_ISA {

class dot_decoder {
 public:
  enum class status : std::uint8_t {
    need_input,  ///< `in` is empty
    text,        ///< octets of the body
    refused,     ///< the next octet breaks the rules (once; the rest is swallowed)
    end,         ///< the end of the text, consumed
  };

  struct result {
    status what;
    std::string_view text;  ///< not empty if `what` is `text`: a view of the input, of the scratch or of a constant
  };

  /// A text begins directly behind the CRLF of DATA, which counts as the start of a line. An octet behind a CR, an LF
  /// without CR, NUL, an octet above 127 and an octet too many in a line are refused unless `rules` allow them.
  /// A max_line under 2 could not hold a CRLF and counts as 2. In a bare-LF-repaired line the LF counts as one octet.
  void start(text_rules rules) noexcept {
    constexpr tolerance newlines = tolerance::bare_lf_in_text | tolerance::bare_cr_in_text;
    repairs_ = rules.newline == bare_newline::normalize;
    at_ = {};
    at_.max_line = rules.max_line < 2 ? 2 : rules.max_line;
    at_.allowed = repairs_ ? rules.allowed | newlines : rules.allowed & ~newlines;
    violation_ = tolerance::none;
    phase_ = phase::text;
  }

  /// Takes one step: up to the next text, refusal or end. Text is viewed in `in`; where that would make many small
  /// views it is gathered in `scratch`. The text is the same whatever the size of `scratch`.
  [[nodiscard("the octets are gone from `in`")]] result decode(std::string_view& in EHLO_LIFETIMEBOUND,
                                                               std::span<char> scratch EHLO_LIFETIMEBOUND) noexcept {
    // An octet alone and its need_input afterwards are answered here, without the frame of the block code.
    if (in.size() == 1 && phase_ == phase::text && is_plain(in[0]) && at_.length < at_.max_line &&
        at_.place <= text_place::line_start) {
      ++at_.length;
      at_.place = text_place::within_line;
      return text(in, 1);
    }
    if (phase_ != phase::text) return after_refusal(in);
    if (in.empty()) return {status::need_input, {}};
    return step(in, scratch);
  }

  /// The tolerances that the text has needed so far, up to its end or its refusal.
  [[nodiscard]] tolerance used() const noexcept { return at_.used; }

  /// What the text was refused for: one bit, or none.
  [[nodiscard]] tolerance violation() const noexcept { return violation_; }

 private:
  enum class phase : std::uint8_t { text, refusing, swallowing };

  // A block can double in size (bare LFs), and copies are rounded up to 16 octets.
  static constexpr std::size_t block_room = 2 * block_size + 16;
  static constexpr std::size_t dense = 256;  // a view shorter than this is not worth a call

  static bool is_plain(char c) noexcept {
    return c != '.' && static_cast<unsigned char>(c) >= ' ' && static_cast<unsigned char>(c) < 0x80;
  }

  static result text(std::string_view& in, std::size_t size, std::size_t used_up) noexcept {
    std::string_view const seen = in.substr(0, size);
    in.remove_prefix(used_up);
    return {size != 0 ? status::text : status::need_input, seen};
  }
  static result text(std::string_view& in, std::size_t size) noexcept { return text(in, size, size); }

  void skip(std::string_view& in, std::size_t size, text_place place) noexcept {
    in.remove_prefix(size);
    at_.place = place;
  }

  /// Before a message is refused for several things at once, the newline outranks the rest.
  void refuse(tolerance needed) noexcept {
    violation_ = static_cast<tolerance>(std::bit_floor(static_cast<std::uint32_t>(needed & ~at_.allowed)));
    phase_ = phase::refusing;
  }

  /// One step over input that is there, of a text that is not refused.
  result step(std::string_view& in, std::span<char> scratch) noexcept {
    while (!in.empty()) {
      result said{status::need_input, {}};
      if (at_.place >= text_place::behind_dot || (at_.place == text_place::behind_cr && repairs_))
        said = resolve(in);
      else if (at_.place == text_place::line_start && in[0] == '.')
        skip(in, 1, text_place::behind_dot);
      else if (in.size() < 16 || at_.max_line < block_size || scratch.size() < block_room)
        said = by_octets(in);
      else
        said = by_blocks(in, scratch);
      if (said.what != status::need_input) return said;
      if (phase_ != phase::text) return after_refusal(in);
    }
    return {status::need_input, {}};
  }

  /// What octet `c` needs at this place: within_line, line_start or behind_cr.
  [[nodiscard]] tolerance needed_by(char c) const noexcept {
    tolerance needed = tolerance::none;
    if (c == '\0') needed |= tolerance::nul_in_text;
    if (static_cast<unsigned char>(c) >= 0x80) needed |= tolerance::undeclared_8bit;
    if (at_.length >= at_.max_line) needed |= tolerance::long_text_line;
    bool const behind_cr = at_.place == text_place::behind_cr;
    if (c == '\n' && !behind_cr) needed |= tolerance::bare_lf_in_text;
    if (c != '\n' && behind_cr) needed |= tolerance::bare_cr_in_text;
    return needed;
  }

  /// Octets that the places before have left open: a dot at the start of a line, and CR behind it or to be repaired.
  EHLO_COLD result resolve(std::string_view& in) noexcept {
    bool const lf = in[0] == '\n';
    if (at_.place == text_place::behind_dot) {
      if (in[0] == '\r')
        skip(in, 1, text_place::behind_dot_cr);
      else
        at_.place = text_place::within_line;
      return {status::need_input, {}};
    }
    if (at_.place == text_place::behind_dot_cr) {
      if (lf) {
        skip(in, 1, text_place::line_start);
        return {status::end, {}};
      }
      at_.length = 1;
      at_.place = text_place::behind_cr;
    }
    if (tolerance const needed = needed_by(in[0]); lf || !repairs_) {
      // CRLF, or the proof that the CR of a line `.CR` is bare.
      if (any(needed & ~at_.allowed)) {
        refuse(needed);
        return {status::text, "\r"};
      }
      at_.used |= needed;
      at_.length = 0;
      skip(in, 1, text_place::line_start);
      return {status::text, "\r\n"};
    }
    at_.used |= tolerance::bare_cr_in_text;
    at_.place = text_place::within_line;
    return {status::text, " "};
  }

  /// The same as by_blocks for short inputs, short lines and small scratch: up to the first octet that is not text.
  result by_octets(std::string_view& in) noexcept {
    for (std::size_t i = 0; i != in.size(); ++i) {
      char const c = in[i];
      if (c == '.' && at_.place == text_place::line_start) return text(in, i);
      tolerance const needed = needed_by(c);
      if (any(needed & ~at_.allowed)) {
        refuse(needed);
        return text(in, i);
      }
      bool const bare_lf = any(needed & tolerance::bare_lf_in_text);
      if (bare_lf && i != 0) return text(in, i);
      at_.used |= needed;
      at_.length = c == '\n' ? 0 : at_.length + 1;
      if (bare_lf) {
        skip(in, 1, text_place::within_line);
        return {status::text, "\r\n"};
      }
      at_.place = c == '\r' ? text_place::behind_cr : c == '\n' ? text_place::line_start : text_place::within_line;
      if (c == '\r' && repairs_ && (i + 1 == in.size() || in[i + 1] != '\n')) return text(in, i, i + 1);
    }
    return text(in, in.size());
  }

  /// Whether the dot at `i` must be left to resolve(): the text ends there, or the input before that is known.
  static bool is_open(std::string_view in, std::size_t i) noexcept {
    if (i + 1 == in.size()) return true;
    return in[i + 1] == '\r' && (i + 2 == in.size() || in[i + 2] == '\n');
  }

  /// The stuffed dots of a block at `i` that are open.
  static EHLO_HOT std::uint64_t open_dots(std::string_view in, std::size_t i, std::size_t count,
                                          text_block const& block) noexcept {
    std::uint64_t const edge = ~bits_below(count - (count < 2 ? count : 2));
    std::uint64_t open = block.stuffed & ((block.masks.cr >> 1 & block.masks.lf >> 2) | edge);
    for (std::uint64_t left = open & edge; left != 0; left &= left - 1)
      if (!is_open(in, i + static_cast<std::size_t>(std::countr_zero(left)))) open &= ~(left & (0 - left));
    return open;
  }

  /// A CR that may have to be repaired waits for the next octet.
  [[nodiscard]] std::size_t held_back() const noexcept {
    return std::size_t{repairs_ && at_.place == text_place::behind_cr};
  }

  /// Views the text up to the first octet that is not to be passed on as it is.
  EHLO_HOT result by_blocks(std::string_view& in, std::span<char> scratch) noexcept {
    text_position at = at_;
    for (std::size_t i = 0;;) {
      std::size_t const left = in.size() - i;
      std::size_t const count = left < block_size ? left : block_size;
      text_block const block =
          look(left < block_size ? classify_tail(in.data() + i, count, i) : classify_block(in.data() + i), count, at);
      std::uint64_t const events = block.stuffed | block.bare | refused_bits(block, at.allowed);
      if (events != 0) return stop(in, scratch, block, at, i, events);
      advance(at, block, count);
      i += count;
      i += pass_plain(in, i, at);
      if (i == in.size()) break;
    }
    at_ = at;
    return text(in, in.size() - held_back(), in.size());
  }

  /// The first event of a block that begins at `i`: the text before it is viewed, or gathered with what follows.
  result stop(std::string_view& in, std::span<char> scratch, text_block const& block, text_position at, std::size_t i,
              std::uint64_t events) noexcept {
    std::size_t const first = static_cast<std::size_t>(std::countr_zero(events));
    std::uint64_t const bit = events & (0 - events);
    bool const refused = (refused_bits(block, at.allowed) & bit) != 0;
    bool const open = (block.stuffed & bit) != 0 && is_open(in, i + first);
    std::size_t const enough = scratch.size() / 2 < dense ? scratch.size() / 2 : dense;
    if (!refused && !open && i + first < enough) return gather(in, scratch);
    advance(at, block, first);
    at_ = at;
    std::size_t const end = i + first;
    if (refused && held_back() == 0) refuse(needed_by(in[end]));
    return text(in, end - held_back(), end);
  }

  /// Copies the text into the scratch, without stuffed dots and repaired, until that is full, the text becomes plain
  /// for a while, or something must be reported.
  result gather(std::string_view& in, std::span<char> scratch) noexcept {
    char* out = scratch.data();
    char const* const full = out + (scratch.size() - block_room);
    std::size_t i = 0;
    bool stopped = false;
    for (unsigned quiet = 0; !stopped && i != in.size() && out <= full && quiet != dense / block_size; ++quiet) {
      std::size_t const left = in.size() - i;
      std::size_t const count = left < block_size ? left : block_size;
      char tail[block_size + 16];
      char const* from = in.data() + i;
      if (left < sizeof tail) {  // copies and masks read a little further than the block
        std::memset(tail, ' ', sizeof tail);
        std::memcpy(tail, from, count);
        from = tail;
      }
      text_block const block = look(classify_block(from), count, at_);
      std::uint64_t const refused = refused_bits(block, at_.allowed);
      std::uint64_t events = block.stuffed | block.bare;
      if ((events | refused) != 0) quiet = 0;
      std::uint64_t const stops = refused | open_dots(in, i, count, block);
      std::size_t end = count;
      if (stops != 0) {
        stopped = true;
        end = static_cast<std::size_t>(std::countr_zero(stops));
        events &= bits_below(end);
      }
      std::size_t done = 0;
      if ((events & block.bare) == 0) {
        for (; events != 0; events &= events - 1) {
          std::size_t const dot = static_cast<std::size_t>(std::countr_zero(events));
          out = copy_segment(out, from + done, dot - done);
          done = dot + 1;
        }
      } else {
        out = repair(out, from, events, block, done);
      }
      out = copy_segment(out, from + done, end - done);
      advance(at_, block, end);
      i += end;
      if (stopped && (refused & (std::uint64_t{1} << end)) != 0 && held_back() == 0) refuse(needed_by(in[i]));
    }
    in.remove_prefix(i);
    std::size_t const size = static_cast<std::size_t>(out - scratch.data()) - held_back();
    return {size != 0 ? status::text : status::need_input, {scratch.data(), size}};
  }

  /// Copies a block up to its last event, newlines repaired; `done` octets of it are then dealt with.
  char* repair(char* out, char const* from, std::uint64_t events, text_block const& block, std::size_t& done) noexcept {
    for (; events != 0; events &= events - 1) {
      std::size_t const p = static_cast<std::size_t>(std::countr_zero(events));
      std::uint64_t const bit = events & (0 - events);
      if (p != done) out = copy_segment(out, from + done, p - done);
      done = p + 1;
      if ((block.stuffed & bit) != 0) continue;
      if ((block.masks.lf & bit) != 0) {
        at_.used |= tolerance::bare_lf_in_text;
        std::memcpy(out, "\r\n", 2);
        out += 2;
      } else {
        at_.used |= tolerance::bare_cr_in_text;
        out[-1] = ' ';
        done = p;
      }
    }
    return out;
  }

  /// Reports the refusal, then passes over the rest of the text.
  EHLO_COLD result after_refusal(std::string_view& in) noexcept {
    if (phase_ == phase::refusing) {
      phase_ = phase::swallowing;
      return {status::refused, {}};
    }
    std::size_t i = 0;
    while (i != in.size()) {
      if (at_.place <= text_place::behind_cr && in.size() - i >= block_size) {
        i += pass_block(in.substr(i));
        continue;
      }
      if (pass_octet(in[i++])) {
        in.remove_prefix(i);
        return {status::end, {}};
      }
    }
    in.remove_prefix(in.size());
    return {status::need_input, {}};
  }

  /// Passes over one block, or up to a dot that resolve has to look at behind; returns the number of octets.
  std::size_t pass_block(std::string_view in) noexcept {
    text_block const block = look(classify_block(in.data()), block_size, at_);
    if (std::uint64_t const open = open_dots(in, 0, block_size, block); open != 0) {
      at_.place = text_place::behind_dot;
      return static_cast<std::size_t>(std::countr_zero(open)) + 1;
    }
    at_.place = (block.ends >> 63) != 0       ? text_place::line_start
                : (block.masks.cr >> 63) != 0 ? text_place::behind_cr
                                              : text_place::within_line;
    return block_size;
  }

  /// Passes over one octet; whether it is the last of the text.
  bool pass_octet(char c) noexcept {
    text_place const before = at_.place;
    bool const end = before == text_place::behind_dot_cr && c == '\n';
    at_.place = c == '.' && before == text_place::line_start            ? text_place::behind_dot
                : c == '\r' && before == text_place::behind_dot         ? text_place::behind_dot_cr
                : c == '\r'                                             ? text_place::behind_cr
                : c == '\n' && (end || before == text_place::behind_cr) ? text_place::line_start
                                                                        : text_place::within_line;
    return end;
  }

  text_position at_;
  tolerance violation_{};
  bool repairs_ = false;
  phase phase_ = phase::text;
};

}  // namespace ehlo::inline v0::inline EHLO_ISA
