// SPDX-License-Identifier: BSL-1.0
// RFC 3030 2: exactly the announced octets, whatever they are.
#include "ehlo/wire/chunk_reader.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace {

using namespace std::string_view_literals;

TEST(ChunkReader, TakesExactlyTheAnnouncedOctets) {
  constexpr auto data = "a\r\n.\r\nb\0\xff\nQUIT\r\n"sv;
  for (std::size_t announced = 0; announced <= data.size(); ++announced)
    for (std::size_t i = 0; i <= data.size(); ++i)
      for (std::size_t j = i; j <= data.size(); ++j) {
        ehlo::chunk_reader chunk;
        chunk.start(announced);
        std::string taken;
        std::size_t left_over = 0;
        for (auto const piece : {data.substr(0, i), data.substr(i, j - i), data.substr(j)}) {
          std::string_view in = piece;
          std::string_view const part = chunk.take(in);
          EXPECT_EQ(part.data(), piece.data()) << "a view of the input";
          EXPECT_EQ(part.size() + in.size(), piece.size());
          taken += part;
          left_over += in.size();
          EXPECT_EQ(chunk.left(), announced - taken.size());
          EXPECT_EQ(chunk.done(), taken.size() == announced);
        }
        EXPECT_EQ(taken, data.substr(0, announced));
        EXPECT_EQ(left_over, data.size() - announced);
      }
}

TEST(ChunkReader, IsDoneBeforeItIsStarted) {
  ehlo::chunk_reader chunk;
  std::string_view in = "QUIT\r\n";
  EXPECT_TRUE(chunk.done());
  EXPECT_TRUE(chunk.take(in).empty());
  EXPECT_EQ(in, "QUIT\r\n");
}

TEST(ChunkReader, CountsIn64Bits) {
  ehlo::chunk_reader chunk;
  chunk.start(std::numeric_limits<std::uint64_t>::max());
  std::string_view in = "abc";
  EXPECT_EQ(chunk.take(in), "abc");
  EXPECT_TRUE(in.empty());
  EXPECT_EQ(chunk.left(), std::numeric_limits<std::uint64_t>::max() - 3);
}

static_assert([] {
  ehlo::chunk_reader chunk;
  chunk.start(2);
  std::string_view in = "abc";
  return chunk.take(in) == "ab" && in == "c" && chunk.done();
}());

}  // namespace
