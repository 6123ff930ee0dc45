// SPDX-License-Identifier: BSL-1.0
// A message that comes too slowly is given up after ten minutes, and no sooner (RFC 5321 4.5.3.2). All hosts at once.
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <list>
#include <string>
#include <vector>

#include "on_host.hpp"

namespace {

using namespace test;

/// One octet each time, until the host answers, or all is said.
void say_slowly(descriptor const& d, std::string const& text, int pause) {
  d.write(hello + transaction + "DATA\r\n");
  for (int replies = 0; replies != 5; ++replies) (void)d.read_reply();
  for (char const& c : text) {
    if (d.is_readable(pause)) return;
    d.write({&c, 1});
  }
}

TEST(minimum_rate, of_an_octet_a_second_is_asked_for) {
  if (std::getenv("EHLO_LONG_TESTS") == nullptr) GTEST_SKIP() << "takes eleven minutes: set EHLO_LONG_TESTS to run it";
  folder const dir;
  std::list<running> servers;
  std::vector<std::function<void()>> clients;
  std::string const long_text = std::string(1318, 'x') + "\r\n";
  for (host const& h : built_hosts()) {
    running const& server = servers.emplace_back(h, dir / h.name, 0);
    clients.emplace_back([&server, name = h.name] {
      stopwatch const since;
      descriptor const d = connect_to(server.port);
      say_slowly(d, std::string(1000, 'x'), 1250);
      EXPECT_EQ(d.read_all(), "421 4.4.2 data comes too slowly\r\n") << name;
      expect_deadline(since, 600, name);
    });
    clients.emplace_back([&server, &long_text, name = h.name] {
      descriptor const d = connect_to(server.port);
      say_slowly(d, long_text + ".\r\n", 500);
      EXPECT_TRUE(d.read_reply().starts_with("250 ")) << name;
    });
  }
  together(clients);
  for (running const& server : servers) EXPECT_EQ(server.stored(), strings{long_text});
}

}  // namespace
