// SPDX-License-Identifier: BSL-1.0
// A convenience for hosts: the loop around next(). Mail is dealt with in one place, the connection in another:
//
//   ehlo::server_event const e = ehlo::pump(smtp, in, now, [&](ehlo::server_event const& mail) { ... answer ... });
//   write output(), whatever e says;
//   switch (e.type()) {
//     case need_input: read, and come back with what came   case need_tls: make the handshake, and come back
//     case need_output: come back when it is written        case closed: close the connection
//   }
#pragma once

#include <string_view>
#include <type_traits>

#include "base/instant.hpp"

namespace ehlo::inline v0 {

/// Whether the event says that the engine waits: for the connection, or for an answer that is still open.
template <class Event>
[[nodiscard]] constexpr bool is_wait(Event const& e) noexcept {
  using type = decltype(e.type());
  if constexpr (requires { type::need_reply; }) {
    if (e.type() == type::need_reply) return true;
  } else {
    if (e.type() == type::need_answer) return true;
  }
  return e.type() == type::need_input || e.type() == type::need_output || e.type() == type::need_tls ||
         e.type() == type::closed || e.type() == type::misuse;
}

/// Calls `smtp.next(in, now)`, of a server or a client, until the engine waits, and gives every event before that to
/// `handle`. A handler that cannot answer an event now returns false, which ends the loop; one that always can may
/// return nothing. The result is the last event: need_input, need_output, need_tls, closed, misuse (`in` was not what
/// it should be); need_reply of a server, need_answer of a client; or what `handle` has left open. Its texts live until
/// the next call of a non-const function of `smtp`.
template <class Engine, class Handler>
[[nodiscard("it says what the session waits for")]] constexpr auto pump(Engine& smtp, std::string_view& in, instant now,
                                                                        Handler&& handle) {
  for (;;) {
    auto const e = smtp.next(in, now);
    if (is_wait(e)) return e;
    if constexpr (std::is_void_v<decltype(handle(e))>) {
      handle(e);
    } else {
      if (!handle(e)) return e;
    }
  }
}

}  // namespace ehlo::inline v0
