// SPDX-License-Identifier: BSL-1.0
// PLAIN (RFC 4616): one message, `[authzid] NUL authcid NUL passwd`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/config.hpp"
#include "credentials.hpp"
#include "functions.hpp"
#include "secret.hpp"
#include "step.hpp"

namespace ehlo::inline v0::sasl {

class plain_client {
 public:
  plain_client(client_credentials const& who EHLO_LIFETIMEBOUND, functions const& with EHLO_LIFETIMEBOUND) noexcept
      : who_{&who}, with_{&with} {}
  plain_client(client_credentials const&&, functions const&) = delete;
  plain_client(client_credentials const&, functions const&&) = delete;

  /// The initial response: `done`.
  client_step start() noexcept { return take({}); }
  /// Only the empty challenge, for the same message: else `unexpected`.
  client_step take(std::string_view challenge) noexcept {
    text_.clear();
    if (!state_.may_say(challenge)) return detail::client_fails(error::unexpected);
    error e = detail::put_prepared(*with_, who_->authorization_identity, prepared_for::query, text_, true);
    text_.put('\0');
    if (e == error::ok) e = detail::put_prepared(*with_, who_->user_name, prepared_for::query, text_);
    text_.put('\0');
    if (e == error::ok) e = detail::put_prepared(*with_, who_->password, prepared_for::query, text_);
    if (e == error::ok) return detail::client_ends(text_.view());
    text_.clear();
    return detail::client_fails(e);
  }

 private:
  client_credentials const* who_;
  functions const* with_;
  detail::one_message state_;
  secret_text<3 * max_identity + 2> text_;
};

class plain_server {
 public:
  explicit plain_server(functions const& with EHLO_LIFETIMEBOUND) noexcept : with_{&with} {}
  explicit plain_server(functions const&&) = delete;

  /// Where the client gave no initial response: an empty challenge.
  server_step start() noexcept {
    return state_ == state::response ? detail::server_says({}) : detail::server_fails(error::order);
  }

  /// The message: question::password, or malformed, unprepared, preparation, empty, too_long.
  server_step take(std::string_view response) noexcept {
    if (state_ != state::response) return detail::server_fails(error::order);
    std::size_t const first = response.find('\0');
    std::size_t const second = first == response.npos ? first : response.find('\0', first + 1);
    if (second == response.npos || response.find('\0', second + 1) != response.npos) return fail(error::malformed);
    text_.clear();
    error e = detail::put_prepared(*with_, response.substr(0, first), prepared_for::query, text_, true);
    std::size_t const user = text_.size();
    if (e == error::ok)
      e = detail::put_prepared(*with_, response.substr(first + 1, second - first - 1), prepared_for::query, text_);
    std::size_t const end = text_.size();
    if (e == error::ok) e = detail::put_prepared(*with_, response.substr(second + 1), prepared_for::query, text_);
    if (e != error::ok) return fail(e);
    std::string_view const all = text_.view();
    who_ = {.user_name = all.substr(user, end - user),
            .authorization_identity = all.substr(0, user),
            .secret = all.substr(end)};
    state_ = state::asked;
    return detail::server_asks(question::password, who_);
  }

  /// `done`, or credentials, unavailable.
  server_step answer(sasl::answer const& a) noexcept {
    if (state_ != state::asked) return detail::server_fails(error::order);
    if (error const e = detail::refusal(a.what, error::credentials); e != error::ok) return fail(e);
    state_ = state::over;
    text_.cut(who_.authorization_identity.size() + who_.user_name.size());
    return detail::server_lets_in(who_);
  }

 private:
  enum class state : std::uint8_t { response, asked, over };

  server_step fail(error why) noexcept {
    state_ = state::over;
    who_ = {};
    text_.clear();
    return detail::server_fails(why);
  }

  functions const* with_;
  state state_ = state::response;
  claim who_;
  secret_text<3 * max_identity> text_;
};

}  // namespace ehlo::inline v0::sasl
