// SPDX-License-Identifier: BSL-1.0
// What an MX lookup knows of a host, in the words of DANE (RFC 7672 2.2.1, 2.2.2).
#pragma once

#include "../base/config.hpp"
#include "../grammar/address_literal.hpp"
#include "dane.hpp"
#include "delivery_attempts.hpp"
#include "mx_lookup.hpp"

namespace ehlo::inline v0::route {

/// The host of this attempt, which is one of this lookup's, made with mx_options::dane. Its names are views of the
/// lookup. Nothing in it is `bogus` or `failed`: an address that the DNS has not given is not attempted.
[[nodiscard]] constexpr dane_host dane_host_of(mx_lookup_core const& lookup EHLO_LIFETIMEBOUND,
                                               delivery_attempt const& to) noexcept {
  if (to.host_index >= lookup.hosts().size()) return {};
  mail_exchanger const& host = lookup.hosts()[to.host_index];
  auto const status = [](bool secure) { return secure ? dnssec::secure : dnssec::insecure; };
  bool const by_mx = !lookup.implicit() && !lookup.domain().empty();
  return {.name = host.name(),
          .expanded = host.canonical_name(),
          .addresses = status(to.secure_address),
          .first_cname = status(to.secure_address || host.alias_secure()),
          .by_mx = by_mx,
          .mx = status(by_mx && lookup.secure()),
          .next_hop = lookup.domain(),
          .next_hop_expanded = lookup.canonical_domain()};
}

}  // namespace ehlo::inline v0::route
