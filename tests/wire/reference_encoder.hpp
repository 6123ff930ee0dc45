// SPDX-License-Identifier: BSL-1.0
// What the dot encoder must say, written as plainly as possible over a body that is there as a whole. For the tests and
// the fuzzers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "ehlo/model/text_rules.hpp"
#include "ehlo/model/tolerance.hpp"
#include "reference_decoder.hpp"

namespace reference {

struct encoded {
  std::string wire;  // the end of data included, unless refused
  std::uint64_t size = 0;
  ehlo::tolerance used{};
  ehlo::tolerance violation{};

  friend bool operator==(encoded const&, encoded const&) = default;
};

inline encoded encode(std::string_view body, ehlo::bare_newline newline, ehlo::tolerance allowed) {
  using ehlo::tolerance;
  if (newline == ehlo::bare_newline::normalize) allowed |= tolerance::bare_lf_in_text | tolerance::bare_cr_in_text;
  encoded out;
  std::size_t column = 0;  // without CRLF, of which two more must fit into 1000 octets
  for (std::size_t i = 0; i != body.size(); ++i) {
    char const c = body[i];
    bool const lf = c == '\n';
    bool const behind_cr = i != 0 && body[i - 1] == '\r';
    bool const before_lf = i + 1 != body.size() && body[i + 1] == '\n';
    bool const content = !lf && !(c == '\r' && before_lf);
    tolerance needed{};
    if (lf && !behind_cr) needed |= tolerance::bare_lf_in_text;
    if (c == '\r' && !before_lf) needed |= tolerance::bare_cr_in_text;
    if (c == '\0') needed |= tolerance::nul_in_text;
    if ((c & 0x80) != 0) needed |= tolerance::undeclared_8bit;
    if (content && column >= 998) needed |= tolerance::long_text_line;
    if (any(needed & ~allowed)) {
      out.violation = highest(needed & ~allowed);
      return out;
    }
    out.used |= needed;
    if (c == '.' && (i == 0 || body[i - 1] == '\n')) out.wire += '.';
    std::string_view const sent = lf && !behind_cr ? "\r\n" : c == '\r' && !before_lf ? " " : body.substr(i, 1);
    out.wire += sent;
    out.size += sent.size();
    column = lf ? 0 : column + std::size_t{content};
  }
  bool const ends_a_line = body.empty() || body.back() == '\n';
  out.wire += ends_a_line ? ".\r\n" : "\r\n.\r\n";
  out.size += ends_a_line ? 0 : 2;
  return out;
}

}  // namespace reference
