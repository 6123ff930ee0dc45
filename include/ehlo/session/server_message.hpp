// SPDX-License-Identifier: BSL-1.0
// The server's messages: text between 354 and CRLF . CRLF, chunks of BDAT, and the verdict at the end.
#pragma once

#include "server_core.hpp"

namespace ehlo::inline v0::inline EHLO_ISA {

/// The front of the line storage: the text of a verdict that waits. The rest is the dot decoder's.
inline constexpr std::size_t held_room = max_reply_line;

inline void server_core::begin_text() noexcept {
  go(server_input::data_accepted);
  write_plain({354, {}, "end data with <CR><LF>.<CR><LF>"});
  text_rules rules;
  rules.newline = options_->effective_newline();
  rules.allowed = options_->tolerances;
  if (eightbit_) rules.allowed |= tolerance::undeclared_8bit;
  rules.max_line = options_->max_text;
  text_.start(rules);
  new_window();
  mode_ = mode::text;
  begin_due_ = true;
}

/// An accepted chunk: chunk_ and last_chunk_ are set.
inline void server_core::begin_chunk() noexcept {
  go(server_input::chunk_accepted);
  if (!message_open_) new_window();
  mode_ = mode::chunk;
  begin_due_ = !message_open_;
}

inline server_event server_core::read_text(std::string_view& in) noexcept {
  if (stopping_) return say_farewell();
  if (!in.empty() && !room_for_reply()) return server_event{event_type::need_output};
  dot_decoder::result const r = text_.decode(in, {line_ + held_room, line_size_ - held_room});
  switch (r.what) {
    case dot_decoder::status::need_input: return need_input_or_end();
    case dot_decoder::status::text: return refused_ ? again : deliver(r.text);
    case dot_decoder::status::refused:
      if (refused_) return again;
      hold(errc::peer_text);
      drop_message(drop_reason::refused_content);
      return again;
    case dot_decoder::status::end: break;
  }
  if (refused_) {
    finish_refused(has(server_fact::lmtp) ? recipients_ : 1);
    go(server_input::message_refused);
    return again;
  }
  // An octet above 127 that was declared is not a tolerance.
  tolerance const used = eightbit_ ? text_.used() & ~tolerance::undeclared_8bit : text_.used();
  tolerance const bare = tolerance::bare_lf_in_text | tolerance::bare_cr_in_text;
  return complete(any(used & bare) ? newlines::repaired : newlines::clean, used);
}

inline server_event server_core::read_chunk(std::string_view& in) noexcept {
  if (stopping_) return say_farewell();
  if (chunk_.done()) return finish_chunk();
  if (in.empty()) return need_input_or_end();
  std::string_view const piece = chunk_.take(in);
  return refused_ ? again : deliver(piece);
}

/// Hands a piece of the body on, up to the largest size that is allowed (RFC 1870 6.1).
inline server_event server_core::deliver(std::string_view text) noexcept {
  std::uint64_t const limit = options_->max_message_size;
  if (limit != 0 && text.size() > limit - octets_) [[unlikely]] {
    text.remove_suffix(text.size() - static_cast<std::size_t>(limit - octets_));
    hold(errc::peer_message_too_large);
    drop_message(drop_reason::too_large);
    if (text.empty()) return again;
  }
  octets_ += text.size();
  return server_event{event_type::body, verb::unknown, text};
}

inline server_event server_core::finish_chunk() noexcept {
  if (!room_for_reply()) return server_event{event_type::need_output};
  if (refused_) {
    // RFC 2033 4.3: one reply for each, and so none where none was accepted.
    bool const one_each = last_chunk_ && has(server_fact::lmtp) && options_->offer.has(capability::chunking);
    finish_refused(one_each ? recipients_ : 1);
    go(last_chunk_ ? server_input::last_chunk_refused : server_input::chunk_refused);
    return again;
  }
  if (last_chunk_) return complete(newlines::unexamined, tolerance::none);
  go(server_input::chunk_end);
  mode_ = mode::commands;
  char storage[40];
  write({250, {2, 0, 0}, text_writer{storage}.put_number(octets_).put(" octets received").written()});
  return again;
}

inline server_event server_core::complete(newlines line_ends, tolerance used) noexcept {
  go(server_input::message_complete);
  message_open_ = false;
  verdict_ = 0;
  completed_ = line_ends;
  server_event e = ask_verdict(event_type::message_end);
  e.tolerated_ = used;
  return e;
}

/// In LMTP the host is asked once for each accepted recipient (RFC 2033 4.2).
inline server_event server_core::ask_verdict(event_type type) noexcept {
  mode_ = mode::verdicts;
  question_ = type;
  server_event e{type};
  e.question_ = true;
  e.data_.plain.number = octets_;
  e.data_.plain.index = verdict_;
  e.data_.plain.count = recipients_;
  e.data_.plain.line_ends = completed_;
  return e;
}

inline server_event server_core::next_verdict() noexcept {
  return room_for_reply() ? ask_verdict(event_type::next_recipient) : server_event{event_type::need_output};
}

/// Keeps the engine's verdict until the message or chunk that it refuses has ended.
inline void server_core::hold(errc why) noexcept {
  held_error_ = why;
  held_code_ = info(why).code;
  held_status_ = info(why).status;
  refused_ = true;
  ++refused_in_row_;
}

/// The same for the host's verdict. Its text goes to the front of the line storage, which nothing else uses then.
inline void server_core::hold(reply const& verdict) noexcept {
  std::size_t const size = verdict.text.size() < held_room ? verdict.text.size() : held_room;
  if (size != 0) std::memmove(line_, verdict.text.data(), size);
  held_text_ = static_cast<std::uint16_t>(size);
  held_error_ = errc::ok;
  held_code_ = verdict.code;
  held_status_ = verdict.status;
  refused_ = true;
  ++refused_in_row_;
}

inline void server_core::swallow_chunk(errc why, bdat_command const& chunk) noexcept {
  hold(why);
  if (!message_open_) new_window();
  chunk_.start(chunk.size);
  last_chunk_ = chunk.last;
  mode_ = mode::chunk;
}

inline void server_core::finish_refused(std::uint32_t replies) noexcept {
  refused_ = false;
  verdicts_due_ = replies;
  mode_ = mode::verdicts;
}

/// Writes the held verdict as often as is due. False: output must be flushed first.
inline bool server_core::write_verdicts() noexcept {
  while (verdicts_due_ != 0) {
    if (!room_for_reply()) return false;
    write({held_code_, held_status_,
           held_error_ == errc::ok ? std::string_view{line_, held_text_} : message(held_error_)});
    --verdicts_due_;
  }
  return true;
}

/// The envelope is one value, and this is the one place where it is cleared (RFC 5321 4.1.1.5).
inline void server_core::end_transaction() noexcept {
  recipients_ = 0;
  octets_ = 0;
  utf8_ = false;
  eightbit_ = false;
  refused_ = false;
  set(server_fact::binary, false);
}

}  // namespace ehlo::inline v0::inline EHLO_ISA
