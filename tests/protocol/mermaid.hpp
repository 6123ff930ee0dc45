// SPDX-License-Identifier: BSL-1.0
// The protocols' tables as Mermaid state diagrams. For the sake of the reader a diagram leaves out what does not change
// the state, joins the inputs of one edge, and draws what holds in many states once.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/protocol/client_table.hpp"
#include "ehlo/protocol/server_table.hpp"

namespace ehlo_test {

inline constexpr std::array<std::string_view, 7> server_fact_names{
    "TLS required", "AUTH required", "authenticated", "TLS active", "LMTP", "binary", "EHLO optional"};
inline constexpr std::array<std::string_view, 8> client_fact_names{
    "HELO only", "HELO will do", "TLS required", "some accepted", "BDAT", "DATA sent", "MAIL refused", "more to come"};

/// The words of a table.
struct table_names {
  std::span<std::string_view const> states;
  std::span<std::string_view const> inputs;
  std::span<std::string_view const> facts;
};

/// One input that leads from some states to another one.
struct diagram_edge {
  std::uint32_t from;  // a set, as bits
  std::size_t to;
  std::string label;
};

inline std::string input_label(table_names const& names, std::size_t input, unsigned guard) {
  std::string label{names.inputs[input]};
  for (std::size_t fact = 0; fact != names.facts.size(); ++fact)
    if ((guard >> fact & 1U) != 0) label += " (" + std::string{names.facts[fact]} + ")";
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
template <class Rows>
std::vector<diagram_edge> edges_by_input(Rows const& rows, table_names const& names) {
  std::vector<diagram_edge> out;
  for (auto const& row : rows) {
    if (row.stays) continue;
    auto const to = static_cast<std::size_t>(row.next);
    for (std::size_t input = 0; input != names.inputs.size(); ++input) {
      if ((row.inputs >> input & 1U) == 0) continue;
      std::string const label = input_label(names, input, static_cast<unsigned>(row.guard));
      bool known = false;
      for (diagram_edge& edge : out) {
        if (edge.label != label || edge.to != to) continue;
        edge.from |= row.states;
        known = true;
      }
      if (!known) out.push_back({row.states, to, label});
    }
  }
  return out;
}

inline std::string names_of(table_names const& names, std::uint32_t states) {
  std::string out;
  int left = std::popcount(states);
  for (std::size_t s = 0; s != names.states.size(); ++s) {
    if ((states >> s & 1U) == 0) continue;
    out += names.states[s];
    --left;
    if (left != 0) out += left == 1 ? " or " : ", ";
  }
  return out;
}

/// What holds in `many` states or more is drawn once.
inline std::string draw(std::vector<diagram_edge> const& edges, table_names const& names, std::uint32_t every_state,
                        int many) {
  std::vector<diagram_edge> single;
  std::vector<diagram_edge> grouped;
  for (diagram_edge const& edge : edges) {
    if (std::popcount(edge.from) >= many) {
      join(grouped, edge);
      continue;
    }
    for (std::uint32_t left = edge.from & ~(1U << edge.to); left != 0; left &= left - 1)
      join(single, {left & (0 - left), edge.to, edge.label});
  }
  std::string out = "stateDiagram-v2\n  [*] --> connected\n";
  for (diagram_edge const& edge : single)
    out += "  " + names_of(names, edge.from) + " --> " + std::string{names.states[edge.to]} + ": " + edge.label + "\n";
  std::vector<std::uint32_t> groups;
  for (diagram_edge const& edge : grouped) {
    std::size_t group = 0;
    while (group != groups.size() && groups[group] != edge.from) ++group;
    std::string const id = "from_" + std::to_string(group + 1);
    if (group == groups.size()) {
      groups.push_back(edge.from);
      out +=
          "  state \"" + (edge.from == every_state ? "any state" : names_of(names, edge.from)) + "\" as " + id + "\n";
    }
    out += "  " + id + " --> " + std::string{names.states[edge.to]} + ": " + edge.label + "\n";
  }
  return out + "  closed --> [*]\n";
}

inline std::string server_diagram() {
  table_names const names{ehlo::server_state_names, ehlo::server_input_names, server_fact_names};
  constexpr std::uint32_t closed = 1U << static_cast<unsigned>(ehlo::server_state::closed);
  return draw(edges_by_input(ehlo::server_rows::rows, names), names, ((1U << ehlo::server_state_count) - 1) & ~closed,
              5);
}

inline std::string client_diagram() {
  table_names const names{ehlo::client_state_names, ehlo::client_input_names, client_fact_names};
  return draw(edges_by_input(ehlo::client_rows::rows, names), names, ehlo::client_rows::open, 5);
}

}  // namespace ehlo_test
