// SPDX-License-Identifier: BSL-1.0
// What a DKIM signature hashes of the body (RFC 6376 3.4.3 to 3.4.5), while the body comes in pieces cut anywhere.
// What need not change goes on as views of the pieces; what may yet turn out to be the end of a line or of the body
// is held back as a few marks and a count. A line ends in CRLF; every other CR and LF is an octet like others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/config.hpp"
#include "../base/find.hpp"
#include "dkim_canonicalization.hpp"

namespace ehlo::inline v0::sender::inline EHLO_ISA {

/// The body of one message in its canonical form. `sink` is called as `void(std::string_view) noexcept`, with pieces
/// that are not empty and hold only until it returns: views of what `take` was given, or of constants.
class dkim_body_canonicalizer {
 public:
  static constexpr std::uint64_t no_limit = ~std::uint64_t{0};

  /// `limit`: how many octets of the canonical body the sink is given, the tag l= (3.5).
  explicit constexpr dkim_body_canonicalizer(dkim_canonicalization how, std::uint64_t limit = no_limit) noexcept
      : limit_{limit}, how_{how} {}

  /// The next octets of the body, any number of them: with line breaks, without dots of the transfer.
  template <class Sink>
  void take(std::string_view piece, Sink&& sink) noexcept {
    if (!piece.empty() && cr_) resolve_cr(piece, sink);
    if (wsp_)
      while (!piece.empty() && is_wsp(piece.front())) piece.remove_prefix(1);
    if (piece.empty()) return;
    std::size_t const end = end_of_text(piece);
    if (end != 0) {
      // White space at the end of the last piece was at the end of its line.
      if (piece.starts_with("\r\n")) wsp_ = false;
      release(sink);
      if (how_ == dkim_canonicalization::relaxed)
        reduce(piece.substr(0, end), sink);
      else
        put(piece.substr(0, end), sink);
    }
    hold(piece.substr(end));
  }

  /// The body is complete; once.
  template <class Sink>
  void end(Sink&& sink) noexcept {
    // The line that is not ended gets its end; white space at the end of the body is at the end of a line.
    if (cr_) release(sink);
    if (how_ == dkim_canonicalization::simple || text_) put("\r\n", sink);
  }

  /// The octets of the canonical body so far, those beyond the limit included. Behind `end()`, l= may not be greater.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

  [[nodiscard]] dkim_canonicalization how() const noexcept { return how_; }
  [[nodiscard]] std::uint64_t limit() const noexcept { return limit_; }

 private:
  // What is held back, in this order: empty lines, white space, a CR.
  std::uint64_t limit_;
  std::uint64_t size_ = 0;
  std::uint64_t empty_lines_ = 0;
  dkim_canonicalization how_;
  bool wsp_ = false;
  bool cr_ = false;
  bool text_ = false;  // something else than line ends has been put

  template <class Sink>
  EHLO_HOT void put(std::string_view text, Sink& sink) noexcept {
    if (text.empty()) return;
    std::uint64_t const left = size_ < limit_ ? limit_ - size_ : 0;
    size_ += text.size();
    if (left != 0) sink(text.size() <= left ? text : text.substr(0, static_cast<std::size_t>(left)));
  }

  /// What was held back turns out to be part of the text.
  template <class Sink>
  void release(Sink& sink) noexcept {
    constexpr std::string_view lines = "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n";
    for (; empty_lines_ > lines.size() / 2; empty_lines_ -= lines.size() / 2) put(lines, sink);
    put(lines.substr(0, static_cast<std::size_t>(2 * empty_lines_)), sink);
    empty_lines_ = 0;
    if (wsp_) put(" ", sink);
    if (cr_) put("\r", sink);
    wsp_ = cr_ = false;
    text_ = true;
  }

  /// The CR that ended the last piece: with LF the end of a line, otherwise text.
  template <class Sink>
  void resolve_cr(std::string_view& piece, Sink& sink) noexcept {
    if (piece.front() != '\n') return release(sink);
    piece.remove_prefix(1);
    cr_ = wsp_ = false;
    ++empty_lines_;
  }

  /// How much of the piece goes on: all but the white space, CR and line ends at its end.
  [[nodiscard]] std::size_t end_of_text(std::string_view piece) const noexcept {
    bool const relaxed = how_ == dkim_canonicalization::relaxed;
    std::size_t end = piece.size() - std::size_t{piece.back() == '\r'};
    for (;;) {
      if (relaxed)
        while (end != 0 && is_wsp(piece[end - 1])) --end;
      if (end < 2 || piece[end - 1] != '\n' || piece[end - 2] != '\r') return end;
      end -= 2;
    }
  }

  /// What end_of_text left.
  void hold(std::string_view rest) noexcept {
    if (rest.empty()) return;
    cr_ = rest.back() == '\r';
    for (std::size_t i = 0; i + 1 < rest.size(); ++i)
      if (rest[i] == '\r') {
        ++empty_lines_;
        ++i;
        wsp_ = false;
      } else {
        wsp_ = true;
      }
    wsp_ = wsp_ || is_wsp(rest.back());
  }

  /// Lines without the end of the last one, which ends in an octet that is not white space.
  template <class Sink>
  void reduce(std::string_view text, Sink& sink) noexcept {
    std::size_t begin = 0;
    std::size_t at = 0;
    while ((at += find_uneven_space(text.substr(at))) != text.size()) {
      std::size_t behind = at + 1;
      while (is_wsp(text[behind])) ++behind;
      if (text.substr(behind, 2) == "\r\n") {
        put(text.substr(begin, at - begin), sink);
        begin = behind;
      } else if (text[at] == '\t') {
        put(text.substr(begin, at - begin), sink);
        put(" ", sink);
        begin = behind;
      } else if (behind - at > 1) {
        put(text.substr(begin, at + 1 - begin), sink);
        begin = behind;
      }
      at = behind;
    }
    put(text.substr(begin), sink);
  }
};

}  // namespace ehlo::inline v0::sender::inline EHLO_ISA
