// SPDX-License-Identifier: BSL-1.0
// Handshakes that fail, stall, or come with clear text; and TLS connections that end as none should (RFC 3207, RFC 8446
// 6.1).
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <csignal>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "certificates.hpp"
#include "on_host.hpp"
#include "tls_client.hpp"

namespace {

using namespace test;

certificates& files() {
  static certificates made;
  return made;
}

class tls_host : public on_host {
 protected:
  enum class begin { by_starttls, at_once };

  void start_with(begin how, unsigned limit = 0) {
    how_ = how;
    char const* const option = how == begin::at_once ? "--implicit-tls" : "--starttls";
    start(limit, {option, files().host_certificate(), files().host_key_file()});
  }
  /// Where TLS is to begin.
  descriptor before_handshake() { return before_handshake(connect()); }
  descriptor before_handshake(descriptor d) {
    return how_ == begin::at_once ? std::move(d) : behind({hello, "STARTTLS\r\n"}, std::move(d));
  }
  /// Behind these commands, inside.
  tls_client inside(descriptor const& d, strings const& commands) {
    tls_client c{d, files().ca()};
    EXPECT_TRUE(c.shake_hands());
    EXPECT_EQ(how_ == begin::at_once ? c.read_reply() : greeting, greeting);
    for (std::string const& command : commands) {
      c.write(command);
      std::string const reply = c.read_reply();
      EXPECT_TRUE(reply.starts_with('2') || reply.starts_with('3')) << command << reply;
    }
    return c;
  }
  std::string answers_to(std::string const& session) override {
    descriptor const d = before_handshake();
    tls_client c = inside(d, {});
    c.write(session);
    std::string const out = greeting + c.read_all();  // it was read before
    EXPECT_TRUE(c.ended_cleanly());
    return out;
  }
  /// To those who speak no TLS, nothing is said; an alert is no text.
  static void expect_no_text(descriptor const& d, std::string_view to) {
    std::string const out = d.read_all();
    EXPECT_EQ(out.find("\r\n"), std::string::npos) << to << ": " << out;
  }

 private:
  begin how_ = begin::by_starttls;
};

class handshake : public tls_host {
 protected:
  void fails(begin how) {
    start_with(how);
    for (std::string const& octets : {hello + "QUIT\r\n", std::string(300'000, '\xFF'), std::string{}}) {
      descriptor const d = before_handshake();
      d.write(octets);
      shutdown(d.number(), SHUT_WR);
      expect_no_text(d, octets.substr(0, 20));
      serves_others();
    }
    descriptor d = before_handshake();
    d.write("\x16\x03\x01");
    reset(d);
    serves_others();
  }
  void stalls(begin how) {
    start_with(how, short_patience);
    std::string_view const begun{"\x16\x03\x01\x02\x00\x01", 6};
    std::vector<std::function<void()>> clients;
    for (std::string_view const said : {std::string_view{}, begun})
      clients.emplace_back([this, said] {
        stopwatch const since;
        descriptor const d = before_handshake();
        d.write(said);
        expect_no_text(d, "a stalled handshake");
        expect_deadline(since, short_patience, "a stalled handshake");
      });
    together(clients);
    serves_others();
  }
};
INSTANTIATE_TEST_SUITE_P(hosts, handshake, testing::ValuesIn(built_hosts_with_tls()), name_of);

TEST_P(handshake, fails_behind_STARTTLS) { fails(begin::by_starttls); }
TEST_P(handshake, fails_at_once) { fails(begin::at_once); }
TEST_P(handshake, stalls_behind_STARTTLS) { stalls(begin::by_starttls); }
TEST_P(handshake, stalls_at_once) { stalls(begin::at_once); }

// RFC 3207 5, CVE-2011-0411: what came in clear text behind STARTTLS was not said inside.
TEST_P(handshake, forgets_the_clear_text_in_front_of_it) {
  start_with(begin::by_starttls);
  for (std::string const& injected : {hello + transaction + "DATA\r\ninjected\r\n.\r\n", std::string{"NOOP\r\n"},
                                      hello + mail_from, std::string{"STARTTLS\r\n"}, std::string(1000, '\x16')}) {
    descriptor const d = behind({hello});
    d.write("STARTTLS\r\n" + injected);
    EXPECT_EQ(d.read_reply(), "220 2.0.0 ready to start TLS\r\n");
    tls_client c = inside(d, {});
    EXPECT_TRUE(c.ask("MAIL FROM:<a@client.test>").starts_with("503 5.5.1 "));
    EXPECT_TRUE(c.ask("EHLO client.test").starts_with("250-"));
    EXPECT_TRUE(c.ask("RCPT TO:<b@mx.example.org>").starts_with("503 5.5.1 "));
    EXPECT_TRUE(c.ask("QUIT").starts_with("221 "));
    EXPECT_EQ(c.read_all(), "");
  }
}

class tls_connection : public tls_host {};
INSTANTIATE_TEST_SUITE_P(hosts, tls_connection, testing::ValuesIn(built_hosts_with_tls()), name_of);

TEST_P(tls_connection, with_clear_text_in_it_ends) {
  start_with(begin::by_starttls);
  for (strings const& commands : {strings{hello}, strings{hello, mail_from, rcpt_to, "DATA\r\n"}}) {
    descriptor const d = before_handshake();
    tls_client const c = inside(d, commands);
    d.write("in the clear\r\n.\r\n");
    expect_no_text(d, "clear text behind the handshake");
    serves_others();
  }
}

TEST_P(tls_connection, cut_off_in_the_middle_leaves_nothing) {
  start_with(begin::by_starttls);
  strings const in_data{hello, mail_from, rcpt_to, "DATA\r\n"}, in_transaction{hello, mail_from, rcpt_to};
  for (int end = 0; end != 3; ++end)  // by FIN, by RST, with close_notify
    for (bool const chunks : {false, true}) {
      descriptor d = before_handshake();
      tls_client c = inside(d, chunks ? in_transaction : in_data);
      c.write(chunks ? "BDAT 100 LAST\r\nhalf" : "half a message\r\n.\r");
      if (end == 2) c.close();
      end == 1 ? reset(d) : d.close();
      serves_others();
    }
}

TEST_P(tls_connection, half_closed_is_answered) {
  start_with(begin::by_starttls);
  for (bool const with_notify : {false, true}) {
    descriptor const d = before_handshake();
    tls_client c = inside(d, {hello});
    std::string const text = will_store(with_notify ? "with close_notify\r\n" : "without\r\n");
    c.write(transaction + "DATA\r\n" + text + ".\r\n");
    if (with_notify) c.close();
    shutdown(d.number(), SHUT_WR);
    EXPECT_EQ(codes(greeting + "250 \r\n" + c.read_all()), "250 250 354 250");
    EXPECT_TRUE(c.ended_cleanly());
  }
}

TEST_P(tls_connection, that_does_not_read_is_given_up) {
  start_with(begin::by_starttls, short_patience);
  std::size_t const idle = server().open_files();
  flood const text;
  descriptor const d = before_handshake(connect_narrow());
  tls_client c = inside(d, {hello, mail_from, rcpt_to});
  timeval const soon{0, 300'000};
  setsockopt(d.number(), SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof soon);
  long const before = server().resident();
  stopwatch const since;
  c.write(text.commands);  // as much of it as goes
  stopwatch const stuck;
  long const more = server().resident() - before;
  EXPECT_TRUE(more <= 2048 || sanitized) << more << " KiB";
  EXPECT_TRUE(eventually([&] { return server().open_files() == idle; }));
  EXPECT_GE(since.elapsed(), milliseconds{1000 * short_patience});
  EXPECT_LE(stuck.elapsed(), milliseconds{1000 * short_patience} + tardiness);
}

TEST_P(tls_connection, is_told_of_a_shutdown_inside) {
  start_with(begin::by_starttls);
  descriptor const idle = before_handshake(), busy = before_handshake(), stalled = before_handshake();
  tls_client in_session = inside(idle, {hello}), in_data = inside(busy, {hello, mail_from, rcpt_to, "DATA\r\n"});
  in_data.write("half a message\r\n");
  stalled.write("\x16\x03\x01");
  stopwatch const since;
  server().signal(SIGTERM);
  for (tls_client* const c : {&in_session, &in_data}) {
    EXPECT_EQ(c->read_all(), shutting_down);
    EXPECT_TRUE(c->ended_cleanly());
  }
  expect_no_text(stalled, "a handshake");
  EXPECT_EQ(server().finish().status, 0);
  EXPECT_LE(since.elapsed(), shutdown_time + tardiness);
  expect_stored();
}

}  // namespace
