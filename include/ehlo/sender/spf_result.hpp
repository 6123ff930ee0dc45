// SPDX-License-Identifier: BSL-1.0
// What comes of an SPF check (RFC 7208 2.6), of which identity (2.3, 2.4), and why there is no better result.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "../base/enum_name.hpp"

namespace ehlo::inline v0::sender {

enum class spf_result : std::uint8_t {
  none,       ///< no domain that could be asked, or it has no SPF record
  neutral,    ///< the domain says nothing about the client
  pass,       ///< the client may use the domain
  fail,       ///< it may not
  softfail,   ///< it probably may not
  temperror,  ///< the DNS gave no answer for now
  permerror,  ///< the record of the domain is wrong
};

inline constexpr std::array<std::string_view, 7> spf_result_names{"none",     "neutral",   "pass",     "fail",
                                                                  "softfail", "temperror", "permerror"};

/// The word of RFC 7208 9.1 and RFC 8601 2.7.2.
[[nodiscard]] constexpr std::string_view name(spf_result r) noexcept { return enum_name(spf_result_names, r); }

enum class spf_identity : std::uint8_t { mail_from, helo };

inline constexpr std::array<std::string_view, 2> spf_identity_names{"mailfrom", "helo"};

/// The word of RFC 7208 9.1.
[[nodiscard]] constexpr std::string_view name(spf_identity i) noexcept { return enum_name(spf_identity_names, i); }

/// Why the result is none, temperror or permerror.
enum class spf_problem : std::uint8_t {
  no_problem,
  client_address,     ///< none: the client has neither an IPv4 nor an IPv6 address
  malformed_domain,   ///< none: not a domain of two labels or more that can be asked for (4.3)
  no_such_domain,     ///< none: NXDOMAIN (4.3)
  no_record,          ///< none: no TXT record begins with v=spf1 (4.5)
  dns_failure,        ///< temperror: SERVFAIL or no answer (4.4, 5)
  time_limit,         ///< temperror: it took too long (4.6.4)
  many_records,       ///< permerror: more than one SPF record (4.5)
  record_too_long,    ///< permerror: the records do not fit the storage of the check
  bad_term,           ///< permerror: neither a mechanism nor a modifier (4.6.1)
  bad_domain_spec,    ///< permerror: a domain-spec is missing, malformed or out of place (7.1)
  bad_macro,          ///< permerror: a macro that there is not, or not in a record (7.1, 7.2)
  bad_network,        ///< permerror: not an address, or a prefix length out of range (5.6)
  repeated_modifier,  ///< permerror: redirect or exp stands there twice (6)
  lookup_limit,       ///< permerror: more than ten terms that ask the DNS (4.6.4)
  void_limit,         ///< permerror: more than two terms that asked for what there is not (4.6.4)
  mx_limit,           ///< permerror: a term "mx" leads to more than ten MX records (4.6.4)
  include_target,     ///< permerror: the target of an include has no SPF record (5.2)
  redirect_target,    ///< permerror: the target of a redirect has no SPF record (6.1)
};

inline constexpr std::array<std::string_view, 19> spf_problem_names{
    "no_problem",      "client_address", "malformed_domain", "no_such_domain",    "no_record",
    "dns_failure",     "time_limit",     "many_records",     "record_too_long",   "bad_term",
    "bad_domain_spec", "bad_macro",      "bad_network",      "repeated_modifier", "lookup_limit",
    "void_limit",      "mx_limit",       "include_target",   "redirect_target"};

[[nodiscard]] constexpr std::string_view name(spf_problem p) noexcept { return enum_name(spf_problem_names, p); }

inline constexpr std::array<std::string_view, 19> spf_problem_messages{"no problem",
                                                                       "the client has no IP address",
                                                                       "not a domain that can be asked for",
                                                                       "the domain does not exist",
                                                                       "the domain has no SPF record",
                                                                       "the DNS gives no answer",
                                                                       "the check took too long",
                                                                       "more than one SPF record",
                                                                       "the SPF records are too long",
                                                                       "a term that is no mechanism and no modifier",
                                                                       "a domain-spec is missing or malformed",
                                                                       "a macro that is malformed or out of place",
                                                                       "an address or prefix length is malformed",
                                                                       "a modifier that stands there twice",
                                                                       "more than ten terms ask the DNS",
                                                                       "too many terms ask for what does not exist",
                                                                       "more than ten MX records",
                                                                       "the target of an include has no SPF record",
                                                                       "the target of a redirect has no SPF record"};

[[nodiscard]] constexpr std::string_view message(spf_problem p) noexcept { return enum_name(spf_problem_messages, p); }

}  // namespace ehlo::inline v0::sender
