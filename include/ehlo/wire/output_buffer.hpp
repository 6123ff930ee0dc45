// SPDX-License-Identifier: BSL-1.0
// Octets on their way out. They never move: the buffer grows at its tail, loses its head to sent(), and starts anew
// only when it is empty, so that a write from it may be in flight in the kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "../base/config.hpp"

namespace ehlo::inline v0 {

class output_buffer {
 public:
  explicit output_buffer(std::span<char> storage EHLO_LIFETIMEBOUND) noexcept
      : data_{storage.data()}, capacity_{static_cast<std::uint32_t>(storage.size())} {}

  /// What waits to be sent. The octets stay where they are until sent() has taken them.
  [[nodiscard]] std::string_view waiting() const noexcept { return {data_ + head_, std::size_t{tail_} - head_}; }
  [[nodiscard]] bool empty() const noexcept { return head_ == tail_; }
  /// How many octets can be appended now.
  [[nodiscard]] std::size_t room() const noexcept { return std::size_t{capacity_} - tail_; }

  /// Takes the first `count` octets away. False, and nothing changed, if there are fewer.
  [[nodiscard]] bool sent(std::size_t count) noexcept {
    if (count > std::size_t{tail_} - head_) return false;
    head_ += static_cast<std::uint32_t>(count);
    if (head_ == tail_) head_ = tail_ = 0;
    return true;
  }
  void clear() noexcept { head_ = tail_ = 0; }

  /// The free octets behind the tail; what is written there counts after grow().
  [[nodiscard]] std::span<char> tail() noexcept { return {data_ + tail_, room()}; }
  void grow(std::size_t count) noexcept { tail_ += static_cast<std::uint32_t>(count); }
  /// Appends octets for which there is room.
  void append(std::string_view octets) noexcept {
    std::memcpy(data_ + tail_, octets.data(), octets.size());
    grow(octets.size());
  }

 private:
  char* data_;
  std::uint32_t capacity_;
  std::uint32_t head_ = 0;
  std::uint32_t tail_ = 0;
};

}  // namespace ehlo::inline v0
