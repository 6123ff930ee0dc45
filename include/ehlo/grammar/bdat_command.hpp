// SPDX-License-Identifier: BSL-1.0
// BDAT SP chunk-size [ SP end-marker ] (RFC 3030 2).
#pragma once

#include <cstddef>
#include <string_view>

#include "../base/ascii.hpp"
#include "../model/command.hpp"
#include "../model/errc.hpp"
#include "command_line.hpp"
#include "number.hpp"

namespace ehlo::inline v0 {

/// A whole BDAT line without its CRLF. What cannot be counted exactly is refused: a wrong count would turn message
/// octets into commands.
[[nodiscard]] constexpr errc parse_bdat(std::string_view line, bdat_command& out) noexcept {
  auto const skip_spaces = [&line](std::size_t at) {
    while (at != line.size() && line[at] == ' ') ++at;
    return at;
  };
  out = {};
  line = trim_trailing_space(line);
  if (line.size() < 6 || line[4] != ' ') return errc::peer_chunk_size;
  number_run const size = scan_number(line, skip_spaces(4));
  if (size.end == 0 || size.overflow) return errc::peer_chunk_size;
  bdat_command command{size.value, false};
  if (size.end != line.size()) {
    std::size_t const marker = skip_spaces(size.end);
    if (marker == size.end || !equal_ignoring_case(line.substr(marker), "LAST")) return errc::peer_chunk_size;
    command.last = true;
  }
  out = command;
  return errc::ok;
}

}  // namespace ehlo::inline v0
