// SPDX-License-Identifier: BSL-1.0
// More commands than sockets hold, each with a reply of its own, for a client that does not read them.
#pragma once

#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "process.hpp"

namespace test {

/// Chunks of different sizes: their replies count the octets so far, and no limit on idle commands stands in the way.
struct flood {
  flood() {
    for (unsigned i = 0; i != 100'000; ++i) {
      std::size_t const size = 1 + i * 2654435761U % 9973 % 90;
      std::string const number = std::to_string(size);
      std::string const chunk(size, static_cast<char>('a' + i % 26));
      commands += "BDAT " + number + "\r\n" + chunk;
      message += chunk;
      replies += "250 2.0.0 " + std::to_string(message.size()) + " octets received\r\n";
    }
  }
  std::string commands, replies, message;
};

/// For a connection that holds little on both sides: what the kernel keeps for the other one grows with the segments.
inline descriptor narrow_socket() {
  descriptor d = tcp_socket();
  int const buffer = 20'000, segment = 1400;
  setsockopt(d.number(), SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  setsockopt(d.number(), SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
  setsockopt(d.number(), IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
  return d;
}

/// How much has gone when nothing more goes for a while.
inline std::size_t write_until_stuck(descriptor const& d, std::string_view text) {
  std::size_t taken = 0;
  pollfd ready{d.number(), POLLOUT, 0};
  while (taken != text.size() && poll(&ready, 1, 500) == 1) {
    ssize_t const count = send(d.number(), text.data() + taken, text.size() - taken, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0) break;
    taken += static_cast<std::size_t>(count);
  }
  return taken;
}

/// Both at the same time, to the end of input.
inline std::string write_and_read(descriptor const& d, std::string_view text) {
  std::string all;
  for (;;) {
    pollfd ready{d.number(), static_cast<short>(text.empty() ? POLLIN : POLLIN | POLLOUT), 0};
    if (poll(&ready, 1, patience) != 1) return all;
    if ((ready.revents & POLLOUT) != 0) {
      ssize_t const count = send(d.number(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
    }
    if ((ready.revents & ~POLLOUT) == 0) continue;
    std::string const piece = d.read_some();
    if (piece.empty()) return all;
    all += piece;
  }
}

}  // namespace test
