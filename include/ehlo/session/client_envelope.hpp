// SPDX-License-Identifier: BSL-1.0
// A transaction's envelope: checked before anything of it is said, then MAIL, each RCPT, and DATA or the first chunk,
// as many at once as PIPELINING and the budget allow (RFC 5321 3.3, RFC 2920).
#pragma once

#include "client_core.hpp"

namespace ehlo::inline v0::inline EHLO_ISA {

/// The parameters that may be dropped because they are not offered are checked all the same.
[[nodiscard]] constexpr bool are_well_formed(envelope const& message) noexcept {
  mail_params const& p = message.params;
  if (!p.envid.empty() && !is_envid(p.envid)) return false;
  if (!p.auth.empty() && !is_auth_identity(p.auth)) return false;
  for (recipient const& r : message.to)
    if (!r.params.orcpt.empty() && !is_orcpt(r.params.orcpt, p.smtputf8)) return false;
  return true;
}

/// What this server can take, before what is well-formed: the host may convert the one, and must mend the other.
inline errc client_core::check(envelope& message) noexcept {
  if (message.to.empty()) return errc::local_no_recipients;
  if (message.to.size() > 0xFFFFFFF0U) return errc::local_limits;
  if (errc const why = check_offer(message); why != errc::ok) return why;
  if (!are_well_formed(message)) return errc::local_parameter;
  std::size_t const longest = options_->tolerances == strict ? max_command_line + 1024 : max_path_command_line;
  text_writer mail{out_.command_room().first(longest)};
  mail_params params = usable(message.params);
  std::string_view const rest = params.rest;
  params.rest = {};
  if (!write_mail(mail, message.from, params, options_->tolerances))
    return is_reverse_path(message.from, params.smtputf8) ? errc::local_parameter : errc::local_reverse_path;
  if (!rest.empty()) {
    params.rest = rest;
    text_writer whole{out_.command_room().first(longest)};
    if (!write_mail(whole, message.from, params, options_->tolerances)) return errc::local_parameter;
    if (errc const why = check_rest(whole.written(), rest); why != errc::ok) return why;
  }
  errc found = errc::ok;
  for (recipient& r : message.to) {
    parameters const more{r.params.rest};
    bool const own = !more.find("NOTIFY").keyword.empty() || !more.find("ORCPT").keyword.empty();
    text_writer rcpt{out_.command_room().first(longest)};
    if (!own && write_rcpt(rcpt, r.path, usable(r.params), params.smtputf8, options_->tolerances)) continue;
    r.state = outcome::malformed;
    found = errc::local_forward_path;
  }
  return found;
}

inline bool client_core::is_reverse_path(std::string_view from, bool smtputf8) noexcept {
  text_writer path{out_.command_room()};
  return write_path_text(path, from, {options_->tolerances, smtputf8, true});
}

inline errc client_core::submit(envelope& message) noexcept {
  if (!is_ready()) return errc::local_order;
  if (errc const why = check(message); why != errc::ok) return why;
  std::uint32_t const count = recipients_for(message);
  if (count == 0) return errc::local_limits;
  bool const tells_dsn = offer_.keywords.has(capability::dsn);
  bool const for_all = message.params.ret != ret_type::unstated || !message.params.envid.empty();
  for (recipient& r : message.to) {
    bool const asks = for_all || r.params.notify != notify_type::unstated || !r.params.orcpt.empty();
    r = {r.path, r.params};
    r.dsn_not_passed_on = asks && !tells_dsn;
  }
  for (recipient& r : message.to.subspan(count)) r.next_transaction = true;
  message_ = &message;
  to_say_ = count;
  said_ = answered_ = accepted_ = chunks_out_ = verdict_ = flight_ = 0;
  end_from_ = 0;
  flight_open_ = true;
  piece_given_ = body_ended_ = aborting_ = false;
  bool const binary = message.params.body == body_type::binarymime;
  bool const by_chunks = binary || (options_->chunking && offer_.keywords.has(capability::chunking));
  for (client_fact const f : {client_fact::accepted, client_fact::data_sent, client_fact::mail_refused,
                              client_fact::more_verdicts, client_fact::by_chunks})
    set(f, f == client_fact::by_chunks && by_chunks);
  outcome_ = errc::ok;
  start_text(message.params.body);
  go(client_input::submit);
  return errc::ok;
}

/// What the options and this server let through of the parameters.
inline mail_params client_core::usable(mail_params params) const noexcept {
  capability_set const offered = offer_.keywords;
  if (!offered.has(capability::size)) params.has_size = false;
  if (!offered.has(capability::eightbitmime) && params.body == body_type::sevenbit) params.body = body_type::unstated;
  if (!offered.has(capability::dsn)) {
    params.ret = ret_type::unstated;
    params.envid = {};
  }
  if (!offered.has(capability::auth)) params.auth = {};  // RFC 4954 5: only to servers that know it
  return params;
}

inline rcpt_params client_core::usable(rcpt_params params) const noexcept {
  if (offer_.keywords.has(capability::dsn)) return params;
  params.notify = notify_type::unstated;
  params.orcpt = {};
  return params;
}

/// RFC 1870 6, RFC 3030 3, RFC 3461 5.2.2, RFC 6152 3, RFC 6531 3.1, RFC 8689 4.2.1.
inline errc client_core::check_offer(envelope const& message) const noexcept {
  mail_params const& p = message.params;
  capability_set const offered = offer_.keywords;
  if (offer_.mail_max != 0 && transactions_ >= offer_.mail_max) return errc::local_limits;
  if (p.has_size && offer_.max_size != 0 && p.size > offer_.max_size) return errc::local_size;
  if (p.smtputf8 && !offered.has(capability::smtputf8)) return errc::local_smtputf8;
  if (p.body == body_type::eightbitmime && !offered.has(capability::eightbitmime)) return errc::local_eightbitmime;
  bool const binary = offered.has(capability::binarymime) && offered.has(capability::chunking);
  if (p.body == body_type::binarymime && !binary) return errc::local_binarymime;
  if (p.requiretls &&
      !(tls_active_ && tls_verified_ && message.server_name_vouched && offered.has(capability::requiretls)))
    return errc::local_requiretls;
  if (options_->dsn == when_not_offered::drop || offered.has(capability::dsn)) return errc::ok;
  if (p.ret != ret_type::unstated || !p.envid.empty()) return errc::local_dsn;
  for (recipient const& r : message.to)
    if (r.params.notify != notify_type::unstated || !r.params.orcpt.empty()) return errc::local_dsn;
  return errc::ok;
}

/// The parameters of the rarer extensions, and the host's own. What has a member of its own may not come this way.
inline errc client_core::check_rest(std::string_view line, std::string_view rest) const noexcept {
  struct rare {
    std::string_view keyword;
    capability needs;
  };
  constexpr std::array<rare, 4> known{{{"BY", capability::deliverby},
                                       {"HOLDFOR", capability::futurerelease},
                                       {"HOLDUNTIL", capability::futurerelease},
                                       {"MT-PRIORITY", capability::mt_priority}}};
  parameters const given{rest};
  for (std::string_view const own : {"SIZE", "BODY", "SMTPUTF8", "RET", "ENVID", "AUTH", "REQUIRETLS"})
    if (!given.find(own).keyword.empty()) return errc::local_parameter;
  for (rare const& k : known)
    if (!given.find(k.keyword).keyword.empty() && !offer_.keywords.has(k.needs)) return errc::local_extension;
  line.remove_suffix(2);
  mail_command parsed;
  tolerance used{};
  errc const e = parse_mail(line, {options_->tolerances, offer_.keywords, tls_active_, {}}, parsed, used);
  return e == errc::ok || e == errc::peer_unknown_parameter ? errc::ok : errc::local_parameter;
}

/// How many of the recipients the limits of the server leave for this transaction (RFC 9422 4). Of the domains the
/// engine knows no more than that they change from one recipient to the next: sorted by domain, the limit is used to
/// the full.
inline std::uint32_t client_core::recipients_for(envelope const& message) noexcept {
  std::size_t count = message.to.size();
  if (offer_.rcpt_max != 0 && count > offer_.rcpt_max) count = offer_.rcpt_max;
  if (offer_.rcpt_domain_max == 0) return static_cast<std::uint32_t>(count);
  std::string_view before;
  for (std::size_t i = 0; i != count; ++i) {
    std::string_view domain = message.to[i].path;
    domain.remove_prefix(domain.rfind('@') + 1);
    if (domain.ends_with('>')) domain.remove_suffix(1);
    if (i != 0 && equal_ignoring_case(domain, before)) continue;
    if (domains_ == offer_.rcpt_domain_max) return static_cast<std::uint32_t>(i);
    ++domains_;
    before = domain;
  }
  return static_cast<std::uint32_t>(count);
}

/// Command number `step` of the transaction: MAIL, each RCPT, DATA.
inline bool client_core::write_step(text_writer& line, std::uint32_t step) const noexcept {
  if (step == 0) return write_mail(line, message_->from, usable(message_->params), options_->tolerances);
  if (step > to_say_) return write_command(line, verb::data);
  recipient const& r = message_->to[step - 1];
  return write_rcpt(line, r.path, usable(r.params), message_->params.smtputf8, options_->tolerances);
}

/// Says the commands of a flight. True when it is complete, or (flight_open_ still) when it waits for the body.
inline bool client_core::fill_flight() noexcept {
  while (flight_open_) {
    bool const begins = flight_ == 0;
    if (said_ == to_say_ + 2 || (!begins && !pipelines())) break;
    if (said_ == to_say_ + 1 && has(client_fact::by_chunks)) return first_chunk();
    std::span<char> const room = out_.command_room();
    if (room.size() < max_path_command_line) return false;
    text_writer line{room};
    if (!write_step(line, said_)) {
      close(errc::local_argument, advice::give_up);  // the host has changed what it lent
      break;
    }
    std::uint32_t const size = static_cast<std::uint32_t>(line.written().size());
    if (!begins && flight_ + size > options_->flight_budget) break;
    out_.add_command(size);
    flight_ += size;
    if (++said_ == to_say_ + 2) set(client_fact::data_sent, true);
  }
  flight_open_ = false;
  return true;
}

inline void client_core::open_flight() noexcept {
  flight_open_ = true;
  flight_ = 0;
}

inline void client_core::take_envelope_reply(client_action what, reply_view const& r) noexcept {
  ++answered_;
  switch (what) {
    case client_action::refuse_all:
      set(client_fact::mail_refused, true);
      for (recipient& one : recipients()) decide(one, r, reply_phase::mail);
      break;
    case client_action::accept_one:
    case client_action::refuse_one:
      if (!has(client_fact::mail_refused)) decide_rcpt(message_->to[answered_ - 2], r);
      break;
    default: break;
  }
  after_rcpt();
}

/// RFC 5321 4.5.3.1.10: 452, and 552 as old servers have it, may mean one recipient too many; that one was told to come
/// later. Where the enhanced code names another cause, that is believed.
inline void client_core::decide_rcpt(recipient& one, reply_view const& r) noexcept {
  decide(one, r, reply_phase::rcpt);
  if (one.state == outcome::delivered) {
    one.state = outcome::accepted;
    ++accepted_;
    set(client_fact::accepted, true);
    return;
  }
  enhanced_code const status = r.status();
  bool const too_many = !status || (status.subject == 5 && status.detail == 3);
  if ((r.code() != 452 && r.code() != 552) || !too_many || accepted_ == 0) return;
  one.state = outcome::refused_for_now;
  one.next_transaction = true;
}

/// When all that was said of the envelope is answered: the next flight, the body, or the end.
inline void client_core::after_rcpt() noexcept {
  bool const hopeless = has(client_fact::mail_refused) || aborting_;
  if (answered_ != to_say_ + 1 && !(hopeless && answered_ == said_)) {
    if (answered_ == said_) open_flight();
    return;
  }
  bool const data_out = has(client_fact::data_sent);
  if (accepted_ != 0 && !aborting_) {
    go(client_input::recipients_answered);
    if (state_ == client_state::chunks)
      after_chunk();
    else if (!data_out)
      open_flight();
    return;
  }
  if (data_out && has(client_fact::by_chunks)) {
    go(client_input::recipients_answered);
    spoil();
    finish(outcome_);
  } else if (has(client_fact::mail_refused) && !data_out) {
    go(client_input::nothing_begun);
    finish(outcome_);
  } else {
    go(client_input::give_up);
    if (!data_out) finish(outcome_);
  }
}

}  // namespace ehlo::inline v0::inline EHLO_ISA
