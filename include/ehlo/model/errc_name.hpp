// SPDX-License-Identifier: BSL-1.0
// The enumerators of errc as text, for logs that programs read; message() is for people.
#pragma once

#include <array>
#include <string_view>

#include "../base/enum_name.hpp"
#include "errc.hpp"

namespace ehlo::inline v0 {

inline constexpr std::array<std::string_view, errc_count> errc_names{
    "ok",
    "local_options",
    "local_order",
    "local_code",
    "local_room",
    "local_sent",
    "local_input",
    "local_argument",
    "local_reverse_path",
    "local_forward_path",
    "local_parameter",
    "local_no_recipients",
    "local_size",
    "local_limits",
    "local_eightbitmime",
    "local_smtputf8",
    "local_binarymime",
    "local_dsn",
    "local_requiretls",
    "local_extension",
    "local_text",
    "local_aborted",
    "peer_unknown_verb",
    "peer_unimplemented",
    "peer_syntax",
    "peer_bare_lf",
    "peer_line_too_long",
    "peer_header_line",
    "peer_http",
    "peer_argument",
    "peer_hello_argument",
    "peer_sender",
    "peer_recipient",
    "peer_sender_utf8",
    "peer_recipient_utf8",
    "peer_parameter",
    "peer_unknown_parameter",
    "peer_chunk_size",
    "peer_order",
    "peer_no_recipients",
    "peer_no_valid_recipients",
    "peer_too_many_recipients",
    "peer_too_many_transactions",
    "peer_too_many_errors",
    "peer_too_many_commands",
    "peer_too_many_auth_failures",
    "peer_message_too_large",
    "peer_text",
    "peer_tls_required",
    "peer_auth_required",
    "peer_tls_insufficient",
    "peer_auth_line_too_long",
    "peer_base64",
    "peer_mechanism",
    "peer_cancelled",
    "peer_credentials",
    "peer_refused",
    "peer_early_talker",
    "peer_timeout",
    "peer_too_slow",
    "peer_proxy_header",
    "peer_proxy_too_long",
    "peer_reply",
    "peer_reply_too_long",
    "peer_reply_code",
    "peer_surplus_reply",
    "peer_closing",
    "peer_greeting",
    "peer_hello",
    "peer_tls_unavailable",
    "peer_tls_failed",
    "peer_auth_unavailable",
    "peer_auth_failed",
    "peer_extension_unavailable",
    "peer_gone",
    "shutdown",
};
static_assert(errc_names.back() == "shutdown");
/// The enumerator, as it is written in errc.hpp.
[[nodiscard]] constexpr std::string_view name(errc value) noexcept { return enum_name(errc_names, value); }

}  // namespace ehlo::inline v0
