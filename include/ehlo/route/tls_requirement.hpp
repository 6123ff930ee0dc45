// SPDX-License-Identifier: BSL-1.0
// What a connection to a server has to be before a message may be sent on it.
#pragma once

#include "../model/tls_policy.hpp"

namespace ehlo::inline v0::route {

/// `tls` goes into client_options::tls. What is asked of the certificate the host checks when the handshake is done,
/// and says so in tls_facts: where a check fails, `sufficient` is false and this server gets no message.
struct tls_requirement {
  tls_policy tls = tls_policy::opportunistic;
  /// The certificate proves the name of the server to a certification authority that the host trusts, and has not
  /// expired (RFC 7817 3, RFC 8461 4.2). OpenSSL: SSL_set1_host() and SSL_VERIFY_PEER, or X509_check_host() and
  /// SSL_get_verify_result() after the handshake.
  bool pkix = false;
  /// The certificate chain matches a TLSA record (RFC 7672 3.2): dane_certificate.hpp.
  bool dane = false;

  [[nodiscard]] friend constexpr bool operator==(tls_requirement const&, tls_requirement const&) noexcept = default;
};

}  // namespace ehlo::inline v0::route
