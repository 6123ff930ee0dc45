// SPDX-License-Identifier: BSL-1.0
// The DNS within a poll() loop: questions are asked by c-ares and answered when what it waits for has come, while
// everything else goes on. One object for each loop. It follows no search list and repeats what gets lost. Whether
// DNSSEC has validated an answer it does not say: none is secure.
#pragma once

#include <poll.h>
#include <sys/time.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dns_message.hpp"
#include "ehlo/base/instant.hpp"
#include "ehlo/dns/answer.hpp"

namespace cares {

/// Who asks. It may be gone before its answers come.
class asker {
 public:
  virtual ~asker() = default;
  /// `lookup` and the question are as they were given to ask(). More may be asked at once; an answer that is known
  /// without asking comes before ask() returns.
  virtual void answered(unsigned lookup, ehlo::dns_question const& question, ehlo::dns_answer const& answer) = 0;
};

class dns_loop {
 public:
  /// `servers`: as in `192.0.2.53:53,192.0.2.54`; empty: those of the system.
  explicit dns_loop(std::string const& servers) {
    static int const library = ares_library_init(ARES_LIB_INIT_ALL);  // once for all threads
    ares_options options{};
    options.flags = ARES_FLAG_EDNS;  // keys do not fit into 512 octets, and are spared a connection by TCP
    options.ednspsz = 1232;
    options.timeout = 2000;
    options.tries = 3;
    options.sock_state_cb = watch;
    options.sock_state_cb_data = this;
    error_ = library;
    int const given = ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    if (error_ == ARES_SUCCESS) error_ = ares_init_options(&channel_, &options, given);
    if (error_ == ARES_SUCCESS && !servers.empty()) error_ = ares_set_servers_ports_csv(channel_, servers.c_str());
  }
  dns_loop(dns_loop const&) = delete;
  dns_loop& operator=(dns_loop const&) = delete;
  ~dns_loop() {
    if (channel_ != nullptr) ares_destroy(channel_);
  }
  /// Empty if it can be used.
  [[nodiscard]] std::string error() const { return error_ == ARES_SUCCESS ? "" : ares_strerror(error_); }

  void ask(std::weak_ptr<asker> who, unsigned lookup, ehlo::dns_question const& question) {
    auto* const one = new query{*this, std::move(who), lookup, question, {}, {}};
    std::string name;
    for (char const c : question.name) name.append(c == '\\' ? "\\" : "").append(1, c);
    one->ask(name);
  }

  /// What to poll for.
  void add_to(std::vector<pollfd>& polled) {
    polled.insert(polled.end(), sockets_.begin(), sockets_.end());
    polled_ = sockets_.size();
  }
  [[nodiscard]] ehlo::instant due(ehlo::instant now) const {
    timeval left{};
    if (open_ == 0 || ares_timeout(channel_, nullptr, &left) == nullptr) return {INT64_MAX};
    return now + (std::int64_t{left.tv_sec} * 1000 + (left.tv_usec + 999) / 1000);
  }
  /// Takes its entries from the front of what poll() has answered, and repeats what has waited for too long.
  void proceed(pollfd const*& polled) {
    for (; polled_ != 0; --polled_, ++polled) {
      bool const readable = (polled->revents & ~POLLOUT) != 0;
      bool const writable = (polled->revents & ~POLLIN) != 0;
      if (readable || writable)
        ares_process_fd(channel_, readable ? polled->fd : ARES_SOCKET_BAD, writable ? polled->fd : ARES_SOCKET_BAD);
    }
    if (open_ != 0) ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  }

 private:
  /// More questions than this have no answer: those whose askers have gone are open, too, for a while.
  static constexpr std::size_t most_open = 10'000;

  /// Lives until its answer has come.
  struct query {
    dns_loop& loop;
    std::weak_ptr<asker> who;
    unsigned lookup;
    ehlo::dns_question question;
    dns_reply reply;
    std::string asked;

    void ask(std::string_view name) {
      asked = name;
      if (loop.open_++ < most_open)
        ares_query(loop.channel_, asked.c_str(), 1, static_cast<int>(question.type), answered, this);
      else
        answered(this, ARES_ETIMEOUT, 0, nullptr, 0);
    }
    static void answered(void* self, int status, int, unsigned char* octets, int size) {
      std::unique_ptr<query> me{static_cast<query*>(self)};
      --me->loop.open_;
      std::shared_ptr<asker> const who = me->who.lock();
      if (who == nullptr) return;
      if (me->reply.take(me->question.type, me->asked, status, octets, size))
        who->answered(me->lookup, me->question, me->reply.answer());
      else
        me.release()->ask(std::string{me->reply.name()});
    }
  };

  static void watch(void* self, ares_socket_t socket, int reads, int writes) {
    std::vector<pollfd>& all = static_cast<dns_loop*>(self)->sockets_;
    std::erase_if(all, [socket](pollfd const& one) { return one.fd == socket; });
    auto const events = static_cast<short>((reads != 0 ? POLLIN : 0) | (writes != 0 ? POLLOUT : 0));
    if (events != 0) all.push_back({socket, events, 0});
  }

  ares_channel channel_ = nullptr;
  int error_ = ARES_SUCCESS;
  std::vector<pollfd> sockets_;
  std::size_t polled_ = 0;  ///< of them, how many the last poll() is about
  std::size_t open_ = 0;
};

}  // namespace cares
