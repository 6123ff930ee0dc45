// SPDX-License-Identifier: BSL-1.0
// Every script of tests/data/sessions, played in every way. Promises 1, 2, 3, 5, 6, 7, 9, 10 and 11 of ehlo/server.hpp.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "script.hpp"
#include "script_player.hpp"
#include "script_promises.hpp"

namespace {

using namespace ehlo_script;

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

using way_of_playing = std::string (*)(prepared_script const&);
std::size_t executions = 0;

/// Empty, or why this way is not as the script played whole.
std::string play(prepared_script const& s, way const& how) {
  ++executions;
  try {
    playback const result = script_player{s.what, how}.play();
    std::string const why = compare_playbacks(s.reference, result, s.what, how);
    if (why.empty()) return {};
    return s.what.name + ".txt: played " + describe(how) + " differs from played whole\n" + why;
  } catch (script_failure const& e) {
    return e.what();
  }
}

/// Lines of a screen or two.
std::string shorten(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::string_view const line = text.substr(0, text.find('\n'));
    (out += line.substr(0, 700)) += line.size() > 700 ? "...\n" : "\n";
    text.remove_prefix(line.size() == text.size() ? line.size() : line.size() + 1);
  }
  return out;
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
std::size_t affordable(prepared_script const& s, std::size_t budget) {
  std::size_t const by_cost = budget / (s.what.input_octets + 200 * s.what.steps.size() + 1);
  return std::clamp<std::size_t>(by_cost, 40, 2000);
}

std::string play_whole(prepared_script const& s) { return play(s, {}); }

/// The first failure of several ways.
std::string play_all(prepared_script const& s, std::initializer_list<way> ways) {
  for (way const& how : ways)
    if (std::string why = play(s, how); !why.empty()) return why;
  return {};
}

std::string play_octets(prepared_script const& s) {
  return play_all(s, {{.name = "octet by octet", .octet_by_octet = true},
                      {.name = "octet by octet, twice", .octet_by_octet = true, .relocate = true, .spurious = true}});
}

std::string play_splits(prepared_script const& s) {
  std::vector<std::size_t> const cuts = positions(s.what.input_octets, affordable(s, 15'000'000));
  if (cuts.size() <= s.what.input_octets)
    std::printf("%s: %zu of %zu split points\n", s.what.name.c_str(), cuts.size(), s.what.input_octets + 1);
  for (std::size_t const at : cuts)
    if (std::string why = play(s, {.name = "in two pieces", .cut_before = at, .relocate = true}); !why.empty())
      return why;
  return {};
}

std::string play_random_cuts(prepared_script const& s) {
  std::uint32_t seed = 0;
  for (std::size_t const largest : {2U, 3U, 5U, 16U, 64U, 65U, 130U, 300U, 1000U, 4000U}) {
    way how{.name = "in random pieces", .largest_piece = largest, .relocate = true, .seed = ++seed};
    if (std::string why = play(s, how); !why.empty()) return why;
    if (largest > s.what.input_octets) break;
  }
  return {};
}

std::string play_relocated(prepared_script const& s) {
  return play_all(
      s, {{.name = "relocated", .relocate = true}, {.name = "relocated, twice", .relocate = true, .spurious = true}});
}

std::string play_full_output(prepared_script const& s) {
  using enum way::draining;
  return play_all(s, {{.name = "drained late", .drain = late},
                      {.name = "drained late, little room", .tight_output = true, .drain = late},
                      {.name = "octets, little room", .octet_by_octet = true, .tight_output = true, .drain = late}});
}

std::string play_random_drain(prepared_script const& s) {
  for (std::uint32_t seed = 1; seed != 21; ++seed) {
    way how{.name = "drained at random", .relocate = true, .drain = way::draining::random, .seed = seed};
    how.spurious = seed % 2 == 0;
    how.tight_output = seed % 3 == 0;
    if (std::string why = play(s, how); !why.empty()) return why;
  }
  return {};
}

std::string play_flood(prepared_script const& s) {
  bool const greets = !s.reference.events.empty() && (s.reference.events[0].starts_with("greeting") ||
                                                      s.reference.events[0].starts_with("early_talker"));
  if (!s.reference.only_answers || greets) return {};  // the order of input and calls matters there
  return play_all(s,
                  {{.name = "flood", .flood = true},
                   {.name = "flood, relocated", .relocate = true, .flood = true},
                   {.name = "flood, little room", .flood = true, .tight_output = true, .drain = way::draining::late}});
}

std::string play_trailing(prepared_script const& s) {
  if (!s.reference.ended_by_input) return {};
  for (char const* behind : {"\r\nNOOP\r\nQUIT\r\n", "\n", "\x16\x03\x01"}) {
    std::string why = play_all(s, {{.name = "with octets behind the end", .trailing = behind},
                                   {.name = "with octets behind the end", .octet_by_octet = true, .trailing = behind}});
    if (!why.empty()) return why;
  }
  return {};
}

/// At every octet of the input, and before everything that the host does.
std::string inject(prepared_script const& s, way how) {
  auto const told_early = [](std::string const& e) { return e.starts_with("early_talker"); };
  bool const is_early = std::any_of(s.reference.events.begin(), s.reference.events.end(), told_early);
  for (std::size_t const at : positions(s.what.input_octets, affordable(s, 4'000'000))) {
    if (is_early && at == 0) continue;  // who does not come to speak is another client
    how.inject_before_octet = at;
    if (std::string why = play(s, how); !why.empty()) return why;
  }
  how.inject_before_octet = nowhere;
  for (std::size_t const at : positions(s.reference.actions, affordable(s, 4'000'000))) {
    how.inject_before_action = at;
    if (std::string why = play(s, how); !why.empty()) return why;
  }
  return {};
}

using enum way::injection;
way late(way how) {
  how.drain = way::draining::late;
  how.tight_output = true;
  return how;
}
std::string play_end(prepared_script const& s) {
  return inject(s, {.name = "to the end of input", .inject = end_clean});
}
std::string play_end_late(prepared_script const& s) {
  return inject(s, late({.name = "to the end of input, drained late", .inject = end_clean}));
}
std::string play_broken(prepared_script const& s) {
  return inject(s, {.name = "to a broken connection", .inject = end_broken});
}
std::string play_broken_late(prepared_script const& s) {
  return inject(s, late({.name = "to a broken connection, drained late", .inject = end_broken}));
}
std::string play_deadline(prepared_script const& s) { return inject(s, {.name = "to a deadline", .inject = deadline}); }
std::string play_deadline_late(prepared_script const& s) {
  return inject(s, late({.name = "to a deadline, drained late", .inject = deadline}));
}
std::string play_shutdown(prepared_script const& s) { return inject(s, {.name = "to a shutdown", .inject = shutdown}); }
std::string play_shutdown_late(prepared_script const& s) {
  return inject(s, late({.name = "to a shutdown, drained late", .inject = shutdown}));
}

struct named_way {
  char const* name;
  way_of_playing play;
  friend std::ostream& operator<<(std::ostream& out, named_way const& w) { return out << w.name; }
};

constexpr named_way ways[] = {{"whole", play_whole},
                              {"octets", play_octets},
                              {"splits", play_splits},
                              {"random_cuts", play_random_cuts},
                              {"relocated", play_relocated},
                              {"full_output", play_full_output},
                              {"random_drain", play_random_drain},
                              {"flood", play_flood},
                              {"trailing", play_trailing},
                              {"end_of_input", play_end},
                              {"end_of_input_late", play_end_late},
                              {"broken", play_broken},
                              {"broken_late", play_broken_late},
                              {"deadline", play_deadline},
                              {"deadline_late", play_deadline_late},
                              {"shutdown", play_shutdown},
                              {"shutdown_late", play_shutdown_late}};

class session_script : public testing::TestWithParam<std::tuple<std::string, named_way>> {
 protected:
  static void TearDownTestSuite() { std::printf("scripts played %zu times\n", executions); }
};

TEST_P(session_script, plays) {
  auto const& [name, how] = GetParam();
  prepared_script const& s = prepare(name);
  if (!s.error.empty()) FAIL() << (how.play == play_whole ? shorten(s.error) : "does not even play whole");
  if (std::string const why = how.play(s); !why.empty()) FAIL() << shorten(why);
}

std::string test_name(testing::TestParamInfo<session_script::ParamType> const& test) {
  std::string name = std::get<0>(test.param) + "__" + std::get<1>(test.param).name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(sessions, session_script,
                         testing::Combine(testing::ValuesIn(script_names()), testing::ValuesIn(ways)), test_name);

TEST(session_scripts, are_there) { EXPECT_GE(script_names().size(), 60U); }

}  // namespace
