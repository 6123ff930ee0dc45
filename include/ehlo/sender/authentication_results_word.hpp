// SPDX-License-Identifier: BSL-1.0
// What an Authentication-Results field is made of (RFC 8601 2.2): keywords, tokens, quoted texts.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/character_class.hpp"
#include "../grammar/decoded.hpp"
#include "../grammar/utf8.hpp"

namespace ehlo::inline v0::sender {

namespace detail {

/// An octet of token (RFC 2045 5.1).
[[nodiscard]] constexpr bool is_token_octet(char c) noexcept {
  return has_class(c, char_class::graphic) && std::string_view{"()<>@,;:\\\"/[]?="}.find(c) == std::string_view::npos;
}

[[nodiscard]] constexpr bool is_token(std::string_view text) noexcept {
  for (char const c : text)
    if (!is_token_octet(c)) return false;
  return !text.empty();
}

/// Keyword (RFC 5321 4.1.2), of no unreasonable length.
[[nodiscard]] constexpr bool is_keyword(std::string_view text) noexcept {
  for (char const c : text)
    if (!has_class(c, char_class::ldh)) return false;
  return !text.empty() && text.size() <= 64 && text.back() != '-';
}

/// Whether a token or quoted-string can say it as it is.
[[nodiscard]] constexpr bool is_printable_value(std::string_view text, bool utf8) noexcept {
  for (char const c : text)
    if (!has_class(c, char_class::graphic | char_class::eight_bit) && c != ' ') return false;
  for (char const c : text)
    if (!utf8 && has_class(c, char_class::eight_bit)) return false;
  return !text.empty() && text.size() <= 255 && is_utf8(text);
}

/// The octets that a value means: of a quoted-string without the quotes, the backslashes, and the line ends of folds.
class value_octets {
 public:
  constexpr explicit value_octets(std::string_view value) noexcept : rest_{value} {
    quoted_ = value.size() > 1 && value.starts_with('"') && value.ends_with('"');
    if (quoted_) rest_ = value.substr(1, value.size() - 2);
  }
  /// The next one; false: there is none.
  [[nodiscard]] constexpr bool next(char& c) noexcept {
    if (quoted_)
      while (rest_.starts_with("\r\n")) rest_.remove_prefix(2);
    if (quoted_ && rest_.size() > 1 && rest_[0] == '\\') rest_.remove_prefix(1);
    if (rest_.empty()) return false;
    c = rest_[0];
    rest_.remove_prefix(1);
    return true;
  }

 private:
  std::string_view rest_;
  bool quoted_ = false;
};

}  // namespace detail

/// What a value of a parsed field means, without the quotes that it may have: written into the storage, which may be
/// the value's own. Not valid: it does not fit.
[[nodiscard]] constexpr decoded decode_authentication_value(std::string_view value, std::span<char> storage) noexcept {
  decoded out;
  detail::value_octets octets{value};
  for (char c = 0; octets.next(c);) {
    if (out.size == storage.size()) return {};
    storage[out.size++] = c;
  }
  out.valid = true;
  return out;
}

}  // namespace ehlo::inline v0::sender
