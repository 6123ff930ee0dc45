// SPDX-License-Identifier: BSL-1.0
// What a DKIM signature hashes of a header field: the field as it is, or in the form that survives folding and changes
// of white space (RFC 6376 3.4.1, 3.4.2). Of the body: dkim_body.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/enum_name.hpp"
#include "cfws.hpp"

namespace ehlo::inline v0::sender {

/// The canonicalization algorithms of RFC 6376 3.4; header and body may have different ones.
enum class dkim_canonicalization : std::uint8_t {
  simple,   ///< no change but for the end of the body
  relaxed,  ///< white space and the case of field names do not count
};

inline constexpr std::array<std::string_view, 2> dkim_canonicalization_names{"simple", "relaxed"};

/// As it stands in the tag c=.
[[nodiscard]] constexpr std::string_view name(dkim_canonicalization c) noexcept {
  return enum_name(dkim_canonicalization_names, c);
}

namespace detail {

template <class Sink>
constexpr void put_some(std::string_view text, Sink& sink) noexcept {
  if (!text.empty()) sink(text);
}

/// Letters in lower case.
template <class Sink>
constexpr void relaxed_name(std::string_view name, Sink& sink) noexcept {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz";
  std::size_t begin = 0;
  for (std::size_t i = 0; i != name.size(); ++i) {
    if (name[i] < 'A' || name[i] > 'Z') continue;
    put_some(name.substr(begin, i - begin), sink);
    sink(letters.substr(static_cast<std::size_t>(name[i] - 'A'), 1));
    begin = i + 1;
  }
  put_some(name.substr(begin), sink);
}

/// A value, or a part of it, without white space at its beginning and end, and with a space for all other.
template <class Sink>
constexpr void relaxed_value(std::string_view value, Sink& sink) noexcept {
  value.remove_prefix(skip_fws(value, 0));
  std::size_t begin = 0;
  for (std::size_t i = 0; i != value.size();) {
    std::size_t const behind = skip_fws(value, i);
    bool const last = behind == value.size();
    if (behind == i || (!last && behind == i + 1 && value[i] == ' ')) {
      ++i;
      continue;
    }
    put_some(value.substr(begin, i - begin), sink);
    if (!last) sink(std::string_view{" "});
    i = begin = behind;
  }
  put_some(value.substr(begin), sink);
}

/// The field without a CRLF at its end; `cut` octets are left out at `at`, which lies behind the colon.
template <class Sink>
constexpr void put_field(dkim_canonicalization how, std::string_view field, std::size_t at, std::size_t cut,
                         Sink& sink) noexcept {
  if (how == dkim_canonicalization::simple) {
    put_some(field.substr(0, at), sink);
    put_some(field.substr(at + cut), sink);
    return;
  }
  std::size_t const colon = field.find(':');
  std::string_view name = field.substr(0, colon);
  while (!name.empty() && is_wsp(name.back())) name.remove_suffix(1);
  relaxed_name(name, sink);
  if (colon == field.npos) return;
  sink(std::string_view{":"});
  relaxed_value(field.substr(colon + 1, at - (colon + 1)), sink);
  relaxed_value(field.substr(at + cut), sink);
}

[[nodiscard]] constexpr std::string_view without_crlf(std::string_view field) noexcept {
  return field.ends_with("\r\n") ? field.substr(0, field.size() - 2) : field;
}

/// What stands between `b=` and the next `;` or the end, white space included (3.7).
struct signature_value {
  std::size_t at;
  std::size_t size;
};
[[nodiscard]] constexpr signature_value find_signature_value(std::string_view field) noexcept {
  std::size_t const colon = field.find(':');
  std::size_t tag = colon == field.npos ? field.size() : colon + 1;
  while (tag != field.size()) {
    std::size_t const semicolon = field.find(';', tag);
    std::size_t const end = semicolon == field.npos ? field.size() : semicolon;
    std::string_view const text = field.substr(tag, end - tag);
    std::size_t const equals = text.find('=');
    std::size_t const b = skip_fws(text, 0);
    if (equals != text.npos && b < equals && text[b] == 'b' && skip_fws(text, b + 1) == equals)
      return {tag + equals + 1, text.size() - (equals + 1)};
    tag = end == field.size() ? end : end + 1;
  }
  return {field.size(), 0};
}

}  // namespace detail

/// Gives `sink` a header field in its canonical form, with CRLF at its end (RFC 6376 3.4.1, 3.4.2). `field` is all of
/// it as it stands in the message, name, colon, and line breaks included; whether its last CRLF is there too does not
/// matter. `sink` is called as `void(std::string_view) noexcept` with pieces that are not empty: views of the field, or
/// of constants. A text without a colon counts as a name.
template <class Sink>
constexpr void canonicalize_field(dkim_canonicalization how, std::string_view field, Sink&& sink) noexcept {
  field = detail::without_crlf(field);
  detail::put_field(how, field, field.size(), 0, sink);
  sink(std::string_view{"\r\n"});
}

/// The same for the DKIM-Signature field that is made or verified: without the value of its tag b=, the white space
/// around it included, and without CRLF at its end (3.7). Where b= stands more than once, the first counts; such a
/// field is no signature (3.2).
template <class Sink>
constexpr void canonicalize_signature_field(dkim_canonicalization how, std::string_view field, Sink&& sink) noexcept {
  field = detail::without_crlf(field);
  detail::signature_value const b = detail::find_signature_value(field);
  detail::put_field(how, field, b.at, b.size, sink);
}

}  // namespace ehlo::inline v0::sender
