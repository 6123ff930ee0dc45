// SPDX-License-Identifier: BSL-1.0
// The smallest whole server, with a thread for each connection, in clear text. What it accepts becomes a file in the
// folder, on the disk before the client is told so: ehlo-blocking-server PORT FOLDER [SECONDS OF PATIENCE]
#include <ehlo/chrono.hpp>
#include <ehlo/pump.hpp>
#include <ehlo/server.hpp>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <string>
#include <thread>

ehlo::server_options options{.hostname = "mx.example.org", .max_message_size = 10'000'000};  // put your own name here
std::string folder;
std::atomic<unsigned> sessions = 0, messages = 0;
int stop[2];  // a pipe: what is readable at its end [0] tells everybody that the service ends

ehlo::instant now() { return ehlo::to_instant(std::chrono::steady_clock::now()); }
int until(ehlo::instant t) { return static_cast<int>(ehlo::time_until(t, now()).count()); }

bool is_ours(ehlo::path_view const& to) {  // taking mail for all makes an open relay
  return to.kind == ehlo::path_kind::postmaster || ehlo::equal_ignoring_case(to.domain, options.hostname);
}

bool store(std::string_view message) {
  std::string const name = std::to_string(getpid()) + "-" + std::to_string(++messages), draft = folder + "/." + name;
  std::FILE* const file = std::fopen(draft.c_str(), "wbx");
  if (file == nullptr) return false;
  bool stored = std::fwrite(message.data(), 1, message.size(), file) == message.size();
  stored = std::fflush(file) == 0 && fsync(fileno(file)) == 0 && stored;
  std::fclose(file);
  return stored && std::rename(draft.c_str(), (folder + "/" + name).c_str()) == 0;
}

void answer(ehlo::server& smtp, ehlo::server_event const& e, std::string& message) {
  switch (e.type()) {
    using enum ehlo::event_type;
    case mail: smtp.accept(); break;
    case rcpt: is_ours(e.rcpt().to) ? smtp.accept() : smtp.reject({550, {5, 7, 1}}); break;
    case message_begin: message.clear(); break;
    case body: message += e.body(); break;
    case message_end: store(message) ? smtp.accept("ours now") : smtp.reject({452, {4, 3, 1}}); break;
    default: break;  // a notice: nothing to answer
  }
}

void serve(int client) {
  ehlo::server smtp{options, now()};
  char buffer[16384];
  std::string_view in;  // what was read and the engine has not used yet
  std::string message;
  auto const answers = [&](ehlo::server_event const& e) { answer(smtp, e, message); };
  for (int stop_end = stop[0]; ehlo::pump(smtp, in, now(), answers).type() != ehlo::event_type::closed;) {
    std::string_view const out = smtp.output();
    pollfd ready[]{{client, static_cast<short>(out.empty() ? POLLIN : POLLOUT), 0}, {stop_end, POLLIN, 0}};
    if (poll(ready, 2, until(smtp.deadline().at)) == 0) smtp.on_deadline(now());
    if (ready[1].revents != 0) smtp.shutdown(), stop_end = -1;
    if (ready[0].revents == 0) continue;
    ssize_t const count = out.empty() ? read(client, buffer, sizeof buffer)
                                      : send(client, out.data(), out.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count <= 0) smtp.end_of_input(now(), count == 0);
    if (count > 0 && out.empty()) in = {buffer, static_cast<std::size_t>(count)};
    if (count > 0 && !out.empty()) smtp.sent(static_cast<std::size_t>(count));
  }
  shutdown(client, SHUT_WR);  // closed while input waits, the connection would be reset, and the last reply lost
  pollfd last{client, POLLIN, 0};
  for (ehlo::instant const end = now() + ehlo::one_second; poll(&last, 1, until(end)) == 1;)
    if (read(client, buffer, sizeof buffer) <= 0) break;
  close(client);
  --sessions;
}

int main(int count, char** args) {
  if (count < 3 || pipe(stop) != 0) return 2;
  folder = args[2];
  if (count > 3) options.command_timeout = options.data_timeout = options.write_timeout = 1000 * std::stol(args[3]);
  std::signal(SIGTERM, [](int) { close(stop[1]); });
  sockaddr_in address{AF_INET, htons(static_cast<in_port_t>(std::stoi(args[1]))), {htonl(INADDR_LOOPBACK)}, {}};
  socklen_t size = sizeof address;
  int const listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener, SOMAXCONN) != 0) return 1;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::fprintf(stderr, "listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
  for (pollfd ready[]{{listener, POLLIN, 0}, {stop[0], POLLIN, 0}}; ready[1].revents == 0;) {
    if (poll(ready, 2, -1) < 0 || ready[0].revents == 0) continue;
    int const client = accept(listener, nullptr, nullptr);
    if (client < 0) poll(nullptr, 0, 100);  // no descriptor is free: somebody has to leave first
    if (client >= 0) ++sessions, std::thread{serve, client}.detach();
  }
  close(listener);
  for (ehlo::instant const end = now() + 3 * ehlo::one_second; sessions != 0 && now() < end;) poll(nullptr, 0, 10);
  _exit(0);  // what has not been stored by now was not promised to anybody
}
