// SPDX-License-Identifier: BSL-1.0
// A visit to one port of a server: what it says and offers, before and inside TLS, and what is wrong. It says EHLO,
// STARTTLS and QUIT, and nothing else: no message is begun.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/base/ascii.hpp"
#include "ehlo/client.hpp"
#include "ehlo/pump.hpp"
#include "send_loop.hpp"
#include "send_options.hpp"
#include "send_session.hpp"
#include "send_stream.hpp"
#include "tls.hpp"

namespace sending {

/// What was found. Texts of the peer's in which anything may stand.
struct findings {
  std::uint16_t port = 0;
  bool implicit_tls = false;
  std::string where;                          ///< the address that answered
  std::string error;                          ///< why nothing more is known, for people
  std::string greeting;                       ///< with its code
  std::vector<std::string> in_clear, in_tls;  ///< the lines of the answers to EHLO, but for the server's name
  bool said_hello = false;
  std::string tls;  ///< version and cipher
  tls::peer_certificate certificate;
  std::string goodbye;
  std::vector<trace::failure> wrong;

  [[nodiscard]] std::vector<std::string> const& offer() const { return tls.empty() ? in_clear : in_tls; }
};

/// What stands behind the keyword, if it is offered.
inline std::optional<std::string> find_keyword(std::vector<std::string> const& offer, std::string_view keyword) {
  for (std::string const& line : offer) {
    std::string_view const word = std::string_view{line}.substr(0, line.find_first_of(" ="));
    if (ehlo::equal_ignoring_case(word, keyword)) return line.substr((std::min)(word.size() + 1, line.size()));
  }
  return {};
}

/// The dialogue, with the calls of a delivery (delivery.hpp).
class visit {
  using instant = ehlo::instant;

 public:
  /// All of it takes no longer than `until`.
  visit(ehlo::client_options const& smtp, findings& found, instant now, instant until)
      : options_{smtp}, found_{found}, until_{until} {
    if (!found.implicit_tls) smtp_.emplace(options_, now);
  }

  task next(instant now) {
    if (over_) return task::close;
    if (!smtp_) return task::handshake;
    for (;;) {
      note_stage();
      ehlo::client_event const e = ehlo::pump(*smtp_, in_, now, [this](ehlo::client_event const& said) {
        take(said);
        note_stage();
      });
      switch (e.type()) {
        case ehlo::client_event_type::need_tls: return task::handshake;
        case ehlo::client_event_type::closed: return close(e);
        default: break;
      }
      if (output().empty()) return task::read;
      if (!gone_) return task::write;
      smtp_->end_of_input(now, false);
    }
  }

  void received(std::string_view octets) { in_ = octets; }
  void end_of_input(bool clean, instant now) { smtp_->end_of_input(now, clean); }
  [[nodiscard]] std::span<std::string_view const> output() const {
    if (!smtp_) return {};
    return smtp_->output();
  }
  void sent(std::size_t count) { smtp_->sent(count); }
  void write_failed(instant now) {
    gone_ = true;
    smtp_->end_of_input(now, false);
  }

  void tls_started(ehlo::tls_facts const& facts, std::string const& description, instant now) {
    found_.tls = description;
    if (smtp_)
      smtp_->tls_started(facts);
    else
      smtp_.emplace(options_, now, facts);
  }
  void tls_failed(std::string const& why, trace::transport_failure how) {
    found_.error = why;
    wrong(
        {.transport = how, .error = late_ ? ehlo::errc::peer_timeout : ehlo::errc::peer_gone, .at = trace::stage::tls});
    over_ = true;
  }

  [[nodiscard]] instant deadline() const { return until_; }
  void on_deadline(instant now) {
    if (over_ || now < until_) return;
    late_ = true;
    if (!smtp_ || smtp_->state() == ehlo::client_state::tls)
      tls_failed("timeout", trace::transport_failure::none);
    else
      smtp_->end_of_input(now, false);
  }

 private:
  void take(ehlo::client_event const& e) {
    if (e.type() == ehlo::client_event_type::ready) smtp_->quit();
    if (e.type() == ehlo::client_event_type::reply) keep(e);
    if (e.type() == ehlo::client_event_type::failed) fail(e);
  }

  void keep(ehlo::client_event const& e) {
    switch (e.phase()) {
      case ehlo::reply_phase::greeting: found_.greeting = text_of(e.reply()); break;
      case ehlo::reply_phase::hello: keep_offer(e.reply()); break;
      case ehlo::reply_phase::starttls: keep_refusal(e.reply()); break;
      case ehlo::reply_phase::quit: found_.goodbye = text_of(e.reply()); break;
      default: break;
    }
  }
  void keep_offer(ehlo::reply_view const& reply) {
    if (!reply.code().is_success()) return;
    found_.said_hello = true;
    std::vector<std::string>& offer = smtp_->tls_active() ? found_.in_tls : found_.in_clear;
    offer.clear();
    bool first = true;
    for (ehlo::reply_line const& line : reply.lines())
      if (!std::exchange(first, false)) offer.emplace_back(line.text);
  }
  void keep_refusal(ehlo::reply_view const& reply) {
    if (reply.code() != 220)
      wrong({.at = trace::stage::starttls, .code = reply.code(), .status = reply.status(), .tls = tls_state()});
  }

  /// The reply decides, or the loss.
  void fail(ehlo::client_event const& e) {
    ehlo::reply_code const code = e.reply().code();
    found_.error = message(e.error());
    wrong({.error = e.error(),
           .at = code ? trace::stage_of(e.phase()) : at_,
           .code = code,
           .status = e.reply().status(),
           .tls = tls_state()});
  }
  task close(ehlo::client_event const& e) {
    over_ = true;
    if (late_ && at_ != trace::stage::quit) {
      found_.error = "timeout";
      wrong({.error = ehlo::errc::peer_timeout, .at = at_, .tls = tls_state()});
    } else if (e.error() != ehlo::errc::ok && found_.error.empty()) {
      fail(e);
    }
    return task::close;
  }

  void note_stage() {
    if (smtp_->state() != ehlo::client_state::closed) at_ = trace::stage_of(smtp_->state());
  }
  [[nodiscard]] trace::tls_state tls_state() const {
    return smtp_->tls_active() ? trace::tls_state::active : trace::tls_state::cleartext;
  }
  void wrong(trace::failure f) {
    f.port = found_.port;
    found_.wrong.push_back(f);
  }

  ehlo::client_options const& options_;
  findings& found_;
  instant until_;
  std::optional<ehlo::client> smtp_;
  std::string_view in_;
  trace::stage at_{};
  bool late_ = false;
  bool gone_ = false;
  bool over_ = false;
};

/// What is not as it should be where all went well.
inline void judge(findings& found) {
  auto const add = [&](trace::failure f) {
    f.port = found.port;
    found.wrong.push_back(f);
  };
  bool const is_submission = found.port == 465 || found.port == 587 || found.port == 2525;
  bool const auth = find_keyword(found.in_clear, "AUTH") || find_keyword(found.in_tls, "AUTH");
  trace::tls_state const tls = found.tls.empty() ? trace::tls_state::cleartext : trace::tls_state::active;
  if (found.certificate.failure != trace::transport_failure::none)
    add({.transport = found.certificate.failure, .at = trace::stage::tls});
  if (found.said_hello && found.tls.empty() && !find_keyword(found.in_clear, "STARTTLS"))
    add({.error = ehlo::errc::peer_tls_unavailable, .at = trace::stage::hello, .tls = tls});
  if (found.said_hello && is_submission && !auth)
    add({.error = ehlo::errc::peer_auth_unavailable, .at = trace::stage::hello, .tls = tls});
}

/// Goes there. Takes no longer than the patience, but for the look-up of the name and a second to end TLS.
inline findings visit_port(options const& o, probed_port const& to, tls::context const* context) {
  findings found;
  found.port = to.number;
  found.implicit_tls = to.implicit_tls;
  if (to.implicit_tls && context == nullptr) {
    found.error = "no TLS here, so this port is not looked at";
    return found;
  }
  ehlo::instant const until = now() + o.patience;
  connection_attempt const tried = connect_to(o.host, std::to_string(to.number), o.connect_timeout, until);
  found.where = tried.where;
  if (tried.socket < 0) {
    found.error = tried.error;
    found.wrong.push_back({.transport = tried.failure, .at = trace::stage::connect, .port = to.number});
    return found;
  }
  stream connection{tried.socket, tried.socket};
  basic_session<visit> one{o, context, o.smtp, found, now(), until};
  converse(one, connection);
  if (!found.tls.empty()) found.certificate = one.channel()->certificate();
  judge(found);
  return found;
}

}  // namespace sending
