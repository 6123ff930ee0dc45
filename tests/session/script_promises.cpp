// SPDX-License-Identifier: BSL-1.0
#include "script_promises.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace ehlo_script {
namespace {

std::string show(std::vector<std::string> const& events, std::size_t at) {
  return at < events.size() ? events[at] : std::string{"nothing"};
}

/// Both texts from shortly before where they part.
std::string show_difference(std::string_view expected, std::string_view actual) {
  std::size_t same = 0;
  while (same < expected.size() && same < actual.size() && expected[same] == actual[same]) ++same;
  same -= (std::min)(same, std::size_t{100});
  return "\n  expected: ..." + escape(expected.substr(same, 300)) + "\n  actual:   ..." +
         escape(actual.substr(same, 300));
}

/// Whether one is the beginning of the other: how much of the output leaves before a connection breaks is chance.
bool agree(std::string_view a, std::string_view b) { return a.starts_with(b) || b.starts_with(a); }

std::string differs(playback const& reference, playback const& actual) {
  std::size_t const count = (std::max)(reference.events.size(), actual.events.size());
  for (std::size_t i = 0; i != count; ++i)
    if (show(reference.events, i) != show(actual.events, i))
      return "  event " + std::to_string(i) + show_difference(show(reference.events, i), show(actual.events, i));
  if (reference.output == actual.output || (reference.broken && agree(reference.output, actual.output))) return {};
  return "  output" + show_difference(reference.output, actual.output);
}

/// Whether the event may be the beginning of the other one: a body may be cut.
bool begins(std::string_view event, std::string_view whole) {
  if (event == whole) return true;
  constexpr std::string_view body = "body text=\"";
  return event.starts_with(body) && whole.starts_with(event.substr(0, event.size() - 1));
}

std::string not_the_beginning(std::vector<std::string> const& reference, std::vector<std::string> const& actual) {
  for (std::size_t i = 0; i != actual.size(); ++i)
    if (i >= reference.size() || !begins(actual[i], reference[i]))
      return "  event " + std::to_string(i) + show_difference(show(reference, i), actual[i]);
  return {};
}

std::string_view reason_of(way::injection what) {
  switch (what) {
    case way::injection::deadline: return "deadline";
    case way::injection::shutdown: return "shutdown";
    default: return "end_of_input";
  }
}

/// What the session says last when it is ended from outside.
std::string farewell(script const& what, way const& how, playback const& actual) {
  bool const codes = what.options.server().offer.has(ehlo::capability::enhancedstatuscodes);
  if (actual.during_handshake) return {};  // no plaintext then
  if (how.inject == way::injection::deadline) {
    // By the text the server tells a peer that is silent from one that is below the minimum rate.
    std::string const why = actual.output.ends_with(" data comes too slowly\r\n") ? "data comes too slowly" : "timeout";
    return (codes ? "421 4.4.2 " : "421 ") + why + "\r\n";
  }
  if (how.inject == way::injection::shutdown)
    return codes ? "421 4.3.2 service shutting down\r\n" : "421 service shutting down\r\n";
  return {};
}

std::string injected_differs(playback const& reference, playback const& actual, script const& what, way const& how) {
  std::vector<std::string> events = actual.events;
  if (events.empty() || !events.back().starts_with("closed")) return "  expected: closed at the end";
  if (reference.events == events && reference.output == actual.output) return {};  // it was over anyway
  if (reference.ends_itself) return {};  // two endings: which comes first makes the difference
  events.pop_back();
  std::string const dropped = "message_dropped because=\"" + std::string{reason_of(how.inject)} + '"';
  if (!events.empty() && events.back().starts_with("message_dropped") && events.size() > actual.events_before) {
    if (!events.back().starts_with(dropped) && show(reference.events, events.size() - 1) != events.back())
      return "  expected: " + dropped + "\n  actual:   " + events.back();
    if (events.back().starts_with(dropped)) events.pop_back();
  }
  if (std::string why = not_the_beginning(reference.events, events); !why.empty()) return why;
  std::string const last = farewell(what, how, actual);
  if (how.inject == way::injection::end_broken)
    return reference.output.starts_with(actual.output) ? "" : "  output of a broken connection";
  if (!actual.output.ends_with(last))
    return "  output does not end with " + last + show_difference(reference.output, actual.output);
  std::string_view const before = std::string_view{actual.output}.substr(0, actual.output.size() - last.size());
  if (!reference.output.starts_with(before)) return "  output" + show_difference(reference.output, before);
  return {};
}

}  // namespace

std::string compare_playbacks(playback const& reference, playback const& actual, script const& what, way const& how) {
  bool const broken = reference.broken || (how.inject == way::injection::end_broken && actual.injected);
  if (std::string why = illegal_reply(actual.output, broken); !why.empty()) return "  illegal reply: " + why;
  if (!actual.injected) return differs(reference, actual);
  if (actual.answered_for_host) return {};
  return injected_differs(reference, actual, what, how);
}

std::string illegal_reply(std::string_view output, bool cut) {
  std::string_view code;
  while (!output.empty()) {
    std::size_t const end = output.find("\r\n");
    if (end == output.npos) return cut ? "" : "no CRLF: " + escape(output);
    std::string_view const line = output.substr(0, end);
    output.remove_prefix(end + 2);
    if (end + 2 > 512) return "longer than 512 octets: " + escape(line);
    bool const digits = line.size() >= 4 && line[0] >= '2' && line[0] <= '5' && line[1] >= '0' && line[1] <= '5' &&
                        line[2] >= '0' && line[2] <= '9';
    if (!digits || (line[3] != ' ' && line[3] != '-')) return "no code: " + escape(line);
    for (char const c : line)
      if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F) return "control octet: " + escape(line);
    if (!code.empty() && line.substr(0, 3) != code) return "two codes in one reply: " + escape(line);
    code = line[3] == '-' ? line.substr(0, 3) : std::string_view{};
  }
  return code.empty() || cut ? "" : "a reply without its last line";
}

}  // namespace ehlo_script
