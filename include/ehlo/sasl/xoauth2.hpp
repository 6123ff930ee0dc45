// SPDX-License-Identifier: BSL-1.0
// XOAUTH2, as Google and Microsoft describe it (developers.google.com/gmail/imap/xoauth2-protocol): a bearer token for
// a user, `user=NAME ^A auth=Bearer TOKEN ^A ^A`. To a refusal in JSON the client says nothing, and then the server no.
#pragma once

#include <string_view>

#include "../base/config.hpp"
#include "bearer.hpp"
#include "credentials.hpp"
#include "functions.hpp"
#include "secret.hpp"
#include "step.hpp"

namespace ehlo::inline v0::sasl {

class xoauth2_client {
 public:
  xoauth2_client(client_credentials const& who EHLO_LIFETIMEBOUND, functions const& with EHLO_LIFETIMEBOUND) noexcept
      : who_{&who}, with_{&with} {}
  xoauth2_client(client_credentials const&&, functions const&) = delete;
  xoauth2_client(client_credentials const&, functions const&&) = delete;

  /// The initial response: `done`; or unprepared, preparation, empty, too_long, malformed if no token looks like that.
  client_step start() noexcept { return take({}); }
  /// The empty challenge asks for the same message; any other is the server's complaint, in JSON: an empty response
  /// with token_refused, behind which no success counts. Then `unexpected`.
  client_step take(std::string_view challenge) noexcept {
    text_.clear();
    detail::bearer_state::to_say const what = state_.next(challenge);
    if (what == detail::bearer_state::to_say::nothing) return detail::client_fails(error::unexpected);
    if (what == detail::bearer_state::to_say::consent) return {client_step::kind::respond, {}, error::token_refused};
    text_.put("user=");
    error e = detail::put_prepared(*with_, who_->user_name, prepared_for::query, text_);
    if (e == error::ok) e = detail::put_bearer(who_->token, text_.put(detail::kvsep));
    if (e == error::ok) return detail::client_ends(text_.view());
    text_.clear();
    return detail::client_fails(e);
  }

 private:
  client_credentials const* who_;
  functions const* with_;
  detail::bearer_state state_;
  detail::bearer_text text_;
};

class xoauth2_server {
 public:
  explicit xoauth2_server(functions const& with EHLO_LIFETIMEBOUND) noexcept : shared_{with} {}
  explicit xoauth2_server(functions const&&) = delete;

  /// Where the client gave no initial response: an empty challenge.
  server_step start() noexcept { return shared_.start(); }

  /// The message: question::token; or malformed, unprepared, preparation, empty, too_long. Behind a complaint any
  /// response: credentials.
  server_step take(std::string_view response) noexcept {
    server_step other;
    if (!shared_.wants_message(other)) return other;
    detail::bearer_pairs pairs;
    std::string_view token;
    if (!pairs.read(response) || !pairs.has_auth || !detail::read_bearer(pairs.auth, token))
      return shared_.fail(error::malformed);
    secret_text<max_identity> name;
    error const e = detail::put_prepared(shared_.with(), pairs.user, prepared_for::query, name);
    return e == error::ok ? shared_.ask(name, true, pairs, token) : shared_.fail(e);
  }

  /// `done`, or a challenge with the complaint, or unavailable.
  server_step answer(sasl::answer const& a) noexcept {
    return shared_.answer(a, R"({"status":"401","schemes":"bearer"})");
  }

 private:
  detail::bearer_server shared_;
};

}  // namespace ehlo::inline v0::sasl
