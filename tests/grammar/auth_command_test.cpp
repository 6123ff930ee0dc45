// SPDX-License-Identifier: BSL-1.0
// AUTH, RFC 4954 4 and 8.
#include "ehlo/grammar/auth_command.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

namespace {

using namespace ehlo;

struct auth_row {
  std::string_view line;
  errc what;
  std::string_view mechanism = {};
  std::string_view initial = {};
  bool has_initial = false;
};
constexpr bool holds(auth_row const& row) {
  auth_command command;
  if (parse_auth(row.line, command) != row.what) return false;
  return row.line.substr(command.mechanism.at, command.mechanism.length) == row.mechanism &&
         row.line.substr(command.initial.at, command.initial.length) == row.initial &&
         command.has_initial == row.has_initial;
}
constexpr auth_row rows[] = {
    {"AUTH PLAIN", errc::ok, "PLAIN"},
    {"auth scram-sha-256-plus ", errc::ok, "scram-sha-256-plus"},
    {"AUTH PLAIN =", errc::ok, "PLAIN", "=", true},
    {"AUTH PLAIN AHVzZXIAcGFzcw==", errc::ok, "PLAIN", "AHVzZXIAcGFzcw==", true},
    {"AUTH AAAAAAAAAAAAAAAAAAAA", errc::ok, "AAAAAAAAAAAAAAAAAAAA"},
    {"AUTH X_1", errc::ok, "X_1"},
    {"AUTH", errc::peer_argument},
    {"AUTH ", errc::peer_argument},
    {"AUTH\tPLAIN", errc::peer_argument},
    {"AUTH PLAIN Zg== x", errc::peer_argument},
    {"AUTH AAAAAAAAAAAAAAAAAAAAA", errc::peer_mechanism},
    {"AUTH PL.AIN", errc::peer_mechanism},
    {"AUTH PLAIN=", errc::peer_mechanism},
    {"AUTH \xc3\xa9", errc::peer_mechanism},
    {"AUTH PLAIN Zg", errc::peer_base64},
    {"AUTH PLAIN ==", errc::peer_base64},
    {"AUTH PLAIN *", errc::peer_base64},
};
static_assert(std::ranges::all_of(rows, holds));

TEST(auth_command, table) {
  for (auth_row const& row : rows) EXPECT_TRUE(holds(row)) << row.line;
}

}  // namespace
