// SPDX-License-Identifier: BSL-1.0
// What becomes of a message: the outcome for each recipient, and the advice for all. A loss before the end of the
// message was sent is a refusal for now; after it nobody can know (RFC 5321 3.8, 4.2.5, RFC 2033 4.2).
#pragma once

#include "client_core.hpp"

namespace ehlo::inline v0::inline EHLO_ISA {

/// The reply decides about this recipient.
inline void client_core::decide(recipient& one, reply_view const& r, reply_phase by) noexcept {
  one.code = r.code();
  one.status = r.status();
  one.decided_by = by;
  one.state = r.code().is_success()     ? outcome::delivered
              : r.code().is_permanent() ? outcome::refused_for_good
                                        : outcome::refused_for_now;
}

/// No reply has decided about this recipient: that RCPT was accepted is no outcome.
inline void client_core::undecide(recipient& one, outcome state) noexcept {
  one.state = state;
  one.code = {};
  one.status = {};
  one.decided_by = reply_phase::none;
}

/// The reply decides about the accepted recipients: it refuses the body.
inline void client_core::refuse_accepted(reply_view const& r, reply_phase by) noexcept {
  for (recipient& one : recipients())
    if (one.state == outcome::accepted) decide(one, r, by);
  if (by == reply_phase::chunk) {
    piece_given_ = false;
    --chunks_out_;
  } else {
    say(verb::rset);
  }
  finish(outcome_);
  if (by == reply_phase::chunk) after_chunk();
}

/// LMTP: the recipient whose verdict comes next, and whether others follow (RFC 2033 4.2).
inline void client_core::find_verdict(std::size_t from) noexcept {
  std::span<recipient const> const all = recipients();
  while (from != all.size() && all[from].state != outcome::accepted) ++from;
  verdict_ = static_cast<std::uint32_t>(from);
  bool more = false;
  for (std::size_t i = from + 1; options_->lmtp && i < all.size() && !more; ++i)
    more = all[i].state == outcome::accepted;
  set(client_fact::more_verdicts, more);
}

inline void client_core::take_verdict(reply_view const& r) noexcept {
  if (options_->lmtp) {
    decide(message_->to[verdict_], r, reply_phase::verdict);
    if (state_ == client_state::verdict) return find_verdict(verdict_ + 1);
  } else {
    for (recipient& one : recipients())
      if (one.state == outcome::accepted) decide(one, r, reply_phase::verdict);
  }
  finish(outcome_);
}

/// 421 is the reply to what is outstanding, whatever that is (RFC 5321 3.8, 4.2.2).
inline void client_core::take_closing(reply_view const& r, reply_phase by) noexcept {
  decided_code_ = r.code();
  decided_status_ = r.status();
  decided_by_ = by;
  if (message_ != nullptr) {
    bool const first = state_ == client_state::mail && transactions_ != 0 && !message_->reconnected;
    for (recipient& one : recipients())
      if (one.state == outcome::accepted || one.state == outcome::not_tried) decide(one, r, by);
    finish(errc::peer_closing);
    if (first) {
      outcome_advice_ = advice::reconnect;
      last_message_->reconnected = true;
    }
  }
  close(state_ == client_state::quit ? error_ : errc::peer_closing, advice_when_lost());
}

/// The connection is lost, or dropped, inside a transaction.
inline void client_core::lose(errc why) noexcept {
  bool const ours = is_local(why);
  for (recipient& one : recipients()) {
    if (one.state != outcome::accepted && one.state != outcome::not_tried) continue;
    undecide(one, end_is_out() ? outcome::unknown : ours ? outcome::not_tried : outcome::refused_for_now);
  }
  finish(why);
}

/// The transaction is over: its recipients have their outcomes.
inline void client_core::finish(errc why) noexcept {
  outcome_ = why;
  for (recipient& one : recipients())
    if (one.state == outcome::accepted) undecide(one, outcome::not_tried);  // given up by the host
  outcome_advice_ = overall();
  ++transactions_;
  done_due_ = true;
  last_message_ = message_;
  message_ = nullptr;
}

inline void client_core::tell_done(client_event& e) noexcept {
  done_due_ = false;
  e.error_ = outcome_;
  e.advice_ = outcome_advice_;
  e.tolerated_ = text_.used();
  outcome_ = errc::ok;
}

inline enum advice client_core::overall() const noexcept {
  bool delivered = false;
  bool refused = false;
  bool later = false;
  bool next = false;
  for (recipient const& one : message_->to) {
    bool const open = one.state != outcome::delivered && one.state != outcome::refused_for_good;
    delivered |= one.state == outcome::delivered;
    refused |= one.state == outcome::refused_for_good;
    next |= open && one.next_transaction;
    later |= open && !one.next_transaction;
  }
  if (outcome_ == errc::local_text) return advice::convert;
  if (next && delivered && outcome_ == errc::ok) return advice::next_transaction;
  if (next || later) return advice::retry_later;
  return refused ? advice::give_up : advice::done;
}

/// What submit() returned, as advice for the message.
[[nodiscard]] constexpr enum advice advice_for(errc refused) noexcept {
  switch (refused) {
    case errc::ok: return advice::done;
    case errc::local_eightbitmime:
    case errc::local_smtputf8:
    case errc::local_binarymime: return advice::convert;
    case errc::local_limits: return advice::reconnect;
    case errc::local_order: return advice::retry_later;
    case errc::local_requiretls: return advice::next_host;
    default: return advice::give_up;
  }
}

}  // namespace ehlo::inline v0::inline EHLO_ISA
