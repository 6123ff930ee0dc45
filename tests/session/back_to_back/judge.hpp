// SPDX-License-Identifier: BSL-1.0
// Compares what the client's host was told with what the server's host did.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "client_host.hpp"
#include "referee.hpp"
#include "server_host.hpp"
#include "setting.hpp"

namespace back_to_back {

class judge {
 public:
  /// `whole`: the connection was not cut.
  judge(setting const& s, referee& r, bool whole) : setting_{s}, referee_{r}, whole_{whole} {}

  void compare(client_host const& client, server_host const& server) {
    said_421_ = server.said_421();
    std::size_t place = 0;
    for (submitted const& t : client.transactions()) {
      referee_.expect(t.times_done == 1, "each transaction is done exactly once");
      bool const seen = t.was_said && place < server.transactions().size();
      static received const nothing;
      received const& r = seen ? server.transactions()[place] : nothing;
      if (t.was_said) ++place;
      if (r.mail.by_host) compare_mail(t, r);
      for (std::size_t i = 0; i != t.message.recipients.size(); ++i) compare_recipient(t, r, i);
      check_advice(t);
      if (committed_) compare_body(t, r);
      committed_ = false;
    }
    referee_.expect(server.transactions().size() <= place, "the server saw no transaction that was not submitted");
    if (whole_) compare_exchange(client, server);
  }

 private:
  /// Nobody is forgotten: what is neither delivered nor refused for good is to be tried again.
  void check_advice(submitted const& t) {
    bool all_delivered = true;
    bool open = false;
    for (ehlo::recipient const& r : t.message.recipients) {
      all_delivered = all_delivered && r.state == ehlo::outcome::delivered;
      open = open || (r.state != ehlo::outcome::delivered && r.state != ehlo::outcome::refused_for_good);
    }
    referee_.expect((t.advice == ehlo::advice::done) == all_delivered, "done: all are delivered");
    referee_.expect(!open || t.advice != ehlo::advice::give_up, "given up: no recipient is open");
    bool const now = t.advice == ehlo::advice::next_transaction;
    for (ehlo::recipient const& r : t.message.recipients) {
      bool const asks = r.params.notify != ehlo::notify_type::unstated || !r.params.orcpt.empty() ||
                        t.message.envelope.params.ret != ehlo::ret_type::unstated ||
                        !t.message.envelope.params.envid.empty();
      referee_.expect(r.dsn_not_passed_on == (asks && !t.offer.keywords.has(ehlo::capability::dsn)),
                      "what is owed to the sender is said");
      if (now && r.state == ehlo::outcome::unknown) referee_.expect(false, "what is unknown is not sent again at once");
    }
  }

  void compare_exchange(client_host const& client, server_host const& server) {
    std::size_t const count = std::min(client.challenges.size(), server.challenges.size());
    for (std::size_t i = 0; i != count; ++i)
      referee_.expect(client.challenges[i] == server.challenges[i], "a challenge arrives as it was given");
    if (setting_.client.mechanisms.find("XTEST") == std::string_view::npos) return;
    for (std::size_t i = 0; i != std::min(client.responses.size(), server.responses.size()); ++i)
      referee_.expect(client.responses[i] == server.responses[i], "a response arrives as it was given");
  }

  void compare_mail(submitted const& t, received const& r) {
    ehlo::mail_params const& p = t.message.envelope.params;
    auto const has = [&](ehlo::capability c) { return t.offer.keywords.has(c); };
    using enum ehlo::capability;
    referee_.expect(r.from == mailbox_of(t.message.envelope.from), "the reverse-path arrives");
    referee_.expect(r.has_size == (p.has_size && has(size)) && (!r.has_size || r.size == p.size), "SIZE arrives");
    bool const drops_body = p.body == ehlo::body_type::sevenbit && !has(eightbitmime);
    referee_.expect(r.body_type == (drops_body ? ehlo::body_type::unstated : p.body), "BODY arrives");
    referee_.expect(r.smtputf8 == p.smtputf8 && r.requiretls == p.requiretls, "SMTPUTF8 and REQUIRETLS arrive");
    referee_.expect(r.ret == (has(dsn) ? p.ret : ehlo::ret_type::unstated), "RET arrives");
    referee_.expect(r.envid == (has(dsn) ? p.envid : ""), "ENVID arrives");
    referee_.expect(r.auth == (has(auth) ? p.auth : ""), "AUTH arrives");
    ehlo::parameters const all{r.all};
    for (ehlo::parameter const& one : ehlo::parameters{p.rest})
      referee_.expect(all.find(one.keyword).value == one.value, "the rarer parameters arrive");
  }

  void compare_recipient(submitted const& t, received const& r, std::size_t index) {
    ehlo::recipient const& told = t.message.recipients[index];
    bool const asked = index < r.rcpts.size();
    if (asked && r.rcpts[index].how.by_host) compare_rcpt(t, told, r.rcpts[index]);
    decision const* const verdict = r.verdict_for(index, setting_.server.lmtp);
    bool const taken = verdict != nullptr && verdict->yes;
    committed_ = committed_ || taken;
    using enum ehlo::outcome;
    referee_.expect(told.state != accepted && told.state != malformed, "a final outcome for each recipient");
    if (told.state == delivered) referee_.expect(taken, "delivered: the server has it");
    if (taken) referee_.expect(told.state == delivered || told.state == unknown, "the server has it: never refused");
    if (!whole_) return;
    if (taken && !t.aborted) referee_.expect(told.state == delivered, "the server has it and could say so");
    if (told.state == unknown) referee_.expect(t.aborted, "unknown only where the connection was lost");
    if (told.code == 421) return referee_.expect(said_421_, "421 was said");
    if (told.state == not_tried)
      return referee_.expect(told.next_transaction || t.aborted || ehlo::is_local(t.error), "each recipient is tried");
    if (asked || r.mail.by_host) compare_refusal(t, r, told, asked ? &r.rcpts[index].how : nullptr, verdict);
  }

  void compare_rcpt(submitted const& t, ehlo::recipient const& told, decided_rcpt const& got) {
    referee_.expect(got.path == mailbox_of(told.path), "the forward-path arrives");
    bool const dsn = t.offer.keywords.has(ehlo::capability::dsn);
    referee_.expect(got.notify == (dsn ? told.params.notify : ehlo::notify_type::unstated), "NOTIFY arrives");
    referee_.expect(got.orcpt == (dsn ? told.params.orcpt : ""), "ORCPT arrives");
  }

  /// What was refused is reported with the reply that refused it.
  void compare_refusal(submitted const& t, received const& r, ehlo::recipient const& told, decision const* rcpt,
                       decision const* verdict) {
    if (t.aborted) return;
    using ehlo::reply_phase;
    if (r.mail.by_host && !r.mail.yes) return refused_by(t, r, told, r.mail, reply_phase::mail);
    if (rcpt == nullptr || !rcpt->by_host) return;
    if (!rcpt->yes) return refused_by(t, r, told, *rcpt, reply_phase::rcpt);
    if (r.data && !r.data->by_host) return;
    if (r.data) return refused_by(t, r, told, *r.data, told.decided_by);
    if (r.in_body) return refused_by(t, r, told, *r.in_body, told.decided_by);
    if (verdict != nullptr && verdict->by_host && !verdict->yes) refused_by(t, r, told, *verdict, reply_phase::verdict);
  }
  static ehlo::enhanced_code too_many_recipients(decision const& d) {
    return {static_cast<std::uint8_t>(d.code.number() / 100), 5, 3};
  }
  static bool any_accepted_before(submitted const& t, ehlo::recipient const& told, received const& r) {
    auto const index = static_cast<std::size_t>(&told - t.message.recipients.data());
    for (std::size_t i = 0; i != index; ++i)
      if (r.rcpts[i].how.yes) return true;
    return false;
  }
  void refused_by(submitted const& t, received const& r, ehlo::recipient const& told, decision const& d,
                  ehlo::reply_phase by) {
    using enum ehlo::outcome;
    referee_.expect(told.code == d.code && told.decided_by == by, "the reply that refused is the one reported");
    // RFC 5321 4.5.3.1.10: one recipient too many, unless the status says something else.
    bool const may_be = (d.code == 452 || d.code == 552) && (!told.status || told.status == too_many_recipients(d));
    bool const too_many = by == ehlo::reply_phase::rcpt && may_be && any_accepted_before(t, told, r);
    referee_.expect(told.next_transaction == too_many, "one too many is for the next transaction");
    bool const for_good = d.code.is_permanent() && !too_many;
    referee_.expect(told.state == (for_good ? refused_for_good : refused_for_now), "the first digit decides");
    bool const has_status = t.offer.keywords.has(ehlo::capability::enhancedstatuscodes);
    if (d.status && has_status) referee_.expect(told.status == d.status, "the status is the server's");
  }

  void compare_body(submitted const& t, received const& r) {
    std::string const& given = t.message.body;
    bool const binary = t.message.envelope.params.body == ehlo::body_type::binarymime;
    std::string expected = binary ? given : as_text(given);
    // In chunks nothing is added to the last line.
    if (t.by_chunks && !binary && !given.ends_with('\n')) expected.resize(expected.empty() ? 0 : expected.size() - 2);
    referee_.expect(r.body == expected, "what is stored is what was given");
    referee_.expect(!r.dropped, "what is stored was not dropped");
    if (r.body == expected) return;
    std::size_t const at = static_cast<std::size_t>(
        std::mismatch(r.body.begin(), r.body.end(), expected.begin(), expected.end()).first - r.body.begin());
    referee_.log("they differ at ", std::to_string(at));
    referee_.log("given:  ", std::string_view{expected}.substr(at));
    referee_.log("stored: ", std::string_view{r.body}.substr(at));
  }

  setting const& setting_;
  referee& referee_;
  bool whole_;
  bool committed_ = false;
  bool said_421_ = false;
};

}  // namespace back_to_back
