// SPDX-License-Identifier: BSL-1.0
// String, the argument of VRFY, EXPN, HELP and NOOP (RFC 5321 4.1.1.6 to 4.1.1.9, 4.1.2).
#pragma once

#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "../model/errc.hpp"
#include "command_line.hpp"
#include "decoded.hpp"
#include "hello.hpp"
#include "quoted_string.hpp"

namespace ehlo::inline v0 {

/// The argument behind the verb and its space; empty is the caller's to judge. Clients send `VRFY John Doe` where the
/// grammar wants quotes, so any printable text is taken; controls never are.
[[nodiscard]] constexpr errc parse_string_argument(std::string_view argument, bool utf8) noexcept {
  argument = trim_trailing_space(argument);
  if (!detail::is_printable_text(argument, true)) return errc::peer_argument;
  for (char const c : argument)
    if (!utf8 && has_class(c, char_class::eight_bit)) return errc::peer_argument;
  return errc::ok;
}

/// What the argument means: a Quoted-string is decoded, any other text stands for itself.
[[nodiscard]] constexpr decoded decode_string_argument(std::string_view argument, std::span<char> storage) noexcept {
  argument = trim_trailing_space(argument);
  if (scan_quoted_string(argument, 0).end == argument.size() && argument.starts_with('"'))
    return decode_quoted_string(argument, storage);
  if (argument.size() > storage.size()) return {};
  decoded out;
  for (char const c : argument) storage[out.size++] = c;
  out.valid = true;
  return out;
}

/// Takes the parameter SMTPUTF8 off the end of a VRFY or EXPN argument (RFC 6531 3.7.4.2); whether it was there.
[[nodiscard]] constexpr bool take_smtputf8(std::string_view& argument) noexcept {
  constexpr std::string_view parameter = " SMTPUTF8";
  argument = trim_trailing_space(argument);
  if (argument.size() <= parameter.size()) return false;
  if (!equal_ignoring_case(argument.substr(argument.size() - parameter.size()), parameter)) return false;
  argument = trim_trailing_space(argument.substr(0, argument.size() - parameter.size()));
  return true;
}

}  // namespace ehlo::inline v0
