// SPDX-License-Identifier: BSL-1.0
// The conveniences beside the engines: time from std::chrono, and a buffer to read into.
#include <gtest/gtest.h>

#include <chrono>
#include <cstring>

#include "ehlo/chrono.hpp"
#include "ehlo/read_buffer.hpp"

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

TEST(chrono, a_time_point_is_rounded_down_to_milliseconds) {
  EXPECT_EQ(ehlo::to_instant(clock::time_point{1500us}).ms, 1);
  EXPECT_EQ(ehlo::to_instant(clock::time_point{-1500us}).ms, -2);
  EXPECT_EQ(ehlo::time_until({5000}, {2000}), 3s);
  EXPECT_EQ(ehlo::time_until({2000}, {5000}), 0s);
}

void fill(ehlo::read_buffer<8>& buffer, std::string_view text) {
  std::memcpy(buffer.prepare().data(), text.data(), text.size());
  buffer.commit(text.size());
}

TEST(read_buffer, keeps_what_was_not_used_and_moves_it_to_the_front) {
  ehlo::read_buffer<8> buffer;
  EXPECT_EQ(buffer.prepare().size(), 8U);
  fill(buffer, "abcdef");
  std::string_view in = buffer.unused();
  EXPECT_EQ(in, "abcdef");
  in.remove_prefix(4);
  buffer.keep(in);
  EXPECT_EQ(buffer.unused(), "ef");
  EXPECT_EQ(buffer.prepare().size(), 6U);
  fill(buffer, "ghijkl");
  EXPECT_EQ(buffer.unused(), "efghijkl");
  EXPECT_TRUE(buffer.prepare().empty());
}

TEST(read_buffer, a_wrong_count_is_cut_to_what_there_is) {
  ehlo::read_buffer<8> buffer;
  std::memset(buffer.prepare().data(), 'x', 8);
  buffer.commit(100);
  EXPECT_EQ(buffer.unused().size(), 8U);
  buffer.keep("much more than it ever held");
  EXPECT_EQ(buffer.unused().size(), 8U);
}

}  // namespace
