// SPDX-License-Identifier: BSL-1.0
// What the loops of this folder share of sockets and signals: where connections come from, and when it is time to stop.
#pragma once

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "ehlo/chrono.hpp"
#include "serve_options.hpp"

namespace serve {

inline constexpr ehlo::milliseconds shutdown_time = 3 * ehlo::one_second;
inline constexpr ehlo::instant never{INT64_MAX};

inline ehlo::instant now() { return ehlo::to_instant(std::chrono::steady_clock::now()); }

inline bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

struct address {
  std::string host = "?", port = "?";
  [[nodiscard]] std::string text() const {
    return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + port;
  }
};

inline address name_of(sockaddr_storage const& where) {
  char host[NI_MAXHOST], port[NI_MAXSERV];
  auto const* const generic = reinterpret_cast<sockaddr const*>(&where);
  if (getnameinfo(generic, sizeof where, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return {};
  return {host, port};
}
inline address local_address(int socket) {
  sockaddr_storage where{};
  socklen_t size = sizeof where;
  return getsockname(socket, reinterpret_cast<sockaddr*>(&where), &size) == 0 ? name_of(where) : address{};
}
inline address peer_address(int socket) {
  sockaddr_storage where{};
  socklen_t size = sizeof where;
  return getpeername(socket, reinterpret_cast<sockaddr*>(&where), &size) == 0 ? name_of(where) : address{};
}

/// A socket that listens at `ADDRESS:PORT` (an IPv6 address in brackets) and does not block. Several of them may share
/// the place with `reuse_port`; the kernel gives each its part of the connections.
inline int listen_on(std::string_view where, bool reuse_port = false) {
  std::size_t const colon = where.rfind(':');
  if (colon == std::string_view::npos) fail(2, "--listen: '", where, "' is not ADDRESS:PORT");
  std::string host{where.substr(0, colon)};
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (host.empty() || getaddrinfo(host.c_str(), std::string{where.substr(colon + 1)}.c_str(), &hints, &found) != 0)
    fail(2, "--listen: '", where, "' is not ADDRESS:PORT with a numeric address");
  int const listener = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int const yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (reuse_port) setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
  if (listener < 0 || bind(listener, found->ai_addr, found->ai_addrlen) != 0 || listen(listener, SOMAXCONN) != 0)
    fail(1, "--listen ", where, ": ", std::strerror(errno));
  freeaddrinfo(found);
  return listener;
}

inline void send_at_once(int socket) {
  int const yes = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

/// SIGTERM and SIGINT make a pipe readable, so that none falls between a look and a wait. Nobody reads from it: every
/// loop sees it.
class stop_signal {
 public:
  stop_signal() {
    if (pipe(ends_) != 0) fail(1, "pipe: ", std::strerror(errno));
    for (int const end : ends_) fcntl(end, F_SETFL, O_NONBLOCK);
    struct sigaction action {};
    action.sa_handler = [](int) {
      int const saved = errno;
      if (write(ends_[1], "", 1) < 0) {
      }  // it is full: then it is known already
      errno = saved;
    };
    sigaction(SIGTERM, &action, nullptr);
    sigaction(SIGINT, &action, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }
  [[nodiscard]] int descriptor() const { return ends_[0]; }

 private:
  static inline int ends_[2];
};

}  // namespace serve
