// SPDX-License-Identifier: BSL-1.0
// Each leniency is one bit. The bits that a session allows are an option; the bits that an input needed are reported
// with its event. No tolerance ever moves the end of a message.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/enum_name.hpp"

namespace ehlo::inline v0 {

enum class tolerance : std::uint32_t {
  none = 0,
  space_after_colon = 1U << 0,    ///< `MAIL FROM: <a@b>`; RFC 5321 3.3 forbids the space
  missing_brackets = 1U << 1,     ///< `MAIL FROM:a@b`; RFC 5321 4.1.2
  loose_hello = 1U << 2,          ///< an EHLO argument that is neither a domain nor a literal; RFC 5321 4.1.1.1
  long_path = 1U << 3,            ///< local part over 64 or path over 256 octets; RFC 5321 4.5.3.1
  loose_dots = 1U << 4,           ///< a leading, trailing or doubled dot in an unquoted local part; RFC 5321 4.1.2
  loose_domain = 1U << 5,         ///< `_`, or `-` at the edge of a label; RFC 5321 4.1.2
  nul_in_text = 1U << 6,          ///< NUL in the body; RFC 5322 4
  undeclared_8bit = 1U << 7,      ///< an octet above 127 without BODY=8BITMIME; RFC 5321 2.4
  long_text_line = 1U << 8,       ///< a text line over 1000 octets; RFC 5321 4.5.3.1.6
  bare_lf_in_text = 1U << 9,      ///< LF without CR in the body, made CRLF; RFC 5321 2.3.8
  bare_cr_in_text = 1U << 10,     ///< CR without LF in the body, made a space; RFC 5321 2.3.8
  bare_lf_in_command = 1U << 11,  ///< LF without CR ends a command; RFC 5321 2.3.8
  no_hello = 1U << 12,            ///< MAIL without EHLO or HELO; RFC 5321 4.1.4
  mixed_reply_codes = 1U << 13,   ///< lines of one reply with different codes; RFC 5321 4.2.1
  path_in_auth = 1U << 14,        ///< `AUTH=<a@b>`, as curl sends it; RFC 4954 8 has no brackets around a mailbox
};

[[nodiscard]] constexpr tolerance operator|(tolerance a, tolerance b) noexcept {
  return static_cast<tolerance>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}
[[nodiscard]] constexpr tolerance operator&(tolerance a, tolerance b) noexcept {
  return static_cast<tolerance>(static_cast<std::uint32_t>(a) & static_cast<std::uint32_t>(b));
}
[[nodiscard]] constexpr tolerance operator~(tolerance a) noexcept {
  return static_cast<tolerance>(~static_cast<std::uint32_t>(a));
}
constexpr tolerance& operator|=(tolerance& a, tolerance b) noexcept { return a = a | b; }

/// In the order of their bits.
inline constexpr std::array<std::string_view, 15> tolerance_names{
    "space_after_colon", "missing_brackets",   "loose_hello",     "long_path",         "loose_dots",
    "loose_domain",      "nul_in_text",        "undeclared_8bit", "long_text_line",    "bare_lf_in_text",
    "bare_cr_in_text",   "bare_lf_in_command", "no_hello",        "mixed_reply_codes", "path_in_auth"};
static_assert(static_cast<std::uint32_t>(tolerance::path_in_auth) == 1U << (tolerance_names.size() - 1));
/// The enumerator of one bit, as it is written here, or `none`; empty for a set of several.
[[nodiscard]] constexpr std::string_view name(tolerance one) noexcept {
  if (one == tolerance::none) return "none";
  auto const bits = static_cast<std::uint32_t>(one);
  return std::has_single_bit(bits) ? enum_name(tolerance_names, std::countr_zero(bits)) : std::string_view{};
}

/// Whether `set` holds every bit of `bits`.
[[nodiscard]] constexpr bool allows(tolerance set, tolerance bits) noexcept { return (set & bits) == bits; }
[[nodiscard]] constexpr bool any(tolerance set) noexcept { return set != tolerance::none; }

/// The presets. `interoperable` is the default: what real mail needs.
inline constexpr tolerance strict = tolerance::none;
inline constexpr tolerance interoperable =
    tolerance::space_after_colon | tolerance::loose_hello | tolerance::long_path | tolerance::loose_dots |
    tolerance::loose_domain | tolerance::nul_in_text | tolerance::undeclared_8bit | tolerance::long_text_line |
    tolerance::bare_lf_in_text | tolerance::bare_cr_in_text | tolerance::mixed_reply_codes | tolerance::path_in_auth;
inline constexpr tolerance lenient =
    interoperable | tolerance::missing_brackets | tolerance::bare_lf_in_command | tolerance::no_hello;

}  // namespace ehlo::inline v0
