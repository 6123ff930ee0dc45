// SPDX-License-Identifier: BSL-1.0
// The hosts that the README shows whole: they are the files, and the server works (the client: send_test.cpp).
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <string>
#include <vector>

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
  for (std::string const file : {"examples/blocking/server.cpp", "examples/blocking/client.cpp"})
    EXPECT_EQ(fenced_block(test::contents(source + "/README.md"), "<!-- file: " + file + " -->"),
              test::contents(source + "/" + file));
}

/// `| [ehlo-x](examples/x.cpp) | 99 | ...`
TEST(readme, counts_the_lines_of_the_hosts) {
  std::string const text = test::contents(source + "/README.md");
  std::size_t hosts = 0;
  for (std::size_t at = text.find("<!-- hosts -->"); (at = text.find("\n| [ehlo-", at)) != std::string::npos; ++hosts) {
    std::size_t const file = text.find('(', at) + 1;
    std::size_t const number = text.find(") | ", file) + 4;
    std::string const name = text.substr(file, text.find(')', file) - file);
    std::string const code = test::contents(source + "/" + name);
    EXPECT_EQ(std::stol(text.substr(number, 5)), std::count(code.begin(), code.end(), '\n')) << name;
    at = number;
  }
  EXPECT_EQ(hosts, 11U);
}

TEST(blocking_server, takes_mail_for_its_own_name) {
  test::folder const dir;
  test::process server{{EHLO_BLOCKING_SERVER, "0", dir / ""}};
  std::string const line = server.error.read_line();
  std::string const start = "listening on 127.0.0.1:";
  ASSERT_TRUE(line.starts_with(start)) << line;
  test::descriptor const client = test::connect_to(static_cast<std::uint16_t>(std::stoi(line.substr(start.size()))));
  EXPECT_EQ(client.read_line(), "220 mx.example.org ESMTP\r\n");
  client.write(
      "EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<x@MX.example.org>\r\nRCPT TO:<postmaster>\r\n"
      "RCPT TO:<x@other.example>\r\nDATA\r\nhello\r\n..\r\n.\r\nQUIT\r\n");
  std::string const said = client.read_all();
  EXPECT_NE(said.find("\r\n250 2.1.0 sender ok\r\n250 2.1.5 recipient ok\r\n250 2.1.5 recipient ok\r\n550 5.7.1"),
            std::string::npos)
      << said;
  EXPECT_TRUE(said.ends_with("250 2.0.0 ours now\r\n221 2.0.0 closing\r\n")) << said;
  EXPECT_EQ(test::files_in(dir / ""), std::vector<std::string>{"hello\r\n.\r\n"});
  server.signal(SIGTERM);
  EXPECT_EQ(server.finish().status, 0);
}

}  // namespace
