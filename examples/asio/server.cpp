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
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "balancer.hpp"
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

class connection {
 public:
  connection(shared& with, socket_type socket, std::string const& label)
      : shared_{with},
        socket_{std::move(socket)},
        smtp_options_{&options().options_for(serve::peer_address(socket_.native_handle()).host)} {
    socket_.non_blocking(true);
    serve::send_at_once(socket_.native_handle());
    if (serve::transcript::is_wanted(options())) log_ = std::make_unique<serve::transcript>(options(), label, now());
  }
  connection(connection const&) = delete;
  connection& operator=(connection const&) = delete;

  /// One co_await in a statement, and none in a condition: g++ 12 makes wrong code of more.
  awaitable<void> run() {
    bool begun = true;
    give_up_ = now() + options().smtp.command_timeout;
    if (options().proxy_protocol) begun = co_await read_proxy_header();
    if (begun && options().implicit_tls) begun = co_await shake_hands();
    give_up_ = never;
    if (begun) begin();
    for (std::string_view in; begun;) {
      ehlo::server_event const e = pump(in);
      if (!smtp_->output().empty()) {
        if (!in.empty()) in = unused_ = std::string{in};  // others read meanwhile
        co_await write();
      } else if (e.type() == event_type::need_input) {
        in = co_await read();
      } else if (e.type() == event_type::need_tls) {
        bool const done = co_await shake_hands();
        done ? smtp_->tls_started(sufficient) : smtp_->tls_failed();
      } else {
        begun = e.type() == event_type::need_output;  // there was some; or it is over
      }
    }
    co_await linger();
  }

  /// What is awaited ends with operation_aborted when its time has come.
  void look(instant at) {
    if (at >= due()) socket_.cancel();
  }
  /// The service ends: 421 at the next place between two replies. A reply that is being written is not cut off.
  void stop() {
    if (smtp_) smtp_->shutdown();
    if (!speaking_) smtp_ ? socket_.cancel() : socket_.close();
  }
  void drop() { socket_.close(); }

 private:
  [[nodiscard]] serve::options const& options() const { return shared_.service.o; }

  void begin() {
    tls_ ? smtp_.emplace(*smtp_options_, now(), sufficient) : smtp_.emplace(*smtp_options_, now());
    borrow();
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
  awaitable<void> readable(error_code& error) { return socket_.async_wait(socket_type::wait_read, into(error)); }
  std::string_view take(error_code& error, int flags = 0) {
    if (error) return {};
    std::size_t const count = socket_.receive(asio::buffer(shared_.buffer), flags, error);
    if (error == asio::error::would_block) error = {};
    return {shared_.buffer.data(), count};
  }

  /// Some of the output, until the engine's deadline: who has not read by then gets nothing more.
  awaitable<void> write() {
    speaking_ = true;
    error_code error;
    auto const out = asio::buffer(smtp_->output());
    std::size_t count = 0;
    if (tls_)
      count = co_await tls_->stream.async_write_some(out, into(error));
    else
      count = co_await socket_.async_write_some(out, into(error));
    speaking_ = false;
    smtp_->sent(count);
    if (log_) log_->sent(count);
    if (error) smtp_->end_of_input(now(), false);
  }

  /// On the bare socket: what was read before it, in clear text, is not part of it.
  awaitable<bool> shake_hands() {
    tls_ = std::make_unique<tls_layer>(socket_, shared_.tls);
    error_code error;
    co_await tls_->stream.async_handshake(asio::ssl::stream_base::server, into(error));
    if (log_ && error) log_->note("TLS failed: " + error.message(), now());
    if (log_ && !error) log_->tls_started(tls::description_of(tls_->stream.native_handle()), now());
    if (error) {
      tls_.reset();
    } else {
      reception_.in_tls(tls::cipher_of(tls_->stream.native_handle()));
      if (!options().users.empty()) reception_.binds_to(tls::bindings_of(tls_->stream.native_handle()));
    }
    co_return !error;
  }

  /// In clear text, and not one octet of what is behind it.
  awaitable<bool> read_proxy_header() {
    serve::balancer balancer;
    for (error_code error;;) {
      co_await readable(error);
      std::string_view const seen = take(error, socket_type::message_peek);
      if (error) co_return false;
      std::string_view rest = seen;
      ehlo::proxy_reader::result const r = balancer.read(rest);
      if (r.what == ehlo::proxy_reader::status::error) co_return false;
      if (r.what == ehlo::proxy_reader::status::done) know(serve::client_of(r.header));
      socket_.receive(asio::buffer(shared_.buffer, seen.size() - rest.size()), 0, error);
      if (r.what == ehlo::proxy_reader::status::done) co_return true;
    }
  }
  void know(std::string const& client) {
    if (log_) log_->note("PROXY: for " + (client.empty() ? "the balancer itself" : client), now());
    smtp_options_ = &options().options_for(client);
    reception_.speaks_for(client);
  }

  /// A socket that is closed while input waits is reset, and the reset may overtake the last reply: so only our side
  /// ends, and what still comes is thrown away for a moment.
  awaitable<void> linger() {
    give_up_ = now() + serve::linger_time;
    speaking_ = true;
    smtp_.reset();
    if (storage_) shared_.service.take_back(std::move(storage_));
    error_code error;
    if (tls_) {
      SSL_set_shutdown(tls_->stream.native_handle(), SSL_RECEIVED_SHUTDOWN);  // theirs is not waited for
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

  static constexpr ehlo::tls_facts sufficient{.sufficient = true};

  shared& shared_;
  socket_type socket_;
  ehlo::server_options const* smtp_options_;
  std::unique_ptr<tls_layer> tls_;
  serve::service::storage storage_;  ///< while the engine holds something
  std::optional<ehlo::borrowing_server> smtp_;
  serve::reception reception_{options(), shared_.service.box, serve::peer_address(socket_.native_handle()).host};
  std::unique_ptr<serve::transcript> log_;
  std::string unused_;       ///< what the engine has left of what was read
  instant give_up_ = never;  ///< of our own, before and behind the engine's
  bool speaking_ = false;    ///< and is not interrupted
};

class host {
 public:
  host(serve::options const& o, serve::resources& with, asio::ssl::context tls, int listener)
      : shared_{{o, with.box, with.context()}, std::move(tls)}, acceptor_{io_, tcp::v6(), listener} {
    stop_.async_wait([this](error_code, int) { stop(); });
    co_spawn(io_, accept_all(), asio::detached);
    co_spawn(io_, watch(), asio::detached);
  }
  void run() { io_.run(); }

 private:
  static constexpr std::chrono::milliseconds tick{100};

  awaitable<void> accept_all() {
    while (acceptor_.is_open()) {
      error_code error;
      socket_type socket = co_await acceptor_.async_accept(into(error));
      if (!acceptor_.is_open()) break;
      // Without a free descriptor the connection stays in the queue: it is tried again, but not at once.
      if (error)
        co_await pause();
      else
        begin(std::move(socket));
    }
  }
  void begin(socket_type socket) {
    open_.emplace_front(shared_, std::move(socket), "#" + std::to_string(++count_) + " ");
    co_spawn(io_, open_.front().run(), [this, c = open_.begin()](std::exception_ptr const&) { open_.erase(c); });
  }

  /// One clock for all deadlines: with a timer for each connection, it would be moved with each of its commands.
  awaitable<void> watch() {
    instant end = never;
    while (acceptor_.is_open() || !open_.empty()) {
      co_await pause();
      if (!acceptor_.is_open()) end = (std::min)(end, now() + serve::shutdown_time);
      for (connection& c : open_) now() >= end ? c.drop() : c.look(now());
    }
  }
  awaitable<void> pause() {
    timer clock{io_, tick};
    error_code ignored;
    co_await clock.async_wait(into(ignored));
  }

  void stop() {
    acceptor_.close();
    for (connection& c : open_) c.stop();
  }

  shared shared_;
  asio::io_context io_{1};
  acceptor acceptor_;
  asio::signal_set stop_{io_, SIGTERM, SIGINT};
  std::list<connection> open_;
  unsigned count_ = 0;
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
