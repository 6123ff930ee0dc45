// SPDX-License-Identifier: BSL-1.0
// Reply lines, RFC 5321 4.2; their enhanced status codes, RFC 2034 4 and RFC 3463 2; whole replies as a range.
#include "ehlo/grammar/reply_line.hpp"

#include <gtest/gtest.h>

#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/grammar/reply_view.hpp"

namespace {

using namespace ehlo;

constexpr bool reads(std::string_view text, std::uint16_t code, bool last, std::string_view behind) {
  reply_line line;
  return parse_reply_line(text, line) == errc::ok && line.code.number() == code && line.last == last &&
         line.text == behind;
}
constexpr bool malformed(std::string_view text) {
  reply_line line;
  return parse_reply_line(text, line) == errc::peer_reply;
}
constexpr bool has(std::string_view text, enhanced_code status, std::string_view message) {
  reply_line line;
  if (parse_reply_line(text, line) != errc::ok || line.status != status || line.message() != message) return false;
  return line.text == text.substr(4) && (line.status_length != 0) == static_cast<bool>(status);
}

// RFC 5321 4.2: the text may be missing, and the space before it too (4.2.1: "Reply-code [ SP textstring ] CRLF").
static_assert(reads("250", 250, true, "") && reads("250 ", 250, true, "") && reads("250-", 250, false, ""));
static_assert(reads("250 OK", 250, true, "OK") && reads("250-mx", 250, false, "mx") && reads("334 ", 334, true, ""));
static_assert(reads("250  OK", 250, true, " OK") && reads("250--", 250, false, "-") &&
              reads("354 go", 354, true, "go"));
// The first digit is 2 to 5; the others are taken as they come.
static_assert(reads("200", 200, true, "") && reads("599-x", 599, false, "x") && reads("267 x", 267, true, "x"));
static_assert(malformed("199 x") && malformed("600 x") && malformed("000 x") && malformed("150 x"));
static_assert(malformed("") && malformed("2") && malformed("25") && malformed("25 OK") && malformed("2x0 OK"));
static_assert(malformed("2500") && malformed("250x") && malformed("250\tOK") && malformed("250_OK"));
static_assert(malformed(" 250 OK") && malformed("-250 OK") && malformed("+OK") && malformed("ok") &&
              malformed("250\r"));
static_assert(malformed("25: x") && malformed("2/0 x") && malformed("\xb2\xb5\xb0 x") && malformed("25\xb0 x"));
// Any octets in the text.
static_assert(reads("250 \xc5\xbelu", 250, true, "\xc5\xbelu") &&
              reads({"250 a\0b\rc\nd", 11}, 250, true, {"a\0b\rc\nd", 7}));

static_assert(has("250 2.1.5 Ok", {2, 1, 5}, "Ok") && has("550-5.7.26 x", {5, 7, 26}, "x"));
static_assert(has("550 5.7.999 x", {5, 7, 999}, "x") && has("450 4.999.0", {4, 999, 0}, ""));
static_assert(has("250 2.0.0", {2, 0, 0}, "") && has("250 2.0.0 ", {2, 0, 0}, "") &&
              has("250 2.0.0  x", {2, 0, 0}, " x"));
static_assert(has("250 Ok", {}, "Ok") && has("250 ", {}, "") && has("250 2.1.5", {2, 1, 5}, ""));
// RFC 3463 2: class "." 1*3digit "." 1*3digit, without leading zeros, and nothing else attached.
static_assert(has("250 2.1 ok", {}, "2.1 ok") && has("250 2.1.", {}, "2.1.") && has("250 2.1. x", {}, "2.1. x"));
static_assert(has("250 2..1 ok", {}, "2..1 ok") && has("250 .2.1.1", {}, ".2.1.1") &&
              has("250 2.1.x ok", {}, "2.1.x ok"));
static_assert(has("250 2.1.1000", {}, "2.1.1000") && has("250 2.1000.1", {}, "2.1000.1"));
static_assert(has("250 2.01.1", {}, "2.01.1") && has("250 2.1.00", {}, "2.1.00") && has("250 20.1.1", {}, "20.1.1"));
static_assert(has("250 2.1.5.1 x", {}, "2.1.5.1 x") && has("250 2.1.5x", {}, "2.1.5x") &&
              has("250 2.1.5\tx", {}, "2.1.5\tx"));
static_assert(has("250 100.address.org", {}, "100.address.org") && has("250  2.1.5", {}, " 2.1.5"));
// RFC 2034 4: the class is the code's first digit; 3yz has none.
static_assert(has("250 5.1.1 odd", {}, "5.1.1 odd") && has("550 4.2.1 odd", {}, "4.2.1 odd"));
static_assert(has("354 2.0.0 go", {}, "2.0.0 go") && has("354 3.0.0 go", {}, "3.0.0 go"));

TEST(reply_line, every_code) {
  for (unsigned number = 0; number != 1000; ++number) {
    std::string text = std::to_string(number);
    text.insert(0, 3 - text.size(), '0');
    for (std::string const behind : {"", " ", "-", " x", "-x"}) {
      reply_line line;
      bool const valid = parse_reply_line(text + behind, line) == errc::ok;
      ASSERT_EQ(valid, number >= 200 && number <= 599) << text;
      if (valid) {
        ASSERT_EQ(line.code.number(), number);
        ASSERT_EQ(line.last, !behind.starts_with('-'));
      }
    }
  }
}

TEST(reply_line, every_octet_at_every_place) {
  std::string_view const fine = "250 2.1.5 x";
  for (std::size_t place = 0; place != fine.size(); ++place) {
    for (unsigned c = 0; c != 256; ++c) {
      std::string text{fine};
      text[place] = static_cast<char>(c);
      reply_line line;
      bool const digit = c >= '0' && c <= '9';
      bool const valid = place == 0   ? c >= '2' && c <= '5'
                         : place < 3  ? digit
                         : place == 3 ? c == ' ' || c == '-'
                                      : true;
      ASSERT_EQ(parse_reply_line(text, line) == errc::ok, valid) << text;
      if (!valid) continue;
      bool const still = place < 4                  ? place != 0 || c == '2'
                         : place == 6 || place == 8 ? digit
                         : place == 10              ? true
                                                    : text[place] == fine[place];
      ASSERT_EQ(static_cast<bool>(line.status), still) << text;
    }
  }
}

TEST(reply_line, every_status_of_every_class) {
  for (std::uint8_t const status_class : {std::uint8_t{2}, std::uint8_t{4}, std::uint8_t{5}}) {
    for (std::uint16_t number = 0; number != 1000; ++number) {
      std::string const digits = std::to_string(number);
      std::string const code = std::to_string(status_class) + "50 " + std::to_string(status_class) + ".";
      ASSERT_TRUE(has(code + digits + ".7 x", {status_class, number, 7}, "x"));
      ASSERT_TRUE(has(code + "7." + digits, {status_class, 7, number}, ""));
    }
  }
}

// --- whole replies

static_assert(std::forward_iterator<reply_lines::iterator>);

constexpr reply_view three{"550-5.7.26 a\r\n550-b\r\n550 5.7.1 c\r\n", 550, {5, 7, 26}};
static_assert(three.code() == reply_code{550} && three.status() == enhanced_code{5, 7, 26} && three.text() == "a");
static_assert(reply_view{"250\r\n", 250, {}}.text().empty() && reply_view{}.text().empty() && !reply_view{}.code());
static_assert(
    [] {
      std::size_t count = 0;
      for (reply_line const& line : three.lines()) count += line.text.size() + std::size_t{line.last} * 100;
      return count == 8 + 1 + 107;
    }(),
    "at compile time too");

TEST(reply_view, lines_in_order) {
  struct row {
    std::string_view raw;
    std::vector<std::string> texts;
  };
  row const rows[] = {
      {"", {}},
      {"250\r\n", {""}},
      {"250-\r\n250 \r\n", {"", ""}},
      {"250-a\n250-bc\r\n250 d\n", {"a", "bc", "d"}},
      {"250-a\rb\r\r\n250 a line that is longer than any register of octets, so that loops go around\r\n",
       {"a\rb\r", "a line that is longer than any register of octets, so that loops go around"}},
      {"250-a\r\nno reply\r\n250 b\r\n", {"a"}},  // no reader passes it; nothing is read behind it
      {"250-a\r\n250 no end", {"a", "no end"}},
  };
  for (auto const& row : rows) {
    std::string const raw{row.raw};
    std::vector<std::string> texts;
    reply_view const reply{raw, 250, {}};
    for (reply_line const& line : reply.lines()) texts.emplace_back(line.text);
    EXPECT_EQ(texts, row.texts) << raw;
  }
}

TEST(reply_view, iterators_are_values) {
  auto at = three.lines().begin();
  auto const first = at++;
  EXPECT_EQ(first, three.lines().begin());
  EXPECT_NE(first, at);
  EXPECT_EQ(first->status_length, 6);
  EXPECT_EQ(at->text, "b");
  EXPECT_EQ(++at, std::next(three.lines().begin(), 2));
  EXPECT_EQ(++at, three.lines().end());
}

}  // namespace
