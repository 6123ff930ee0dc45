// SPDX-License-Identifier: BSL-1.0
// What a server answers: the host's accept and reject, the greeting, and the list of extensions.
#pragma once

#include "../base/text_writer.hpp"
#include "server_core.hpp"
#include "server_replies.hpp"

namespace ehlo::inline v0::inline EHLO_ISA {

inline errc server_core::sent(std::size_t count) noexcept {
  if (!out_.sent(count)) return errc::local_sent;
  some_sent_ = some_sent_ || count != 0;
  return errc::ok;
}

inline errc server_core::accept(std::string_view text) noexcept {
  if (question_ == event_type::need_input) return errc::local_order;
  ready_reply const& usual = usual_answer();
  if (text.empty())
    accepted(usual);
  else
    accepted({{usual.code, usual.status, text}});
  return errc::ok;
}

inline errc server_core::accept(reply const& answer) noexcept {
  if (question_ == event_type::need_input) return errc::local_order;
  if (!may_accept(answer)) return errc::local_code;
  reply full = answer;
  if (full.text.empty()) full.text = usual_answer().text;
  if (listed_) full.status = usual_answer().status;  // RFC 2034 4: one status on all lines
  accepted({full});
  return errc::ok;
}

/// 2yz, with the status of that class; and only the usual code where another would mean something else to the peer.
inline bool server_core::may_accept(reply const& answer) const noexcept {
  if (!answer.code.is_success() || (answer.status && !answer.status.fits(answer.code))) return false;
  reply_code const usual = usual_answer().code;
  bool const fixed = usual == 220 || usual == 235 || listed_;  // RFC 3207 4, RFC 4954 4, RFC 5321 4.2.1
  return !fixed || answer.code == usual;
}

inline errc server_core::reject(reply const& answer) noexcept {
  bool const in_body = question_ == event_type::need_input && message_open_ && !refused_ &&
                       (mode_ == mode::text || mode_ == mode::chunk);
  if (question_ == event_type::need_input && !in_body) return errc::local_order;
  bool const fits = !answer.status || answer.status.fits(answer.code);
  if (!(answer.code.is_transient() || answer.code.is_permanent()) || !fits || listed_) return errc::local_code;
  if (in_body) {
    hold(answer);
    drop_message(drop_reason::refused_by_host);
  } else {
    rejected(answer);
  }
  return errc::ok;
}

inline errc server_core::reply_line(std::string_view text) noexcept {
  if (question_ != event_type::vrfy && question_ != event_type::expn && question_ != event_type::help)
    return errc::local_order;
  if (out_.room() < max_reply_line + reply_room + closing_room) return errc::local_room;
  listed_ = true;
  reply const usual = usual_answer();
  bool const codes = options_->offer.has(capability::enhancedstatuscodes);
  reply_writer writer{out_, usual.code, codes ? usual.status : enhanced_code{}, utf8_};
  std::size_t size = text.size() < writer.line_room() ? text.size() : writer.line_room();
  for (int i = 0; i != 3 && size < text.size() && (octet(text[size]) & 0xC0U) == 0x80U; ++i)
    --size;  // within a character
  writer.write_line(text.substr(0, size), false);
  return errc::ok;
}

/// What the engine says where the host leaves it to the engine.
inline ready_reply const& server_core::usual_answer() const noexcept {
  switch (question_) {
    case event_type::greeting:
    case event_type::xclient: return usual_replies::greeting;
    case event_type::hello: return usual_replies::hello;
    case event_type::mail: return usual_replies::sender;
    case event_type::rcpt: return usual_replies::recipient;
    case event_type::vrfy: return listed_ ? usual_replies::end_of_list : usual_replies::cannot_verify;
    case event_type::help: return usual_replies::help;
    case event_type::starttls: return usual_replies::tls;
    case event_type::auth:
    case event_type::auth_response:
    case event_type::credentials: return usual_replies::authenticated;
    case event_type::message_end:
    case event_type::next_recipient: return usual_replies::message;
    default: return usual_replies::ok;
  }
}

/// The host, or the engine for it, has said yes.
inline void server_core::accepted(ready_reply const& answer) noexcept {
  event_type const asked = question_;
  question_ = event_type::need_input;
  listed_ = false;
  refused_in_row_ = 0;
  switch (asked) {
    case event_type::greeting:
      if (early_ != early::no && options_->reject_early_talkers) return turn_away_early_talker();
      return write_greeting(answer.text);
    case event_type::hello: return answer_hello(answer.text);
    case event_type::data: return answer_data();
    case event_type::message_end:
    case event_type::next_recipient: return answer_verdict(answer, true);
    case event_type::xclient:
      hello_ = verb::unknown;
      set(server_fact::authenticated, false);
      set(server_fact::needs_auth, options_->require_auth);
      go(server_input::xclient_accepted);
      return write_greeting(answer.text);
    case event_type::mail:
      go(server_input::mail_accepted);
      ++transactions_;
      break;
    case event_type::rcpt:
      go(server_input::rcpt_accepted);
      ++recipients_;
      break;
    case event_type::starttls: say(answer); return answer_starttls();
    case event_type::auth:
    case event_type::auth_response:
    case event_type::credentials: say(answer); return answer_auth(true);
    default: break;
  }
  say(answer);
}

inline void server_core::rejected(reply const& answer) noexcept {
  event_type const asked = question_;
  question_ = event_type::need_input;
  ++refused_in_row_;
  if (asked == event_type::data && by_chunks_) {
    hold(answer);
    new_window();
    mode_ = mode::chunk;
    return;
  }
  if (asked == event_type::message_end || asked == event_type::next_recipient) {
    answer_verdict({answer}, false);
  } else {
    if (mode_ == mode::greeting || asked == event_type::hello)
      write_plain(answer);
    else
      write(answer);
    if (asked == event_type::mail) end_transaction();
    if (asked == event_type::rcpt) go(server_input::rcpt_refused);
    // RFC 3030 2: what came before of the message is gone.
    if (asked == event_type::hello && state_ == server_state::chunks) go(server_input::chunk_refused);
    if (asked == event_type::auth || asked == event_type::auth_response || asked == event_type::credentials)
      answer.code.is_permanent() ? answer_auth(false) : end_auth();  // 4yz judges the server, not the peer
  }
  if (mode_ == mode::greeting) {
    greeted_ = true;
    go(server_input::greeting_refused);
  }
  if (past_one_flight() && ++errors_ >= options_->max_errors && state_ != server_state::closed) {
    drop_message(drop_reason::session_error);
    return close_with(errc::peer_too_many_errors);
  }
  // RFC 5321 3.8 and RFC 7504 2: behind a 421, and a greeting of 521, nothing more is said.
  if (answer.code != 421 && !(asked == event_type::greeting && answer.code == 521)) return;
  drop_message(drop_reason::shutdown);
  close();
}

inline void server_core::answer_data() noexcept {
  if (by_chunks_)
    begin_chunk();
  else
    begin_text();
}

inline void server_core::answer_verdict(ready_reply const& answer, bool yes) noexcept {
  say(answer);
  if (yes) {
    errors_ = 0;
    idle_commands_ = 0;
  }
  if (++verdict_ < (has(server_fact::lmtp) ? recipients_ : 1U)) return;
  go(server_input::message_answered);
  end_transaction();
}

inline void server_core::answer_starttls() noexcept {
  go(server_input::starttls_accepted);
  mode_ = mode::tls;
  octets_ = 0;
}

/// A reply, its ready line if it has one.
inline void server_core::say(ready_reply const& r) noexcept {
  if (r.line.empty()) return write(r);
  put_ready(out_, r.line, options_->offer.has(capability::enhancedstatuscodes));
}

/// A reply; where the host gave no enhanced status code, it is the general one of its class (RFC 2034 4).
inline void server_core::write(reply const& r) noexcept {
  if (!options_->offer.has(capability::enhancedstatuscodes)) return write_plain(r);
  enhanced_code const general{static_cast<std::uint8_t>(r.code.number() / 100), 0, 0};
  reply_writer{out_, r.code, r.status ? r.status : general, utf8_}.write(r.text);
}

/// A reply without an enhanced status code: the greeting, the answers to EHLO and HELO, 3yz (RFC 2034 3).
inline void server_core::write_plain(reply const& r) noexcept { reply_writer{out_, r.code, {}, utf8_}.write(r.text); }

inline void server_core::write_error(errc why, verb answered) noexcept {
  errc_info const& reason = info(why);
  reply const r{reason.code, reason.status, reason.message};
  bool const greeting_verb =
      answered == verb::helo || answered == verb::ehlo || (answered == verb::lhlo && options_->lmtp);
  if (reason.status && !greeting_verb)
    write(r);
  else
    write_plain(r);
}

inline void server_core::write_greeting(std::string_view text) noexcept {
  char line[max_reply_line];
  text_writer writer{line};
  if (text.empty()) text = options_->greeting;
  writer.put(options_->hostname).put(' ').put(text.substr(0, max_reply_line - options_->hostname.size() - 8));
  reply_writer{out_, 220, {}, false}.write(writer.written());
  greeted_ = true;
  go(server_input::greeting_accepted);
}

}  // namespace ehlo::inline v0::inline EHLO_ISA
