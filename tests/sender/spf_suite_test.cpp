// SPDX-License-Identifier: BSL-1.0
// The test suite of RFC 7208 (tests/data/sender/spf), in every order of answers, and with each answer lost.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "spf_zone.hpp"

namespace {

using namespace spf;

std::string read_file(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct suite {
  std::vector<zone> zones;
  std::vector<case_of_suite> cases = read_suite(read_file(EHLO_TEST_DATA "/sender/spf/rfc7208-tests.txt"), zones);
};

suite const& the_suite() {
  static suite const read;
  return read;
}

spf_check checked(case_of_suite const& one) {
  return spf_check{{ehlo::parse_ip_address(one.host), one.helo, one.mailfrom}, {}, {}};
}

/// "If no error, no explanation is given": the suite's DEFAULT is our empty one.
bool allows(std::string_view results, std::string_view one) {
  while (!results.empty()) {
    std::string_view const next = results.substr(0, results.find('/'));
    if (next == one) return true;
    results.remove_prefix((std::min)(results.size(), next.size() + 1));
  }
  return false;
}

TEST(SpfSuite, IsWhole) {
  EXPECT_EQ(the_suite().cases.size(), 203u);
  EXPECT_EQ(the_suite().zones.size(), 16u);
  for (case_of_suite const& one : the_suite().cases) EXPECT_FALSE(one.result.empty()) << one.name;
}

TEST(SpfSuite, EveryTestInEveryOrderOfAnswers) {
  std::uint32_t random = 1;
  for (case_of_suite const& one : the_suite().cases) {
    SCOPED_TRACE(one.scenario + ", " + one.name + " (" + one.spec + ")");
    std::string first;
    dns::all_orders orders;
    for (int run = 0; run != 240; ++run) {
      spf_check check = checked(one);
      // The meter turns its last choices first: where it has more orders than we wait for, the rest is random.
      play(check, *one.in, [&](std::size_t count) -> std::size_t {
        if (run < 200) return orders.pick(count);
        random = random * 1664525U + 1013904223U;
        return (random >> 16U) % count;
      });
      if (run == 0) {
        first = whole(check);
        EXPECT_TRUE(allows(one.result, name(check.result()))) << first << ", not " << one.result;
        EXPECT_EQ(check.explanation(), one.explained ? one.explanation : check.explanation());
      }
      ASSERT_EQ(whole(check), first);
      if (run < 200 && !orders.next()) break;
    }
  }
}

// An answer that is lost, or late, changes the result to temperror, or nothing where it need not matter: names of the
// client, names behind MX records, explanations.
TEST(SpfSuite, EveryAnswerLost) {
  for (case_of_suite const& one : the_suite().cases) {
    SCOPED_TRACE(one.scenario + ", " + one.name);
    spf_check whole_one = checked(one);
    std::size_t const count = play(whole_one, *one.in, [](std::size_t) { return std::size_t{0}; }).size();
    for (std::size_t lost = 0; lost != count; ++lost)
      for (dns_status const how : {dns_status::servfail, dns_status::timeout}) {
        spf_check check = checked(one);
        std::vector<asked> const all = play(
            check, *one.in, [](std::size_t) { return std::size_t{0}; },
            [&](dns_question const& q, full_answer& answer) {
              if (q.number == lost) answer.status = how;
            });
        ASSERT_TRUE(check.done());
        if (check.result() == spf_result::temperror) {
          EXPECT_EQ(check.problem(), spf_problem::dns_failure);
        } else if (all[lost].type == dns_type::txt) {
          EXPECT_EQ(whole_one.result(), spf_result::fail);
          EXPECT_EQ(check.result(), spf_result::fail);
          EXPECT_EQ(check.explanation(), "");
          EXPECT_EQ(lost + 1, all.size());
        } else {
          EXPECT_NE(all[lost].type, dns_type::mx);
        }
      }
  }
}

// What is said when nobody waits is defined at each point.
TEST(SpfSuite, EveryMomentToGiveUp) {
  for (case_of_suite const& one : the_suite().cases) {
    SCOPED_TRACE(one.scenario + ", " + one.name);
    for (int answers = 0, over = 0; over != 2; ++answers) {
      spf_check given_up = checked(one);
      spf_check late = checked(one);
      for (spf_check* check : {&given_up, &late}) {
        int left = answers;
        while (!check->done() && left-- != 0)
          while (dns_question const q = check->ask()) {
            full_answer answer = one.in->answer(q.type, q.name);
            ASSERT_EQ(check->answer(q, answer.view()), ehlo::errc::ok);
          }
      }
      over += given_up.done() ? 1 : 0;
      ASSERT_EQ(given_up.done(), late.done());
      bool const was_done = late.done();
      given_up.end_waiting();
      EXPECT_TRUE(given_up.done() && !given_up.ask());
      EXPECT_EQ(late.on_deadline({19'999}), ehlo::errc::local_order);
      EXPECT_EQ(late.on_deadline({20'000}), was_done ? ehlo::errc::local_order : ehlo::errc::ok);
      EXPECT_TRUE(late.done() && !late.ask());
      if (!was_done && late.result() != spf_result::fail) {
        EXPECT_EQ(late.problem(), spf_problem::time_limit);
      }
    }
  }
}

}  // namespace
