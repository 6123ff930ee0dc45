// SPDX-License-Identifier: BSL-1.0
// Writes command lines, each with its CRLF, from typed values. Every argument is checked by its grammar and refused,
// not cleaned: a command line never holds an octet that its author did not mean. On false the writer holds no usable
// text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/character_class.hpp"
#include "../base/text_writer.hpp"
#include "../grammar/auth_command.hpp"
#include "../grammar/base64.hpp"
#include "../grammar/esmtp_parameter.hpp"
#include "../grammar/hello.hpp"
#include "../grammar/mail_command.hpp"
#include "../grammar/path_writer.hpp"
#include "../grammar/rcpt_command.hpp"
#include "../grammar/string_argument.hpp"
#include "../model/command.hpp"
#include "../model/mail_params.hpp"
#include "../model/tolerance.hpp"
#include "../model/verb.hpp"

namespace ehlo::inline v0 {

namespace detail {

[[nodiscard]] constexpr bool end_line(text_writer& out) noexcept { return out.put("\r\n").fits(); }

/// Parameters in the syntax of RFC 5321 4.1.2, whatever they mean.
[[nodiscard]] constexpr bool put_parameters(text_writer& out, std::string_view text, bool smtputf8) noexcept {
  bool utf8 = false;
  std::size_t at = 0;
  for (;;) {
    while (at != text.size() && text[at] == ' ') ++at;
    if (at == text.size()) return out.fits();
    parameter_head const head = scan_keyword(text, at);
    std::size_t end = head.end;
    if (end != 0 && head.has_value()) end = scan_value(text, head.value, utf8);
    if (end == 0 || !at_gap(text, end) || (utf8 && !smtputf8)) return false;
    out.put(' ').put(text.substr(at, end - at));
    at = end;
  }
}

constexpr void put_body(text_writer& out, body_type body) noexcept {
  if (body == body_type::sevenbit) out.put(" BODY=7BIT");
  if (body == body_type::eightbitmime) out.put(" BODY=8BITMIME");
  if (body == body_type::binarymime) out.put(" BODY=BINARYMIME");
}

/// RFC 3461 4.1; NEVER stands alone.
[[nodiscard]] constexpr bool put_notify(text_writer& out, notify_type notify) noexcept {
  if (notify == notify_type::unstated) return true;
  if (includes(notify, notify_type::never)) return notify == notify_type::never && out.put(" NOTIFY=NEVER").fits();
  std::string_view before = " NOTIFY=";
  auto const put_if = [&](notify_type one, std::string_view word) {
    if (!includes(notify, one)) return;
    out.put(before).put(word);
    before = ",";
  };
  put_if(notify_type::success, "SUCCESS");
  put_if(notify_type::failure, "FAILURE");
  put_if(notify_type::delay, "DELAY");
  return out.fits();
}

}  // namespace detail

/// Whether the text can be the ENVID of a MAIL command (RFC 3461 4.4).
[[nodiscard]] constexpr bool is_envid(std::string_view xtext) noexcept {
  xtext_run const run = scan_xtext(xtext, 0);
  return run.end == xtext.size() && run.size != 0 && run.size <= 100 && run.printable;
}

/// Whether the text can be the ORCPT of a RCPT command (RFC 3461 4.2, RFC 6533 3).
[[nodiscard]] constexpr bool is_orcpt(std::string_view text, bool smtputf8) noexcept {
  return !text.empty() && scan_orcpt(text, 0, smtputf8) == text.size();
}

/// Whether the text can be the AUTH of a MAIL command, in any preset (RFC 4954 5).
[[nodiscard]] constexpr bool is_auth_identity(std::string_view xtext) noexcept {
  xtext_run const run = scan_xtext(xtext, 0, hex_case::any);
  return run.end == xtext.size() && run.size != 0 && run.printable;
}

/// MAIL (RFC 5321 4.1.1.2). `from` is a path with or without angle brackets; empty is the null reverse-path.
[[nodiscard]] constexpr bool write_mail(text_writer& out, std::string_view from, mail_params const& params,
                                        tolerance allowed = interoperable) noexcept {
  out.put("MAIL FROM:");
  if (!write_path_text(out, from, {allowed, params.smtputf8, true})) return false;
  if (params.has_size) out.put(" SIZE=").put_number(params.size);
  detail::put_body(out, params.body);
  if (params.smtputf8) out.put(" SMTPUTF8");
  if (params.ret != ret_type::unstated) out.put(params.ret == ret_type::full ? " RET=FULL" : " RET=HDRS");
  if (!params.envid.empty()) {
    if (!is_envid(params.envid)) return false;
    out.put(" ENVID=").put(params.envid);
  }
  if (!params.auth.empty()) {
    if (!is_auth_identity(params.auth)) return false;
    out.put(" AUTH=").put(params.auth);
  }
  if (params.requiretls) out.put(" REQUIRETLS");
  return detail::put_parameters(out, params.rest, params.smtputf8) && detail::end_line(out);
}

/// RCPT (RFC 5321 4.1.1.3). `to` is a path with or without angle brackets.
[[nodiscard]] constexpr bool write_rcpt(text_writer& out, std::string_view to, rcpt_params const& params, bool smtputf8,
                                        tolerance allowed = interoperable) noexcept {
  out.put("RCPT TO:");
  if (!write_path_text(out, to, {allowed, smtputf8, false})) return false;
  if (!detail::put_notify(out, params.notify)) return false;
  if (!params.orcpt.empty()) {
    if (!is_orcpt(params.orcpt, smtputf8)) return false;
    out.put(" ORCPT=").put(params.orcpt);
  }
  return detail::put_parameters(out, params.rest, smtputf8) && detail::end_line(out);
}

/// BDAT (RFC 3030 2).
[[nodiscard]] constexpr bool write_bdat(text_writer& out, std::uint64_t size, bool last) noexcept {
  out.put("BDAT ").put_number(size);
  if (last) out.put(" LAST");
  return detail::end_line(out);
}

/// EHLO, HELO or LHLO. `argument` is a domain or an address literal; real names with `_` are let through.
[[nodiscard]] constexpr bool write_hello(text_writer& out, verb which, std::string_view argument) noexcept {
  if (which != verb::ehlo && which != verb::helo && which != verb::lhlo) return false;
  if (!is_host(argument, tolerance::loose_domain)) return false;
  out.put(name(which)).put(' ').put(argument);
  return detail::end_line(out);
}

/// A command without an argument: DATA, RSET, QUIT, NOOP, STARTTLS and their like.
[[nodiscard]] constexpr bool write_command(text_writer& out, verb which) noexcept {
  if (which == verb::unknown) return false;
  out.put(name(which));
  return detail::end_line(out);
}

/// A command with one argument, which may be empty: VRFY, EXPN, HELP, NOOP, ETRN, and extension verbs by name. The
/// argument is any printable text, UTF-8 only by `smtputf8`.
[[nodiscard]] constexpr bool write_command(text_writer& out, std::string_view word, std::string_view argument,
                                           bool smtputf8 = false) noexcept {
  if (word.empty() || parse_string_argument(argument, smtputf8) != errc::ok) return false;
  for (char const c : word)
    if (!has_class(c, char_class::atext)) return false;
  for (char const c : argument)
    if (has_class(c, char_class::control)) return false;
  out.put(word);
  if (!argument.empty()) out.put(' ').put(argument);
  return detail::end_line(out);
}

/// Octets as base64 on a line of their own: a SASL response (RFC 4954 4).
[[nodiscard]] constexpr bool write_sasl_response(text_writer& out, std::string_view octets) noexcept {
  for (std::size_t i = 0; i < octets.size(); i += 3) {
    auto const group = encode_base64_group(octets.substr(i, 3));
    out.put(std::string_view{group.data(), group.size()});
  }
  return detail::end_line(out);
}

/// AUTH without an initial response.
[[nodiscard]] constexpr bool write_auth(text_writer& out, std::string_view mechanism) noexcept {
  if (!is_mechanism(mechanism)) return false;
  out.put("AUTH ").put(mechanism);
  return detail::end_line(out);
}

/// AUTH with an initial response: its octets, not yet base64; none of them is written as "=" (RFC 4954 4).
[[nodiscard]] constexpr bool write_auth(text_writer& out, std::string_view mechanism,
                                        std::string_view initial) noexcept {
  if (!is_mechanism(mechanism)) return false;
  out.put("AUTH ").put(mechanism).put(' ');
  if (initial.empty()) out.put('=');
  return write_sasl_response(out, initial);
}

}  // namespace ehlo::inline v0
