// SPDX-License-Identifier: BSL-1.0
// A reverse-path or forward-path as it stands in a command (RFC 5321 4.1.2): lossless, and its parts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ehlo::inline v0 {

enum class path_kind : std::uint8_t {
  null,        ///< `<>`, the null reverse-path (RFC 5321 4.5.5)
  postmaster,  ///< `<postmaster>` without a domain, any case (RFC 5321 4.1.1.3)
  mailbox,     ///< local part and domain
  literal,     ///< local part and address literal (RFC 5321 4.1.3)
};

/// Where the parts of a path stand in its line; offsets, so that the value outlives a move of the line.
struct path_range {
  std::uint16_t begin = 0;  ///< of the `<` (or of the first octet, where tolerance::missing_brackets was used)
  std::uint16_t local = 0;  ///< first octet of the local part: behind `<` and behind a source route's `:`
  std::uint16_t at = 0;     ///< the `@`, or the end of the local part where there is no domain
  std::uint16_t end = 0;    ///< one past the last octet, the `>` included
  path_kind kind = path_kind::null;
  bool utf8 = false;  ///< some octet is above 127
};

/// The same as views. Valid as long as the line is.
struct path_view {
  std::string_view raw;           ///< exactly what was sent, angle brackets included
  std::string_view source_route;  ///< `@a,@b` without the colon, or empty (RFC 5321 appendix C: ignore it)
  std::string_view local_part;    ///< as sent, quotes included
  std::string_view domain;        ///< a domain, or a literal with its square brackets; empty for null and postmaster
  path_kind kind = path_kind::null;
  bool utf8 = false;

  /// `local@domain` without brackets and source route; empty for `<>`.
  [[nodiscard]] constexpr std::string_view mailbox() const noexcept {
    if (domain.empty()) return local_part;
    return {local_part.data(), local_part.size() + 1 + domain.size()};
  }
};

/// The views that a range stands for.
[[nodiscard]] constexpr path_view view(std::string_view line, path_range const& range) noexcept {
  std::size_t const closing = range.end > range.begin && line[range.begin] == '<' ? 1U : 0U;
  std::size_t const first = range.begin + closing;
  std::size_t const last = range.end - closing;
  path_view path;
  path.raw = line.substr(range.begin, std::size_t{range.end} - range.begin);
  if (range.local > first) path.source_route = line.substr(first, range.local - first - 1);
  path.local_part = line.substr(range.local, std::size_t{range.at} - range.local);
  if (range.at < last) path.domain = line.substr(range.at + std::size_t{1}, last - range.at - 1);
  path.kind = range.kind;
  path.utf8 = range.utf8;
  return path;
}

}  // namespace ehlo::inline v0
