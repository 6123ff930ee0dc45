// SPDX-License-Identifier: BSL-1.0
// What holds of the server's table as a whole.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "ehlo/protocol/server_table.hpp"

namespace {

using ehlo::server_action;
using ehlo::server_fact;
using ehlo::server_input;
using ehlo::server_row;
using ehlo::server_state;
using ehlo::transition;
using ehlo::server_rows::rows;

constexpr std::size_t fact_sets = 1U << 7U;

server_state state(std::size_t s) { return static_cast<server_state>(s); }
server_input input(std::size_t i) { return static_cast<server_input>(i); }
server_fact facts(std::size_t f) { return static_cast<server_fact>(f); }
bool holds(server_row const& row, std::size_t s, std::size_t i) {
  return (row.states >> s & 1U) != 0 && (row.inputs >> i & 1U) != 0;
}
std::string cell(std::size_t s, std::size_t i) {
  return std::string{ehlo::server_state_names[s]} + ", " + std::string{ehlo::server_input_names[i]};
}

std::set<server_state> const session{server_state::greeted, server_state::ready, server_state::mail,
                                     server_state::no_rcpt, server_state::rcpt,  server_state::chunks,
                                     server_state::spoiled};
std::set<server_state> const refusing{server_state::turned_away, server_state::insecure};
std::set<server_input> const without_envelope{server_input::noop, server_input::vrfy, server_input::expn,
                                              server_input::help, server_input::extension};

bool reads_commands(std::size_t s) { return session.contains(state(s)) || refusing.contains(state(s)); }
bool refuses(server_action a) { return a >= server_action::refuse && a <= server_action::refuse_insecure; }

template <class F>
void each_cell(F f) {
  for (std::size_t s = 0; s != ehlo::server_state_count; ++s)
    for (std::size_t i = 0; i != ehlo::server_input_count; ++i) f(s, i);
}

TEST(ServerTable, IsComplete) {
  each_cell([](std::size_t s, std::size_t i) {
    if (i >= ehlo::server_command_count) return;
    std::size_t plain = 0;
    std::size_t any = 0;
    for (server_row const& row : rows) {
      any += std::size_t{holds(row, s, i)};
      plain += std::size_t{holds(row, s, i) && row.guard == server_fact::none};
    }
    if (reads_commands(s))
      EXPECT_EQ(plain, 1U) << cell(s, i);
    else
      EXPECT_EQ(any, 0U) << "lines are no commands there: " << cell(s, i);
  });
}

TEST(ServerTable, IsDeterministic) {
  each_cell([](std::size_t s, std::size_t i) {
    std::size_t plain = 0;
    std::size_t guarded = 0;
    for (server_row const& row : rows) {
      if (!holds(row, s, i)) continue;
      ++(row.guard == server_fact::none ? plain : guarded);
    }
    EXPECT_LE(plain, 1U) << cell(s, i);
    EXPECT_LE(guarded, 1U) << cell(s, i);
    EXPECT_LE(guarded, plain) << "a guard that fails leaves a hole: " << cell(s, i);
  });
}

std::set<server_state> reachable_from(server_state start) {
  std::set<server_state> seen{start};
  for (std::size_t before = 0; before != seen.size();) {
    before = seen.size();
    each_cell([&](std::size_t s, std::size_t i) {
      if (!seen.contains(state(s))) return;
      for (std::size_t f = 0; f != fact_sets; ++f) seen.insert(transition(state(s), input(i), facts(f)).next);
    });
  }
  return seen;
}

TEST(ServerTable, ReachesEveryState) {
  EXPECT_EQ(reachable_from(server_state::connected).size(), ehlo::server_state_count);
}

TEST(ServerTable, ReachesClosedFromEveryState) {
  for (std::size_t s = 0; s != ehlo::server_state_count; ++s) {
    EXPECT_TRUE(reachable_from(state(s)).contains(server_state::closed)) << ehlo::server_state_names[s];
    EXPECT_EQ(transition(state(s), server_input::disconnect, {}).next, server_state::closed);
  }
  EXPECT_EQ(reachable_from(server_state::closed).size(), 1U) << "the end is the end";
}

TEST(ServerTable, HasNoDeadRow) {
  for (server_row const& row : rows) {
    bool asked = false;
    each_cell([&](std::size_t s, std::size_t i) {
      if (!holds(row, s, i)) return;
      for (std::size_t f = 0; f != fact_sets; ++f) {
        ehlo::server_step const step = transition(state(s), input(i), facts(f));
        server_state const next = row.stays ? state(s) : row.next;
        bool const chosen = (step.because != server_fact::none) == (row.guard != server_fact::none);
        if (chosen && step.next == next && step.action == row.action) asked = true;
      }
    });
    EXPECT_TRUE(asked) << row.source << ", states " << row.states << ", inputs " << row.inputs;
    EXPECT_FALSE(row.source.empty());
  }
}

TEST(ServerTable, LeavesTheEnvelopeAloneInRowsForTheWholeSession) {
  std::uint32_t all = 0;
  for (server_state const s : session) all |= 1U << static_cast<unsigned>(s);
  for (server_row const& row : rows) {
    if ((row.states & all) != all) continue;
    for (std::size_t i = 0; i != ehlo::server_input_count; ++i) {
      if ((row.inputs >> i & 1U) == 0) continue;
      // Besides, the greeting verbs and the endings, which leave no envelope behind.
      bool const greets =
          (input(i) == server_input::ehlo || input(i) == server_input::helo) && row.next == server_state::ready;
      bool const ends =
          (input(i) == server_input::quit || input(i) == server_input::disconnect) && row.next == server_state::closed;
      bool const harmless = row.stays && (refuses(row.action) || without_envelope.contains(input(i)));
      EXPECT_TRUE(harmless || (!row.stays && (greets || ends))) << ehlo::server_input_names[i];
    }
  }
  each_cell([](std::size_t s, std::size_t i) {
    if (!without_envelope.contains(input(i))) return;
    for (std::size_t f = 0; f != fact_sets; ++f)
      EXPECT_EQ(transition(state(s), input(i), facts(f)).next, state(s)) << cell(s, i);
  });
}

TEST(ServerTable, RefusesWithoutMoving) {
  each_cell([](std::size_t s, std::size_t i) {
    for (std::size_t f = 0; f != fact_sets; ++f) {
      ehlo::server_step const step = transition(state(s), input(i), facts(f));
      if (refuses(step.action)) {
        EXPECT_EQ(step.next, state(s)) << cell(s, i);
      }
    }
  });
}

/// What is refused with 530 before TLS or AUTH, outside a transaction, which cannot begin then.
std::set<server_input> refused_for(server_fact fact, server_state s) {
  std::set<server_input> out;
  for (std::size_t i = 0; i != ehlo::server_command_count; ++i) {
    ehlo::server_step const step = transition(s, input(i), fact);
    if (step.action == server_action::refuse_by_fact && step.because == fact) out.insert(input(i));
  }
  return out;
}

TEST(ServerTable, AsksForTls) {  // RFC 3207 4: all but NOOP, EHLO, STARTTLS, QUIT
  for (server_state const s : {server_state::greeted, server_state::ready}) {
    std::set<server_input> const refused = refused_for(server_fact::needs_tls, s);
    for (std::size_t i = 0; i != ehlo::server_command_count; ++i) {
      bool const allowed = input(i) == server_input::noop || input(i) == server_input::ehlo ||
                           input(i) == server_input::starttls || input(i) == server_input::quit;
      EXPECT_EQ(refused.contains(input(i)), !allowed) << cell(static_cast<std::size_t>(s), i);
    }
  }
}

TEST(ServerTable, AsksForAuth) {  // RFC 4954 6: all but AUTH, EHLO, HELO, NOOP, RSET, QUIT, and STARTTLS
  std::set<server_input> const allowed{server_input::auth,    server_input::ehlo, server_input::helo,
                                       server_input::noop,    server_input::rset, server_input::quit,
                                       server_input::starttls};
  for (server_state const s : {server_state::greeted, server_state::ready}) {
    std::set<server_input> const refused = refused_for(server_fact::needs_auth, s);
    for (std::size_t i = 0; i != ehlo::server_command_count; ++i)
      EXPECT_EQ(refused.contains(input(i)), !allowed.contains(input(i))) << cell(static_cast<std::size_t>(s), i);
  }
}

TEST(ServerTable, HasANameForEverything) {
  EXPECT_EQ(std::set(ehlo::server_state_names.begin(), ehlo::server_state_names.end()).size(),
            ehlo::server_state_count);
  EXPECT_EQ(std::set(ehlo::server_input_names.begin(), ehlo::server_input_names.end()).size(),
            ehlo::server_input_count);
  EXPECT_FALSE(ehlo::server_input_names.back().empty());
}

}  // namespace
