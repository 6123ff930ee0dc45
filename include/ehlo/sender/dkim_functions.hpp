// SPDX-License-Identifier: BSL-1.0
// What DKIM needs and this library does not have: SHA-256 and public keys. The host passes them in; examples/ shows
// them with OpenSSL.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/enum_name.hpp"

namespace ehlo::inline v0::sender {

/// The algorithms of `a=` (RFC 6376 3.3, RFC 8463 3). A function is never given rsa_sha1 (RFC 8301 3.1).
enum class dkim_algorithm : std::uint8_t { rsa_sha256, ed25519_sha256, rsa_sha1 };

inline constexpr std::array<std::string_view, 3> dkim_algorithm_names{"rsa-sha256", "ed25519-sha256", "rsa-sha1"};

/// As in `a=`.
[[nodiscard]] constexpr std::string_view name(dkim_algorithm algorithm) noexcept {
  return enum_name(dkim_algorithm_names, algorithm);
}

/// What came of a verification.
enum class dkim_check : std::uint8_t {
  valid,    ///< the signature is that of the digest by this key
  invalid,  ///< it is not
  bad_key,  ///< the key cannot be used
  failed,   ///< it could not be computed: out of memory or the like
};

/// Octets of a digest of SHA-256.
inline constexpr std::size_t dkim_digest_size = 32;

/// The host's functions. `context` is handed to each of them. A verifier calls the first four, a signer all but verify.
/// One that is missing counts as one that fails.
struct dkim_functions {
  void* context = nullptr;

  /// SHA-256 (RFC 6234) of octets that come in pieces: several at a time, each in a state of its own. The numbers of
  /// the states are below that which the verifier or signer names. Begin: whatever the state was before; it may be left
  /// without an end. End: the digest; the state has to begin again before it is used again. False: it failed.
  bool (*hash_begin)(void* context, unsigned state) noexcept = nullptr;
  bool (*hash_update)(void* context, unsigned state, std::string_view octets) noexcept = nullptr;
  bool (*hash_end)(void* context, unsigned state, std::span<char, dkim_digest_size> out) noexcept = nullptr;

  /// Whether `signature` is that of `digest`, which has 32 octets, by `key`. rsa_sha256: RSASSA-PKCS1-v1_5 with SHA-256
  /// (RFC 8017 8.2.2), and the key is a SubjectPublicKeyInfo (RFC 5280 4.1) or RSAPublicKey (RFC 8017 A.1.1) in DER,
  /// which the library has read and of which it knows the size. ed25519_sha256: PureEdDSA (RFC 8032 5.1.7) over the
  /// digest as the message, and the key is its 32 octets. The signature has the size that the key asks for.
  dkim_check (*verify)(void* context, dkim_algorithm algorithm, std::string_view key, std::string_view digest,
                       std::string_view signature) noexcept = nullptr;

  /// Signs `digest` by the private key that the host knows under the number `key`. Returns how many octets were
  /// written: 0, it failed.
  std::size_t (*sign)(void* context, unsigned key, dkim_algorithm algorithm, std::string_view digest,
                      std::span<char> out) noexcept = nullptr;
};

}  // namespace ehlo::inline v0::sender
