// SPDX-License-Identifier: BSL-1.0
// The domains of the addresses of a header field: address-list (RFC 5322 3.4) with the obsolete forms (4.4), groups in
// From (RFC 6854) and UTF-8 (RFC 6532 3.2). A local part has no meaning here, so that its dots may stand anywhere.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "../base/character_class.hpp"
#include "../grammar/domain.hpp"
#include "cfws.hpp"

namespace ehlo::inline v0::sender::detail {

/// Reads one address after the other.
class address_list {
 public:
  constexpr explicit address_list(std::string_view text) noexcept : text_{text} {}

  /// Goes to the next address that has a domain, and writes that without the comments and white space between its
  /// labels into `room`; addresses with a literal are passed over. False: there is none, or the rest is malformed().
  [[nodiscard]] constexpr bool next(std::span<char> room) noexcept {
    while (!malformed_) {
      words const before = read_words();
      char const mark = at_ < text_.size() ? text_[at_] : '\0';
      if (ended_ && mark != ',' && mark != ';' && at_ != text_.size()) return fail();
      if (mark == '@' || mark == '<') {
        bool const read = mark == '@' ? before.are_local_part() && read_domain(room) : read_angle(room);
        if (!read) return fail();
        ended_ = found_ = true;
        if (size_ != 0) {
          domain_ = {room.data(), size_};
          return true;
        }
      } else if (!read_mark(mark, before)) {
        return at_ == text_.size() && !before.any && !in_group_ && found_ ? false : fail();
      }
    }
    return false;
  }

  /// What next() wrote.
  [[nodiscard]] constexpr std::string_view domain() const noexcept { return domain_; }
  /// The field is not what the grammar says. Addresses in front of that may have been given.
  [[nodiscard]] constexpr bool malformed() const noexcept { return malformed_; }
  /// There was an obs-route.
  [[nodiscard]] constexpr bool routed() const noexcept { return routed_; }

 private:
  struct words {
    bool any = false;       ///< there is something: words or dots
    bool atom = false;      ///< there is a word
    bool adjacent = false;  ///< two words without a dot between
    [[nodiscard]] constexpr bool are_local_part() const noexcept { return atom && !adjacent; }
  };

  [[nodiscard]] constexpr bool fail() noexcept {
    malformed_ = true;
    return false;
  }

  /// The mark behind which no address stands: of a list or of a group.
  [[nodiscard]] constexpr bool read_mark(char mark, words before) noexcept {
    if (mark == ',' && !before.any) {
      ended_ = false;
    } else if (mark == ':' && before.atom && !in_group_) {
      in_group_ = true;
    } else if (mark == ';' && !before.any && in_group_) {
      in_group_ = false;
      ended_ = found_ = true;
    } else {
      return false;
    }
    ++at_;
    return true;
  }

  [[nodiscard]] constexpr bool skip() noexcept {
    std::size_t const behind = skip_cfws(text_, at_);
    if (behind == unread) return fail();
    at_ = behind;
    return true;
  }
  [[nodiscard]] constexpr bool take(char mark) noexcept {
    if (at_ == text_.size() || text_[at_] != mark) return false;
    ++at_;
    return true;
  }
  [[nodiscard]] constexpr bool at_atom() const noexcept {
    return at_ != text_.size() && has_class(text_[at_], char_class::atext | char_class::eight_bit);
  }

  /// A phrase or a local part: words and dots with CFWS between, up to what is none of these.
  [[nodiscard]] constexpr words read_words() noexcept {
    words run;
    bool after_word = false;
    while (skip() && at_ != text_.size()) {
      bool const quoted = text_[at_] == '"';
      if (quoted) {
        std::size_t const behind = skip_quoted(text_, at_);
        if (behind == unread) break;
        at_ = behind;
      } else if (at_atom()) {
        while (at_atom()) ++at_;
      } else if (take('.')) {
        after_word = false;
        run.any = true;
        continue;
      } else {
        break;
      }
      run.adjacent = run.adjacent || after_word;
      run.any = run.atom = after_word = true;
    }
    return run;
  }

  /// "@" domain. A literal leaves nothing in `room`.
  [[nodiscard]] constexpr bool read_domain(std::span<char> room) noexcept {
    size_ = 0;
    if (!take('@') || !skip()) return false;
    if (take('[')) return read_literal();
    do {
      if (!skip()) return false;
      if (size_ != 0 && !put('.', room)) return false;
      if (!at_atom()) return false;
      while (at_atom())
        if (!put(text_[at_++], room)) return false;
      if (!skip()) return false;
    } while (take('.'));
    return is_domain({room.data(), size_}, tolerance::loose_domain, true);
  }
  [[nodiscard]] constexpr bool put(char c, std::span<char> room) noexcept {
    if (size_ == room.size()) return false;
    room[size_++] = c;
    return true;
  }
  /// The rest of a domain-literal.
  [[nodiscard]] constexpr bool read_literal() noexcept {
    while (at_ != text_.size() && text_[at_] != ']') {
      if (text_[at_] == '[') return false;
      std::size_t const behind = skip_inner(text_, at_);
      if (behind == unread) return false;
      at_ = behind;
    }
    return take(']') && skip();
  }

  /// "<" [obs-route] addr-spec ">".
  [[nodiscard]] constexpr bool read_angle(std::span<char> room) noexcept {
    if (!take('<') || !read_route(room)) return false;
    return read_words().are_local_part() && read_domain(room) && take('>');
  }
  /// obs-route: domains, each behind an "@", with commas between, and a colon.
  [[nodiscard]] constexpr bool read_route(std::span<char> room) noexcept {
    for (bool route = false;; routed_ = route = true) {
      if (!skip()) return false;
      if (take(',')) continue;
      if (at_ == text_.size() || text_[at_] != '@') return !route || take(':');
      if (!read_domain(room)) return false;
    }
  }

  std::string_view text_;
  std::string_view domain_{};
  std::size_t at_ = 0;
  std::size_t size_ = 0;
  bool in_group_ = false;
  bool ended_ = false;  ///< an address or group stands here: only a separator may follow
  bool found_ = false;  ///< there was an address or group
  bool malformed_ = false;
  bool routed_ = false;
};

}  // namespace ehlo::inline v0::sender::detail
