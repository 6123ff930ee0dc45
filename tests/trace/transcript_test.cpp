// SPDX-License-Identifier: BSL-1.0
// Transcripts as text and JSON, recordings, and what is played from them again.
#include "ehlo/trace/transcript.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ehlo/client.hpp"
#include "ehlo/server.hpp"
#include "ehlo/trace/client_replay.hpp"
#include "ehlo/trace/recording.hpp"
#include "ehlo/trace/server_replay.hpp"
#include "ehlo/trace/transcript_json.hpp"
#include "ehlo/trace/transcript_text.hpp"
#include "told.hpp"

namespace {

using namespace ehlo_test;
using ehlo::instant;
using ehlo::trace::record_kind;
using ehlo::trace::speaker;
using texts = std::vector<std::string>;

/// A session of both sides with the times, as a host beside an engine would tell it.
template <class Taker, class Show>
void play_session(Taker& taker, Show&& show) {
  auto const says = [&](speaker who, std::string_view text, std::int64_t ms) {
    std::string_view client = who == speaker::client ? text : "";
    std::string_view server = who == speaker::server ? text : "";
    taker.read(client, server, instant{ms}, show);
    EXPECT_TRUE(client.empty() && server.empty());
  };
  says(speaker::server, "220 s.example\r\n", 1000);
  says(speaker::client, "EHLO c.example\r\nSTARTTLS\r\n", 1012);
  says(speaker::server, "250-s.example\r\n250 STARTTLS\r\n220 go\r\n", 1013);
  taker.tls_started("TLSv1.3", instant{1090}, show);
  says(speaker::client, "AUTH PLAIN AHVzZXIAc2VjcmV0\r\n", 1100);
  taker.note("credentials: by PLAIN", instant{1101}, show);
  says(speaker::server, "235 2.7.0 welcome\r\n", 1102);
  says(speaker::client, "MAIL FROM:<a@b>\r\nRCPT TO:<\"\x1b[2J\"@d>\r\nDATA\r\n", 1110);
  says(speaker::server, "250 2.1.0 ok\r\n550 5.1.1 no\r\n354 go\r\n", 1115);
  says(speaker::client, "Hel", 2000);
  says(speaker::client, "lo\r\n.\r\nQUIT\r\n", 3000);
  says(speaker::server, "250 2.0.0 stored\r\n221 2.0.0 bye\r\n", 3007);
}

TEST(Transcript, AsText) {
  trace::transcript t;
  texts rows;
  std::array<char, trace::text_row_size> storage;
  auto const show = [&](trace::row const& r) { rows.emplace_back(write_text(r, instant{1000}, storage)); };
  play_session(t, show);
  t.end(instant{3007}, show);
  EXPECT_EQ(rows,
            (texts{
                "     0.000   S: 220 s.example                                     greeting: ready",
                "     0.012   C: EHLO c.example                                    hello: the client names itself "
                "and asks what is offered",
                "     0.012   C: STARTTLS                                          starttls: asks to go on in TLS",
                "     0.013   S: 250-s.example",
                "     0.013   S: 250 STARTTLS                                      hello: the session can go on in TLS "
                "(RFC 3207)",
                "     0.013   S: 220 go                                            starttls: ready",
                "     0.090   -- TLSv1.3",
                "     0.100 * C: AUTH PLAIN <secret>                               auth: the client proves who it "
                "is",
                "     0.101   -- credentials: by PLAIN",
                "     0.102 * S: 235 2.7.0 welcome                                 auth: authenticated",
                "     0.110 * C: MAIL FROM:<a@b>                                   mail: a message begins: who "
                "gets the error reports",
                "     0.110 * C: RCPT TO:<\"\\x1b[2J\"@d>                             rcpt: one recipient",
                "     0.110 * C: DATA                                              data: asks to send the message",
                "     0.115 * S: 250 2.1.0 ok                                      mail: done",
                "     0.115 * S: 550 5.1.1 no                                      rcpt: bad destination mailbox "
                "address",
                "     0.115 * S: 354 go                                            data: send the message, and "
                "end it with a dot",
                "     2.000 * C: <7 octets of message>                             verdict: the message",
                "     2.000 * C: .                                                 verdict: the message is complete",
                "     2.000 * C: QUIT                                              quit: the client is done",
                "     2.007 * S: 250 2.0.0 stored                                  verdict: the server has taken "
                "the message",
                "     2.007 * S: 221 2.0.0 bye                                     quit: goodbye; the server "
                "closes the connection",
            }));
}
TEST(Transcript, AsJson) {
  trace::transcript t;
  texts rows;
  std::array<char, trace::json_row_size> storage;
  play_session(t, [&](trace::row const& r) { rows.emplace_back(write_json(r, instant{1000}, storage)); });
  ASSERT_EQ(rows.size(), 21U);
  EXPECT_EQ(rows[0], R"({"no":1,"ms":0,"from":"server","kind":"reply","phase":"greeting","tls":false,"code":220,)"
                     R"("text":"220 s.example","means":"ready"})");
  EXPECT_EQ(rows[6], R"({"no":7,"ms":90,"note":"TLSv1.3"})");
  EXPECT_EQ(rows[7], R"({"no":8,"ms":100,"from":"client","kind":"secret","phase":"auth","verb":"AUTH","tls":true,)"
                     R"("text":"AUTH PLAIN","saved":1,"means":"the client proves who it is"})");
  EXPECT_EQ(rows[11], R"({"no":12,"ms":110,"from":"client","kind":"command","phase":"rcpt","verb":"RCPT","tls":true,)"
                      R"("text":"RCPT TO:<\"\u001b[2J\"@d>","pipelined":true,"saved":1,"means":"one recipient"})");
  EXPECT_EQ(rows[14], R"({"no":15,"ms":115,"from":"server","kind":"reply","phase":"rcpt","verb":"RCPT","tls":true,)"
                      R"("code":550,"status":"5.1.1","text":"550 5.1.1 no","saved":1,)"
                      R"("means":"bad destination mailbox address"})");
  EXPECT_EQ(rows[16], R"({"no":17,"ms":2000,"from":"client","kind":"text","phase":"verdict","verb":"DATA","tls":true,)"
                      R"("octets":7,"saved":3,"means":"the message"})");
}
TEST(Transcript, NothingOfAPeersMovesTheCursor) {
  std::array<char, 256> storage;
  ehlo::text_writer to{storage};
  trace::put_visible(to, "a\t\x1b\x7f\xff\xC3\xA4\xC2\x9B\xE2\x80\xAE\xE2\x80\x8B!");
  EXPECT_EQ(to.written(), "a\\t\\x1b\\x7f\\xff\xC3\xA4\\xc2\\x9b\\xe2\\x80\\xae\\xe2\\x80\\x8b!");
  ehlo::text_writer json{storage};
  trace::put_json(json, "\"\\\n\xff\xC3\xA4");
  EXPECT_EQ(json.written(), "\"\\\"\\\\\\u000a\\ufffd\xC3\xA4\"");
  // Unicode's controls too: C1, soft hyphen, Arabic letter mark, other directions, a tag.
  for (auto const& [text, escaped] : {std::pair{"\xC2\x9B", "\"\\u009b\""},
                                      {"\xC2\xAD", "\"\\u00ad\""},
                                      {"\xD8\x9C", "\"\\u061c\""},
                                      {"\xE2\x80\xAE", "\"\\u202e\""},
                                      {"\xEF\xBB\xBF", "\"\\ufeff\""},
                                      {"\xF3\xA0\x81\x81", "\"\\udb40\\udc41\""}}) {
    EXPECT_EQ(trace::visible_character(text), 0U) << escaped;
    ehlo::text_writer one{storage};
    trace::put_json(one, text);
    EXPECT_EQ(one.written(), escaped);
  }
}

texts recorded(trace::recorded_messages messages) {
  trace::recorder r{messages, instant{1000}};
  texts all;
  auto const write = [&](std::string_view line) { all.emplace_back(line); };
  play_session(r, write);
  r.end(speaker::client, instant{3010}, write);
  return all;
}
TEST(Recording, HoldsEverythingButSecrets) {
  EXPECT_EQ(recorded(trace::recorded_messages::whole), (texts{"ehlo recording 1",
                                                              R"(0 S "220 s.example\r\n")",
                                                              R"(12 C "EHLO c.example\r\n")",
                                                              R"(12 C "STARTTLS\r\n")",
                                                              R"(13 S "250-s.example\r\n")",
                                                              R"(13 S "250 STARTTLS\r\n")",
                                                              R"(13 S "220 go\r\n")",
                                                              R"(90 T "TLSv1.3")",
                                                              R"(100 C "AUTH PLAIN AHgAeA==\r\n")",
                                                              R"(101 N "credentials: by PLAIN")",
                                                              R"(102 S "235 2.7.0 welcome\r\n")",
                                                              R"(110 C "MAIL FROM:<a@b>\r\n")",
                                                              R"(110 C "RCPT TO:<\"\x1b[2J\"@d>\r\n")",
                                                              R"(110 C "DATA\r\n")",
                                                              R"(115 S "250 2.1.0 ok\r\n")",
                                                              R"(115 S "550 5.1.1 no\r\n")",
                                                              R"(115 S "354 go\r\n")",
                                                              R"(1000 C "Hel")",
                                                              R"(2000 C "lo\r\n")",
                                                              R"(2000 C ".\r\n")",
                                                              R"(2000 C "QUIT\r\n")",
                                                              R"(2007 S "250 2.0.0 stored\r\n")",
                                                              R"(2007 S "221 2.0.0 bye\r\n")",
                                                              R"(2010 E "client")"}));
  texts const shapes = recorded(trace::recorded_messages::shape);
  EXPECT_EQ(shapes[17], R"(1000 C "xxx")");
  EXPECT_EQ(shapes[18], R"(2000 C "xx\r\n")");
}
TEST(Recording, IsReadAsItWasWritten) {
  std::array<char, trace::record_line_size> line;
  std::array<char, trace::record_line_size> storage;
  std::string every;
  for (int c = 0; c != 256; ++c) every += static_cast<char>(c);
  for (record_kind const kind :
       {record_kind::client, record_kind::server, record_kind::tls, record_kind::end, record_kind::note}) {
    trace::record read;
    ASSERT_TRUE(trace::parse_record(trace::write_record({77, kind, every}, line), storage, read));
    EXPECT_EQ(read.at, 77);
    EXPECT_EQ(read.kind, kind);
    EXPECT_EQ(read.text, every);
  }
}
TEST(Recording, WhatIsNoRecordIsRefused) {
  std::array<char, 256> storage;
  trace::record r;
  EXPECT_TRUE(trace::parse_record(R"(0 C "")", storage, r));
  for (std::string_view const text :
       {"", "0", "0 C", "0 C \"", "C \"a\"", "-1 C \"a\"", "0 X \"a\"", "0 C a", "0 C \"a", "0 C \"a\"b", "0 C \"a\\\"",
        "0 C \"\\q\"", "0 C \"\\x1\"", "0 C \"\\xg1\"", "0 C \"\n\"", "0 C \"\xff\"", "99999999999999999999 C \"a\"",
        "0  C \"a\"", "0 C  \"a\""})
    EXPECT_FALSE(trace::parse_record(text, storage, r)) << text;
}

struct session {
  std::string client;
  std::string server;
};

ehlo::server_options replayed_options() {
  ehlo::server_options o{.hostname = "mx.example"};
  o.offer.add(ehlo::capability::auth).add(ehlo::capability::vrfy).add(ehlo::capability::expn);
  o.offer.add(ehlo::capability::starttls);
  o.ask = ehlo::question::mail | ehlo::question::rcpt | ehlo::question::vrfy | ehlo::question::expn;
  o.auth_mechanisms_cleartext = o.auth_mechanisms = "PLAIN LOGIN SCRAM-SHA-256";
  return o;
}

/// A session of this server, with a recorder beside it; what the recording holds.
session recorded_session(ehlo::server_options const& o, std::string_view client, bool times_out) {
  ehlo::server smtp{o, {}};
  trace::recorder recorder{trace::recorded_messages::whole, {}};
  session said;
  std::array<char, trace::record_line_size> storage;
  auto const write = [&](std::string_view line) {
    trace::record r;
    if (!parse_record(line, storage, r)) return;
    if (r.kind == record_kind::client) said.client += r.text;
    if (r.kind == record_kind::server) said.server += r.text;
  };
  std::size_t seen = 0;
  for (;;) {
    std::string_view const before = client;
    ehlo::server_event const e = smtp.next(client, {});
    std::string_view used = before.substr(0, before.size() - client.size());
    using enum ehlo::event_type;
    if (e.type() == rcpt && e.rcpt().to.local_part == "nobody") {
      smtp.reject({550, {5, 1, 1}, "nobody here"});
    } else if (e.type() == expn) {
      EXPECT_EQ(smtp.reply_line("a@b"), ehlo::errc::ok);
      smtp.accept("c@d");
    } else if (e.type() == auth) {
      EXPECT_EQ(smtp.challenge("salt"), ehlo::errc::ok);
    } else if (e.type() == auth_response || e.type() == credentials) {
      smtp.reject({535, {5, 7, 8}, "wrong"});
    } else if (e.is_question()) {
      smtp.accept();
    }
    std::string_view fresh = smtp.output().substr(seen);
    seen = smtp.output().size();
    recorder.read(used, fresh, {}, write);
    if (e.type() == need_tls) {
      smtp.tls_started({});
      recorder.tls_started("", {}, write);
    }
    smtp.sent(smtp.output().size());
    seen = 0;
    if (e.type() == closed) return said;
    if (e.type() != need_input || !client.empty()) continue;
    if (!std::exchange(times_out, false)) return said;
    smtp.on_deadline(smtp.deadline().at);
  }
}

TEST(Replay, GoesAsRecorded) {
  ehlo::server_options const o = replayed_options();
  std::string const long_line = "EHLO c\r\nNOOP " + std::string(5000, 'x') + "\r\nNOOP\r\nAUTH PLAIN " +
                                std::string(20000, 'x') + "\r\nAUTH PLAIN " + std::string(4000, 'x') + "\r\nQUIT\r\n";
  for (std::string_view const client :
       {"EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<nobody@d>\r\nRCPT TO:<x@d>\r\nDATA\r\nhello\r\n..\r\n.\r\nQUIT\r\n",
        "EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<x@d>\r\nBDAT 5\r\nhelloBDAT 0 LAST\r\nRSET\r\nNOOP\r\nQUIT\r\n",
        "EHLO c\r\nAUTH PLAIN AHVzZXIAc2VjcmV0\r\nAUTH LOGIN\r\ndXNlcg==\r\nc2VjcmV0\r\nQUIT\r\n",
        "EHLO c\r\nAUTH SCRAM-SHA-256 biws\r\nYWJj\r\nAUTH FOO\r\nAUTH PLAIN =\r\nAUTH PLAIN\r\n*\r\nQUIT\r\n",
        "EHLO c\r\nSTARTTLS\r\n", "HELO c\r\nVRFY x\r\nEXPN list\r\nfoo\r\nRCPT TO:<a@b>\r\nDATA\r\nQUIT\r\n",
        long_line.c_str(), "GET / HTTP/1.1\r\n", "EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<x@d>\r\nDATA\r\nhello\r\n"}) {
    for (bool const times_out : {false, true}) {
      session const said = recorded_session(o, client, times_out);
      ehlo::server smtp{o, {}};
      trace::replay_result const r = trace::server_replay{smtp, said.client, said.server}.run({});
      EXPECT_TRUE(r.same) << client << "--\n" << said.server << "--\n" << said.server.substr(r.matched);
      EXPECT_EQ(r.matched, said.server.size());
      EXPECT_EQ(r.unread, 0U) << client;
    }
  }
}
TEST(Replay, EndsWhereTheHostHadNotAnsweredYet) {
  ehlo::server_options const o = replayed_options();
  session const said = recorded_session(o, "EHLO c\r\nMAIL FROM:<a@b>\r\n", false);
  std::string_view const asked = std::string_view{said.server}.substr(0, said.server.find("250 2.1.0"));
  ASSERT_LT(asked.size(), said.server.size());
  ehlo::server smtp{o, {}};
  EXPECT_TRUE((trace::server_replay{smtp, said.client, asked}.run({}).same));
}
TEST(Replay, TellsWhereItGoesAnotherWay) {
  ehlo::server_options const o = replayed_options();
  session said = recorded_session(o, "EHLO c\r\nMAIL FROM:<a@b>\r\nNOOP\r\nQUIT\r\n", false);
  std::size_t const at = said.server.find("250 2.0.0");
  ASSERT_NE(at, said.server.npos);
  said.server.replace(at, 3, "251");
  ehlo::server smtp{o, {}};
  trace::replay_result const r = trace::server_replay{smtp, said.client, said.server}.run({});
  EXPECT_FALSE(r.same);
  EXPECT_EQ(r.matched, at);
}

/// A client and a server, with a recorder on the wire between them; what the recording holds.
struct wire {
  explicit wire(ehlo::client_options const& o) : smtp{o, {}} {}

  session said;
  trace::recorder recorder{trace::recorded_messages::whole, {}};
  ehlo::client smtp;
  ehlo::server_options server_options = replayed_options();
  ehlo::server server{server_options, {}};
  std::string to_client, to_server;

  void record(std::string_view client, std::string_view from_server) {
    recorder.read(client, from_server, {}, [this](std::string_view line) {
      trace::record r;
      std::array<char, trace::record_line_size> storage;
      if (!parse_record(line, storage, r)) return;
      if (r.kind == record_kind::client) said.client += r.text;
      if (r.kind == record_kind::server) said.server += r.text;
    });
  }
  void run_server() {
    std::string_view in = to_server;
    for (;;) {
      ehlo::server_event const e = server.next(in, {});
      using enum ehlo::event_type;
      if (e.type() == rcpt && e.rcpt().to.local_part == "nobody") {
        server.reject({550, {5, 1, 1}, "nobody here"});
      } else if (e.type() == mail && e.mail().from.local_part == "closing") {
        server.reject({421, {4, 3, 2}, "not now"});
      } else if (e.type() == auth) {
        EXPECT_EQ(server.challenge("salt"), ehlo::errc::ok);
      } else if (e.is_question()) {
        server.accept();
      }
      record({}, server.output());
      to_client += server.output();
      server.sent(server.output().size());
      if (e.type() == need_tls) server.tls_started({});
      if (e.type() == closed || (e.type() == need_input && in.empty())) break;
    }
    to_server.clear();
  }
  void run(ehlo::envelope& message, std::string_view text) {
    bool submitted = false;
    for (std::string_view in;;) {
      ehlo::client_event const e = smtp.next(in, {});
      using enum ehlo::client_event_type;
      if (e.type() == closed) return;
      if (e.type() == ready && std::exchange(submitted, true)) {
        EXPECT_EQ(smtp.quit(), ehlo::errc::ok);
      } else if (e.type() == ready) {
        EXPECT_EQ(smtp.submit(message), ehlo::errc::ok);
      } else if (e.type() == need_body) {
        EXPECT_EQ(smtp.body(text, true), ehlo::errc::ok);
      } else if (e.type() == auth || e.type() == challenge) {
        EXPECT_EQ(smtp.respond(e.type() == auth ? "hello" : "secret"), ehlo::errc::ok);
      } else if (e.type() == need_tls) {
        smtp.tls_started({});
        recorder.tls_started("", {}, [](std::string_view) {});
      }
      std::string out;
      for (std::string_view const view : smtp.output()) out += view;
      record(out, {});
      smtp.sent(out.size());
      to_server += out;
      if (e.type() != need_input || !in.empty()) continue;
      to_client.clear();
      run_server();
      in = to_client;
    }
  }
};

struct client_case {
  ehlo::client_options options;
  std::string_view from;
  std::vector<std::string_view> to;
  std::string_view text;
};
TEST(Replay, OfAClientGoesAsRecordedToo) {
  using ehlo::tls_policy;
  ehlo::client_options plain{.hostname = "c.example", .tls = tls_policy::never};
  ehlo::client_options chunks = plain;
  chunks.chunking = true;
  chunks.chunk_size = 7;
  ehlo::client_options login = plain;
  login.auth_in_cleartext = true;
  login.mechanisms = "PLAIN";
  login.user_name = login.password = "x";
  ehlo::client_options prompts = login;
  prompts.mechanisms = "LOGIN";
  ehlo::client_options host = login;
  host.mechanisms = "SCRAM-SHA-256";
  ehlo::client_options starttls = plain;
  starttls.tls = tls_policy::require;
  std::string_view const text = "Subject: x\r\n\r\n.dot\r\n..\r\n.\r\nlast\r\n";
  for (client_case const& one : {client_case{plain, "a@b.example", {"x@d.example"}, text},
                                 {plain, "", {"x@d.example", "nobody@d.example", "y@d.example"}, text},
                                 {plain, "a@b.example", {"nobody@d.example"}, text},
                                 {plain, "closing@b.example", {"x@d.example"}, text},
                                 {plain, "a@b.example", {"x@d.example"}, ""},
                                 {chunks, "a@b.example", {"x@d.example"}, text},
                                 {chunks, "a@b.example", {"nobody@d.example"}, text},
                                 {login, "a@b.example", {"x@d.example"}, text},
                                 {prompts, "a@b.example", {"x@d.example"}, text},
                                 {host, "a@b.example", {"x@d.example"}, text},
                                 {starttls, "a@b.example", {"x@d.example"}, text}}) {
    std::vector<ehlo::recipient> to;
    for (std::string_view const path : one.to) to.push_back({path, {ehlo::notify_type::never, {}, {}}});
    ehlo::envelope message{one.from, {}, to};
    message.params.ret = ehlo::ret_type::headers;
    wire session{one.options};
    session.run(message, one.text);
    ehlo::client smtp{one.options, {}};
    std::vector<ehlo::recipient> room(5);
    trace::replay_result const r = trace::client_replay{smtp, session.said.client, session.said.server, room}.run({});
    EXPECT_TRUE(r.same) << session.said.client << "--\n" << session.said.client.substr(r.matched);
    EXPECT_EQ(r.matched, session.said.client.size());
    EXPECT_EQ(r.unread, 0U) << session.said.server;

    session.said.client.replace(session.said.client.find("c.example"), 1, "d");
    ehlo::client another{one.options, {}};
    EXPECT_FALSE((trace::client_replay{another, session.said.client, session.said.server, room}.run({}).same));
  }
}

}  // namespace
