// SPDX-License-Identifier: BSL-1.0
// From a domain to the hosts and addresses that take its mail (RFC 5321 5.1, 5.2, RFC 7505): names the questions for
// the DNS, takes the answers in any order, and yields the list to try. The same answers and the same random number give
// the same list, however they come. What to do with the list: delivery_attempts.hpp.
//
//   mx_lookup lookup{"example.org", {.random = number, .own = {.names = names, .addresses = addresses}}};
//   while (!lookup.done()) {
//     while (dns_question const q = lookup.ask()) resolver.query(q);  // keeps q beside the query
//     wait for one of them;
//     lookup.answer(q, {.status = dns_status::records, .ttl = 3600, .exchanges = records});
//   }
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "../base/config.hpp"
#include "../dns/answer.hpp"
#include "../dns/name.hpp"
#include "../grammar/address_literal.hpp"
#include "../model/errc.hpp"
#include "mail_exchanger.hpp"
#include "mail_exchanger_list.hpp"
#include "mx_outcome.hpp"

namespace ehlo::inline v0::route {

struct mx_options {
  /// Orders the hosts of equal preference. Another one for each delivery, so that the load spreads (RFC 5321 5.1).
  std::uint64_t random = 0;
  own_host own{};
  address_order order = address_order::interleaved;
  /// Ask for the CNAME too where only that tells whether DANE applies (RFC 7672 2.1.3). A host for which this fails is
  /// not used (RFC 7672 2.1.2).
  bool dane = false;
};

/// A lookup in storage that is given to it.
class mx_lookup_core {
 public:
  mx_lookup_core(mx_lookup_core const&) = delete;
  mx_lookup_core& operator=(mx_lookup_core const&) = delete;

  /// The next question that can be asked now: MX first, then A and AAAA of each host. Each comes once. None (false): an
  /// answer has to come first, or the lookup is done. Its name lives as long as the lookup.
  [[nodiscard("each question comes once")]] constexpr dns_question ask() noexcept EHLO_LIFETIMEBOUND {
    if (done()) return {};
    if (!std::exchange(mx_asked_, true)) return mx_question();
    for (std::size_t i = 0; i != list_.size(); ++i)
      for (unsigned bit = 0; bit != types.size(); ++bit) {
        if (((list_[i].wanted_ & ~unsigned{list_[i].asked_}) >> bit & 1U) == 0) continue;
        list_[i].asked_ |= static_cast<std::uint8_t>(1U << bit);
        return question(i, bit);
      }
    return {};
  }

  /// The answer to a question that was asked. Then there may be more to ask(), or the lookup is done().
  /// Returns local_order: it was answered before, or never asked, or the lookup is done; local_argument: no question of
  /// this lookup, or an address of the wrong kind. Then nothing has changed.
  constexpr errc answer(dns_question const& asked, dns_answer const& given) noexcept {
    if (done()) return errc::local_order;
    if (asked.number == 0) {
      if (asked.type != dns_type::mx) return errc::local_argument;
      if (!mx_asked_ || mx_answered_) return errc::local_order;
      note_ttl(given);
      take_exchanges(given);
    } else {
      std::size_t const host = (asked.number - std::size_t{1}) / types.size();
      auto const bit = static_cast<unsigned>((asked.number - std::size_t{1}) % types.size());
      if (host >= list_.size() || asked.type != types[bit] || !has_kind(given, bit)) return errc::local_argument;
      unsigned const open = list_[host].asked_ & ~unsigned{list_[host].answered_};
      if ((open >> bit & 1U) == 0) return errc::local_order;
      list_[host].answered_ |= static_cast<std::uint8_t>(1U << bit);
      note_ttl(given);
      bit == 2 ? take_alias(list_[host], given) : take_addresses(host, bit, given);
    }
    if (!done() && !next_open()) settle();
    return errc::ok;
  }

  /// The host waits no longer: each answer that has not come counts as timeout, and the lookup is done().
  constexpr void end_waiting() noexcept {
    while (!done()) {
      dns_question const open = next_open();
      mx_asked_ = true;
      if (open.number != 0) {
        mail_exchanger& host = list_[(open.number - std::size_t{1}) / types.size()];
        host.asked_ = host.wanted_;
      }
      answer(open, {.status = dns_status::timeout});
    }
  }

  /// Whether the outcome is known. What follows is about a lookup that is done.
  [[nodiscard]] constexpr bool done() const noexcept { return outcome_ != mx_outcome::open; }
  [[nodiscard]] constexpr mx_outcome outcome() const noexcept { return outcome_; }

  /// The hosts in the order in which they are tried; those without an address, too.
  [[nodiscard]] constexpr std::span<mail_exchanger const> hosts() const noexcept EHLO_LIFETIMEBOUND {
    return list_.hosts();
  }
  /// How many addresses of this host there are to try; 0 also where there is no such host.
  [[nodiscard]] constexpr std::size_t address_count(std::size_t host) const noexcept {
    return host < list_.size() ? list_.address_count(host) : 0;
  }
  /// The address to try as number `index` of this host; kind none if there is none. Each host has it once; another host
  /// may have it, too.
  [[nodiscard]] constexpr address_literal address(std::size_t host, std::size_t index) const noexcept {
    return index < address_count(host) ? list_.address(host, index, options_.order) : address_literal{};
  }

  /// The domain, without the full stop of the root; empty for an address literal.
  [[nodiscard]] constexpr std::string_view domain() const noexcept EHLO_LIFETIMEBOUND { return domain_.view(); }
  /// Where the domain is an alias: the name at the end of the chain, whose MX records these are (RFC 5321 5.1).
  [[nodiscard]] constexpr std::string_view canonical_domain() const noexcept EHLO_LIFETIMEBOUND {
    return canonical_domain_.view();
  }
  /// The MX records, or that there is none, are secure (RFC 7672 2.2.1). False for an address literal.
  [[nodiscard]] constexpr bool secure() const noexcept { return secure_; }
  /// There is no MX record: the domain stands for itself (RFC 5321 5.1).
  [[nodiscard]] constexpr bool implicit() const noexcept { return implicit_; }
  /// Our own host is among those of the domain; it, and all that are not better, are left out of the list.
  [[nodiscard]] constexpr bool own_host_found() const noexcept { return list_.own_host_found(); }
  [[nodiscard]] constexpr mx_remarks const& remarks() const noexcept EHLO_LIFETIMEBOUND { return list_.remarks(); }
  /// For how many seconds a cache may keep the outcome: the smallest TTL of all answers, 0 if one of them failed;
  /// longest_ttl if no answer was needed.
  [[nodiscard]] constexpr std::uint32_t ttl() const noexcept { return ttl_; }
  /// There may be more hosts or addresses than are known: the end of the list is no proof that nobody takes the mail.
  [[nodiscard]] constexpr bool incomplete() const noexcept {
    if (remarks().hosts_left_out != 0) return true;
    for (mail_exchanger const& host : hosts())
      if (host.lookup_failed()) return true;
    return false;
  }

 protected:
  constexpr mx_lookup_core(std::string_view domain, mx_options const& options, std::span<mail_exchanger> hosts,
                           std::span<address_literal> addresses) noexcept
      : options_{options}, list_{hosts, addresses} {
    if (is_host_name(domain))
      domain_ = domain_name{domain};
    else
      take_literal(parse_address_literal(domain));
  }
  ~mx_lookup_core() = default;

 private:
  static constexpr std::array<dns_type, 3> types{dns_type::a, dns_type::aaaa, dns_type::cname};

  [[nodiscard]] constexpr dns_question mx_question() const noexcept { return {dns_type::mx, domain_.view(), 0}; }
  [[nodiscard]] constexpr dns_question question(std::size_t host, unsigned bit) const noexcept {
    return {types[bit], list_[host].name(), static_cast<std::uint16_t>(1 + types.size() * host + bit)};
  }
  /// The first question without an answer.
  [[nodiscard]] constexpr dns_question next_open() const noexcept {
    if (!mx_answered_) return mx_question();
    for (std::size_t i = 0; i != list_.size(); ++i)
      for (unsigned bit = 0; bit != types.size(); ++bit)
        if (((list_[i].wanted_ & ~unsigned{list_[i].answered_}) >> bit & 1U) != 0) return question(i, bit);
    return {};
  }
  [[nodiscard]] static constexpr bool has_kind(dns_answer const& given, unsigned bit) noexcept {
    for (address_literal const& one : given.addresses)
      if (bit != 2 && one.kind != (bit == 0 ? literal_kind::ipv4 : literal_kind::ipv6)) return false;
    return true;
  }
  [[nodiscard]] static constexpr bool is_alias(dns_answer const& given, std::string_view name) noexcept {
    return !given.canonical_name.empty() && !same_domain(given.canonical_name, name);
  }
  /// A number with its highest bit set counts as 0 (RFC 2181 8).
  constexpr void note_ttl(dns_answer const& given) noexcept {
    std::uint32_t const ttl = is_failure(given.status) || given.ttl > longest_ttl ? 0 : given.ttl;
    if (ttl < ttl_) ttl_ = ttl;
  }

  constexpr void take_literal(address_literal const& address) noexcept {
    outcome_ = mx_outcome::bad_domain;
    if (address.kind != literal_kind::ipv4 && address.kind != literal_kind::ipv6) return;
    list_.take(address, options_.own);
    settle();
  }

  constexpr void take_exchanges(dns_answer const& given) noexcept {
    mx_answered_ = true;
    secure_ = given.secure;
    if (is_alias(given, domain_.view())) canonical_domain_ = domain_name{given.canonical_name};
    if (is_failure(given.status)) {
      outcome_ = mx_outcome::lookup_failed;
    } else if (given.status == dns_status::nxdomain) {
      outcome_ = mx_outcome::no_such_domain;
    } else if (given.status == dns_status::nodata || given.exchanges.empty()) {
      implicit_ = true;
      mx_record const itself{0, domain_.view()};
      list_.take({&itself, 1}, options_.own, options_.random);
    } else if (is_null_mx(given.exchanges)) {
      outcome_ = mx_outcome::null_mx;
    } else {
      list_.take(given.exchanges, options_.own, options_.random);
    }
    unsigned const wanted = options_.order == address_order::ipv6_only   ? 2
                            : options_.order == address_order::ipv4_only ? 1
                                                                         : 3;
    for (std::size_t i = 0; i != list_.size(); ++i) list_[i].wanted_ = static_cast<std::uint8_t>(wanted);
  }
  [[nodiscard]] static constexpr bool is_null_mx(std::span<mx_record const> records) noexcept {
    return records.size() == 1 && records[0].preference == 0 && is_root(records[0].exchange);
  }

  constexpr void take_addresses(std::size_t index, unsigned kind, dns_answer const& given) noexcept {
    mail_exchanger& host = list_[index];
    host.secure_[kind] = given.secure;
    if (is_failure(given.status)) host.lookup_failed_ = true;
    bool const by_alias = is_alias(given, host.name());
    // Where the two answers differ that of A counts, whichever comes first.
    if (by_alias && (kind == 0 || !host.is_alias())) host.canonical_name_ = domain_name{given.canonical_name};
    if (by_alias) host.is_alias_ = true;
    if (by_alias && options_.own.has(given.canonical_name)) host.is_ours_ = true;
    if (given.status != dns_status::records) return;
    list_.take(index, kind, given.addresses, options_.own);
    if (by_alias && !given.secure && options_.dane) host.wanted_ |= 4U;
  }
  constexpr void take_alias(mail_exchanger& host, dns_answer const& given) const noexcept {
    host.alias_secure_ = given.status == dns_status::records && given.secure;
    host.alias_failed_ = is_failure(given.status);
    if (host.alias_failed_) host.lookup_failed_ = true;
  }

  constexpr void settle() noexcept {
    list_.finish();
    std::size_t addresses = 0;
    for (std::size_t i = 0; i != list_.size(); ++i) addresses += list_.address_count(i);
    bool const unknown = incomplete();
    outcome_ = addresses != 0                             ? mx_outcome::found
               : unknown && remarks().hosts_left_out == 0 ? mx_outcome::lookup_failed
               : unknown                                  ? mx_outcome::left_out
               : list_.size() == 0 && own_host_found()    ? mx_outcome::own_host
                                                          : mx_outcome::no_address;
  }

  mx_options options_;
  detail::mail_exchanger_list list_;
  domain_name domain_;
  domain_name canonical_domain_;
  std::uint32_t ttl_ = longest_ttl;
  mx_outcome outcome_ = mx_outcome::open;
  bool mx_asked_ = false;
  bool mx_answered_ = false;
  bool secure_ = false;
  bool implicit_ = false;
};

namespace detail {
template <std::size_t Hosts, std::size_t Addresses>
struct mx_storage {
  std::array<mail_exchanger, Hosts> host_room{};
  std::array<address_literal, 2 * Hosts * Addresses> address_room{};
};
}  // namespace detail

/// A lookup with its storage, about 800 octets for each host: it holds the `Hosts` hosts of the lowest preferences, and
/// of each the first `Addresses` of IPv4 and of IPv6. remarks() tells what there was beyond.
template <std::size_t Hosts = 16, std::size_t Addresses = 8>
class basic_mx_lookup : private detail::mx_storage<Hosts, Addresses>, public mx_lookup_core {
  static_assert(Hosts >= 1 && Hosts <= 1000 && Addresses >= 1 && Addresses <= 255);

 public:
  /// The domain, or address literal with its brackets, of a recipient; read before this returns. It is asked for as it
  /// is: fully qualified, with A-labels for what is not ASCII (RFC 6531 3.2). What cannot be asked for, or needs no
  /// DNS, is done() at once. What the options view is lent until then.
  constexpr basic_mx_lookup(std::string_view domain, mx_options const& options) noexcept
      : mx_lookup_core{domain, options, this->host_room, this->address_room} {}
};

using mx_lookup = basic_mx_lookup<>;

}  // namespace ehlo::inline v0::route
