// SPDX-License-Identifier: BSL-1.0
// What a dialogue tells, as text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/trace/dialogue.hpp"

namespace ehlo_test {

namespace trace = ehlo::trace;

/// `S hello 250-PIPELINING`: who, what it answers or will be answered by, the line; `*` marks TLS.
inline std::string told(trace::line const& l) {
  using enum trace::line_kind;
  std::string said = l.in_tls ? "*" : "";
  said += l.from == trace::speaker::client ? "C " : "S ";
  said.append(name(l.phase)).append(" ");
  if (l.kind == trace::line_kind::text || l.kind == chunk || l.kind == ciphertext)
    said += "<" + std::to_string(l.text.size()) + ">";
  else if (l.kind == secret)
    said.append(l.text.substr(0, l.shown)).append("~").append(l.text.substr(l.shown));
  else
    said += l.text;
  if (l.kind == malformed) said += " [malformed]";
  if (l.kind == unfinished) said += " [unfinished]";
  if (!l.ended && l.kind != unfinished) said += " [too long]";
  if (l.bare_lf) said += " [LF]";
  if (l.pipelined) said += " [pipelined]";
  if (l.surplus) said += " [surplus]";
  return said;
}

using lines = std::vector<std::string>;

/// Pieces of a message are joined: in how many they come depends on the cuts.
inline void add(lines& to, trace::line const& l, std::uint64_t& octets) {
  bool const is_piece = l.kind == trace::line_kind::text || l.kind == trace::line_kind::chunk;
  std::string const one = told(l);
  std::string const head = one.substr(0, one.find('<') + 1);
  if (!is_piece) octets = 0;
  if (is_piece) octets += l.text.size();
  if (is_piece && octets != l.text.size() && !to.empty() && to.back().starts_with(head)) to.pop_back();
  to.push_back(is_piece ? head + std::to_string(octets) + ">" : one);
  if (l.kind == trace::line_kind::chunk && l.last) octets = 0;
}

inline lines told(trace::dialogue& d, std::string_view client, std::string_view server) {
  lines all;
  std::uint64_t octets = 0;
  for (;;) {
    trace::line const l = d.next(client, server);
    if (l.kind == trace::line_kind::none) break;
    add(all, l, octets);
  }
  if (!client.empty()) all.push_back("left of the client's: " + std::string{client});
  if (!server.empty()) all.push_back("left of the server's: " + std::string{server});
  return all;
}
inline lines told(std::string_view client, std::string_view server) {
  trace::dialogue d;
  return told(d, client, server);
}

}  // namespace ehlo_test
