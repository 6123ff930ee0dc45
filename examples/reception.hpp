// SPDX-License-Identifier: BSL-1.0
// What a client of ehlo-serve is answered, and where its messages go: the part of a host that is about mail. It knows
// nothing of connections.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "ehlo/grammar/xclient.hpp"
#include "ehlo/route/relay.hpp"
#include "ehlo/server.hpp"
#include "ehlo/trace/received_count.hpp"
#include "maildir.hpp"
#include "message_check.hpp"
#include "serve_login.hpp"
#include "serve_options.hpp"
#include "trace_lines.hpp"

namespace serve {

/// The answer when a message could not be stored; the client keeps it and comes back.
inline ehlo::reply storage_failure() {
  if (errno == ENOSPC || errno == EDQUOT) return {452, {4, 3, 1}, "no room to store the message"};
  return {451, {4, 3, 0}, "the message could not be stored"};
}

class reception {
  using event_type = ehlo::event_type;

 public:
  /// `peer` is the address at the other end of the connection. With `senders`, messages are checked by it.
  reception(options const& all, maildir& box, std::string_view peer, message_checks* senders = nullptr)
      : options_{all}, box_{box}, senders_{senders} {
    if (!all.proxy_protocol) client_.is_at(peer);
  }

  /// Answers a question, and takes in what is told. A message that is checked is answered by conclude().
  void take(ehlo::server_core& smtp, ehlo::server_event const& e) {
    switch (e.type()) {
      case event_type::hello:
        client_.hello = e.argument();
        client_.esmtp = e.command_verb() != ehlo::verb::helo;
        transaction_.reset();  // RFC 5321 4.1.4
        break;
      case event_type::mail: answer_mail(smtp, e.mail()); break;
      case event_type::rcpt: answer_rcpt(smtp, e.rcpt().to); break;
      case event_type::credentials: answer_credentials(smtp, e); break;
      case event_type::auth:
        login_ = std::make_unique<login>(options_.users, options_.smtp.hostname, channel_.get());
        [[fallthrough]];
      case event_type::auth_response:
        if (!login_->take(smtp, e)) login_.reset();
        break;
      case event_type::refused: login_.reset(); break;  // the exchange is over, if there was one
      case event_type::xclient: answer_xclient(smtp, e.argument()); break;
      case event_type::message_begin:
        if (!transaction_->check && !begin_message(smtp, {})) smtp.reject(storage_failure());
        break;
      case event_type::body:
        transaction_->received.take(e.body());
        if (transaction_->received.is_loop())  // RFC 5321 6.3
          smtp.reject({554, {5, 4, 6}, "it has been through too many servers, as in a loop"});
        else if (!write(e.body()))
          smtp.reject(storage_failure());
        break;
      case event_type::reset:
      case event_type::message_dropped: transaction_.reset(); break;
      case event_type::message_end:
        if (transaction_->check) transaction_->check->end(now());
        transaction_->complete = true;
        if (concludes()) conclude(smtp);
        break;
      case event_type::next_recipient: answer_message(smtp); break;
      default: break;  // a notice; no other question was asked for in the options
    }
  }

  /// Whether a message has ended that is not answered, and the session waits for its check.
  [[nodiscard]] bool waits() const { return transaction_ && transaction_->complete; }
  /// Whether it has been checked now.
  [[nodiscard]] bool concludes() const { return waits() && (!transaction_->check || transaction_->check->done()); }
  /// With what outcome, for a log.
  [[nodiscard]] std::string finding() const { return transaction_->check->finding(); }
  /// Answers it.
  void conclude(ehlo::server_core& smtp) {
    transaction& t = *transaction_;
    t.complete = false;
    if (t.check) t.failure = t.check->refusal();
    if (!t.failure.code && !store(smtp)) t.failure = storage_failure();
    answer_message(smtp);
  }
  /// There is no time to wait for it: the client keeps it and comes back.
  void give_up(ehlo::server_core& smtp) {
    transaction& t = *transaction_;
    t.complete = false;
    t.check.reset();
    t.failure = {451, {4, 3, 2}, "the message was not checked in time"};
    answer_message(smtp);
  }
  /// When on_deadline() is to be called: at once, where the last answer came while another session was dealt with.
  [[nodiscard]] ehlo::instant deadline() const {
    if (concludes()) return {};
    return transaction_ && transaction_->check ? transaction_->check->deadline() : never;
  }
  void on_deadline(ehlo::instant now) { transaction_->check->on_deadline(now); }

  /// The client that somebody speaks for: a load balancer in a PROXY header, a mail filter by XCLIENT.
  void speaks_for(std::string client) {
    client_.is_at(client);
    client_.spoken_for = std::move(client);
  }
  /// The session is inside TLS, with this cipher as IANA calls it.
  void in_tls(std::string_view cipher) { client_.tls_cipher = cipher; }
  /// What a login can be bound to there.
  void binds_to(tls::channel_bindings channel) {
    channel_ = std::make_unique<tls::channel_bindings const>(std::move(channel));
  }

 private:
  /// Only who sends has one.
  struct transaction {
    explicit transaction(maildir& box) : message{box} {}
    serve::envelope envelope;
    std::string from;
    incoming_message message;
    std::shared_ptr<message_check> check;  ///< from the first recipient on, if messages are checked
    ehlo::trace::received_count received;
    std::size_t answered = 0;  ///< LMTP: for how many recipients
    ehlo::reply failure;       ///< of the complete message; code 0: it is stored
    bool complete = false;     ///< and not answered
  };

  void answer_mail(ehlo::server_core& smtp, ehlo::mail_args const& mail) {
    std::string line = return_path_line(mail.from);
    if (line.empty()) {
      smtp.reject({553, {5, 1, 7}, "too long to be kept with the message"});
      return;
    }
    transaction_ = std::make_unique<transaction>(box_);
    transaction_->envelope = {std::move(line), {}, mail.smtputf8};
    if (senders_ != nullptr) transaction_->from = mail.from.mailbox();
    smtp.accept();
  }

  /// `results` are what a check has to say.
  bool begin_message(ehlo::server_core const& smtp, std::string_view results) {
    transaction& t = *transaction_;
    return t.message.begin() &&
           t.message.write_above(trace_lines(client_, t.envelope, smtp, options_.smtp, t.message.name(), results));
  }
  bool write(std::string_view octets) {
    return transaction_->check ? transaction_->check->write(octets) : transaction_->message.write(octets);
  }
  bool store(ehlo::server_core const& smtp) {
    transaction& t = *transaction_;
    if (t.check) {
      if (t.check->is_junk()) t.message.goes_to(senders_->junk);
      if (!begin_message(smtp, t.check->results()) || !t.check->copy_to(t.message)) return false;
    }
    return t.message.commit();
  }

  /// LMTP: all recipients share the one file, and so its fate.
  void answer_message(ehlo::server_core& smtp) {
    transaction& t = *transaction_;
    std::string const& name = t.message.name();
    if (t.failure.code)
      smtp.reject(t.failure);
    else
      smtp.accept(name.empty() ? "thrown away" : "stored as " + name);
    if (!options_.smtp.lmtp || ++t.answered == t.envelope.to.size()) transaction_.reset();
  }

  void answer_rcpt(ehlo::server_core& smtp, ehlo::path_view const& to) {
    ehlo::route::relay_verdict const verdict = decide_on(to, smtp.authenticated());
    if (ehlo::reply const* const refusal = options_.refusal_of(to.mailbox())) {
      smtp.reject(*refusal);
    } else if (!is_accepted(verdict)) {
      smtp.reject(relay_reply(verdict));
    } else {
      transaction& t = *transaction_;
      t.envelope.to.emplace_back(to.mailbox());
      if (senders_ != nullptr && !t.check)
        t.check = senders_->begin(client_, t.from, may_relay(smtp.authenticated()), now());
      smtp.accept();
    }
  }

  /// Who takes mail for others is an open relay (RFC 5321 7.9).
  [[nodiscard]] ehlo::route::relay_verdict decide_on(ehlo::path_view const& to, bool authenticated) const {
    if (options_.takes_everything) return ehlo::route::relay_verdict::local;
    return decide_relay(options_.relay(), {client_.address, authenticated}, to);
  }

  /// Who may send to everybody is one of ours.
  [[nodiscard]] bool may_relay(bool authenticated) const {
    return authenticated || std::any_of(options_.relay_from.begin(), options_.relay_from.end(),
                                        [this](auto const& n) { return n.contains(client_.address); });
  }

  void answer_credentials(ehlo::server_core& smtp, ehlo::server_event const& e) {
    bool const for_itself = e.authorization_identity().empty() || e.authorization_identity() == e.user_name();
    if (for_itself && options_.users.know(e.user_name(), e.password()))
      smtp.accept();
    else
      smtp.reject({535, {5, 7, 8}, "name or password wrong"});
  }

  /// The engine has checked the list, and offers XCLIENT only to those who may use it.
  void answer_xclient(ehlo::server_core& smtp, std::string_view attributes) {
    for (ehlo::parameter const& a : ehlo::parameters{attributes})
      if (ehlo::find_peer_attribute(ehlo::verb::xclient, a.keyword) == ehlo::peer_attribute::addr)
        speaks_for(std::string{a.value});
    smtp.accept();
  }

  options const& options_;
  maildir& box_;
  message_checks* senders_;
  client client_;
  std::unique_ptr<tls::channel_bindings const> channel_;
  std::unique_ptr<login> login_;  ///< while a client logs in
  std::unique_ptr<transaction> transaction_;
};

}  // namespace serve
