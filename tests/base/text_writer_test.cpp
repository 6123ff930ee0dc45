// SPDX-License-Identifier: BSL-1.0
// What does not fit is not written, in whole.
#include "ehlo/base/text_writer.hpp"

#include <gtest/gtest.h>

#include <array>

#include "ehlo/base/instant.hpp"

namespace {

using namespace ehlo;

TEST(text_writer, writes) {
  std::array<char, 32> storage{};
  text_writer out{storage};
  out.put("a").put('b').put("").put_number(0).put(' ').put_number(UINT64_MAX);
  EXPECT_TRUE(out.fits());
  EXPECT_EQ(out.written(), "ab0 18446744073709551615");
}

TEST(text_writer, stops_at_the_first_that_does_not_fit) {
  std::array<char, 4> storage{};
  text_writer out{storage};
  out.put("abc").put("de").put('f');
  EXPECT_FALSE(out.fits());
  EXPECT_EQ(out.written(), "abc");
}

constexpr bool works_in_the_compiler() {
  std::array<char, 8> storage{};
  text_writer out{storage};
  out.put("n=").put_number(42);
  return out.written() == "n=42" && out.fits();
}
static_assert(works_in_the_compiler());

static_assert(instant{5} + one_second == instant{1005} && instant{7} - instant{5} == 2 && instant{1} < instant{2});

}  // namespace
