// SPDX-License-Identifier: BSL-1.0
// The parts of a client's script that a server's has not: its options, and envelopes.
#include "client_script.hpp"

#include <array>

namespace ehlo_script {

using namespace ehlo;

void parse_client_script(std::string_view text, client_script& out) {
  parse_steps(text, {'S', 'C'}, out,
              [&out](std::string const& name, std::string const& value) { out.options.set(name, value); });
}

void read_client_script(std::filesystem::path const& file, client_script& out) {
  out.name = file.stem().string();
  parse_client_script(read_file(file), out);
}

tls_facts parse_tls_facts(std::string const& value) {
  if (value == "verified") return {.verified = true};
  if (value == "insufficient") return {.sufficient = false};
  if (!value.empty() && value != "yes") throw script_error{"verified or insufficient: " + value};
  return {};
}

// Options.

namespace {

template <class Number>
void narrow(Number& to, std::string const& value) {
  std::uint64_t const number = parse_number(value);
  to = static_cast<Number>(number);
  if (to != number) throw script_error{"too large: " + value};
}

}  // namespace

bool client_script_options::set_flag(std::string const& name, std::string const& value) {
  client_options& o = options_;
  if (name == "lmtp") return o.lmtp = parse_flag(value), true;
  if (name == "helo_only") return o.helo_only = parse_flag(value), true;
  if (name == "auth_in_cleartext") return o.auth_in_cleartext = parse_flag(value), true;
  if (name == "require_auth") return o.require_auth = parse_flag(value), true;
  if (name == "initial_response") return o.initial_response = parse_flag(value), true;
  if (name == "try_unoffered_mechanism") return o.try_unoffered_mechanism = parse_flag(value), true;
  if (name == "chunking") return o.chunking = parse_flag(value), true;
  if (name == "next_host_after_refusal") return o.next_host_after_refusal = parse_flag(value), true;
  if (name == "sends_by_hand") return sends_by_hand_ = parse_flag(value), true;
  if (name == "cuts_matter") return cuts_matter_ = parse_flag(value), true;
  return false;
}

bool client_script_options::set_number(std::string const& name, std::string const& value) {
  client_options& o = options_;
  if (name == "chunk_size") return narrow(o.chunk_size, value), true;
  if (name == "chunks_in_flight") return narrow(o.chunks_in_flight, value), true;
  if (name == "flight_budget") return narrow(o.flight_budget, value), true;
  if (name == "reply_line") return narrow(o.replies.line, value), true;
  if (name == "reply_lines") return narrow(o.replies.lines, value), true;
  if (name == "reply_octets") return narrow(o.replies.octets, value), true;
  return false;
}

bool client_script_options::set_time(std::string const& name, std::string const& value) {
  client_options& o = options_;
  struct timeout {
    std::string_view name;
    milliseconds client_options::*what;
  };
  constexpr std::array<timeout, 8> timeouts{{{"greeting_timeout", &client_options::greeting_timeout},
                                             {"command_timeout", &client_options::command_timeout},
                                             {"mail_timeout", &client_options::mail_timeout},
                                             {"rcpt_timeout", &client_options::rcpt_timeout},
                                             {"data_timeout", &client_options::data_timeout},
                                             {"block_timeout", &client_options::block_timeout},
                                             {"verdict_timeout", &client_options::verdict_timeout},
                                             {"quit_timeout", &client_options::quit_timeout}}};
  for (timeout const& t : timeouts)
    if (name == t.name) return o.*t.what = parse_duration(value), true;
  return false;
}

bool client_script_options::set_text(std::string const& name, std::string const& value) {
  struct text {
    std::string_view name;
    std::string_view client_options::*what;
  };
  constexpr std::array<text, 5> members{{{"hostname", &client_options::hostname},
                                         {"mechanisms", &client_options::mechanisms},
                                         {"authorization_identity", &client_options::authorization_identity},
                                         {"user_name", &client_options::user_name},
                                         {"password", &client_options::password}}};
  for (text const& t : members)
    if (name == t.name) return options_.*t.what = texts_.emplace_back(unescape(value)), true;
  return false;
}

bool client_script_options::set_choice(std::string const& name, std::string const& value) {
  client_options& o = options_;
  auto const either = [&value](std::string_view first, std::string_view second) {
    if (value != first && value != second) throw script_error{"unknown value " + value};
    return value == first;
  };
  if (name == "tls" && value == "never") return o.tls = tls_policy::never, true;
  if (name == "tls")
    return o.tls = either("opportunistic", "require") ? tls_policy::opportunistic : tls_policy::require, true;
  if (name == "newline")
    return o.newline = either("reject", "normalize") ? bare_newline::reject : bare_newline::normalize, true;
  if (name == "dsn") return o.dsn = either("drop", "refuse") ? when_not_offered::drop : when_not_offered::refuse, true;
  if (name == "tolerances") return o.tolerances = parse_tolerances(value), true;
  if (name == "required") return o.required = parse_capabilities(value), true;
  if (name == "ignored") return o.ignored = parse_capabilities(value), true;
  if (name != "implicit_tls") return false;
  implicit_tls_ = true;
  tls_ = parse_tls_facts(value);
  return true;
}

void client_script_options::set(std::string const& name, std::string const& value) {
  if (set_flag(name, value) || set_number(name, value) || set_time(name, value) || set_text(name, value) ||
      set_choice(name, value))
    return;
  throw script_error{"unknown option " + name + " " + value};
}

// Envelopes.

namespace {

/// A path in angle brackets may hold spaces.
std::string_view take_path(std::string_view& text) {
  std::size_t end = text.starts_with('<') ? text.rfind('>') : text.npos;
  end = end == text.npos ? text.find(' ') : end + 1;
  std::string_view const path = text.substr(0, end);
  text.remove_prefix(path.size());
  return path;
}

notify_type parse_notify(std::string_view list) {
  notify_type set = notify_type::unstated;
  struct word {
    std::string_view name;
    notify_type what;
  };
  constexpr std::array<word, 4> all{{{"NEVER", notify_type::never},
                                     {"SUCCESS", notify_type::success},
                                     {"FAILURE", notify_type::failure},
                                     {"DELAY", notify_type::delay}}};
  while (!list.empty()) {
    std::string_view const one = list.substr(0, list.find(','));
    list.remove_prefix(one.size() == list.size() ? one.size() : one.size() + 1);
    bool known = false;
    for (word const& w : all) {
      if (w.name != one) continue;
      set = static_cast<notify_type>(static_cast<unsigned>(set) | static_cast<unsigned>(w.what));
      known = true;
    }
    if (!known) throw script_error{"unknown NOTIFY " + std::string{one}};
  }
  return set;
}

body_type parse_body(std::string_view value) {
  if (value == "7BIT") return body_type::sevenbit;
  if (value == "8BITMIME") return body_type::eightbitmime;
  if (value == "BINARYMIME") return body_type::binarymime;
  throw script_error{"unknown BODY " + std::string{value}};
}

}  // namespace

void lent_envelope::set_from(std::string const& text) {
  std::string_view rest_of_line = text;
  message_.from = keep(take_path(rest_of_line));
  mail_params& p = message_.params;
  std::string rest;
  for (std::string const& word : words(rest_of_line)) {
    std::size_t const equals = word.find('=');
    std::string const name = word.substr(0, equals);
    std::string const value = equals == word.npos ? "" : word.substr(equals + 1);
    if (name == "SIZE") {
      p.has_size = true;
      p.size = parse_number(value);
    } else if (name == "BODY") {
      p.body = parse_body(value);
    } else if (name == "RET") {
      p.ret = value == "FULL" ? ret_type::full : ret_type::headers;
    } else if (name == "ENVID") {
      p.envid = keep(value);
    } else if (name == "AUTH") {
      p.auth = keep(value);
    } else if (name == "SMTPUTF8") {
      p.smtputf8 = true;
    } else if (name == "REQUIRETLS") {
      p.requiretls = true;
    } else if (name == "vouched") {
      message_.server_name_vouched = true;
    } else if (name == "reconnected") {
      message_.reconnected = true;
    } else {
      rest += (rest.empty() ? "" : " ") + word;
    }
  }
  p.rest = keep(rest);
}

void lent_envelope::add_recipient(std::string const& text) {
  std::string_view rest_of_line = text;
  recipient one{};
  one.path = keep(take_path(rest_of_line));
  std::string rest;
  for (std::string const& word : words(rest_of_line)) {
    if (word.starts_with("NOTIFY="))
      one.params.notify = parse_notify(std::string_view{word}.substr(7));
    else if (word.starts_with("ORCPT="))
      one.params.orcpt = keep(std::string_view{word}.substr(6));
    else
      rest += (rest.empty() ? "" : " ") + word;
  }
  one.params.rest = keep(rest);
  to_.push_back(one);
}

}  // namespace ehlo_script
