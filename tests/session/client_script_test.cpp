// SPDX-License-Identifier: BSL-1.0
// Every script of tests/data/client_sessions, played in every way. Promises 1 to 7, 9, 10 and 11 of ehlo/client.hpp.
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

#include "client_script_player.hpp"
#include "client_script_promises.hpp"

namespace {

using namespace ehlo_script;
using enum client_way::injection;

std::vector<std::string> script_names() {
  std::vector<std::string> names;
  for (auto const& entry : std::filesystem::directory_iterator{EHLO_TEST_DATA "/client_sessions"})
    if (entry.path().extension() == ".txt") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

/// A script, and what has come of playing it whole.
struct prepared_script {
  client_script what;
  client_playback reference;
  std::string error;
};

prepared_script const& prepare(std::string const& name) {
  static std::map<std::string, std::unique_ptr<prepared_script>> all;
  std::unique_ptr<prepared_script>& slot = all[name];
  if (slot) return *slot;
  slot = std::make_unique<prepared_script>();
  try {
    read_client_script(EHLO_TEST_DATA "/client_sessions/" + name + ".txt", slot->what);
    slot->reference = client_script_player{slot->what, {}}.play();
  } catch (script_error const& e) {
    slot->error = name + ".txt: " + e.what();
  } catch (script_failure const& e) {
    slot->error = e.what();
  }
  return *slot;
}

std::size_t executions = 0;

/// Empty, or why this way is not as the script played whole.
std::string play(prepared_script const& s, client_way const& how) {
  ++executions;
  try {
    client_playback const result = client_script_player{s.what, how}.play();
    std::string const why = compare_playbacks(s.reference, result, how);
    if (why.empty()) return {};
    return s.what.name + ".txt: played " + describe(how) + " differs from played whole\n" + why;
  } catch (script_failure const& e) {
    return e.what();
  }
}

/// The first failure of several ways.
std::string play_all(prepared_script const& s, std::initializer_list<client_way> ways) {
  for (client_way const& how : ways)
    if (std::string why = play(s, how); !why.empty()) return why;
  return {};
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

/// Positions up to `size`: all of them, or a sample that is dense at both ends.
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
  std::size_t const by_cost =
      budget / (s.what.input_octets + s.reference.output.size() + 200 * s.what.steps.size() + 1);
  return std::clamp<std::size_t>(by_cost, 40, 2000);
}

std::string play_whole(prepared_script const& s) {
  return play_all(s, {{}, {.name = "whole, little room", .small_storage = true}});
}

std::string play_octets(prepared_script const& s) {
  if (s.what.options.cuts_matter()) return {};
  return play_all(s, {{.name = "octet by octet", .octet_by_octet = true},
                      {.name = "octet by octet, twice", .octet_by_octet = true, .relocate = true, .spurious = true}});
}

std::string play_splits(prepared_script const& s) {
  if (s.what.options.cuts_matter()) return {};
  for (std::size_t const at : positions(s.what.input_octets, affordable(s, 10'000'000)))
    if (std::string why = play(s, {.name = "in two pieces", .cut_before = at, .relocate = true}); !why.empty())
      return why;
  return {};
}

std::string play_random_cuts(prepared_script const& s) {
  if (s.what.options.cuts_matter()) return {};
  std::uint32_t seed = 0;
  for (std::size_t const largest : {2U, 3U, 5U, 16U, 64U, 65U, 130U, 300U, 1000U}) {
    client_way const how{.name = "in random pieces", .largest_piece = largest, .relocate = true, .seed = ++seed};
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
  if (s.what.options.sends_by_hand()) return {};
  using enum client_way::draining;
  return play_all(s, {{.name = "drained late", .drain = late},
                      {.name = "drained late, little room", .small_storage = true, .drain = late},
                      {.name = "octets, little room",
                       .octet_by_octet = !s.what.options.cuts_matter(),
                       .small_storage = true,
                       .drain = late}});
}

std::string play_drained_in_octets(prepared_script const& s) {
  if (s.what.options.sends_by_hand() || s.reference.output.size() > 20000) return {};
  using enum client_way::draining;
  return play_all(s, {{.name = "drained in octets", .drain = octets},
                      {.name = "drained in octets, little room", .small_storage = true, .drain = octets}});
}

std::string play_random_drain(prepared_script const& s) {
  if (s.what.options.sends_by_hand()) return {};
  for (std::uint32_t seed = 1; seed != 21; ++seed) {
    client_way how{.name = "drained at random", .relocate = true, .drain = client_way::draining::random, .seed = seed};
    how.spurious = seed % 2 == 0;
    how.small_storage = seed % 3 == 0;
    if (std::string why = play(s, how); !why.empty()) return why;
  }
  return {};
}

/// Pieces of the body are no chunks there.
std::string play_cut_body(prepared_script const& s) {
  if (s.reference.output.find("BDAT ") != std::string::npos || s.what.options.sends_by_hand()) return {};
  for (std::uint32_t seed = 1; seed != 11; ++seed)
    if (std::string why =
            play(s, {.name = "body in pieces", .cut_body = true, .small_storage = seed % 2 == 0, .seed = seed});
        !why.empty())
      return why;
  return {};
}

std::string play_trailing(prepared_script const& s) {
  if (!s.reference.ended_by_input || s.what.options.cuts_matter()) return {};
  for (char const* behind : {"250 ok\r\n", "\n", "\x16\x03\x01"}) {
    std::string why = play_all(s, {{.name = "with octets behind the end", .trailing = behind},
                                   {.name = "with octets behind the end", .octet_by_octet = true, .trailing = behind}});
    if (!why.empty()) return why;
  }
  return {};
}

/// At every octet of the input, before everything that the host does, and behind every event and every octet of the
/// output.
std::string inject(prepared_script const& s, client_way how) {
  if (s.what.options.cuts_matter()) return {};
  std::size_t const most = affordable(s, 3'000'000);
  for (std::size_t const at : positions(s.what.input_octets, most)) {
    how.inject_before_octet = at;
    if (std::string why = play(s, how); !why.empty()) return why;
  }
  how.inject_before_octet = nowhere;
  for (std::size_t const at : positions(s.reference.actions, most)) {
    how.inject_before_action = at;
    if (std::string why = play(s, how); !why.empty()) return why;
  }
  how.inject_before_action = nowhere;
  for (std::size_t const at : positions(s.reference.events.size(), most)) {
    how.inject_behind_event = at;
    if (std::string why = play(s, how); !why.empty()) return why;
  }
  how.inject_behind_event = nowhere;
  for (std::size_t const at : positions(s.reference.output.size(), most)) {
    how.inject_behind_sent = at;
    if (std::string why = play(s, how); !why.empty()) return why;
  }
  return {};
}

client_way late(client_way how) {
  how.drain = client_way::draining::late;
  how.small_storage = true;
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
std::string play_abort(prepared_script const& s) { return inject(s, {.name = "to an abort", .inject = abort}); }
std::string play_abort_late(prepared_script const& s) {
  return inject(s, late({.name = "to an abort, drained late", .inject = abort}));
}

/// Where a line of the server's begins, it says something else.
std::string play_bad_reply(prepared_script const& s) {
  if (s.what.options.sends_by_hand() || s.what.options.cuts_matter()) return {};
  std::vector<std::size_t> begins;
  std::size_t offset = 0;
  for (script_step const& step : s.what.steps) {
    if (step.what != script_step::kind::input) continue;
    for (std::size_t i = 0; i != step.text.size(); ++i)
      if (i == 0 || step.text[i - 1] == '\n') begins.push_back(offset + i);
    offset += step.text.size();
  }
  for (std::string const reply :
       {"421 4.3.2 gone\r\n", "nonsense\r\n", "250-a\r\n550 b\r\n", "550-a\r\n250 b\r\n", "354 what\r\n", "250 ok\r\n",
        "550 no\r\n", "450 later\r\n", "220 hello\r\n", "250 ok\r\n250 ok\r\n", "199 hm\r\n", "250 bare\n"})
    for (std::size_t const at : begins) {
      client_way const how{
          .name = "to a bad reply", .inject = bad_reply, .bad_reply = reply, .inject_before_octet = at};
      if (std::string why = play(s, how); !why.empty()) return why;
    }
  return {};
}

struct named_way {
  char const* name;
  std::string (*play)(prepared_script const&);
  friend std::ostream& operator<<(std::ostream& out, named_way const& w) { return out << w.name; }
};

constexpr named_way ways[] = {{"whole", play_whole},
                              {"octets", play_octets},
                              {"splits", play_splits},
                              {"random_cuts", play_random_cuts},
                              {"relocated", play_relocated},
                              {"full_output", play_full_output},
                              {"drained_in_octets", play_drained_in_octets},
                              {"random_drain", play_random_drain},
                              {"cut_body", play_cut_body},
                              {"trailing", play_trailing},
                              {"end_of_input", play_end},
                              {"end_of_input_late", play_end_late},
                              {"broken", play_broken},
                              {"broken_late", play_broken_late},
                              {"deadline", play_deadline},
                              {"deadline_late", play_deadline_late},
                              {"abort", play_abort},
                              {"abort_late", play_abort_late},
                              {"bad_reply", play_bad_reply}};

class client_session_script : public testing::TestWithParam<std::tuple<std::string, named_way>> {
 protected:
  static void TearDownTestSuite() { std::printf("client scripts played %zu times\n", executions); }
};

TEST_P(client_session_script, plays) {
  auto const& [name, how] = GetParam();
  prepared_script const& s = prepare(name);
  if (!s.error.empty()) FAIL() << (how.play == play_whole ? shorten(s.error) : "does not even play whole");
  if (std::string const why = how.play(s); !why.empty()) FAIL() << shorten(why);
}

std::string test_name(testing::TestParamInfo<client_session_script::ParamType> const& test) {
  std::string name = std::get<0>(test.param) + "__" + std::get<1>(test.param).name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(sessions, client_session_script,
                         testing::Combine(testing::ValuesIn(script_names()), testing::ValuesIn(ways)), test_name);

TEST(client_session_scripts, are_there) { EXPECT_GE(script_names().size(), 60U); }

}  // namespace
