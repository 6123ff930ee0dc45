// SPDX-License-Identifier: BSL-1.0
// Why an exchange of a SASL mechanism failed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../model/enhanced_code.hpp"
#include "../model/reply_code.hpp"

namespace ehlo::inline v0::sasl {

enum class error : std::uint8_t {
  ok,
  // This side's own: no other peer would change them.
  order,
  mechanism,
  function_missing,
  function_failed,
  nonce_unusable,
  no_channel_binding,
  unprepared,
  preparation,
  empty,
  too_long,
  stored_keys,
  // What the peer sent.
  malformed,
  unexpected,
  extension,
  nonce,
  // What a client finds.
  iterations_too_few,
  iterations_too_many,
  salt,
  server_signature,
  token_refused,
  // What the server of SCRAM says in `e=` (RFC 5802 7).
  invalid_encoding,
  extensions_not_supported,
  invalid_proof,
  channel_bindings_dont_match,
  server_does_support_channel_binding,
  channel_binding_not_supported,
  unsupported_channel_binding_type,
  unknown_user,
  invalid_username_encoding,
  no_resources,
  other_error,
  // What a server finds.
  credentials,
  not_authorized,
  channel_binding,
  downgrade,
  unavailable,
};

/// One row for each error: its message, where it is written, and the reply that a server gives. A reply of 535 says
/// nothing of the reason, which is for the server's own log: what it tells helps to guess.
struct error_info {
  error what;
  std::string_view message;
  std::string_view source;
  reply_code code = 535;
  enhanced_code status = {5, 7, 8};
};

inline constexpr std::size_t error_count = static_cast<std::size_t>(error::unavailable) + 1;

inline constexpr std::array<error_info, error_count> error_table{{
    {error::ok, "no error", "", {}, {}},
    {error::order, "this call does not fit the state of the exchange", "", 454, {4, 7, 0}},
    {error::mechanism, "no such mechanism", "RFC 4422 3.1", 504, {5, 5, 4}},
    {error::function_missing, "the host did not give a function that the mechanism needs", "", 454, {4, 7, 0}},
    {error::function_failed, "a function of the host's failed", "", 454, {4, 7, 0}},
    {error::nonce_unusable,
     "the host's nonce has too few octets, or some that may not stand there",
     "RFC 5802 7",
     454,
     {4, 7, 0}},
    {error::no_channel_binding,
     "the mechanism binds to a TLS channel, and the host gave no data of one",
     "RFC 5802 6",
     454,
     {4, 7, 0}},
    {error::unprepared, "not printable ASCII, and the host gave no preparation for anything else", "RFC 5802 2.2"},
    {error::preparation, "the preparation does not let this name or password pass", "RFC 4013 2"},
    {error::empty, "a name or secret is empty", "RFC 4616 2"},
    {error::too_long, "more octets than the mechanism has room for", "RFC 4616 2"},
    {error::stored_keys, "the host's stored keys are not those of this mechanism", "RFC 5802 3", 454, {4, 7, 0}},
    {error::malformed, "a message that breaks the grammar of the mechanism", "RFC 4422 5"},
    {error::unexpected, "a message where the mechanism has none", "RFC 4422 5"},
    {error::extension, "an extension that is mandatory, and unknown", "RFC 5802 5.1"},
    {error::nonce, "the nonce is not the one of this exchange", "RFC 5802 5.1"},
    {error::iterations_too_few, "the server wants fewer iterations than the client's minimum", "RFC 7677 4"},
    {error::iterations_too_many, "the server wants more iterations than the client's maximum", "RFC 5802 9"},
    {error::salt, "the salt is missing or too long", "RFC 5802 5.1"},
    {error::server_signature, "the server did not prove that it knows the user's keys", "RFC 5802 5"},
    {error::token_refused, "the server refuses the token", "RFC 7628 3.2.2"},
    {error::invalid_encoding, "the server says: invalid-encoding", "RFC 5802 7"},
    {error::extensions_not_supported, "the server says: extensions-not-supported", "RFC 5802 7"},
    {error::invalid_proof, "the server says: invalid-proof", "RFC 5802 7"},
    {error::channel_bindings_dont_match, "the server says: channel-bindings-dont-match", "RFC 5802 7"},
    {error::server_does_support_channel_binding, "the server says: server-does-support-channel-binding", "RFC 5802 7"},
    {error::channel_binding_not_supported, "the server says: channel-binding-not-supported", "RFC 5802 7"},
    {error::unsupported_channel_binding_type, "the server says: unsupported-channel-binding-type", "RFC 5802 7"},
    {error::unknown_user, "the server says: unknown-user", "RFC 5802 7"},
    {error::invalid_username_encoding, "the server says: invalid-username-encoding", "RFC 5802 7"},
    {error::no_resources, "the server says: no-resources", "RFC 5802 7"},
    {error::other_error, "the server says: other-error", "RFC 5802 7"},
    {error::credentials, "name or secret wrong", "RFC 4954 6"},
    {error::not_authorized, "the user may not act as this identity", "RFC 4422 3.4.1"},
    {error::channel_binding, "not bound to this TLS channel", "RFC 5802 6"},
    {error::downgrade, "the client believes that there is no channel binding here: the offer was tampered with",
     "RFC 5802 6"},
    {error::unavailable, "it cannot be judged now", "RFC 4954 6", 454, {4, 7, 0}},
}};

[[nodiscard]] constexpr error_info const& info(error e) noexcept { return error_table[static_cast<std::size_t>(e)]; }
[[nodiscard]] constexpr std::string_view message(error e) noexcept { return info(e).message; }

static_assert(
    [] {
      for (std::size_t i = 0; i != error_count; ++i)
        if (static_cast<std::size_t>(error_table[i].what) != i) return false;
      return true;
    }(),
    "the rows stand in the order of the enumeration");

}  // namespace ehlo::inline v0::sasl
