// SPDX-License-Identifier: BSL-1.0
// The text that follows DATA on its way out: dots at the start of a line are doubled, every line ends in CRLF, and
// CRLF . CRLF closes it (RFC 5321 4.1.1.4, 4.5.2, 2.3.8). Nothing is copied: the text goes out as a list of views of
// the host's octets for one writev. A stuffed dot is the text's own dot seen twice: one view ends behind it, the next
// begins at it. Where the text is cut into chunks never matters, neither for what goes out nor for what is said of it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/config.hpp"
#include "../base/find.hpp"
#include "../model/text_rules.hpp"
#include "../model/tolerance.hpp"
#include "text_scan.hpp"

namespace ehlo::inline v0::inline EHLO_ISA {

class dot_encoder {
 public:
  enum class status : std::uint8_t {
    done,     ///< the whole chunk is encoded
    full,     ///< the list is full: send it, then call again with the rest
    refused,  ///< the next octet breaks the rules: see violation(). The views are what comes before it
  };

  struct result {
    status what;
    std::size_t views;  ///< entries of the list that hold a view, none of them empty
  };

  /// What a body may hold besides clean lines. Bare CR and LF are the newline rule's.
  static constexpr tolerance any_octet =
      tolerance::nul_in_text | tolerance::undeclared_8bit | tolerance::long_text_line;

  /// How the body's end is told: by its octets, or by the size of its chunks (RFC 3030), where dots mean nothing.
  enum class framing : std::uint8_t { text, chunks };

  /// A body begins. Bare CRs and LFs refuse it, or (`normalize`) become a space and CRLF, as the dot decoder has them.
  /// What is not in `allowed` refuses it too; what is there is only noted.
  void start(bare_newline newline, tolerance allowed = any_octet, framing how = framing::text) noexcept {
    stuffing_ = how == framing::text ? ~std::uint64_t{0} : 0;
    repairs_ = newline == bare_newline::normalize;
    at_ = {};
    at_.max_line = max_content;
    at_.allowed = allowed & any_octet;
    size_ = 0;
    violation_ = tolerance::none;
    ended_ = false;
  }

  /// Lists the chunk, which loses what has been listed, in views of it and of constants: its octets must stay until the
  /// list is sent. No reference is kept beyond that: a CR that ends the chunk waits for the next one as a constant.
  [[nodiscard("the octets are gone from the chunk")]] result encode(std::string_view& chunk,
                                                                    std::span<std::string_view> list) noexcept {
    if (any(violation_)) return {status::refused, 0};
    if (chunk.empty()) return {status::done, 0};
    if (list.empty()) return {status::full, 0};
    view_list to{list};
    if (at_.place == text_place::behind_cr) {
      if (!resolve_cr(chunk, to)) return {status::refused, 0};
      if (chunk.empty()) return {status::done, to.count};
      if (to.full()) return {status::full, to.count};
    }
    return by_blocks(chunk, to);
  }

  /// What goes out behind the last view when the body is complete: the end of data, with the CRLF that may be missing.
  /// A constant; the same when called again. Empty if the body is refused, by the CR that was its last octet too. In
  /// chunks there is no end of data, and nothing is added: only what a CR that was the last octet becomes.
  [[nodiscard]] std::string_view terminator() noexcept {
    bool const bare_cr = at_.place == text_place::behind_cr;
    if (bare_cr && !any(violation_)) note_bare_cr();
    if (any(violation_)) return {};
    if (stuffing_ == 0) return bare_cr ? std::string_view{" "} : std::string_view{};
    if (!ended_ && at_.place != text_place::line_start) size_ += 2;
    ended_ = true;
    return bare_cr ? " \r\n.\r\n" : at_.place == text_place::line_start ? ".\r\n" : "\r\n.\r\n";
  }

  /// The octets of the body so far as RFC 1870 3 counts them: with every CRLF as sent, the one that `terminator` adds
  /// included, without stuffed dots and the last line.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

  /// What the body so far needed: bare_lf_in_text, bare_cr_in_text, and any_octet as far as it is allowed.
  [[nodiscard]] tolerance used() const noexcept { return at_.used; }

  /// What the body was refused for: one bit, or none.
  [[nodiscard]] tolerance violation() const noexcept { return violation_; }

 private:
  // A line has 1000 octets with its CRLF, without a stuffed dot (RFC 5321 4.5.3.1.6). Lines may yet be given a CRLF, so
  // that is not counted here.
  static constexpr std::uint64_t max_content = 998;

  struct view_list {
    std::span<std::string_view> to;
    std::size_t count = 0;

    [[nodiscard]] bool full() const noexcept { return count == to.size(); }
    void put(std::string_view view) noexcept { to[count++] = view; }
  };

  /// Bit i tells about octet i of a block that does not end between CR and LF.
  struct block_events {
    block_masks masks;
    std::uint64_t bare;     ///< CRs and LFs that are not part of a CRLF
    std::uint64_t stuffed;  ///< dots at a line start
    std::uint64_t over;     ///< the first octet of a line that is over the limit
  };

  EHLO_HOT block_events look_at(block_masks masks, std::size_t count, text_position const& from) const noexcept {
    std::uint64_t const here = bits_below(count);
    masks = {masks.cr & here, masks.lf & here, masks.dot & here, masks.nul & here, masks.high & here};
    // A bare LF will go out as CRLF, so a line begins behind every LF.
    std::uint64_t const starts = masks.lf << 1 | std::uint64_t{from.place == text_place::line_start};
    std::uint64_t const bare = (masks.cr & ~(masks.lf >> 1)) | (masks.lf & ~(masks.cr << 1));
    block_events block{masks, bare, masks.dot & starts & stuffing_, 0};
    // Only the line that comes in from before can be over: those that begin here are shorter than a block.
    if (from.length + count > from.max_line) [[unlikely]] {
      std::uint64_t const first = from.length < from.max_line ? from.max_line - from.length : 0;
      std::uint64_t const newline = (masks.lf & ~bare) >> 1 | masks.lf;
      std::size_t const end = newline != 0 ? static_cast<std::size_t>(std::countr_zero(newline)) : count;
      if (first < end) block.over = std::uint64_t{1} << first;
    }
    return block;
  }

  [[nodiscard]] EHLO_HOT std::uint64_t refused_bits(block_events const& block) const noexcept {
    auto const unless = [this](tolerance t, std::uint64_t bits) noexcept { return any(at_.allowed & t) ? 0 : bits; };
    return unless(tolerance::nul_in_text, block.masks.nul) | unless(tolerance::undeclared_8bit, block.masks.high) |
           unless(tolerance::long_text_line, block.over) | (repairs_ ? 0 : block.bare);
  }

  /// Moves `at` behind the first `count` octets of a block.
  static EHLO_HOT void advance(text_position& at, block_events const& block, std::size_t count) noexcept {
    if (count == 0) return;
    std::uint64_t const seen = bits_below(count);
    if ((block.masks.nul & seen) != 0) at.used |= tolerance::nul_in_text;
    if ((block.masks.high & seen) != 0) at.used |= tolerance::undeclared_8bit;
    if ((block.over & seen) != 0) at.used |= tolerance::long_text_line;
    std::uint64_t const lf = block.masks.lf & seen;
    at.length = lf != 0 ? count - static_cast<std::size_t>(std::bit_width(lf)) : at.length + count;
    at.place = at.length == 0 ? text_place::line_start : text_place::within_line;
  }

  /// What a CR that turned out to be bare needs: it is refused, or goes out as a space.
  void note_bare_cr() noexcept {
    bool const over = at_.length >= at_.max_line;
    if (over && !any(at_.allowed & tolerance::long_text_line)) violation_ = tolerance::long_text_line;
    if (!repairs_) violation_ = tolerance::bare_cr_in_text;
    if (any(violation_)) return;
    at_.used |= tolerance::bare_cr_in_text;
    if (over) at_.used |= tolerance::long_text_line;
  }

  /// The CR that ended the chunk before: CRLF, a space, or a refusal.
  EHLO_COLD bool resolve_cr(std::string_view& chunk, view_list& to) noexcept {
    if (chunk[0] == '\n') {
      chunk.remove_prefix(1);
      ++size_;
      at_.length = 0;
      at_.place = text_place::line_start;
      to.put("\r\n");
      return true;
    }
    note_bare_cr();
    if (any(violation_)) return false;
    ++at_.length;
    at_.place = text_place::within_line;
    to.put(" ");
    return true;
  }

  /// The list is full, the octets before `end` are in it, and `at` stands there.
  result stop(std::string_view& chunk, view_list const& to, text_position const& at, std::size_t end) noexcept {
    at_ = at;
    size_ += end;
    chunk.remove_prefix(end);
    if (chunk == "\r") hold_cr(chunk);
    return {chunk.empty() ? status::done : status::full, to.count};
  }

  void hold_cr(std::string_view& chunk) noexcept {
    chunk.remove_prefix(1);
    ++size_;
    at_.place = text_place::behind_cr;
  }

  result refuse(std::string_view& chunk, view_list const& to, text_position const& at, std::size_t end,
                tolerance why) noexcept {
    (void)stop(chunk, to, at, end);
    violation_ = why;
    return {status::refused, to.count};
  }

  /// Before a body is refused for several things at once, the newline outranks the rest.
  [[nodiscard]] tolerance why(block_events const& block, std::uint64_t bit) const noexcept {
    if (!repairs_ && (block.bare & bit) != 0)
      return (block.masks.lf & bit) != 0 ? tolerance::bare_lf_in_text : tolerance::bare_cr_in_text;
    if ((block.over & bit) != 0 && !any(at_.allowed & tolerance::long_text_line)) return tolerance::long_text_line;
    return (block.masks.nul & bit) != 0 ? tolerance::nul_in_text : tolerance::undeclared_8bit;
  }

  EHLO_HOT result by_blocks(std::string_view& chunk, view_list& to) noexcept {
    std::string_view const text = chunk.substr(0, chunk.size() - std::size_t{chunk.back() == '\r'});
    text_position at = at_;
    std::size_t begin = 0;  // of the next view
    for (std::size_t i = 0; i != text.size();) {
      std::size_t const left = text.size() - i;
      std::size_t count = left < block_size ? left : block_size;
      count -= std::size_t{left > count && text[i + count - 1] == '\r'};
      block_events const block = look_at(
          left < block_size ? classify_tail(text.data() + i, count, i) : classify_block(text.data() + i), count, at);
      std::uint64_t const refused = refused_bits(block);
      std::uint64_t events = block.stuffed | block.bare | refused;
      bool const quiet = events == 0;
      for (; events != 0; events &= events - 1) {
        std::size_t const k = static_cast<std::size_t>(std::countr_zero(events));
        std::uint64_t const bit = events & (0 - events);
        bool const dot = (block.stuffed & bit) != 0;
        std::size_t const end = i + k + std::size_t{dot};
        if (begin != end) to.put(text.substr(begin, end - begin));
        begin = i + k;
        if ((refused & bit) != 0) {
          advance(at, block, k);
          return refuse(chunk, to, at, begin, why(block, bit));
        }
        if (to.full()) {
          advance(at, block, k);
          if (dot) at.place = text_place::behind_dot;
          return stop(chunk, to, at, begin);
        }
        if (dot) continue;
        bool const lf = (block.masks.lf & bit) != 0;
        to.put(lf ? "\r\n" : " ");
        at.used |= lf ? tolerance::bare_lf_in_text : tolerance::bare_cr_in_text;
        size_ += std::uint64_t{lf};
        begin = i + k + 1;
        if (to.full()) {
          advance(at, block, k + 1);
          return stop(chunk, to, at, begin);
        }
      }
      advance(at, block, count);
      i += count;
      if (quiet) i = pass_plain_lines(text, i, at);
    }
    if (begin != text.size()) to.put(text.substr(begin));
    return stop(chunk, to, at, text.size());
  }

  /// As far as whole blocks can go out as they are, but for a CR at their end.
  static EHLO_HOT std::size_t pass_plain_lines(std::string_view text, std::size_t i, text_position& at) noexcept {
    std::size_t const run = pass_plain(text, i, at);
    i += run;
    if (run != 0 && text[i - 1] == '\r') {
      --i;
      --at.length;
      at.place = at.length == 0 ? text_place::line_start : text_place::within_line;
    }
    return i;
  }

  text_position at_;
  std::uint64_t size_ = 0;
  std::uint64_t stuffing_ = ~std::uint64_t{0};  // 0: dots mean nothing
  tolerance violation_{};
  bool repairs_ = false;
  bool ended_ = false;
};

}  // namespace ehlo::inline v0::inline EHLO_ISA
