// SPDX-License-Identifier: BSL-1.0
// The questions of a look-up, asked by c-ares: all that can be asked at once, each answer handed in when it comes. It
// follows no search list and repeats what gets lost. Whether DNSSEC has validated an answer it does not say: none is
// secure.
#pragma once

#include <sys/select.h>

#include <string>
#include <string_view>

#include "dns_message.hpp"
#include "ehlo/route/mx_lookup.hpp"

namespace sending {

namespace route = ehlo::route;

class resolver {
 public:
  /// `servers`: as in `192.0.2.53:53,192.0.2.54`; empty: those of the system.
  explicit resolver(std::string const& servers) {
    ares_options options{};
    options.timeout = 3000;
    options.tries = 3;
    error_ = ares_library_init(ARES_LIB_INIT_ALL);
    if (error_ == ARES_SUCCESS) error_ = ares_init_options(&channel_, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
    if (error_ == ARES_SUCCESS && !servers.empty()) error_ = ares_set_servers_ports_csv(channel_, servers.c_str());
  }
  resolver(resolver const&) = delete;
  resolver& operator=(resolver const&) = delete;
  ~resolver() {
    if (channel_ != nullptr) ares_destroy(channel_);
    ares_library_cleanup();
  }
  /// Empty if it can be used.
  [[nodiscard]] std::string error() const { return error_ == ARES_SUCCESS ? "" : ares_strerror(error_); }

  /// Asks and answers until the look-up is done.
  void finish(route::mx_lookup_core& lookup) {
    while (!lookup.done()) {
      while (ehlo::dns_question const q = lookup.ask()) (new query{channel_, lookup, q, {}, {}})->ask(q.name);
      if (!lookup.done()) wait();
    }
  }

 private:
  /// Lives until its answer has come, which may be at once.
  struct query {
    ares_channel channel;
    route::mx_lookup_core& lookup;
    ehlo::dns_question question;
    cares::dns_reply reply;
    std::string asked;

    void ask(std::string_view name) {
      asked = name;
      ares_query(channel, asked.c_str(), 1, static_cast<int>(question.type), answered, this);
    }
    static void answered(void* self, int status, int, unsigned char* octets, int size) {
      auto* const me = static_cast<query*>(self);
      if (!me->reply.take(me->question.type, me->asked, status, octets, size)) return me->ask(me->reply.name());
      static_cast<void>(me->lookup.answer(me->question, me->reply.answer()));
      delete me;
    }
  };

  void wait() {
    fd_set readable, writable;
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    int const count = ares_fds(channel_, &readable, &writable);
    timeval longest{};
    timeval* const patience = ares_timeout(channel_, nullptr, &longest);
    select(count, &readable, &writable, nullptr, patience);
    ares_process(channel_, &readable, &writable);
  }

  ares_channel channel_ = nullptr;
  int error_ = ARES_SUCCESS;
};

}  // namespace sending
