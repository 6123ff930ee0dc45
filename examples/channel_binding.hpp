// SPDX-License-Identifier: BSL-1.0
// What a login can be bound to: data of a TLS connection that both its ends see, and nobody in between (RFC 5056).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ehlo/sasl/credentials.hpp"

#ifdef EHLO_HAS_OPENSSL
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#endif

namespace tls {

/// Octets; empty where there are none.
struct channel_bindings {
  std::string exporter;   ///< tls-exporter (RFC 9266)
  std::string end_point;  ///< tls-server-end-point (RFC 5929 4)

  /// Those that there are, the best first; views of this.
  [[nodiscard]] std::vector<ehlo::sasl::channel_binding> all() const {
    std::vector<ehlo::sasl::channel_binding> out;
    if (!exporter.empty()) out.push_back({ehlo::sasl::tls_exporter, exporter});
    if (!end_point.empty()) out.push_back({ehlo::sasl::tls_server_end_point, end_point});
    return out;
  }
};

#ifdef EHLO_HAS_OPENSSL
/// Behind the handshake.
inline channel_bindings bindings_of(SSL* s) {
  channel_bindings out;
  // TLS 1.2 without the extended master secret is not bound to its handshake (RFC 9266 3, RFC 7627).
  if (SSL_version(s) >= TLS1_3_VERSION || SSL_get_extms_support(s) == 1) {
    constexpr std::string_view label = "EXPORTER-Channel-Binding";
    unsigned char data[32];
    if (SSL_export_keying_material(s, data, sizeof data, label.data(), label.size(), data, 0, 1) == 1)
      out.exporter.assign(reinterpret_cast<char const*>(data), sizeof data);
  }
  X509* const certificate = SSL_is_server(s) != 0 ? SSL_get_certificate(s) : SSL_get0_peer_certificate(s);
  int digest = NID_undef;
  if (certificate == nullptr || X509_get_signature_info(certificate, &digest, nullptr, nullptr, nullptr) != 1)
    return out;
  if (digest == NID_md5 || digest == NID_sha1) digest = NID_sha256;
  EVP_MD const* const hash = EVP_get_digestbynid(digest);  // null: for signatures without one it is not defined
  unsigned char data[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (hash != nullptr && X509_digest(certificate, hash, data, &size) == 1)
    out.end_point.assign(reinterpret_cast<char const*>(data), size);
  return out;
}
#endif

}  // namespace tls
