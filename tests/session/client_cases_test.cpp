// SPDX-License-Identifier: BSL-1.0
// Runs the client cases of tests/data/cases through the client, each of them twelve times: the octets of the peer
// whole, octet by octet and in random cuts; the output drained whole and in random bits; in `strict` and in the default
// preset. EHLO_CASES in the environment names another directory of such files.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "client_case_config.hpp"
#include "client_case_host.hpp"
#include "client_case_server.hpp"
#include "client_case_wire.hpp"
#include "json.hpp"

namespace {

using namespace ehlo_test;

/// Cases that this project believes to be wrong, each with the sentence that says so. They are not run.
std::map<std::string, std::string> const believed_wrong{};

enum class cuts { whole, octets, random };

struct way {
  ehlo::tolerance preset;
  cuts how;
  bool bits;     // drain in random bits
  bool patient;  // the host has nothing to send until an `idle` step is over
};

class case_run {
 public:
  /// `only_tolerated`: `strict` refused the job of a case in which servers and clients may differ.
  case_run(json const& one, way const& how, bool only_tolerated)
      : case_{one}, config_{one, how.preset}, way_{how}, only_tolerated_{only_tolerated && one.has("either")} {
    if (how.patient) host_.hold(true);
  }

  void run() {
    auto const& steps = case_["steps"].items();
    for (std::size_t i = 0; i != steps.size(); ++i) {
      SCOPED_TRACE("step " + std::to_string(i));
      if (steps[i].has("peer")) {
        gather(steps[i]);
        bool const more = i + 1 != steps.size() && steps[i + 1].has("peer");
        if (!more || way_.how != cuts::random) feed();
        continue;
      }
      // What must not be sent may be refused sooner than at its turn; then nothing before its turn is said.
      while (host_.rejected_early() && is_of_output(steps[i]) && !mentions(steps[i], "input_rejected") &&
             !fits_output(steps[i]) && i + 1 != steps.size())
        ++i;
      step(steps[i]);
      if (testing::Test::HasFatalFailure()) return;
      if (only_tolerated_ && host_.submitted()) return;
    }
    for (std::string const& text : never_) {
      EXPECT_FALSE(contains(host_.output(), text)) << text << " in\n" << host_.output();
    }
  }

  [[nodiscard]] bool refused_at_submission() const { return host_.refused_at_submission(); }

 private:
  void gather(json const& step) {
    check_keys(step, {"peer", "repeat"});
    std::string const octets = unescape(step["peer"].text());
    std::int64_t const times = step.has("repeat") ? step["repeat"].number() : 1;
    for (std::int64_t i = 0; i != times; ++i) gathered_ += octets;
  }

  void feed() {
    std::string_view rest{gathered_};
    while (!rest.empty() && !host_.closed()) {
      std::size_t const size = way_.how == cuts::whole    ? rest.size()
                               : way_.how == cuts::octets ? 1
                                                          : 1 + random_() % 40;
      host_.peer(rest.substr(0, size));
      if (testing::Test::HasFatalFailure()) return;
      rest.remove_prefix(std::min(size, rest.size()));
    }
    gathered_.clear();
    if (idled_ && way_.patient) host_.hold(false);
  }

  static void check_keys(json const& step, std::set<std::string> const& known) {
    for (auto const& [key, value] : step.members()) EXPECT_TRUE(known.contains(key)) << "unknown key " << key;
  }

  void step(json const& step) {
    ASSERT_FALSE(step.members().empty()) << "an empty step";
    std::string const& kind = step.members().front().first;
    json const& value = step.members().front().second;
    if (step.has("do")) return act(step);
    check_keys(step, {kind});
    if (kind == "expect_out") {
      expect_output([&](std::string_view out) { return matches_output(value, out); });
    } else if (kind == "expect_out_seq") {
      expect_output([&](std::string_view out) { return matches_lines(value, out); });
    } else if (kind == "expect_none") {
      expect_output([](std::string_view out) { return out.empty(); });
    } else if (kind == "expect_result") {
      EXPECT_TRUE(take_result(byte_strings(value))) << "results: " << testing::PrintToString(host_.results);
    } else if (kind == "expect_any") {
      expect_any(value);
    } else if (kind == "expect_rcpt") {
      expect_recipients(byte_strings(value));
    } else if (kind == "expect_closed") {
      EXPECT_TRUE(host_.closed());
    } else if (kind == "never_out") {
      for (std::string const& text : byte_strings(value)) never_.push_back(text);
    } else if (kind == "wire_rule") {
      check_wire(byte_strings(value));
    } else {
      happen(kind, value);
    }
  }

  /// What happens to the connection.
  void happen(std::string const& kind, json const& value) {
    if (kind == "idle") {
      idled_ = true;
    } else if (kind == "auto_server") {
      play_server();
    } else if (kind == "eof" || kind == "tls_close") {
      host_.end_of_input();
    } else if (kind == "tls_start") {
      host_.start_tls();
    } else if (kind == "tls_start_if") {
      if (host_.last_code() == value.text()) host_.start_tls();
    } else if (kind == "tls_fail") {
      host_.fail_tls();
    } else if (kind == "host" && value.text() == "timeout") {
      host_.time_out();
    } else {
      ADD_FAILURE() << "unknown step " << kind << " " << value.text();
    }
  }

  /// What the host is to do; the octets to write stand under any other key.
  void act(json const& step) {
    std::string const& what = step["do"].text();
    if (what == "write") {
      std::size_t texts = 0;
      for (auto const& [key, value] : step.members()) {
        if (key == "do" || key == "note") continue;
        host_.write(unescape(value.text()));
        ++texts;
      }
      EXPECT_EQ(texts, 1U) << "octets to write";
      return;
    }
    check_keys(step, {"do"});
    if (what == "quit") {
      host_.quit();
    } else if (what == "send") {
      host_.send();
    } else if (what == "finish") {
      host_.finish();
    } else if (what == "abort") {
      host_.abort();
    } else {
      ADD_FAILURE() << "unknown action " << what;
    }
  }

  [[nodiscard]] std::string_view fresh() const { return std::string_view{host_.output()}.substr(checked_); }

  static bool is_of_output(json const& step) {
    return step.has("expect_out") || step.has("expect_out_seq") || step.has("peer") || step.has("expect_any");
  }
  bool fits_output(json const& step) {
    if (step.has("expect_out")) return matches_output(step["expect_out"], fresh());
    return step.has("expect_out_seq") && matches_lines(step["expect_out_seq"], fresh());
  }

  /// After an error result RSET and QUIT may come before what is expected; the server grants the first.
  template <class Matches>
  bool find_output(Matches const& matches) {
    while (!matches(fresh())) {
      bool const reset = fresh().starts_with("RSET\r\n");
      if (!failed_ || (!reset && !fresh().starts_with("QUIT\r\n"))) return false;
      checked_ += 6;
      if (reset) host_.peer("250 ok\r\n");
    }
    checked_ = host_.output().size();
    return true;
  }
  template <class Matches>
  void expect_output(Matches const& matches) {
    note_failures();
    EXPECT_TRUE(find_output(matches)) << "output: " << testing::PrintToString(std::string{fresh()});
  }

  void note_failures() {
    for (client_result const& result : host_.results) failed_ = failed_ || !result.contains("delivered");
  }
  bool take_result(std::vector<std::string> const& allowed) {
    if (host_.results.empty()) host_.refuse_plaintext();
    note_failures();
    if (host_.results.empty()) return false;
    client_result const& result = host_.results.front();
    if (std::none_of(allowed.begin(), allowed.end(), [&](auto const& name) { return result.contains(name); }))
      return false;
    rejected_ = result.contains("input_rejected");
    host_.results.pop_front();
    return true;
  }

  void expect_any(json const& alternatives) {
    note_failures();
    for (json const& one : alternatives.items()) {
      check_keys(one, {"out", "out_prefix", "result", "tls_wanted", "none"});
      std::string const text = one.has("out_prefix") ? unescape(one["out_prefix"].text()) : "";
      if (one.has("out") && find_output([&](std::string_view out) { return matches_output(one["out"], out); })) return;
      if (one.has("out_prefix") && find_output([&](std::string_view out) { return out.starts_with(text); })) return;
      if (one.has("result") && take_result(byte_strings(one["result"]))) return;
      if (one.has("tls_wanted") && host_.waits_for_tls() == one["tls_wanted"].truth()) return;
      if (one.has("none") && fresh().empty()) return;
    }
    ADD_FAILURE() << "none of the alternatives; output: " << testing::PrintToString(std::string{fresh()})
                  << ", results: " << testing::PrintToString(host_.results);
  }

  void expect_recipients(std::vector<std::string> const& codes) {
    auto const& got = host_.recipients();
    ASSERT_EQ(got.size(), codes.size());
    for (std::size_t i = 0; i != codes.size(); ++i) {
      EXPECT_TRUE(fits(got[i].rcpt, codes[i]) || fits(got[i].decided, codes[i]))
          << codes[i] << ": " << got[i].rcpt << " to RCPT, decided by " << got[i].decided;
    }
  }
  static bool fits(std::string_view code, std::string_view pattern) {
    if (code.size() != pattern.size()) return false;
    for (std::size_t i = 0; i != code.size(); ++i)
      if (pattern[i] != 'x' && pattern[i] != code[i]) return false;
    return true;
  }

  void play_server() {
    client_case_server server{config_};
    server.play(host_);
    checked_ = host_.output().size();
    std::string const& body = config_.body();
    if (host_.results.empty() || !host_.results.back().contains("delivered")) return;
    ASSERT_EQ(server.messages().size(), 1U);
    EXPECT_TRUE(server.messages()[0] == body || server.messages()[0] == body + "\r\n") << "the server has another body";
  }

  void check_wire(std::vector<std::string> const& rules) {
    bool const refused = rejected_ || (!host_.results.empty() && host_.results.front().contains("input_rejected"));
    text_on_the_wire const text{host_.output(), refused};
    for (std::string const& rule : rules) text.check(rule);
  }

  json const& case_;
  client_case_config config_;
  way way_;
  bool only_tolerated_;
  client_case_host host_{config_, way_.bits, 5321};
  std::minstd_rand random_{2821};
  std::string gathered_;
  std::vector<std::string> never_;
  std::size_t checked_ = 0;  // of the output
  bool failed_ = false;
  bool rejected_ = false;
  bool idled_ = false;
};

struct named_case {
  std::string name;
  json value;
};

std::vector<named_case> cases_of(std::filesystem::path const& path) {
  std::vector<named_case> out;
  json const file = json::read_file(path.string());
  if (file["kind"].text() != "client") return out;
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
  std::set<std::filesystem::path> files;
  for (auto const& entry : std::filesystem::directory_iterator{directory})
    if (entry.path().extension() == ".json") files.insert(entry.path());
  std::vector<named_case> out;
  for (std::filesystem::path const& path : files)
    for (named_case& one : cases_of(path)) out.push_back(std::move(one));
  return out;
}

void PrintTo(named_case const& one, std::ostream* out) { *out << one.value["id"].text(); }

/// Whether the host can be without anything to send until an `idle` step.
bool may_be_idle(json const& one) {
  for (json const& step : one["steps"].items()) {
    if (step.has("idle")) return true;
    if (step.has("expect_result") || step.has("auto_server") || mentions(step, "MAIL")) return false;
  }
  return false;
}

class ClientCases : public testing::TestWithParam<named_case> {};

TEST_P(ClientCases, Run) {
  json const& one = GetParam().value;
  for (auto const& [key, value] : one.members()) {
    static std::set<std::string> const known{"id",    "source", "role", "config",    "job",    "steps",
                                             "agree", "differ", "note", "contested", "either", "recommended"};
    EXPECT_TRUE(known.contains(key)) << "unknown key " << key;
  }
  ASSERT_EQ(one["role"].text(), "client");
  if (auto const wrong = believed_wrong.find(one["id"].text()); wrong != believed_wrong.end())
    GTEST_SKIP() << wrong->second;
  bool refused_by_strict = false;
  for (bool const patient : {false, true}) {
    if (patient && !may_be_idle(one)) continue;
    for (ehlo::tolerance const preset : {ehlo::strict, ehlo::client_options{}.tolerances}) {
      for (cuts const how : {cuts::whole, cuts::octets, cuts::random}) {
        for (bool const bits : {false, true}) {
          SCOPED_TRACE(std::string{preset == ehlo::strict ? "strict" : "by default"} +
                       (how == cuts::whole    ? ", whole"
                        : how == cuts::octets ? ", octet by octet"
                                              : ", random cuts") +
                       (bits ? ", drained in bits" : "") + (patient ? ", patient" : ""));
          case_run run{one, {preset, how, bits, patient}, preset != ehlo::strict && refused_by_strict};
          run.run();
          if (preset == ehlo::strict) refused_by_strict = run.refused_at_submission();
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Data, ClientCases, testing::ValuesIn(all_cases()),
                         [](auto const& one) { return one.param.name; });

TEST(ClientCaseFiles, AreThere) { EXPECT_GT(all_cases().size(), 0U); }

}  // namespace
