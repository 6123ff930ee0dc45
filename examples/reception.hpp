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
#include "ehlo/server.hpp"
#include "maildir.hpp"
#include "serve_options.hpp"

namespace serve {

/// The answer when a message could not be stored; the client keeps it and comes back.
inline ehlo::reply storage_failure() {
  if (errno == ENOSPC || errno == EDQUOT) return {452, {4, 3, 1}, "no room to store the message"};
  return {451, {4, 3, 0}, "the message could not be stored"};
}

class reception {
  using event_type = ehlo::event_type;

 public:
  reception(options const& all, maildir& box) : options_{all}, box_{box} {}

  /// Answers a question, and takes in what is told.
  void take(ehlo::server_core& smtp, ehlo::server_event const& e) {
    switch (e.type()) {
      case event_type::mail:
        transaction_ = std::make_unique<transaction>(box_);
        transaction_->envelope = {std::string{e.mail().from.mailbox()}, {}, client_};
        smtp.accept();
        break;
      case event_type::rcpt: answer_rcpt(smtp, e.rcpt().to); break;
      case event_type::credentials: answer_credentials(smtp, e); break;
      case event_type::xclient: answer_xclient(smtp, e.argument()); break;
      case event_type::message_begin:
        if (!transaction_->message.begin(transaction_->envelope)) smtp.reject(storage_failure());
        break;
      case event_type::body:
        if (!transaction_->message.write(e.body())) smtp.reject(storage_failure());
        break;
      case event_type::message_dropped: transaction_.reset(); break;
      case event_type::message_end:
        failure_ = transaction_->message.commit() ? ehlo::reply{} : storage_failure();
        [[fallthrough]];
      case event_type::next_recipient:  // LMTP: all recipients share the one file, and so its fate
        answer_message(smtp);
        if (!options_.smtp.lmtp || e.recipient() + 1 == e.recipients()) transaction_.reset();
        break;
      default: break;  // a notice; no other question was asked for in the options
    }
  }

  /// The client that somebody speaks for: a load balancer in a PROXY header, a mail filter by XCLIENT.
  void speaks_for(std::string client) { client_ = std::move(client); }

 private:
  /// Only who sends has one.
  struct transaction {
    explicit transaction(maildir& box) : message{box} {}
    serve::envelope envelope;
    incoming_message message;
  };

  void answer_message(ehlo::server_core& smtp) {
    std::string const& name = transaction_->message.name();
    if (failure_.code)
      smtp.reject(failure_);
    else
      smtp.accept(name.empty() ? "thrown away" : "stored as " + name);
  }

  void answer_rcpt(ehlo::server_core& smtp, ehlo::path_view const& to) {
    if (ehlo::reply const* const refusal = options_.refusal_of(to.mailbox())) {
      smtp.reject(*refusal);
    } else if (!options_.is_local(to) && !smtp.authenticated()) {
      smtp.reject({550, {5, 7, 1}, "not here, and not passed on"});
    } else {
      transaction_->envelope.to.emplace_back(to.mailbox());
      smtp.accept();
    }
  }

  void answer_credentials(ehlo::server_core& smtp, ehlo::server_event const& e) {
    bool const for_itself = e.authorization_identity().empty() || e.authorization_identity() == e.user_name();
    if (for_itself && options_.knows(e.user_name(), e.password()))
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
  std::string client_;  ///< that somebody speaks for
  std::unique_ptr<transaction> transaction_;
  ehlo::reply failure_;  ///< of the message that was complete last; code 0: it is stored
};

}  // namespace serve
