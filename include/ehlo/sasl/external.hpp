// SPDX-License-Identifier: BSL-1.0
// EXTERNAL (RFC 4422 A): who the client is, something else has shown already, its TLS certificate for example. The one
// message says as whom it wants to act.
#pragma once

#include "one_text.hpp"

namespace ehlo::inline v0::sasl {

/// Says client_credentials::authorization_identity.
using external_client = one_text_client<&client_credentials::authorization_identity>;

/// Asks question::identity. An empty authorization identity is the one that the certificate stands for.
using external_server = one_text_server<question::identity, &claim::authorization_identity, error::not_authorized>;

}  // namespace ehlo::inline v0::sasl
