// SPDX-License-Identifier: BSL-1.0
// What a client has to log in with, and what it puts up with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ehlo::inline v0::sasl {

/// The data of a TLS channel that both ends can see and nobody between them can choose (RFC 5056). The host asks its
/// TLS for it, behind the handshake.
struct channel_binding {
  std::string_view type{};  ///< its registered name
  std::string_view data{};  ///< octets; at most max_binding of them
};

/// 32 octets of the exporter with the label "EXPORTER-Channel-Binding" and an empty context: TLS 1.3, or 1.2 with the
/// extended master secret (RFC 9266 2).
inline constexpr std::string_view tls_exporter = "tls-exporter";
/// The hash of the server's certificate, by the hash function of its signature, SHA-256 in place of MD5 and SHA-1
/// (RFC 5929 4.1).
inline constexpr std::string_view tls_server_end_point = "tls-server-end-point";

inline constexpr std::size_t max_binding_type = 32;
inline constexpr std::size_t max_binding = 128;

/// Bounds for a server that may be hostile.
struct scram_limits {
  /// Below it a password is too easily guessed from what was overheard (RFC 5802 5.1, RFC 7677 4: at least 4096).
  std::uint32_t min_iterations = 4096;
  /// Above it the server wants to keep us busy (RFC 5802 9). A million take about half a second.
  std::uint32_t max_iterations = 1'000'000;
};

/// What a client's mechanisms are made from. The texts are lent for the exchange. Names, passwords and the trace go
/// through functions::prepare; each has at most 255 octets.
struct client_credentials {
  std::string_view user_name{};
  std::string_view password{};
  std::string_view token{};                   ///< a bearer token (RFC 6750 2.1), without "Bearer"
  std::string_view authorization_identity{};  ///< to act as somebody else (RFC 4422 2); empty: as the user
  std::string_view trace{};                   ///< ANONYMOUS: an address or any text, or nothing (RFC 4505 2)
  std::string_view host{};                    ///< OAUTHBEARER: the server's name, if it is to be said (RFC 7628 3.1)
  std::uint16_t port = 0;                     ///< likewise
  /// Give it exactly where a -PLUS mechanism stands before the others in the list of permitted ones: SCRAM without
  /// -PLUS then tells the server that no -PLUS was seen in its offer, and a server that did offer it ends the exchange,
  /// as somebody in between has changed the offer (RFC 5802 6).
  channel_binding binding{};
  scram_limits scram{};
};

}  // namespace ehlo::inline v0::sasl
