// SPDX-License-Identifier: BSL-1.0
// Every script of tests/data/sessions, played in every way. Promises 1, 2, 3, 5, 6, 7, 9, 10 and 11 of ehlo/server.hpp.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "script.hpp"
#include "script_player.hpp"
#include "script_promises.hpp"

namespace {

using namespace ehlo_test;

std::vector<std::string> script_names() {
  std::vector<std::string> names;
  for (auto const& entry : std::filesystem::directory_iterator{EHLO_TEST_DATA "/sessions"})
    if (entry.path().extension() == ".txt") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

/// A script, and what has come of playing it whole.
struct prepared_script {
  script what;
  playback reference;
  std::string error;
};

prepared_script const& prepare(std::string const& name) {
  static std::map<std::string, std::unique_ptr<prepared_script>> all;
  std::unique_ptr<prepared_script>& slot = all[name];
  if (slot) return *slot;
  slot = std::make_unique<prepared_script>();
  try {
    read_script(EHLO_TEST_DATA "/sessions/" + name + ".txt", slot->what);
    slot->reference = script_player{slot->what, {}}.play();
  } catch (script_error const& e) {
    slot->error = name + ".txt: " + e.what();
  } catch (script_failure const& e) {
    slot->error = e.what();
  }
  return *slot;
}

using way_of_playing = void (*)(prepared_script const&);
std::size_t executions = 0;

/// Empty, or why this way is not as the script played whole.
std::string play(prepared_script const& s, way const& how) {
  ++executions;
  try {
    playback const result = script_player{s.what, how}.play();
    std::string const why = compare_playbacks(s.reference, result, s.what, how);
    if (why.empty()) return {};
    return s.what.name + ".txt: played " + how.name + ", cut before octet " + std::to_string(how.cut_before + 1) +
           " - 1, injected before octet " + std::to_string(how.inject_before_octet + 1) + " - 1, action " +
           std::to_string(how.inject_before_action + 1) + " - 1\n" + why;
  } catch (script_failure const& e) {
    return e.what();
  }
}

/// Positions in the input: all of them, or a sample that is dense at both ends.
std::vector<std::size_t> positions(std::size_t size, std::size_t most) {
  std::vector<std::size_t> out;
  std::size_t const edge = most / 4;
  for (std::size_t i = 0; i <= size; ++i) {
    bool const near_an_end = i < edge || size - i < edge;
    if (size <= most || near_an_end || i % (size / (most / 2) + 1) == 0) out.push_back(i);
  }
  return out;
}

/// A long script costs more for each position.
std::size_t affordable(prepared_script const& s) {
  std::size_t const by_cost = 6'000'000 / (s.what.input_octets + 200 * s.what.steps.size() + 1);
  return std::clamp<std::size_t>(by_cost, 40, 2000);
}

void play_whole(prepared_script const& s) { ASSERT_EQ(play(s, {}), ""); }

void play_octets(prepared_script const& s) {
  ASSERT_EQ(play(s, {.name = "octet by octet", .octet_by_octet = true}), "");
  ASSERT_EQ(play(s, {.name = "octet by octet, relocated, all twice", .octet_by_octet = true, .relocate = true, .spurious = true}), "");
}

void play_splits(prepared_script const& s) {
  std::vector<std::size_t> const cuts = positions(s.what.input_octets, affordable(s));
  for (std::size_t const at : cuts) ASSERT_EQ(play(s, {.name = "in two pieces", .cut_before = at, .relocate = true}), "");
  std::printf("%zu of %zu split points\n", cuts.size(), s.what.input_octets + 1);
}

void play_relocated(prepared_script const& s) {
  ASSERT_EQ(play(s, {.name = "relocated", .relocate = true}), "");
  ASSERT_EQ(play(s, {.name = "relocated, every waiting call twice", .relocate = true, .spurious = true}), "");
}

void play_full_output(prepared_script const& s) {
  using enum way::draining;
  ASSERT_EQ(play(s, {.name = "drained late", .drain = late}), "");
  ASSERT_EQ(play(s, {.name = "drained late, little room", .tight_output = true, .drain = late}), "");
  ASSERT_EQ(play(s, {.name = "octet by octet, little room", .octet_by_octet = true, .tight_output = true, .drain = late}), "");
}

void play_random_drain(prepared_script const& s) {
  for (std::uint32_t seed = 1; seed != 21; ++seed) {
    way how{.name = "drained at random, seed " + std::to_string(seed), .relocate = true, .drain = way::draining::random, .seed = seed};
    how.spurious = seed % 2 == 0;
    how.tight_output = seed % 3 == 0;
    ASSERT_EQ(play(s, how), "");
  }
}

void play_flood(prepared_script const& s) {
  bool const greets = !s.reference.events.empty() && (s.reference.events[0].starts_with("greeting") ||
                                                      s.reference.events[0].starts_with("early_talker"));
  if (!s.reference.only_answers || greets) return;  // the order of input and calls matters there
  ASSERT_EQ(play(s, {.name = "flood", .flood = true}), "");
  ASSERT_EQ(play(s, {.name = "flood, relocated", .relocate = true, .flood = true}), "");
  ASSERT_EQ(play(s, {.name = "flood, little room", .flood = true, .tight_output = true, .drain = way::draining::late}), "");
}

void play_trailing(prepared_script const& s) {
  if (!s.reference.ended_by_input) return;
  for (char const* behind : {"\r\nNOOP\r\nQUIT\r\n", "\n", "\x16\x03\x01"}) {
    ASSERT_EQ(play(s, {.name = "with octets behind the end", .trailing = behind}), "");
    ASSERT_EQ(play(s, {.name = "with octets behind the end, one by one", .octet_by_octet = true, .trailing = behind}), "");
  }
}

void inject(prepared_script const& s, way how) {
  for (std::size_t const at : positions(s.what.input_octets, affordable(s))) {
    how.inject_before_octet = at;
    ASSERT_EQ(play(s, how), "");
  }
  how.inject_before_octet = nowhere;
  for (std::size_t const at : positions(s.reference.actions, affordable(s))) {
    how.inject_before_action = at;
    ASSERT_EQ(play(s, how), "");
  }
}

void play_end_of_input(prepared_script const& s) { inject(s, {.name = "to the end of input", .inject = way::injection::end_clean}); }
void play_broken(prepared_script const& s) { inject(s, {.name = "to a broken connection", .inject = way::injection::end_broken}); }
void play_broken_late(prepared_script const& s) {
  inject(s, {.name = "to a broken connection, drained late", .tight_output = true, .drain = way::draining::late, .inject = way::injection::end_broken});
}
void play_deadline(prepared_script const& s) { inject(s, {.name = "to a deadline", .inject = way::injection::deadline}); }
void play_shutdown(prepared_script const& s) { inject(s, {.name = "to a shutdown", .inject = way::injection::shutdown}); }
void play_shutdown_late(prepared_script const& s) {
  inject(s, {.name = "to a shutdown, drained late", .tight_output = true, .drain = way::draining::late, .inject = way::injection::shutdown});
}

struct named_way {
  char const* name;
  way_of_playing play;
};

constexpr named_way ways[] = {{"whole", play_whole},
                              {"octets", play_octets},
                              {"splits", play_splits},
                              {"relocated", play_relocated},
                              {"full_output", play_full_output},
                              {"random_drain", play_random_drain},
                              {"flood", play_flood},
                              {"trailing", play_trailing},
                              {"end_of_input", play_end_of_input},
                              {"broken", play_broken},
                              {"broken_late", play_broken_late},
                              {"deadline", play_deadline},
                              {"shutdown", play_shutdown},
                              {"shutdown_late", play_shutdown_late}};

class session_script : public testing::TestWithParam<std::tuple<std::string, named_way>> {
 protected:
  static void TearDownTestSuite() { std::printf("scripts played %zu times\n", executions); }
};

TEST_P(session_script, plays) {
  auto const& [name, how] = GetParam();
  prepared_script const& s = prepare(name);
  ASSERT_EQ(s.error, "");
  how.play(s);
}

std::string test_name(testing::TestParamInfo<session_script::ParamType> const& test) {
  std::string name = std::get<0>(test.param) + "__" + std::get<1>(test.param).name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(sessions, session_script, testing::Combine(testing::ValuesIn(script_names()), testing::ValuesIn(ways)), test_name);

TEST(session_scripts, are_there) { EXPECT_GE(script_names().size(), 60U); }

}  // namespace
