// SPDX-License-Identifier: BSL-1.0
// AUTH SP sasl-mech [SP initial-response] (RFC 4954 4 and 8).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/character_class.hpp"
#include "../model/command.hpp"
#include "../model/errc.hpp"
#include "base64.hpp"
#include "command_line.hpp"

namespace ehlo::inline v0 {

/// Whether the text is a SASL mechanism name: 1*20 of letters, digits, "-" and "_" (RFC 4422 3.1), in any case.
[[nodiscard]] constexpr bool is_mechanism(std::string_view text) noexcept {
  if (text.empty() || text.size() > 20) return false;
  for (char const c : text)
    if (!has_class(c, char_class::mechanism)) return false;
  return true;
}

/// A whole AUTH line without its CRLF.
[[nodiscard]] constexpr errc parse_auth(std::string_view line, auth_command& out) noexcept {
  out = {};
  line = trim_trailing_space(line);
  if (line.size() < 6 || line.size() > 0xFFFF || line[4] != ' ') return errc::peer_argument;
  std::size_t const mechanism = line.find_first_not_of(' ', 4);
  std::size_t const gap = line.find(' ', mechanism);
  std::string_view const name = line.substr(mechanism, gap == line.npos ? gap : gap - mechanism);
  if (!is_mechanism(name)) return errc::peer_mechanism;
  auth_command command{{static_cast<std::uint16_t>(mechanism), static_cast<std::uint16_t>(name.size())}, {}, false};
  if (gap != line.npos) {
    std::size_t const initial = line.find_first_not_of(' ', gap);
    std::string_view const response = line.substr(initial);
    if (response.find(' ') != response.npos) return errc::peer_argument;
    if (response != "=" && !is_base64(response)) return errc::peer_base64;
    command.initial = {static_cast<std::uint16_t>(initial), static_cast<std::uint16_t>(response.size())};
    command.has_initial = true;
  }
  out = command;
  return errc::ok;
}

}  // namespace ehlo::inline v0
