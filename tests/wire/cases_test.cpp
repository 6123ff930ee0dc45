// SPDX-License-Identifier: BSL-1.0
// Runs the tables of tests/data/cases that are whole replies (reply, ehlo). They state what RFC 5321 says, so they run
// under `strict`, whole and one octet at a time; the presets that forgive more must take all that `strict` takes.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/grammar/ehlo_line.hpp"
#include "ehlo/wire/reply_reader.hpp"
#include "json.hpp"

namespace {

using ehlo_test::json;
using ehlo_test::unescape;
using status = ehlo::reply_reader::status;

std::vector<json> cases(std::string const& group) {
  json const file = json::read_file(std::string{EHLO_TEST_DATA} + "/cases/" + group + ".json");
  return file["cases"].items();
}

bool is_either(json const& one) { return one["valid"].text() == "either"; }

/// The result for the whole text; `storage` outlives its views.
ehlo::reply_reader::result read(std::string_view text, std::size_t piece, ehlo::tolerance allowed,
                                std::span<char> storage) {
  ehlo::reply_reader reader;
  ehlo::reply_reader::result result;
  while (!text.empty() && result.what == status::need_input) {
    std::string_view in = text.substr(0, piece);
    std::size_t const before = in.size();
    result = reader.read(in, storage, {}, allowed);
    text.remove_prefix(before - in.size());
  }
  return result;
}

void check_reply(json const& one, ehlo::reply_reader::result const& result) {
  if (one["incomplete"].truth()) {
    EXPECT_EQ(result.what, status::need_input);
    return;
  }
  if (!is_either(one)) {
    EXPECT_EQ(result.what == status::reply, one["valid"].truth());
  }
  EXPECT_TRUE(result.what == status::reply || result.what == status::malformed);
  if (result.what != status::reply) return;
  if (one.has("code")) {
    EXPECT_EQ(result.reply.code().number(), one["code"].number());
  }
  if (one.has("lines")) {
    std::vector<std::string> expected;
    for (json const& line : one["lines"].items()) expected.push_back(unescape(line.text()));
    std::vector<std::string> lines;
    for (ehlo::reply_line const& line : result.reply.lines()) lines.emplace_back(line.text);
    EXPECT_EQ(lines, expected);
  }
  if (one.has("enhanced")) {
    ehlo::enhanced_code expected;
    if (auto const& numbers = one["enhanced"].items(); !numbers.empty())
      expected = {static_cast<std::uint8_t>(numbers[0].number()), static_cast<std::uint16_t>(numbers[1].number()),
                  static_cast<std::uint16_t>(numbers[2].number())};
    EXPECT_EQ(result.reply.status(), expected);
  }
}

TEST(cases, reply) {
  for (json const& one : cases("reply")) {
    SCOPED_TRACE(one["id"].text() + " " + one["in"].text());
    std::string const in = unescape(one["in"].text());
    for (ehlo::tolerance const allowed : {ehlo::strict, ehlo::interoperable, ehlo::lenient}) {
      for (std::size_t const piece : {in.size(), std::size_t{1}, std::size_t{7}}) {
        std::array<char, 2048> storage{};
        check_reply(one, read(in, piece, allowed, storage));
      }
    }
  }
}

/// The words with one space between them.
std::string words(std::string_view text) {
  std::string out;
  for (std::string_view word = ehlo::detail::take_word(text); !word.empty(); word = ehlo::detail::take_word(text))
    out.append(out.empty() ? "" : " ").append(word);
  return out;
}

void check_offer(json const& one, ehlo::reply_view const& reply) {
  auto line = reply.lines().begin();
  std::vector<std::pair<std::string, std::string>> found;
  while (++line != reply.lines().end()) {
    ehlo::ehlo_keyword keyword;
    if (!ehlo::parse_ehlo_keyword(line->text, keyword)) continue;
    bool repeated = false;
    for (auto const& [name, value] : found) repeated = repeated || name == keyword.keyword;
    if (!repeated) found.emplace_back(keyword.keyword, words(keyword.parameters));
  }
  if (is_either(one) && one["caps"].members().empty()) return;  // whether such a line offers anything
  ehlo::service_offer const offer = ehlo::read_ehlo_response(reply, "PLAIN LOGIN CRAM-MD5");
  ASSERT_EQ(found.size(), one["caps"].members().size());
  ehlo::service_offer expected;
  for (auto const& [name, value] : one["caps"].members()) {
    EXPECT_EQ(found.front(), (std::pair{name, value.text()}));
    ehlo::read_ehlo_line(name + ' ' + value.text(), "PLAIN LOGIN CRAM-MD5", expected);
  }
  EXPECT_EQ(offer, expected);
}

TEST(cases, ehlo) {
  for (json const& one : cases("ehlo")) {
    SCOPED_TRACE(one["id"].text() + " " + one["in"].text());
    std::string const in = unescape(one["in"].text());
    std::array<char, 2048> storage{};
    auto const result = read(in, in.size(), ehlo::strict, storage);
    ASSERT_EQ(result.what, status::reply);
    check_offer(one, result.reply);
  }
}

}  // namespace
