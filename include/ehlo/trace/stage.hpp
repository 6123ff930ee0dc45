// SPDX-License-Identifier: BSL-1.0
// The way of a message to its server in stages, from the look-up of a name to QUIT, for telling where it failed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/enum_name.hpp"
#include "../model/envelope.hpp"
#include "../protocol/client_terms.hpp"

namespace ehlo::inline v0::trace {

enum class stage : std::uint8_t {
  unknown,
  resolve,   ///< the name is looked up (RFC 5321 5.1)
  connect,   ///< the connection is made
  tls,       ///< the handshake
  greeting,  ///< from here on: until the reply to it has come
  hello,     ///< EHLO, LHLO or HELO
  starttls,
  auth,
  ready,  ///< nothing is under way
  mail,
  rcpt,
  data,
  text,     ///< the message goes out, behind 354 or by BDAT
  verdict,  ///< the end of the message was said
  reset,
  command,  ///< a single command
  quit,
};
inline constexpr std::array<std::string_view, 17> stage_names{
    "unknown", "resolve", "connect", "tls",  "greeting", "hello", "starttls", "auth", "ready",
    "mail",    "rcpt",    "data",    "text", "verdict",  "reset", "command",  "quit"};
static_assert(static_cast<std::size_t>(stage::quit) + 1 == stage_names.size());
/// The enumerator, as it is written here.
[[nodiscard]] constexpr std::string_view name(stage value) noexcept { return enum_name(stage_names, value); }

/// Where a session stood when a reply of this phase came.
[[nodiscard]] constexpr stage stage_of(reply_phase phase) noexcept {
  switch (phase) {
    case reply_phase::none: break;
    case reply_phase::greeting: return stage::greeting;
    case reply_phase::hello: return stage::hello;
    case reply_phase::starttls: return stage::starttls;
    case reply_phase::auth: return stage::auth;
    case reply_phase::mail: return stage::mail;
    case reply_phase::rcpt: return stage::rcpt;
    case reply_phase::data: return stage::data;
    case reply_phase::chunk: return stage::text;
    case reply_phase::verdict: return stage::verdict;
    case reply_phase::reset: return stage::reset;
    case reply_phase::command: return stage::command;
    case reply_phase::quit: return stage::quit;
  }
  return stage::unknown;
}

/// Where a client stands: to be asked before a loss, a deadline or the last reply has moved it on to `closed`, which
/// tells nothing any more. Behind the last piece of the body that is `verdict`, though its octets may still wait to be
/// sent: a recipient whose outcome is not `unknown` was lost in `text`.
[[nodiscard]] constexpr stage stage_of(client_state state) noexcept {
  switch (state) {
    case client_state::connected: return stage::greeting;
    case client_state::hello:
    case client_state::helo: return stage::hello;
    case client_state::starttls: return stage::starttls;
    case client_state::tls: return stage::tls;
    case client_state::auth: return stage::auth;
    case client_state::ready: return stage::ready;
    case client_state::mail: return stage::mail;
    case client_state::rcpt: return stage::rcpt;
    case client_state::data: return stage::data;
    case client_state::text:
    case client_state::chunks:
    case client_state::spoiled: return stage::text;
    case client_state::lone_dot:
    case client_state::verdict: return stage::verdict;
    case client_state::reset: return stage::reset;
    case client_state::command: return stage::command;
    case client_state::quit: return stage::quit;
    case client_state::closed: break;
  }
  return stage::unknown;
}

}  // namespace ehlo::inline v0::trace
