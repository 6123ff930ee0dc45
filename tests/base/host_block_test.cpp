// SPDX-License-Identifier: BSL-1.0
// The wide form of a block against the plain one.
#include "ehlo/base/host_block.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace {

using namespace ehlo;

bool same(host_block a, host_block b) { return a.member == b.member && a.mark == b.mark && a.dot == b.dot; }

TEST(host_block, every_octet_in_every_place) {
  for (unsigned c = 0; c != 256; ++c) {
    for (std::size_t place = 0; place != host_block_size; ++place) {
      std::array<char, host_block_size> text{};
      text.fill('@');
      text[place] = static_cast<char>(c);
      ASSERT_TRUE(same(read_host_block(text.data()), read_host_block_plain(text.data()))) << c << ' ' << place;
      bool const member = has_class(static_cast<char>(c), char_class::ldh) || c == '.';
      ASSERT_EQ(read_host_block(text.data()).member, member ? std::uint64_t{1} << place : 0U) << c;
    }
  }
}

TEST(host_block, random_text_at_every_alignment) {
  std::array<char, 64> text{};
  std::uint32_t seed = 1;
  for (int round = 0; round != 2000; ++round) {
    for (char& c : text) c = static_cast<char>((seed = seed * 1664525U + 1013904223U) >> 24U);
    for (std::size_t at = 0; at != text.size() - host_block_size; ++at)
      ASSERT_TRUE(same(read_host_block(text.data() + at), read_host_block_plain(text.data() + at)));
  }
}

}  // namespace
