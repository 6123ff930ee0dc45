// SPDX-License-Identifier: BSL-1.0
// A mechanism of one message, which is a text or nothing, and one question about it: ANONYMOUS and EXTERNAL.
#pragma once

#include <cstdint>
#include <string_view>

#include "../base/config.hpp"
#include "credentials.hpp"
#include "functions.hpp"
#include "secret.hpp"
#include "step.hpp"

namespace ehlo::inline v0::sasl {

/// `Text` is what of the credentials is the message.
template <std::string_view client_credentials::*Text>
class one_text_client {
 public:
  one_text_client(client_credentials const& who EHLO_LIFETIMEBOUND, functions const& with EHLO_LIFETIMEBOUND) noexcept
      : who_{&who}, with_{&with} {}
  one_text_client(client_credentials const&&, functions const&) = delete;
  one_text_client(client_credentials const&, functions const&&) = delete;

  /// The initial response, which may be empty: `done`; or unprepared, preparation, too_long.
  client_step start() noexcept { return take({}); }
  /// Only the empty challenge, for the same message: else `unexpected`.
  client_step take(std::string_view challenge) noexcept {
    text_.clear();
    if (!state_.may_say(challenge)) return detail::client_fails(error::unexpected);
    error const e = detail::put_prepared(*with_, who_->*Text, prepared_for::query, text_, true);
    return e == error::ok ? detail::client_ends(text_.view()) : detail::client_fails(e);
  }

 private:
  client_credentials const* who_;
  functions const* with_;
  detail::one_message state_;
  secret_text<max_identity> text_;
};

/// `Asked` is the question, `Text` where in it the message stands, `Refused` the error if the answer is no.
template <question Asked, std::string_view claim::*Text, error Refused>
class one_text_server {
 public:
  explicit one_text_server(functions const& with EHLO_LIFETIMEBOUND) noexcept : with_{&with} {}
  explicit one_text_server(functions const&&) = delete;

  /// Where the client gave no initial response: an empty challenge.
  server_step start() noexcept {
    return state_ == state::response ? detail::server_says({}) : detail::server_fails(error::order);
  }

  /// The message: the question, or unprepared, preparation, too_long.
  server_step take(std::string_view response) noexcept {
    if (state_ != state::response) return detail::server_fails(error::order);
    if (error const e = detail::put_prepared(*with_, response, prepared_for::query, text_, true); e != error::ok) {
      state_ = state::over;
      return detail::server_fails(e);
    }
    state_ = state::asked;
    return detail::server_asks(Asked, who());
  }

  /// `done`, or `Refused`, unavailable.
  server_step answer(sasl::answer const& a) noexcept {
    if (state_ != state::asked) return detail::server_fails(error::order);
    state_ = state::over;
    error const e = detail::refusal(a.what, Refused);
    return e == error::ok ? detail::server_lets_in(who()) : detail::server_fails(e);
  }

 private:
  enum class state : std::uint8_t { response, asked, over };

  [[nodiscard]] claim who() const noexcept {
    claim c;
    c.*Text = text_.view();
    return c;
  }

  functions const* with_;
  state state_ = state::response;
  secret_text<max_identity> text_;
};

}  // namespace ehlo::inline v0::sasl
