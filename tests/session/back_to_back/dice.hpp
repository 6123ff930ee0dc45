// SPDX-License-Identifier: BSL-1.0
// The choices of a run: first from given octets (a fuzzer's), then from a generator. The same seed and octets give the
// same choices on every machine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace back_to_back {

class dice {
 public:
  explicit dice(std::uint64_t seed, std::string_view octets = {}) : state_{seed}, octets_{octets} {}

  /// 0 to count - 1.
  std::size_t below(std::size_t count) { return count <= 1 ? 0 : static_cast<std::size_t>(next(count) % count); }
  std::size_t between(std::size_t least, std::size_t most) { return least + below(most - least + 1); }
  bool percent(unsigned chance) { return below(100) < chance; }
  template <class T, std::size_t N>
  T const& of(std::array<T, N> const& all) {
    return all[below(N)];
  }
  /// Small values more often than large ones.
  std::size_t size(std::size_t most) {
    std::size_t const bits = below(17);
    std::size_t const value = below(std::size_t{1} << bits);
    return value < most ? value : most;
  }

 private:
  std::uint64_t next(std::size_t count) {
    if (octets_.empty()) return generate();
    std::uint64_t value = 0;
    for (std::size_t reach = count - 1; reach != 0 && !octets_.empty(); reach >>= 8U) {
      value = value << 8U | static_cast<unsigned char>(octets_[0]);
      octets_.remove_prefix(1);
    }
    return value;
  }
  /// SplitMix64.
  std::uint64_t generate() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }

  std::uint64_t state_;
  std::string_view octets_;
};

}  // namespace back_to_back
