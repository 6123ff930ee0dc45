// SPDX-License-Identifier: BSL-1.0
// The host's side of a script: its answers, its other calls, and what goes wrong when a way wants it to.
#include <utility>

#include "script_player.hpp"

namespace ehlo_script {

using namespace ehlo;

namespace {

bool is_digits(std::string const& text) { return text.find_first_not_of("0123456789") == std::string::npos; }

enhanced_code parse_status(std::string const& text) {
  std::size_t const first = text.find('.');
  std::size_t const second = first == text.npos ? text.npos : text.find('.', first + 1);
  if (first != 1 || second == text.npos) return {};
  std::string const parts[] = {text.substr(0, first), text.substr(first + 1, second - first - 1),
                               text.substr(second + 1)};
  for (std::string const& part : parts)
    if (part.empty() || !is_digits(part)) return {};
  return {static_cast<std::uint8_t>(parse_number(parts[0])), static_cast<std::uint16_t>(parse_number(parts[1])),
          static_cast<std::uint16_t>(parse_number(parts[2]))};
}

/// `550 5.1.1 no such user`; a text without a code has code 0. The reply views `text`.
reply parse_reply(std::string const& text) {
  std::string const code = text.substr(0, text.find(' '));
  if (code.size() != 3 || !is_digits(code)) return {{}, {}, text};
  std::string_view rest = std::string_view{text}.substr(text.size() > 3 ? 4 : 3);
  std::string const word{rest.substr(0, rest.find(' '))};
  enhanced_code const status = parse_status(word);
  if (status) rest.remove_prefix(word.size() < rest.size() ? word.size() + 1 : word.size());
  return {static_cast<std::uint16_t>(parse_number(code)), status, rest};
}

}  // namespace

errc script_player::call(script_step const& step) {
  host_.log().note(step);
  bool const is_answer =
      step.text == "accept" || step.text == "reject" || step.text == "reply_line" || step.text == "challenge";
  if (is_answer && question_open_) return answer(step);
  result_.only_answers = false;
  if (step.text == "end_of_input" || step.text == "shutdown") result_.ends_itself = true;
  result_.ended_by_input = false;
  return is_answer ? answer(step) : other_call(step);
}

errc script_player::answer(script_step const& step) {
  server_core& session = host_.session();
  bool const was_open = question_open_;
  reply const r = parse_reply(step.rest);
  if (step.text == "reject") {
    errc const result = session.reject(r);
    if (result == errc::ok) question_open_ = false;
    return result;
  }
  if (step.text == "accept") {
    errc const result = r.code ? session.accept(r) : session.accept(r.text);
    if (result == errc::ok) question_open_ = false;
    return result;
  }
  auto const take = [&] {
    return step.text == "challenge" ? session.challenge(step.rest) : session.reply_line(step.rest);
  };
  errc result = take();
  if (result == errc::local_room) {
    host_.flush();
    result = take();
  }
  question_open_ = was_open && (step.text == "reply_line" || result != errc::ok);
  return result;
}

errc script_player::other_call(script_step const& step) {
  server_core& session = host_.session();
  if (step.text == "tls_started") return session.tls_started({.sufficient = step.rest != "insufficient"});
  if (step.text == "tls_failed") return session.tls_failed();
  if (step.text == "end_of_input") {
    if (step.rest != "clean" && step.rest != "broken") fail("clean or broken", step.rest);
    host_.offer_to_question();
    if (step.rest == "broken") host_.break_connection();
    result_.broken = result_.broken || step.rest == "broken";
    return session.end_of_input(host_.now(), step.rest == "clean");
  }
  if (step.text == "shutdown") return step.rest.empty() ? session.shutdown() : session.shutdown(parse_reply(step.rest));
  if (step.text == "on_deadline") {
    due const d = session.deadline();
    if (d.phase == deadline_phase::host && host_.now() >= d.at) question_open_ = false;  // answered for the host
    return session.on_deadline(host_.now());
  }
  if (step.text == "time") {
    host_.pass(parse_duration(std::string_view{step.rest}.substr(1)));
    return errc::ok;
  }
  fail("an action", step.text);
}

void script_player::inject() {
  using enum way::injection;
  if (how_.inject == none || std::exchange(injection_done_, true)) return;
  server_core& session = host_.session();
  result_.injected = true;
  result_.events_before = host_.events().size();
  result_.during_handshake = host_.waits_for() == waiting::tls;
  errc result = errc::ok;
  switch (how_.inject) {
    case end_clean: result = session.end_of_input(host_.now(), true); break;
    case end_broken:
      result = session.end_of_input(host_.now(), false);
      if (result == errc::ok) host_.break_connection();
      break;
    case shutdown: result = session.shutdown(); break;
    case deadline: inject_deadline(); break;
    case none: break;
  }
  host_.watch_output();
  bool const said_before = result == errc::local_order;  // by the script itself
  if (result != errc::ok && !said_before) fail("ok", std::string{name_of(result)});
  if (result_.without_effect || said_before) {
    result_.injected = false;
    return;
  }
  play_to_the_end();
  throw ended_by_injection{};
}

void script_player::inject_deadline() {
  server_core& session = host_.session();
  due const d = session.deadline();
  std::string const before{session.output()};
  if (d && d.at > host_.now()) {  // a moment too early it does nothing
    if (session.on_deadline({d.at.ms - 1}) != errc::ok) fail("ok", "on_deadline() refused an early call");
    if (session.output() != before || session.state() == server_state::closed)
      fail("nothing", "an early deadline acted");
    host_.pass(d.at - host_.now());
  }
  if (!d) host_.pass(24 * 60 * one_minute);
  errc const result = session.on_deadline(host_.now());
  if (!d) {
    bool const is_over = session.state() == server_state::closed;
    if (session.output() != before || result != (is_over ? errc::local_order : errc::ok))
      fail("nothing happens without a deadline", escape(session.output()));
    result_.without_effect = true;
    return;
  }
  if (result != errc::ok) fail("ok", "on_deadline() returned " + std::string{name_of(result)});
  if (d.phase != deadline_phase::host) return;
  result_.answered_for_host = true;
  question_open_ = false;
  if (session.end_of_input(host_.now(), true) != errc::ok) fail("ok", "end_of_input() refused");
}

/// The peer says no more; the host goes on answering as the script does.
void script_player::play_to_the_end() {
  host_.forget_input();
  ahead_.reset();
  std::size_t at = step_;
  for (;;) {
    step_ = at;
    if (question_open_) answer_from_script();
    at = step_;
    if (host_.session().state() == server_state::tls) result_.during_handshake = true;
    std::optional<observed_event> const seen = host_.pull();
    if (!seen && host_.waits_for() == waiting::over) break;
    if (!seen) fail("closed", "the session waits");
    if (seen->type == event_type::closed) break;
    question_open_ = host_.waits_for() == waiting::reply;
  }
  result_.closed = true;
}

void script_player::answer_from_script() {
  while (question_open_) {
    while (step_ != script_.steps.size() && script_.steps[step_].what != script_step::kind::action) ++step_;
    if (step_ == script_.steps.size()) {
      if (host_.session().accept() != errc::ok) fail("ok", "accept() refused");
      question_open_ = false;
      return;
    }
    script_step const& step = script_.steps[step_++];
    bool const answers =
        step.text == "accept" || step.text == "reject" || step.text == "reply_line" || step.text == "challenge";
    if (answers) static_cast<void>(answer(step));
    if (step.text == "time" || step.text == "on_deadline") static_cast<void>(other_call(step));
    host_.watch_output();
  }
}

}  // namespace ehlo_script
