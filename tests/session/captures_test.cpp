// SPDX-License-Identifier: BSL-1.0
// What real clients sent, replayed through the server (tests/data/captures/README.md): as the segments were recorded,
// octet by octet, and all at once up to a TLS boundary. Nothing may be refused, and envelope, parameters, credentials
// and body are those that were read from the capture without this engine.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/server.hpp"
#include "json.hpp"
#include "replies.hpp"

namespace {

using namespace ehlo_test;
using strings = std::vector<std::string>;

enum class cuts { recorded, octets, whole };

std::string directory() { return std::string{EHLO_TEST_DATA} + "/captures/"; }

json const& expectations() {
  static json const all = json::read_file(directory() + "expected.json");
  return all;
}

strings texts(json const& list) {
  strings out;
  for (json const& item : list.items()) out.push_back(unescape(item.text()));
  return out;
}

/// The client's octets: pieces, and an empty one where the handshake took place.
strings pieces(std::string const& name, cuts how) {
  std::ifstream octets{directory() + name + "/c2s.bin", std::ios::binary};
  std::string const all{std::istreambuf_iterator<char>{octets}, {}};
  std::ifstream events{directory() + name + "/events.jsonl"};
  strings out;
  for (std::string line; std::getline(events, line);) {
    json const event = json::parse(line);
    std::string const& kind = event["ev"].text();
    if (kind == "tls-done") out.emplace_back();
    if (kind != "c") continue;
    std::string const piece =
        all.substr(static_cast<std::size_t>(event["off"].number()), static_cast<std::size_t>(event["len"].number()));
    if (how == cuts::whole && !out.empty() && !out.back().empty()) {
      out.back() += piece;
    } else if (how == cuts::octets) {
      for (char const c : piece) out.emplace_back(1, c);
    } else {
      out.push_back(piece);
    }
  }
  return out;
}

/// Offers everything that the recorder of the captures offered.
ehlo::server_options recorder(ehlo::tolerance preset) {
  using enum ehlo::capability;
  ehlo::server_options o{.hostname = "omni.test"};
  o.offer = {pipelining,          size,      eightbitmime,  binarymime,  chunking, starttls, auth,
             enhancedstatuscodes, dsn,       smtputf8,      etrn,        vrfy,     expn,     help,
             requiretls,          deliverby, futurerelease, mt_priority, limits};
  o.ask = o.ask | ehlo::question::expn;
  o.tolerances = preset;
  o.max_message_size = 104857600;
  o.max_recipients = 100;
  o.auth_mechanisms = "PLAIN LOGIN CRAM-MD5 XOAUTH2 SCRAM-SHA-256";
  o.auth_mechanisms_cleartext = o.auth_mechanisms;
  o.min_deliver_by = 240;
  o.max_hold_seconds = 604800;
  o.max_hold_until = "2030-01-01T00:00:00Z";
  o.mt_priority_profile = "MIXER";
  return o;
}

class replay {
 public:
  replay(std::string const& name, ehlo::tolerance preset)
      : expected_{expectations()[name]}, options_{recorder(preset)}, strict_{preset == ehlo::strict} {
    EXPECT_FALSE(options_.check());
    ehlo::tls_facts const facts;
    if (expected_["tls"].text() == "implicit")
      server_.reset(new ehlo::server{options_, {}, facts});
    else
      server_.reset(new ehlo::server{options_, {}});
  }

  void run(strings const& pieces) {
    offer({});
    bool first = true;
    for (std::string const& piece : pieces) {
      if (piece.empty() && !(first && expected_["tls"].text() == "implicit")) {
        EXPECT_EQ(told_, ehlo::event_type::need_tls);
        EXPECT_EQ(server_->tls_started({}), ehlo::errc::ok);
      }
      first = false;
      offer(piece);
    }
    if (expected_["ends_with"].text() == "end of input") {
      EXPECT_NE(told_, ehlo::event_type::closed);
      EXPECT_EQ(server_->end_of_input({}, true), ehlo::errc::ok);
      offer({});
    }
    EXPECT_EQ(told_, ehlo::event_type::closed);
    EXPECT_TRUE(replies_.whole());
    for (wire_reply const& reply : replies_.replies()) EXPECT_LT(reply.code, "400") << reply.lines.front();
    strings sent = texts(expected_["verbs"]);  // of several BDATs the first is an event
    sent.erase(std::unique(sent.begin(), sent.end(), [](auto& a, auto& b) { return a == b && a == "BDAT"; }),
               sent.end());
    EXPECT_EQ(verbs_, sent);
    EXPECT_EQ(messages_, expected_["messages"].items().size());
    EXPECT_EQ(exchanges_, expected_["auth"].items().size());
  }

 private:
  void offer(std::string_view piece) {
    std::string rest{piece};
    for (;;) {
      auto const block = std::make_unique<char[]>(rest.size());  // of its exact size, and gone after the call
      rest.copy(block.get(), rest.size());
      std::string_view in{block.get(), rest.size()};
      ehlo::server_event const e = server_->next(in, {});
      told_ = e.type();
      take(e);
      rest = in;
      if (told_ == ehlo::event_type::need_input || told_ == ehlo::event_type::need_tls ||
          told_ == ehlo::event_type::closed || told_ == ehlo::event_type::misuse)
        break;
    }
    flush();
    EXPECT_TRUE(rest.empty());
  }

  void flush() {
    replies_.take(server_->output());
    EXPECT_EQ(server_->sent(server_->output().size()), ehlo::errc::ok);
  }

  void take(ehlo::server_event const& e) {
    using enum ehlo::event_type;
    if (strict_) {
      EXPECT_EQ(e.tolerated(), ehlo::tolerance::none) << e.raw();
    }
    std::string word{e.command_word()};
    for (char& c : word) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (!word.empty()) verbs_.push_back(word);
    switch (e.type()) {
      case need_output: return flush();
      case mail: return check_mail(e.mail());
      case rcpt: return check_rcpt(e.rcpt());
      case body: body_ += e.body(); return;
      case message_end: return check_message(e);
      case auth:
      case auth_response:
      case credentials: return check_auth(e);
      case etrn: EXPECT_EQ(server_->accept(), ehlo::errc::ok); return;
      case expn:
        flush();
        EXPECT_EQ(server_->reply_line("A <a@omni.test>"), ehlo::errc::ok);
        EXPECT_EQ(server_->accept("B <b@omni.test>"), ehlo::errc::ok);
        return;
      case refused: ADD_FAILURE() << ehlo::message(e.error()) << ": " << e.raw(); return;
      case misuse:
      case need_reply:
      case message_dropped: ADD_FAILURE() << static_cast<int>(e.type()); return;
      default: EXPECT_FALSE(e.is_question()) << static_cast<int>(e.type());
    }
  }

  [[nodiscard]] json const& message() const { return expected_["messages"].items().at(messages_); }

  static strings as_sent(ehlo::parameters const& all) {
    strings out;
    for (ehlo::parameter const& p : all)
      out.push_back(std::string{p.keyword} + (p.has_value ? "=" + std::string{p.value} : ""));
    return out;
  }
  /// The values by keyword in capitals.
  static std::map<std::string, std::string> values(strings const& list) {
    std::map<std::string, std::string> out;
    for (std::string const& one : list) {
      std::string keyword = one.substr(0, one.find('='));
      for (char& c : keyword) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      out[keyword] = one.substr(std::min(one.size(), keyword.size() + 1));
    }
    return out;
  }

  void check_mail(ehlo::mail_args const& mail) {
    strings const sent = texts(message()["mail_params"]);
    auto value = values(sent);
    EXPECT_EQ(mail.from.mailbox(), unescape(message()["from"].text()));
    EXPECT_EQ(as_sent(mail.all), sent);
    EXPECT_EQ(mail.has_size, value.contains("SIZE"));
    if (mail.has_size) {
      EXPECT_EQ(std::to_string(mail.size), value["SIZE"]);
    }
    EXPECT_EQ(mail.smtputf8, value.contains("SMTPUTF8"));
    EXPECT_FALSE(mail.requiretls);
    EXPECT_EQ(mail.body, value["BODY"] == "8BITMIME" ? ehlo::body_type::eightbitmime : ehlo::body_type::unstated);
    EXPECT_EQ(mail.ret, value["RET"] == "HDRS" ? ehlo::ret_type::headers : ehlo::ret_type::unstated);
    EXPECT_EQ(mail.envid, value["ENVID"]);
    EXPECT_EQ(mail.auth, value["AUTH"]);
    recipients_ = 0;
    body_.clear();
    EXPECT_EQ(server_->accept(), ehlo::errc::ok);
  }

  void check_rcpt(ehlo::rcpt_args const& rcpt) {
    json const& to = message()["rcpts"].items().at(recipients_++);
    strings const sent = texts(to["params"]);
    auto value = values(sent);
    EXPECT_EQ(rcpt.to.mailbox(), unescape(to["to"].text()));
    EXPECT_EQ(as_sent(rcpt.all), sent);
    EXPECT_EQ(rcpt.orcpt, value["ORCPT"]);
    ehlo::notify_type const notify = value["NOTIFY"] == "FAILURE,DELAY"
                                         ? ehlo::notify_type::failure | ehlo::notify_type::delay
                                         : ehlo::notify_type::unstated;
    EXPECT_EQ(rcpt.notify, notify);
    EXPECT_EQ(server_->accept(), ehlo::errc::ok);
  }

  void check_message(ehlo::server_event const& e) {
    EXPECT_EQ(body_, unescape(message()["body"].text()));
    EXPECT_EQ(e.octets(), body_.size());
    EXPECT_EQ(e.recipients(), recipients_);
    EXPECT_EQ(recipients_, message()["rcpts"].items().size());
    bool const chunks = message()["via"].text() == "BDAT";
    EXPECT_EQ(e.how_newlines_were(), chunks ? ehlo::newlines::unexamined : ehlo::newlines::clean);
    EXPECT_EQ(server_->accept("queued"), ehlo::errc::ok);
    ++messages_;
  }

  void check_auth(ehlo::server_event const& e) {
    json const& exchange = expected_["auth"].items().at(exchanges_);
    strings const challenges = texts(exchange["challenges"]);
    verbs_.push_back("AUTH");
    if (e.type() == ehlo::event_type::credentials) {
      EXPECT_EQ(e.mechanism(), exchange["mechanism"].text());
      strings const said{std::string{e.authorization_identity()}, std::string{e.user_name()},
                         std::string{e.password()}};
      EXPECT_EQ(said, texts(exchange["credentials"]));
      ++exchanges_;
      EXPECT_EQ(server_->accept(), ehlo::errc::ok);
      return;
    }
    if (e.type() == ehlo::event_type::auth) {
      EXPECT_EQ(e.mechanism(), exchange["mechanism"].text());
      EXPECT_EQ(e.has_initial_response(), exchange["initial"].truth());
      responses_.clear();
      challenged_ = 0;
    } else {
      verbs_.pop_back();
    }
    if (e.type() != ehlo::event_type::auth || e.has_initial_response()) responses_.emplace_back(e.response());
    if (challenged_ < challenges.size()) {
      EXPECT_EQ(server_->challenge(challenges[challenged_++]), ehlo::errc::ok);
      return;
    }
    EXPECT_EQ(responses_, texts(exchange["responses"]));
    ++exchanges_;
    EXPECT_EQ(server_->accept(), ehlo::errc::ok);
  }

  json const& expected_;
  ehlo::server_options const options_;
  bool strict_;
  std::unique_ptr<ehlo::server> server_;
  reply_reader replies_;
  ehlo::event_type told_{};
  strings verbs_;
  strings responses_;
  std::size_t challenged_ = 0;
  std::size_t exchanges_ = 0;
  std::size_t messages_ = 0;
  std::size_t recipients_ = 0;
  std::string body_;
};

strings names() {
  strings out;
  for (auto const& [name, value] : expectations().members()) out.push_back(name);
  return out;
}

/// Not clean enough for `strict`, and why.
std::map<std::string, std::string> const not_strict{
    {"curl-starttls-auth-login", "AUTH=<ann@client.test>: RFC 4954 8 has a mailbox there, without angle brackets"}};

class Captures : public testing::TestWithParam<std::string> {};

TEST_P(Captures, IsTakenWholly) {
  for (ehlo::tolerance const preset : {ehlo::interoperable, ehlo::lenient, ehlo::strict}) {
    if (preset == ehlo::strict && not_strict.contains(GetParam())) continue;
    for (cuts const how : {cuts::recorded, cuts::octets, cuts::whole}) {
      SCOPED_TRACE(preset == ehlo::strict ? "strict" : preset == ehlo::lenient ? "lenient" : "interoperable");
      SCOPED_TRACE(how == cuts::recorded ? "as recorded" : how == cuts::octets ? "octet by octet" : "all at once");
      replay{GetParam(), preset}.run(pieces(GetParam(), how));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Clients, Captures, testing::ValuesIn(names()), [](auto const& one) {
  std::string name = one.param;
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
});

TEST(CaptureFiles, AreThere) { EXPECT_EQ(names().size(), 40U); }

}  // namespace
