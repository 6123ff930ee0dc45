// SPDX-License-Identifier: BSL-1.0
// The argument of EHLO, HELO and LHLO (RFC 5321 4.1.1.1, RFC 2033 4.1).
#pragma once

#include <cstddef>
#include <string_view>

#include "../base/character_class.hpp"
#include "../model/errc.hpp"
#include "../model/tolerance.hpp"
#include "command_line.hpp"
#include "mailbox.hpp"
#include "utf8.hpp"

namespace ehlo::inline v0 {

namespace detail {

/// Printable ASCII and well-formed UTF-8, spaces between: what real clients call themselves.
[[nodiscard]] constexpr bool is_printable_text(std::string_view text, bool spaces) noexcept {
  while (!text.empty()) {
    std::size_t const length = utf8_sequence_length(text);
    if (length == 0 || has_class(text[0], char_class::control) || (text[0] == ' ' && !spaces)) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace detail

/// The argument behind the verb and its space. A domain or an address literal; with tolerance::loose_hello any
/// printable text. Controls are refused always, and so is an empty argument.
[[nodiscard]] constexpr errc parse_hello(std::string_view argument, tolerance allowed, tolerance& used) noexcept {
  argument = trim_trailing_space(argument);
  if (is_host(argument)) return errc::ok;
  if (argument.empty() || argument[0] == ' ' || !allows(allowed, tolerance::loose_hello) ||
      !detail::is_printable_text(argument, true))
    return errc::peer_hello_argument;
  used |= tolerance::loose_hello;
  return errc::ok;
}

}  // namespace ehlo::inline v0
