// SPDX-License-Identifier: BSL-1.0
// The keys of SCRAM (RFC 5802 3): from a password, those of the client and what a server stores instead of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/config.hpp"
#include "functions.hpp"
#include "secret.hpp"
#include "step.hpp"

namespace ehlo::inline v0::sasl {

inline constexpr std::size_t max_scram_salt = 128;

/// The keys that a server stores, with their salt; wiped when they go.
struct stored_scram_keys {
  secret_text<max_scram_salt> salt;
  std::uint32_t iterations = 0;
  digest_text stored_key;
  digest_text server_key;

  /// For sasl::answer, as long as this lives.
  [[nodiscard]] scram_keys view() const noexcept EHLO_LIFETIMEBOUND {
    return {salt.view(), iterations, stored_key.view(), server_key.view()};
  }
};

namespace detail {

/// What both sides derive from the password.
struct derived_scram_keys {
  digest_text client_key;
  digest_text stored_key;
  digest_text server_key;
};

/// From a password that is prepared: SaltedPassword, ClientKey, StoredKey, ServerKey.
inline error derive_scram_keys(functions const& f, hash which, std::string_view password, std::string_view salt,
                               std::uint32_t iterations, derived_scram_keys& out) noexcept {
  digest_text salted;
  error e = make_pbkdf2(f, which, password, salt, iterations, salted);
  if (e == error::ok) e = make_hmac(f, which, salted.view(), "Client Key", out.client_key);
  if (e == error::ok) e = make_digest(f, which, out.client_key.view(), out.stored_key);
  if (e == error::ok) e = make_hmac(f, which, salted.view(), "Server Key", out.server_key);
  return e;
}

}  // namespace detail

/// What a server stores of a password. The salt is random, of 16 octets or so, and each user's own; of the iterations
/// 4096 are the least (RFC 7677 4). Returns salt, iterations_too_few, the errors of prepare(), or function_missing,
/// function_failed.
[[nodiscard("on an error there are no keys")]] inline error make_scram_keys(functions const& f, hash which,
                                                                            std::string_view password,
                                                                            std::string_view salt,
                                                                            std::uint32_t iterations,
                                                                            stored_scram_keys& out) noexcept {
  if (salt.empty() || salt.size() > max_scram_salt) return error::salt;
  if (iterations == 0) return error::iterations_too_few;
  secret_text<max_identity> prepared;
  detail::derived_scram_keys keys;
  error e = detail::put_prepared(f, password, prepared_for::storage, prepared);
  if (e == error::ok) e = detail::derive_scram_keys(f, which, prepared.view(), salt, iterations, keys);
  if (e != error::ok) return e;
  out.salt.clear();
  out.salt.put(salt);
  out.iterations = iterations;
  out.stored_key.clear();
  out.stored_key.put(keys.stored_key.view());
  out.server_key.clear();
  out.server_key.put(keys.server_key.view());
  return error::ok;
}

/// A salt for a user who does not exist, the same one each time: HMAC of the name with a secret of the server's, cut to
/// `size` octets, as many as a real one has. Returns salt if that is more than a digest has; function_missing,
/// function_failed.
inline error made_up_salt(functions const& f, hash which, std::string_view secret, std::string_view user_name,
                          std::size_t size, digest_text& out) noexcept {
  if (size == 0 || size > digest_size(which)) return error::salt;
  error const e = detail::make_hmac(f, which, secret, user_name, out);
  if (e == error::ok) out.cut(size);
  return e;
}

}  // namespace ehlo::inline v0::sasl
