// SPDX-License-Identifier: BSL-1.0
// Domain names as the DNS has them: with or without the full stop of the root, in any case, never relative
// (RFC 1035 2.3.3, 3.1, RFC 5321 2.3.5).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/config.hpp"
#include "../grammar/address_literal.hpp"
#include "../grammar/domain.hpp"

namespace ehlo::inline v0 {

/// The most octets of a name as text without the root's full stop: 255 on the wire (RFC 1035 2.3.4).
inline constexpr std::size_t longest_name = 253;

/// Whether it is the root, which libraries write as "." or as nothing.
[[nodiscard]] constexpr bool is_root(std::string_view name) noexcept { return name.empty() || name == "."; }

/// Whether both are one domain: in any case, with the root's full stop or without. U-labels compare octet by octet.
[[nodiscard]] constexpr bool same_domain(std::string_view a, std::string_view b) noexcept {
  return equal_ignoring_case(without_root(a), without_root(b));
}

/// Whether the name is the domain or lies below it. Nothing lies in an empty one.
[[nodiscard]] constexpr bool is_within(std::string_view name, std::string_view domain) noexcept {
  name = without_root(name);
  domain = without_root(domain);
  if (domain.empty() || name.size() < domain.size()) return false;
  std::size_t const at = name.size() - domain.size();
  return (at == 0 || name[at - 1] == '.') && equal_ignoring_case(name.substr(at), domain);
}

/// Whether it can be the name of a host: labels of letters, digits, hyphens and, as they are met, underscores; neither
/// the root nor a dotted address.
[[nodiscard]] constexpr bool is_host_name(std::string_view name) noexcept {
  name = without_root(name);
  return name.size() <= longest_name && is_domain(name, tolerance::loose_domain) &&
         parse_ip_address(name).kind == literal_kind::none;
}

/// A name that is kept, without the root's full stop.
class domain_name {
 public:
  constexpr domain_name() noexcept = default;
  /// A name that is longer than one can be is not kept: the object is empty.
  constexpr explicit domain_name(std::string_view name) noexcept {
    name = without_root(name);
    if (name.size() > longest_name) return;
    for (char const c : name) octets_[size_++] = c;
  }

  [[nodiscard]] constexpr std::string_view view() const& noexcept EHLO_LIFETIMEBOUND { return {octets_.data(), size_}; }
  constexpr std::string_view view() const&& = delete;
  [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }

 private:
  std::array<char, longest_name> octets_{};
  std::uint8_t size_ = 0;
};

}  // namespace ehlo::inline v0
