// SPDX-License-Identifier: BSL-1.0
// The server's commands: a line, the table's word on it, its arguments, and the question or the answer that follows.
#pragma once

#include "../grammar/bdat_command.hpp"
#include "../grammar/command_line.hpp"
#include "../grammar/etrn.hpp"
#include "../grammar/hello.hpp"
#include "../grammar/mail_command.hpp"
#include "../grammar/rcpt_command.hpp"
#include "../grammar/string_argument.hpp"
#include "../grammar/xclient.hpp"
#include "server_core.hpp"
#include "server_replies.hpp"

namespace ehlo::inline v0::inline EHLO_ISA {

/// What stands behind the verb and one space, without trailing white space (RFC 5321 4.1.1 tolerates that).
inline std::string_view server_core::command::argument() const noexcept {
  return word < line.size() ? trim_trailing_space(line.substr(word + std::size_t{1})) : std::string_view{};
}

inline server_event server_core::execute(command const& c) noexcept {
  if (first_line_) {
    first_line_ = false;
    if (errc const e = first_line_error(c.line); e != errc::ok) return refuse(e, c);
  }
  server_input const input = input_of(c);
  bdat_command chunk;
  if (c.what == verb::bdat && parse_bdat(c.line, chunk) != errc::ok) return refuse(errc::peer_chunk_size, c);
  if (c.line.size() + 2 > line_limit(c.what) && c.what != verb::bdat) return refuse(errc::peer_line_too_long, c);
  bool const empty_chunk = c.what == verb::bdat && chunk.size == 0 && !chunk.last;
  bool const moves_on = input == server_input::rcpt || input == server_input::data || input == server_input::bdat;
  if ((!moves_on || empty_chunk) && input != server_input::quit) {
    if (idle_commands_ >= options_->max_idle_commands) return refuse(errc::peer_too_many_commands, c);
    ++idle_commands_;
  }
  server_step const to = consult(input);
  return to.action == server_action::serve   ? serve(input, c)
         : to.action == server_action::close ? serve_quit(c)
                                             : refuse(error_of(to), c);
}

EHLO_HOT server_input server_core::input_of(command const& c) const noexcept {
  using enum capability;
  using i = server_input;
  capability_set const o = options_->offer;
  switch (c.what) {
    case verb::helo: return options_->lmtp ? i::unknown : i::helo;
    case verb::ehlo: return options_->lmtp ? i::unknown : i::ehlo;
    case verb::lhlo: return options_->lmtp ? i::ehlo : i::unknown;
    case verb::mail: return i::mail;
    case verb::rcpt: return i::rcpt;
    case verb::data: return i::data;
    case verb::bdat: return o.has(chunking) ? i::bdat : i::unimplemented;
    case verb::rset: return i::rset;
    case verb::noop: return i::noop;
    case verb::quit: return i::quit;
    case verb::vrfy: return i::vrfy;
    case verb::help: return i::help;
    case verb::expn: return includes(options_->ask, question::expn) ? i::expn : i::unimplemented;
    case verb::auth: return o.has(capability::auth) ? i::auth : i::unimplemented;
    case verb::starttls: return o.has(capability::starttls) ? i::starttls : i::unimplemented;
    case verb::etrn: return o.has(capability::etrn) ? i::etrn : i::unimplemented;
    case verb::xclient: return o.has(capability::xclient) ? i::xclient : i::unknown;
    case verb::xforward: return o.has(capability::xforward) ? i::xforward : i::unknown;
    default: break;
  }
  if (is_extra_verb(c.line)) return i::extension;
  return c.what == verb::unknown ? i::unknown : i::unimplemented;
}

inline bool server_core::is_extra_verb(std::string_view line) const noexcept {
  std::string_view const word = line.substr(0, line.find(' '));
  for (std::string_view const extra : options_->extra_verbs)
    if (equal_ignoring_case(word, extra)) return true;
  return false;
}

/// A browser that was lured here, or a form that posts mail (attacks across protocols).
inline errc server_core::first_line_error(std::string_view line) noexcept {
  if (parse_verb(line).what != verb::unknown) return errc::ok;
  constexpr std::string_view http[] = {"GET", "POST", "HEAD", "PUT", "CONNECT", "OPTIONS", "DELETE", "PATCH", "TRACE"};
  std::string_view const word = line.substr(0, line.find(' '));
  for (std::string_view const method : http)
    if (word == method) return errc::peer_http;
  return word.find(':') != std::string_view::npos ? errc::peer_header_line : errc::ok;
}

EHLO_HOT server_event server_core::serve(server_input input, command const& c) noexcept {
  switch (input) {
    case server_input::mail: return serve_mail(c);
    case server_input::rcpt: return serve_rcpt(c);
    case server_input::data: return serve_data(c);
    case server_input::bdat: return serve_bdat(c);
    case server_input::rset: return serve_reset(c);
    case server_input::helo:
    case server_input::ehlo: return serve_hello(c);
    case server_input::auth: return serve_auth(c);
    case server_input::starttls: return serve_starttls(c);
    default: return serve_argument(input, c);
  }
}

/// Puts a question to the host, or gives the usual answer at once.
inline void server_core::ask(server_event& e, bool wanted) noexcept {
  e.question_ = wanted;
  question_ = e.type_;
  if (!wanted) accepted(usual_answer());
}

inline server_event server_core::ask(event_type type, command const& c, bool wanted) noexcept {
  server_event e{type, c.what, c.line};
  ask(e, wanted);
  return e;
}

inline server_event server_core::serve_hello(command const& c) noexcept {
  tolerance used{};
  if (parse_hello(c.argument(), options_->tolerances, used) != errc::ok) return refuse(errc::peer_hello_argument, c);
  if (message_open_) {
    drop_first(c, errc::ok, drop_reason::reset);
    return again;
  }
  asked_hello_ = c.what;
  server_event e = ask(event_type::hello, c, includes(options_->ask, question::hello));
  e.tolerated_ = used;
  return e;
}

/// Like serve_rcpt, it reads the command into the event that it returns: a copy would cost as much as a tenth of all.
inline server_event server_core::serve_mail(command const& c) noexcept {
  server_event e{c.line, mail_command{}};
  mail_command& m = e.data_.mail;
  mail_rules const rules{options_->tolerances, options_->offer, tls_active(), options_->extra_mail_parameters};
  errc why = parse_mail(c.line, rules, m, e.tolerated_);
  if (why == errc::ok && options_->max_message_size != 0 && m.has_size && m.size > options_->max_message_size)
    why = errc::peer_message_too_large;
  if (why == errc::ok && options_->max_transactions != 0 && transactions_ >= options_->max_transactions)
    why = errc::peer_too_many_transactions;
  if (why != errc::ok) {
    e = refuse(why, c);
    return e;
  }
  if (hello_ == verb::unknown) e.tolerated_ |= tolerance::no_hello;
  utf8_ = m.smtputf8;
  eightbit_ = m.body == body_type::eightbitmime || m.body == body_type::binarymime || m.smtputf8;
  set(server_fact::binary, m.body == body_type::binarymime);
  ask(e, includes(options_->ask, question::mail));
  return e;
}

inline server_event server_core::serve_rcpt(command const& c) noexcept {
  server_event e{c.line, rcpt_command{}};
  rcpt_rules const rules{options_->tolerances, options_->offer, utf8_, options_->extra_rcpt_parameters};
  errc why = parse_rcpt(c.line, rules, e.data_.rcpt, e.tolerated_);
  if (why == errc::ok && recipients_ >= options_->max_recipients) why = errc::peer_too_many_recipients;
  if (why == errc::ok)
    ask(e, includes(options_->ask, question::rcpt));
  else
    e = refuse(why, c);
  return e;
}

inline server_event server_core::serve_data(command const& c) noexcept {
  if (!c.argument().empty()) return refuse(errc::peer_argument, c);
  by_chunks_ = false;
  return ask(event_type::data, c, includes(options_->ask, question::data));
}

inline server_event server_core::serve_bdat(command const& c) noexcept {
  bdat_command chunk;
  static_cast<void>(parse_bdat(c.line, chunk));  // execute() has seen that it is well-formed
  std::uint64_t const limit = options_->max_message_size;
  if (limit != 0 && chunk.size > limit - octets_) return refuse(errc::peer_message_too_large, c);
  chunk_.start(chunk.size);
  last_chunk_ = chunk.last;
  if (message_open_) {
    begin_chunk();
    return again;
  }
  by_chunks_ = true;
  return ask(event_type::data, c, includes(options_->ask, question::data));
}

inline server_event server_core::serve_reset(command const& c) noexcept {
  if (!c.argument().empty()) return refuse(errc::peer_argument, c);
  if (message_open_) {
    drop_first(c, errc::ok, drop_reason::reset);
    return again;
  }
  go(server_input::rset);
  end_transaction();
  refused_in_row_ = 0;
  say(usual_replies::reset);
  return server_event{event_type::reset, c.what, c.line};
}

inline server_event server_core::serve_quit(command const& c) noexcept {
  if (!c.argument().empty()) return refuse(errc::peer_argument, c);
  if (message_open_) {
    drop_first(c, errc::ok, drop_reason::reset);
    return again;
  }
  say(usual_replies::closing);
  close();
  return server_event{event_type::quit, c.what, c.line};
}

/// The verbs with a free argument, none of which touches the envelope.
inline server_event server_core::serve_argument(server_input input, command const& c) noexcept {
  std::string_view argument = c.argument();
  bool const takes_utf8 = input == server_input::vrfy || input == server_input::expn;  // RFC 6531 3.7.4.2
  bool const utf8 = takes_utf8 && take_smtputf8(argument) && options_->offer.has(capability::smtputf8);
  bool const needs_one = input != server_input::noop && input != server_input::help && input != server_input::extension;
  if ((needs_one && argument.empty()) || parse_string_argument(argument, utf8) != errc::ok)
    return refuse(errc::peer_argument, c);
  question const asked = options_->ask;
  tolerance used{};
  switch (input) {
    case server_input::vrfy: return ask(event_type::vrfy, c, includes(asked, question::vrfy));
    case server_input::expn: return ask(event_type::expn, c, true);
    case server_input::help: return ask(event_type::help, c, includes(asked, question::help));
    case server_input::extension: return ask(event_type::extension, c, true);
    case server_input::etrn: {
      etrn_argument node;
      if (parse_etrn(argument, options_->tolerances, node, used) != errc::ok) return refuse(errc::peer_argument, c);
      server_event e = ask(event_type::etrn, c, true);
      e.tolerated_ = used;
      return e;
    }
    case server_input::xclient:
    case server_input::xforward: {
      if (parse_peer_attributes(c.what, argument) != errc::ok) return refuse(errc::peer_argument, c);
      bool const all = input == server_input::xclient;
      return ask(all ? event_type::xclient : event_type::xforward, c, all || includes(asked, question::xforward));
    }
    default: break;
  }
  refused_in_row_ = 0;
  say(usual_replies::ok);
  return server_event{event_type::noop, c.what, c.line};
}

inline server_event server_core::serve_starttls(command const& c) noexcept {
  if (!c.argument().empty()) return refuse(errc::peer_argument, c);
  return ask(event_type::starttls, c, includes(options_->ask, question::starttls));
}

inline errc server_core::error_of(server_step const& to) noexcept {
  switch (to.action) {
    case server_action::refuse_unknown: return errc::peer_unknown_verb;
    case server_action::refuse_absent: return errc::peer_unimplemented;
    case server_action::refuse_no_rcpt: return errc::peer_no_recipients;
    case server_action::refuse_all_rcpt: return errc::peer_no_valid_recipients;
    case server_action::refuse_service: return errc::peer_refused;
    case server_action::refuse_insecure: return errc::peer_tls_insufficient;
    case server_action::refuse_by_fact:
      if ((to.because & server_fact::needs_tls) != server_fact::none) return errc::peer_tls_required;
      if ((to.because & server_fact::needs_auth) != server_fact::none) return errc::peer_auth_required;
      return errc::peer_order;
    default: return errc::peer_order;
  }
}

/// More commands were refused in a row than one pipelined flight with all its recipients can hold.
inline bool server_core::past_one_flight() const noexcept {
  return refused_in_row_ > std::uint64_t{options_->max_recipients} + 2;
}

/// What follows one refused command in a flight is not another error, and a recipient too many is none: its client may
/// have said all that it has in one flight. Who never stops is stopped.
inline bool server_core::counts_as_error(errc why) const noexcept {
  if (why == errc::peer_too_many_recipients) return refused_in_row_ > recipient_overshoot;
  bool const follows =
      why == errc::peer_order || why == errc::peer_no_recipients || why == errc::peer_no_valid_recipients;
  return !follows || refused_in_row_ == 0 || past_one_flight();
}

/// The length of the line up to the end of a word AUTH that begins it, blanks before it included; 0 if there is none. A
/// misspelt AUTH is secret too.
inline std::size_t server_core::auth_word(std::string_view line) noexcept {
  std::size_t const first = line.find_first_not_of(" \t");
  if (first == std::string_view::npos || !starts_ignoring_case(line.substr(first), "AUTH")) return 0;
  return first + 4;
}

/// Answers a command with the reply that its error deserves, ends the session where that is due, and reports it. The
/// chunk of a refused BDAT is swallowed before its reply goes out (RFC 3030 2).
EHLO_COLD inline server_event server_core::refuse(errc why, command const& c) noexcept {
  bool const counts = counts_as_error(why);
  bool const too_many = counts && errors_ + 1 >= options_->max_errors;
  bool const ends = info(why).code == 421 || why == errc::peer_bare_lf || why == errc::peer_chunk_size;
  if ((too_many || ends || c.what == verb::bdat) && message_open_) {
    drop_first(c, why,
               why == errc::peer_message_too_large ? drop_reason::too_large
               : why == errc::peer_chunk_size      ? drop_reason::chunk_refused
                                                   : drop_reason::session_error);
    return again;
  }
  if (counts) ++errors_;
  ++refused_in_row_;
  bdat_command chunk;
  if (c.what == verb::bdat && !too_many && !ends && parse_bdat(c.line, chunk) == errc::ok)
    swallow_chunk(why, chunk);
  else
    write_error(why, c.what);
  if (too_many && !ends)
    close_with(errc::peer_too_many_errors);
  else if (ends)
    close();
  if (c.what == verb::rcpt) go(server_input::rcpt_refused);
  std::size_t const secret = auth_word(c.line);
  if (secret != 0 || c.what == verb::auth || why == errc::peer_bare_lf) wipe(secret);
  server_event e{event_type::refused, c.what, secret != 0 ? c.line.substr(0, secret) : c.line};
  e.error_ = why;
  return e;
}

}  // namespace ehlo::inline v0::inline EHLO_ISA
