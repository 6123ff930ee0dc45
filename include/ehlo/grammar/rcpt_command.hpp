// SPDX-License-Identifier: BSL-1.0
// RCPT TO:<forward-path> and its parameters (RFC 5321 4.1.1.3, RFC 3461 4.1 and 4.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/character_class.hpp"
#include "../model/capability.hpp"
#include "../model/command.hpp"
#include "../model/errc.hpp"
#include "../model/extension_parameter.hpp"
#include "command_line.hpp"
#include "esmtp_parameter.hpp"
#include "path.hpp"
#include "unitext.hpp"
#include "xtext.hpp"

namespace ehlo::inline v0 {

/// What a RCPT command may hold here.
struct rcpt_rules {
  tolerance allowed = strict;
  capability_set offered;
  bool smtputf8 = false;  ///< MAIL had SMTPUTF8
  std::span<extension_parameter const> extra;
};

/// original-recipient-address = addr-type ";" xtext, or a utf-8-type-addr (RFC 3461 4.2, RFC 6533 3): one past it,
/// or 0. Octets above 127 want SMTPUTF8.
[[nodiscard]] constexpr std::size_t scan_orcpt(std::string_view text, std::size_t at, bool smtputf8) noexcept {
  std::size_t const type = at;
  while (at != text.size() && has_class(text[at], char_class::atext)) ++at;
  if (at == type || at == text.size() || text[at] != ';') return 0;
  if (equal_ignoring_case(text.substr(type, at - type), "utf-8")) {
    unitext_run const address = scan_unitext(text, at + 1);
    return address.end > at + 1 && address.printable && (smtputf8 || !address.utf8) ? address.end : 0;
  }
  xtext_run const address = scan_xtext(text, at + 1);
  return address.printable ? address.end : 0;
}

/// "NEVER" / 1#( "SUCCESS" / "FAILURE" / "DELAY" ) (RFC 3461 4.1): one past it, or 0.
[[nodiscard]] constexpr std::size_t scan_notify(std::string_view text, std::size_t at, notify_type& out) noexcept {
  out = notify_type::never;
  if (std::size_t const end = detail::scan_word<"NEVER">(text, at); end != 0) return end;
  out = notify_type::unstated;
  for (;; ++at) {
    notify_type one = notify_type::success;
    std::size_t end = detail::scan_word<"SUCCESS">(text, at);
    if (end == 0) {
      one = notify_type::failure;
      end = detail::scan_word<"FAILURE">(text, at);
    }
    if (end == 0) {
      one = notify_type::delay;
      end = detail::scan_word<"DELAY">(text, at);
    }
    if (end == 0 || includes(out, one)) return 0;
    out = out | one;
    at = end;
    if (at == text.size() || text[at] != ',') return at;
  }
}

namespace detail {

[[nodiscard]] constexpr errc read_rcpt_parameters(std::string_view line, std::size_t at, rcpt_rules const& rules,
                                                  rcpt_command& out) noexcept {
  bool const dsn = rules.offered.has(capability::dsn);
  bool utf8_value = false;
  for (;;) {
    while (at != line.size() && line[at] == ' ') ++at;
    if (at == line.size()) break;
    parameter_head const head = scan_keyword(line, at);
    if (head.end == 0) return errc::peer_parameter;
    if (dsn && head.is_short() && head.key == keyword_key("NOTIFY")) {
      if (out.notify != notify_type::unstated) return errc::peer_parameter;
      at = scan_notify(line, head.value, out.notify);
    } else if (dsn && head.is_short() && head.key == keyword_key("ORCPT")) {
      if (out.orcpt.length != 0) return errc::peer_parameter;
      at = scan_orcpt(line, head.value, rules.smtputf8);
      out.orcpt = {static_cast<std::uint16_t>(head.value), static_cast<std::uint16_t>(at - head.value)};
    } else {
      errc const verdict = judge_other_parameter(line, head, rules.extra, at, utf8_value);
      if (verdict != errc::ok) return verdict;
      out.rest = true;
    }
    if (at == 0 || !at_gap(line, at)) return errc::peer_parameter;
  }
  return utf8_value && !rules.smtputf8 ? errc::peer_parameter : errc::ok;
}

}  // namespace detail

/// A whole RCPT line without its CRLF. `used` gains the tolerances that it needed.
[[nodiscard]] constexpr errc parse_rcpt(std::string_view line, rcpt_rules const& rules, rcpt_command& out,
                                        tolerance& used) noexcept {
  constexpr std::size_t behind_colon = 8;
  out = {};
  line = trim_trailing_space(line);
  if (line.size() < behind_colon || line.size() > 0xFFFF) return errc::peer_syntax;
  if (detail::scan_word<"RCPT TO:">(line, 0) == 0) return errc::peer_syntax;
  tolerance needed = tolerance::none;
  std::size_t const begin = detail::skip_space_after_colon(line, behind_colon, needed);
  if (!allows(rules.allowed, needed)) return errc::peer_syntax;
  errc why = errc::ok;
  std::size_t const end = parse_path(line, begin, {rules.allowed, rules.smtputf8, false}, out.to, needed, why);
  if (end == 0) return why;
  if (!detail::at_gap(line, end)) return errc::peer_recipient;
  out.parameters = static_cast<std::uint16_t>(end);
  if (end != line.size()) why = detail::read_rcpt_parameters(line, end, rules, out);
  used |= needed;
  return why;
}

}  // namespace ehlo::inline v0
