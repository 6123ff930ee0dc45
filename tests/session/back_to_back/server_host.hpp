// SPDX-License-Identifier: BSL-1.0
// The server's side of a run: a host that decides at random, now or later, and writes down what it did.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dice.hpp"
#include "ehlo/server.hpp"
#include "referee.hpp"
#include "setting.hpp"
#include "wire.hpp"

namespace back_to_back {

/// One decision: the host's, or (then without a code) the engine's refusal.
struct decision {
  bool yes = false;
  bool by_host = false;
  ehlo::reply_code code{};
  ehlo::enhanced_code status{};
};

struct decided_rcpt {
  std::string path;
  ehlo::notify_type notify{};
  std::string orcpt;
  decision how;
};

/// What the server's host knows of a transaction, from its MAIL on.
struct received {
  decision mail;
  std::string from;
  bool has_size = false;
  std::uint64_t size = 0;
  ehlo::body_type body_type{};
  ehlo::ret_type ret{};
  bool smtputf8 = false;
  bool requiretls = false;
  std::string envid;
  std::string auth;
  std::string all;
  std::vector<decided_rcpt> rcpts;
  std::optional<decision> data;     ///< the host's, if it refused
  std::optional<decision> in_body;  ///< a refusal in mid-body
  std::vector<decision> verdicts;   ///< one, or in LMTP one for each accepted recipient
  std::string body;
  bool dropped = false;

  /// What the host said about the message for the recipient number `index`, if it was asked.
  [[nodiscard]] decision const* verdict_for(std::size_t index, bool lmtp) const {
    if (index >= rcpts.size() || !rcpts[index].how.yes || verdicts.empty()) return nullptr;
    if (!lmtp) return &verdicts[0];
    std::size_t place = 0;
    for (std::size_t i = 0; i != index; ++i) place += std::size_t{rcpts[i].how.yes};
    return place < verdicts.size() ? &verdicts[place] : nullptr;
  }
};

class server_host {
 public:
  server_host(setting const& s, dice& d, connection& c, referee& r, ehlo::instant now)
      : setting_{s}, dice_{d}, in_{c.to_server}, out_{c.to_client}, connection_{c}, referee_{r} {
    if (s.small_server)
      core_ = &small_.emplace(s.server, now);
    else
      core_ = &usual_.emplace(s.server, now);
  }

  /// Does one thing; false if it waits.
  bool step(ehlo::instant now) {
    if (closed_) return false;
    bool moved = flush(now);
    switch (waits_for_) {
      case ehlo::event_type::need_input:
        if (!core_->output().empty() || !fill(now)) return moved;
        break;
      case ehlo::event_type::need_output:
        if (!core_->output().empty()) return moved;
        break;
      case ehlo::event_type::need_reply:
        if (question_ && now < answer_at_) return moved;
        if (question_) answer();
        break;
      case ehlo::event_type::need_tls: return look_at_end(now) || moved;
      default: break;
    }
    call(now);
    return true;
  }

  void expire(ehlo::instant now) {
    if (closed_ || !core_->deadline() || now < core_->deadline().at) return;
    bool const too_late = core_->deadline().phase == ehlo::deadline_phase::host && question_;
    static_cast<void>(core_->on_deadline(now));
    waits_for_ = ehlo::event_type::closed;
    if (!too_late) return;
    write_down({});  // the engine has said 451
    question_.reset();
  }
  [[nodiscard]] std::int64_t next_deadline() const {
    return !closed_ && core_->deadline() ? core_->deadline().at.ms : never;
  }
  [[nodiscard]] std::int64_t next_answer() const { return question_ && !closed_ ? answer_at_.ms : never; }
  [[nodiscard]] bool waits_for_tls() const { return !closed_ && waits_for_ == ehlo::event_type::need_tls; }
  void shake_hands(bool fine) {
    ehlo::errc const said = fine ? core_->tls_started({true, true}) : core_->tls_failed();
    referee_.expect(said == ehlo::errc::ok, "the server takes the handshake");
    waits_for_ = ehlo::event_type::closed;
  }
  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] bool said_421() const { return said_421_; }
  [[nodiscard]] std::vector<received> const& transactions() const { return transactions_; }

 private:
  bool flush(ehlo::instant now) {
    bool moved = false;
    while (!core_->output().empty() && out_.room() != 0) {
      std::string_view const waiting = core_->output();
      check_output(waiting);
      std::size_t const count = dice_.between(1, std::min(waiting.size(), out_.room()));
      out_.write(waiting.substr(0, count), now + delay());
      referee_.log("S: ", waiting.substr(0, count));
      connection_.look();
      for (char const c : waiting.substr(0, count)) look_for_421(c);
      referee_.expect(core_->sent(count) == ehlo::errc::ok, "sent() takes what was sent");
      seen_ = core_->output();
      seen_text_ = seen_;
      moved = true;
      if (dice_.percent(30)) break;
    }
    return moved;
  }
  void look_for_421(char c) {
    if (line_ == "421") said_421_ = true;
    if (c == '\n')
      line_.clear();
    else if (line_.size() < 4)
      line_ += c;
  }
  void check_output(std::string_view now) {
    if (seen_.empty()) return;
    referee_.expect(now.data() == seen_.data() && now.starts_with(seen_text_), "the server's output does not move");
  }
  ehlo::milliseconds delay() { return static_cast<ehlo::milliseconds>(dice_.below(setting_.delay + 1)); }

  bool fill(ehlo::instant now) {
    std::string const octets = in_.read(dice_.percent(30) ? dice_.between(1, 20) : dice_.between(1, 5000), now);
    pending_ += octets;
    return !octets.empty() || look_at_end(now);
  }
  bool look_at_end(ehlo::instant now) {
    ending const how = in_.ended();
    if (how == ending::none || how == ending::silent || told_end_) return false;
    told_end_ = true;
    referee_.expect(core_->end_of_input(now, how == ending::clean) == ehlo::errc::ok, "the end of input is told once");
    waits_for_ = ehlo::event_type::closed;
    return true;
  }

  // A block of the exact size, gone after the call.
  void call(ehlo::instant now) {
    std::unique_ptr<char[]> const block{new char[pending_.size() + 1]};
    std::copy(pending_.begin(), pending_.end(), block.get());
    std::string_view in{block.get(), pending_.size()};
    std::size_t const offered = in.size();
    ehlo::server_event const e = core_->next(in, now);
    pending_.erase(0, offered - in.size());
    waits_for_ = e.type();
    take(e, now);
    if (!core_->output().empty()) {
      check_output(core_->output());
      seen_ = core_->output();
      seen_text_ = seen_;
    }
    std::fill_n(block.get(), offered, '!');
  }

  void take(ehlo::server_event const& e, ehlo::instant now) {
    using enum ehlo::event_type;
    switch (e.type()) {
      case need_input: referee_.expect(pending_.empty(), "the server asks for input when it has used it up"); break;
      case misuse: referee_.expect(false, "the server was not misused"); break;
      case closed:
        closed_ = true;
        referee_.expect(!message_open_, "what has begun, ends");
        out_.end(ending::clean);
        in_.end(ending::clean);
        break;
      case mail: begin_transaction(e.mail()); break;
      case rcpt: add_rcpt(e.rcpt()); break;
      case message_begin:
        referee_.expect(!message_open_, "one message at a time");
        message_open_ = true;
        break;
      case body:
        here().body += e.body();
        if (dice_.percent(setting_.policy.refuses_in_body)) refuse_in_body();
        break;
      case message_dropped:
      case message_end:
        referee_.expect(message_open_, "an end has a beginning");
        message_open_ = false;
        if (e.type() == message_dropped) here().dropped = true;
        break;
      case refused: note_refusal(e); break;
      case auth_response:
      case auth: remember_response(e); break;
      case credentials:
        if (!setting_.disturbed && !setting_.client.user_name.empty()) check_credentials(e);
        break;
      default: break;
    }
    if (e.is_question()) ask(e, now);
    if (dice_.below(2000) < setting_.policy.closes) static_cast<void>(core_->shutdown());
  }

  // --- what it writes down

  received& here() {
    if (transactions_.empty()) transactions_.emplace_back();
    return transactions_.back();
  }
  void begin_transaction(ehlo::mail_args const& m) {
    received& t = transactions_.emplace_back();
    t.from = m.from.mailbox();
    t.has_size = m.has_size;
    t.size = m.size;
    t.body_type = m.body;
    t.ret = m.ret;
    t.smtputf8 = m.smtputf8;
    t.requiretls = m.requiretls;
    t.envid = m.envid;
    t.auth = m.auth;
    t.all = m.all.text();
  }
  void add_rcpt(ehlo::rcpt_args const& r) {
    here().rcpts.push_back({std::string{r.to.mailbox()}, r.notify, std::string{r.orcpt}, {}});
  }
  void note_refusal(ehlo::server_event const& e) {
    if (e.command_verb() == ehlo::verb::mail) transactions_.emplace_back();
    if (e.command_verb() == ehlo::verb::rcpt) here().rcpts.emplace_back();
  }
  void remember_response(ehlo::server_event const& e) {
    bool const first = e.type() == ehlo::event_type::auth;
    if (!first || e.has_initial_response()) responses.emplace_back(e.response());
  }
  void check_credentials(ehlo::server_event const& e) {
    referee_.expect(e.user_name() == setting_.client.user_name && e.password() == setting_.client.password,
                    "the credentials are the client's");
    if (e.mechanism() == "PLAIN")
      referee_.expect(e.authorization_identity() == setting_.client.authorization_identity,
                      "the authorization identity is the client's");
  }

  // --- what it decides

  void ask(ehlo::server_event const& e, ehlo::instant now) {
    question_ = e.type();
    answer_at_ = now + static_cast<ehlo::milliseconds>(dice_.below(setting_.policy.thinks + 1));
    if (dice_.percent(50) || answer_at_ == now) answer();
  }

  [[nodiscard]] unsigned chance() const {
    policy const& p = setting_.policy;
    switch (*question_) {
      case ehlo::event_type::mail: return p.refuses_mail;
      case ehlo::event_type::rcpt: return p.refuses_rcpt;
      case ehlo::event_type::data: return p.refuses_data;
      case ehlo::event_type::message_end:
      case ehlo::event_type::next_recipient: return p.refuses_message;
      default: return p.refuses_other;
    }
  }

  void answer() {
    bool const in_auth = *question_ == ehlo::event_type::auth || *question_ == ehlo::event_type::auth_response;
    if (in_auth && dice_.percent(60)) {
      std::string challenge(dice_.size(300), '\0');
      for (char& c : challenge) c = static_cast<char>(dice_.below(256));
      if (core_->challenge(challenge) != ehlo::errc::ok) return;
      challenges.push_back(std::move(challenge));
      question_.reset();
      return;
    }
    std::string const text = reply_text();
    decision const d = choose();
    ehlo::errc const said = d.yes && !d.code ? core_->accept(text)
                            : d.yes          ? core_->accept({d.code, d.status, text})
                                             : core_->reject({d.code, d.status, text});
    referee_.expect(said == ehlo::errc::ok, "an open question can be answered");
    write_down(d);
    question_.reset();
  }
  decision choose() {
    using enum ehlo::event_type;
    decision d;
    d.by_host = true;
    d.yes = !dice_.percent(chance());
    if (d.yes) {
      if (*question_ == rcpt && dice_.percent(20)) d.code = 251;
      return d;
    }
    constexpr std::array<std::uint16_t, 10> codes{450, 451, 452, 454, 550, 551, 552, 553, 554, 571};
    d.code = dice_.percent(setting_.policy.closes) ? std::uint16_t{421} : dice_.of(codes);
    if (dice_.percent(60))
      d.status = {static_cast<std::uint8_t>(d.code.number() / 100), static_cast<std::uint16_t>(dice_.below(8)),
                  static_cast<std::uint16_t>(dice_.below(5))};
    return d;
  }
  void write_down(decision const& d) {
    switch (*question_) {
      case ehlo::event_type::mail: here().mail = d; break;
      case ehlo::event_type::rcpt:
        if (!here().rcpts.empty()) here().rcpts.back().how = d;
        break;
      case ehlo::event_type::data:
        if (!d.yes) here().data = d;
        break;
      case ehlo::event_type::message_end:
      case ehlo::event_type::next_recipient: here().verdicts.push_back(d); break;
      default: break;
    }
  }
  void refuse_in_body() {
    decision d;
    d.by_host = true;
    d.code = dice_.percent(50) ? std::uint16_t{451} : std::uint16_t{554};
    if (core_->reject({d.code, {}, reply_text()}) == ehlo::errc::ok) here().in_body = d;
  }
  std::string reply_text() {
    switch (dice_.below(12)) {
      case 0: return std::string(dice_.size(2000), 'r');
      case 1: return "two\nlines";
      case 2: return "odd \x01\xFF\r\n\r\n250 ok\r\n";
      case 3: return "5.5.3 no status";
      case 4: return "\xC3\xBC";
      default: return {};
    }
  }

 public:
  std::vector<std::string> challenges;
  std::vector<std::string> responses;

 private:
  setting const& setting_;
  dice& dice_;
  wire& in_;
  wire& out_;
  connection& connection_;
  referee& referee_;
  std::optional<ehlo::server> usual_;
  std::optional<ehlo::basic_server<2048, ehlo::max_reply_line + ehlo::reply_room + ehlo::closing_room>> small_;
  ehlo::server_core* core_ = nullptr;
  std::string pending_;
  std::string line_;  // the beginning of the line that is being sent
  std::string_view seen_;
  std::string seen_text_;
  ehlo::event_type waits_for_ = ehlo::event_type::closed;
  std::optional<ehlo::event_type> question_;
  ehlo::instant answer_at_{};
  std::vector<received> transactions_;
  bool told_end_ = false;
  bool closed_ = false;
  bool message_open_ = false;
  bool said_421_ = false;
};

}  // namespace back_to_back
