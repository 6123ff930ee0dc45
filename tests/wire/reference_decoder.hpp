// SPDX-License-Identifier: BSL-1.0
// What the dot decoder must say, written as plainly as possible over a text that is there as a whole. For the tests and
// the fuzzers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "ehlo/model/text_rules.hpp"
#include "ehlo/model/tolerance.hpp"

namespace reference {

struct decoded {
  static constexpr std::size_t never = static_cast<std::size_t>(-1);
  std::string body;
  std::size_t refused_at = never;  // the octet that proves the violation
  std::size_t end_at = never;      // the first octet behind the end of data
  ehlo::tolerance used{};
  ehlo::tolerance violation{};

  friend bool operator==(decoded const&, decoded const&) = default;
};

inline ehlo::tolerance highest(ehlo::tolerance set) {
  std::uint32_t bit = 1U << 31;
  while (bit != 0 && (bit & static_cast<std::uint32_t>(set)) == 0) bit >>= 1;
  return static_cast<ehlo::tolerance>(bit);
}

inline decoded decode(std::string_view in, ehlo::text_rules rules) {
  using ehlo::tolerance;
  bool const repairs = rules.newline == ehlo::bare_newline::normalize;
  auto const line_start = [in](std::size_t i) { return i == 0 || (i > 1 && in.substr(i - 2, 2) == "\r\n"); };
  auto const stuffed = [in, line_start](std::size_t i) { return in[i] == '.' && line_start(i); };

  decoded out;
  std::string const framed = "\r\n" + std::string(in);
  std::size_t const end = framed.find("\r\n.\r\n");
  std::string_view const text = end == std::string::npos ? in : in.substr(0, end);
  if (end != std::string::npos) out.end_at = end + 3;

  std::size_t length = 0;
  for (std::size_t i = 0; i != text.size(); ++i) {
    char const c = text[i];
    bool const behind_cr = i != 0 && text[i - 1] == '\r';
    tolerance needed{};
    if (behind_cr && c != '\n') needed |= tolerance::bare_cr_in_text;
    if (!behind_cr && c == '\n') needed |= tolerance::bare_lf_in_text;
    if (repairs) out.used |= needed & tolerance::bare_cr_in_text;
    // A CR waits for the octet behind it where that decides what becomes of it.
    if (behind_cr && (repairs || (i > 1 && stuffed(i - 2)))) out.body += repairs && c != '\n' ? ' ' : '\r';
    if (stuffed(i)) {
      length = 0;
      continue;
    }
    tolerance allowed = rules.allowed & ~(tolerance::bare_cr_in_text | tolerance::bare_lf_in_text);
    if (repairs) allowed |= tolerance::bare_cr_in_text | tolerance::bare_lf_in_text;
    if (c == '\0') needed |= tolerance::nul_in_text;
    if ((c & 0x80) != 0) needed |= tolerance::undeclared_8bit;
    if (length >= rules.max_line) needed |= tolerance::long_text_line;
    if (any(needed & ~allowed)) {
      out.refused_at = i;
      out.violation = highest(needed & ~allowed);
      return out;
    }
    out.used |= needed;
    length = c == '\n' ? 0 : length + 1;
    if (c == '\n' && !behind_cr)
      out.body += "\r\n";
    else if (c != '\r' || !(repairs || (i > 0 && stuffed(i - 1))))
      out.body += c;
  }
  return out;
}

/// A body of clean lines as it goes over the wire, end of data included (RFC 5321 4.5.2).
inline std::string stuff(std::string_view body) {
  std::string out;
  bool start = true;
  for (std::size_t i = 0; i != body.size(); ++i) {
    if (start && body[i] == '.') out += '.';
    out += body[i];
    start = body[i] == '\n' && i != 0 && body[i - 1] == '\r';
  }
  return out + (start ? ".\r\n" : "\r\n.\r\n");
}

}  // namespace reference
