// SPDX-License-Identifier: BSL-1.0
// The command verbs that the library knows by name.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ehlo::inline v0 {

enum class verb : std::uint8_t {
  unknown,
  helo,      // RFC 5321 4.1.1.1
  ehlo,      // RFC 5321 4.1.1.1
  lhlo,      // RFC 2033 4.1
  mail,      // RFC 5321 4.1.1.2
  rcpt,      // RFC 5321 4.1.1.3
  data,      // RFC 5321 4.1.1.4
  bdat,      // RFC 3030 2
  rset,      // RFC 5321 4.1.1.5
  noop,      // RFC 5321 4.1.1.9
  quit,      // RFC 5321 4.1.1.10
  vrfy,      // RFC 5321 4.1.1.6
  expn,      // RFC 5321 4.1.1.7
  help,      // RFC 5321 4.1.1.8
  auth,      // RFC 4954 4
  starttls,  // RFC 3207 4
  etrn,      // RFC 1985 5
  xclient,   // Postfix XCLIENT_README
  xforward,  // Postfix XFORWARD_README
  send,      // RFC 821 4.1.1; answered 502, like the rest
  soml,
  saml,
  turn,
  atrn,  // RFC 2645 5.2.1
  burl,  // RFC 4468 3.2
};

inline constexpr std::size_t verb_count = 25;

inline constexpr std::array<std::string_view, verb_count> verb_names{
    "",     "HELO", "EHLO",     "LHLO", "MAIL",    "RCPT",     "DATA", "BDAT", "RSET", "NOOP", "QUIT", "VRFY", "EXPN",
    "HELP", "AUTH", "STARTTLS", "ETRN", "XCLIENT", "XFORWARD", "SEND", "SOML", "SAML", "TURN", "ATRN", "BURL"};

/// The verb in upper case; empty for `verb::unknown`. Static text.
[[nodiscard]] constexpr std::string_view name(verb v) noexcept { return verb_names[static_cast<std::size_t>(v)]; }

}  // namespace ehlo::inline v0
