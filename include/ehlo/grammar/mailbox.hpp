// SPDX-License-Identifier: BSL-1.0
// Mailbox = Local-part "@" ( Domain / address-literal ) as a whole text (RFC 5321 4.1.2).
#pragma once

#include <cstddef>
#include <string_view>

#include "../model/tolerance.hpp"
#include "address_literal.hpp"
#include "domain.hpp"
#include "local_part.hpp"

namespace ehlo::inline v0 {

/// Whether the whole text is a domain or an address literal.
[[nodiscard]] constexpr bool is_host(std::string_view text, tolerance allowed = strict, bool utf8 = false) noexcept {
  if (text.starts_with('[')) return parse_address_literal(text).kind != literal_kind::none;
  return is_domain(text, allowed, utf8);
}

/// Whether the whole text is a mailbox.
[[nodiscard]] constexpr bool is_mailbox(std::string_view text, tolerance allowed = strict, bool utf8 = false) noexcept {
  local_part_run const local = scan_local_part(text, 0, allowed);
  if (local.end == 0 || local.end == text.size() || text[local.end] != '@' || (local.utf8 && !utf8)) return false;
  if (local.end > local_part_limit && !allows(allowed, tolerance::long_path)) return false;
  return is_host(text.substr(local.end + 1), allowed, utf8);
}

}  // namespace ehlo::inline v0
