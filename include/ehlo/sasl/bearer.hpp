// SPDX-License-Identifier: BSL-1.0
// What XOAUTH2 and OAUTHBEARER have in common: `key=value` pairs between octets 0x01, a token that the server sees, and
// the round in which a server that refuses it says why (RFC 7628 3.1, 3.2.3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"
#include "functions.hpp"
#include "secret.hpp"
#include "step.hpp"

namespace ehlo::inline v0::sasl {

/// The longest message, token included. What goes over the wire has a third more, and needs an engine with as much
/// storage: `basic_client<4096, 12288>`, `basic_server<12288>`.
inline constexpr std::size_t max_bearer_message = 8192;

namespace detail {

inline constexpr char kvsep = '\x01';
using bearer_text = secret_text<max_bearer_message>;

/// Whether it is b64token of RFC 6750 2.1, which cannot end its pair.
[[nodiscard]] constexpr bool is_bearer_token(std::string_view text) noexcept {
  std::string_view const body = text.substr(0, text.find_last_not_of('=') + 1);
  for (char const c : body)
    if (!is_alpha(c) && !is_digit(c) && std::string_view{"-._~+/"}.find(c) == std::string_view::npos) return false;
  return !body.empty();
}

/// `auth=Bearer TOKEN` and what ends the message.
inline error put_bearer(std::string_view token, bearer_text& out) noexcept {
  if (token.empty()) return error::empty;
  if (!is_bearer_token(token)) return error::malformed;
  out.put("auth=Bearer ").put(token).put(kvsep).put(kvsep);
  return out.fits() ? error::ok : error::too_long;
}

/// The pairs of a message, unknown ones left out. False: `*kvpair kvsep` it is not, or one of ours comes twice.
struct bearer_pairs {
  std::string_view user, auth, host, port;
  bool has_auth = false;

  [[nodiscard]] constexpr bool read(std::string_view text) noexcept {
    while (text.size() > 1) {
      std::size_t const end = text.find(kvsep);
      if (end == text.npos) return false;
      if (!take(text.substr(0, end))) return false;
      text.remove_prefix(end + 1);
    }
    return text.size() == 1 && text[0] == kvsep;
  }

 private:
  [[nodiscard]] constexpr bool take(std::string_view pair) noexcept {
    std::size_t const equals = pair.find('=');
    if (equals == pair.npos || equals == 0) return false;
    std::string_view const key = pair.substr(0, equals);
    std::string_view const value = pair.substr(equals + 1);
    for (char const c : key)
      if (!is_alpha(c)) return false;
    for (char const c : value)
      if ((c < ' ' || c > '~') && c != '\t' && c != '\r' && c != '\n' && key != "user") return false;
    std::string_view* const known = key == "user"   ? &user
                                    : key == "auth" ? &auth
                                    : key == "host" ? &host
                                    : key == "port" ? &port
                                                    : nullptr;
    if (known == nullptr) return true;
    if (known->data() != nullptr) return false;
    has_auth = has_auth || known == &auth;
    *known = value;
    return true;
  }
};

/// The token in `Bearer TOKEN`, the word in any case (RFC 7628 4). An empty one asks what is needed (4.3). False: it is
/// something else.
[[nodiscard]] constexpr bool read_bearer(std::string_view auth, std::string_view& token) noexcept {
  token = {};
  if (auth.empty()) return true;
  if (!starts_ignoring_case(auth, "Bearer ")) return false;
  token = auth.substr(auth.find_first_not_of(' ', 6) == auth.npos ? auth.size() : auth.find_first_not_of(' ', 6));
  return token.empty() || is_bearer_token(token);
}

/// Where a client stands: it has one message, which an empty challenge asks for again, and for the server's complaint
/// an answer that lets it go on.
class bearer_state {
 public:
  enum class to_say : std::uint8_t { message, consent, nothing };

  [[nodiscard]] constexpr to_say next(std::string_view challenge) noexcept {
    if (message_.may_say(challenge)) return to_say::message;
    bool const complaint = !challenge.empty() && !over_;
    over_ = true;
    return complaint ? to_say::consent : to_say::nothing;
  }

 private:
  one_message message_;
  bool over_ = false;
};

/// The server's side of both, but for how the message is read.
class bearer_server {
 public:
  explicit bearer_server(functions const& with) noexcept : with_{&with} {}
  [[nodiscard]] functions const& with() const noexcept { return *with_; }

  [[nodiscard]] server_step start() const noexcept {
    return state_ == state::message ? server_says({}) : server_fails(error::order);
  }
  /// Where the message is due; otherwise `step` is what to say.
  [[nodiscard]] bool wants_message(server_step& step) noexcept {
    if (state_ == state::message) return true;
    step = server_fails(state_ == state::complained ? error::credentials : error::order);
    if (state_ == state::complained) state_ = state::over;
    return false;
  }
  server_step fail(error why) noexcept {
    state_ = state::over;
    text_.clear();
    return server_fails(why);
  }
  /// The pairs are views into what will not last.
  server_step ask(secret_text<max_identity> const& name, bool is_user, bearer_pairs const& pairs,
                  std::string_view token) noexcept {
    for (std::string_view const one : {name.view(), pairs.host, pairs.port, token}) text_.put(one);
    if (!text_.fits()) return fail(error::too_long);
    std::string_view rest = text_.view();
    auto const take = [&rest](std::size_t size) {
      std::string_view const part = rest.substr(0, size);
      rest.remove_prefix(size);
      return part;
    };
    std::string_view const who = take(name.size());
    (is_user ? who_.user_name : who_.authorization_identity) = who;
    who_.host = take(pairs.host.size());
    who_.port = take(pairs.port.size());
    who_.secret = rest;
    state_ = state::asked;
    return server_asks(question::token, who_);
  }
  /// `fallback`: the JSON object where the host has none.
  server_step answer(sasl::answer const& a, std::string_view fallback) noexcept {
    if (state_ != state::asked) return server_fails(error::order);
    if (a.what == verdict::unavailable) return fail(error::unavailable);
    if (a.what == verdict::accept) {
      state_ = state::over;
      text_.cut(text_.size() - who_.secret.size());
      return server_lets_in(who_);
    }
    text_.clear();
    text_.put(a.token_error.empty() ? fallback : a.token_error);
    if (!text_.fits()) return fail(error::credentials);
    state_ = state::complained;
    return server_says(text_.view());
  }

 private:
  enum class state : std::uint8_t { message, asked, complained, over };

  functions const* with_;
  state state_ = state::message;
  claim who_;
  bearer_text text_;
};

}  // namespace detail

}  // namespace ehlo::inline v0::sasl
