// SPDX-License-Identifier: BSL-1.0
// The typed commands: what grammar/ finds in a line, as offsets into it. A parsed value never holds a pointer.
#pragma once

#include <cstdint>

#include "path.hpp"

namespace ehlo::inline v0 {

/// MAIL's BODY parameter (RFC 6152 3, RFC 3030 3).
enum class body_type : std::uint8_t { unstated, sevenbit, eightbitmime, binarymime };

/// MAIL's RET parameter (RFC 3461 4.3).
enum class ret_type : std::uint8_t { unstated, full, headers };

/// RCPT's NOTIFY parameter (RFC 3461 4.1) as bits; 0 if it was not given. `never` stands alone.
enum class notify_type : std::uint8_t { unstated = 0, never = 1, success = 2, failure = 4, delay = 8 };
[[nodiscard]] constexpr notify_type operator|(notify_type a, notify_type b) noexcept {
  return static_cast<notify_type>(static_cast<std::uint8_t>(a) | static_cast<std::uint8_t>(b));
}
[[nodiscard]] constexpr bool includes(notify_type set, notify_type one) noexcept {
  return (static_cast<std::uint8_t>(set) & static_cast<std::uint8_t>(one)) != 0;
}

/// A part of the line; `length` 0 with `at` 0 means that it was not given.
struct line_part {
  std::uint16_t at = 0;
  std::uint16_t length = 0;
};

/// A validated MAIL command.
struct mail_command {
  std::uint64_t size = 0;  ///< SIZE in octets (RFC 1870); saturated at the largest value
  path_range from;
  line_part envid;               ///< ENVID's xtext as sent (RFC 3461 4.4)
  line_part auth;                ///< AUTH's xtext as sent, or `<>` (RFC 4954 5)
  std::uint16_t parameters = 0;  ///< where the parameters begin; the line's end if there are none
  body_type body = body_type::unstated;
  ret_type ret = ret_type::unstated;
  bool has_size = false;
  bool smtputf8 = false;    // RFC 6531
  bool requiretls = false;  // RFC 8689
  bool rest = false;        ///< there are parameters beyond those above; look them up in `parameters`
};

/// A validated RCPT command.
struct rcpt_command {
  path_range to;
  line_part orcpt;  ///< ORCPT as sent: `addr-type;xtext` (RFC 3461 4.2)
  std::uint16_t parameters = 0;
  notify_type notify = notify_type::unstated;
  bool rest = false;
};

/// A validated AUTH command (RFC 4954 4).
struct auth_command {
  line_part mechanism;
  line_part initial;  ///< base64 as sent, or the `=` that stands for an empty response
  bool has_initial = false;
};

/// A validated BDAT command (RFC 3030 2).
struct bdat_command {
  std::uint64_t size = 0;
  bool last = false;
};

}  // namespace ehlo::inline v0
