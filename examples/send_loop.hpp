// SPDX-License-Identifier: BSL-1.0
// One connection from the greeting to QUIT, by waiting: what a session (send_session.hpp) asks for is done on a stream.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "delivery.hpp"
#include "send_stream.hpp"

namespace sending {

template <class Session>
void read(stream& from, Session& to, std::span<char> buffer) {
  std::string_view const octets = from.read(buffer, to.deadline());
  if (!octets.empty())
    to.received(octets);
  else if (from.ended())
    to.end_of_input(!from.broken(), now());
  else
    to.on_deadline(now());
}

template <class Session>
void write(Session& from, stream& to) {
  std::size_t const count = to.write(from.output(), from.deadline());
  if (count != 0)
    from.sent(count);
  else if (to.broken())
    from.write_failed(now());
  else
    from.on_deadline(now());
}

template <class Session>
void converse(Session& one, stream& connection) {
  std::array<char, 16384> buffer;
  for (;;) {
    task const what = one.next(now());
    if (what == task::close) return;
    what == task::read ? read(connection, one, buffer) : write(one, connection);
  }
}

}  // namespace sending
