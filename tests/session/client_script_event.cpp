// SPDX-License-Identifier: BSL-1.0
#include "client_script_event.hpp"

#include "script_event.hpp"

namespace ehlo_script {
namespace {

using namespace ehlo;

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
  void phase(client_event const& e) { text("phase", name(e.phase())); }
  void tolerated(client_event const& e) { text("tolerated", names_of(e.tolerated())); }
  void end(client_event const& e) {
    text("error", name_of(e.error()));
    text("advice", name(e.advice()));
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
  observed_client_event out{std::string{name(e.type())}, {}};
  out.fields.reserve(8);
  client_event_writer to{out};
  write_by_type(to, e);
  return out;
}

observed_client_event observe(recipient const& r) {
  observed_client_event out{std::string{name(r.state)}, {}};
  out.fields.reserve(8);
  client_event_writer to{out};
  to.text("to", r.path);
  to.decided(r.code, r.status);
  to.text("by", name(r.decided_by));
  to.text("next_transaction", r.next_transaction ? "yes" : "no");
  to.text("dsn_not_passed_on", r.dsn_not_passed_on ? "yes" : "no");
  return out;
}

}  // namespace ehlo_script
