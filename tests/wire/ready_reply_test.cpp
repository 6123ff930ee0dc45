// SPDX-License-Identifier: BSL-1.0
// A reply that is written beforehand is the reply that reply_writer makes of its parts (RFC 5321 4.2, RFC 2034 4).
#include "ehlo/wire/ready_reply.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "ehlo/wire/reply_writer.hpp"

namespace {

constexpr ehlo::ready_reply ok = ehlo::as_written("250 2.1.5 recipient ok\r\n");
static_assert(ok.code == 250 && ok.status == ehlo::enhanced_code{2, 1, 5} && ok.text == "recipient ok");
static_assert(ok.line == "250 2.1.5 recipient ok\r\n");

std::string put(bool with_status) {
  std::array<char, ehlo::reply_room> storage{};
  ehlo::output_buffer out{storage};
  ehlo::put_ready(out, ok.line, with_status);
  return std::string{out.waiting()};
}

std::string written(ehlo::enhanced_code status) {
  std::array<char, ehlo::reply_room> storage{};
  ehlo::output_buffer out{storage};
  ehlo::reply_writer{out, ok.code, status, false}.write(ok.text);
  return std::string{out.waiting()};
}

TEST(ready_reply, is_what_the_writer_makes_of_its_parts) {
  EXPECT_EQ(put(true), ok.line);
  EXPECT_EQ(put(true), written(ok.status));
}

TEST(ready_reply, loses_its_status_where_none_is_offered) {
  EXPECT_EQ(put(false), "250 recipient ok\r\n");
  EXPECT_EQ(put(false), written({}));
}

}  // namespace
