// SPDX-License-Identifier: BSL-1.0
// Time and endings of a server: deadlines (RFC 5321 4.5.3.2.7), the minimum rate, STARTTLS, end of input, shutdown.
#pragma once

#include "server_core.hpp"

namespace ehlo::inline v0::inline EHLO_ISA {

/// The minimum rate is not in force in `strict`.
inline bool server_core::rate_applies() const noexcept {
  return options_->minimum_rate != 0 && options_->tolerances != strict;
}

/// Whether what comes belongs to a message, be it accepted or swallowed; between chunks too.
inline bool server_core::in_message() const noexcept {
  return message_open_ || mode_ == mode::text || mode_ == mode::chunk;
}

/// Counts, while a message is awaited, the time waited and the octets that came for it.
inline void server_core::account(std::size_t offered, instant now) noexcept {
  if (told_ == event_type::need_input && in_message()) {
    std::uint32_t const room = ~window_octets_;
    window_octets_ += offered < room ? static_cast<std::uint32_t>(offered) : room;
    if (now_ < now || window_ >= options_->rate_window) wait_in_window(now_ < now ? now - now_ : 0);
  }
  if (now_ < now) now_ = now;
}

/// A window that has ended well is followed by a new one.
inline void server_core::wait_in_window(milliseconds waited) noexcept {
  milliseconds const room = ~window_;
  window_ += static_cast<std::uint32_t>(waited < room ? waited : room);
  bool const well = window_octets_ * std::uint64_t{one_second} >= std::uint64_t{window_} * options_->minimum_rate;
  if (window_ >= options_->rate_window && well) new_window();
}

inline void server_core::new_window() noexcept {
  window_ = 0;
  window_octets_ = 0;
}

inline deadline_phase server_core::phase() const noexcept {
  if (told_ == event_type::need_output) return out_.empty() ? deadline_phase::none : deadline_phase::output;
  if (state_ == server_state::closed) return deadline_phase::none;
  if (question_ != event_type::need_input)
    return options_->host_timeout != 0 ? deadline_phase::host : deadline_phase::none;
  if (told_ == event_type::need_tls) return deadline_phase::tls;
  if (told_ != event_type::need_input) return deadline_phase::none;
  switch (mode_) {
    case mode::commands: return deadline_phase::command;
    case mode::text:
    case mode::chunk: return deadline_phase::message;
    case mode::sasl: return deadline_phase::auth;
    default: return deadline_phase::none;
  }
}

/// When the phase ends for want of input, the minimum rate aside.
inline instant server_core::patience(deadline_phase what) const noexcept {
  switch (what) {
    case deadline_phase::host: return waiting_since_ + options_->host_timeout;
    case deadline_phase::message: return waiting_since_ + options_->data_timeout;
    case deadline_phase::tls: return waiting_since_ + options_->command_timeout;
    case deadline_phase::output: return waiting_since_ + options_->write_timeout;
    default: return command_since_ + options_->command_timeout;
  }
}

inline due server_core::deadline() const noexcept {
  deadline_phase const what = phase();
  if (what == deadline_phase::none) return {};
  instant at = patience(what);
  if (told_ == event_type::need_input && in_message() && rate_applies()) {
    milliseconds const left = options_->rate_window > window_ ? options_->rate_window - window_ : 0;
    if (now_ + left < at) at = now_ + left;
  }
  return {at, what};
}

inline errc server_core::on_deadline(instant now) noexcept {
  due const d = deadline();
  if (state_ == server_state::closed && !d) return errc::local_order;
  if (!d || now < d.at) return errc::ok;
  if (d.phase == deadline_phase::host) {
    if (listed_)
      accepted(usual_answer());
    else
      rejected({451, {4, 3, 0}, "local error in processing"});
    return errc::ok;
  }
  account(0, now);
  bool const too_slow = now_ < patience(d.phase);
  if (too_slow && window_ == 0) return errc::ok;  // a window of the minimum rate has ended well
  drop_message(drop_reason::deadline);
  broken_ = broken_ || d.phase == deadline_phase::output;
  // In a handshake a reply would be neither plaintext nor TLS, and who does not read sees none.
  if (broken_ || d.phase == deadline_phase::tls)
    close();
  else
    close_with(too_slow ? errc::peer_too_slow : errc::peer_timeout);
  wipe();
  return errc::ok;
}

inline errc server_core::tls_started(tls_facts const& facts) noexcept {
  if (told_ != event_type::need_tls || state_ != server_state::tls) return errc::local_order;
  set(server_fact::tls_active, true);
  set(server_fact::needs_tls, false);
  set(server_fact::authenticated, false);
  set(server_fact::needs_auth, options_->require_auth);
  hello_ = verb::unknown;
  octets_ = 0;  // it has counted what was thrown away
  lines_.restart();
  go(facts.sufficient ? server_input::tls_started : server_input::tls_insufficient);
  mode_ = mode::commands;
  told_ = event_type::closed;
  return errc::ok;
}

inline errc server_core::tls_failed() noexcept {
  if (told_ != event_type::need_tls || state_ != server_state::tls) return errc::local_order;
  close();
  return errc::ok;
}

inline errc server_core::end_of_input(instant now, bool clean) noexcept {
  if (ended_ && (broken_ || clean)) return errc::local_order;
  account(0, now);
  ended_ = true;
  broken_ = !clean;
  return errc::ok;
}

inline errc server_core::shutdown(reply const& farewell) noexcept {
  if (farewell.code != 421 || (farewell.status && !farewell.status.fits(farewell.code))) return errc::local_code;
  if (state_ == server_state::closed || stopping_) return errc::local_order;
  farewell_ = farewell;
  stopping_ = true;
  return errc::ok;
}

inline void server_core::drop_message(drop_reason reason) noexcept {
  begin_due_ = false;
  if (!message_open_) return;
  message_open_ = false;
  drop_ = reason;
}

inline void server_core::close() noexcept {
  if (mode_ == mode::end) return;
  if (mode_ == mode::sasl) wipe();
  go(server_input::disconnect);
  mode_ = mode::end;
}

/// shutdown() takes effect: between two replies, when there is room for its own.
inline server_event server_core::say_farewell() noexcept {
  if (!room_for_reply()) return server_event{event_type::need_output};
  drop_message(drop_reason::shutdown);
  write(farewell_);
  close();
  wipe();
  return again;
}

/// closing_room is kept free for this, always.
inline void server_core::close_with(errc why) noexcept {
  write_error(why);
  close();
}

}  // namespace ehlo::inline v0::inline EHLO_ISA
