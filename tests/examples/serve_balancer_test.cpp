// SPDX-License-Identifier: BSL-1.0
// ehlo-serve behind somebody who speaks for its clients: a load balancer with a PROXY header, a filter with XCLIENT.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "serve_process.hpp"

namespace {

using namespace test;
using namespace std::string_view_literals;

/// What the server answers to this on a connection that ends with it.
std::string answers(listening const& server, std::string_view octets) {
  descriptor const client = connect_to(server.port);
  client.write(octets);
  shutdown(client.number(), SHUT_WR);
  return client.read_all();
}

std::string stored(std::string const& client) {
  return envelope("a@client.test", {"b@mx.example.org"}) +
         (client.empty() ? "" : "X-Original-Client: " + client + "\r\n") + "hello\r\n";
}

constexpr std::string_view signature = "\r\n\r\n\0\r\nQUIT\n"sv;

TEST(serve_balancer, takes_the_address_in_a_header_of_version_1) {
  folder const dir;
  listening server{{"--proxy-protocol", "--maildir", dir / "box"}};
  std::string const said = answers(server, "PROXY TCP4 203.0.113.9 192.0.2.1 4242 25\r\n" + short_mail);
  EXPECT_TRUE(said.starts_with("220 ")) << said;
  EXPECT_EQ(stored_in(dir / "box"), strings{stored("203.0.113.9")});
}

TEST(serve_balancer, takes_the_address_in_a_header_of_version_2) {
  folder const dir;
  listening server{{"--proxy-protocol", "--maildir", dir / "box"}};
  std::string header{signature};
  header += "\x21\x11\x00\x0c\xcb\x00\x71\x09\xc0\x00\x02\x01\x10\x92\x00\x19"sv;
  answers(server, header + short_mail);
  EXPECT_EQ(stored_in(dir / "box"), strings{stored("203.0.113.9")});
}

TEST(serve_balancer, an_ipv4_client_in_ipv6_clothes_is_an_ipv4_client) {
  folder const dir;
  listening server{{"--proxy-protocol", "--maildir", dir / "box"}};
  answers(server, "PROXY TCP6 ::ffff:203.0.113.9 ::1 4242 25\r\n" + short_mail);
  EXPECT_EQ(stored_in(dir / "box"), strings{stored("203.0.113.9")});
}

TEST(serve_balancer, serves_the_balancer_itself) {
  folder const dir;
  listening server{{"--proxy-protocol", "--maildir", dir / "box"}};
  std::string health_check{signature};
  health_check += "\x20\x00\x00\x00"sv;
  EXPECT_TRUE(answers(server, health_check + "QUIT\r\n").starts_with("220 "));
  answers(server, "PROXY UNKNOWN\r\n" + short_mail);
  EXPECT_EQ(stored_in(dir / "box"), strings{stored("")});
}

TEST(serve_balancer, tells_nothing_to_who_sends_no_header) {
  folder const dir;
  listening server{{"--proxy-protocol", "--maildir", dir / "box"}};
  EXPECT_EQ(answers(server, short_mail), "");
  EXPECT_EQ(answers(server, "PROXY TCP4 203.0.113.9 192.0.2.1 4242 99999\r\n" + short_mail), "");
  EXPECT_EQ(answers(server, "PROXY"), "");
  EXPECT_EQ(stored_in(dir / "box"), strings{});
}

TEST(serve_balancer, waits_for_the_header_only_so_long) {
  listening server{{"--proxy-protocol", "--discard", "--patience", "1"}};
  descriptor const client = connect_to(server.port);
  client.write("PROXY TCP4");
  EXPECT_EQ(client.read_all(), "");
}

TEST(serve_balancer, without_the_option_a_header_is_a_bad_command) {
  folder const dir;
  listening server{{"--maildir", dir / "box"}};
  std::string const said = answers(server, "PROXY TCP4 203.0.113.9 192.0.2.1 4242 25\r\nQUIT\r\n");
  EXPECT_NE(said.find("500 5.5.1"), std::string::npos) << said;
}

TEST(serve_balancer, xclient_is_for_those_in_the_list) {
  folder const dir;
  std::string const mail = "EHLO filter\r\nXCLIENT ADDR=203.0.113.9 PORT=4242\r\n" + short_mail;
  {
    listening server{{"--xclient-from", "127.0.0.1", "--maildir", dir / "box"}};
    std::string const said = answers(server, mail);
    EXPECT_NE(said.find("250 XCLIENT NAME ADDR "), std::string::npos) << said;
    EXPECT_EQ(stored_in(dir / "box"), strings{stored("203.0.113.9")});
  }
  listening server{{"--xclient-from", "127.0.0.9", "--maildir", dir / "other"}};
  std::string const said = answers(server, mail);
  EXPECT_EQ(said.find("XCLIENT"), std::string::npos) << said;
  EXPECT_EQ(stored_in(dir / "other"), strings{stored("")});
}

TEST(serve_balancer, a_balancer_does_not_pass_its_own_rights_on) {
  listening server{{"--proxy-protocol", "--xclient-from", "127.0.0.1", "--discard"}};
  std::string const said = answers(server, "PROXY TCP4 203.0.113.9 192.0.2.1 4242 25\r\nEHLO c\r\nQUIT\r\n");
  EXPECT_EQ(said.find("XCLIENT"), std::string::npos) << said;
}

TEST(serve_threads, every_loop_takes_its_part) {
  folder const dir;
  listening server{{"--threads", "4", "--maildir", dir / "box"}};
  for (int i = 0; i != 20; ++i) EXPECT_NE(answers(server, short_mail).find("250 2.0.0 stored as "), std::string::npos);
  EXPECT_EQ(stored_in(dir / "box").size(), 20U);
  server.signal(SIGTERM);
  EXPECT_EQ(server.finish().status, 0);
}

}  // namespace
