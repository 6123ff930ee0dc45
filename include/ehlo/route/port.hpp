// SPDX-License-Identifier: BSL-1.0
// The ports of mail, what each is for and which security it gives (RFC 5321 4.5.4.2, 6409 3.1, 8314 3.3, 2033 5), and
// the order in which a client tries them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "tls_requirement.hpp"

namespace ehlo::inline v0::route {

/// What is done at a port.
enum class port_use : std::uint8_t {
  relay,       ///< mail from server to server, for the recipients that this server is responsible for
  submission,  ///< new mail of users who authenticate, for any recipient (RFC 6409)
  delivery,    ///< LMTP: from a server to the store behind it (RFC 2033)
};

/// A port and how a client connects to it.
struct port {
  std::uint16_t number = 0;
  port_use use = port_use::relay;
  /// TLS begins with the connection, before any greeting (RFC 8314 3). The engine is then made with the facts of the
  /// finished handshake. False: it begins in clear text, and `security.tls` says what becomes of STARTTLS.
  bool implicit_tls = false;
  tls_requirement security{};
  std::string_view service{};  ///< as registered with IANA; empty: not registered for this use
  std::string_view source{};   ///< where it is written

  [[nodiscard]] constexpr bool lmtp() const noexcept { return use == port_use::delivery; }
};

/// Between servers TLS is opportunistic, unless MTA-STS or DANE require more; a host joins them with join_security().
inline constexpr port relay_port{
    25, port_use::relay, false, {tls_policy::opportunistic, false, false}, "smtp", "RFC 5321 4.5.4.2, RFC 7435"};

/// The password of a user and his mail go over TLS to a server that has proved its name, or not at all (RFC 8314 5.2).
inline constexpr port submissions_port{465,           port_use::submission, true, {tls_policy::require, true, false},
                                       "submissions", "RFC 8314 3.3, 7.3"};
inline constexpr port submission_port{
    587, port_use::submission, false, {tls_policy::require, true, false}, "submission", "RFC 6409 3.1, RFC 8314 3.3"};
/// Nowhere registered; where networks block the others, many providers listen here as on 587.
inline constexpr port alternate_submission_port{2525, port_use::submission, false, {tls_policy::require, true, false},
                                                "",   "RFC 8314 5.2"};

/// "any private mail system": the usual one for LMTP, which must not use 25. It stays within one network, mostly within
/// one machine.
inline constexpr port lmtp_port{24, port_use::delivery, false, {tls_policy::opportunistic, false, false},
                                "", "RFC 2033 5"};

inline constexpr std::array<port, 5> ports{lmtp_port, relay_port, submissions_port, submission_port,
                                           alternate_submission_port};

/// The ports for submission in their order (RFC 8314 3.3, 4): the next where the one before cannot be connected to. All
/// give the same security: a fallback never means clear text.
inline constexpr std::array<port, 3> submission_ports{submissions_port, submission_port, alternate_submission_port};

/// The port of this number; null if nothing is known of it. What such a port gives only its owner can say.
[[nodiscard]] constexpr port const* find_port(std::uint16_t number) noexcept {
  for (port const& one : ports)
    if (one.number == number) return &one;
  return nullptr;
}

}  // namespace ehlo::inline v0::route
