// SPDX-License-Identifier: BSL-1.0
// What has to wait until it is known what stands before it: in memory, and in a file without a name if it is long.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "maildir.hpp"

namespace serve {

class spool {
 public:
  /// The file is on the same disk as the messages. Where those are thrown away, this is, too.
  explicit spool(maildir& box) : box_{box} {}
  spool(spool const&) = delete;
  spool& operator=(spool const&) = delete;
  ~spool() {
    if (file_ >= 0) close(file_);
  }

  /// False, with the reason in errno.
  [[nodiscard]] bool write(std::string_view octets) {
    if (!box_.is_open()) return true;
    if (memory_.size() + octets.size() > most_in_memory && !flush()) return false;
    if (octets.size() > most_in_memory) return write_all(file_, octets);
    memory_ += octets;
    return true;
  }

  /// False, with the reason in errno.
  [[nodiscard]] bool copy_to(incoming_message& to) const {
    std::array<char, most_in_memory> buffer;
    for (off_t at = 0; file_ >= 0;) {
      ssize_t const count = pread(file_, buffer.data(), buffer.size(), at);
      if (count == 0) break;
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 || !to.write({buffer.data(), static_cast<std::size_t>(count)})) return false;
      at += count;
    }
    return to.write(memory_);
  }

 private:
  static constexpr std::size_t most_in_memory = 65536;

  [[nodiscard]] bool flush() {
    if (file_ < 0) {
      std::string const name = box_.in_tmp(box_.unique_name());
      file_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
      if (file_ < 0) return false;
      unlink(name.c_str());
    }
    return write_all(file_, std::exchange(memory_, {}));
  }

  maildir& box_;
  std::string memory_;  ///< what has come last
  int file_ = -1;
};

}  // namespace serve
