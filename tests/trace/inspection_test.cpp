// SPDX-License-Identifier: BSL-1.0
// Each thing that can be wrong or unsafe, in the shortest session that has it and nothing else.
#include "ehlo/trace/inspection.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/trace/meaning.hpp"
#include "told.hpp"

namespace {

using namespace ehlo_test;
using ehlo::trace::finding;
using ehlo::trace::inspection;
using findings = std::vector<finding>;

/// What is said in turns: each text is one side's, the server begins.
using turns = std::vector<std::string>;

findings found(turns const& said, bool in_order = true, bool tls = false) {
  trace::dialogue d;
  inspection check{in_order};
  std::string client;
  std::string server;
  if (tls) d.tls_started();
  for (std::size_t i = 0; i != said.size(); ++i) {
    (i % 2 == 0 ? server : client) += said[i];
    std::string_view from_client = client;
    std::string_view from_server = server;
    for (;;) {
      trace::line const l = d.next(from_client, from_server);
      if (l.kind == trace::line_kind::none) break;
      check.take(l, d);
    }
    client.erase(0, client.size() - from_client.size());
    server.erase(0, server.size() - from_server.size());
  }
  check.end(d);
  findings all;
  for (trace::finding_row const& row : trace::finding_table)
    if (check.count(row.what) != 0) all.push_back(row.what);
  return all;
}

struct row {
  findings expected;
  turns said;
  bool tls = true;  ///< all of it was said inside TLS
};

std::vector<row> rows() {
  using enum finding;
  std::string const mail = "MAIL FROM:<a@b.example>\r\n";
  std::string const rcpt = "RCPT TO:<x@y.example>\r\n";
  std::string const bye = "221 2.0.0 bye\r\n";
  std::string const hello = "EHLO c.example\r\n";
  auto const with_text = [&](std::string const& text, std::string const& parameters = "") {
    return turns{"220 s\r\n",
                 hello,
                 "250-s\r\n250 8BITMIME\r\n",
                 "MAIL FROM:<>" + parameters + "\r\n",
                 "250 ok\r\n",
                 rcpt,
                 "250 ok\r\n",
                 "DATA\r\n",
                 "354 go\r\n",
                 text + "\r\n.\r\n",
                 "250 ok\r\n",
                 "QUIT\r\n",
                 bye};
  };
  auto const with_command = [&](std::string const& command, std::string const& offer = "250 SIZE\r\n") {
    return turns{"220 s\r\n", hello, "250-s\r\n" + offer, command, "250 ok\r\n", "QUIT\r\n", bye};
  };
  return {
      {{}, with_text("hello")},
      {{},
       {"220 s\r\n", hello, "250-s\r\n250 PIPELINING\r\n", mail + rcpt + "DATA\r\n", "250 ok\r\n250 ok\r\n354 go\r\n",
        "hello\r\n.\r\nQUIT\r\n", "250 ok\r\n" + bye}},
      // Unsafe.
      {{password_in_clear_text},
       {"220 s\r\n", hello, "250-s\r\n250 AUTH CRAM-MD5\r\n", "AUTH PLAIN AHgAeA==\r\n", "235 ok\r\n", "QUIT\r\n", bye},
       false},
      {{password_in_clear_text},
       {"220 s\r\n", hello, "250-s\r\n250 AUTH CRAM-MD5\r\n", "AUTH LOGIN\r\n", "334 x\r\n", "eA==\r\n", "334 y\r\n",
        "eA==\r\n", "235 ok\r\n", "QUIT\r\n", bye},
       false},
      {{login_in_clear_text},
       {"220 s\r\n", hello, "250-s\r\n250 AUTH CRAM-MD5\r\n", "AUTH CRAM-MD5\r\n", "334 x\r\n", "eA==\r\n",
        "235 ok\r\n", "QUIT\r\n", bye},
       false},
      {{password_offered_in_clear_text}, {"220 s\r\n", hello, "250-s\r\n250 AUTH LOGIN\r\n", "QUIT\r\n", bye}, false},
      {{starttls_unused},
       {"220 s\r\n", hello, "250-s\r\n250 STARTTLS\r\n", mail, "250 ok\r\n", rcpt, "250 ok\r\n", "DATA\r\n",
        "354 go\r\n", ".\r\n", "250 ok\r\n", "QUIT\r\n", bye},
       false},
      {{clear_text}, with_text("hello"), false},
      {{clear_text},
       {"220 s\r\n", hello, "250-s\r\n250 CHUNKING\r\n", mail, "250 ok\r\n", rcpt, "250 ok\r\n", "BDAT 2\r\nhi",
        "250 ok\r\n", "BDAT 0 LAST\r\n", "250 ok\r\n", "QUIT\r\n", bye},
       false},
      {{plaintext_behind_starttls},
       {"220 s\r\n", hello, "250-s\r\n250 STARTTLS\r\n", "STARTTLS\r\nNOOP\r\n\x16\x03", "220 go\r\n"},
       false},
      {{false_end, bare_lf_in_text}, with_text("hello\n.\nMAIL FROM:<evil@b>")},
      {{maybe_secret},
       {"220 s\r\n", hello, "250-s\r\n250 AUTH PLAIN\r\n", "AUTH LOGIN\r\n", "504 no\r\n", "eA==\r\n", "500 what\r\n",
        "QUIT\r\n", bye}},
      {{outcome_unknown, no_quit},
       {"220 s\r\n", hello, "250 s\r\n", mail, "250 ok\r\n", rcpt, "250 ok\r\n", "DATA\r\n", "354 go\r\n",
        "hello\r\n.\r\n"}},
      // The client.
      {{early_talker}, {"", "QUIT\r\n", "220 s\r\n" + bye}},
      {{no_hello}, {"220 s\r\n", mail, "250 ok\r\n", "QUIT\r\n", bye}},
      {{loose_hello}, {"220 s\r\n", "EHLO my_pc\r\n", "250 s\r\n", "QUIT\r\n", bye}},
      {{malformed_command}, {"220 s\r\n", "EHLO\r\n", "501 no\r\n", "QUIT\r\n", bye}},
      {{malformed_command}, with_command("MAIL FROM:<a b>\r\n")},
      {{tolerated_command}, with_command("MAIL FROM: <a@b>\r\n")},
      {{unknown_command}, with_command("GET / HTTP/1.1\r\n")},
      {{parameter_not_offered}, with_command("MAIL FROM:<a@b> BODY=8BITMIME\r\n")},
      {{parameter_not_offered}, with_command("MAIL FROM:<a@b> FOO=bar\r\n")},
      {{smtputf8_missing}, with_command("MAIL FROM:<\xC3\xA4@b>\r\n")},
      {{extension_not_offered}, with_command("ETRN b\r\n")},
      {{pipelining_not_offered},
       {"220 s\r\n", hello, "250 s\r\n", mail + rcpt, "250 ok\r\n250 ok\r\n", "QUIT\r\n", bye}},
      {{pipelined_behind}, {"220 s\r\n", hello, "250-s\r\n250 PIPELINING\r\n", "NOOP\r\nQUIT\r\n", "250 ok\r\n" + bye}},
      {{command_too_long}, with_command("NOOP " + std::string(510, 'x') + "\r\n")},
      {{bare_lf_command}, with_command("NOOP\n")},
      {{bare_lf_in_text}, with_text("hello\nworld")},
      {{bare_cr_in_text}, with_text("hello\rworld")},
      {{nul_in_text}, with_text(std::string{"hello\0world", 11})},
      {{eight_bit_undeclared}, with_text("\xC3\xA4")},
      {{}, with_text("\xC3\xA4", " BODY=8BITMIME")},
      {{text_line_too_long}, with_text(std::string(999, 'x'))},
      {{}, with_text(std::string(998, 'x'))},
      {{no_recipients},
       {"220 s\r\n", hello, "250 s\r\n", mail, "250 ok\r\n", "DATA\r\n", "503 no\r\n", "QUIT\r\n", bye}},
      {{no_recipients},
       {"220 s\r\n", hello, "250-s\r\n250 CHUNKING\r\n", mail, "250 ok\r\n", "BDAT 2 LAST\r\nhi", "503 no\r\n",
        "QUIT\r\n", bye}},
      {{no_quit}, {"220 s\r\n", hello, "250 s\r\n"}},
      {{}, {"220 s\r\n", hello, "250-s\r\n250 PIPELINING\r\n", mail + rcpt + "DATA\r\n", "421 4.3.2 closing\r\n"}},
      {{}, {"220 s\r\n", hello, "250 s\r\n421 4.4.2 timeout\r\n"}},
      {{message_cut},
       {"220 s\r\n", hello, "250 s\r\n", mail, "250 ok\r\n", rcpt, "250 ok\r\n", "DATA\r\n", "354 go\r\n",
        "hello\r\n"}},
      {{message_cut},
       {"220 s\r\n", hello, "250-s\r\n250 CHUNKING\r\n", mail, "250 ok\r\n", rcpt, "250 ok\r\n",
        "BDAT 9 LAST\r\nhello"}},
      // The server.
      {{malformed_reply}, {"220 s\r\n", hello, "ok\r\n250 s\r\n", "QUIT\r\n", bye}},
      {{reply_too_long}, {"220 " + std::string(507, 's') + "\r\n", "QUIT\r\n", bye}},
      {{mixed_codes}, {"220-s\r\n250 s\r\n", "QUIT\r\n", bye}},
      {{unfit_code}, {"220 s\r\n", hello, "250 s\r\n", "NOOP\r\n", "354 go\r\n", "QUIT\r\n", bye}},
      {{surplus_reply}, {"220 s\r\n", hello, "250 s\r\n250 s\r\n", "QUIT\r\n", bye}},
      {{status_missing}, {"220 s\r\n", hello, "250-s\r\n250 ENHANCEDSTATUSCODES\r\n", "QUIT\r\n", "221 bye\r\n"}},
      {{starttls_in_tls}, {"220 s\r\n", hello, "250-s\r\n250 STARTTLS\r\n", "QUIT\r\n", bye}},
      {{no_quit, no_reply}, {"220 s\r\n", hello, "250 s\r\n", "NOOP\r\n"}},
  };
}

TEST(Inspection, EachFindingInTheShortestSessionThatHasIt) {
  std::set<finding> seen;
  for (row const& r : rows()) {
    std::string text;
    for (std::string const& turn : r.said) text += turn;
    EXPECT_EQ(found(r.said, true, r.tls), r.expected) << text;
    seen.insert(r.expected.begin(), r.expected.end());
  }
  for (trace::finding_row const& f : trace::finding_table) EXPECT_TRUE(seen.contains(f.what)) << f.message;
}
TEST(Inspection, WithoutAnOrderNothingIsPipelined) {
  EXPECT_EQ(found({"", "QUIT\r\n", "220 s\r\n221 bye\r\n"}, false), (findings{}));
}

TEST(RoundTrips, AsItWasWithoutAndWithPipelining) {
  auto const trips = [](turns const& said) {
    trace::dialogue d;
    trace::round_trips count;
    for (std::size_t i = 0; i != said.size(); ++i) {
      std::string_view client;
      std::string_view server;
      (i % 2 == 0 ? server : client) = said[i];
      for (trace::line l = d.next(client, server); l.kind != trace::line_kind::none; l = d.next(client, server))
        count.take(l);
    }
    return std::vector<unsigned>{count.taken(), count.without_pipelining(), count.with_pipelining()};
  };
  EXPECT_EQ(trips({"220 s\r\n", "EHLO c\r\n", "250 s\r\n", "MAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\n",
                   "250 ok\r\n250 ok\r\n354 go\r\n", "x\r\n.\r\nQUIT\r\n", "250 ok\r\n221 bye\r\n"}),
            (std::vector<unsigned>{3, 6, 3}));
  EXPECT_EQ(
      trips({"220 s\r\n", "EHLO c\r\n", "250 s\r\n", "MAIL FROM:<>\r\n", "250 ok\r\n", "RCPT TO:<a@b>\r\n",
             "250 ok\r\n", "BDAT 1\r\nx", "250 ok\r\n", "BDAT 0 LAST\r\n", "250 ok\r\n", "RSET\r\n", "250 ok\r\n"}),
      (std::vector<unsigned>{6, 6, 2}));
}

TEST(Meaning, EveryVerbCodeAndKeywordHasOne) {
  for (std::size_t i = 0; i != ehlo::verb_count; ++i) EXPECT_FALSE(trace::meaning(static_cast<ehlo::verb>(i)).empty());
  for (ehlo::capability_keyword const& one : ehlo::capability_keywords)
    EXPECT_FALSE(trace::meaning(one.what).empty()) << one.keyword;
  for (int code = 200; code != 600; ++code)
    EXPECT_FALSE(trace::meaning(ehlo::reply_code{static_cast<std::uint16_t>(code)}).empty());
  EXPECT_EQ(trace::meaning(ehlo::reply_code{354}), "send the message, and end it with a dot");
  EXPECT_EQ(trace::meaning(ehlo::reply_code{299}), "done");
  EXPECT_EQ(trace::source(ehlo::reply_code{521}), "RFC 7504 3");
}

}  // namespace
