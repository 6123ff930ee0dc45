// SPDX-License-Identifier: BSL-1.0
// The client's way to its first transaction: greeting, EHLO or HELO, STARTTLS (RFC 5321 3.1, 3.2, RFC 3207).
#pragma once

#include "client_core.hpp"

namespace ehlo::inline v0::inline EHLO_ISA {

/// Where a command is said, everything before is sent, so there is room, but for a connection that has ended.
inline void client_core::add(text_writer const& line) noexcept {
  if (line.fits()) out_.add_command(line.written().size());
}

/// A command without an argument.
inline void client_core::say(verb what) noexcept {
  text_writer line{out_.command_room()};
  if (write_command(line, what)) add(line);
}

inline void client_core::say_hello(verb what) noexcept {
  bool const secure = tls_active_ || options_->tls != tls_policy::require;
  bool const needs_auth = !options_->mechanisms.empty() && options_->require_auth;
  set(client_fact::may_helo, secure && !needs_auth && options_->required == capability_set{} && !options_->lmtp);
  set(client_fact::tls_required, options_->tls == tls_policy::require);
  offer_ = {};
  text_writer line{out_.command_room()};
  if (write_hello(line, what, options_->hostname)) add(line);
}

/// What the options ignore is not there, its numbers included.
inline void client_core::ignore_offers() noexcept {
  capability_set const ignored = options_->ignored;
  offer_.keywords = offer_.keywords.without(ignored);
  if (ignored.has(capability::size)) offer_.max_size = 0;
  if (ignored.has(capability::limits)) offer_.mail_max = offer_.rcpt_max = offer_.rcpt_domain_max = 0;
  if (ignored.has(capability::auth)) offer_.mechanisms = 0;
  if (ignored.has(capability::deliverby)) offer_.min_deliver_by_s = 0;
  if (!ignored.has(capability::futurerelease)) return;
  offer_.max_hold_s = 0;
  offer_.max_hold_until = 0;
}

/// What the offer, or its absence, leads to.
inline void client_core::after_offer() noexcept {
  bool const offered = offer_.keywords.has(capability::starttls) && !tls_refused_;
  if (!tls_active_ && options_->tls != tls_policy::never && offered) return go(client_input::tls_wanted);
  if (!tls_active_ && options_->tls == tls_policy::require) return unfit(errc::peer_tls_unavailable);
  if (options_->required.without(offer_.keywords) != capability_set{}) return unfit(errc::peer_extension_unavailable);
  if (!options_->mechanisms.empty() && !authenticated_) {
    bool const allowed = tls_active_ || options_->auth_in_cleartext;
    if (allowed && choose_mechanism(0)) return go(client_input::auth_wanted);
    if (options_->require_auth) return unfit(errc::peer_auth_unavailable);
  }
  go(client_input::session_ready);
}

inline void client_core::unfit(errc why) noexcept {
  error_ = why;
  advice_ = why == errc::peer_auth_unavailable ? advice::give_up : advice::next_host;
  state_ = consult(client_input::unfit).next;
  failed_due_ = true;
  say(verb::quit);
}

/// What HELO, which knows no extensions, cannot give where EHLO is refused for good.
inline errc client_core::why_no_helo() const noexcept {
  if (options_->tls == tls_policy::require && !tls_active_) return errc::peer_tls_unavailable;
  if (!options_->mechanisms.empty() && options_->require_auth) return errc::peer_auth_unavailable;
  return options_->required == capability_set{} ? errc::peer_hello : errc::peer_extension_unavailable;
}

/// A reply that ends the hope for a transaction.
inline void client_core::fail(reply_view const& r, reply_phase by) noexcept {
  decided_code_ = r.code();
  decided_status_ = r.status();
  decided_by_ = by;
  advice_ = advice::next_host;
  switch (by) {
    case reply_phase::greeting:
      error_ = errc::peer_greeting;
      if (r.code() == 521 || (r.code().is_permanent() && !options_->next_host_after_refusal)) advice_ = advice::give_up;
      break;
    case reply_phase::starttls: error_ = errc::peer_tls_unavailable; break;
    case reply_phase::auth:
      error_ = errc::peer_auth_failed;
      advice_ = r.code().is_transient() ? advice::retry_later : advice::give_up;
      wipe_due_ = secret_;
      break;
    default: error_ = r.code().is_permanent() ? why_no_helo() : errc::peer_hello; break;
  }
  failed_due_ = true;
  say(verb::quit);
}

/// RFC 3207 5: nothing that came in clear text may count after the handshake, and no server says anything more.
inline client_event client_core::wait_for_tls(std::string_view& in) noexcept {
  if (!in.empty()) {
    in.remove_prefix(in.size());
    close(errc::peer_surplus_reply, advice::next_host);
    return again;
  }
  if (ended_) {
    close(errc::peer_tls_failed, advice_when_lost());
    return again;
  }
  if (!out_.empty()) return client_event{client_event_type::need_output};
  return client_event{client_event_type::need_tls};
}

inline errc client_core::tls_started(tls_facts const& facts) noexcept {
  if (told_ != client_event_type::need_tls || state_ != client_state::tls) return errc::local_order;
  told_ = client_event_type::closed;
  if (!facts.sufficient) {
    close(errc::peer_tls_failed, advice_when_lost());
    return errc::ok;
  }
  tls_active_ = true;
  tls_verified_ = facts.verified;
  reader_.restart();
  go(client_input::tls_started);
  return errc::ok;
}

inline errc client_core::tls_failed() noexcept {
  if (told_ != client_event_type::need_tls || state_ != client_state::tls) return errc::local_order;
  close(errc::peer_tls_failed, advice_when_lost());
  return errc::ok;
}

}  // namespace ehlo::inline v0::inline EHLO_ISA
