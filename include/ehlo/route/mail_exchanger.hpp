// SPDX-License-Identifier: BSL-1.0
// A host that takes a domain's mail, by what our own host is known among them, and what was wrong with the records
// (RFC 5321 5.1, RFC 2181 10.3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/config.hpp"
#include "../dns/name.hpp"
#include "../grammar/address_literal.hpp"
#include "../grammar/ip_network.hpp"
#include "../grammar/literal_writer.hpp"

namespace ehlo::inline v0::route {

namespace detail {
class mail_exchanger_list;
}
class mx_lookup_core;

/// One host of a domain, as the lookup found it. Its views live as long as the lookup.
class mail_exchanger {
 public:
  /// The name in the MX record, or for the implicit MX the domain: what a certificate has to prove (RFC 7672 3.2.2,
  /// RFC 8461 4.1). Empty: the domain was an address literal.
  [[nodiscard]] constexpr std::string_view name() const noexcept EHLO_LIFETIMEBOUND { return name_.view(); }
  /// Lower is better.
  [[nodiscard]] constexpr std::uint16_t preference() const noexcept { return preference_; }

  /// The name is an alias. RFC 2181 10.3 forbids that for a target of MX; it is followed all the same, as others do.
  [[nodiscard]] constexpr bool is_alias() const noexcept { return is_alias_; }
  /// Of an alias: the name at the end of the chain, the first candidate for TLSA records if the addresses are secure
  /// (RFC 7672 2.2.2). Empty if it is no alias, or if what the resolver named is longer than a name can be.
  [[nodiscard]] constexpr std::string_view canonical_name() const noexcept EHLO_LIFETIMEBOUND {
    return canonical_name_.view();
  }
  /// Of an alias with insecure addresses: whether its own CNAME is secure, which was asked for if mx_options::dane is
  /// set (RFC 7672 2.1.3).
  [[nodiscard]] constexpr bool alias_secure() const noexcept { return alias_secure_; }
  /// Whether the addresses of this kind, or their absence, are secure.
  [[nodiscard]] constexpr bool secure(literal_kind kind) const noexcept {
    return kind == literal_kind::ipv4 ? secure_[0] : kind == literal_kind::ipv6 && secure_[1];
  }
  /// Some question about it was answered with servfail or timeout: it may have addresses that are not known.
  [[nodiscard]] constexpr bool lookup_failed() const noexcept { return lookup_failed_; }

 private:
  friend detail::mail_exchanger_list;
  friend mx_lookup_core;

  domain_name name_;
  domain_name canonical_name_;
  std::uint64_t key_ = 0;  // orders equal preferences
  std::uint16_t preference_ = 0;
  std::uint8_t wanted_ = 0;  // questions: bit 0 A, bit 1 AAAA, bit 2 CNAME
  std::uint8_t asked_ = 0;
  std::uint8_t answered_ = 0;
  std::array<std::uint8_t, 2> count_{};  // addresses: IPv4, IPv6
  std::array<bool, 2> secure_{};
  bool is_alias_ = false;
  bool alias_secure_ = false;
  bool alias_failed_ = false;
  bool is_ours_ = false;
  bool lookup_failed_ = false;
};

/// By what our own host may be known in mail (RFC 5321 5.1). The host owns what the spans show, and lends it until the
/// lookup is done(). Names are the better mark: they are recognised even where their addresses cannot be had.
struct own_host {
  std::span<std::string_view const> names{};
  std::span<address_literal const> addresses{};
  /// 127.0.0.0/8, ::1, 0.0.0.0 and :: are ours, too: who connects there meets himself, and anybody can publish them.
  bool loopback = true;

  [[nodiscard]] constexpr bool has(std::string_view name) const noexcept {
    for (std::string_view const one : names)
      if (same_domain(one, name)) return true;
    return false;
  }
  /// An IPv4-mapped address is the IPv4 address in it (RFC 4291 2.5.5.2).
  [[nodiscard]] constexpr bool has(address_literal const& address) const noexcept {
    address_literal const sought = without_mapping(address);
    if (loopback && is_loopback(sought)) return true;
    for (address_literal const& one : addresses)
      if (without_mapping(one) == sought) return true;
    return false;
  }

 private:
  [[nodiscard]] static constexpr bool is_loopback(address_literal const& address) noexcept {
    constexpr address_literal any{literal_kind::ipv4, {}};
    if (address.kind == literal_kind::ipv4) return address.octets[0] == 127 || address == any;
    for (std::size_t i = 0; i != 15; ++i)
      if (address.octets[i] != 0) return false;
    return address.kind == literal_kind::ipv6 && address.octets[15] <= 1;
  }
};

/// What was wrong with the answers, and what of them the lookup does not hold: counts of records. None stops a lookup.
struct mx_remarks {
  std::uint32_t root_targets = 0;        ///< "." beside other records, or with a preference that is not 0 (RFC 7505 3)
  std::uint32_t address_targets = 0;     ///< `192.0.2.1.` in place of a name (RFC 5321 5.1)
  std::uint32_t malformed_targets = 0;   ///< nothing that can be the name of a host
  std::uint32_t alias_targets = 0;       ///< names that are aliases (RFC 2181 10.3), and followed
  std::uint32_t mapped_addresses = 0;    ///< ::ffff:0:0/96 in AAAA: no address that can be reached (RFC 6890 2.2.3)
  std::uint32_t hosts_left_out = 0;      ///< those of the highest preferences, over the number that the lookup holds
  std::uint32_t addresses_left_out = 0;  ///< the last of one host and kind, over the number that the lookup holds

  [[nodiscard]] friend constexpr bool operator==(mx_remarks const&, mx_remarks const&) noexcept = default;
};

}  // namespace ehlo::inline v0::route
