// SPDX-License-Identifier: BSL-1.0
// ehlo-io_uring-server: ehlo-serve by completions, on Linux's io_uring (ring.hpp). The kernel is told once to accept,
// and once for each connection to receive. What comes lies in a buffer of the pool, is seen there by the engine, and
// goes from there into the file; replies go out from where the engine has written them.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <utility>

#include "listener.hpp"
#include "ring.hpp"
#include "serve_options.hpp"
#include "session.hpp"
#include "start.hpp"

namespace {

using ehlo::instant;
using serve::completion, serve::never, serve::now;

/// What was begun: the lowest bits of an id. Above them is the address of the connection that has begun it.
enum class task : std::uintptr_t { none, stop, accept, receive, send };
constexpr std::uintptr_t task_bits = 7;
constexpr task task_of(std::uintptr_t id) { return static_cast<task>(id & task_bits); }

/// It lives as long as one of its operations does: the kernel reads its output, and the ids are its address.
class connection {
 public:
  connection(serve::ring& ring, serve::service& with, int socket, std::string label)
      : ring_{ring}, socket_{socket}, session_{with, serve::peer_address(socket).host, std::move(label), now()} {}
  connection(connection const&) = delete;
  connection& operator=(connection const&) = delete;
  ~connection() { close(socket_); }

  static connection& of(std::uintptr_t id) { return *reinterpret_cast<connection*>(id & ~task_bits); }

  [[nodiscard]] bool done() const { return session_.gone() && !receiving_ && !sending_; }
  [[nodiscard]] instant due() const { return session_.gone() ? never : session_.deadline(); }

  void received(completion const& c) {
    receiving_ = c.more;
    // What comes unasked is taken, too, but it has to be kept: no more of it.
    if (receiving_ && !session_.reads()) ring_.cancel(id(task::receive));
    if (c.result > 0)
      session_.receive(c.octets, now());
    else if (c.result != -ENOBUFS && c.result != -ECANCELED)
      session_.end_of_input(c.result == 0, now());
  }
  void sent(int result) {
    sending_ = false;
    if (result >= 0)
      session_.sent(static_cast<std::size_t>(result), now());
    else
      session_.end_of_input(false, now());
  }
  void on_deadline() {
    if (now() >= due()) session_.on_deadline(now());
  }
  void stop() { session_.shutdown(now()); }
  void give_up() { session_.end_of_input(false, now()); }

  /// What each of these is followed by: begins what the session wants now.
  void proceed() {
    if (session_.gone()) return cancel();
    if (!receiving_ && session_.reads()) {
      ring_.receive(id(task::receive), socket_);
      receiving_ = true;
    }
    if (!sending_ && !session_.output().empty()) {
      ring_.send(id(task::send), socket_, session_.output());
      sending_ = true;
    }
    if (session_.finished() && !std::exchange(half_closed_, true)) shutdown(socket_, SHUT_WR);
  }

 private:
  [[nodiscard]] std::uintptr_t id(task what) const {
    static_assert(alignof(connection) > task_bits);
    return reinterpret_cast<std::uintptr_t>(this) | static_cast<std::uintptr_t>(what);
  }
  void cancel() {
    if (receiving_) ring_.cancel(id(task::receive));
    if (sending_) ring_.cancel(id(task::send));
  }

  serve::ring& ring_;
  int socket_;
  bool receiving_ = false;
  bool sending_ = false;
  bool half_closed_ = false;
  serve::session session_;

 public:
  std::list<connection>::iterator place;  ///< the loop's
};

class loop {
 public:
  loop(serve::options const& options, serve::resources& opened, int stop, int listener)
      : service_{options, opened.box, opened.context()}, listener_{listener} {
    ring_.watch(id(task::stop), stop);
    accept();
  }

  void run() {
    while (!stopping() || accepting_ || !open_.empty()) {
      instant const next = next_look();
      ring_.wait(next == never ? -1 : (std::clamp<ehlo::milliseconds>)(next - now(), 0, 3'600'000));
      ring_.complete([this](completion const& c) { take(c); });
      if (now() >= next_look()) look();
    }
  }

 private:
  static constexpr ehlo::milliseconds least_wait = 100;
  static constexpr std::uintptr_t id(task what) { return static_cast<std::uintptr_t>(what); }

  void take(completion const& c) {
    switch (task_of(c.id)) {
      case task::none: return;  // a cancel(): what it has ended says so itself
      case task::stop: return stop();
      case task::accept: return accepted(c);
      case task::receive: connection::of(c.id).received(c); break;
      case task::send: connection::of(c.id).sent(c.result); break;
    }
    proceed(connection::of(c.id));
  }
  void proceed(connection& c) {
    c.proceed();
    if (c.done())
      open_.erase(c.place);
    else
      earliest_ = (std::min)(earliest_, c.due());
  }

  void accept() {
    ring_.accept(id(task::accept), listener_);
    accepting_ = true;
  }
  void accepted(completion const& c) {
    accepting_ = c.more;
    if (c.result >= 0) {
      serve::send_at_once(c.result);
      connection& added = open_.emplace_front(ring_, service_, c.result, "#" + std::to_string(++count_) + " ");
      added.place = open_.begin();
      if (stopping()) added.stop();
      proceed(added);
    }
    if (accepting_ || stopping()) return;
    if (c.result >= 0 || c.result == -ECONNABORTED) return accept();
    // Without a free descriptor the connection stays in the queue: it is tried again, but not at once.
    accept_again_ = now() + ehlo::one_second;
    earliest_ = (std::min)(earliest_, accept_again_);
  }

  /// Deadlines move with all that happens, so they are kept in no order: when the earliest of them may have come, all
  /// are looked at, but not all the time.
  [[nodiscard]] instant next_look() const { return (std::max)(earliest_, looked_ + least_wait); }
  void look() {
    looked_ = now();
    bool const over = looked_ >= end_;
    earliest_ = over ? never : end_;
    for (auto next = open_.begin(); next != open_.end();) {
      connection& c = *next++;
      over ? c.give_up() : c.on_deadline();
      proceed(c);
    }
    if (accepting_ || stopping()) return;
    if (looked_ >= accept_again_) return accept();
    earliest_ = (std::min)(earliest_, accept_again_);
  }

  [[nodiscard]] bool stopping() const { return end_ != never; }
  void stop() {
    end_ = now() + serve::shutdown_time;
    earliest_ = (std::min)(earliest_, end_);
    if (accepting_) ring_.cancel(id(task::accept));
    close(listener_);
    for (auto next = open_.begin(); next != open_.end();) {
      connection& c = *next++;
      c.stop();
      proceed(c);
    }
  }

  serve::ring ring_;
  serve::service service_;
  std::list<connection> open_;
  int listener_;
  bool accepting_ = false;
  unsigned count_ = 0;
  instant accept_again_{};
  instant earliest_ = never;  ///< no deadline is before it
  instant looked_{};
  instant end_ = never;  ///< when the shutdown stops waiting
};

}  // namespace

int main(int count, char** arguments) {
  serve::options const options = serve::parse_arguments(count, arguments);
  serve::refuse_what_only_ehlo_serve_does(options);
  serve::resources opened{options};
  serve::stop_signal const stop;
  int const listener = serve::listen_on(options.listen);
  loop connections{options, opened, stop.descriptor(), listener};
  serve::announce(options, listener);
  connections.run();
}
