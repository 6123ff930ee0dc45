// SPDX-License-Identifier: BSL-1.0
// What must be true of a session however its script was played.
#pragma once

#include <string>
#include <string_view>

#include "script_player.hpp"

namespace ehlo_script {

/// Empty, or why `actual` is not what the way makes of `reference`, the script played whole.
[[nodiscard]] std::string compare_playbacks(playback const& reference, playback const& actual, script const& what,
                                            way const& how);

/// Empty, or what is not legal about a server's output (RFC 5321 4.2). `cut`: it may end within a reply.
[[nodiscard]] std::string illegal_reply(std::string_view output, bool cut);

}  // namespace ehlo_script
