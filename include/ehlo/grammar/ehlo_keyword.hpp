// SPDX-License-Identifier: BSL-1.0
// One line of the answer to EHLO: the keyword of a service extension and its parameters (RFC 5321 4.1.1.1). Words end
// at spaces; where a server sends other white space or control octets, these end them too.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/config.hpp"
#include "../base/octet_word.hpp"
#include "../model/capability.hpp"

namespace ehlo::inline v0 {

/// One service extension as it was offered; views of the line.
struct ehlo_keyword {
  std::string_view keyword;     ///< up to the first space, so `AUTH=PLAIN` is one; compare without case
  std::string_view parameters;  ///< without the spaces around them
};

namespace detail {

[[nodiscard]] constexpr bool is_blank(char c) noexcept { return octet(c) <= ' '; }

/// The top bits of those of eight octets that are blank.
[[nodiscard]] constexpr std::uint64_t blank_octets(std::uint64_t word) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101U;
  return ~(((word & ones * 0x7F) + ones * (0x7F - ' ')) | word) & ones * 0x80;
}

/// Eight octets with their ASCII letters in upper case.
[[nodiscard]] constexpr std::uint64_t upper_octets(std::uint64_t word) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101U;
  std::uint64_t const low = word & ones * 0x7F;
  std::uint64_t const letters = (low + ones * (0x80 - 'a')) ^ (low + ones * (0x7F - 'z'));
  return word ^ (letters & ~word & ones * 0x80) >> 2U;
}

/// Where the word that begins at `at` ends.
[[nodiscard]] constexpr std::size_t word_end(std::string_view text, std::size_t at) noexcept {
  for (; text.size() - at >= 8; at += 8)
    if (std::uint64_t const blanks = blank_octets(load_octets(text.data() + at)); blanks != 0)
      return at + static_cast<std::size_t>(std::countr_zero(blanks)) / 8;
  while (at != text.size() && !is_blank(text[at])) ++at;
  return at;
}

/// Takes the next word from the text; empty if there is none.
[[nodiscard]] constexpr std::string_view take_word(std::string_view& text) noexcept {
  std::size_t from = 0;
  while (from != text.size() && is_blank(text[from])) ++from;
  std::size_t const end = word_end(text, from);
  std::string_view const word = text.substr(from, end - from);
  text.remove_prefix(end);
  return word;
}

/// The octets before the first blank one; all of them if there is none.
[[nodiscard]] EHLO_HOT constexpr std::uint64_t before_blank(std::uint64_t word, std::uint64_t blanks) noexcept {
  return word & (((blanks & (0 - blanks)) >> 7U) - 1);
}

/// Up to eight octets as one number; of more the first eight.
[[nodiscard]] constexpr std::uint64_t load_head(std::string_view text) noexcept {
  std::size_t const size = text.size();
  if (size >= 8) return load_octets(text.data());
  if (size >= 4) return load_octets(text.data(), 4) | load_octets(text.data() + size - 4, 4) << (8 * (size - 4));
  std::uint64_t octets = 0;
  for (std::size_t i = 0; i != size; ++i) octets |= std::uint64_t{octet(text[i])} << (8 * i);
  return octets;
}

/// A word, and its first eight octets in upper case. Without a constructor: arrays of them are made for each line.
struct folded_word {
  std::uint64_t head;
  char const* from;
  std::size_t size;
};

/// Takes the next word from the text; empty if there is none.
[[nodiscard]] EHLO_HOT constexpr folded_word take_folded_word(std::string_view& text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  std::uint64_t const octets = load_head(text);
  std::uint64_t const blanks = blank_octets(octets);
  std::size_t const size = blanks == 0 ? word_end(text, 8) : static_cast<std::size_t>(std::countr_zero(blanks)) / 8;
  folded_word const word{upper_octets(before_blank(octets, blanks)), text.data(), size};
  text.remove_prefix(size);
  return word;
}

/// A keyword as three words, and the masks that take letters to upper case and away what stands behind it. A row of the
/// table is found by a shift.
struct alignas(64) keyword_row {
  std::array<std::uint64_t, 3> octets{};
  std::array<std::uint64_t, 3> masks{};
  std::uint32_t size = 0;
  capability what{};
};

inline constexpr std::size_t longest_keyword = 24;

/// The first three octets tell all keywords apart; multiplied so, they put each into a slot of its own.
[[nodiscard]] EHLO_HOT constexpr std::size_t keyword_slot(char const* from) noexcept {
  auto const start = static_cast<std::uint32_t>(load_octets(from, 4) & 0xDFDFDFU);
  return start * 0x0805BE59U >> 27U;
}

inline constexpr std::array<keyword_row, 32> keyword_table = [] {
  std::array<keyword_row, 32> table{};
  for (capability_keyword const& name : capability_keywords) {
    keyword_row row{{}, {}, static_cast<std::uint32_t>(name.keyword.size()), name.what};
    for (std::size_t i = 0; i != name.keyword.size(); ++i) {
      row.octets[i / 8] |= std::uint64_t{octet(name.keyword[i])} << (i % 8 * 8);
      row.masks[i / 8] |= std::uint64_t{is_alpha(name.keyword[i]) ? 0xDFU : 0xFFU} << (i % 8 * 8);
    }
    char const start[4] = {name.keyword[0], name.keyword[1], name.keyword[2], 0};
    table[keyword_slot(start)] = row;
  }
  return table;
}();

inline constexpr keyword_row no_keyword{};

/// The row whose keyword, up to a blank octet, begins here, where 25 octets must be readable; else `no_keyword`.
[[nodiscard]] EHLO_HOT constexpr keyword_row const& find_keyword(char const* from) noexcept {
  keyword_row const& row = keyword_table[keyword_slot(from)];
  std::uint64_t differing = 0;
  for (std::size_t i = 0; i != 3; ++i) differing |= (load_octets(from + i * 8) & row.masks[i]) ^ row.octets[i];
  return differing == 0 && is_blank(from[row.size]) ? row : no_keyword;
}

/// The extension that the keyword names, or no bit.
[[nodiscard]] constexpr capability capability_of(std::string_view keyword) noexcept {
  if (keyword.size() > longest_keyword) return {};
  std::array<char, longest_keyword + 1> octets{};
  for (std::size_t i = 0; i != keyword.size(); ++i) octets[i] = keyword[i];
  return find_keyword(octets.data()).what;
}

static_assert(
    [] {
      for (capability_keyword const& name : capability_keywords)
        if (capability_of(name.keyword) != name.what) return false;
      return true;
    }(),
    "every keyword has a slot of its own");

}  // namespace detail

/// Splits the text of a line behind its code. False, and `out` untouched, if it begins with neither letter nor digit.
[[nodiscard]] constexpr bool parse_ehlo_keyword(std::string_view text EHLO_LIFETIMEBOUND, ehlo_keyword& out) noexcept {
  std::string_view const keyword = detail::take_word(text);
  if (keyword.empty() || !(is_alpha(keyword[0]) || is_digit(keyword[0]))) return false;
  while (!text.empty() && detail::is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && detail::is_blank(text.back())) text.remove_suffix(1);
  out = {keyword, text};
  return true;
}

}  // namespace ehlo::inline v0
