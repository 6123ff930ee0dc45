// SPDX-License-Identifier: BSL-1.0
// ehlo-asio-server: ehlo-serve as coroutines of Asio, one for each connection. Whoever waits in the order in which
// things happen needs no states between them: here is the engine itself (ehlo/pump.hpp), and below it Asio's own stream
// for TLS. Options: serve_options.hpp, or --help.
#include <asio.hpp>
#include <asio/ssl.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "ehlo/grammar/literal_writer.hpp"
#include "ehlo/pump.hpp"
#include "ehlo/server.hpp"
#include "ehlo/wire/proxy_reader.hpp"
#include "listener.hpp"
#include "reception.hpp"
#include "serve_options.hpp"
#include "session.hpp"
#include "start.hpp"
#include "tls.hpp"
#include "transcript.hpp"

namespace {

using asio::error_code, asio::ip::tcp;
using ehlo::event_type, ehlo::instant;
using serve::never, serve::now;

// Asio's own names stand for the same with any executor; to know which saves the half of a connection's memory.
using executor = asio::io_context::executor_type;
template <class T>
using awaitable = asio::awaitable<T, executor>;
using acceptor = asio::basic_socket_acceptor<tcp, executor>;
using socket_type = asio::basic_stream_socket<tcp, executor>;
using timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, executor>;

/// Whoever awaits this is told by the error what became of it, and not by an exception.
auto into(error_code& error) { return asio::redirect_error(asio::use_awaitable_t<executor>{}, error); }

/// What the connections share.
struct shared {
  serve::service service;
  asio::ssl::context tls;
  std::array<char, 65536> buffer{};  ///< what has just been read in clear text
};

/// The stream has its own buffers, and reads into this one while it waits.
struct tls_layer {
  tls_layer(socket_type& s, asio::ssl::context& context) : stream{s, context} {}
  asio::ssl::stream<socket_type&> stream;
  std::array<char, 16384> buffer;
};

class connection : public std::enable_shared_from_this<connection> {
 public:
  connection(shared& with, socket_type socket, std::string const& label)
      : shared_{with}, socket_{std::move(socket)}, timer_{socket_.get_executor()} {
    socket_.non_blocking(true);
    serve::send_at_once(socket_.native_handle());
    if (options().transcript) log_ = std::make_unique<serve::transcript>(label);
  }

  awaitable<void> run() {
    // One co_await in a statement, and none in a condition: g++ 12 makes wrong code of more.
    bool begun = true;
    give_up_ = now() + options().smtp.command_timeout;
    if (options().proxy_protocol) begun = co_await read_proxy_header();
    if (begun && options().implicit_tls) begun = co_await shake_hands();
    give_up_ = never;
    if (begun) co_await talk();
    co_await linger();
  }
  /// The service ends: 421 at the next place between two replies. A reply that is being written is not cut off.
  void stop() {
    if (!smtp_ || (smtp_->shutdown() == ehlo::errc::ok && !writing_)) socket_.cancel();
  }
  void drop() { socket_.close(); }

 private:
  [[nodiscard]] serve::options const& options() const { return shared_.service.o; }

  awaitable<void> talk() {
    if (tls_)
      smtp_.emplace(options().options_for(client_), now(), sufficient);
    else
      smtp_.emplace(options().options_for(client_), now());
    borrow();
    for (std::string_view in;;) {
      ehlo::server_event const e = pump(in);
      if (!smtp_->output().empty()) {
        if (!in.empty()) in = unused_ = std::string{in};  // others read meanwhile
        co_await write();
      } else if (e.type() == event_type::need_input) {
        in = co_await read();
      } else if (e.type() == event_type::need_tls) {
        bool const done = co_await shake_hands();
        done ? smtp_->tls_started(sufficient) : smtp_->tls_failed();
      } else if (e.type() != event_type::need_output) {
        co_return;
      }
    }
  }
  ehlo::server_event pump(std::string_view& in) {
    auto const take = [this](ehlo::server_event const& e) { reception_.take(*smtp_, e); };
    if (!log_) return ehlo::pump(*smtp_, in, now(), take);
    serve::shown_engine shown{*smtp_, *log_};
    return ehlo::pump(shown, in, now(), take);
  }

  /// A client that is awaited, and has begun nothing, costs no storage and no buffer.
  awaitable<std::string_view> read() {
    if (smtp_->give_back() == ehlo::errc::ok) shared_.service.take_back(std::move(storage_));
    error_code error;
    std::string_view in;
    if (tls_) {
      watch();
      auto const buffer = asio::buffer(tls_->buffer);
      std::size_t const count = co_await tls_->stream.async_read_some(buffer, into(error));
      in = {tls_->buffer.data(), count};
    } else {
      co_await readable(error);
      in = take(error);
    }
    borrow();
    if (error == asio::error::operation_aborted)
      smtp_->on_deadline(now());  // if it has come
    else if (error)
      smtp_->end_of_input(now(), error == asio::error::eof || error == asio::ssl::error::stream_truncated);
    co_return in;
  }
  awaitable<void> readable(error_code& error) {
    watch();
    return socket_.async_wait(socket_type::wait_read, into(error));
  }
  std::string_view take(error_code& error, int flags = 0) {
    if (error) return {};
    std::size_t const count = socket_.receive(asio::buffer(shared_.buffer), flags, error);
    if (error == asio::error::would_block) error = {};
    return {shared_.buffer.data(), count};
  }

  /// Some of the output, until the engine's deadline: who has not read by then gets nothing more.
  awaitable<void> write() {
    watch();
    writing_ = true;
    error_code error;
    auto const out = asio::buffer(smtp_->output());
    std::size_t count = 0;
    if (tls_)
      count = co_await tls_->stream.async_write_some(out, into(error));
    else
      count = co_await socket_.async_write_some(out, into(error));
    writing_ = false;
    smtp_->sent(count);
    if (log_) log_->sent(count);
    if (error) smtp_->end_of_input(now(), false);
  }

  /// On the bare socket: what was read before it, in clear text, is not part of it.
  awaitable<bool> shake_hands() {
    tls_ = std::make_unique<tls_layer>(socket_, shared_.tls);
    watch();
    error_code error;
    co_await tls_->stream.async_handshake(asio::ssl::stream_base::server, into(error));
    if (log_)
      log_->note(error ? "TLS failed: " + error.message()
                       : "TLS: " + tls::description_of(tls_->stream.native_handle()));
    if (error) tls_.reset();
    co_return !error;
  }

  /// In clear text, and not one octet of what is behind it.
  awaitable<bool> read_proxy_header() {
    ehlo::proxy_reader reader;
    std::array<char, ehlo::proxy_header_limit> storage;
    for (error_code error;;) {
      co_await readable(error);
      std::string_view const seen = take(error, socket_type::message_peek);
      if (error) co_return false;
      std::string_view rest = seen;
      ehlo::proxy_reader::result const r = reader.read(rest, storage);
      if (r.what == ehlo::proxy_reader::status::error) co_return false;
      if (r.what == ehlo::proxy_reader::status::done) learn_client(r.header);
      socket_.receive(asio::buffer(shared_.buffer, seen.size() - rest.size()), 0, error);
      if (r.what == ehlo::proxy_reader::status::done) co_return true;
    }
  }
  void learn_client(ehlo::proxy_header const& told) {
    client_ = serve::client_of(told);
    reception_.speaks_for(client_);
  }

  /// A socket that is closed while input waits is reset, and the reset may overtake the last reply: so only our side
  /// ends, and what still comes is thrown away for a moment.
  awaitable<void> linger() {
    give_up_ = now() + serve::linger_time;
    error_code error;
    if (tls_) {
      SSL_set_shutdown(tls_->stream.native_handle(), SSL_RECEIVED_SHUTDOWN);  // theirs is not waited for
      watch();
      co_await tls_->stream.async_shutdown(into(error));
    }
    socket_.shutdown(socket_type::shutdown_send, error);
    while (!error && now() < give_up_) {
      co_await readable(error);
      take(error);
    }
  }

  void borrow() {
    if (storage_) return;
    storage_ = shared_.service.lend();
    smtp_->borrow(*storage_);
  }

  [[nodiscard]] instant due() const {
    ehlo::due const engine = smtp_ ? smtp_->deadline() : ehlo::due{};
    return engine ? (std::min)(engine.at, give_up_) : give_up_;
  }
  /// What is awaited now ends with operation_aborted when its time has come. A deadline that has moved on lets the
  /// timer fire once for nothing, which is cheaper than to move it each time.
  void watch() {
    if (due() >= armed_) return;
    armed_ = due();
    timer_.expires_after(ehlo::time_until(armed_, now()));
    timer_.async_wait([weak = weak_from_this()](error_code cancelled) {
      if (auto const self = weak.lock(); self && !cancelled) self->on_timer();
    });
  }
  void on_timer() {
    armed_ = never;
    if (now() >= due())
      socket_.cancel();
    else
      watch();
  }

  static constexpr ehlo::tls_facts sufficient{.sufficient = true};

  shared& shared_;
  socket_type socket_;
  timer timer_;
  std::string client_ = serve::peer_address(socket_.native_handle()).host;
  std::unique_ptr<tls_layer> tls_;
  serve::service::storage storage_;  ///< while the engine holds something
  std::optional<ehlo::borrowing_server> smtp_;
  serve::reception reception_{options(), shared_.service.box};
  std::unique_ptr<serve::transcript> log_;
  std::string unused_;       ///< what the engine has left of what was read
  instant give_up_ = never;  ///< of our own, before and behind the engine's
  instant armed_ = never;    ///< when the timer fires
  bool writing_ = false;
};

class host {
 public:
  host(serve::options const& o, serve::resources& with, asio::ssl::context tls, int listener)
      : shared_{{o, with.box, nullptr}, std::move(tls)}, acceptor_{io_, tcp::v6(), listener} {
    stop_.async_wait([this](error_code, int) { stop(); });
    co_spawn(io_, accept_all(), asio::detached);
  }
  void run() { io_.run(); }

 private:
  awaitable<void> accept_all() {
    for (unsigned count = 1; acceptor_.is_open(); ++count) {
      error_code error;
      socket_type socket = co_await acceptor_.async_accept(into(error));
      if (!acceptor_.is_open()) co_return;
      if (!error) {
        begin(std::make_shared<connection>(shared_, std::move(socket), "#" + std::to_string(count) + " "));
      } else {
        // Without a free descriptor the connection stays in the queue: it is tried again, but not at once.
        timer_.expires_after(std::chrono::seconds{1});
        co_await timer_.async_wait(into(error));
      }
    }
  }
  void begin(std::shared_ptr<connection> const& c) {
    open_.insert(c);
    co_spawn(io_, c->run(), [this, c](std::exception_ptr const&) {
      open_.erase(c);
      if (open_.empty() && !acceptor_.is_open()) timer_.cancel();
    });
  }

  void stop() {
    acceptor_.close();
    for (auto const& c : open_) c->stop();
    timer_.expires_after(std::chrono::milliseconds{serve::shutdown_time});
    if (open_.empty()) return;
    timer_.async_wait([this](error_code) {
      for (auto const& c : open_) c->drop();
    });
  }

  shared shared_;
  asio::io_context io_{1};
  acceptor acceptor_;
  asio::signal_set stop_{io_, SIGTERM, SIGINT};
  timer timer_{io_};  ///< of the pause before it accepts again, then of the patience of the end
  std::set<std::shared_ptr<connection>> open_;
};

}  // namespace

int main(int count, char** arguments) {
  serve::options const options = serve::parse_arguments(count, arguments);
  serve::refuse_what_only_ehlo_serve_does(options);
  serve::resources resources{options};
  asio::ssl::context tls{asio::ssl::context::tls_server};
  if (resources.certificate) {
    SSL_CTX_up_ref(resources.certificate->get());
    tls = asio::ssl::context{resources.certificate->get()};
  }
  int const listener = serve::listen_on(options.listen);
  host all{options, resources, std::move(tls), listener};
  serve::announce(options, listener);
  all.run();
}
