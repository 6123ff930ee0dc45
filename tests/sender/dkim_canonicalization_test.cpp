// SPDX-License-Identifier: BSL-1.0
// The canonical forms of header fields and body, RFC 6376 3.4; each text in one piece, and cut wherever it can be.
#include "ehlo/sender/dkim_canonicalization.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/sender/dkim_body.hpp"

namespace {

using namespace ehlo::sender;
using namespace std::string_view_literals;
using enum dkim_canonicalization;

/// Takes what a canonicalizer gives, and holds it to its word: no piece is empty.
struct collected {
  std::string text;
  std::size_t pieces = 0;

  auto sink() {
    return [this](std::string_view piece) noexcept {
      EXPECT_FALSE(piece.empty());
      text += piece;
      ++pieces;
    };
  }
};

std::string field(dkim_canonicalization how, std::string_view text) {
  collected c;
  canonicalize_field(how, text, c.sink());
  return c.text;
}

std::string signature_field(dkim_canonicalization how, std::string_view text) {
  collected c;
  canonicalize_signature_field(how, text, c.sink());
  return c.text;
}

struct field_row {
  std::string_view field;
  std::string_view relaxed;  // simple changes nothing
};

constexpr field_row fields[] = {
    {"A: X\r\n", "a:X\r\n"},                             // 3.4.5
    {"B : Y\t\r\n\tZ  \r\n", "b:Y Z\r\n"},               // 3.4.5
    {"SUBJect: AbC\r\n", "subject:AbC\r\n"},             // 3.4.2: names only, not values
    {"Subject:AbC\r\n", "subject:AbC\r\n"},              // no white space is added
    {"Subject \t : \t AbC \t \r\n", "subject:AbC\r\n"},  // before and behind the colon, and at the end
    {"A: b\r\n c\r\n\td\r\n", "a:b c d\r\n"},            // unfolding: white space of both lines is one run
    {"A: b \t\r\n \t c\r\n", "a:b c\r\n"},
    {"A:\r\n b\r\n", "a:b\r\n"},   // a value that begins on the next line
    {"A: b\r\n \r\n", "a:b\r\n"},  // a line of white space alone (RFC 5322 4.2)
    {"A: b\r\n \r\n\t\r\n c\r\n", "a:b c\r\n"},
    {"A:\r\n", "a:\r\n"},
    {"A: \t\r\n \r\n", "a:\r\n"},
    {":\r\n", ":\r\n"},
    {"A: b: c :d\r\n", "a:b: c :d\r\n"},  // the first colon is the one
    {"A-Z0z_@[`{: \xc3\xa9\xff\r\n", "a-z0z_@[`{:\xc3\xa9\xff\r\n"},
    {"A: b\rc\nd\r \n e\r\n", "a:b\rc\nd\r \n e\r\n"},  // CR or LF alone is an octet like any other
    {"A: b \rc\r\n", "a:b \rc\r\n"},
    {"A: b\r\nc\r\n", "a:b\r\nc\r\n"},  // no folding without white space: not removed
    {"No Colon Here\r\n", "no colon here\r\n"},
    {"\r\n", "\r\n"},
};

TEST(DkimHeaderCanonicalization, Relaxed_Rfc6376_3_4_2) {
  for (auto const& row : fields) {
    EXPECT_EQ(field(relaxed, row.field), row.relaxed) << row.field;
    EXPECT_EQ(field(relaxed, row.relaxed), row.relaxed) << row.field;
    // The last CRLF may be missing: at the end of a message.
    EXPECT_EQ(field(relaxed, row.field.substr(0, row.field.size() - 2)), row.relaxed) << row.field;
  }
}

TEST(DkimHeaderCanonicalization, Simple_Rfc6376_3_4_1) {
  for (auto const& row : fields) {
    EXPECT_EQ(field(simple, row.field), row.field);
    EXPECT_EQ(field(simple, row.field.substr(0, row.field.size() - 2)), row.field);
  }
}

TEST(DkimHeaderCanonicalization, WhatNeedNotChangeIsOnePiece) {
  collected c;
  canonicalize_field(relaxed, "subject:a b c d e f\r\n", c.sink());
  EXPECT_EQ(c.pieces, 4U);  // the name, the colon, the value, the line end
}

constexpr field_row signatures[] = {
    // RFC 6376 3.7: without the value of b= and the white space around it, and without CRLF.
    {"DKIM-Signature: v=1; b=AbC; d=x\r\n", "v=1; b=; d=x"},
    {"DKIM-Signature: v=1; b= \r\n\tAb\r\n\tC \r\n\t; d=x\r\n", "v=1; b=; d=x"},
    {"DKIM-Signature: v=1; d=x; b=AbC\r\n", "v=1; d=x; b="},
    {"DKIM-Signature: v=1; d=x; b=AbC=\r\n\tdE==\r\n", "v=1; d=x; b="},
    {"DKIM-Signature: b=AbC;v=1\r\n", "b=;v=1"},
    {"DKIM-Signature: v=1; b=;bh=Zz\r\n", "v=1; b=;bh=Zz"},
    {"DKIM-Signature: bh=Zz; xb=1; b =Ab; B=C\r\n", "bh=Zz; xb=1; b =; B=C"},  // bh is not b, nor is B
    {"DKIM-Signature: v=1;\r\n b\r\n =\r\n AbC\r\n", "v=1; b ="},
    {"DKIM-Signature: v=1; h=a:b=c; b=d\r\n", "v=1; h=a:b=c; b="},  // not within a value
    {"DKIM-Signature: v=1; b=a; b=c\r\n", "v=1; b=; b=c"},
    {"DKIM-Signature: v=1; bh=a\r\n", "v=1; bh=a"},
    {"DKIM-Signature: v=1; b\r\n", "v=1; b"},
    {"DKIM-Signature: v=1; \r\n", "v=1;"},
    {"DKIM-Signature:\r\n", ""},
};

TEST(DkimSignatureField, ValueOfItsOwnSignatureIsLeftOut_Rfc6376_3_7) {
  for (auto const& row : signatures)
    EXPECT_EQ(signature_field(relaxed, row.field), "dkim-signature:" + std::string{row.relaxed}) << row.field;
  // Another signature that is signed is a field like any other (3.5).
  EXPECT_EQ(field(relaxed, signatures[0].field), "dkim-signature:v=1; b=AbC; d=x\r\n");
}

TEST(DkimSignatureField, SimpleKeepsAllElse) {
  EXPECT_EQ(signature_field(simple, "DKIM-signature : v=1;\r\n b = \r\n Ab\tC \r\n ;  d=x \r\n"),
            "DKIM-signature : v=1;\r\n b =;  d=x ");
  EXPECT_EQ(signature_field(simple, "D: v=1;\tb=Ab \r\n\r\n"), "D: v=1;\tb=");
  EXPECT_EQ(signature_field(simple, "No colon; b=1"), "No colon; b=1");
}

constexpr std::size_t relaxed_size(std::string_view text) {
  std::size_t size = 0;
  canonicalize_field(relaxed, text, [&size](std::string_view piece) noexcept { size += piece.size(); });
  return size;
}
static_assert(relaxed_size("B : Y\t\r\n\tZ  \r\n") == "b:Y Z\r\n"sv.size());

struct body_row {
  std::string_view body;
  std::string_view simple;
  std::string_view relaxed;
};

constexpr body_row bodies[] = {
    {" C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n", " C\r\nD E\r\n"},  // 3.4.5
    {"", "\r\n", ""},                                                     // 3.4.3; 3.4.4: a null input
    {"\r\n", "\r\n", ""},
    {"\r\n\r\n\r\n", "\r\n", ""},
    {" ", " \r\n", ""},
    {" \t\r\n \r\n", " \t\r\n \r\n", ""},
    {"a", "a\r\n", "a\r\n"},  // a CRLF is added
    {"a \t", "a \t\r\n", "a\r\n"},
    {"a\r\n", "a\r\n", "a\r\n"},
    {"a\r\n\r\n \r\n\r\n", "a\r\n\r\n \r\n", "a\r\n"},  // lines of white space are empty once it is gone
    {"a\r\n\r\nb\r\n", "a\r\n\r\nb\r\n", "a\r\n\r\nb\r\n"},
    {"\r\n\r\na\r\n", "\r\n\r\na\r\n", "\r\n\r\na\r\n"},  // empty lines at the beginning stay
    {" \r\n\t\r\na\r\n", " \r\n\t\r\na\r\n", "\r\n\r\na\r\n"},
    {"a b c\r\n", "a b c\r\n", "a b c\r\n"},
    {"a\tb\r\n", "a\tb\r\n", "a b\r\n"},
    {"a  b \t c\t\t d\r\n", "a  b \t c\t\t d\r\n", "a b c d\r\n"},
    {"\ta\r\n  b\r\n", "\ta\r\n  b\r\n", " a\r\n b\r\n"},  // at the beginning of a line a space stays
    {"a \r\nb\t\r\nc \t \r\n", "a \r\nb\t\r\nc \t \r\n", "a\r\nb\r\nc\r\n"},
    // CR and LF alone are octets like others, and no line ends.
    {"a\nb\rc\r\n", "a\nb\rc\r\n", "a\nb\rc\r\n"},
    {"a \nb \rc\r\n", "a \nb \rc\r\n", "a \nb \rc\r\n"},
    {"a\r", "a\r\r\n", "a\r\r\n"},
    {"\r", "\r\r\n", "\r\r\n"},
    {"\n", "\n\r\n", "\n\r\n"},
    {" \r", " \r\r\n", " \r\r\n"},
    {"a\r\r\n\r\r\n", "a\r\r\n\r\r\n", "a\r\r\n\r\r\n"},
    {"a\r\n\r", "a\r\n\r\r\n", "a\r\n\r\r\n"},
    {"\r\n \t\r b\r\n\n", "\r\n \t\r b\r\n\n\r\n", "\r\n \r b\r\n\n\r\n"},
    {"\0\xff  \x80\r\n"sv, "\0\xff  \x80\r\n"sv, "\0\xff \x80\r\n"sv},
    {"\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n.",  // more than are held in one
                                                                                           // go
     "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n.\r\n",
     "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n.\r\n"},
    {"A line that is longer than the widest register, with  two spaces\tand a tab behind its first block. \r\n",
     "A line that is longer than the widest register, with  two spaces\tand a tab behind its first block. \r\n",
     "A line that is longer than the widest register, with two spaces and a tab behind its first block.\r\n"},
};

/// In pieces that end at these places; an empty one among them changes nothing.
std::string body(dkim_canonicalization how, std::string_view text, std::vector<std::size_t> const& cuts,
                 std::uint64_t limit = dkim_body_canonicalizer::no_limit) {
  collected c;
  dkim_body_canonicalizer canonicalizer{how, limit};
  std::size_t at = 0;
  for (std::size_t const cut : cuts) {
    canonicalizer.take(text.substr(at, cut - at), c.sink());
    at = cut;
  }
  canonicalizer.take(text.substr(at), c.sink());
  canonicalizer.take({}, c.sink());
  canonicalizer.end(c.sink());
  EXPECT_EQ((std::min)(canonicalizer.size(), limit), c.text.size());
  return c.text;
}

TEST(DkimBodyCanonicalization, EachBodyCutEverywhere_Rfc6376_3_4_3_and_3_4_4) {
  for (auto const& row : bodies)
    for (auto const how : {simple, relaxed}) {
      std::string_view const expected = how == simple ? row.simple : row.relaxed;
      ASSERT_EQ(body(how, row.body, {}), expected) << row.body;
      for (std::size_t a = 0; a <= row.body.size(); ++a)
        for (std::size_t b = a; b <= row.body.size(); ++b) ASSERT_EQ(body(how, row.body, {a, b}), expected) << row.body;
      std::vector<std::size_t> octets;
      for (std::size_t a = 0; a != row.body.size(); ++a) octets.push_back(a);
      ASSERT_EQ(body(how, row.body, octets), expected) << row.body;
      // What is canonical stays as it is, but for the empty body, of which `simple` knows only one form.
      ASSERT_EQ(body(how, expected, {}), expected) << row.body;
    }
}

TEST(DkimBodyCanonicalization, LengthLimit_Rfc6376_3_5) {
  for (auto const& row : bodies)
    for (auto const how : {simple, relaxed}) {
      std::string_view const whole = how == simple ? row.simple : row.relaxed;
      for (std::size_t limit = 0; limit <= whole.size() + 1; ++limit)
        for (std::size_t const cut : {std::size_t{0}, row.body.size() / 2})
          ASSERT_EQ(body(how, row.body, {cut}, limit), whole.substr(0, limit)) << row.body << limit;
    }
}

TEST(DkimBodyCanonicalization, SizeGoesOnBehindTheLimit) {
  collected c;
  dkim_body_canonicalizer canonicalizer{relaxed, 3};
  canonicalizer.take("ab  cd\r\n\r\n", c.sink());
  EXPECT_EQ(canonicalizer.size(), 5U);
  canonicalizer.end(c.sink());
  EXPECT_EQ(canonicalizer.size(), 7U);
  EXPECT_EQ(c.text, "ab ");
  EXPECT_EQ(canonicalizer.how(), relaxed);
  EXPECT_EQ(canonicalizer.limit(), 3U);
}

TEST(DkimBodyCanonicalization, WhatNeedNotChangeIsOnePiece) {
  std::string text;
  for (int line = 0; line != 1000; ++line) text += "words with single spaces between them\r\n";
  for (auto const how : {simple, relaxed}) {
    collected c;
    dkim_body_canonicalizer canonicalizer{how};
    canonicalizer.take(text, c.sink());
    canonicalizer.end(c.sink());
    EXPECT_EQ(c.pieces, 2U);  // the last line end is held back
    EXPECT_EQ(c.text, text);
  }
}

TEST(DkimBodyCanonicalization, MillionsOfEmptyLinesAreACount) {
  std::string const lines = [] {
    std::string some;
    for (int i = 0; i != 10000; ++i) some += "\r\n";
    return some;
  }();
  for (auto const how : {simple, relaxed}) {
    std::size_t size = 0;
    auto const sink = [&size](std::string_view piece) noexcept { size += piece.size(); };
    dkim_body_canonicalizer canonicalizer{how};
    for (int i = 0; i != 100; ++i) canonicalizer.take(lines, sink);
    EXPECT_EQ(size, 0U);
    canonicalizer.take("x", sink);
    EXPECT_EQ(size, 2000001U);
  }
}

TEST(DkimCanonicalization, Names) {
  EXPECT_EQ(name(simple), "simple");
  EXPECT_EQ(name(relaxed), "relaxed");
}

}  // namespace
