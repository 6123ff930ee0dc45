// SPDX-License-Identifier: BSL-1.0
// The messages of a queue on one connection, from the greeting to QUIT: the part of a client that is about mail. It has
// neither socket nor TLS; who has these asks what is to be done next(), does that one thing, tells it, and asks again:
//
//   for (;;) switch (mail.next(now)) {
//     case task::read:      received() what came, or end_of_input()
//     case task::write:     sent() of output(), or write_failed()
//     case task::handshake: tls_started() or tls_failed()
//     case task::close:     close the connection; how it ended is in the queue
//   }
//
// Where it takes until deadline(), on_deadline(), and ask again. Hosts that have no TLS of their own: send_session.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ehlo/client.hpp"
#include "ehlo/pump.hpp"
#include "in_words.hpp"
#include "send_login.hpp"
#include "send_queue.hpp"
#include "send_report.hpp"
#include "send_transcript.hpp"

namespace sending {

enum class task : std::uint8_t { read, write, handshake, close };

class delivery {
  using instant = ehlo::instant;

 public:
  delivery(send_queue& all, instant now) : all_{all}, log_{all.o, now}, texts_{all.smtp.lmtp}, login_{all.o} {
    // Where TLS comes first there is no session before it, so its deadline is ours.
    if (all.o.security == security::implicit)
      give_up_ = now + all.smtp.command_timeout;
    else
      smtp_.emplace(all.smtp, now);
  }

  task next(instant now) {
    now_ = now;
    if (over_) return task::close;
    if (!smtp_) return task::handshake;
    if (broken_ && !gone_) return task::read;
    for (;;) {
      note_stage();
      shown_engine shown{*smtp_, log_};
      ehlo::client_event const e = ehlo::pump(shown, in_, now, [this](ehlo::client_event const& mail) {
        note_stage();
        take(mail);
      });
      using enum ehlo::client_event_type;
      if (e.type() == closed) return close(e);
      if (e.type() == need_tls) return task::handshake;
      if (e.type() == need_input && output().empty()) return task::read;
      if (e.type() != need_input && e.type() != need_output) unforeseen(e);
      if (!gone_) return task::write;
      smtp_->end_of_input(now, false);
    }
  }

  /// They stay where they are until the task is `read` again.
  void received(std::string_view octets) {
    if (broken_)
      in_ = last_words_.append(octets);
    else
      in_ = octets;
    gone_ = gone_ || last_words_.size() > most_last_words;
  }
  /// Nothing more will come; or (not clean) the connection is broken.
  void end_of_input(bool clean, instant now) {
    if (broken_)
      gone_ = true;
    else
      smtp_->end_of_input(now, clean);
  }

  /// For one writev. It stays where it is until it was sent.
  [[nodiscard]] std::span<std::string_view const> output() const {
    if (!smtp_) return {};
    return smtp_->output();
  }
  void sent(std::size_t count) {
    log_.sent(output(), count, now_);
    smtp_->sent(count);
    if (all_.waiting.empty()) return;
    outgoing_message const& text = all_.waiting.front().text;
    all_.report.progress(text.name(), sent_ += count, text.size());
  }
  /// Nothing can be sent any more; but a server that has had enough may have said why, so that is still read.
  void write_failed(instant now) {
    broken_ = true;
    give_up_ = now + ehlo::one_second;
    in_ = last_words_ = in_;
  }

  /// Before tls_started(): what a login can be bound to.
  void binds_to(tls::channel_bindings channel) { login_.binds_to(std::move(channel)); }
  void tls_started(ehlo::tls_facts const& facts, std::string const& description, instant now) {
    log_.tls_started(description, now);
    if (smtp_)
      smtp_->tls_started(facts);
    else
      smtp_.emplace(all_.smtp, now, facts);
  }
  /// `how` is none where it was not TLS that failed, but the connection under it.
  void tls_failed(std::string why, trace::transport_failure how, ehlo::errc error = ehlo::errc::peer_gone) {
    ending& end = all_.last;
    end.failure = {.transport = how, .error = error, .at = trace::stage::tls};
    if (smtp_) {
      smtp_->tls_failed();
      end.why = std::move(why);
    } else {
      end.error = ehlo::errc::peer_tls_failed;
      end.advice = ehlo::advice::next_host;
      end.why = "TLS failed: " + why;
      over_ = true;
    }
  }

  [[nodiscard]] instant deadline() const { return broken_ || !smtp_ ? give_up_ : smtp_->deadline().at; }
  /// Called early, it does nothing. What was sent() moves the deadline when next() is asked.
  void on_deadline(instant now) {
    if (over_ || now < deadline()) return;
    if (broken_)
      gone_ = true;
    else if (!smtp_ || smtp_->state() == ehlo::client_state::tls)
      tls_failed("timeout", trace::transport_failure::none, ehlo::errc::peer_timeout);
    else
      smtp_->on_deadline(now);
  }

 private:
  static constexpr std::size_t most_last_words = 16384;

  void take(ehlo::client_event const& e) {
    switch (e.type()) {
      using enum ehlo::client_event_type;
      case need_body: give_piece(); break;
      case ready:
        if (!submit_next()) smtp_->quit();
        break;
      case auth:
      case challenge: login_.take(*smtp_, e); break;
      case reply: texts_.keep(e); break;
      case transaction_done: conclude(e); break;
      case failed:
        all_.last.why = with_reply(e.error(), bool{e.reply().code()});
        if (!login_.why().empty()) all_.last.why.append("; ").append(login_.why());
        all_.last.failure = failure(e.error(), e.reply().code(), e.reply().status(), trace::stage_of(e.phase()));
        break;
      default: unforeseen(e);
    }
  }
  /// No single commands are said.
  [[noreturn]] static void unforeseen(ehlo::client_event const& e) {
    fail(status::software, "an event that nothing here can lead to: ", message(e.error()));
  }

  /// False: there is nothing more to send here.
  bool submit_next() {
    while (!all_.waiting.empty()) {
      waiting_message& m = all_.waiting.front();
      if (!m.prepare(all_.o.signing)) {
        drop(m, m.text.error(), status::no_input);
        continue;
      }
      ehlo::errc const why = smtp_->submit(m.envelope);
      if (why == ehlo::errc::ok) return begin(m);
      ehlo::advice const what = ehlo::advice_for(why);
      if (what == ehlo::advice::reconnect) {
        all_.last.why = message(why);
        all_.last.failure = {.error = why};
        return false;
      }
      if (why == ehlo::errc::local_forward_path)
        drop_malformed(m);
      else
        drop(m, std::string{message(why)}.append(hint(what)), status_of(why, what), why);
    }
    return false;
  }
  bool begin(waiting_message& m) {
    log_.note("submit: " + m.text.name() + ", " + std::to_string(m.text.size()) + " octets", now_);
    texts_.forget();
    sent_ = 0;
    // Behind DATA the engine repairs line ends, chunks go out as they are.
    if (all_.smtp.chunking && smtp_->offer().keywords.has(ehlo::capability::chunking))
      m.text.rewind_repaired(all_.smtp.chunk_size);
    else
      m.text.rewind();
    return true;
  }
  void drop(waiting_message const& m, std::string_view why, int exit_status, ehlo::errc error = ehlo::errc::ok) {
    all_.give_up(m, "not tried", why, exit_status);
    if (error != ehlo::errc::ok) all_.meaning.add({.error = error, .at = trace::stage::ready});
    all_.waiting.pop_front();
    all_.last.progress = true;
  }
  void drop_malformed(waiting_message& m) {
    std::erase_if(m.open, [&](ehlo::recipient const& r) {
      if (r.state != ehlo::outcome::malformed) return false;
      all_.report.recipient(m.text.name(), r.path, in_words(name(r.state)), "not an address", status::refused);
      all_.meaning.add({.error = ehlo::errc::local_forward_path}, r.path);
      return true;
    });
    if (m.open.empty()) all_.waiting.pop_front();
  }
  static std::string_view hint(ehlo::advice what) {
    return what == ehlo::advice::convert ? "; the message has to be encoded for it" : "";
  }

  void give_piece() {
    std::string_view piece;
    bool last = false;
    if (!all_.waiting.front().text.next(piece, last) || smtp_->body(piece, last) != ehlo::errc::ok) smtp_->abort();
  }

  /// The outcomes; who is to be tried again at once stays in the queue.
  void conclude(ehlo::client_event const& e) {
    waiting_message& m = all_.waiting.front();
    std::vector<ehlo::recipient> again;
    for (std::size_t i = 0; i != m.open.size(); ++i) {
      ehlo::recipient const& r = m.open[i];
      bool const decided = r.state == ehlo::outcome::delivered || r.state == ehlo::outcome::refused_for_good;
      bool const at_once =
          e.advice() == ehlo::advice::reconnect || (e.advice() == ehlo::advice::next_transaction && r.next_transaction);
      if (!decided && at_once)
        again.push_back({r.path, r.params});
      else
        tell(m, r, texts_.decision(r, i), e);
    }
    m.open = std::move(again);
    if (m.open.empty()) all_.waiting.pop_front();
  }
  void tell(waiting_message const& m, ehlo::recipient const& r, std::string why, ehlo::client_event const& e) {
    int exit_status = r.state == ehlo::outcome::delivered          ? status::delivered
                      : r.state == ehlo::outcome::refused_for_good ? status::refused
                                                                   : status::later;
    if (!m.text.error().empty() && e.error() == ehlo::errc::local_aborted) {
      why = m.text.error();
      exit_status = status::no_input;
    } else if (e.error() != ehlo::errc::ok && !r.code) {
      why = with_reply(e.error(), is_said_by_reply(e.error()));
      if (r.state == ehlo::outcome::unknown) why += "; it may have been delivered";
      exit_status = status_of(e.error(), e.advice());
    }
    if (r.state == ehlo::outcome::delivered && r.dsn_not_passed_on) why += " (the server sends no notices: no DSN)";
    all_.report.recipient(m.text.name(), r.path, in_words(name(r.state)), why, exit_status);
    if (exit_status != status::delivered && exit_status != status::no_input)
      all_.meaning.add(failure(e.error(), r.code, r.status, stage_of(r)), r.path);
    all_.last.progress = true;
  }

  /// What is wrong, and what the server said to it.
  [[nodiscard]] std::string with_reply(ehlo::errc why, bool was_said) const {
    return std::string{message(why)} + (was_said ? ": " + texts_.last() : "");
  }
  /// Where the session stands, which it no longer knows when it is closed.
  void note_stage() {
    if (smtp_->state() != ehlo::client_state::closed) at_ = trace::stage_of(smtp_->state());
  }
  /// Until the end of the message is sent, it is the message that goes out.
  [[nodiscard]] trace::stage stage_of(ehlo::recipient const& r) const {
    if (r.code) return trace::stage_of(r.decided_by);
    bool const end_sent = r.state == ehlo::outcome::unknown;
    return at_ == trace::stage::verdict && !end_sent ? trace::stage::text : at_;
  }
  [[nodiscard]] trace::failure failure(ehlo::errc why, ehlo::reply_code code, ehlo::enhanced_code status,
                                       trace::stage at) const {
    return {.error = why,
            .at = at,
            .code = code,
            .status = status,
            .tls = smtp_->tls_active() ? trace::tls_state::active : trace::tls_state::cleartext};
  }
  task close(ehlo::client_event const& e) {
    ending& end = all_.last;
    if (end.why.empty())
      end.failure =
          failure(e.error(), e.reply().code(), e.reply().status(), e.reply().code() ? trace::stage_of(e.phase()) : at_);
    end.error = e.error();
    end.advice = e.advice();
    if (end.error == ehlo::errc::peer_tls_failed)
      end.why = std::string{message(e.error())} + ": " + end.why;
    else if (end.why.empty())
      end.why = with_reply(e.error(), is_said_by_reply(e.error()));
    over_ = true;
    return task::close;
  }

  send_queue& all_;
  transcript log_;
  reply_texts texts_;
  login login_;
  std::optional<ehlo::client> smtp_;  ///< on a connection that begins in TLS, from the handshake on
  std::string_view in_;               ///< what was read and the engine has not used yet
  std::string last_words_;            ///< what has been read since nothing can be sent
  instant now_{};                     ///< when next() was called last
  instant give_up_{};                 ///< a deadline that is not the engine's
  trace::stage at_{};                 ///< where the session was last
  std::uint64_t sent_ = 0;            ///< octets of this message
  bool broken_ = false;               ///< nothing can be sent any more
  bool gone_ = false;                 ///< and nothing more will be heard
  bool over_ = false;
};

}  // namespace sending
