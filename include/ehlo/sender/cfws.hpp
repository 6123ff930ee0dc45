// SPDX-License-Identifier: BSL-1.0
// What may stand between and around the words of a structured header field: folding white space, comments, quotes
// (RFC 5322 3.2, RFC 6532 3.2). Comments nest; they are counted, so that depth costs nothing.
#pragma once

#include <cstddef>
#include <string_view>

#include "../base/ascii.hpp"

namespace ehlo::inline v0::sender::detail {

inline constexpr std::size_t unread = std::string_view::npos;

/// One past the FWS at `at`: spaces, tabs, and each CRLF with one of them behind it.
[[nodiscard]] constexpr std::size_t skip_fws(std::string_view text, std::size_t at) noexcept {
  for (;;) {
    if (at < text.size() && is_wsp(text[at])) {
      ++at;
    } else if (text.size() - at > 2 && text[at] == '\r' && text[at + 1] == '\n' && is_wsp(text[at + 2])) {
      at += 3;
    } else {
      return at;
    }
  }
}

/// One past the octet, pair or fold at `at` inside of quotes or a comment; unread: NUL, or a CR or LF that folds
/// nothing. Other controls are obsolete and read (RFC 5322 4.1); what is above 127 may be anything.
[[nodiscard]] constexpr std::size_t skip_inner(std::string_view text, std::size_t at) noexcept {
  std::size_t const fold = skip_fws(text, at);
  if (fold != at) return fold;
  if (text[at] == '\\') ++at;
  if (at == text.size() || text[at] == '\0' || text[at] == '\r' || text[at] == '\n') return unread;
  return at + 1;
}

/// One past the CFWS at `at`, which may be none; unread: a comment is not closed.
[[nodiscard]] constexpr std::size_t skip_cfws(std::string_view text, std::size_t at) noexcept {
  std::size_t depth = 0;
  for (;;) {
    if (depth == 0) at = skip_fws(text, at);
    if (at == text.size()) return depth == 0 ? at : unread;
    if (text[at] == '(') {
      ++depth;
      ++at;
    } else if (depth == 0) {
      return at;
    } else if (text[at] == ')') {
      --depth;
      ++at;
    } else {
      at = skip_inner(text, at);
      if (at == unread) return unread;
    }
  }
}

/// One past the quoted-string whose opening quote is at `at`; unread: it is not closed.
[[nodiscard]] constexpr std::size_t skip_quoted(std::string_view text, std::size_t at) noexcept {
  for (++at; at != text.size();) {
    if (text[at] == '"') return at + 1;
    at = skip_inner(text, at);
    if (at == unread) return unread;
  }
  return unread;
}

}  // namespace ehlo::inline v0::sender::detail
