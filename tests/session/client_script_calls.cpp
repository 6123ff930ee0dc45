// SPDX-License-Identifier: BSL-1.0
// The host's side of a client's script: what it asks of the session, and what goes wrong when a way wants it to.
#include <utility>

#include "client_script_player.hpp"
#include "script_event.hpp"

namespace ehlo_script {

using namespace ehlo;

errc client_script_player::call(script_step const& step) {
  host_.log().note(step);
  client_core& session = host_.session();
  result_.ended_by_input = false;
  if (step.text == "respond") return session.respond(step.rest);
  if (step.text == "respond_expecting") return session.respond(step.rest, auth_expects::challenge);
  if (step.text == "respond_later") return session.respond_later();
  if (step.text == "cancel") return session.cancel();
  if (step.text == "quit") return session.quit();
  if (step.text == "command") {
    std::size_t const space = step.rest.find(' ');
    std::string const argument = space == step.rest.npos ? "" : step.rest.substr(space + 1);
    return session.command(step.rest.substr(0, space), argument);
  }
  return call_of_transaction(step);
}

errc client_script_player::call_of_transaction(script_step const& step) {
  if (step.text == "from") return host_.next_envelope().set_from(step.rest), errc::ok;
  if (step.text == "to") return host_.next_envelope().add_recipient(step.rest), errc::ok;
  if (step.text == "submit") return refused_ = host_.submit();
  if (step.text == "body") return give_body(step.rest, false);
  if (step.text == "last") return give_body(step.rest, true);
  if (step.text == "abort") return let_pass(0), host_.abort();
  return call_of_world(step);
}

/// Where the body is cut must not matter.
errc client_script_player::give_body(std::string_view text, bool last) {
  while (how_.cut_body && text.size() > 1 && host_.waits_for() == client_waiting::body) {
    std::size_t const size = 1 + host_.random() % (text.size() - 1);
    if (errc const e = host_.body(text.substr(0, size), false); e != errc::ok) return e;
    text.remove_prefix(size);
    ahead_ = next_event();
    if (ahead_ || host_.waits_for() != client_waiting::body) return errc::ok;
  }
  return host_.body(text, last);
}

errc client_script_player::call_of_world(script_step const& step) {
  client_core& session = host_.session();
  if (step.text == "tls_started") return session.tls_started(parse_tls_facts(step.rest));
  if (step.text == "tls_failed") return session.tls_failed();
  if (step.text == "on_deadline") return session.on_deadline(host_.now());
  if (step.text == "time") return let_pass(parse_duration(std::string_view{step.rest}.substr(1))), errc::ok;
  if (step.text == "sent") return host_.send(parse_number(step.rest)), errc::ok;
  if (step.text == "flush") return host_.flush(), errc::ok;
  if (step.text != "end_of_input") fail("an action", step.text);
  if (step.rest != "clean" && step.rest != "broken") fail("clean or broken", step.rest);
  if (!script_.options.sends_by_hand()) host_.flush();
  result_.broken = result_.broken || step.rest == "broken";
  return host_.end_of_input(step.rest == "clean");
}

/// Deadlines count from when output was sent, and so much of it decides what abort() does: it goes out before.
void client_script_player::let_pass(milliseconds time) {
  if (!script_.options.sends_by_hand()) host_.flush();
  settle();
  host_.pass(time);
}

// What goes wrong.

void client_script_player::inject() {
  if (how_.inject == client_way::injection::none || std::exchange(injection_done_, true)) return;
  if (!inject_now()) return;
  host_.watch_output();
  result_.injected = true;
  result_.events_before = host_.events().size();
  ahead_.reset();
  std::string rest = host_.forget_input();
  host_.offer(how_.bad_reply);
  play_to_the_end(std::move(rest));
  throw ended_by_injection{};
}

/// False if it made no difference.
bool client_script_player::inject_now() {
  using enum client_way::injection;
  errc result = errc::ok;
  switch (how_.inject) {
    case end_clean:
    case end_broken: result = host_.end_of_input(how_.inject == end_clean); break;
    case abort: result = host_.abort(); break;
    case deadline: return inject_deadline();
    case bad_reply:
    case none: break;
  }
  if (result != errc::ok && result != errc::local_order) fail("ok", std::string{name_of(result)});
  return result == errc::ok;
}

bool client_script_player::inject_deadline() {
  client_core& session = host_.session();
  due const d = session.deadline();
  std::string const before = host_.said();
  if (d && d.at > host_.now()) {  // a moment too early it does nothing
    if (session.on_deadline({d.at.ms - 1}) != errc::ok) fail("ok", "on_deadline() refused an early call");
    if (host_.said() != before || session.state() == client_state::closed) fail("nothing", "an early deadline acted");
    host_.pass(d.at - host_.now());
  }
  bool const is_over = session.state() == client_state::closed;
  errc const result = session.on_deadline(host_.now());
  if (result != (is_over ? errc::local_order : errc::ok))
    fail("ok", "on_deadline() returned " + std::string{name_of(result)});
  if (!d && host_.said() != before) fail("nothing happens without a deadline", escape(host_.said()));
  if (d && session.state() != client_state::closed) fail("closed", "the deadline did not act");
  return static_cast<bool>(d);
}

/// The script is left. After an abort or a bad reply there is a server that goes on, if need be; otherwise the peer
/// says no more.
void client_script_player::play_to_the_end(std::string rest_of_reply) {
  bool const goes_on = how_.inject == client_way::injection::abort || how_.inject == client_way::injection::bad_reply;
  for (std::size_t rounds = 0; rounds != 1000; ++rounds) {
    std::optional<observed_client_event> const seen = host_.pull();
    if (seen && seen->type != "closed") continue;
    if (seen || host_.waits_for() == client_waiting::over) {
      result_.closed = true;
      return;
    }
    if (host_.waits_for() == client_waiting::answer) {
      if (host_.session().respond("x") != errc::ok) fail("ok", "respond() refused");
    } else if (goes_on) {
      serve(rest_of_reply);
    } else {
      fail("closed", "the session waits");
    }
  }
  fail("closed", "no end");
}

void client_script_player::serve(std::string& rest_of_reply) {
  host_.flush();
  auto const must = [this](errc e) {
    if (e != errc::ok) fail("ok", std::string{name_of(e)});
  };
  switch (host_.waits_for()) {
    case client_waiting::ready: return must(host_.session().quit());
    case client_waiting::tls: return must(host_.session().tls_failed());
    case client_waiting::body:
      if (how_.inject == client_way::injection::abort) fail("no question for the body", "need_body after abort()");
      return must(host_.body("x", true));
    default: break;
  }
  std::string reply = "250 2.0.0 ok\r\n";
  if (host_.session().state() == client_state::connected) reply = "220 hello\r\n";
  if (host_.session().state() == client_state::data) reply = "354 go on\r\n";
  host_.offer(rest_of_reply.empty() ? reply : std::exchange(rest_of_reply, {}));
}

}  // namespace ehlo_script
