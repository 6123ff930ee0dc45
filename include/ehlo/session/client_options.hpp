// SPDX-License-Identifier: BSL-1.0
// What a client is: its name, its security, what it uses of what is offered, its limits and deadlines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/instant.hpp"
#include "../grammar/auth_command.hpp"
#include "../grammar/hello.hpp"
#include "../model/capability.hpp"
#include "../model/limits.hpp"
#include "../model/text_rules.hpp"
#include "../model/tls_policy.hpp"
#include "../model/tolerance.hpp"
#include "../wire/reply_reader.hpp"
#include "option_error.hpp"

namespace ehlo::inline v0 {

/// What submit() does with the parameters of an extension that is not offered.
enum class when_not_offered : std::uint8_t { refuse, drop };

/// The options of a client. A session refers to them: they, and every text they view, outlive it. One object serves any
/// number of sessions.
struct client_options {
  /// The argument of EHLO: the client's domain or address literal (RFC 5321 4.1.1.1). Required.
  std::string_view hostname{};
  /// Speak LMTP instead of SMTP (RFC 2033).
  bool lmtp = false;
  /// Never say EHLO: for servers that break down at it. Excludes TLS by STARTTLS, AUTH and every extension.
  bool helo_only = false;

  tls_policy tls = tls_policy::opportunistic;
  /// Extensions without which nothing is sent.
  capability_set required{};
  /// Offered extensions that are not to be used, PIPELINING for example.
  capability_set ignored{};

  /// The mechanisms that may be used, in the order of preference, with one space between: `PLAIN LOGIN`. Empty: no
  /// AUTH. PLAIN and LOGIN are built in where user_name is given; of all others, and of these without it, the host
  /// makes the responses, by the mechanisms of sasl/ for example; sasl/selection.hpp makes such lists.
  std::string_view mechanisms{};
  std::string_view authorization_identity{};  ///< for PLAIN (RFC 4616 2); empty: the user's own
  std::string_view user_name{};               ///< without NUL
  std::string_view password{};                ///< without NUL
  bool auth_in_cleartext = false;             ///< AUTH where TLS is not active
  bool require_auth = true;                   ///< mechanisms given, and none to be used: fail rather than go on without
  bool initial_response = true;               ///< where a mechanism begins with one (RFC 4954 4)
  bool try_unoffered_mechanism = false;       ///< use the first of the list where none of them is offered

  /// The preset: `strict`, `interoperable` or `lenient`, or a set of the host's own. Of the body: undeclared_8bit,
  /// long_text_line and nul_in_text are sent and reported, or where the bit is missing, end the connection. NUL is
  /// refused by default: it may stand in BINARYMIME alone (RFC 2045 2.7, 2.8).
  tolerance tolerances = interoperable & ~tolerance::nul_in_text;
  /// Bare CR and LF in the body (RFC 5321 2.3.8). By default `reject`, whatever the preset: what leaves here, others
  /// have to interpret.
  bare_newline newline = bare_newline::reject;
  /// RET, ENVID, NOTIFY and ORCPT where DSN is not offered. Dropped, the outcomes say so (RFC 3461 5.2.2).
  when_not_offered dsn = when_not_offered::drop;

  /// Send bodies by BDAT where CHUNKING is offered (RFC 3030). A BINARYMIME body always is.
  bool chunking = false;
  std::uint32_t chunk_size = 1U << 20;  ///< the most octets of one chunk
  std::uint8_t chunks_in_flight = 4;    ///< chunks sent ahead of their replies, with PIPELINING
  /// Octets of commands, and of a chunk behind them, that are sent ahead of their replies; bounded so that both sides
  /// cannot wait for each other with full windows (RFC 2920 3.1).
  std::uint32_t flight_budget = 16384;

  reply_limits replies{};
  /// Whether a 5yz greeting advises the next host; a 521 never does (RFC 7504).
  bool next_host_after_refusal = true;

  milliseconds greeting_timeout = 5 * one_minute;   // RFC 5321 4.5.3.2.1
  milliseconds command_timeout = 5 * one_minute;    ///< EHLO, STARTTLS, AUTH, RSET, single commands, the handshake
  milliseconds mail_timeout = 5 * one_minute;       // RFC 5321 4.5.3.2.2
  milliseconds rcpt_timeout = 5 * one_minute;       // RFC 5321 4.5.3.2.3
  milliseconds data_timeout = 2 * one_minute;       // RFC 5321 4.5.3.2.4
  milliseconds block_timeout = data_block_timeout;  ///< for each write (RFC 5321 4.5.3.2.5)
  milliseconds verdict_timeout = 10 * one_minute;   // RFC 5321 4.5.3.2.6
  milliseconds quit_timeout = 10 * one_second;

  /// The first option that is wrong, or none.
  [[nodiscard]] constexpr option_error check() const noexcept;
};

namespace option_check {

constexpr option_error client_texts(client_options const& o) noexcept {
  if (o.hostname.size() > max_domain || !is_host(o.hostname, tolerance::loose_domain))
    return {"hostname", "must be one domain or address literal"};
  if (o.user_name.find('\0') != std::string_view::npos) return {"user_name", "RFC 4616 2: without NUL"};
  if (o.password.find('\0') != std::string_view::npos) return {"password", "RFC 4616 2: without NUL"};
  if (o.authorization_identity.find('\0') != std::string_view::npos)
    return {"authorization_identity", "RFC 4616 2: without NUL"};
  if (o.user_name.size() > 255 || o.password.size() > 255 || o.authorization_identity.size() > 255)
    return {"user_name", "each of the credentials: at most 255 octets"};
  return {};
}

constexpr option_error client_mechanisms(client_options const& o) noexcept {
  std::string_view list = o.mechanisms;
  for (unsigned count = 1; !list.empty(); ++count) {
    std::size_t const space = list.find(' ');
    if (!is_mechanism(list.substr(0, space))) return {"mechanisms", "must be names with one space between"};
    if (count > 32) return {"mechanisms", "at most 32"};
    if (space == std::string_view::npos) break;
    list.remove_prefix(space + 1);
    if (list.empty()) return {"mechanisms", "must be names with one space between"};
  }
  if (o.helo_only && !o.mechanisms.empty() && o.require_auth) return {"helo_only", "excludes AUTH"};
  return {};
}

constexpr option_error client_numbers(client_options const& o) noexcept {
  constexpr milliseconds longest = 30 * 24 * 60 * one_minute;
  auto const bad = [](milliseconds t) { return t <= 0 || t > longest; };
  if (bad(o.greeting_timeout)) return {"greeting_timeout", "must be positive and at most 30 days"};
  if (bad(o.command_timeout)) return {"command_timeout", "must be positive and at most 30 days"};
  if (bad(o.mail_timeout)) return {"mail_timeout", "must be positive and at most 30 days"};
  if (bad(o.rcpt_timeout)) return {"rcpt_timeout", "must be positive and at most 30 days"};
  if (bad(o.data_timeout)) return {"data_timeout", "must be positive and at most 30 days"};
  if (bad(o.block_timeout)) return {"block_timeout", "must be positive and at most 30 days"};
  if (bad(o.verdict_timeout)) return {"verdict_timeout", "must be positive and at most 30 days"};
  if (bad(o.quit_timeout)) return {"quit_timeout", "must be positive and at most 30 days"};
  if (o.chunk_size == 0) return {"chunk_size", "at least 1"};
  if (o.chunks_in_flight == 0) return {"chunks_in_flight", "at least 1"};
  if (o.flight_budget < max_command_line) return {"flight_budget", "at least 512"};
  if (o.replies.line < max_reply_line) return {"replies", "RFC 5321 4.5.3.1.5: lines of at least 512 octets"};
  if (o.replies.lines == 0 || o.replies.octets < max_reply_line) return {"replies", "at least one whole line"};
  if (o.newline == bare_newline::by_preset) return {"newline", "reject or normalize"};
  return {};
}

constexpr option_error client_combinations(client_options const& o) noexcept {
  if (o.helo_only && o.tls == tls_policy::require) return {"helo_only", "excludes STARTTLS"};
  if (o.helo_only && o.lmtp) return {"helo_only", "RFC 2033 4.1: LMTP begins with LHLO"};
  if (o.helo_only && o.required != capability_set{}) return {"helo_only", "excludes what is required"};
  return {};
}

}  // namespace option_check

constexpr option_error client_options::check() const noexcept {
  if (option_error const e = option_check::client_texts(*this)) return e;
  if (option_error const e = option_check::client_mechanisms(*this)) return e;
  if (option_error const e = option_check::client_combinations(*this)) return e;
  return option_check::client_numbers(*this);
}

}  // namespace ehlo::inline v0
