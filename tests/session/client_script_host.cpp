// SPDX-License-Identifier: BSL-1.0
#include "client_script_host.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ehlo_script {

using namespace ehlo;

std::string describe(client_way const& how) {
  std::string text = how.name;
  if (how.cut_before != nowhere) text += ", cut before octet " + std::to_string(how.cut_before);
  if (how.inject_before_octet != nowhere) text += ", before octet " + std::to_string(how.inject_before_octet);
  if (how.inject_before_action != nowhere) text += ", before action " + std::to_string(how.inject_before_action);
  if (how.inject_behind_sent != nowhere) text += ", behind octet " + std::to_string(how.inject_behind_sent) + " sent";
  if (how.inject_behind_event != nowhere) text += ", behind event " + std::to_string(how.inject_behind_event);
  if (!how.bad_reply.empty()) text += ": " + escape(how.bad_reply);
  if (how.seed != 0) text += ", seed " + std::to_string(how.seed);
  return text;
}

client_script_host::block::block(std::string_view text)
    : octets{std::make_unique<char[]>(text.size())}, size{text.size()} {
  if (size != 0) std::memcpy(octets.get(), text.data(), size);
}

client_script_host::block& client_script_host::block::operator=(block&& other) noexcept {
  poison();
  octets = std::move(other.octets);
  size = std::exchange(other.size, 0);
  return *this;
}

void client_script_host::block::poison() const {
  if (octets && size != 0) std::memset(octets.get(), 0xA5, size);
}

template <class Client>
struct client_script_host::storage_of final : storage {
  template <class... Args>
  explicit storage_of(Args const&... args) : client{args...} {}
  client_core& core() override { return client; }
  Client client;
};

client_script_host::client_script_host(client_script_options const& options, client_way const& how)
    : how_{how}, by_hand_{options.sends_by_hand()}, random_{how.seed} {
  make_session(options);
  core_ = &storage_->core();
}

void client_script_host::make_session(client_script_options const& options) {
  auto const make = [&]<class Client>(storage_of<Client>*) {
    if (options.implicit_tls())
      storage_ = std::make_unique<storage_of<Client>>(options.client(), now_, options.tls());
    else
      storage_ = std::make_unique<storage_of<Client>>(options.client(), now_);
  };
  if (how_.small_storage)
    make(static_cast<storage_of<basic_client<4096, max_path_command_line, 4>>*>(nullptr));
  else
    make(static_cast<storage_of<ehlo::client>*>(nullptr));
}

// Input.

void client_script_host::place(std::string_view octets) {
  block fresh{octets};
  block_ = std::move(fresh);
  in_ = block_.view();
}

bool client_script_host::take_piece() {
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
  last_offered_ = queue_[size - 1];
  queue_.erase(0, size);
  offered_ += size;
  return true;
}

std::string client_script_host::forget_input() {
  std::string rest = std::exchange(queue_, {});
  if (last_offered_ == '\n') return {};
  return rest.substr(0, rest.find('\n') + 1);
}

/// What comes between need_tls and the handshake is refused untouched; the host then throws it away.
void client_script_host::reject_behind_tls() {
  if (queue_.empty()) return;
  place(queue_);
  offered_ += queue_.size();
  queue_.clear();
  std::string_view in = in_;
  client_event const e = core_->next(in, now_);
  if (e.type() != client_event_type::misuse || e.error() != errc::local_input || in.size() != in_.size())
    throw script_failure{"input between need_tls and tls_started must be refused with local_input"};
  place({});
}

// Output.

std::string client_script_host::said(std::size_t from) const {
  std::string out = from < sent_.size() ? sent_.substr(from) : std::string{};
  from -= (std::min)(from, sent_.size());
  for (std::string_view const view : core_->output()) {
    std::size_t const before = (std::min)(from, view.size());
    out += view.substr(before);
    from -= before;
  }
  return out;
}

void client_script_host::watch_output() {
  std::span<std::string_view const> const out = core_->output();
  if ((core_->state() == client_state::closed || ended_) && out.empty() && !listed_.empty()) {
    dropped_ = true;
    listed_.clear();
  }
  for (std::size_t i = 0; i != listed_.size(); ++i)
    if (i >= out.size() || out[i].data() != listed_[i].at || !out[i].starts_with(listed_[i].octets))
      throw script_failure{"output moved or changed before it was sent"};
  listed_.resize(out.size());
  for (std::size_t i = 0; i != out.size(); ++i) {
    if (out[i].empty()) throw script_failure{"an empty view in output()"};
    listed_[i].at = out[i].data();
    listed_[i].octets = out[i];
  }
  if (!by_hand_) return;
  std::string now = said();
  if (now.size() > all_said_.size()) all_said_ = std::move(now);
}

void client_script_host::send(std::size_t count) {
  watch_output();
  if (broken_) return;
  bool const injects = how_.inject_behind_sent != nowhere && how_.inject_behind_sent >= sent_.size() &&
                       how_.inject_behind_sent <= sent_.size() + count && on_injection_;
  std::size_t const wanted = count;
  if (injects) count = how_.inject_behind_sent - sent_.size();
  for (std::size_t left = count; left != 0;) {
    if (listed_.empty()) throw script_failure{"more is to be sent than output() holds"};
    listed_view& first = listed_[0];
    std::size_t const part = first.octets.size() < left ? first.octets.size() : left;
    sent_.append(first.octets, 0, part);
    first.at += part;
    first.octets.erase(0, part);
    if (first.octets.empty()) listed_.erase(listed_.begin());
    left -= part;
  }
  if (core_->sent(count) != errc::ok) throw script_failure{"sent() refused what output() held"};
  watch_output();
  if (!injects) return;
  how_.inject_behind_sent = nowhere;
  on_injection_();
  if (wanted != count) send(wanted - count);
}

void client_script_host::flush() {
  std::size_t count = 0;
  for (std::string_view const view : core_->output()) count += view.size();
  if (count != 0) send(count);
}

void client_script_host::drain(client_event_type told) {
  using enum client_way::draining;
  if (by_hand_) return;
  std::size_t waiting = 0;
  for (std::string_view const view : core_->output()) waiting += view.size();
  if (waiting == 0) return;
  bool const must = told == client_event_type::need_output;
  bool const may = told <= client_event_type::closed;
  if (how_.drain == prompt && may) return flush();
  if (how_.drain == late && must) return flush();
  if (how_.drain == octets && may) return send(1);
  if (how_.drain == random && (must || random_() % 2 == 0))
    send(std::uniform_int_distribution<std::size_t>{1, waiting}(random_));
}

errc client_script_host::end_of_input(bool clean) {
  errc const result = core_->end_of_input(now_, clean);
  if (result != errc::ok) return result;
  ended_ = true;
  broken_ = !clean;
  watch_output();
  return result;
}

// The loop.

std::optional<observed_client_event> client_script_host::pull() {
  for (;;) {
    if (!told_.empty()) {
      observed_client_event first = std::move(told_.front());
      told_.pop_front();
      return first;
    }
    client_event const e = call_next();
    bool const repeated = (e.type() == client_event_type::closed && std::exchange(closed_, true)) ||
                          (e.type() == client_event_type::need_tls && std::exchange(tls_told_, true));
    bool const told = e.type() >= client_event_type::closed || e.type() == client_event_type::need_tls;
    if (told && !repeated) record(observe(e));
    if (e.type() == client_event_type::transaction_done) end_transaction(e);
    if (told && !repeated && ++told_count_ == how_.inject_behind_event && on_injection_) on_injection_();
    if (how_.relocate) place(std::string{in_});
    drain(e.type());
    switch (e.type()) {
      case client_event_type::need_output:
        waits_ = client_waiting::output;
        if (by_hand_ || broken_) return std::nullopt;
        continue;
      case client_event_type::need_input:
        if (!in_.empty()) throw script_failure{"need_input although input is left"};
        waits_ = client_waiting::input;
        if (take_piece()) continue;
        if (how_.drain == client_way::draining::octets && !core_->output().empty() && !by_hand_) continue;
        return std::nullopt;
      case client_event_type::ready:
      case client_event_type::need_body:
        waits_ = e.type() == client_event_type::ready ? client_waiting::ready : client_waiting::body;
        if (waits_ == client_waiting::body) pieces_.clear();
        if (take_piece()) continue;
        return std::nullopt;
      case client_event_type::need_answer: waits_ = client_waiting::answer; return std::nullopt;
      case client_event_type::need_tls:
        if (!core_->output().empty() || !in_.empty()) throw script_failure{"need_tls with output or input left"};
        reject_behind_tls();
        waits_ = client_waiting::tls;
        break;
      case client_event_type::closed: waits_ = client_waiting::over; break;
      default: waits_ = client_waiting::no; break;
    }
    if (repeated) return std::nullopt;
  }
}

client_event client_script_host::call_next() {
  if (++calls_ > 2000 + 30 * (offered_ + sent_.size())) throw script_failure{"no end of calls"};
  std::string_view const before = in_;
  bool const was_empty = core_->output().empty();
  if (core_->state() != client_state::tls) tls_told_ = false;
  client_event const e = core_->next(in_, now_);
  watch_output();
  log_.note(name(e.type()), before.size(), before.size() - in_.size());
  check_call(e, before, was_empty);
  if (how_.spurious) call_again(e);
  return e;
}

/// Spurious calls are harmless.
void client_script_host::call_again(client_event const& before) {
  bool const asks = before.type() == client_event_type::auth || before.type() == client_event_type::challenge;
  if (before.type() > client_event_type::closed && !asks) return;
  std::string const output = said();
  due const d = core_->deadline();
  std::string_view in = in_;
  client_event const again = core_->next(in, now_);
  if (again.type() != (asks ? client_event_type::need_answer : before.type()) || in.size() != in_.size() ||
      said() != output || (!asks && core_->deadline().at != d.at))
    throw script_failure{"a spurious call was not harmless: " + observe(again).text()};
}

}  // namespace ehlo_script
