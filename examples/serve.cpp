// SPDX-License-Identifier: BSL-1.0
// ehlo-serve: a whole host around the server engine, on POSIX poll(). One session on standard input and output, or any
// number of connections, with TLS if it has a certificate (tls.hpp); what it accepts goes into a Maildir (maildir.hpp).
// With --threads each core has a loop of its own, and the kernel deals out the connections. What a session is:
// session.hpp. Options: serve_options.hpp, or --help.
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "listener.hpp"
#include "maildir.hpp"
#include "message_check.hpp"
#include "serve_options.hpp"
#include "session.hpp"
#include "start.hpp"
#include "tls.hpp"

namespace {

using ehlo::instant;
using serve::never, serve::now;

/// A session and its descriptors: one socket, or standard input and output.
class connection {
 public:
  connection(serve::service& with, int in, int out, std::string label)
      : in_{in}, out_{out}, session_{with, is_socket() ? serve::peer_address(in).host : "", std::move(label), now()} {
    flush();
  }
  connection(connection const&) = delete;
  connection& operator=(connection const&) = delete;
  ~connection() {
    if (is_socket()) close(in_);
  }

  [[nodiscard]] bool done() const { return session_.gone() || (session_.finished() && !is_socket()); }
  [[nodiscard]] instant due() const { return session_.deadline(); }

  /// What to poll for. A socket has one entry: poll() takes no more of them than there may be descriptors.
  void add_to(std::vector<pollfd>& polled) const {
    short const reads = session_.reads() ? POLLIN : 0;
    short const writes = session_.output().empty() ? 0 : POLLOUT;
    if (is_socket()) return polled.push_back({in_, static_cast<short>(reads | writes), 0});
    polled.push_back({reads != 0 ? in_ : -1, reads, 0});
    polled.push_back({writes != 0 ? out_ : -1, writes, 0});
  }
  /// Takes its entries from the front of what poll() has answered.
  void proceed(pollfd const*& polled, std::span<char> buffer) {
    bool const readable = (polled->revents & ~POLLOUT) != 0;
    if (!is_socket()) ++polled;
    bool const writable = (polled++->revents & ~POLLIN) != 0;
    if (writable) flush(true);
    if (readable && session_.reads())
      receive(buffer);
    else if (readable)
      session_.end_of_input(false, now());  // poll() tells of an end that was not asked for
    session_.proceed(now());
    if (now() >= session_.deadline()) session_.on_deadline(now());
    flush();
  }
  void stop() {
    session_.shutdown(now());
    flush();
  }

 private:
  [[nodiscard]] bool is_socket() const { return in_ == out_; }

  void receive(std::span<char> buffer) {
    ssize_t const count = read(in_, buffer.data(), buffer.size());
    if (count > 0) return session_.receive({buffer.data(), static_cast<std::size_t>(count)}, now());
    if (count == 0 || !serve::would_block()) session_.end_of_input(count == 0, now());
  }

  /// Writes what there is room for. A standard output that blocks is asked first; a pipe that has room has this much.
  void flush(bool has_room = false) {
    while (!session_.output().empty()) {
      std::string_view const out = session_.output();
      if (!is_socket() && !std::exchange(has_room, false)) return;
      ssize_t const count = is_socket() ? send(out_, out.data(), out.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                        : write(out_, out.data(), (std::min)(out.size(), std::size_t{PIPE_BUF}));
      if (count < 0 && serve::would_block()) return;
      if (count < 0)
        session_.end_of_input(false, now());
      else
        session_.sent(static_cast<std::size_t>(count), now());
    }
    if (session_.finished() && is_socket() && !std::exchange(half_closed_, true)) shutdown(out_, SHUT_WR);
  }

  int in_;
  int out_;
  serve::session session_;
  bool half_closed_ = false;
};

class loop {
 public:
  loop(serve::options const& options, serve::maildir& box, serve::message_checks* checks,
       tls::context const* certificate, int stop, int listener)
      : options_{options},
        checks_{checks},
        service_{options, box, certificate, checks},
        stop_{stop},
        listener_{listener} {
    if (options.stdio) open_.emplace_back(service_, STDIN_FILENO, STDOUT_FILENO, "");
  }

  void run() {
    while (listener_ >= 0 || !open_.empty()) {
      wait();
      if (polled_[0].revents != 0) stop();
      if (polled_[1].revents != 0) accept_all();
      if (now() >= end_) return;
    }
  }

 private:
  void wait() {
    bool const accepting = now() >= accept_again_;
    polled_.assign({{stopping() ? -1 : stop_, POLLIN, 0}, {accepting ? listener_ : -1, POLLIN, 0}});
    instant next = (std::min)(end_, accepting ? never : accept_again_);
    if (checks_ != nullptr) next = (std::min)(next, checks_->add_to(polled_));
    for (connection const& c : open_) {
      c.add_to(polled_);
      next = (std::min)(next, c.due());
    }
    ehlo::milliseconds const timeout =
        next == never ? -1 : (std::clamp<ehlo::milliseconds>)(next - now(), 0, 3'600'000);
    if (poll(polled_.data(), static_cast<nfds_t>(polled_.size()), static_cast<int>(timeout)) < 0)
      for (pollfd& p : polled_) p.revents = 0;
    pollfd const* polled = polled_.data() + 2;
    if (checks_ != nullptr) checks_->proceed(polled);
    for (auto c = open_.begin(); c != open_.end();) {
      c->proceed(polled, buffer_);
      c = c->done() ? open_.erase(c) : std::next(c);
    }
  }

  void accept_all() {
    while (listener_ >= 0) {
      int const socket = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (socket < 0) {
        // Without a free descriptor the connection stays in the queue: it is tried again, but not at once.
        if (!serve::would_block() && errno != ECONNABORTED) accept_again_ = now() + ehlo::one_second;
        return;
      }
      if (options_.once) stop_listening();
      serve::send_at_once(socket);
      std::string label = "#";
      label += std::to_string(++count_);
      label += ' ';
      open_.emplace_back(service_, socket, socket, std::move(label));
    }
  }

  void stop_listening() {
    if (listener_ >= 0) close(std::exchange(listener_, -1));
  }
  [[nodiscard]] bool stopping() const { return end_ != never; }
  void stop() {
    end_ = now() + serve::shutdown_time;
    stop_listening();
    for (connection& c : open_) c.stop();
    open_.remove_if([](connection const& c) { return c.done(); });
  }

  serve::options const& options_;
  serve::message_checks* checks_;
  serve::service service_;
  std::list<connection> open_;
  std::vector<pollfd> polled_;
  std::array<char, 65536> buffer_{};
  int stop_;
  int listener_;
  unsigned count_ = 0;
  instant accept_again_{};
  instant end_ = never;  ///< when the shutdown stops waiting
};

/// The sockets of all loops: for the kernel one place, at which it deals out the connections.
std::vector<int> listeners(serve::options const& options) {
  if (options.stdio) {
    serve::remark_on(options);
    return {-1};
  }
  bool const several = options.threads > 1;
  std::vector<int> all{serve::listen_on(options.listen, several)};
  std::string const place = serve::local_address(all[0]).text();  // port 0 has become another
  while (all.size() < options.threads) all.push_back(serve::listen_on(place, true));
  serve::announce(options, all[0]);
  return all;
}

}  // namespace

int main(int count, char** arguments) {
  serve::options const options = serve::parse_arguments(count, arguments);
  serve::resources const opened{options};
  serve::stop_signal const stop;
  std::vector<int> const all = listeners(options);
  // Nothing is shared but what does not change: each loop has its sessions, its storage, its own names in the Maildir.
  auto const serve_at = [&](int listener) {
    serve::maildir own = opened.box;
    std::optional<serve::message_checks> checks;
    if (options.authenticate != serve::authenticate::no) checks.emplace(options, own, opened.junk);
    loop{options, own, checks ? &*checks : nullptr, opened.context(), stop.descriptor(), listener}.run();
  };
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i != all.size(); ++i) others.emplace_back(serve_at, all[i]);
  serve_at(all[0]);
}
