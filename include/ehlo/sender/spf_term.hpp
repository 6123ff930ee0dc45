// SPDX-License-Identifier: BSL-1.0
// One term of an SPF record: a directive or a modifier (RFC 7208 4.6.1, 5, 6, 12).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/character_class.hpp"
#include "../base/config.hpp"
#include "../grammar/address_literal.hpp"
#include "spf_macro.hpp"
#include "spf_result.hpp"

namespace ehlo::inline v0::sender {

enum class spf_term_kind : std::uint8_t {
  all,
  include,
  a,
  mx,
  ptr,
  ip4,
  ip6,
  exists,
  redirect,
  explanation,
  unknown_modifier
};

/// A term, read. The texts are views of the record.
struct spf_term {
  spf_term_kind kind = spf_term_kind::all;
  spf_result qualifier = spf_result::pass;  ///< of a directive: what a match means
  std::string_view text{};                  ///< without the qualifier: `ip4:192.0.2.0/24`
  std::string_view domain_spec{};           ///< empty: there is none, the domain itself is meant
  address_literal network{};                ///< of ip4 and ip6
  std::uint8_t ip4_prefix = 32;             ///< of ip4, a and mx
  std::uint8_t ip6_prefix = 128;            ///< of ip6, a and mx

  [[nodiscard]] constexpr bool is_modifier() const noexcept { return kind >= spf_term_kind::redirect; }
};

/// Whether the first bits of two addresses are the same; never for two of different kinds (5).
[[nodiscard]] constexpr bool matches_prefix(address_literal const& a, address_literal const& b,
                                            std::size_t bits) noexcept {
  if (a.kind != b.kind) return false;
  for (std::size_t bit = 0; bit < bits; bit += 8) {
    unsigned const mask = bits - bit >= 8 ? 0xFFU : 0xFF00U >> (bits - bit) & 0xFFU;
    if (((a.octets[bit / 8] ^ b.octets[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

namespace detail {

inline constexpr std::array<std::string_view, 8> spf_mechanisms{"all", "include", "a",   "mx",
                                                                "ptr", "ip4",     "ip6", "exists"};

/// Takes "/" and a prefix length from the end; false if what stands there is none in range, or has a leading zero.
[[nodiscard]] constexpr bool take_prefix(std::string_view& text, unsigned most, std::uint8_t& out) noexcept {
  std::size_t const slash = text.rfind('/');
  std::string_view const digits = text.substr(slash + 1);
  unsigned number = 0;
  for (char const c : digits) {
    if (!is_digit(c) || number > most) return false;
    number = number * 10 + octet(c) - '0';
  }
  if (digits.empty() || (digits.size() > 1 && digits[0] == '0') || number > most) return false;
  out = static_cast<std::uint8_t>(number);
  text = text.substr(0, slash);
  return true;
}

/// Whether the text ends in "/" 1*DIGIT: no domain-spec does.
[[nodiscard]] constexpr bool ends_in_prefix(std::string_view text) noexcept {
  std::size_t const slash = text.rfind('/');
  return slash != std::string_view::npos && slash + 1 != text.size() &&
         text.find_first_not_of("0123456789", slash + 1) == std::string_view::npos;
}

/// ip4-network, where no number has a leading zero.
[[nodiscard]] constexpr bool read_ip4_network(std::string_view text, address_literal& out) noexcept {
  for (std::size_t i = 0; i + 1 < text.size(); ++i)
    if (text[i] == '0' && is_digit(text[i + 1]) && (i == 0 || text[i - 1] == '.')) return false;
  out = parse_ip_address(text);
  return out.kind == literal_kind::ipv4;
}

/// ip6-network (RFC 4291 2.2): unlike in an address literal of mail, "::" may stand for one group alone.
[[nodiscard]] constexpr bool read_ip6_network(std::string_view text, address_literal& out) noexcept {
  out = parse_ip_address(text);
  if (out.kind == literal_kind::ipv6) return true;
  std::size_t const gap = text.find("::");
  if (gap == std::string_view::npos || text.size() > 45 || text.find("::", gap + 1) != std::string_view::npos)
    return false;
  std::array<char, 48> room{};
  text_writer written{room};
  written.put(text.substr(0, gap)).put(gap == 0 ? "0:" : gap + 2 == text.size() ? ":0" : ":0:");
  out = parse_ip_address(written.put(text.substr(gap + 2)).written());
  return out.kind == literal_kind::ipv6;
}

/// `":" domain-spec` or, where it may be left out, nothing.
[[nodiscard]] constexpr spf_problem read_domain_spec(std::string_view text, bool required,
                                                     std::string_view& out) noexcept {
  if (text.empty() && !required) return spf_problem::no_problem;
  if (!text.starts_with(':')) return text.empty() ? spf_problem::bad_domain_spec : spf_problem::bad_term;
  out = text.substr(1);
  domain_spec_check const found = check_domain_spec(out);
  if (found.valid) return spf_problem::no_problem;
  return found.macro ? spf_problem::bad_macro : spf_problem::bad_domain_spec;
}

/// What follows the name of a mechanism.
[[nodiscard]] constexpr spf_problem read_argument(std::string_view text, spf_term& term) noexcept {
  switch (term.kind) {
    case spf_term_kind::all: return text.empty() ? spf_problem::no_problem : spf_problem::bad_term;
    case spf_term_kind::include:
    case spf_term_kind::exists: return read_domain_spec(text, true, term.domain_spec);
    case spf_term_kind::ptr: return read_domain_spec(text, false, term.domain_spec);
    case spf_term_kind::ip4:
      if (text.find('/') != std::string_view::npos && !take_prefix(text, 32, term.ip4_prefix))
        return spf_problem::bad_network;
      return text.starts_with(':') && read_ip4_network(text.substr(1), term.network) ? spf_problem::no_problem
                                                                                     : spf_problem::bad_network;
    case spf_term_kind::ip6:
      if (text.find('/') != std::string_view::npos && !take_prefix(text, 128, term.ip6_prefix))
        return spf_problem::bad_network;
      return text.starts_with(':') && read_ip6_network(text.substr(1), term.network) ? spf_problem::no_problem
                                                                                     : spf_problem::bad_network;
    default: break;
  }
  // dual-cidr-length: [ "/" ip4 ] [ "//" ip6 ]
  std::size_t const slash = text.rfind('/');
  if (ends_in_prefix(text) && slash != 0 && text[slash - 1] == '/') {
    if (!take_prefix(text, 128, term.ip6_prefix)) return spf_problem::bad_network;
    text.remove_suffix(1);
  }
  if (ends_in_prefix(text) && !take_prefix(text, 32, term.ip4_prefix)) return spf_problem::bad_network;
  return read_domain_spec(text, false, term.domain_spec);
}

[[nodiscard]] constexpr spf_problem read_modifier(std::string_view name, std::string_view value,
                                                  spf_term& term) noexcept {
  term.kind = equal_ignoring_case(name, "redirect") ? spf_term_kind::redirect
              : equal_ignoring_case(name, "exp")    ? spf_term_kind::explanation
                                                    : spf_term_kind::unknown_modifier;
  if (term.kind == spf_term_kind::unknown_modifier)
    return is_macro_string(value) ? spf_problem::no_problem : spf_problem::bad_macro;
  term.domain_spec = value;
  domain_spec_check const found = check_domain_spec(value);
  if (found.valid) return spf_problem::no_problem;
  return found.macro ? spf_problem::bad_macro : spf_problem::bad_domain_spec;
}

}  // namespace detail

/// Reads one term, without the spaces around it. On a problem (bad_term, bad_domain_spec, bad_macro, bad_network) only
/// `out.text` means something.
[[nodiscard]] constexpr spf_problem parse_spf_term(std::string_view text EHLO_LIFETIMEBOUND, spf_term& out) noexcept {
  out = {};
  out.text = text;
  std::size_t const qualifier = text.empty() ? std::string_view::npos : std::string_view{"+-?~"}.find(text[0]);
  if (qualifier != std::string_view::npos) {
    constexpr std::array<spf_result, 4> results{spf_result::pass, spf_result::fail, spf_result::neutral,
                                                spf_result::softfail};
    out.qualifier = results[qualifier];
    text.remove_prefix(1);
  }
  std::size_t size = 0;
  while (size != text.size() && (has_class(text[size], char_class::ldh) || text[size] == '_' || text[size] == '.'))
    ++size;
  std::string_view const name = text.substr(0, size);
  std::string_view const rest = text.substr(size);
  // "Modifiers always contain an equals character immediately after the name" (4.6.1).
  if (rest.starts_with('=') && size != 0 && is_alpha(name[0]) && qualifier == std::string_view::npos)
    return detail::read_modifier(name, rest.substr(1), out);
  for (std::size_t i = 0; i != detail::spf_mechanisms.size(); ++i) {
    if (!equal_ignoring_case(name, detail::spf_mechanisms[i])) continue;
    out.kind = static_cast<spf_term_kind>(i);
    out.text = text;
    return detail::read_argument(rest, out);
  }
  return spf_problem::bad_term;
}

}  // namespace ehlo::inline v0::sender
