// SPDX-License-Identifier: BSL-1.0
#include "client_script_player.hpp"

#include <utility>

#include "script_event.hpp"

namespace ehlo_script {

using namespace ehlo;

client_script_player::client_script_player(client_script const& what, client_way const& how)
    : script_{what}, how_{how}, host_{what.options, how} {
  option_error const e = what.options.client().check();
  if (e && what.steps[0].text != "closed") fail("good options", std::string{e.option} + ": " + std::string{e.why});
}

client_playback client_script_player::play() {
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
  result_.transactions = host_.transactions();
  result_.output = host_.sent();
  result_.said = host_.all_said();
  return std::move(result_);
}

void client_script_player::fail(std::string const& expected, std::string const& actual) const {
  script_step const& step = script_.steps[step_ < script_.steps.size() ? step_ : script_.steps.size() - 1];
  std::string where = script_.name + ".txt:" + std::to_string(step.line) + ": played " + describe(how_);
  if (!expected.empty()) where += "\n  expected: " + expected;
  throw script_failure{where + "\n  actual:   " + actual + "\n  last calls:\n" + host_.log().text()};
}

void client_script_player::play_steps() {
  for (; step_ != script_.steps.size(); ++step_) take(script_.steps[step_]);
  settle();
  if (compares_output() && !unnamed().empty()) fail("no more output", '"' + escape(unnamed()) + '"');
  host_.flush();
  settle();
  result_.closed = host_.waits_for() == client_waiting::over;
  result_.ended_by_input = result_.ended_by_input && result_.closed;
}

void client_script_player::take(script_step const& step) {
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

/// A reply need not be named in a script: it is the server's line over again.
bool client_script_player::names_reply() const {
  return step_ < script_.steps.size() && script_.steps[step_].what == script_step::kind::event &&
         script_.steps[step_].text == "reply";
}

std::optional<observed_client_event> client_script_player::next_event() {
  std::optional<observed_client_event> seen = std::exchange(ahead_, std::nullopt);
  if (!seen) seen = host_.pull();
  while (seen && seen->type == "reply" && !names_reply()) seen = host_.pull();
  return seen;
}

/// The output that the script has not named yet. What was named may have been given up unsent.
std::string client_script_player::unnamed() const { return host_.said(compared_); }

/// Lets the session go on until it waits; nothing may be told on the way that the script does not ask for.
void client_script_player::settle() {
  ahead_ = next_event();
  if (ahead_) fail("no event here", ahead_->text());
}

void client_script_player::input(script_step const& step) {
  if (step_ != 0) settle();
  if (compares_output() && !unnamed().empty()) fail("no more output", '"' + escape(unnamed()) + '"');
  result_.ended_by_input = true;
  bool last = true;
  for (std::size_t i = step_ + 1; i != script_.steps.size(); ++i)
    last = last && script_.steps[i].what != script_step::kind::input;
  host_.offer(last ? step.text + how_.trailing : step.text);
}

/// Octets of output. Where output is drained at other times than the script tells, all of it is compared at the end.
void client_script_player::output(script_step const& step) {
  if (!compares_output()) return;
  if (!ahead_ && (step.what == script_step::kind::silence || unnamed().size() < step.text.size()))
    ahead_ = next_event();
  std::string const left = unnamed();
  if (step.what == script_step::kind::silence && !left.empty()) fail("no output", '"' + escape(left) + '"');
  if (!left.starts_with(step.text))
    fail("C: \"" + escape(step.text) + '"',
         left.empty() && ahead_ ? ahead_->text() : "C: \"" + escape(left).substr(0, 500) + '"');
  compared_ += step.text.size();
}

void client_script_player::event(script_step const& step) {
  std::optional<observed_client_event> const seen = next_event();
  if (!seen) fail("= " + step.text, "the session waits");
  if (seen->type != step.text) fail("= " + step.text, seen->text());
  for (field const& f : step.fields) {
    std::string const* const value = seen->find(f.name);
    if (value == nullptr || *value != f.value)
      fail("= " + step.text + ' ' + f.name + "=\"" + escape(f.value) + '"', seen->text());
  }
}

void client_script_player::action(script_step const& step) {
  bool const prepares = step.text == "from" || step.text == "to";
  if (!prepares) settle();
  if (!prepares && how_.inject_before_action == result_.actions) inject();
  result_.actions += prepares ? 0U : 1U;
  errc const result = call(step);
  host_.watch_output();
  if (name_of(result) != step.expected_error)
    fail("> " + step.text + " => " + step.expected_error, std::string{name_of(result)});
}

void client_script_player::check(script_step const& step) {
  if (!ahead_) ahead_ = next_event();
  if (!ahead_ && step.text == "deadline") let_pass(0);
  std::string const argument = step.rest.substr(0, step.rest.find(' '));
  std::string const actual = look(step.text, argument);
  if (actual != step.rest) fail("? " + step.text + ' ' + step.rest, actual);
}

std::string client_script_player::look(std::string const& what, std::string const& argument) {
  client_core& session = host_.session();
  if (what == "state") return std::string{client_state_names.at(static_cast<std::size_t>(session.state()))};
  if (what == "authenticated") return session.authenticated() ? "yes" : "no";
  if (what == "tls") return session.tls_active() ? "yes" : "no";
  if (what == "advice") return std::string{name(advice_for(refused_))};
  if (what == "outcome") return argument + ' ' + std::string{name(host_.recipients().at(parse_number(argument)).state)};
  if (what == "max_size") return std::to_string(session.offer().max_size);
  if (what != "deadline") throw script_error{"no such check: " + what};
  due const d = session.deadline();
  std::string text{name(d.phase)};
  if (d) text += ' ' + std::to_string((d.at - host_.now()) / one_second) + 's';
  return text;
}

}  // namespace ehlo_script
