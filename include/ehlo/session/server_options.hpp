// SPDX-License-Identifier: BSL-1.0
// What a server is: its name, what it offers, what it tolerates, its limits and deadlines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/instant.hpp"
#include "../grammar/auth_command.hpp"
#include "../model/capability.hpp"
#include "../model/extension_parameter.hpp"
#include "../model/limits.hpp"
#include "../model/text_rules.hpp"
#include "../model/tolerance.hpp"
#include "option_error.hpp"
#include "question_set.hpp"

namespace ehlo::inline v0 {

/// The options of a server. A session refers to them: they, and every text they view, outlive it. One object serves any
/// number of sessions.
struct server_options {
  /// The name in the greeting and the answer to EHLO (RFC 5321 4.1.1.1). Required.
  std::string_view hostname{};
  /// The text behind the name in the greeting.
  std::string_view greeting = "ESMTP";
  /// Speak LMTP instead of SMTP (RFC 2033).
  bool lmtp = false;

  /// What is offered, and therefore understood, whatever greeting verb was used. Some offers are promises of the
  /// host's: DSN to send the notifications that were asked for (RFC 3461 5), REQUIRETLS to relay accordingly (RFC 8689
  /// 4).
  capability_set offer{
      capability::pipelining,          capability::size, capability::eightbitmime, capability::chunking,
      capability::enhancedstatuscodes, capability::dsn,  capability::smtputf8};
  /// Which decisions the host makes.
  question ask = question::mail | question::rcpt;

  /// The preset: `strict`, `interoperable` or `lenient`, or a set of the host's own.
  tolerance tolerances = interoperable;
  bare_newline newline = bare_newline::by_preset;
  bool reject_early_talkers = false;

  /// The largest message in octets, announced by SIZE (RFC 1870); 0: no limit.
  std::uint64_t max_message_size = 0;
  std::uint32_t max_recipients = 1000;      ///< in a transaction; LIMITS announces it as RCPTMAX
  std::uint32_t max_transactions = 0;       ///< in a session; LIMITS announces it as MAILMAX; 0: no limit
  std::uint32_t max_recipient_domains = 0;  ///< only announced by LIMITS, as RCPTDOMAINMAX; 0: not announced
  std::uint32_t max_text = static_cast<std::uint32_t>(max_text_line);  ///< RFC 5321 4.5.3.1.6
  std::uint32_t max_auth_line = 0;        ///< RFC 4954 4: up to 12288; 0: as much as the storage holds
  std::uint16_t max_errors = 20;          ///< then 421
  std::uint16_t max_idle_commands = 100;  ///< commands without a transaction, then 421
  std::uint8_t max_auth_failures = 3;     ///< then 421
  std::uint8_t max_auth_rounds = 16;      ///< responses in one AUTH exchange

  milliseconds command_timeout = server_timeout;   ///< for one whole command line (RFC 5321 4.5.3.2.7)
  milliseconds data_timeout = data_block_timeout;  ///< between two pieces of a message
  milliseconds write_timeout = server_timeout;     ///< until the peer takes some of what waits to be sent
  milliseconds host_timeout = 0;                   ///< for an answer of the host's, then 451; 0: no limit
  /// Octets a second that a message must bring on average over `rate_window`; 0 or 1. Not in force in `strict`.
  std::uint8_t minimum_rate = 1;
  milliseconds rate_window = 10 * one_minute;

  bool require_tls = false;                      ///< 530 before STARTTLS (RFC 3207 4)
  bool require_auth = false;                     ///< 530 before AUTH (RFC 4954 6)
  std::string_view auth_mechanisms{};            ///< offered inside TLS, separated by one space
  std::string_view auth_mechanisms_cleartext{};  ///< offered without TLS

  std::uint32_t min_deliver_by = 0;        ///< DELIVERBY's argument in seconds (RFC 2852 4); 0: none
  std::uint32_t max_hold_seconds = 0;      ///< FUTURERELEASE's first argument (RFC 4865 3)
  std::string_view max_hold_until{};       ///< FUTURERELEASE's second argument, a date-time
  std::string_view mt_priority_profile{};  ///< MT-PRIORITY's argument (RFC 6710 3)
  std::string_view xclient_attributes{};   ///< XCLIENT's arguments
  std::string_view xforward_attributes{};  ///< XFORWARD's arguments

  /// What the host adds: EHLO lines as they shall stand, verbs, and parameters with what they add to the line.
  std::span<std::string_view const> extra_keywords{};
  std::span<std::string_view const> extra_verbs{};
  std::span<extension_parameter const> extra_mail_parameters{};
  std::span<extension_parameter const> extra_rcpt_parameters{};

  /// How bare CR and LF are treated, the preset resolved.
  [[nodiscard]] constexpr bare_newline effective_newline() const noexcept {
    if (newline != bare_newline::by_preset) return newline;
    return allows(tolerances, tolerance::bare_lf_in_text | tolerance::bare_cr_in_text) ? bare_newline::normalize
                                                                                       : bare_newline::reject;
  }

  /// The first thing that is wrong with these options, for storage of the given sizes; false in bool context if none.
  [[nodiscard]] constexpr option_error check(std::size_t line_storage = max_path_command_line) const noexcept;
};

namespace option_check {

/// PLAIN's three fields of 255 octets in base64, or a LOGIN name kept while the password's line is read.
inline constexpr std::size_t min_auth_storage = 2048;

constexpr bool is_text(std::string_view text) noexcept {
  for (char const c : text)
    if (octet(c) < 0x20 || octet(c) > 0x7E) return false;
  return true;
}
constexpr bool is_word(std::string_view text) noexcept {
  return is_text(text) && !text.empty() && text.find(' ') == std::string_view::npos;
}
/// Mechanism names (RFC 4422 3.1), separated by one space.
constexpr bool are_mechanisms(std::string_view list) noexcept {
  if (list.empty()) return true;
  for (;;) {
    std::size_t const space = list.find(' ');
    if (!is_mechanism(list.substr(0, space))) return false;
    if (space == std::string_view::npos) return true;
    list.remove_prefix(space + 1);
  }
}
constexpr bool are_words(std::span<std::string_view const> words) noexcept {
  for (std::string_view const w : words)
    if (!is_word(w)) return false;
  return true;
}
constexpr bool are_parameters(std::span<extension_parameter const> list) noexcept {
  for (extension_parameter const& p : list)
    if (!is_word(p.keyword) || p.keyword.find('=') != std::string_view::npos) return false;
  return true;
}
constexpr bool are_lines(std::span<std::string_view const> lines) noexcept {
  for (std::string_view const l : lines)
    if (!is_text(l) || l.empty() || l.size() > max_reply_line - 6) return false;
  return true;
}

/// The offers that hang together (RFC 6531 3.1, RFC 3030 4, RFC 2033 5, RFC 3207 4, RFC 8689 2).
constexpr option_error offers(server_options const& o) noexcept {
  using enum capability;
  bool const mechanisms = !o.auth_mechanisms.empty() || !o.auth_mechanisms_cleartext.empty();
  if (o.offer.has(smtputf8) && !o.offer.has(eightbitmime)) return {"offer", "SMTPUTF8 needs 8BITMIME"};
  if (o.offer.has(binarymime) && !o.offer.has(chunking)) return {"offer", "BINARYMIME needs CHUNKING"};
  if (o.lmtp && !(o.offer.has(pipelining) && o.offer.has(enhancedstatuscodes)))
    return {"lmtp", "LMTP needs PIPELINING and ENHANCEDSTATUSCODES in offer"};
  if (o.offer.has(expn) && !includes(o.ask, question::expn)) return {"ask", "EXPN in offer needs question::expn"};
  if (o.offer.has(futurerelease) && (o.max_hold_seconds == 0 || o.max_hold_until.empty()))
    return {"max_hold_seconds", "FUTURERELEASE needs it and max_hold_until"};
  if (o.offer.has(auth) != mechanisms) return {"auth_mechanisms", "AUTH in offer and mechanisms go together"};
  if (o.require_auth && !o.offer.has(auth)) return {"require_auth", "needs AUTH in offer"};
  if (!o.auth_mechanisms_cleartext.empty() && o.require_tls)
    return {"auth_mechanisms_cleartext", "never in force with require_tls"};
  if (o.offer.has(xclient) && o.xclient_attributes.empty()) return {"xclient_attributes", "XCLIENT needs them"};
  if (o.offer.has(xforward) && o.xforward_attributes.empty()) return {"xforward_attributes", "XFORWARD needs them"};
  return {};
}

constexpr option_error texts(server_options const& o) noexcept {
  if (!is_word(o.hostname) || o.hostname.size() > max_domain) return {"hostname", "must be one domain or literal"};
  if (!is_text(o.greeting) || o.greeting.size() > 200) return {"greeting", "must be at most 200 printable octets"};
  if (!are_mechanisms(o.auth_mechanisms) || o.auth_mechanisms.size() > 400) return {"auth_mechanisms", "must be names"};
  if (!are_mechanisms(o.auth_mechanisms_cleartext) || o.auth_mechanisms_cleartext.size() > 400)
    return {"auth_mechanisms_cleartext", "must be names"};
  if (!is_text(o.max_hold_until) || o.max_hold_until.size() > 60) return {"max_hold_until", "must be a date-time"};
  if (!is_text(o.mt_priority_profile) || o.mt_priority_profile.size() > 60)
    return {"mt_priority_profile", "must be a name"};
  if (!is_text(o.xclient_attributes) || o.xclient_attributes.size() > 400)
    return {"xclient_attributes", "must be names"};
  if (!is_text(o.xforward_attributes) || o.xforward_attributes.size() > 400)
    return {"xforward_attributes", "must be names"};
  if (!are_lines(o.extra_keywords)) return {"extra_keywords", "must be printable lines that fit a reply"};
  if (o.extra_keywords.size() > 100) return {"extra_keywords", "at most 100"};
  if (!are_words(o.extra_verbs)) return {"extra_verbs", "must be words"};
  if (!are_parameters(o.extra_mail_parameters)) return {"extra_mail_parameters", "must be keywords"};
  if (!are_parameters(o.extra_rcpt_parameters)) return {"extra_rcpt_parameters", "must be keywords"};
  return {};
}

inline constexpr milliseconds longest_time = 30 * 24 * 60 * one_minute;

constexpr option_error numbers(server_options const& o, std::size_t line_storage) noexcept {
  if (o.max_recipients < min_recipients) return {"max_recipients", "RFC 5321 4.5.3.1.8: at least 100"};
  bool const six_digits =
      o.max_recipients <= 999999 && o.max_transactions <= 999999 && o.max_recipient_domains <= 999999;
  if (o.offer.has(capability::limits) && !six_digits) return {"max_recipients", "RFC 9422 4: at most six digits"};
  if (o.max_text < max_text_line) return {"max_text", "RFC 5321 4.5.3.1.6: at least 1000"};
  if (o.max_auth_line > max_sasl_line) return {"max_auth_line", "RFC 4954 4: at most 12288"};
  if (o.max_auth_line > line_storage) return {"max_auth_line", "more than the line storage holds"};
  if (o.offer.has(capability::auth) && line_storage < min_auth_storage)
    return {"auth_mechanisms", "the line storage cannot hold credentials; 2048 octets do"};
  if (o.max_errors == 0) return {"max_errors", "at least 1"};
  if (o.max_idle_commands == 0) return {"max_idle_commands", "at least 1"};
  if (o.max_auth_failures == 0) return {"max_auth_failures", "at least 1"};
  if (o.max_auth_rounds == 0) return {"max_auth_rounds", "at least 1"};
  if (o.command_timeout <= 0 || o.command_timeout > longest_time)
    return {"command_timeout", "must be positive and at most 30 days"};
  if (o.data_timeout <= 0 || o.data_timeout > longest_time)
    return {"data_timeout", "must be positive and at most 30 days"};
  if (o.write_timeout <= 0 || o.write_timeout > longest_time)
    return {"write_timeout", "must be positive and at most 30 days"};
  if (o.host_timeout < 0 || o.host_timeout > longest_time)
    return {"host_timeout", "must not be negative, and at most 30 days"};
  if (o.minimum_rate > 1) return {"minimum_rate", "at most 1 octet a second"};
  if (o.rate_window < 10 * one_minute || o.rate_window > longest_time)
    return {"rate_window", "at least 10 minutes and at most 30 days"};
  return {};
}

}  // namespace option_check

constexpr option_error server_options::check(std::size_t line_storage) const noexcept {
  if (option_error const e = option_check::texts(*this)) return e;
  if (option_error const e = option_check::offers(*this)) return e;
  return option_check::numbers(*this, line_storage);
}

}  // namespace ehlo::inline v0
