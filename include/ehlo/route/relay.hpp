// SPDX-License-Identifier: BSL-1.0
// Relay policy: which recipients a server takes, and from whom (RFC 5321 3.6.2, 7.9). Closed by default: without
// options only `<postmaster>` is taken. A server that passes on mail of strangers for strangers is an open relay.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "../grammar/address_literal.hpp"
#include "../grammar/domain.hpp"
#include "../grammar/ip_network.hpp"
#include "../model/path.hpp"
#include "../model/reply.hpp"

namespace ehlo::inline v0::route {

/// Whose mail a server takes. Its lists are the host's, and outlive it.
///
/// A domain is written `example.org`; `.example.org` stands for every domain below it and not for itself. Compared are
/// octets, without regard to the case of ASCII letters and to a full stop at the end. There is no conversion between
/// U-labels and A-labels and no normalization: who takes mail for a domain in both forms lists both; a form that is not
/// listed is the domain of somebody else.
struct relay_options {
  std::span<std::string_view const> local_domains{};  ///< mail for them ends here, from everybody
  std::span<std::string_view const> relay_domains{};  ///< it is passed on to them, from everybody: a secondary MX
  std::span<ip_network const> networks{};             ///< clients that may send to everybody
  /// Address literals that are our own: `<user@[192.0.2.1]>` is then local.
  std::span<address_literal const> own_addresses{};
  bool authenticated_may_relay = true;  ///< clients that logged in may send to everybody
  bool verified_tls_may_relay = false;  ///< so may clients whose certificate the host has verified and knows
  bool authentication_offered = false;  ///< a stranger whom that would help is told to log in (530 in place of 550)
  /// Take local parts that hold a route: `user%elsewhere`, `elsewhere!user`, `"user@elsewhere"`. Only for a system
  /// where nothing behind this server ever acts on one.
  bool routes_in_local_parts = false;
};

/// Who is connected.
struct relay_client {
  address_literal address{};   ///< kind `none`, of a local socket for example, is in no network
  bool authenticated = false;  ///< the AUTH exchange succeeded
  bool tls_verified = false;   ///< its certificate was verified, and its name is on the host's list
};

enum class relay_verdict : std::uint8_t {
  local,         ///< take it: it ends here
  relay,         ///< take it, and pass it on
  denied,        ///< 550 5.7.1: not here, and not for this client
  authenticate,  ///< 530 5.7.0: not before it has logged in
  route,         ///< 554 5.7.1: the recipient holds a route, which is not followed for anybody
};

[[nodiscard]] constexpr bool is_accepted(relay_verdict v) noexcept { return v <= relay_verdict::relay; }

/// The reply to RCPT. 550 is what RFC 5321 3.6.2 and 7.9 ask for, 530 is of RFC 4954 6. 554 says that no other client
/// would fare better with this recipient; RFC 5321 has no code for it, and Postfix answers so. For a verdict that
/// accepts: 250.
[[nodiscard]] constexpr reply relay_reply(relay_verdict v) noexcept {
  switch (v) {
    case relay_verdict::denied: return {550, {5, 7, 1}, "relaying denied"};
    case relay_verdict::authenticate: return {530, {5, 7, 0}, "authentication required"};
    case relay_verdict::route: return {554, {5, 7, 1}, "routes in addresses are not followed"};
    default: return {250, {2, 1, 5}, {}};
  }
}

/// Whether a domain is on a list, as relay_options says.
[[nodiscard]] constexpr bool is_listed(std::string_view domain, std::span<std::string_view const> list) noexcept {
  domain = without_root(domain);
  if (domain.empty() || domain.starts_with('.')) return false;
  for (std::string_view entry : list) {
    entry = without_root(entry);
    if (entry.starts_with('.')) {
      if (entry.size() > 1 && domain.size() > entry.size() &&
          equal_ignoring_case(domain.substr(domain.size() - entry.size()), entry))
        return true;
    } else if (!entry.empty() && equal_ignoring_case(domain, entry)) {
      return true;
    }
  }
  return false;
}

/// Whether a local part, quotes and all, holds what some system would take for the way to another one: `@`, be it
/// quoted or escaped, `%` or `!` (RFC 1123 5.2.16).
[[nodiscard]] constexpr bool holds_route(std::string_view local_part) noexcept {
  for (char const c : local_part)
    if (c == '@' || c == '%' || c == '!') return true;
  return false;
}

namespace detail {

[[nodiscard]] constexpr bool is_local(relay_options const& options, path_view const& to) noexcept {
  if (to.kind != path_kind::literal) return is_listed(to.domain, options.local_domains);
  address_literal const address = without_mapping(parse_address_literal(to.domain));
  if (address.kind != literal_kind::ipv4 && address.kind != literal_kind::ipv6) return false;
  for (address_literal const& own : options.own_addresses)
    if (without_mapping(own) == address) return true;
  return false;
}

[[nodiscard]] constexpr bool is_trusted(relay_options const& options, relay_client const& client) noexcept {
  if (client.authenticated && options.authenticated_may_relay) return true;
  if (client.tls_verified && options.verified_tls_may_relay) return true;
  for (ip_network const& network : options.networks)
    if (network.contains(client.address)) return true;
  return false;
}

}  // namespace detail

/// Decides on a recipient, as the engine gives it with an event. What counts is the mailbox: a source route before it
/// is ignored (RFC 5321 appendix C), and has to be left out when the message is passed on (path_view::mailbox() does);
/// only to a relay domain it takes a client that may send to everybody. A local part with a route in it is refused for
/// local and relay domains from everybody: these are the systems that could follow it. Of other domains it is their own
/// matter, and only trusted clients get there at all.
[[nodiscard]] constexpr relay_verdict decide_relay(relay_options const& options, relay_client const& client,
                                                   path_view const& to) noexcept {
  if (to.kind == path_kind::postmaster) return relay_verdict::local;  // RFC 5321 4.5.1
  bool const trusted = detail::is_trusted(options, client);
  bool const local = detail::is_local(options, to);
  bool const relayed = !local && to.kind == path_kind::mailbox && is_listed(to.domain, options.relay_domains);
  if (to.kind == path_kind::null || to.domain.empty()) return relay_verdict::denied;
  if (local || relayed) {
    if (holds_route(to.local_part) && !options.routes_in_local_parts) return relay_verdict::route;
    if (local) return relay_verdict::local;
    if (to.source_route.empty()) return relay_verdict::relay;
  }
  if (trusted) return relay_verdict::relay;
  bool const login_helps = options.authentication_offered && options.authenticated_may_relay;
  return login_helps ? relay_verdict::authenticate : relay_verdict::denied;
}

}  // namespace ehlo::inline v0::route
