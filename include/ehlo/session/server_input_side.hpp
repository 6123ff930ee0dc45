// SPDX-License-Identifier: BSL-1.0
// The server's side of input: next(), and who takes the next octets.
#pragma once

#include "../grammar/command_line.hpp"
#include "server_core.hpp"

namespace ehlo::inline v0::inline EHLO_ISA {

inline server_core::server_core(server_options const& options, std::size_t line_size, instant now,
                                tls_facts const* tls) noexcept
    : options_{&options},
      now_{now},
      waiting_since_{now},
      command_since_{now},
      line_size_{static_cast<std::uint32_t>(line_size)} {
  if (options.check(line_size)) {
    bad_options_ = true;
    close();
    return;
  }
  set(server_fact::tls_active, tls != nullptr);
  set(server_fact::needs_tls, options.require_tls && tls == nullptr);
  set(server_fact::needs_auth, options.require_auth);
  set(server_fact::lmtp, options.lmtp);
  set(server_fact::hello_optional, allows(options.tolerances, tolerance::no_hello));
  if (tls != nullptr && !tls->sufficient) go(server_input::tls_insufficient);
}

inline server_event server_core::next(std::string_view& in, instant now) noexcept {
  if (ended_ && in.size() > unused_) return misuse(errc::local_input);
  // In this order: g++ reads two neighbouring members at once, and that waits for what was just stored into them.
  if (told_ == event_type::need_tls && !in.empty() && state_ == server_state::tls) return misuse(errc::local_input);
  account(in.size(), now);
  return proceed(in);
}

/// Goes on until there is something to tell. One variable and one return: the event is built where the caller wants it,
/// and nobody copies it.
EHLO_APART inline server_event server_core::proceed(std::string_view& in) noexcept {
  std::size_t const offered = in.size();
  server_event e = step(in);
  while (e.type() == again.type()) e = step(in);
  if (any(pending_) && !is_wait(e.type()) && e.type() != event_type::body) [[unlikely]] {
    e.tolerated_ |= pending_;
    pending_ = tolerance::none;
  }
  note(e, offered);
  unused_ = in.size();
  return e;
}

/// From when on the host or the peer is waited for.
inline void server_core::note(server_event const& e, std::size_t offered) noexcept {
  bool const anything = e.type() == event_type::need_output ? some_sent_ : offered != 0;
  bool const goes_on_waiting = e.type() == event_type::need_reply || (e.type() == told_ && !anything);
  if (!goes_on_waiting) waiting_since_ = now_;
  some_sent_ = false;
  // The wait for a line begins when the one before it has ended, and bits of it do not prolong it.
  if (e.type() == event_type::need_output) line_awaited_ = false;
  if (e.type() == event_type::need_input && !line_awaited_) {
    command_since_ = now_;
    line_awaited_ = mode_ == mode::commands || mode_ == mode::sasl;
  }
  told_ = e.type();
}

EHLO_APART inline server_event server_core::step(std::string_view& in) noexcept {
  if (broken_) [[unlikely]]
    out_.clear();  // nothing can be sent any more, and nothing waits for it
  if (begin_due_) return take_begin();
  if (drop_ != drop_reason::none) return take_dropped();
  if (mode_ == mode::greeting && !in.empty() && early_ == early::no) early_ = early::due;
  if (question_ != event_type::need_input) return server_event{event_type::need_reply};
  if (early_ == early::due) return tell_early_talker();
  switch (mode_) {
    case mode::greeting: return greet();
    case mode::commands: return read_command(in);
    case mode::text: return read_text(in);
    case mode::chunk: return read_chunk(in);
    case mode::sasl: return read_sasl(in);
    case mode::tls: return wait_for_tls(in);
    case mode::hello_lines:
      if (!write_hello_lines()) return server_event{event_type::need_output};
      mode_ = mode::commands;
      return again;
    case mode::verdicts:
      if (!write_verdicts()) return server_event{event_type::need_output};
      if (state_ == server_state::delivery) return next_verdict();
      mode_ = mode::commands;
      if (state_ == server_state::ready) end_transaction();
      if (held_code_ == 421) close();  // the host's, for a message or chunk that has now ended
      return again;
    case mode::end: break;
  }
  if (!out_.empty()) return server_event{event_type::need_output};
  server_event e{event_type::closed};
  if (bad_options_) e.error_ = errc::local_options;
  return e;
}

EHLO_HOT server_event server_core::read_command(std::string_view& in) noexcept {
  if (stopping_) return say_farewell();
  if (stashed_ != 0) {
    command const c = command_of({line_, stashed_ - std::size_t{1}}, stashed_bare_);
    stashed_ = 0;
    return stashed_error_ == errc::ok ? execute(c) : refuse(stashed_error_, c);
  }
  if (in.empty()) return need_input_or_end();
  if (!room_for_reply()) return server_event{event_type::need_output};
  bool const bare_ends = allows(options_->tolerances, tolerance::bare_lf_in_command);
  std::size_t const limit = line_size_ < max_sasl_line ? line_size_ : max_sasl_line;
  line_reader::result const r = lines_.read(in, {line_, line_size_}, limit, bare_ends);
  if (r.what == line_reader::status::need_input) return need_input_or_end();
  line_awaited_ = false;
  if (r.bare) pending_ |= tolerance::bare_lf_in_command;
  switch (r.what) {
    case line_reader::status::need_input: break;
    case line_reader::status::line: return execute(command_of(r.line, r.bare));
    case line_reader::status::bare_lf: return refuse(errc::peer_bare_lf, {{}, verb::unknown, false});
    case line_reader::status::too_long: break;
  }
  // The size of an over-long BDAT is unknown: its chunk cannot be told from commands.
  first_line_ = false;
  verb const v = parse_verb(r.line).what;
  return refuse(v == verb::bdat ? errc::peer_chunk_size : errc::peer_line_too_long, {{}, v, false});
}

EHLO_HOT server_core::command server_core::command_of(std::string_view line, bool bare) noexcept {
  command_word const word = parse_verb(line.ends_with('\t') ? trim_trailing_space(line) : line);  // RFC 5321 4.1.1
  return {line, word.what, bare, word.length};
}

inline server_event server_core::need_input_or_end() noexcept {
  return ended_ ? hang_up() : server_event{event_type::need_input};
}

/// The peer has sent its last.
EHLO_COLD inline server_event server_core::hang_up() noexcept {
  drop_message(drop_reason::end_of_input);
  close();
  wipe();  // a line that will never end may hold a password
  return again;
}

inline server_event server_core::take_dropped() noexcept {
  server_event e{event_type::message_dropped};
  e.data_.plain.reason = drop_;
  drop_ = drop_reason::none;
  return e;
}

inline server_event server_core::take_begin() noexcept {
  begin_due_ = false;
  message_open_ = true;
  return server_event{event_type::message_begin};
}

/// The greeting comes first and goes out before anything is read; who speaks earlier is reported.
inline server_event server_core::greet() noexcept {
  if (stopping_ && !greeted_) {
    write_plain(farewell_);
    close();
    return again;
  }
  if (!greeted_) {
    if (early_ != early::no && options_->reject_early_talkers) {
      turn_away_early_talker();
      return again;
    }
    if (state_ == server_state::insecure) {
      rejected({554, {}, message(errc::peer_tls_insufficient)});
      return again;
    }
    if (includes(options_->ask, question::greeting)) return ask(event_type::greeting, {{}, verb::unknown, false}, true);
    write_greeting(options_->greeting);
    return again;
  }
  if (!out_.empty()) return server_event{event_type::need_output};
  mode_ = mode::commands;
  return again;
}

inline server_event server_core::tell_early_talker() noexcept {
  early_ = early::told;
  return server_event{event_type::early_talker};
}

inline void server_core::turn_away_early_talker() noexcept {
  errc_info const& why = info(errc::peer_early_talker);
  write_plain({why.code, {}, why.message});
  close();
}

/// RFC 3207 5: nothing that came in clear text may count after the handshake.
inline server_event server_core::wait_for_tls(std::string_view& in) noexcept {
  octets_ += in.size();
  in.remove_prefix(in.size());
  if (ended_ || stopping_) {
    close();
    return again;
  }
  if (!out_.empty()) return server_event{event_type::need_output};
  server_event e{event_type::need_tls};
  e.data_.plain.number = octets_;
  return e;
}

/// Keeps a command in the storage, which is idle, until message_dropped was told; then it meets `then`, or is executed.
inline void server_core::drop_first(command const& c, errc then, drop_reason reason) noexcept {
  if (!c.line.empty()) std::memmove(line_, c.line.data(), c.line.size());
  stashed_ = static_cast<std::uint16_t>(c.line.size() + 1);
  stashed_error_ = then;
  stashed_bare_ = c.bare;
  if (then == errc::ok && c.what != verb::quit) --idle_commands_;  // it is counted when it is executed again
  drop_message(reason);
}

inline std::size_t server_core::auth_line_limit() const noexcept {
  std::size_t const option = options_->max_auth_line != 0 ? options_->max_auth_line : max_sasl_line;
  return option < line_size_ ? option : line_size_;
}

/// RFC 5321 4.5.3.1.4, and behaviour for real mail: see max_path_command_line.
inline std::size_t server_core::line_limit(verb v) const noexcept {
  if (v == verb::auth) return auth_line_limit();
  if (v != verb::mail && v != verb::rcpt) return max_command_line;
  if (allows(options_->tolerances, tolerance::long_path)) return max_path_command_line;
  capability_set const o = options_->offer;
  std::size_t limit = max_command_line;
  if (v == verb::rcpt) {
    if (o.has(capability::dsn)) limit += line_allowance::notify_orcpt;
    for (extension_parameter const& p : options_->extra_rcpt_parameters) limit += p.allowance;
    return limit;
  }
  if (o.has(capability::size)) limit += line_allowance::size;
  if (o.has(capability::eightbitmime)) limit += line_allowance::body;
  if (o.has(capability::smtputf8)) limit += line_allowance::smtputf8;
  if (o.has(capability::auth)) limit += line_allowance::auth;
  if (o.has(capability::dsn)) limit += line_allowance::ret_envid;
  if (o.has(capability::deliverby)) limit += line_allowance::by;
  if (o.has(capability::futurerelease)) limit += line_allowance::hold;
  if (o.has(capability::mt_priority)) limit += line_allowance::mt_priority;
  if (o.has(capability::requiretls)) limit += line_allowance::requiretls;
  for (extension_parameter const& p : options_->extra_mail_parameters) limit += p.allowance;
  return limit;
}

inline server_event server_core::misuse(errc why) const noexcept {
  server_event e{event_type::misuse};
  e.error_ = why;
  return e;
}

}  // namespace ehlo::inline v0::inline EHLO_ISA
