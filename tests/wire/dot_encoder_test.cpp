// SPDX-License-Identifier: BSL-1.0
// RFC 5321 4.5.2 (transparency), 4.1.1.4 (the end of data), 2.3.8 (bare CR and LF), 4.5.3.1.6 (text lines).
#include "ehlo/wire/dot_encoder.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <ostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/wire/dot_decoder.hpp"
#include "json.hpp"
#include "wire/reference_decoder.hpp"
#include "wire/reference_encoder.hpp"

namespace {

using namespace std::string_literals;
using ehlo::bare_newline;
using ehlo::dot_encoder;
using ehlo::tolerance;
using status = dot_encoder::status;

constexpr tolerance nothing = tolerance::none;
constexpr tolerance any_octet = dot_encoder::any_octet;

struct text_rule {
  bare_newline newline;
  tolerance allowed;
};
constexpr text_rule rejecting{bare_newline::reject, any_octet};
constexpr text_rule normalizing{bare_newline::normalize, any_octet};
constexpr text_rule strict{bare_newline::reject, nothing};
constexpr text_rule repairing_only{bare_newline::normalize, nothing};
constexpr text_rule all_rules[] = {rejecting, normalizing, strict, repairing_only};

constexpr std::size_t list_sizes[] = {1, 2, 3, 4, 64};

/// What an encoder makes of a body that comes in chunks, and the promises about each single step.
class run {
 public:
  explicit run(text_rule rule, std::size_t list = 64) : list_(list) { encoder_.start(rule.newline, rule.allowed); }

  /// Gives a chunk at an address of its own, and its rest at another one.
  run& operator<<(std::string_view chunk) {
    std::vector<char> copy(chunk.begin(), chunk.end());
    for (;;) {
      std::string_view rest{copy.data(), copy.size()};
      auto const [what, views] = encoder_.encode(rest, list_);
      EXPECT_LE(rest.size(), copy.size());
      EXPECT_EQ(rest.data() + rest.size(), copy.data() + copy.size());
      EXPECT_LE(views, list_.size());
      for (std::size_t i = 0; i != views; ++i) {
        EXPECT_FALSE(list_[i].empty());
        wire_ += list_[i];
      }
      views_ += views;
      EXPECT_EQ(what == status::refused, any(encoder_.violation()));
      if (what == status::full) {
        EXPECT_EQ(views, list_.size());
        EXPECT_FALSE(rest.empty());
        copy = std::vector<char>(rest.begin(), rest.end());
        continue;
      }
      if (what == status::done) {
        EXPECT_TRUE(rest.empty());
      }
      return *this;
    }
  }

  [[nodiscard]] reference::encoded said() {
    reference::encoded result;
    std::string_view const end = encoder_.terminator();
    EXPECT_EQ(encoder_.terminator(), end);
    EXPECT_EQ(end.empty(), any(encoder_.violation()));
    result.wire = any(encoder_.violation()) ? "" : wire_ + std::string(end);
    result.size = any(encoder_.violation()) ? 0 : encoder_.size();
    result.used = encoder_.used();
    result.violation = encoder_.violation();
    return result;
  }
  [[nodiscard]] std::string const& wire() const { return wire_; }
  [[nodiscard]] std::size_t views() const { return views_; }
  [[nodiscard]] std::uint64_t size() const { return encoder_.size(); }

 private:
  dot_encoder encoder_;
  std::vector<std::string_view> list_;
  std::string wire_;
  std::size_t views_ = 0;
};

std::string shown(std::string_view octets) {
  std::string result;
  for (char const c : octets) {
    if (c == '\r')
      result += "\\r";
    else if (c == '\n')
      result += "\\n";
    else if (c == '\0')
      result += "\\0";
    else if ((c & 0x80) != 0)
      result += "\\x";
    else
      result += c;
  }
  return result;
}

}  // namespace

namespace reference {
void PrintTo(encoded const& e, std::ostream* out) {
  *out << '"' << shown(e.wire) << "\" size " << e.size << " used " << static_cast<unsigned>(e.used) << " violation "
       << static_cast<unsigned>(e.violation);
}
}  // namespace reference

namespace {

/// What is promised: the reference's octets, of which nothing is kept where the body is refused but what came before.
struct expectation {
  reference::encoded whole;
  std::string before;  // the views, without the end of data

  expectation(std::string_view body, text_rule rule) : whole(reference::encode(body, rule.newline, rule.allowed)) {
    before = whole.wire;
    if (any(whole.violation)) {
      whole.wire.clear();
      whole.size = 0;
    } else {
      bool const added = !body.empty() && body.back() != '\n';
      // A CR that ends the body is not in the views: the end of data brings its space.
      before.resize(before.size() - (added ? 5 : 3) - std::size_t{!body.empty() && body.back() == '\r'});
    }
  }
};

void agrees(run& encoder, expectation const& expected, std::string_view body) {
  ASSERT_EQ(encoder.wire(), expected.before) << shown(body);
  ASSERT_EQ(encoder.said(), expected.whole) << shown(body);
}

void cut_everywhere(std::string_view body, text_rule rule, std::size_t list = 64) {
  expectation const expected(body, rule);
  agrees(run(rule, list) << body, expected, body);
  run octets(rule, list);
  for (std::size_t i = 0; i != body.size(); ++i) octets << body.substr(i, 1);
  agrees(octets, expected, body);
  for (std::size_t i = 1; i < body.size(); ++i) {
    agrees(run(rule, list) << body.substr(0, i) << body.substr(i), expected, body);
    if (body.size() > 40) continue;
    for (std::size_t j = i + 1; j < body.size(); ++j)
      agrees(run(rule, list) << body.substr(0, i) << body.substr(i, j - i) << body.substr(j), expected, body);
  }
}

/// A strict decoder takes what was sent, whole, and gives back the body as the reference has it without dots.
void decodes_back(std::string_view body, text_rule rule) {
  run encoder(rule);
  encoder << body;
  reference::encoded const said = encoder.said();
  if (any(said.violation)) return;
  ehlo::dot_decoder decoder;
  decoder.start({bare_newline::reject, any_octet, 1000});
  std::string_view in = said.wire;
  std::string back;
  std::array<char, 256> scratch{};
  for (;;) {
    auto const [what, text] = decoder.decode(in, scratch);
    back += text;
    if (what == ehlo::dot_decoder::status::text) continue;
    ASSERT_EQ(what, ehlo::dot_decoder::status::end) << shown(body);
    break;
  }
  ASSERT_TRUE(in.empty()) << shown(body);
  ASSERT_EQ(decoder.used(), said.used & any_octet) << shown(body);
  std::string expected;
  for (std::size_t i = 0; i != body.size(); ++i) {
    if (body[i] == '\r' && body.substr(i + 1, 1) != "\n")
      expected += ' ';
    else if (body[i] == '\n' && (i == 0 || body[i - 1] != '\r'))
      expected += "\r\n";
    else
      expected += body[i];
  }
  if (!expected.empty() && !expected.ends_with("\r\n")) expected += "\r\n";
  ASSERT_EQ(back, expected) << shown(body);
  ASSERT_EQ(said.size, back.size()) << shown(body);
}

template <class Do>
void for_every_text(std::string_view alphabet, std::size_t length, Do each) {
  std::vector<std::size_t> digits(length, 0);
  std::string text(length, alphabet[0]);
  for (;;) {
    each(text);
    std::size_t i = 0;
    while (i != length && ++digits[i] == alphabet.size()) {
      digits[i] = 0;
      text[i++] = alphabet[0];
    }
    if (i == length) return;
    text[i] = alphabet[digits[i]];
  }
}

constexpr std::string_view newlines_and_dots{"\r\n.a", 4};
constexpr std::string_view all_kinds{"\r\n.a\0\x80", 6};

// cases/codec.json: stuff, out includes the end of data.
TEST(DotEncoder, TableOfCases) {
  ehlo_test::json const file = ehlo_test::json::read_file(std::string{EHLO_TEST_DATA} + "/cases/codec.json");
  std::size_t seen = 0;
  for (ehlo_test::json const& one : file["cases"].items()) {
    if (one["codec"].text() != "stuff") continue;
    SCOPED_TRACE(one["id"].text());
    std::string const in = ehlo_test::unescape(one["in"].text());
    EXPECT_TRUE(one["valid"].truth());
    for (auto const& rule : all_rules) {
      EXPECT_EQ((run(rule) << in).said().wire, ehlo_test::unescape(one["out"].text()));
      cut_everywhere(in, rule);
    }
    ++seen;
  }
  EXPECT_EQ(seen, 4U);
}

struct row {
  std::string body;
  std::string wire;
  tolerance used = nothing;
};

TEST(DotEncoder, CleanBodies) {
  row const rows[] = {
      {"", ".\r\n"},
      {"a", "a\r\n.\r\n"},
      {"a\r\n", "a\r\n.\r\n"},
      {"\r\n", "\r\n.\r\n"},
      {".", "..\r\n.\r\n"},
      {".\r\n", "..\r\n.\r\n"},
      {"..", "...\r\n.\r\n"},
      {"a.b.\r\n", "a.b.\r\n.\r\n"},
      {"\r\n.\r\nQUIT\r\n", "\r\n..\r\nQUIT\r\n.\r\n"},
      {".a\r\n.b\r\n", "..a\r\n..b\r\n.\r\n"},
      {"a\r\n\r\n.\r\n\r\n", "a\r\n\r\n..\r\n\r\n.\r\n"},
  };
  for (auto const& [body, wire, used] : rows)
    for (auto const& rule : all_rules) {
      auto const said = (run(rule) << body).said();
      EXPECT_EQ(said.wire, wire) << shown(body);
      EXPECT_EQ(said.used, used);
      EXPECT_EQ(said.violation, nothing);
      cut_everywhere(body, rule);
    }
}

// A receiver that takes a bare newline for a line must not see the end of data there: smuggling out.
TEST(DotEncoder, NormalizeRepairs) {
  constexpr tolerance lf = tolerance::bare_lf_in_text;
  constexpr tolerance cr = tolerance::bare_cr_in_text;
  row const rows[] = {
      {"a\n.\nb", "a\r\n..\r\nb\r\n.\r\n", lf},
      {"a\n.\r\nb", "a\r\n..\r\nb\r\n.\r\n", lf},
      {"a\r\n.\nb", "a\r\n..\r\nb\r\n.\r\n", lf},
      {"a\r.\rb", "a . b\r\n.\r\n", cr},
      {"a\r\n.\rb", "a\r\n.. b\r\n.\r\n", cr},
      {"a\r\r\n", "a \r\n.\r\n", cr},
      {"a\r", "a \r\n.\r\n", cr},
      {"\r", " \r\n.\r\n", cr},
      {".\r", ".. \r\n.\r\n", cr},
      {"\n", "\r\n.\r\n", lf},
      {"\n\r", "\r\n \r\n.\r\n", lf | cr},
      {"\r\r\r\n\n", "  \r\n\r\n.\r\n", lf | cr},
  };
  for (auto const& [body, wire, used] : rows) {
    auto const said = (run(normalizing) << body).said();
    EXPECT_EQ(said.wire, wire) << shown(body);
    EXPECT_EQ(said.used, used) << shown(body);
    cut_everywhere(body, normalizing);
    cut_everywhere(body, repairing_only);
  }
}

struct refusal {
  std::string body;
  std::string wire;
  tolerance violation;
};

TEST(DotEncoder, RefusesBeforeTheOctetThatBreaksTheRules) {
  std::string const full(998, 'x');
  refusal const rows[] = {
      {"a\nb", "a", tolerance::bare_lf_in_text},
      {"\n", "", tolerance::bare_lf_in_text},
      {"a\rb", "a", tolerance::bare_cr_in_text},
      {"a\r\r\nb", "a", tolerance::bare_cr_in_text},
      {"a\r\n.\n", "a\r\n..", tolerance::bare_lf_in_text},
      {"a\r\n.\r", "a\r\n..", tolerance::bare_cr_in_text},
      {"\r", "", tolerance::bare_cr_in_text},
      {".\0"s, "..", tolerance::nul_in_text},
      {"gr\xc3\xbc\xc3\x9f", "gr", tolerance::undeclared_8bit},
      {full + "x", full, tolerance::long_text_line},
      {"." + full + "\r\n", "." + ("." + full).substr(0, 998), tolerance::long_text_line},
  };
  for (auto const& [body, wire, violation] : rows) {
    run encoder(strict);
    encoder << body;
    EXPECT_EQ(encoder.wire(), wire) << shown(body);
    EXPECT_EQ(encoder.said().violation, violation) << shown(body);
    cut_everywhere(body, strict);
    encoder << "more";
    EXPECT_EQ(encoder.wire(), wire) << "nothing behind a refusal";
  }
}

// 1000 octets with the CRLF, whether that is there, repaired or added (RFC 5321 4.5.3.1.6); a stuffed dot is free.
TEST(DotEncoder, LineOfExactlyTheLimitIsClean) {
  for (std::string const& full : {std::string(998, 'x'), "." + std::string(997, 'x')})
    for (std::string const& body :
         {full, full + "\r\n", full + "\n", full.substr(1) + "\r", "a\r\n" + full + "\r\n" + full}) {
      EXPECT_FALSE(any((run(normalizing) << body).said().used & tolerance::long_text_line));
      EXPECT_TRUE(any((run(normalizing) << "xx" + body << full).said().used & tolerance::long_text_line));
      cut_everywhere(body, normalizing);
      cut_everywhere(body, strict);
      cut_everywhere("x" + body, normalizing);
      cut_everywhere("x" + body, repairing_only);
    }
}

TEST(DotEncoder, CrAtTheEndOfAChunkWaits) {
  run crlf(rejecting);
  crlf << "a\r";
  EXPECT_EQ(crlf.wire(), "a");
  EXPECT_EQ(crlf.size(), 2U);
  crlf << "";
  EXPECT_EQ(crlf.wire(), "a");
  crlf << "\n";
  EXPECT_EQ(crlf.wire(), "a\r\n");
  crlf << ".";
  EXPECT_EQ(crlf.wire(), "a\r\n..");
  EXPECT_EQ(crlf.said().size, 6U);
}

TEST(DotEncoder, AListWithoutRoomChangesNothing) {
  dot_encoder encoder;
  encoder.start(bare_newline::reject);
  std::string_view chunk = ".a";
  auto const [what, views] = encoder.encode(chunk, {});
  EXPECT_EQ(what, status::full);
  EXPECT_EQ(views, 0U);
  EXPECT_EQ(chunk, ".a");
  chunk = {};
  EXPECT_EQ(encoder.encode(chunk, {}).what, status::done);
  EXPECT_EQ(encoder.terminator(), ".\r\n");
}

TEST(DotEncoder, StartForgetsTheBodyBefore) {
  dot_encoder encoder;
  std::array<std::string_view, 4> list;
  for (int round = 0; round != 2; ++round) {
    encoder.start(bare_newline::reject);
    std::string_view chunk = "a\n";
    EXPECT_EQ(encoder.encode(chunk, list).what, status::refused);
    EXPECT_EQ(encoder.terminator(), "");
    encoder.start(bare_newline::reject);
    EXPECT_EQ(encoder.violation(), nothing);
    EXPECT_EQ(encoder.terminator(), ".\r\n");
    encoder.start(bare_newline::reject);
    chunk = "a\r";
    EXPECT_EQ(encoder.encode(chunk, list).what, status::done);
  }
}

// Promise 4: a stuffed dot is the body's own, seen twice; nothing else cuts a chunk.
TEST(DotEncoder, ViewsAreOfTheChunk) {
  std::string const body = "one\r\n.two\r\nthree.\r\n..four";
  std::array<std::string_view, 8> list;
  dot_encoder encoder;
  encoder.start(bare_newline::reject);
  std::string_view chunk = body;
  auto const [what, views] = encoder.encode(chunk, list);
  EXPECT_EQ(what, status::done);
  ASSERT_EQ(views, 3U);
  EXPECT_EQ(list[0], "one\r\n.");
  EXPECT_EQ(list[1], ".two\r\nthree.\r\n.");
  EXPECT_EQ(list[2], "..four");
  EXPECT_EQ(list[0].data(), body.data());
  EXPECT_EQ(list[1].data(), body.data() + 5);
  EXPECT_EQ(list[2].data(), body.data() + 19);

  std::string clean;
  while (clean.size() < 16384) clean += "Forty octets of text are a common line.\r\n";
  run whole(strict);
  whole << clean;
  EXPECT_EQ(whole.views(), 1U);
}

// Every short body over CR, LF, dot and a letter, at every cut, with every small list, against the reference.
TEST(DotEncoder, EveryShortBody) {
  for (std::size_t length = 0; length <= 5; ++length)
    for_every_text(newlines_and_dots, length, [](std::string const& body) {
      for (std::size_t const list : list_sizes) {
        cut_everywhere(body, rejecting, list);
        cut_everywhere(body, normalizing, list);
      }
      decodes_back(body, rejecting);
      decodes_back(body, normalizing);
    });
  for (std::size_t length = 6; length <= 7; ++length)
    for_every_text(newlines_and_dots, length, [](std::string const& body) {
      cut_everywhere(body, rejecting, 1 + body.find('\r') % 4);
      cut_everywhere(body, normalizing, 1 + body.find('a') % 4);
      decodes_back(body, rejecting);
      decodes_back(body, normalizing);
    });
}

TEST(DotEncoder, EveryShortBodyOfEveryKindOfOctet) {
  for (std::size_t length = 1; length <= 5; ++length)
    for_every_text(all_kinds, length, [](std::string const& body) {
      for (auto const& rule : all_rules) cut_everywhere(body, rule, 1 + body.size() % 4);
    });
}

// The same where the encoder looks at whole blocks: across the edges of blocks, runs and chunks.
TEST(DotEncoder, EveryShortBodyInALongOne) {
  for (std::size_t length = 1; length <= 4; ++length)
    for_every_text(all_kinds, length, [length](std::string const& body) {
      for (std::size_t const before : {std::size_t{0}, 64 - length, std::size_t{63}, 128 - length, std::size_t{191}})
        for (std::size_t const behind : {std::size_t{0}, std::size_t{17}, std::size_t{150}}) {
          std::string const in =
              (before > 1 ? std::string(before - 2, 'x') + "\r\n" : "") + body + std::string(behind, 'y');
          for (auto const& rule : all_rules)
            for (std::size_t const list : {std::size_t{1}, std::size_t{3}, std::size_t{64}})
              agrees(run(rule, list) << in, expectation(in, rule), in);
        }
    });
}

TEST(DotEncoder, EveryShortBodyManyTimes) {
  for (std::size_t length = 1; length <= 4; ++length)
    for_every_text(all_kinds, length, [](std::string const& body) {
      std::string in;
      while (in.size() < 300) in += body;
      for (auto const& rule : all_rules)
        for (std::size_t const list : {std::size_t{1}, std::size_t{2}, std::size_t{64}}) {
          expectation const expected(in, rule);
          agrees(run(rule, list) << in, expected, in);
          agrees(run(rule, list) << in.substr(0, 101) << in.substr(101), expected, in);
        }
      decodes_back(in, normalizing);
    });
}

std::string random_body(std::mt19937& random, std::size_t size) {
  static constexpr std::string_view words[] = {"\r\n", "\r\n", "\r\n.",  ".",      "\r",      "\n",
                                               "a",    "bc",   "\r\n..", "\r\n.x", "\r\n.\r", "\r\n.\n"};
  std::string text;
  std::size_t const kinds = 2 + random() % 11;
  std::size_t const longest = random() % 4 == 0 ? 1100 : 130;
  while (text.size() < size) {
    std::size_t const kind = random() % kinds;
    if (kind < std::size(words)) text += words[kind];
    if (random() % 4 == 0) text.append(random() % longest, 'x');
    if (random() % 64 == 0) text += random() % 2 == 0 ? '\0' : '\xe4';
  }
  return text;
}

TEST(DotEncoder, RandomBodiesInRandomChunks) {
  std::mt19937 random{5321};
  for (int round = 0; round != 20000; ++round) {
    std::string const body = random_body(random, random() % 3000);
    text_rule const rule = all_rules[random() % 4];
    expectation const expected(body, rule);
    std::size_t const list = list_sizes[random() % 5];
    agrees(run(rule, list) << body, expected, body);
    run chunks(rule, list);
    for (std::size_t i = 0; i < body.size();) {
      std::size_t const size = 1 + random() % (random() % 3 == 0 ? 900 : 70);
      chunks << std::string_view(body).substr(i, size);
      i += size;
    }
    agrees(chunks, expected, body);
    decodes_back(body, rule);
  }
}

}  // namespace
