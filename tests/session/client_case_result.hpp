// SPDX-License-Identifier: BSL-1.0
// What a client is told, in the words of the cases' expect_result (tests/data/cases/README.md). Where two of those
// words describe one thing, both stand.
#pragma once

#include <set>
#include <span>
#include <string>

#include "ehlo/client.hpp"

namespace ehlo_test {

using client_result = std::set<std::string>;

/// What submit() returned.
inline client_result of_submission(ehlo::errc why) {
  switch (why) {
    case ehlo::errc::local_size: return {"too_large"};
    case ehlo::errc::local_eightbitmime: return {"8bit_unavailable"};
    case ehlo::errc::local_smtputf8: return {"smtputf8_unavailable"};
    case ehlo::errc::local_binarymime: return {"binarymime_unavailable"};
    case ehlo::errc::local_dsn: return {"dsn_unavailable"};
    case ehlo::errc::local_requiretls: return {"requiretls_unavailable"};
    default: return {"input_rejected"};
  }
}

/// An error that ends a connection, or a transaction with it; nothing if the replies tell more.
inline client_result of_error(ehlo::errc why) {
  switch (why) {
    case ehlo::errc::peer_reply:
    case ehlo::errc::peer_reply_too_long:
    case ehlo::errc::peer_reply_code:
    case ehlo::errc::peer_surplus_reply: return {"protocol_error"};
    case ehlo::errc::peer_gone:
    case ehlo::errc::peer_timeout: return {"connection_lost"};
    case ehlo::errc::peer_tls_failed: return {"tls_failed"};
    case ehlo::errc::peer_tls_unavailable: return {"tls_unavailable"};
    case ehlo::errc::peer_auth_failed: return {"auth_failed"};
    case ehlo::errc::peer_auth_unavailable: return {"auth_unavailable"};
    case ehlo::errc::local_text:
    case ehlo::errc::local_options: return {"input_rejected"};
    case ehlo::errc::local_aborted: return {"aborted"};
    default: return {};
  }
}

/// 530 asks for TLS (RFC 3207 4) or for AUTH (RFC 4954 6), 538 for TLS (RFC 4954 6).
inline void add_code(client_result& to, ehlo::reply_code code) {
  if (code.is_transient()) to.insert("transient");
  if (code.is_permanent()) to.insert("permanent");
  if (code == 530) to.insert({"auth_required", "tls_required"});
  if (code == 538) to.insert("tls_required");
}

/// Delivered to anyone at all is delivered; expect_rcpt says to whom.
inline client_result of_transaction(ehlo::client_event const& e, std::span<ehlo::recipient const> recipients) {
  for (ehlo::recipient const& r : recipients)
    if (r.state == ehlo::outcome::delivered) return {"delivered"};
  client_result out = of_error(e.error());
  if (!out.empty()) return out;
  for (ehlo::recipient const& r : recipients) add_code(out, r.code);
  return out;
}

inline client_result of_failure(ehlo::client_event const& e, bool tls_active, ehlo::client_options const& options) {
  client_result out = of_error(e.error());
  add_code(out, e.reply().code());
  bool const tls_would_help = !tls_active && !options.auth_in_cleartext;
  if (e.error() == ehlo::errc::peer_auth_unavailable && tls_would_help) out.insert("tls_required");
  return out;
}

/// A 421 as a notice is a refusal for now.
inline client_result of_end(ehlo::client_event const& e) {
  if (e.error() == ehlo::errc::peer_closing) return {"transient"};
  return of_error(e.error());
}

}  // namespace ehlo_test
