// SPDX-License-Identifier: BSL-1.0
// The identity that an SPF check is about, taken apart (RFC 7208 2.3, 2.4, 4.3).
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "../base/config.hpp"
#include "../base/text_writer.hpp"
#include "../dns/name.hpp"

namespace ehlo::inline v0::sender::detail {

/// <sender> of check_host(). It views the text that it was made of, or itself.
class spf_sender {
 public:
  constexpr spf_sender() noexcept = default;
  spf_sender(spf_sender const&) = delete;
  spf_sender& operator=(spf_sender const&) = delete;

  /// Of the reverse-path. Without a local part it gets "postmaster" (4.3).
  constexpr void set_mailbox(std::string_view text) noexcept {
    std::size_t const at = text.rfind('@');
    if (at == std::string_view::npos || at == 0) return set_domain(text.substr(at + 1));  // npos + 1 is 0
    mailbox_ = text;
    local_part_ = text.substr(0, at);
    domain_ = text.substr(at + 1);
  }
  /// Of a domain alone. Where it is too long to be one the mailbox stays without it: nothing is asked then.
  constexpr void set_domain(std::string_view text) noexcept {
    local_part_ = "postmaster";
    domain_ = text;
    text_writer out{room_};
    mailbox_ = out.put(local_part_).put('@').put(text).written();
  }

  [[nodiscard]] constexpr std::string_view mailbox() const noexcept { return mailbox_; }
  [[nodiscard]] constexpr std::string_view local_part() const noexcept { return local_part_; }
  [[nodiscard]] constexpr std::string_view domain() const noexcept { return domain_; }

 private:
  std::array<char, 11 + longest_name + 1> room_{};
  std::string_view mailbox_;
  std::string_view local_part_;
  std::string_view domain_;
};

}  // namespace ehlo::inline v0::sender::detail
