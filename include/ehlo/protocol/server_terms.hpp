// SPDX-License-Identifier: BSL-1.0
// The words of the server's protocol: its states, inputs, facts and actions. No octets and no clock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ehlo::inline v0 {

enum class server_state : std::uint8_t {
  connected,    ///< the greeting is not out yet
  greeted,      ///< greeted, but no EHLO, HELO or LHLO since
  ready,        ///< no transaction
  mail,         ///< reverse-path accepted, no RCPT seen
  no_rcpt,      ///< RCPT seen, none accepted
  rcpt,         ///< at least one forward-path accepted
  data,         ///< 354 given, text until CRLF . CRLF
  chunk,        ///< inside an accepted BDAT chunk
  chunks,       ///< between BDAT chunks
  spoiled,      ///< a BDAT chunk was refused: the transaction can only be reset
  delivery,     ///< the message is complete, the host decides
  auth,         ///< inside an AUTH exchange
  tls,          ///< 220 to STARTTLS given, handshake
  turned_away,  ///< greeted with 554: 503 to all but QUIT
  insecure,     ///< TLS was not sufficient: 554 to all but QUIT
  closed,
};
inline constexpr std::size_t server_state_count = 16;
inline constexpr std::array<std::string_view, server_state_count> server_state_names{
    "connected", "greeted", "ready",    "mail", "no_rcpt", "rcpt",        "data",     "chunk",
    "chunks",    "spoiled", "delivery", "auth", "tls",     "turned_away", "insecure", "closed"};

enum class server_input : std::uint8_t {
  // Commands.
  helo,
  ehlo,  ///< EHLO, or LHLO where LMTP is spoken
  mail,
  rcpt,
  data,
  bdat,
  rset,
  noop,
  quit,
  vrfy,
  expn,
  help,
  auth,
  starttls,
  etrn,
  xclient,
  xforward,
  extension,      ///< a verb that the host registered
  unimplemented,  ///< a verb that is known but not offered
  unknown,
  // Answers to a command, the host's or the engine's own.
  greeting_accepted,
  greeting_refused,
  mail_accepted,
  rcpt_accepted,
  rcpt_refused,
  data_accepted,
  chunk_accepted,
  chunk_refused,
  last_chunk_refused,
  starttls_accepted,
  auth_begun,
  auth_ended,
  xclient_accepted,
  // Ends of framing.
  chunk_end,
  message_complete,
  message_refused,   ///< the end of a message that was refused on the way
  message_answered,  ///< the host's answer for the last recipient
  // The world outside.
  tls_started,
  tls_insufficient,
  disconnect,  ///< end of input, deadline, shutdown, failed handshake, or an error that ends the session
};
inline constexpr std::size_t server_input_count = static_cast<std::size_t>(server_input::disconnect) + 1;
inline constexpr std::size_t server_command_count = static_cast<std::size_t>(server_input::unknown) + 1;
inline constexpr std::array<std::string_view, server_input_count> server_input_names{"HELO",
                                                                                     "EHLO",
                                                                                     "MAIL",
                                                                                     "RCPT",
                                                                                     "DATA",
                                                                                     "BDAT",
                                                                                     "RSET",
                                                                                     "NOOP",
                                                                                     "QUIT",
                                                                                     "VRFY",
                                                                                     "EXPN",
                                                                                     "HELP",
                                                                                     "AUTH",
                                                                                     "STARTTLS",
                                                                                     "ETRN",
                                                                                     "XCLIENT",
                                                                                     "XFORWARD",
                                                                                     "extension verb",
                                                                                     "verb not offered",
                                                                                     "unknown verb",
                                                                                     "greeting accepted",
                                                                                     "greeting refused",
                                                                                     "MAIL accepted",
                                                                                     "RCPT accepted",
                                                                                     "RCPT refused",
                                                                                     "DATA accepted",
                                                                                     "chunk accepted",
                                                                                     "chunk refused",
                                                                                     "last chunk refused",
                                                                                     "STARTTLS accepted",
                                                                                     "AUTH begun",
                                                                                     "AUTH ended",
                                                                                     "XCLIENT accepted",
                                                                                     "end of chunk",
                                                                                     "end of message",
                                                                                     "end of refused message",
                                                                                     "answer to message",
                                                                                     "TLS started",
                                                                                     "TLS insufficient",
                                                                                     "disconnect"};

/// What the session knows beside its state. A guard is a set of these; it holds when any of them does.
enum class server_fact : std::uint8_t {
  none = 0,
  needs_tls = 1U << 0,       ///< require_tls, and TLS is not active
  needs_auth = 1U << 1,      ///< require_auth, and nobody is authenticated
  authenticated = 1U << 2,   ///< AUTH succeeded (RFC 4954 4: only once)
  tls_active = 1U << 3,      ///< (RFC 3207 4.2: STARTTLS only once)
  lmtp = 1U << 4,            ///< LMTP is spoken (RFC 2033)
  binary = 1U << 5,          ///< BODY=BINARYMIME was declared (RFC 3030 3: no DATA then)
  hello_optional = 1U << 6,  ///< tolerance::no_hello is allowed
};
[[nodiscard]] constexpr server_fact operator|(server_fact a, server_fact b) noexcept {
  return static_cast<server_fact>(static_cast<std::uint8_t>(a) | static_cast<std::uint8_t>(b));
}
[[nodiscard]] constexpr server_fact operator&(server_fact a, server_fact b) noexcept {
  return static_cast<server_fact>(static_cast<std::uint8_t>(a) & static_cast<std::uint8_t>(b));
}

enum class server_action : std::uint8_t {
  none,             ///< the state changes, nothing is said
  serve,            ///< parse the command, ask the host or answer; its answer is the next input
  greet,            ///< 220
  refuse,           ///< 503 5.5.1, out of order
  refuse_unknown,   ///< 500 5.5.1
  refuse_absent,    ///< 502 5.5.1
  refuse_by_fact,   ///< 530 for needs_tls and needs_auth, otherwise 503
  refuse_no_rcpt,   ///< 503 5.5.1, no RCPT yet
  refuse_all_rcpt,  ///< 554 5.5.1, no RCPT was accepted
  refuse_service,   ///< 503 5.5.1 after a greeting of 554 (RFC 5321 3.1)
  refuse_insecure,  ///< 554 5.7.0 (RFC 3207 4.1)
  close,            ///< write what is left, then end
};

}  // namespace ehlo::inline v0
