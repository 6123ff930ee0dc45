// SPDX-License-Identifier: BSL-1.0
// MTA-STS (RFC 8461): what its policy asks of a connection, where the policy is, and how long it holds. The host keeps
// the policies: for each domain the text, the id and when it was fetched. The domain is that of the recipients, never
// its parent, or that of the smart host (3.4); an address literal has no policy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/text_writer.hpp"
#include "../grammar/domain.hpp"
#include "mta_sts_policy.hpp"
#include "mta_sts_record.hpp"
#include "tls_requirement.hpp"

namespace ehlo::inline v0::route {

/// What a policy says of one MX host (RFC 8461 5).
struct mta_sts_decision {
  bool skip = false;           ///< no message to this host: try the next; none left: retry later, never a bounce yet
  bool reports = false;        ///< failures of it are to be reported (RFC 8460), those in `mx_matches` among them
  bool mx_matches = true;      ///< false, and not `skip`: testing
  tls_requirement security{};  ///< of the connection; the certificate has to prove the MX name, which is sent as SNI
};

/// Decides by a policy that is still valid. Before a message bounces because of it, look for a new one (RFC 8461 5).
[[nodiscard]] constexpr mta_sts_decision apply_mta_sts(mta_sts_policy const& policy, std::string_view mx) noexcept {
  mta_sts_decision out;
  if (policy.mode == mta_sts_mode::none) return out;
  out.reports = true;
  out.mx_matches = policy.mx.match(mx);
  if (policy.mode == mta_sts_mode::testing) return out;
  out.skip = !out.mx_matches;
  out.security = {tls_policy::require, true, false};
  return out;
}

namespace detail {

/// A prefix and a domain in A-labels, which DNS can hold (253 octets).
[[nodiscard]] constexpr bool put_sts_name(text_writer& out, std::string_view prefix, std::string_view domain) noexcept {
  domain = without_root(domain);
  if (!is_domain(domain) || prefix.size() + domain.size() > 253) return false;
  return out.put(prefix).put(domain).fits();
}

}  // namespace detail

/// Octets that the two below need at most.
inline constexpr std::size_t mta_sts_name_limit = 253;
inline constexpr std::size_t mta_sts_url_limit = 8 + 253 + 24;

/// `_mta-sts.example.com`, the name of the TXT record (3.1). False: no domain name, or no room.
[[nodiscard]] constexpr bool write_mta_sts_name(text_writer& out, std::string_view domain) noexcept {
  return detail::put_sts_name(out, "_mta-sts.", domain);
}

/// `https://mta-sts.example.com/.well-known/mta-sts.txt` (3.2). False: no domain name, or no room.
[[nodiscard]] constexpr bool write_mta_sts_url(text_writer& out, std::string_view domain) noexcept {
  out.put("https://");
  if (!detail::put_sts_name(out, "mta-sts.", domain)) return false;
  return out.put("/.well-known/mta-sts.txt").fits();
}

/// When a policy was fetched, and which. Times are seconds of a clock that outlives a restart (Unix time).
struct mta_sts_fetched {
  std::string_view id{};  ///< in the record that led to it
  std::int64_t at = 0;
  std::uint32_t max_age = 0;
};

inline constexpr std::int64_t mta_sts_refresh_interval = 86'400;  // seconds; RFC 8461 3.3: once per day
inline constexpr std::int64_t mta_sts_retry_interval = 300;       // seconds; RFC 8461 3.3: five minutes or longer

/// Whether a policy is still to be applied, whatever DNS and HTTPS say by now (RFC 8461 3.3, 5.1). A clock that was set
/// back makes no policy invalid, but has it fetched again.
[[nodiscard]] constexpr bool is_valid(mta_sts_fetched const& policy, std::int64_t now) noexcept {
  return now < policy.at || static_cast<std::uint64_t>(now) - static_cast<std::uint64_t>(policy.at) <= policy.max_age;
}

/// Whether the policy that the record announces is to be fetched (3.1, 3.3): there was none, it has expired, its id is
/// another one, or a day has passed.
[[nodiscard]] constexpr bool has_to_fetch(mta_sts_record const& record, mta_sts_fetched const& policy,
                                          std::int64_t now) noexcept {
  return policy.id != record.id || now < policy.at || !is_valid(policy, now) ||
         static_cast<std::uint64_t>(now) - static_cast<std::uint64_t>(policy.at) >= mta_sts_refresh_interval;
}

/// Whether a fetch that failed may be tried again, for the same id (RFC 8461 3.3).
[[nodiscard]] constexpr bool may_fetch_again(std::int64_t failed_at, std::int64_t now) noexcept {
  return now < failed_at ||
         static_cast<std::uint64_t>(now) - static_cast<std::uint64_t>(failed_at) >= mta_sts_retry_interval;
}

}  // namespace ehlo::inline v0::route
