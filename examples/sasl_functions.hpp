// SPDX-License-Identifier: BSL-1.0
// What the SASL mechanisms ask of a host, by OpenSSL: digests, HMAC, PBKDF2 and random numbers. There is no SASLprep
// here: names and passwords that are not ASCII go as they are, in UTF-8 (RFC 4616 2). Built without OpenSSL,
// `crypto::available` is false, and what computes nothing still works.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "ehlo/grammar/base64.hpp"
#include "ehlo/sasl/functions.hpp"

#ifdef EHLO_HAS_OPENSSL
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "openssl_object.hpp"
#endif

namespace crypto {

#ifndef EHLO_HAS_OPENSSL

inline constexpr bool available = false;
inline std::string random(std::size_t) { return {}; }
inline ehlo::sasl::functions functions() { return {.prepare = ehlo::sasl::unprepared_utf8}; }

#else

inline constexpr bool available = true;

inline EVP_MD const* hash_of(ehlo::sasl::hash which) {
  return which == ehlo::sasl::hash::md5 ? EVP_md5() : which == ehlo::sasl::hash::sha_1 ? EVP_sha1() : EVP_sha256();
}
/// Empty: there is no randomness to be had.
inline std::string random(std::size_t size) {
  std::string out(size, '\0');
  return RAND_bytes(octets(std::span{out}), static_cast<int>(size)) == 1 ? out : std::string{};
}

inline ehlo::sasl::functions functions() {
  using ehlo::sasl::hash;
  ehlo::sasl::functions f;
  f.digest = [](void*, hash which, std::string_view text, std::span<char> out) noexcept {
    return EVP_Digest(text.data(), text.size(), octets(out), nullptr, hash_of(which), nullptr) == 1;
  };
  f.hmac = [](void*, hash which, std::string_view key, std::string_view text, std::span<char> out) noexcept {
    return HMAC(hash_of(which), key.data(), static_cast<int>(key.size()), octets(text), text.size(), octets(out),
                nullptr) != nullptr;
  };
  f.pbkdf2 = [](void*, hash which, std::string_view password, std::string_view salt, std::uint32_t iterations,
                std::span<char> out) noexcept {
    return iterations <= INT32_MAX &&
           PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), octets(salt),
                             static_cast<int>(salt.size()), static_cast<int>(iterations), hash_of(which),
                             static_cast<int>(out.size()), octets(out)) == 1;
  };
  f.nonce = [](void*, std::span<char> out) noexcept -> std::size_t {
    char raw[18];
    if (RAND_bytes(octets(std::span{raw}), sizeof raw) != 1) return 0;
    return ehlo::encode_base64({raw, sizeof raw}, out).size;
  };
  f.prepare = ehlo::sasl::unprepared_utf8;
  return f;
}

#endif

}  // namespace crypto
