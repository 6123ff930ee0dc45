// SPDX-License-Identifier: BSL-1.0
// What a host knows of a delivery that failed: facts and codes, never the words of a reply.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/enum_name.hpp"
#include "../model/enhanced_code.hpp"
#include "../model/errc.hpp"
#include "../model/reply_code.hpp"
#include "stage.hpp"

namespace ehlo::inline v0::trace {

/// What the layers below SMTP met: names, connection, TLS.
enum class transport_failure : std::uint8_t {
  none,
  name_not_found,      ///< the domain name system knows no such name (NXDOMAIN)
  no_address,          ///< the name is there, an address is not
  name_server_failed,  ///< SERVFAIL, or no answer
  refused,             ///< ECONNREFUSED
  timeout,             ///< ETIMEDOUT, or the host's own patience, while connecting
  unreachable,         ///< ENETUNREACH, EHOSTUNREACH
  reset,               ///< ECONNRESET, EPIPE; behind the connect it counts as errc::peer_gone
  not_permitted,       ///< EACCES, EPERM: this machine itself forbids it
  tls_handshake,       ///< an alert, no common version or cipher, or anything that has no name here
  tls_not_spoken,      ///< what came was no TLS
  certificate_expired,
  certificate_not_yet_valid,
  certificate_wrong_name,
  certificate_self_signed,
  certificate_untrusted,  ///< its issuer is not known here
  certificate_revoked,
  certificate_unsuitable,  ///< malformed, a weak key or signature, not for servers
  tlsa_mismatch,           ///< no TLSA record matches (RFC 7672)
};
inline constexpr std::array<std::string_view, 19> transport_failure_names{"none",
                                                                          "name_not_found",
                                                                          "no_address",
                                                                          "name_server_failed",
                                                                          "refused",
                                                                          "timeout",
                                                                          "unreachable",
                                                                          "reset",
                                                                          "not_permitted",
                                                                          "tls_handshake",
                                                                          "tls_not_spoken",
                                                                          "certificate_expired",
                                                                          "certificate_not_yet_valid",
                                                                          "certificate_wrong_name",
                                                                          "certificate_self_signed",
                                                                          "certificate_untrusted",
                                                                          "certificate_revoked",
                                                                          "certificate_unsuitable",
                                                                          "tlsa_mismatch"};
static_assert(static_cast<std::size_t>(transport_failure::tlsa_mismatch) + 1 == transport_failure_names.size());
/// The enumerator, as it is written here.
[[nodiscard]] constexpr std::string_view name(transport_failure value) noexcept {
  return enum_name(transport_failure_names, value);
}

/// Whether TLS protected the connection when it happened.
enum class tls_state : std::uint8_t { unknown, cleartext, active };

/// Whatever is known; what is not stays as it is here.
struct failure {
  transport_failure transport = transport_failure::none;
  errc error = errc::ok;  ///< of `failed`, `closed` or `transaction_done`, or what submit() returned
  stage at = stage::unknown;
  reply_code code{};       ///< of the reply that decided
  enhanced_code status{};  ///< of the same; alone, as in a delivery report (RFC 3464), it will do too
  std::uint16_t port = 0;  ///< of the server
  tls_state tls = tls_state::unknown;
};

}  // namespace ehlo::inline v0::trace
