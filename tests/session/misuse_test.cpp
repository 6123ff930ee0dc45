// SPDX-License-Identifier: BSL-1.0
// Promise 8: a call that does not fit returns a local_* error and changes nothing. Every call is made wrongly at every
// place of sessions that visit every state and ask every question; the octets of the whole object are compared before
// and after, and the session then goes on as if nothing had happened.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/server.hpp"
#include "walks.hpp"

namespace {

using namespace ehlo_test;
using ehlo::errc;
using ehlo::event_type;
using ehlo::reply;

struct nothing {
  void before() {}
  void after(auto&, place const&) {}
};

template <class Server>
class misuser {
 public:
  std::set<ehlo::server_state> states;
  std::set<event_type> questions;

  void before() {}

  void after(Server& server, place const& p) {
    states.insert(server.state());
    if (p.asked()) questions.insert(p.question);
    server_ = &server;
    std::memcpy(octets_.data(), &server, sizeof server);
    SCOPED_TRACE(std::string{ehlo::server_state_names[static_cast<std::size_t>(server.state())]} + ", question " +
                 std::to_string(static_cast<int>(p.question)) + ", told " + std::to_string(static_cast<int>(p.told)));
    p.asked() ? wrong_answers(p) : needless_answers(p);
    wrong_lists(p);
    wrong_world(p);
    wrong_endings(p);
    wrong_input(p);
    wait_again(p);
  }

 private:
  void expect(errc said, errc wanted) {
    EXPECT_EQ(said, wanted) << ehlo::message(said);
    EXPECT_EQ(std::memcmp(octets_.data(), server_, sizeof(Server)), 0) << "the session has changed";
  }

  void wrong_answers(place const& p) {
    // No code, the wrong class, an enhanced code of another class or out of range (RFC 2034 4, RFC 3463 2).
    for (reply const r : {reply{}, reply{199}, reply{600}, reply{354}, reply{450}, reply{550}, reply{250, {5, 0, 0}},
                          reply{250, {4, 0, 0}}, reply{250, {2, 1000, 0}}, reply{250, {2, 0, 1000}}})
      expect(server_->accept(r), errc::local_code);
    for (reply const r : {reply{}, reply{250}, reply{354}, reply{450, {5, 0, 0}}, reply{550, {4, 0, 0}},
                          reply{550, {2, 0, 0}}, reply{550, {5, 1000, 0}}})
      expect(server_->reject(r), errc::local_code);
    if (p.listed) {
      expect(server_->reject({550}), errc::local_code);
      expect(server_->accept(reply{252}), errc::local_code);
    }
  }

  void needless_answers(place const& p) {
    expect(server_->accept(), errc::local_order);
    expect(server_->accept("text"), errc::local_order);
    for (reply const r : {reply{}, reply{250}, reply{550}, reply{250, {5, 0, 0}}})
      expect(server_->accept(r), errc::local_order);
    // A message that comes in may be refused, unless it was already.
    if (p.in_message && server_->state() != ehlo::server_state::chunks) {
      for (reply const r : {reply{}, reply{250}, reply{354}, reply{550, {4, 0, 0}}}) {
        errc const said = server_->reject(r);
        expect(said, said == errc::local_order ? errc::local_order : errc::local_code);
      }
    } else {
      for (reply const r : {reply{}, reply{250}, reply{450}, reply{550}}) expect(server_->reject(r), errc::local_order);
    }
  }

  void wrong_lists(place const& p) {
    bool const list =
        p.question == event_type::vrfy || p.question == event_type::expn || p.question == event_type::help;
    if (!list) expect(server_->reply_line("line"), errc::local_order);
    bool const exchange = p.question == event_type::auth || p.question == event_type::auth_response;
    if (exchange)
      expect(server_->challenge(std::string(4000, 'x')), errc::local_room);
    else
      expect(server_->challenge("octets"), errc::local_order);
  }

  void wrong_world(place const& p) {
    if (p.told != event_type::need_tls || server_->state() != ehlo::server_state::tls) {
      expect(server_->tls_started({}), errc::local_order);
      expect(server_->tls_started({.sufficient = false}), errc::local_order);
      expect(server_->tls_failed(), errc::local_order);
    }
    std::size_t const size = server_->output().size();
    expect(server_->sent(size + 1), errc::local_sent);
    expect(server_->sent(static_cast<std::size_t>(-1)), errc::local_sent);
    expect(server_->sent(0), errc::ok);
  }

  void wrong_endings(place const& p) {
    for (reply const r :
         {reply{}, reply{221}, reply{250}, reply{450}, reply{550}, reply{421, {5, 0, 0}}, reply{421, {2, 0, 0}}})
      expect(server_->shutdown(r), errc::local_code);
    bool const closed = server_->state() == ehlo::server_state::closed;
    if (closed) expect(server_->shutdown(), errc::local_order);
    bool const over = closed && !server_->deadline();
    expect(server_->on_deadline(p.now), over ? errc::local_order : errc::ok);
    if (p.ended) {
      expect(server_->end_of_input(p.now, true), errc::local_order);
    }
  }

  void wrong_input(place const& p) {
    if (server_->state() == ehlo::server_state::closed && !p.ended) return;
    bool const handshake = p.told == event_type::need_tls && server_->state() == ehlo::server_state::tls;
    if (!handshake && !p.ended) return;
    std::string_view const octets = "NOOP\r\n";
    std::string_view in = octets;
    ehlo::server_event const e = server_->next(in, p.now);
    EXPECT_EQ(e.type(), event_type::misuse);
    EXPECT_FALSE(e.is_question());
    EXPECT_EQ(in.data(), octets.data());
    EXPECT_EQ(in.size(), octets.size());
    expect(e.error(), errc::local_input);
  }

  /// A call that is not needed is told the same again, and an earlier time is no harm.
  void wait_again(place const& p) {
    using enum event_type;
    bool const waits = p.told == need_input || p.told == need_output || p.told == need_tls || p.told == closed;
    if (!p.asked() && (!waits || answered_since(p))) return;
    std::string const output{server_->output()};
    for (ehlo::instant const now : {p.now, ehlo::instant{}}) {
      std::string_view in;
      EXPECT_EQ(server_->next(in, now).type(), p.asked() ? need_reply : p.told);
      EXPECT_EQ(server_->output(), output);
    }
  }
  /// Whether something has happened since the last event, so that another one is due.
  [[nodiscard]] bool answered_since(place const& p) const {
    if (p.told == event_type::need_output) return server_->output().empty();
    if (p.told == event_type::need_tls) return server_->state() != ehlo::server_state::tls;
    return p.ended && p.told != event_type::closed;
  }

  Server* server_ = nullptr;
  std::array<char, sizeof(Server)> octets_{};
};

template <class Server, class Observer>
std::string play(walk const& w, Observer& observer) {
  std::unique_ptr<Server> const server{w.implicit_tls ? new Server{w.options, {}, w.handshake}
                                                      : new Server{w.options, {}}};
  return walker<Server, Observer>{w, *server, observer}.run();
}

template <class Server>
void misuse_everywhere() {
  misuser<Server> m;
  for (walk const& w : walks()) {
    SCOPED_TRACE(w.name);
    ASSERT_FALSE(w.options.check()) << w.options.check().option << ": " << w.options.check().why;
    nothing n;
    std::string const undisturbed = play<Server>(w, n);
    EXPECT_EQ(play<Server>(w, m), undisturbed) << "the session goes on as if nothing had happened";
  }
  EXPECT_EQ(m.states.size(), ehlo::server_state_count) << "every state";
  std::set<event_type> const every_question{
      event_type::greeting,    event_type::hello,         event_type::mail,        event_type::rcpt,
      event_type::data,        event_type::vrfy,          event_type::expn,        event_type::help,
      event_type::etrn,        event_type::starttls,      event_type::auth,        event_type::xclient,
      event_type::xforward,    event_type::auth_response, event_type::credentials, event_type::extension,
      event_type::message_end, event_type::next_recipient};
  EXPECT_EQ(m.questions, every_question);
}

TEST(Misuse, ChangesNothingAnywhere) { misuse_everywhere<ehlo::server>(); }
TEST(Misuse, ChangesNothingInTheSmallestStorage) { misuse_everywhere<ehlo::basic_server<2048, 1616>>(); }

}  // namespace
