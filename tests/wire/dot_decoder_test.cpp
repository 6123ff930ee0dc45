// SPDX-License-Identifier: BSL-1.0
// RFC 5321 4.1.1.4 (the end of data), 4.5.2 (transparency), 2.3.8 (bare CR and LF), 4.5.3.1.6 (text lines).
#include "ehlo/wire/dot_decoder.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <ostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "wire/reference_decoder.hpp"

namespace {

using namespace std::string_literals;
using ehlo::bare_newline;
using ehlo::dot_decoder;
using ehlo::text_rules;
using ehlo::tolerance;
using status = dot_decoder::status;

constexpr tolerance any_octet = tolerance::nul_in_text | tolerance::undeclared_8bit | tolerance::long_text_line;
constexpr text_rules rejecting{bare_newline::reject, tolerance::none, 1000};
constexpr text_rules loose{bare_newline::reject, any_octet, 1000};
constexpr text_rules normalizing{bare_newline::normalize, any_octet, 1000};
constexpr text_rules repairing_only{bare_newline::normalize, tolerance::none, 1000};
constexpr text_rules all_rules[] = {rejecting, loose, normalizing, repairing_only};

constexpr std::size_t scratch_sizes[] = {64, 144, 208, 2048};

/// What a decoder says about text that comes in pieces, and the promises about each single step.
class run {
 public:
  explicit run(text_rules rules, std::size_t scratch = 2048) : scratch_(scratch) { decoder_.start(rules); }

  /// Gives a piece at an address of its own, without a terminator behind it.
  run& operator<<(std::string_view piece) {
    if (said_.end_at != reference::decoded::never) return *this;
    std::vector<char> const copy(piece.begin(), piece.end());
    std::string_view in{copy.data(), copy.size()};
    for (;;) {
      std::size_t const before = in.size();
      auto const [what, text] = decoder_.decode(in, scratch_);
      offered_ += before - in.size();
      if (what == status::need_input) {
        EXPECT_TRUE(in.empty());
        break;
      }
      EXPECT_EQ(what == status::text, !text.empty());
      if (what == status::text) {
        EXPECT_EQ(said_.refused_at, reference::decoded::never) << "text behind a refusal";
        said_.body += text;
        ++views_;
      } else if (what == status::refused) {
        EXPECT_EQ(said_.refused_at, reference::decoded::never) << "refused twice";
        said_.refused_at = offered_;
      } else {
        said_.end_at = offered_;
        break;
      }
    }
    return *this;
  }

  [[nodiscard]] reference::decoded said() const {
    reference::decoded result = said_;
    result.used = decoder_.used();
    result.violation = decoder_.violation();
    return result;
  }
  [[nodiscard]] std::size_t views() const { return views_; }

 private:
  dot_decoder decoder_;
  std::vector<char> scratch_;
  reference::decoded said_;
  std::size_t offered_ = 0;
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
void PrintTo(decoded const& d, std::ostream* out) {
  *out << '"' << shown(d.body) << "\" refused at " << static_cast<long long>(d.refused_at) << " end "
       << static_cast<long long>(d.end_at) << " used " << static_cast<unsigned>(d.used) << " violation "
       << static_cast<unsigned>(d.violation);
}
}  // namespace reference

namespace {

#define SAYS(r, expected, in) ASSERT_EQ((r).said(), expected) << shown(in)

void cut_everywhere(std::string_view in, text_rules rules, std::size_t scratch = 2048) {
  auto const expected = reference::decode(in, rules);
  SAYS(run(rules, scratch) << in, expected, in);
  run bytes(rules, scratch);
  for (std::size_t i = 0; i != in.size(); ++i) bytes << in.substr(i, 1);
  SAYS(bytes, expected, in) << " byte by byte";
  for (std::size_t i = 1; i < in.size(); ++i) {
    SAYS(run(rules, scratch) << in.substr(0, i) << in.substr(i), expected, in) << " cut at " << i;
    if (in.size() > 40) continue;
    for (std::size_t j = i + 1; j < in.size(); ++j)
      SAYS(run(rules, scratch) << in.substr(0, i) << in.substr(i, j - i) << in.substr(j), expected, in)
          << " cut at " << i << " and " << j;
  }
}

/// Every text of exactly `length` octets of the alphabet.
template <class Do>
void for_every_text(std::size_t length, Do each) {
  constexpr std::string_view alphabet{"\r\n.a\0\x80", 6};
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

struct expectation {
  std::string in;
  std::string body;
  tolerance used = tolerance::none;
};

// Whole texts that every mode takes alike.
TEST(DotDecoder, CleanTexts) {
  expectation const rows[] = {
      {".\r\n", ""},
      {"\r\n.\r\n", "\r\n"},
      {"a\r\n.\r\n", "a\r\n"},
      {".a\r\n.\r\n", "a\r\n"},
      {"..\r\n.\r\n", ".\r\n"},
      {"..first\r\n.\r\n", ".first\r\n"},
      {".....\r\n.\r\n", "....\r\n"},
      {". \r\nmore\r\n.\r\n", " \r\nmore\r\n"},
      {"a.\r\n.\r\n", "a.\r\n"},
      {"a.b\r\n..\r\n..\r\n.\r\n", "a.b\r\n.\r\n.\r\n"},
      {"\r\n\r\n.\r\n", "\r\n\r\n"},
  };
  for (auto const& row : rows)
    for (auto const& rules : all_rules) {
      auto const said = (run(rules) << row.in << "NOOP\r\n").said();
      EXPECT_EQ(said.body, row.body) << shown(row.in);
      EXPECT_EQ(said.end_at, row.in.size());
      EXPECT_EQ(said.used, tolerance::none);
      EXPECT_EQ(said.refused_at, reference::decoded::never);
      cut_everywhere(row.in, rules);
    }
}

// What looks like an end of data and is none: smuggling.
TEST(DotDecoder, NormalizeRepairsAndNeverEndsThere) {
  constexpr tolerance lf = tolerance::bare_lf_in_text;
  constexpr tolerance cr = tolerance::bare_cr_in_text;
  expectation const rows[] = {
      {"a\n.\nb\r\n.\r\n", "a\r\n.\r\nb\r\n", lf},
      {"a\n.\r\nb\r\n.\r\n", "a\r\n.\r\nb\r\n", lf},
      {"a\r\n.\nb\r\n.\r\n", "a\r\n\r\nb\r\n", lf},
      {"a\r.\rb\r\n.\r\n", "a . b\r\n", cr},
      {"a\r\n.\rb\r\n.\r\n", "a\r\n b\r\n", cr},
      {"a\r\n.\r\r\nb\r\n.\r\n", "a\r\n \r\nb\r\n", cr},
      {"a\r\r\n.\r\n", "a \r\n", cr},
      {"a\r\n\n.\r\nb\r\n.\r\n", "a\r\n\r\n.\r\nb\r\n", lf},
      {"a\n..\r\n.\r\n", "a\r\n..\r\n", lf},
      {"a\r.\r\n.\r\n", "a .\r\n", cr},
      {"\n.\r\n.\r\n", "\r\n.\r\n", lf},
      {"\n\r\r\n.\r\n", "\r\n \r\n", lf | cr},
  };
  for (auto const& row : rows) {
    auto const said = (run(normalizing) << row.in).said();
    EXPECT_EQ(said.body, row.body) << shown(row.in);
    EXPECT_EQ(said.used, row.used) << shown(row.in);
    EXPECT_EQ(said.end_at, row.in.size());
    cut_everywhere(row.in, normalizing);
    cut_everywhere(row.in, repairing_only);
  }
}

// cases/codec.json: stuff-05, -06, -09, -10.
TEST(DotDecoder, TakesBackWhatStuffingDid) {
  struct row {
    std::string body;
    std::string wire;
  };
  row const rows[] = {
      {"a.\r\n", "a.\r\n.\r\n"},
      {"", ".\r\n"},
      {"\r\n.\r\n", "\r\n..\r\n.\r\n"},
      {".a\r\n.\r\n.", "..a\r\n..\r\n..\r\n.\r\n"},
  };
  for (auto const& row : rows) {
    EXPECT_EQ(reference::stuff(row.body), row.wire);
    auto const said = (run(rejecting) << row.wire).said();
    EXPECT_EQ(said.body, row.body + (row.body.ends_with('.') ? "\r\n" : ""));
    EXPECT_EQ(said.end_at, row.wire.size());
  }
  std::mt19937 random{452};
  for (int round = 0; round != 2000; ++round) {
    std::string body;
    while (random() % 20 != 0) {
      body.append(random() % 3, '.').append(random() % 3 == 0 ? random() % 300 : 0, 'x');
      body += "\r\n";
    }
    auto const said = (run(rejecting, scratch_sizes[round % 4]) << reference::stuff(body)).said();
    ASSERT_EQ(said.body, body);
    ASSERT_EQ(said.end_at, reference::stuff(body).size());
  }
}

struct refusal {
  std::string in;  // an end of data follows
  std::string body;
  std::size_t at;
  tolerance violation;
};

TEST(DotDecoder, RefusesAtTheOctetThatProvesIt) {
  constexpr tolerance lf = tolerance::bare_lf_in_text;
  constexpr tolerance cr = tolerance::bare_cr_in_text;
  std::string const full(998, 'x');
  refusal const rows[] = {
      {"a\nb", "a", 1, lf},
      {"\n.", "", 0, lf},
      {"a\r\n.\nb", "a\r\n", 4, lf},
      {"a\rb", "a\r", 2, cr},
      {"a\r\r\n", "a\r", 2, cr},
      {"a\r\n.\rb", "a\r\n\r", 5, cr},
      {"a\r\n.\r\r\n", "a\r\n\r", 5, cr},
      {"a\0b"s, "a", 1, tolerance::nul_in_text},
      {"a\r\n.\0"s, "a\r\n", 4, tolerance::nul_in_text},
      {"gr\xc3\xbc\xc3\x9f", "gr", 2, tolerance::undeclared_8bit},
      {full + "xx", full + "xx", 1000, tolerance::long_text_line},
      {full + "x\r\n", full + "x\r", 1000, tolerance::long_text_line},
      {"." + full + "xx" + "y", full + "xx", 1001, tolerance::long_text_line},
      {"a\r\0"s, "a\r", 2, cr},
  };
  for (auto const& row : rows) {
    std::string const in = row.in + "\r\n.\n.\r\nRCPT\r\n.\r\n";
    auto const said = (run(rejecting) << in).said();
    EXPECT_EQ(said.body, row.body) << shown(row.in);
    EXPECT_EQ(said.refused_at, row.at) << shown(row.in);
    EXPECT_EQ(said.violation, row.violation) << shown(row.in);
    EXPECT_EQ(said.end_at, in.size()) << shown(row.in);
    EXPECT_EQ(said.used, tolerance::none) << shown(row.in);
    cut_everywhere(in, rejecting);
  }
}

TEST(DotDecoder, LineOfExactlyTheLimitIsClean) {
  std::string const full(998, 'x');
  for (std::string const& in : {full + "\r\n.\r\n", "." + full + "\r\n.\r\n", "a\r\n" + full + "\r\n.\r\n"}) {
    auto const said = (run(rejecting) << in).said();
    EXPECT_EQ(said.end_at, in.size());
    EXPECT_EQ(said.violation, tolerance::none);
    cut_everywhere(in, rejecting);
    EXPECT_EQ((run(loose) << in).said().used, tolerance::none);
    EXPECT_EQ((run(loose) << "x" << in).said().used, in[0] == 'a' ? tolerance::none : tolerance::long_text_line);
  }
}

TEST(DotDecoder, NothingIsHeldBackWhereItIsRejected) {
  EXPECT_EQ((run(rejecting) << "a\r").said().body, "a\r");
  EXPECT_EQ((run(rejecting) << "a\r\n").said().body, "a\r\n");
  EXPECT_EQ((run(rejecting) << "a\r\n.").said().body, "a\r\n");
  EXPECT_EQ((run(rejecting) << "a\r\n.\r").said().body, "a\r\n") << "undecided: the end, or a bare CR";
  EXPECT_EQ((run(normalizing) << "a\r").said().body, "a") << "undecided: CRLF, or a space";
}

TEST(DotDecoder, StartForgetsTheTextBefore) {
  dot_decoder decoder;
  std::array<char, 64> scratch{};
  for (int round = 0; round != 2; ++round) {
    decoder.start(rejecting);
    std::string_view in = "a\nb";
    EXPECT_EQ(decoder.decode(in, scratch).text, "a");
    EXPECT_EQ(decoder.decode(in, scratch).what, status::refused);
    EXPECT_EQ(decoder.decode(in, scratch).what, status::need_input);
    EXPECT_EQ(decoder.violation(), tolerance::bare_lf_in_text);
    decoder.start(rejecting);
    EXPECT_EQ(decoder.violation(), tolerance::none);
    in = ".\r\nQUIT\r\n";
    EXPECT_EQ(decoder.decode(in, scratch).what, status::end);
    EXPECT_EQ(in, "QUIT\r\n");
  }
}

TEST(DotDecoder, RefusalIsReportedEvenWithoutFurtherInput) {
  dot_decoder decoder;
  std::array<char, 64> scratch{};
  decoder.start(rejecting);
  std::string_view in = "a\n";
  EXPECT_EQ(decoder.decode(in, scratch).what, status::text);
  std::string_view nothing;
  EXPECT_EQ(decoder.decode(nothing, scratch).what, status::refused);
  EXPECT_EQ(decoder.decode(nothing, scratch).what, status::need_input);
}

// Every short text, at every cut, against the reference.
TEST(DotDecoder, EveryShortText) {
  for (std::size_t length = 1; length <= 5; ++length)
    for_every_text(length, [](std::string const& text) {
      for (auto const& rules : all_rules) cut_everywhere(text, rules);
    });
  for (std::size_t length = 6; length <= 7; ++length)
    for_every_text(length, [](std::string const& text) {
      for (auto const& rules : all_rules) {
        auto const expected = reference::decode(text, rules);
        SAYS(run(rules, 64) << text, expected, text);
        run bytes(rules, 64);
        for (char const& c : text) bytes << std::string_view{&c, 1};
        SAYS(bytes, expected, text);
      }
    });
}

TEST(DotDecoder, EveryShortTextWithShortLines) {
  for (std::uint32_t const max_line : {2U, 3U, 4U})
    for (std::size_t length = 1; length <= 5; ++length)
      for_every_text(length, [max_line](std::string const& text) {
        for (auto rules : all_rules) {
          rules.max_line = max_line;
          cut_everywhere(text, rules);
        }
      });
}

// The same texts where the decoder looks at whole blocks: across the edges of blocks, and of the input.
TEST(DotDecoder, EveryShortTextInALongOne) {
  for (std::size_t length = 1; length <= 4; ++length)
    for_every_text(length, [length](std::string const& text) {
      for (std::size_t const before : {std::size_t{0}, 64 - length, std::size_t{63}, std::size_t{64}})
        for (std::size_t const behind : {std::size_t{0}, std::size_t{17}, std::size_t{90}}) {
          std::string const in =
              (before > 1 ? std::string(before - 2, 'x') + "\r\n" : "") + text + std::string(behind, 'y');
          for (auto const& rules : all_rules)
            for (std::size_t const scratch : scratch_sizes)
              SAYS(run(rules, scratch) << in, reference::decode(in, rules), in);
        }
    });
}

TEST(DotDecoder, EveryShortTextManyTimes) {
  for (std::size_t length = 1; length <= 4; ++length)
    for_every_text(length, [](std::string const& text) {
      std::string in;
      while (in.size() < 300) in += text;
      for (auto const& rules : all_rules)
        for (std::size_t const scratch : scratch_sizes) {
          auto const expected = reference::decode(in, rules);
          SAYS(run(rules, scratch) << in, expected, in);
          SAYS(run(rules, scratch) << in.substr(0, 101) << in.substr(101), expected, in);
        }
    });
}

std::string random_text(std::mt19937& random, std::size_t size) {
  static constexpr std::string_view words[] = {"\r\n", "\r\n", "\r\n.",  ".",      "\r",      "\n",
                                               "a",    "bc",   "\r\n..", "\r\n.x", "\r\n.\r", "\r\n.\n"};
  std::string text;
  std::size_t const kinds = 2 + random() % 11;
  while (text.size() < size) {
    std::size_t const kind = random() % kinds;
    if (kind < std::size(words)) text += words[kind];
    if (random() % 4 == 0) text.append(random() % 130, 'x');
    if (random() % 64 == 0) text += random() % 2 == 0 ? '\0' : '\xe4';
  }
  if (random() % 2 == 0) text += "\r\n.\r\n";
  return text;
}

TEST(DotDecoder, RandomTextsInRandomPieces) {
  std::mt19937 random{5321};
  for (int round = 0; round != 20000; ++round) {
    std::string const in = random_text(random, random() % 900);
    text_rules rules = all_rules[random() % 4];
    rules.max_line = static_cast<std::uint32_t>(random() % 3 == 0 ? 1000 : 64 + random() % 100);
    auto const expected = reference::decode(in, rules);
    std::size_t const scratch = scratch_sizes[random() % 4];
    SAYS(run(rules, scratch) << in, expected, in);
    run pieces(rules, scratch);
    for (std::size_t i = 0; i < in.size();) {
      std::size_t const size = 1 + random() % (random() % 3 == 0 ? 300 : 70);
      pieces << std::string_view(in).substr(i, size);
      i += size;
    }
    SAYS(pieces, expected, in) << " in pieces, round " << round;
  }
}

// Promise 4: dense dots and bare LFs are gathered, everything else is seen where it is.
TEST(DotDecoder, ViewsAreFewAndLong) {
  std::string clean;
  std::string dots;
  std::string bare;
  while (clean.size() < 16384) clean += "Forty octets of text are a common line.\r\n";
  while (dots.size() < 16384) dots += "..\r\n";
  while (bare.size() < 16384) bare += "x\n";
  run whole(rejecting);
  whole << clean;
  EXPECT_EQ(whole.views(), 1U);
  EXPECT_EQ(whole.said().body, clean);
  run gathered(rejecting);
  gathered << dots;
  EXPECT_LE(gathered.views(), dots.size() / 1500);
  run repaired(normalizing);
  repaired << bare;
  EXPECT_LE(repaired.views(), bare.size() * 3 / 2 / 1500);
}

}  // namespace
