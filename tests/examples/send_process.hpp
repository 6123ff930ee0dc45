// SPDX-License-Identifier: BSL-1.0
// ehlo-send for its tests: started with options, and servers that the test plays itself.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "process.hpp"
#include "serve_process.hpp"

namespace test {

inline strings send_command(strings const& options) {
  strings all{EHLO_SEND, "--helo", "client.test"};
  all.insert(all.end(), options.begin(), options.end());
  return all;
}
inline strings operator+(strings a, strings const& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline strings to_port(std::uint16_t port) { return {"--to", "127.0.0.1:" + std::to_string(port)}; }
inline strings const from_a_to_b{"--from", "a@client.test", "--rcpt", "b@mx.example.org"};
inline std::string const b_has_it = ": b@mx.example.org: delivered: 250 2.0.0 ";

inline result send_to(std::uint16_t port, strings const& options, std::string_view input = {}) {
  return test::run(send_command(to_port(port) + options), input);
}

inline std::string write_file(std::string const& path, std::string_view octets) {
  std::ofstream{path, std::ios::binary} << octets;
  return path;
}

inline std::size_t count(std::string_view what, std::string_view text) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string_view::npos; at += what.size()) ++found;
  return found;
}

/// A server whose part the test plays.
class played_server {
 public:
  played_server() : listener_{socket(AF_INET, SOCK_STREAM, 0)} {
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
    hear(d, "EHLO client.test\r\n");
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

 private:
  descriptor listener_;
};

/// Whatever one program writes is the other's input, until neither writes any more.
inline void connect(process& a, process& b) {
  struct way {
    descriptor& from;
    descriptor& to;
    bool open = true;
  };
  std::array<way, 2> ways{{{a.out, b.in}, {b.out, a.in}}};
  while (ways[0].open || ways[1].open) {
    std::array<pollfd, 2> ready{};
    for (std::size_t i = 0; i != ways.size(); ++i) ready[i] = {ways[i].open ? ways[i].from.number() : -1, POLLIN, 0};
    ASSERT_GT(poll(ready.data(), ready.size(), patience), 0);
    for (std::size_t i = 0; i != ways.size(); ++i) {
      if (ready[i].revents == 0) continue;
      std::string const octets = ways[i].from.read_some();
      ways[i].open = !octets.empty() && ways[i].to.write(octets);
      if (!ways[i].open) ways[i].to.close();
    }
  }
}

}  // namespace test
