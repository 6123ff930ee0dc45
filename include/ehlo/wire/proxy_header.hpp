// SPDX-License-Identifier: BSL-1.0
// What a load balancer says about the connection that it forwards: the header of the PROXY protocol, versions 1 and 2
// (HAProxy, proxy-protocol.txt of 2020/03/05), as values. How it is read: proxy_reader.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/config.hpp"
#include "../grammar/address_literal.hpp"

namespace ehlo::inline v0 {

/// 2.2, octet 14, the high half.
enum class proxy_family : std::uint8_t { unspecified, inet, inet6, unix_socket };

/// 2.2, octet 14, the low half.
enum class proxy_transport : std::uint8_t { unspecified, stream, datagram };

/// 2.2, the types of the TLVs, and those of the TLVs within the SSL one. Others are values of this type too.
enum class proxy_tlv_type : std::uint8_t {
  alpn = 0x01,
  authority = 0x02,
  crc32c = 0x03,
  noop = 0x04,
  unique_id = 0x05,
  ssl = 0x20,
  ssl_version = 0x21,
  ssl_cn = 0x22,
  ssl_cipher = 0x23,
  ssl_sig_alg = 0x24,
  ssl_key_alg = 0x25,
  netns = 0x30,
};

struct proxy_tlv {
  proxy_tlv_type type{};
  std::string_view value;  ///< as sent: any octets, and some are the client's own (AUTHORITY, the CN of a certificate)
};

namespace detail {

/// Two octets in network order.
[[nodiscard]] constexpr std::uint16_t load_u16(std::string_view text, std::size_t at) noexcept {
  return static_cast<std::uint16_t>(unsigned{octet(text[at])} << 8U | octet(text[at + 1]));
}

/// Four octets in network order.
[[nodiscard]] constexpr std::uint32_t load_u32(std::string_view text, std::size_t at) noexcept {
  return std::uint32_t{load_u16(text, at)} << 16U | load_u16(text, at + 2);
}

/// The octets of the TLV at the beginning of the text, its head included; 0 if there is no whole one.
[[nodiscard]] constexpr std::size_t proxy_tlv_size(std::string_view text) noexcept {
  if (text.size() < 3) return 0;
  std::size_t const size = std::size_t{3} + load_u16(text, 1);
  return size <= text.size() ? size : 0;
}

}  // namespace detail

/// TLVs in their order, a forward range over octets. One whose length is wrong ends it.
class proxy_tlvs {
 public:
  class iterator {
   public:
    using value_type = proxy_tlv;
    using difference_type = std::ptrdiff_t;

    constexpr iterator() noexcept = default;
    constexpr explicit iterator(std::string_view rest) noexcept : rest_{rest} { look(); }
    [[nodiscard]] constexpr proxy_tlv operator*() const noexcept {
      return {static_cast<proxy_tlv_type>(rest_[0]), rest_.substr(3, size_ - 3)};
    }
    constexpr iterator& operator++() noexcept {
      rest_.remove_prefix(size_);
      look();
      return *this;
    }
    constexpr iterator operator++(int) noexcept {
      iterator const before = *this;
      ++*this;
      return before;
    }
    [[nodiscard]] friend constexpr bool operator==(iterator const& a, iterator const& b) noexcept {
      return a.rest_.size() == b.rest_.size();
    }

   private:
    constexpr void look() noexcept {
      size_ = detail::proxy_tlv_size(rest_);
      if (size_ == 0) rest_ = {};
    }

    std::string_view rest_;
    std::size_t size_ = 0;
  };

  constexpr proxy_tlvs() noexcept = default;
  constexpr explicit proxy_tlvs(std::string_view octets) noexcept : octets_{octets} {}

  [[nodiscard]] constexpr iterator begin() const noexcept { return iterator{octets_}; }
  [[nodiscard]] constexpr iterator end() const noexcept { return {}; }
  [[nodiscard]] constexpr bool empty() const noexcept { return octets_.empty(); }
  [[nodiscard]] constexpr std::string_view octets() const noexcept { return octets_; }

  /// Whether the lengths add up exactly. So it is in every header that was read.
  [[nodiscard]] constexpr bool well_formed() const noexcept {
    std::size_t size = 0;
    for (proxy_tlv const one : *this) size += 3 + one.value.size();
    return size == octets_.size();
  }

  /// Whether there is one of this type.
  [[nodiscard]] constexpr bool has(proxy_tlv_type type) const noexcept { return find(type).value.data() != nullptr; }

  /// The first of this type; a value without data if there is none. An empty value has data.
  [[nodiscard]] constexpr proxy_tlv find(proxy_tlv_type type) const noexcept {
    for (proxy_tlv const one : *this)
      if (one.type == type) return one;
    return {type, {}};
  }
  /// The value of the first of this type; empty also if there is none.
  [[nodiscard]] constexpr std::string_view operator[](proxy_tlv_type type) const noexcept { return find(type).value; }

 private:
  std::string_view octets_;
};

/// 2.2.6: the TLS of the client's connection to the load balancer.
struct proxy_ssl {
  std::uint8_t client = 0;
  std::uint32_t verify = 0;  ///< alone it says nothing: HAProxy sends 0 also without TLS, and without a certificate
  proxy_tlvs parts;          ///< the second level, types that have no name here too

  [[nodiscard]] constexpr bool over_tls() const noexcept { return (client & 0x01U) != 0; }
  /// The client gave a certificate in this connection, or at least once in its TLS session.
  [[nodiscard]] constexpr bool has_certificate() const noexcept { return over_tls() && (client & 0x06U) != 0; }
  [[nodiscard]] constexpr bool certificate_on_connection() const noexcept { return (client & 0x02U) != 0; }
  [[nodiscard]] constexpr bool certificate_in_session() const noexcept { return (client & 0x04U) != 0; }
  /// There is a certificate, and it was verified.
  [[nodiscard]] constexpr bool verified() const noexcept { return has_certificate() && verify == 0; }

  [[nodiscard]] constexpr std::string_view version() const noexcept { return parts[proxy_tlv_type::ssl_version]; }
  /// The common name of the client's certificate. It proves something only if verified().
  [[nodiscard]] constexpr std::string_view cn() const noexcept { return parts[proxy_tlv_type::ssl_cn]; }
  [[nodiscard]] constexpr std::string_view cipher() const noexcept { return parts[proxy_tlv_type::ssl_cipher]; }
  /// Of the load balancer's certificate, as is key_alg().
  [[nodiscard]] constexpr std::string_view sig_alg() const noexcept { return parts[proxy_tlv_type::ssl_sig_alg]; }
  [[nodiscard]] constexpr std::string_view key_alg() const noexcept { return parts[proxy_tlv_type::ssl_key_alg]; }
};

/// The value of an SSL TLV; false if it is none.
[[nodiscard]] constexpr bool parse_proxy_ssl(std::string_view value, proxy_ssl& out) noexcept {
  out = {};
  if (value.size() < 5) return false;
  proxy_tlvs const parts{value.substr(5)};
  if (!parts.well_formed()) return false;
  out = {octet(value[0]), detail::load_u32(value, 1), parts};
  return true;
}

/// One end of the connection.
struct proxy_endpoint {
  address_literal address;  ///< inet and inet6; an IPv4 client of a dual-stack listener comes as ::ffff:192.0.2.1
  std::uint16_t port = 0;   ///< inet and inet6
  std::string_view path;    ///< unix_socket, at most 108 octets; empty if unnamed, NUL first if abstract
};

/// A header. Numbers in it live for ever; its texts (paths, TLVs) view the octets that it was read from.
struct proxy_header {
  std::uint8_t version = 0;
  /// Nothing is forwarded (LOCAL: a health check), or it cannot be said for whom (UNKNOWN, UNSPEC): the addresses of
  /// the connection itself hold, and all below is empty. They are those of the load balancer, which deserves no more
  /// trust for it than any client.
  bool is_local = false;
  proxy_family family = proxy_family::unspecified;
  proxy_transport transport = proxy_transport::unspecified;
  proxy_endpoint source;
  proxy_endpoint destination;
  proxy_tlvs tlvs;

  /// What the header says about TLS; all zero if it says nothing.
  [[nodiscard]] constexpr proxy_ssl ssl() const noexcept {
    proxy_ssl out;
    return parse_proxy_ssl(tlvs[proxy_tlv_type::ssl], out) ? out : proxy_ssl{};
  }
};

}  // namespace ehlo::inline v0
