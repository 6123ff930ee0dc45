// SPDX-License-Identifier: BSL-1.0
// RFC 4960 appendix B. The figures are those of RFC 3720 B.4, which has the same checksum.
#include "ehlo/base/crc32c.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace {

using ehlo::crc32c;

constexpr std::uint32_t of(std::string_view octets) { return crc32c{}.put(octets).value(); }

static_assert(of("") == 0);
static_assert(of("123456789") == 0xE3069283U);
static_assert(of({"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32}) == 0x8A9136AAU);

TEST(Crc32c, KnownFigures) {
  std::string rising;
  for (char c = 0; c != 32; ++c) rising += c;
  EXPECT_EQ(of(std::string(32, '\xFF')), 0x62A8AB43U);
  EXPECT_EQ(of(rising), 0x46DD794EU);
  EXPECT_EQ(of(std::string(rising.rbegin(), rising.rend())), 0x113FDB5CU);
}

TEST(Crc32c, InPieces) {
  constexpr std::string_view text = "123456789";
  for (std::size_t i = 0; i <= text.size(); ++i)
    EXPECT_EQ(crc32c{}.put(text.substr(0, i)).put(text.substr(i)).value(), 0xE3069283U);
}

}  // namespace
