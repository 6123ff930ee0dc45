// SPDX-License-Identifier: BSL-1.0
#include "client_script_event.hpp"

#include <array>
#include <cstddef>

#include "script_event.hpp"

namespace ehlo_script {
namespace {

using namespace ehlo;

template <std::size_t Count, class Enum>
std::string_view pick(std::array<std::string_view, Count> const& names, Enum value) {
  return names.at(static_cast<std::size_t>(value));
}

constexpr std::array<std::string_view, 14> event_names{
    "need_input", "need_output", "need_answer", "need_body",    "need_tls",         "ready", "closed", "misuse",
    "auth",       "challenge",   "reply",       "command_done", "transaction_done", "failed"};
constexpr std::array<std::string_view, 7> outcome_names{"not_tried",        "accepted", "delivered", "refused_for_now",
                                                        "refused_for_good", "unknown",  "malformed"};
constexpr std::array<std::string_view, 8> advice_names{"done",      "next_transaction",    "reconnect", "retry_later",
                                                       "next_host", "reconnect_cleartext", "convert",   "give_up"};
constexpr std::array<std::string_view, 13> reply_phase_names{"none",  "greeting", "hello", "starttls", "auth",
                                                             "mail",  "rcpt",     "data",  "chunk",    "verdict",
                                                             "reset", "command",  "quit"};

std::string text_of(enhanced_code status) {
  if (!status) return "none";
  return std::to_string(status.status_class) + '.' + std::to_string(status.subject) + '.' +
         std::to_string(status.detail);
}

/// Writes the fields of one event.
class client_event_writer {
 public:
  explicit client_event_writer(observed_client_event& out) : out_{out} {}

  void text(std::string name, std::string_view value) { out_.fields.push_back({std::move(name), std::string{value}}); }
  void decided(reply_code code, enhanced_code status) {
    text("code", code ? std::to_string(code.number()) : "none");
    text("status", text_of(status));
  }
  void reply(client_event const& e) {
    decided(e.reply().code(), e.reply().status());
    std::string all;
    for (reply_line const& line : e.reply().lines()) (all += all.empty() ? "" : "\n") += line.text;
    text("text", all);
    text("raw", e.reply().raw());
  }
  void phase(client_event const& e) { text("phase", pick(reply_phase_names, e.phase())); }
  void tolerated(client_event const& e) { text("tolerated", names_of(e.tolerated())); }
  void end(client_event const& e) {
    text("error", name_of(e.error()));
    text("advice", name_of(e.advice()));
  }

 private:
  observed_client_event& out_;
};

void write_by_type(client_event_writer& to, client_event const& e) {
  switch (e.type()) {
    case client_event_type::reply:
      to.phase(e);
      if (e.phase() == reply_phase::rcpt || e.phase() == reply_phase::verdict)
        to.text("recipient", std::to_string(e.recipient()));
      to.tolerated(e);
      return to.reply(e);
    case client_event_type::command_done: to.tolerated(e); return to.reply(e);
    case client_event_type::transaction_done: to.end(e); return to.tolerated(e);
    case client_event_type::failed:
      to.end(e);
      to.phase(e);
      return to.decided(e.reply().code(), e.reply().status());
    case client_event_type::closed: return to.end(e);
    case client_event_type::misuse: return to.text("error", name_of(e.error()));
    case client_event_type::auth: return to.text("mechanism", e.mechanism());
    case client_event_type::challenge: return to.text("text", e.challenge());
    default: break;
  }
}

}  // namespace

std::string_view name_of(client_event_type type) { return pick(event_names, type); }
std::string_view name_of(outcome state) { return pick(outcome_names, state); }
std::string_view name_of(advice what) { return pick(advice_names, what); }

std::string const* observed_client_event::find(std::string_view name) const {
  for (field const& f : fields)
    if (f.name == name) return &f.value;
  return nullptr;
}

std::string observed_client_event::text() const {
  std::string out = type;
  for (field const& f : fields) {
    ((out += ' ') += f.name) += "=\"";
    append_escaped(out, f.value);
    out += '"';
  }
  return out;
}

observed_client_event observe(client_event const& e) {
  observed_client_event out{std::string{name_of(e.type())}, {}};
  out.fields.reserve(8);
  client_event_writer to{out};
  write_by_type(to, e);
  return out;
}

observed_client_event observe(recipient const& r) {
  observed_client_event out{std::string{name_of(r.state)}, {}};
  out.fields.reserve(8);
  client_event_writer to{out};
  to.text("to", r.path);
  to.decided(r.code, r.status);
  to.text("by", pick(reply_phase_names, r.decided_by));
  to.text("next_transaction", r.next_transaction ? "yes" : "no");
  to.text("dsn_not_passed_on", r.dsn_not_passed_on ? "yes" : "no");
  return out;
}

}  // namespace ehlo_script
