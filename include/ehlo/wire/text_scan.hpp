// SPDX-License-Identifier: BSL-1.0
// One block of message text, up to 64 octets at once, as bitmaps: where lines end and begin, which dots are stuffed,
// what is forbidden, and how long the lines are. Bit i tells about octet i. The dot decoder visits only the bits set.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "../base/config.hpp"
#include "../base/find.hpp"
#include "../model/tolerance.hpp"

namespace ehlo::inline v0 {

/// What lies directly before the next octet of the text.
enum class text_place : std::uint8_t {
  within_line,
  line_start,  ///< CRLF, the one behind DATA included; only here can a dot be stuffed or end the text (RFC 5321 4.5.2)
  behind_cr,   ///< a CR, which is counted
  behind_dot,  ///< a dot at the start of a line: stuffed, or of the last line; not counted
  behind_dot_cr  ///< such a dot and a CR: LF makes them the end of the text; not counted
};

/// Where a text stands between two octets, and what it must obey.
struct text_position {
  std::uint64_t length = 0;  ///< octets of the present line, without a stuffed dot
  std::uint64_t max_line = 1000;
  tolerance allowed{};  ///< what is refused is everything else
  tolerance used{};     ///< what has been needed
  text_place place = text_place::line_start;
};

inline namespace EHLO_ISA {

[[nodiscard]] EHLO_HOT std::uint64_t bits_below(std::size_t n) noexcept {
  return n < 64 ? (std::uint64_t{1} << n) - 1 : ~std::uint64_t{0};
}

/// The masks of `count` < 64 octets; `before` of the octets in front of them may be read too.
[[nodiscard]] EHLO_HOT block_masks classify_tail(char const* from, std::size_t count, std::size_t before) noexcept {
  if (before + count >= block_size) {
    block_masks const masks = classify_block(from + count - block_size);
    unsigned const shift = static_cast<unsigned>(block_size - count);
    return {masks.cr >> shift, masks.lf >> shift, masks.dot >> shift, masks.nul >> shift, masks.high >> shift};
  }
  char padded[block_size];
  std::memset(padded, ' ', sizeof padded);
  std::memcpy(padded, from, count);
  return classify_block(padded);
}

struct text_block {
  block_masks masks;
  std::uint64_t ends;     ///< LFs behind a CR
  std::uint64_t bare;     ///< LFs without CR, and octets other than LF behind a CR
  std::uint64_t stuffed;  ///< dots at a line start
  std::uint64_t over;     ///< the first octet of a line that is over the limit
};

/// Looks at `count` octets at `from`, which is within_line, at a line_start or behind_cr. max_line is at least 64.
[[nodiscard]] EHLO_HOT text_block look(block_masks const& masks, std::size_t count,
                                       text_position const& from) noexcept {
  std::uint64_t const behind_cr = masks.cr << 1 | std::uint64_t{from.place == text_place::behind_cr};
  std::uint64_t const ends = masks.lf & behind_cr;
  std::uint64_t const starts = ends << 1 | std::uint64_t{from.place == text_place::line_start};
  text_block block{masks, ends, (behind_cr ^ masks.lf) & bits_below(count), masks.dot & starts, 0};
  // Only the line that comes in from before can be over: those that begin here are shorter than a block.
  if (from.length + count > from.max_line) [[unlikely]] {
    std::uint64_t const first = from.length < from.max_line ? from.max_line - from.length : 0;
    std::size_t const last = masks.lf != 0 ? static_cast<std::size_t>(std::countr_zero(masks.lf)) : count - 1;
    if (first <= last) block.over = std::uint64_t{1} << first;
  }
  return block;
}

/// What of the block is refused.
[[nodiscard]] EHLO_HOT std::uint64_t refused_bits(text_block const& block, tolerance allowed) noexcept {
  auto const unless = [allowed](tolerance t, std::uint64_t bits) noexcept { return any(allowed & t) ? 0 : bits; };
  return unless(tolerance::nul_in_text, block.masks.nul) | unless(tolerance::undeclared_8bit, block.masks.high) |
         unless(tolerance::long_text_line, block.over) | unless(tolerance::bare_lf_in_text, block.bare);
}

/// Moves `at` behind the first `count` octets of a block in which every stuffed dot has been left out. Does not note
/// bare newlines as used: whoever repairs them does.
EHLO_HOT void advance(text_position& at, text_block const& block, std::size_t count) noexcept {
  if (count == 0) return;
  std::uint64_t const seen = bits_below(count);
  if (((block.masks.nul | block.masks.high | block.over) & seen) != 0) {
    if ((block.masks.nul & seen) != 0) at.used |= tolerance::nul_in_text;
    if ((block.masks.high & seen) != 0) at.used |= tolerance::undeclared_8bit;
    if ((block.over & seen) != 0) at.used |= tolerance::long_text_line;
  }
  std::uint64_t const lf = block.masks.lf & seen;
  std::uint64_t const stuffed = block.stuffed & seen;
  at.length = lf != 0 ? count - static_cast<std::size_t>(std::bit_width(lf)) : at.length + count;
  at.length -= std::uint64_t{stuffed > lf};  // the present line begins with a stuffed dot
  std::uint64_t const last = std::uint64_t{1} << (count - 1);
  at.place = (block.ends & last) != 0       ? text_place::line_start
             : (block.masks.cr & last) != 0 ? text_place::behind_cr
                                            : text_place::within_line;
}

/// From `at` on, how many octets in whole blocks hold no event and need no tolerance but perhaps undeclared_8bit, which
/// is noted. The octet before `from` is read: CR and LF are looked for there, so nothing is carried from block to
/// block.
[[nodiscard]] EHLO_HOT std::size_t plain_run(char const* from, std::size_t size, text_position& at) noexcept {
  octets const zero = octets::fill('\0');
  octets const cr = octets::fill('\r');
  octets const lf = octets::fill('\n');
  octets const dot = octets::fill('.');
  // An octet above 127 is true; without its top bit it is an octet like any other (0x80 looks like NUL: no harm).
  octets const looked_at = octets::fill(any(at.allowed & tolerance::undeclared_8bit) ? '\x7f' : '\xff');
  octets seen = zero;
  auto const events_at = [&](char const* p, octets& high) noexcept {
    octets const now = octets::load(p);
    octets const before = octets::load(p - 1);
    octets const bare = before.equal(cr) ^ now.equal(lf);
    octets const stuffed = before.equal(lf) & now.equal(dot);
    octets const plain = now & looked_at;
    high = high | now;
    return bare | stuffed | plain | plain.equal(zero);
  };
  std::size_t done = 0;
  for (; size - done >= block_size; done += block_size) {
    octets high = zero;
    // Written out, because g++ -O2 does not unroll.
    octets const events = [&]<std::size_t... Part>(std::index_sequence<Part...>) noexcept {
      return (events_at(from + done + Part * octets::size, high) | ...);
    }
    (std::make_index_sequence<block_size / octets::size>{});
    if (events.any()) break;
    seen = seen | high;
  }
  if (seen.any()) at.used |= tolerance::undeclared_8bit;
  return done;
}

/// Moves `at` behind a plain run.
EHLO_HOT void advance(text_position& at, std::string_view run) noexcept {
  std::size_t const behind = behind_last_lf(run);
  at.length = behind == run.size() ? at.length + behind : behind;
  at.place = run.back() == '\n'   ? text_place::line_start
             : run.back() == '\r' ? text_place::behind_cr
                                  : text_place::within_line;
}

/// From `i` on, how many octets can be passed on as they are, in whole blocks, and without a look at each line.
[[nodiscard]] EHLO_HOT std::size_t pass_plain(std::string_view in, std::size_t i, text_position& at) noexcept {
  std::size_t const begin = i;
  while (in.size() - i >= block_size) {
    std::size_t size = in.size() - i;
    if (!any(at.used & tolerance::long_text_line)) {
      std::uint64_t const room = at.max_line - at.length;  // a longer run could hold a line that is too long
      if (room < block_size) break;
      if (size > room) size = static_cast<std::size_t>(room);
    }
    std::size_t const run = plain_run(in.data() + i, size, at);
    if (run == 0) break;
    advance(at, in.substr(i, run));
    i += run;
    if (size - run >= block_size) break;
  }
  return i - begin;
}

/// Copies up to 64 octets 16 at a time: up to 16 more are read and written.
[[nodiscard]] EHLO_HOT char* copy_segment(char* to, char const* from, std::size_t size) noexcept {
  char* const end = to + size;
  do {
    std::memcpy(to, from, 16);
    to += 16;
    from += 16;
  } while (to < end);
  return end;
}

}  // namespace EHLO_ISA
}  // namespace ehlo::inline v0
