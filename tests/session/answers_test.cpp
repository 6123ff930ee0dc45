// SPDX-License-Identifier: BSL-1.0
// What the server writes where the host's answer, its silence or its end meets something that is already under way.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "ehlo/server.hpp"
#include "replies.hpp"

namespace {

using ehlo::errc;
using ehlo::event_type;
using ehlo::question;

/// A server in a block of its own, driven by hand.
template <class Server = ehlo::server>
struct session {
  explicit session(ehlo::server_options const& o) : server{std::make_unique<Server>(o, ehlo::instant{})} {}
  session(ehlo::server_options const& o, ehlo::tls_facts const& tls)
      : server{std::make_unique<Server>(o, ehlo::instant{}, tls)} {}

  std::unique_ptr<Server> server;
  std::string out;   ///< all that was sent
  std::string rest;  ///< offered and not used
  ehlo::instant now{};

  void flush() {
    out += server->output();
    EXPECT_EQ(server->sent(server->output().size()), errc::ok);
  }
  /// The next event that is not need_output.
  ehlo::server_event next() {
    for (;;) {
      std::string_view in{rest};
      ehlo::server_event const e = server->next(in, now);
      if (e.type() != event_type::need_output) {
        used_ = rest;
        rest = in;
        return e;
      }
      rest = in;
      flush();
    }
  }
  /// Goes on to the next event of this type, accepting every question before it.
  ehlo::server_event to(event_type type, std::string_view more = {}) {
    rest += more;
    for (int i = 0; i != 200; ++i) {
      ehlo::server_event const e = next();
      if (e.type() == type) return e;
      if (e.is_question()) {
        EXPECT_EQ(server->accept(), errc::ok);
      }
      if (e.type() == event_type::need_input || e.type() == event_type::closed) break;
    }
    ADD_FAILURE() << "never came: " << static_cast<int>(type);
    return next();
  }
  /// Everything that is said until more input is needed.
  std::string say(std::string_view more) {
    out.clear();
    rest += more;
    for (int i = 0; i != 200; ++i) {
      ehlo::server_event const e = next();
      if (e.is_question()) {
        EXPECT_EQ(server->accept(), errc::ok);
      }
      if (e.type() == event_type::need_input || e.type() == event_type::closed) break;
    }
    flush();
    return out;
  }
  /// Replies are well-formed, whatever they are.
  void check() {
    flush();
    ehlo_test::reply_reader reader;
    reader.take(out);
    EXPECT_TRUE(reader.whole());
  }

 private:
  std::string used_;
};

ehlo::server_options options() {
  ehlo::server_options o{.hostname = "mx.example.org"};
  o.minimum_rate = 0;
  return o;
}
std::string const envelope = "EHLO c\r\nMAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\n";

// --- lists

TEST(Lists, HaveOneCodeAndOneStatus) {  // RFC 5321 4.2.1, RFC 2034 4
  ehlo::server_options o = options();
  o.ask = question::vrfy | question::expn | question::help;
  for (std::string const line : {"VRFY ann\r\n", "EXPN list\r\n", "HELP\r\n"}) {
    session<> s{o};
    s.say("EHLO c\r\n");
    s.out.clear();
    s.rest = line;
    ASSERT_TRUE(s.next().is_question());
    EXPECT_EQ(s.server->reply_line("one"), errc::ok);
    s.flush();
    EXPECT_EQ(s.server->reply_line("two"), errc::ok);
    s.flush();
    ehlo::reply_code const code = line == "HELP\r\n" ? 214 : 250;
    EXPECT_EQ(s.server->accept({code, {2, 5, 0}, "three"}), errc::ok);
    s.check();
    std::string const first = s.out.substr(0, s.out.find("one"));
    std::string const last = first.substr(0, 3) + " " + first.substr(4);
    EXPECT_EQ(s.out, first + "one\r\n" + first + "two\r\n" + last + "three\r\n");
  }
}

TEST(Lists, AreEndedByTheHostsDeadline) {
  ehlo::server_options o = options();
  o.ask = question::expn;
  o.host_timeout = 1000;
  session<> s{o};
  s.say("EHLO c\r\n");
  s.out.clear();
  s.rest = "EXPN list\r\n";
  ASSERT_EQ(s.next().type(), event_type::expn);
  EXPECT_EQ(s.server->reply_line("one"), errc::ok);
  s.now = s.server->deadline().at;
  EXPECT_EQ(s.server->on_deadline(s.now), errc::ok);
  s.check();
  EXPECT_TRUE(s.out.starts_with("250-2.1.5 one\r\n250 2.1.5 ") || s.out.starts_with("250-2.0.0 one\r\n250 2.0.0 "))
      << s.out;
  // The next list is a list of its own.
  s.rest = "EXPN list\r\n";
  ASSERT_EQ(s.next().type(), event_type::expn);
  EXPECT_EQ(s.server->reject({550, {5, 1, 1}, "none"}), errc::ok);
}

TEST(Lists, AreCutBetweenCharacters) {  // RFC 6531 3.5: UTF-8, then
  ehlo::server_options o = options();
  o.ask = question::mail | question::rcpt | question::expn;
  session<> s{o};
  s.say("EHLO c\r\nMAIL FROM:<a@b.org> SMTPUTF8\r\n");
  std::string text = "x";
  for (int i = 0; i != 300; ++i) text += "\xC3\xA4";
  s.out.clear();
  s.rest = "EXPN list\r\n";
  ASSERT_EQ(s.next().type(), event_type::expn);
  EXPECT_EQ(s.server->reply_line(text), errc::ok);
  EXPECT_EQ(s.server->accept(), errc::ok);
  s.check();
  std::string const line = s.out.substr(0, s.out.find("\r\n"));
  EXPECT_NE(line.find("\xC3\xA4"), std::string::npos);
  EXPECT_EQ(line.back(), '\xA4') << "no half character";
}

// --- the greeting carries no enhanced status code (RFC 2034 3), whatever it says

TEST(Greeting, HasNoEnhancedCode) {
  ehlo::server_options o = options();
  {
    session<> s{o, {.sufficient = false}};
    EXPECT_EQ(s.next().type(), event_type::need_input);
    EXPECT_TRUE(s.out.starts_with("554 the TLS")) << s.out;
  }
  {
    session<> s{o};
    EXPECT_EQ(s.server->shutdown(), errc::ok);
    EXPECT_EQ(s.next().type(), event_type::closed);
    EXPECT_TRUE(s.out.starts_with("421 service")) << s.out;
  }
  o.reject_early_talkers = true;
  {
    session<> s{o};
    s.rest = "EHLO c\r\n";
    EXPECT_EQ(s.next().type(), event_type::early_talker);
    EXPECT_EQ(s.next().type(), event_type::closed);
    EXPECT_TRUE(s.out.starts_with("554 spoke")) << s.out;
  }
}

// --- 421 of the host's ends the session, in mid-body at the end of the message

TEST(Reject421, InMidBodyEndsTheSessionBehindTheMessage) {
  ehlo::server_options const o = options();
  for (std::string const body : {"DATA\r\nx\r\n", "BDAT 3\r\nx\r\n", "BDAT 3 LAST\r\nx\r\n"}) {
    session<> s{o};
    s.say(envelope);
    s.to(event_type::body, body);
    EXPECT_EQ(s.server->reject({421, {4, 3, 0}, "disk full"}), errc::ok);
    s.out.clear();
    s.rest += body.starts_with("DATA") ? ".\r\nNOOP\r\n" : "NOOP\r\n";
    EXPECT_EQ(s.next().type(), event_type::message_dropped);
    EXPECT_EQ(s.next().type(), event_type::closed) << body;
    EXPECT_TRUE(s.out.ends_with("421 4.3.0 disk full\r\n")) << s.out;
    EXPECT_EQ(s.out.find("250 2.0.0 ok"), std::string::npos) << s.out;
  }
}

TEST(Reject421, OfTheFirstChunkEndsTheSessionBehindIt) {
  ehlo::server_options o = options();
  o.ask = o.ask | question::data;
  session<> s{o};
  s.say(envelope);
  s.to(event_type::data, "BDAT 3\r\n");
  EXPECT_EQ(s.server->reject({421, {4, 3, 0}, "disk full"}), errc::ok);
  s.out.clear();
  s.rest += "abcNOOP\r\n";
  EXPECT_EQ(s.next().type(), event_type::closed);
  EXPECT_EQ(s.out, "421 4.3.0 disk full\r\n");
}

TEST(Reject421, IsTheOnlyOne) {
  ehlo::server_options o = options();
  o.offer.add(ehlo::capability::auth);
  o.auth_mechanisms = o.auth_mechanisms_cleartext = "PLAIN";
  o.max_auth_failures = 1;
  session<> s{o};
  s.to(event_type::credentials, "EHLO c\r\nAUTH PLAIN AHVzZXIAc2VjcmV0\r\n");
  s.flush();
  s.out.clear();
  EXPECT_EQ(s.server->reject({421, {4, 7, 0}, "not now"}), errc::ok);
  EXPECT_EQ(s.next().type(), event_type::closed);
  EXPECT_EQ(s.out, "421 4.7.0 not now\r\n");
}

// --- the verdict of a refused message is written as any other

TEST(Verdicts, KeepTheirUtf8) {
  ehlo::server_options const o = options();
  for (std::string const body : {"DATA\r\nx\r\n", "BDAT 3 LAST\r\nx\r\n"}) {
    session<> s{o};
    s.say("EHLO c\r\nMAIL FROM:<a@b.org> SMTPUTF8\r\nRCPT TO:<c@d.org>\r\n");
    s.to(event_type::body, body);
    EXPECT_EQ(s.server->reject({550, {5, 7, 1}, "zu gro\xC3\x9F"}), errc::ok);
    std::string const said = s.say(body.starts_with("DATA") ? ".\r\n" : "");
    EXPECT_TRUE(said.ends_with("550 5.7.1 zu gro\xC3\x9F\r\n")) << said;
  }
}

// --- a farewell fits, wherever it comes

TEST(Farewell, OfManyLinesIsWholeBehindTheLongestReply) {
  ehlo::server_options const o = options();
  std::string text;
  std::string farewell;
  for (int i = 0; i != 40; ++i) {
    text += "a\n";
    farewell += i == 39 ? "421 4.0.0 a\r\n" : "421-4.0.0 a\r\n";
  }
  for (std::size_t size = 900; size != 1100; ++size) {
    session<ehlo::basic_server<1024, 1616>> s{o};
    s.to(event_type::mail, "EHLO c\r\nMAIL FROM:<a@b.org>\r\n");
    s.flush();
    EXPECT_EQ(s.server->reject({550, {}, std::string(size, 'x')}), errc::ok);
    EXPECT_EQ(s.server->shutdown({421, {}, text}), errc::ok);
    s.out.clear();
    EXPECT_EQ(s.next().type(), event_type::closed);
    s.check();
    EXPECT_TRUE(s.out.ends_with("x\r\n" + farewell)) << s.out;
  }
}

// --- EHLO that the host refuses leaves nothing behind

TEST(Hello, RefusedBetweenChunksSpoilsTheMessage) {  // RFC 5321 4.1.4, RFC 3030 2
  ehlo::server_options o = options();
  o.ask = o.ask | question::hello;
  session<> s{o};
  s.say(envelope);
  s.to(event_type::need_input, "BDAT 5\r\nhello");
  s.rest = "EHLO again\r\n";
  EXPECT_EQ(s.next().type(), event_type::message_dropped);
  ASSERT_EQ(s.next().type(), event_type::hello);
  EXPECT_EQ(s.server->reject({550, {}, "no"}), errc::ok);
  s.flush();
  s.out.clear();
  s.rest = "BDAT 5 LAST\r\nworld";
  for (ehlo::server_event e = s.next(); e.type() != event_type::need_input; e = s.next())
    ASSERT_NE(e.type(), event_type::message_begin) << "half a message";
  s.flush();
  EXPECT_TRUE(s.out.starts_with("503 ")) << s.out;
}

// --- endings

TEST(EndOfInput, OfABrokenConnectionIsAnEndEvenWithFullOutput) {
  ehlo::server_options const o = options();
  for (bool const clean : {true, false}) {
    session<> s{o};
    s.say("EHLO c\r\n");
    std::string noops;
    for (int i = 0; i != 90; ++i) noops += "VRFY a\r\n";
    std::string_view in{noops};
    while (s.server->next(in, {}).type() != event_type::need_output) {
    }
    ASSERT_FALSE(in.empty());
    EXPECT_EQ(s.server->end_of_input({}, clean), errc::ok);
    int calls = 0;
    for (; calls != 200; ++calls) {
      ehlo::server_event const e = s.server->next(in, {});
      if (e.type() == event_type::closed) break;
      if (clean && e.type() == event_type::need_output) s.flush();  // a broken connection takes nothing
    }
    EXPECT_LT(calls, 200) << "no progress";
  }
}

TEST(Deadline, OfTheHandshakeSaysNothing) {  // what goes out then would be read as TLS
  ehlo::server_options o = options();
  o.offer.add(ehlo::capability::starttls);
  session<> s{o};
  s.to(event_type::need_tls, "EHLO c\r\nSTARTTLS\r\n");
  s.now = s.server->deadline().at;
  EXPECT_EQ(s.server->deadline().phase, ehlo::deadline_phase::tls);
  EXPECT_EQ(s.server->on_deadline(s.now), errc::ok);
  EXPECT_EQ(s.server->output(), "");
  s.rest = "\x16\x03\x01";
  EXPECT_EQ(s.next().type(), event_type::closed);
}

TEST(TlsFailed, IsTheEndWhateverIsOffered) {
  ehlo::server_options o = options();
  o.offer.add(ehlo::capability::starttls);
  session<> s{o};
  s.to(event_type::need_tls, "EHLO c\r\nSTARTTLS\r\n");
  EXPECT_EQ(s.server->tls_failed(), errc::ok);
  s.rest = "\x15\x03\x01";
  EXPECT_EQ(s.next().type(), event_type::closed);
  EXPECT_EQ(s.server->output(), "");
}

TEST(TlsStarted, ForgetsHowMuchWasThrownAway) {
  ehlo::server_options o = options();
  o.offer.add(ehlo::capability::starttls);
  o.tolerances = ehlo::lenient;  // MAIL without another EHLO
  o.max_message_size = 10;
  session<> s{o};
  EXPECT_EQ(s.to(event_type::need_tls, "EHLO c\r\nSTARTTLS\r\nMAIL FROM:<evil@b.org>\r\n").dropped_octets(), 24U);
  EXPECT_EQ(s.server->tls_started({}), errc::ok);
  EXPECT_EQ(
      s.to(event_type::message_end, "MAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nBDAT 7 LAST\r\nhello\r\n").octets(),
      7U);
}

TEST(Deadline, IsNotPutOffByALineThatIsTooLong) {  // RFC 5321 4.5.3.2.7
  ehlo::server_options const o = options();
  session<> s{o};
  s.say("EHLO c\r\n");
  ehlo::instant const due = s.server->deadline().at;
  s.say(std::string(5000, 'x'));
  for (int i = 0; i != 10; ++i) {
    s.now = s.now + ehlo::one_minute / 3;
    s.say("x");
  }
  EXPECT_EQ(s.server->deadline().at, due);
}

TEST(Accept, TakesNoOtherCodeWhereItWouldMeanSomethingElse) {
  ehlo::server_options o = options();
  o.offer.add(ehlo::capability::starttls).add(ehlo::capability::auth);
  o.ask = o.ask | question::starttls;
  o.auth_mechanisms_cleartext = "PLAIN";
  session<> s{o};
  s.to(event_type::credentials, "EHLO c\r\nAUTH PLAIN AHVzZXIAcGFzcw==\r\n");
  EXPECT_EQ(s.server->accept({250, {2, 0, 0}}), errc::local_code);
  EXPECT_EQ(s.server->accept({235, {2, 7, 0}, "hello user"}), errc::ok);
  EXPECT_TRUE(s.server->authenticated());
  s.rest = "STARTTLS\r\n";
  EXPECT_EQ(s.next().type(), event_type::starttls);
  EXPECT_EQ(s.server->accept({250}), errc::local_code);
  EXPECT_EQ(s.server->accept({220}), errc::ok);
  EXPECT_EQ(s.to(event_type::need_tls).type(), event_type::need_tls);
}

TEST(Xclient, MakesAStrangerOfTheClient) {  // somebody else speaks behind the proxy
  ehlo::server_options o = options();
  o.offer.add(ehlo::capability::xclient).add(ehlo::capability::auth);
  o.xclient_attributes = "ADDR";
  o.auth_mechanisms_cleartext = "PLAIN";
  o.require_auth = true;
  session<> s{o};
  s.to(event_type::xclient, "EHLO c\r\nAUTH PLAIN AHVzZXIAcGFzcw==\r\nXCLIENT ADDR=192.0.2.1\r\n");
  EXPECT_TRUE(s.server->authenticated());
  EXPECT_EQ(s.server->accept(), errc::ok);
  EXPECT_FALSE(s.server->authenticated());
  EXPECT_EQ(s.to(event_type::refused, "EHLO c\r\nMAIL FROM:<a@b.org>\r\n").error(), errc::peer_auth_required);
}

TEST(IdleCommands, CountACommandThatWaitsForADropOnce) {
  ehlo::server_options o = options();
  o.max_idle_commands = 3;  // EHLO, MAIL, RSET
  session<> s{o};
  s.to(event_type::reset, "EHLO c\r\nMAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nBDAT 1\r\nxRSET\r\n");
  EXPECT_EQ(s.server->state(), ehlo::server_state::ready);
}

TEST(EndOfInput, MayTurnOutToBeABreak) {  // the peer has closed its side, and then a write fails
  ehlo::server_options const o = options();
  session<> s{o};
  s.say("EHLO c\r\n");
  EXPECT_EQ(s.server->end_of_input({}, true), errc::ok);
  EXPECT_EQ(s.server->end_of_input({}, true), errc::local_order);
  std::string_view in;
  s.rest.clear();
  EXPECT_EQ(s.server->end_of_input({}, false), errc::ok);
  EXPECT_EQ(s.server->end_of_input({}, false), errc::local_order);
  EXPECT_EQ(s.server->next(in, {}).type(), event_type::closed);
}

TEST(EarlyTalker, IsTurnedAwayAlsoByAHostThatDelaysItsGreeting) {
  ehlo::server_options o = options();
  o.ask = question::greeting;
  o.reject_early_talkers = true;
  session<> s{o};
  EXPECT_EQ(s.next().type(), event_type::greeting);
  s.rest = "EHLO c\r\n";
  EXPECT_EQ(s.next().type(), event_type::need_reply);
  EXPECT_EQ(s.server->accept(), errc::ok);
  EXPECT_EQ(s.next().type(), event_type::early_talker);
  EXPECT_EQ(s.next().type(), event_type::closed);
  EXPECT_EQ(s.out, "554 spoke before the greeting\r\n");
}

}  // namespace
