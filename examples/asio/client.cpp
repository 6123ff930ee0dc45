// SPDX-License-Identifier: BSL-1.0
// ehlo-asio-client: ehlo-send with callbacks of Asio. What is sent is the same (delivery.hpp), TLS is Asio's own
// stream. One thing at a time is under way, and the callback that ends it asks what is next; a timer cancels it when
// its deadline has come. Options: send_options.hpp, or --help.
#include <asio.hpp>
#include <asio/ssl.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "delivery.hpp"
#include "ehlo/chrono.hpp"
#include "send_options.hpp"
#include "send_queue.hpp"
#include "tls.hpp"

namespace {

using asio::error_code, asio::ip::tcp;
using sending::task;
using clock_type = asio::steady_timer::clock_type;

ehlo::instant now() { return ehlo::to_instant(clock_type::now()); }

bool is_end(error_code e) { return e == asio::error::eof || e == asio::ssl::error::stream_truncated; }

class client {
 public:
  client(asio::io_context& io, sending::send_queue& all, asio::ssl::context& context)
      : all_{all}, context_{context}, resolver_{io}, socket_{io}, timer_{io} {
    connect();
  }

 private:
  /// DNS is the host's: here the system's resolver does it, in a thread of Asio's. A relay would ask for MX records.
  void connect() {
    timer_.cancel();
    if (!all_.wants_connection()) return;
    failures_.clear();
    resolver_.async_resolve(all_.o.host, all_.o.port, [this](error_code e, tcp::resolver::results_type const& found) {
      if (!e) return try_address(found.begin());
      using enum ehlo::trace::transport_failure;
      auto const how = e == asio::error::host_not_found      ? name_not_found
                       : e == asio::error::no_data           ? no_address
                       : e == asio::error::service_not_found ? none
                                                             : name_server_failed;
      all_.not_connected(all_.o.host + ":" + all_.o.port + ": " + e.message(), how);
      connect();
    });
  }

  /// One after the other, in their order (RFC 6724), until one answers.
  void try_address(tcp::resolver::iterator at) {
    if (at == tcp::resolver::iterator{}) {
      all_.not_connected(failures_, failure_);
      return connect();
    }
    socket_.async_connect(*at, [this, at](error_code e) {
      std::string const where = text_of(at->endpoint());
      if (!e) return connected(where);
      if (e == asio::error::operation_aborted) e = asio::error::timed_out;
      failures_ += (failures_.empty() ? "" : "; ") + where + ": " + e.message();
      failure_ = sending::failure_of(e.value());
      socket_.close(e);
      try_address(std::next(at));
    });
    cancel_in(all_.o.connect_timeout);
  }
  static std::string text_of(tcp::endpoint const& e) {
    std::string const host = e.address().to_string();
    return (e.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(e.port());
  }
  void connected(std::string const& where) {
    all_.note("connected to " + where);
    error_code ignored;
    socket_.set_option(tcp::no_delay{true}, ignored);
    mail_.emplace(all_, now());
    proceed();
  }

  /// What every callback ends with.
  void proceed() {
    task const what = mail_->next(now());
    if (what == task::close) return say_goodbye();
    if (what == task::handshake) shake_hands();
    if (what == task::read) tls_ ? read(*tls_) : read(socket_);
    if (what == task::write) tls_ ? write(*tls_) : write(socket_);
    cancel_in(mail_->deadline() - now());
  }

  template <class Stream>
  void read(Stream& from) {
    from.async_read_some(asio::buffer(buffer_), [this](error_code e, std::size_t count) {
      if (count != 0)
        mail_->received({buffer_.data(), count});
      else if (e == asio::error::operation_aborted)
        mail_->on_deadline(now());
      else
        mail_->end_of_input(is_end(e), now());
      proceed();
    });
  }

  /// Some of the output, not async_write: whatever has gone moves the deadline, and decides what an end means.
  template <class Stream>
  void write(Stream& to) {
    std::vector<asio::const_buffer> list;
    for (std::string_view const view : mail_->output()) list.emplace_back(view.data(), view.size());
    to.async_write_some(list, [this](error_code e, std::size_t count) {
      if (count != 0)
        mail_->sent(count);
      else if (e == asio::error::operation_aborted)
        mail_->on_deadline(now());
      else
        mail_->write_failed(now());
      proceed();
    });
  }

  void shake_hands() {
    SSL* const s = tls_.emplace(socket_, context_).native_handle();
    if (!tls::expect_server(s, all_.o.tls_name, all_.o.trust())) {
      mail_->tls_failed("'" + all_.o.tls_name + "' is not the name of a server",
                        ehlo::trace::transport_failure::certificate_wrong_name);
      return asio::post(socket_.get_executor(), [this] { proceed(); });
    }
    tls_->async_handshake(asio::ssl::stream_base::client, [this, s](error_code e) {
      if (!e) {
        mail_->binds_to(tls::bindings_of(s));
        mail_->tls_started({.sufficient = true, .verified = tls::is_verified(s)}, tls::description_of(s), now());
      } else if (e == asio::error::operation_aborted)
        mail_->on_deadline(now());
      else
        mail_->tls_failed(is_end(e) ? "the connection ended" : tls::with_verdict(e.message(), s),
                          is_end(e) ? ehlo::trace::transport_failure::none
                                    : tls::failure_of(static_cast<unsigned long>(e.value()), s));
      proceed();
    });
  }

  /// Where there is TLS, it says that it ends (RFC 8446 6.1), and does not wait to be told so.
  void say_goodbye() {
    if (!tls_) return close();
    SSL_set_shutdown(tls_->native_handle(), SSL_RECEIVED_SHUTDOWN);
    tls_->async_shutdown([this](error_code) { close(); });
    cancel_in(ehlo::one_second);
  }
  void close() {
    tls_.reset();
    error_code ignored;
    socket_.close(ignored);
    mail_.reset();
    connect();
  }

  void cancel_in(ehlo::milliseconds time) {
    timer_.expires_after(std::chrono::milliseconds{time});
    timer_.async_wait([this](error_code e) {
      if (!e && timer_.expiry() <= clock_type::now()) socket_.cancel(e);
    });
  }

  sending::send_queue& all_;
  asio::ssl::context& context_;
  tcp::resolver resolver_;
  tcp::socket socket_;
  asio::steady_timer timer_;
  std::string failures_;                      ///< of the addresses tried
  ehlo::trace::transport_failure failure_{};  ///< the last of them
  std::optional<asio::ssl::stream<tcp::socket&>> tls_;
  std::optional<sending::delivery> mail_;
  std::array<char, 16384> buffer_;
};

}  // namespace

int main(int count, char** arguments) {
  sending::options o;
  sending::parse_arguments(o, count, arguments);
  sending::refuse_what_only_ehlo_send_does(o);
  sending::send_queue all{o};
  asio::ssl::context context{asio::ssl::context::tls_client};
  if (std::optional<tls::context> const with = sending::tls_context(o)) {
    SSL_CTX_up_ref(with->get());
    context = asio::ssl::context{with->get()};
  }
  asio::io_context io{1};
  client one{io, all, context};
  io.run();
  return all.finish();
}
