// SPDX-License-Identifier: BSL-1.0
// The questions of one step of an SPF check: of one type, up to ten of them open at the same time.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "../base/config.hpp"
#include "../dns/answer.hpp"
#include "../dns/name.hpp"
#include "../model/errc.hpp"

namespace ehlo::inline v0::sender::detail {

class spf_questions {
 public:
  /// Asks for all these names, which stay where they are; the questions before are over.
  constexpr void begin(dns_type type, std::span<domain_name const> names) noexcept {
    first_ = static_cast<std::uint16_t>(first_ + names_.size());
    type_ = type;
    names_ = names;
    unasked_ = (1U << names.size()) - 1U;
    open_ = unasked_;
  }

  [[nodiscard]] constexpr bool is_open() const noexcept { return open_ != 0; }

  /// The next that was not asked.
  constexpr dns_question ask() noexcept {
    if (unasked_ == 0) return {};
    dns_question const next = question(static_cast<std::size_t>(std::countr_zero(unasked_)));
    unasked_ &= unasked_ - 1U;
    return next;
  }
  /// The next without an answer; from then on it counts as asked.
  constexpr dns_question ask_open() noexcept {
    unasked_ = 0;
    return open_ == 0 ? dns_question{} : question(static_cast<std::size_t>(std::countr_zero(open_)));
  }

  /// Marks a question as answered. local_order and local_argument as in spf_check_core::answer().
  constexpr errc take(dns_question const& asked, dns_answer const& given, std::size_t& index) noexcept {
    if (asked.number < first_) return errc::local_order;
    index = std::size_t{asked.number} - first_;
    if (index >= names_.size() || asked.type != type_) return errc::local_argument;
    for (address_literal const& one : given.addresses)
      if (asks_for_addresses() && one.kind != (type_ == dns_type::a ? literal_kind::ipv4 : literal_kind::ipv6))
        return errc::local_argument;
    if (((open_ & ~unasked_) >> index & 1U) == 0) return errc::local_order;
    open_ &= ~(1U << index);
    return errc::ok;
  }

 private:
  [[nodiscard]] constexpr bool asks_for_addresses() const noexcept {
    return type_ == dns_type::a || type_ == dns_type::aaaa;
  }
  [[nodiscard]] constexpr dns_question question(std::size_t index) const noexcept {
    return {type_, names_[index].view(), static_cast<std::uint16_t>(first_ + index)};
  }

  std::span<domain_name const> names_{};
  dns_type type_ = dns_type::none;
  std::uint16_t first_ = 0;  // the number of the first; what is below was asked in an earlier step
  unsigned unasked_ = 0;     // a bit for each
  unsigned open_ = 0;        // not answered
};

}  // namespace ehlo::inline v0::sender::detail
