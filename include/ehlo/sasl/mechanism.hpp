// SPDX-License-Identifier: BSL-1.0
// The mechanisms, as data: what each gives and what it needs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"

namespace ehlo::inline v0::sasl {

enum class mechanism : std::uint8_t {
  none,
  anonymous,
  login,
  plain,
  xoauth2,
  oauthbearer,
  cram_md5,
  scram_sha_1,
  scram_sha_256,
  scram_sha_1_plus,
  scram_sha_256_plus,
  external,
};

/// What a mechanism gives; each step gives what those before it do.
enum class strength : std::uint8_t {
  nothing,     ///< anybody comes in
  clear_text,  ///< the server sees the secret: TLS has to keep it from all others, and the server has to be the right
               ///< one
  challenge,   ///< the secret is not said, but can be guessed from what was overheard
  mutual,      ///< and the server proves that it knows it
  channel_bound,  ///< and the login holds for this TLS channel alone: nobody can pass it on from another
};

/// What a mechanism needs; a set of bits.
enum class need : std::uint8_t {
  nothing = 0,
  password = 1U << 0,
  token = 1U << 1,
  channel = 1U << 2,      ///< channel binding data
  tls = 1U << 3,          ///< always
  tls_mostly = 1U << 4,   ///< unless the host allows what can be overheard
  certificate = 1U << 5,  ///< TLS, or something else, says who the client is
  consent = 1U << 6,      ///< the host wants it explicitly
};
[[nodiscard]] constexpr need operator|(need a, need b) noexcept {
  return static_cast<need>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
/// Whether the set has the need.
[[nodiscard]] constexpr bool includes(need set, need one) noexcept {
  return (static_cast<unsigned>(set) & static_cast<unsigned>(one)) != 0;
}

struct mechanism_info {
  mechanism what;
  std::string_view name;
  strength gives;
  need needs;
  bool client_first;  ///< it may have an initial response
  std::string_view source;
};

inline constexpr std::size_t mechanism_count = static_cast<std::size_t>(mechanism::external) + 1;

inline constexpr std::array<mechanism_info, mechanism_count> mechanism_table{{
    {mechanism::none, "", strength::nothing, need::nothing, false, ""},
    {mechanism::anonymous, "ANONYMOUS", strength::nothing, need::consent, true, "RFC 4505"},
    {mechanism::login, "LOGIN", strength::clear_text, need::password | need::tls_mostly, false, "no RFC"},
    {mechanism::plain, "PLAIN", strength::clear_text, need::password | need::tls_mostly, true, "RFC 4616"},
    {mechanism::xoauth2, "XOAUTH2", strength::clear_text, need::token | need::tls_mostly, true, "no RFC"},
    {mechanism::oauthbearer, "OAUTHBEARER", strength::clear_text, need::token | need::tls_mostly, true, "RFC 7628"},
    {mechanism::cram_md5, "CRAM-MD5", strength::challenge, need::password, false, "RFC 2195"},
    {mechanism::scram_sha_1, "SCRAM-SHA-1", strength::mutual, need::password, true, "RFC 5802"},
    {mechanism::scram_sha_256, "SCRAM-SHA-256", strength::mutual, need::password, true, "RFC 7677"},
    {mechanism::scram_sha_1_plus, "SCRAM-SHA-1-PLUS", strength::channel_bound,
     need::password | need::channel | need::tls, true, "RFC 5802"},
    {mechanism::scram_sha_256_plus, "SCRAM-SHA-256-PLUS", strength::channel_bound,
     need::password | need::channel | need::tls, true, "RFC 7677"},
    {mechanism::external, "EXTERNAL", strength::channel_bound, need::certificate | need::tls, true, "RFC 4422 A"},
}};

[[nodiscard]] constexpr mechanism_info const& info(mechanism m) noexcept {
  return mechanism_table[static_cast<std::size_t>(m)];
}
[[nodiscard]] constexpr std::string_view name_of(mechanism m) noexcept { return info(m).name; }

/// The mechanism of this name, in any case (RFC 4954 4); none if it is not one of ours.
[[nodiscard]] constexpr mechanism find_mechanism(std::string_view name) noexcept {
  for (mechanism_info const& one : mechanism_table)
    if (equal_ignoring_case(one.name, name)) return one.what;
  return mechanism::none;
}

static_assert(
    [] {
      for (std::size_t i = 0; i != mechanism_count; ++i)
        if (static_cast<std::size_t>(mechanism_table[i].what) != i) return false;
      return true;
    }(),
    "the rows stand in the order of the enumeration");

}  // namespace ehlo::inline v0::sasl
