// SPDX-License-Identifier: BSL-1.0
// What the message text may look like: the options of the dot decoder, and what it found.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/enum_name.hpp"
#include "tolerance.hpp"

namespace ehlo::inline v0 {

/// What happens to a CR or LF that stands alone in the text (RFC 5321 2.3.8).
enum class bare_newline : std::uint8_t {
  by_preset,  ///< in options: `reject` unless the tolerances hold bare_lf_in_text and bare_cr_in_text
  reject,     ///< the message is refused at its end
  normalize,  ///< LF becomes CRLF, CR becomes a space; reported; never part of an end of data
};

/// How the line endings of a finished message were.
enum class newlines : std::uint8_t {
  clean,       ///< CRLF only
  repaired,    ///< some were bare and have been normalized
  unexamined,  ///< the message came by BDAT, whose octets are never looked at (RFC 3030)
};
inline constexpr std::array<std::string_view, 3> newlines_names{"clean", "repaired", "unexamined"};
static_assert(static_cast<std::size_t>(newlines::unexamined) + 1 == newlines_names.size());
/// The enumerator, as it is written here.
[[nodiscard]] constexpr std::string_view name(newlines value) noexcept { return enum_name(newlines_names, value); }

struct text_rules {
  bare_newline newline = bare_newline::reject;  ///< reject or normalize
  /// Of nul_in_text, undeclared_8bit and long_text_line: those that do not refuse the message.
  tolerance allowed = tolerance::none;
  std::uint32_t max_line = 1000;  ///< octets with CRLF, without the stuffed dot (RFC 5321 4.5.3.1.6)
};

}  // namespace ehlo::inline v0
