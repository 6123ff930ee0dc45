// SPDX-License-Identifier: BSL-1.0
// What a server offers in its answer to EHLO (RFC 5321 4.1.1.1), as a value.
#pragma once

#include <cstdint>

#include "capability.hpp"

namespace ehlo::inline v0 {

/// A number that was not given, or could not be read, is 0: no limit is known.
struct service_offer {
  capability_set keywords;
  std::uint32_t mechanisms = 0;        ///< bit i: the i-th word of the host's list of mechanisms (RFC 4954 3)
  std::uint64_t max_size = 0;          ///< SIZE: octets of a message (RFC 1870 4)
  std::uint32_t mail_max = 0;          ///< LIMITS MAILMAX: transactions of a connection (RFC 9422 4.1)
  std::uint32_t rcpt_max = 0;          ///< LIMITS RCPTMAX: recipients of a transaction (RFC 9422 4.2)
  std::uint32_t rcpt_domain_max = 0;   ///< LIMITS RCPTDOMAINMAX: their different domains (RFC 9422 4.3)
  std::uint32_t min_deliver_by_s = 0;  ///< DELIVERBY: the shortest by-time, seconds (RFC 2852 2)
  std::uint32_t max_hold_s = 0;        ///< FUTURERELEASE: the longest HOLDFOR, seconds (RFC 4865 3)
  std::int64_t max_hold_until = 0;     ///< FUTURERELEASE: the latest HOLDUNTIL, seconds since 1970-01-01T00:00:00Z

  [[nodiscard]] friend constexpr bool operator==(service_offer const&, service_offer const&) noexcept = default;
};

}  // namespace ehlo::inline v0
