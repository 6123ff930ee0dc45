// SPDX-License-Identifier: BSL-1.0
// The client's side of a run: a host that gives random mail in random pieces, and writes down what it is told.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dice.hpp"
#include "ehlo/client.hpp"
#include "mail.hpp"
#include "referee.hpp"
#include "setting.hpp"
#include "wire.hpp"

namespace back_to_back {

/// A transaction that the engine has taken.
struct submitted {
  mail message;
  ehlo::service_offer offer;  ///< as it was then
  bool by_chunks = false;
  bool was_said = true;  ///< false: given up before next()
  bool aborted = false;
  int times_done = 0;
  ehlo::errc error{};
  ehlo::advice advice{};
};

class client_host {
 public:
  client_host(setting const& s, dice& d, connection& c, referee& r, ehlo::instant now)
      : setting_{s}, dice_{d}, in_{c.to_client}, out_{c.to_server}, connection_{c}, referee_{r} {
    if (s.small_client)
      core_ = &small_.emplace(s.client, now);
    else
      core_ = &usual_.emplace(s.client, now);
  }

  /// Does one thing; false if it waits.
  bool step(ehlo::instant now) {
    if (closed_) return false;
    bool moved = flush(now);
    switch (waits_for_) {
      case ehlo::client_event_type::need_input:
        if ((!core_->output().empty() && !setting_.reads_to_write) || !fill(now)) return moved;
        break;
      case ehlo::client_event_type::need_output:
        if (setting_.reads_to_write && fill(now)) moved = true;
        if (!core_->output().empty()) return moved;
        break;
      case ehlo::client_event_type::need_tls: return look_at_end(now) || moved;
      default: break;
    }
    call(now);
    return true;
  }

  void expire(ehlo::instant now) {
    if (closed_ || !core_->deadline() || now < core_->deadline().at) return;
    static_cast<void>(core_->on_deadline(now));
    waits_for_ = ehlo::client_event_type::closed;
  }
  [[nodiscard]] std::int64_t next_deadline() const {
    return !closed_ && core_->deadline() ? core_->deadline().at.ms : never;
  }
  [[nodiscard]] bool waits_for_tls() const { return !closed_ && waits_for_ == ehlo::client_event_type::need_tls; }
  void shake_hands(bool fine, bool sufficient) {
    ehlo::errc const said = fine ? core_->tls_started({sufficient, true}) : core_->tls_failed();
    referee_.expect(said == ehlo::errc::ok, "the client takes the handshake");
    waits_for_ = ehlo::client_event_type::closed;
  }
  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] ehlo::errc error() const { return error_; }
  [[nodiscard]] std::deque<submitted> const& transactions() const { return transactions_; }
  [[nodiscard]] std::size_t refused_envelopes() const { return refused_envelopes_; }

 private:
  using type = ehlo::client_event_type;

  bool flush(ehlo::instant now) {
    bool moved = false;
    while (!core_->output().empty() && out_.room() != 0) {
      check_output();
      std::string waiting;
      for (std::string_view const view : core_->output()) waiting += view;
      std::size_t const count = dice_.between(1, std::min(waiting.size(), out_.room()));
      out_.write(std::string_view{waiting}.substr(0, count), now + delay());
      referee_.log("C: ", std::string_view{waiting}.substr(0, count));
      connection_.look();
      referee_.expect(core_->sent(count) == ehlo::errc::ok, "sent() takes what was sent");
      remember_output();
      moved = true;
      if (dice_.percent(30)) break;
    }
    return moved;
  }
  // What was listed stands where it stood, until it is sent.
  void check_output() {
    std::size_t i = 0;
    for (std::string_view const view : core_->output()) {
      if (i == seen_.size()) return;
      bool const grown = i + 1 == seen_.size() && view.size() > seen_[i].view.size();
      referee_.expect(view.data() == seen_[i].view.data() && (view.size() == seen_[i].view.size() || grown) &&
                          view.starts_with(seen_[i].text),
                      "the client's output does not move");
      ++i;
    }
    referee_.expect(i == seen_.size() || core_->state() == ehlo::client_state::closed, "output is not withdrawn");
  }
  void remember_output() {
    seen_.clear();
    for (std::string_view const view : core_->output()) seen_.push_back({view, std::string{view}});
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
    if (pending_.size() > unused_) {  // what was read before the end is offered before it
      call(now);
      return true;
    }
    told_end_ = true;
    ehlo::errc const said = core_->end_of_input(now, how == ending::clean);
    referee_.expect(said == ehlo::errc::ok, "the end of input is told once");
    remember_output();  // nothing more goes out
    waits_for_ = type::closed;
    return true;
  }

  // A block of the exact size, gone after the call.
  void call(ehlo::instant now) {
    std::unique_ptr<char[]> const block{new char[pending_.size() + 1]};
    std::copy(pending_.begin(), pending_.end(), block.get());
    std::string_view in{block.get(), pending_.size()};
    std::size_t const offered = in.size();
    ehlo::client_event const e = core_->next(in, now);
    pending_.erase(0, offered - in.size());
    unused_ = in.size();
    waits_for_ = e.type();
    if (e.type() == type::misuse) referee_.log("> ", "misuse: " + std::string{ehlo::message(e.error())});
    check_output();
    remember_output();
    take(e);
    remember_output();
    std::fill_n(block.get(), offered, '!');
  }

  void take(ehlo::client_event const& e) {
    switch (e.type()) {
      case type::need_input:
        referee_.expect(pending_.empty(), "the client asks for input when it has used it up");
        break;
      case type::need_answer:
      case type::misuse: referee_.expect(false, "the client was not misused, nor left without an answer"); break;
      case type::need_body: give_body(); break;
      case type::ready: begin_something(); break;
      case type::auth: answer_auth(e); break;
      case type::challenge: answer_challenge(e); break;
      case type::transaction_done: note_done(e); break;
      case type::command_done:
        referee_.expect(commands_open_ == 1, "one answer to a command");
        commands_open_ = 0;
        break;
      case type::reply:
        referee_.log(
            "= ", std::to_string(e.reply().code().number()) + " phase " + std::to_string(static_cast<int>(e.phase())));
        give_up_perhaps();
        break;
      case type::failed:
        ++times_failed_;
        referee_.expect(times_failed_ == 1 && !is_open(), "failed is said once, and not in a transaction");
        break;
      case type::closed: note_closed(e); break;
      default: break;
    }
  }

  // --- what it does

  void begin_something() {
    referee_.expect(!is_open() && commands_open_ == 0, "ready when nothing is under way");
    if (dice_.percent(10)) return say_command();
    if (begun_ == setting_.transactions) {
      referee_.expect(core_->quit() == ehlo::errc::ok, "QUIT when ready");
      return;
    }
    ++begun_;
    submitted& t = transactions_.emplace_back();
    t.offer = core_->offer();
    mail_maker{dice_, t.offer, core_->tls_active()}.make(t.message, setting_.client);
    t.by_chunks = t.message.envelope.params.body == ehlo::body_type::binarymime ||
                  (setting_.client.chunking && t.offer.keywords.has(ehlo::capability::chunking));
    ehlo::errc const said = core_->submit(t.message.envelope);
    referee_.log("> ", "submit: " + std::string{ehlo::message(said)});
    referee_.expect(core_->output().empty(), "submit says nothing by itself");
    body_at_ = 0;
    piece_.reset();
    if (said != ehlo::errc::ok) {
      referee_.expect(ehlo::is_local(said), "submit refuses with an error of the host's");
      transactions_.pop_back();
      ++refused_envelopes_;
    } else if (dice_.below(1000) < setting_.aborts) {
      referee_.expect(core_->abort() == ehlo::errc::ok, "a transaction can be given up at once");
      t.aborted = true;
      t.was_said = false;
    }
  }

  void say_command() {
    constexpr std::array<std::string_view, 5> verbs{"NOOP", "RSET", "VRFY", "HELP", "XNONE"};
    std::string_view const verb = dice_.of(verbs);
    referee_.expect(core_->command(verb, verb == "VRFY" ? "user" : "") == ehlo::errc::ok, "a command when ready");
    commands_open_ = 1;
  }

  void give_up_perhaps() {
    if (!is_open() || dice_.below(1000) >= setting_.aborts) return;
    if (core_->abort() == ehlo::errc::ok) transactions_.back().aborted = true;
    referee_.log("> ", "abort");
  }

  // The piece that was lent before is spoilt: nobody may look at it again.
  void give_body() {
    referee_.expect(is_open(), "a body is asked for inside a transaction");
    if (!is_open()) return;
    give_up_perhaps();
    if (transactions_.back().aborted) return;
    std::string_view const rest = std::string_view{transactions_.back().message.body}.substr(body_at_);
    std::size_t const size = dice_.percent(40) ? rest.size() : std::min(rest.size(), dice_.size(5000));
    spoil_piece();
    piece_.reset(new char[size + 1]);
    piece_size_ = size;
    std::copy_n(rest.begin(), size, piece_.get());
    body_at_ += size;
    bool const last = size == rest.size() && dice_.percent(80);
    ehlo::errc const said = core_->body({piece_.get(), size}, last);
    referee_.expect(said == ehlo::errc::ok, "a piece is taken when it was asked for");
  }
  void spoil_piece() {
    if (piece_) std::fill_n(piece_.get(), piece_size_, '#');
    piece_.reset();
  }

  void answer_auth(ehlo::client_event const& e) {
    referee_.expect(setting_.client.mechanisms.find(e.mechanism()) != std::string_view::npos,
                    "a mechanism of the host's");
    if (dice_.percent(40)) {
      static_cast<void>(core_->respond_later());
      return;
    }
    std::string response = random_octets(600);
    // RFC 4954 4: "AUTH XTEST ", base64 and CRLF in 512 octets.
    bool const fits = setting_.client.initial_response && (response.size() + 2) / 3 * 4 <= 499;
    referee_.expect(core_->respond(response) == ehlo::errc::ok, "an initial response is taken");
    if (fits) responses.push_back(std::move(response));
  }
  void answer_challenge(ehlo::client_event const& e) {
    challenges.emplace_back(e.challenge());
    if (dice_.percent(5)) {
      referee_.expect(core_->cancel() == ehlo::errc::ok, "an exchange can be cancelled");
      return;
    }
    std::string response = random_octets(300);
    referee_.expect(core_->respond(response) == ehlo::errc::ok, "a response is taken");
    responses.push_back(std::move(response));
  }
  std::string random_octets(std::size_t most) {
    std::string octets(dice_.size(most), '\0');
    for (char& c : octets) c = static_cast<char>(dice_.below(256));
    return octets;
  }

  // --- what it is told

  [[nodiscard]] bool is_open() const { return !transactions_.empty() && transactions_.back().times_done == 0; }
  void note_done(ehlo::client_event const& e) {
    referee_.expect(is_open(), "each transaction is done once");
    if (transactions_.empty()) return;
    submitted& t = transactions_.back();
    ++t.times_done;
    t.error = e.error();
    t.advice = e.advice();
    spoil_piece();
    referee_.log("> ", "done: " + std::string{ehlo::message(e.error())});
  }
  void note_closed(ehlo::client_event const& e) {
    closed_ = true;
    error_ = e.error();
    referee_.expect(!is_open(), "a transaction is done before the session is closed");
    referee_.log("> ", "closed: " + std::string{ehlo::message(e.error())});
    out_.end(ending::clean);
    in_.end(ending::clean);
  }

 public:
  std::vector<std::string> challenges;
  std::vector<std::string> responses;

 private:
  struct seen_view {
    std::string_view view;
    std::string text;
  };

  setting const& setting_;
  dice& dice_;
  wire& in_;
  wire& out_;
  connection& connection_;
  referee& referee_;
  std::optional<ehlo::client> usual_;
  std::optional<ehlo::basic_client<2048, ehlo::max_path_command_line, 4>> small_;
  ehlo::client_core* core_ = nullptr;
  std::string pending_;
  std::size_t unused_ = 0;  // of it, what has been offered already
  std::vector<seen_view> seen_;
  type waits_for_ = type::closed;
  std::deque<submitted> transactions_;
  std::unique_ptr<char[]> piece_;
  std::size_t piece_size_ = 0;
  std::size_t body_at_ = 0;
  std::size_t begun_ = 0;
  std::size_t refused_envelopes_ = 0;
  int commands_open_ = 0;
  int times_failed_ = 0;
  bool told_end_ = false;
  bool closed_ = false;
  ehlo::errc error_{};
};

}  // namespace back_to_back
