// SPDX-License-Identifier: BSL-1.0
// One thing that was said in a session: a command, a line of a reply, a piece of a message. Never a secret.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../model/enhanced_code.hpp"
#include "../model/envelope.hpp"
#include "../model/reply_code.hpp"
#include "../model/verb.hpp"

namespace ehlo::inline v0::trace {

enum class speaker : std::uint8_t { client, server };

[[nodiscard]] constexpr std::string_view name(speaker s) noexcept { return s == speaker::client ? "client" : "server"; }

enum class line_kind : std::uint8_t {
  none,         ///< nothing more can be read: offer more octets
  command,      ///< a command line
  secret,       ///< a line of an AUTH exchange, the client's or the server's, or one that may be such a line
  reply,        ///< one line of a reply
  malformed,    ///< the server's, and no line of a reply
  text,         ///< a piece of the message behind DATA, dots still stuffed
  end_of_text,  ///< the line with the dot
  chunk,        ///< a piece of the message behind BDAT
  ciphertext,   ///< octets of TLS
  unfinished,   ///< the connection ended within this line
};

/// A line. Its text lives until the next call of the dialogue that told it; the rest for ever.
struct line {
  line_kind kind = line_kind::none;
  speaker from = speaker::client;
  /// Of a command, its own; of a reply, that of the command which it answers; `unknown` for the greeting.
  ehlo::verb verb = verb::unknown;
  /// Of a command, what its reply will be; of a reply, what it answers; `none` where nothing was asked.
  reply_phase phase = reply_phase::none;
  /// As it was said, without its line ending; any octets may stand in it. Of a line over the limit its beginning. Of a
  /// secret a line of the same shape that says nothing (redaction.hpp).
  std::string_view text{};
  std::size_t shown = 0;         ///< octets of `text` that were really said: `AUTH PLAIN`, `334`
  reply_code code{};             ///< of a reply
  enhanced_code status{};        ///< of a reply (RFC 2034)
  std::uint32_t recipients = 0;  ///< that the server has accepted so far in this transaction
  bool last = true;              ///< of a reply: its last line; of a chunk: the end of it
  bool ended = true;             ///< false: of `unfinished`, and of a line over the limit
  bool bare_lf = false;          ///< it ended in an LF without CR
  bool pipelined = false;        ///< of a command: an earlier one had no reply yet
  bool surplus = false;          ///< of a reply: no command had asked for it
  bool in_tls = false;           ///< it was said inside TLS
};

}  // namespace ehlo::inline v0::trace
