// SPDX-License-Identifier: BSL-1.0
// ehlo-send for its tests: started with options.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "played_server.hpp"
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
