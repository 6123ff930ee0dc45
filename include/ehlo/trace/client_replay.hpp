// SPDX-License-Identifier: BSL-1.0
// Plays a recorded session to a client again: the server's replies go in, the host's part is read from what the
// recorded client said, and every octet of output has to be what was recorded. So a recording, with the options, is a
// bug report that anybody can run. Name and password in the options are `x`, as they are in a recording
// (redaction.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "../grammar/base64.hpp"
#include "../grammar/bdat_command.hpp"
#include "../grammar/mail_command.hpp"
#include "../grammar/rcpt_command.hpp"
#include "../model/capability.hpp"
#include "../model/tls_facts.hpp"
#include "../session/client_core.hpp"
#include "replay_result.hpp"

namespace ehlo::inline v0::trace {
inline namespace EHLO_ISA {

class client_replay {
 public:
  /// The session has just begun, with options as they were then. Both texts live as long as this object; the storage
  /// holds the recipients of a message, and no message may have more.
  client_replay(client_core& smtp EHLO_LIFETIMEBOUND, std::string_view client EHLO_LIFETIMEBOUND,
                std::string_view server EHLO_LIFETIMEBOUND, std::span<recipient> recipients EHLO_LIFETIMEBOUND) noexcept
      : smtp_{smtp}, client_{client}, server_{server}, recipients_{recipients}, whole_{client.size()} {}

  /// Plays to the end; `now` is the time of all of it.
  [[nodiscard("it says whether the session went as recorded")]] replay_result run(instant now) noexcept {
    std::string_view in;
    for (bool going = true; going;) {
      client_event const e = smtp_.next(in, now);
      bool const waits = e.type() == client_event_type::need_input && smtp_.output().empty();
      if (!compare()) break;
      switch (e.type()) {
        using enum client_event_type;
        case closed:
        case misuse:
        case need_answer: going = false; break;
        case ready: going = begin() || take_reply(in); break;
        case auth: answer_auth(e.mechanism()); break;
        case challenge: answer_challenge(); break;
        case need_body: give_piece(); break;
        case need_tls: smtp_.tls_started(tls_facts{}); break;
        case need_input: going = !waits || take_reply(in); break;
        default: break;
      }
    }
    return {client_.empty() && smtp_.output().empty(), whole_ - client_.size(), server_.size() + in.size()};
  }

 private:
  [[nodiscard]] static std::string_view first_line(std::string_view text) noexcept {
    return text.substr(0, text.find("\r\n"));
  }
  static void take_line(std::string_view& text) noexcept { text.remove_prefix(text.find('\n') + 1); }

  /// What was written is what was recorded.
  bool compare() noexcept {
    std::size_t count = 0;
    for (std::string_view const view : smtp_.output()) {
      if (!client_.starts_with(view)) return false;
      client_.remove_prefix(view.size());
      count += view.size();
    }
    if (count != 0) smtp_.sent(count);
    return true;
  }
  /// The next reply, whole; false if there is none.
  bool take_reply(std::string_view& in) noexcept {
    std::string_view rest = server_;
    for (bool more = true; more && !rest.empty();) {
      more = rest.size() > 3 && rest[3] == '-';
      take_line(rest);
    }
    if (server_.empty()) return false;
    in = server_.substr(0, server_.size() - rest.size());
    server_ = rest;
    return true;
  }

  /// What the host began when the engine was ready; false if that was nothing.
  bool begin() noexcept {
    std::string_view const line = first_line(client_);
    std::size_t const space = line.find(' ');
    std::string_view const word = line.substr(0, space);
    if (line.empty()) return false;
    if (word == "QUIT") return smtp_.quit() == errc::ok;
    if (word == "MAIL") return read_envelope() && smtp_.submit(envelope_) == errc::ok;
    return smtp_.command(word, space == line.npos ? std::string_view{} : line.substr(space + 1)) == errc::ok;
  }
  bool read_envelope() noexcept {
    std::string_view rest = client_;
    std::string_view line = first_line(rest);
    mail_command mail;
    tolerance used{};
    if (parse_mail(line, {.allowed = lenient, .offered = all_capabilities, .tls = true, .extra = {}}, mail, used) !=
        errc::ok)
      return false;
    envelope_ = {};
    envelope_.from = view(line, mail.from).raw;
    envelope_.params = {mail.size,
                        mail.has_size,
                        mail.body,
                        mail.smtputf8,
                        mail.requiretls,
                        mail.ret,
                        part(line, mail.envid),
                        part(line, mail.auth),
                        behind_known(line.substr(mail.parameters), mail_keywords)};
    std::size_t count = 0;
    for (take_line(rest); rest.starts_with("RCPT "); take_line(rest)) {
      line = first_line(rest);
      rcpt_command rcpt;
      if (count == recipients_.size() ||
          parse_rcpt(line, {.allowed = lenient, .offered = all_capabilities, .smtputf8 = mail.smtputf8, .extra = {}},
                     rcpt, used) != errc::ok)
        return false;
      recipients_[count++] = {
          view(line, rcpt.to).raw,
          {rcpt.notify, part(line, rcpt.orcpt), behind_known(line.substr(rcpt.parameters), rcpt_keywords)}};
    }
    // MAIL was refused before a recipient was named.
    if (count == 0 && !recipients_.empty()) recipients_[count++] = {"nobody@invalid"};
    envelope_.to = recipients_.subspan(0, count);
    body_begun_ = false;
    return true;
  }
  [[nodiscard]] static std::string_view part(std::string_view line, line_part p) noexcept {
    return line.substr(p.at, p.length);
  }
  static constexpr std::array<std::string_view, 7> mail_keywords{"SIZE", "BODY",  "SMTPUTF8", "REQUIRETLS",
                                                                 "RET",  "ENVID", "AUTH"};
  static constexpr std::array<std::string_view, 2> rcpt_keywords{"NOTIFY", "ORCPT"};
  /// The engine writes the parameters that it knows first; what stands behind them is the host's own text.
  [[nodiscard]] static std::string_view behind_known(std::string_view text,
                                                     std::span<std::string_view const> known) noexcept {
    for (;;) {
      while (text.starts_with(' ')) text.remove_prefix(1);
      std::string_view const word = text.substr(0, text.find(' '));
      std::string_view const keyword = word.substr(0, word.find('='));
      bool is_known = false;
      for (std::string_view const one : known) is_known = is_known || equal_ignoring_case(one, keyword);
      if (!is_known) return text;
      text.remove_prefix(word.size());
    }
  }

  void give_piece() noexcept {
    errc how = errc::local_order;
    if (smtp_.state() == client_state::text) {
      if (!body_begun_) body_ = client_;
      body_begun_ = true;
      how = give_text();
    } else if (bdat_command chunk; parse_bdat(first_line(client_), chunk) == errc::ok) {
      std::string_view octets = client_;
      take_line(octets);
      if (octets.size() >= chunk.size)
        how = smtp_.body(octets.substr(0, static_cast<std::size_t>(chunk.size)), chunk.last);
    }
    if (how != errc::ok) smtp_.abort();  // the recording ends here
  }
  /// Lines without a stuffed dot, and then a stuffed dot's line from behind it.
  errc give_text() noexcept {
    if (body_.starts_with(".\r\n")) return smtp_.body({}, true);
    if (body_.starts_with('.')) body_.remove_prefix(1);
    std::size_t const next = body_.find("\r\n.");
    std::string_view const piece = body_.substr(0, next == body_.npos ? next : next + 2);
    body_.remove_prefix(piece.size());
    return piece.empty() ? errc::local_order : smtp_.body(piece, false);
  }

  void answer_auth(std::string_view mechanism) noexcept {
    std::string_view line = first_line(client_);
    std::size_t const length = 5 + mechanism.size() + 1;
    if (line.size() <= length)
      smtp_.respond_later();
    else
      respond(line.substr(length));
  }
  void answer_challenge() noexcept {
    if (std::string_view const line = first_line(client_); line == "*")
      smtp_.cancel();
    else
      respond(line);
  }
  void respond(std::string_view base64) noexcept {
    std::array<char, 64> room{};
    decoded const octets = base64 == "=" ? decoded{0, true} : decode_base64(base64, room);
    if (smtp_.respond(octets.text(room)) != errc::ok) smtp_.cancel();
  }

  client_core& smtp_;
  std::string_view client_;
  std::string_view server_;
  std::span<recipient> recipients_;
  std::size_t whole_;
  envelope envelope_;
  std::string_view body_;  ///< what of the text has not been given yet
  bool body_begun_ = false;
};

}  // namespace EHLO_ISA
}  // namespace ehlo::inline v0::trace
