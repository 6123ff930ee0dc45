// SPDX-License-Identifier: BSL-1.0
#include "script_host.hpp"

#include <cstring>
#include <utility>

namespace ehlo_script {

using namespace ehlo;

std::string describe(way const& how) {
  std::string text = how.name;
  if (how.cut_before != nowhere) text += ", cut before octet " + std::to_string(how.cut_before);
  if (how.inject_before_octet != nowhere) text += ", before octet " + std::to_string(how.inject_before_octet);
  if (how.inject_before_action != nowhere) text += ", before action " + std::to_string(how.inject_before_action);
  if (how.seed != 0) text += ", seed " + std::to_string(how.seed);
  return text;
}

template <class Server>
struct script_host::storage_of final : storage {
  template <class... Args>
  explicit storage_of(Args const&... args) : server{args...} {}
  server_core& core() override { return server; }
  [[nodiscard]] std::string_view octets() const override {
    return {reinterpret_cast<char const*>(&server), sizeof server};
  }
  Server server;
};

script_host::script_host(script_options const& options, way const& how) : how_{how}, random_{how.seed} {
  make_session(options);
  core_ = &storage_->core();
}

void script_host::make_session(script_options const& options) {
  auto const make = [&]<class Server>(storage_of<Server>*) {
    if (options.implicit_tls())
      storage_ = std::make_unique<storage_of<Server>>(options.server(), now_, options.tls());
    else
      storage_ = std::make_unique<storage_of<Server>>(options.server(), now_);
  };
  constexpr std::size_t tight = reply_room + max_reply_line + closing_room;
  if (options.large_storage() && how_.tight_output)
    make(static_cast<storage_of<basic_server<16384, tight>>*>(nullptr));
  else if (options.large_storage())
    make(static_cast<storage_of<basic_server<16384, 4096>>*>(nullptr));
  else if (how_.tight_output)
    make(static_cast<storage_of<basic_server<2048, tight>>*>(nullptr));
  else
    make(static_cast<storage_of<server>*>(nullptr));
}

// Input.

void script_host::place(std::string_view octets) {
  block fresh{std::make_unique<char[]>(octets.size()), octets.size()};
  if (!octets.empty()) std::memcpy(fresh.octets.get(), octets.data(), octets.size());
  if (block_.size != 0) std::memset(block_.octets.get(), 0xA5, block_.size);
  block_ = std::move(fresh);
  in_ = {block_.octets.get(), block_.size};
}

bool script_host::take_piece() {
  if (how_.inject_before_octet == offered_ && on_injection_) {
    how_.inject_before_octet = nowhere;
    on_injection_();
  }
  if (queue_.empty()) return false;
  std::size_t size = queue_.size();
  if (how_.octet_by_octet) size = 1;
  if (how_.largest_piece < size) size = 1 + random_() % how_.largest_piece;
  for (std::size_t const border : {how_.cut_before, how_.inject_before_octet})
    if (border != nowhere && border > offered_ && border - offered_ < size) size = border - offered_;
  std::string rest{in_};
  rest.append(queue_, 0, size);
  place(rest);
  queue_.erase(0, size);
  offered_ += size;
  return true;
}

void script_host::offer(std::string_view octets) {
  queue_ += octets;
  if (calls_ == 0) take_piece();
  offer_to_question();
}

void script_host::offer_to_question() {
  while (waits_ == waiting::reply && take_piece())
    if (call_next().type() != event_type::need_reply) throw script_failure{"a question is open, next() must say so"};
}

/// What comes between need_tls and the handshake is refused untouched; the host then throws it away.
void script_host::reject_behind_tls() {
  if (queue_.empty()) return;
  place(queue_);
  offered_ += queue_.size();
  queue_.clear();
  std::string_view in = in_;
  server_event const e = core_->next(in, now_);
  if (e.type() != event_type::misuse || e.error() != errc::local_input || in.size() != in_.size())
    throw script_failure{"input between need_tls and tls_started must be refused with local_input"};
  place({});
}

// Output.

void script_host::watch_output() {
  std::string_view const out = core_->output();
  if (!output_.empty() && (out.data() != output_at_ || !out.starts_with(output_)) && !broken_)
    throw script_failure{"output moved or changed before it was sent"};
  output_at_ = out.data();
  output_ = out;
}

void script_host::send(std::size_t count) {
  watch_output();
  if (broken_) return;
  sent_.append(core_->output().substr(0, count));
  if (core_->sent(count) != errc::ok) throw script_failure{"sent() refused what output() held"};
  output_at_ += count;
  output_.erase(0, count);
  watch_output();
}

void script_host::flush() { send(core_->output().size()); }

void script_host::drain_some() {
  std::size_t const waiting = core_->output().size();
  if (waiting != 0) send(std::uniform_int_distribution<std::size_t>{1, waiting}(random_));
}

// The loop.

std::optional<observed_event> script_host::pull() {
  for (;;) {
    server_event const e = call_next();
    observed_event seen = observe(e);
    bool const repeated = (e.type() == event_type::closed && std::exchange(closed_, true)) ||
                          (e.type() == event_type::need_tls && std::exchange(tls_told_, true));
    if (!repeated) record(seen);
    if (how_.relocate) place(std::string{in_});
    if (how_.drain == way::draining::prompt && e.type() <= event_type::closed) flush();
    if (how_.drain == way::draining::random && random_() % 2 == 0) drain_some();
    switch (e.type()) {
      case event_type::need_output:
        if (how_.drain == way::draining::late) flush();
        if (how_.drain == way::draining::random) drain_some();
        continue;
      case event_type::need_input:
        if (!in_.empty()) throw script_failure{"need_input although input is left"};
        waits_ = waiting::input;
        if (take_piece()) continue;
        return std::nullopt;
      case event_type::need_reply: waits_ = waiting::reply; return std::nullopt;
      case event_type::need_tls:
        if (!core_->output().empty() || !in_.empty()) throw script_failure{"need_tls with output or input left"};
        reject_behind_tls();
        waits_ = waiting::tls;
        break;
      case event_type::closed:
        flush();
        waits_ = waiting::over;
        break;
      default: waits_ = e.is_question() ? waiting::reply : waiting::no; break;
    }
    if (repeated) return std::nullopt;
    return seen;
  }
}

server_event script_host::call_next() {
  if (++calls_ > 2000 + 30 * offered_) throw script_failure{"no end of calls"};
  server_state const state = core_->state();
  std::string_view const before = in_;
  server_event const e = core_->next(in_, now_);
  watch_output();
  log_.note(name(e.type()), before.size(), before.size() - in_.size());
  check_call(e, before, state);
  if (how_.spurious) call_again(e);
  return e;
}

/// Spurious calls are harmless.
void script_host::call_again(server_event const& before) {
  bool const waits = before.type() <= event_type::closed || before.is_question();
  if (!waits || before.type() == event_type::need_tls) return;
  std::string_view in = in_;
  server_event const again = core_->next(in, now_);
  event_type const expected = before.is_question() ? event_type::need_reply : before.type();
  if (again.type() != expected || in.size() != in_.size())
    throw script_failure{"a spurious call was not harmless: " + observe(again).text()};
}

void script_host::check_call(server_event const& e, std::string_view before, server_state state) {
  if (in_.size() > before.size() || in_.data() + in_.size() != before.data() + before.size())
    throw script_failure{"next() did not advance the input"};
  if (e.type() == event_type::need_output && core_->output().empty())
    throw script_failure{"need_output without output"};
  deadline_phase const phase = core_->deadline().phase;
  if ((e.type() == event_type::need_output) != (phase == deadline_phase::output))
    throw script_failure{"while the output is full its own deadline runs, and no other"};
  if ((e.type() == event_type::need_reply || e.is_question()) && phase != deadline_phase::none &&
      phase != deadline_phase::host)
    throw script_failure{"a receive deadline runs although a question is open"};
  if (closed_ && e.type() != event_type::closed) throw script_failure{"an event after closed: " + observe(e).text()};
  check_event(e, state);
}

/// Promise 4: what is told lies where the host put it, or in the session's own storage; a repaired newline is a
/// constant.
void script_host::check_copies(std::string_view text) const {
  auto const within = [text](std::string_view all) {
    std::less_equal<char const*> const before;
    return before(all.data(), text.data()) && before(text.data() + text.size(), all.data() + all.size());
  };
  if (text.size() <= 2 || within({block_.octets.get(), block_.size}) || within(storage_->octets())) return;
  throw script_failure{"a text that is neither the host's nor the session's: " + escape(text)};
}

void script_host::check_event(server_event const& e, server_state state) {
  using enum event_type;
  check_copies(e.type() == body ? e.body() : e.raw());
  bool const of_message = e.type() == body || e.type() == message_begin || e.type() == message_dropped ||
                          e.type() == message_end || e.type() <= misuse;
  if (state == server_state::data && message_open_ && !of_message)
    throw script_failure{"text became a command: " + observe(e).text()};
  if (e.type() == body && (e.body().empty() || !message_open_)) throw script_failure{"a body out of place"};
  body_octets_ = e.type() == message_begin ? 0 : body_octets_ + e.body().size();
  if (e.type() == message_end && e.octets() != body_octets_) throw script_failure{"octets() is not what came"};
  if (e.type() == message_begin && std::exchange(message_open_, true)) throw script_failure{"a message began twice"};
  bool const ends = e.type() == message_end || e.type() == message_dropped;
  if (ends && !std::exchange(message_open_, false)) throw script_failure{"a message ended that had not begun"};
  if (e.type() == closed && core_->state() != server_state::closed) throw script_failure{"closed, but not its state"};
  if (e.type() == closed && message_open_) throw script_failure{"closed, but the message has not ended"};
  if (e.type() != mail && e.type() != rcpt) return;
  for (char const c : e.type() == mail ? e.mail().from.raw : e.rcpt().to.raw)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) throw script_failure{"a control octet in a path"};
}

// Records.

void script_host::record(observed_event const& e) {
  if (e.type <= event_type::need_reply) return;
  if (e.type == event_type::body) {
    body_ += *e.find("text");
    return;
  }
  end_body();
  events_.push_back(e.text());
}

void script_host::end_body() {
  if (!body_.empty()) events_.push_back("body text=\"" + escape(body_) + '"');
  body_.clear();
}

}  // namespace ehlo_script
