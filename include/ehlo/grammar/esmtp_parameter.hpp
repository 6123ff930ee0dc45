// SPDX-License-Identifier: BSL-1.0
// esmtp-param = esmtp-keyword ["=" esmtp-value], one at a time (RFC 5321 4.1.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/character_class.hpp"
#include "../base/config.hpp"
#include "../base/octet_word.hpp"
#include "../model/errc.hpp"
#include "../model/extension_parameter.hpp"
#include "../model/tolerance.hpp"
#include "utf8.hpp"

namespace ehlo::inline v0 {

/// A keyword as a number to compare with: the octets of a short one, folded. `-` and digits fold to octets that no
/// letter folds to, so two keywords of up to eight octets are equal exactly if their keys are.
[[nodiscard]] consteval std::uint64_t keyword_key(std::string_view keyword) noexcept {
  std::uint64_t key = 0;
  for (char const c : keyword) key = key << 8U | (octet(c) & 0xDFU);
  return key;
}

namespace detail {

/// A parameter whose keyword has been read.
struct parameter_head {
  std::uint64_t key = 0;    // of the last eight octets
  std::size_t keyword = 0;  // first octet
  std::size_t end = 0;      // one past the keyword; 0: it is none
  std::size_t value = 0;    // first octet of the value; `end` if there is none

  [[nodiscard]] constexpr bool has_value() const noexcept { return value != end; }
  [[nodiscard]] constexpr bool is_short() const noexcept { return end - keyword <= 8; }
};

[[nodiscard]] EHLO_HOT constexpr parameter_head scan_keyword(std::string_view line, std::size_t at) noexcept {
  parameter_head head;
  head.keyword = at;
  if (line[at] == '-') return {};  // esmtp-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
  while (at != line.size() && has_class(line[at], char_class::ldh))
    head.key = head.key << 8U | (octet(line[at++]) & 0xDFU);
  if (at == head.keyword) return {};
  head.end = head.value = at;
  if (at == line.size() || line[at] == ' ') return head;
  if (line[at] != '=') return {};
  ++head.value;
  return head;
}

/// One past the esmtp-value at `at`; 0 if it is empty or malformed.
[[nodiscard]] constexpr std::size_t scan_value(std::string_view line, std::size_t at, bool& utf8) noexcept {
  std::size_t const first = at;
  while (at != line.size()) {
    std::size_t length = 1;
    if (has_class(line[at], char_class::eight_bit)) {
      length = utf8_sequence_length(line.substr(at));
      if (length == 0) return 0;
      utf8 = true;
    } else if (!has_class(line[at], char_class::value)) {
      break;
    }
    at += length;
  }
  return at == first ? 0 : at;
}

/// Whether the word is at `at`, in any case; one past it, or 0.
template <folded_octets word>
[[nodiscard]] EHLO_HOT constexpr std::size_t scan_word(std::string_view line, std::size_t at) noexcept {
  return word.stand_at(line, at) ? at + word.size : 0;
}

/// Where the path behind the colon of MAIL FROM: or RCPT TO: begins. RFC 5321 3.3 forbids a space there; many send it.
[[nodiscard]] EHLO_HOT constexpr std::size_t skip_space_after_colon(std::string_view line, std::size_t at,
                                                                    tolerance& used) noexcept {
  if (at == line.size() || line[at] != ' ') return at;
  while (at != line.size() && line[at] == ' ') ++at;
  used |= tolerance::space_after_colon;
  return at;
}

[[nodiscard]] constexpr bool at_gap(std::string_view line, std::size_t at) noexcept {
  return at == line.size() || line[at] == ' ';
}

/// A parameter that the engine does not know, or does not offer: its syntax, and whether the host named it.
[[nodiscard]] EHLO_COLD constexpr errc judge_other_parameter(std::string_view line, parameter_head const& head,
                                                             std::span<extension_parameter const> extra,
                                                             std::size_t& end, bool& utf8) noexcept {
  end = head.has_value() ? scan_value(line, head.value, utf8) : head.end;
  if (end == 0 || !at_gap(line, end)) return errc::peer_parameter;
  std::string_view const keyword = line.substr(head.keyword, head.end - head.keyword);
  for (extension_parameter const& known : extra)
    if (equal_ignoring_case(known.keyword, keyword)) return errc::ok;
  return errc::peer_unknown_parameter;
}

}  // namespace detail

}  // namespace ehlo::inline v0
