// SPDX-License-Identifier: BSL-1.0
// What readers that do not keep to the grammar could take for the domain behind an `@`. However long the text is, only
// so much of it is looked at as a name is long: there may be many an `@` in it.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "../base/character_class.hpp"
#include "../base/config.hpp"
#include "../dns/name.hpp"
#include "../grammar/domain.hpp"
#include "cfws.hpp"

namespace ehlo::inline v0::sender::detail {

/// Behind CFWS, as many labels as there are. Empty: there is none.
[[nodiscard]] constexpr std::string_view lenient_domain(std::string_view text EHLO_LIFETIMEBOUND) noexcept {
  std::size_t const begin = skip_cfws(text.substr(0, longest_name), 0);
  if (begin != unread) text.remove_prefix(begin);
  text = text.substr(0, longest_name + 2);
  std::size_t end = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::string_view const label = text.substr(at, text.find('.', at) - at);
    std::size_t const size = scan_domain(label, 0, tolerance::loose_domain).end;
    if (size != 0) end = at + size;
    if (size == 0 || size != label.size()) break;
    at = end + 1;
  }
  return end > longest_name ? std::string_view{} : text.substr(0, end);
}

/// What is left to a reader that drops comments, white space, controls and backslashes inside of a domain, as Python's
/// email.utils does with the first two, and full stops around it.
class squeezed_domain {
 public:
  constexpr explicit squeezed_domain(std::string_view text) noexcept {
    std::string_view const within_reach = text.substr(0, longest_name);
    std::size_t at = 0;
    while (at != within_reach.size()) {
      std::size_t const behind = skip_cfws(within_reach, at);
      if (behind == unread || (behind == at && !take(within_reach[at]))) break;
      at = behind == at ? at + 1 : behind;
    }
    bool const whole = within_reach.size() == text.size() || (at != within_reach.size() && within_reach[at] != '(');
    while (size_ != 0 && room_[size_ - 1] == '.') --size_;
    readable_ = whole && (size_ == 0 || is_domain({room_.data(), size_}, tolerance::loose_domain, true));
    // In front of another `@` it is the next local part.
    if (!readable_ || within_reach.substr(at).starts_with('@')) size_ = 0;
  }

  /// Empty: there is none.
  [[nodiscard]] constexpr std::string_view text() const noexcept EHLO_LIFETIMEBOUND { return {room_.data(), size_}; }
  /// False: something is there that is no domain to us, or it goes on behind what was looked at.
  [[nodiscard]] constexpr bool readable() const noexcept { return readable_; }

 private:
  /// False: it ends here.
  [[nodiscard]] constexpr bool take(char c) noexcept {
    bool const kept = has_class(c, char_class::ldh | char_class::eight_bit) || c == '_' || (c == '.' && size_ != 0);
    if (kept) room_[size_++] = c;
    return kept || c == '.' || c == '\\' || !has_class(c, char_class::graphic);
  }

  std::array<char, longest_name> room_{};
  std::size_t size_ = 0;
  bool readable_ = false;
};

}  // namespace ehlo::inline v0::sender::detail
