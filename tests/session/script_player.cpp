// SPDX-License-Identifier: BSL-1.0
#include "script_player.hpp"

#include <utility>

namespace ehlo_script {

using namespace ehlo;

script_player::script_player(script const& what, way const& how) : script_{what}, how_{how}, host_{what.options, how} {
  option_error const e = what.options.server().check(what.options.large_storage() ? 16384 : 2048);
  if (e && what.steps[0].text != "closed") fail("good options", std::string{e.option} + ": " + std::string{e.why});
}

playback script_player::play() {
  host_.on_injection([this] { inject(); });
  try {
    play_steps();
  } catch (ended_by_injection const&) {
  } catch (script_failure const& e) {
    std::string const text = e.what();
    if (text.starts_with(script_.name)) throw;
    fail("", text);
  }
  result_.events = host_.events();
  result_.output = host_.sent();
  return std::move(result_);
}

void script_player::fail(std::string const& expected, std::string const& actual) const {
  script_step const& step = script_.steps[step_ < script_.steps.size() ? step_ : script_.steps.size() - 1];
  std::string where = script_.name + ".txt:" + std::to_string(step.line) + ": played " + describe(how_);
  if (!expected.empty()) where += "\n  expected: " + expected;
  throw script_failure{where + "\n  actual:   " + actual + "\n  last calls:\n" + host_.log().text()};
}

void script_player::play_steps() {
  if (how_.flood) {
    std::string all;
    for (script_step const& step : script_.steps)
      if (step.what == script_step::kind::input) all += step.text;
    ahead_ = host_.pull();
    host_.offer(all);
  }
  for (; step_ != script_.steps.size(); ++step_) take(script_.steps[step_]);
  settle();
  if (compares_output() && host_.sent().size() != compared_)
    fail("no more output", '"' + escape(std::string_view{host_.sent()}.substr(compared_)) + '"');
  host_.flush();
  result_.closed = host_.waits_for() == waiting::over;
  result_.ended_by_input = result_.ended_by_input && result_.closed;
}

void script_player::take(script_step const& step) {
  using enum script_step::kind;
  switch (step.what) {
    case input: return this->input(step);
    case output:
    case silence: return this->output(step);
    case event: return this->event(step);
    case action: return this->action(step);
    case check: return this->check(step);
  }
}

/// Lets the session go on until it waits; nothing may be told on the way that the script does not ask for.
void script_player::settle() {
  if (!ahead_) ahead_ = host_.pull();
  if (ahead_) fail("no event here", ahead_->text());
}

std::optional<observed_event> script_player::next_event() {
  if (ahead_) return std::exchange(ahead_, std::nullopt);
  std::optional<observed_event> seen = host_.pull();
  while (how_.flood && seen && seen->type == event_type::body) seen = host_.pull();
  return seen;
}

void script_player::input(script_step const& step) {
  if (how_.flood) return;
  bool const first = step_ == 0;  // who speaks before the greeting does not wait
  if (!first) settle();
  if (compares_output() && host_.sent().size() != compared_)
    fail("no more output", '"' + escape(std::string_view{host_.sent()}.substr(compared_)) + '"');
  result_.ended_by_input = true;
  bool last = true;
  for (std::size_t i = step_ + 1; i != script_.steps.size(); ++i)
    last = last && script_.steps[i].what != script_step::kind::input;
  host_.offer(last ? step.text + how_.trailing : step.text);
}

/// A line of output. Where output is drained at other times than the script tells, all of it is compared at the end.
void script_player::output(script_step const& step) {
  if (!compares_output()) return;
  if (step.what == script_step::kind::silence) {
    if (!ahead_) ahead_ = host_.pull();
    host_.flush();
    if (host_.sent().size() == compared_) return;
    fail("no output", '"' + escape(std::string_view{host_.sent()}.substr(compared_)) + '"');
  }
  host_.flush();
  if (host_.sent().size() < compared_ + step.text.size() && !ahead_) {
    ahead_ = host_.pull();
    host_.flush();
  }
  std::string_view const sent = std::string_view{host_.sent()}.substr(compared_);
  std::string_view const line = sent.substr(0, sent.find('\n') == sent.npos ? sent.size() : sent.find('\n') + 1);
  if (line != step.text)
    fail("S: \"" + escape(step.text) + '"', line.empty() && ahead_ ? ahead_->text() : "S: \"" + escape(line) + '"');
  compared_ += line.size();
}

void script_player::event(script_step const& step) {
  if (step.text == "body") return body(step);
  std::optional<observed_event> const seen = next_event();
  if (!seen) fail("= " + step.text, "the session waits");
  compare(step, *seen);
  question_open_ = host_.waits_for() == waiting::reply;
}

void script_player::compare(script_step const& step, observed_event const& seen) const {
  if (name(seen.type) != step.text) fail("= " + step.text, seen.text());
  for (field const& f : step.fields) {
    if (f.name == "dropped" && (how_.largest_piece != nowhere || how_.octet_by_octet || how_.cut_before != nowhere ||
                                how_.inject_before_octet != nowhere))
      continue;
    std::string const* const value = seen.find(f.name);
    if (value == nullptr || *value != f.value)
      fail("= " + step.text + ' ' + f.name + "=\"" + escape(f.value) + '"', seen.text());
  }
}

/// In a flood the runs of the script are one, so that bodies may be joined that are apart in the script.
void script_player::body(script_step const& step) {
  if (how_.flood) return;
  std::string text;
  for (std::optional<observed_event> seen = next_event();; seen = host_.pull()) {
    if (!seen || seen->type != event_type::body) {
      ahead_ = std::move(seen);
      break;
    }
    text += *seen->find("text");
  }
  if (text.empty()) fail("= body", ahead_ ? ahead_->text() : "the session waits");
  for (field const& f : step.fields) {
    std::string const actual = f.name == "octets" ? std::to_string(text.size()) : text;
    if (f.name != "octets" && f.name != "text") fail("text or octets", f.name);
    if (actual != f.value) fail("= body \"" + escape(f.value) + '"', "= body \"" + escape(actual) + '"');
  }
}

void script_player::action(script_step const& step) {
  bool const first = step_ == 0;
  bool const behind_event = !first && script_.steps[step_ - 1].what == script_step::kind::event;
  if (!question_open_ && !behind_event && !first) settle();
  if (ahead_) fail("no event before > " + step.text, ahead_->text());
  if (how_.inject_before_action == result_.actions) inject();
  ++result_.actions;
  errc const result = call(step);
  host_.watch_output();
  if (name_of(result) != step.expected_error)
    fail("> " + step.text + " => " + step.expected_error, std::string{name_of(result)});
}

void script_player::check(script_step const& step) {
  bool const behind_event = script_.steps[step_ - 1].what == script_step::kind::event;
  if (how_.flood) return;
  if (!question_open_ && !behind_event && !ahead_) settle();
  server_core& session = host_.session();
  std::string actual;
  if (step.text == "state") actual = server_state_names.at(static_cast<std::size_t>(session.state()));
  if (step.text == "authenticated") actual = session.authenticated() ? "yes" : "no";
  if (step.text == "tls") actual = session.tls_active() ? "yes" : "no";
  if (step.text == "deadline") {
    due const d = session.deadline();
    actual = name(d.phase);
    if (d) actual += ' ' + std::to_string((d.at - host_.now()) / one_second) + 's';
  }
  if (actual != step.rest) fail("? " + step.text + ' ' + step.rest, actual);
}

}  // namespace ehlo_script
