// SPDX-License-Identifier: BSL-1.0
// RFC 5321 2.3.8: a line ends in CRLF and in nothing else; 4.5.3.1.4: its length counts the CRLF.
#include "ehlo/wire/line_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using ehlo::line_reader;
using status = line_reader::status;

/// One letter for what was said, then the line: "l:EHLO x", "b:x" (ended by a bare LF), "T:x" and "t:x" (too long, in
/// CRLF or a bare LF; its first octets), "!" (bare LF). At the end "+n": n octets are stored.
using log = std::vector<std::string>;

class run {
 public:
  run(std::size_t limit, bool accept, std::size_t storage) : limit_(limit), accept_(accept), storage_(storage, '#') {}

  run& operator<<(std::string_view piece) {
    std::vector<char> const copy(piece.begin(), piece.end());  // at an address of its own, nothing behind it
    std::string_view in{copy.data(), copy.size()};
    for (;;) {
      auto const [what, line, bare] = reader_.read(in, storage_, limit_, accept_);
      if (what == status::need_input) {
        EXPECT_TRUE(in.empty());
        EXPECT_TRUE(line.empty());
        break;
      }
      if (what == status::line) {
        said_.push_back((bare ? "b:" : "l:") + std::string(line));
        bool const whole = line.data() >= copy.data() && line.data() <= copy.data() + copy.size();
        EXPECT_EQ(whole, !stored_before_) << "copied only if a part of it was stored";
      } else if (what == status::too_long) {
        said_.push_back((bare ? "t:" : "T:") + std::string(line));
      } else {
        EXPECT_TRUE(line.empty());
        said_.push_back("!");
      }
      EXPECT_EQ(reader_.stored(), 0U);
      EXPECT_FALSE(reader_.partial());
      stored_before_ = false;
    }
    stored_before_ = reader_.stored() != 0;
    EXPECT_EQ(reader_.partial(), !piece.empty() ? piece.back() != '\n' : partial_);
    partial_ = reader_.partial();
    EXPECT_LE(reader_.stored(), std::min(limit_, storage_.size()));
    return *this;
  }

  [[nodiscard]] log said() const {
    log result = said_;
    result.push_back("+" + std::to_string(reader_.stored()));
    return result;
  }

 private:
  line_reader reader_;
  std::size_t limit_;
  bool accept_;
  std::vector<char> storage_;
  log said_;
  bool stored_before_ = false;
  bool partial_ = false;
};

/// The same, obviously.
log expected(std::string_view in, std::size_t limit, bool accept) {
  log result;
  while (in.find('\n') != std::string_view::npos) {
    std::size_t const size = in.find('\n') + 1;
    bool const bare = size == 1 || in[size - 2] != '\r';
    std::string const line{in.substr(0, size - (bare ? 1 : 2))};
    std::string const head{in.substr(0, std::min<std::size_t>(limit, 16))};
    result.push_back(bare && !accept ? "!" : size > limit ? (bare ? "t:" : "T:") + head : (bare ? "b:" : "l:") + line);
    in.remove_prefix(size);
  }
  result.push_back("+" + std::to_string(in.size() > limit ? 0 : in.size()));
  return result;
}

void cut_everywhere(std::string_view in, std::size_t limit, bool accept, std::size_t storage) {
  log const all = expected(in, std::min(limit, storage), accept);
  ASSERT_EQ((run(limit, accept, storage) << in).said(), all) << in;
  run bytes(limit, accept, storage);
  for (std::size_t i = 0; i != in.size(); ++i) bytes << in.substr(i, 1);
  ASSERT_EQ(bytes.said(), all) << in;
  for (std::size_t i = 0; i < in.size(); ++i)
    for (std::size_t j = i; j < in.size(); ++j)
      ASSERT_EQ((run(limit, accept, storage) << in.substr(0, i) << in.substr(i, j - i) << in.substr(j)).said(), all)
          << in << " cut at " << i << " and " << j;
}

TEST(LineReader, ExactEvents) {
  struct row {
    std::string_view in;
    std::size_t limit;
    bool accept;
    log says;
  };
  row const rows[] = {
      {"NOOP\r\nQUIT\r\n", 512, false, {"l:NOOP", "l:QUIT", "+0"}},
      {"\r\n\r\n", 512, false, {"l:", "l:", "+0"}},
      {"NOOP\r", 512, false, {"+5"}},
      {"NO\rOP\r\n", 512, false, {"l:NO\rOP", "+0"}},
      {"NOOP\r\r\n", 512, false, {"l:NOOP\r", "+0"}},
      {"NOOP\nMAIL\r\n", 512, false, {"!", "l:MAIL", "+0"}},
      {"NOOP\nMAIL\r\n", 512, true, {"b:NOOP", "l:MAIL", "+0"}},
      {"\n", 512, false, {"!", "+0"}},
      {"\n\r\n", 512, true, {"b:", "l:", "+0"}},
      {"\r\n\n", 512, true, {"l:", "b:", "+0"}},
      {"abcd\r\n", 6, false, {"l:abcd", "+0"}},
      {"abcde\r\nx\r\n", 6, false, {"T:abcde\r", "l:x", "+0"}},
      {"abcdefgh", 6, false, {"+0"}},
      {"abcdefgh\nx\r\n", 6, false, {"!", "l:x", "+0"}},
      {"abcdefgh\nx\r\n", 6, true, {"t:abcdef", "l:x", "+0"}},
      {"abcde\nx\r\n", 6, true, {"b:abcde", "l:x", "+0"}},
      {"abcdefgh\r\r\nx\r\n", 6, false, {"T:abcdef", "l:x", "+0"}},
      {"\r\n", 1, false, {"T:\r", "+0"}},
      {"a\r\n", 0, false, {"T:", "+0"}},
      {"RCPT TO:<abcdefghijkl@example.org>\r\nx\r\n", 20, false, {"T:RCPT TO:<abcdefg", "l:x", "+0"}},
  };
  for (auto const& row : rows) {
    EXPECT_EQ((run(row.limit, row.accept, 512) << row.in).said(), row.says) << row.in;
    cut_everywhere(row.in, row.limit, row.accept, 512);
    cut_everywhere(row.in, 512, row.accept, row.limit);  // the storage is a limit like any other
  }
}

TEST(LineReader, EveryShortInput) {
  constexpr std::string_view alphabet = "\r\na";
  for (std::size_t length = 1; length <= 7; ++length) {
    std::size_t count = 1;
    for (std::size_t i = 0; i != length; ++i) count *= alphabet.size();
    for (std::size_t n = 0; n != count; ++n) {
      std::string in;
      for (std::size_t rest = n; in.size() != length; rest /= alphabet.size()) in += alphabet[rest % alphabet.size()];
      for (std::size_t const limit : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{4}, std::size_t{64}})
        for (bool const accept : {false, true}) cut_everywhere(in, limit, accept, 64);
    }
  }
}

TEST(LineReader, LongInputsInRandomPieces) {
  std::mt19937 random{821};
  for (int round = 0; round != 3000; ++round) {
    std::string in;
    while (in.size() < 600) {
      in.append(random() % 150, 'x');
      in += random() % 16 == 0 ? "\n" : random() % 16 == 0 ? "\r" : "\r\n";
    }
    bool const accept = random() % 2 == 0;
    std::size_t const limit = 1 + random() % 160;
    log const all = expected(in, limit, accept);
    ASSERT_EQ((run(limit, accept, 200) << in).said(), all);
    run pieces(limit, accept, 200);
    for (std::size_t i = 0; i < in.size();) {
      std::size_t const size = 1 + random() % 90;
      pieces << std::string_view(in).substr(i, size);
      i += size;
    }
    ASSERT_EQ(pieces.said(), all);
  }
}

TEST(LineReader, RestartForgetsAnIncompleteLine) {
  line_reader reader;
  std::vector<char> storage(16);
  for (std::string_view const begun : {"MAIL\r", "a line over the limit"}) {
    std::string_view in = begun;
    EXPECT_EQ(reader.read(in, storage, 16, false).what, status::need_input);
    reader.restart();
    EXPECT_EQ(reader.stored(), 0U);
    in = "\nQUIT\r\n";
    EXPECT_EQ(reader.read(in, storage, 16, false).what, status::bare_lf) << "the CR is forgotten too";
    EXPECT_EQ(reader.read(in, storage, 16, false).line, "QUIT");
  }
}

TEST(LineReader, SmallerLimitInTheMiddleOfALineHolds) {
  line_reader reader;
  std::vector<char> storage(16);
  std::string_view in = "abcdefgh";
  EXPECT_EQ(reader.read(in, storage, 16, false).what, status::need_input);
  in = "\r\n";
  EXPECT_EQ(reader.read(in, storage, 4, false).what, status::too_long);
}

TEST(LineReader, NothingBehindTheStorageIsWritten) {
  std::vector<char> memory(32, '#');
  line_reader reader;
  for (int i = 0; i != 100; ++i) {
    std::string_view in = "abc";
    EXPECT_EQ(reader.read(in, std::span(memory).first(16), 1000, false).what, status::need_input);
  }
  EXPECT_EQ(std::string_view(memory.data() + 16, 16), std::string(16, '#'));
}

}  // namespace
