// SPDX-License-Identifier: BSL-1.0
// A message whose sender is checked on its way in (authentication.hpp), and what that takes: the DNS within the loop
// (cares/dns_loop.hpp), OpenSSL for the signatures, and patience, for what is written before a message is known behind
// it only. Built without c-ares or OpenSSL, there is no such check (serve_options.hpp: can_authenticate).
#pragma once

#include "serve_options.hpp"

#if !defined(EHLO_HAS_CARES) || !defined(EHLO_HAS_OPENSSL)
#include "no_message_check.hpp"
#else

#include <poll.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authentication.hpp"
#include "authentication_decision.hpp"
#include "authentication_lines.hpp"
#include "cares/dns_loop.hpp"
#include "dkim_functions.hpp"
#include "listener.hpp"
#include "spool.hpp"
#include "trace_lines.hpp"

namespace serve {

/// One message, from its first recipient on. It may go away while questions are open.
class message_check : public cares::asker, public std::enable_shared_from_this<message_check> {
 public:
  message_check(options const& all, maildir& box, cares::dns_loop& dns) : options_{all}, dns_{dns}, body_{box} {}

  /// Of whoever is one of ours only the header is looked at, for what it must not say.
  void begin(message_origin const& origin, ehlo::instant now) {
    authentication_terms const terms{options_.smtp.hostname, std::time(nullptr), options_.dns_patience};
    senders_.emplace(header_, functions_.table(), origin, terms, now);
    ask();
  }

  /// False, with the reason in errno.
  [[nodiscard]] bool write(std::string_view octets) {
    bool const was_header = !header_.ended();
    std::string_view const rest = header_.take(octets);
    if (senders_ && was_header && header_.ended()) {
      senders_->header_ended();
      ask();
    }
    if (senders_ && !rest.empty()) senders_->body(rest);
    return body_.write(rest);
  }
  void end(ehlo::instant now) {
    if (!senders_) return header_.end();
    if (!header_.ended()) {
      header_.end();
      senders_->header_ended();
    }
    senders_->end(now);
    ask();
  }
  [[nodiscard]] bool done() const { return !senders_ || senders_->done(); }
  [[nodiscard]] ehlo::instant deadline() const { return senders_ ? senders_->deadline() : never; }
  void on_deadline(ehlo::instant now) {
    senders_->on_deadline(now);
    ask();
  }

  /// Code 0: there is none.
  [[nodiscard]] ehlo::reply refusal() {
    if (header_.too_long()) return {552, {5, 3, 4}, "the header is too long to be checked"};
    if (senders_ && options_.authenticate == authenticate::enforce) decision_ = decide(*senders_);
    return {decision_.code, decision_.status, decision_.why};
  }
  [[nodiscard]] bool is_junk() const { return decision_.junk; }
  /// What is written before the message.
  [[nodiscard]] std::string results() const { return senders_ ? result_lines(*senders_) : std::string{}; }
  /// The same for a log: Authentication-Results on one line.
  [[nodiscard]] std::string finding() const {
    std::string line = results();
    line.resize((std::min)(line.find("\r\nReceived-SPF:"), line.size()));
    std::erase_if(line, [](char c) { return c == '\r' || c == '\n'; });
    std::replace(line.begin(), line.end(), '\t', ' ');
    return line;
  }
  /// The message, without what claims to be such a line of ours. False, with the reason in errno.
  [[nodiscard]] bool copy_to(incoming_message& to) const {
    return copy_header(header_, options_.smtp.hostname, to) && body_.copy_to(to);
  }

 private:
  void ask() {
    while (authentication::question const q = senders_->ask()) dns_.ask(weak_from_this(), q.lookup, q.about);
  }
  void answered(unsigned lookup, ehlo::dns_question const& question, ehlo::dns_answer const& answer) override {
    senders_->answer(lookup, question, answer);
    ask();
  }

  options const& options_;
  cares::dns_loop& dns_;
  dkim::functions functions_;
  sender::header_block header_;
  std::optional<authentication> senders_;
  spool body_;
  decision decision_;
};

/// What the checks of one loop share.
class message_checks {
 public:
  message_checks(options const& all, maildir& box, maildir const& junk_folder)
      : junk{junk_folder}, options_{all}, box_{box}, dns_{std::string{all.dns}} {}

  /// Why these options cannot be had; empty if they can.
  static std::string error(options const& all) { return cares::dns_loop{std::string{all.dns}}.error(); }

  /// From the first recipient of a message on.
  std::shared_ptr<message_check> begin(client const& from, std::string_view reverse_path, bool is_ours,
                                       ehlo::instant now) {
    auto one = std::make_shared<message_check>(options_, box_, dns_);
    if (!is_ours) one->begin({from.address, from.hello, std::string{reverse_path}}, now);
    return one;
  }

  /// What to poll for, and until when.
  ehlo::instant add_to(std::vector<pollfd>& polled) {
    dns_.add_to(polled);
    return dns_.due(now());
  }
  void proceed(pollfd const*& polled) { dns_.proceed(polled); }

  maildir junk;  ///< for what a policy puts into quarantine

 private:
  options const& options_;
  maildir& box_;
  cares::dns_loop dns_;
};

}  // namespace serve
#endif
