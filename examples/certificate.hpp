// SPDX-License-Identifier: BSL-1.0
// What a server's certificate says, for people, and whether it proves the server's name.
#pragma once

#include <string>

#include "ehlo/trace/failure.hpp"

#ifdef EHLO_HAS_OPENSSL
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#endif

namespace tls {

/// Texts in which anything may stand: they come from the peer.
struct peer_certificate {
  std::string subject, issuer;
  std::string names;    ///< "DNS:mx.example.org, IP Address:192.0.2.1"
  std::string expires;  ///< "Dec  1 12:00:00 2026 GMT"
  int days_left = 0;
  ehlo::trace::transport_failure failure{};  ///< none: it proves the name
  std::string verdict;                       ///< the same for people
};

#ifdef EHLO_HAS_OPENSSL
namespace detail {

/// What a function of OpenSSL's prints.
template <class Print>
std::string printed(Print print) {
  std::unique_ptr<BIO, decltype(&BIO_free_all)> const to{BIO_new(BIO_s_mem()), BIO_free_all};
  if (to == nullptr) return {};
  print(to.get());
  char* data = nullptr;
  long const size = BIO_get_mem_data(to.get(), &data);
  return size > 0 ? std::string{data, static_cast<std::size_t>(size)} : std::string{};
}

}  // namespace detail

/// What a certificate that was not accepted lacks, by what X509_verify_cert says.
inline ehlo::trace::transport_failure failure_of_certificate(long verdict) {
  using enum ehlo::trace::transport_failure;
  switch (verdict) {
    case X509_V_OK: return none;
    case X509_V_ERR_CERT_HAS_EXPIRED: return certificate_expired;
    case X509_V_ERR_CERT_NOT_YET_VALID: return certificate_not_yet_valid;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return certificate_wrong_name;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: return certificate_self_signed;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED: return certificate_untrusted;
    case X509_V_ERR_CERT_REVOKED: return certificate_revoked;
    default: return certificate_unsuitable;
  }
}

/// Behind the handshake, also where the certificate did not have to prove anything.
inline peer_certificate certificate_of(SSL const* s) {
  peer_certificate read;
  X509* const shown = SSL_get0_peer_certificate(s);
  if (shown == nullptr) return read;
  auto const name = [](X509_NAME const* of) {
    return detail::printed([of](BIO* to) { X509_NAME_print_ex(to, of, 0, XN_FLAG_RFC2253); });
  };
  read.subject = name(X509_get_subject_name(shown));
  read.issuer = name(X509_get_issuer_name(shown));
  int const at = X509_get_ext_by_NID(shown, NID_subject_alt_name, -1);
  if (at >= 0) read.names = detail::printed([&](BIO* to) { X509V3_EXT_print(to, X509_get_ext(shown, at), 0, 0); });
  read.expires = detail::printed([&](BIO* to) { ASN1_TIME_print(to, X509_get0_notAfter(shown)); });
  int seconds = 0;
  ASN1_TIME_diff(&read.days_left, &seconds, nullptr, X509_get0_notAfter(shown));
  long const verdict = SSL_get_verify_result(s);
  read.failure = failure_of_certificate(verdict);
  read.verdict = verdict == X509_V_OK ? "verified" : X509_verify_cert_error_string(verdict);
  return read;
}
#endif

}  // namespace tls
