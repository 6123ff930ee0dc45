// SPDX-License-Identifier: BSL-1.0
// Time and endings of a client: deadlines (RFC 5321 4.5.3.2), end of input, QUIT, single commands, misuse.
#pragma once

#include "client_core.hpp"

namespace ehlo::inline v0::inline EHLO_ISA {

/// Ends the session. What was not sent never will be.
EHLO_COLD inline void client_core::close(errc why, enum advice what) noexcept {
  if (message_ != nullptr) lose(why);
  error_ = why;
  advice_ = what;
  state_ = consult(client_input::disconnect).next;
  out_.clear();
  reader_.restart();
  question_ = flight_open_ = piece_given_ = false;
  wipe_due_ = secret_;
}

/// What a lost connection means for a host that has nothing under way.
inline enum advice client_core::advice_when_lost() const noexcept {
  switch (state_) {
    case client_state::connected:
    case client_state::hello:
    case client_state::helo:
    case client_state::auth: return advice::next_host;
    case client_state::starttls:
    case client_state::tls:
      return options_->tls == tls_policy::opportunistic ? advice::reconnect_cleartext : advice::next_host;
    case client_state::quit: return advice_;
    case client_state::ready:
    case client_state::command: return transactions_ == 0 ? advice::next_host : advice::done;
    default: return advice::done;
  }
}

inline deadline_phase client_core::waits_for() const noexcept {
  if (told_ == client_event_type::need_tls) return deadline_phase::tls;
  if (told_ != client_event_type::need_input && told_ != client_event_type::need_output) return deadline_phase::none;
  switch (state_) {
    case client_state::connected: return deadline_phase::greeting;
    case client_state::auth: return deadline_phase::auth;
    case client_state::tls: return deadline_phase::tls;
    case client_state::mail: return deadline_phase::mail;
    case client_state::rcpt: return deadline_phase::rcpt;
    case client_state::data: return deadline_phase::data;
    case client_state::text: return deadline_phase::message;
    case client_state::chunks:
    case client_state::spoiled: return out_.empty() ? deadline_phase::verdict : deadline_phase::message;
    case client_state::lone_dot: return deadline_phase::verdict;
    case client_state::verdict: return end_is_out() ? deadline_phase::verdict : deadline_phase::message;
    case client_state::quit: return deadline_phase::quit;
    case client_state::closed: return deadline_phase::none;
    default: return deadline_phase::command;
  }
}

inline milliseconds client_core::timeout(deadline_phase what) const noexcept {
  switch (what) {
    case deadline_phase::greeting: return options_->greeting_timeout;
    case deadline_phase::mail: return options_->mail_timeout;
    case deadline_phase::rcpt: return options_->rcpt_timeout;
    case deadline_phase::data: return options_->data_timeout;
    case deadline_phase::message: return options_->block_timeout;
    case deadline_phase::verdict: return options_->verdict_timeout;
    case deadline_phase::quit: return options_->quit_timeout;
    default: return options_->command_timeout;
  }
}

inline due client_core::deadline() const noexcept {
  deadline_phase const what = waits_for();
  if (what == deadline_phase::none) return {};
  return {waiting_since_ + timeout(what), what};
}

inline errc client_core::on_deadline(instant now) noexcept {
  if (state_ == client_state::closed) return errc::local_order;
  due const d = deadline();
  if (!d || now < d.at) return errc::ok;
  if (now_ < now) now_ = now;
  if (d.phase == deadline_phase::tls)
    close(errc::peer_tls_failed, advice_when_lost());
  else
    close(state_ == client_state::quit ? error_ : errc::peer_timeout, advice_when_lost());
  return errc::ok;
}

inline errc client_core::end_of_input(instant now, bool clean) noexcept {
  if (ended_ && (broken_ || clean)) return errc::local_order;
  if (now_ < now) now_ = now;
  ended_ = true;
  broken_ = !clean;
  cut_ = cut_ || !out_.empty() || piece_given_;
  unsent_ += out_.unsent_commands();
  out_.clear();
  return errc::ok;
}

inline errc client_core::sent(std::size_t count) noexcept { return out_.take(count) ? errc::ok : errc::local_sent; }

inline errc client_core::quit() noexcept {
  if (!is_ready()) return errc::local_order;
  go(client_input::quit);
  return errc::ok;
}

/// Whether the host may begin something.
inline bool client_core::is_ready() const noexcept {
  return state_ == client_state::ready && !done_due_ && !failed_due_ && !ended_ && out_.empty();
}

inline errc client_core::command(std::string_view word, std::string_view argument) noexcept {
  if (!is_ready()) return errc::local_order;
  verb const what = parse_verb(word).what;
  for (verb const ours :
       {verb::ehlo, verb::helo, verb::lhlo, verb::mail, verb::rcpt, verb::data, verb::bdat, verb::quit, verb::auth,
        verb::starttls, verb::burl, verb::turn, verb::atrn, verb::send, verb::soml, verb::saml, verb::xclient})
    if (what == ours) return errc::local_argument;
  text_writer line{out_.command_room()};
  if (!write_command(line, word, argument, offer_.keywords.has(capability::smtputf8))) return errc::local_argument;
  out_.add_command(line.written().size());
  go(client_input::command);
  return errc::ok;
}

inline client_event client_core::misuse(errc why) const noexcept {
  client_event e{client_event_type::misuse};
  e.error_ = why;
  return e;
}

}  // namespace ehlo::inline v0::inline EHLO_ISA
