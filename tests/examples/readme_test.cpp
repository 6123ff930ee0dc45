// SPDX-License-Identifier: BSL-1.0
// The hosts that the README shows whole: they are the files, and the server works (the client: send_test.cpp).
#include <gtest/gtest.h>

#include <string>

#include "process.hpp"

namespace {

std::string const source = EHLO_SOURCE;

/// The fenced block behind a marker, without its fences.
std::string fenced_block(std::string const& text, std::string const& marker) {
  std::size_t const at = text.find(marker);
  if (at == std::string::npos) return "no " + marker;
  std::size_t const begin = text.find('\n', text.find("```", at)) + 1;
  return text.substr(begin, text.find("```", begin) - begin);
}

TEST(readme, shows_the_smallest_hosts_as_they_are) {
  for (std::string const file : {"examples/smallest.cpp", "examples/smallest_send.cpp"})
    EXPECT_EQ(fenced_block(test::contents(source + "/README.md"), "<!-- file: " + file + " -->"),
              test::contents(source + "/" + file));
}

TEST(smallest, takes_mail_for_its_own_name) {
  test::result const r = test::run({EHLO_SMALLEST},
                                   "EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<x@MX.example.org>\r\nRCPT TO:<postmaster>\r\n"
                                   "RCPT TO:<x@other.example>\r\nDATA\r\nhello\r\n..\r\n.\r\nQUIT\r\n");
  EXPECT_EQ(r.status, 0);
  EXPECT_EQ(r.error, "hello\r\n.\r\n");
  EXPECT_NE(r.out.find("\r\n250 2.1.0 sender ok\r\n250 2.1.5 recipient ok\r\n250 2.1.5 recipient ok\r\n550 5.7.1"),
            std::string::npos)
      << r.out;
  EXPECT_TRUE(r.out.ends_with("250 2.0.0 ours now\r\n221 2.0.0 closing\r\n")) << r.out;
}

TEST(smallest, ends_with_its_input) {
  test::result const r = test::run({EHLO_SMALLEST}, "EHLO c\r\nNOOP\r\n");
  EXPECT_EQ(r.status, 0);
  EXPECT_TRUE(r.out.ends_with("250 2.0.0 ok\r\n")) << r.out;
}

}  // namespace
