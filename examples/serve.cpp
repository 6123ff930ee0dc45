// SPDX-License-Identifier: BSL-1.0
// ehlo-serve: a whole host around the server engine, on POSIX poll(). One session on standard input and output, or any
// number of connections; what it accepts goes into a Maildir (maildir.hpp). Options: serve_options.hpp, or --help.
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ehlo/chrono.hpp"
#include "ehlo/server.hpp"
#include "maildir.hpp"
#include "serve_options.hpp"
#include "transcript.hpp"

namespace {

using ehlo::event_type, ehlo::instant, ehlo::server_event;

constexpr ehlo::milliseconds write_timeout = 5 * ehlo::one_minute;  // for a peer that does not read its replies
constexpr ehlo::milliseconds linger_time = ehlo::one_second;
constexpr ehlo::milliseconds shutdown_time = 3 * ehlo::one_second;
constexpr instant never{INT64_MAX};

instant now() { return ehlo::to_instant(std::chrono::steady_clock::now()); }

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

/// The answer when a message could not be stored; the client keeps it and comes back.
ehlo::reply storage_failure() {
  if (errno == ENOSPC || errno == EDQUOT) return {452, {4, 3, 1}, "no room to store the message"};
  return {451, {4, 3, 0}, "the message could not be stored"};
}

/// One connection: its descriptors, its session, and the message that is coming in.
class connection {
 public:
  connection(serve::options const& options, serve::maildir& box, int in, int out, std::string label)
      : options_{options},
        box_{box},
        in_{in},
        out_{out},
        smtp_{options.smtp, now()},
        message_{box},
        log_{options.transcript, std::move(label)} {
    run({});
  }
  connection(connection const&) = delete;
  connection& operator=(connection const&) = delete;
  ~connection() {
    if (is_socket()) close(in_);
  }

  [[nodiscard]] bool done() const { return done_; }

  /// What to poll for. Nothing is read while the engine has not used up what was read before. A socket has one entry:
  /// poll() takes no more of them than there may be descriptors.
  void add_to(std::vector<pollfd>& polled) const {
    short const reads = reading_ || lingering_ ? POLLIN : 0;
    short const writes = smtp_.output().empty() ? 0 : POLLOUT;
    short const both = static_cast<short>(reads | writes);
    if (is_socket()) return polled.push_back({in_, both, 0});
    polled.push_back({reads != 0 ? in_ : -1, reads, 0});
    polled.push_back({writes != 0 ? out_ : -1, writes, 0});
  }
  [[nodiscard]] instant due() const {
    if (done_) return {};
    ehlo::due const engine = smtp_.deadline();
    return engine ? (std::min)(engine.at, give_up_) : give_up_;
  }

  /// Takes its entries from the front of what poll() has answered.
  void proceed(pollfd const*& polled, std::span<char> buffer) {
    bool const readable = (polled->revents & ~POLLOUT) != 0;
    if (!is_socket()) ++polled;
    bool const writable = (polled++->revents & ~POLLIN) != 0;
    if (writable && flush()) run(std::exchange(unused_, {}));
    if (readable && reading_) receive(buffer);
    if (readable && lingering_) read_away(buffer);
    if (done_ || now() < due()) return;
    done_ = now() >= give_up_;
    smtp_.on_deadline(now());
    run({});
  }

  /// The service ends: 421 at the next place between two replies.
  void stop() {
    done_ = lingering_;
    smtp_.shutdown();
    run(std::exchange(unused_, {}));
  }

 private:
  [[nodiscard]] bool is_socket() const { return in_ == out_; }

  /// Lets the engine go on until it waits for the peer.
  void run(std::string_view in) {
    reading_ = false;
    while (!done_) {
      // A transcript wants to know which octet caused what; to the engine it is all the same.
      std::string_view piece = log_.on() ? in.substr(0, settled_ ? 1 : 0) : in;
      std::size_t const offered = piece.size();
      ehlo::server_state const before = smtp_.state();
      server_event const e = smtp_.next(piece, now());
      std::size_t const used = offered - piece.size();
      log_.step(in.substr(0, used), before, smtp_, e);
      in.remove_prefix(used);
      settled_ = e.type() == event_type::need_input;
      switch (e.type()) {
        case event_type::need_input:
          if (!in.empty()) break;
          flush();
          reading_ = !done_;
          return;
        case event_type::need_output:
          if (flush()) break;
          unused_ = in;
          return;
        case event_type::closed: return finish();
        default: answer(e);
      }
    }
  }

  void answer(server_event const& e) {
    switch (e.type()) {
      case event_type::mail:
        envelope_ = {std::string{e.mail().from.mailbox()}, {}};
        smtp_.accept();
        break;
      case event_type::rcpt: answer_rcpt(e.rcpt().to); break;
      case event_type::credentials: answer_credentials(e); break;
      case event_type::message_begin:
        if (!message_.begin(envelope_)) smtp_.reject(storage_failure());
        break;
      case event_type::body:
        if (!message_.write(e.body())) smtp_.reject(storage_failure());
        break;
      case event_type::message_dropped: message_.discard(); break;
      case event_type::message_end: failure_ = message_.commit() ? ehlo::reply{} : storage_failure(); [[fallthrough]];
      case event_type::next_recipient:  // LMTP: all recipients share the one file, and so its fate
        if (failure_.code)
          smtp_.reject(failure_);
        else
          smtp_.accept(box_.is_open() ? "stored as " + message_.name() : "thrown away");
        break;
      default: break;  // a notice; no other question was asked for in the options
    }
    log_.output(smtp_.output());
  }

  void answer_rcpt(ehlo::path_view const& to) {
    if (ehlo::reply const* const refusal = options_.refusal_of(to.mailbox())) {
      smtp_.reject(*refusal);
    } else if (!options_.is_local(to) && !smtp_.authenticated()) {
      smtp_.reject({550, {5, 7, 1}, "not here, and not passed on"});
    } else {
      envelope_.to.emplace_back(to.mailbox());
      smtp_.accept();
    }
  }

  void answer_credentials(server_event const& e) {
    bool const for_itself = e.authorization_identity().empty() || e.authorization_identity() == e.user_name();
    if (for_itself && options_.knows(e.user_name(), e.password()))
      smtp_.accept();
    else
      smtp_.reject({535, {5, 7, 8}, "name or password wrong"});
  }

  void receive(std::span<char> buffer) {
    ssize_t const count = read(in_, buffer.data(), buffer.size());
    if (count < 0 && would_block()) return;
    if (count <= 0) {
      ended_ = true;
      smtp_.end_of_input(now(), count == 0);
    }
    run({buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0});
  }

  /// True: nothing waits any more.
  bool flush() {
    while (!smtp_.output().empty() && !done_) {
      pollfd room{out_, POLLOUT, 0};  // asked first, for a standard output that blocks
      ssize_t const count = poll(&room, 1, 0) == 1 ? write(out_, smtp_.output().data(), smtp_.output().size()) : 0;
      done_ = count < 0 && !would_block();
      if (count <= 0) {
        give_up_ = (std::min)(give_up_, now() + write_timeout);
        return false;
      }
      give_up_ = never;
      smtp_.sent(static_cast<std::size_t>(count));
      log_.sent(static_cast<std::size_t>(count));
    }
    return !done_;
  }

  /// The session is over and its output gone. A socket that is closed while input waits is reset, and the reset may
  /// overtake the last reply: so only our side ends, and what still comes is read away for a moment.
  void finish() {
    lingering_ = is_socket() && !ended_ && shutdown(out_, SHUT_WR) == 0;
    done_ = !lingering_;
    give_up_ = now() + linger_time;
  }
  void read_away(std::span<char> buffer) {
    ssize_t const count = read(in_, buffer.data(), buffer.size());
    done_ = count == 0 || (count < 0 && !would_block());
  }

  serve::options const& options_;
  serve::maildir& box_;
  int in_;
  int out_;
  ehlo::server smtp_;
  serve::envelope envelope_;
  serve::incoming_message message_;
  ehlo::reply failure_;      ///< of the message that was complete last; code 0: it is stored
  std::string unused_;       ///< what the engine has left of what was read
  instant give_up_ = never;  ///< when the host's own patience ends
  serve::transcript log_;
  bool reading_ = false;
  bool settled_ = false;  ///< the engine has nothing more to say before the next octet
  bool ended_ = false;    ///< the peer has closed its side
  bool lingering_ = false;
  bool done_ = false;
};

std::string address_of(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  char host[NI_MAXHOST] = "?";
  char port[NI_MAXSERV] = "?";
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (getsockname(socket, generic, &size) == 0)
    getnameinfo(generic, size, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
  std::string const name = host;
  return (name.find(':') == std::string::npos ? name : "[" + name + "]") + ":" + port;
}

/// `ADDRESS:PORT`, an IPv6 address in brackets.
int listen_on(std::string_view where) {
  std::size_t const colon = where.rfind(':');
  if (colon == std::string_view::npos) serve::fail(2, "--listen: '", where, "' is not ADDRESS:PORT");
  std::string host{where.substr(0, colon)};
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (host.empty() || getaddrinfo(host.c_str(), std::string{where.substr(colon + 1)}.c_str(), &hints, &found) != 0)
    serve::fail(2, "--listen: '", where, "' is not ADDRESS:PORT with a numeric address");
  int const listener = socket(found->ai_family, SOCK_STREAM, 0);
  int const yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (listener < 0 || bind(listener, found->ai_addr, found->ai_addrlen) != 0 || listen(listener, SOMAXCONN) != 0)
    serve::fail(1, "--listen ", where, ": ", std::strerror(errno));
  freeaddrinfo(found);
  fcntl(listener, F_SETFL, O_NONBLOCK);
  serve::say("listening on ", address_of(listener));
  return listener;
}

// SIGTERM and SIGINT: through a pipe, so that no signal falls between a test and poll().
int stop_pipe[2];
extern "C" void on_stop(int) {
  int const saved = errno;
  if (write(stop_pipe[1], "", 1) < 0) {
  }  // it is full: then it is known already
  errno = saved;
}

void set_signals() {
  if (pipe(stop_pipe) != 0) serve::fail(1, "pipe: ", std::strerror(errno));
  for (int const end : stop_pipe) fcntl(end, F_SETFL, O_NONBLOCK);
  struct sigaction action {};
  action.sa_handler = on_stop;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

class loop {
 public:
  loop(serve::options const& options, serve::maildir& box, int listener)
      : options_{options}, box_{box}, listener_{listener} {
    if (options.stdio) open_.emplace_back(options, box, STDIN_FILENO, STDOUT_FILENO, "");
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
    polled_.assign({{stopping() ? -1 : stop_pipe[0], POLLIN, 0}, {accepting ? listener_ : -1, POLLIN, 0}});
    instant next = (std::min)(end_, accepting ? never : accept_again_);
    for (connection const& c : open_) {
      c.add_to(polled_);
      next = (std::min)(next, c.due());
    }
    ehlo::milliseconds const timeout =
        next == never ? -1 : (std::clamp<ehlo::milliseconds>)(next - now(), 0, 3'600'000);
    if (poll(polled_.data(), static_cast<nfds_t>(polled_.size()), static_cast<int>(timeout)) < 0)
      for (pollfd& p : polled_) p.revents = 0;
    pollfd const* polled = polled_.data() + 2;
    for (auto c = open_.begin(); c != open_.end();) {
      c->proceed(polled, buffer_);
      c = c->done() ? open_.erase(c) : std::next(c);
    }
  }

  void accept_all() {
    while (listener_ >= 0) {
      int const socket = accept(listener_, nullptr, nullptr);
      if (socket < 0) {
        // Without a free descriptor the connection stays in the queue: it is tried again, but not at once.
        if (!would_block() && errno != ECONNABORTED) accept_again_ = now() + ehlo::one_second;
        return;
      }
      if (options_.once) stop_listening();
      int const yes = 1;
      fcntl(socket, F_SETFL, O_NONBLOCK);
      setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      open_.emplace_back(options_, box_, socket, socket, "#" + std::to_string(++count_) + " ");
    }
  }

  void stop_listening() {
    if (listener_ >= 0) close(std::exchange(listener_, -1));
  }
  [[nodiscard]] bool stopping() const { return end_ != never; }
  void stop() {
    end_ = now() + shutdown_time;
    stop_listening();
    for (connection& c : open_) c.stop();
    open_.remove_if([](connection const& c) { return c.done(); });
  }

  serve::options const& options_;
  serve::maildir& box_;
  std::list<connection> open_;
  std::vector<pollfd> polled_;
  std::array<char, 65536> buffer_{};
  int listener_;
  unsigned count_ = 0;
  instant accept_again_{};
  instant end_ = never;  ///< when the shutdown stops waiting
};

}  // namespace

int main(int count, char** arguments) {
  serve::options const options = serve::parse_arguments(count, arguments);
  umask(077);
  serve::maildir box;
  if (!options.maildir.empty() && !box.open(options.maildir, options.smtp.hostname))
    serve::fail(1, "--maildir ", options.maildir, ": ", std::strerror(errno));
  set_signals();
  int const listener = options.stdio ? -1 : listen_on(options.listen);
  if (!box.is_open()) serve::say("ehlo-serve: no --maildir: messages are accepted and thrown away");
  loop{options, box, listener}.run();
}
