// SPDX-License-Identifier: BSL-1.0
// SIGTERM at every place of a session: 421 4.3.2 at the next place between two replies (RFC 5321 3.8), nothing lost
// that was answered 250, and an end that no client can put off.
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "on_host.hpp"

namespace {

using namespace test;

class shutting_down_host : public on_host {
 protected:
  void expect_end(stopwatch const& since, milliseconds limit) {
    EXPECT_EQ(server().finish().status, 0);
    EXPECT_LE(since.elapsed(), limit);
  }
};
INSTANTIATE_TEST_SUITE_P(hosts, shutting_down_host, testing::ValuesIn(built_hosts()), name_of);

TEST_P(shutting_down_host, says_so_to_everybody_and_waits_for_nobody) {
  start();
  std::string const text = will_store("complete\r\n");
  struct {
    std::string_view where;
    descriptor peer;
  } const clients[]{{"behind the greeting", behind({})},
                    {"in a transaction", behind({hello, mail_from, rcpt_to})},
                    {"in a command", behind({hello, mail_from})},
                    {"in DATA", behind_data()},
                    {"in BDAT", behind({hello, mail_from, rcpt_to})},
                    {"between chunks", behind({hello, mail_from, rcpt_to, "BDAT 4\r\nhalf"})},
                    {"behind a message", behind({hello, mail_from, rcpt_to, "DATA\r\n", text + ".\r\n"})}};
  clients[2].peer.write("RCPT TO:<b@mx");
  clients[3].peer.write("half a message\r\n");
  clients[4].peer.write("BDAT 100 LAST\r\nhalf");
  flood const more;
  descriptor const deaf = behind({hello, mail_from, rcpt_to}, connect_narrow());
  ASSERT_LT(write_until_stuck(deaf, more.commands), more.commands.size());
  stopwatch const since;
  server().signal(SIGTERM);
  for (auto const& c : clients) EXPECT_EQ(c.peer.read_all(), shutting_down) << c.where;
  // They have not closed their side, and need not; nor has the one that does not read to be waited for, for long.
  expect_end(since, shutdown_time + tardiness);
  expect_stored();
}

TEST_P(shutting_down_host, loses_no_message_that_was_answered) {
  start();
  std::atomic<int> answered = 0;
  std::mutex one_at_a_time;
  auto const send_on = [&](std::string const& client) {
    descriptor const d = behind({hello});
    for (int i = 0;; ++i) {
      std::string const text = client + " " + std::to_string(i) + " " + std::string(3000, 'x') + "\r\n";
      // The text does not wait for 354, so that the signal meets it on its way, too.
      d.write(transaction + "DATA\r\n" + text + ".\r\n");
      std::string reply;
      for (char const* const code : {"250", "250", "354", "250"})
        if (reply = d.read_reply(); !reply.starts_with(code)) {
          EXPECT_EQ(reply, shutting_down) << client;
          EXPECT_EQ(d.read_all(), "") << client;
          return;
        }
      std::scoped_lock const lock{one_at_a_time};
      will_store(text);
      ++answered;
    }
  };
  stopwatch since;
  together({
      [&] { send_on("first"); },
      [&] { send_on("second"); },
      [&] { send_on("third"); },
      [&] {
        EXPECT_TRUE(eventually([&] { return answered >= 20; }));
        since = {};
        server().signal(SIGTERM);
      },
  });
  expect_end(since, shutdown_time + tardiness);
  expect_stored();
}

}  // namespace
