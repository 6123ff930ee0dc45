// SPDX-License-Identifier: BSL-1.0
// What went wrong first, and what led to it.
#pragma once

#include <string>
#include <string_view>

namespace back_to_back {

class referee {
 public:
  explicit referee(bool keeps_log) : keeps_log_{keeps_log} {}

  void expect(bool holds, std::string_view what) {
    if (!holds && trouble_.empty()) trouble_ = what;
  }
  void log(std::string_view who, std::string_view text) {
    if (!keeps_log_) return;
    log_.append(who);
    for (char const c : text.substr(0, 400)) {
      constexpr std::string_view digits = "0123456789ABCDEF";
      auto const octet = static_cast<unsigned char>(c);
      if (c == '\n')
        log_ += "\\n";
      else if (c == '\r')
        log_ += "\\r";
      else if (octet < 0x20 || octet > 0x7E)
        log_.append("\\x").append(1, digits[octet >> 4U]).append(1, digits[octet & 15U]);
      else
        log_ += c;
    }
    log_ += '\n';
  }
  [[nodiscard]] bool failed() const { return !trouble_.empty(); }
  [[nodiscard]] std::string report() const { return trouble_ + "\n" + log_; }

 private:
  bool keeps_log_;
  std::string trouble_;
  std::string log_;
};

}  // namespace back_to_back
