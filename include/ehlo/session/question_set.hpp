// SPDX-License-Identifier: BSL-1.0
// Which of a server's decisions the host wants to make itself.
#pragma once

#include <cstdint>

namespace ehlo::inline v0 {

/// The decisions that are the host's by choice. The end of a message, credentials, extension verbs, ETRN and
/// XCLIENT are always its own. What it does not ask to decide, the engine answers, and reports as a notice.
enum class question : std::uint16_t {
  none = 0,
  greeting = 1U << 0,
  hello = 1U << 1,
  mail = 1U << 2,
  rcpt = 1U << 3,
  data = 1U << 4,  ///< DATA, and the first BDAT of a message
  vrfy = 1U << 5,
  expn = 1U << 6,
  help = 1U << 7,
  starttls = 1U << 8,
  xforward = 1U << 9,
};
[[nodiscard]] constexpr question operator|(question a, question b) noexcept {
  return static_cast<question>(static_cast<std::uint16_t>(a) | static_cast<std::uint16_t>(b));
}
[[nodiscard]] constexpr bool includes(question set, question one) noexcept {
  return (static_cast<std::uint16_t>(set) & static_cast<std::uint16_t>(one)) != 0;
}

}  // namespace ehlo::inline v0
