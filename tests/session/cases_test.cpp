// SPDX-License-Identifier: BSL-1.0
// Runs the session cases of tests/data/cases through the server, each of them three times (whole, octet by octet, in
// random cuts), in `strict` and in the default preset. EHLO_CASES in the environment names another directory of such
// files.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "case_host.hpp"
#include "json.hpp"
#include "replies.hpp"

namespace {

using namespace ehlo_test;

/// Cases that this project believes to be wrong, each with the sentence that says so. They are not run.
std::map<std::string, std::string> const believed_wrong{};

enum class cuts { whole, octets, random };

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

bool matches(std::string_view code, std::string_view pattern) {
  if (code.size() != pattern.size()) return false;
  for (std::size_t i = 0; i != code.size(); ++i)
    if (pattern[i] != 'x' && pattern[i] != code[i]) return false;
  return true;
}

std::vector<std::string> words(json const& value) {
  std::vector<std::string> out;
  if (value.is(json::kind::string)) out.push_back(unescape(value.text()));
  for (json const& word : value.items()) out.push_back(unescape(word.text()));
  return out;
}

bool in_set(std::string_view code, std::vector<std::string> const& set) {
  return std::any_of(set.begin(), set.end(), [&](std::string const& pattern) { return matches(code, pattern); });
}

/// Whether a line of the reply begins with this word, behind an enhanced status code if there is one.
bool has_line(wire_reply const& reply, std::string const& word) {
  for (std::string const& line : reply.lines) {
    std::string text = lower(line);
    bool const coded = text.size() > 5 && text[0] == reply.code[0] && text[1] == '.';
    for (std::string const& from : {text, coded ? text.substr(text.find(' ') + 1) : text})
      if (from.starts_with(lower(word)) &&
          (from.size() == word.size() || !std::isalnum(static_cast<unsigned char>(from[word.size()]))))
        return true;
  }
  return false;
}

class case_run {
 public:
  case_run(json const& one, ehlo::tolerance preset, cuts how)
      : case_{one}, config_{one["config"], preset}, strict_{preset == ehlo::strict}, how_{how} {}

  void run() {
    ehlo::option_error const wrong = config_.options.check();
    ASSERT_FALSE(wrong) << wrong.option << ": " << wrong.why;
    if (!config_.explicit_greeting) {
      host_.offer({});
      expect_reply({"220"}, {});
    }
    auto const& steps = case_["steps"].items();
    bool recommendation_met = !case_.has("recommended");
    for (std::size_t i = 0; i != steps.size() && !void_; ++i) {
      SCOPED_TRACE("step " + std::to_string(i));
      if (steps[i].has("in")) {
        gather(steps[i]);
        bool const more = i + 1 != steps.size() && steps[i + 1].has("in") && !is_plaintext(steps[i + 1]);
        if (!more || how_ != cuts::random || is_plaintext(steps[i])) feed(is_plaintext(steps[i]));
        continue;
      }
      recommendation_met |= step(steps[i]);
      if (testing::Test::HasFatalFailure()) return;
    }
    EXPECT_TRUE(recommendation_met || void_) << "no step fits the recommendation";
    EXPECT_TRUE(host_.replies.whole());
  }

 private:
  static bool is_plaintext(json const& step) { return step["plaintext_before_handshake"].truth(); }

  void gather(json const& step) {
    check_keys(step, {"in", "repeat", "plaintext_before_handshake"});
    std::string const octets = unescape(step["in"].text());
    std::int64_t const times = step.has("repeat") ? step["repeat"].number() : 1;
    for (std::int64_t i = 0; i != times; ++i) {
      gathered_ += octets;
      pieces_.push_back(octets.size());
    }
  }

  void feed(bool plaintext) {
    if (expected_ && !host_.closed()) {
      EXPECT_TRUE(host_.replies.empty()) << "a reply too many: " << host_.replies.replies().front().code;
    }
    expected_ = false;
    if (plaintext) {
      EXPECT_TRUE(host_.waits_for_tls()) << "plaintext behind the 220";
    }
    std::string_view rest{gathered_};
    for (std::size_t i = 0; !rest.empty(); ++i) {
      std::size_t size = how_ == cuts::whole ? pieces_[i] : how_ == cuts::octets ? 1 : 1 + random_() % 40;
      size = std::min(size, rest.size());
      host_.offer(rest.substr(0, size));
      if (testing::Test::HasFatalFailure()) return;
      rest.remove_prefix(size);
    }
    gathered_.clear();
    pieces_.clear();
  }

  static void check_keys(json const& step, std::set<std::string> const& known) {
    for (auto const& [key, value] : step.members()) EXPECT_TRUE(known.contains(key)) << "unknown key " << key;
  }

  /// Whether the recommendation of the case was about this step.
  bool step(json const& step) {
    if (step.members().empty()) {
      ADD_FAILURE() << "an empty step";
      return false;
    }
    if (config_.explicit_greeting && !expected_) host_.offer({});
    expected_ = true;
    std::string const& kind = step.members().front().first;
    json const& value = step.members().front().second;
    if (kind == "expect_reply" || kind == "expect_reply_or_none") {
      check_keys(step, {"expect_reply", "expect_reply_or_none", "contains", "lacks"});
      std::vector<std::string> set = words(value);
      bool const narrowed = narrow(set);
      if (kind == "expect_reply")
        expect_reply(set, step);
      else
        while (!host_.replies.empty()) expect_reply(set, step);
      return narrowed;
    }
    if (kind == "expect_message" || kind == "from" || kind == "rcpts") {
      check_keys(step, {"expect_message", "from", "rcpts"});
      expect_message(step);
      return false;
    }
    check_keys(step, {kind});
    auto const& messages = host_.messages();
    if (kind == "expect_no_reply") {
      EXPECT_TRUE(host_.replies.empty()) << host_.replies.replies().front().code;
    } else if (kind == "expect_no_message") {
      EXPECT_EQ(messages.size(), seen_);
    } else if (kind == "expect_message_count") {
      EXPECT_EQ(static_cast<std::int64_t>(messages.size()), value.number());
    } else if (kind == "expect_message_count_max") {
      EXPECT_LE(static_cast<std::int64_t>(messages.size()), value.number());
    } else if (kind == "expect_closed") {
      EXPECT_TRUE(host_.closed());
    } else {
      act(kind, value);
    }
    return false;
  }

  void act(std::string const& kind, json const& value) {
    expected_ = false;
    if (kind == "eof" || kind == "tls_close") {
      host_.end_of_input();
    } else if (kind == "tls_start") {
      host_.start_tls();
    } else if (kind == "tls_start_if") {
      if (last_code_ == value.text()) host_.start_tls();
    } else if (kind == "tls_fail") {
      host_.fail_tls();
    } else if (kind == "host" && value.text() == "shutdown") {
      host_.shut_down();
    } else if (kind == "host" && value.text() == "timeout") {
      host_.time_out();
    } else {
      ADD_FAILURE() << "unknown step " << kind << " " << value.text();
    }
  }

  /// What `recommended` names stands for this step in `strict`, and in the default preset unless a tolerance was used.
  bool narrow(std::vector<std::string>& set) const {
    if (!case_.has("recommended") || set.size() < 2) return false;
    std::vector<std::string> const best = words(case_["recommended"]);
    for (std::string const& code : best)
      if (!in_set(code, set) && std::find(set.begin(), set.end(), code) == set.end()) return false;
    if (strict_ || host_.tolerated() == ehlo::tolerance::none) set = best;
    return true;
  }

  void expect_reply(std::vector<std::string> const& set, json const& step) {
    if (host_.replies.empty()) {
      bool const may_close = std::find(set.begin(), set.end(), "closed") != set.end();
      EXPECT_TRUE(host_.closed() && may_close) << (host_.closed() ? "closed" : "no reply");
      void_ = true;
      return;
    }
    wire_reply const reply = host_.replies.pop();
    last_code_ = reply.code;
    EXPECT_TRUE(in_set(reply.code, set)) << reply.code << " " << reply.lines.front();
    for (std::string const& word : words(step["contains"])) EXPECT_TRUE(has_line(reply, word)) << word;
    for (std::string const& word : words(step["lacks"])) EXPECT_FALSE(has_line(reply, word)) << word;
  }

  void expect_message(json const& step) {
    ASSERT_LT(seen_, host_.messages().size()) << "no message";
    delivered_message const& message = host_.messages()[seen_++];
    EXPECT_EQ(message.text, unescape(step["expect_message"].text()));
    if (step.has("from")) {
      EXPECT_EQ(message.from, unescape(step["from"].text()));
    }
    if (step.has("rcpts")) {
      EXPECT_EQ(message.recipients, words(step["rcpts"]));
    }
  }

  json const& case_;
  case_config config_;
  bool strict_;
  cuts how_;
  case_host host_{config_, 5321};
  std::minstd_rand random_{2821};
  std::string gathered_;
  std::vector<std::size_t> pieces_;
  std::string last_code_;
  std::size_t seen_ = 0;
  bool expected_ = false;
  bool void_ = false;
};

struct named_case {
  std::string name;
  json value;
};

std::vector<named_case> cases_of(std::filesystem::path const& path) {
  std::vector<named_case> out;
  json const file = json::read_file(path.string());
  if (file["kind"].text() != "session") return out;
  for (json const& one : file["cases"].items()) {
    std::string name = path.stem().string() + "_" + one["id"].text();
    for (char& c : name)
      if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
    out.push_back({name, one});
  }
  return out;
}

std::vector<named_case> all_cases() {
  char const* const elsewhere = std::getenv("EHLO_CASES");
  std::filesystem::path const directory = elsewhere != nullptr ? elsewhere : std::string{EHLO_TEST_DATA} + "/cases";
  std::vector<named_case> out;
  std::set<std::filesystem::path> files;
  for (auto const& entry : std::filesystem::directory_iterator{directory})
    if (entry.path().extension() == ".json") files.insert(entry.path());
  for (std::filesystem::path const& path : files)
    for (named_case& one : cases_of(path)) out.push_back(std::move(one));
  return out;
}

void PrintTo(named_case const& one, std::ostream* out) { *out << one.value["id"].text(); }

class SessionCases : public testing::TestWithParam<named_case> {};

TEST_P(SessionCases, Run) {
  json const& one = GetParam().value;
  for (auto const& [key, value] : one.members()) {
    static std::set<std::string> const known{"id",     "source", "role",      "config", "steps",      "agree",
                                             "differ", "note",   "contested", "either", "recommended"};
    EXPECT_TRUE(known.contains(key)) << "unknown key " << key;
  }
  ASSERT_EQ(one["role"].text(), "server");
  if (auto const wrong = believed_wrong.find(one["id"].text()); wrong != believed_wrong.end())
    GTEST_SKIP() << wrong->second;
  for (ehlo::tolerance const preset : {ehlo::strict, ehlo::interoperable}) {
    for (cuts const how : {cuts::whole, cuts::octets, cuts::random}) {
      SCOPED_TRACE(std::string{preset == ehlo::strict ? "strict, " : "interoperable, "} + (how == cuts::whole ? "whole"
                                                                                           : how == cuts::octets
                                                                                               ? "octet by octet"
                                                                                               : "random cuts"));
      case_run{one, preset, how}.run();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Data, SessionCases, testing::ValuesIn(all_cases()),
                         [](auto const& one) { return one.param.name; });

TEST(SessionCaseFiles, AreThere) { EXPECT_GT(all_cases().size(), 0U); }

}  // namespace
