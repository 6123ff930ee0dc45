// SPDX-License-Identifier: BSL-1.0
// The argument of ETRN: [<option character>]<node name> (RFC 1985 5).
#pragma once

#include <cstdint>
#include <string_view>

#include "../base/character_class.hpp"
#include "../base/config.hpp"
#include "../model/errc.hpp"
#include "../model/tolerance.hpp"
#include "command_line.hpp"
#include "domain.hpp"

namespace ehlo::inline v0 {

enum class etrn_kind : std::uint8_t {
  node,        ///< a domain
  subdomains,  ///< `@domain`: it and all below it (RFC 1985 5.3)
  queue,       ///< `#name`: a queue by a name of the server's own (RFC 1985 5.3)
};

/// A validated argument; `node` views it, without the option character.
struct etrn_argument {
  etrn_kind kind = etrn_kind::node;
  std::string_view node;
};

[[nodiscard]] constexpr errc parse_etrn(std::string_view argument EHLO_LIFETIMEBOUND, tolerance allowed,
                                        etrn_argument& out, tolerance& used) noexcept {
  out = {};
  argument = trim_trailing_space(argument);
  etrn_argument parsed{etrn_kind::node, argument};
  if (argument.starts_with('@')) parsed = {etrn_kind::subdomains, argument.substr(1)};
  if (argument.starts_with('#')) parsed = {etrn_kind::queue, argument.substr(1)};
  if (parsed.node.empty()) return errc::peer_argument;
  if (parsed.kind == etrn_kind::queue) {
    for (char const c : parsed.node)
      if (!has_class(c, char_class::graphic)) return errc::peer_argument;
  } else {
    domain_run const domain = scan_domain(parsed.node, 0, allowed);
    if (domain.end != parsed.node.size() || domain.utf8) return errc::peer_argument;
    used |= domain.used;
  }
  out = parsed;
  return errc::ok;
}

}  // namespace ehlo::inline v0
