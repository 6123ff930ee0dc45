// SPDX-License-Identifier: BSL-1.0
// ehlo-libuv-client: ehlo-send on the loop of libuv. What is sent, and TLS, is the same (send_session.hpp); here one
// thing at a time is under way, and the callback that ends it asks what is next. Its deadline is a timer's. Options:
// send_options.hpp, or --help.
#include <uv.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "send_options.hpp"
#include "send_queue.hpp"
#include "send_session.hpp"
#include "send_stream.hpp"
#include "tls.hpp"

namespace {

using ehlo::instant;
using sending::task;

class client {
 public:
  client(uv_loop_t* loop, sending::send_queue& all, tls::context const* context)
      : loop_{loop}, all_{all}, context_{context} {
    uv_timer_init(loop_, &timer_);
    lookup_.data = connecting_.data = socket_.data = timer_.data = write_.data = this;
    connect();
  }

 private:
  template <class Handle>
  static client& of(Handle const* h) {
    return *static_cast<client*>(h->data);
  }

  /// DNS is the host's: here the system's resolver does it, in a thread of libuv's. A relay would ask for MX records.
  void connect() {
    if (!all_.wants_connection()) return uv_close(handle(timer_), nullptr);
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    failures_.clear();
    auto const done = [](uv_getaddrinfo_t* l, int error, addrinfo* found) { of(l).resolved(error, found); };
    int const error = uv_getaddrinfo(loop_, &lookup_, done, all_.o.host.c_str(), all_.o.port.c_str(), &hints);
    if (error != 0) resolved(error, nullptr);
  }
  void resolved(int error, addrinfo* found) {
    found_ = found;
    if (error == 0) return try_address(found);
    using enum ehlo::trace::transport_failure;
    auto const how = error == UV_EAI_NONAME    ? name_not_found
                     : error == UV_EAI_NODATA  ? no_address
                     : error == UV_EAI_SERVICE ? none
                                               : name_server_failed;
    all_.not_connected(all_.o.host + ":" + all_.o.port + ": " + uv_strerror(error), how);
    connect();
  }

  /// One after the other, in their order (RFC 6724), until one answers.
  void try_address(addrinfo* a) {
    address_ = a;
    if (a == nullptr) {
      uv_freeaddrinfo(found_);
      all_.not_connected(failures_, failure_);
      return connect();
    }
    uv_tcp_init(loop_, &socket_);
    uv_tcp_nodelay(&socket_, 1);
    auto const done = [](uv_connect_t* c, int error) { of(c).connected(error); };
    int const error = uv_tcp_connect(&connecting_, &socket_, a->ai_addr, done);
    if (error != 0) return connected(error);
    fire_in(all_.o.connect_timeout);
  }
  void connected(int error) {
    if (is_closing()) return;
    if (error != 0) {
      failures_ += (failures_.empty() ? "" : "; ") + sending::address_text(*address_) + ": " + uv_strerror(error);
      failure_ = sending::failure_of(-error);
      return close();
    }
    all_.note("connected to " + sending::address_text(*address_));
    uv_freeaddrinfo(found_);
    session_.emplace(all_, context_, now());
    proceed();
  }

  /// What every callback ends with.
  void proceed() {
    task const what = session_->next(now());
    if (what == task::close) return close();
    fire_in(session_->deadline() - now());
    if (!writing_) what == task::write ? write() : read();
  }

  void read() {
    auto const lend_buffer = [](uv_handle_t* h, std::size_t, uv_buf_t* to) {
      *to = uv_buf_init(of(h).buffer_.data(), static_cast<unsigned>(of(h).buffer_.size()));
    };
    uv_read_start(stream(), lend_buffer, take_octets);
  }
  static void take_octets(uv_stream_t* from, ssize_t count, uv_buf_t const* octets) {
    client& c = of(from);
    if (count == 0) return;
    uv_read_stop(from);  // what is in the buffer is not all used yet
    if (count > 0)
      c.session_->received({octets->base, static_cast<std::size_t>(count)});
    else
      c.session_->end_of_input(count == UV_EOF, c.now());
    c.proceed();
  }

  /// From where the octets are: they stay there until they were sent.
  void write() {
    std::vector<uv_buf_t> list;
    size_ = 0;
    for (std::string_view const view : session_->output()) {
      list.push_back(uv_buf_init(const_cast<char*>(view.data()), static_cast<unsigned>(view.size())));
      size_ += view.size();
    }
    auto const done = [](uv_write_t* w, int error) { of(w).written(error); };
    writing_ = true;
    int const error = uv_write(&write_, stream(), list.data(), static_cast<unsigned>(list.size()), done);
    if (error != 0) written(error);
  }
  void written(int error) {
    writing_ = false;
    if (is_closing()) return;
    if (error == 0)
      session_->sent(size_);
    else
      session_->write_failed(now());
    proceed();
  }

  void fire_in(ehlo::milliseconds time) {
    auto const fired = [](uv_timer_t* t) { of(t).on_timer(); };
    uv_timer_start(&timer_, fired, static_cast<std::uint64_t>((std::max)(time, ehlo::milliseconds{0})), 0);
  }
  void on_timer() {
    if (!session_) return connected(UV_ETIMEDOUT);
    // All of it may have gone before written() can say so; and whether it has decides what an end means.
    if (writing_ && uv_stream_get_write_queue_size(stream()) == 0) return;
    session_->on_deadline(now());
    proceed();
  }

  /// To the next address, or the next connection.
  void close() {
    uv_timer_stop(&timer_);
    uv_close(handle(socket_), [](uv_handle_t* h) {
      client& c = of(h);
      if (!c.session_) return c.try_address(c.address_->ai_next);
      c.session_.reset();
      c.connect();
    });
  }

  template <class Handle>
  static uv_handle_t* handle(Handle& h) {
    return reinterpret_cast<uv_handle_t*>(&h);
  }
  [[nodiscard]] uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&socket_); }
  [[nodiscard]] bool is_closing() { return uv_is_closing(handle(socket_)) != 0; }
  /// Not uv_now(): that is when the loop woke up, and a file may have taken its time since.
  [[nodiscard]] static instant now() { return {static_cast<std::int64_t>(uv_hrtime() / 1'000'000)}; }

  uv_loop_t* loop_;
  sending::send_queue& all_;
  tls::context const* context_;
  uv_getaddrinfo_t lookup_;
  uv_connect_t connecting_;
  uv_tcp_t socket_;
  uv_timer_t timer_;
  uv_write_t write_;
  addrinfo* found_ = nullptr;
  addrinfo* address_ = nullptr;               ///< the one that is tried
  std::string failures_;                      ///< of those before it
  ehlo::trace::transport_failure failure_{};  ///< of the one before it
  std::optional<sending::session> session_;
  std::size_t size_ = 0;  ///< of what is being written
  bool writing_ = false;
  std::array<char, 16384> buffer_;
};

}  // namespace

int main(int count, char** arguments) {
  sending::options o;
  sending::parse_arguments(o, count, arguments);
  sending::refuse_what_only_ehlo_send_does(o);
  std::signal(SIGPIPE, SIG_IGN);
  sending::send_queue all{o};
  std::optional<tls::context> const context = sending::tls_context(o);
  client one{uv_default_loop(), all, context ? &*context : nullptr};
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  uv_loop_close(uv_default_loop());
  return all.finish();
}
