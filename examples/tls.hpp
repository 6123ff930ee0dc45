// SPDX-License-Identifier: BSL-1.0
// TLS without a socket, as the engines are SMTP without one: ciphertext goes in and comes out, plaintext comes out and
// goes in. OpenSSL works on two pieces of memory here and never sees a descriptor, so whoever moves the octets keeps
// his own loop, deadlines and limits.
//
//   tls::context const context = tls::context::for_client();           // the machine's own certificates; once
//   tls::channel channel = tls::channel::to(context, "mx.example.org", tls::trust::verified);
//   do { how = channel.handshake(); send channel.output(); if (how == tls::progress::more) channel.feed(what comes); }
//   while (how == tls::progress::more);
//   channel.write("EHLO me\r\n"); send channel.output(); channel.feed(what comes); text = channel.read(buffer);
//
// TLS 1.2 is the least (RFC 8314 4.1, RFC 8996). Sessions are not resumed and not renegotiated: each handshake stands
// alone. Built without OpenSSL, `tls::available` is false, and a context says so in its error().
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "certificate.hpp"
#include "channel_binding.hpp"
#include "ehlo/model/tls_facts.hpp"
#include "ehlo/trace/failure.hpp"

#ifdef EHLO_HAS_OPENSSL
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <climits>
#include <cstring>
#endif

namespace tls {

/// Where a handshake stands.
enum class progress { more, done, failed };

/// Whether a client goes on with a server whose certificate does not prove its name. Without a DNSSEC-signed name
/// (RFC 7672) a relay cannot expect that proof; an MUA must (RFC 8314 5.1).
enum class trust { verified, any };

}  // namespace tls

#ifndef EHLO_HAS_OPENSSL
#include "no_tls.hpp"
#else
namespace tls {

inline constexpr bool available = true;

/// The oldest thing in OpenSSL's queue, which is where it began; the rest is what that led to.
inline std::string take_error() {
  unsigned long const code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "unknown error";
  if (ERR_GET_LIB(code) == ERR_LIB_SYS) return std::strerror(ERR_GET_REASON(code));
  char const* const reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "error " + std::to_string(code);
}

/// What all channels of one kind share: certificate and key, or whom to trust. Its channels keep it alive.
class context {
 public:
  /// PEM files: the certificate with its chain behind it, and its key.
  static context for_server(std::string const& certificate_file, std::string const& key_file) {
    context c{TLS_server_method()};
    if (!c.error_.empty()) return c;
    if (SSL_CTX_use_certificate_chain_file(c.get(), certificate_file.c_str()) != 1)
      c.error_ = certificate_file + ": " + take_error();
    else if (SSL_CTX_use_PrivateKey_file(c.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1)
      c.error_ = key_file + ": " + take_error();
    return c;
  }
  /// Trusts the certificates in this PEM file; without one, those that the machine trusts.
  static context for_client(std::string const& ca_file = {}) {
    context c{TLS_client_method()};
    if (!c.error_.empty()) return c;
    if (ca_file.empty())
      SSL_CTX_set_default_verify_paths(c.get());
    else if (SSL_CTX_load_verify_locations(c.get(), ca_file.c_str(), nullptr) != 1)
      c.error_ = ca_file + ": " + take_error();
    return c;
  }
  /// Of a client: shows the certificate in this PEM file, which has its key too, to a server that asks for one.
  void show(std::string const& file) {
    if (error_.empty() && (SSL_CTX_use_certificate_chain_file(get(), file.c_str()) != 1 ||
                           SSL_CTX_use_PrivateKey_file(get(), file.c_str(), SSL_FILETYPE_PEM) != 1))
      error_ = file + ": " + take_error();
  }

  /// Empty: it can be used. Otherwise what is wrong, beginning with the file's name.
  [[nodiscard]] std::string const& error() const { return error_; }
  [[nodiscard]] SSL_CTX* get() const { return context_.get(); }

 private:
  explicit context(SSL_METHOD const* method) : context_{SSL_CTX_new(method), SSL_CTX_free} {
    if (context_ == nullptr) {
      error_ = "OpenSSL: " + take_error();
      return;
    }
    SSL_CTX_set_min_proto_version(get(), TLS1_2_VERSION);
    SSL_CTX_set_options(get(), SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(get(), 0);
    // Nobody sits at a service's terminal: a key with a password is an error, not a question.
    SSL_CTX_set_default_passwd_cb(get(), [](char*, int, int, void*) { return -1; });
  }

  std::shared_ptr<SSL_CTX> context_;
  std::string error_;
};

// What a channel is made of; for a host whose loop brings a TLS of its own (asio/client.cpp), so that it trusts nobody
// else.

/// Makes this the client's end of a handshake with a server of this name (or IP address, without brackets). False: that
/// is no server's name.
inline bool expect_server(SSL* s, std::string host, trust t) {
  if (host.ends_with('.')) host.pop_back();
  SSL_set_hostflags(s, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  SSL_set_verify(s, t == trust::verified ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  SSL_set_connect_state(s);
  // A name goes into the handshake, so that the server can choose its certificate; an address may not (RFC 6066 3).
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(s), host.c_str()) == 1) return true;
  // SSL_set_tlsext_host_name, without the cast in that macro.
  return !host.empty() && SSL_set1_host(s, host.c_str()) == 1 &&
         SSL_ctrl(s, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data()) == 1;
}
/// Behind the handshake: whether the certificate proves the name.
inline bool is_verified(SSL const* s) {
  return SSL_get0_peer_certificate(s) != nullptr && SSL_get_verify_result(s) == X509_V_OK;
}
/// "TLSv1.3 TLS_AES_256_GCM_SHA384", behind the handshake.
inline std::string description_of(SSL const* s) {
  return std::string{SSL_get_version(s)} + " " + SSL_get_cipher_name(s);
}
/// TLS_AES_256_GCM_SHA384: as IANA calls it, also in old versions of TLS. Lives for ever; empty if OpenSSL knows none.
inline std::string_view cipher_of(SSL const* s) {
  char const* const name = SSL_CIPHER_standard_name(SSL_get_current_cipher(s));
  return name != nullptr && name[0] != '(' ? std::string_view{name} : std::string_view{};
}
/// What was wrong with a handshake, and with the certificate if it was that.
inline std::string with_verdict(std::string why, SSL const* s) {
  long const verdict = SSL_get_verify_result(s);
  if (verdict != X509_V_OK && (SSL_get_verify_mode(s) & SSL_VERIFY_PEER) != 0)
    why.append(": ").append(X509_verify_cert_error_string(verdict));
  return why;
}

/// What was wrong with a handshake that ended with this error of OpenSSL's.
inline ehlo::trace::transport_failure failure_of(unsigned long error, SSL const* s) {
  bool const verifies = (SSL_get_verify_mode(s) & SSL_VERIFY_PEER) != 0;
  int const reason = ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
  if (verifies && SSL_get_verify_result(s) != X509_V_OK) return failure_of_certificate(SSL_get_verify_result(s));
  bool const no_tls =
      reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST || reason == SSL_R_PACKET_LENGTH_TOO_LONG;
  return no_tls ? ehlo::trace::transport_failure::tls_not_spoken : ehlo::trace::transport_failure::tls_handshake;
}

/// One connection's TLS. With a context that has an error(), it has failed() from the start.
class channel {
 public:
  /// The server's end.
  static channel from(context const& c) {
    channel made{c};
    if (!made.failed()) SSL_set_accept_state(made.ssl_.get());
    return made;
  }
  /// The client's end, with a server of this name (or IP address, without brackets).
  static channel to(context const& c, std::string const& host, trust t) {
    channel made{c};
    if (made.failed()) return made;
    made.named_ = expect_server(made.ssl_.get(), host, t);
    if (made.named_ || t == trust::any) return made;
    made.fail("'" + host + "' is not the name of a server");
    made.failure_ = ehlo::trace::transport_failure::certificate_wrong_name;
    return made;
  }

  /// Goes as far as what was fed allows. Call it first, and after each feed() until it is not `more`; each time, also
  /// when it is done or has failed, output() may have octets for the peer. Behind `done`, ask read() before waiting for
  /// the peer: plaintext may have come along with the end of the handshake.
  progress handshake() {
    if (failed()) return progress::failed;
    ERR_clear_error();
    int const result = SSL_do_handshake(ssl_.get());
    if (result == 1) return progress::done;
    note(result);
    if (peer_closed_) fail("ended by the peer");
    return failed() ? progress::failed : progress::more;
  }

  /// Ciphertext that came from the peer: takes all of it. What is fed is kept until read() or handshake() has used it,
  /// so a host that means to bound its memory reads until nothing is left before it feeds again.
  void feed(std::string_view ciphertext) {
    while (!ciphertext.empty() && !failed()) {
      int const count = BIO_write(in_, ciphertext.data(), piece(ciphertext.size()));
      if (count <= 0) return fail("out of memory");
      ciphertext.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  /// Ciphertext for the peer, until the next call of anything else.
  [[nodiscard]] std::string_view output() const {
    if (out_ == nullptr) return {};
    char* data = nullptr;
    long const size = BIO_get_mem_data(out_, &data);
    return size > 0 ? std::string_view{data, static_cast<std::size_t>(size)} : std::string_view{};
  }
  /// The first `count` octets of output() are gone.
  void sent(std::size_t count) {
    char thrown_away[4096];
    while (count != 0) {
      int const taken = BIO_read(out_, thrown_away, piece((std::min)(count, sizeof thrown_away)));
      if (taken <= 0) return;
      count -= static_cast<std::size_t>(taken);
    }
  }

  /// Plaintext from the peer, in the buffer. Empty: there is no more, because more has to be fed, the peer has closed
  /// (peer_closed()) or something is wrong (failed()).
  [[nodiscard]] std::string_view read(std::span<char> buffer) {
    std::size_t size = 0;
    while (size != buffer.size() && !failed() && !peer_closed_) {
      ERR_clear_error();
      int const count = SSL_read(ssl_.get(), buffer.data() + size, piece(buffer.size() - size));
      if (count <= 0) {
        note(count);
        break;
      }
      size += static_cast<std::size_t>(count);
    }
    return {buffer.data(), size};
  }
  /// Plaintext for the peer: takes all of it, behind the handshake and before close(); false: it failed.
  [[nodiscard]] bool write(std::string_view plaintext) {
    while (!plaintext.empty() && !failed()) {
      ERR_clear_error();
      int const count = SSL_write(ssl_.get(), plaintext.data(), piece(plaintext.size()));
      if (count <= 0) {
        note(count);
        if (!failed()) fail("not possible now");
        break;
      }
      plaintext.remove_prefix(static_cast<std::size_t>(count));
    }
    return !failed();
  }

  /// Says with output() that nothing more will come from our side (close_notify, RFC 8446 6.1). Once is enough.
  void close() {
    if (failed() || !SSL_is_init_finished(ssl_.get())) return;
    if ((SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) == 0) SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  /// The peer has said so. A connection that ends without it may have been cut by anybody.
  [[nodiscard]] bool peer_closed() const { return peer_closed_; }

  [[nodiscard]] bool failed() const { return !error_.empty(); }
  /// What went wrong.
  [[nodiscard]] std::string const& error() const { return error_; }
  /// The same for programs; `none` if it was the connection.
  [[nodiscard]] ehlo::trace::transport_failure failure() const { return failure_; }

  /// The peer's certificate proves the name that was given to to(). With trust::any it may be false.
  [[nodiscard]] bool verified() const { return named_ && SSL_is_init_finished(ssl_.get()) && is_verified(ssl_.get()); }
  /// For the engine's tls_started(). What the context does not let pass does not come to be: all is sufficient.
  [[nodiscard]] ehlo::tls_facts facts() const { return {.sufficient = true, .verified = verified()}; }
  [[nodiscard]] std::string description() const { return description_of(ssl_.get()); }
  [[nodiscard]] std::string_view cipher() const { return cipher_of(ssl_.get()); }
  /// Behind the handshake.
  [[nodiscard]] peer_certificate certificate() const { return certificate_of(ssl_.get()); }
  /// Likewise.
  [[nodiscard]] channel_bindings bindings() const { return bindings_of(ssl_.get()); }

 private:
  struct deleter {
    void operator()(SSL* s) const { SSL_free(s); }
  };

  explicit channel(context const& c) {
    error_ = c.error();
    if (failed()) return;
    ssl_.reset(SSL_new(c.get()));
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_.get(), in_, out_);  // which owns them from here on
  }

  static int piece(std::size_t size) { return static_cast<int>((std::min)(size, std::size_t{INT_MAX})); }

  void fail(std::string why) {
    error_ = std::move(why);
    ERR_clear_error();
  }
  /// What a call that did not succeed has met. To want more input is no failure.
  void note(int result) {
    int const what = SSL_get_error(ssl_.get(), result);
    if (what == SSL_ERROR_WANT_READ) return;
    if (what == SSL_ERROR_ZERO_RETURN) {
      peer_closed_ = true;
      return;
    }
    failure_ = failure_of(ERR_peek_error(), ssl_.get());
    fail(with_verdict(take_error(), ssl_.get()));
  }

  std::unique_ptr<SSL, deleter> ssl_;
  BIO* in_ = nullptr;
  BIO* out_ = nullptr;
  std::string error_;
  ehlo::trace::transport_failure failure_{};
  bool named_ = false;
  bool peer_closed_ = false;
};

}  // namespace tls
#endif
