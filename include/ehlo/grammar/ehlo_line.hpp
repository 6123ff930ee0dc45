// SPDX-License-Identifier: BSL-1.0
// The answer to EHLO as a value: a greeting, then one service extension a line (RFC 5321 4.1.1.1). Liberal: any case,
// any spaces; a number that cannot be read is no limit, and a line that is none is ignored.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/octet_word.hpp"
#include "../model/capability.hpp"
#include "../model/service_offer.hpp"
#include "date_time.hpp"
#include "ehlo_keyword.hpp"
#include "future_release.hpp"
#include "number.hpp"
#include "reply_view.hpp"

namespace ehlo::inline v0 {

namespace detail {

/// Servers older than RFC 4954 write `AUTH=PLAIN LOGIN`, many of them beside the proper form.
inline constexpr folded_octets legacy_auth = "AUTH=";

/// The number that the whole word is; 0 if it is none, has more digits, or does not fit.
[[nodiscard]] constexpr std::uint64_t whole_number(std::string_view word, std::size_t most_digits) noexcept {
  if (word.size() > most_digits) return 0;
  number_run const number = scan_number(word, 0);
  return number.end == word.size() && !number.overflow ? number.value : 0;
}

/// The number that the first word is, or, before a comma, its beginning; 0 as above.
[[nodiscard]] constexpr std::uint64_t first_number(std::string_view text, std::size_t most_digits,
                                                   bool comma_ends = false) noexcept {
  std::size_t at = 0;
  while (at != text.size() && is_blank(text[at])) ++at;
  number_run const number = scan_number(text, at);
  std::size_t const end = number.end;
  if (end == 0 || end - at > most_digits || number.overflow) return 0;
  return end == text.size() || is_blank(text[end]) || (comma_ends && text[end] == ',') ? number.value : 0;
}

template <class Number>
constexpr void set_first(Number& number, std::uint64_t value) noexcept {
  if (number == 0) number = static_cast<Number>(value);
}

[[nodiscard]] EHLO_HOT constexpr bool is_same(folded_word const& a, folded_word const& b) noexcept {
  if (a.head != b.head || a.size != b.size) return false;
  return a.size <= 8 || equal_ignoring_case({a.from + 8, a.size - 8}, {b.from + 8, b.size - 8});
}

/// Bit i for the i-th word of `known` that is one of the words of `offered`.
[[nodiscard]] constexpr std::uint32_t match_mechanisms(std::string_view offered, std::string_view known) noexcept {
  folded_word wanted[32];
  std::size_t count = 0;
  for (; count != 32; ++count) {
    wanted[count] = take_folded_word(known);
    if (wanted[count].size == 0) break;
  }
  std::uint32_t found = 0;
  for (folded_word word = take_folded_word(offered); word.size != 0; word = take_folded_word(offered))
    for (std::size_t i = 0; i != count; ++i)
      if (is_same(wanted[i], word)) found |= std::uint32_t{1} << i;
  return found;
}

/// RFC 9422 4: values have one to six digits; names that are not known are no error.
constexpr void read_limits(std::string_view text, service_offer& into) noexcept {
  for (std::string_view word = take_word(text); !word.empty(); word = take_word(text)) {
    std::size_t const equals = word.find('=');
    if (equals == std::string_view::npos) continue;
    std::string_view const name = word.substr(0, equals);
    std::uint64_t const value = whole_number(word.substr(equals + 1), 6);
    if (equal_ignoring_case(name, "RCPTMAX")) set_first(into.rcpt_max, value);
    if (equal_ignoring_case(name, "MAILMAX")) set_first(into.mail_max, value);
    if (equal_ignoring_case(name, "RCPTDOMAINMAX")) set_first(into.rcpt_domain_max, value);
  }
}

constexpr void read_future_release(std::string_view text, service_offer& into) noexcept {
  set_first(into.max_hold_s, parse_hold_for(take_word(text)));
  date_time until;
  if (into.max_hold_until == 0 && parse_hold_until(take_word(text), until)) into.max_hold_until = unix_seconds(until);
}

/// An extension and its parameters.
constexpr void read_offer(capability what, std::string_view parameters, std::string_view host_mechanisms,
                          service_offer& into) noexcept {
  into.keywords.add(what);
  switch (what) {
    case capability::size: set_first(into.max_size, first_number(parameters, 20)); break;
    case capability::auth: into.mechanisms |= match_mechanisms(parameters, host_mechanisms); break;
    case capability::limits: read_limits(parameters, into); break;
    case capability::futurerelease: read_future_release(parameters, into); break;
    case capability::deliverby:  // min-by-time *( ',' extension-token )
      set_first(into.min_deliver_by_s, first_number(parameters, 9, true));
      break;
    default: break;
  }
}

}  // namespace detail

/// Adds what one line offers; `text` is what stands behind its code. `host_mechanisms`: the SASL mechanisms that the
/// host knows, up to 32, with spaces between them. Of a number that is given twice the first counts.
constexpr void read_ehlo_line(std::string_view text, std::string_view host_mechanisms, service_offer& into) noexcept {
  ehlo_keyword line;
  if (!parse_ehlo_keyword(text, line)) return;
  if (line.keyword.size() > 5 && detail::legacy_auth.stand_at(line.keyword, 0)) {
    detail::read_offer(capability::auth, line.keyword.substr(5), host_mechanisms, into);
    detail::read_offer(capability::auth, line.parameters, host_mechanisms, into);
    return;
  }
  capability const what = detail::capability_of(line.keyword);
  detail::read_offer(what, line.parameters, host_mechanisms, into);
}

namespace detail {

inline constexpr std::uint64_t crlf = 0x0A0D;  // as load_octets() gives it

/// So many octets from the beginning of a line on must be readable: its code, a keyword and CRLF.
inline constexpr std::size_t line_head = 4 + longest_keyword + 2;

/// Reads a line that is not just a known keyword; `row` is that of its keyword, or `no_keyword`.
[[nodiscard]] EHLO_APART constexpr std::size_t read_longer_line(keyword_row const& row, std::string_view lines,
                                                                std::string_view host_mechanisms,
                                                                service_offer& into) noexcept {
  std::size_t const size = line_end(lines);
  if (size > 4 && row.size != 0)
    read_offer(row.what, lines.substr(4 + row.size, size - 4 - row.size), host_mechanisms, into);
  else if (size > 4 && (is_blank(lines[4]) || legacy_auth.stand_at(lines, 4)))
    read_ehlo_line(lines.substr(4, size - 4), host_mechanisms, into);
  return size + std::size_t{size != lines.size()};
}

/// Reads the first of the lines, each with its code and its end; returns its length. Reads up to `line_head` octets,
/// even if there are fewer.
[[nodiscard]] EHLO_HOT constexpr std::size_t read_offered_line(std::string_view lines, std::string_view host_mechanisms,
                                                               service_offer& into) noexcept {
  keyword_row const& row = find_keyword(lines.data() + 4);
  // Most lines are a known keyword and nothing else.
  if (row.size == 0 || load_octets(lines.data() + 4 + row.size, 2) != crlf)
    return read_longer_line(row, lines, host_mechanisms, into);
  into.keywords.add(row.what);
  return 4 + row.size + 2;
}

}  // namespace detail

/// What a positive reply to EHLO offers. Its first line is the greeting; a reply of one line offers nothing.
[[nodiscard]] constexpr service_offer read_ehlo_response(reply_view const& reply,
                                                         std::string_view host_mechanisms) noexcept {
  service_offer offer;
  std::string_view lines = reply.raw();
  std::size_t const greeting = detail::line_end(lines);
  if (greeting == lines.size()) return offer;
  lines.remove_prefix(greeting + 1);
  while (lines.size() > detail::line_head)
    lines.remove_prefix(detail::read_offered_line(lines, host_mechanisms, offer));
  // The last lines are read where something readable stands behind them.
  std::array<char, 2 * detail::line_head> padded{};
  lines.copy(padded.data(), lines.size());
  for (lines = {padded.data(), lines.size()}; !lines.empty();)
    lines.remove_prefix(detail::read_offered_line(lines, host_mechanisms, offer));
  return offer;
}

}  // namespace ehlo::inline v0
