// SPDX-License-Identifier: BSL-1.0
// What a client of ehlo-serve is answered, and where its messages go: the part of a host that is about mail. It knows
// nothing of connections.
#pragma once

#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "ehlo/grammar/xclient.hpp"
#include "ehlo/route/relay.hpp"
#include "ehlo/server.hpp"
#include "ehlo/trace/received_count.hpp"
#include "maildir.hpp"
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
  /// `peer` is the address at the other end of the connection.
  reception(options const& all, maildir& box, std::string_view peer) : options_{all}, box_{box} {
    if (!all.proxy_protocol) client_.is_at(peer);
  }

  /// Answers a question, and takes in what is told.
  void take(ehlo::server_core& smtp, ehlo::server_event const& e) {
    switch (e.type()) {
      case event_type::hello:
        client_.hello = e.argument();
        client_.esmtp = e.command_verb() != ehlo::verb::helo;
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
        if (!begin_message(smtp)) smtp.reject(storage_failure());
        break;
      case event_type::body:
        transaction_->received.take(e.body());
        if (transaction_->received.is_loop())  // RFC 5321 6.3
          smtp.reject({554, {5, 4, 6}, "it has been through too many servers, as in a loop"});
        else if (!transaction_->message.write(e.body()))
          smtp.reject(storage_failure());
        break;
      case event_type::message_dropped: transaction_.reset(); break;
      case event_type::message_end:
        if (!transaction_->message.commit()) transaction_->failure = storage_failure();
        [[fallthrough]];
      case event_type::next_recipient:  // LMTP: all recipients share the one file, and so its fate
        answer_message(smtp);
        if (!options_.smtp.lmtp || e.recipient() + 1 == e.recipients()) transaction_.reset();
        break;
      default: break;  // a notice; no other question was asked for in the options
    }
  }

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
    incoming_message message;
    ehlo::trace::received_count received;
    ehlo::reply failure;  ///< of the complete message; code 0: it is stored
  };

  void answer_mail(ehlo::server_core& smtp, ehlo::mail_args const& mail) {
    std::string line = return_path_line(mail.from);
    if (line.empty()) {
      smtp.reject({553, {5, 1, 7}, "too long to be kept with the message"});
      return;
    }
    transaction_ = std::make_unique<transaction>(box_);
    transaction_->envelope = {std::move(line), {}, mail.smtputf8};
    smtp.accept();
  }

  bool begin_message(ehlo::server_core const& smtp) {
    transaction& t = *transaction_;
    return t.message.begin() &&
           t.message.write(trace_lines(client_, t.envelope, smtp, options_.smtp, t.message.name()));
  }

  void answer_message(ehlo::server_core& smtp) {
    std::string const& name = transaction_->message.name();
    if (transaction_->failure.code)
      smtp.reject(transaction_->failure);
    else
      smtp.accept(name.empty() ? "thrown away" : "stored as " + name);
  }

  void answer_rcpt(ehlo::server_core& smtp, ehlo::path_view const& to) {
    ehlo::route::relay_verdict const verdict = decide_on(to, smtp.authenticated());
    if (ehlo::reply const* const refusal = options_.refusal_of(to.mailbox())) {
      smtp.reject(*refusal);
    } else if (!is_accepted(verdict)) {
      smtp.reject(relay_reply(verdict));
    } else {
      transaction_->envelope.to.emplace_back(to.mailbox());
      smtp.accept();
    }
  }

  /// Who takes mail for others is an open relay (RFC 5321 7.9).
  [[nodiscard]] ehlo::route::relay_verdict decide_on(ehlo::path_view const& to, bool authenticated) const {
    if (options_.takes_everything) return ehlo::route::relay_verdict::local;
    return decide_relay(options_.relay(), {client_.address, authenticated}, to);
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
  client client_;
  std::unique_ptr<tls::channel_bindings const> channel_;
  std::unique_ptr<login> login_;  ///< while a client logs in
  std::unique_ptr<transaction> transaction_;
};

}  // namespace serve
