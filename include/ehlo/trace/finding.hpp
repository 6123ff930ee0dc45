// SPDX-License-Identifier: BSL-1.0
// What can be wrong or unsafe in a session, each with the place where it is written.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ehlo::inline v0::trace {

enum class finding : std::uint8_t {
  // Unsafe.
  password_in_clear_text,
  login_in_clear_text,
  password_offered_in_clear_text,
  starttls_unused,
  clear_text,
  plaintext_behind_starttls,
  false_end,
  maybe_secret,
  outcome_unknown,
  // Against the protocol: the client.
  early_talker,
  no_hello,
  loose_hello,
  malformed_command,
  tolerated_command,
  unknown_command,
  parameter_not_offered,
  smtputf8_missing,
  extension_not_offered,
  pipelining_not_offered,
  pipelined_behind,
  command_too_long,
  bare_lf_command,
  bare_lf_in_text,
  bare_cr_in_text,
  nul_in_text,
  eight_bit_undeclared,
  text_line_too_long,
  no_recipients,
  no_quit,
  message_cut,
  // Against the protocol: the server.
  malformed_reply,
  reply_too_long,
  mixed_codes,
  unfit_code,
  surplus_reply,
  status_missing,
  starttls_in_tls,
  no_reply,
};

inline constexpr std::size_t finding_count = static_cast<std::size_t>(finding::no_reply) + 1;

enum class danger : std::uint8_t {
  unsafe,  ///< a secret or a message may be read, changed or lost
  wrong,   ///< against the protocol; other programs may refuse it
  odd,     ///< allowed, or tolerated nearly everywhere
};

struct finding_row {
  finding what;
  trace::danger danger;
  std::string_view message;
  std::string_view source;
};

inline constexpr std::array<finding_row, finding_count> finding_table{{
    {finding::password_in_clear_text, danger::unsafe,
     "a password or token was sent without TLS: whoever could read this has it", "RFC 4954 4, RFC 8314 3"},
    {finding::login_in_clear_text, danger::odd,
     "the client authenticated without TLS; the password itself was not sent", "RFC 8314 3"},
    {finding::password_offered_in_clear_text, danger::unsafe,
     "the server offers mechanisms that send the password itself without TLS", "RFC 4954 4"},
    {finding::starttls_unused, danger::unsafe, "STARTTLS was offered, and the message was sent without it",
     "RFC 3207 4"},
    {finding::clear_text, danger::odd, "the message was sent without TLS; the server did not offer it", "RFC 8314 3"},
    {finding::plaintext_behind_starttls, danger::unsafe,
     "something was said in clear text between STARTTLS and the handshake: command injection", "RFC 3207 6"},
    {finding::false_end, danger::unsafe,
     "the message holds a line with only a dot between other line endings than CRLF: a second message may be hidden in "
     "it",
     "RFC 5321 4.1.1.4"},
    {finding::maybe_secret, danger::unsafe,
     "what may be a secret was sent as a command: behind AUTH, before any other command", "RFC 4954 4"},
    {finding::outcome_unknown, danger::unsafe,
     "the message was sent whole and its reply never came: it may have been delivered, and may be delivered again",
     "RFC 5321 3.8, 4.2.5"},
    {finding::early_talker, danger::wrong, "the client spoke before the greeting", "RFC 5321 3.1"},
    {finding::no_hello, danger::wrong, "a message was begun without EHLO or HELO", "RFC 5321 4.1.4"},
    {finding::loose_hello, danger::odd, "the client's name is neither a domain nor an address literal",
     "RFC 5321 4.1.1.1"},
    {finding::malformed_command, danger::wrong, "a command does not follow the grammar", "RFC 5321 4.1.2"},
    {finding::tolerated_command, danger::odd, "a command follows the grammar only with leniency", "RFC 5321 4.1.2"},
    {finding::unknown_command, danger::wrong, "a command that is not known here", "RFC 5321 4.1.1"},
    {finding::parameter_not_offered, danger::wrong, "a parameter of an extension that was not offered",
     "RFC 5321 2.2.1"},
    {finding::smtputf8_missing, danger::wrong, "an address that is not ASCII, without SMTPUTF8", "RFC 6531 3.4"},
    {finding::extension_not_offered, danger::wrong, "a command of an extension that was not offered", "RFC 5321 2.2.1"},
    {finding::pipelining_not_offered, danger::wrong,
     "the client did not wait for replies, and PIPELINING was not offered", "RFC 2920 3.1"},
    {finding::pipelined_behind, danger::wrong, "the client did not wait for the reply to a command that ends a group",
     "RFC 2920 3.1"},
    {finding::command_too_long, danger::wrong, "a command line of more than 512 octets, or 2048 with a path",
     "RFC 5321 4.5.3.1.4"},
    {finding::bare_lf_command, danger::wrong, "a line ended in LF without CR", "RFC 5321 2.3.8"},
    {finding::bare_lf_in_text, danger::wrong, "the message holds an LF without CR", "RFC 5321 2.3.8"},
    {finding::bare_cr_in_text, danger::wrong, "the message holds a CR without LF", "RFC 5321 2.3.8"},
    {finding::nul_in_text, danger::wrong, "the message holds a NUL", "RFC 5321 2.3.8, RFC 2045 2.7"},
    {finding::eight_bit_undeclared, danger::odd,
     "the message holds 8-bit octets that were not declared by BODY=8BITMIME", "RFC 6152 3"},
    {finding::text_line_too_long, danger::odd, "the message holds a line of more than 1000 octets",
     "RFC 5321 4.5.3.1.6"},
    {finding::no_recipients, danger::wrong, "the message was to be sent, and no recipient had been accepted",
     "RFC 5321 3.3"},
    {finding::no_quit, danger::odd, "the session ended without QUIT", "RFC 5321 4.1.1.10"},
    {finding::message_cut, danger::wrong, "the connection ended within the message: it was not delivered",
     "RFC 5321 4.1.1.4"},
    {finding::malformed_reply, danger::wrong, "the server said something that is not a reply", "RFC 5321 4.2"},
    {finding::reply_too_long, danger::odd, "a line of a reply of more than 512 octets", "RFC 5321 4.5.3.1.5"},
    {finding::mixed_codes, danger::wrong, "the lines of a reply have different codes", "RFC 5321 4.2.1"},
    {finding::unfit_code, danger::wrong, "a reply code that its command cannot have", "RFC 5321 4.3.2"},
    {finding::surplus_reply, danger::wrong, "a reply that no command had asked for", "RFC 5321 4.2"},
    {finding::status_missing, danger::odd,
     "ENHANCEDSTATUSCODES was offered, and a reply has none, or one that does not fit its code", "RFC 2034 4"},
    {finding::starttls_in_tls, danger::wrong, "STARTTLS was offered inside TLS", "RFC 3207 4.2"},
    {finding::no_reply, danger::wrong, "the session ended before a command had its reply", "RFC 5321 4.2"},
}};

static_assert(
    [] {
      for (std::size_t i = 0; i != finding_count; ++i)
        if (static_cast<std::size_t>(finding_table[i].what) != i) return false;
      return true;
    }(),
    "the rows stand in the order of the enumeration");

[[nodiscard]] constexpr finding_row const& info(finding f) noexcept {
  return finding_table[static_cast<std::size_t>(f)];
}

[[nodiscard]] constexpr std::string_view name(danger d) noexcept {
  return d == danger::unsafe ? "unsafe" : d == danger::wrong ? "wrong" : "odd";
}

}  // namespace ehlo::inline v0::trace
