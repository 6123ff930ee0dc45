// SPDX-License-Identifier: BSL-1.0
// What the host tells the engine about a finished TLS handshake.
#pragma once

namespace ehlo::inline v0 {

struct tls_facts {
  /// False if the host's policy is not content with what was negotiated: every command but QUIT is then answered with
  /// 554 (RFC 3207 4.1).
  bool sufficient = true;
  /// For a client: whether the certificate proves the name that it was looked for (RFC 6125). REQUIRETLS needs it.
  bool verified = false;
};

}  // namespace ehlo::inline v0
