// SPDX-License-Identifier: BSL-1.0
// ehlo-explain as its users see it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "process.hpp"

namespace {

using namespace test;

result explain(strings const& words, std::string_view input = {}) {
  strings command{EHLO_EXPLAIN};
  command.insert(command.end(), words.begin(), words.end());
  return run(command, input);
}

std::string const said_by_client =
    "EHLO c.example\r\nAUTH PLAIN AHVzZXIAc2VjcmV0\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<x@y.example>\r\nDATA\r\n"
    "Hello\r\n.\r\nQUIT\r\n";
std::string const said_by_server =
    "220 mx.example ESMTP\r\n250-mx.example\r\n250-SIZE 0\r\n250 AUTH PLAIN\r\n235 2.7.0 welcome\r\n250 2.1.0 ok\r\n"
    "250 2.1.5 ok\r\n354 go\r\n250 2.0.0 stored\r\n221 2.0.0 bye\r\n";

class Explain : public testing::Test {
 protected:
  Explain() {
    std::ofstream{client_, std::ios::binary} << said_by_client;
    std::ofstream{server_, std::ios::binary} << said_by_server;
  }
  folder dir_;
  std::string client_ = dir_ / "client";
  std::string server_ = dir_ / "server";
};

constexpr std::string_view table =
    R"(  No.       Time  Source       Destination  Protocol  Info
    1          -  server       client       SMTP      220 mx.example ESMTP  | ready
    2          -  client       server       SMTP      EHLO c.example  | the client names itself and asks what is offered
    3          -  server       client       SMTP      250-mx.example
    4          -  server       client       SMTP      250-SIZE 0  | the largest message, in octets (RFC 1870)
    5          -  server       client       SMTP      250 AUTH PLAIN  | clients can authenticate, with these mechanisms (RFC 4954)
    6          -  client       server       SMTP      AUTH PLAIN <secret>  | the client proves who it is
    7          -  server       client       SMTP      235 2.7.0 welcome  | authenticated
    8          -  client       server       SMTP      MAIL FROM:<a@b.example>  | a message begins: who gets the error reports
    9          -  server       client       SMTP      250 2.1.0 ok  | done
   10          -  client       server       SMTP      RCPT TO:<x@y.example>  | one recipient
   11          -  server       client       SMTP      250 2.1.5 ok  | destination address valid
   12          -  client       server       SMTP      DATA  | asks to send the message
   13          -  server       client       SMTP      354 go  | send the message, and end it with a dot
   14          -  client       server       SMTP/IMF  <7 octets of message>  | the message
   15          -  client       server       SMTP      .  | the message is complete
   16          -  server       client       SMTP      250 2.0.0 stored  | the server has taken the message
   17          -  client       server       SMTP      QUIT  | the client is done
   18          -  server       client       SMTP      221 2.0.0 bye  | goodbye; the server closes the connection

Reply codes
  220  ready (RFC 5321 4.2.3)
  221  goodbye; the server closes the connection (RFC 5321 4.2.3)
  235  authenticated (RFC 4954 6)
  250  done (RFC 5321 4.2.3), 4 times
  354  send the message, and end it with a dot (RFC 5321 4.2.3)

Extensions
  SIZE                 offered        the largest message, in octets (RFC 1870)
  AUTH                 offered, used  clients can authenticate, with these mechanisms (RFC 4954)
  ENHANCEDSTATUSCODES  used           replies carry enhanced status codes (RFC 2034)

Round trips
      7  without pipelining
      4  with pipelining wherever RFC 2920 allows it

Findings
  unsafe  No. 6: a password or token was sent without TLS: whoever could read this has it (RFC 4954 4, RFC 8314 3)
  unsafe  No. 5: the server offers mechanisms that send the password itself without TLS (RFC 4954 4)
  odd     No. 15: the message was sent without TLS; the server did not offer it (RFC 8314 3)
)";

TEST_F(Explain, TheTwoDirections) {
  result const r = explain({client_, server_});
  EXPECT_EQ(r.status, 0) << r.error;
  EXPECT_EQ(r.out, table);
}
TEST_F(Explain, TheTwoDirectionsWhicheverComesFirst) { EXPECT_EQ(explain({server_, client_}).out, table); }
TEST_F(Explain, WhatTsharkPrints) {
  result const r = explain({EHLO_SOURCE "/tests/data/explain/tshark_follow.txt"});
  EXPECT_EQ(r.status, 0) << r.error;
  EXPECT_NE(r.out.find("   12          -  127.0.0.1:56952  127.0.0.1:2599   SMTP      RCPT TO:<bob@example.org>  | one "
                       "recipient [pipelined]\n"),
            r.out.npos)
      << r.out;
  EXPECT_NE(r.out.find("      4  as it was\n      6  without pipelining\n      3  with pipelining"), r.out.npos);
}
TEST_F(Explain, ARecordingIsTheSameSession) {
  result const recording = explain({"--record", client_, server_});
  ASSERT_TRUE(recording.out.starts_with("ehlo recording 1\n0 S \"220 mx.example ESMTP\\r\\n\"\n")) << recording.out;
  EXPECT_EQ(recording.out.find("AHVz"), std::string::npos);
  EXPECT_NE(recording.out.find("0 C \"AUTH PLAIN AHgAeA==\\r\\n\"\n"), std::string::npos);
  EXPECT_NE(recording.out.find("0 C \"Hello\\r\\n\"\n"), std::string::npos);
  result const again = explain({"-"}, recording.out);
  EXPECT_NE(again.out.find("   18      0.000  server       client       SMTP      221 2.0.0 bye"), std::string::npos);
  EXPECT_NE(explain({"--shape", client_, server_}).out.find("0 C \"xxxxx\\r\\n\"\n"), std::string::npos);
}
TEST_F(Explain, RowsAsTextAndJson) {
  result const text = explain({"--text", client_, server_});
  EXPECT_NE(text.out.find("     0.000   C: AUTH PLAIN <secret>                               auth: the client proves"),
            std::string::npos)
      << text.out;
  result const json = explain({"--json", client_, server_});
  EXPECT_TRUE(json.out.starts_with(R"({"no":1,"ms":0,"from":"server","kind":"reply","phase":"greeting")")) << json.out;
}
TEST_F(Explain, InsideTlsNothingWasInClearText) {
  result const r = explain({"--decrypted", client_, server_});
  EXPECT_NE(r.out.find("SMTP/TLS  AUTH PLAIN <secret>"), r.out.npos) << r.out;
  EXPECT_TRUE(r.out.ends_with("Findings\n  nothing wrong, nothing unsafe\n")) << r.out;
}
TEST_F(Explain, ReplaySaysWhereThisServerGoesAnotherWay) {
  std::ofstream{client_, std::ios::binary} << "EHLO c\r\nNOOP\r\nQUIT\r\n";
  std::ofstream{server_, std::ios::binary}
      << "220 mx ESMTP\r\n250-mx\r\n250-PIPELINING\r\n250-SIZE 0\r\n250-8BITMIME\r\n"
         "250-CHUNKING\r\n250-ENHANCEDSTATUSCODES\r\n250-DSN\r\n250 SMTPUTF8\r\n"
         "250 2.0.0 fine\r\n221 2.0.0 bye\r\n";
  result const r = explain({"--replay", "server", client_, server_});
  EXPECT_EQ(r.status, 1);
  EXPECT_EQ(r.out, "differs behind 126 octets of the server's\n  recorded: 250 2.0.0 fine\n  now:      250 2.0.0 ok\n");
}
TEST_F(Explain, ReplayOfACaptureTellsNoSecretAndMovesNoCursor) {
  std::ofstream{client_, std::ios::binary} << "EHLO c.example\r\nAUTH LOGIN\r\nc2VjcmV0\r\n\x1b[2J\r\n";
  std::ofstream{server_, std::ios::binary}
      << "220 mx.example ESMTP\r\n250-mx.example\r\n250 AUTH LOGIN\r\n334 VXNlcm5hbWU6\r\n500 \x1b[2J?\r\n";
  for (std::string const who : {"client", "server"}) {
    result const r = explain({"--replay", who, client_, server_});
    EXPECT_EQ(r.status, 1) << r.error;
    EXPECT_EQ(r.out.find("c2VjcmV0"), r.out.npos) << r.out;
    EXPECT_EQ(r.out.find('\x1b'), r.out.npos) << r.out;
  }
  // With the secrets in it, no client of ours would say it again.
  std::ofstream{client_, std::ios::binary} << "EHLO c.example\r\nAUTH PLAIN AHVzZXIAc2VjcmV0\r\nQUIT\r\n";
  std::ofstream{server_, std::ios::binary} << "220 mx.example ESMTP\r\n250-mx.example\r\n250 AUTH PLAIN\r\n"
                                              "235 2.7.0 ok\r\n221 2.0.0 bye\r\n";
  EXPECT_EQ(explain({"--replay", "client", client_, server_}).out, "the same: 43 octets\n");
}
TEST_F(Explain, NamesInACaptureMoveNoCursor) {
  result const r = explain({"-"},
                           "\n=\nFollow: tcp,raw\nNode 0: \x1b[2J:1\nNode 1: s:25\n\t3232302073"
                           "0d0a\n515549540d0a\n");
  EXPECT_EQ(r.out.find('\x1b'), r.out.npos) << r.out;
  EXPECT_NE(r.out.find("s:25         SMTP      QUIT"), r.out.npos) << r.out;
}
TEST_F(Explain, WhatWasSaidWithoutAnAnswerIsRecordedToo) {
  std::ofstream{client_, std::ios::binary} << "DATA\r\nHello\r\n.\r\n";
  std::ofstream{server_, std::ios::binary} << "220 s\r\n";
  result const r = explain({"--shape", client_, server_});
  EXPECT_NE(r.out.find("0 C \"xxxxx\\r\\n\"\n0 C \".\\r\\n\"\n"), r.out.npos) << r.out;
}
TEST_F(Explain, WhatEhloServeHasRecordedIsPlayedAgain) {
  std::string const client =
      "EHLO c.example\r\nAUTH PLAIN AHVzZXIAc2VjcmV0\r\nAUTH LOGIN\r\ndXNlcg==\r\nc2VjcmV0\r\n"
      "MAIL FROM:<a@b.example>\r\nRCPT TO:<no@mx.example>\r\nRCPT TO:<x@mx.example>\r\n"
      "BDAT 2\r\nHiDATA\r\nBDAT 0 LAST\r\nRCPT TO:<\r\nfoo\r\nVRFY x\r\nQUIT\r\n";
  std::filesystem::create_directory(dir_ / "recorded");
  result const r = run({EHLO_SERVE, "--stdio", "--hostname", "mx.example", "--record", dir_ / "recorded", "--user",
                        "user:other", "--allow-plaintext-auth", "--refuse", "no@mx.example=550 5.1.1 nobody"},
                       client);
  ASSERT_EQ(r.status, 0) << r.error;
  std::filesystem::directory_iterator const files{dir_ / "recorded"};
  std::string const recording = files->path();
  result const again = explain({"--replay", "server", recording});
  EXPECT_EQ(again.status, 0) << again.out;
  EXPECT_EQ(again.out, "the same: " + std::to_string(r.out.size() - 2 * 8) + " octets\n") << r.out;
  EXPECT_EQ(explain({"--replay", "client", recording}).status, 1);  // no client of ehlo's has said that
  result const text = explain({"--text", recording});
  EXPECT_EQ(text.out.find("c2VjcmV0"), std::string::npos);
  EXPECT_NE(text.out.find("C: <secret>"), std::string::npos);
}
TEST_F(Explain, WhatCannotBeReadIsSaid) {
  EXPECT_EQ(explain({}).status, 2);
  EXPECT_EQ(explain({"--help"}).status, 0);
  EXPECT_EQ(explain({"--nonsense", client_, server_}).error,
            "ehlo-explain: --nonsense: unknown option, or its value is; see --help\n");
  EXPECT_EQ(explain({dir_ / "nothing"}).error, "ehlo-explain: " + (dir_ / "nothing") + ": cannot be read\n");
  result const r = explain({client_});
  EXPECT_EQ(r.status, 2);
  EXPECT_EQ(r.error,
            "ehlo-explain: " + client_ + ": neither a recording nor the output of tshark -q -z follow,tcp,raw,N\n");
}

}  // namespace
