// SPDX-License-Identifier: BSL-1.0
// One connection of ehlo-serve: its stream, its session, the message that is coming in, and what is answered.
#pragma once

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ehlo/chrono.hpp"
#include "ehlo/server.hpp"
#include "maildir.hpp"
#include "serve_options.hpp"
#include "stream.hpp"
#include "tls.hpp"
#include "transcript.hpp"

namespace serve {

inline constexpr ehlo::milliseconds write_timeout = 5 * ehlo::one_minute;  // for a peer that does not read its replies
inline constexpr ehlo::milliseconds linger_time = ehlo::one_second;
inline constexpr ehlo::instant never{INT64_MAX};

inline ehlo::instant now() { return ehlo::to_instant(std::chrono::steady_clock::now()); }

/// The answer when a message could not be stored; the client keeps it and comes back.
inline ehlo::reply storage_failure() {
  if (errno == ENOSPC || errno == EDQUOT) return {452, {4, 3, 1}, "no room to store the message"};
  return {451, {4, 3, 0}, "the message could not be stored"};
}

class connection {
  using event_type = ehlo::event_type;

 public:
  /// The context may be null where no TLS is offered.
  connection(options const& all, maildir& box, tls::context const* certificate, int in, int out, std::string label)
      : options_{all},
        box_{box},
        certificate_{certificate},
        stream_{in, out},
        message_{box},
        log_{all.transcript, std::move(label)} {
    if (all.implicit_tls) {
      // There is no session before the handshake has ended, so its deadline is ours.
      give_up_ = now() + all.smtp.command_timeout;
      begin_handshake();
    } else {
      smtp_.emplace(all.smtp, now());
      run({});
    }
  }

  [[nodiscard]] bool done() const { return done_; }

  /// What to poll for. Nothing is read while the engine has not used up what was read before. A socket has one entry:
  /// poll() takes no more of them than there may be descriptors.
  void add_to(std::vector<pollfd>& polled) const {
    short const reads = reading_ || handshaking_ || lingering_ ? POLLIN : 0;
    short const writes = stream_.waiting() || !output().empty() ? POLLOUT : 0;
    short const both = static_cast<short>(reads | writes);
    if (stream_.is_socket()) return polled.push_back({stream_.in(), both, 0});
    polled.push_back({reads != 0 ? stream_.in() : -1, reads, 0});
    polled.push_back({writes != 0 ? stream_.out() : -1, writes, 0});
  }
  [[nodiscard]] ehlo::instant due() const {
    if (done_) return {};
    ehlo::due const engine = smtp_ ? smtp_->deadline() : ehlo::due{};
    ehlo::instant const host = (std::min)(give_up_, write_until_);
    return engine ? (std::min)(engine.at, host) : host;
  }

  /// Takes its entries from the front of what poll() has answered.
  void proceed(pollfd const*& polled, std::span<char> buffer) {
    bool const readable = (polled->revents & ~POLLOUT) != 0;
    if (!stream_.is_socket()) ++polled;
    bool const writable = (polled++->revents & ~POLLIN) != 0;
    if (writable && flush()) go_on();
    if (readable && reading_)
      run(stream_.read(buffer));
    else if (readable && handshaking_)
      shake_hands(buffer);
    else if (readable && lingering_)
      read_away(buffer);
    if (done_ || now() < due()) return;
    done_ = now() >= (std::min)(give_up_, write_until_);
    if (done_) return;
    smtp_->on_deadline(now());
    run({});
  }

  /// The service ends: 421 at the next place between two replies.
  void stop() {
    done_ = done_ || lingering_ || !smtp_;
    if (done_ || over_) return;
    smtp_->shutdown();
    run(std::exchange(unused_, {}));
  }

 private:
  [[nodiscard]] std::string_view output() const { return smtp_ ? smtp_->output() : std::string_view{}; }

  /// Nothing waits to be sent any more.
  void go_on() {
    if (over_) return finish();
    if (!handshaking_) run(std::exchange(unused_, {}));
  }

  /// Lets the engine go on until it waits for the peer.
  void run(std::string_view in) {
    reading_ = false;
    while (!done_) {
      // A transcript wants to know which octet caused what; to the engine it is all the same.
      std::string_view piece = log_.on() ? in.substr(0, settled_ ? 1 : 0) : in;
      std::size_t const offered = piece.size();
      ehlo::server_state const before = smtp_->state();
      ehlo::server_event const e = smtp_->next(piece, now());
      std::size_t const used = offered - piece.size();
      log_.step(in.substr(0, used), before, *smtp_, e);
      in.remove_prefix(used);
      settled_ = e.type() == event_type::need_input;
      switch (e.type()) {
        case event_type::need_input:
          if (!in.empty() || end_input()) break;
          flush();
          reading_ = !done_;
          return;
        case event_type::need_output:
          if (flush()) break;
          unused_ = in;
          return;
        // What is left in `in`, as the transcript held it back, came in clear text: it is gone with this.
        case event_type::need_tls: return begin_handshake();
        case event_type::closed: return finish();
        default: answer(e);
      }
    }
  }
  /// Tells the engine, once, that the stream has ended.
  bool end_input() {
    if (!stream_.ended() || std::exchange(ended_, true)) return false;
    smtp_->end_of_input(now(), !stream_.broken());
    return true;
  }

  void answer(ehlo::server_event const& e) {
    switch (e.type()) {
      case event_type::mail:
        envelope_ = {std::string{e.mail().from.mailbox()}, {}};
        smtp_->accept();
        break;
      case event_type::rcpt: answer_rcpt(e.rcpt().to); break;
      case event_type::credentials: answer_credentials(e); break;
      case event_type::message_begin:
        if (!message_.begin(envelope_)) smtp_->reject(storage_failure());
        break;
      case event_type::body:
        if (!message_.write(e.body())) smtp_->reject(storage_failure());
        break;
      case event_type::message_dropped: message_.discard(); break;
      case event_type::message_end: failure_ = message_.commit() ? ehlo::reply{} : storage_failure(); [[fallthrough]];
      case event_type::next_recipient:  // LMTP: all recipients share the one file, and so its fate
        if (failure_.code)
          smtp_->reject(failure_);
        else
          smtp_->accept(box_.is_open() ? "stored as " + message_.name() : "thrown away");
        break;
      default: break;  // a notice; no other question was asked for in the options
    }
    log_.output(smtp_->output());
  }

  void answer_rcpt(ehlo::path_view const& to) {
    if (ehlo::reply const* const refusal = options_.refusal_of(to.mailbox())) {
      smtp_->reject(*refusal);
    } else if (!options_.is_local(to) && !smtp_->authenticated()) {
      smtp_->reject({550, {5, 7, 1}, "not here, and not passed on"});
    } else {
      envelope_.to.emplace_back(to.mailbox());
      smtp_->accept();
    }
  }

  void answer_credentials(ehlo::server_event const& e) {
    bool const for_itself = e.authorization_identity().empty() || e.authorization_identity() == e.user_name();
    if (for_itself && options_.knows(e.user_name(), e.password()))
      smtp_->accept();
    else
      smtp_->reject({535, {5, 7, 8}, "name or password wrong"});
  }

  void begin_handshake() {
    if (std::exchange(handshaking_, true)) return;  // it is only asked for again
    stream_.start_tls(*certificate_);
  }
  void shake_hands(std::span<char> buffer) {
    tls::progress const how = stream_.handshake();
    if (how == tls::progress::more) return;
    handshaking_ = false;
    if (how == tls::progress::failed) {
      std::string const& why = stream_.channel().error();
      log_.tell("TLS failed: " + (why.empty() ? "the connection ended" : why));
      if (!smtp_) return finish();
      smtp_->tls_failed();
      return run({});
    }
    log_.note("TLS: " + stream_.channel().description());
    give_up_ = never;
    if (smtp_)
      smtp_->tls_started(stream_.channel().facts());
    else
      smtp_.emplace(options_.smtp, now(), stream_.channel().facts());
    run(stream_.read_decrypted(buffer));
  }

  /// True: nothing waits any more.
  bool flush() {
    while (!done_ && (stream_.waiting() || !output().empty())) {
      std::size_t const count = stream_.write(output());
      done_ = stream_.broken();
      if (count != 0) {
        smtp_->sent(count);
        log_.sent(count);
        write_until_ = never;
      } else if (stream_.waiting() || !output().empty()) {
        write_until_ = (std::min)(write_until_, now() + write_timeout);
        return false;
      }
    }
    write_until_ = never;
    return !done_;
  }

  /// The session is over and its output gone. A socket that is closed while input waits is reset, and the reset may
  /// overtake the last reply: so only our side ends, and what still comes is read away for a moment.
  void finish() {
    over_ = true;
    handshaking_ = false;
    stream_.close_tls();
    if (!flush()) return;  // go_on() comes back
    lingering_ = stream_.is_socket() && !stream_.ended() && stream_.close_write();
    done_ = !lingering_;
    give_up_ = now() + linger_time;
  }
  void read_away(std::span<char> buffer) {
    stream_.read_away(buffer);
    done_ = stream_.ended();
  }

  options const& options_;
  maildir& box_;
  tls::context const* certificate_;
  stream stream_;
  std::optional<ehlo::server> smtp_;  ///< on a connection that begins in TLS, from the handshake on
  envelope envelope_;
  incoming_message message_;
  ehlo::reply failure_;                ///< of the message that was complete last; code 0: it is stored
  std::string unused_;                 ///< what the engine has left of what was read
  ehlo::instant give_up_ = never;      ///< when the host's own patience ends
  ehlo::instant write_until_ = never;  ///< and that with a peer that does not read
  transcript log_;
  bool reading_ = false;
  bool settled_ = false;  ///< the engine has nothing more to say before the next octet
  bool ended_ = false;    ///< the engine knows that the peer has closed its side
  bool handshaking_ = false;
  bool over_ = false;
  bool lingering_ = false;
  bool done_ = false;
};

}  // namespace serve
