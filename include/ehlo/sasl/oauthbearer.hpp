// SPDX-License-Identifier: BSL-1.0
// OAUTHBEARER (RFC 7628): a bearer token, `n,a=NAME, ^A host=HOST ^A port=PORT ^A auth=Bearer TOKEN ^A ^A`. To a
// refusal in JSON the client says ^A, and then the server no.
#pragma once

#include <string_view>

#include "../base/config.hpp"
#include "bearer.hpp"
#include "credentials.hpp"
#include "functions.hpp"
#include "gs2_header.hpp"
#include "secret.hpp"
#include "step.hpp"

namespace ehlo::inline v0::sasl {

class oauthbearer_client {
 public:
  oauthbearer_client(client_credentials const& who EHLO_LIFETIMEBOUND,
                     functions const& with EHLO_LIFETIMEBOUND) noexcept
      : who_{&who}, with_{&with} {}
  oauthbearer_client(client_credentials const&&, functions const&) = delete;
  oauthbearer_client(client_credentials const&, functions const&&) = delete;

  /// The initial response: `done`; or unprepared, preparation, empty, too_long, malformed if no token or host looks
  /// like that. It names the authorization identity, or else the user (RFC 7628 3.1, 4.1).
  client_step start() noexcept { return take({}); }
  /// The empty challenge asks for the same message; any other is the server's complaint, in JSON: the response 0x01
  /// with token_refused, behind which no success counts. Then `unexpected`.
  client_step take(std::string_view challenge) noexcept {
    text_.clear();
    detail::bearer_state::to_say const what = state_.next(challenge);
    if (what == detail::bearer_state::to_say::nothing) return detail::client_fails(error::unexpected);
    if (what == detail::bearer_state::to_say::consent)
      return {client_step::kind::respond, text_.put(detail::kvsep).view(), error::token_refused};
    error const e = put_message();
    if (e == error::ok) return detail::client_ends(text_.view());
    text_.clear();
    return detail::client_fails(e);
  }

 private:
  error put_message() noexcept {
    std::string_view const name = who_->authorization_identity.empty() ? who_->user_name : who_->authorization_identity;
    text_.put("n,");
    if (error const e = detail::put_prepared_saslname(*with_, "a=", name, text_, true); e != error::ok) return e;
    text_.put(',').put(detail::kvsep);
    for (char const c : who_->host)
      if (c <= ' ' || c > '~') return error::malformed;
    if (!who_->host.empty()) text_.put("host=").put(who_->host).put(detail::kvsep);
    if (who_->port != 0) text_.put("port=").put_number(who_->port).put(detail::kvsep);
    return detail::put_bearer(who_->token, text_);
  }

  client_credentials const* who_;
  functions const* with_;
  detail::bearer_state state_;
  detail::bearer_text text_;
};

class oauthbearer_server {
 public:
  explicit oauthbearer_server(functions const& with EHLO_LIFETIMEBOUND) noexcept : shared_{with} {}
  explicit oauthbearer_server(functions const&&) = delete;

  /// Where the client gave no initial response: an empty challenge.
  server_step start() noexcept { return shared_.start(); }

  /// The message: question::token, in which the authorization identity may be empty, as the token may say for whom it
  /// is, and so may the token, from a client that asks what is needed (RFC 7628 4.3); or malformed, unprepared,
  /// preparation, too_long. Behind a complaint any response: credentials.
  server_step take(std::string_view response) noexcept {
    server_step other;
    if (!shared_.wants_message(other)) return other;
    gs2_header gs2;
    if (!parse_gs2_header(response, gs2) || gs2.flag == binding_flag::used) return shared_.fail(error::malformed);
    response.remove_prefix(gs2.text.size());
    if (response[0] != detail::kvsep) return shared_.fail(error::malformed);
    detail::bearer_pairs pairs;
    std::string_view token;
    if (!pairs.read(response.substr(1)) || !pairs.has_auth || !detail::read_bearer(pairs.auth, token))
      return shared_.fail(error::malformed);
    secret_text<max_identity> name;
    error const e = detail::take_saslname(shared_.with(), gs2.authorization_identity, name);
    return e == error::ok ? shared_.ask(name, false, pairs, token) : shared_.fail(e);
  }

  /// `done`, or a challenge with the complaint, or unavailable.
  server_step answer(sasl::answer const& a) noexcept { return shared_.answer(a, R"({"status":"invalid_token"})"); }

 private:
  detail::bearer_server shared_;
};

}  // namespace ehlo::inline v0::sasl
