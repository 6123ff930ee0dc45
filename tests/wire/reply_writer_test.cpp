// SPDX-License-Identifier: BSL-1.0
// Whatever the host's text is, what leaves is one legal reply (RFC 5321 4.2, 4.5.3.1.5; RFC 2034 4; RFC 6531 3.5).
#include "ehlo/wire/reply_writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using ehlo::closing_room;
using ehlo::enhanced_code;
using ehlo::max_reply_line;
using ehlo::output_buffer;
using ehlo::reply_room;
using ehlo::reply_writer;

/// The storage lies on the heap, so that a sanitizer sees an octet too many.
struct block {
  explicit block(std::size_t size) : octets{new char[size]}, out{std::span{octets.get(), size}} {}
  std::unique_ptr<char[]> octets;
  output_buffer out;
};

std::string written(std::string_view text, ehlo::reply_code code = 250, enhanced_code status = {}, bool utf8 = false) {
  block b{reply_room};
  reply_writer{b.out, code, status, utf8}.write(text);
  return std::string{b.out.waiting()};
}

std::vector<std::string> lines(std::string const& reply) {
  std::vector<std::string> out;
  std::size_t at = 0;
  for (std::size_t end = reply.find("\r\n"); end != std::string::npos; end = reply.find("\r\n", at)) {
    out.push_back(reply.substr(at, end - at));
    at = end + 2;
  }
  EXPECT_EQ(at, reply.size()) << "the last line ends, too";
  return out;
}

void expect_legal(std::string const& reply, std::string const& prefix, bool utf8) {
  EXPECT_LE(reply.size(), reply_room);
  std::vector<std::string> const all = lines(reply);
  ASSERT_FALSE(all.empty());
  for (std::string const& line : all) {
    bool const last = &line == &all.back();
    EXPECT_LE(line.size() + 2, max_reply_line);
    std::string expected = prefix;
    expected[3] = last ? ' ' : '-';
    if (line.size() + 1 == prefix.size()) expected.pop_back();  // a status without text
    EXPECT_EQ(line.substr(0, expected.size()), expected);
    for (char const c : line) {
      auto const value = static_cast<unsigned char>(c);
      EXPECT_TRUE((value >= 0x20 && value < 0x7F) || c == '\t' || (utf8 && value >= 0x80)) << static_cast<int>(value);
    }
  }
}

TEST(ReplyWriter, WritesCodeStatusAndText) {
  EXPECT_EQ(written("ok"), "250 ok\r\n");
  EXPECT_EQ(written("no such user", 550, {5, 1, 1}), "550 5.1.1 no such user\r\n");
  EXPECT_EQ(written("x", 450, {4, 10, 999}), "450 4.10.999 x\r\n");
  EXPECT_EQ(written("x", 450, {4, 100, 0}), "450 4.100.0 x\r\n");
}

TEST(ReplyWriter, KeepsTheSpaceBehindACodeAlone) {  // RFC 5321 4.2
  EXPECT_EQ(written(""), "250 \r\n");
  EXPECT_EQ(written("", 250, {2, 0, 0}), "250 2.0.0\r\n");
}

TEST(ReplyWriter, FoldsAtLineBreaks) {
  for (std::string const newline : {"\r\n", "\n", "\r"}) {
    EXPECT_EQ(written("one" + newline + "two", 550, {5, 7, 1}), "550-5.7.1 one\r\n550 5.7.1 two\r\n");
    EXPECT_EQ(written("one" + newline), "250 one\r\n") << "a break at the end begins no line";
    EXPECT_EQ(written("one" + newline + newline + "three", 250, {2, 0, 0}),
              "250-2.0.0 one\r\n250-2.0.0\r\n250 2.0.0 three\r\n");
    EXPECT_EQ(written(newline + "two"), "250-\r\n250 two\r\n");
  }
}

TEST(ReplyWriter, InjectsNothing) {
  EXPECT_EQ(written("ok\r\n354 go ahead\r\n", 550), "550-ok\r\n550 354 go ahead\r\n");
  EXPECT_EQ(written(std::string_view{"a\0b\x7F\x1B\x80", 6}), "250 a?b???\r\n");
  EXPECT_EQ(written("a\tb"), "250 a\tb\r\n");
}

TEST(ReplyWriter, LetsUtf8PassWhereItMay) {
  EXPECT_EQ(written("gr\xC3\xBC\xC3\x9F", 250, {}, true), "250 gr\xC3\xBC\xC3\x9F\r\n");
  EXPECT_EQ(written("gr\xC3\xBC\xC3\x9F", 250, {}, false), "250 gr????\r\n");
}

TEST(ReplyWriter, FoldsLongTextAtASpace) {
  std::string const word(100, 'w');
  std::string text = word;
  for (int i = 0; i != 7; ++i) text += " " + word;
  std::string const five = word + " " + word + " " + word + " " + word + " " + word;
  EXPECT_EQ(written(text), "250-" + five + "\r\n250 " + word + " " + word + " " + word + "\r\n");
}

TEST(ReplyWriter, FillsALineToTheLastOctet) {
  std::string const exact(max_reply_line - 6, 'x');
  EXPECT_EQ(written(exact), "250 " + exact + "\r\n");
  EXPECT_EQ(written(exact + "y"), "250-" + exact + "\r\n250 y\r\n");
  EXPECT_EQ(written(exact + " y"), "250-" + exact + "\r\n250 y\r\n");
  EXPECT_EQ(written(exact + "\r\ny"), "250-" + exact + "\r\n250 y\r\n");
}

TEST(ReplyWriter, CutsWhatDoesNotFit) {
  std::string const line(max_reply_line - 6, 'x');
  EXPECT_EQ(written(std::string(5000, 'x')), "250-" + line + "\r\n250 " + line + "\r\n");
  EXPECT_EQ(written(std::string(5000, 'x')).size(), reply_room);
}

TEST(ReplyWriter, NeverCutsInsideACharacter) {
  for (std::string const character : {"\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"}) {
    for (std::size_t shift = 0; shift != 5; ++shift) {
      std::string text(shift, 'a');
      while (text.size() < 2000) text += character;
      std::string const reply = written(text, 550, {5, 1, 1}, true);
      expect_legal(reply, "550 5.1.1 ", true);
      for (std::string const& line : lines(reply)) {
        EXPECT_TRUE(line.ends_with(character));
        EXPECT_NE(static_cast<unsigned char>(line[10]) & 0xC0U, 0x80U) << "no line begins within one";
      }
    }
  }
}

TEST(ReplyWriter, NeverWritesBehindReplyRoom) {
  enhanced_code const statuses[] = {{}, {2, 0, 0}, {2, 999, 999}};
  std::string const prefixes[] = {"250 ", "250 2.0.0 ", "250 2.999.999 "};
  for (std::size_t s = 0; s != 3; ++s) {
    for (std::size_t size = 480; size != 1100; ++size) {
      for (std::string const tail : {"", "\ny", "\n\n\n\n\n\n\n\n\n\n", " yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"}) {
        block b{reply_room};
        std::string const text = std::string(size / 2, 'a') + "\n" + std::string(size - size / 2, 'b') + tail;
        reply_writer{b.out, 250, statuses[s], false}.write(text);
        expect_legal(std::string{b.out.waiting()}, prefixes[s], false);
      }
    }
  }
}

TEST(ReplyWriter, MakesALegalReplyOfAnything) {
  std::minstd_rand random{5321};
  using namespace std::string_literals;
  std::string const alphabet = "aaaaaaaabcd \r\n\t\0\x7F\x80\xC3\xA4\xFF."s;
  for (int round = 0; round != 3000; ++round) {
    std::string text;
    std::size_t const size = random() % 8 == 0 ? random() % 3000 : random() % 60;
    std::size_t const few = 1 + random() % alphabet.size();
    for (std::size_t i = 0; i != size; ++i) text += alphabet[random() % few];
    bool const utf8 = random() % 2 == 0;
    bool const status = random() % 2 == 0;
    std::string const reply = written(text, 450, status ? enhanced_code{4, 2, 2} : enhanced_code{}, utf8);
    expect_legal(reply, status ? "450 4.2.2 " : "450 ", utf8);
    // What was said is what was given, in order, up to the cut.
    std::string said;
    for (std::string const& line : lines(reply))
      for (char const c : line.substr(std::min<std::size_t>(line.size(), status ? 10 : 4)))
        if (c != ' ') said += c;
    std::string given;
    for (char const c : text) {
      auto const value = static_cast<unsigned char>(c);
      bool const legal = (value > 0x20 && value < 0x7F) || c == '\t' || (utf8 && value >= 0x80);
      if (c != ' ' && c != '\r' && c != '\n') given += legal ? c : '?';
    }
    EXPECT_EQ(said, given.substr(0, said.size()));
    if (text.size() < 40) {
      EXPECT_EQ(said.size(), given.size());
    }
  }
}

TEST(ReplyWriter, WritesALineOfSeveral) {
  block b{3 * max_reply_line};
  reply_writer writer{b.out, 250, {2, 1, 5}, false};
  writer.write_line("Ann\r\nBob", false);
  writer.write_line(std::string(writer.line_room(), 'x'), true);
  std::vector<std::string> const said = lines(std::string{b.out.waiting()});
  ASSERT_EQ(said.size(), 2U);
  EXPECT_EQ(said[0], "250-2.1.5 Ann??Bob") << "a line is a line";
  EXPECT_EQ(said[1].size() + 2, max_reply_line);
}

TEST(ReplyWriter, AppendsToWhatWaits) {
  block b{2 * reply_room};
  reply_writer{b.out, 250, {}, false}.write("one");
  reply_writer{b.out, 451, {}, false}.write("two\nthree");
  EXPECT_EQ(b.out.waiting(), "250 one\r\n451-two\r\n451 three\r\n");
}

/// The room that a closing reply is promised is enough for a short one.
TEST(ReplyWriter, FitsAShortTextIntoClosingRoom) {
  block b{closing_room};
  reply_writer{b.out, 421, {4, 999, 999}, false}.write(std::string(closing_room - 20, 'x'));
  EXPECT_LE(b.out.waiting().size(), closing_room);
}

}  // namespace
