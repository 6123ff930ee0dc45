// SPDX-License-Identifier: BSL-1.0
// The one interface of all mechanisms. A client's takes a challenge and says the response, a server's takes a response
// and says the challenge; both in octets, as they were before base64. No mechanism allocates, waits, or keeps a view of
// what it was given in a call.
#pragma once

#include <cstdint>
#include <string_view>

#include "error.hpp"
#include "functions.hpp"

namespace ehlo::inline v0::sasl {

/// What a client's mechanism says, by start() and take(). Its octets stand in the mechanism, until its next call.
struct client_step {
  enum class kind : std::uint8_t {
    wait,     ///< there is no initial response: the server begins
    respond,  ///< send the octets; another challenge has to come. A server that reports success now has not earned it
    done,     ///< send the octets; the mechanism is content, and what the server says now is the outcome
    failed,   ///< cancel the exchange, and take the login for failed, whatever the server says
  };
  kind what = kind::failed;
  std::string_view octets{};
  /// Of `failed`: why. Of `respond`: ok, or that the server has refused, and this response only lets it say so
  /// (RFC 7628 3.2.3).
  error why = error::ok;
};

/// What a server's mechanism asks its host.
enum class question : std::uint8_t {
  none,
  password,  ///< whether `secret` is the user's password, and the user may act as the authorization identity
  secret,    ///< CRAM-MD5: the user's password itself
  keys,      ///< SCRAM: the user's stored keys, of this `digest`
  token,     ///< whether `secret` is a token of the user's, for this host and port if they are said
  identity,  ///< whether the user may act as the authorization identity. EXTERNAL: whom TLS, not `user_name`, has shown
  anonymous,  ///< whether somebody may come in who leaves this `secret`, a trace like an address, or nothing
};

/// Who the client says it is: what a question is about, and, when the mechanism is done, who has come in. The texts
/// stand in the mechanism. Names and passwords are prepared (functions::prepare).
struct claim {
  std::string_view user_name{};               ///< the authentication identity (RFC 4422 2)
  std::string_view authorization_identity{};  ///< empty: the user's own
  std::string_view secret{};                  ///< a password, token or trace; gone when the question is answered
  std::string_view host{};                    ///< OAUTHBEARER: what the client has connected to, if it says so
  std::string_view port{};                    ///< likewise
  hash digest = hash::md5;                    ///< of question::keys
};

/// What a server's mechanism says, by start(), take() and answer(). Its texts stand in the mechanism, until its next
/// call.
struct server_step {
  enum class kind : std::uint8_t {
    challenge,  ///< send the octets, and take() the response
    ask,        ///< answer() the question, now or later
    done,       ///< who has come in: `who`
    failed,     ///< info(why) has the reply
  };
  kind what = kind::failed;
  question about = question::none;
  std::string_view octets{};
  claim who{};
  error why = error::ok;
};

/// What a server keeps of a password for SCRAM (RFC 5802 3): made by make_scram_keys(). Read before the call that takes
/// it returns.
struct scram_keys {
  std::string_view salt{};  ///< octets
  std::uint32_t iterations = 0;
  std::string_view stored_key{};
  std::string_view server_key{};
};

enum class verdict : std::uint8_t {
  accept,
  refuse,       ///< the user is unknown, the password or token wrong, the identity not the user's
  unavailable,  ///< it cannot be judged now: 454
};

/// The host's answer to a question. Its texts are read before answer() returns.
///
/// An unknown user is to look like a wrong password. To question::secret, plain `refuse` does that. To question::keys,
/// give salt and iterations with `refuse`: the same ones each time (made_up_salt()), such as a known user would have.
/// The exchange then runs to its end and fails there.
struct answer {
  verdict what = verdict::refuse;
  std::string_view secret{};       ///< to question::secret
  scram_keys keys{};               ///< to question::keys
  std::string_view token_error{};  ///< to question::token, with `refuse`: the JSON object of RFC 7628 3.2.2, or none
};

namespace detail {

[[nodiscard]] constexpr client_step client_fails(error why) noexcept { return {client_step::kind::failed, {}, why}; }
[[nodiscard]] constexpr client_step client_says(std::string_view octets) noexcept {
  return {client_step::kind::respond, octets, error::ok};
}
[[nodiscard]] constexpr client_step client_ends(std::string_view octets) noexcept {
  return {client_step::kind::done, octets, error::ok};
}

[[nodiscard]] constexpr server_step server_fails(error why) noexcept {
  return {server_step::kind::failed, question::none, {}, {}, why};
}
[[nodiscard]] constexpr server_step server_says(std::string_view octets) noexcept {
  return {server_step::kind::challenge, question::none, octets, {}, error::ok};
}
[[nodiscard]] constexpr server_step server_asks(question about, claim const& who) noexcept {
  return {server_step::kind::ask, about, {}, who, error::ok};
}
[[nodiscard]] constexpr server_step server_lets_in(claim who) noexcept {
  who.secret = {};
  return {server_step::kind::done, question::none, {}, who, error::ok};
}

/// Where a client stands that has one message and nothing else to say. A server may ask for it by one empty challenge:
/// where there was no initial response, or where the host could not send it (RFC 4954 4).
class one_message {
 public:
  [[nodiscard]] constexpr bool may_say(std::string_view challenge) noexcept {
    constexpr std::uint8_t never_again = 3;
    said_ = !challenge.empty() || said_ >= 2 ? never_again : static_cast<std::uint8_t>(said_ + 1);
    return said_ != never_again;
  }

 private:
  std::uint8_t said_ = 0;
};

/// The end of a server's question that yes or no answers.
[[nodiscard]] constexpr error refusal(verdict what, error no) noexcept {
  return what == verdict::accept ? error::ok : what == verdict::unavailable ? error::unavailable : no;
}

}  // namespace detail

}  // namespace ehlo::inline v0::sasl
