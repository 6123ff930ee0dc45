// SPDX-License-Identifier: BSL-1.0
// Octets that nobody else is to see: compared in constant time, overwritten when they have been used.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/config.hpp"
#include "../base/text_writer.hpp"

namespace ehlo::inline v0::sasl {

/// Overwrites with zeros, through volatile, so that the compiler cannot leave it out.
inline void wipe(std::span<char> octets) noexcept {
  char volatile* const at = octets.data();
  for (std::size_t i = 0; i != octets.size(); ++i) at[i] = '\0';
}

/// Whether two texts are the same. How long it takes depends on their lengths alone, which are no secret, and not on
/// where they differ.
[[nodiscard]] inline bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  unsigned char volatile difference = 0;
  for (std::size_t i = 0; i != a.size(); ++i)
    difference = static_cast<unsigned char>(difference | (octet(a[i]) ^ octet(b[i])));
  return difference == 0;
}

/// Room for up to Size octets, wiped by clear() and when it goes.
template <std::size_t Size>
class secret_text {
 public:
  secret_text() noexcept = default;
  secret_text(secret_text const&) = delete;
  secret_text& operator=(secret_text const&) = delete;
  ~secret_text() { wipe(octets_); }

  /// Appends. What does not fit is not written, in whole, and `fits()` is false from then on.
  secret_text& put(std::string_view text) noexcept {
    if (fits_ && text.size() <= Size - size_) {
      if (!text.empty()) std::memmove(octets_.data() + size_, text.data(), text.size());
      size_ += text.size();
    } else {
      fits_ = false;
    }
    return *this;
  }
  secret_text& put(char c) noexcept { return put(std::string_view{&c, 1}); }

  /// The decimal digits of a number.
  secret_text& put_number(std::uint64_t number) noexcept {
    std::array<char, 20> room;
    return put(text_writer{room}.put_number(number).written());
  }
  /// As if something had been put that does not fit.
  void overflow() noexcept { fits_ = false; }

  /// What is free behind the text; what was written there becomes part of the text by grow().
  [[nodiscard]] std::span<char> room() noexcept EHLO_LIFETIMEBOUND { return room_behind(size_); }
  void grow(std::size_t count) noexcept { size_ += count; }
  /// Wipes what stands behind the first `size` octets.
  void cut(std::size_t size) noexcept {
    wipe(room_behind(size));
    size_ = size;
  }
  void clear() noexcept {
    wipe(octets_);
    size_ = 0;
    fits_ = true;
  }

  [[nodiscard]] bool fits() const noexcept { return fits_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::string_view view(std::size_t from = 0) const noexcept EHLO_LIFETIMEBOUND {
    return std::string_view{octets_.data(), size_}.substr(from);
  }

 private:
  [[nodiscard]] std::span<char> room_behind(std::size_t size) noexcept { return std::span{octets_}.subspan(size); }

  std::array<char, Size> octets_;
  std::size_t size_ = 0;
  bool fits_ = true;
};

}  // namespace ehlo::inline v0::sasl
