// SPDX-License-Identifier: BSL-1.0
// Everything about a run that is chosen before it begins.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "dice.hpp"
#include "ehlo/client.hpp"
#include "ehlo/server.hpp"

namespace back_to_back {

/// In percent: how often the server's host does what.
struct policy {
  unsigned refuses_mail = 0;
  unsigned refuses_rcpt = 0;
  unsigned refuses_data = 0;
  unsigned refuses_message = 0;
  unsigned refuses_in_body = 0;
  unsigned refuses_other = 0;  ///< greeting, EHLO, STARTTLS, credentials
  unsigned closes = 0;         ///< a refusal is a 421, or the session is shut down
  unsigned fails_handshake = 0;
  std::size_t thinks = 0;  ///< milliseconds before an answer, at most
};

struct setting {
  ehlo::client_options client;
  ehlo::server_options server;
  struct policy policy;
  std::size_t capacity = 4096;  ///< of each direction of the wire
  bool reads_to_write = false;  ///< the client's host reads while it waits to write
  bool small_client = false;    ///< the least storage
  bool small_server = false;
  std::size_t delay = 0;  ///< of the wire, milliseconds at most
  unsigned aborts = 0;    ///< per thousand chances
  std::size_t transactions = 1;
  bool disturbed = false;  ///< octets are lost or put in on the way
};

class setting_maker {
 public:
  explicit setting_maker(dice& d) : dice_{d} {}

  setting make() {
    setting s;
    make_server(s.server);
    make_client(s.client, s.server.lmtp);
    make_policy(s.policy);
    s.delay = dice_.percent(50) ? 0 : dice_.size(2000);
    s.capacity = dice_.percent(50) ? 4096 : dice_.between(512, 4096);
    s.reads_to_write = dice_.percent(40);
    // A host that does not read while it writes must not have more under way than the wire holds (RFC 2920 3.1).
    s.client.flight_budget = static_cast<std::uint32_t>(s.reads_to_write ? dice_.between(512, 20000) : s.capacity);
    s.small_client = dice_.percent(50);
    s.small_server = dice_.percent(50);
    s.aborts = dice_.percent(20) ? 80 : 0;
    s.transactions = dice_.between(1, 5);
    return s;
  }

 private:
  void make_offer(ehlo::server_options& o) {
    using enum ehlo::capability;
    constexpr std::array free{pipelining, size,       eightbitmime, chunking,    enhancedstatuscodes,
                              dsn,        requiretls, deliverby,    mt_priority, limits,
                              etrn,       vrfy,       help,         starttls,    futurerelease};
    o.offer = {};
    for (ehlo::capability const c : free)
      if (dice_.percent(70)) o.offer.add(c);
    if (o.offer.has(chunking) && dice_.percent(60)) o.offer.add(binarymime);
    if (o.offer.has(eightbitmime) && dice_.percent(70)) o.offer.add(smtputf8);
    if (o.lmtp) o.offer.add(pipelining).add(enhancedstatuscodes);
  }
  void make_server(ehlo::server_options& o) {
    constexpr std::array presets{ehlo::interoperable, ehlo::interoperable, ehlo::strict, ehlo::lenient};
    constexpr std::array newlines{ehlo::bare_newline::by_preset, ehlo::bare_newline::reject,
                                  ehlo::bare_newline::normalize};
    using q = ehlo::question;
    o.hostname = "mx.example.org";
    o.lmtp = dice_.percent(20);
    make_offer(o);
    o.tolerances = dice_.of(presets);
    o.newline = dice_.of(newlines);
    o.ask = q::mail | q::rcpt;
    if (dice_.percent(30)) o.ask = o.ask | q::greeting | q::hello | q::starttls;
    if (dice_.percent(50)) o.ask = o.ask | q::data;
    if (dice_.percent(30)) o.max_message_size = dice_.between(1, 20000);
    o.max_recipients = static_cast<std::uint32_t>(dice_.between(100, 300));
    if (dice_.percent(10)) o.max_transactions = static_cast<std::uint32_t>(dice_.between(1, 4));
    if (dice_.percent(10)) o.max_recipient_domains = static_cast<std::uint32_t>(dice_.between(1, 4));
    o.max_errors = dice_.percent(90) ? std::uint16_t{0xFFFF} : static_cast<std::uint16_t>(dice_.between(1, 20));
    o.max_hold_seconds = 86400;
    o.max_hold_until = "2030-01-01T00:00:00Z";
    if (dice_.percent(10)) o.host_timeout = 500;
    if (dice_.percent(40)) {
      o.offer.add(ehlo::capability::auth);
      o.auth_mechanisms = o.auth_mechanisms_cleartext = dice_.percent(50) ? "LOGIN XTEST PLAIN" : "PLAIN LOGIN";
      o.require_auth = dice_.percent(30);
    }
    if (o.offer.has(ehlo::capability::starttls) && dice_.percent(20)) {
      o.require_tls = true;
      o.auth_mechanisms_cleartext = {};
    }
  }
  void make_client(ehlo::client_options& o, bool lmtp) {
    using enum ehlo::capability;
    constexpr std::array policies{ehlo::tls_policy::never, ehlo::tls_policy::opportunistic, ehlo::tls_policy::require};
    constexpr std::array mechanisms{"", "PLAIN", "LOGIN", "LOGIN PLAIN", "XTEST PLAIN", "XTEST"};
    constexpr std::array presets{ehlo::interoperable, ehlo::interoperable, ehlo::strict, ehlo::lenient};
    constexpr std::array ignorable{pipelining, size, eightbitmime, chunking, dsn, starttls, limits};
    o.hostname = "client.example.net";
    o.lmtp = lmtp;
    o.tls = dice_.of(policies);
    o.helo_only = !lmtp && o.tls != ehlo::tls_policy::require && dice_.percent(5);
    for (ehlo::capability const c : ignorable)
      if (dice_.percent(6)) o.ignored.add(c);
    o.mechanisms = dice_.of(mechanisms);
    if (o.mechanisms != "XTEST" && dice_.percent(90)) {
      o.user_name = "user@example.net";
      o.password = dice_.percent(90) ? "pass\xC3\xB6word" : "";
      if (dice_.percent(30)) o.authorization_identity = "boss";
    }
    o.auth_in_cleartext = dice_.percent(80);
    o.require_auth = !o.helo_only && dice_.percent(30);
    o.initial_response = dice_.percent(70);
    o.tolerances = dice_.of(presets);
    if (dice_.percent(30)) o.newline = ehlo::bare_newline::normalize;
    if (dice_.percent(30)) o.dsn = ehlo::when_not_offered::refuse;
    o.chunking = dice_.percent(50);
    o.chunk_size = static_cast<std::uint32_t>(dice_.percent(50) ? 1U << 20U : 1 + dice_.size(3000));
    o.chunks_in_flight = static_cast<std::uint8_t>(dice_.between(1, 6));
  }
  void make_policy(policy& p) {
    constexpr std::array<unsigned, 5> chances{0, 0, 3, 25, 100};
    p.refuses_mail = dice_.of(chances) / 2;
    p.refuses_rcpt = dice_.of(chances);
    p.refuses_data = dice_.of(chances) / 2;
    p.refuses_message = dice_.of(chances) / 2;
    p.refuses_in_body = dice_.percent(20) ? 20 : 0;
    p.refuses_other = dice_.percent(10) ? 30 : 0;
    p.closes = dice_.percent(10) ? 10 : 0;
    p.fails_handshake = dice_.percent(5) ? 50 : 0;
    p.thinks = dice_.percent(50) ? 0 : dice_.size(1000);
  }

  dice& dice_;
};

}  // namespace back_to_back
