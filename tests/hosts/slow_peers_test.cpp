// SPDX-License-Identifier: BSL-1.0
// Clients that are slow to speak, or do not read what they are told (RFC 5321 4.5.3.2.7).
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <string_view>

#include "on_host.hpp"

namespace {

using namespace test;

class slow_client : public on_host {
 protected:
  static constexpr int pause = 250 * fair_patience;  // milliseconds

  /// An octet now and then, until something is answered, or all is said.
  static void trickle(descriptor const& d, std::string_view text) {
    for (char const c : text) {
      if (d.is_readable(pause)) return;
      d.write({&c, 1});
    }
  }
  /// What comes to a client that has said its last, which is due when the patience with it ends.
  static void expect_end(descriptor const& d, stopwatch const& since, std::string_view who) {
    EXPECT_EQ(d.read_all(), timeout) << who;
    expect_deadline(since, fair_patience, who);
  }
  void silent_behind(strings const& answered, std::string_view said, std::string_view who) {
    stopwatch const since;
    descriptor const d = behind(answered);
    d.write(said);
    expect_end(d, since, who);
  }
};
INSTANTIATE_TEST_SUITE_P(hosts, slow_client, testing::ValuesIn(built_hosts()), name_of);

TEST_P(slow_client, meets_its_deadline_unless_something_comes) {
  start(fair_patience);
  std::string const text = will_store("x\r\n"), chunk = will_store("slow\r\n");
  together({
      [&] { silent_behind({}, "", "silence behind the greeting"); },
      [&] {
        silent_behind({hello, mail_from}, "", "silence between commands");
      },
      [&] {
        silent_behind({hello, mail_from, rcpt_to, "DATA\r\n"}, "half", "silence in DATA");
      },
      [&] {
        silent_behind({hello, mail_from, rcpt_to, "DATA\r\n"}, "half\r\n.\r", "silence in the end of DATA");
      },
      [&] {
        silent_behind({hello, mail_from, rcpt_to}, "BDAT 100\r\nhalf", "silence in BDAT");
      },
      [&] {
        silent_behind({hello, mail_from, rcpt_to, "BDAT 4\r\nhalf"}, "", "silence between chunks");
      },
      [&] {
        // The octets that come are no reason to wait longer for the end of the line.
        stopwatch const since;
        descriptor const d = behind({});
        trickle(d, "NOOP and no end of it");
        expect_end(d, since, "one octet after the other of a command");
      },
      [&] {
        descriptor const d = behind({hello});
        for (int i = 0; i != 6; ++i) {
          EXPECT_FALSE(d.is_readable(pause)) << "commands that come slowly";
          d.write("NOOP\r\n");
          EXPECT_EQ(d.read_reply(), "250 2.0.0 ok\r\n");
        }
      },
      [&] {
        descriptor const d = behind_data();
        trickle(d, text + ".\r\n");
        EXPECT_TRUE(d.read_reply().starts_with("250 ")) << "DATA that comes slowly";
      },
      [&] {
        descriptor const d = behind({hello, mail_from, rcpt_to});
        d.write("BDAT 6 LAST\r\n");
        trickle(d, chunk);
        EXPECT_TRUE(d.read_reply().starts_with("250 ")) << "a chunk that comes slowly";
      },
  });
}

class peer_that_does_not_read : public on_host {
 protected:
  /// Writes whatever goes while somebody wants it; says when that was the last time.
  static milliseconds write_while(std::atomic<bool> const& wanted, stopwatch const& since, descriptor const& d,
                                  std::string_view octets) {
    milliseconds last{};
    pollfd ready{d.number(), POLLOUT, 0};
    while (wanted && !octets.empty()) {
      if (poll(&ready, 1, 50) != 1) continue;
      ssize_t const count = send(d.number(), octets.data(), octets.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count < 0) break;
      octets.remove_prefix(static_cast<std::size_t>(count));
      last = since.elapsed();
    }
    return last;
  }

  flood text;
};
INSTANTIATE_TEST_SUITE_P(hosts, peer_that_does_not_read, testing::ValuesIn(built_hosts()), name_of);

TEST_P(peer_that_does_not_read, is_given_up_and_costs_nothing_but_its_own_time) {
  start(short_patience);
  std::size_t const files = server().open_files();
  long const before = server().resident();
  long most = before;
  descriptor const d = behind({hello, mail_from, rcpt_to}, connect_narrow());
  stopwatch const since;
  milliseconds last{}, end{};
  std::atomic<bool> open = true;
  together({
      [&] { last = write_while(open, since, d, text.commands); },
      [&] {
        for (int i = 0; i != 5; ++i) {
          serves_others();
          most = (std::max)(most, server().resident());
        }
        EXPECT_TRUE(eventually([&] { return server().open_files() == files; }));
        end = since.elapsed();
        open = false;
      },
  });
  EXPECT_GE(end, milliseconds{1000 * short_patience});
  EXPECT_LE(end, last + milliseconds{1000 * short_patience} + tardiness);
  bool const message_in_memory = GetParam().smallest;
  EXPECT_TRUE(most - before <= 2048 || message_in_memory || sanitized) << most - before << " KiB";
  // What was answered in time was answered in order.
  EXPECT_TRUE(text.replies.starts_with(d.read_all()));
}

TEST_P(peer_that_does_not_read, gets_every_reply_when_it_reads_again) {
  start();
  descriptor const d = behind({hello, mail_from, rcpt_to}, connect_narrow());
  std::size_t const taken = write_until_stuck(d, text.commands);
  ASSERT_LT(taken, text.commands.size());
  serves_others();
  std::string const rest = text.commands.substr(taken) + "BDAT 0 LAST\r\nQUIT\r\n";
  std::string const out = write_and_read(d, rest);
  ASSERT_TRUE(out.starts_with(text.replies)) << out.size() << " octets, " << text.replies.size() << " expected";
  std::string const last = out.substr(text.replies.size());
  EXPECT_TRUE(last.starts_with("250 ") && last.ends_with("\r\n221 2.0.0 closing\r\n")) << last;
  will_store(text.message);
}

}  // namespace
