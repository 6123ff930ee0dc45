// SPDX-License-Identifier: BSL-1.0
// A convenience for hosts: room to read into, and what has been read and not used yet. The engines do not need it.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

#include "base/config.hpp"

namespace ehlo::inline v0 {

/// `Size` octets of input.
///
///   std::size_t const n = read(fd, buffer.prepare().data(), buffer.prepare().size());
///   buffer.commit(n);
///   std::string_view in = buffer.unused();
///   ... = smtp.next(in, now);
///   buffer.keep(in);
template <std::size_t Size = 16384>
class read_buffer {
 public:
  /// Room for further octets, behind those that wait, which are moved to the front. Empty if all of it is in use.
  [[nodiscard]] std::span<char> prepare() noexcept EHLO_LIFETIMEBOUND {
    if (begin_ != 0) std::memmove(octets_.data(), octets_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    return {octets_.data() + end_, Size - end_};
  }
  /// The first `count` octets of prepare() have been filled. More than it had room for counts as all of it.
  void commit(std::size_t count) noexcept { end_ += count < Size - end_ ? count : Size - end_; }
  /// What has been read and not used; valid until prepare().
  [[nodiscard]] std::string_view unused() const noexcept EHLO_LIFETIMEBOUND {
    return {octets_.data() + begin_, end_ - begin_};
  }
  /// Only `rest`, the end of unused(), is still wanted.
  void keep(std::string_view rest) noexcept {
    begin_ = end_ - (rest.size() < end_ - begin_ ? rest.size() : end_ - begin_);
  }

 private:
  std::array<char, Size> octets_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace ehlo::inline v0
