// SPDX-License-Identifier: BSL-1.0
// DANE and MTA-STS together (RFC 8461 2): what a connection to one MX host has to be.
#pragma once

#include "dane.hpp"
#include "mta_sts.hpp"
#include "tls_requirement.hpp"

namespace ehlo::inline v0::route {

/// A host and its security.
struct host_security {
  bool skip = false;  ///< no message to this host: try the next; none left: retry later
  tls_requirement security{};
};

/// Joins the two for a host, each of which may say nothing. MTA-STS never makes up for DANE that fails (RFC 8461 2).
/// Where DANE authenticates a host that secure MX records name, it alone decides: its certificates are often of no
/// public authority. With insecure MX records both must hold, since an attacker who forges those leads to a host of his
/// own, with TLSA records of his own. Where DANE asks for TLS without authentication, that of MTA-STS is added.
[[nodiscard]] constexpr host_security join_security(dane_decision const& dane, dane_host const& host,
                                                    mta_sts_decision const& sts) noexcept {
  if (dane.skip) return {true, dane.security};
  if (!dane.applies) return {sts.skip, sts.security};
  bool const mx_secure = !host.by_mx || host.mx == dnssec::secure;
  if (dane.security.dane && mx_secure) return {false, dane.security};
  return {sts.skip, {tls_policy::require, sts.security.pkix, dane.security.dane}};
}

}  // namespace ehlo::inline v0::route
