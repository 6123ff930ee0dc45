// SPDX-License-Identifier: BSL-1.0
// The server's side of SCRAM (RFC 5802, 7677). It keeps no password, only keys from which none can be made.
//
// A failure is told by the reply alone, without a server-final-message (RFC 5802 5.1 lets a server do so): many clients
// take `e=` for something that they have to cancel, and then tell their users of a cancelled login.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/config.hpp"
#include "../grammar/base64.hpp"
#include "credentials.hpp"
#include "functions.hpp"
#include "gs2_header.hpp"
#include "scram_client.hpp"
#include "scram_message.hpp"
#include "secret.hpp"
#include "step.hpp"

namespace ehlo::inline v0::sasl {

class scram_server {
 public:
  /// SCRAM-SHA-1 or SCRAM-SHA-256; `plus`: their -PLUS form. `channels` is what a client may bind to, and what makes
  /// this a server that supports channel binding (RFC 5802 6): give it in both forms exactly where -PLUS is offered.
  scram_server(hash which, bool plus, std::span<channel_binding const> channels EHLO_LIFETIMEBOUND,
               functions const& with EHLO_LIFETIMEBOUND) noexcept
      : with_{&with}, channels_{channels}, hash_{which}, plus_{plus} {}
  scram_server(hash, bool, std::span<channel_binding const>, functions const&&) = delete;

  /// Where the client gave no initial response: an empty challenge.
  server_step start() noexcept {
    return state_ == state::first ? detail::server_says({}) : detail::server_fails(error::order);
  }

  /// The client's first message: question::keys, or malformed, extension, channel_binding, downgrade, unprepared,
  /// preparation, empty, too_long. Its final one: question::identity if it wants to act as somebody else, otherwise a
  /// challenge; or malformed, extension, channel_binding, nonce, credentials. Then the empty response: `done`.
  server_step take(std::string_view response) noexcept {
    switch (state_) {
      case state::first: return take_first(response);
      case state::final: return take_final(response);
      case state::proved:
        if (!response.empty()) return fail(error::unexpected);
        state_ = state::over;
        return detail::server_lets_in(who_);
      default: return detail::server_fails(error::order);
    }
  }

  /// To question::keys: a challenge, or stored_keys, function_missing, function_failed, nonce_unusable, too_long,
  /// unavailable; credentials for a refusal without a salt, which tells the client that there is no such user. To
  /// question::identity: a challenge, or not_authorized, unavailable.
  server_step answer(sasl::answer const& a) noexcept {
    if (state_ == state::keys_asked) return take_keys(a);
    if (state_ != state::identity_asked) return detail::server_fails(error::order);
    if (error const e = detail::refusal(a.what, error::not_authorized); e != error::ok) return fail(e);
    return say_final();
  }

 private:
  enum class state : std::uint8_t { first, keys_asked, final, identity_asked, proved, over };

  server_step fail(error why) noexcept {
    state_ = state::over;
    for (digest_text* const key : {&stored_key_, &server_key_}) key->clear();
    text_.clear();
    return detail::server_fails(why);
  }

  server_step take_first(std::string_view response) noexcept {
    scram_client_first first;
    error e = parse_scram_client_first(response, first);
    if (e == error::ok) e = check_binding(first.gs2);
    if (e == error::ok) e = detail::take_saslname(*with_, first.gs2.authorization_identity, authorization_identity_);
    if (e == error::ok) e = detail::take_saslname(*with_, first.user_name, user_name_);
    if (e != error::ok) return fail(e);
    text_.put(response);
    if (!text_.fits()) return fail(error::too_long);
    gs2_size_ = first.gs2.text.size();
    nonce_ = static_cast<std::size_t>(first.nonce.data() - response.data());
    nonce_size_ = first.nonce.size();
    who_ = {.user_name = user_name_.view(), .authorization_identity = authorization_identity_.view(), .digest = hash_};
    state_ = state::keys_asked;
    return detail::server_asks(question::keys, who_);
  }

  /// RFC 5802 6, RFC 5801 5: `p` goes with -PLUS and nothing else does; `y` contradicts a server that offers it.
  error check_binding(gs2_header const& first) noexcept {
    if (plus_ != (first.flag == binding_flag::used)) return error::channel_binding;
    if (first.flag == binding_flag::not_offered && !channels_.empty()) return error::downgrade;
    if (!plus_) return error::ok;
    for (channel_binding const& one : channels_)
      if (one.type == first.binding_type && !one.data.empty()) channel_ = &one;
    return channel_ == nullptr ? error::channel_binding : error::ok;
  }

  server_step take_keys(sasl::answer const& a) noexcept {
    if (a.what == verdict::unavailable) return fail(error::unavailable);
    refused_ = a.what != verdict::accept;
    if (refused_ && a.keys.salt.empty()) return fail(error::credentials);
    if (a.keys.salt.empty() || a.keys.salt.size() > max_scram_salt || a.keys.iterations == 0)
      return fail(error::stored_keys);
    std::array<char, max_digest_size> const nobody{};
    std::string_view const none{nobody.data(), digest_size(hash_)};
    stored_key_.put(refused_ ? none : a.keys.stored_key);
    server_key_.put(refused_ ? none : a.keys.server_key);
    for (digest_text const* const key : {&stored_key_, &server_key_})
      if (!key->fits() || key->size() != digest_size(hash_)) return fail(error::stored_keys);

    std::size_t const first = text_.put(',').size();
    text_.put("r=");
    std::size_t const both = text_.size();
    text_.put(text_.view().substr(nonce_, nonce_size_));
    if (error const e = detail::put_nonce(*with_, text_); e != error::ok) return fail(e);
    nonce_ = both;
    nonce_size_ = text_.size() - both;
    detail::put_base64(a.keys.salt, text_.put(",s="));
    text_.put(",i=").put_number(a.keys.iterations);
    if (!text_.fits()) return fail(error::too_long);
    state_ = state::final;
    return detail::server_says(text_.view(first));
  }

  server_step take_final(std::string_view response) noexcept {
    scram_client_final final;
    if (error const e = parse_scram_client_final(response, final); e != error::ok) return fail(e);
    if (final.nonce != text_.view().substr(nonce_, nonce_size_)) return fail(error::nonce);
    if (!binds(final.binding)) return fail(error::channel_binding);
    text_.put(',').put(final.without_proof);
    if (!text_.fits()) return fail(error::too_long);
    if (error const e = verify(final.proof); e != error::ok) return fail(e);
    bool const as_another = !who_.authorization_identity.empty() && who_.authorization_identity != who_.user_name;
    if (!as_another) return say_final();
    state_ = state::identity_asked;
    return detail::server_asks(question::identity, who_);
  }

  /// Whether the client's channel-binding is the one that it has to be (RFC 5802 6).
  bool binds(std::string_view binding) noexcept {
    secret_text<max_scram_exchange> expected;
    {
      secret_text<max_scram_exchange> input;
      input.put(text_.view().substr(0, gs2_size_));
      if (plus_) input.put(channel_->data);
      detail::put_base64(input.view(), expected);
    }
    return expected.fits() && equal_in_constant_time(expected.view(), binding);
  }

  /// Whether the proof is of the key that is stored: H(ClientProof XOR ClientSignature) == StoredKey (3).
  error verify(std::string_view proof) noexcept {
    std::array<char, max_digest_size> storage;
    decoded const octets = decode_base64(proof, storage);
    if (!octets.valid || octets.size != digest_size(hash_)) return error::malformed;
    digest_text signature;
    digest_text client_key;
    digest_text stored_key;
    error e = detail::make_hmac(*with_, hash_, stored_key_.view(), text_.view(gs2_size_), signature);
    if (e != error::ok) return e;
    for (std::size_t i = 0; i != signature.size(); ++i)
      client_key.put(static_cast<char>(octet(storage[i]) ^ octet(signature.view()[i])));
    e = detail::make_digest(*with_, hash_, client_key.view(), stored_key);
    if (e != error::ok) return e;
    bool const same = equal_in_constant_time(stored_key.view(), stored_key_.view());
    return same && !refused_ ? error::ok : error::credentials;
  }

  server_step say_final() noexcept {
    digest_text signature;
    error const e = detail::make_hmac(*with_, hash_, server_key_.view(), text_.view(gs2_size_), signature);
    if (e != error::ok) return fail(e);
    stored_key_.clear();
    server_key_.clear();
    text_.clear();
    detail::put_base64(signature.view(), text_.put("v="));
    state_ = state::proved;
    return detail::server_says(text_.view());
  }

  functions const* with_;
  std::span<channel_binding const> channels_;
  channel_binding const* channel_ = nullptr;
  hash hash_;
  bool plus_;
  bool refused_ = false;
  state state_ = state::first;
  std::size_t gs2_size_ = 0;
  std::size_t nonce_ = 0;  ///< where it stands that counts, and how long it is: first the client's, then of both
  std::size_t nonce_size_ = 0;
  claim who_;
  secret_text<max_identity> user_name_;
  secret_text<max_identity> authorization_identity_;
  digest_text stored_key_;
  digest_text server_key_;
  secret_text<max_scram_exchange> text_;  ///< all that was said
};

}  // namespace ehlo::inline v0::sasl
