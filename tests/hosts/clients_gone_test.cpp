// SPDX-License-Identifier: BSL-1.0
// Clients that go away, or only stop to speak, at every place of a session: what was complete is stored, once, and
// nothing of the rest; nothing leaks, and the next client is served.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <string_view>
#include <vector>

#include "on_host.hpp"

namespace {

using namespace test;

INSTANTIATE_TEST_SUITE_P(hosts, on_host, testing::ValuesIn(all_hosts()), name_of);

TEST_P(on_host, is_built) {
  if (!GetParam().is_built()) GTEST_SKIP() << GetParam().program << " was not built: no fault of it is tested";
}

class client_gone : public on_host {
 protected:
  /// By FIN and by RST. What was answered has been read, as a socket that is closed over unread input is reset.
  void goes(strings const& answered, std::string const& said) {
    start();
    for (bool const by_reset : {false, true}) {
      descriptor d = behind(answered);
      d.write(said);
      by_reset ? reset(d) : d.close();
      serves_others();
    }
  }
};
INSTANTIATE_TEST_SUITE_P(hosts, client_gone, testing::ValuesIn(built_hosts()), name_of);

TEST_P(client_gone, before_the_greeting) {
  start();
  for (int i = 0; i != 20; ++i) {
    descriptor d = connect();
    i % 2 == 0 ? reset(d) : d.close();
  }
  serves_others();
}

TEST_P(client_gone, in_the_middle_of_a_command) { goes({hello}, "MAIL FROM:<a@cli"); }

TEST_P(client_gone, in_the_middle_of_DATA) { goes({hello, mail_from, rcpt_to, "DATA\r\n"}, "half a mess"); }

TEST_P(client_gone, in_the_middle_of_the_end_of_DATA) {
  goes({hello, mail_from, rcpt_to, "DATA\r\n"}, "all but the end\r\n.\r");
}

TEST_P(client_gone, in_the_middle_of_much_DATA) {
  goes({hello, mail_from, rcpt_to, "DATA\r\n"}, std::string(1'000'000, 'x'));
}

TEST_P(client_gone, in_the_middle_of_BDAT) { goes({hello, mail_from, rcpt_to}, "BDAT 100\r\nhalf a chunk"); }

TEST_P(client_gone, in_the_middle_of_the_last_BDAT) {
  goes({hello, mail_from, rcpt_to, "BDAT 5\r\nwhole"}, "BDAT 100 LAST\r\nhalf a chunk");
}

TEST_P(client_gone, between_two_chunks) { goes({hello, mail_from, rcpt_to, "BDAT 5\r\nwhole"}, ""); }

TEST_P(client_gone, behind_the_last_message) {
  std::string const text = will_store("it was answered\r\n");
  goes({hello}, "");  // starts it
  descriptor d = behind({hello, mail_from, rcpt_to, "DATA\r\n", text + ".\r\n"});
  reset(d);
}

TEST_P(client_gone, before_it_reads_that_the_message_is_stored) {
  start();
  descriptor d = behind_data();
  d.write(will_store("ended by FIN\r\n") + ".\r\n");
  d.close();
  d = behind_data();
  std::string const text = "ended by RST, which may overtake it\r\n";
  may_store(text);
  d.write(text + ".\r\n");
  reset(d);
  serves_others();
}

class half_close : public on_host {
 protected:
  /// All that the host has to say to a client that says only this.
  std::string answers_to_half(std::string const& said) {
    descriptor const d = connect();
    d.write(said);
    shutdown(d.number(), SHUT_WR);
    return d.read_all();
  }
};
INSTANTIATE_TEST_SUITE_P(hosts, half_close, testing::ValuesIn(built_hosts()), name_of);

TEST_P(half_close, behind_everything) {
  start();
  EXPECT_EQ(codes(answers_to_half(whole_session(will_store("hello\r\n")))), "250 250 354 250 221");
  std::string const without_quit = hello + transaction + "DATA\r\n" + will_store("good morning\r\n") + ".\r\n";
  EXPECT_EQ(codes(answers_to_half(without_quit)), "250 250 354 250");
  std::string const in_chunks = hello + transaction + "BDAT 6\r\ngood eBDAT 9 LAST\r\nvening\r\n\n";
  will_store("good evening\r\n\n");
  EXPECT_EQ(codes(answers_to_half(in_chunks)), "250 250 250 250");
}

TEST_P(half_close, in_the_middle) {
  start();
  EXPECT_EQ(answers_to_half(""), greeting);
  EXPECT_EQ(codes(answers_to_half(hello + "NOOP\r\nMAIL FROM:<a@cli")), "250");
  EXPECT_EQ(codes(answers_to_half(hello + transaction + "DATA\r\nhalf a message\r\n.")), "250 250 354");
  EXPECT_EQ(codes(answers_to_half(hello + transaction + "BDAT 100\r\nhalf a chunk")), "250 250");
  EXPECT_EQ(codes(answers_to_half(hello + transaction + "BDAT 5\r\nwhole")), "250 250 250");
  EXPECT_EQ(codes(answers_to_half(hello + transaction + "BDAT 5\r\nwholeBDAT 10 LAST\r\n123456789")), "250 250 250");
}

}  // namespace
