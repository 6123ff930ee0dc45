// SPDX-License-Identifier: BSL-1.0
// The `option` lines of a session script.
#include <algorithm>
#include <array>

#include "script.hpp"

namespace ehlo_script {
namespace {

using namespace ehlo;

struct question_name {
  std::string_view name;
  question what;
};
constexpr std::array<question_name, 11> question_names{{{"greeting", question::greeting},
                                                        {"hello", question::hello},
                                                        {"mail", question::mail},
                                                        {"rcpt", question::rcpt},
                                                        {"data", question::data},
                                                        {"vrfy", question::vrfy},
                                                        {"expn", question::expn},
                                                        {"help", question::help},
                                                        {"starttls", question::starttls},
                                                        {"xforward", question::xforward}}};

question parse_questions(std::string const& value) {
  question set = question::none;
  for (std::string const& word : words(value)) {
    auto const found = std::find_if(question_names.begin(), question_names.end(),
                                    [&word](question_name const& n) { return n.name == word; });
    if (found == question_names.end() && word != "none") throw script_error{"unknown question " + word};
    if (word != "none") set = set | found->what;
  }
  return set;
}

template <class Number>
void narrow(Number& to, std::string const& value) {
  std::uint64_t const number = parse_number(value);
  to = static_cast<Number>(number);
  if (to != number) throw script_error{"too large: " + value};
}

}  // namespace

capability_set parse_capabilities(std::string const& value) {
  capability_set set;
  for (std::string const& word : words(value)) {
    auto const found = std::find_if(capability_keywords.begin(), capability_keywords.end(),
                                    [&word](capability_keyword const& k) { return k.keyword == word; });
    if (found == capability_keywords.end()) throw script_error{"unknown extension " + word};
    set.add(found->what);
  }
  return set;
}

bool parse_flag(std::string const& value) {
  if (value != "yes" && value != "no") throw script_error{"yes or no: " + value};
  return value == "yes";
}

tolerance parse_tolerances(std::string const& value) {
  if (value == "strict") return strict;
  if (value == "interoperable") return interoperable;
  if (value == "lenient") return lenient;
  throw script_error{"strict, interoperable or lenient: " + value};
}

bool script_options::set_flag(std::string const& name, std::string const& value) {
  server_options& o = options_;
  if (name == "lmtp") return o.lmtp = parse_flag(value), true;
  if (name == "require_tls") return o.require_tls = parse_flag(value), true;
  if (name == "require_auth") return o.require_auth = parse_flag(value), true;
  if (name == "reject_early_talkers") return o.reject_early_talkers = parse_flag(value), true;
  if (name == "large_storage") return large_storage_ = parse_flag(value), true;
  if (name != "tls") return false;
  implicit_tls_ = true;
  tls_.sufficient = value != "insufficient";
  return true;
}

bool script_options::set_number(std::string const& name, std::string const& value) {
  server_options& o = options_;
  if (name == "max_message_size") return narrow(o.max_message_size, value), true;
  if (name == "max_recipients") return narrow(o.max_recipients, value), true;
  if (name == "max_transactions") return narrow(o.max_transactions, value), true;
  if (name == "max_recipient_domains") return narrow(o.max_recipient_domains, value), true;
  if (name == "max_text") return narrow(o.max_text, value), true;
  if (name == "max_auth_line") return narrow(o.max_auth_line, value), true;
  if (name == "max_errors") return narrow(o.max_errors, value), true;
  if (name == "max_idle_commands") return narrow(o.max_idle_commands, value), true;
  if (name == "max_auth_failures") return narrow(o.max_auth_failures, value), true;
  if (name == "max_auth_rounds") return narrow(o.max_auth_rounds, value), true;
  if (name == "minimum_rate") return narrow(o.minimum_rate, value), true;
  if (name == "min_deliver_by") return narrow(o.min_deliver_by, value), true;
  if (name == "max_hold_seconds") return narrow(o.max_hold_seconds, value), true;
  return false;
}

bool script_options::set_time(std::string const& name, std::string const& value) {
  server_options& o = options_;
  if (name == "command_timeout") return o.command_timeout = parse_duration(value), true;
  if (name == "data_timeout") return o.data_timeout = parse_duration(value), true;
  if (name == "host_timeout") return o.host_timeout = parse_duration(value), true;
  if (name == "rate_window") return o.rate_window = parse_duration(value), true;
  return false;
}

bool script_options::set_text(std::string const& name, std::string const& value) {
  server_options& o = options_;
  if (name == "hostname") return o.hostname = keep(value), true;
  if (name == "greeting") return o.greeting = keep(value), true;
  if (name == "auth_mechanisms") return o.auth_mechanisms = keep(value), true;
  if (name == "auth_mechanisms_cleartext") return o.auth_mechanisms_cleartext = keep(value), true;
  if (name == "max_hold_until") return o.max_hold_until = keep(value), true;
  if (name == "mt_priority_profile") return o.mt_priority_profile = keep(value), true;
  if (name == "xclient_attributes") return o.xclient_attributes = keep(value), true;
  if (name == "xforward_attributes") return o.xforward_attributes = keep(value), true;
  return false;
}

void script_options::add_parameter(std::vector<extension_parameter>& list, std::string const& value) {
  std::vector<std::string> const parts = words(value);
  if (parts.size() != 2) throw script_error{"a parameter and how much it adds to the line: " + value};
  extension_parameter parameter{keep(parts[0])};
  narrow(parameter.allowance, parts[1]);
  list.push_back(parameter);
}

void script_options::set(std::string const& name, std::string const& value) {
  server_options& o = options_;
  if (set_flag(name, value) || set_number(name, value) || set_time(name, value) || set_text(name, value)) return;
  if (name == "offer") {
    o.offer = parse_capabilities(value);
  } else if (name == "ask") {
    o.ask = parse_questions(value);
  } else if (name == "tolerances") {
    o.tolerances = parse_tolerances(value);
  } else if (name == "newline" && (value == "reject" || value == "normalize")) {
    o.newline = value == "reject" ? bare_newline::reject : bare_newline::normalize;
  } else if (name == "keyword") {
    keywords_.push_back(keep(value));
    o.extra_keywords = keywords_;
  } else if (name == "verb") {
    verbs_.push_back(keep(value));
    o.extra_verbs = verbs_;
  } else if (name == "mail_parameter") {
    add_parameter(mail_parameters_, value);
    o.extra_mail_parameters = mail_parameters_;
  } else if (name == "rcpt_parameter") {
    add_parameter(rcpt_parameters_, value);
    o.extra_rcpt_parameters = rcpt_parameters_;
  } else {
    throw script_error{"unknown option " + name + " " + value};
  }
}

}  // namespace ehlo_script
