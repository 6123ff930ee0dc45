// SPDX-License-Identifier: BSL-1.0
// ANONYMOUS (RFC 4505): anybody, who may leave a trace, an address for example, that proves nothing.
#pragma once

#include "one_text.hpp"

namespace ehlo::inline v0::sasl {

/// Says client_credentials::trace.
using anonymous_client = one_text_client<&client_credentials::trace>;

/// Asks question::anonymous with the trace, and tells nobody's name.
using anonymous_server = one_text_server<question::anonymous, &claim::secret, error::credentials>;

}  // namespace ehlo::inline v0::sasl
