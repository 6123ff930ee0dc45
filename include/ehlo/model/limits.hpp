// SPDX-License-Identifier: BSL-1.0
// The sizes and times that the RFCs name. All sizes are octets and count CRLF; all times are milliseconds.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../base/instant.hpp"

namespace ehlo::inline v0 {

inline constexpr std::size_t max_local_part = 64;     // RFC 5321 4.5.3.1.1
inline constexpr std::size_t max_domain = 255;        // RFC 5321 4.5.3.1.2
inline constexpr std::size_t max_path = 256;          // RFC 5321 4.5.3.1.3
inline constexpr std::size_t max_command_line = 512;  // RFC 5321 4.5.3.1.4; extensions add to it
inline constexpr std::size_t max_reply_line = 512;    // RFC 5321 4.5.3.1.5
inline constexpr std::size_t max_text_line = 1000;    // RFC 5321 4.5.3.1.6
inline constexpr std::uint32_t min_recipients = 100;  // RFC 5321 4.5.3.1.8: at least so many must be taken
/// So many recipients over the limit are no error: a client sends them in its next transaction.
inline constexpr std::uint32_t recipient_overshoot = 1000;  // RFC 5321 4.5.3.1.10
inline constexpr std::size_t max_sasl_line = 12288;         // RFC 4954 4

/// What `interoperable` and `lenient` allow for MAIL and RCPT, whatever is offered: long VERP addresses and parameters.
inline constexpr std::size_t max_path_command_line = 2048;

/// What an extension adds to the MAIL or RCPT line; in `strict` the only allowance.
namespace line_allowance {
inline constexpr std::size_t size = 26;           // RFC 1870 3
inline constexpr std::size_t body = 17;           // RFC 6152 2, RFC 3030 3
inline constexpr std::size_t smtputf8 = 10;       // RFC 6531 3.1
inline constexpr std::size_t auth = 500;          // RFC 4954 3
inline constexpr std::size_t ret_envid = 116;     // RFC 3461 4.3, 4.4: " RET=HDRS ENVID=" and 100 characters
inline constexpr std::size_t notify_orcpt = 543;  // RFC 3461 4.1, 4.2: 28 and 500 characters with their keywords
inline constexpr std::size_t by = 17;             // RFC 2852 3
inline constexpr std::size_t hold = 34;           // RFC 4865 3
inline constexpr std::size_t mt_priority = 15;    // RFC 6710 3
inline constexpr std::size_t requiretls = 11;     // RFC 8689 2
}  // namespace line_allowance

inline constexpr milliseconds server_timeout = 5 * one_minute;      // RFC 5321 4.5.3.2.7
inline constexpr milliseconds data_block_timeout = 3 * one_minute;  // RFC 5321 4.5.3.2.5

}  // namespace ehlo::inline v0
