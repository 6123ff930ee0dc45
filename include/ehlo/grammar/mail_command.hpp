// SPDX-License-Identifier: BSL-1.0
// MAIL FROM:<reverse-path> and its parameters (RFC 5321 4.1.1.2), each checked by the RFC that defines it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/config.hpp"
#include "../model/capability.hpp"
#include "../model/command.hpp"
#include "../model/errc.hpp"
#include "../model/extension_parameter.hpp"
#include "command_line.hpp"
#include "deliver_by.hpp"
#include "esmtp_parameter.hpp"
#include "future_release.hpp"
#include "mailbox.hpp"
#include "mt_priority.hpp"
#include "number.hpp"
#include "path.hpp"
#include "xtext.hpp"

namespace ehlo::inline v0 {

/// What a MAIL command may hold here.
struct mail_rules {
  tolerance allowed = strict;
  capability_set offered;
  bool tls = false;  ///< REQUIRETLS is a parameter only under TLS (RFC 8689 2)
  std::span<extension_parameter const> extra;
};

namespace detail {

/// Reads the parameters behind a reverse-path into a mail_command.
class mail_parameter_reader {
 public:
  constexpr mail_parameter_reader(std::string_view line, mail_rules const& rules, mail_command& out,
                                  tolerance& used) noexcept
      : line_{line}, rules_{rules}, out_{out}, used_{used} {}

  [[nodiscard]] constexpr errc read(std::size_t at) noexcept {
    for (;;) {
      while (at != line_.size() && line_[at] == ' ') ++at;
      if (at == line_.size()) break;
      parameter_head const head = scan_keyword(line_, at);
      if (head.end == 0) return errc::peer_parameter;
      at = head.is_short() ? read_short(head) : read_long(head);
      if (at == not_ours) {
        errc const verdict = judge_other_parameter(line_, head, rules_.extra, at, utf8_value_);
        if (verdict != errc::ok) return verdict;
        out_.rest = true;
      }
      if (at == bad || !at_gap(line_, at)) return errc::peer_parameter;
    }
    // esmtp-value gains UTF-8 with SMTPUTF8 only, which may stand behind it (RFC 6531 3.3).
    return utf8_value_ && !out_.smtputf8 ? errc::peer_parameter : errc::ok;
  }

 private:
  static constexpr std::size_t bad = 0;
  static constexpr std::size_t not_ours = static_cast<std::size_t>(-1);

  enum : unsigned {
    size = 1,
    body = 2,
    smtputf8 = 4,
    ret = 8,
    envid = 16,
    auth = 32,
    by = 64,
    hold = 128,
    tls = 256,
    priority = 512
  };

  [[nodiscard]] constexpr bool offered(capability c) const noexcept { return rules_.offered.has(c); }
  /// Whether this is the first time; no parameter may come twice (RFC 3461 4.5, RFC 4865 4.2 and others).
  constexpr bool first(unsigned one) noexcept {
    bool const fresh = (seen_ & one) == 0;
    seen_ |= one;
    return fresh;
  }

  [[nodiscard]] constexpr std::size_t read_short(parameter_head const& head) noexcept {
    switch (head.key) {
      case keyword_key("SIZE"):
        if (!offered(capability::size)) return not_ours;
        return first(size) ? read_size(head.value) : bad;
      case keyword_key("BODY"):
        if (!offered(capability::eightbitmime) && !offered(capability::binarymime)) return not_ours;
        return first(body) ? read_body(head.value) : bad;
      case keyword_key("SMTPUTF8"):
        if (!offered(capability::smtputf8)) return not_ours;
        out_.smtputf8 = true;
        return first(smtputf8) && !head.has_value() ? head.end : bad;
      case keyword_key("RET"):
        if (!offered(capability::dsn)) return not_ours;
        return first(ret) ? read_ret(head.value) : bad;
      case keyword_key("ENVID"):
        if (!offered(capability::dsn)) return not_ours;
        return first(envid) ? read_envid(head.value) : bad;
      case keyword_key("AUTH"):
        if (!offered(capability::auth)) return not_ours;
        return first(auth) ? read_auth(head.value) : bad;
      case keyword_key("BY"):
      case keyword_key("HOLDFOR"): return read_rare(head);
      default: return not_ours;
    }
  }

  [[nodiscard]] EHLO_COLD constexpr std::size_t read_long(parameter_head const& head) noexcept {
    std::string_view const keyword = line_.substr(head.keyword, head.end - head.keyword);
    if (equal_ignoring_case(keyword, "REQUIRETLS")) {
      if (!offered(capability::requiretls) || !rules_.tls) return not_ours;
      out_.requiretls = true;
      return first(tls) && !head.has_value() ? head.end : bad;
    }
    return read_rare(head);
  }

  /// The parameters that a mail_command only counts as `rest`.
  [[nodiscard]] EHLO_COLD constexpr std::size_t read_rare(parameter_head const& head) noexcept {
    std::string_view const keyword = line_.substr(head.keyword, head.end - head.keyword);
    std::string_view value = line_.substr(head.value);
    value = value.substr(0, value.find(' '));
    std::size_t const end = head.value + value.size();
    out_.rest = true;
    if (equal_ignoring_case(keyword, "BY") && offered(capability::deliverby)) {
      deliver_by parsed;
      return first(by) && parse_deliver_by(value, parsed) ? end : bad;
    }
    if (equal_ignoring_case(keyword, "HOLDFOR") && offered(capability::futurerelease))
      return first(hold) && parse_hold_for(value) != 0 ? end : bad;
    if (equal_ignoring_case(keyword, "HOLDUNTIL") && offered(capability::futurerelease)) {
      date_time parsed;
      return first(hold) && parse_hold_until(value, parsed) ? end : bad;
    }
    if (equal_ignoring_case(keyword, "MT-PRIORITY") && offered(capability::mt_priority)) {
      std::int8_t parsed = 0;
      return first(priority) && parse_mt_priority(value, parsed) ? end : bad;
    }
    return not_ours;
  }

  /// size-value ::= 1*20DIGIT (RFC 1870 5).
  [[nodiscard]] constexpr std::size_t read_size(std::size_t at) noexcept {
    number_run const number = scan_number(line_, at);
    out_.size = number.value;
    out_.has_size = true;
    return number.end;
  }

  /// RFC 6152 3, RFC 3030 3.
  [[nodiscard]] constexpr std::size_t read_body(std::size_t at) noexcept {
    if (std::size_t const end = scan_word<"8BITMIME">(line_, at); end != 0) {
      out_.body = body_type::eightbitmime;
      return end;
    }
    if (std::size_t const end = scan_word<"7BIT">(line_, at); end != 0) {
      out_.body = body_type::sevenbit;
      return end;
    }
    out_.body = body_type::binarymime;
    if (!offered(capability::binarymime)) return bad;
    return starts_ignoring_case(line_.substr(at), "BINARYMIME") ? at + 10 : bad;
  }

  /// RFC 3461 4.3.
  [[nodiscard]] constexpr std::size_t read_ret(std::size_t at) noexcept {
    if (std::size_t const end = scan_word<"HDRS">(line_, at); end != 0) {
      out_.ret = ret_type::headers;
      return end;
    }
    out_.ret = ret_type::full;
    return scan_word<"FULL">(line_, at);
  }

  /// 1 to 100 printable octets as xtext (RFC 3461 4.4).
  [[nodiscard]] constexpr std::size_t read_envid(std::size_t at) noexcept {
    xtext_run const text = scan_xtext(line_, at);
    if (text.end == 0 || text.size == 0 || text.size > 100 || !text.printable) return bad;
    out_.envid = {static_cast<std::uint16_t>(at), static_cast<std::uint16_t>(text.end - at)};
    return text.end;
  }

  /// The decoded form is a mailbox or "<>" (RFC 4954 8).
  [[nodiscard]] EHLO_COLD constexpr std::size_t read_auth(std::size_t at) noexcept {
    xtext_run const text = scan_xtext(line_, at, hex_case::any);
    if (text.end == 0) return bad;
    std::string_view const value = line_.substr(at, text.end - at);
    char storage[512];  // more than AUTH adds to the line: 500 octets (RFC 4954 3)
    decoded const plain = decode_xtext(value, storage, hex_case::any);
    std::string_view identity{storage, plain.size};
    if (!plain) return bad;
    if (identity.size() > 2 && identity.starts_with('<') && identity.ends_with('>') &&
        allows(rules_.allowed, tolerance::path_in_auth)) {
      identity = identity.substr(1, identity.size() - 2);
      used_ |= tolerance::path_in_auth;
    }
    if (identity != "<>" && !is_mailbox(identity, rules_.allowed, true)) return bad;
    out_.auth = {static_cast<std::uint16_t>(at), static_cast<std::uint16_t>(value.size())};
    return text.end;
  }

  std::string_view line_;
  mail_rules const& rules_;
  mail_command& out_;
  tolerance& used_;
  unsigned seen_ = 0;
  bool utf8_value_ = false;
};

}  // namespace detail

/// A whole MAIL line without its CRLF. `used` gains the tolerances that it needed.
[[nodiscard]] constexpr errc parse_mail(std::string_view line, mail_rules const& rules, mail_command& out,
                                        tolerance& used) noexcept {
  constexpr std::size_t behind_colon = 10;
  out = {};
  line = trim_trailing_space(line);
  if (line.size() < behind_colon || line.size() > 0xFFFF) return errc::peer_syntax;
  if (detail::scan_word<"IL FROM:">(line, 2) == 0) return errc::peer_syntax;
  tolerance needed = tolerance::none;
  std::size_t const begin = detail::skip_space_after_colon(line, behind_colon, needed);
  if (!allows(rules.allowed, needed)) return errc::peer_syntax;
  errc why = errc::ok;
  std::size_t const end = parse_path(line, begin, {rules.allowed, true, true}, out.from, needed, why);
  if (end == 0) return why;
  if (!detail::at_gap(line, end)) return errc::peer_sender;
  out.parameters = static_cast<std::uint16_t>(end);
  if (end != line.size()) why = detail::mail_parameter_reader{line, rules, out, needed}.read(end);
  if (why == errc::ok && out.from.utf8 && !out.smtputf8) why = errc::peer_sender_utf8;
  used |= needed;
  return why;
}

}  // namespace ehlo::inline v0
