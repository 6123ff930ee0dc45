// SPDX-License-Identifier: BSL-1.0
// The smallest whole host: one SMTP session on standard input and output; what it accepts goes to standard error.
#include <ehlo/chrono.hpp>
#include <ehlo/server.hpp>

#include <poll.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

ehlo::instant now() { return ehlo::to_instant(std::chrono::steady_clock::now()); }

void flush(ehlo::server& smtp) {
  while (!smtp.output().empty()) {
    ssize_t const count = write(STDOUT_FILENO, smtp.output().data(), smtp.output().size());
    if (count <= 0) std::exit(1);
    smtp.sent(static_cast<std::size_t>(count));
  }
}

std::string_view receive(ehlo::server& smtp, std::span<char> buffer) {
  flush(smtp);
  pollfd peer{STDIN_FILENO, POLLIN, 0};
  int const patience = static_cast<int>(ehlo::time_until(smtp.deadline().at, now()).count());
  bool const spoke = poll(&peer, 1, patience) == 1;
  ssize_t const count = spoke ? read(STDIN_FILENO, buffer.data(), buffer.size()) : 0;
  if (!spoke) smtp.on_deadline(now());
  if (spoke && count <= 0) smtp.end_of_input(now(), count == 0);
  return {buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
}

bool is_ours(ehlo::path_view const& to, std::string_view domain) {  // taking mail for all makes an open relay
  return to.kind == ehlo::path_kind::postmaster || ehlo::equal_ignoring_case(to.domain, domain);
}

int main() {
  static constexpr ehlo::server_options options{.hostname = "mx.example.org", .max_message_size = 10'000'000};
  ehlo::server smtp{options, now()};
  char buffer[16384];
  std::string_view in;  // what was read and the engine has not used yet
  std::string message;
  for (;;) {
    ehlo::server_event const e = smtp.next(in, now());
    switch (e.type()) {
      using enum ehlo::event_type;
      case need_output: flush(smtp); break;
      case need_input: in = receive(smtp, buffer); break;
      case mail: smtp.accept(); break;
      case rcpt: is_ours(e.rcpt().to, options.hostname) ? smtp.accept() : smtp.reject({550, {5, 7, 1}}); break;
      case message_begin: message.clear(); break;
      case body: message += e.body(); break;
      case message_end: std::cerr << message ? smtp.accept("ours now") : smtp.reject({452, {4, 3, 1}}); break;
      case closed: return 0;
      default: break;  // a notice: nothing to answer
    }
  }
}
