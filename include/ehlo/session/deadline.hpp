// SPDX-License-Identifier: BSL-1.0
// A deadline of a session, and what it is for (RFC 5321 4.5.3.2).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/enum_name.hpp"
#include "../base/instant.hpp"

namespace ehlo::inline v0 {

/// What a deadline is for.
enum class deadline_phase : std::uint8_t {
  none,
  command,   ///< server: a whole command line; client: the reply to a command that has no phase of its own
  message,   ///< the next octets of a message; client: that written ones are taken
  auth,      ///< the next line of an AUTH exchange
  tls,       ///< the handshake
  host,      ///< server: the host's answer
  greeting,  ///< from here on the client's: the greeting
  mail,      ///< the reply to MAIL
  rcpt,      ///< the reply to RCPT
  data,      ///< the reply to DATA
  verdict,   ///< the reply to the end of the message
  quit,      ///< the reply to QUIT
  output,    ///< server: that the peer takes some of its replies
};
inline constexpr std::array<std::string_view, 13> deadline_phase_names{"none",    "command",  "message", "auth", "tls",
                                                                       "host",    "greeting", "mail",    "rcpt", "data",
                                                                       "verdict", "quit",     "output"};
static_assert(static_cast<std::size_t>(deadline_phase::output) + 1 == deadline_phase_names.size());
/// The enumerator, as it is written here.
[[nodiscard]] constexpr std::string_view name(deadline_phase value) noexcept {
  return enum_name(deadline_phase_names, value);
}

/// The next moment at which on_deadline() is to be called.
struct due {
  instant at;
  deadline_phase phase = deadline_phase::none;
  /// False: nothing is due.
  [[nodiscard]] constexpr explicit operator bool() const noexcept { return phase != deadline_phase::none; }
};

}  // namespace ehlo::inline v0
