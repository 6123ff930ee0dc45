// SPDX-License-Identifier: BSL-1.0
// The client's side of SCRAM (RFC 5802, 7677): it proves that it knows the password without saying it, and the server
// proves that it knows the user's keys.
//
//   C: n,,n=user,r=<nonce>                                 start()
//   S: r=<nonce><more>,s=<salt>,i=4096                     take(): the proof. PBKDF2 makes this call long
//   C: c=<channel binding>,r=<nonce><more>,p=<proof>
//   S: v=<signature>                                       take(): an empty response, which SMTP wants (RFC 4954 4)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/config.hpp"
#include "../grammar/base64.hpp"
#include "credentials.hpp"
#include "functions.hpp"
#include "gs2_header.hpp"
#include "scram_keys.hpp"
#include "scram_message.hpp"
#include "secret.hpp"
#include "step.hpp"

namespace ehlo::inline v0::sasl {

/// The longest exchange, all messages together. The longest names with a nonce of 64 octets on each side need 3600.
inline constexpr std::size_t max_scram_exchange = 4096;

namespace detail {

/// Appends octets in base64.
template <std::size_t Size>
void put_base64(std::string_view octets, secret_text<Size>& out) noexcept {
  std::size_t const size = base64_length(octets.size());
  if (out.room().size() < size) return out.overflow();
  static_cast<void>(encode_base64(octets, out.room()));
  out.grow(size);
}

}  // namespace detail

class scram_client {
 public:
  /// SCRAM-SHA-1 or SCRAM-SHA-256; `plus`: their -PLUS form, bound to the channel in `who.binding`.
  scram_client(hash which, bool plus, client_credentials const& who EHLO_LIFETIMEBOUND,
               functions const& with EHLO_LIFETIMEBOUND) noexcept
      : who_{&who}, with_{&with}, hash_{which}, plus_{plus} {}
  scram_client(hash, bool, client_credentials const&&, functions const&) = delete;
  scram_client(hash, bool, client_credentials const&, functions const&&) = delete;

  /// The initial response, or no_channel_binding, unprepared, preparation, empty, too_long, function_missing,
  /// function_failed, nonce_unusable.
  client_step start() noexcept { return state_ == state::begin ? say_first() : detail::client_fails(error::order); }

  /// The proof, or malformed, extension, nonce, salt, iterations_too_few, iterations_too_many, what the server says in
  /// `e=`, and the errors of start(). Then an empty response and `done`, or server_signature. An empty challenge before
  /// the server's first message asks for the initial response.
  client_step take(std::string_view challenge) noexcept {
    switch (state_) {
      case state::begin: return challenge.empty() ? say_first() : fail(error::malformed);
      case state::first:
        if (!challenge.empty()) return say_final(challenge);
        if (repeated_) return fail(error::malformed);
        repeated_ = true;
        return detail::client_says(text_.view());
      case state::final: return judge(challenge);
      case state::over: break;
    }
    return fail(error::unexpected);
  }

 private:
  enum class state : std::uint8_t { begin, first, final, over };

  client_step fail(error why) noexcept {
    state_ = state::over;
    text_.clear();
    signature_.clear();
    return detail::client_fails(why);
  }

  client_step say_first() noexcept {
    channel_binding const& channel = who_->binding;
    if (plus_ && (!detail::is_binding_type(channel.type) || channel.data.empty()))
      return fail(error::no_channel_binding);
    if (channel.type.size() > max_binding_type || channel.data.size() > max_binding) return fail(error::too_long);
    text_.put(plus_ ? "p=" : channel.data.empty() ? "n" : "y");
    if (plus_) text_.put(channel.type);
    text_.put(',');
    error e = detail::put_prepared_saslname(*with_, "a=", who_->authorization_identity, text_, true);
    if (e != error::ok) return fail(e);
    text_.put(',');
    gs2_size_ = text_.size();
    e = detail::put_prepared_saslname(*with_, "n=", who_->user_name, text_);
    if (e != error::ok) return fail(e);
    text_.put(",r=");
    nonce_ = text_.size();
    e = detail::put_nonce(*with_, text_);
    if (e != error::ok) return fail(e);
    if (!text_.fits()) return fail(error::too_long);
    state_ = state::first;
    return detail::client_says(text_.view());
  }

  client_step say_final(std::string_view challenge) noexcept {
    scram_server_first first;
    if (error const e = parse_scram_server_first(challenge, first); e != error::ok) return fail(e);
    std::string_view const ours = text_.view(nonce_);
    if (first.nonce.size() <= ours.size() || !first.nonce.starts_with(ours)) return fail(error::nonce);
    if (first.iterations < who_->scram.min_iterations) return fail(error::iterations_too_few);
    if (first.iterations > who_->scram.max_iterations) return fail(error::iterations_too_many);
    std::array<char, max_scram_salt> salt;
    decoded const octets = decode_base64(first.salt, salt);
    if (!octets.valid || octets.size == 0) return fail(error::salt);

    text_.put(',').put(challenge).put(',');
    std::size_t const final = text_.size();
    put_binding();
    text_.put(",r=").put(first.nonce);
    if (!text_.fits()) return fail(error::too_long);
    digest_text proof;
    if (error const e = prove(octets.text(salt), first.iterations, proof); e != error::ok) return fail(e);
    detail::put_base64(proof.view(), text_.put(",p="));
    if (!text_.fits()) return fail(error::too_long);
    state_ = state::final;
    return detail::client_says(text_.view(final));
  }

  /// channel-binding: the GS2 header and, if it is used, the data of the channel.
  void put_binding() noexcept {
    secret_text<max_scram_exchange> input;
    input.put(text_.view().substr(0, gs2_size_));
    if (plus_) input.put(who_->binding.data);
    detail::put_base64(input.view(), text_.put("c="));
  }

  /// ClientProof, and for later ServerSignature; AuthMessage is all that was said behind the GS2 header.
  error prove(std::string_view salt, std::uint32_t iterations, digest_text& proof) noexcept {
    secret_text<max_identity> password;
    detail::derived_scram_keys keys;
    digest_text signature;
    error e = detail::put_prepared(*with_, who_->password, prepared_for::storage, password);
    if (e == error::ok) e = detail::derive_scram_keys(*with_, hash_, password.view(), salt, iterations, keys);
    if (e == error::ok) e = detail::make_hmac(*with_, hash_, keys.stored_key.view(), text_.view(gs2_size_), signature);
    if (e == error::ok) e = detail::make_hmac(*with_, hash_, keys.server_key.view(), text_.view(gs2_size_), signature_);
    if (e != error::ok) return e;
    for (std::size_t i = 0; i != signature.size(); ++i)
      proof.put(static_cast<char>(octet(keys.client_key.view()[i]) ^ octet(signature.view()[i])));
    return error::ok;
  }

  client_step judge(std::string_view challenge) noexcept {
    scram_server_final said;
    if (error const e = parse_scram_server_final(challenge, said); e != error::ok) return fail(e);
    if (said.refusal != error::ok) return fail(said.refusal);
    std::array<char, max_digest_size> storage;
    decoded const octets = decode_base64(said.verifier, storage);
    if (!octets.valid || !equal_in_constant_time(octets.text(storage), signature_.view()))
      return fail(error::server_signature);
    state_ = state::over;
    text_.clear();
    signature_.clear();
    return detail::client_ends({});
  }

  client_credentials const* who_;
  functions const* with_;
  hash hash_;
  bool plus_;
  bool repeated_ = false;
  state state_ = state::begin;
  std::size_t gs2_size_ = 0;
  std::size_t nonce_ = 0;                 ///< where ours begins
  secret_text<max_scram_exchange> text_;  ///< all that was said
  digest_text signature_;                 ///< ServerSignature
};

}  // namespace ehlo::inline v0::sasl
