// SPDX-License-Identifier: BSL-1.0
//
// The rules of the headers that no compiler checks: the order of the layers, the standard headers they may use, their
// size, their macros and what must not stand at namespace scope.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace fs = std::filesystem;
using names = std::set<std::string>;

// Includes point from a higher rank to a lower one, or stay in their directory: two layers of one rank do not meet.
int const front_door = 6;
std::map<std::string, int> const rank{{"base", 0},  {"model", 1},    {"grammar", 2}, {"wire", 3},
                                      {"dns", 3},   {"protocol", 4}, {"session", 5}, {"sasl", 5},
                                      {"route", 5}, {"sender", 5},   {"trace", 6},   {"", front_door}};

names const core_headers{"array",       "bit",         "compare",          "concepts", "cstddef",
                         "cstdint",     "cstring",     "initializer_list", "limits",   "span",
                         "string_view", "type_traits", "utility",          "version"};
names const instruction_set_headers{"arm_neon.h", "emmintrin.h", "immintrin.h"};  // base/ only
std::map<std::string, names> const bridges{{"chrono.hpp", {"chrono"}}, {"error_code.hpp", {"system_error"}}};

std::size_t const most_lines = 400;
names const files_with_macros{"base/config.hpp", "version.hpp"};

struct header {
  std::string name;   // as in <ehlo/name>
  std::string layer;  // its directory, empty for a front door
  std::vector<std::string> lines;
};

struct place {
  header const& in;
  std::size_t number;
  std::string const& line() const { return in.lines[number - 1]; }
};

std::ostream& operator<<(std::ostream& out, place const& at) {
  return out << "include/ehlo/" << at.in.name << ":" << at.number << ": ";
}

std::vector<header> read_headers() {
  fs::path const root = fs::path(EHLO_HEADERS) / "ehlo";
  std::vector<header> all;
  for (auto const& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    fs::path const path = entry.path().lexically_relative(root);
    header h{path.generic_string(), path.has_parent_path() ? path.begin()->string() : std::string(), {}};
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) h.lines.push_back(line);
    all.push_back(std::move(h));
  }
  std::sort(all.begin(), all.end(), [](header const& a, header const& b) { return a.name < b.name; });
  return all;
}

std::vector<header> const& headers() {
  static std::vector<header> const all = read_headers();
  return all;
}

template <class F>
void for_each_line(F f) {
  for (header const& h : headers()) {
    for (std::size_t i = 0; i < h.lines.size(); ++i) f(place{h, i + 1});
  }
}

// The identifiers and numbers of a line, in order, those in comments and literals too.
std::vector<std::string> words(std::string const& line) {
  auto const in_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  std::vector<std::string> found;
  for (auto from = line.begin(); (from = std::find_if(from, line.end(), in_word)) != line.end();) {
    auto const to = std::find_if_not(from, line.end(), in_word);
    found.emplace_back(from, to);
    from = to;
  }
  return found;
}

bool has_word(place const& at, names const& any_of) {
  auto const found = words(at.line());
  return std::any_of(found.begin(), found.end(), [&](std::string const& word) { return any_of.count(word) == 1; });
}

// The words of a preprocessor directive, none for another line.
std::vector<std::string> directive(place const& at) {
  auto const start = at.line().find_first_not_of(" \t");
  if (start == std::string::npos || at.line()[start] != '#') return {};
  return words(at.line());
}

struct include {
  std::string name;  // of a header of ours, as other headers see it and without "ehlo/"; else of a standard header
  bool is_own;
};

template <class F>
void for_each_include(F f) {
  for_each_line([&](place const& at) {
    auto const found = directive(at);
    if (found.empty() || found[0] != "include") return;
    auto const open = at.line().find_first_of("<\"");
    auto const close = at.line().find_last_of(">\"");
    ASSERT_LT(open, close) << at;
    std::string const name = at.line().substr(open + 1, close - open - 1);
    if (name.starts_with("ehlo/")) {
      f(at, include{name.substr(5), true});
    } else if (at.line()[open] == '<') {
      f(at, include{name, false});
    } else {
      f(at, include{(fs::path(at.in.name).parent_path() / name).lexically_normal().generic_string(), true});
    }
  });
}

std::map<std::string, names> own_includes() {
  std::map<std::string, names> graph;
  for_each_include([&](place const& at, include const& to) {
    if (to.is_own) graph[at.in.name].insert(to.name);
  });
  return graph;
}

names reachable(std::map<std::string, names> const& graph, std::string const& from) {
  names seen{from};
  std::vector<std::string> open{from};
  while (!open.empty()) {
    auto const node = graph.find(open.back());
    open.pop_back();
    if (node == graph.end()) continue;
    for (std::string const& to : node->second) {
      if (seen.insert(to).second) open.push_back(to);
    }
  }
  return seen;
}

TEST(headers, exist) { EXPECT_FALSE(headers().empty()) << EHLO_HEADERS; }

TEST(headers, are_named_hpp_and_live_in_a_known_layer) {
  for (header const& h : headers()) {
    EXPECT_TRUE(h.name.ends_with(".hpp")) << h.name;
    EXPECT_EQ(rank.count(h.layer), 1u) << h.name << " is in no layer";
  }
}

TEST(headers, begin_with_the_license_and_are_included_once) {
  for (header const& h : headers()) {
    EXPECT_EQ(h.lines.empty() ? "" : h.lines.front(), "// SPDX-License-Identifier: BSL-1.0") << h.name;
    EXPECT_EQ(std::count(h.lines.begin(), h.lines.end(), "#pragma once"), 1) << h.name;
  }
}

TEST(headers, are_short) {
  for (header const& h : headers()) EXPECT_LE(h.lines.size(), most_lines) << h.name;
}

TEST(includes, point_to_lower_layers) {
  for_each_include([](place const& at, include const& to) {
    if (!to.is_own) return;
    auto const slash = to.name.find('/');
    auto const upper = rank.find(at.in.layer);
    auto const lower = rank.find(slash == std::string::npos ? std::string() : to.name.substr(0, slash));
    if (upper == rank.end() || lower == rank.end()) {
      ADD_FAILURE() << at << "unknown layer";
    } else if (upper != lower) {
      EXPECT_GT(upper->second, lower->second) << at << at.line();
    }
  });
}

TEST(includes, of_server_and_client_never_meet) {
  auto const graph = own_includes();
  for (auto const& [door, other] : {std::pair("server", "client"), std::pair("client", "server")}) {
    for (std::string const& name : reachable(graph, std::string(door) + ".hpp")) {
      EXPECT_FALSE(fs::path(name).filename().string().starts_with(other)) << door << ".hpp reaches " << name;
    }
  }
}

TEST(includes, use_few_standard_headers) {
  for_each_include([](place const& at, include const& to) {
    if (to.is_own) return;
    auto const bridge = bridges.find(at.in.name);
    EXPECT_TRUE(core_headers.count(to.name) == 1 ||
                (at.in.layer == "base" && instruction_set_headers.count(to.name) == 1) ||
                (bridge != bridges.end() && bridge->second.count(to.name) == 1))
        << at << at.line();
  });
}

TEST(macros, are_defined_in_one_place_and_prefixed) {
  for_each_line([](place const& at) {
    auto const found = directive(at);
    if (found.size() < 2 || (found[0] != "define" && found[0] != "undef")) return;
    EXPECT_EQ(files_with_macros.count(at.in.name), 1u) << at << "belongs in base/config.hpp";
    EXPECT_TRUE(found[1].starts_with("EHLO_")) << at << at.line();
  });
}

// The names of all macros after these includes, as the compiler that built this test sees them.
names macros_after(std::vector<std::string> const& includes) {
  std::string command = "\"" EHLO_COMPILER "\" -std=c++20 -I\"" EHLO_HEADERS "\" -dM -E";
  for (std::string const& name : includes) command += " -include " + name;
  command += " -x c++ /dev/null";

  names found;
  std::FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return found;
  std::string text;
  for (char part[4096]; std::size_t const n = std::fread(part, 1, sizeof part, pipe);) text.append(part, n);
  EXPECT_EQ(pclose(pipe), 0) << command;
  std::istringstream in(text);
  for (std::string define, name, rest; in >> define >> name && std::getline(in, rest);) {
    found.insert(name.substr(0, name.find('(')));
  }
  return found;
}

TEST(macros, that_the_compiler_sees_are_prefixed) {
  std::vector<std::string> includes(core_headers.begin(), core_headers.end());
  for (auto const& [name, standard] : bridges) includes.insert(includes.end(), standard.begin(), standard.end());
#if defined(__AVX2__)
  includes.push_back("immintrin.h");
#elif defined(__SSE2__)
  includes.push_back("emmintrin.h");
#elif defined(__ARM_NEON)
  includes.push_back("arm_neon.h");
#endif
  names const before = macros_after(includes);
  ASSERT_GT(before.size(), 100u);

  for (header const& h : headers()) includes.push_back("ehlo/" + h.name);
  for (std::string const& name : macros_after(includes)) {
    EXPECT_TRUE(before.count(name) == 1 || name.starts_with("EHLO_")) << name;
  }
}

TEST(text, has_nothing_with_internal_linkage) {
  for_each_line([](place const& at) {
    // Bodies of namespaces are not indented: what begins in the first column is at namespace scope.
    bool const at_namespace_scope = !at.line().empty() && std::isalpha(static_cast<unsigned char>(at.line()[0])) != 0;
    EXPECT_FALSE(at_namespace_scope && has_word(at, {"static"})) << at << at.line();
    auto const found = words(at.line());
    EXPECT_FALSE(found == std::vector<std::string>{"namespace"}) << at << "unnamed namespace";
  });
}

TEST(text, does_not_depend_on_where_it_is_compiled) {
  for_each_line([](place const& at) {
    EXPECT_FALSE(has_word(at, {"__COUNTER__", "__LINE__", "__FILE__", "__DATE__", "__TIME__"})) << at << at.line();
  });
}

TEST(text, leaves_nothing_for_later) {
  for_each_line([](place const& at) { EXPECT_FALSE(has_word(at, {"TODO", "FIXME", "XXX"})) << at << at.line(); });
}

}  // namespace
