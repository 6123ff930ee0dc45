// SPDX-License-Identifier: BSL-1.0
// What a server says by itself, and where the host says yes and nothing more. Without ENHANCEDSTATUSCODES the second
// column is left out.
#pragma once

#include "../wire/ready_reply.hpp"

/// The greeting and the answer to EHLO are put together elsewhere: of them only the code is here.
namespace ehlo::inline v0::usual_replies {

inline constexpr ready_reply greeting{{220}};
inline constexpr ready_reply hello{{250}};
inline constexpr ready_reply ok = as_written("250 2.0.0 ok\r\n");
inline constexpr ready_reply reset = as_written("250 2.0.0 reset\r\n");
inline constexpr ready_reply closing = as_written("221 2.0.0 closing\r\n");
inline constexpr ready_reply sender = as_written("250 2.1.0 sender ok\r\n");
inline constexpr ready_reply recipient = as_written("250 2.1.5 recipient ok\r\n");
inline constexpr ready_reply message = as_written("250 2.0.0 message accepted\r\n");
inline constexpr ready_reply tls = as_written("220 2.0.0 ready to start TLS\r\n");
inline constexpr ready_reply authenticated = as_written("235 2.7.0 authenticated\r\n");
inline constexpr ready_reply cannot_verify =
    as_written("252 2.1.5 cannot verify, but will take messages for this user and try to deliver\r\n");
inline constexpr ready_reply end_of_list = as_written("250 2.1.5 end of list\r\n");
inline constexpr ready_reply help =
    as_written("214 2.0.0 see RFC 5321; verbs: EHLO HELO MAIL RCPT DATA BDAT RSET NOOP QUIT VRFY HELP\r\n");

}  // namespace ehlo::inline v0::usual_replies
