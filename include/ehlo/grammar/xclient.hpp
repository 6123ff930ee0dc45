// SPDX-License-Identifier: BSL-1.0
// The attribute lists of XCLIENT and XFORWARD: NAME=xtext, space between (Postfix XCLIENT_README, XFORWARD_README).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"
#include "../model/errc.hpp"
#include "../model/parameters.hpp"
#include "../model/verb.hpp"
#include "address_literal.hpp"
#include "command_line.hpp"
#include "number.hpp"
#include "xtext.hpp"

namespace ehlo::inline v0 {

enum class peer_attribute : std::uint8_t {
  unknown,
  name,
  addr,
  port,
  proto,
  helo,
  login,
  destaddr,
  destport,
  source,
  ident
};

inline constexpr std::array<std::string_view, 11> peer_attribute_names{
    "", "NAME", "ADDR", "PORT", "PROTO", "HELO", "LOGIN", "DESTADDR", "DESTPORT", "SOURCE", "IDENT"};

/// The attribute of this name in this command, in any case; `unknown` if the command has none.
[[nodiscard]] constexpr peer_attribute find_peer_attribute(verb command, std::string_view name) noexcept {
  for (std::size_t i = 1; i != peer_attribute_names.size(); ++i) {
    auto const found = static_cast<peer_attribute>(i);
    bool const forward_only = found == peer_attribute::source || found == peer_attribute::ident;
    bool const client_only = found >= peer_attribute::login && found <= peer_attribute::destport;
    if ((forward_only && command != verb::xforward) || (client_only && command != verb::xclient)) continue;
    if (equal_ignoring_case(peer_attribute_names[i], name)) return found;
  }
  return peer_attribute::unknown;
}

/// Whether the value says that there is none: `[UNAVAILABLE]`, or `[TEMPUNAVAIL]` for now.
[[nodiscard]] constexpr bool is_unavailable(std::string_view value) noexcept {
  return equal_ignoring_case(value, "[UNAVAILABLE]") || equal_ignoring_case(value, "[TEMPUNAVAIL]");
}

/// The address in ADDR or DESTADDR: `192.0.2.1` or `IPV6:2001:db8::1`; kind `none` if it is neither.
[[nodiscard]] constexpr address_literal parse_peer_address(std::string_view value) noexcept {
  bool const tagged = starts_ignoring_case(value, "IPV6:");
  address_literal const address = parse_ip_address(tagged ? value.substr(5) : value);
  return tagged == (address.kind == literal_kind::ipv6) ? address : address_literal{};
}

namespace detail {

[[nodiscard]] constexpr bool is_peer_value(peer_attribute which, std::string_view value) noexcept {
  xtext_run const text = scan_xtext(value, 0, hex_case::any);
  if (text.end != value.size() || text.size == 0 || text.size > 255 || !text.printable) return false;
  if (is_unavailable(value)) return true;
  switch (which) {
    case peer_attribute::addr:
    case peer_attribute::destaddr: return parse_peer_address(value).kind != literal_kind::none;
    case peer_attribute::port:
    case peer_attribute::destport: {
      number_run const number = scan_number(value, 0);
      return number.end == value.size() && number.value <= 0xFFFF;
    }
    case peer_attribute::proto:
      return equal_ignoring_case(value, "SMTP") || equal_ignoring_case(value, "ESMTP") ||
             equal_ignoring_case(value, "LMTP");
    case peer_attribute::source: return equal_ignoring_case(value, "LOCAL") || equal_ignoring_case(value, "REMOTE");
    default: return true;
  }
}

}  // namespace detail

/// Checks the argument behind `XCLIENT ` or `XFORWARD `; walk it with `parameters` and decode_xtext. No attribute may
/// come twice.
[[nodiscard]] constexpr errc parse_peer_attributes(verb command, std::string_view argument) noexcept {
  argument = trim_trailing_space(argument);
  unsigned seen = 0;
  for (parameter const& one : parameters{argument}) {
    peer_attribute const which = find_peer_attribute(command, one.keyword);
    unsigned const bit = 1U << static_cast<unsigned>(which);
    if (which == peer_attribute::unknown || (seen & bit) != 0) return errc::peer_argument;
    if (!detail::is_peer_value(which, one.value)) return errc::peer_argument;
    seen |= bit;
  }
  return seen == 0 ? errc::peer_argument : errc::ok;
}

}  // namespace ehlo::inline v0
