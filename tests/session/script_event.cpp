// SPDX-License-Identifier: BSL-1.0
#include "script_event.hpp"

#include <array>
#include <cstddef>

#include "ehlo/model/errc_name.hpp"

namespace ehlo_script {
namespace {

using namespace ehlo;

template <std::size_t Count, class Enum>
std::string_view pick(std::array<std::string_view, Count> const& names, Enum value) {
  return names.at(static_cast<std::size_t>(value));
}

constexpr std::array<std::string_view, 4> kind_names{"null", "postmaster", "mailbox", "literal"};
constexpr std::array<std::string_view, 4> body_names{"unstated", "7bit", "8bitmime", "binarymime"};
constexpr std::array<std::string_view, 3> ret_names{"unstated", "full", "hdrs"};

std::string names_of(notify_type set) {
  constexpr std::array<std::string_view, 4> names{"never", "success", "failure", "delay"};
  std::string out;
  for (std::size_t i = 0; i != names.size(); ++i)
    if (includes(set, static_cast<notify_type>(1U << i))) (out += out.empty() ? "" : ",") += names[i];
  return out.empty() ? "unstated" : out;
}

/// Writes the fields of one event.
class event_writer {
 public:
  explicit event_writer(observed_event& out) : out_{out} {}

  void text(std::string name, std::string_view value) { out_.fields.push_back({std::move(name), std::string{value}}); }
  void flag(std::string name, bool value) { text(std::move(name), value ? "yes" : "no"); }
  void number(std::string name, std::uint64_t value) { text(std::move(name), std::to_string(value)); }

  void path(std::string name, path_view const& path) {
    text(std::move(name), path.raw);
    text("kind", pick(kind_names, path.kind));
    text("local", path.local_part);
    text("domain", path.domain);
    text("source_route", path.source_route);
    flag("utf8", path.utf8);
  }

  void mail(mail_args const& m) {
    path("from", m.from);
    text("size", m.has_size ? std::to_string(m.size) : "unstated");
    text("body", pick(body_names, m.body));
    text("ret", pick(ret_names, m.ret));
    flag("smtputf8", m.smtputf8);
    flag("requiretls", m.requiretls);
    text("envid", m.envid);
    text("auth", m.auth);
    all(m.all);
  }

  void rcpt(rcpt_args const& r) {
    path("to", r.to);
    text("notify", names_of(r.notify));
    text("orcpt", r.orcpt);
    all(r.all);
  }

  void message_end(server_event const& e) {
    number("octets", e.octets());
    text("newlines", name(e.how_newlines_were()));
    number("recipient", e.recipient());
    number("recipients", e.recipients());
  }

  void auth(server_event const& e) {
    text("mechanism", e.mechanism());
    flag("initial", e.has_initial_response());
    text("response", e.response());
  }

  void credentials(server_event const& e) {
    text("mechanism", e.mechanism());
    text("user", e.user_name());
    text("password", e.password());
    text("authzid", e.authorization_identity());
  }

 private:
  void all(parameters const& list) {
    text("parameters", list.text());
    for (parameter const& p : list) text(std::string{p.keyword}, p.value);
  }

  observed_event& out_;
};

void write_by_type(event_writer& to, server_event const& e) {
  switch (e.type()) {
    case event_type::mail: return to.mail(e.mail());
    case event_type::rcpt: return to.rcpt(e.rcpt());
    case event_type::message_end:
    case event_type::next_recipient: return to.message_end(e);
    case event_type::body: return to.text("text", e.body());
    case event_type::message_dropped: return to.text("because", name(e.dropped_because()));
    case event_type::auth:
    case event_type::auth_response: return to.auth(e);
    case event_type::credentials: return to.credentials(e);
    case event_type::need_tls: return to.number("dropped", e.dropped_octets());
    case event_type::closed:
    case event_type::refused:
    case event_type::misuse: return to.text("error", name_of(e.error()));
    default: break;
  }
}

}  // namespace

std::string names_of(tolerance set) {
  std::string out;
  for (std::size_t i = 0; i != tolerance_names.size(); ++i)
    if (any(set & static_cast<tolerance>(1U << i))) (out += out.empty() ? "" : ",") += tolerance_names[i];
  return out.empty() ? "none" : out;
}

std::string_view name_of(errc error) {
  constexpr std::string_view theirs = "peer_";
  return name(error).substr(name(error).starts_with(theirs) ? theirs.size() : 0);
}

std::string const* observed_event::find(std::string_view name) const {
  for (field const& f : fields)
    if (f.name == name) return &f.value;
  return nullptr;
}

std::string observed_event::text() const {
  std::string out{name(type)};
  for (field const& f : fields)
    if (f.name != "dropped") {
      ((out += ' ') += f.name) += "=\"";
      append_escaped(out, f.value);
      out += '"';
    }
  return out;
}

observed_event observe(server_event const& e) {
  observed_event out;
  out.type = e.type();
  if (out.type >= event_type::greeting) out.fields.reserve(24);
  event_writer to{out};
  write_by_type(to, e);
  if (e.type() == event_type::body || e.type() < event_type::greeting) return out;
  to.flag("question", e.is_question());
  to.text("tolerated", names_of(e.tolerated()));
  to.text("raw", e.raw());
  to.text("word", e.command_word());
  to.text("argument", e.argument());
  to.text("verb", e.command_verb() == verb::unknown ? "unknown" : name(e.command_verb()));
  return out;
}

}  // namespace ehlo_script
