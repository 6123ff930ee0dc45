// SPDX-License-Identifier: BSL-1.0
// Local-part: Dot-string or Quoted-string (RFC 5321 4.1.2), with UTF-8 where RFC 6531 3.3 allows it.
#pragma once

#include <cstddef>
#include <string_view>

#include "../base/character_class.hpp"
#include "../model/tolerance.hpp"
#include "utf8.hpp"

namespace ehlo::inline v0 {

inline constexpr std::size_t local_part_limit = 64;  // RFC 5321 4.5.3.1.1

/// A local part in a text: where it ends (0: it is none) and what it is made of.
struct local_part_run {
  std::size_t end = 0;
  tolerance used = tolerance::none;
  bool utf8 = false;
  bool quoted = false;
};

/// The Dot-string at `at`, up to the octet that cannot belong to it.
[[nodiscard]] constexpr local_part_run scan_dot_string(std::string_view text, std::size_t at,
                                                       tolerance allowed = strict) noexcept {
  local_part_run run;
  bool after_dot = true;  // an atom must follow
  bool atom_seen = false;
  std::size_t i = at;
  while (i != text.size()) {
    std::size_t length = 1;
    if (text[i] == '.') {
      if (after_dot) run.used = tolerance::loose_dots;
      after_dot = true;
    } else if (has_class(text[i], char_class::atext | char_class::eight_bit)) {
      length = utf8_sequence_length(text.substr(i));
      if (length == 0) return {};
      run.utf8 = run.utf8 || length > 1;
      after_dot = false;
      atom_seen = true;
    } else {
      break;
    }
    i += length;
  }
  if (after_dot) run.used = tolerance::loose_dots;
  if (!atom_seen || !allows(allowed, run.used)) return {};
  run.end = i;
  return run;
}

/// The Quoted-string that begins with the `"` at `at`.
[[nodiscard]] constexpr local_part_run scan_quoted_string(std::string_view text, std::size_t at) noexcept {
  local_part_run run;
  run.quoted = true;
  for (std::size_t i = at + 1; i < text.size();) {
    if (text[i] == '"') {
      run.end = i + 1;
      return run;
    }
    if (text[i] == '\\') {  // quoted-pairSMTP = %d92 %d32-126
      if (i + 1 == text.size() || (text[i + 1] != ' ' && !has_class(text[i + 1], char_class::graphic))) return {};
      i += 2;
      continue;
    }
    if (!has_class(text[i], char_class::qtext | char_class::eight_bit)) return {};
    std::size_t const length = utf8_sequence_length(text.substr(i));
    if (length == 0) return {};
    run.utf8 = run.utf8 || length > 1;
    i += length;
  }
  return {};
}

/// The local part at `at`, in either form.
[[nodiscard]] constexpr local_part_run scan_local_part(std::string_view text, std::size_t at,
                                                       tolerance allowed = strict) noexcept {
  if (at < text.size() && text[at] == '"') return scan_quoted_string(text, at);
  return scan_dot_string(text, at, allowed);
}

}  // namespace ehlo::inline v0
