// SPDX-License-Identifier: BSL-1.0
// The pictures in the README are the tables'.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "mermaid.hpp"

#if !defined(EHLO_README)
#define EHLO_README EHLO_TEST_DATA "/../../README.md"
#endif

namespace {

void expect_in_readme(std::string const& role, std::string const& diagram) {
  std::ifstream file{EHLO_README, std::ios::binary};
  ASSERT_TRUE(file) << "no " << EHLO_README;
  std::string const readme{std::istreambuf_iterator<char>{file}, {}};
  std::string const expected = "```mermaid\n" + diagram + "```\n";
  std::string const begin = "<!-- diagram: " + role + " -->\n";
  std::size_t const from = readme.find(begin);
  std::size_t const to = readme.find("<!-- /diagram -->", from);
  ASSERT_NE(to, std::string::npos) << "the README has no block for\n" << begin << expected << "<!-- /diagram -->\n";
  EXPECT_EQ(readme.substr(from + begin.size(), to - from - begin.size()), expected) << "Put this there:\n" << expected;
}

TEST(Diagram, InTheReadmeIsTheServersTable) { expect_in_readme("server", ehlo_test::server_diagram()); }
TEST(Diagram, InTheReadmeIsTheClientsTable) { expect_in_readme("client", ehlo_test::client_diagram()); }

}  // namespace
