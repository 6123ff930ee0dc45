// SPDX-License-Identifier: BSL-1.0
// An `Authentication-Results` field of anybody, read (RFC 8601 2.2), and whether it pretends to be our own (5).
//
//   for (header_field const& field : header.fields())
//     if (!claims_to_be_ours(field, {&service, 1})) write(field.raw);
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/character_class.hpp"
#include "../base/config.hpp"
#include "../base/enum_name.hpp"
#include "../base/text_writer.hpp"
#include "../dns/a_label.hpp"
#include "../dns/name.hpp"
#include "../grammar/decoded.hpp"
#include "../grammar/domain.hpp"
#include "../grammar/local_part.hpp"
#include "../grammar/number.hpp"
#include "authentication_results_word.hpp"
#include "cfws.hpp"
#include "header_block.hpp"
#include "loose_fields.hpp"

namespace ehlo::inline v0::sender {

/// propspec: `smtp.mailfrom=example.net`. Views of the field.
struct authentication_property {
  std::string_view type{};    ///< ptype: smtp, header, body, policy; compare without case
  std::string_view name{};    ///< property
  std::string_view value{};   ///< as it stands there, perhaps in quotes: decode_authentication_value()
  std::string_view domain{};  ///< of an address, what is behind its `@`; else empty
};

/// resinfo, without its properties. Views of the field.
struct authentication_result {
  std::string_view method{};  ///< compare without case
  std::uint64_t version = 1;  ///< of the method; a result of a version that is not known does not count (2.6)
  std::string_view result{};
  std::string_view reason{};      ///< as it stands there, perhaps in quotes; empty: none
  std::string_view properties{};  ///< for authentication_properties
};

namespace detail {

/// Reads the parts of a field from its front. Each function leaves its place alone where there is no such part.
class authentication_reader {
 public:
  constexpr explicit authentication_reader(std::string_view text) noexcept : text_{text} {}

  [[nodiscard]] constexpr std::size_t at() const noexcept { return at_; }
  [[nodiscard]] constexpr bool ended() const noexcept { return at_ == text_.size(); }
  [[nodiscard]] constexpr std::string_view from(std::size_t begin) const noexcept {
    return text_.substr(begin, at_ - begin);
  }

  /// [CFWS]. False: a comment is not closed.
  [[nodiscard]] constexpr bool skip() noexcept {
    std::size_t const behind = skip_cfws(text_, at_);
    if (behind != unread) at_ = behind;
    return behind != unread;
  }
  [[nodiscard]] constexpr bool next_is(char mark) const noexcept { return !ended() && text_[at_] == mark; }
  [[nodiscard]] constexpr bool take(char mark) noexcept {
    if (!next_is(mark)) return false;
    ++at_;
    return true;
  }
  /// Keyword, with underscores as they are met.
  [[nodiscard]] constexpr bool take_keyword(std::string_view& out) noexcept {
    std::size_t const begin = at_;
    while (!ended() && (has_class(text_[at_], char_class::ldh) || text_[at_] == '_')) ++at_;
    out = from(begin);
    return !out.empty();
  }
  [[nodiscard]] constexpr bool take_number(std::uint64_t& out) noexcept {
    number_run const run = scan_number(text_, at_);
    if (run.end == 0) return false;
    at_ = run.end;
    out = run.value;
    return true;
  }
  [[nodiscard]] constexpr bool take_quoted() noexcept {
    std::size_t const behind = skip_quoted(text_, at_);
    if (behind != unread) at_ = behind;
    return behind != unread;
  }
  /// value: a token or a quoted-string; a name with U-labels too (RFC 8601 2.5).
  [[nodiscard]] constexpr bool take_value(std::string_view& out) noexcept {
    std::size_t const begin = at_;
    if (next_is('"')) {
      if (!take_quoted()) return false;
    } else {
      while (!ended() && (is_token_octet(text_[at_]) || has_class(text_[at_], char_class::eight_bit))) ++at_;
    }
    out = from(begin);
    return !out.empty();
  }
  /// pvalue, without the CFWS around it. Octets that want quotes and are met without stand in it too: `/`, `=`, `?`,
  /// `:`.
  [[nodiscard]] constexpr bool take_pvalue(authentication_property& out) noexcept {
    std::size_t const begin = at_;
    bool const quoted = next_is('"');
    if (quoted && !take_quoted()) return false;
    if (!quoted) take_plain();
    out.value = from(begin);
    authentication_reader behind = *this;
    if (!behind.skip() || !behind.take('@')) return !out.value.empty();
    if (!quoted && !out.value.empty() && scan_dot_string(out.value, 0).end != out.value.size()) return false;
    at_ = scan_domain(text_, behind.at_, tolerance::loose_domain).end;
    if (at_ == 0) return false;
    out.domain = text_.substr(behind.at_, at_ - behind.at_);
    out.value = from(begin);
    return true;
  }

 private:
  constexpr void take_plain() noexcept {
    constexpr auto classes = char_class::atext | char_class::eight_bit;
    while (!ended() && (is_token_octet(text_[at_]) || has_class(text_[at_], classes) || text_[at_] == ':')) ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

/// propspec.
[[nodiscard]] constexpr bool read_property(authentication_reader& in, authentication_property& out) noexcept {
  out = {};
  return in.skip() && in.take_keyword(out.type) && in.skip() && in.take('.') && in.skip() &&
         in.take_keyword(out.name) && in.skip() && in.take('=') && in.skip() && in.take_pvalue(out);
}

/// reasonspec, which may be missing. False: it is malformed.
[[nodiscard]] constexpr bool read_reason(authentication_reader& in, authentication_result& out) noexcept {
  authentication_reader ahead = in;
  std::string_view word;
  if (!ahead.skip() || !ahead.take_keyword(word) || !equal_ignoring_case(word, "reason")) return true;
  if (!ahead.skip() || !ahead.take('=')) return true;  // a ptype of that name
  in = ahead;
  return in.skip() && in.take_value(out.reason);
}

/// methodspec [CFWS reasonspec] [CFWS 1*propspec], up to the semicolon or the end behind it.
[[nodiscard]] constexpr bool read_result(authentication_reader& in, authentication_result& out) noexcept {
  out = {};
  if (!in.skip() || !in.take_keyword(out.method) || !in.skip()) return false;
  if (in.take('/') && !(in.skip() && in.take_number(out.version) && in.skip())) return false;
  if (!in.take('=') || !in.skip() || !in.take_keyword(out.result) || !read_reason(in, out)) return false;
  std::size_t const begin = in.at();
  for (;;) {
    authentication_reader ahead = in;
    if (!ahead.skip()) return false;
    if (ahead.ended() || ahead.next_is(';')) {
      out.properties = in.from(begin);
      in = ahead;
      return true;
    }
    authentication_property one;
    if (!read_property(in, one)) return false;
  }
}

/// authserv-id and the version behind it, up to the semicolon or the end.
struct authentication_head {
  std::string_view authserv_id{};
  std::uint64_t version = 1;
};
[[nodiscard]] constexpr bool read_head(authentication_reader& in, authentication_head& out) noexcept {
  if (!in.skip() || !in.take_value(out.authserv_id) || !in.skip()) return false;
  if (in.take_number(out.version) && !in.skip()) return false;
  return in.ended() || in.next_is(';');
}

/// Whether an authserv-id, perhaps in quotes, is this name, or is it to a reader that drops white space, as Unicode has
/// it: then everything but printable ASCII.
[[nodiscard]] constexpr bool is_same_service(std::string_view authserv_id, std::string_view ours) noexcept {
  std::array<char, 1024> room{};
  decoded const id = decode_authentication_value(authserv_id, room);
  if (!id) return false;  // longer than any name
  std::array<char, longest_name> first{}, second{};
  text_writer left{first}, right{second};
  if (write_a_labels(left, id.text(room)) && write_a_labels(right, ours) &&
      same_domain(left.written(), right.written()))
    return true;
  std::array<char, 1024> kept{};
  std::size_t size = 0;
  for (char const c : id.text(room))
    if (has_class(c, char_class::graphic)) kept[size++] = c;
  return same_domain(id.text(room), ours) || same_domain({kept.data(), size}, ours);
}

/// no-result: "none" and nothing else.
[[nodiscard]] constexpr bool read_none(authentication_reader in) noexcept {
  std::string_view word;
  return in.take(';') && in.skip() && in.take_keyword(word) && equal_ignoring_case(word, "none") && in.skip() &&
         in.ended();
}

}  // namespace detail

/// The properties of a result, one after the other.
class authentication_property_list {
 public:
  constexpr explicit authentication_property_list(authentication_result const& result) noexcept
      : in_{result.properties} {}
  /// The next one; false: there is none.
  [[nodiscard]] constexpr bool next(authentication_property& out) noexcept { return detail::read_property(in_, out); }

 private:
  detail::authentication_reader in_;
};

/// The results of a field, one after the other.
class authentication_result_list {
 public:
  constexpr authentication_result_list() noexcept = default;
  /// Begins at the first semicolon.
  constexpr explicit authentication_result_list(std::string_view results EHLO_LIFETIMEBOUND) noexcept : in_{results} {}
  /// The next one; false: there is none, or it is malformed.
  [[nodiscard]] constexpr bool next(authentication_result& out) noexcept {
    detail::authentication_reader ahead = in_;
    if (!ahead.take(';') || !detail::read_result(ahead, out)) return false;
    in_ = ahead;
    return true;
  }
  /// Nothing is left.
  [[nodiscard]] constexpr bool ended() const noexcept { return in_.ended(); }

 private:
  detail::authentication_reader in_{{}};
};

enum class authentication_results_error : std::uint8_t {
  none,
  authserv_id,  ///< it does not begin with a name and an end of that
  version,      ///< of a version that is not known here: nothing behind it may be read (RFC 8601 2.6)
  syntax,       ///< something in the results is malformed; those in front of it can be read
};

inline constexpr std::array<std::string_view, 4> authentication_results_error_names{"none", "authserv-id", "version",
                                                                                    "syntax"};

[[nodiscard]] constexpr std::string_view name(authentication_results_error error) noexcept {
  return enum_name(authentication_results_error_names, error);
}

/// A field that was read: views of its value. Whom to believe is the reader's to know: only fields with a name that is
/// trusted, and that were written within the trust boundary, say anything (RFC 8601 2.5, 7.1).
class authentication_results_field {
 public:
  /// What stands behind the colon, folded or not.
  constexpr explicit authentication_results_field(std::string_view value EHLO_LIFETIMEBOUND) noexcept {
    detail::authentication_reader in{value};
    if (!detail::read_head(in, head_)) {
      error_ = authentication_results_error::authserv_id;
    } else if (head_.version != 1) {
      error_ = authentication_results_error::version;
    } else if (!detail::read_none(in)) {
      results_ = value.substr(in.at());
      authentication_result_list list = results();
      authentication_result one;
      while (list.next(one)) {
      }
      if (results_.empty() || !list.ended()) error_ = authentication_results_error::syntax;
    }
  }

  [[nodiscard]] constexpr authentication_results_error error() const noexcept { return error_; }
  /// The name of the service, perhaps in quotes: decode_authentication_value(). Empty where it could not be read.
  [[nodiscard]] constexpr std::string_view authserv_id() const noexcept { return head_.authserv_id; }
  [[nodiscard]] constexpr std::uint64_t version() const noexcept { return head_.version; }
  /// What it says; nothing if that is "none".
  [[nodiscard]] constexpr authentication_result_list results() const noexcept {
    return authentication_result_list{results_};
  }

 private:
  detail::authentication_head head_{};
  std::string_view results_{};
  authentication_results_error error_ = authentication_results_error::none;
};

/// Whether a field has to be left out of a message that came from outside: an Authentication-Results field that bears
/// one of our names, or a version that is not known, or that is so malformed that its name could be read in more than
/// one way (RFC 8601 5); and any other lines in which a lenient reader could find one. Names compare without case, in
/// quotes or not, and U-labels with A-labels.
[[nodiscard]] constexpr bool claims_to_be_ours(header_field const& field,
                                               std::span<std::string_view const> ours) noexcept {
  constexpr std::string_view own_name = "Authentication-Results";
  if (!is_well_formed(field)) {
    std::string_view value;
    return starts_ignoring_case(field.raw, own_name) || detail::loose_fields{field.raw, own_name}.next(value);
  }
  if (!equal_ignoring_case(field.name, own_name)) return false;
  detail::authentication_reader in{field.value};
  detail::authentication_head head;
  if (!detail::read_head(in, head) || head.version != 1) return true;
  for (std::string_view const one : ours)
    if (detail::is_same_service(head.authserv_id, one)) return true;
  return false;
}

}  // namespace ehlo::inline v0::sender
