// SPDX-License-Identifier: BSL-1.0
#include "ehlo/wire/output_buffer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <random>
#include <string>
#include <string_view>

namespace {

using ehlo::output_buffer;

bool put(output_buffer& out, std::string_view text) {
  if (text.size() > out.room()) return false;
  std::memcpy(out.tail().data(), text.data(), text.size());
  out.grow(text.size());
  return true;
}

TEST(OutputBuffer, GrowsAtItsTailAndLosesItsHead) {
  std::array<char, 8> storage;
  output_buffer out{storage};
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(out.room(), 8U);
  EXPECT_TRUE(put(out, "abc"));
  EXPECT_TRUE(put(out, "de"));
  EXPECT_EQ(out.waiting(), "abcde");
  EXPECT_TRUE(out.sent(2));
  EXPECT_EQ(out.waiting(), "cde");
  EXPECT_EQ(out.room(), 3U) << "what was sent is not free yet";
  EXPECT_EQ(out.waiting().data(), storage.data() + 2);
}

TEST(OutputBuffer, StartsAnewOnlyWhenItIsEmpty) {
  std::array<char, 8> storage;
  output_buffer out{storage};
  put(out, "abcdefgh");
  EXPECT_EQ(out.room(), 0U);
  EXPECT_TRUE(out.sent(7));
  EXPECT_EQ(out.room(), 0U);
  EXPECT_TRUE(out.sent(1));
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(out.room(), 8U);
  put(out, "xy");
  out.clear();
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(out.room(), 8U);
}

TEST(OutputBuffer, RefusesMoreThanItHolds) {
  std::array<char, 8> storage;
  output_buffer out{storage};
  EXPECT_FALSE(out.sent(1));
  EXPECT_TRUE(out.sent(0));
  put(out, "abc");
  EXPECT_FALSE(out.sent(4));
  EXPECT_FALSE(out.sent(static_cast<std::size_t>(-1)));
  EXPECT_EQ(out.waiting(), "abc");
}

/// A write may be in flight: from output() until sent() no octet of it moves or changes.
TEST(OutputBuffer, NeverMovesWhatWaits) {
  std::minstd_rand random{2821};
  for (int round = 0; round != 200; ++round) {
    std::array<char, 64> storage;
    output_buffer out{storage};
    std::string model;
    char next = 'a';
    for (int step = 0; step != 100; ++step) {
      std::string_view const before = out.waiting();
      std::string const octets{before};
      if (random() % 2 == 0) {
        std::string const text(random() % 20, next = next == 'z' ? 'a' : static_cast<char>(next + 1));
        if (put(out, text)) model += text;
        EXPECT_EQ(before, octets);
        if (!octets.empty()) {
          EXPECT_EQ(out.waiting().data(), before.data());
        }
      } else {
        std::size_t const count = random() % (model.size() + 1);
        EXPECT_TRUE(out.sent(count));
        model.erase(0, count);
        EXPECT_EQ(before, octets);
        if (!out.empty()) {
          EXPECT_EQ(out.waiting().data(), before.data() + count);
        }
      }
      ASSERT_EQ(out.waiting(), model);
    }
  }
}

}  // namespace
