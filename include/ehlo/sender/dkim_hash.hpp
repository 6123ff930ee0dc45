// SPDX-License-Identifier: BSL-1.0
// One hash by the host's functions, from its first octets to its digest; what fails on the way is told at the end.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "dkim_functions.hpp"

namespace ehlo::inline v0::sender::detail {

class dkim_hash {
 public:
  using digest = std::array<char, dkim_digest_size>;

  void put(dkim_functions const& f, unsigned state, std::string_view octets) noexcept {
    begin(f, state);
    ok_ = ok_ && f.hash_update != nullptr && f.hash_update(f.context, state, octets);
  }
  /// False: no digest could be had.
  [[nodiscard]] bool end(dkim_functions const& f, unsigned state, digest& out) noexcept {
    begin(f, state);
    ok_ = ok_ && f.hash_end != nullptr && f.hash_end(f.context, state, out);
    return ok_;
  }

 private:
  void begin(dkim_functions const& f, unsigned state) noexcept {
    if (begun_) return;
    begun_ = true;
    ok_ = f.hash_begin != nullptr && f.hash_begin(f.context, state);
  }

  bool begun_ = false;
  bool ok_ = false;
};

}  // namespace ehlo::inline v0::sender::detail
