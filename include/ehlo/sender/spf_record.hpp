// SPDX-License-Identifier: BSL-1.0
// SPF records: which of the TXT records of a name is one, and its terms (RFC 7208 4.5, 4.6, 12).
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/config.hpp"
#include "spf_result.hpp"
#include "spf_term.hpp"

namespace ehlo::inline v0::sender {

/// A record whose syntax was checked as a whole.
struct spf_record {
  std::string_view terms{};        ///< what follows the version
  std::string_view redirect{};     ///< the domain-spec of the modifier; empty: there is none
  std::string_view explanation{};  ///< of "exp"
};

namespace detail {
inline constexpr std::string_view spf_version = "v=spf1";
}

/// Whether a TXT record begins with "v=spf1", in any case, and a space or its end behind (4.5).
[[nodiscard]] constexpr bool is_spf_record(std::string_view text) noexcept {
  std::size_t const size = detail::spf_version.size();
  return starts_ignoring_case(text, detail::spf_version) && (text.size() == size || text[size] == ' ');
}

/// The one SPF record among the TXT records of a name: no_problem, or no_record or many_records, and `out` is empty.
[[nodiscard]] constexpr spf_problem find_spf_record(std::span<std::string_view const> records,
                                                    std::string_view& out) noexcept {
  out = {};
  for (std::string_view const record : records) {
    if (!is_spf_record(record)) continue;
    if (!out.empty()) {
      out = {};
      return spf_problem::many_records;
    }
    out = record;
  }
  return out.empty() ? spf_problem::no_record : spf_problem::no_problem;
}

/// Takes the next term, which no space is in, from the front of what is left of a record. Empty: there is none.
[[nodiscard]] constexpr std::string_view take_spf_term(std::string_view& rest EHLO_LIFETIMEBOUND) noexcept {
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  std::string_view const term = rest.substr(0, rest.find(' '));
  rest.remove_prefix(term.size());
  return term;
}

/// Reads a record: "if there are any syntax errors anywhere in the record, check_host() returns
/// immediately" (4.6). no_problem; no_record if it is none; a problem of parse_spf_term(), or repeated_modifier, with
/// the term in `out.terms`.
[[nodiscard]] constexpr spf_problem parse_spf_record(std::string_view text EHLO_LIFETIMEBOUND,
                                                     spf_record& out) noexcept {
  out = {};
  if (!is_spf_record(text)) return spf_problem::no_record;
  out.terms = text.substr(detail::spf_version.size());
  std::string_view rest = out.terms;
  for (std::string_view next = take_spf_term(rest); !next.empty(); next = take_spf_term(rest)) {
    spf_term term;
    spf_problem problem = parse_spf_term(next, term);
    if (problem == spf_problem::no_problem && term.is_modifier() && term.kind != spf_term_kind::unknown_modifier) {
      std::string_view& seen = term.kind == spf_term_kind::redirect ? out.redirect : out.explanation;
      if (!seen.empty()) problem = spf_problem::repeated_modifier;
      seen = term.domain_spec;
    }
    if (problem != spf_problem::no_problem) {
      out = {next, {}, {}};
      return problem;
    }
  }
  return spf_problem::no_problem;
}

}  // namespace ehlo::inline v0::sender
