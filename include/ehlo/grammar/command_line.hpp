// SPDX-License-Identifier: BSL-1.0
// The first word of a command line (RFC 5321 2.4, 4.1.1): which verb it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/config.hpp"
#include "../base/octet_word.hpp"
#include "../model/verb.hpp"

namespace ehlo::inline v0 {

/// The verb of a command line and the length of the word that names it.
struct command_word {
  verb what = verb::unknown;
  std::uint16_t length = 0;  ///< up to the first space or the end
};

/// The line without the white space at its end, which servers should take (RFC 5321 4.1.1).
[[nodiscard]] constexpr std::string_view trim_trailing_space(std::string_view line EHLO_LIFETIMEBOUND) noexcept {
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
  return line;
}

namespace detail {

[[nodiscard]] constexpr std::uint32_t verb_key(folded_octets name) noexcept {
  return static_cast<std::uint32_t>(name.value);
}

[[nodiscard]] constexpr verb verb_of_four(std::uint32_t key) noexcept {
  switch (key) {
    case verb_key("RCPT"): return verb::rcpt;
    case verb_key("MAIL"): return verb::mail;
    case verb_key("DATA"): return verb::data;
    case verb_key("BDAT"): return verb::bdat;
    case verb_key("EHLO"): return verb::ehlo;
    case verb_key("HELO"): return verb::helo;
    case verb_key("LHLO"): return verb::lhlo;
    case verb_key("RSET"): return verb::rset;
    case verb_key("QUIT"): return verb::quit;
    case verb_key("NOOP"): return verb::noop;
    case verb_key("AUTH"): return verb::auth;
    case verb_key("VRFY"): return verb::vrfy;
    case verb_key("EXPN"): return verb::expn;
    case verb_key("HELP"): return verb::help;
    case verb_key("ETRN"): return verb::etrn;
    case verb_key("SEND"): return verb::send;
    case verb_key("SOML"): return verb::soml;
    case verb_key("SAML"): return verb::saml;
    case verb_key("TURN"): return verb::turn;
    case verb_key("ATRN"): return verb::atrn;
    case verb_key("BURL"): return verb::burl;
    default: return verb::unknown;
  }
}

/// A word that is none of the verbs with four letters.
[[nodiscard]] EHLO_COLD constexpr command_word other_word(std::string_view line) noexcept {
  std::string_view const word = line.substr(0, line.find(' '));
  command_word found{verb::unknown, static_cast<std::uint16_t>(word.size() < 0xFFFF ? word.size() : 0xFFFF)};
  for (verb const v : {verb::starttls, verb::xclient, verb::xforward})
    if (equal_ignoring_case(word, name(v))) found.what = v;
  return found;
}

}  // namespace detail

/// The verb, without regard to case (RFC 5321 2.4). `MAILFROM:` and `STARTTLSX` are no verbs.
[[nodiscard]] constexpr command_word parse_verb(std::string_view line) noexcept {
  if (line.size() < 4 || (line.size() > 4 && line[4] != ' ')) return detail::other_word(line);
  constexpr std::uint64_t upper = 0xDFDFDFDF;
  verb const what = detail::verb_of_four(static_cast<std::uint32_t>(load_octets(line.data(), 4) & upper));
  if (what == verb::unknown) return detail::other_word(line);
  return {what, 4};
}

}  // namespace ehlo::inline v0
