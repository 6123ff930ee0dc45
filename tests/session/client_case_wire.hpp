// SPDX-License-Identifier: BSL-1.0
// What cases expect of a client's octets: the patterns of expect_out, the lines of expect_out_seq, and the rules for
// the text behind DATA (tests/data/cases/README.md).
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "json.hpp"

namespace ehlo_test {

/// A byte string, or each one of a list of them.
inline std::vector<std::string> byte_strings(json const& value) {
  std::vector<std::string> out;
  if (value.is(json::kind::string)) out.push_back(unescape(value.text()));
  for (json const& one : value.items()) out.push_back(unescape(one.text()));
  return out;
}

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// Whether a string anywhere in this holds the text.
inline bool mentions(json const& value, std::string_view text) {
  bool found = contains(value.text(), text);
  for (json const& one : value.items()) found = found || mentions(one, text);
  for (auto const& [key, one] : value.members()) found = found || contains(key, text) || mentions(one, text);
  return found;
}

/// A string is exact; an object gives a prefix, a suffix, what is contained and what lacks, or alternatives.
inline bool matches_output(json const& pattern, std::string_view output) {
  if (pattern.is(json::kind::string)) return output == unescape(pattern.text());
  for (auto const& [key, value] : pattern.members()) {
    if (key == "any") {
      bool found = false;
      for (json const& one : value.items()) found = found || matches_output(one, output);
      if (!found) return false;
      continue;
    }
    bool const known = key == "prefix" || key == "suffix" || key == "contains" || key == "lacks";
    EXPECT_TRUE(known) << "unknown key " << key;
    for (std::string const& text : byte_strings(value)) {
      if (key == "prefix" && !output.starts_with(text)) return false;
      if (key == "suffix" && !output.ends_with(text)) return false;
      if (key == "contains" && !contains(output, text)) return false;
      if (key == "lacks" && contains(output, text)) return false;
    }
  }
  return pattern.is(json::kind::object);
}

/// Lines that begin with these texts, in this order and no others; octets of a chunk may follow the last.
inline bool matches_lines(json const& starts, std::string_view output) {
  bool chunk = false;
  for (std::string const& start : byte_strings(starts)) {
    std::size_t const end = output.find("\r\n");
    if (end == std::string_view::npos || !output.starts_with(start)) return false;
    chunk = output.starts_with("BDAT");
    output.remove_prefix(end + 2);
  }
  return output.empty() || chunk;
}

/// The rules for what follows DATA. `refused`: the body was, so that it has no end.
class text_on_the_wire {
 public:
  text_on_the_wire(std::string_view output, bool refused) : refused_{refused} {
    std::size_t const data = output.find("\r\nDATA\r\n");
    EXPECT_TRUE(data != std::string_view::npos || refused) << "no DATA";
    if (data == std::string_view::npos) return;
    text_ = output.substr(data + 8);
    std::size_t const end = std::string_view{output}.substr(data + 6).find("\r\n.\r\n");
    ended_ = end != std::string_view::npos;
    if (!ended_) return;
    behind_ = text_.substr(end + 3);
    text_ = text_.substr(0, end + 3);
  }

  void check(std::string const& rule) const {
    if (rule == "no_bare_cr") {
      for (std::size_t i = 0; i + 1 < text_.size(); ++i)
        EXPECT_FALSE(text_[i] == '\r' && text_[i + 1] != '\n') << "bare CR at " << i;
      EXPECT_TRUE(refused_ || !text_.ends_with('\r'));
    } else if (rule == "no_bare_lf") {
      for (std::size_t i = 0; i != text_.size(); ++i)
        EXPECT_FALSE(text_[i] == '\n' && (i == 0 || text_[i - 1] != '\r')) << "bare LF at " << i;
    } else if (rule == "single_eod") {
      EXPECT_EQ(ended_, !refused_);
      EXPECT_TRUE(behind_.empty() || behind_ == "RSET\r\n" || behind_ == "QUIT\r\n") << behind_;
    } else if (rule == "no_nul_or_reject") {
      EXPECT_TRUE(refused_ || text_.find('\0') == std::string::npos);
    } else {
      ADD_FAILURE() << "unknown wire_rule " << rule;
    }
  }

 private:
  std::string text_;  // with its end
  std::string behind_;
  bool refused_;
  bool ended_ = false;
};

}  // namespace ehlo_test
