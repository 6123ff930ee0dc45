// SPDX-License-Identifier: BSL-1.0
// The client's side of input: next(), what is said before anything is heard, and what a reply leads to.
#pragma once

#include "client_core.hpp"

namespace ehlo::inline v0::inline EHLO_ISA {

inline client_core::client_core(client_options const& options, std::span<char> reply, std::span<char> commands,
                                std::span<std::string_view> list, instant now, tls_facts const* tls) noexcept
    : options_{&options}, reply_{reply}, out_{commands, list}, now_{now}, waiting_since_{now} {
  if (options.check()) {
    close(errc::local_options, advice::done);
    return;
  }
  tls_active_ = tls != nullptr;
  tls_verified_ = tls != nullptr && tls->verified;
  set(client_fact::helo_only, options.helo_only);
  if (tls != nullptr && !tls->sufficient) close(errc::peer_tls_failed, advice::next_host);
}

inline client_event client_core::next(std::string_view& in, instant now) noexcept {
  if (told_ == client_event_type::need_tls && state_ == client_state::tls && !in.empty())
    return misuse(errc::local_input);
  if (ended_ && in.size() > unused_) return misuse(errc::local_input);
  if (now_ < now) now_ = now;
  if (wipe_due_) wipe();
  client_event e = step(in);
  while (e.type() == again.type()) e = step(in);
  note(e);
  unused_ = in.size();
  return e;
}

/// From when on the peer is waited for: a piece of a reply does not prolong it, octets that were sent do.
inline void client_core::note(client_event const& e) noexcept {
  bool const moved = noted_sent_ != out_.sent() || noted_state_ != state_;
  if (moved || !is_wait(e.type()) || !is_wait(told_)) waiting_since_ = now_;
  noted_sent_ = out_.sent();
  noted_state_ = state_;
  told_ = e.type();
}

EHLO_APART inline client_event client_core::step(std::string_view& in) noexcept {
  if (done_due_) {
    client_event e{client_event_type::transaction_done};
    tell_done(e);
    return e;
  }
  if (failed_due_) {
    failed_due_ = false;
    return tell_end(client_event_type::failed);
  }
  if (state_ == client_state::closed) return tell_end(client_event_type::closed);
  if (question_) return client_event{client_event_type::need_answer};
  if (state_ == client_state::tls) return wait_for_tls(in);
  if (!ended_) {
    client_event const e = speak();
    if (e.type() != again.type()) return e;
  }
  return listen(in);
}

/// Why there is no transaction to be made any more, and the reply that said so if one did.
EHLO_COLD inline client_event client_core::tell_end(client_event_type type) const noexcept {
  client_event e{type};
  e.error_ = error_;
  e.advice_ = advice_;
  e.phase_ = decided_by_;
  e.reply_ = reply_view{{}, decided_code_, decided_status_};
  return e;
}

/// Says what is to be said before a reply is read. A flight goes out whole, so that what is said never depends on how
/// the replies come in.
inline client_event client_core::speak() noexcept {
  if (state_ == client_state::auth && sasl_ == sasl_step::ask) return ask_initial();
  if (flight_open_) {
    if (!fill_flight()) return client_event{client_event_type::need_output};
    if (flight_open_) return client_event{client_event_type::need_body};
  }
  if (state_ == client_state::text && piece_given_ && !send_text()) return client_event{client_event_type::need_output};
  if (state_ == client_state::chunks && piece_given_ && !send_chunks())
    return client_event{client_event_type::need_output};
  return again;
}

/// A reply is read when everything said before is sent, or can no longer be.
inline client_event client_core::listen(std::string_view& in) noexcept {
  if (state_ == client_state::closed) return again;
  if (!in.empty()) {
    if (!ended_ && !out_.empty()) return client_event{client_event_type::need_output};
    reply_reader::result const r = reader_.read(in, reply_, options_->replies, options_->tolerances);
    switch (r.what) {
      case reply_reader::status::need_input: break;
      case reply_reader::status::reply: return take_reply(r.reply, r.bare_lf);
      case reply_reader::status::malformed: break_protocol(errc::peer_reply); return again;
      case reply_reader::status::too_long: break_protocol(errc::peer_reply_too_long); return again;
    }
  }
  if (ended_) {
    close(state_ == client_state::quit ? error_ : errc::peer_gone, advice_when_lost());
    return again;
  }
  return wait();
}

inline client_event client_core::wait() noexcept {
  if (wants_body()) return client_event{out_.empty() ? client_event_type::need_body : client_event_type::need_output};
  if (reply_is_due()) return client_event{client_event_type::need_input};
  if (!out_.empty()) return client_event{client_event_type::need_output};
  return client_event{client_event_type::ready};
}

/// Whether what comes next is a reply, not a call of the host's.
inline bool client_core::reply_is_due() const noexcept {
  return state_ != client_state::ready && state_ != client_state::text;
}

/// Whether the next reply answers a command of the transaction that was sent whole: one that was not cannot have been
/// refused.
inline bool client_core::was_asked() const noexcept {
  switch (state_) {
    case client_state::mail:
    case client_state::rcpt:
    case client_state::data: return unsent_ == 0 || said_ - answered_ > unsent_;
    case client_state::chunks:
    case client_state::spoiled: return unsent_ == 0 || chunks_out_ > unsent_;
    default: return true;
  }
}

/// Which of its inputs the table is given for a reply. Greeting and STARTTLS have one positive code (RFC 5321 4.3.2,
/// RFC 3207 4).
inline client_input client_core::input_of(reply_view const& r) const noexcept {
  if (r.mixed_digits() && state_ == client_state::verdict) return client_input::violation;
  if (r.code() == 421) return client_input::closing;
  if (!was_asked()) return client_input::violation;
  bool const needs_220 = state_ == client_state::connected || state_ == client_state::starttls;
  switch (r.code().severity()) {
    case severity::success:
      if (needs_220 && r.code() != 220) return client_input::violation;
      if (state_ == client_state::auth && sasl_ == sasl_step::cancelled) return client_input::violation;
      if (state_ == client_state::auth && unearned_) return client_input::permanent;
      // What was not said whole cannot have been taken.
      if (state_ == client_state::verdict && (!end_is_out() || cut_)) return client_input::violation;
      return client_input::success;
    case severity::intermediate: return client_input::intermediate;
    case severity::transient: return client_input::transient;
    case severity::permanent: return client_input::permanent;
    case severity::none: break;
  }
  return client_input::violation;
}

inline reply_phase client_core::phase() const noexcept {
  switch (state_) {
    case client_state::connected: return reply_phase::greeting;
    case client_state::hello:
    case client_state::helo: return reply_phase::hello;
    case client_state::starttls: return reply_phase::starttls;
    case client_state::auth: return reply_phase::auth;
    case client_state::mail: return reply_phase::mail;
    case client_state::rcpt: return reply_phase::rcpt;
    case client_state::data: return reply_phase::data;
    case client_state::chunks:
    case client_state::spoiled: return reply_phase::chunk;
    case client_state::lone_dot:
    case client_state::verdict: return reply_phase::verdict;
    case client_state::reset: return reply_phase::reset;
    case client_state::command: return reply_phase::command;
    case client_state::quit: return reply_phase::quit;
    case client_state::tls:
    case client_state::ready:
    case client_state::text:
    case client_state::closed: break;
  }
  return reply_phase::none;
}

inline client_event client_core::take_reply(reply_view const& r, bool bare_lf) noexcept {
  client_event e{client_event_type::reply};
  e.reply_ = r;
  e.phase_ = phase();
  if (state_ == client_state::rcpt) e.index_ = answered_ - 1;
  if (state_ == client_state::verdict) e.index_ = verdict_;
  if (r.mixed()) e.tolerated_ |= tolerance::mixed_reply_codes;
  if (bare_lf) e.tolerated_ |= tolerance::bare_lf_in_command;
  client_input const i = input_of(r);
  if (state_ == client_state::chunks && chunks_out_ == 0) e.phase_ = reply_phase::none;  // it answers nothing
  if (i == client_input::closing) {
    take_closing(r, e.phase_);
    return e;
  }
  client_step const to = consult(i);
  if (to.action == client_action::protocol_error || e.phase_ == reply_phase::none) {
    break_protocol(e.phase_ == reply_phase::none ? errc::peer_surplus_reply : errc::peer_reply_code);
    return e;
  }
  state_ = to.next;
  perform(to.action, r, e);
  return e;
}

/// The actions that a reply leads to.
inline void client_core::perform(client_action action, reply_view const& r, client_event& e) noexcept {
  switch (action) {
    case client_action::take_offer:
      offer_ = read_ehlo_response(r, options_->mechanisms);
      ignore_offers();
      after_offer();
      break;
    case client_action::take_no_offer: after_offer(); break;
    case client_action::refuse_tls:
      tls_refused_ = true;
      after_offer();
      break;
    case client_action::fail: fail(r, e.phase_); break;
    case client_action::take_challenge: take_challenge(r, e); break;
    case client_action::go_on:
    case client_action::refuse_all:
    case client_action::accept_one:
    case client_action::refuse_one: take_envelope_reply(action, r); break;
    case client_action::refuse_accepted: refuse_accepted(r, e.phase_); break;
    case client_action::begin_text: begin_text(); break;
    case client_action::say_lone_dot: say_lone_dot(); break;
    case client_action::take_verdict: take_verdict(r); break;
    case client_action::finish: finish(outcome_); break;
    case client_action::tell_command: e.type_ = client_event_type::command_done; break;
    case client_action::none: after_reply(e.phase_); break;
    default: act(action); break;
  }
}

/// Those that need no reply.
inline void client_core::act(client_action action) noexcept {
  switch (action) {
    case client_action::say_hello: say_hello(options_->lmtp ? verb::lhlo : verb::ehlo); break;
    case client_action::say_helo: say_hello(verb::helo); break;
    case client_action::say_starttls: say(verb::starttls); break;
    case client_action::begin_auth: begin_auth(); break;
    case client_action::say_reset: say(verb::rset); break;
    case client_action::say_quit: say(verb::quit); break;
    case client_action::close: close(error_, advice_); break;
    default: break;
  }
}

inline void client_core::go(client_input i) noexcept {
  client_step const to = consult(i);
  state_ = to.next;
  act(to.action);
}

/// Replies that change nothing but the state.
inline void client_core::after_reply(reply_phase answered) noexcept {
  if (answered == reply_phase::auth) {
    authenticated_ = true;
    wipe_due_ = secret_;
  }
  if (answered == reply_phase::chunk) {
    --chunks_out_;
    after_chunk();
  }
}

/// The connection is of no further use (RFC 5321 4.2): what a later reply would answer cannot be known.
EHLO_COLD inline void client_core::break_protocol(errc why) noexcept {
  close(state_ == client_state::quit ? error_ : why, advice_when_lost());
}

}  // namespace ehlo::inline v0::inline EHLO_ISA
