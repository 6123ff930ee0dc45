// SPDX-License-Identifier: BSL-1.0
// Writes text into storage of the caller's and never past it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

namespace ehlo::inline v0 {

/// Appends to a span. What does not fit is not written, in whole, and `fits()` is false from then on.
class text_writer {
 public:
  constexpr explicit text_writer(std::span<char> room) noexcept : room_{room} {}

  constexpr text_writer& put(std::string_view text) noexcept {
    if (!fits_ || text.size() > room_.size() - size_) {
      fits_ = false;
      return *this;
    }
    if (std::is_constant_evaluated()) {
      for (char const c : text) room_[size_++] = c;
    } else if (!text.empty()) {
      std::memcpy(room_.data() + size_, text.data(), text.size());
      size_ += text.size();
    }
    return *this;
  }

  constexpr text_writer& put(char c) noexcept { return put(std::string_view{&c, 1}); }

  /// The decimal digits of a number, without leading zeros.
  constexpr text_writer& put_number(std::uint64_t number) noexcept {
    std::array<char, 20> digits{};
    std::size_t first = digits.size();
    do {
      digits[--first] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
    return put(std::string_view{digits.data() + first, digits.size() - first});
  }

  /// False once anything did not fit.
  [[nodiscard]] constexpr bool fits() const noexcept { return fits_; }

  /// What was written; a view of the caller's storage.
  [[nodiscard]] constexpr std::string_view written() const noexcept { return {room_.data(), size_}; }

 private:
  std::span<char> room_;
  std::size_t size_ = 0;
  bool fits_ = true;
};

}  // namespace ehlo::inline v0
