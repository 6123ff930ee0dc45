// SPDX-License-Identifier: BSL-1.0
// One connection of a server, whole but for its socket: PROXY header, TLS, the SMTP session, the end. Octets go in and
// come out, as of the engine; so every loop can drive it, by readiness (serve.cpp), by callbacks (libuv/server.cpp) or
// by completions (io_uring/server.cpp). The loop has to
//  - give it what comes by receive() while it reads(), and the end of that by end_of_input();
//  - write output() and tell sent(); whatever is done, there may be more of it afterwards;
//  - call on_deadline() at deadline();
//  - where senders are checked, call proceed() when the DNS may have answered;
//  - when it is finished(), shut down the sending side; when it is gone(), close.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "balancer.hpp"
#include "ehlo/pump.hpp"
#include "ehlo/server.hpp"
#include "reception.hpp"
#include "tls.hpp"
#include "transcript.hpp"

namespace serve {

inline constexpr ehlo::milliseconds linger_time = ehlo::one_second;

/// What the sessions of one loop share. The context may be null where no TLS is offered, `senders` where who sends is
/// not checked.
class service {
 public:
  using storage = std::unique_ptr<ehlo::borrowing_server::storage>;

  service(options const& all, maildir& folder, tls::context const* certificate, message_checks* checks = nullptr)
      : o{all}, box{folder}, context{certificate}, senders{checks} {}

  /// Only who has begun something needs storage.
  storage lend() {
    if (idle_.empty()) return std::make_unique<storage::element_type>();
    storage one = std::move(idle_.back());
    idle_.pop_back();
    return one;
  }
  void take_back(storage one) {
    if (idle_.size() < most_idle) idle_.push_back(std::move(one));
  }

  options const& o;
  maildir& box;
  tls::context const* context;
  message_checks* senders;
  char plaintext[16384];  ///< what has just been decrypted

 private:
  static constexpr std::size_t most_idle = 64;
  std::vector<storage> idle_;
};

class session {
  using event_type = ehlo::event_type;
  using instant = ehlo::instant;

 public:
  /// `peer` is the client's address, without its port.
  session(service& with, std::string_view peer, std::string label, instant now)
      : all_{with},
        smtp_options_{&with.o.options_for(peer)},
        reception_{with.o, with.box, peer, with.senders},
        label_{std::move(label)},
        now_{now} {
    if (transcript::is_wanted(all_.o)) log_ = std::make_unique<transcript>(all_.o, label_, now_);
    if (all_.o.proxy_protocol) {
      state_ = state::proxy;
      balancer_ = std::make_unique<balancer>();
      give_up_ = now_ + all_.o.smtp.command_timeout;
    } else {
      begin();
    }
  }
  session(session const&) = delete;
  session& operator=(session const&) = delete;
  ~session() {
    smtp_.reset();
    if (storage_) all_.take_back(std::move(storage_));
  }

  /// What came from the client. All of it is taken, also what comes after reads() has become false.
  void receive(std::string_view octets, instant now) {
    now_ = now;
    if (state_ == state::proxy && !read_proxy_header(octets)) return;
    if (state_ == state::handshake || (state_ == state::mail && tls_)) {
      tls_->feed(octets);
      if (state_ == state::handshake)
        shake_hands();
      else if (unused_.empty())
        run({});
    } else if (state_ == state::mail) {
      if (unused_.empty())
        run(octets);
      else
        unused_ += octets;
    }
    rest();
  }
  /// The client will send nothing more; or (not clean) nothing reaches it, either.
  void end_of_input(bool clean, instant now) {
    now_ = now;
    ended_ = true;
    broken_ = broken_ || !clean;
    if (state_ == state::mail) {
      if (broken_ || unused_.empty()) run({});
    } else if (broken_ || state_ != state::farewell) {
      if (state_ == state::handshake) say(label_, "   -- TLS failed: the connection ended");
      state_ = state::gone;
    }
    rest();
  }
  [[nodiscard]] bool reads() const {
    return !ended_ && (state_ == state::mail ? waits_for_input_ : state_ != state::farewell);
  }

  /// What is to be written. It stays where it is until it was sent(), whatever else is called.
  [[nodiscard]] std::string_view output() const {
    if (broken_) return {};
    if (!ciphertext_.empty()) return std::string_view{ciphertext_}.substr(ciphertext_sent_);
    return smtp_ && !tls_ ? smtp_->output() : std::string_view{};
  }
  void sent(std::size_t count, instant now) {
    now_ = now;
    if (!ciphertext_.empty()) {
      ciphertext_sent_ += count;
      if (ciphertext_sent_ >= ciphertext_.size()) ciphertext_.clear();
    } else if (smtp_ && smtp_->sent(count) == ehlo::errc::ok && log_) {
      log_->sent(count);
    }
    if (state_ == state::mail) encrypt();  // what has waited for this
    rest();
    if (state_ == state::mail && !waits_for_input_) run({});
    rest();
  }

  [[nodiscard]] bool finished() const { return state_ >= state::lingering; }
  [[nodiscard]] bool gone() const { return state_ == state::gone; }

  [[nodiscard]] instant deadline() const {
    ehlo::due const engine = state_ == state::handshake || state_ == state::mail ? engine_deadline() : ehlo::due{};
    instant const own = (std::min)(give_up_, reception_.deadline());
    return engine ? (std::min)(engine.at, own) : own;
  }
  void on_deadline(instant now) {
    now_ = now;
    if (now >= give_up_) {
      state_ = state::gone;
    } else if (now >= reception_.deadline()) {
      reception_.on_deadline(now);
      proceed(now);
    } else if (now >= deadline()) {
      if (engine_deadline().phase == ehlo::deadline_phase::output) ended_ = broken_ = true;
      prepare();
      smtp_->on_deadline(now);
      state_ = state::mail;
      run({});
    }
    rest();
  }

  /// What is asked about a message may have been answered.
  void proceed(instant now) {
    if (!reception_.concludes()) return;
    now_ = now;
    if (!broken_) {
      if (log_) log_->note(reception_.finding(), now_);
      reception_.conclude(*smtp_);
    }
    run({});  // gives up what nobody would hear of
    rest();
  }

  /// The service ends: 421 at the next place between two replies.
  void shutdown(instant now) {
    now_ = now;
    if (state_ == state::mail) {
      stopping_ = smtp_->shutdown() == ehlo::errc::ok;
      if (waits_for_input_ || reception_.waits()) run({});
    } else if (state_ != state::farewell) {
      state_ = state::gone;
    }
    rest();
  }

 private:
  enum class state : std::uint8_t { proxy, handshake, mail, farewell, lingering, gone };

  [[nodiscard]] ehlo::due engine_deadline() const { return smtp_ ? smtp_->deadline() : ehlo::due{}; }

  /// Whoever sends something else is no balancer, and is told nothing. True: the session has begun.
  bool read_proxy_header(std::string_view& octets) {
    using status = ehlo::proxy_reader::status;
    ehlo::proxy_reader::result const r = balancer_->read(octets);
    if (r.what == status::need_input) return false;
    if (r.what == status::error) {
      say(label_, "   -- PROXY: ", message(r.error));
      state_ = state::gone;
      return false;
    }
    std::string const client = client_of(r.header);
    note("PROXY: for " + (client.empty() ? "the balancer itself" : client));
    reception_.speaks_for(client);
    smtp_options_ = &all_.o.options_for(client);
    balancer_.reset();
    give_up_ = never;
    begin();
    return true;
  }

  void begin() {
    if (all_.o.implicit_tls) {
      // There is no session before the handshake has ended, so its deadline is ours.
      give_up_ = now_ + all_.o.smtp.command_timeout;
      begin_handshake();
    } else {
      smtp_.emplace(*smtp_options_, now_);
      state_ = state::mail;
      run({});
      rest();
    }
  }

  void begin_handshake() {
    state_ = state::handshake;
    tls_.emplace(tls::channel::from(*all_.context));
  }
  void shake_hands() {
    tls::progress const how = tls_->handshake();
    if (how == tls::progress::more) return;
    give_up_ = never;
    state_ = state::mail;
    if (how == tls::progress::failed) {
      say(label_, "   -- TLS failed: ", tls_->error());
      if (!smtp_) return leave();  // with an alert
      smtp_->tls_failed();
    } else {
      if (log_) log_->tls_started(tls_->description(), now_);
      reception_.in_tls(tls_->cipher());
      if (!all_.o.users.empty()) reception_.binds_to(tls_->bindings());
      if (smtp_)
        smtp_->tls_started(tls_->facts());
      else
        smtp_.emplace(*smtp_options_, now_, tls_->facts());
    }
    run({});
  }

  /// Lets the engine go on until it waits: first with what it has left before, then with this.
  void run(std::string_view in) {
    waits_for_input_ = false;
    std::string left = std::exchange(unused_, {});
    if (!left.empty()) in = std::string_view{left}.substr(std::exchange(used_, 0));
    if (broken_) in = {};
    if (broken_ || storage_ == nullptr) prepare();
    if (reception_.waits() && (broken_ || stopping_)) reception_.give_up(*smtp_);
    for (;;) {
      ehlo::server_event const e = pump(in);
      if (e.type() == event_type::need_tls) return begin_handshake();
      if (e.type() == event_type::closed || e.type() == event_type::misuse) return leave();
      encrypt();
      if (e.type() == event_type::need_output || e.type() == event_type::need_reply) {
        if (e.type() == event_type::need_output && smtp_->output().empty()) continue;
        keep(in, left);
        return;
      }
      in = decrypt();
      if (!in.empty() || tell_end()) continue;
      waits_for_input_ = true;
      return;
    }
  }
  /// What is left of octets that were kept before is not moved: a flood of commands would be moved again for each
  /// reply.
  void keep(std::string_view in, std::string& left) {
    bool const again = !left.empty() && !in.empty() && in.data() + in.size() == left.data() + left.size();
    used_ = again ? left.size() - in.size() : 0;
    if (again)
      unused_ = std::move(left);
    else
      unused_ = in;
  }
  ehlo::server_event pump(std::string_view& in) {
    auto const take = [this](ehlo::server_event const& e) { reception_.take(*smtp_, e); };
    if (!log_) return ehlo::pump(*smtp_, in, now_, take);
    shown_engine shown{*smtp_, *log_};
    return ehlo::pump(shown, in, now_, take);
  }

  void prepare() {
    if (!storage_) {
      storage_ = all_.lend();
      smtp_->borrow(*storage_);
    }
    if (broken_) tell_end();
  }
  /// What every call ends with.
  void rest() {
    if (tls_ && ciphertext_.empty() && !tls_->output().empty()) {
      ciphertext_ = tls_->output();
      ciphertext_sent_ = 0;
      tls_->sent(ciphertext_.size());
    }
    if (state_ == state::farewell && output().empty()) {
      // A socket that is closed while input waits is reset, and the reset may overtake the last reply: so only our side
      // ends, and what still comes is thrown away for a moment.
      state_ = ended_ ? state::gone : state::lingering;
      give_up_ = now_ + linger_time;
    }
    if (smtp_ && storage_ && smtp_->idle() && smtp_->give_back() == ehlo::errc::ok) all_.take_back(std::move(storage_));
  }

  /// True: the engine has to be told, and was.
  bool tell_end() { return ended_ && smtp_->end_of_input(now_, !broken_) == ehlo::errc::ok; }

  /// Plaintext waits in the engine as long as ciphertext waits for the peer: memory is bounded by what it holds.
  void encrypt() {
    std::string_view const plaintext = smtp_->output();
    if (!tls_ || plaintext.empty() || !ciphertext_.empty() || !tls_->output().empty()) return;
    if (!tls_->write(plaintext)) ended_ = broken_ = true;
    smtp_->sent(plaintext.size());
    if (log_) log_->sent(plaintext.size());
  }
  std::string_view decrypt() {
    if (!tls_) return {};
    std::string_view const text = tls_->read(all_.plaintext);
    // A connection that ends without close_notify (RFC 8446 6.1) is common, and cuts no message short: those say
    // themselves where they end.
    ended_ = ended_ || tls_->peer_closed() || tls_->failed();
    return text;
  }

  void leave() {
    if (tls_) tls_->close();
    state_ = state::farewell;
    give_up_ = now_ + all_.o.smtp.write_timeout;
  }

  void note(std::string const& text) {
    if (log_) log_->note(text, now_);
  }

  service& all_;
  ehlo::server_options const* smtp_options_;
  service::storage storage_;                    ///< while the engine holds something
  std::optional<ehlo::borrowing_server> smtp_;  ///< on a connection that begins in TLS, from the handshake on
  std::unique_ptr<balancer> balancer_;          ///< until its header has come
  std::optional<tls::channel> tls_;
  reception reception_;
  std::string label_;
  std::unique_ptr<transcript> log_;
  std::string ciphertext_;  ///< is being sent; OpenSSL's own would move
  std::size_t ciphertext_sent_ = 0;
  std::string unused_;       ///< what the engine has left of what was read,
  std::size_t used_ = 0;     ///< behind as much that it has taken
  instant now_;              ///< of the call that we are in
  instant give_up_ = never;  ///< when the host's own patience ends
  state state_ = state::mail;
  bool waits_for_input_ = false;
  bool ended_ = false;   ///< the client will send nothing more
  bool broken_ = false;  ///< and nothing reaches it any more
  bool stopping_ = false;
};

}  // namespace serve
