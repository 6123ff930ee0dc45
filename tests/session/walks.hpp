// SPDX-License-Identifier: BSL-1.0
// Whole sessions that together visit every state and ask every question, and a host that walks through them. Between
// any two calls an observer looks at the server, or does something that must not matter.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/server.hpp"

namespace ehlo_test {

struct walk {
  char const* name;
  ehlo::server_options options;
  std::vector<std::string_view> input;  ///< offered one after the other
  ehlo::tls_facts handshake{};
  bool implicit_tls = false;
  ehlo::reply_code greeting = 220;
  bool ends_cleanly = true;
};

inline constexpr std::array<std::string_view, 1> walk_verbs{"XTRA"};

inline ehlo::server_options everything() {
  using enum ehlo::capability;
  using q = ehlo::question;
  ehlo::server_options o{.hostname = "mx.example.org"};
  o.offer = {pipelining,          size, eightbitmime, binarymime, chunking,   starttls,  auth,
             enhancedstatuscodes, dsn,  smtputf8,     limits,     requiretls, deliverby, xclient,
             mt_priority,         etrn, vrfy,         expn,       help,       xforward};
  o.ask =
      q::greeting | q::hello | q::mail | q::rcpt | q::data | q::vrfy | q::expn | q::help | q::starttls | q::xforward;
  o.max_message_size = 60;
  o.auth_mechanisms = o.auth_mechanisms_cleartext = "PLAIN LOGIN XTEST";
  o.xclient_attributes = "NAME ADDR";
  o.xforward_attributes = "NAME";
  o.extra_verbs = walk_verbs;
  o.max_auth_failures = 9;
  return o;
}

inline ehlo::server_options lmtp_server() {
  ehlo::server_options o{.hostname = "mx.example.org", .lmtp = true};
  o.tolerances = ehlo::strict;
  return o;
}

inline ehlo::server_options plain_server() { return {.hostname = "mx.example.org", .max_message_size = 1000}; }

/// Every state, every question: the observers check that.
inline std::vector<walk> walks() {
  std::vector<walk> all;
  all.push_back({"everything",
                 everything(),
                 {"EHLO client.test\r\n",
                  "VRFY ann\r\nEXPN list\r\nHELP\r\nETRN example.org\r\nXTRA y\r\nXFORWARD NAME=x\r\n",
                  "NOOP\r\nRSET\r\nFOO\r\nLHLO x\r\n",
                  "AUTH LOGIN\r\n",
                  "dXNlcg==\r\n",
                  "d3Jvbmc=\r\n",  // user, wrong
                  "AUTH XTEST\r\n",
                  "bW9yZQ==\r\n",
                  "bW9yZQ==\r\n",
                  "bm8=\r\n",  // more, more, no
                  "AUTH PLAIN\r\n",
                  "*\r\n",
                  "AUTH XTEST bW9yZQ==\r\n",
                  "b2s=\r\n",  // more, ok
                  "MAIL FROM:<reject@example.org>\r\nMAIL FROM:<a@example.org> SIZE=10 RET=HDRS\r\n",
                  "RCPT TO:<reject@example.org>\r\nDATA\r\nRCPT TO:<b@example.org>\r\nNOOP\r\n",
                  "DATA\r\n",
                  "Subject: x\r\n\r\n..dots\r\n\x80 bare\n\r\n.\r\n",
                  "MAIL FROM:<>\r\nRCPT TO:<b@example.org>\r\nBDAT 5\r\n",
                  "hello",
                  "NOOP\r\nRSET\r\n",
                  "MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nBDAT 5\r\nhelloBDAT 5 LAST\r\nhello",
                  "MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n",
                  "REFUSE this\r\n",
                  "more\r\n.\r\n",
                  "MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nBDAT 5\r\nhelloBDAT 56\r\n",
                  "01234567890123456789012345678901234567890123456789012345",
                  "NOOP\r\nDATA\r\nRSET\r\nXCLIENT NAME=spike ADDR=192.0.2.1\r\n",
                  "EHLO client.test\r\nSTARTTLS\r\nNOOP\r\n",
                  "EHLO client.test\r\nQUIT\r\n"}});
  all.push_back(
      {"lmtp, then the connection ends in a message",
       lmtp_server(),
       {"LHLO client.test\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nRCPT "
        "TO:<c@example.org>\r\nDATA\r\n",
        "text\r\n.\r\n", "MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nRCPT TO:<c@example.org>\r\n",
        "BDAT 3 LAST\r\nabcMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n", "hal", "f"}});
  all.push_back({"turned away", everything(), {"EHLO client.test\r\nNOOP\r\n", "QUIT\r\n"}, {}, false, 554});
  all.push_back({"TLS not sufficient",
                 everything(),
                 {"EHLO client.test\r\nSTARTTLS\r\n", "EHLO client.test\r\n", "QUIT\r\n"},
                 {.sufficient = false}});
  all.push_back(
      {"implicit TLS not sufficient", everything(), {"EHLO client.test\r\nQUIT\r\n"}, {.sufficient = false}, true});
  all.push_back(
      {"connection lost in AUTH", everything(), {"EHLO client.test\r\nAUTH PLAIN\r\n", "AHVz"}, {}, false, 220, false});
  all.push_back({"connection lost between chunks",
                 plain_server(),
                 {"EHLO client.test\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nBDAT 3\r\nabc"}});
  return all;
}

/// What an observer may know.
struct place {
  ehlo::event_type told = ehlo::event_type::misuse;      ///< the last event; misuse: none yet
  ehlo::event_type question = ehlo::event_type::closed;  ///< the open question; closed: none
  bool in_message = false;                               ///< between message_begin and its end
  bool listed = false;                                   ///< reply_line() has begun the answer
  bool ended = false;                                    ///< end_of_input() was called
  ehlo::instant now{};
  [[nodiscard]] bool asked() const { return question != ehlo::event_type::closed; }
};

/// `Server` is any instance of basic_server. The observer has before() and after(server, place).
template <class Server, class Observer>
class walker {
 public:
  walker(walk const& w, Server& server, Observer& observer) : walk_{w}, server_{server}, observer_{observer} {}

  /// Returns everything that the session said and did.
  std::string run() {
    observer_.after(server_, place_);
    offer({});
    for (std::string_view const piece : walk_.input)
      for (std::size_t i = 0; i != piece.size(); ++i) offer(piece.substr(i, 1));
    if (place_.told != ehlo::event_type::closed) {
      place_.ended = true;
      call([&] { (void)server_.end_of_input(place_.now, walk_.ends_cleanly); });
      offer({});
    }
    return log_;
  }

 private:
  template <class F>
  void call(F f) {
    observer_.before();
    f();
    observer_.after(server_, place_);
  }

  void offer(std::string_view in) {
    using enum ehlo::event_type;
    for (int calls = 0; calls != 1000; ++calls) {
      ehlo::server_event e = next(in);
      log(e);
      if (e.is_question()) {
        answer(e);
        continue;
      }
      switch (e.type()) {
        case body:
          if (e.body().find('R') == 0) call([&] { (void)server_.reject({554, {5, 7, 1}, "refused"}); });
          break;
        case need_output: flush(); break;
        case need_tls: call([&] { (void)server_.tls_started(walk_.handshake); }); break;
        case need_input:
        case closed: flush(); return;
        default: break;
      }
    }
    log_ += "no progress\n";
  }

  ehlo::server_event next(std::string_view& in) {
    using enum ehlo::event_type;
    place_.now = place_.now + 1;
    observer_.before();
    ehlo::server_event const e = server_.next(in, place_.now);
    place_.told = e.type();
    if (e.is_question()) place_.question = e.type();
    if (e.type() == message_begin) place_.in_message = true;
    if (e.type() == message_end || e.type() == message_dropped) place_.in_message = false;
    observer_.after(server_, place_);
    return e;
  }

  void log(ehlo::server_event const& e) {
    log_ += std::to_string(static_cast<int>(e.type())) + " " + std::to_string(static_cast<int>(e.error())) + " " +
            std::string{e.raw()} + std::string{e.body()} + "\n";
  }

  void flush() {
    while (!server_.output().empty()) {
      std::size_t const size = (server_.output().size() + 1) / 2;
      log_ += server_.output().substr(0, size);
      call([&] { (void)server_.sent(size); });
    }
  }

  void accept(ehlo::reply const& reply) {
    place_.question = ehlo::event_type::closed;
    place_.listed = false;
    call([&] { (void)server_.accept(reply); });
  }
  void reject(ehlo::reply const& reply) {
    place_.question = ehlo::event_type::closed;
    call([&] { (void)server_.reject(reply); });
  }
  void challenge(std::string_view octets) {
    flush();
    place_.question = ehlo::event_type::closed;
    call([&] { (void)server_.challenge(octets); });
  }

  void answer(ehlo::server_event const& e) {
    using enum ehlo::event_type;
    ehlo::server_event const again = next_while_open();
    log(again);
    switch (e.type()) {
      case greeting: return walk_.greeting.is_success() ? accept({220}) : reject({walk_.greeting, {}, "go away"});
      case mail:
        return e.mail().from.local_part == "reject" ? reject({550, {5, 1, 8}}) : accept({250, {2, 1, 0}, "ok"});
      case rcpt: return e.rcpt().to.local_part == "reject" ? reject({550, {5, 1, 1}}) : accept({250, {2, 1, 5}, "ok"});
      case next_recipient: return reject({452, {4, 2, 2}, "full"});
      case credentials: return e.password() == "secret" ? accept({235, {2, 7, 0}}) : reject({535, {5, 7, 8}});
      case auth:
      case auth_response:
        if (e.response() == "ok") return accept({235});
        if (e.response() == "no") return reject({535, {5, 7, 8}});
        return challenge("more?");
      case expn:
        flush();
        call([&] { place_.listed = server_.reply_line("Ann <ann@example.org>") == ehlo::errc::ok; });
        return accept({250, {2, 1, 5}, "Bob <bob@example.org>"});
      case starttls: return accept({220, {2, 0, 0}, "go"});
      case xclient: return accept({220, {}, "again"});
      default: return accept({250, {2, 0, 0}, "fine"});
    }
  }

  /// With a question open, next() only says so.
  ehlo::server_event next_while_open() {
    std::string_view none;
    return next(none);
  }

  walk const& walk_;
  Server& server_;
  Observer& observer_;
  place place_;
  std::string log_;
};

}  // namespace ehlo_test
