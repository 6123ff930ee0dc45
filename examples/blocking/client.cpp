// SPDX-License-Identifier: BSL-1.0
// The smallest whole client: sends the message on standard input, in clear text: ehlo-blocking-client HOST PORT FROM TO
#include <ehlo/chrono.hpp>
#include <ehlo/client.hpp>
#include <ehlo/pump.hpp>

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <iostream>
#include <iterator>
#include <utility>

ehlo::instant now() { return ehlo::to_instant(std::chrono::steady_clock::now()); }

int connect_to(char const* host, char const* port) {
  addrinfo hints{}, *all = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  if (getaddrinfo(host, port, &hints, &all) != 0) return -1;
  int server = -1;
  for (addrinfo const* a = all; a != nullptr && server < 0; a = a->ai_next) {
    server = socket(a->ai_family, SOCK_STREAM, 0);
    if (connect(server, a->ai_addr, a->ai_addrlen) == 0) continue;
    close(server);
    server = -1;
  }
  freeaddrinfo(all);
  return server;
}

int main(int argument_count, char** arguments) {
  int const server = argument_count == 5 ? connect_to(arguments[1], arguments[2]) : -1;
  if (server < 0) return 75;
  static constexpr ehlo::client_options options{.hostname = "client.example.org",  // put your own here
                                                .tls = ehlo::tls_policy::never,
                                                .newline = ehlo::bare_newline::normalize};  // LF becomes CRLF
  std::string const text{std::istreambuf_iterator<char>{std::cin}, {}};
  ehlo::recipient to{.path = arguments[4]};
  ehlo::envelope message{.from = arguments[3], .to = {&to, 1}};
  ehlo::client smtp{options, now()};
  char buffer[16384];
  std::string_view in;  // what was read and the engine has not used yet
  bool begun = false;
  auto const handle = [&](ehlo::client_event const& e) {
    switch (e.type()) {
      using enum ehlo::client_event_type;
      case ready:
        if (std::exchange(begun, true) || smtp.submit(message) != ehlo::errc::ok) smtp.quit();
        break;
      case need_body: (void)smtp.body(text, true); break;
      case reply: std::cout << e.reply().raw(); break;
      default: break;
    }
  };
  while (ehlo::pump(smtp, in, now(), handle).type() != ehlo::client_event_type::closed) {
    bool const writes = !smtp.output().empty();
    pollfd ready{server, static_cast<short>(writes ? POLLOUT : POLLIN), 0};
    auto const patience = ehlo::time_until(smtp.deadline().at, now());
    if (poll(&ready, 1, static_cast<int>(patience.count())) != 1) {
      smtp.on_deadline(now());
      continue;
    }
    std::string_view const out = writes ? smtp.output().front() : "";  // sendmsg() would take all of output()
    ssize_t const count = writes ? send(server, out.data(), out.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                 : read(server, buffer, sizeof buffer);
    if (count <= 0)
      smtp.end_of_input(now(), count == 0);
    else if (writes)
      smtp.sent(static_cast<std::size_t>(count));
    else
      in = {buffer, static_cast<std::size_t>(count)};
  }
  return to.state == ehlo::outcome::delivered ? 0 : 75;
}
