// SPDX-License-Identifier: BSL-1.0
// Promise 8: a call that does not fit returns a local_* error and changes nothing. Every call is made wrongly at every
// place of sessions that visit every state and ask every question. The octets of the whole object are compared before
// and after; where an argument is at fault, the free octets of the output may have served to find that out, so there
// what can be seen of the session is compared. The session then goes on as if nothing had happened.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "client_walks.hpp"
#include "ehlo/client.hpp"

namespace {

using namespace ehlo_test;
using ehlo::client_event_type;
using ehlo::client_state;
using ehlo::envelope;
using ehlo::errc;
using ehlo::recipient;

struct nothing {
  void before() {}
  void after(auto&, client_place const&) {}
};

template <class Client>
class misuser {
 public:
  std::set<client_state> states;
  std::set<client_event_type> told;

  void before() {}

  void after(Client& client, client_place const& p) {
    states.insert(client.state());
    told.insert(p.told);
    client_ = &client;
    std::memcpy(octets_.data(), &client, sizeof client);
    seen_ = look();
    SCOPED_TRACE(std::string{ehlo::client_state_names[static_cast<std::size_t>(client.state())]} + ", question " +
                 std::to_string(static_cast<int>(p.question)) + ", told " + std::to_string(static_cast<int>(p.told)));
    bool const ready = client.state() == client_state::ready && !p.in_transaction && !p.ended;
    wrong_world(p);
    wrong_answers(p);
    if (!p.in_transaction) expect(client_->abort(), errc::local_order);
    bool const wants_body =
        p.told == client_event_type::need_body && !p.answered && client.state() != client_state::closed;
    if (!wants_body) {
      expect(client_->body("x", false), errc::local_order);
      expect(client_->body("", true), errc::local_order);
    }
    if (ready && client_->output().empty())
      wrong_arguments();
    else
      needless_calls();
    wrong_input(p);
    wait_again(p);
  }

 private:
  void expect(errc said, errc wanted) {
    EXPECT_EQ(said, wanted) << ehlo::message(said);
    EXPECT_EQ(std::memcmp(octets_.data(), client_, sizeof(Client)), 0) << "the session has changed";
  }
  /// For arguments at fault.
  void expect_alike(errc said, errc wanted) {
    EXPECT_EQ(said, wanted) << ehlo::message(said);
    EXPECT_EQ(look(), seen_) << "the session has changed";
    std::memcpy(octets_.data(), client_, sizeof(Client));
  }
  [[nodiscard]] std::string look() const {
    std::string all = std::to_string(static_cast<int>(client_->state()));
    for (std::string_view const view : client_->output()) all += view;
    ehlo::due const d = client_->deadline();
    return all + ' ' + std::to_string(d.at.ms) + ' ' + std::to_string(static_cast<int>(d.phase)) + ' ' +
           std::to_string(client_->offer().max_size) + (client_->authenticated() ? " authenticated" : "");
  }

  void needless_calls() {
    std::array<recipient, 1> to{recipient{.path = "b@example.org"}};
    envelope message{.from = "a@example.org", .to = to};
    expect(client_->submit(message), errc::local_order);
    EXPECT_EQ(to[0].state, ehlo::outcome::not_tried);
    expect(client_->command("NOOP"), errc::local_order);
    expect(client_->command("MAIL", "x"), errc::local_order);
    expect(client_->quit(), errc::local_order);
  }

  void wrong_arguments() {
    for (std::string_view const word : {"EHLO", "helo", "LHLO", "MAIL", "RCPT", "DATA", "BDAT", "QUIT", "AUTH",
                                        "STARTTLS", "BURL", "TURN", "ATRN", "SEND", "SOML", "SAML", "XCLIENT"})
      expect_alike(client_->command(word), errc::local_argument);
    for (std::string_view const word : {"", "NO OP", "NOOP\r\n", "N\xC3\xB6"})
      expect_alike(client_->command(word), errc::local_argument);
    for (std::string_view const argument : {std::string_view{"x\r\nRSET"}, std::string_view{"\0", 1},
                                            std::string_view{"\x7F"}, std::string_view{"\xC3\xB6"}})
      expect_alike(client_->command("VRFY", argument), errc::local_argument);
    std::string const long_text(5000, 'x');
    expect_alike(client_->command("VRFY", long_text), errc::local_argument);
    wrong_envelopes(long_text);
  }

  void wrong_envelopes(std::string const& long_text) {
    envelope none{.from = "a@example.org"};
    expect_alike(client_->submit(none), errc::local_no_recipients);
    for (std::string_view const path : {"a b@example.org", "a@example.org>\r\n", "@", "<a@example.org", "\xC3\xB6@x"})
      wrong_envelope(path, "b@example.org", errc::local_reverse_path);
    for (std::string_view const path : {"", "<>", "b c@example.org", "b@example.org>\r\n", "@", "<b@example.org"})
      wrong_envelope("a@example.org", path, errc::local_forward_path);
    wrong_envelope(long_text + "@example.org", "b@example.org", errc::local_reverse_path);
    wrong_envelope("a@example.org", long_text + "@example.org", errc::local_forward_path);
    for (std::string_view const rest : {"X=\r\n", "=", "X=a=b"}) {
      std::array<recipient, 1> to{recipient{.path = "b@example.org"}};
      envelope message{.from = "a@example.org", .to = to};
      message.params.rest = rest;
      expect_alike(client_->submit(message), errc::local_parameter);
    }
  }
  void wrong_envelope(std::string_view from, std::string_view path, errc why) {
    std::array<recipient, 2> to{recipient{.path = "c@example.org"}, recipient{.path = path}};
    envelope message{.from = from, .to = to};
    expect_alike(client_->submit(message), why);
    EXPECT_EQ(to[0].state, ehlo::outcome::not_tried);
    EXPECT_EQ(to[1].state == ehlo::outcome::malformed, why == errc::local_forward_path) << path;
  }

  void wrong_answers(client_place const& p) {
    bool const closed = client_->state() == client_state::closed;
    if (!p.asked() || closed) {
      expect(client_->respond("x"), errc::local_order);
      expect(client_->respond_later(), errc::local_order);
      expect(client_->cancel(), errc::local_order);
    } else if (p.question == client_event_type::challenge) {
      expect(client_->respond_later(), errc::local_order);
      expect_alike(client_->respond(std::string(8000, 'x')), errc::local_room);
    }
  }

  void wrong_world(client_place const& p) {
    if (p.told != client_event_type::need_tls || client_->state() != client_state::tls) {
      expect(client_->tls_started({}), errc::local_order);
      expect(client_->tls_started({.sufficient = false}), errc::local_order);
      expect(client_->tls_failed(), errc::local_order);
    }
    std::size_t size = 0;
    for (std::string_view const view : client_->output()) size += view.size();
    expect(client_->sent(size + 1), errc::local_sent);
    expect(client_->sent(static_cast<std::size_t>(-1)), errc::local_sent);
    expect(client_->sent(0), errc::ok);
    expect(client_->on_deadline(p.now), client_->state() == client_state::closed ? errc::local_order : errc::ok);
    if (p.ended) {
      expect(client_->end_of_input(p.now, false), errc::local_order);
      expect(client_->end_of_input(p.now, true), errc::local_order);
    }
  }

  void wrong_input(client_place const& p) {
    bool const handshake = p.told == client_event_type::need_tls && client_->state() == client_state::tls;
    if (!handshake && !(p.ended && client_->state() != client_state::closed)) return;
    std::string_view const octets = "250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n";
    std::string_view in = octets;
    ehlo::client_event const e = client_->next(in, p.now);
    EXPECT_EQ(e.type(), client_event_type::misuse);
    EXPECT_EQ(in.data(), octets.data());
    EXPECT_EQ(in.size(), octets.size());
    expect(e.error(), errc::local_input);
  }

  /// A call that is not needed is told the same again, and an earlier time is no harm.
  void wait_again(client_place const& p) {
    using enum client_event_type;
    bool const waits = p.told <= closed && !p.answered;
    if (!p.asked() && !waits) return;
    for (ehlo::instant const now : {p.now, ehlo::instant{}}) {
      std::string_view in;
      EXPECT_EQ(client_->next(in, now).type(), p.asked() ? need_answer : p.told);
      EXPECT_EQ(look(), seen_);
    }
  }

  Client* client_ = nullptr;
  std::string seen_;
  std::array<char, sizeof(Client)> octets_{};
};

template <class Client, class Observer>
std::string play(client_walk const& w, Observer& observer) {
  std::unique_ptr<Client> const client{w.implicit_tls ? new Client{w.options, {}, {}} : new Client{w.options, {}}};
  return client_walker<Client, Observer>{w, *client, observer}.run();
}

template <class Client>
void misuse_everywhere() {
  misuser<Client> m;
  for (client_walk const& w : client_walks()) {
    SCOPED_TRACE(w.name);
    ASSERT_FALSE(w.options.check()) << w.options.check().option << ": " << w.options.check().why;
    nothing n;
    std::string const undisturbed = play<Client>(w, n);
    EXPECT_EQ(undisturbed.find("no progress"), std::string::npos) << undisturbed;
    EXPECT_EQ(play<Client>(w, m), undisturbed) << "the session goes on as if nothing had happened";
  }
  EXPECT_EQ(m.states.size(), ehlo::client_state_count) << "every state";
  for (client_event_type const t :
       {client_event_type::need_input, client_event_type::need_answer, client_event_type::need_body,
        client_event_type::need_tls, client_event_type::ready, client_event_type::closed, client_event_type::auth,
        client_event_type::challenge, client_event_type::reply, client_event_type::command_done,
        client_event_type::transaction_done, client_event_type::failed})
    EXPECT_TRUE(m.told.contains(t)) << static_cast<int>(t);
}

TEST(ClientMisuse, ChangesNothingAnywhere) { misuse_everywhere<ehlo::client>(); }
TEST(ClientMisuse, ChangesNothingInTheSmallestStorage) { misuse_everywhere<ehlo::basic_client<512, 2048, 4>>(); }

}  // namespace
