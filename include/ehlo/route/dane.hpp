// SPDX-License-Identifier: BSL-1.0
// DANE for SMTP (RFC 7672), before the connection: where the TLSA records of a host are, and what they ask of it. What
// they ask of its certificate: dane_certificate.hpp. All DNS answers must come from a resolver that validates DNSSEC,
// over a channel that can be trusted (2.1.1); the addresses of a host are looked up before its TLSA records (2.2.2).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/config.hpp"
#include "../base/text_writer.hpp"
#include "../grammar/domain.hpp"
#include "../model/tolerance.hpp"
#include "tls_requirement.hpp"
#include "tlsa_record.hpp"

namespace ehlo::inline v0::route {

/// What is known of a DNS answer, also of one that there is nothing of that name or type (RFC 7672 2.1.1). Of an answer
/// that came by CNAMEs: the worst of all of them.
enum class dnssec : std::uint8_t {
  secure,
  insecure,
  bogus,   ///< or "indeterminate" of RFC 4035 4.3
  failed,  ///< SERVFAIL, a timeout, a malformed answer
};

[[nodiscard]] constexpr bool is_lookup_error(dnssec status) noexcept {
  return status == dnssec::bogus || status == dnssec::failed;
}

/// How a host was found. Names may end in a full stop.
struct dane_host {
  std::string_view name{};      ///< the host: in an MX record, or the next-hop domain itself where there is none
  std::string_view expanded{};  ///< where CNAMEs lead from there; empty: the name is no alias
  dnssec addresses = dnssec::insecure;    ///< of the A and AAAA records, and of each CNAME that leads there
  dnssec first_cname = dnssec::insecure;  ///< of the first CNAME alone, where the name is an alias (2.1.3)

  bool by_mx = false;                    ///< it stands in an MX record
  dnssec mx = dnssec::insecure;          ///< of the MX records, and of each CNAME that leads there
  std::string_view next_hop{};           ///< the domain whose MX records these are, or the relay that is configured
  std::string_view next_hop_expanded{};  ///< where CNAMEs lead from there; empty: it is no alias
};

struct dane_options {
  /// Use the TLSA records of hosts that insecure MX records name, too (2.2.1: MAY): it keeps out those who cannot forge
  /// MX records. Such a success must not be shown as a secure delivery to the domain.
  bool with_insecure_mx = true;
  /// Send by DANE or not at all (6). What is not authenticated so is skipped.
  bool mandatory = false;
};

/// Whose TLSA records are to be asked for, in this order, until an answer is secure and holds any (2.2.3).
struct dane_names {
  bool skip = false;                               ///< no message to this host: an error, or DANE is mandatory
  std::size_t count = 0;                           ///< 0, and not `skip`: DANE does not apply
  std::array<std::string_view, 2> base_domains{};  ///< views of dane_host's
};

/// Says what to look up (RFC 7672 2.2.1, 2.2.2). For a host that is known by its address only DANE does not apply
/// (2.2); so it is for a name that is no domain.
[[nodiscard]] constexpr dane_names find_dane_names(dane_host const& host, dane_options const& options = {}) noexcept {
  dane_names const none{options.mandatory, 0, {}};
  if (!is_domain(without_root(host.name), tolerance::loose_domain)) return none;
  if (is_lookup_error(host.addresses) || (host.by_mx && is_lookup_error(host.mx))) return {true, 0, {}};
  if (host.by_mx && host.mx == dnssec::insecure && (options.mandatory || !options.with_insecure_mx)) return none;
  bool const alias =
      !host.expanded.empty() && !equal_ignoring_case(without_root(host.expanded), without_root(host.name));
  if (host.addresses == dnssec::secure) {
    if (alias) return {false, 2, {host.expanded, host.name}};
    return {false, 1, {host.name}};
  }
  // "Insecure CNAME": the zone of the alias itself may be signed.
  if (alias && is_lookup_error(host.first_cname)) return {true, 0, {}};
  if (alias && host.first_cname == dnssec::secure) return {false, 1, {host.name}};
  return none;
}

/// `_25._tcp.mx.example.com.` (RFC 7672 2.2.3, RFC 6698 3). False: no domain name, too long for DNS, or no room.
[[nodiscard]] constexpr bool write_tlsa_name(text_writer& out, std::uint16_t port, std::string_view base) noexcept {
  base = without_root(base);
  std::size_t const begin = out.written().size();
  if (!is_domain(base, tolerance::loose_domain)) return false;
  out.put('_').put_number(port).put("._tcp.").put(base).put('.');
  return out.fits() && out.written().size() - begin <= 254;
}
inline constexpr std::size_t tlsa_name_limit = 254;

/// An answer to a TLSA question. No records: there are none of that name or type.
struct tlsa_answer {
  dnssec status = dnssec::failed;
  std::span<tlsa_record const> records{};
};

/// What TLSA records say of a connection (RFC 7672 2.2).
struct dane_decision {
  bool skip = false;           ///< the host counts as unreachable: try the next; none left: retry later
  bool applies = false;        ///< there are secure records: TLS is mandatory
  std::size_t base = 0;        ///< where it applies: the name that they belong to, an index into dane_names
  tls_requirement security{};  ///< `dane`: only if a record is usable; otherwise TLS without authentication (2.2)
};

/// Decides by the answers for dane_names, in their order. An answer may be missing only behind the one that decides:
/// one that is not there counts as failed. OpenSSL wants the base domain as the name for SNI (8.1).
[[nodiscard]] constexpr dane_decision apply_dane(dane_names const& names, std::span<tlsa_answer const> answers,
                                                 dane_options const& options = {}) noexcept {
  dane_decision const unreachable{true, false, 0, {tls_policy::require, false, true}};
  if (names.skip) return unreachable;
  for (std::size_t i = 0; i != names.count; ++i) {
    if (i >= answers.size() || is_lookup_error(answers[i].status)) return unreachable;
    if (answers[i].status != dnssec::secure || answers[i].records.empty()) continue;
    bool usable = false;
    for (tlsa_record const& record : answers[i].records) usable = usable || is_usable(record);
    if (!usable && options.mandatory) return unreachable;
    return {false, true, i, {tls_policy::require, false, usable}};
  }
  return options.mandatory ? unreachable : dane_decision{};
}

/// The names of which the certificate has to prove one, for DANE-TA (RFC 7672 3.2.2); for DANE-EE none.
struct dane_identifiers {
  std::size_t count = 0;
  std::array<std::string_view, 3> names{};  ///< views of dane_host's; the first is the TLSA base domain
};

/// The reference identifiers, where `base` is the TLSA base domain.
[[nodiscard]] constexpr dane_identifiers reference_identifiers(dane_host const& host, std::string_view base) noexcept {
  dane_identifiers out;
  auto const add = [&out](std::string_view name) {
    name = without_root(name);
    if (name.empty()) return;
    for (std::size_t i = 0; i != out.count; ++i)
      if (equal_ignoring_case(out.names[i], name)) return;
    out.names[out.count++] = name;
  };
  add(base);
  if (host.by_mx && host.mx != dnssec::secure) return out;
  add(host.by_mx ? host.next_hop : host.name);
  if (host.by_mx) add(host.next_hop_expanded);
  return out;
}

}  // namespace ehlo::inline v0::route
