// SPDX-License-Identifier: BSL-1.0
// Writes paths. What is written has been read back by the grammar; what cannot be is refused, never repaired.
#pragma once

#include <cstddef>
#include <string_view>

#include "../base/text_writer.hpp"
#include "../model/errc.hpp"
#include "../model/path.hpp"
#include "path.hpp"
#include "quoted_string.hpp"

namespace ehlo::inline v0 {

namespace detail {

/// Whether the writer's text from `begin` is exactly one path, and without a source route, which should not be
/// generated (RFC 5321 4.1.2).
[[nodiscard]] constexpr bool is_written_path(text_writer const& out, std::size_t begin, path_rules rules) noexcept {
  path_range range;
  tolerance used = tolerance::none;
  errc why = errc::ok;
  if (!out.fits()) return false;
  std::size_t const end = parse_path(out.written(), begin, rules, range, used, why);
  return end == out.written().size() && view(out.written(), range).source_route.empty();
}

}  // namespace detail

/// `<local@domain>` for the meaning of a local part, which is quoted if it needs it. Both empty: `<>`. A domain may be
/// an address literal; it may be absent for the postmaster. On false the writer holds no usable text.
[[nodiscard]] constexpr bool write_path(text_writer& out, std::string_view local, std::string_view domain) noexcept {
  std::size_t const begin = out.written().size();
  if (local.empty() && domain.empty()) return out.put("<>").fits();
  out.put('<');
  if (!write_local_part(out, local)) return false;
  if (!domain.empty()) out.put('@').put(domain);
  out.put('>');
  tolerance const allowed = tolerance::long_path | tolerance::loose_domain;
  return detail::is_written_path(out, begin, {allowed, true, false});
}

/// A path from a text as it would be sent: `a@b`, `"a b"@c`, `` or any of them in angle brackets.
[[nodiscard]] constexpr bool write_path_text(text_writer& out, std::string_view text, path_rules rules) noexcept {
  std::size_t const begin = out.written().size();
  bool const bracket = text.starts_with('<');
  rules.allowed = rules.allowed & ~tolerance::missing_brackets;
  if (!bracket) out.put('<');
  out.put(text);
  if (!bracket) out.put('>');
  return detail::is_written_path(out, begin, rules);
}

}  // namespace ehlo::inline v0
