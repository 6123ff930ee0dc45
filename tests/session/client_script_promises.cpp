// SPDX-License-Identifier: BSL-1.0
#include "client_script_promises.hpp"

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace ehlo_script {
namespace {

using ehlo::outcome;

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

std::string first_difference(std::vector<std::string> const& expected, std::vector<std::string> const& actual,
                             std::size_t count) {
  for (std::size_t i = 0; i != count; ++i)
    if (show(expected, i) != show(actual, i))
      return "  event " + std::to_string(i) + show_difference(show(expected, i), show(actual, i));
  return {};
}

std::string differs(client_playback const& reference, client_playback const& actual) {
  std::size_t const count = (std::max)(reference.events.size(), actual.events.size());
  if (std::string why = first_difference(reference.events, actual.events, count); !why.empty()) return why;
  // How much of the output leaves before a connection breaks, or before the session drops it, is chance.
  bool const prefix = reference.output.starts_with(actual.output) || actual.output.starts_with(reference.output);
  bool dropped = reference.broken;
  for (transaction_record const& t : reference.transactions) dropped = dropped || t.error == "local_text";
  if (reference.output == actual.output || (dropped && prefix)) return {};
  return "  output" + show_difference(reference.output, actual.output);
}

/// The output is the beginning of what it would have been, and at most an orderly retreat behind it.
bool retreats(std::string_view reference, std::string_view actual) {
  for (std::string_view const behind : {"", "RSET\r\n", "QUIT\r\n", "RSET\r\nQUIT\r\n"})
    if (actual.ends_with(behind) && reference.starts_with(actual.substr(0, actual.size() - behind.size()))) return true;
  return false;
}

/// Who has not been decided about is unknown if and only if the end of the message was out.
std::string wrong_outcomes(std::string const& output, transaction_record const& t) {
  std::size_t const end = end_of_message(output, t);
  bool const out = t.last_given && end != nowhere && t.sent >= end;
  for (ehlo::recipient const& r : t.to) {
    bool const lost = r.state == outcome::refused_for_now && !r.code && !r.next_transaction;
    if (r.state == outcome::unknown && !out) return "  unknown, but the end of the message was not out";
    if ((lost || (t.aborted && r.state == outcome::not_tried && !r.next_transaction)) && out)
      return "  refused, but the end of the message was out: it may have been delivered";
  }
  return {};
}

std::string injected_differs(client_playback const& reference, client_playback const& actual, client_way const& how) {
  if (std::string why = first_difference(reference.events, actual.events, actual.events_before); !why.empty())
    return why;
  if (actual.events.empty() || !actual.events.back().starts_with("closed")) return "  expected: closed at the end";
  bool const follows = how.inject != client_way::injection::bad_reply;
  if (follows && !retreats(reference.said, actual.output))
    return "  output" + show_difference(reference.output, actual.output);
  for (transaction_record const& t : actual.transactions) {
    if (!t.done) return "  a transaction without transaction_done";
    if (std::string why = wrong_outcomes(follows ? reference.said : actual.output, t); !why.empty()) return why;
    if (t.aborted && t.error == "ok") return "  a transaction that was given up has no error";
  }
  return {};
}

}  // namespace

std::size_t end_of_message(std::string const& output, transaction_record const& t) {
  if (t.text_begin != nowhere) {
    if (output.compare(t.text_begin, 3, ".\r\n") == 0) return t.text_begin + 1;
    std::size_t const end = output.find("\r\n.\r\n", t.text_begin);
    return end == output.npos ? nowhere : end + 1;
  }
  for (std::size_t at = t.begin; at < output.size();) {
    std::size_t const line_end = output.find("\r\n", at);
    if (line_end == output.npos) return nowhere;
    std::string const line = output.substr(at, line_end - at);
    at = line_end + 2;
    if (line == "RSET" || line == "QUIT") return nowhere;
    if (!line.starts_with("BDAT ")) continue;
    std::string const size = line.substr(5, line.find(' ', 5) - 5);
    at += parse_number(size);
    if (line.ends_with(" LAST")) return at;
  }
  return nowhere;
}

std::string compare_playbacks(client_playback const& reference, client_playback const& actual, client_way const& how) {
  return actual.injected ? injected_differs(reference, actual, how) : differs(reference, actual);
}

}  // namespace ehlo_script
