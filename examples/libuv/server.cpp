// SPDX-License-Identifier: BSL-1.0
// ehlo-libuv-server: ehlo-serve on the loop of libuv. What a session is, is the same (session.hpp); here its octets
// come by one callback, go out from where the engine has written them, and its deadline is a timer's. Each connection
// is owned by the loop: it ends when its handles are closed. Options: serve_options.hpp, or --help.
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "listener.hpp"
#include "serve_options.hpp"
#include "session.hpp"
#include "start.hpp"

namespace {

using ehlo::instant;
using serve::never;

/// What a handle is, as far as libuv's functions for all of them are concerned.
template <class Handle>
uv_handle_t* handle(Handle& h) {
  return reinterpret_cast<uv_handle_t*>(&h);
}
/// Whose it is.
template <class Owner, class Handle>
Owner& of(Handle const* h) {
  return *static_cast<Owner*>(h->data);
}

/// What the connections of the loop share: whoever reads is done with the buffer before the next one does.
struct shared {
  serve::service service;
  std::array<char, 65536> buffer{};
  unsigned count = 0;
};

class connection {
 public:
  connection(uv_loop_t& loop, shared& with, int socket)
      : shared_{with},
        session_{with.service, serve::peer_address(socket).host, "#" + std::to_string(++with.count) + " ", now()} {
    uv_tcp_init(&loop, &socket_);
    uv_timer_init(&loop, &timer_);
    socket_.data = timer_.data = this;
    uv_tcp_open(&socket_, socket);
    proceed();
  }

  void stop() {
    if (closing()) return;
    session_.shutdown(now());
    proceed();
  }
  void close() {
    if (closing()) return;
    uv_timer_stop(&timer_);
    uv_close(handle(socket_), [](uv_handle_t* socket) {
      uv_close(handle(of<connection>(socket).timer_), [](uv_handle_t* timer) { delete &of<connection>(timer); });
    });
  }

 private:
  /// What every callback ends with: the loop learns what the session wants now.
  void proceed() {
    while (in_flight_ == 0 && !session_.output().empty()) write();
    if (session_.gone()) return close();
    if (session_.finished() && !std::exchange(half_closed_, true))
      uv_shutdown(&request_.shutdown, stream(), [](uv_shutdown_t*, int) {});
    if (session_.reads())
      uv_read_start(stream(), lend_buffer, take_octets);
    else
      uv_read_stop(stream());
    watch();
  }

  static void lend_buffer(uv_handle_t* h, std::size_t, uv_buf_t* to) {
    std::array<char, 65536>& buffer = of<connection>(h).shared_.buffer;
    *to = uv_buf_init(buffer.data(), static_cast<unsigned>(buffer.size()));
  }
  static void take_octets(uv_stream_t* from, ssize_t count, uv_buf_t const* octets) {
    connection& c = of<connection>(from);
    if (count > 0)
      c.session_.receive({octets->base, static_cast<std::size_t>(count)}, c.now());
    else if (count < 0)
      c.session_.end_of_input(count == UV_EOF, c.now());
    c.proceed();
  }

  /// What does not go at once is in flight, and nothing else until it has gone.
  void write() {
    std::string_view const out = session_.output();
    uv_buf_t const octets = uv_buf_init(const_cast<char*>(out.data()), static_cast<unsigned>(out.size()));
    int result = uv_try_write(stream(), &octets, 1);
    if (result >= 0) return session_.sent(static_cast<std::size_t>(result), now());
    if (result == UV_EAGAIN) {
      request_.write.data = this;
      result = uv_write(&request_.write, stream(), &octets, 1,
                        [](uv_write_t* r, int status) { of<connection>(r).written(status); });
      if (result == 0) in_flight_ = out.size();
    }
    if (result < 0) session_.end_of_input(false, now());
  }
  void written(int status) {
    std::size_t const count = std::exchange(in_flight_, 0);
    if (closing()) return;
    if (status == 0)
      session_.sent(count, now());
    else
      session_.end_of_input(false, now());
    proceed();
  }

  /// A deadline that has moved on lets the timer fire once for nothing, which is cheaper than to move it each time.
  void watch() {
    instant const due = session_.deadline();
    if (due >= armed_) return;
    armed_ = due;
    std::int64_t const left = (std::max)(due - now(), ehlo::milliseconds{0});
    uv_timer_start(
        &timer_, [](uv_timer_t* t) { of<connection>(t).on_timer(); }, static_cast<std::uint64_t>(left), 0);
  }
  void on_timer() {
    armed_ = never;
    session_.on_deadline(now());
    proceed();
  }

  [[nodiscard]] uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&socket_); }
  [[nodiscard]] bool closing() { return uv_is_closing(handle(socket_)) != 0; }
  /// Not uv_now(): that is when the loop woke up, and a file may have taken its time since.
  [[nodiscard]] static instant now() { return {static_cast<std::int64_t>(uv_hrtime() / 1'000'000)}; }

  shared& shared_;
  serve::session session_;
  uv_tcp_t socket_;
  uv_timer_t timer_;
  union {
    uv_write_t write;
    uv_shutdown_t shutdown;  // when there is nothing more to write
  } request_;
  instant armed_ = never;      ///< when the timer fires
  std::size_t in_flight_ = 0;  ///< octets that uv_write has taken
  bool half_closed_ = false;
};

class host {
 public:
  host(serve::options const& o, serve::resources& with, int listener)
      : shared_{{o, with.box, with.context()}}, socket_{listener} {
    uv_loop_init(&loop_);
    uv_poll_init(&loop_, &listener_, listener);
    uv_timer_init(&loop_, &timer_);
    for (uv_signal_t& s : signals_) uv_signal_init(&loop_, &s);
    listener_.data = this;
    for (uv_handle_t* const h : helpers()) h->data = this;
    for (uv_signal_t& s : signals_) uv_unref(handle(s));  // they do not keep the loop running
    uv_signal_start(
        &signals_[0], [](uv_signal_t* s, int) { of<host>(s).stop(); }, SIGTERM);
    uv_signal_start(
        &signals_[1], [](uv_signal_t* s, int) { of<host>(s).stop(); }, SIGINT);
    listen();
  }

  /// Returns when the last connection has gone; false if something was left open.
  bool run() {
    uv_run(&loop_, UV_RUN_DEFAULT);
    for (uv_handle_t* const h : helpers()) uv_close(h, nullptr);
    uv_run(&loop_, UV_RUN_DEFAULT);
    return uv_loop_close(&loop_) == 0;
  }

 private:
  std::array<uv_handle_t*, 3> helpers() { return {handle(timer_), handle(signals_[0]), handle(signals_[1])}; }

  /// Not uv_listen(), which without a free descriptor closes what waits: here it goes on waiting, for a while.
  void listen() {
    uv_poll_start(&listener_, UV_READABLE, [](uv_poll_t* h, int, int) { of<host>(h).accept_all(); });
  }
  void accept_all() {
    for (;;) {
      int const socket = accept4(socket_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (socket < 0) break;
      serve::send_at_once(socket);
      new connection{loop_, shared_, socket};
    }
    if (serve::would_block() || errno == ECONNABORTED) return;
    uv_poll_stop(&listener_);
    uv_timer_start(
        &timer_, [](uv_timer_t* t) { of<host>(t).listen(); }, ehlo::one_second, 0);
  }

  void stop() {
    if (std::exchange(stopping_, true)) return;
    uv_close(handle(listener_), [](uv_handle_t* h) { ::close(of<host>(h).socket_); });
    for_all(&connection::stop);
    uv_unref(handle(timer_));
    uv_timer_start(
        &timer_, [](uv_timer_t* t) { of<host>(t).for_all(&connection::close); }, serve::shutdown_time, 0);
  }
  void for_all(void (connection::*what)()) {
    auto const call = [](uv_handle_t* h, void* member) {
      if (h->type == UV_TCP) (of<connection>(h).**static_cast<void (connection::**)()>(member))();
    };
    uv_walk(&loop_, call, &what);
  }

  shared shared_;
  int socket_;
  bool stopping_ = false;
  uv_loop_t loop_;
  uv_poll_t listener_;
  uv_timer_t timer_;  ///< until it accepts again; then until it waits no longer for those that do not go
  uv_signal_t signals_[2];
};

}  // namespace

int main(int count, char** arguments) {
  serve::options const options = serve::parse_arguments(count, arguments);
  serve::refuse_what_only_ehlo_serve_does(options);
  serve::resources resources{options};
  std::signal(SIGPIPE, SIG_IGN);
  int const listener = serve::listen_on(options.listen);
  host all{options, resources, listener};
  serve::announce(options, listener);
  return all.run() ? 0 : 1;
}
