// SPDX-License-Identifier: BSL-1.0
// The words of the client's protocol: its states, inputs, facts and actions. No octets and no clock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ehlo::inline v0 {

/// Where the next reply stands; in a pipelined flight the commands are ahead of it.
enum class client_state : std::uint8_t {
  connected,  ///< the greeting is awaited
  hello,      ///< the reply to EHLO or LHLO
  helo,       ///< the reply to HELO
  starttls,   ///< the reply to STARTTLS
  tls,        ///< handshake
  auth,       ///< inside an AUTH exchange
  ready,      ///< no transaction
  mail,       ///< the reply to MAIL
  rcpt,       ///< the replies to RCPT
  data,       ///< the reply to DATA
  text,       ///< 354 given: the text goes out
  lone_dot,   ///< 354 given without any recipient: the reply to an empty text
  chunks,     ///< chunks go out, their replies come in
  spoiled,    ///< a chunk was refused, or no recipient accepted: the replies of those that are out
  verdict,    ///< the reply to the end of the message; LMTP: one for each recipient
  reset,      ///< the reply to RSET
  command,    ///< the reply to a single command
  quit,       ///< the reply to QUIT
  closed,
};
inline constexpr std::size_t client_state_count = 19;
inline constexpr std::array<std::string_view, client_state_count> client_state_names{
    "connected", "hello",    "helo",   "starttls", "tls",     "auth",  "ready",   "mail", "rcpt",  "data",
    "text",      "lone_dot", "chunks", "spoiled",  "verdict", "reset", "command", "quit", "closed"};

enum class client_input : std::uint8_t {
  // Replies, by what their first digit says (RFC 5321 4.2.1).
  success,
  intermediate,
  transient,
  permanent,
  closing,    ///< 421
  violation,  ///< malformed, too long, of differing first digits, or not the one code that fits
  // What a reply or its lack amounts to.
  tls_wanted,
  auth_wanted,
  session_ready,
  unfit,  ///< TLS, AUTH or an extension is required and cannot be had
  recipients_answered,
  chunks_answered,  ///< only the last chunk's reply is missing, or in `spoiled` none
  // The host.
  submit,
  body_ended,
  give_up,        ///< nobody is left to deliver to, or abort() where the connection can be kept
  nothing_begun,  ///< MAIL was refused, and nothing behind it is out
  command,
  quit,
  // The world outside.
  tls_started,
  disconnect,  ///< end of input, deadline, failed handshake, or a body that must not be completed
};
inline constexpr std::size_t client_input_count = static_cast<std::size_t>(client_input::disconnect) + 1;
inline constexpr std::array<std::string_view, client_input_count> client_input_names{"2yz",
                                                                                     "3yz",
                                                                                     "4yz",
                                                                                     "5yz",
                                                                                     "421",
                                                                                     "violation",
                                                                                     "TLS wanted",
                                                                                     "AUTH wanted",
                                                                                     "session ready",
                                                                                     "unfit",
                                                                                     "all RCPT answered",
                                                                                     "chunks answered",
                                                                                     "submit",
                                                                                     "end of body",
                                                                                     "give up",
                                                                                     "nothing begun",
                                                                                     "command",
                                                                                     "quit",
                                                                                     "TLS started",
                                                                                     "disconnect"};

/// What the session knows beside its state. A guard is a set of these; it holds when any of them does.
enum class client_fact : std::uint8_t {
  none = 0,
  helo_only = 1U << 0,  ///< by option
  may_helo = 1U << 1,   ///< nothing is required that HELO cannot give
  tls_required = 1U << 2,
  accepted = 1U << 3,   ///< at least one recipient is accepted
  by_chunks = 1U << 4,  ///< the body goes by BDAT
  data_sent = 1U << 5,  ///< DATA, or the first chunk, is out already
  mail_refused = 1U << 6,
  more_verdicts = 1U << 7,  ///< LMTP: replies for other recipients follow this one
};
[[nodiscard]] constexpr client_fact operator|(client_fact a, client_fact b) noexcept {
  return static_cast<client_fact>(static_cast<std::uint8_t>(a) | static_cast<std::uint8_t>(b));
}
[[nodiscard]] constexpr client_fact operator&(client_fact a, client_fact b) noexcept {
  return static_cast<client_fact>(static_cast<std::uint8_t>(a) & static_cast<std::uint8_t>(b));
}

enum class client_action : std::uint8_t {
  none,
  say_hello,
  say_helo,
  say_starttls,
  begin_tls,
  begin_auth,
  take_offer,     ///< the answer to EHLO; then the next input is about TLS, AUTH or readiness
  take_no_offer,  ///< HELO: no extensions
  take_challenge,
  refuse_tls,  ///< opportunistic: the session goes on in clear text
  fail,        ///< no transaction can be made here; QUIT
  begin,       ///< MAIL
  go_on,       ///< the next command of the transaction
  refuse_all,  ///< the reply decides about every recipient
  accept_one,
  refuse_one,
  refuse_accepted,  ///< the reply decides about the accepted recipients
  begin_text,
  say_lone_dot,
  say_reset,
  say_quit,
  take_verdict,
  finish,  ///< the transaction is over
  tell_command,
  protocol_error,  ///< the connection is of no further use
  close,
};

}  // namespace ehlo::inline v0
