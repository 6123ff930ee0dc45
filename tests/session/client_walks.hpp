// SPDX-License-Identifier: BSL-1.0
// Whole client sessions that together visit every state and ask every question, and a host that walks through them.
// Between any two calls an observer looks at the client, or does something that must not matter.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/client.hpp"

namespace ehlo_test {

struct client_walk {
  char const* name;
  ehlo::client_options options;
  std::vector<std::string_view> replies;  ///< one whenever one is waited for; then the connection ends
  std::vector<std::string_view> plan;     ///< what to do when ready: `submit`, `abort` (submit, and give up), a command
  bool implicit_tls = false;
  bool tls_fails = false;
};

inline ehlo::client_options walking_client(bool auth, bool chunking, bool lmtp = false) {
  ehlo::client_options o{.hostname = "client.test", .lmtp = lmtp};
  if (auth) o.mechanisms = "XTEST";
  o.chunking = chunking;
  return o;
}

/// Every state, every question: the observers check that.
inline std::vector<client_walk> client_walks() {
  std::vector<client_walk> all;
  all.push_back(
      {"everything",
       walking_client(true, false),
       {"220 mx\r\n", "250-mx\r\n250-STARTTLS\r\n250 AUTH XTEST\r\n", "220 go\r\n",
        "250-mx\r\n250-PIPELINING\r\n250 AUTH XTEST\r\n", "334 d2hvPw==\r\n", "235 ok\r\n", "250 ok\r\n250 ok\r\n",
        "550 no\r\n354 go\r\n", "250 queued\r\n", "252 perhaps\r\n", "250 ok\r\n550 no\r\n550 no\r\n", "354 go\r\n",
        "250 thrown away\r\n", "250 ok\r\n250 ok\r\n250 ok\r\n", "451 no\r\n", "250 ok\r\n", "221 bye\r\n"},
       {"submit", "VRFY", "submit", "submit", "quit"}});
  all.push_back({"HELO, one command at a time, then the connection ends in the text",
                 walking_client(false, false),
                 {"220 mx\r\n", "500 what?\r\n", "250 mx\r\n", "250 ok\r\n", "250 ok\r\n", "550 no\r\n", "354 go\r\n"},
                 {"submit"}});
  all.push_back({"chunks, one refused",
                 walking_client(false, true),
                 {"220 mx\r\n", "250-mx\r\n250-PIPELINING\r\n250 CHUNKING\r\n", "250 ok\r\n250 ok\r\n250 ok\r\n",
                  "552 no\r\n", "503 no\r\n", "250 ok\r\n", "250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n", "250 ok\r\n"},
                 {"submit", "submit", "NOOP"}});
  all.push_back({"LMTP",
                 walking_client(false, false, true),
                 {"220 mx\r\n", "250-mx\r\n250 PIPELINING\r\n", "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n",
                  "250 delivered\r\n", "450 busy\r\n", "421 enough\r\n"},
                 {"submit", "NOOP"}});
  all.push_back({"given up", walking_client(false, false), {"220 mx\r\n", "250 mx\r\n", "250 ok\r\n"}, {"abort"}});
  all.push_back({"turned away", walking_client(false, false), {"554 no\r\n", "221 bye\r\n"}, {}});
  all.push_back({"the handshake fails",
                 walking_client(false, false),
                 {"220 mx\r\n", "250-mx\r\n250 STARTTLS\r\n", "220 go\r\n"},
                 {},
                 false,
                 true});
  all.push_back({"surplus", walking_client(false, false), {"220 mx\r\n", "250 mx\r\n250 mx\r\n"}, {}, true});
  return all;
}

/// What an observer may know.
struct client_place {
  ehlo::client_event_type told = ehlo::client_event_type::misuse;      ///< the last event; misuse: none yet
  ehlo::client_event_type question = ehlo::client_event_type::closed;  ///< the open question; closed: none
  bool in_transaction = false;                                         ///< between submit() and transaction_done
  bool ended = false;                                                  ///< end_of_input() was called
  bool answered = false;                                               ///< a call has answered what was told
  ehlo::instant now{};
  [[nodiscard]] bool asked() const { return question != ehlo::client_event_type::closed; }
};

/// The observer has before() and after(client, place).
template <class Client, class Observer>
class client_walker {
 public:
  client_walker(client_walk const& w, Client& client, Observer& observer)
      : walk_{w}, client_{client}, observer_{observer} {}

  /// Returns everything that the session said and did.
  std::string run() {
    observer_.after(client_, place_);
    for (int calls = 0; calls != 2000; ++calls) {
      ehlo::client_event const e = next(in_);
      log(e);
      if (e.type() == ehlo::client_event_type::closed) return log_;
      act(e);
    }
    return log_ + "no progress\n";
  }

 private:
  template <class F>
  void call(F f) {
    observer_.before();
    place_.answered = true;
    f();
    observer_.after(client_, place_);
  }

  ehlo::client_event next(std::string_view& in) {
    using enum ehlo::client_event_type;
    place_.now = place_.now + 1;
    observer_.before();
    ehlo::client_event const e = client_.next(in, place_.now);
    place_.told = e.type();
    place_.answered = false;
    if (e.type() == auth || e.type() == challenge) place_.question = e.type();
    if (e.type() == transaction_done) place_.in_transaction = false;
    observer_.after(client_, place_);
    return e;
  }

  void act(ehlo::client_event const& e) {
    using enum ehlo::client_event_type;
    switch (e.type()) {
      case need_input:
        flush();
        if (at_ != walk_.replies.size())
          in_ = walk_.replies[at_++];
        else
          end();
        break;
      case need_output: flush(); break;
      case need_body: body(); break;
      case need_tls:
        call([&] { (void)(walk_.tls_fails ? client_.tls_failed() : client_.tls_started({.verified = true})); });
        break;
      case auth:
      case challenge: answer(); break;
      case ready: begin(); break;
      default: break;
    }
  }

  void end() {
    place_.ended = true;
    call([&] { (void)client_.end_of_input(place_.now, false); });
  }

  void flush() {
    while (!client_.output().empty()) {
      std::size_t const size = (client_.output()[0].size() + 1) / 2;
      log_ += client_.output()[0].substr(0, size);
      call([&] { (void)client_.sent(size); });
    }
  }

  void body() {
    bool const last = pieces_++ % 3 == 2;
    call([&] { (void)client_.body(last ? "the end" : ".text\r\n", last); });
  }

  /// With a question open, next() only says so.
  void answer() {
    std::string_view none;
    log(next(none));
    place_.question = ehlo::client_event_type::closed;
    call([&] { (void)client_.respond("me"); });
  }

  void begin() {
    if (step_ == walk_.plan.size()) return end();
    std::string_view const what = walk_.plan[step_++];
    if (what == "quit") return call([&] { (void)client_.quit(); });
    if (what != "submit" && what != "abort") return call([&] { (void)client_.command(what, "x"); });
    to_ = {ehlo::recipient{.path = "b@example.org"}, ehlo::recipient{.path = "c@example.org"}};
    message_ = {.from = "a@example.org", .to = to_};
    pieces_ = 0;
    place_.in_transaction = true;
    call([&] { (void)client_.submit(message_); });
    if (what == "submit") return;
    flush_one();
    call([&] { (void)client_.abort(); });
  }
  void flush_one() {
    std::string_view none;
    log(next(none));
    flush();
  }

  void log(ehlo::client_event const& e) {
    log_ += std::to_string(static_cast<int>(e.type())) + " " + std::to_string(static_cast<int>(e.error())) + " " +
            std::string{e.reply().raw()} + "\n";
  }

  client_walk const& walk_;
  Client& client_;
  Observer& observer_;
  client_place place_;
  std::string_view in_;
  std::size_t at_ = 0;
  std::size_t step_ = 0;
  std::size_t pieces_ = 0;
  std::array<ehlo::recipient, 2> to_;
  ehlo::envelope message_;
  std::string log_;
};

}  // namespace ehlo_test
