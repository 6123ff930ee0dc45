// SPDX-License-Identifier: BSL-1.0
// Loops are found by counting Received fields (RFC 5321 6.3), however the message is cut.
#include "ehlo/trace/received_count.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

namespace {

using namespace std::string_view_literals;
using ehlo::trace::received_count;

constexpr std::uint32_t count(std::string_view text) {
  received_count counter;
  counter.take(text);
  return counter.count();
}

static_assert(count("") == 0 && count("Received: a\r\n") == 1 && count("Received:") == 1 && count("Received") == 0);
static_assert(count("RECEIVED: a\r\nreceived:\r\nReCeIvEd : b\r\nReceived \t:\r\n\r\n") == 4);
static_assert(count("Received: a\r\n\tReceived: b\r\n Received: c\r\n") == 1, "folded");
static_assert(count("Received-SPF: pass\r\nX-Received: x\r\nReceive: x\r\nReceivedd: x\r\nReceived x: y\r\n") == 0);
static_assert(count("Subject: Received: a\r\nReceived: b\r\n") == 1);
static_assert(count("Received: a\r\n\r\nReceived: b\r\n") == 1, "in the body");
static_assert(count("\r\nReceived: b\r\n") == 0, "no header at all");
static_assert(count("Received: a\n\nReceived: b\n") == 1, "a chunk may have LF alone");
static_assert(count("Received: a\nReceived: b\n\r\nReceived: c\n") == 2);
static_assert(count("Received: a\r\rReceived: b\r\n") == 1, "CR alone ends no line");
static_assert(count("\rReceived: a\r\nReceived: b\r\n") == 1);
static_assert(count("Received\r\n: a\r\nReceived\n: b\r\n") == 0);
static_assert(count(" \r\nReceived: b\r\n") == 1, "a line with a space is not empty");
static_assert(count("Received: \xFF\0\r\nReceived: b\r\n"sv) == 2);

TEST(ReceivedCount, Threshold) {
  received_count counter;
  for (int i = 0; i != 99; ++i) counter.take("Received: from a by b; Sun, 22 Nov 2026 05:40:00 +0000\r\n");
  EXPECT_FALSE(counter.is_loop());
  EXPECT_TRUE(counter.is_loop(99));
  counter.take("received: ");
  EXPECT_TRUE(counter.is_loop());
  EXPECT_FALSE(counter.header_ended());
  counter.take("x\r\n\r");
  EXPECT_FALSE(counter.header_ended());
  counter.take("\n");
  EXPECT_TRUE(counter.header_ended());
  counter.take("Received: x\r\n");
  EXPECT_EQ(counter.count(), 100u);
}

/// Line by line over the whole.
std::uint32_t obvious(std::string const& text) {
  std::uint32_t found = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t const end = text.find('\n', at);
    std::string line = text.substr(at, end == std::string::npos ? end : end - at);
    if (end != std::string::npos && (line.empty() || line == "\r")) break;
    for (char& c : line) c = ehlo::to_upper(c);
    std::size_t const colon = line.find(':');
    if (colon != std::string::npos) {
      line.resize(colon);
      while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.pop_back();
      found += line == "RECEIVED" ? 1U : 0U;
    }
    if (end == std::string::npos) break;
    at = end + 1;
  }
  return found;
}

TEST(ReceivedCount, TheSameForEveryCut) {
  constexpr std::string_view pieces[] = {
      "Received", ":", " ", "\t", "\r\n", "\n", "\r", "x", "rEcEiVeD:", "Received: a\r\n", "Rec", "eived", "\r\n\r\n"};
  std::mt19937 random{63};
  for (int round = 0; round != 20'000; ++round) {
    std::string text;
    for (auto parts = random() % 20; parts != 0; --parts) text += pieces[random() % std::size(pieces)];
    std::uint32_t const expected = obvious(text);
    ASSERT_EQ(count(text), expected) << text;
    received_count octets, cut;
    for (char const c : text) octets.take({&c, 1});
    for (std::string_view rest = text; !rest.empty();) {
      std::size_t const size = 1 + random() % rest.size();
      cut.take(rest.substr(0, size));
      rest.remove_prefix(size);
    }
    ASSERT_EQ(octets.count(), expected) << text;
    ASSERT_EQ(cut.count(), expected) << text;
    ASSERT_EQ(octets.header_ended(), cut.header_ended()) << text;
  }
}

}  // namespace
