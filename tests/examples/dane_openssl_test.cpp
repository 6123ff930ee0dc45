// SPDX-License-Identifier: BSL-1.0
// route/dane_certificate.hpp with the OpenSSL calls that it names, on real chains: its verdict is that of OpenSSL's own
// DANE for every kind of record, whatever names and dates the certificate has.
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/route/dane_certificate.hpp"
#include "openssl_object.hpp"

namespace {

using namespace ehlo::route;

using crypto::certificate;
using crypto::certificate_extension;
using crypto::freed_by;
using key = crypto::any_key;
using tls_context = std::unique_ptr<SSL_CTX, freed_by<SSL_CTX_free>>;
using connection = std::unique_ptr<SSL, freed_by<SSL_free>>;

/// A leaf for mx.example.com, what issued it, and what issued that.
struct authority_chain {
  std::array<key, 3> keys;
  std::array<certificate, 3> all;

  explicit authority_chain(bool leaf_expired) {
    for (key& one : keys) one.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    for (std::size_t i = 3; i-- != 0;) {
      X509* const made = X509_new();
      all[i].reset(made);
      X509_set_version(made, X509_VERSION_3);
      ASN1_INTEGER_set(X509_get_serialNumber(made), static_cast<long>(i) + 1);
      X509_gmtime_adj(X509_getm_notBefore(made), -7200);
      X509_gmtime_adj(X509_getm_notAfter(made), i == 0 && leaf_expired ? -3600 : 3600);
      std::string const name = "number " + std::to_string(i);
      X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC,
                                 reinterpret_cast<unsigned char const*>(name.c_str()), -1, -1, 0);
      X509* const issuer = i == 2 ? made : all[i + 1].get();
      X509_set_issuer_name(made, X509_get_subject_name(issuer));
      X509_set_pubkey(made, keys[i].get());
      add(made, issuer, NID_basic_constraints, i == 0 ? "CA:FALSE" : "critical,CA:TRUE");
      if (i == 0) add(made, issuer, NID_subject_alt_name, "DNS:mx.example.com");
      X509_sign(made, keys[i == 2 ? 2 : i + 1].get(), EVP_sha256());
    }
  }

 private:
  static void add(X509* to, X509* issuer, int what, char const* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
    certificate_extension const made{X509V3_EXT_conf_nid(nullptr, &context, what, value)};
    X509_add_ext(to, made.get(), -1);
  }
};

std::string digest_of(std::string const& octets, EVP_MD const* how) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  EVP_Digest(octets.data(), octets.size(), reinterpret_cast<unsigned char*>(out.data()), &size, how, nullptr);
  return out.substr(0, size);
}

/// What dane_certificate.hpp wants to know of a certificate, computed as it says.
struct computed {
  std::string der, spki, digests[4];
  bool anchors_leaf = false;

  computed(STACK_OF(X509) * chain, int depth) {
    X509* const of = sk_X509_value(chain, depth);
    der = encoded(of, i2d_X509);
    spki = encoded(X509_get_X509_PUBKEY(of), i2d_X509_PUBKEY);
    digests[0] = digest_of(der, EVP_sha256());
    digests[1] = digest_of(der, EVP_sha512());
    digests[2] = digest_of(spki, EVP_sha256());
    digests[3] = digest_of(spki, EVP_sha512());

    std::unique_ptr<X509_STORE, freed_by<X509_STORE_free>> const trusted{X509_STORE_new()};
    std::unique_ptr<X509_STORE_CTX, freed_by<X509_STORE_CTX_free>> const check{X509_STORE_CTX_new()};
    X509_STORE_add_cert(trusted.get(), of);
    X509_STORE_CTX_init(check.get(), trusted.get(), sk_X509_value(chain, 0), chain);
    X509_STORE_CTX_set_flags(check.get(), X509_V_FLAG_PARTIAL_CHAIN);
    X509_STORE_CTX_set_purpose(check.get(), X509_PURPOSE_SSL_SERVER);
    anchors_leaf = X509_verify_cert(check.get()) == 1;
    ERR_clear_error();
  }
  [[nodiscard]] presented_certificate view() const {
    return {der, spki, digests[0], digests[1], digests[2], digests[3], anchors_leaf};
  }

 private:
  template <class T, class Encode>
  static std::string encoded(T* what, Encode encode) {
    unsigned char* made = nullptr;
    int const size = encode(what, &made);
    std::string out(reinterpret_cast<char const*>(made), static_cast<std::size_t>(size));
    OPENSSL_free(made);
    return out;
  }
};

/// A handshake over memory; the client asks for `name`, and knows these records if OpenSSL is to judge.
connection shake_hands(authority_chain const& server_has, char const* name, std::vector<tlsa_record> const* records) {
  tls_context const server_side{SSL_CTX_new(TLS_server_method())}, client_side{SSL_CTX_new(TLS_client_method())};
  SSL_CTX_use_certificate(server_side.get(), server_has.all[0].get());
  SSL_CTX_use_PrivateKey(server_side.get(), server_has.keys[0].get());
  for (std::size_t i : {1U, 2U}) SSL_CTX_add1_chain_cert(server_side.get(), server_has.all[i].get());
  SSL_CTX_dane_enable(client_side.get());
  connection const server{SSL_new(server_side.get())};
  connection client{SSL_new(client_side.get())};
  if (records != nullptr) {
    SSL_dane_enable(client.get(), name);
    SSL_dane_set_flags(client.get(), DANE_FLAG_NO_DANE_EE_NAMECHECKS);
    for (tlsa_record const& r : *records)
      EXPECT_EQ(SSL_dane_tlsa_add(client.get(), static_cast<std::uint8_t>(r.usage),
                                  static_cast<std::uint8_t>(r.selector), static_cast<std::uint8_t>(r.matching),
                                  reinterpret_cast<unsigned char const*>(r.data.data()), r.data.size()),
                1);
  }
  BIO* ends[2];
  BIO_new_bio_pair(&ends[0], 100'000, &ends[1], 100'000);
  SSL_set_bio(server.get(), ends[0], ends[0]);
  SSL_set_bio(client.get(), ends[1], ends[1]);
  SSL_set_accept_state(server.get());
  SSL_set_connect_state(client.get());
  SSL_set_verify(client.get(), SSL_VERIFY_NONE, nullptr);  // whatever it finds, it goes on, and can be asked
  for (int turn = 0; turn != 4; ++turn) (void)SSL_do_handshake(client.get()), (void)SSL_do_handshake(server.get());
  EXPECT_TRUE(SSL_is_init_finished(client.get()));
  ERR_clear_error();
  return client;
}

bool openssl_says(authority_chain const& chain, char const* name, std::vector<tlsa_record> const& records) {
  connection const client = shake_hands(chain, name, &records);
  return SSL_get_verify_result(client.get()) == X509_V_OK &&
         SSL_get0_dane_authority(client.get(), nullptr, nullptr) >= 0;
}

TEST(dane_openssl, agrees_for_every_kind_of_record) {
  int authenticated = 0;
  for (bool const expired : {false, true}) {
    authority_chain const chain{expired};
    for (char const* const name : {"mx.example.com", "other.example.com"}) {
      connection const seen = shake_hands(chain, name, nullptr);
      STACK_OF(X509)* const presented = SSL_get_peer_cert_chain(seen.get());
      ASSERT_EQ(sk_X509_num(presented), 3);
      std::vector<computed> facts;
      std::vector<presented_certificate> views;
      for (int depth = 0; depth != 3; ++depth) facts.emplace_back(presented, depth);
      for (computed const& one : facts) views.push_back(one.view());
      bool const names_leaf =
          X509_check_host(sk_X509_value(presented, 0), name, 0, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr) == 1;

      std::vector<tlsa_record> kinds;
      for (unsigned kind = 0; kind != 2U * 2 * 3 * 3; ++kind) {
        auto const selector = static_cast<tlsa_selector>(kind / 2 % 2);
        auto const matching = static_cast<tlsa_matching>(kind / 4 % 3);
        computed const& of = facts[kind / 12];
        bool const cert = selector == tlsa_selector::cert;
        std::string const& data = matching == tlsa_matching::full       ? (cert ? of.der : of.spki)
                                  : matching == tlsa_matching::sha2_256 ? of.digests[cert ? 0 : 2]
                                                                        : of.digests[cert ? 1 : 3];
        kinds.push_back({kind % 2 == 0 ? tlsa_usage::dane_ta : tlsa_usage::dane_ee, selector, matching, data});
      }
      // Each alone, and each with another one behind it, so that digests and usages meet.
      for (std::size_t i = 0; i != kinds.size(); ++i) {
        for (std::size_t second : {i, (i * 7 + 5) % kinds.size()}) {
          std::vector<tlsa_record> records{kinds[i]};
          if (second != i) records.push_back(kinds[second]);
          bool const ours = match_dane(records, views, names_leaf).result == dane_result::authenticated;
          EXPECT_EQ(ours, openssl_says(chain, name, records)) << expired << " " << name << " " << i << " " << second;
          authenticated += ours ? 1 : 0;
        }
      }
    }
  }
  EXPECT_GT(authenticated, 50);
}

}  // namespace
