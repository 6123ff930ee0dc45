// SPDX-License-Identifier: BSL-1.0
// Certificates for an hour, in PEM files: one that is its own issuer, and one for localhost and 127.0.0.1.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <string>

#include "openssl_object.hpp"
#include "process.hpp"

namespace test {

using crypto::certificate;
using crypto::certificate_extension;
using key = crypto::any_key;

class certificates {
 public:
  certificates() {
    key const authority_key = new_key();
    certificate const authority = issue("an authority", authority_key, nullptr, authority_key, "CA:TRUE", nullptr);
    key const host_key = new_key();
    certificate const host = issue("localhost", host_key, authority.get(), authority_key, "CA:FALSE",
                                   "DNS:localhost,DNS:*.wild.test,IP:127.0.0.1");
    save(ca(), [&](std::FILE* f) { PEM_write_X509(f, authority.get()); });
    save(host_certificate(), [&](std::FILE* f) { PEM_write_X509(f, host.get()); });
    save(host_key_file(),
         [&](std::FILE* f) { PEM_write_PrivateKey(f, host_key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
    save(other_key_file(),
         [&](std::FILE* f) { PEM_write_PrivateKey(f, authority_key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
    save(locked_key_file(), [&](std::FILE* f) {
      unsigned char const password[]{'x', 'y'};
      PEM_write_PrivateKey(f, host_key.get(), EVP_aes_128_cbc(), password, 2, nullptr, nullptr);
    });
  }

  [[nodiscard]] std::string ca() const { return dir_ / "ca.pem"; }
  [[nodiscard]] std::string host_certificate() const { return dir_ / "host.pem"; }
  [[nodiscard]] std::string host_key_file() const { return dir_ / "host.key"; }
  [[nodiscard]] std::string other_key_file() const { return dir_ / "other.key"; }
  [[nodiscard]] std::string locked_key_file() const { return dir_ / "locked.key"; }
  [[nodiscard]] std::string missing_file() const { return dir_ / "no-such-file"; }

 private:
  static key new_key() { return key{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")}; }

  static void add(X509* to, X509V3_CTX* names, int extension, char const* value) {
    certificate_extension const made{X509V3_EXT_conf_nid(nullptr, names, extension, value)};
    X509_add_ext(to, made.get(), -1);
  }
  static certificate issue(char const* common_name, key const& subject, X509* issuer, key const& issuer_key,
                           char const* constraints, char const* alternative_names) {
    static long serial = 0;
    certificate made{X509_new()};
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
    X509_NAME* const subject_name = X509_get_subject_name(made.get());
    X509_NAME_add_entry_by_txt(subject_name, "CN", MBSTRING_ASC, reinterpret_cast<unsigned char const*>(common_name),
                               -1, -1, 0);
    X509* const by = issuer != nullptr ? issuer : made.get();
    X509_set_issuer_name(made.get(), X509_get_subject_name(by));
    X509_set_pubkey(made.get(), subject.get());
    X509V3_CTX names;
    X509V3_set_ctx(&names, by, made.get(), nullptr, nullptr, 0);
    add(made.get(), &names, NID_basic_constraints, constraints);
    if (alternative_names != nullptr) add(made.get(), &names, NID_subject_alt_name, alternative_names);
    X509_sign(made.get(), issuer_key.get(), EVP_sha256());
    return made;
  }

  template <class Write>
  static void save(std::string const& path, Write write) {
    std::FILE* const file = std::fopen(path.c_str(), "wb");
    write(file);
    std::fclose(file);
  }

  folder dir_;
};

}  // namespace test
