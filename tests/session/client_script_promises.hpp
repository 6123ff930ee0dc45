// SPDX-License-Identifier: BSL-1.0
// What must be true of a client's session however its script was played.
#pragma once

#include <string>

#include "client_script_player.hpp"

namespace ehlo_script {

/// Empty, or why `actual` is not what the way makes of `reference`, the script played whole.
[[nodiscard]] std::string compare_playbacks(client_playback const& reference, client_playback const& actual,
                                            client_way const& how);

/// So many octets of the output have to be sent before the message may have been delivered: the first of CRLF . CRLF,
/// or the last of the last chunk. `nowhere` if the transaction has no such end.
[[nodiscard]] std::size_t end_of_message(std::string const& output, transaction_record const& t);

}  // namespace ehlo_script
