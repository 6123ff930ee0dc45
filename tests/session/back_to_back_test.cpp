// SPDX-License-Identifier: BSL-1.0
// The two engines back to back: thousands of random sessions on a fake wire, with random options, mail, answers, delays
// and cuts. What the server's host stored is what the client's host gave, and what the client reports is what the
// server's host did; also where the connection is lost at any octet.
//
// A failure prints its seed: EHLO_BACK_TO_BACK_SEED=<seed> plays that session alone, with a log of what was said;
// EHLO_BACK_TO_BACK_RUNS=<count> plays more of them.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "back_to_back/match.hpp"

namespace {

using back_to_back::match;
using back_to_back::tally;
using back_to_back::trouble;

std::uint64_t number(char const* name, std::uint64_t otherwise) {
  char const* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string play(std::uint64_t seed, trouble what, bool keeps_log, tally* counts) {
  return std::make_unique<match>(seed, std::string_view{}, what, keeps_log)->play(counts);
}

tally play_many(std::uint64_t first, std::uint64_t usual_runs, trouble what) {
  tally counts;
  std::uint64_t const only = number("EHLO_BACK_TO_BACK_SEED", UINT64_MAX);
  if (only != UINT64_MAX) {
    std::cout << play(only, what, true, nullptr);
    return counts;
  }
  std::uint64_t const runs = number("EHLO_BACK_TO_BACK_RUNS", usual_runs);
  for (std::uint64_t seed = first; seed != first + runs; ++seed) {
    if (play(seed, what, false, &counts).empty()) continue;
    ADD_FAILURE() << "seed " << seed << ": " << play(seed, what, true, nullptr);
    break;
  }
  return counts;
}

std::size_t told(tally const& t, ehlo::outcome o) { return t.recipients[static_cast<std::size_t>(o)]; }

TEST(BackToBack, SessionsThatRunToTheirEnd) {
  tally const t = play_many(1, 4000, trouble::none);
  if (t.transactions == 0) GTEST_SKIP() << "the tally is of many sessions, and EHLO_BACK_TO_BACK_SEED plays one";
  // Random settings that visit nothing would pass as well.
  EXPECT_GT(t.bodies, 300U);
  EXPECT_GT(t.chunked, 300U);
  EXPECT_GT(t.handshakes, 100U);
  EXPECT_GT(t.challenges, 100U);
  EXPECT_GT(told(t, ehlo::outcome::delivered), 1000U);
  EXPECT_GT(told(t, ehlo::outcome::refused_for_now), 300U);
  EXPECT_GT(told(t, ehlo::outcome::refused_for_good), 300U);
}

TEST(BackToBack, ConnectionsCutAtAnyOctet) {
  tally const t = play_many(1, 15000, trouble::cut);
  if (t.transactions == 0) GTEST_SKIP() << "the tally is of many sessions, and EHLO_BACK_TO_BACK_SEED plays one";
  EXPECT_GT(t.cuts, 1000U);
  EXPECT_GT(told(t, ehlo::outcome::delivered), 200U);
  EXPECT_GT(told(t, ehlo::outcome::unknown), 20U);
}

TEST(BackToBack, OctetsLostAndPutInOnTheWay) { play_many(1, 5000, trouble::disturbed); }

}  // namespace
