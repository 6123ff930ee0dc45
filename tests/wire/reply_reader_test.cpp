// SPDX-License-Identifier: BSL-1.0
// RFC 5321 4.2: a reply ends with the first line that has no `-` behind its code; 4.2.1: all its lines have one code.
#include "ehlo/wire/reply_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reference_replies.hpp"

namespace {

using ehlo::reply_limits;
using ehlo::reply_reader;
using ehlo::tolerance;
using status = reply_reader::status;

/// Feeds pieces, each at an address of its own that is gone after the call; says what reference::replies says.
class run {
 public:
  run(reply_limits const& limits, tolerance allowed, std::size_t storage)
      : limits_(limits), allowed_(allowed), memory_(storage + 16, '#') {}

  run& operator<<(std::string_view piece) {
    std::vector<char> const copy(piece.begin(), piece.end());
    std::string_view in{copy.data(), copy.size()};
    for (bool stored = reader_.partial(); !over_; stored = false) {
      std::size_t const before = in.size();
      auto const [what, reply, bare_lf] = reader_.read(in, storage(), limits_, allowed_);
      EXPECT_EQ(in.data() + in.size(), copy.data() + copy.size()) << "each octet once, in order";
      used_ += before - in.size();
      if (what == status::need_input) {
        EXPECT_TRUE(in.empty());
        EXPECT_TRUE(reply.raw().empty());
        break;
      }
      EXPECT_FALSE(reader_.partial());
      said_ += reference::say(what, reply, bare_lf, used_);
      if (what == status::reply) {
        bool const seen = reply.raw().data() >= copy.data() && reply.raw().data() < copy.data() + copy.size();
        EXPECT_EQ(seen, !stored) << "copied only if a part of it was stored";
        EXPECT_LT(in.size(), before);
        std::fill(memory_.begin(), memory_.end() - 16, '#');  // nothing of it is needed any more
      } else {
        over_ = true;
        EXPECT_EQ(reader_.read(in, storage(), limits_, allowed_).what, what) << "for good";
        EXPECT_EQ(in.data() + in.size(), copy.data() + copy.size());
      }
    }
    return *this;
  }

  [[nodiscard]] std::string said() const {
    EXPECT_EQ(std::string(memory_.end() - 16, memory_.end()), std::string(16, '#')) << "behind the storage";
    return said_ + (reader_.partial() ? "partial" : "");
  }

 private:
  [[nodiscard]] std::span<char> storage() { return std::span(memory_).first(memory_.size() - 16); }

  reply_reader reader_;
  reply_limits limits_;
  tolerance allowed_;
  std::vector<char> memory_;
  std::string said_;
  std::size_t used_ = 0;
  bool over_ = false;
};

void cut_everywhere(std::string_view in, reply_limits const& limits, tolerance allowed, std::size_t storage) {
  std::string const all = reference::replies(in, limits, allowed, storage);
  ASSERT_EQ((run(limits, allowed, storage) << in).said(), all) << in;
  run bytes(limits, allowed, storage);
  for (std::size_t i = 0; i != in.size(); ++i) bytes << in.substr(i, 1);
  ASSERT_EQ(bytes.said(), all) << in;
  for (std::size_t i = 0; i < in.size(); ++i)
    for (std::size_t j = i; j < in.size(); j += 1 + in.size() / 40)
      ASSERT_EQ((run(limits, allowed, storage) << in.substr(0, i) << in.substr(i, j - i) << in.substr(j)).said(), all)
          << in << " cut at " << i << " and " << j;
}

constexpr tolerance mixed = tolerance::mixed_reply_codes;
constexpr tolerance bare = tolerance::bare_lf_in_command;

TEST(ReplyReader, ExactResults) {
  struct row {
    std::string_view in;
    tolerance allowed;
    std::string says;
  };
  row const rows[] = {
      {"250 OK\r\n", ehlo::strict, "250 0.0.0 [250 OK\r\n]\n"},
      {"250\r\n", ehlo::strict, "250 0.0.0 [250\r\n]\n"},
      {"250 2.1.5 Ok\r\n354 go\r\n", ehlo::strict, "250 2.1.5 [250 2.1.5 Ok\r\n]\n354 0.0.0 [354 go\r\n]\n"},
      {"250-a\r\n250\r\n", ehlo::strict, "250 0.0.0 [250-a\r\n250\r\n]\n"},
      {"250-a\r\n250-2.0.0 b\r\n250 2.1.0 c\r\n", ehlo::strict,
       "250 2.0.0 [250-a\r\n250-2.0.0 b\r\n250 2.1.0 c\r\n]\n"},
      {"250-a\r\n", ehlo::strict, "partial"},
      {"250-a\r\n250 b\r", ehlo::strict, "partial"},
      {"250 a\r\r\n", ehlo::strict, "250 0.0.0 [250 a\r\r\n]\n"},
      {std::string_view{"250 a\0b\r\n", 9}, ehlo::strict, std::string("250 0.0.0 [250 a\0b\r\n]\n", 22)},
      // Malformed is told at the end of the line.
      {"+OK", ehlo::strict, "partial"},
      {"+OK\r\n250 x\r\n", ehlo::strict, "malformed at 5\n"},
      {"\r\n250 x\r\n", ehlo::strict, "malformed at 2\n"},
      {"250-a\r\nb\r\n250 c\r\n", ehlo::strict, "malformed at 10\n"},
      {"250 OK\r\n2500\r\n", ehlo::strict, "250 0.0.0 [250 OK\r\n]\nmalformed at 14\n"},
      // RFC 5321 2.3.8
      {"250 OK\n250 OK\r\n", ehlo::strict, "malformed at 7\n"},
      {"\n", ehlo::lenient, "malformed at 1\n"},
      {"250 OK\n250 OK\r\n", bare, "250 0.0.0 bare [250 OK\n]\n250 0.0.0 [250 OK\r\n]\n"},
      {"250-a\n250 b\r\n", bare, "250 0.0.0 bare [250-a\n250 b\r\n]\n"},
      {"250-a\r\n250\n", bare, "250 0.0.0 bare [250-a\r\n250\n]\n"},
      // RFC 5321 4.2.1; the last line decides.
      {"250-a\r\n251 b\r\n", ehlo::strict, "malformed at 14\n"},
      {"250-a\r\n251-b\r\n250 c\r\n", ehlo::strict, "malformed at 14\n"},
      {"250-a\r\n251 b\r\n", mixed, "251 0.0.0 mixed [250-a\r\n251 b\r\n]\n"},
      {"250-a\r\n251-b\r\n250 c\r\n", mixed, "250 0.0.0 mixed [250-a\r\n251-b\r\n250 c\r\n]\n"},
      {"250-2.0.0 a\r\n550 5.1.1 b\r\n", mixed, "550 5.1.1 mixed digits [250-2.0.0 a\r\n550 5.1.1 b\r\n]\n"},
      {"250-2.0.0 a\r\n550 b\r\n", mixed, "550 0.0.0 mixed digits [250-2.0.0 a\r\n550 b\r\n]\n"},
      {"550-5.1.1 a\r\n450-x\r\n550-b\r\n553 5.1.3 b\r\n", mixed,
       "553 5.1.1 mixed digits [550-5.1.1 a\r\n450-x\r\n550-b\r\n553 5.1.3 b\r\n]\n"},
      // An enhanced code that does not fit the code is text.
      {"550-4.2.0 a\r\n550 5.1.1 b\r\n", ehlo::strict, "550 5.1.1 [550-4.2.0 a\r\n550 5.1.1 b\r\n]\n"},
  };
  for (auto const& row : rows) {
    EXPECT_EQ((run({}, row.allowed, 512) << row.in).said(), row.says) << row.in;
    cut_everywhere(row.in, {}, row.allowed, 512);
  }
}

TEST(ReplyReader, EveryLimitIsToldWhereItIsReached) {
  struct row {
    std::string_view in;
    reply_limits limits;
    std::string says;
  };
  std::size_t const none = 512;
  row const rows[] = {
      {"250 OK\r\n", {8, none, none}, "250 0.0.0 [250 OK\r\n]\n"},
      {"250 OK\r\n", {7, none, none}, "too long at 7\n"},
      {"250 OK", {6, none, none}, "too long at 6\n"},
      {"250 OK\r\n", {none, none, 8}, "250 0.0.0 [250 OK\r\n]\n"},
      {"250 OK\r\n", {none, none, 7}, "too long at 7\n"},
      {"250-a\r\n250 OK\r\n", {8, none, none}, "250 0.0.0 [250-a\r\n250 OK\r\n]\n"},
      {"250-a\r\n250 OK\r\n", {7, none, none}, "too long at 14\n"},
      {"250-a\r\n250 b\r\n", {none, none, 14}, "250 0.0.0 [250-a\r\n250 b\r\n]\n"},
      {"250-a\r\n250 b\r\n", {none, none, 13}, "too long at 13\n"},
      {"250-a\r\n250 b\r\n", {none, none, 7}, "too long at 7\n"},
      {"250-a\r\n250 b\r\n", {none, 2, none}, "250 0.0.0 [250-a\r\n250 b\r\n]\n"},
      {"250-a\r\n250 b\r\n", {none, 1, none}, "too long at 7\n"},
      {"250-a\r\n250-b\r\n", {none, 2, none}, "too long at 14\n"},
      {"250 b\r\n250 c\r\n", {none, 1, none}, "250 0.0.0 [250 b\r\n]\n250 0.0.0 [250 c\r\n]\n"},
      {"what is that\r\n", {14, none, none}, "malformed at 14\n"},
      {"what is that\r\n", {13, none, none}, "too long at 13\n"},
      {"what is that\r\n", {none, 1, 14}, "malformed at 14\n"},
      {"250 b\r\n", {0, none, none}, "too long at 0\n"},
      {"250 b\r\n", {none, none, 0}, "too long at 0\n"},
      {"250 b\r\n250-c\r\n", {none, 0, none}, "250 0.0.0 [250 b\r\n]\ntoo long at 14\n"},
  };
  for (auto const& row : rows) {
    EXPECT_EQ((run(row.limits, ehlo::strict, none) << row.in).said(), row.says) << row.in;
    cut_everywhere(row.in, row.limits, ehlo::strict, none);
    reply_limits const stored{row.limits.line, row.limits.lines, 10000};
    EXPECT_EQ((run(stored, ehlo::strict, row.limits.octets) << row.in).said(), row.says) << "storage is such a limit";
    cut_everywhere(row.in, stored, ehlo::strict, row.limits.octets);
  }
}

TEST(ReplyReader, TheDefaultLimits) {
  std::string const text(2048 - 6, 'x');
  EXPECT_TRUE((run({}, ehlo::strict, 65536) << "250 " + text + "\r\n").said().starts_with("250 "));
  EXPECT_EQ((run({}, ehlo::strict, 65536) << "250 " + text + "x\r\n").said(), "too long at 2048\n");
  std::string lines;
  for (int i = 0; i != 255; ++i) lines += "250-x\r\n";
  EXPECT_TRUE((run({}, ehlo::strict, 65536) << lines + "250 x\r\n").said().starts_with("250 "));
  EXPECT_EQ((run({}, ehlo::strict, 65536) << lines + "250-x\r\n").said(), "too long at 1792\n");
}

TEST(ReplyReader, EveryShortSequenceOfParts) {
  std::string_view const parts[] = {"250", "551", " ", "-", "2.1.5", "\r", "\n", "\r\n", "x"};
  constexpr std::size_t kinds = std::size(parts);
  std::mt19937 random{821};
  for (std::size_t length = 1; length <= 6; ++length) {
    std::size_t count = 1;
    for (std::size_t i = 0; i != length; ++i) count *= kinds;
    for (std::size_t n = 0; n < count; n += length < 4 ? 1 : 1 + random() % 400) {
      std::string in;
      for (std::size_t i = 0, rest = n; i != length; ++i, rest /= kinds) in += parts[rest % kinds];
      cut_everywhere(in, {2 + random() % 20, 1 + random() % 3, 1 + random() % 40},
                     random() % 2 == 0 ? ehlo::strict : ehlo::lenient, 64);
      cut_everywhere(in, {}, random() % 2 == 0 ? ehlo::strict : ehlo::lenient, 64);
    }
  }
}

TEST(ReplyReader, ManyRepliesInRandomPieces) {
  std::mt19937 random{2034};
  for (int round = 0; round != 2000; ++round) {
    std::string in;
    while (in.size() < 900) {
      std::string const code = random() % 3 == 0 ? "550" : "250";
      for (unsigned more = random() % 4 == 0 ? random() % 8 : 0; more != 0; --more)
        in += code + "-" + std::string(random() % 90, 'x') + "\r\n";
      in +=
          (random() % 40 == 0 ? "451" : code) + (random() % 2 == 0 ? " 2.1.5 " : " ") + std::string(random() % 70, 'y');
      in += random() % 40 == 0 ? "\n" : "\r\n";
    }
    tolerance const allowed = random() % 2 == 0 ? ehlo::lenient : ehlo::strict;
    reply_limits const limits{60 + random() % 200, 1 + random() % 9, 200 + random() % 600};
    std::string const all = reference::replies(in, limits, allowed, 700);
    ASSERT_EQ((run(limits, allowed, 700) << in).said(), all);
    run pieces(limits, allowed, 700);
    for (std::size_t i = 0; i < in.size();) {
      std::size_t const size = 1 + random() % (random() % 4 == 0 ? 3 : 200);
      pieces << std::string_view(in).substr(i, size);
      i += size;
    }
    ASSERT_EQ(pieces.said(), all);
  }
}

TEST(ReplyReader, RestartForgetsEverything) {
  std::vector<char> storage(64);
  for (std::string_view const begun :
       {"250-2.0.0 x\r\n25", "no reply\r\n", "250 \n", "a line that is far over the limit"}) {
    reply_reader reader;
    std::string_view in = begun;
    EXPECT_NE(reader.read(in, storage, {20, 9, 64}, ehlo::strict).what, status::reply);
    reader.restart();
    EXPECT_FALSE(reader.partial());
    in = "550 x\r\n";
    auto const [what, reply, bare_lf] = reader.read(in, storage, {20, 9, 64}, ehlo::strict);
    EXPECT_EQ(what, status::reply);
    EXPECT_EQ(reply.code(), ehlo::reply_code{550});
    EXPECT_FALSE(reply.status() || reply.mixed() || bare_lf);
  }
}

TEST(ReplyReader, SmallerStorageInTheMiddleOfAReplyHolds) {
  std::vector<char> storage(64);
  reply_reader reader;
  std::string_view in = "250-abcdefgh\r\n250";
  EXPECT_EQ(reader.read(in, storage, {}, ehlo::strict).what, status::need_input);
  in = " x\r\n";
  EXPECT_EQ(reader.read(in, std::span(storage).first(4), {}, ehlo::strict).what, status::too_long);
  EXPECT_EQ(in.size(), 4U);
}

TEST(ReplyReader, EmptyInputIsNothing) {
  std::vector<char> storage(8);
  reply_reader reader;
  std::string_view in;
  EXPECT_EQ(reader.read(in, storage, {}, ehlo::strict).what, status::need_input);
  EXPECT_EQ(reader.read(in, {}, {}, ehlo::strict).what, status::need_input);
  EXPECT_FALSE(reader.partial());
}

/// Examining a reply from its start at every octet would take some 2^33 steps here: minutes, not milliseconds.
TEST(ReplyReader, OneOctetAtATimeIsLinear) {
  std::string text;
  while (text.size() < 131000) text += "250-2.0.0 " + std::string(500, 'x') + "\r\n";
  text += "250 end\r\n";
  std::vector<char> storage(text.size());
  reply_reader reader;
  auto const begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i != text.size(); ++i) {
    std::string_view in{text.data() + i, 1};
    auto const what = reader.read(in, storage, {2048, 1000, 1000000}, ehlo::strict).what;
    ASSERT_EQ(what, i + 1 == text.size() ? status::reply : status::need_input) << i;
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

}  // namespace
