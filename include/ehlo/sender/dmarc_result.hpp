// SPDX-License-Identifier: BSL-1.0
// What DMARC says of a message, in the words of Authentication-Results (RFC 7489 11.2), and why.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "../base/enum_name.hpp"

namespace ehlo::inline v0::sender {

/// RFC 7489 11.2.
enum class dmarc_result : std::uint8_t {
  none,       ///< no policy is published for the domain, or it is no domain that could have one
  pass,       ///< an identifier that was authenticated is aligned with the domain
  fail,       ///< none is
  temperror,  ///< the DNS did not tell; later perhaps
  permerror,  ///< there is a record, and it is of no use
};

inline constexpr std::array<std::string_view, 5> dmarc_result_names{"none", "pass", "fail", "temperror", "permerror"};

/// The word in Authentication-Results.
[[nodiscard]] constexpr std::string_view name(dmarc_result result) noexcept {
  return enum_name(dmarc_result_names, result);
}

/// What a domain owner asks for (p=, sp=, np=; RFC 7489 6.3), and what is to be done with one message; the stricter
/// one is the greater.
enum class dmarc_policy : std::uint8_t { none, quarantine, reject };

inline constexpr std::array<std::string_view, 3> dmarc_policy_names{"none", "quarantine", "reject"};

/// As it stands in a record.
[[nodiscard]] constexpr std::string_view name(dmarc_policy policy) noexcept {
  return enum_name(dmarc_policy_names, policy);
}

/// Why the result and the disposition are what they are.
enum class dmarc_reason : std::uint8_t {
  open,               ///< the check is not done
  aligned,            ///< pass
  policy,             ///< fail: the policy as it was published
  sampled_out,        ///< fail: not among the percentage (pct=), so the policy one step milder (RFC 7489 6.6.4)
  testing,            ///< fail: the owner is testing (t=y), so the policy one step milder (RFC 9989 4.7)
  no_domain,          ///< none: what stands in From is no name that the DNS could have
  no_record,          ///< none
  several_records,    ///< none: of several records none applies (RFC 7489 6.6.3 step 5)
  bad_record,         ///< permerror: no valid policy in it, and nobody to report that to (RFC 7489 6.6.3 step 6)
  lookup_failed,      ///< temperror: a question of this check has no answer
  identifier_failed,  ///< temperror: SPF or DKIM ended so for a domain that would be aligned (RFC 7489 6.6.2)
};

inline constexpr std::array<std::string_view, 11> dmarc_reason_names{
    "open",      "aligned",         "policy",     "sampled out",   "testing",          "no domain",
    "no record", "several records", "bad record", "lookup failed", "identifier failed"};

/// For logs: `several records`.
[[nodiscard]] constexpr std::string_view name(dmarc_reason reason) noexcept {
  return enum_name(dmarc_reason_names, reason);
}

/// Which authentication carries a pass.
enum class dmarc_aligned_by : std::uint8_t { nothing, spf, dkim };

inline constexpr std::array<std::string_view, 3> dmarc_aligned_by_names{"nothing", "spf", "dkim"};

[[nodiscard]] constexpr std::string_view name(dmarc_aligned_by by) noexcept {
  return enum_name(dmarc_aligned_by_names, by);
}

}  // namespace ehlo::inline v0::sender
