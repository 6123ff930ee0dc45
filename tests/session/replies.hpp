// SPDX-License-Identifier: BSL-1.0
// Takes a server's octets apart into replies and holds every one of them to RFC 5321 4.2: lines that end in CRLF, of at
// most 512 octets, with one code from 200 to 599 on all lines of a reply.
#pragma once

#include <gtest/gtest.h>

#include <cctype>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace ehlo_test {

struct wire_reply {
  std::string code;
  std::vector<std::string> lines;  // without code, separator and CRLF
};

class reply_reader {
 public:
  void take(std::string_view octets) {
    rest_ += octets;
    for (std::size_t end = rest_.find("\r\n"); end != std::string::npos; end = rest_.find("\r\n")) {
      line(rest_.substr(0, end));
      rest_.erase(0, end + 2);
    }
    EXPECT_LT(rest_.size(), 512U) << rest_;
  }

  [[nodiscard]] bool empty() const { return replies_.empty(); }
  [[nodiscard]] std::size_t size() const { return replies_.size(); }
  /// Whether no reply is half written.
  [[nodiscard]] bool whole() const { return rest_.empty() && open_.code.empty(); }
  [[nodiscard]] std::deque<wire_reply> const& replies() const { return replies_; }
  wire_reply pop() {
    wire_reply first = replies_.front();
    replies_.pop_front();
    return first;
  }

 private:
  void line(std::string const& text) {
    EXPECT_LE(text.size() + 2, 512U) << text;
    EXPECT_EQ(text.find_first_of(std::string{"\r\n\0", 3}), std::string::npos) << text;
    bool const coded = text.size() >= 3 && text[0] >= '2' && text[0] <= '5' && is_digit(text[1]) && is_digit(text[2]) &&
                       (text.size() == 3 || text[3] == ' ' || text[3] == '-');
    EXPECT_TRUE(coded) << text;
    if (!coded) return;
    std::string const code = text.substr(0, 3);
    if (open_.code.empty()) open_.code = code;
    EXPECT_EQ(open_.code, code) << "all lines of a reply share its code: " << text;
    open_.lines.push_back(text.size() > 4 ? text.substr(4) : "");
    if (text.size() > 3 && text[3] == '-') return;
    replies_.push_back(open_);
    open_ = {};
  }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  std::string rest_;
  wire_reply open_;
  std::deque<wire_reply> replies_;
};

}  // namespace ehlo_test
