// SPDX-License-Identifier: BSL-1.0
// The service extensions, and a set of them.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace ehlo::inline v0 {

/// One bit for each service extension with an EHLO keyword.
enum class capability : std::uint32_t {
  pipelining = 1U << 0,           // RFC 2920
  size = 1U << 1,                 // RFC 1870
  eightbitmime = 1U << 2,         // RFC 6152
  binarymime = 1U << 3,           // RFC 3030
  chunking = 1U << 4,             // RFC 3030
  starttls = 1U << 5,             // RFC 3207
  auth = 1U << 6,                 // RFC 4954
  enhancedstatuscodes = 1U << 7,  // RFC 2034
  dsn = 1U << 8,                  // RFC 3461
  smtputf8 = 1U << 9,             // RFC 6531
  requiretls = 1U << 10,          // RFC 8689
  deliverby = 1U << 11,           // RFC 2852
  futurerelease = 1U << 12,       // RFC 4865
  mt_priority = 1U << 13,         // RFC 6710
  limits = 1U << 14,              // RFC 9422
  etrn = 1U << 15,                // RFC 1985
  vrfy = 1U << 16,                // RFC 5321 3.5.3
  expn = 1U << 17,                // RFC 5321 4.1.1.7
  help = 1U << 18,                // RFC 5321 4.1.1.8
  xclient = 1U << 19,             // Postfix XCLIENT_README
  xforward = 1U << 20,            // Postfix XFORWARD_README
};

/// A set of capabilities; a value of four octets.
class capability_set {
 public:
  constexpr capability_set() noexcept = default;
  constexpr capability_set(std::initializer_list<capability> members) noexcept {
    for (capability const c : members) add(c);
  }

  [[nodiscard]] constexpr bool has(capability c) const noexcept { return (bits_ & static_cast<std::uint32_t>(c)) != 0; }
  constexpr capability_set& add(capability c) noexcept {
    bits_ |= static_cast<std::uint32_t>(c);
    return *this;
  }
  constexpr capability_set& remove(capability c) noexcept {
    bits_ &= ~static_cast<std::uint32_t>(c);
    return *this;
  }
  /// Those that are not in `other`.
  [[nodiscard]] constexpr capability_set without(capability_set other) const noexcept {
    capability_set rest = *this;
    rest.bits_ &= ~other.bits_;
    return rest;
  }
  [[nodiscard]] friend constexpr bool operator==(capability_set, capability_set) noexcept = default;

 private:
  std::uint32_t bits_ = 0;
};

/// The keyword that names an extension in the answer to EHLO (RFC 5321 4.1.1.1).
struct capability_keyword {
  std::string_view keyword;
  capability what;
};

/// In the order in which a server names them.
inline constexpr std::array<capability_keyword, 21> capability_keywords{{
    {"PIPELINING", capability::pipelining},
    {"SIZE", capability::size},
    {"8BITMIME", capability::eightbitmime},
    {"BINARYMIME", capability::binarymime},
    {"CHUNKING", capability::chunking},
    {"STARTTLS", capability::starttls},
    {"AUTH", capability::auth},
    {"ENHANCEDSTATUSCODES", capability::enhancedstatuscodes},
    {"DSN", capability::dsn},
    {"SMTPUTF8", capability::smtputf8},
    {"REQUIRETLS", capability::requiretls},
    {"DELIVERBY", capability::deliverby},
    {"FUTURERELEASE", capability::futurerelease},
    {"MT-PRIORITY", capability::mt_priority},
    {"LIMITS", capability::limits},
    {"ETRN", capability::etrn},
    {"VRFY", capability::vrfy},
    {"EXPN", capability::expn},
    {"HELP", capability::help},
    {"XCLIENT", capability::xclient},
    {"XFORWARD", capability::xforward},
}};

/// Every one of them.
inline constexpr capability_set all_capabilities = [] {
  capability_set all;
  for (capability_keyword const& one : capability_keywords) all.add(one.what);
  return all;
}();

}  // namespace ehlo::inline v0
