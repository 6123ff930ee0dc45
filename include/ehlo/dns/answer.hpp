// SPDX-License-Identifier: BSL-1.0
// Questions to the DNS and what a resolver library has to say to them, as values (RFC 1035 3.2.2, RFC 3596 2.1). What
// asks: route/, sender/.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "../grammar/address_literal.hpp"

namespace ehlo::inline v0 {

/// The record types that are asked for, with their numbers in the DNS.
enum class dns_type : std::uint16_t { none = 0, a = 1, cname = 5, ptr = 12, mx = 15, txt = 16, aaaa = 28 };

/// One question. Whoever answers it gives it back as it is.
struct dns_question {
  dns_type type = dns_type::none;
  std::string_view name{};   ///< without the full stop of the root, and never relative to a search list
  std::uint16_t number = 0;  ///< which question of its lookup it is

  /// False: there is nothing to ask.
  [[nodiscard]] constexpr explicit operator bool() const noexcept { return type != dns_type::none; }
};

/// What came of a question. Only who can tell the three negative ones apart may use them: nxdomain is final, nodata
/// leads to the implicit MX, servfail to another try. What is not known to be one of the first three is servfail.
enum class dns_status : std::uint8_t {
  records,   ///< there are records; with none of them given it counts as nodata
  nodata,    ///< NOERROR without records: the name exists, the type does not (RFC 2308 2.2)
  nxdomain,  ///< the name does not exist, nor does any below it (RFC 2308 2.1, RFC 8020 2)
  servfail,  ///< SERVFAIL, REFUSED or any other code, a broken message, a bogus signature, CNAMEs in a circle
  timeout,   ///< no answer; or the host does not wait for it any longer
};

/// One MX record (RFC 1035 3.3.9).
struct mx_record {
  std::uint16_t preference = 0;
  std::string_view exchange{};  ///< a name as text, with or without the full stop of the root; the root: "" or "."
};

/// The largest TTL; a number over it counts as 0 (RFC 2181 8).
inline constexpr std::uint32_t longest_ttl = 0x7FFF'FFFF;

/// The answer to one question; read before the call that takes it returns.
///
/// A stub resolver follows CNAMEs, as RFC 5321 5.1 wants it, so that the records are those of the name at the end of
/// the chain: canonical_name says which that is, and its absence that there was no CNAME. A chain that ends without an
/// answer about its last name is servfail, unless the host asks for that name itself and joins the two: the smaller
/// TTL, and secure only if both are.
struct dns_answer {
  dns_status status = dns_status::servfail;
  /// The whole answer, its CNAMEs too, was validated by DNSSEC: by the host, or by a resolver that it trusts and
  /// reaches on a safe way (the AD bit, RFC 4035 3.2.3, RFC 7672 2.1.1). It counts for nodata and nxdomain as well.
  bool secure = false;
  /// The smallest TTL of the records used, CNAMEs included, in seconds; of nodata and nxdomain that of RFC 2308 5.
  std::uint32_t ttl = 0;
  std::string_view canonical_name{};             ///< where a chain of CNAMEs ended; empty: no CNAME
  std::span<mx_record const> exchanges{};        ///< to dns_type::mx
  std::span<address_literal const> addresses{};  ///< to a (kind ipv4) and aaaa (kind ipv6), in the resolver's order
  std::span<std::string_view const> names{};     ///< to ptr (RFC 1035 3.3.12), with the root's full stop or without
  /// To txt: of each record its strings, joined without anything between them (RFC 1035 3.3.14, RFC 7208 3.3).
  std::span<std::string_view const> texts{};
};

/// Whether nothing is known yet: it may be asked again later (RFC 2308 7).
[[nodiscard]] constexpr bool is_failure(dns_status status) noexcept { return status >= dns_status::servfail; }

}  // namespace ehlo::inline v0
