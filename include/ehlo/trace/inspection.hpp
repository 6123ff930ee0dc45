// SPDX-License-Identifier: BSL-1.0
// Looks for what is wrong or unsafe in a session. It is told the lines of a dialogue, one after the other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../grammar/ehlo_line.hpp"
#include "../grammar/hello.hpp"
#include "../grammar/mail_command.hpp"
#include "../grammar/rcpt_command.hpp"
#include "../model/limits.hpp"
#include "../model/parameters.hpp"
#include "dialogue.hpp"
#include "finding.hpp"
#include "round_trips.hpp"

namespace ehlo::inline v0::trace {
inline namespace EHLO_ISA {

/// The first digits that a reply can have (RFC 5321 4.3.2, RFC 4954 4).
[[nodiscard]] constexpr bool fits(reply_code code, reply_phase phase) noexcept {
  bool const intermediate = code.severity() == severity::intermediate;
  switch (phase) {
    case reply_phase::none: return true;
    case reply_phase::data: return !code.is_success();
    case reply_phase::auth: return true;
    default: return !intermediate;
  }
}

/// The mechanisms whose message is the password, or a token that is as good as one.
inline constexpr std::string_view telling_mechanisms = "PLAIN LOGIN XOAUTH2 OAUTHBEARER";
[[nodiscard]] constexpr bool sends_secret(std::string_view mechanism) noexcept {
  return ehlo::detail::match_mechanisms(mechanism, telling_mechanisms) != 0;
}

/// Of an AUTH command, as far as it is shown.
[[nodiscard]] constexpr std::string_view mechanism_of(line const& l) noexcept {
  std::string_view const shown = l.text.substr(0, l.shown);
  return shown.substr(shown.find_last_of(' ') + 1);
}

/// The extension that a parameter of MAIL or RCPT belongs to.
struct parameter_owner {
  std::string_view keyword;
  capability what;
};
inline constexpr std::array<parameter_owner, 13> parameter_owners{{
    {"SIZE", capability::size},
    {"BODY", capability::eightbitmime},
    {"SMTPUTF8", capability::smtputf8},
    {"RET", capability::dsn},
    {"ENVID", capability::dsn},
    {"NOTIFY", capability::dsn},
    {"ORCPT", capability::dsn},
    {"AUTH", capability::auth},
    {"REQUIRETLS", capability::requiretls},
    {"BY", capability::deliverby},
    {"HOLDFOR", capability::futurerelease},
    {"HOLDUNTIL", capability::futurerelease},
    {"MT-PRIORITY", capability::mt_priority},
}};

class inspection {
 public:
  /// `in_order`: the lines come in the order in which they were said, so that it can be seen what was pipelined.
  explicit inspection(bool in_order) noexcept : in_order_{in_order} {}

  /// A line, and the dialogue that has just told it.
  void take(line const& l, dialogue const& of) noexcept;
  /// The session is over.
  void end(dialogue const& of) noexcept;

  /// How often it was found.
  [[nodiscard]] std::uint32_t count(finding f) const noexcept { return found_[static_cast<std::size_t>(f)].count; }
  /// The number of the line where it was found first; lines count from 1.
  [[nodiscard]] std::uint32_t first_line(finding f) const noexcept { return found_[static_cast<std::size_t>(f)].line; }
  /// What the last answer to EHLO has offered.
  [[nodiscard]] service_offer const& offer() const noexcept { return offer_; }
  /// What was made use of.
  [[nodiscard]] capability_set used() const noexcept { return used_; }

 private:
  struct place {
    std::uint32_t count = 0;
    std::uint32_t line = 0;
  };

  void add(finding f, bool is_so = true) noexcept {
    place& at = found_[static_cast<std::size_t>(f)];
    if (!is_so) return;
    if (at.count == 0) at.line = number_;
    ++at.count;
  }
  /// A command of this extension.
  void use(capability c) noexcept {
    used_.add(c);
    add(finding::extension_not_offered, !offer_.keywords.has(c));
  }
  void take_command(line const& l) noexcept;
  void take_order(line const& l) noexcept;
  void take_hello(line const& l) noexcept;
  void take_mail(line const& l) noexcept;
  void take_rcpt(line const& l) noexcept;
  void take_parameters(std::string_view text) noexcept;
  void take_path(errc now, errc with_all, tolerance used) noexcept;
  void take_secret(line const& l) noexcept;
  void take_reply(line const& l) noexcept;
  void take_offer(line const& l) noexcept;
  void take_message(bool in_tls) noexcept;
  void take_text_facts(message_facts const& text) noexcept;

  std::array<place, finding_count> found_{};
  service_offer offer_;
  capability_set used_;
  line last_command_;  ///< its text is gone
  reply_code first_code_;
  std::uint32_t number_ = 0;
  body_type body_ = body_type::unstated;
  bool in_order_;
  bool greeted_ = false;
  bool hello_ = false;
  bool esmtp_ = false;
  bool smtputf8_ = false;
  bool plain_ = false;  ///< the mechanism sends the password or token itself
  bool quit_ = false;
  bool closing_ = false;  ///< 421 or 221 was said
  bool in_text_ = false;
  bool is_first_line_ = true;  ///< of a reply
};

inline void inspection::take(line const& l, dialogue const& of) noexcept {
  ++number_;
  add(finding::plaintext_behind_starttls,
      of.plaintext_behind_starttls() && count(finding::plaintext_behind_starttls) == 0);
  switch (l.kind) {
    case line_kind::command: take_command(l); break;
    case line_kind::secret:
      if (l.from == speaker::client) return take_secret(l);
      take_reply(l);
      break;
    case line_kind::reply: take_reply(l); break;
    case line_kind::malformed: add(finding::malformed_reply); break;
    case line_kind::text: in_text_ = true; break;
    case line_kind::chunk: in_text_ = !l.last; break;
    case line_kind::end_of_text:
      in_text_ = false;
      take_message(l.in_tls);
      take_text_facts(of.message());
      break;
    default: break;
  }
}

inline void inspection::end(dialogue const& of) noexcept {
  ++number_;
  if (in_text_) return add(finding::message_cut);
  if (of.has_open_commands()) {
    bool const verdict = of.awaits() == reply_phase::verdict;
    add(finding::outcome_unknown, verdict);
    add(finding::no_reply, !verdict && of.awaits() != reply_phase::quit && !closing_);
  }
  add(finding::no_quit, !quit_ && !closing_ && hello_);
}

inline void inspection::take_command(line const& l) noexcept {
  using enum finding;
  take_order(l);
  std::size_t const limit = l.verb == verb::mail || l.verb == verb::rcpt ? max_path_command_line : max_command_line;
  add(command_too_long, !l.ended || l.text.size() + 2 > limit);
  add(bare_lf_command, l.bare_lf);
  last_command_ = l;
  last_command_.text = {};
  switch (l.verb) {
    case verb::ehlo:
    case verb::lhlo:
    case verb::helo: take_hello(l); break;
    case verb::mail: take_mail(l); break;
    case verb::rcpt: take_rcpt(l); break;
    case verb::data: add(no_recipients, l.recipients == 0 && !l.pipelined); break;
    case verb::bdat:
      use(capability::chunking);
      if (l.phase != reply_phase::verdict) break;
      add(no_recipients, l.recipients == 0 && !l.pipelined);
      take_message(l.in_tls);
      break;
    case verb::starttls: use(capability::starttls); break;
    case verb::etrn: use(capability::etrn); break;
    case verb::auth:
      use(capability::auth);
      plain_ = sends_secret(mechanism_of(l));
      break;
    case verb::xclient: use(capability::xclient); break;
    case verb::xforward: use(capability::xforward); break;
    case verb::quit: quit_ = true; break;
    case verb::unknown: add(unknown_command); break;
    default: break;
  }
}

inline void inspection::take_order(line const& l) noexcept {
  if (!in_order_ || !l.pipelined) return;
  if (!greeted_) return add(finding::early_talker);
  used_.add(capability::pipelining);
  bool const is_behind_text = last_command_.kind == line_kind::end_of_text;
  add(finding::pipelining_not_offered, !offer_.keywords.has(capability::pipelining) && !is_behind_text);
  add(finding::pipelined_behind, last_command_.kind != line_kind::none && ends_group(last_command_));
}

inline void inspection::take_hello(line const& l) noexcept {
  hello_ = true;
  esmtp_ = l.verb != verb::helo;
  tolerance used{};
  std::string_view const argument = l.text.size() > 5 ? l.text.substr(5) : std::string_view{};
  errc const e = parse_hello(argument, lenient, used);
  add(finding::malformed_command, e != errc::ok);
  add(finding::loose_hello, e == errc::ok && any(used));
}

inline void inspection::take_mail(line const& l) noexcept {
  using enum finding;
  add(no_hello, !hello_);
  mail_command mail;
  tolerance used{};
  mail_rules rules{.allowed = lenient, .offered = all_capabilities, .tls = true, .extra = {}};
  errc const with_all = parse_mail(l.text, rules, mail, used);
  body_ = mail.body;
  take_parameters(l.text.substr(mail.parameters));
  if (mail.body == body_type::binarymime) used_.add(capability::binarymime);
  smtputf8_ = mail.smtputf8;
  rules.offered = offer_.keywords;
  rules.tls = l.in_tls;
  take_path(parse_mail(l.text, rules, mail, used), with_all, used);
}

inline void inspection::take_rcpt(line const& l) noexcept {
  rcpt_command rcpt;
  tolerance used{};
  rcpt_rules rules{.allowed = lenient, .offered = all_capabilities, .smtputf8 = smtputf8_, .extra = {}};
  errc const with_all = parse_rcpt(l.text, rules, rcpt, used);
  take_parameters(l.text.substr(rcpt.parameters));
  rules.offered = offer_.keywords;
  take_path(parse_rcpt(l.text, rules, rcpt, used), with_all, used);
}

inline void inspection::take_parameters(std::string_view text) noexcept {
  for (parameter const& p : parameters{text})
    for (parameter_owner const& owner : parameter_owners)
      if (equal_ignoring_case(p.keyword, owner.keyword)) used_.add(owner.what);
}

inline void inspection::take_path(errc now, errc with_all, tolerance used) noexcept {
  using enum finding;
  bool const utf8 = now == errc::peer_sender_utf8 || now == errc::peer_recipient_utf8;
  add(smtputf8_missing, utf8);
  bool const other_extension = with_all == errc::ok || with_all == errc::peer_unknown_parameter;
  add(parameter_not_offered, !utf8 && now != errc::ok && other_extension);
  add(malformed_command, !utf8 && now != errc::ok && !other_extension);
  add(tolerated_command, now == errc::ok && any(used));
}

inline void inspection::take_secret(line const& l) noexcept {
  using enum finding;
  take_order(l);
  add(bare_lf_command, l.bare_lf);
  bool const begins = l.shown > 1;
  bool const follows_auth = last_command_.kind == line_kind::command && last_command_.verb == verb::auth;
  if (begins) {
    use(capability::auth);
    plain_ = sends_secret(mechanism_of(l));
  }
  last_command_ = l;
  last_command_.text = {};
  if (l.verb == verb::unknown) return add(maybe_secret);
  bool const tells = begins || (follows_auth && l.text != "*");
  add(plain_ ? password_in_clear_text : login_in_clear_text, !l.in_tls && tells);
}

inline void inspection::take_reply(line const& l) noexcept {
  using enum finding;
  add(reply_too_long, !l.ended || l.text.size() + 2 > max_reply_line);
  add(bare_lf_command, l.bare_lf);
  add(surplus_reply, l.surplus && l.last && l.code != 421);
  if (is_first_line_) first_code_ = l.code;
  add(mixed_codes, l.code != first_code_ && l.last);
  if (l.phase == reply_phase::hello && l.code.is_success()) take_offer(l);
  closing_ = closing_ || l.code == 421 || l.code == 221;
  is_first_line_ = l.last;
  if (!l.last) return;
  greeted_ = true;
  add(unfit_code, !l.surplus && !fits(l.code, l.phase));
  bool const wants_status = l.phase != reply_phase::greeting && l.phase != reply_phase::hello &&
                            l.code.severity() != severity::intermediate &&
                            offer_.keywords.has(capability::enhancedstatuscodes);
  add(status_missing, wants_status && !l.status);
  if (l.status) used_.add(capability::enhancedstatuscodes);
  if (l.phase == reply_phase::starttls && l.code.is_success()) {
    hello_ = false;  // RFC 3207 4.2: both sides forget what they know
    offer_ = {};
  }
}

inline void inspection::take_offer(line const& l) noexcept {
  if (is_first_line_) {
    offer_ = {};
  } else if (esmtp_ && l.text.size() > 4) {
    read_ehlo_line(l.text.substr(4), telling_mechanisms, offer_);
  }
  if (!l.last) return;
  add(finding::starttls_in_tls, l.in_tls && offer_.keywords.has(capability::starttls));
  add(finding::password_offered_in_clear_text, !l.in_tls && offer_.mechanisms != 0);
}

inline void inspection::take_message(bool in_tls) noexcept {
  bool const can_have_tls = offer_.keywords.has(capability::starttls);
  add(finding::starttls_unused, !in_tls && can_have_tls);
  add(finding::clear_text, !in_tls && !can_have_tls);
}

inline void inspection::take_text_facts(message_facts const& text) noexcept {
  using enum finding;
  last_command_ = line{line_kind::end_of_text};
  add(false_end, text.false_end);
  add(bare_lf_in_text, text.bare_lf);
  add(bare_cr_in_text, text.bare_cr);
  add(nul_in_text, text.nul);
  add(eight_bit_undeclared, text.eight_bit && body_ == body_type::unstated && !smtputf8_);
  add(text_line_too_long, text.longest_line > max_text_line);
}

}  // namespace EHLO_ISA
}  // namespace ehlo::inline v0::trace
