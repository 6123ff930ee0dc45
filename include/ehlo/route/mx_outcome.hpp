// SPDX-License-Identifier: BSL-1.0
// What comes of looking for the hosts of a domain, and the reply that stands for it: in a DSN (RFC 3464 2.3.4), or to
// the RCPT of a client that has to know at once (RFC 7504 4).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../model/enhanced_code.hpp"
#include "../model/envelope.hpp"
#include "../model/reply_code.hpp"

namespace ehlo::inline v0::route {

enum class mx_outcome : std::uint8_t {
  open,            ///< there are questions without an answer
  found,           ///< there are addresses to try
  null_mx,         ///< the domain says that it takes no mail
  no_such_domain,  ///< it does not exist
  no_address,      ///< neither MX nor address records, or no MX record leads to an address
  own_host,        ///< no MX record is better than the one that names our own host
  bad_domain,      ///< no domain that could be asked for, nor an IPv4 or IPv6 literal
  lookup_failed,   ///< the DNS gave no answer for now; this never leads to the implicit MX
  left_out,        ///< none of the hosts that the lookup holds has an address, but there are more
};

/// One row for each: its message, where it is written, and what to tell the sender.
struct mx_outcome_info {
  mx_outcome what;
  std::string_view name;
  std::string_view message;
  std::string_view source;
  enum advice advice;
  reply_code code;
  enhanced_code status;
};

inline constexpr std::array<mx_outcome_info, 9> mx_outcome_table{{
    {mx_outcome::open, "open", "not all DNS answers are there", "", advice::retry_later, {}, {}},
    {mx_outcome::found, "found", "there are addresses to try", "", advice::done, {}, {}},
    {mx_outcome::null_mx,
     "null_mx",
     "the domain does not accept mail",
     "RFC 7505 4.1",
     advice::give_up,
     556,
     {5, 1, 10}},
    {mx_outcome::no_such_domain,
     "no_such_domain",
     "the domain does not exist",
     "RFC 5321 5.1",
     advice::give_up,
     550,
     {5, 1, 2}},
    {mx_outcome::no_address,
     "no_address",
     "no server of the domain has an address",
     "RFC 5321 5.1",
     advice::give_up,
     550,
     {5, 4, 4}},
    {mx_outcome::own_host,
     "own_host",
     "mail for the domain loops back to this server",
     "RFC 5321 5.1",
     advice::give_up,
     554,
     {5, 4, 6}},
    {mx_outcome::bad_domain,
     "bad_domain",
     "not a domain that can be looked up",
     "RFC 5321 4.1.2",
     advice::give_up,
     553,
     {5, 1, 3}},
    {mx_outcome::lookup_failed,
     "lookup_failed",
     "the DNS gives no answer for the domain",
     "RFC 5321 5.1",
     advice::retry_later,
     451,
     {4, 4, 3}},
    {mx_outcome::left_out,
     "left_out",
     "the domain has more servers than are looked at",
     "RFC 5321 5.1",
     advice::retry_later,
     451,
     {4, 4, 4}},
}};

[[nodiscard]] constexpr mx_outcome_info const& info(mx_outcome o) noexcept {
  return mx_outcome_table[static_cast<std::size_t>(o)];
}
[[nodiscard]] constexpr std::string_view message(mx_outcome o) noexcept { return info(o).message; }
/// The enumerator, as it is written here.
[[nodiscard]] constexpr std::string_view name(mx_outcome o) noexcept { return info(o).name; }

static_assert(
    [] {
      for (std::size_t i = 0; i != mx_outcome_table.size(); ++i)
        if (static_cast<std::size_t>(mx_outcome_table[i].what) != i) return false;
      return true;
    }(),
    "the rows stand in the order of the enumeration");

}  // namespace ehlo::inline v0::route
