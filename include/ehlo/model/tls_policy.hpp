// SPDX-License-Identifier: BSL-1.0
// Whether a client speaks TLS to a server (RFC 3207).
#pragma once

#include <cstdint>

namespace ehlo::inline v0 {

/// What a client that begins in clear text does about STARTTLS (RFC 3207).
enum class tls_policy : std::uint8_t {
  never,
  opportunistic,  ///< if it is offered; where it fails, go on without, on a new connection if need be
  require,        ///< nothing but EHLO and STARTTLS is said without it
};

}  // namespace ehlo::inline v0
