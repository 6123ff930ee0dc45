// SPDX-License-Identifier: BSL-1.0
// ehlo-send: a whole host around the client engine, on POSIX poll(). It sends messages from files (send_message.hpp) on
// one connection (send_stream.hpp), with TLS if it may (send_session.hpp), follows the engine's advice (delivery.hpp),
// reports what became of each recipient (send_report.hpp), and what a failure means (send_diagnosis.hpp). Or it looks
// at a server, and sends nothing (probe.hpp). Options: send_options.hpp, or --help.
#include <unistd.h>

#include <csignal>
#include <optional>

#include "probe_report.hpp"
#include "send_loop.hpp"
#include "send_options.hpp"
#include "send_queue.hpp"
#include "send_session.hpp"
#include "send_stream.hpp"
#include "tls.hpp"

namespace {

using namespace sending;

void use(send_queue& all, tls::context const* context, int in, int out) {
  stream connection{in, out};
  session one{all, context, now()};
  converse(one, connection);
}

void connect_and_use(send_queue& all, tls::context const* context) {
  if (all.o.stdio) return use(all, context, STDIN_FILENO, STDOUT_FILENO);
  connection_attempt const tried = connect_to(all.o.host, all.o.port, all.o.connect_timeout);
  if (tried.socket < 0) return all.not_connected(tried.error, tried.failure);
  all.note("connected to " + tried.where);
  use(all, context, tried.socket, tried.socket);
}

}  // namespace

int main(int count, char** arguments) {
  options o;
  parse_arguments(o, count, arguments);
  std::signal(SIGPIPE, SIG_IGN);
  std::optional<tls::context> const context = tls_context(o);
  if (o.probe) return probe(o, context ? &*context : nullptr);
  send_queue all{o};
  while (all.wants_connection()) connect_and_use(all, context ? &*context : nullptr);
  return all.finish();
}
