// SPDX-License-Identifier: BSL-1.0
// What can go wrong, in two families: `local_*` is the host's mistake or limit, `peer_*` the other side's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "enhanced_code.hpp"
#include "reply_code.hpp"

namespace ehlo::inline v0 {

enum class errc : std::uint8_t {
  ok,
  // The host's. A call that is answered with one of these has changed nothing.
  local_options,
  local_order,
  local_code,
  local_room,
  local_sent,
  local_input,
  local_argument,
  local_reverse_path,
  local_forward_path,
  local_parameter,
  local_no_recipients,
  local_size,
  local_limits,
  local_eightbitmime,
  local_smtputf8,
  local_binarymime,
  local_dsn,
  local_requiretls,
  local_extension,
  local_text,
  local_aborted,
  // The peer's, on the server side: each names the reply that it deserves (a bad PROXY header none).
  peer_unknown_verb,
  peer_unimplemented,
  peer_syntax,
  peer_bare_lf,
  peer_line_too_long,
  peer_header_line,
  peer_http,
  peer_argument,
  peer_hello_argument,
  peer_sender,
  peer_recipient,
  peer_sender_utf8,
  peer_recipient_utf8,
  peer_parameter,
  peer_unknown_parameter,
  peer_chunk_size,
  peer_order,
  peer_no_recipients,
  peer_no_valid_recipients,
  peer_too_many_recipients,
  peer_too_many_transactions,
  peer_too_many_errors,
  peer_too_many_commands,
  peer_too_many_auth_failures,
  peer_message_too_large,
  peer_text,
  peer_tls_required,
  peer_auth_required,
  peer_tls_insufficient,
  peer_auth_line_too_long,
  peer_base64,
  peer_mechanism,
  peer_cancelled,
  peer_credentials,
  peer_refused,
  peer_early_talker,
  peer_timeout,
  peer_too_slow,
  peer_proxy_header,
  peer_proxy_too_long,
  // The peer's, on the client side.
  peer_reply,
  peer_reply_too_long,
  peer_reply_code,
  peer_surplus_reply,
  peer_closing,
  peer_greeting,
  peer_hello,
  peer_tls_unavailable,
  peer_tls_failed,
  peer_auth_unavailable,
  peer_auth_failed,
  peer_extension_unavailable,
  peer_gone,
  shutdown,
};

/// One row for each errc: its message, where it is written, and the reply that a server gives.
struct errc_info {
  errc what;
  std::string_view message;
  std::string_view source;
  reply_code code;       ///< 0: no reply of its own
  enhanced_code status;  ///< none: the reply carries no enhanced status code
};

inline constexpr std::size_t errc_count = static_cast<std::size_t>(errc::shutdown) + 1;

inline constexpr std::array<errc_info, errc_count> errc_table{{
    {errc::ok, "no error", "", {}, {}},
    {errc::local_options, "the options contradict each other; options.check() names the one", "", {}, {}},
    {errc::local_order, "this call does not fit the state of the session", "", {}, {}},
    {errc::local_code,
     "the reply code does not fit the call, or its enhanced class does not fit the code",
     "RFC 2034 4",
     {},
     {}},
    {errc::local_room, "output has no room for another line; flush it and call again", "", {}, {}},
    {errc::local_sent, "more octets reported as sent than output() held", "", {}, {}},
    {errc::local_input,
     "input offered where none is taken: before tls_started, or after end_of_input",
     "RFC 3207 6",
     {},
     {}},
    {errc::local_argument, "the argument has octets that may not stand there", "", {}, {}},
    {errc::local_reverse_path, "not a reverse-path, or one that needs SMTPUTF8", "RFC 5321 4.1.2", {}, {}},
    {errc::local_forward_path, "not a forward-path, or one that needs SMTPUTF8", "RFC 5321 4.1.2", {}, {}},
    {errc::local_parameter, "a malformed parameter, or one that makes the command too long", "RFC 5321 4.1.2", {}, {}},
    {errc::local_no_recipients, "the envelope names no recipient", "RFC 5321 3.3", {}, {}},
    {errc::local_size, "the server takes no message of this size", "RFC 1870 6", {}, {}},
    {errc::local_limits, "the server takes nothing more on this connection", "RFC 9422 4", {}, {}},
    {errc::local_eightbitmime, "an 8-bit body, and the server does not offer 8BITMIME", "RFC 6152 3", {}, {}},
    {errc::local_smtputf8, "the server does not offer SMTPUTF8", "RFC 6531 3.1", {}, {}},
    {errc::local_binarymime, "the server does not offer BINARYMIME and CHUNKING", "RFC 3030 3", {}, {}},
    {errc::local_dsn, "the server does not offer DSN", "RFC 3461 5.2.2", {}, {}},
    {errc::local_requiretls, "no verified TLS to a server that offers REQUIRETLS", "RFC 8689 4.2.1", {}, {}},
    {errc::local_extension, "a parameter of an extension that the server does not offer", "RFC 5321 2.2.1", {}, {}},
    {errc::local_text, "the body breaks the rules for message text", "RFC 5321 2.3.8", {}, {}},
    {errc::local_aborted, "the host gave the transaction up", "", {}, {}},
    {errc::peer_unknown_verb, "command not recognized", "RFC 5321 4.2.4", 500, {5, 5, 1}},
    {errc::peer_unimplemented, "command not implemented", "RFC 5321 4.2.4", 502, {5, 5, 1}},
    {errc::peer_syntax, "syntax error in command", "RFC 5321 4.3.2", 501, {5, 5, 2}},
    {errc::peer_bare_lf, "a command ends in CRLF; bare LF received", "RFC 5321 2.3.8", 500, {5, 5, 2}},
    {errc::peer_line_too_long, "line too long", "RFC 5321 4.5.3.1.4", 500, {5, 5, 6}},
    {errc::peer_header_line, "this is a mail server, not a place for headers", "RFC 5321 4.3.2", 500, {5, 5, 2}},
    {errc::peer_http, "this is a mail server, not a web server", "RFC 5321 4.3.2", 421, {4, 7, 0}},
    {errc::peer_argument, "syntax error in arguments", "RFC 5321 4.3.2", 501, {5, 5, 4}},
    {errc::peer_hello_argument, "a domain or address literal must follow", "RFC 5321 4.1.1.1", 501, {}},
    {errc::peer_sender, "bad reverse-path", "RFC 5321 4.1.2", 501, {5, 1, 7}},
    {errc::peer_recipient, "bad forward-path", "RFC 5321 4.1.2", 501, {5, 1, 3}},
    {errc::peer_sender_utf8, "non-ASCII reverse-path without SMTPUTF8", "RFC 6531 3.5", 553, {5, 6, 7}},
    {errc::peer_recipient_utf8, "non-ASCII forward-path without SMTPUTF8", "RFC 6531 3.5", 550, {5, 6, 7}},
    {errc::peer_parameter, "bad parameter", "RFC 5321 4.1.1.11", 501, {5, 5, 4}},
    {errc::peer_unknown_parameter, "unknown parameter", "RFC 5321 4.1.1.11", 555, {5, 5, 4}},
    {errc::peer_chunk_size, "bad chunk size; closing", "RFC 3030 2", 501, {5, 5, 4}},
    {errc::peer_order, "bad sequence of commands", "RFC 5321 4.1.4", 503, {5, 5, 1}},
    {errc::peer_no_recipients, "no recipients", "RFC 5321 3.3", 503, {5, 5, 1}},
    {errc::peer_no_valid_recipients, "no valid recipients", "RFC 5321 3.3", 554, {5, 5, 1}},
    {errc::peer_too_many_recipients, "too many recipients", "RFC 5321 4.5.3.1.10", 452, {4, 5, 3}},
    {errc::peer_too_many_transactions, "too many messages on this connection", "RFC 9422 4.1", 421, {4, 7, 0}},
    {errc::peer_too_many_errors, "too many errors", "RFC 5321 3.8", 421, {4, 7, 0}},
    {errc::peer_too_many_commands, "too many commands without a message", "RFC 5321 3.8", 421, {4, 7, 0}},
    {errc::peer_too_many_auth_failures, "too many failed authentications", "RFC 4954 9", 421, {4, 7, 0}},
    {errc::peer_message_too_large, "message exceeds the maximum size", "RFC 1870 6", 552, {5, 3, 4}},
    {errc::peer_text, "message text breaks RFC 5321 2.3.8, 2.4 or 4.5.3.1.6", "RFC 5321 2.3.8", 554, {5, 6, 0}},
    {errc::peer_tls_required, "must issue a STARTTLS command first", "RFC 3207 4", 530, {5, 7, 0}},
    {errc::peer_auth_required, "authentication required", "RFC 4954 6", 530, {5, 7, 0}},
    {errc::peer_tls_insufficient, "the TLS that was negotiated is not sufficient", "RFC 3207 4.1", 554, {5, 7, 0}},
    {errc::peer_auth_line_too_long, "authentication exchange line too long", "RFC 4954 4", 500, {5, 5, 6}},
    {errc::peer_base64, "bad base64", "RFC 4954 4", 501, {5, 5, 2}},
    {errc::peer_mechanism, "authentication mechanism not available", "RFC 4954 4", 504, {5, 5, 4}},
    {errc::peer_cancelled, "authentication cancelled", "RFC 4954 4", 501, {5, 7, 0}},
    {errc::peer_credentials, "authentication credentials invalid", "RFC 4954 6", 535, {5, 7, 8}},
    {errc::peer_refused, "no service here", "RFC 5321 3.1", 503, {5, 5, 1}},
    {errc::peer_early_talker, "spoke before the greeting", "RFC 5321 3.1", 554, {5, 5, 1}},
    {errc::peer_timeout, "timeout", "RFC 5321 4.5.3.2.7", 421, {4, 4, 2}},
    {errc::peer_too_slow, "data comes too slowly", "RFC 5321 4.5.3.2", 421, {4, 4, 2}},
    {errc::peer_proxy_header, "no PROXY header, or a malformed one", "HAProxy proxy-protocol.txt 2", {}, {}},
    {errc::peer_proxy_too_long, "PROXY header too long", "HAProxy proxy-protocol.txt 2", {}, {}},
    {errc::peer_reply, "malformed reply", "RFC 5321 4.2", {}, {}},
    {errc::peer_reply_too_long, "reply too long", "RFC 5321 4.5.3.1.5", {}, {}},
    {errc::peer_reply_code, "a reply that its command cannot have", "RFC 5321 4.3.2", {}, {}},
    {errc::peer_surplus_reply, "a reply that no command asked for", "RFC 5321 4.2", {}, {}},
    {errc::peer_closing, "the server ends the connection", "RFC 5321 3.8", {}, {}},
    {errc::peer_greeting, "the server refuses service", "RFC 5321 3.1", {}, {}},
    {errc::peer_hello, "the server refuses the greeting of the client", "RFC 5321 4.1.4", {}, {}},
    {errc::peer_tls_unavailable, "TLS is required and cannot be had", "RFC 3207 4", {}, {}},
    {errc::peer_tls_failed, "the TLS handshake failed", "RFC 3207 4.1", {}, {}},
    {errc::peer_auth_unavailable, "no way to authenticate that the options allow", "RFC 4954 4", {}, {}},
    {errc::peer_auth_failed, "authentication failed", "RFC 4954 6", {}, {}},
    {errc::peer_extension_unavailable, "an extension that is required is not offered", "RFC 5321 2.2.1", {}, {}},
    {errc::peer_gone, "connection ended", "RFC 5321 3.8", {}, {}},
    {errc::shutdown, "service shutting down", "RFC 5321 3.8", 421, {4, 3, 2}},
}};

[[nodiscard]] constexpr errc_info const& info(errc e) noexcept { return errc_table[static_cast<std::size_t>(e)]; }
[[nodiscard]] constexpr std::string_view message(errc e) noexcept { return info(e).message; }
[[nodiscard]] constexpr bool is_local(errc e) noexcept { return e >= errc::local_options && e <= errc::local_aborted; }

static_assert(
    [] {
      for (std::size_t i = 0; i != errc_count; ++i)
        if (static_cast<std::size_t>(errc_table[i].what) != i) return false;
      return true;
    }(),
    "the rows stand in the order of the enumeration");

}  // namespace ehlo::inline v0
