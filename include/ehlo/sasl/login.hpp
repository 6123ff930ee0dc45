// SPDX-License-Identifier: BSL-1.0
// LOGIN, which no RFC describes: the server asks for the name, then for the password. Its words do not matter.
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

class login_client {
 public:
  login_client(client_credentials const& who EHLO_LIFETIMEBOUND, functions const& with EHLO_LIFETIMEBOUND) noexcept
      : who_{&who}, with_{&with} {}
  login_client(client_credentials const&&, functions const&) = delete;
  login_client(client_credentials const&, functions const&&) = delete;

  /// `wait`: the server begins.
  client_step start() noexcept { return {client_step::kind::wait, {}, error::ok}; }
  /// The name, then the password, whatever the challenges are; a third one is `unexpected`.
  client_step take(std::string_view) noexcept {
    text_.clear();
    if (said_ == 2) return detail::client_fails(error::unexpected);
    bool const name = said_++ == 0;
    std::string_view const text = name ? who_->user_name : who_->password;
    if (error const e = detail::put_prepared(*with_, text, prepared_for::query, text_); e != error::ok) {
      said_ = 2;
      return detail::client_fails(e);
    }
    return name ? detail::client_says(text_.view()) : detail::client_ends(text_.view());
  }

 private:
  client_credentials const* who_;
  functions const* with_;
  std::uint8_t said_ = 0;
  secret_text<max_identity> text_;
};

class login_server {
 public:
  explicit login_server(functions const& with EHLO_LIFETIMEBOUND) noexcept : with_{&with} {}
  explicit login_server(functions const&&) = delete;

  /// The first challenge. An initial response instead of it is taken for the name.
  server_step start() noexcept {
    return state_ == state::name ? detail::server_says("Username:") : detail::server_fails(error::order);
  }

  /// The name; the password: question::password, or unprepared, preparation, empty, too_long.
  server_step take(std::string_view response) noexcept {
    if (state_ != state::name && state_ != state::password) return detail::server_fails(error::order);
    std::size_t const from = text_.size();
    if (error const e = detail::put_prepared(*with_, response, prepared_for::query, text_); e != error::ok)
      return fail(e);
    if (state_ == state::name) {
      who_.user_name = text_.view();
      state_ = state::password;
      return detail::server_says("Password:");
    }
    who_.secret = text_.view(from);
    state_ = state::asked;
    return detail::server_asks(question::password, who_);
  }

  /// `done`, or credentials, unavailable.
  server_step answer(sasl::answer const& a) noexcept {
    if (state_ != state::asked) return detail::server_fails(error::order);
    if (error const e = detail::refusal(a.what, error::credentials); e != error::ok) return fail(e);
    state_ = state::over;
    text_.cut(who_.user_name.size());
    return detail::server_lets_in(who_);
  }

 private:
  enum class state : std::uint8_t { name, password, asked, over };

  server_step fail(error why) noexcept {
    state_ = state::over;
    text_.clear();
    return detail::server_fails(why);
  }

  functions const* with_;
  state state_ = state::name;
  claim who_;
  secret_text<2 * max_identity> text_;
};

}  // namespace ehlo::inline v0::sasl
