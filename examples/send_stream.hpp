// SPDX-License-Identifier: BSL-1.0
// A connection to a server that can be waited for until a deadline: the same calls for a socket and for two
// descriptors.
#pragma once

#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "ehlo/chrono.hpp"
#include "send_diagnosis.hpp"

namespace sending {

inline ehlo::instant now() { return ehlo::to_instant(std::chrono::steady_clock::now()); }

/// Waits until the descriptor is ready; false: it is too late.
inline bool wait_for(int descriptor, short events, ehlo::instant until) {
  for (;;) {
    constexpr ehlo::milliseconds hour = 60 * ehlo::one_minute;
    ehlo::milliseconds const left = (std::clamp<ehlo::milliseconds>)(until - now(), 0, hour);
    pollfd one{descriptor, events, 0};
    int const ready = poll(&one, 1, static_cast<int>(left));
    if (ready > 0) return true;
    if (ready == 0 && now() >= until) return false;
  }
}

/// Two descriptors of any kind, or one socket that does not block.
class stream {
 public:
  stream(int in, int out) : in_{in}, out_{out} {}
  stream(stream const&) = delete;
  stream& operator=(stream const&) = delete;
  ~stream() {
    if (in_ == out_ && in_ >= 0) close(in_);
  }

  /// The peer will send nothing more.
  [[nodiscard]] bool ended() const { return ended_; }
  /// Nothing reaches it any more. What it said before may still be there to read.
  [[nodiscard]] bool broken() const { return broken_; }

  /// What comes until then, in the buffer. Empty: it is too late, or the stream has ended().
  std::string_view read(std::span<char> buffer, ehlo::instant until) {
    while (!ended_ && wait_for(in_, POLLIN, until)) {
      ssize_t const count = ::read(in_, buffer.data(), buffer.size());
      if (count > 0) return {buffer.data(), static_cast<std::size_t>(count)};
      ended_ = count == 0 || !would_block();
      broken_ = broken_ || (count < 0 && ended_);
    }
    return {};
  }

  /// Sends some of the octets; says how many. Zero: it is too late, or the stream is broken().
  std::size_t write(std::span<std::string_view const> octets, ehlo::instant until) {
    std::array<iovec, 64> list;
    // A pipe may block, but not for this much when poll() says that it has room (pipe(7)).
    std::size_t room = in_ == out_ ? SIZE_MAX : std::size_t{PIPE_BUF};
    std::size_t entries = 0;
    for (; entries != octets.size() && entries != list.size() && room != 0; ++entries) {
      std::size_t const size = (std::min)(octets[entries].size(), room);
      list[entries] = {const_cast<char*>(octets[entries].data()), size};
      room -= size;
    }
    while (!broken_ && wait_for(out_, POLLOUT, until)) {
      ssize_t const count = writev(out_, list.data(), static_cast<int>(entries));
      if (count > 0) return static_cast<std::size_t>(count);
      broken_ = count < 0 && !would_block();
    }
    return 0;
  }

 private:
  static bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

  int in_;
  int out_;
  bool ended_ = false;
  bool broken_ = false;
};

/// The result of a search for a server: a socket that does not block, or why there is none.
struct connection_attempt {
  int socket = -1;
  std::string where;  ///< its address, numeric
  std::string error;
  trace::transport_failure failure{};  ///< the last address's
};

inline std::string address_text(addrinfo const& a) {
  char host[NI_MAXHOST] = "?";
  char port[NI_MAXSERV] = "?";
  getnameinfo(a.ai_addr, a.ai_addrlen, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
  std::string const name = host;
  return (name.find(':') == std::string::npos ? name : "[" + name + "]") + ":" + port;
}

/// errno of the attempt; 0 if the connection is there.
inline int connect_within(int socket, addrinfo const& a, ehlo::milliseconds patience) {
  if (connect(socket, a.ai_addr, a.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  if (!wait_for(socket, POLLOUT, now() + patience)) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

/// Tries all addresses of the host in their order (RFC 6724) until one answers, each so long, and all no longer than
/// `until`.
inline connection_attempt connect_to(std::string const& host, std::string const& port, ehlo::milliseconds patience,
                                     ehlo::instant until = {INT64_MAX}) {
  connection_attempt tried;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (int const error = getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0) {
    tried.error = host + ":" + port + ": " + gai_strerror(error);
    tried.failure = failure_of_look_up(error);
    return tried;
  }
  for (addrinfo const* a = found; a != nullptr && tried.socket < 0; a = a->ai_next) {
    tried.where = address_text(*a);
    int const socket = ::socket(a->ai_family, SOCK_STREAM, 0);
    if (socket >= 0) fcntl(socket, F_SETFL, O_NONBLOCK);
    int const error = socket < 0 ? errno : connect_within(socket, *a, (std::min)(patience, until - now()));
    if (error == 0) {
      int const yes = 1;
      setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      tried.socket = socket;
      break;
    }
    if (socket >= 0) close(socket);
    tried.failure = failure_of(error);
    tried.error += (tried.error.empty() ? "" : "; ") + tried.where + ": " + std::strerror(error);
  }
  freeaddrinfo(found);
  return tried;
}

}  // namespace sending
