// SPDX-License-Identifier: BSL-1.0
// The three digits of a reply and what each means (RFC 5321 4.2.1).
#pragma once

#include <cstdint>

namespace ehlo::inline v0 {

/// The first digit (RFC 5321 4.2.1).
enum class severity : std::uint8_t { none = 0, success = 2, intermediate = 3, transient = 4, permanent = 5 };

/// The second digit (RFC 5321 4.2.1).
enum class category : std::uint8_t {
  syntax = 0,
  information = 1,
  connections = 2,
  unspecified3 = 3,
  unspecified4 = 4,
  mail_system = 5,
  none = 255
};

/// A reply code: 200 to 599, or 0 for none. Any other number counts as none.
class reply_code {
 public:
  constexpr reply_code() noexcept = default;
  constexpr reply_code(std::uint16_t number) noexcept
      : number_{number >= 200 && number <= 599 ? number : std::uint16_t{0}} {}

  [[nodiscard]] constexpr std::uint16_t number() const noexcept { return number_; }
  [[nodiscard]] constexpr enum severity severity() const noexcept { return static_cast<enum severity>(number_ / 100); }
  [[nodiscard]] constexpr enum category category() const noexcept {
    auto const digit = static_cast<std::uint8_t>(number_ / 10 % 10);
    return number_ != 0 && digit <= 5 ? static_cast<enum category>(digit) : category::none;
  }
  /// The third digit: the finer gradation within the category.
  [[nodiscard]] constexpr std::uint8_t detail() const noexcept { return static_cast<std::uint8_t>(number_ % 10); }

  [[nodiscard]] constexpr bool is_success() const noexcept { return severity() == severity::success; }
  [[nodiscard]] constexpr bool is_transient() const noexcept { return severity() == severity::transient; }
  [[nodiscard]] constexpr bool is_permanent() const noexcept { return severity() == severity::permanent; }
  [[nodiscard]] constexpr explicit operator bool() const noexcept { return number_ != 0; }
  [[nodiscard]] friend constexpr bool operator==(reply_code, reply_code) noexcept = default;

 private:
  std::uint16_t number_ = 0;
};

}  // namespace ehlo::inline v0
