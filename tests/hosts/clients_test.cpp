// SPDX-License-Identifier: BSL-1.0
// The client hosts with servers that go away, stall, or do not read: nothing is called delivered that may not be, and
// whoever called them is told to try again (exit status 75, EX_TEMPFAIL).
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "on_host.hpp"
#include "played_server.hpp"

namespace {

using namespace test;

constexpr int try_again = 75;

std::vector<host> const& all_clients() {
  static std::vector<host> const all{
      {"send", "ehlo-send"},
      {.name = "blocking", .program = "ehlo-blocking-client", .smallest = true},
      {"libuv", "ehlo-libuv-client"},
      {"asio", "ehlo-asio-client"},
  };
  return all;
}
std::vector<host> built(bool with_the_smallest) {
  std::vector<host> found;
  std::copy_if(all_clients().begin(), all_clients().end(), std::back_inserter(found),
               [=](host const& h) { return h.is_built() && (with_the_smallest || !h.smallest); });
  return found;
}

class client_host : public testing::TestWithParam<host> {
 protected:
  client_host() {
    if (GetParam().smallest) server.client = "client.example.org";
  }

  /// The program with one message, that goes to the server of the test.
  process begin(std::string const& text, strings const& options = {}) {
    std::string const port = std::to_string(server.port);
    std::string const file = dir / "mail";
    std::ofstream{file, std::ios::binary} << text;
    if (GetParam().smallest) {
      return process{{"/bin/sh", "-c", "exec \"$0\" 127.0.0.1 \"$1\" a@client.test b@mx.example.org < \"$2\"",
                      GetParam().path(), port, file}};
    }
    strings all{GetParam().path(), "--helo", "client.test",     "--to", "127.0.0.1:" + port, "--from",
                "a@client.test",   "--rcpt", "b@mx.example.org"};
    all.insert(all.end(), options.begin(), options.end());
    all.push_back(file);
    return process{all};
  }
  void expect(process& client, int status, std::string_view outcome) {
    result const r = client.finish();
    EXPECT_EQ(r.status, status) << r.out << r.error;
    if (GetParam().smallest) return;  // it says no more than the status
    EXPECT_NE(r.out.find(": b@mx.example.org: " + std::string{outcome}), std::string::npos) << r.out << r.error;
  }
  /// A server in the middle of a message that is larger than what the sockets hold.
  descriptor amid_text() {
    descriptor d = server.greet();
    played_server::take_envelope(d);
    EXPECT_NE(d.read_some(), "");
    return d;
  }

  folder dir;
  played_server server;
  std::string const small = "hello\r\n", large = std::string(6'000'000, 'x') + "\r\n";
};

TEST_P(client_host, is_built) {
  if (!GetParam().is_built()) GTEST_SKIP() << GetParam().program << " was not built: no fault of it is tested";
}
INSTANTIATE_TEST_SUITE_P(hosts, client_host, testing::ValuesIn(all_clients()), name_of);

class server_gone : public client_host {};
INSTANTIATE_TEST_SUITE_P(hosts, server_gone, testing::ValuesIn(built(true)), name_of);

TEST_P(server_gone, before_the_greeting) {
  process p = begin(small);
  server.accept().close();
  expect(p, try_again, "not tried: ");
}

TEST_P(server_gone, in_the_middle_of_DATA) {
  for (bool const by_reset : {false, true}) {
    process p = begin(large);
    descriptor d = amid_text();
    by_reset ? reset(d) : d.close();
    expect(p, try_again, "refused for now: ");
  }
}

TEST_P(server_gone, behind_the_dot) {
  for (bool const by_reset : {false, true}) {
    process p = begin(small);
    descriptor d = server.greet();
    played_server::take_envelope(d);
    played_server::take_text(d);
    by_reset ? reset(d) : d.close();
    expect(p, try_again, "unknown: ");
  }
}

TEST_P(server_gone, behind_its_answer) {
  process p = begin(small);
  descriptor d = server.greet();
  played_server::take_envelope(d);
  played_server::take_text(d);
  d.write("250 2.0.0 taken\r\n");
  d.close();
  expect(p, 0, "delivered: 250 2.0.0 taken");
}

TEST_P(server_gone, with_421_in_the_middle_of_DATA) {
  process p = begin(large);
  descriptor d = amid_text();
  d.write("421 4.3.2 shutting down\r\n");
  shutdown(d.number(), SHUT_WR);
  while (!d.read_some().empty()) {
  }
  expect(p, try_again, "refused for now: 421 4.3.2 shutting down");
}

TEST_P(server_gone, with_421_behind_the_dot) {
  process p = begin(small);
  descriptor d = server.greet();
  played_server::take_envelope(d);
  played_server::take_text(d);
  d.write("421 4.3.2 shutting down\r\n");
  d.close();
  expect(p, try_again, "refused for now: 421 4.3.2 shutting down");
}

#ifdef EHLO_HAS_OPENSSL
class server_tls : public client_host {};
INSTANTIATE_TEST_SUITE_P(hosts, server_tls, testing::ValuesIn(built(false)), name_of);

TEST_P(server_tls, that_fails) {
  for (std::string const& said : {std::string{"this is no TLS\r\n"}, std::string(100'000, '\xFF'), std::string{}}) {
    process p = begin(small, {"--tls", "require"});
    descriptor d = server.greet({"STARTTLS"});
    played_server::hear(d, "STARTTLS\r\n", "220 ready\r\n");
    EXPECT_NE(d.read_some(), "");  // the ClientHello
    d.write(said);
    shutdown(d.number(), SHUT_WR);
    expect(p, try_again, "not tried: ");
  }
}

// RFC 3207 5: a reply that came in clear text was not said inside (CVE-2011-0411, of clients).
TEST_P(server_tls, with_clear_text_in_front_of_it) {
  process p = begin(small, {"--tls", "require"});
  descriptor d = server.greet({"STARTTLS"});
  played_server::hear(d, "STARTTLS\r\n", "220 ready\r\n250 injected\r\n");
  EXPECT_EQ(d.read_all().find("EHLO"), std::string::npos);
  d.close();
  result const r = p.finish();
  EXPECT_NE(r.status, 0) << r.out;
  EXPECT_NE(r.out.find(": not tried: "), std::string::npos) << r.out;
}
#endif

/// The smallest one has the RFC's patience.
class slow_server : public client_host {
 protected:
  void SetUp() override {
    result const help = run({GetParam().path(), "--help"});
    if (help.out.find("--patience") == std::string::npos) GTEST_SKIP() << "it has no --patience";
  }
  process impatient(std::string const& text, strings options = {}) {
    options.insert(options.end(), {"--patience", std::to_string(short_patience)});
    return begin(text, options);
  }
  /// In time, since the program was begun, and since the server has done its last.
  void expect_end(process& client, stopwatch const& begun, stopwatch const& last, std::string_view outcome) {
    expect(client, try_again, outcome);
    EXPECT_GE(begun.elapsed(), milliseconds{1000 * short_patience});
    EXPECT_LE(last.elapsed(), milliseconds{1000 * short_patience} + tardiness);
  }
};
INSTANTIATE_TEST_SUITE_P(hosts, slow_server, testing::ValuesIn(built(false)), name_of);

TEST_P(slow_server, that_never_greets_is_given_up) {
  stopwatch const begun;
  process p = impatient(small);
  descriptor const d = server.accept();
  expect_end(p, begun, {}, "not tried: ");
}

TEST_P(slow_server, that_does_not_answer_the_message_is_given_up) {
  stopwatch const begun;
  process p = impatient(small);
  descriptor const d = server.greet();
  played_server::take_envelope(d);
  played_server::take_text(d);
  expect_end(p, begun, {}, "unknown: ");
}

TEST_P(slow_server, that_does_not_read_is_given_up) {
  stopwatch const begun;
  process p = impatient(large);
  descriptor const d = server.greet();
  played_server::take_envelope(d);
  expect_end(p, begun, {}, "refused for now: ");
}

#ifdef EHLO_HAS_OPENSSL
TEST_P(slow_server, with_a_handshake_that_stalls_is_given_up) {
  stopwatch const begun;
  process p = impatient(small, {"--tls", "require"});
  descriptor const d = server.greet({"STARTTLS"});
  played_server::hear(d, "STARTTLS\r\n", "220 ready\r\n");
  expect_end(p, begun, {}, "not tried: ");
}
#endif

}  // namespace
