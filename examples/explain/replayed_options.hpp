// SPDX-License-Identifier: BSL-1.0
// The options of a server or client, as far as what it has said tells them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "ehlo/client.hpp"
#include "ehlo/grammar/bdat_command.hpp"
#include "ehlo/grammar/ehlo_line.hpp"
#include "ehlo/server.hpp"
#include "ehlo/trace/dialogue.hpp"

namespace explain {

struct server_options {
  /// From what both sides said.
  server_options(std::string_view client, std::string_view server) {
    ehlo::trace::dialogue session;
    for (;;) {
      ehlo::trace::line const l = session.next(client, server);
      if (l.kind == ehlo::trace::line_kind::none) break;
      if (l.kind != ehlo::trace::line_kind::reply || l.text.size() < 4) continue;
      std::string_view const text = l.text.substr(4);
      if (l.phase == ehlo::reply_phase::greeting && hostname.empty()) {
        hostname = text.substr(0, text.find(' '));
        greeting = text.substr((std::min)(hostname.size() + 1, text.size()));
      }
      if (l.phase == ehlo::reply_phase::hello && l.code == 250) take(text, l.in_tls);
    }
    smtp.hostname = hostname;
    smtp.greeting = greeting;
    smtp.auth_mechanisms = mechanisms;
    smtp.auth_mechanisms_cleartext = mechanisms_in_clear_text;
    smtp.lmtp = session.is_lmtp();
    using enum ehlo::question;
    smtp.ask = mail | rcpt | data | vrfy | help | expn;
  }
  server_options(server_options const&) = delete;
  server_options& operator=(server_options const&) = delete;

  ehlo::server_options smtp{.hostname = {}, .offer = {}};

 private:
  void take(std::string_view text, bool in_tls) {
    ehlo::ehlo_keyword one;
    if (!parse_ehlo_keyword(text, one)) return;
    ehlo::service_offer offer;
    read_ehlo_line(text, {}, offer);
    for (ehlo::capability_keyword const& known : ehlo::capability_keywords)
      if (offer.keywords.has(known.what)) smtp.offer.add(known.what);
    if (offer.keywords.has(ehlo::capability::auth)) (in_tls ? mechanisms : mechanisms_in_clear_text) = one.parameters;
    if (offer.max_size != 0) smtp.max_message_size = offer.max_size;
    if (offer.rcpt_max != 0) smtp.max_recipients = static_cast<std::uint32_t>(offer.rcpt_max);
    if (offer.mail_max != 0) smtp.max_transactions = static_cast<std::uint32_t>(offer.mail_max);
  }

  std::string hostname, greeting, mechanisms, mechanisms_in_clear_text;
};

struct client_options {
  client_options(std::string_view client, std::string_view server) {
    ehlo::trace::dialogue session;
    bool ehlo_said = false;
    for (;;) {
      ehlo::trace::line const l = session.next(client, server);
      if (l.kind == ehlo::trace::line_kind::none) break;
      if (l.from != ehlo::trace::speaker::client) continue;
      if (l.verb == ehlo::verb::auth && l.shown > 5) {
        mechanism = l.text.substr(5, l.shown - 5);
        smtp.initial_response = l.text.size() > l.shown;
      }
      if (l.kind != ehlo::trace::line_kind::command) continue;
      if (l.phase == ehlo::reply_phase::hello && hostname.empty())
        hostname = l.text.substr((std::min)(l.text.size(), std::size_t{5}));
      ehlo_said = ehlo_said || l.verb == ehlo::verb::ehlo || l.verb == ehlo::verb::lhlo;
      if (l.verb == ehlo::verb::starttls) smtp.tls = ehlo::tls_policy::opportunistic;
      if (ehlo::bdat_command chunk; l.verb == ehlo::verb::bdat && parse_bdat(l.text, chunk) == ehlo::errc::ok) {
        smtp.chunking = true;
        smtp.chunk_size = (std::max)(smtp.chunk_size, static_cast<std::uint32_t>(chunk.size));
      }
    }
    smtp.hostname = hostname;
    smtp.mechanisms = mechanism;
    smtp.user_name = smtp.password = mechanism.empty() ? "" : "x";  // as in every recording
    smtp.lmtp = session.is_lmtp();
    smtp.helo_only = !ehlo_said;
  }
  client_options(client_options const&) = delete;
  client_options& operator=(client_options const&) = delete;

  ehlo::client_options smtp{.hostname = {}, .tls = ehlo::tls_policy::never, .auth_in_cleartext = true, .chunk_size = 1};

 private:
  std::string hostname, mechanism;
};

}  // namespace explain
