// SPDX-License-Identifier: BSL-1.0
// What OpenSSL has made, freed in the end, and octets as it likes them.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <memory>
#include <span>
#include <string_view>

namespace crypto {

inline unsigned char* octets(std::span<char> out) { return reinterpret_cast<unsigned char*>(out.data()); }
inline unsigned char const* octets(std::string_view text) {
  return reinterpret_cast<unsigned char const*>(text.data());
}

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using any_key = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate = std::unique_ptr<X509, freed_by<X509_free>>;
using certificate_extension = std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>>;

}  // namespace crypto
