// SPDX-License-Identifier: BSL-1.0
// A name server that a test plays: it answers when the test says so, or not at all.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "process.hpp"

namespace test {

/// What TXT records say; a name that is not here does not exist, and one whose text is `-` is not to be had.
using zone = std::map<std::string, std::string, std::less<>>;

class played_dns {
 public:
  played_dns() : socket_{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(socket_.number(), reinterpret_cast<sockaddr*>(&address), size);
    getsockname(socket_.number(), reinterpret_cast<sockaddr*>(&address), &size);
    place = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  std::string place;

  /// The name that is asked for next; empty if nobody asks for too long.
  std::string next() {
    if (!socket_.is_readable(patience)) return {};
    char octets[512];
    socklen_t size = sizeof from_;
    ssize_t const count =
        recvfrom(socket_.number(), octets, sizeof octets, 0, reinterpret_cast<sockaddr*>(&from_), &size);
    query_.assign(octets, count > 0 ? static_cast<std::size_t>(count) : 0);
    std::string name;
    std::size_t at = 12;
    while (at < query_.size() && query_[at] != 0) {
      name.append(name.empty() ? "" : ".").append(query_, at + 1, static_cast<unsigned char>(query_[at]));
      at += 1U + static_cast<unsigned char>(query_[at]);
    }
    query_.resize(at + 5);  // without what stands behind the question
    return name;
  }
  /// To the last question.
  void answer(std::string_view text) const {
    bool const has_text = !text.empty() && text != "-";
    std::string_view const code = has_text ? "\x80" : text == "-" ? "\x82" : "\x83";
    std::string all = query_.substr(0, 2).append("\x81").append(code) + number(1) + number(has_text ? 1 : 0) +
                      number(0) + number(0) + query_.substr(12);
    std::string data;
    for (std::string_view rest = text; has_text && !rest.empty(); rest.remove_prefix((std::min)(rest.size(), most))) {
      std::string_view const part = rest.substr(0, most);
      data += static_cast<char>(part.size());
      data += part;
    }
    if (has_text) all += "\xC0\x0C" + number(16) + number(1) + number(0) + number(60) + number(data.size()) + data;
    sendto(socket_.number(), all.data(), all.size(), 0, reinterpret_cast<sockaddr const*>(&from_), sizeof from_);
  }

  /// Answers until the client has something to read, and reads it: a reply.
  std::string reply_to(descriptor const& client, zone const& known) {
    while (true) {
      pollfd ready[]{{client.number(), POLLIN, 0}, {socket_.number(), POLLIN, 0}};
      if (poll(ready, 2, patience) <= 0) return "nothing happens";
      if (ready[0].revents != 0) return client.read_reply();
      auto const found = known.find(next());
      answer(found == known.end() ? "" : found->second);
    }
  }

 private:
  static constexpr std::size_t most = 255;
  static std::string number(std::size_t n) { return {static_cast<char>(n >> 8U), static_cast<char>(n)}; }

  descriptor socket_;
  sockaddr_in from_{};
  std::string query_;
};

}  // namespace test
