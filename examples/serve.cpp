// SPDX-License-Identifier: BSL-1.0
// ehlo-serve: a whole host around the server engine, on POSIX poll(). One session on standard input and output, or any
// number of connections (connection.hpp), with TLS if it has a certificate (tls.hpp); what it accepts goes into a
// Maildir (maildir.hpp). Options: serve_options.hpp, or --help.
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connection.hpp"
#include "maildir.hpp"
#include "serve_options.hpp"
#include "tls.hpp"

namespace {

using ehlo::instant;
using serve::never, serve::now;

constexpr ehlo::milliseconds shutdown_time = 3 * ehlo::one_second;

std::string address_of(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  char host[NI_MAXHOST] = "?";
  char port[NI_MAXSERV] = "?";
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (getsockname(socket, generic, &size) == 0)
    getnameinfo(generic, size, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
  std::string const name = host;
  return (name.find(':') == std::string::npos ? name : "[" + name + "]") + ":" + port;
}

/// `ADDRESS:PORT`, an IPv6 address in brackets.
int listen_on(std::string_view where) {
  std::size_t const colon = where.rfind(':');
  if (colon == std::string_view::npos) serve::fail(2, "--listen: '", where, "' is not ADDRESS:PORT");
  std::string host{where.substr(0, colon)};
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (host.empty() || getaddrinfo(host.c_str(), std::string{where.substr(colon + 1)}.c_str(), &hints, &found) != 0)
    serve::fail(2, "--listen: '", where, "' is not ADDRESS:PORT with a numeric address");
  int const listener = socket(found->ai_family, SOCK_STREAM, 0);
  int const yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (listener < 0 || bind(listener, found->ai_addr, found->ai_addrlen) != 0 || listen(listener, SOMAXCONN) != 0)
    serve::fail(1, "--listen ", where, ": ", std::strerror(errno));
  freeaddrinfo(found);
  fcntl(listener, F_SETFL, O_NONBLOCK);
  serve::say("listening on ", address_of(listener));
  return listener;
}

// SIGTERM and SIGINT: through a pipe, so that no signal falls between a test and poll().
int stop_pipe[2];
extern "C" void on_stop(int) {
  int const saved = errno;
  if (write(stop_pipe[1], "", 1) < 0) {
  }  // it is full: then it is known already
  errno = saved;
}

void set_signals() {
  if (pipe(stop_pipe) != 0) serve::fail(1, "pipe: ", std::strerror(errno));
  for (int const end : stop_pipe) fcntl(end, F_SETFL, O_NONBLOCK);
  struct sigaction action {};
  action.sa_handler = on_stop;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

class loop {
 public:
  loop(serve::options const& options, serve::maildir& box, tls::context const* certificate, int listener)
      : options_{options}, box_{box}, certificate_{certificate}, listener_{listener} {
    if (options.stdio) open_.emplace_back(options, box, certificate, STDIN_FILENO, STDOUT_FILENO, "");
  }

  void run() {
    while (listener_ >= 0 || !open_.empty()) {
      wait();
      if (polled_[0].revents != 0) stop();
      if (polled_[1].revents != 0) accept_all();
      if (now() >= end_) return;
    }
  }

 private:
  void wait() {
    bool const accepting = now() >= accept_again_;
    polled_.assign({{stopping() ? -1 : stop_pipe[0], POLLIN, 0}, {accepting ? listener_ : -1, POLLIN, 0}});
    instant next = (std::min)(end_, accepting ? never : accept_again_);
    for (serve::connection const& c : open_) {
      c.add_to(polled_);
      next = (std::min)(next, c.due());
    }
    ehlo::milliseconds const timeout =
        next == never ? -1 : (std::clamp<ehlo::milliseconds>)(next - now(), 0, 3'600'000);
    if (poll(polled_.data(), static_cast<nfds_t>(polled_.size()), static_cast<int>(timeout)) < 0)
      for (pollfd& p : polled_) p.revents = 0;
    pollfd const* polled = polled_.data() + 2;
    for (auto c = open_.begin(); c != open_.end();) {
      c->proceed(polled, buffer_);
      c = c->done() ? open_.erase(c) : std::next(c);
    }
  }

  void accept_all() {
    while (listener_ >= 0) {
      int const socket = accept(listener_, nullptr, nullptr);
      if (socket < 0) {
        // Without a free descriptor the connection stays in the queue: it is tried again, but not at once.
        if (!serve::would_block() && errno != ECONNABORTED) accept_again_ = now() + ehlo::one_second;
        return;
      }
      if (options_.once) stop_listening();
      int const yes = 1;
      fcntl(socket, F_SETFL, O_NONBLOCK);
      setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      open_.emplace_back(options_, box_, certificate_, socket, socket, "#" + std::to_string(++count_) + " ");
    }
  }

  void stop_listening() {
    if (listener_ >= 0) close(std::exchange(listener_, -1));
  }
  [[nodiscard]] bool stopping() const { return end_ != never; }
  void stop() {
    end_ = now() + shutdown_time;
    stop_listening();
    for (serve::connection& c : open_) c.stop();
    open_.remove_if([](serve::connection const& c) { return c.done(); });
  }

  serve::options const& options_;
  serve::maildir& box_;
  tls::context const* certificate_;
  std::list<serve::connection> open_;
  std::vector<pollfd> polled_;
  std::array<char, serve::stream::least_buffer> buffer_{};
  int listener_;
  unsigned count_ = 0;
  instant accept_again_{};
  instant end_ = never;  ///< when the shutdown stops waiting
};

}  // namespace

int main(int count, char** arguments) {
  serve::options const options = serve::parse_arguments(count, arguments);
  umask(077);
  serve::maildir box;
  if (!options.maildir.empty() && !box.open(options.maildir, options.smtp.hostname))
    serve::fail(1, "--maildir ", options.maildir, ": ", std::strerror(errno));
  std::optional<tls::context> certificate;
  if (!options.certificate.empty()) {
    certificate = tls::context::for_server(options.certificate, options.key);
    if (!certificate->error().empty()) serve::fail(1, certificate->error());
  }
  set_signals();
  int const listener = options.stdio ? -1 : listen_on(options.listen);
  if (!box.is_open()) serve::say("ehlo-serve: no --maildir: messages are accepted and thrown away");
  loop{options, box, certificate ? &*certificate : nullptr, listener}.run();
}
