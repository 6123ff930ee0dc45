// SPDX-License-Identifier: BSL-1.0
// What DKIM asks of a host, by OpenSSL: SHA-256, and signatures by RSA (RFC 8301) and Ed25519 (RFC 8463), both ways.
// Built without OpenSSL, `dkim::available` is false, and no function is there.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/sender/dkim_functions.hpp"

#ifdef EHLO_HAS_OPENSSL
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "openssl_object.hpp"
#endif

namespace dkim {

using ehlo::sender::dkim_algorithm;
using ehlo::sender::dkim_check;

#ifndef EHLO_HAS_OPENSSL

inline constexpr bool available = false;

class functions {
 public:
  struct added {
    std::string error{};
    dkim_algorithm algorithm{};
    unsigned number = 0;
  };
  static added add_key(std::string const& file) { return {file + ": this program was built without OpenSSL"}; }
  [[nodiscard]] static ehlo::sender::dkim_functions table() { return {}; }
};

#else

inline constexpr bool available = true;

using crypto::freed_by;
using digest_pointer = std::unique_ptr<EVP_MD_CTX, freed_by<EVP_MD_CTX_free>>;
using operation_pointer = std::unique_ptr<EVP_PKEY_CTX, freed_by<EVP_PKEY_CTX_free>>;

/// The key of a record: a SubjectPublicKeyInfo or RSAPublicKey, or 32 octets (RFC 6376 3.6.1, RFC 8463 4). Null: none.
inline crypto::any_key public_key(dkim_algorithm algorithm, std::string_view text) {
  if (algorithm == dkim_algorithm::ed25519_sha256)
    return crypto::any_key{EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, crypto::octets(text), text.size())};
  unsigned char const* at = crypto::octets(text);
  auto const size = static_cast<long>(text.size());
  crypto::any_key key{d2i_PUBKEY(nullptr, &at, size)};
  if (key == nullptr) {
    at = crypto::octets(text);
    key.reset(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, size));
  }
  return key != nullptr && EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_RSA ? std::move(key) : nullptr;
}

inline dkim_check verify(dkim_algorithm algorithm, EVP_PKEY* key, std::string_view digest, std::string_view signature) {
  int result = -1;
  if (algorithm == dkim_algorithm::ed25519_sha256) {
    digest_pointer const by{EVP_MD_CTX_new()};
    if (by == nullptr || EVP_DigestVerifyInit(by.get(), nullptr, nullptr, nullptr, key) != 1) return dkim_check::failed;
    result =
        EVP_DigestVerify(by.get(), crypto::octets(signature), signature.size(), crypto::octets(digest), digest.size());
  } else {
    operation_pointer const by{EVP_PKEY_CTX_new(key, nullptr)};
    if (by == nullptr || EVP_PKEY_verify_init(by.get()) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(by.get(), RSA_PKCS1_PADDING) != 1 ||
        EVP_PKEY_CTX_set_signature_md(by.get(), EVP_sha256()) != 1)
      return dkim_check::failed;
    result =
        EVP_PKEY_verify(by.get(), crypto::octets(signature), signature.size(), crypto::octets(digest), digest.size());
  }
  return result == 1 ? dkim_check::valid : dkim_check::invalid;
}

/// The algorithm that a private key is for.
inline dkim_algorithm algorithm_of(EVP_PKEY const* key) {
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ? dkim_algorithm::rsa_sha256 : dkim_algorithm::ed25519_sha256;
}

/// How many octets were written; 0: it failed.
inline std::size_t sign(EVP_PKEY* key, std::string_view digest, std::span<char> out) {
  std::size_t size = out.size();
  if (algorithm_of(key) == dkim_algorithm::ed25519_sha256) {
    digest_pointer const by{EVP_MD_CTX_new()};
    bool const done = by != nullptr && EVP_DigestSignInit(by.get(), nullptr, nullptr, nullptr, key) == 1 &&
                      EVP_DigestSign(by.get(), crypto::octets(out), &size, crypto::octets(digest), digest.size()) == 1;
    return done ? size : 0;
  }
  operation_pointer const by{EVP_PKEY_CTX_new(key, nullptr)};
  bool const done = by != nullptr && EVP_PKEY_sign_init(by.get()) == 1 &&
                    EVP_PKEY_CTX_set_rsa_padding(by.get(), RSA_PKCS1_PADDING) == 1 &&
                    EVP_PKEY_CTX_set_signature_md(by.get(), EVP_sha256()) == 1 &&
                    EVP_PKEY_sign(by.get(), crypto::octets(out), &size, crypto::octets(digest), digest.size()) == 1;
  return done ? size : 0;
}

/// The functions and what they work with, for one message at a time. It stays where it is.
class functions {
 public:
  functions() = default;
  functions(functions const&) = delete;
  functions& operator=(functions const&) = delete;

  struct added {
    std::string error{};  ///< empty: the key can be used. Otherwise what is wrong, beginning with the file's name
    dkim_algorithm algorithm{};  ///< the one that it is for
    unsigned number = 0;         ///< by which `sign` knows it
  };
  /// A private key in a PEM file: RSA of 1024 to 4096 bits, or Ed25519.
  added add_key(std::string const& file) {
    std::unique_ptr<BIO, freed_by<BIO_free>> const text{BIO_new_file(file.c_str(), "r")};
    crypto::any_key key;
    // Nobody sits at a service's terminal: a key with a password is an error, not a question.
    if (text != nullptr)
      key.reset(PEM_read_bio_PrivateKey(
          text.get(), nullptr, [](char*, int, int, void*) { return -1; }, nullptr));
    ERR_clear_error();
    if (key == nullptr) return {file + ": no private key can be read from it"};
    bool const rsa = EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_RSA;
    if (!rsa && EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519)
      return {file + ": neither an RSA nor an Ed25519 key"};
    if (rsa && (EVP_PKEY_get_bits(key.get()) < 1024 || EVP_PKEY_get_bits(key.get()) > 4096))
      return {file + ": an RSA key of less than 1024 bits, or of more than 4096"};
    keys_.push_back(std::move(key));
    return {{}, algorithm_of(keys_.back().get()), static_cast<unsigned>(keys_.size() - 1)};
  }

  /// Valid as long as this object.
  [[nodiscard]] ehlo::sender::dkim_functions table() {
    ehlo::sender::dkim_functions f;
    f.context = this;
    f.hash_begin = [](void* self, unsigned state) noexcept { return of(self).begin(state); };
    f.hash_update = [](void* self, unsigned state, std::string_view octets) noexcept {
      return EVP_DigestUpdate(of(self).states_[state].get(), octets.data(), octets.size()) == 1;
    };
    f.hash_end = [](void* self, unsigned state, std::span<char, ehlo::sender::dkim_digest_size> out) noexcept {
      return EVP_DigestFinal_ex(of(self).states_[state].get(), crypto::octets(out), nullptr) == 1;
    };
    f.verify = [](void*, dkim_algorithm algorithm, std::string_view key, std::string_view digest,
                  std::string_view signature) noexcept {
      crypto::any_key const by = public_key(algorithm, key);
      dkim_check const what =
          by != nullptr ? dkim::verify(algorithm, by.get(), digest, signature) : dkim_check::bad_key;
      ERR_clear_error();
      return what;
    };
    f.sign = [](void* self, unsigned number, dkim_algorithm algorithm, std::string_view digest,
                std::span<char> out) noexcept -> std::size_t {
      if (number >= of(self).keys_.size()) return 0;
      EVP_PKEY* const key = of(self).keys_[number].get();
      return algorithm_of(key) == algorithm ? dkim::sign(key, digest, out) : 0;
    };
    return f;
  }

 private:
  static functions& of(void* self) { return *static_cast<functions*>(self); }

  bool begin(unsigned state) {
    if (state >= states_.size()) states_.resize(state + 1);
    if (states_[state] == nullptr) states_[state].reset(EVP_MD_CTX_new());
    return states_[state] != nullptr && EVP_DigestInit_ex(states_[state].get(), EVP_sha256(), nullptr) == 1;
  }

  std::vector<digest_pointer> states_;
  std::vector<crypto::any_key> keys_;
};

#endif

}  // namespace dkim
