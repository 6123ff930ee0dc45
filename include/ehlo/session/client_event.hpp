// SPDX-License-Identifier: BSL-1.0
// What a client tells its host: what it waits for, what it asks, and what has happened.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "../base/config.hpp"
#include "../base/enum_name.hpp"
#include "../grammar/reply_view.hpp"
#include "../model/envelope.hpp"
#include "../model/errc.hpp"
#include "../model/tolerance.hpp"

namespace ehlo::inline v0 {

inline namespace EHLO_ISA {
class client_core;
}

enum class client_event_type : std::uint8_t {
  // What the engine waits for.
  need_input,   ///< flush output, then read
  need_output,  ///< write, tell sent(), and call next() again; each write that takes octets begins the deadline anew
  need_answer,  ///< an earlier `auth` or `challenge` is open
  need_body,    ///< give the next piece of the message: body()
  need_tls,     ///< make the handshake, then tls_started() or tls_failed()
  ready,        ///< nothing is under way: submit(), command() or quit()
  closed,       ///< close the connection; error() says why, `ok` after QUIT
  misuse,       ///< the call did not fit; error() says why, and nothing has changed
  // Questions.
  auth,       ///< the exchange of mechanism() begins: respond() with its initial response, respond_later() or cancel()
  challenge,  ///< the server's challenge(): respond() or cancel()
  // What has happened.
  reply,             ///< a reply came: reply(), phase(), recipient()
  command_done,      ///< the reply to command()
  transaction_done,  ///< each recipient of the envelope has its outcome, advice() says what to do
  failed,            ///< no transaction can be made on this connection: error(), advice(); `closed` follows
};
inline constexpr std::array<std::string_view, 14> client_event_names{
    "need_input", "need_output", "need_answer", "need_body",    "need_tls",         "ready", "closed", "misuse",
    "auth",       "challenge",   "reply",       "command_done", "transaction_done", "failed"};
static_assert(static_cast<std::size_t>(client_event_type::failed) + 1 == client_event_names.size());
/// The enumerator, as it is written here.
[[nodiscard]] constexpr std::string_view name(client_event_type value) noexcept {
  return enum_name(client_event_names, value);
}

/// What a mechanism of the host's expects behind its response.
enum class auth_expects : std::uint8_t {
  outcome,    ///< it is content: what the server says next is the outcome, or another challenge
  challenge,  ///< the server still has to prove something (SCRAM, RFC 5802 5): a success now fails the login
};

/// An event. Its texts live until the next non-const call; numbers for ever.
class client_event {
 public:
  [[nodiscard]] constexpr client_event_type type() const noexcept { return type_; }
  /// The leniencies that were needed: mixed_reply_codes and bare_lf_in_command in a reply; what the body held, with
  /// transaction_done.
  [[nodiscard]] constexpr tolerance tolerated() const noexcept { return tolerated_; }
  /// Why, of `closed`, `failed`, `misuse` and `transaction_done`.
  [[nodiscard]] constexpr errc error() const noexcept { return error_; }
  /// Of `transaction_done`, `failed` and `closed`.
  [[nodiscard]] constexpr enum advice advice() const noexcept { return advice_; }
  /// What the reply answers; of `failed` and `closed`, what the deciding one answered.
  [[nodiscard]] constexpr reply_phase phase() const noexcept { return phase_; }
  /// Of `reply` in the phases rcpt and (LMTP) verdict: the index of its recipient in the envelope.
  [[nodiscard]] constexpr std::size_t recipient() const noexcept { return index_; }
  /// Of `reply` and `command_done`: the reply. Of `failed` and `closed`: code and status of the one that decided,
  /// without a code if none did. After `transaction_done` each recipient has its own.
  [[nodiscard]] constexpr reply_view const& reply() const& noexcept EHLO_LIFETIMEBOUND { return reply_; }
  [[nodiscard]] constexpr reply_view reply() && noexcept { return reply_; }
  /// Of `auth`: the mechanism's name as the options have it.
  [[nodiscard]] constexpr std::string_view mechanism() const noexcept {
    return type_ == client_event_type::auth ? text_ : std::string_view{};
  }
  /// Of `challenge`: its octets, decoded from base64. It may hold any octets.
  [[nodiscard]] constexpr std::string_view challenge() const noexcept {
    return type_ == client_event_type::challenge ? text_ : std::string_view{};
  }

 private:
  friend EHLO_ISA::client_core;

  constexpr explicit client_event(client_event_type type) noexcept : type_{type} {}

  reply_view reply_;
  std::string_view text_;
  std::size_t index_ = 0;
  tolerance tolerated_ = tolerance::none;
  client_event_type type_;
  errc error_ = errc::ok;
  enum advice advice_ = advice::done;
  reply_phase phase_ = reply_phase::none;
};

static_assert(std::is_trivially_copyable_v<client_event> && sizeof(client_event) <= 64);

}  // namespace ehlo::inline v0
