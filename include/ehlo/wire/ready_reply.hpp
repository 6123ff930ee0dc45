// SPDX-License-Identifier: BSL-1.0
// Replies that are known beforehand, written as they stand on the wire (RFC 5321 4.2): to give one is one copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../model/reply.hpp"
#include "output_buffer.hpp"

namespace ehlo::inline v0 {

/// A reply, and its line if it is known beforehand; empty if it must be written from the parts.
struct ready_reply : reply {
  std::string_view line{};
};

/// The parts of a line like "250 2.1.0 ok\r\n", with single digits in its status.
[[nodiscard]] consteval ready_reply as_written(std::string_view line) noexcept {
  auto const digit = [line](std::size_t at) { return static_cast<std::uint8_t>(line[at] - '0'); };
  auto const code = static_cast<std::uint16_t>(100 * digit(0) + 10 * digit(1) + digit(2));
  return {{code, {digit(4), digit(6), digit(8)}, line.substr(10, line.size() - 12)}, line};
}

/// Writes such a line. Without its status (RFC 2034 3) the text follows the code. The room must have been checked.
inline void put_ready(output_buffer& out, std::string_view line, bool with_status) noexcept {
  if (with_status) return out.append(line);
  out.append(line.substr(0, 4));
  out.append(line.substr(10));
}

}  // namespace ehlo::inline v0
