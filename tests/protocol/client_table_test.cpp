// SPDX-License-Identifier: BSL-1.0
// What holds of the client's table as a whole.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include "ehlo/protocol/client_table.hpp"

namespace {

using ehlo::client_action;
using ehlo::client_fact;
using ehlo::client_input;
using ehlo::client_row;
using ehlo::client_state;
using ehlo::client_step;
using ehlo::transition;
using ehlo::client_rows::rows;

using in = client_input;
using st = client_state;

constexpr std::size_t fact_sets = 1U << 8U;

client_state state(std::size_t s) { return static_cast<client_state>(s); }
client_input input(std::size_t i) { return static_cast<client_input>(i); }
client_fact facts(std::size_t f) { return static_cast<client_fact>(f); }
bool holds(client_row const& row, std::size_t s, std::size_t i) {
  return (row.states >> s & 1U) != 0 && (row.inputs >> i & 1U) != 0;
}
std::string cell(std::size_t s, std::size_t i) {
  return std::string{ehlo::client_state_names[s]} + ", " + std::string{ehlo::client_input_names[i]};
}

std::set<in> const replies{in::success, in::intermediate, in::transient, in::permanent, in::closing, in::violation};

/// What beside replies a session puts to the table.
std::set<in> conclusions(st s) {
  switch (s) {
    case st::hello: return {in::tls_wanted, in::auth_wanted, in::session_ready, in::unfit};
    case st::helo: return {in::session_ready, in::unfit};
    case st::starttls: return {in::auth_wanted, in::session_ready, in::unfit};
    case st::auth: return {in::session_ready, in::unfit};
    case st::tls: return {in::tls_started};
    case st::ready: return {in::submit, in::command, in::quit};
    case st::mail: return {in::nothing_begun};
    case st::rcpt: return {in::recipients_answered, in::give_up, in::nothing_begun};
    case st::data: return {in::give_up};
    case st::text: return {in::body_ended};
    case st::chunks: return {in::chunks_answered, in::give_up};
    case st::spoiled: return {in::chunks_answered};
    default: return {};
  }
}

bool is_asked(std::size_t s, std::size_t i) {
  if (input(i) == in::disconnect) return true;
  if (state(s) == st::closed) return false;
  return replies.contains(input(i)) || conclusions(state(s)).contains(input(i));
}

template <class F>
void each_cell(F f) {
  for (std::size_t s = 0; s != ehlo::client_state_count; ++s)
    for (std::size_t i = 0; i != ehlo::client_input_count; ++i) f(s, i);
}
/// Each transition that a session can ask for.
template <class F>
void each_step(F f) {
  each_cell([&f](std::size_t s, std::size_t i) {
    for (std::size_t set = 0; set != fact_sets && is_asked(s, i); ++set)
      f(state(s), input(i), facts(set), transition(state(s), input(i), facts(set)));
  });
}

TEST(ClientTable, IsComplete) {
  each_cell([](std::size_t s, std::size_t i) {
    std::size_t plain = 0;
    std::size_t any = 0;
    for (client_row const& row : rows) {
      any += std::size_t{holds(row, s, i)};
      plain += std::size_t{holds(row, s, i) && row.guard == client_fact::none};
    }
    if (is_asked(s, i))
      EXPECT_EQ(plain, 1U) << cell(s, i);
    else
      EXPECT_EQ(any, 0U) << "nobody asks for that: " << cell(s, i);
  });
}

TEST(ClientTable, IsDeterministic) {
  each_cell([](std::size_t s, std::size_t i) {
    std::size_t plain = 0;
    std::size_t guarded = 0;
    for (client_row const& row : rows) {
      if (!holds(row, s, i)) continue;
      ++(row.guard == client_fact::none ? plain : guarded);
    }
    EXPECT_LE(plain, 1U) << cell(s, i);
    EXPECT_LE(guarded, 1U) << cell(s, i);
    EXPECT_LE(guarded, plain) << "a guard that fails leaves a hole: " << cell(s, i);
  });
}

std::set<client_state> reachable_from(client_state start) {
  std::set<client_state> seen{start};
  for (std::size_t before = 0; before != seen.size();) {
    before = seen.size();
    each_step([&seen](st s, in, client_fact, client_step const& step) {
      if (seen.contains(s)) seen.insert(step.next);
    });
  }
  return seen;
}

TEST(ClientTable, ReachesEveryState) { EXPECT_EQ(reachable_from(st::connected).size(), ehlo::client_state_count); }

TEST(ClientTable, ReachesClosedFromEveryState) {
  for (std::size_t s = 0; s != ehlo::client_state_count; ++s) {
    EXPECT_TRUE(reachable_from(state(s)).contains(st::closed)) << ehlo::client_state_names[s];
    EXPECT_EQ(transition(state(s), in::disconnect, {}).next, st::closed);
  }
  EXPECT_EQ(reachable_from(st::closed).size(), 1U) << "the end is the end";
}

TEST(ClientTable, HasNoDeadRow) {
  for (client_row const& row : rows) {
    bool asked = false;
    each_step([&](st s, in i, client_fact, client_step const& step) {
      if (!holds(row, static_cast<std::size_t>(s), static_cast<std::size_t>(i))) return;
      bool const chosen = (step.because != client_fact::none) == (row.guard != client_fact::none);
      asked = asked || (chosen && step.next == (row.stays ? s : row.next) && step.action == row.action);
    });
    EXPECT_TRUE(asked) << row.source << ", states " << row.states << ", inputs " << row.inputs;
    EXPECT_FALSE(row.source.empty());
  }
}

TEST(ClientTable, EndsAt421AndAtAViolation) {  // RFC 5321 3.8
  each_step([](st s, in i, client_fact, client_step const& step) {
    if (i == in::closing || i == in::violation) {
      EXPECT_EQ(step.next, st::closed) << cell(static_cast<std::size_t>(s), static_cast<std::size_t>(i));
    }
  });
}

TEST(ClientTable, ReleasesTextAt354Only) {  // RFC 5321 4.1.1.4
  each_step([](st s, in i, client_fact f, client_step const& step) {
    if (s == st::text || step.next != st::text) return;
    EXPECT_TRUE(s == st::data && i == in::intermediate && (f & client_fact::accepted) != client_fact::none);
  });
}

TEST(ClientTable, HasAVerdictBehindTheEndOnly) {
  each_step([](st s, in i, client_fact, client_step const& step) {
    if (s == st::verdict || step.next != st::verdict) return;
    bool const text = s == st::text && i == in::body_ended;
    EXPECT_TRUE(text || (s == st::chunks && i == in::chunks_answered));
  });
}

TEST(ClientTable, BeginsATransactionWhenReadyOnly) {
  each_step([](st s, in i, client_fact, client_step const& step) {
    if (s == st::mail || step.next != st::mail) return;
    EXPECT_TRUE(s == st::ready && i == in::submit);
    EXPECT_EQ(step.action, client_action::begin);
  });
}

TEST(ClientTable, HasANameForEverything) {
  EXPECT_EQ(std::set(ehlo::client_state_names.begin(), ehlo::client_state_names.end()).size(),
            ehlo::client_state_count);
  EXPECT_EQ(std::set(ehlo::client_input_names.begin(), ehlo::client_input_names.end()).size(),
            ehlo::client_input_count);
  EXPECT_FALSE(ehlo::client_input_names.back().empty());
}

}  // namespace
