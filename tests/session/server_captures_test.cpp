// SPDX-License-Identifier: BSL-1.0
// What real servers replied (tests/data/captures_servers/README.md): through the reply reader alone, in the strictest
// preset; and through the client, which is given the envelope of the probe and must say what the probe said, octet for
// octet, to be answered with the recorded replies.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "cram_md5.hpp"
#include "ehlo/client.hpp"
#include "json.hpp"

namespace {

using namespace ehlo_test;

enum class cuts { whole, octets, random };

std::string directory() { return std::string{EHLO_TEST_DATA} + "/captures_servers/"; }

json const& expectations() {
  static json const all = json::read_file(directory() + "expected.json");
  return all;
}

std::string octets_of(std::string const& path) {
  std::ifstream file{directory() + path, std::ios::binary};
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::size_t number(json const& value) { return static_cast<std::size_t>(value.number()); }

/// Every reply by itself, as read by the reply reader alone.
std::vector<std::string> replies_of(std::string const& name, cuts how) {
  std::string const all = octets_of(name + "/s2c.bin");
  std::size_t const size = all.size() - number(expectations()[name]["behind"]);
  std::minstd_rand random{5321};
  std::array<char, 4096> storage;
  ehlo::reply_reader reader;
  std::vector<std::string> out;
  for (std::size_t at = 0; at != size;) {
    std::size_t const piece = how == cuts::whole ? size : how == cuts::octets ? 1 : 1 + random() % 40;
    auto const block = std::make_unique<char[]>(std::min(piece, size - at));
    std::string_view in{block.get(), std::min(piece, size - at)};
    std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(at), in.size(), block.get());
    at += in.size();
    while (!in.empty()) {
      ehlo::reply_reader::result const r = reader.read(in, storage, {}, ehlo::strict);
      if (r.what == ehlo::reply_reader::status::need_input) continue;
      EXPECT_EQ(r.what, ehlo::reply_reader::status::reply);
      if (r.what != ehlo::reply_reader::status::reply) return out;
      std::string text;
      for (ehlo::reply_line const& line : r.reply.lines()) text += line.text;
      EXPECT_FALSE(text.empty());
      out.emplace_back(r.reply.raw());
      auto const& expected = expectations()[name]["replies"].items();
      EXPECT_LE(out.size(), expected.size());
      EXPECT_EQ(std::to_string(r.reply.code().number()), expected.at(out.size() - 1).items()[0].text());
    }
  }
  EXPECT_FALSE(reader.partial());
  return out;
}

/// A play of the client against recorded replies.
class replay {
 public:
  replay(std::string const& capture, json const& play, cuts how) : play_{play}, how_{how} {
    std::vector<std::string> const all = replies_of(capture, cuts::whole);
    std::string const said = octets_of(capture + "/c2s.bin");
    for (json const& index : play["replies"].items()) {
      replies_.push_back(all.at(number(index)));
      auto const& slice = expectations()[capture]["replies"].items().at(number(index)).items();
      expected_ += said.substr(number(slice[1]), number(slice[2]) - number(slice[1]));
    }
    for (json const& command : play["commands"].items()) commands_.push_back(command.text());
    set_options();
    for (json const& one : play["transactions"].items()) transactions_.push_back(&one);
  }

  void run() {
    ASSERT_FALSE(options_.check());
    if (play_["tls"].text() == "implicit")
      client_.reset(new ehlo::client{options_, {}, ehlo::tls_facts{}});
    else
      client_.reset(new ehlo::client{options_, {}});
    for (int calls = 0; !closed_; ++calls) {
      ASSERT_LT(calls, 10000);
      auto const block = std::make_unique<char[]>(in_.size());
      std::copy(in_.begin(), in_.end(), block.get());
      std::string_view in{block.get(), in_.size()};
      ehlo::client_event const e = client_->next(in, {});
      in_.assign(in);
      take(e);
      if (testing::Test::HasFatalFailure()) return;
    }
    EXPECT_TRUE(replies_.empty()) << replies_.size() << " replies were not asked for";
    EXPECT_EQ(done_, play_["transactions"].items().size());
    EXPECT_EQ(commands_done_, play_["commands"].items().size());
    // The engine says goodbye where the probe went on, or the server had enough.
    bool const quit = failed_ && !expected_.ends_with("QUIT\r\n");
    EXPECT_EQ(sent_, expected_ + (quit ? "QUIT\r\n" : ""));
    EXPECT_EQ(failed_, play_.has("failed"));
  }

 private:
  void set_options() {
    options_.hostname = "client.test";
    if (play_.has("helo")) options_.hostname = play_["helo"].text();
    options_.tls = play_["tls"].text() == "starttls" ? ehlo::tls_policy::opportunistic : ehlo::tls_policy::never;
    if (!play_["pipelining"].truth()) options_.ignored.add(ehlo::capability::pipelining);
    options_.chunking = play_["chunking"].truth();
    options_.mechanisms = play_["auth"]["mechanisms"].text();
    options_.user_name = play_["auth"]["user"].text();
    options_.password = play_["auth"]["password"].text();
    options_.auth_in_cleartext = options_.try_unoffered_mechanism = play_.has("failed");
  }

  void take(ehlo::client_event const& e) {
    using enum ehlo::client_event_type;
    switch (e.type()) {
      case need_output: flush(); break;
      case need_input:
        flush();
        read();
        break;
      case need_body:
        flush();
        give_body();
        break;
      case need_tls: EXPECT_EQ(client_->tls_started({}), ehlo::errc::ok); break;
      case auth: EXPECT_EQ(client_->respond_later(), ehlo::errc::ok); break;
      case challenge:
        EXPECT_EQ(
            client_->respond(cram_md5(play_["auth"]["user"].text(), play_["auth"]["password"].text(), e.challenge())),
            ehlo::errc::ok);
        break;
      case ready: begin(); break;
      case reply: break;
      case command_done: ++commands_done_; break;
      case transaction_done: take_outcome(e); break;
      case failed:
        failed_ = true;
        EXPECT_EQ(e.error(), ehlo::errc::peer_auth_failed);
        EXPECT_EQ(std::to_string(e.reply().code().number()), play_["failed"].text());
        break;
      case closed: closed_ = true; break;
      case need_answer:
      case misuse: FAIL() << ehlo::message(e.error());
    }
  }

  /// The next reply, when all that was said before is out; behind the last one the server closes.
  void read() {
    if (replies_.empty()) {
      EXPECT_EQ(client_->end_of_input({}, true), ehlo::errc::ok);
      return;
    }
    std::size_t const size = how_ == cuts::whole ? replies_.front().size()
                             : how_ == cuts::octets
                                 ? 1
                                 : std::min<std::size_t>(1 + random_() % 40, replies_.front().size());
    in_ = replies_.front().substr(0, size);
    replies_.front().erase(0, size);
    if (replies_.front().empty()) replies_.pop_front();
  }

  void begin() {
    if (!commands_.empty()) {
      std::string const line = commands_.front();
      commands_.pop_front();
      std::size_t const space = std::min(line.find(' '), line.size());
      EXPECT_EQ(client_->command(line.substr(0, space), space == line.size() ? "" : line.substr(space + 1)),
                ehlo::errc::ok);
    } else if (begun_ != transactions_.size()) {
      submit(*transactions_[begun_++]);
    } else if (!replies_.empty()) {
      EXPECT_EQ(client_->quit(), ehlo::errc::ok);
    } else {
      EXPECT_EQ(client_->end_of_input({}, true), ehlo::errc::ok);
    }
  }

  void submit(json const& one) {
    ehlo::mail_params p;
    p.has_size = one.has("size");
    p.size = number(one["size"]);
    p.ret = one.has("ret") ? ehlo::ret_type::headers : ehlo::ret_type::unstated;
    p.envid = one["envid"].text();
    p.rest = one["rest"].text();
    ehlo::rcpt_params each;
    if (one.has("notify")) each.notify = ehlo::notify_type::failure | ehlo::notify_type::delay;
    each.orcpt = one["orcpt"].text();
    recipients_.clear();
    for (json const& to : one["rcpts"].items()) recipients_.push_back({.path = to.text(), .params = each});
    message_ = {.from = one["from"].text(), .params = p, .to = recipients_};
    pieces_.clear();
    for (json const& piece : one["body"].items()) pieces_.push_back(unescape(piece.text()));
    ASSERT_EQ(client_->submit(message_), ehlo::errc::ok);
  }

  void give_body() {
    ASSERT_FALSE(pieces_.empty());
    piece_ = pieces_.front();
    pieces_.pop_front();
    EXPECT_EQ(client_->body(piece_, pieces_.empty()), ehlo::errc::ok);
  }

  void take_outcome(ehlo::client_event const& e) {
    EXPECT_EQ(e.error(), ehlo::errc::ok);
    json const& one = *transactions_.at(done_++);
    for (ehlo::recipient const& to : recipients_) {
      EXPECT_EQ(to.state, one["code"].text()[0] == '2' ? ehlo::outcome::delivered : ehlo::outcome::refused_for_good);
      EXPECT_EQ(std::to_string(to.code.number()), one["code"].text());
      ehlo::enhanced_code const s = to.status;
      EXPECT_EQ(
          s ? std::to_string(s.status_class) + '.' + std::to_string(s.subject) + '.' + std::to_string(s.detail) : "",
          one["status"].text());
    }
    EXPECT_TRUE(pieces_.empty());
  }

  void flush() {
    while (!client_->output().empty()) {
      std::string_view const first = client_->output().front();
      std::size_t const size = how_ == cuts::whole ? first.size() : 1 + random_() % first.size();
      sent_ += first.substr(0, size);
      EXPECT_EQ(client_->sent(size), ehlo::errc::ok);
    }
  }

  json const& play_;
  cuts how_;
  ehlo::client_options options_;
  std::unique_ptr<ehlo::client> client_;
  std::minstd_rand random_{2821};
  std::deque<std::string> replies_;
  std::deque<std::string> commands_;
  std::vector<json const*> transactions_;
  std::string expected_;
  std::string sent_;
  std::string in_;
  ehlo::envelope message_;
  std::vector<ehlo::recipient> recipients_;
  std::deque<std::string> pieces_;
  std::string piece_;
  std::size_t begun_ = 0;
  std::size_t done_ = 0;
  std::size_t commands_done_ = 0;
  bool failed_ = false;
  bool closed_ = false;
};

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (auto const& [name, value] : expectations().members()) out.push_back(name);
  return out;
}

class ServerCaptures : public testing::TestWithParam<std::string> {};

TEST_P(ServerCaptures, EveryReplyIsRead) {
  json const& expected = expectations()[GetParam()];
  std::string const all = octets_of(GetParam() + "/s2c.bin");
  for (cuts const how : {cuts::whole, cuts::octets, cuts::random}) {
    std::vector<std::string> const replies = replies_of(GetParam(), how);
    EXPECT_EQ(replies.size(), expected["replies"].items().size());
    std::string joined;
    for (std::string const& reply : replies) joined += reply;
    EXPECT_EQ(joined, all.substr(0, all.size() - number(expected["behind"]))) << "every octet belongs to a reply";
  }
}

TEST_P(ServerCaptures, TheClientPlaysItsPart) {
  for (json const& play : expectations()[GetParam()]["plays"].items()) {
    for (cuts const how : {cuts::whole, cuts::octets, cuts::random}) {
      SCOPED_TRACE(play["name"].text() + (how == cuts::whole    ? ", whole"
                                          : how == cuts::octets ? ", octets"
                                                                : ", cuts"));
      replay{GetParam(), play, how}.run();
      if (HasFatalFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, ServerCaptures, testing::ValuesIn(names()), [](auto const& one) {
  std::string name = one.param;
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
});

TEST(ServerCaptureFiles, AreThere) { EXPECT_EQ(names().size(), 16U); }

}  // namespace
