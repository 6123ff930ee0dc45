// SPDX-License-Identifier: BSL-1.0
// Five thousand connections at once (a thousand under AddressSanitizer), all but one of them idle: they are served,
// cost little, and can be ended.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

#include "on_host.hpp"

namespace {

using namespace test;

/// The host inherits it.
bool may_open(std::size_t count) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < count) return false;
  if (limit.rlim_cur < count) limit.rlim_cur = count;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

class many_connections : public on_host {};
INSTANTIATE_TEST_SUITE_P(hosts, many_connections, testing::ValuesIn(built_hosts()), name_of);

TEST_P(many_connections, are_served_and_cost_little) {
  constexpr std::size_t count = sanitized ? 1000 : 5000;
  if (!may_open(count + 200)) GTEST_SKIP() << "no program may open so many files here (ulimit -Hn)";
  start();
  long const before = server().resident();
  std::vector<descriptor> all;
  while (all.size() != count) {
    std::size_t const first = all.size();
    while (all.size() != first + 100) all.push_back(connect());  // and not more than wait to be accepted
    for (std::size_t i = first; i != all.size(); ++i) {
      ASSERT_EQ(all[i].read_some(), greeting) << i;
      all[i].write(hello);
    }
    for (std::size_t i = first; i != all.size(); ++i)
      ASSERT_TRUE(all[i].read_some().ends_with("250 SMTPUTF8\r\n")) << i;
  }
  long const each = (server().resident() - before) * 1024 / static_cast<long>(count);
  std::printf("%s: %ld octets of memory for an idle session\n", GetParam().name.c_str(), each);
  EXPECT_TRUE(each <= 2048 || GetParam().smallest || sanitized) << each;
  serves_others();
  std::size_t const open = server().open_sockets();
  for (std::size_t i = 0; i != count / 2; ++i) all[i].write("QUIT\r\n");
  for (std::size_t i = 0; i != count / 2; ++i) ASSERT_EQ(all[i].read_some(), "221 2.0.0 closing\r\n") << i;
  all.erase(all.begin(), all.begin() + count / 2);
  EXPECT_TRUE(eventually([&] { return server().open_sockets() == open - count / 2; }));
  serves_others();
  server().signal(SIGTERM);
  for (descriptor const& d : all) ASSERT_EQ(d.read_all(), shutting_down);
  all.clear();
  EXPECT_EQ(server().finish().status, 0);
  expect_stored();
}

}  // namespace
