// SPDX-License-Identifier: BSL-1.0
// HAProxy's proxy-protocol.txt 2.1: the header as a line of text, and where one ceases to be one.
#include "ehlo/wire/proxy_text.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "reference_proxy.hpp"

namespace {

using namespace std::string_view_literals;
using ehlo::address_literal;
using ehlo::errc;
using ehlo::literal_kind;
using ehlo::proxy_header;
using ehlo::proxy_line;

constexpr bool valid(std::string_view line) {
  proxy_header header;
  return ehlo::parse_proxy_text(line, header) == errc::ok && header.version == 1;
}

// "A string identifying the protocol ... matching exactly the following block".
static_assert(valid("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n"));
static_assert(valid("PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n"));
static_assert(valid("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n"));
static_assert(
    valid("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 "
          "65535\r\n"));
static_assert(valid("PROXY TCP6 2001:DB8::1 2001:db8::2 40002 25\r\n"));
static_assert(valid("PROXY TCP6 :: ::1 1 25\r\n") && valid("PROXY TCP6 1:: 1::8 1 25\r\n"));
static_assert(valid("PROXY TCP6 1:2:3:4:5:6:7:: ::2:3:4:5:6:7:8 1 25\r\n") &&
              valid("PROXY TCP6 1::3:4:5:6:7:8 :: 1 2\r\n"));
static_assert(valid("PROXY TCP6 0001:02:003:4:5:6:7:8 0000:0::0 1 25\r\n"));
static_assert(valid("PROXY TCP6 ::ffff:192.0.2.1 1:2:3:4:5:6:7.8.9.10 1 25\r\n"));
static_assert(valid("PROXY TCP6 ::1.2.3.4 1::0.0.0.0 1 25\r\n") && valid("PROXY TCP6 1:2:3:4:5::1.2.3.4 :: 1 25\r\n"));
static_assert(valid("PROXY UNKNOWN\r\n") && valid("PROXY UNKNOWN \r\n") &&
              valid("PROXY UNKNOWN  any \0 \xFF thing\r\n"sv));
static_assert(
    valid("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
          "65535 65535\r\n"));

/// `at`: the octet that proves that this is no header.
struct row {
  std::string_view line;
  std::size_t at;
};

constexpr row invalid[] = {
    {"proxy TCP4 1.2.3.4 1.2.3.4 1 1\r\n", 0},
    {" PROXY UNKNOWN\r\n", 0},
    {"EHLO client.example\r\n", 0},
    {"PING\r\n", 1},
    {"POST / HTTP/1.1\r\n", 1},
    {"PROXY  TCP4 1.2.3.4 1.2.3.4 1 1\r\n", 6},
    {"PROXY\tTCP4 1.2.3.4 1.2.3.4 1 1\r\n", 5},
    {"PROXY\r\n", 5},
    {"PROXY \r\n", 6},
    {"PROXY UDP4 1.2.3.4 1.2.3.4 1 1\r\n", 7},
    {"PROXY TCP 1.2.3.4 1.2.3.4 1 1\r\n", 9},
    {"PROXY TCP5 1.2.3.4 1.2.3.4 1 1\r\n", 9},
    {"PROXY TCP44 1.2.3.4 1.2.3.4 1 1\r\n", 10},
    {"PROXY tcp4 1.2.3.4 1.2.3.4 1 1\r\n", 6},
    {"PROXY TCP4\r\n", 10},
    {"PROXY TCP4  1.2.3.4 1.2.3.4 1 1\r\n", 11},
    {"PROXY TCP4 1.2.3.4  1.2.3.4 1 1\r\n", 19},
    {"PROXY TCP4 1.2.3.4\t1.2.3.4 1 1\r\n", 18},
    {"PROXY TCP4 1.2.3.4 1.2.3.4  1 1\r\n", 27},
    {"PROXY TCP4 1.2.3.4 1.2.3.4 1  1\r\n", 29},
    {"PROXY TCP4 1.2.3.4 1.2.3.4 1 1 \r\n", 30},
    {"PROXY TCP4 1.2.3.4 1.2.3.4 1 1 1\r\n", 30},
    {"PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n", 28},
    {"PROXY TCP4 1.2.3.4 1.2.3.4\r\n", 26},
    {"PROXY TCP4 1.2.3.4\r\n", 18},
    {"PROXY TCP4 01.2.3.4 1.2.3.4 1 1\r\n", 12},
    {"PROXY TCP4 1.2.3.00 1.2.3.4 1 1\r\n", 18},
    {"PROXY TCP4 1.2.3.256 1.2.3.4 1 1\r\n", 19},
    {"PROXY TCP4 1.2.3.1111 1.2.3.4 1 1\r\n", 20},
    {"PROXY TCP4 1.2.3 1.2.3.4 1 1\r\n", 16},
    {"PROXY TCP4 1.2.3. 1.2.3.4 1 1\r\n", 17},
    {"PROXY TCP4 1.2.3.4. 1.2.3.4 1 1\r\n", 18},
    {"PROXY TCP4 1.2.3.4.5 1.2.3.4 1 1\r\n", 18},
    {"PROXY TCP4 1..3.4 1.2.3.4 1 1\r\n", 13},
    {"PROXY TCP4 .1.2.3.4 1.2.3.4 1 1\r\n", 11},
    {"PROXY TCP4 1.2.3.a 1.2.3.4 1 1\r\n", 17},
    {"PROXY TCP4 -1.2.3.4 1.2.3.4 1 1\r\n", 11},
    {"PROXY TCP4 ::1 ::1 1 1\r\n", 11},
    {"PROXY TCP6 1.2.3.4 1.2.3.4 1 1\r\n", 12},
    {"PROXY TCP4 1.2.3.4 ::1 1 1\r\n", 19},
    {"PROXY TCP6 : ::1 1 1\r\n", 12},
    {"PROXY TCP6 :1::2 ::1 1 1\r\n", 12},
    {"PROXY TCP6 ::: ::1 1 1\r\n", 13},
    {"PROXY TCP6 1::2::3 ::1 1 1\r\n", 16},
    {"PROXY TCP6 1:2 ::1 1 1\r\n", 14},
    {"PROXY TCP6 1:2: ::1 1 1\r\n", 15},
    {"PROXY TCP6 1::2: ::1 1 1\r\n", 16},
    {"PROXY TCP6 1:2:3:4:5:6:7:8:9 ::1 1 1\r\n", 26},
    {"PROXY TCP6 1:2:3:4:5:6:7:8:: ::1 1 1\r\n", 26},
    {"PROXY TCP6 ::1:2:3:4:5:6:7:8 ::1 1 1\r\n", 26},
    {"PROXY TCP6 1:2:3:4:5:6:7::8 ::1 1 1\r\n", 26},
    {"PROXY TCP6 12345:: ::1 1 1\r\n", 15},
    {"PROXY TCP6 g:: ::1 1 1\r\n", 11},
    {"PROXY TCP6 [::1] ::1 1 1\r\n", 11},
    {"PROXY TCP6 fe80::1%eth0 ::1 1 1\r\n", 18},
    {"PROXY TCP6 IPv6:::1 ::1 1 1\r\n", 11},
    {"PROXY TCP6 ::ffff:1.2.3 ::1 1 1\r\n", 23},
    {"PROXY TCP6 ::ffff:1.2.3.4.5 ::1 1 1\r\n", 25},
    {"PROXY TCP6 ::ffff:01.2.3.4 ::1 1 1\r\n", 20},
    {"PROXY TCP6 ::ffff:256.2.3.4 ::1 1 1\r\n", 21},
    {"PROXY TCP6 ::ffff:a.2.3.4 ::1 1 1\r\n", 19},
    {"PROXY TCP6 ::ffff:1.a.3.4 ::1 1 1\r\n", 20},
    {"PROXY TCP6 ::ffff:1.2.3.4:: ::1 1 1\r\n", 25},
    {"PROXY TCP6 1:2:3:4:5:1.2.3.4 ::1 1 1\r\n", 22},
    {"PROXY TCP6 1:2:3:4:5:6:7:1.2.3.4 ::1 1 1\r\n", 26},
    {"PROXY TCP6 1:2:3:4:5:6::1.2.3.4 ::1 1 1\r\n", 25},
    {"PROXY TCP4 1.2.3.4 1.2.3.4 65536 1\r\n", 31},
    {"PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n", 33},
    {"PROXY TCP4 1.2.3.4 1.2.3.4 100000 1\r\n", 32},
    {"PROXY TCP4 1.2.3.4 1.2.3.4 01 1\r\n", 28},
    {"PROXY TCP4 1.2.3.4 1.2.3.4 1 00\r\n", 30},
    {"PROXY TCP4 1.2.3.4 1.2.3.4 +1 1\r\n", 27},
    {"PROXY TCP4 1.2.3.4 1.2.3.4 1 0x1\r\n", 30},
    {"PROXY TCP4 1.2.3.4 1.2.3.4 1 \r\n", 29},
    {"PROXY TCP4 1.2.3.4 1.2.3.4 1 1\n", 30},
    {"PROXY TCP4 1.2.3.4 1.2.3.4 1 1\r\r\n", 31},
    {"PROXY TCP4 1.2.3.4 1.2.3.4 1 1\rEHLO", 31},
    {"PROXY UNKNOWN\n", 13},
    {"PROXY UNKNOWN\r\r\n", 14},
    {"PROXY UNKNOWNS\r\n", 13},
    {"PROXY UNKNOWN\tx\r\n", 13},
    {"PROXY UNKNOWM\r\n", 12},
    {"PROXY UNKNOWN x\nx\r\n", 15},
    {"PROXY UNKNOWN x\rx\r\n", 16},
    {"PROXY TCP4 1.2.3.4 1.2.3.4 1 1\0\r\n"sv, 30},
};

constexpr bool is_refused(row const& one) {
  proxy_line line;
  for (std::size_t i = 0; i != one.at; ++i)
    if (line.take(one.line[i]) != errc::ok || line.done()) return false;
  return line.take(one.line[one.at]) == errc::peer_proxy_header && !valid(one.line);
}

static_assert([] {
  for (row const& one : invalid)
    if (!is_refused(one)) return false;
  return true;
}());

TEST(ProxyText, RefusedWhereItCeasesToBeOne) {
  for (row const& one : invalid) EXPECT_TRUE(is_refused(one)) << one.line;
}

TEST(ProxyText, IncompleteIsNotValid) {
  for (std::string_view const line : {"PROXY UNKNOWN \r\n"sv, "PROXY TCP6 ::ffff:1.2.3.4 1:: 10 25\r\n"sv})
    for (std::size_t size = 0; size != line.size(); ++size) EXPECT_FALSE(valid(line.substr(0, size)));
  EXPECT_FALSE(valid("PROXY UNKNOWN\r\n\r\n")) << "one line and nothing behind it";
}

// "If the CRLF sequence is not found in the first 107 characters, the receiver should declare the line invalid."
TEST(ProxyText, AtMost107Octets) {
  proxy_header header;
  EXPECT_TRUE(valid("PROXY UNKNOWN " + std::string(91, 'x') + "\r\n"));
  EXPECT_EQ(ehlo::parse_proxy_text("PROXY UNKNOWN " + std::string(92, 'x') + "\r\n", header),
            errc::peer_proxy_too_long);
  std::string const mapped(" 0000:0000:0000:0000:0000:ffff:255.255.255.255");
  EXPECT_EQ(ehlo::parse_proxy_text("PROXY TCP6" + mapped + mapped + " 1 1\r\n", header), errc::peer_proxy_too_long);

  for (std::size_t limit = 0; limit != 120; ++limit) {
    proxy_line line;
    std::size_t size = 0;
    std::string const text = "PROXY UNKNOWN " + std::string(200, 'x');
    while (line.take(text[size], limit) == errc::ok) ++size;
    std::size_t const bound = std::min<std::size_t>(limit, 107);
    EXPECT_EQ(size, bound < 2 ? 0 : bound - 2) << "the CRLF had to begin there";
  }
  for (std::size_t limit = 0; limit != 20; ++limit) {
    proxy_line line;
    bool fits = true;
    for (char const c : "PROXY UNKNOWN\r\n"sv) fits = fits && line.take(c, limit) == errc::ok;
    EXPECT_EQ(fits, limit >= 15) << limit;
  }
}

address_literal address(char const* text, int family) {
  address_literal value;
  if (inet_pton(family, text, value.octets.data()) == 1)
    value.kind = family == AF_INET ? literal_kind::ipv4 : literal_kind::ipv6;
  return value;
}

/// The same with inet_pton and splitting at spaces: what it says, or nothing.
std::string obvious(std::string const& line) {
  if (line.size() > 107 || !line.ends_with("\r\n") || line.find_first_of("\r\n") != line.size() - 2) return {};
  if (line == "PROXY UNKNOWN\r\n" || line.starts_with("PROXY UNKNOWN ")) return "1 local";
  std::vector<std::string> words{""};
  for (char const c : line.substr(0, line.size() - 2))
    if (c == ' ')
      words.emplace_back();
    else
      words.back() += c;
  if (words.size() != 6 || words[0] != "PROXY" || (words[1] != "TCP4" && words[1] != "TCP6")) return {};
  proxy_header header;
  header.version = 1;
  header.transport = ehlo::proxy_transport::stream;
  header.family = words[1] == "TCP4" ? ehlo::proxy_family::inet : ehlo::proxy_family::inet6;
  int const family = words[1] == "TCP4" ? AF_INET : AF_INET6;
  for (std::size_t i = 0; i != 2; ++i) {
    ehlo::proxy_endpoint& end = i == 0 ? header.source : header.destination;
    end.address = address(words[2 + i].c_str(), family);
    std::string const& port = words[4 + i];
    if (end.address.kind == literal_kind::none || words[2 + i].size() != std::strlen(words[2 + i].c_str())) return {};
    if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos) return {};
    if ((port.size() != 1 && port[0] == '0') || std::stoi(port) > 0xFFFF) return {};
    end.port = static_cast<std::uint16_t>(std::stoi(port));
  }
  return reference::say(header);
}

std::string said(std::string const& line) {
  proxy_header header;
  return ehlo::parse_proxy_text(line, header) == errc::ok ? reference::say(header) : std::string{};
}

std::string const samples[] = {
    "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n",
    "PROXY TCP6 2001:db8::1 2001:db8::2:3 40002 25\r\n",
    "PROXY TCP6 ::ffff:127.0.0.1 1:2:3:4:5:6:7:8 1 10025\r\n",
    "PROXY TCP6 1:2:3:4:5:6:10.0.0.1 1:2:3::6:7:8 0 65535\r\n",
    "PROXY UNKNOWN\r\n",
    "PROXY UNKNOWN what ever\r\n",
};

template <class F>
void mutate(F look) {
  constexpr std::string_view alphabet = "0125:.af \r\nTCPU46";
  std::mt19937 random{821};
  for (int round = 0; round != 100'000; ++round) {
    std::string line = samples[random() % std::size(samples)];
    for (std::size_t change = random() % 3 + (round % 4 == 0 ? 0 : 1); change != 0; --change) {
      std::size_t const at = 6 + random() % (line.size() - 6);
      char const c = alphabet[random() % alphabet.size()];
      if (random() % 3 == 0)
        line.erase(at, 1);
      else if (random() % 2 == 0)
        line.insert(at, 1, c);
      else
        line[at] = c;
    }
    look(line);
  }
}

TEST(ProxyText, TheSameAsInetPton) {
  int accepted = 0;
  mutate([&](std::string const& line) {
    ASSERT_EQ(said(line), obvious(line)) << line;
    accepted += said(line).empty() ? 0 : 1;
  });
  EXPECT_GT(accepted, 20'000);
  for (std::string const& line : samples) EXPECT_FALSE(said(line).empty()) << line;
}

/// A way to end the line from here, the shortest first.
bool can_end(proxy_line const& line, std::string& way, int depth) {
  if (line.done()) return true;
  if (depth == 0) return false;
  for (char const c : "\r\n :.0ROXYTCP4UNKW"sv) {
    proxy_line next = line;
    way += c;
    if (next.take(c) == errc::ok && can_end(next, way, depth - 1)) return true;
    way.pop_back();
  }
  return false;
}

TEST(ProxyText, WhatIsTakenCanStillBecomeAHeader) {
  int looked = 0;
  mutate([&](std::string const& text) {
    if (++looked % 20 != 0) return;
    proxy_line line;
    std::string taken;
    for (char const c : text) {
      if (line.done() || line.take(c) != errc::ok) return;
      taken += c;
      std::string way;
      ASSERT_TRUE(can_end(line, way, 40)) << taken;
      ASSERT_FALSE(obvious(taken + way).empty()) << taken << "|" << way;
    }
  });
}

}  // namespace
