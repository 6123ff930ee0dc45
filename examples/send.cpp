// SPDX-License-Identifier: BSL-1.0
// ehlo-send: a whole host around the client engine, on POSIX poll(). It sends messages from files (send_message.hpp) on
// one connection (send_stream.hpp), with TLS if it may (send_session.hpp), follows the engine's advice (delivery.hpp),
// and reports what became of each recipient (send_report.hpp). Options: send_options.hpp, or --help.
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "send_options.hpp"
#include "send_queue.hpp"
#include "send_session.hpp"
#include "send_stream.hpp"
#include "tls.hpp"

namespace {

using namespace sending;

void read(stream& from, session& to, std::span<char> buffer) {
  std::string_view const octets = from.read(buffer, to.deadline());
  if (!octets.empty())
    to.received(octets);
  else if (from.ended())
    to.end_of_input(!from.broken(), now());
  else
    to.on_deadline(now());
}

void write(session& from, stream& to) {
  std::size_t const count = to.write(from.output(), from.deadline());
  if (count != 0)
    from.sent(count);
  else if (to.broken())
    from.write_failed(now());
  else
    from.on_deadline(now());
}

/// One connection from the greeting to QUIT.
void use(send_queue& all, tls::context const* context, int in, int out) {
  stream connection{in, out};
  session one{all, context, now()};
  std::array<char, 16384> buffer;
  for (;;) {
    task const what = one.next(now());
    if (what == task::close) return;
    what == task::read ? read(connection, one, buffer) : write(one, connection);
  }
}

void connect_and_use(send_queue& all, tls::context const* context) {
  if (all.o.stdio) return use(all, context, STDIN_FILENO, STDOUT_FILENO);
  connection_attempt const tried = connect_to(all.o.host, all.o.port, all.o.connect_timeout);
  if (tried.socket < 0) return all.not_connected(tried.error, tried.permanent);
  all.note("connected to " + tried.where);
  use(all, context, tried.socket, tried.socket);
}

}  // namespace

int main(int count, char** arguments) {
  options o;
  parse_arguments(o, count, arguments);
  std::signal(SIGPIPE, SIG_IGN);
  send_queue all{o};
  std::optional<tls::context> const context = tls_context(o);
  while (all.wants_connection()) connect_and_use(all, context ? &*context : nullptr);
  return all.finish();
}
