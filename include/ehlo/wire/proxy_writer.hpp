// SPDX-License-Identifier: BSL-1.0
// Writes the header of the PROXY protocol (HAProxy, proxy-protocol.txt), version 1 or 2. What was read can be written,
// and what is written can be read; everything else is refused. On false the writer holds no usable text.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/crc32c.hpp"
#include "../base/text_writer.hpp"
#include "../grammar/literal_writer.hpp"
#include "../model/errc.hpp"
#include "proxy_binary.hpp"
#include "proxy_header.hpp"

namespace ehlo::inline v0 {

namespace detail {

constexpr void put_network(text_writer& out, std::uint32_t number, unsigned octets) noexcept {
  for (unsigned i = octets; i != 0; --i) out.put(static_cast<char>(number >> (8 * (i - 1)) & 0xFFU));
}

[[nodiscard]] constexpr bool has_kind(proxy_header const& header, literal_kind kind) noexcept {
  return header.source.address.kind == kind && header.destination.address.kind == kind;
}

/// 2.1; what has no name there is UNKNOWN.
[[nodiscard]] constexpr bool write_proxy_text(text_writer& out, proxy_header const& header) noexcept {
  if (!header.tlvs.empty()) return false;
  bool const inet = header.family == proxy_family::inet;
  bool const has_name = (inet || header.family == proxy_family::inet6) && header.transport == proxy_transport::stream;
  if (header.is_local || !has_name) return out.put("PROXY UNKNOWN\r\n").fits();
  if (!has_kind(header, inet ? literal_kind::ipv4 : literal_kind::ipv6)) return false;
  out.put(inet ? "PROXY TCP4 " : "PROXY TCP6 ");
  if (!write_ip_address(out, header.source.address)) return false;
  out.put(' ');
  if (!write_ip_address(out, header.destination.address)) return false;
  out.put(' ').put_number(header.source.port).put(' ').put_number(header.destination.port);
  return out.put("\r\n").fits();
}

[[nodiscard]] constexpr bool put_proxy_path(text_writer& out, std::string_view path) noexcept {
  if (path.size() > proxy_path_size) return false;
  out.put(path);
  for (std::size_t i = path.size(); i != proxy_path_size; ++i) out.put('\0');
  return out.fits();
}

[[nodiscard]] constexpr bool put_proxy_endpoints(text_writer& out, proxy_header const& header) noexcept {
  if (header.family == proxy_family::unix_socket)
    return put_proxy_path(out, header.source.path) && put_proxy_path(out, header.destination.path);
  bool const inet = header.family == proxy_family::inet;
  if (!has_kind(header, inet ? literal_kind::ipv4 : literal_kind::ipv6)) return false;
  for (proxy_endpoint const* const end : {&header.source, &header.destination})
    for (std::size_t i = 0; i != (inet ? 4U : 16U); ++i) out.put(static_cast<char>(end->address.octets[i]));
  put_network(out, header.source.port, 2);
  put_network(out, header.destination.port, 2);
  return out.fits();
}

}  // namespace detail

/// One TLV. A header's `tlvs` view a text of them; the value of an SSL one is `client`, `verify` in network order, and
/// TLVs.
[[nodiscard]] constexpr bool put_proxy_tlv(text_writer& out, proxy_tlv_type type, std::string_view value) noexcept {
  if (value.size() > 0xFFFF) return false;
  out.put(static_cast<char>(type));
  detail::put_network(out, static_cast<std::uint32_t>(value.size()), 2);
  return out.put(value).fits();
}

/// The header, in the form of its `version`. A checksum among its TLVs is left out; `checksum` adds the right one
/// behind the others. Version 1 has no place for TLVs, and LOCAL takes nothing at all with it.
[[nodiscard]] constexpr bool write_proxy_header(text_writer& out, proxy_header const& header,
                                                bool checksum = false) noexcept {
  if (header.version == 1) return detail::write_proxy_text(out, header);
  if (header.version != 2 || !out.fits()) return false;
  std::size_t const start = out.written().size();
  out.put(proxy_signature);
  if (header.is_local) return out.put({"\x20\0\0\0", 4}).fits();
  if (header.family == proxy_family::unspecified || header.transport == proxy_transport::unspecified) return false;

  std::size_t size = detail::proxy_addresses_size(header.family) + (checksum ? 7 : 0);
  for (proxy_tlv const one : header.tlvs)
    if (one.type != proxy_tlv_type::crc32c) size += 3 + one.value.size();
  if (size > 0xFFFF || !header.tlvs.well_formed()) return false;
  out.put('\x21');
  out.put(static_cast<char>(static_cast<unsigned>(header.family) << 4U | static_cast<unsigned>(header.transport)));
  detail::put_network(out, static_cast<std::uint32_t>(size), 2);
  if (!detail::put_proxy_endpoints(out, header)) return false;
  for (proxy_tlv const one : header.tlvs)
    if (one.type != proxy_tlv_type::crc32c && !put_proxy_tlv(out, one.type, one.value)) return false;
  if (checksum) {
    constexpr std::string_view head{"\x03\0\x04", 3};
    constexpr std::string_view zeros{"\0\0\0\0", 4};
    out.put(head);
    detail::put_network(out, crc32c{}.put(out.written().substr(start)).put(zeros).value(), 4);
  }
  proxy_header read;
  return out.fits() && parse_proxy_binary(out.written().substr(start), read) == errc::ok;
}

}  // namespace ehlo::inline v0
