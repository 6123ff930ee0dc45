// SPDX-License-Identifier: BSL-1.0
// The server's table as a Mermaid state diagram. For the sake of the reader it leaves out what does not change the
// state, joins the inputs of one edge, and draws what holds in many states once.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/protocol/server_table.hpp"

namespace ehlo_test {

inline constexpr std::array<std::string_view, 7> server_fact_names{
    "TLS required", "AUTH required", "authenticated", "TLS active", "LMTP", "binary", "EHLO optional"};

/// One input that leads from some states to another one.
struct diagram_edge {
  std::uint32_t from;  // a set, as bits
  ehlo::server_state to;
  std::string label;
};

inline std::string input_label(std::size_t input, ehlo::server_fact guard) {
  std::string label{ehlo::server_input_names[input]};
  for (std::size_t fact = 0; fact != server_fact_names.size(); ++fact)
    if ((static_cast<unsigned>(guard) >> fact & 1U) != 0) label += " (" + std::string{server_fact_names[fact]} + ")";
  return label;
}

/// Adds an edge, to one with the same ends if there is one.
inline void join(std::vector<diagram_edge>& edges, diagram_edge const& more) {
  for (diagram_edge& edge : edges) {
    if (edge.from != more.from || edge.to != more.to) continue;
    edge.label += ", " + more.label;
    return;
  }
  edges.push_back(more);
}

/// The edges of the table; rows for the same input and target are one.
inline std::vector<diagram_edge> edges_by_input() {
  std::vector<diagram_edge> out;
  for (ehlo::server_row const& row : ehlo::server_rows::rows) {
    if (row.stays) continue;
    for (std::size_t input = 0; input != ehlo::server_input_count; ++input) {
      if ((row.inputs >> input & 1U) == 0) continue;
      std::string const label = input_label(input, row.guard);
      bool known = false;
      for (diagram_edge& edge : out) {
        if (edge.label != label || edge.to != row.next) continue;
        edge.from |= row.states;
        known = true;
      }
      if (!known) out.push_back({row.states, row.next, label});
    }
  }
  return out;
}

inline std::string names_of(std::uint32_t states) {
  std::string out;
  int left = std::popcount(states);
  for (std::size_t s = 0; s != ehlo::server_state_count; ++s) {
    if ((states >> s & 1U) == 0) continue;
    out += ehlo::server_state_names[s];
    --left;
    if (left != 0) out += left == 1 ? " or " : ", ";
  }
  return out;
}

inline std::string server_diagram() {
  constexpr int many = 5;
  constexpr std::uint32_t closed = 1U << static_cast<unsigned>(ehlo::server_state::closed);
  constexpr std::uint32_t every_state = ((1U << ehlo::server_state_count) - 1) & ~closed;
  std::vector<diagram_edge> single;
  std::vector<diagram_edge> grouped;
  for (diagram_edge const& edge : edges_by_input()) {
    if (std::popcount(edge.from) >= many) {
      join(grouped, edge);
      continue;
    }
    for (std::uint32_t left = edge.from & ~(1U << static_cast<unsigned>(edge.to)); left != 0; left &= left - 1)
      join(single, {left & (0 - left), edge.to, edge.label});
  }
  auto const name = [](ehlo::server_state s) {
    return std::string{ehlo::server_state_names[static_cast<std::size_t>(s)]};
  };
  std::string out = "stateDiagram-v2\n  [*] --> connected\n";
  for (diagram_edge const& edge : single)
    out += "  " + names_of(edge.from) + " --> " + name(edge.to) + ": " + edge.label + "\n";
  std::vector<std::uint32_t> groups;
  for (diagram_edge const& edge : grouped) {
    std::size_t group = 0;
    while (group != groups.size() && groups[group] != edge.from) ++group;
    std::string const id = "from_" + std::to_string(group + 1);
    if (group == groups.size()) {
      groups.push_back(edge.from);
      out += "  state \"" + (edge.from == every_state ? "any state" : names_of(edge.from)) + "\" as " + id + "\n";
    }
    out += "  " + id + " --> " + name(edge.to) + ": " + edge.label + "\n";
  }
  return out + "  closed --> [*]\n";
}

}  // namespace ehlo_test
