// SPDX-License-Identifier: BSL-1.0
// Who said what, and what it answers; secrets never appear.
#include "ehlo/trace/dialogue.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/trace/open_commands.hpp"
#include "told.hpp"

namespace {

using namespace ehlo_test;
using ehlo::trace::dialogue;
using ehlo::trace::message_end;

TEST(Dialogue, RepliesStandBehindTheCommandsThatTheyAnswer) {
  EXPECT_EQ(told("EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<x@y>\r\nRCPT TO:<z@y>\r\nDATA\r\nhi\r\n..\r\n.\r\nQUIT\r\n",
                 "220 s\r\n250-s\r\n250 PIPELINING\r\n250 ok\r\n250 ok\r\n550 no\r\n354 go\r\n250 done\r\n221 bye\r\n"),
            (lines{"S greeting 220 s", "C hello EHLO c", "S hello 250-s", "S hello 250 PIPELINING",
                   "C mail MAIL FROM:<a@b>", "S mail 250 ok", "C rcpt RCPT TO:<x@y>", "S rcpt 250 ok",
                   "C rcpt RCPT TO:<z@y>", "S rcpt 550 no", "C data DATA", "S data 354 go", "C verdict <8>",
                   "C verdict .", "S verdict 250 done", "C quit QUIT", "S quit 221 bye"}));
}
TEST(Dialogue, WhatIsOfferedInItsOrderTellsWhatWasPipelined) {
  dialogue d;
  EXPECT_EQ(told(d, "", "220 s\r\n"), (lines{"S greeting 220 s"}));
  EXPECT_EQ(told(d, "MAIL FROM:<>\r\nRCPT TO:<x@y>\r\nDATA\r\n", ""),
            (lines{"C mail MAIL FROM:<>", "C rcpt RCPT TO:<x@y> [pipelined]", "C data DATA [pipelined]"}));
  EXPECT_EQ(told(d, "", "250 ok\r\n250 ok\r\n354 go\r\n"), (lines{"S mail 250 ok", "S rcpt 250 ok", "S data 354 go"}));
  EXPECT_EQ(told(d, ".\r\nQUIT\r\n", ""), (lines{"C verdict .", "C quit QUIT [pipelined]"}));
}
TEST(Dialogue, TextIsReadOnlyBehind354) {
  EXPECT_EQ(told("DATA\r\nRSET\r\n.\r\nNOOP\r\n", "220 s\r\n503 no\r\n250 ok\r\n500 what\r\n250 ok\r\n"),
            (lines{"S greeting 220 s", "C data DATA", "S data 503 no", "C reset RSET", "S reset 250 ok", "C command .",
                   "S command 500 what", "C command NOOP", "S command 250 ok"}));
  dialogue d;
  EXPECT_EQ(told(d, "DATA\r\nRSET\r\n", "220 s\r\n"),
            (lines{"S greeting 220 s", "C data DATA", "left of the client's: RSET\r\n"}));
}
TEST(Dialogue, ChunksAreOctetsWhateverTheyLookLike) {
  EXPECT_EQ(told("BDAT 7\r\nQUIT\r\n.BDAT 0 LAST\r\nQUIT\r\n", "220 s\r\n250 7\r\n250 done\r\n221 bye\r\n"),
            (lines{"S greeting 220 s", "C chunk BDAT 7", "S chunk 250 7", "C chunk <7>", "C verdict BDAT 0 LAST",
                   "S verdict 250 done", "C quit QUIT", "S quit 221 bye"}));
}
TEST(Dialogue, LmtpAnswersForEachRecipient) {
  EXPECT_EQ(told("LHLO c\r\nRCPT TO:<x@y>\r\nRCPT TO:<z@y>\r\nDATA\r\n.\r\nQUIT\r\n",
                 "220 s\r\n250 s\r\n250 ok\r\n250 ok\r\n354 go\r\n250 x\r\n452 z\r\n221 bye\r\n"),
            (lines{"S greeting 220 s", "C hello LHLO c", "S hello 250 s", "C rcpt RCPT TO:<x@y>", "S rcpt 250 ok",
                   "C rcpt RCPT TO:<z@y>", "S rcpt 250 ok", "C data DATA", "S data 354 go", "C verdict .",
                   "S verdict 250 x", "S verdict 452 z", "C quit QUIT", "S quit 221 bye"}));
}
TEST(Dialogue, LmtpAnswersForEachRecipientOfAChunkThatWasPipelinedToo) {
  // How many they are is not known when BDAT is said; none: no reply (RFC 2033 4.3).
  dialogue d;
  EXPECT_EQ(told(d, "LHLO c\r\n", "220 s\r\n250 s\r\n").size(), 3U);
  EXPECT_EQ(told(d,
                 "RCPT TO:<x@y>\r\nRCPT TO:<z@y>\r\nBDAT 1 LAST\r\naRCPT TO:<n@y>\r\nBDAT 1 LAST\r\nb"
                 "RCPT TO:<x@y>\r\nBDAT 0 LAST\r\nQUIT\r\n",
                 "")
                .size(),
            10U);
  EXPECT_EQ(told(d, "", "250 ok\r\n250 ok\r\n250 x\r\n452 z\r\n550 no\r\n250 ok\r\n250 x\r\n221 bye\r\n"),
            (lines{"S rcpt 250 ok", "S rcpt 250 ok", "S verdict 250 x", "S verdict 452 z", "S rcpt 550 no",
                   "S rcpt 250 ok", "S verdict 250 x", "S quit 221 bye"}));
}

TEST(Dialogue, SecretsAreNotTold) {
  // user NUL password; of LOGIN each for itself
  EXPECT_EQ(told("AUTH PLAIN AHVzZXIAcGFzc3dvcmQ=\r\n", "220 s\r\n235 ok\r\n"),
            (lines{"S greeting 220 s", "C auth AUTH PLAIN~ AHgAeA==", "S auth 235 ok"}));
  EXPECT_EQ(told("AUTH LOGIN\r\ndXNlcg==\r\ncGFzc3dvcmQ=\r\n", "220 s\r\n334 VXNlcm5hbWU6\r\n334 UGFz\r\n535 no\r\n"),
            (lines{"S greeting 220 s", "C auth AUTH LOGIN",
                   "S auth 334~ eA==", "C auth ~eA==", "S auth 334~ eA==", "C auth ~eA==", "S auth 535 no"}));
  EXPECT_EQ(told("auth scram-sha-256 =\r\n*\r\n", "220 s\r\n334 \r\n501 no\r\n"),
            (lines{"S greeting 220 s", "C auth auth scram-sha-256~ =", "S auth 334~ ", "C auth *~", "S auth 501 no"}));
}
TEST(Dialogue, WhatMayBeASecretIsOne) {
  // An exchange that goes on although it was refused; up to the next command.
  EXPECT_EQ(told("AUTH LOGIN\r\nc2VjcmV0\r\nhunter2\r\nQUIT\r\nfoo\r\n",
                 "220 s\r\n504 no\r\n500 a\r\n500 b\r\n221 c\r\n500 d\r\n"),
            (lines{"S greeting 220 s", "C auth AUTH LOGIN", "S auth 504 no", "C auth ~eA==", "S auth 500 a",
                   "C auth ~!", "S auth 500 b", "C quit QUIT", "S quit 221 c", "C command foo", "S command 500 d"}));
  // A mechanism that is none may be the password, a verb that is none may be AUTH.
  for (std::string_view const line : {"AUTH hunter2", "AUTH HUNTER2", "AUTH  HUNTER2 x", "AUTHPLAIN hunter2",
                                      "auth\thunter2", "  AUTH PLAIN hunter2", "AUTH=PLAIN hunter2"}) {
    lines const all = told(std::string{line} + "\r\n", "220 s\r\n500 no\r\n");
    ASSERT_EQ(all.size(), 3U) << line;
    EXPECT_EQ(all[1].find("unter2"), std::string::npos) << all[1];
    EXPECT_EQ(all[1].find("UNTER2"), std::string::npos) << all[1];
    EXPECT_NE(all[1].find('~'), std::string::npos) << all[1];
  }
  // Too long for the storage, cut off, or the last thing that was said.
  std::string const endless(5000, 'p');
  EXPECT_EQ(told("AUTH PLAIN " + endless + "\r\n", "220 s\r\n500 no\r\n"),
            (lines{"S greeting 220 s", "C auth AUTH PLAIN~ ! [too long]", "S auth 500 no"}));
  EXPECT_EQ(told("AUTH OAUTHBEARER" + endless + "\r\n", "220 s\r\n500 no\r\n"),
            (lines{"S greeting 220 s", "C auth AUTH~ ! [too long]", "S auth 500 no"}));
  for (std::string_view const client : {"AUTH PLAIN AHVzZXIAcGFz", "AUTH PLAIN\r\nAHVzZXIAcGFz"}) {
    dialogue d;
    std::string_view from_client = client;
    std::string_view from_server = "220 s\r\n334 \r\n";
    while (d.next(from_client, from_server).kind != trace::line_kind::none) {
    }
    std::string const last = told(d.end(trace::speaker::client));
    EXPECT_TRUE(last == "C none AUTH [unfinished]" || last == "C none  [unfinished]") << last;
  }
}
TEST(Dialogue, AChallengeHidesWhatFollowsWhateverItAnswers) {
  // A reply too many: 334 answers nothing.
  EXPECT_EQ(told("AUTH LOGIN\r\ndXNlcg==\r\nc2VjcmV0\r\n", "220 s\r\n250 a\r\n334 b\r\n334 c\r\n235 d\r\n"),
            (lines{"S greeting 220 s", "C auth AUTH LOGIN", "S auth 250 a", "C auth ~eA==", "S auth 334~ !",
                   "C auth ~eA==", "S auth 334~ !", "S none 235 d [surplus]"}));
  // The capture began within an exchange.
  EXPECT_EQ(told("c2VjcmV0\r\n", "334 UGFzc3dvcmQ6\r\n235 ok\r\n"),
            (lines{"S none 334~ eA== [surplus]", "C auth ~eA==", "S auth 235 ok"}));
  dialogue d;
  EXPECT_EQ(told(d, "c2VjcmV0\r\n", ""), (lines{"C auth ~eA== [pipelined]"}));
  EXPECT_EQ(told(d, "", "235 ok\r\n"), (lines{"S auth 235 ok"}));
}
TEST(Dialogue, AServerThatSaysASecretAgainIsNotTold) {
  EXPECT_EQ(told("AUTH LOGIN\r\nc2VjcmV0cGFzcw==\r\nRSET\r\nAUTH PLAIN AHVzZXIAcGFzcw\r\nAUTH hunter2 x\r\n",
                 "220 s\r\n504 5.5.4 LOGIN\r\n500 5.5.1 what: \"c2VjcmV0cGFzcw==\"\r\n250 ok\r\n"
                 "501-5.5.2 hm\r\n501 5.5.2 cannot decode AHVZZXIAcGFzcw\r\nhunter2\r\n504 HUNTER2?\r\n"),
            (lines{"S greeting 220 s", "C auth AUTH LOGIN", "S auth 504 5.5.4 LOGIN", "C auth ~eA==", "S auth 500~ !",
                   "C reset RSET", "S reset 250 ok", "C auth AUTH PLAIN~ !", "S auth 501-5.5.2 hm", "S auth 501~ !",
                   "C auth AUTH~ ! !", "S auth ! [malformed]", "S auth 504~ !"}));
  // Behind the end of the exchange and what is no secret; behind a bare CR.
  EXPECT_EQ(told("AUTH\tLOGIN c2VjcmV0\r\n*\r\n\r\nc2VjcmV0\r\nNOOP\rAUTH a2V5LWFi\r\n",
                 "220 s\r\n334 \r\n235 ok\r\n501 c2VjcmV0\r\n500 no\r\n500 a2V5LWFi\r\n"),
            (lines{"S greeting 220 s", "C auth AUTH~!", "S auth 334~ ", "C auth *~", "S auth 235 ok", "C auth ~",
                   "S auth 501~ !", "C auth ~eA==", "S auth 500 no", "C auth ~! !", "S auth 500~ !"}));
  // No line of a reply, and in the place of a challenge or of a client's line.
  EXPECT_EQ(told("AUTH CRAM-MD5\r\n", "220 s\r\n334PDEyMzQ+\r\nhello\r\n334 PDEyMzQ+\r\n"),
            (lines{"S greeting 220 s", "C auth AUTH CRAM-MD5", "S auth ! [malformed]", "S auth ! [malformed]",
                   "S auth 334~ eA=="}));
  EXPECT_EQ(told("", "0-s\r\nAUTH PLAIN AHVzZXIAcGFzcw==\r\nc2VjcmV0\r\n"),
            (lines{"S greeting 0-s [malformed]", "S greeting ! [malformed]", "S greeting ! [malformed]"}));
}
TEST(Dialogue, AuthBehindABareCrIsNotToldEither) {
  EXPECT_EQ(
      told("EHLO c\rAUTH PLAIN AHVzZXIAcGFzcw==\r\nNOOP a\rb\r\n", "220 s\r\n501 no\r\n250 ok\r\n"),
      (lines{"S greeting 220 s", "C hello EHLO c\rAUTH", "S hello 501 no", "C command NOOP a\rb", "S command 250 ok"}));
}
TEST(Dialogue, WithoutItsReplyTextIsText) {
  dialogue d;
  std::string_view client = "DATA\r\nMAIL is private\r\n.\r\nQUIT\r\n";
  std::string_view server = "220 s\r\n";
  while (d.next(client, server).kind != trace::line_kind::none) {
  }
  EXPECT_EQ(d.end(trace::speaker::server).kind, trace::line_kind::none);
  EXPECT_EQ(told(d, client, ""), (lines{"C verdict <17>", "C verdict .", "C quit QUIT [pipelined]"}));
}
TEST(Dialogue, ChunksBeginBehindWholeCommandsOnly) {
  std::string const endless(3000, ' ');
  EXPECT_EQ(told("BDAT 4 LAST" + endless + "x\r\nQUIT\r\n", "220 s\r\n500 no\r\n221 bye\r\n"),
            (lines{"S greeting 220 s", "C command BDAT 4 LAST      [too long]", "S command 500 no", "C quit QUIT",
                   "S quit 221 bye"}));
}

TEST(Dialogue, BehindStarttlsBothForgetWhatTheyKnew) {
  EXPECT_EQ(
      told("STARTTLS\r\nEHLO c\r\n", "220 s\r\n220 go\r\n250 s\r\n"),
      (lines{"S greeting 220 s", "C starttls STARTTLS", "S starttls 220 go", "*C hello EHLO c", "*S hello 250 s"}));
  EXPECT_EQ(told("STARTTLS\r\n\x16\x03\x01hello", "220 s\r\n220 go\r\n\x16\x03\x03hello"),
            (lines{"S greeting 220 s", "C starttls STARTTLS", "S starttls 220 go", "*C none <8>", "*S none <8>"}));
  EXPECT_EQ(told("\x16\x03\x01hello", "\x16\x03\x03hello"), (lines{"*C none <8>", "*S none <8>"}));
}
TEST(Dialogue, PlaintextBehindStarttlsIsNoticed) {
  dialogue captured;
  EXPECT_EQ(told(captured, "STARTTLS\r\nRSET\r\n\x16\x03\x01", "220 s\r\n220 go\r\n"),
            (lines{"S greeting 220 s", "C starttls STARTTLS", "S starttls 220 go", "*C reset RSET", "*C none <3>"}));
  EXPECT_TRUE(captured.plaintext_behind_starttls());
  dialogue beside_an_engine;
  EXPECT_EQ(told(beside_an_engine, "STARTTLS\r\nRSET\r\n", "220 s\r\n220 go\r\n").size(), 4U);
  beside_an_engine.tls_started();
  EXPECT_TRUE(beside_an_engine.plaintext_behind_starttls());
  dialogue clean;
  EXPECT_EQ(told(clean, "STARTTLS\r\n", "220 s\r\n220 go\r\n").size(), 3U);
  clean.tls_started();
  EXPECT_EQ(told(clean, "EHLO c\r\n", "250 s\r\n"), (lines{"*C hello EHLO c", "*S hello 250 s"}));
  EXPECT_FALSE(clean.plaintext_behind_starttls());
}

TEST(Dialogue, OddThingsAreToldAsTheyAre) {
  EXPECT_EQ(told("NOOP\nQUIT\r\n", "220 s\r\nhello\r\n250 ok\n221 bye\r\n421 again\r\n"),
            (lines{"S greeting 220 s", "C command NOOP [LF]", "S command hello [malformed]", "S command 250 ok [LF]",
                   "C quit QUIT", "S quit 221 bye", "S none 421 again [surplus]"}));
  dialogue d;
  EXPECT_EQ(told(d, "EHLO c\r\n", "").front(), "C hello EHLO c [pipelined]");  // before the greeting
  EXPECT_EQ(told(d, "", "220 s\r\n250 s\r\n"), (lines{"S greeting 220 s", "S hello 250 s"}));
  EXPECT_EQ(told(d, "DATA\r\nsome te", "354 go\r\n").back(), "C verdict <7>");
  EXPECT_EQ(told(d.end(trace::speaker::client)), "C none ");  // nothing was held back
  EXPECT_EQ(told(d, "xt\r\n.\r", ""), (lines{"C verdict <4>"}));
  EXPECT_EQ(told(d.end(trace::speaker::client)), "C none .\r [unfinished]");
}
TEST(Dialogue, AnyNumberOfCommandsMayBeOpen) {
  dialogue d;
  std::string many = "MAIL FROM:<>\r\n";
  std::string replies = "250 ok\r\n";
  for (int i = 0; i != 5000; ++i) many += "RCPT TO:<a@b>\r\n";
  for (int i = 0; i != 5000; ++i) replies += "250 ok\r\n";
  many += "DATA\r\n";
  EXPECT_EQ(told(d, many, "220 s\r\n").size(), 5003U);
  EXPECT_EQ(told(d, "", replies).size(), 5001U);
  EXPECT_EQ(d.awaits(), ehlo::reply_phase::data);
  // Of different kinds as many as there is room for; the others wait until some have their replies.
  std::string mixed;
  for (int i = 0; i != 100; ++i) mixed += i % 2 == 0 ? "NOOP\r\n" : "RSET\r\n";
  dialogue full;
  std::string_view client = mixed;
  std::string_view server = "220 s\r\n";
  int count = 0;
  while (full.next(client, server).kind != trace::line_kind::none) ++count;
  EXPECT_EQ(count, 1 + 64);
  EXPECT_EQ(client.size(), 36U * 6U);
  server = "250 ok\r\n";
  EXPECT_EQ(full.next(client, server).kind, trace::line_kind::reply);
  EXPECT_EQ(full.next(client, server).kind, trace::line_kind::command);
}

std::string file_contents(std::filesystem::path const& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

struct captured {
  std::string name;
  std::string client;
  std::string server;
};

/// Both sides of sessions of real programs.
std::vector<captured> captures() {
  std::vector<captured> all;
  for (auto const& one : std::filesystem::directory_iterator{EHLO_TEST_DATA "/captures_servers"})
    if (one.is_directory())
      all.push_back(
          {one.path().filename(), file_contents(one.path() / "c2s.bin"), file_contents(one.path() / "s2c.bin")});
  return all;
}

/// One octet at a time: the server's where a reply is to come, else the client's.
lines told_octet_by_octet(std::string_view client, std::string_view server) {
  dialogue d;
  lines all;
  std::uint64_t octets = 0;
  bool greeted = false;
  while (!client.empty() || !server.empty()) {
    bool const server_speaks = !server.empty() && (client.empty() || !greeted || d.has_open_commands());
    std::string_view& speaking = server_speaks ? server : client;
    std::string_view octet = speaking.substr(0, 1);
    std::string_view none;
    trace::line const l = server_speaks ? d.next(none, octet) : d.next(octet, none);
    if (l.kind != trace::line_kind::none) add(all, l, octets);
    greeted = greeted || (l.phase == ehlo::reply_phase::greeting && l.last);
    if (octet.empty())
      speaking.remove_prefix(1);
    else if (l.kind == trace::line_kind::none)
      break;
  }
  return all;
}

// The promise: cuts change nothing.
TEST(Dialogue, RealSessionsAreReadWholeHoweverTheyAreCut) {
  auto const all = captures();
  ASSERT_GE(all.size(), 16U);
  for (captured const& one : all) {
    SCOPED_TRACE(one.name);
    lines const whole = told(one.client, one.server);
    for (std::string const& l : whole)
      for (std::string_view const bad : {"left of", "[surplus]", "[malformed]"}) EXPECT_EQ(l.find(bad), l.npos) << l;
    EXPECT_EQ(told_octet_by_octet(one.client, one.server), whole);
  }
}

TEST(MessageEnd, OnlyCrlfDotCrlfEnds) {
  struct row {
    std::string_view text;
    std::size_t used;
    std::uint64_t octets;
    bool false_end;
  };
  for (row const& r : {row{".\r\nQUIT", 3, 0, false}, row{"a\r\n.\r\nb", 6, 3, false}, row{"..\r\n.\r\n", 7, 3, false},
                       row{"a\n.\n", 4, 4, true}, row{"a\n.\r\n", 5, 5, true}, row{"a\r\n.\n", 5, 4, true},
                       row{"a\r.\r\n", 5, 5, true}, row{"a\r\n.\rb", 6, 5, true}, row{"a\r\n.b\r\n", 7, 6, false},
                       row{"a\n..\n", 5, 5, false}, row{"a.\r\n", 4, 4, false}}) {
    message_end whole;
    EXPECT_EQ(whole.read(r.text), r.used) << r.text;
    EXPECT_EQ(whole.facts().octets, r.octets) << r.text;
    EXPECT_EQ(whole.facts().false_end, r.false_end) << r.text;
    EXPECT_EQ(whole.has_ended(), r.used >= 3 && r.text.substr(0, r.used).ends_with(".\r\n") && !r.false_end &&
                                     r.text.substr(0, r.used) != "a.\r\n");
    message_end cut;
    for (char const c : r.text.substr(0, r.used)) EXPECT_EQ(cut.read({&c, 1}), 1U);
    EXPECT_EQ(cut.facts().octets, r.octets) << r.text;
    EXPECT_EQ(cut.facts().false_end, r.false_end) << r.text;
  }
}

}  // namespace
