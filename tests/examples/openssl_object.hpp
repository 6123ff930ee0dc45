// SPDX-License-Identifier: BSL-1.0
// What OpenSSL has made, freed in the end.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <memory>

namespace test {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using key = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate = std::unique_ptr<X509, freed_by<X509_free>>;
using certificate_extension = std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>>;

}  // namespace test
