// SPDX-License-Identifier: BSL-1.0
// What can be wrong with an MTA-STS record or policy (RFC 8461 3.1, 3.2). Either is then as good as none.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ehlo::inline v0::route {

enum class mta_sts_error : std::uint8_t {
  none,
  no_record,
  many_records,
  record_version,
  record_field,
  record_id,
  policy_too_large,
  policy_field,
  policy_version,
  policy_no_version,
  policy_mode,
  policy_no_mode,
  policy_max_age,
  policy_no_max_age,
  policy_mx,
  policy_no_mx,
};

inline constexpr std::array<std::string_view, 16> mta_sts_messages{
    "no error",
    "no TXT record begins with v=STSv1;",
    "more than one TXT record begins with v=STSv1;",
    "the TXT record does not begin with v=STSv1;",
    "the TXT record has a field that is not name=value",
    "the TXT record has no id, or one that is not of 1 to 32 letters and digits",
    "the policy is over 64 KiB",
    "the policy has a line that is not name: value",
    "the version of the policy is not STSv1",
    "the policy has no version",
    "the mode of the policy is not enforce, testing or none",
    "the policy has no mode",
    "the max_age of the policy is not a number up to 31557600",
    "the policy has no max_age",
    "an mx of the policy is not a domain, nor *. and a domain",
    "the policy has no mx, and its mode is not none",
};

[[nodiscard]] constexpr std::string_view message(mta_sts_error e) noexcept {
  return mta_sts_messages[static_cast<std::size_t>(e)];
}

}  // namespace ehlo::inline v0::route
