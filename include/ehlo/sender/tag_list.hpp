// SPDX-License-Identifier: BSL-1.0
// Tag=value lists: what DKIM signatures, DKIM key records and DMARC records are written in (RFC 6376 3.2), and the
// lists with colons that some of the values are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/config.hpp"
#include "cfws.hpp"

namespace ehlo::inline v0::sender {

/// `name=value`, both without the white space around them. Views of the list.
struct tag {
  std::string_view name{};
  std::string_view value{};  ///< white space inside it, line breaks too, is part of it
};

enum class tag_list_error : std::uint8_t {
  none,
  syntax,     ///< something is no tag-spec
  duplicate,  ///< a name comes again; the whole list is invalid
  too_many,   ///< more tags than tag_list::limit
};

class tag_list;
[[nodiscard]] constexpr tag_list_error parse_tag_list(std::string_view text, tag_list& out) noexcept;

/// The tags of a list in their order.
class tag_list {
 public:
  /// More tags than anybody uses; RFC 6376 and RFC 7489 know 14.
  static constexpr std::size_t limit = 64;

  [[nodiscard]] constexpr std::span<tag const> tags() const& noexcept EHLO_LIFETIMEBOUND {
    return {tags_.data(), size_};
  }
  constexpr std::span<tag const> tags() const&& = delete;

  /// The tag of this name, in this case; null if there is none. An empty value is not the same as no tag.
  [[nodiscard]] constexpr tag const* find(std::string_view name) const& noexcept EHLO_LIFETIMEBOUND {
    for (tag const& one : tags())
      if (one.name == name) return &one;
    return nullptr;
  }
  constexpr tag const* find(std::string_view name) const&& = delete;

 private:
  friend constexpr tag_list_error parse_tag_list(std::string_view text, tag_list& out) noexcept;

  std::array<tag, limit> tags_{};
  std::size_t size_ = 0;
};

namespace detail {

/// VALCHAR, or an octet of UTF-8 (RFC 6376 3.2: not to be precluded).
[[nodiscard]] constexpr bool is_valchar(char c) noexcept { return octet(c) > ' ' && c != ';' && c != '\x7F'; }

/// The tag-spec at the beginning of the text, without the `;` behind it: how long it is, 0 if there is none.
[[nodiscard]] constexpr std::size_t read_tag(std::string_view text, tag& out) noexcept {
  std::size_t i = skip_fws(text, 0);
  std::size_t begin = i;
  while (i != text.size() && (is_alpha(text[i]) || (i != begin && (is_digit(text[i]) || text[i] == '_')))) ++i;
  out.name = text.substr(begin, i - begin);
  i = skip_fws(text, i);
  if (out.name.empty() || i == text.size() || text[i] != '=') return 0;
  begin = i = skip_fws(text, i + 1);
  out.value = {};
  while (i != text.size() && text[i] != ';')
    if (is_valchar(text[i])) {
      ++i;
      out.value = text.substr(begin, i - begin);
    } else {
      std::size_t const behind = skip_fws(text, i);
      if (behind == i) return 0;
      i = behind;
    }
  return i;
}

}  // namespace detail

/// Reads a list. On an error `out` holds the tags in front of what is wrong. What is laxer than the letter: white space
/// behind the last `;`, as many records have it, and several line breaks where FWS has one. The tags are views of the
/// text.
[[nodiscard]] constexpr tag_list_error parse_tag_list(std::string_view text EHLO_LIFETIMEBOUND,
                                                      tag_list& out) noexcept {
  out.size_ = 0;
  do {
    tag one;
    std::size_t const size = detail::read_tag(text, one);
    if (size == 0) return tag_list_error::syntax;
    if (out.find(one.name) != nullptr) return tag_list_error::duplicate;
    if (out.size_ == tag_list::limit) return tag_list_error::too_many;
    out.tags_[out.size_++] = one;
    text.remove_prefix(size);
    if (text.empty()) break;
    text.remove_prefix(1);
  } while (detail::skip_fws(text, 0) != text.size());
  return tag_list_error::none;
}

/// The parts of a value such as `from : to : subject`, without the white space around the colons. A part may be empty.
class colon_list {
 public:
  constexpr explicit colon_list(std::string_view value EHLO_LIFETIMEBOUND) noexcept : rest_{value} {}

  /// The next part; false if there is none.
  [[nodiscard]] constexpr bool next(std::string_view& part) noexcept {
    if (over_) return false;
    std::size_t const colon = rest_.find(':');
    part = rest_.substr(0, colon);
    over_ = colon == std::string_view::npos;
    rest_.remove_prefix(over_ ? rest_.size() : colon + 1);
    part.remove_prefix(detail::skip_fws(part, 0));
    while (!part.empty() && (is_wsp(part.back()) || part.back() == '\r' || part.back() == '\n')) part.remove_suffix(1);
    return true;
  }

  /// Whether a part is exactly this.
  [[nodiscard]] constexpr bool contains(std::string_view wanted) const noexcept {
    colon_list all = *this;
    for (std::string_view part; all.next(part);)
      if (part == wanted) return true;
    return false;
  }

 private:
  std::string_view rest_;
  bool over_ = false;
};

}  // namespace ehlo::inline v0::sender
