// SPDX-License-Identifier: BSL-1.0
// Domain (RFC 5321 4.1.2, limits in 4.5.3.1.2 and RFC 1035 2.3.4), with U-labels where RFC 6531 3.3 allows them.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/character_class.hpp"
#include "../base/config.hpp"
#include "../base/host_block.hpp"
#include "../model/tolerance.hpp"
#include "utf8.hpp"

namespace ehlo::inline v0 {

inline constexpr std::size_t domain_limit = 255;   // RFC 5321 4.5.3.1.2
inline constexpr std::size_t label_limit = 63;     // RFC 1035 2.3.4
inline constexpr std::size_t u_label_limit = 252;  // RFC 5890 4.2: a U-label may be longer than its A-label

/// A domain in a text: where it ends (0: it is none) and what it is made of.
struct domain_run {
  std::size_t end = 0;
  tolerance used = tolerance::none;
  bool utf8 = false;
};

namespace detail {

/// A strict domain of ASCII and at most 63 octets (so that no label can be longer), in one pass over its bits: one past
/// it. 0 says only that it is another one.
[[nodiscard]] EHLO_HOT constexpr std::size_t scan_plain_domain(std::string_view text, std::size_t at) noexcept {
  if (text.size() < host_block_size || at >= text.size()) return 0;
  std::uint64_t marks = 0;
  std::uint64_t dots = 0;
  std::size_t length = 0;
  for (;; length += host_block_size) {
    std::size_t const left = text.size() - at - length;
    // The last block is read from where it still lies within the text.
    std::size_t const overlap = left < host_block_size ? host_block_size - left : 0;
    host_block const block = read_host_block(text.data() + at + length - overlap);
    marks |= block.mark >> overlap << length;
    dots |= block.dot >> overlap << length;
    std::uint64_t const others = ~(block.member >> overlap) & 0xFFFFU;
    if (others != 0) {
      length += static_cast<std::size_t>(std::countr_zero(others));
      break;
    }
    if (length == 48) return 0;
  }
  if (length == 0) return 0;
  std::uint64_t const last = std::uint64_t{1} << (length - 1);
  std::uint64_t const inside = last | (last - 1);
  dots &= inside;
  // No label begins or ends with a hyphen or is empty: none of them stands at an edge or beside a full stop.
  std::uint64_t const edges = dots << 1U | dots >> 1U | 1U | last;
  return (marks & inside & edges) == 0 ? at + length : 0;
}

/// One sub-domain from `at` to the octet that cannot belong to it.
[[nodiscard]] constexpr domain_run scan_label(std::string_view text, std::size_t at, tolerance allowed) noexcept {
  domain_run label;
  std::size_t i = at;
  while (i != text.size()) {
    if (has_class(text[i], char_class::ldh)) {
      ++i;
    } else if (text[i] == '_') {
      label.used = tolerance::loose_domain;
      ++i;
    } else if (has_class(text[i], char_class::eight_bit)) {
      std::size_t const length = utf8_sequence_length(text.substr(i));
      if (length == 0) return {};
      label.utf8 = true;
      i += length;
    } else {
      break;
    }
  }
  if (i == at || i - at > (label.utf8 ? u_label_limit : label_limit)) return {};
  if (text[at] == '-' || text[i - 1] == '-') label.used = tolerance::loose_domain;
  if (!allows(allowed, label.used)) return {};
  label.end = i;
  return label;
}

}  // namespace detail

/// The longest domain at `at`, in every form; the caller judges `utf8`.
[[nodiscard]] constexpr domain_run scan_domain(std::string_view text, std::size_t at,
                                               tolerance allowed = strict) noexcept {
  if (std::size_t const end = detail::scan_plain_domain(text, at); end != 0) {
    bool const complete = end == text.size() || (text[end] != '_' && !has_class(text[end], char_class::eight_bit));
    if (complete) return {end, tolerance::none, false};
  }
  domain_run domain;
  for (std::size_t i = at;; ++i) {
    domain_run const label = detail::scan_label(text, i, allowed);
    if (label.end == 0) return {};
    domain.used |= label.used;
    domain.utf8 = domain.utf8 || label.utf8;
    i = label.end;
    if (i == text.size() || text[i] != '.') {
      domain.end = i - at <= domain_limit ? i : 0;
      return domain;
    }
  }
}

/// Whether the whole text is a domain.
[[nodiscard]] constexpr bool is_domain(std::string_view text, tolerance allowed = strict, bool utf8 = false) noexcept {
  domain_run const domain = scan_domain(text, 0, allowed);
  return domain.end == text.size() && !text.empty() && (utf8 || !domain.utf8);
}

/// A name as DNS writes it, without the full stop of the root at its end, which a Domain has not.
[[nodiscard]] constexpr std::string_view without_root(std::string_view name EHLO_LIFETIMEBOUND) noexcept {
  if (name.size() > 1 && name.ends_with('.')) name.remove_suffix(1);
  return name;
}

}  // namespace ehlo::inline v0
