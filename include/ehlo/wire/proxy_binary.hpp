// SPDX-License-Identifier: BSL-1.0
// Version 2 of the PROXY protocol (HAProxy, proxy-protocol.txt 2.2): sixteen octets that say how many follow, addresses
// and TLVs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/config.hpp"
#include "../base/crc32c.hpp"
#include "../grammar/address_literal.hpp"
#include "../model/errc.hpp"
#include "proxy_header.hpp"

namespace ehlo::inline v0 {

inline constexpr std::string_view proxy_signature{"\r\n\r\n\0\r\nQUIT\n", 12};

namespace detail {

inline constexpr std::size_t proxy_head_size = 16;
inline constexpr std::size_t proxy_path_size = 108;

/// The octets of the addresses and ports of a family.
[[nodiscard]] constexpr std::size_t proxy_addresses_size(proxy_family family) noexcept {
  switch (family) {
    case proxy_family::inet: return 2 * 4 + 2 * 2;
    case proxy_family::inet6: return 2 * 16 + 2 * 2;
    case proxy_family::unix_socket: return 2 * proxy_path_size;
    default: return 0;
  }
}

}  // namespace detail

/// The first sixteen octets, octet by octet.
class proxy_head {
 public:
  /// Takes one octet. `ok`, or why no header of at most `limit` octets goes on so.
  [[nodiscard]] constexpr errc take(char c, std::size_t limit) noexcept {
    if (!fits(octet(c))) return errc::peer_proxy_header;
    ++count_;
    std::size_t const known = count_ < detail::proxy_head_size - 1 ? count_ : size();
    return known <= limit ? errc::ok : errc::peer_proxy_too_long;
  }

  [[nodiscard]] constexpr bool done() const noexcept { return count_ == detail::proxy_head_size; }
  /// The octets of the whole header, once the head is done.
  [[nodiscard]] constexpr std::size_t size() const noexcept { return detail::proxy_head_size + length_; }

  /// LOCAL, or an address or a protocol that is not specified: the rest of the header is skipped. Where its addresses
  /// end and TLVs begin cannot be known, as a LOCAL header's family has no meaning and UNSPEC has no length.
  [[nodiscard]] constexpr bool is_local() const noexcept {
    return local_ || family_ == proxy_family::unspecified || transport_ == proxy_transport::unspecified;
  }
  [[nodiscard]] constexpr proxy_family family() const noexcept { return family_; }
  [[nodiscard]] constexpr proxy_transport transport() const noexcept { return transport_; }

 private:
  constexpr bool fits(std::uint8_t c) noexcept {
    switch (count_) {
      case 12:  // "The receiver must only accept" version 2, and drop other commands than LOCAL and PROXY
        local_ = c == 0x20;
        return c == 0x20 || c == 0x21;
      case 13:  // Other values "must be rejected"; of a LOCAL header the family is ignored
        if (local_) return true;
        family_ = static_cast<proxy_family>(c >> 4U);
        transport_ = static_cast<proxy_transport>(c & 0x0FU);
        return family_ <= proxy_family::unix_socket && transport_ <= proxy_transport::datagram;
      case 14: length_ = static_cast<std::uint16_t>(c << 8U); return true;
      case 15:
        length_ = static_cast<std::uint16_t>(length_ | c);
        return is_local() || length_ >= detail::proxy_addresses_size(family_);
      default: return count_ < proxy_signature.size() && c == octet(proxy_signature[count_]);
    }
  }

  std::uint16_t length_ = 0;
  std::uint8_t count_ = 0;
  proxy_family family_ = proxy_family::unspecified;
  proxy_transport transport_ = proxy_transport::unspecified;
  bool local_ = false;
};

namespace detail {

/// 2.2.3: the checksum of the whole header, with zeros in place of the checksum.
[[nodiscard]] constexpr bool is_proxy_crc32c(std::string_view header, std::string_view value) noexcept {
  auto const at = static_cast<std::size_t>(value.data() - header.data());
  constexpr std::string_view zeros{"\0\0\0\0", 4};
  crc32c sum;
  sum.put(header.substr(0, at)).put(zeros).put(header.substr(at + zeros.size()));
  return sum.value() == load_u32(value, 0);
}

/// What the document demands of each type. The order is free; a second checksum could not be told from the first.
[[nodiscard]] constexpr bool are_proxy_tlvs(std::string_view header, proxy_tlvs tlvs) noexcept {
  if (!tlvs.well_formed()) return false;
  bool summed = false;
  for (proxy_tlv const one : tlvs) {
    proxy_ssl ssl;
    switch (one.type) {
      case proxy_tlv_type::crc32c:
        if (summed || one.value.size() != 4 || !is_proxy_crc32c(header, one.value)) return false;
        summed = true;
        break;
      case proxy_tlv_type::unique_id:
        if (one.value.size() > 128) return false;
        break;
      case proxy_tlv_type::ssl:
        if (!parse_proxy_ssl(one.value, ssl)) return false;
        break;
      default: break;  // texts are the sender's affair, what has no name here "may be skipped"
    }
  }
  return true;
}

[[nodiscard]] constexpr address_literal load_proxy_address(std::string_view from, literal_kind kind) noexcept {
  address_literal address;
  address.kind = kind;
  for (std::size_t i = 0; i != from.size(); ++i) address.octets[i] = octet(from[i]);
  return address;
}

/// A sun_path: up to its NUL, or, where it begins with one (an abstract name), without the NULs that fill it up.
[[nodiscard]] constexpr std::string_view load_proxy_path(std::string_view from) noexcept {
  if (from[0] != '\0') return from.substr(0, from.find('\0'));
  while (from.ends_with('\0')) from.remove_suffix(1);
  return from;
}

constexpr void load_proxy_endpoints(std::string_view from, proxy_header& out) noexcept {
  if (out.family == proxy_family::unix_socket) {
    out.source.path = load_proxy_path(from.substr(0, proxy_path_size));
    out.destination.path = load_proxy_path(from.substr(proxy_path_size, proxy_path_size));
    return;
  }
  bool const is_v4 = out.family == proxy_family::inet;
  std::size_t const size = is_v4 ? 4 : 16;
  literal_kind const kind = is_v4 ? literal_kind::ipv4 : literal_kind::ipv6;
  out.source = {load_proxy_address(from.substr(0, size), kind), load_u16(from, 2 * size), {}};
  out.destination = {load_proxy_address(from.substr(size, size), kind), load_u16(from, 2 * size + 2), {}};
}

}  // namespace detail

/// The header that is the whole text; `peer_proxy_header` if it is none. Its texts view `text`.
[[nodiscard]] constexpr errc parse_proxy_binary(std::string_view text EHLO_LIFETIMEBOUND, proxy_header& out) noexcept {
  out = {};
  proxy_head head;
  for (char const c : text.substr(0, detail::proxy_head_size))
    if (errc const e = head.take(c, text.size()); e != errc::ok) return errc::peer_proxy_header;
  if (!head.done() || head.size() != text.size()) return errc::peer_proxy_header;
  std::string_view const rest = text.substr(detail::proxy_head_size);
  std::size_t const addresses = detail::proxy_addresses_size(head.family());
  if (!head.is_local() && !detail::are_proxy_tlvs(text, proxy_tlvs{rest.substr(addresses)}))
    return errc::peer_proxy_header;
  out.version = 2;
  out.is_local = head.is_local();
  if (out.is_local) return errc::ok;
  out.family = head.family();
  out.transport = head.transport();
  out.tlvs = proxy_tlvs{rest.substr(addresses)};
  detail::load_proxy_endpoints(rest, out);
  return errc::ok;
}

}  // namespace ehlo::inline v0
