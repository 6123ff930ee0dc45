// SPDX-License-Identifier: BSL-1.0
// Which fields of a header the names in `h=` stand for (RFC 6376 3.5, 5.4.2): a name that is repeated goes on to the
// next field of that name, from the bottom to the top; one that has no field left stands for nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/config.hpp"
#include "header_block.hpp"
#include "tag_list.hpp"

namespace ehlo::inline v0::sender {

/// The most fields that a header may have, and names that `h=` may: what both are searched for is bounded. Messages
/// that passed a dozen servers have about a hundred.
inline constexpr std::size_t dkim_field_limit = 1000;
inline constexpr std::size_t dkim_signed_field_limit = 250;

namespace detail {

/// FNV-1a of a name in any case, so that most comparisons are those of a number.
[[nodiscard]] constexpr std::uint32_t field_name_hash(std::string_view name) noexcept {
  std::uint32_t hash = 2166136261U;
  for (char const c : name) hash = (hash ^ octet(to_upper(c))) * 16777619U;
  return hash;
}

/// The fields of a header by their names; each is found once.
class field_index {
 public:
  /// Without the field `own`, a view of the header's text. False: there are more than dkim_field_limit.
  [[nodiscard]] constexpr bool fill(header_fields fields, std::string_view own) noexcept {
    size_ = 0;
    for (header_field const& field : fields) {
      if (field.name.empty() || (field.raw.data() == own.data() && !own.empty())) continue;
      if (size_ == dkim_field_limit) return false;
      entries_[size_++] = {field.raw.data(), static_cast<std::uint32_t>(field.raw.size()),
                           static_cast<std::uint32_t>(field.name.size()), field_name_hash(field.name)};
    }
    return true;
  }

  /// The lowest field of this name that was not taken before; empty if there is none.
  [[nodiscard]] constexpr std::string_view take(std::string_view name) noexcept {
    std::uint32_t const hash = field_name_hash(name);
    for (std::size_t i = size_; i-- != 0;) {
      entry& one = entries_[i];
      if (one.size == 0 || one.hash != hash || !equal_ignoring_case({one.text, one.name_size}, name)) continue;
      std::string_view const raw{one.text, one.size};
      one.size = 0;
      return raw;
    }
    return {};
  }

 private:
  struct entry {
    char const* text;
    std::uint32_t size;
    std::uint32_t name_size;
    std::uint32_t hash;
  };
  std::array<entry, dkim_field_limit> entries_;
  std::size_t size_ = 0;
};

}  // namespace detail

/// Calls `visit` as `void(std::string_view raw) noexcept` for each field that is signed, in the order of signing, with
/// all its octets. `names` is the value of h=. `own` is the signature's own field, which it never signs as one of these
/// (RFC 6376 3.7); empty if it does not stand in the header. False, and nothing is visited: the header has more than
/// dkim_field_limit fields. About 24 KiB of stack.
template <class Visit>
[[nodiscard]] constexpr bool visit_signed_fields(header_fields fields, std::string_view names, std::string_view own,
                                                 Visit&& visit) noexcept {
  detail::field_index index;
  if (!index.fill(fields, own)) return false;
  colon_list list{names};
  for (std::string_view name; list.next(name);)
    if (std::string_view const raw = index.take(name); !raw.empty()) visit(raw);
  return true;
}

}  // namespace ehlo::inline v0::sender
