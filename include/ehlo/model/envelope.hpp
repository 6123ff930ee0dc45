// SPDX-License-Identifier: BSL-1.0
// What a client is to deliver and to whom (RFC 5321 2.3.1), and what became of it for each recipient.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/enum_name.hpp"
#include "enhanced_code.hpp"
#include "mail_params.hpp"
#include "reply_code.hpp"

namespace ehlo::inline v0 {

/// What a reply answers.
enum class reply_phase : std::uint8_t {
  none,
  greeting,
  hello,  ///< EHLO, LHLO or HELO
  starttls,
  auth,
  mail,
  rcpt,
  data,
  chunk,    ///< a BDAT that is not the last
  verdict,  ///< the end of the message: the final dot, or BDAT LAST
  reset,
  command,  ///< a single command of the host's
  quit,
};
inline constexpr std::array<std::string_view, 13> reply_phase_names{"none",  "greeting", "hello", "starttls", "auth",
                                                                    "mail",  "rcpt",     "data",  "chunk",    "verdict",
                                                                    "reset", "command",  "quit"};
static_assert(static_cast<std::size_t>(reply_phase::quit) + 1 == reply_phase_names.size());
/// The enumerator, as it is written here.
[[nodiscard]] constexpr std::string_view name(reply_phase value) noexcept {
  return enum_name(reply_phase_names, value);
}

/// What became of a message for one recipient. Only `delivered` means that the server has taken responsibility.
enum class outcome : std::uint8_t {
  not_tried,         ///< nothing was decided about it
  accepted,          ///< for the time of the transaction: RCPT was answered with 2yz
  delivered,         ///< the server has it (RFC 5321 4.2.5)
  refused_for_now,   ///< 4yz, or the connection was lost before the end of the message was sent
  refused_for_good,  ///< 5yz
  unknown,           ///< the end of the message was sent and its reply never came: it may be delivered
  malformed,         ///< submit() refused the envelope for this path or its parameters
};
inline constexpr std::array<std::string_view, 7> outcome_names{
    "not_tried", "accepted", "delivered", "refused_for_now", "refused_for_good", "unknown", "malformed"};
static_assert(static_cast<std::size_t>(outcome::malformed) + 1 == outcome_names.size());
/// The enumerator, as it is written here.
[[nodiscard]] constexpr std::string_view name(outcome value) noexcept { return enum_name(outcome_names, value); }

/// One recipient of an envelope: the host fills in the first two, the engine the rest.
struct recipient {
  std::string_view path;  ///< `a@b` or `<a@b>`
  rcpt_params params{};

  outcome state = outcome::not_tried;
  reply_code code{};         ///< of the reply that decided; none if no reply did
  enhanced_code status{};    ///< of that reply
  reply_phase decided_by{};  ///< what that reply answered
  bool next_transaction{};   ///< it was one too many for this transaction (RFC 5321 4.5.3.1.10, RFC 9422 4.2)
  bool dsn_not_passed_on{};  ///< the server does not offer DSN: what the host owes is in RFC 3461 5.2.2
};

/// A transaction. The host owns all of it, its texts and the recipients included, and lends it from submit() until
/// transaction_done.
struct envelope {
  std::string_view from;  ///< the reverse-path: `a@b`, `<a@b>`, or nothing for the null reverse-path
  mail_params params{};
  std::span<recipient> to{};
  /// The host vouches for the name of the server that it is connected to, as REQUIRETLS demands (RFC 8689 4.2.1): MX
  /// records that DNSSEC signed, or MTA-STS.
  bool server_name_vouched = false;
  /// Set where the advice was `reconnect`, so that it is given once for a transaction.
  bool reconnected = false;
};

/// What to do with those recipients of a message that are neither delivered nor refused for good.
enum class advice : std::uint8_t {
  done,                 ///< nothing: all were delivered
  next_transaction,     ///< send to those with next_transaction now, in another transaction
  reconnect,            ///< connect again at once: the server had finished with this connection
  retry_later,          ///< after a while, as a queue does (RFC 5321 4.5.4.1)
  next_host,            ///< another server of the same domain may take it (RFC 5321 5.1)
  reconnect_cleartext,  ///< connect again without TLS; only where TLS is opportunistic
  convert,              ///< convert the message to what the server takes (8BITMIME, BINARYMIME, SMTPUTF8), and retry
  give_up,              ///< tell the sender (RFC 5321 3.6.3)
};
inline constexpr std::array<std::string_view, 8> advice_names{
    "done", "next_transaction", "reconnect", "retry_later", "next_host", "reconnect_cleartext", "convert", "give_up"};
static_assert(static_cast<std::size_t>(advice::give_up) + 1 == advice_names.size());
/// The enumerator, as it is written here.
[[nodiscard]] constexpr std::string_view name(advice value) noexcept { return enum_name(advice_names, value); }

}  // namespace ehlo::inline v0
