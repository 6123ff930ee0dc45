// SPDX-License-Identifier: BSL-1.0
//
// The sizes of what users hold, as the translation unit that includes this sees them. Comes after the library's
// headers.
#pragma once

#include <array>
#include <cstddef>

using layout = std::array<std::size_t, 15>;

// One copy for each unit, on purpose: two inline ones would be merged into one and always be equal.
static constexpr layout layout_here{sizeof(ehlo::reply),      sizeof(ehlo::reply_code),   sizeof(ehlo::enhanced_code),
                                    sizeof(ehlo::parameters), sizeof(ehlo::path_view),    sizeof(ehlo::capability_set),
                                    sizeof(ehlo::server),     sizeof(ehlo::server_event), sizeof(ehlo::server_options),
                                    sizeof(ehlo::client),     sizeof(ehlo::client_event), sizeof(ehlo::client_options),
                                    sizeof(ehlo::envelope),   sizeof(ehlo::recipient),    sizeof(ehlo::service_offer)};

layout layout_in_b() noexcept;
