// SPDX-License-Identifier: BSL-1.0
// The hosts of a domain in their order, and the addresses of each: what a lookup fills and a delivery reads. Nothing in
// it depends on the order in which records or answers came.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "../dns/answer.hpp"
#include "../dns/name.hpp"
#include "../grammar/address_literal.hpp"
#include "../grammar/literal_writer.hpp"
#include "mail_exchanger.hpp"

namespace ehlo::inline v0::route {

/// In what order the addresses of one host are tried (RFC 5321 5.2); those of one kind stay in the resolver's.
enum class address_order : std::uint8_t {
  interleaved,  ///< IPv6, IPv4, IPv6, ...: where one of them does not work, that costs one attempt (RFC 8305 4)
  ipv6_first,
  ipv4_first,
  ipv6_only,  ///< A is not even asked for
  ipv4_only,  ///< nor AAAA
};

namespace detail {

class mail_exchanger_list {
 public:
  /// The addresses are shared out evenly: to each host its part, one half of it for each kind.
  constexpr mail_exchanger_list(std::span<mail_exchanger> hosts, std::span<address_literal> addresses) noexcept
      : hosts_{hosts}, addresses_{addresses}, room_{hosts.empty() ? 0 : addresses.size() / hosts.size() / 2} {
    if (room_ > 255) room_ = 255;
  }

  [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
  [[nodiscard]] constexpr mail_exchanger& operator[](std::size_t i) const noexcept { return hosts_[i]; }
  [[nodiscard]] constexpr std::span<mail_exchanger const> hosts() const noexcept { return hosts_.first(size_); }
  [[nodiscard]] constexpr mx_remarks const& remarks() const noexcept { return remarks_; }
  [[nodiscard]] constexpr bool own_host_found() const noexcept { return cutoff_ != no_cutoff; }

  /// The hosts of the lowest preferences. Our own and all that are not better than it are not among them (RFC 5321
  /// 5.1).
  constexpr void take(std::span<mx_record const> records, own_host const& own, std::uint64_t random) noexcept {
    for (mx_record const& one : records) {
      if (!is_usable(one.exchange, remarks_)) continue;
      std::string_view const name = without_root(one.exchange);
      if (own.has(name)) cut_off(one.preference);
      if (one.preference < cutoff_) keep(name, one.preference, key_of(name, random));
    }
    drop_cut_off();
    for (mx_record const& one : records) {
      bool const wanted = one.preference < cutoff_ && is_host_name(one.exchange);
      if (wanted && find(without_root(one.exchange)) == size_) ++remarks_.hosts_left_out;
    }
  }

  /// The one address of a literal (RFC 5321 4.1.3).
  constexpr void take(address_literal const& address, own_host const& own) noexcept {
    if (room_ == 0) return;
    std::size_t const kind = address.kind == literal_kind::ipv6 ? 1 : 0;
    hosts_[0] = {};
    hosts_[0].is_ours_ = own.has(address);
    hosts_[0].count_[kind] = 1;
    slots(0, kind)[0] = address;
    size_ = 1;
  }

  /// The addresses of one kind (0: IPv4, 1: IPv6) of a host.
  constexpr void take(std::size_t host, std::size_t kind, std::span<address_literal const> addresses,
                      own_host const& own) noexcept {
    std::uint8_t& count = hosts_[host].count_[kind];
    for (address_literal const& one : addresses) {
      if (own.has(one)) hosts_[host].is_ours_ = true;
      if (ehlo::detail::is_ipv4_mapped(one.octets) && kind == 1)
        ++remarks_.mapped_addresses;
      else if (has(host, kind, one))
        continue;
      else if (count == room_)
        ++remarks_.addresses_left_out;
      else
        slots(host, kind)[count++] = one;
    }
  }

  /// When all addresses are there: our own host is known by them, too, and by the names behind aliases.
  constexpr void finish() noexcept {
    for (std::size_t i = 0; i != size_; ++i) {
      mail_exchanger& host = hosts_[i];
      remarks_.alias_targets += host.is_alias_ ? 1 : 0;
      if (host.is_ours_) cut_off(host.preference_);
      if (host.alias_failed_) host.count_ = {};
    }
    std::size_t const before = size_;
    drop_cut_off();
    if (size_ != before) remarks_.hosts_left_out = 0;  // what did not fit is no better than what goes
  }

  [[nodiscard]] constexpr std::size_t address_count(std::size_t host) const noexcept {
    return std::size_t{hosts_[host].count_[0]} + hosts_[host].count_[1];
  }

  /// The address that comes as number `index` of a host that has more than that.
  [[nodiscard]] constexpr address_literal address(std::size_t host, std::size_t index,
                                                  address_order order) const noexcept {
    std::size_t const first = order == address_order::ipv4_first ? 0 : 1;
    std::size_t const other = 1 - first;
    std::size_t const in_first = hosts_[host].count_[first];
    std::size_t const in_other = hosts_[host].count_[other];
    std::size_t const pairs = in_first < in_other ? in_first : in_other;
    if (order == address_order::interleaved) {
      if (index < 2 * pairs) return slots(host, index % 2 == 0 ? first : other)[index / 2];
      return slots(host, in_first > pairs ? first : other)[index - pairs];
    }
    return index < in_first ? slots(host, first)[index] : slots(host, other)[index - in_first];
  }

 private:
  static constexpr std::uint32_t no_cutoff = 0x10000;

  [[nodiscard]] constexpr address_literal* slots(std::size_t host, std::size_t kind) const noexcept {
    return addresses_.data() + (2 * host + kind) * room_;
  }
  [[nodiscard]] constexpr bool has(std::size_t host, std::size_t kind, address_literal const& address) const noexcept {
    for (std::size_t i = 0; i != hosts_[host].count_[kind]; ++i)
      if (slots(host, kind)[i] == address) return true;
    return false;
  }

  static constexpr bool is_usable(std::string_view exchange, mx_remarks& remarks) noexcept {
    if (is_host_name(exchange)) return true;
    bool const is_address = parse_ip_address(without_root(exchange)).kind != literal_kind::none;
    ++(is_root(exchange) ? remarks.root_targets : is_address ? remarks.address_targets : remarks.malformed_targets);
    return false;
  }

  /// Equal preferences stand in the order of their keys: FNV-1a between two steps of splitmix64, so that the order is
  /// as random as the number is, and the same wherever a name stood among the records.
  [[nodiscard]] static constexpr std::uint64_t key_of(std::string_view name, std::uint64_t random) noexcept {
    std::uint64_t key = mixed(random);
    for (char const c : name) key = (key ^ octet(to_upper(c))) * 0x0000'0100'0000'01B3U;
    return mixed(key);
  }
  [[nodiscard]] static constexpr std::uint64_t mixed(std::uint64_t x) noexcept {
    x += 0x9E37'79B9'7F4A'7C15U;
    x = (x ^ x >> 30U) * 0xBF58'476D'1CE4'E5B9U;
    x = (x ^ x >> 27U) * 0x94D0'49BB'1331'11EBU;
    return x ^ x >> 31U;
  }

  [[nodiscard]] constexpr std::size_t find(std::string_view name) const noexcept {
    std::size_t i = 0;
    while (i != size_ && !equal_ignoring_case(hosts_[i].name(), name)) ++i;
    return i;
  }

  /// A name that is there already keeps its lowest preference; where there is no room, the highest one goes.
  constexpr void keep(std::string_view name, std::uint16_t preference, std::uint64_t key) noexcept {
    std::size_t gap = find(name);
    if (gap == size_) {
      if (size_ != hosts_.size())
        ++size_;
      else if (size_ == 0 || !before(preference, key, hosts_[size_ - 1]))
        return;
      gap = size_ - 1;
    } else if (hosts_[gap].preference_ <= preference) {
      return;
    }
    for (; gap != 0 && before(preference, key, hosts_[gap - 1]); --gap) hosts_[gap] = hosts_[gap - 1];
    hosts_[gap] = {};
    hosts_[gap].name_ = domain_name{name};
    hosts_[gap].preference_ = preference;
    hosts_[gap].key_ = key;
  }
  [[nodiscard]] static constexpr bool before(std::uint16_t preference, std::uint64_t key,
                                             mail_exchanger const& other) noexcept {
    return preference != other.preference_ ? preference < other.preference_ : key < other.key_;
  }

  constexpr void cut_off(std::uint16_t preference) noexcept {
    if (preference < cutoff_) cutoff_ = preference;
  }
  constexpr void drop_cut_off() noexcept {
    while (size_ != 0 && hosts_[size_ - 1].preference_ >= cutoff_) --size_;
  }

  std::span<mail_exchanger> hosts_;
  std::span<address_literal> addresses_;
  std::size_t room_;  // addresses of one kind of one host
  std::size_t size_ = 0;
  std::uint32_t cutoff_ = no_cutoff;  // the preference of our own host
  mx_remarks remarks_;
};

}  // namespace detail

}  // namespace ehlo::inline v0::route
