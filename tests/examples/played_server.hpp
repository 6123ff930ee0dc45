// SPDX-License-Identifier: BSL-1.0
// A server whose part the test plays, for tests of clients.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "process.hpp"

namespace test {

class played_server {
 public:
  played_server() : listener_{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    std::signal(SIGPIPE, SIG_IGN);  // what is said to a client that has gone is lost, no more
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_.number(), generic, size) != 0 || listen(listener_.number(), 8) != 0) std::abort();
    getsockname(listener_.number(), generic, &size);
    port = ntohs(address.sin_port);
  }
  /// The next connection, up to the answer to EHLO, which is one line for each of the keywords.
  descriptor greet(strings const& keywords = {}) const {
    descriptor d = accept();
    d.write("220 mx.example.org\r\n");
    hear(d, "EHLO " + client + "\r\n");
    d.write("250-mx.example.org\r\n");
    for (std::string const& k : keywords) d.write("250-" + k + "\r\n");
    d.write("250 HELP\r\n");
    return d;
  }
  descriptor accept() const {
    pollfd ready{listener_.number(), POLLIN, 0};
    return descriptor{poll(&ready, 1, patience) == 1 ? ::accept(listener_.number(), nullptr, nullptr) : -1};
  }
  static void hear(descriptor const& d, std::string_view command) { EXPECT_EQ(d.read_line(), command); }
  static void hear(descriptor const& d, std::string_view command, std::string_view answer) {
    hear(d, command);
    d.write(answer);
  }
  /// MAIL, RCPT and DATA of a message from a to b.
  static void take_envelope(descriptor const& d) {
    EXPECT_TRUE(d.read_line().starts_with("MAIL FROM:<a@client.test>"));
    d.write("250 2.1.0 sender\r\n");
    hear(d, "RCPT TO:<b@mx.example.org>\r\n", "250 2.1.5 recipient\r\n");
    hear(d, "DATA\r\n", "354 go\r\n");
  }
  static void take_text(descriptor const& d) {
    for (std::string line = d.read_line(); !line.empty() && line != ".\r\n";) line = d.read_line();
  }

  std::uint16_t port = 0;
  std::string client = "client.test";

 private:
  descriptor listener_;
};

}  // namespace test
