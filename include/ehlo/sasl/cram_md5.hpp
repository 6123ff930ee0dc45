// SPDX-License-Identifier: BSL-1.0
// CRAM-MD5 (RFC 2195): the server sends a text that has never been before, the client its name and the HMAC of the text
// with the password as the key. The server has to know the password itself, and does not prove that it does.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/config.hpp"
#include "credentials.hpp"
#include "functions.hpp"
#include "secret.hpp"
#include "step.hpp"

namespace ehlo::inline v0::sasl {

namespace detail {

inline constexpr std::size_t cram_digest_size = 32;

/// The digest of a challenge, in lower-case hexadecimal digits.
inline error put_cram_digest(functions const& f, std::string_view password, std::string_view challenge,
                             secret_text<max_identity + 1 + cram_digest_size>& out) noexcept {
  digest_text sum;
  if (error const e = make_hmac(f, hash::md5, password, challenge, sum); e != error::ok) return e;
  constexpr std::string_view digits = "0123456789abcdef";
  for (char const c : sum.view()) out.put(digits[octet(c) >> 4U]).put(digits[octet(c) & 0x0FU]);
  return error::ok;
}

}  // namespace detail

class cram_md5_client {
 public:
  cram_md5_client(client_credentials const& who EHLO_LIFETIMEBOUND, functions const& with EHLO_LIFETIMEBOUND) noexcept
      : who_{&who}, with_{&with} {}
  cram_md5_client(client_credentials const&&, functions const&) = delete;
  cram_md5_client(client_credentials const&, functions const&&) = delete;

  /// `wait`: the server begins.
  client_step start() noexcept { return {client_step::kind::wait, {}, error::ok}; }
  /// The response to the one challenge: `done`. An empty challenge is malformed, a second one `unexpected`.
  client_step take(std::string_view challenge) noexcept {
    text_.clear();
    if (over_) return detail::client_fails(error::unexpected);
    over_ = true;
    if (challenge.empty()) return detail::client_fails(error::malformed);
    error const e = respond(challenge);
    if (e == error::ok) return detail::client_ends(text_.view());
    text_.clear();
    return detail::client_fails(e);
  }

 private:
  error respond(std::string_view challenge) noexcept {
    secret_text<max_identity> password;
    if (error const e = detail::put_prepared(*with_, who_->password, prepared_for::query, password); e != error::ok)
      return e;
    if (error const e = detail::put_prepared(*with_, who_->user_name, prepared_for::query, text_); e != error::ok)
      return e;
    return detail::put_cram_digest(*with_, password.view(), challenge, text_.put(' '));
  }

  client_credentials const* who_;
  functions const* with_;
  bool over_ = false;
  secret_text<max_identity + 1 + detail::cram_digest_size> text_;
};

class cram_md5_server {
 public:
  /// The host name becomes part of the challenge, `<nonce@host>`; of more than 255 octets the first ones.
  cram_md5_server(functions const& with EHLO_LIFETIMEBOUND, std::string_view host EHLO_LIFETIMEBOUND) noexcept
      : with_{&with}, host_{host.substr(0, max_identity)} {}
  cram_md5_server(functions const&&, std::string_view) = delete;

  /// The challenge, or function_missing, function_failed, nonce_unusable.
  server_step start() noexcept {
    if (state_ != state::begin) return detail::server_fails(error::order);
    challenge_.put('<');
    if (error const e = detail::put_nonce(*with_, challenge_); e != error::ok) return fail(e);
    challenge_.put('@').put(host_).put('>');
    state_ = state::response;
    return detail::server_says(challenge_.view());
  }

  /// The response: question::secret. Without a challenge, as an initial response, it is `unexpected`.
  server_step take(std::string_view response) noexcept {
    if (state_ == state::begin) return fail(error::unexpected);
    if (state_ != state::response) return detail::server_fails(error::order);
    std::size_t const space = response.rfind(' ');
    if (space == response.npos || response.size() - space - 1 != detail::cram_digest_size)
      return fail(error::malformed);
    if (error const e = detail::put_prepared(*with_, response.substr(0, space), prepared_for::query, name_);
        e != error::ok)
      return fail(e);
    response.copy(digest_.data(), digest_.size(), space + 1);
    state_ = state::asked;
    return detail::server_asks(question::secret, {.user_name = name_.view()});
  }

  /// `done`, or credentials, unavailable. A refusal takes as long as a wrong password.
  server_step answer(sasl::answer const& a) noexcept {
    if (state_ != state::asked) return detail::server_fails(error::order);
    if (a.what == verdict::unavailable) return fail(error::unavailable);
    secret_text<max_identity> password;
    error e = error::ok;
    if (a.what == verdict::accept)
      e = detail::put_prepared(*with_, a.secret, prepared_for::storage, password);
    else
      password.put('x');
    if (e != error::ok) return fail(e);
    secret_text<max_identity + 1 + detail::cram_digest_size> expected;
    e = detail::put_cram_digest(*with_, password.view(), challenge_.view(), expected);
    if (e != error::ok) return fail(e);
    bool const same = equal_in_constant_time(expected.view(), {digest_.data(), digest_.size()});
    if (!same || a.what != verdict::accept) return fail(error::credentials);
    state_ = state::over;
    return detail::server_lets_in({.user_name = name_.view()});
  }

 private:
  enum class state : std::uint8_t { begin, response, asked, over };

  server_step fail(error why) noexcept {
    state_ = state::over;
    name_.clear();
    return detail::server_fails(why);
  }

  functions const* with_;
  std::string_view host_;
  state state_ = state::begin;
  secret_text<max_identity + detail::most_nonce + 3> challenge_;
  secret_text<max_identity> name_;
  std::array<char, detail::cram_digest_size> digest_{};
};

}  // namespace ehlo::inline v0::sasl
