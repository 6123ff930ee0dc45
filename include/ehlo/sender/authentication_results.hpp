// SPDX-License-Identifier: BSL-1.0
// `Authentication-Results`, the field in which a receiver says what it found out (RFC 8601): written by the grammar of
// 2.2, whatever the values hold.
//
//   authentication_results line{out, "mx.example.org"};
//   line.result("spf", name(spf.result())).property("smtp", "mailfrom", "example.net");
//   line.result("dkim", "pass").reason("good signature").property("header", "d", "example.net");
//   line.result("dmarc", name(dmarc.result())).comment("p=reject").property("header", "from", "example.net");
//   errc const e = line.end();
//
// The words of the methods: auth (RFC 8601 2.7.4: smtp.auth, smtp.mailfrom), dkim (2.7.1: header.d, .i, .s, .a, .b),
// dmarc (RFC 7489 11.1: header.from, as A-labels by 6.7), iprev (RFC 8601 2.7.3: policy.iprev), spf (2.7.2:
// smtp.mailfrom, smtp.helo). Of an address that was not authenticated as a whole only the domain is given (2.7.2).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/character_class.hpp"
#include "../base/config.hpp"
#include "../base/folded_line.hpp"
#include "../base/text_writer.hpp"
#include "../grammar/comment_text.hpp"
#include "../grammar/domain.hpp"
#include "../grammar/local_part.hpp"
#include "../model/errc.hpp"
#include "authentication_results_word.hpp"

namespace ehlo::inline v0::sender {

/// So much of a value or reason is written, in one line.
inline constexpr std::size_t authentication_value_limit = 320;

namespace detail {

/// A text as a value or pvalue (RFC 8601 2.2): as it is where the grammar lets it, else in quotes.
class value_text {
 public:
  constexpr value_text(std::string_view text, bool utf8, bool pvalue = false) noexcept {
    bool const plain = is_token(text) || (pvalue && is_address(text, utf8));
    if (plain && text.size() <= authentication_value_limit) {
      put(text);
      return;
    }
    put("\"");
    text = text.substr(0, authentication_value_limit);
    while (!text.empty()) {
      std::size_t const length = utf8_sequence_length(text);
      bool const ascii = length == 1 && (has_class(text[0], char_class::graphic) || text[0] == ' ');
      if (ascii && (text[0] == '"' || text[0] == '\\')) put("\\");
      bool const kept = ascii || (length > 1 && utf8);
      put(kept ? text.substr(0, length) : std::string_view{"?"});
      text.remove_prefix(length == 0 ? 1 : length);
    }
    put("\"");
  }
  [[nodiscard]] constexpr std::string_view text() const noexcept { return {room_.data(), size_}; }

 private:
  /// [ [ local-part ] "@" ] domain-name
  [[nodiscard]] static constexpr bool is_address(std::string_view text, bool utf8) noexcept {
    local_part_run const local = text.starts_with('@') ? local_part_run{} : scan_local_part(text, 0);
    if (local.utf8 && !utf8) return false;
    if (local.end < text.size() && text[local.end] == '@') text.remove_prefix(local.end + 1);
    return is_domain(text, strict, utf8);
  }
  constexpr void put(std::string_view text) noexcept {
    for (char const c : text) room_[size_++] = c;
  }

  std::array<char, 2 * authentication_value_limit + 2> room_{};
  std::size_t size_ = 0;
};

}  // namespace detail

/// Writes one field. Lines are of at most 78 columns, unless one value alone is longer, and of at most 998 octets
/// always. Octets that may not stand in a header, UTF-8 without SMTPUTF8 too, become `?`; what is too long is cut.
class authentication_results {
 public:
  /// Begins the field with the name of the service (RFC 8601 2.5), which is the same for all servers of an organization
  /// and nobody else's. `utf8`: the message goes where SMTPUTF8 is in force (RFC 6531, RFC 8601 2.5). The writer is
  /// lent until end().
  constexpr authentication_results(text_writer& out EHLO_LIFETIMEBOUND, std::string_view authserv_id,
                                   bool utf8 = false) noexcept
      : out_{out}, line_{out, "Authentication-Results:"}, utf8_{utf8} {
    if (!detail::is_printable_value(authserv_id, utf8)) error_ = errc::local_argument;
    line_.word(detail::value_text{authserv_id, utf8}.text());
  }
  authentication_results(authentication_results const&) = delete;
  authentication_results& operator=(authentication_results const&) = delete;

  /// methodspec: `spf=pass`. Both are words as they are registered, such as name() of a result gives.
  constexpr authentication_results& result(std::string_view method, std::string_view what) noexcept {
    expect(detail::is_keyword(method) && detail::is_keyword(what), errc::local_argument);
    line_.mark(';');
    line_.word(method, "=", what);
    part_ = part::method;
    return *this;
  }
  /// For people, anywhere behind the first result; at most 60 octets of it (comment_text.hpp).
  constexpr authentication_results& comment(std::string_view text) noexcept {
    expect(part_ != part::name, errc::local_order);
    line_.word("(", comment_text{text, utf8_}.text(), ")");
    return *this;
  }
  /// reasonspec, for programs: once, in front of the properties.
  constexpr authentication_results& reason(std::string_view text) noexcept {
    expect(part_ == part::method, errc::local_order);
    line_.word("reason=", detail::value_text{text, utf8_}.text());
    part_ = part::reason;
    return *this;
  }
  /// propspec: `smtp.mailfrom=example.net`. The value may be anything.
  constexpr authentication_results& property(std::string_view type, std::string_view name,
                                             std::string_view value) noexcept {
    expect(part_ != part::name, errc::local_order);
    expect(detail::is_keyword(type) && detail::is_keyword(name), errc::local_argument);
    line_.word(type, ".", name, "=", detail::value_text{value, utf8_, true}.text());
    part_ = part::property;
    return *this;
  }

  /// Ends the field; without results it says "none" (RFC 8601 2.2). local_argument: the name of the service is empty or
  /// not printable, or a word is none; local_order: a part out of its order; local_room: the writer is full. Then it
  /// holds no usable text.
  [[nodiscard]] constexpr errc end() noexcept {
    if (part_ == part::name) {
      line_.mark(';');
      line_.word("none");
    }
    line_.end();
    if (error_ == errc::ok && !out_.fits()) error_ = errc::local_room;
    return error_;
  }

 private:
  enum class part : std::uint8_t { name, method, reason, property };

  constexpr void expect(bool holds, errc otherwise) noexcept {
    if (!holds && error_ == errc::ok) error_ = otherwise;
  }

  text_writer& out_;
  folded_line line_;
  errc error_ = errc::ok;
  part part_ = part::name;
  bool utf8_;
};

}  // namespace ehlo::inline v0::sender
