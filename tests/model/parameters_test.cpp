// SPDX-License-Identifier: BSL-1.0
// The range of parameters, RFC 5321 4.1.1.11.
#include "ehlo/model/parameters.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace ehlo;

TEST(parameters, walks) {
  parameters const all{" SIZE=1  body=8BITMIME SMTPUTF8 X= \t"};
  std::string seen;
  for (parameter const& one : all) {
    seen += one.keyword;
    if (one.has_value) (seen += '=') += one.value;
    seen += ';';
  }
  EXPECT_EQ(seen, "SIZE=1;body=8BITMIME;SMTPUTF8;X=;");
}

constexpr parameters some{" SIZE=1 body=8BITMIME SMTPUTF8"};
static_assert(some.find("BODY").value == "8BITMIME" && !some.find("SMTPUTF8").has_value &&
              some.find("RET").keyword.empty());
static_assert(parameters{}.empty() && parameters{" \t "}.empty() && !some.empty());

}  // namespace
