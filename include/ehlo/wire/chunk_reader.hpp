// SPDX-License-Identifier: BSL-1.0
// The octets of one BDAT chunk: exactly as many as the command announced, never looked at (RFC 3030 2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/config.hpp"

namespace ehlo::inline v0 {

class chunk_reader {
 public:
  /// A chunk of `octets` octets begins.
  constexpr void start(std::uint64_t octets) noexcept { left_ = octets; }

  /// Takes what `in` holds of the chunk; empty if `in` is empty or the chunk is done.
  [[nodiscard("the octets are gone from `in`")]] constexpr std::string_view take(
      std::string_view& in EHLO_LIFETIMEBOUND) noexcept {
    std::size_t const size = left_ < in.size() ? static_cast<std::size_t>(left_) : in.size();
    std::string_view const taken{in.data(), size};
    in.remove_prefix(size);
    left_ -= size;
    return taken;
  }

  /// How many octets of the chunk are still to come.
  [[nodiscard]] constexpr std::uint64_t left() const noexcept { return left_; }
  [[nodiscard]] constexpr bool done() const noexcept { return left_ == 0; }

 private:
  std::uint64_t left_ = 0;
};

}  // namespace ehlo::inline v0
