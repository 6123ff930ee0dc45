// SPDX-License-Identifier: BSL-1.0
// A server that works in storage which is lent to it. Whenever it may be taken back, the next thing that happens is the
// same in other storage: whole sessions are played with storage that changes at each opportunity, poisoned in between.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "ehlo/server.hpp"

namespace {

using ehlo::errc, ehlo::event_type;

ehlo::server_options const options{
    .hostname = "mx.example.org",
    .offer = {ehlo::capability::pipelining, ehlo::capability::size, ehlo::capability::chunking, ehlo::capability::auth,
              ehlo::capability::starttls, ehlo::capability::enhancedstatuscodes},
    .auth_mechanisms_cleartext = "PLAIN LOGIN"};

constexpr std::string_view dialogue =
    "EHLO client.test\r\nNOOP\r\nMAIL FROM:<ann@client.test>\r\nRCPT TO:<bob@mx.example.org>\r\nRSET\r\n"
    "AUTH LOGIN\r\nYW5u\r\nc2VjcmV0\r\nMAIL FROM:<ann@client.test>\r\nRCPT TO:<bob@mx.example.org>\r\nDATA\r\n"
    "Subject: x\r\n\r\n..\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<bob@mx.example.org>\r\nBDAT 5\r\nhelloBDAT 5 LAST\r\nworld"
    "NONSENSE\r\nQUIT\r\n";

/// Answers everything with yes; what happened and what was said, as text.
template <class Server>
bool step(Server& smtp, std::string_view& in, std::string& story) {
  ehlo::server_event const e = smtp.next(in, {});
  if (e.type() == event_type::need_input || e.type() == event_type::need_output) return false;
  story += "=" + std::to_string(static_cast<int>(e.type())) + std::string{e.raw()} + std::string{e.body()} + "\n";
  if (e.is_question()) {
    EXPECT_EQ(smtp.accept(), errc::ok);
  }
  return e.type() != event_type::closed;
}
template <class Server>
void say(Server& smtp, std::string& story) {
  story += smtp.output();
  EXPECT_EQ(smtp.sent(smtp.output().size()), errc::ok);
}

std::string with_own_storage(std::size_t piece) {
  ehlo::server smtp{options, {}};
  std::string story;
  for (std::size_t at = 0; at <= dialogue.size(); at += piece) {
    std::string_view in = at == 0 ? std::string_view{} : dialogue.substr(at - piece, piece);
    do {
      while (step(smtp, in, story)) {
      }
      say(smtp, story);
    } while (!in.empty());
  }
  return story;
}

TEST(borrowing, changes_nothing_but_where_it_works) {
  for (std::size_t piece = 1; piece != dialogue.size(); ++piece) {
    std::unique_ptr<ehlo::borrowing_server::storage> storage;
    ehlo::borrowing_server smtp{options, {}};
    std::string story;
    std::size_t lent = 0;
    for (std::size_t at = 0; at <= dialogue.size(); at += piece) {
      std::string_view in = at == 0 ? std::string_view{} : dialogue.substr(at - piece, piece);
      if (!smtp.borrows()) {
        storage = std::make_unique<ehlo::borrowing_server::storage>();
        EXPECT_EQ(smtp.borrow(*storage), errc::ok);
        ++lent;
      }
      do {
        while (step(smtp, in, story)) {
        }
        say(smtp, story);
      } while (!in.empty());
      if (smtp.give_back() == errc::ok) storage.reset();
    }
    EXPECT_EQ(story, with_own_storage(piece)) << "in pieces of " << piece;
    EXPECT_GE(lent, 1U);
    if (piece == 1) {
      EXPECT_GE(lent, 6U);
    }
  }
}

TEST(borrowing, without_storage_nothing_happens) {
  ehlo::borrowing_server smtp{options, {}};
  std::string_view in = "NOOP\r\n";
  ehlo::server_event const e = smtp.next(in, {});
  EXPECT_EQ(e.type(), event_type::misuse);
  EXPECT_EQ(e.error(), errc::local_order);
  EXPECT_EQ(in, "NOOP\r\n");
  EXPECT_EQ(smtp.on_deadline({1 << 30}), errc::local_order);
  EXPECT_TRUE(smtp.output().empty());
  EXPECT_EQ(smtp.sent(1), errc::local_sent);
  EXPECT_EQ(smtp.accept(), errc::local_order);
  EXPECT_EQ(smtp.give_back(), errc::local_order);
}

TEST(borrowing, gives_back_only_what_it_does_not_need) {
  ehlo::borrowing_server::storage storage;
  ehlo::borrowing_server smtp{options, {}};
  EXPECT_EQ(smtp.borrow(storage), errc::ok);
  EXPECT_EQ(smtp.borrow(storage), errc::local_order);
  std::string_view in;
  EXPECT_EQ(smtp.next(in, {}).type(), event_type::need_output);
  EXPECT_EQ(smtp.give_back(), errc::local_order) << "the greeting is not sent";
  EXPECT_EQ(smtp.sent(smtp.output().size()), errc::ok);
  EXPECT_EQ(smtp.next(in, {}).type(), event_type::need_input);
  EXPECT_EQ(smtp.give_back(), errc::ok);
  EXPECT_FALSE(smtp.borrows());

  EXPECT_EQ(smtp.borrow(storage), errc::ok);
  in = "NOO";
  EXPECT_EQ(smtp.next(in, {}).type(), event_type::need_input);
  EXPECT_EQ(smtp.give_back(), errc::local_order) << "a line has begun";
  in = "P\r\n";
  EXPECT_EQ(smtp.next(in, {}).type(), event_type::noop);
  EXPECT_EQ(smtp.next(in, {}).type(), event_type::need_input);
  EXPECT_EQ(smtp.give_back(), errc::local_order) << "a reply waits";
  EXPECT_EQ(smtp.sent(smtp.output().size()), errc::ok);
  EXPECT_EQ(smtp.give_back(), errc::ok);

  EXPECT_EQ(smtp.borrow(storage), errc::ok);
  in = "EHLO c\r\nMAIL FROM:<>\r\n";
  EXPECT_EQ(smtp.next(in, {}).type(), event_type::hello);
  EXPECT_EQ(smtp.next(in, {}).type(), event_type::mail);
  EXPECT_EQ(smtp.give_back(), errc::local_order) << "a question is open";
}

TEST(borrowing, the_limit_of_a_line_is_that_of_the_type) {
  static ehlo::server_options const plain{.hostname = "mx.example.org"};
  ehlo::server_storage<1024, 2048> storage;
  ehlo::basic_borrowing_server<1024, 2048> smtp{plain, {}};
  EXPECT_EQ(smtp.borrow(storage), errc::ok);
  std::string_view in;
  EXPECT_EQ(smtp.next(in, {}).type(), event_type::need_output);
  EXPECT_EQ(smtp.sent(smtp.output().size()), errc::ok);
  EXPECT_EQ(smtp.next(in, {}).type(), event_type::need_input);
  std::string const line = "MAIL FROM:<" + std::string(1100, 'a') + "@b>\r\n";
  in = line;
  ehlo::server_event const e = smtp.next(in, {});
  EXPECT_EQ(e.type(), event_type::refused);
  EXPECT_EQ(e.error(), errc::peer_line_too_long);
}

}  // namespace
