// SPDX-License-Identifier: BSL-1.0
// What a client's host does for a transaction, and what it holds the session to in each call.
#include <utility>

#include "client_script_host.hpp"

namespace ehlo_script {

using namespace ehlo;

lent_envelope& client_script_host::next_envelope() {
  if (!std::exchange(envelope_open_, true)) envelope_ = std::make_unique<lent_envelope>();
  return *envelope_;
}

errc client_script_host::submit() {
  envelope_open_ = false;
  if (!envelope_) throw script_failure{"no envelope"};
  errc const result = core_->submit(envelope_->message());
  if (result != errc::ok) return result;
  positive_verdict_ = false;
  transactions_.push_back({.begin = sent_.size(), .error = {}, .to = {}});
  return result;
}

errc client_script_host::body(std::string_view piece, bool last) {
  block lent{piece};
  errc const result = core_->body(lent.view(), last);
  if (result != errc::ok) return result;
  pieces_.push_back(std::move(lent));
  if (last) transactions_.back().last_given = true;
  return result;
}

errc client_script_host::abort() {
  bool const over = core_->state() == client_state::closed;
  errc const result = core_->abort();
  if (result != errc::ok) return result;
  if (over || transactions_.empty() || transactions_.back().done) throw script_failure{"abort() without a transaction"};
  transactions_.back().aborted = true;
  return result;
}

/// Its outcomes are told, and everything that was lent comes back.
void client_script_host::end_transaction(client_event const& e) {
  if (transactions_.empty() || std::exchange(transactions_.back().done, true))
    throw script_failure{"transaction_done without a transaction"};
  transaction_record& t = transactions_.back();
  t.sent = sent_.size();
  t.error = observe(e).fields[0].value;
  for (recipient const& r : envelope_->to()) {
    if (r.state == outcome::accepted || r.state == outcome::malformed)
      throw script_failure{"an outcome that is none: " + observe(r).text()};
    if (r.state == outcome::delivered && (!positive_verdict_ || !r.code.is_success()))
      throw script_failure{"delivered without a 2yz to a message that was sent whole: " + observe(r).text()};
    if (r.state == outcome::refused_for_good && !r.code.is_permanent())
      throw script_failure{"refused for good without a 5yz: " + observe(r).text()};
    record(observe(r));
    t.to.push_back(
        {.path = {}, .params = {}, .state = r.state, .code = r.code, .next_transaction = r.next_transaction});
  }
  envelope_.reset();
  pieces_.clear();
}

void client_script_host::check_call(client_event const& e, std::string_view before, bool was_empty) {
  using enum client_event_type;
  if (in_.size() > before.size() || in_.data() + in_.size() != before.data() + before.size())
    throw script_failure{"next() did not advance the input"};
  if (e.type() == need_output && core_->output().empty()) throw script_failure{"need_output without output"};
  if (e.type() == ready && (!core_->output().empty() || !in_.empty())) throw script_failure{"ready, but not quite"};
  if (closed_ && e.type() != closed) throw script_failure{"an event after closed: " + observe(e).text()};
  if (closed_ && in_.size() != before.size()) throw script_failure{"input is taken after closed"};
  if (e.type() == closed && core_->state() != client_state::closed) throw script_failure{"closed, but not its state"};
  if (e.type() == closed && !core_->output().empty()) throw script_failure{"closed with output"};
  bool const open = !transactions_.empty() && !transactions_.back().done;
  if (open && (e.type() == closed || e.type() == ready || e.type() == failed))
    throw script_failure{"a transaction has not been told as done: " + observe(e).text()};
  if (e.type() == misuse) throw script_failure{"misuse: " + observe(e).text()};
  bool const waits = e.type() == need_input || e.type() == need_output || e.type() == need_tls;
  if (core_->deadline() && !waits) throw script_failure{"a deadline, although the session waits for the host"};
  if (!core_->deadline() && waits) throw script_failure{"the session waits without a deadline"};
  check_reply(e, was_empty);
}

void client_script_host::check_reply(client_event const& e, bool was_empty) {
  if (e.type() != client_event_type::reply || transactions_.empty() || transactions_.back().done) return;
  transaction_record& t = transactions_.back();
  if (e.phase() == reply_phase::data && e.reply().code().severity() == severity::intermediate)
    t.text_begin = sent_.size();
  if (e.phase() == reply_phase::verdict && e.reply().code().is_success() && t.last_given && was_empty && !dropped_)
    positive_verdict_ = true;
}

// Records.

void client_script_host::record(observed_client_event e) {
  events_.push_back(e.text());
  told_.push_back(std::move(e));
}

}  // namespace ehlo_script
