// SPDX-License-Identifier: BSL-1.0
// What a load balancer says of the client that it stands for, in the PROXY header that comes first on a connection.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "ehlo/base/text_writer.hpp"
#include "ehlo/grammar/literal_writer.hpp"
#include "ehlo/wire/proxy_reader.hpp"

namespace serve {

/// Reads the header from the octets of a connection, in whatever pieces they come.
struct balancer {
  ehlo::proxy_reader reader;
  std::array<char, ehlo::proxy_header_limit> storage;

  ehlo::proxy_reader::result read(std::string_view& octets) { return reader.read(octets, storage); }
};

/// The client's address; empty if the balancer speaks for itself (a health check) or cannot say. An IPv4 client of a
/// listener for both comes as ::ffff:192.0.2.1, and is 192.0.2.1 for every rule.
inline std::string client_of(ehlo::proxy_header const& header) {
  ehlo::address_literal address = header.source.address;
  if (address.kind == ehlo::literal_kind::ipv6 && ehlo::detail::is_ipv4_mapped(address.octets)) {
    std::copy(address.octets.begin() + 12, address.octets.end(), address.octets.begin());
    address.kind = ehlo::literal_kind::ipv4;
  }
  char text[46];
  ehlo::text_writer out{text};
  return !header.is_local && write_ip_address(out, address) ? std::string{out.written()} : std::string{};
}

}  // namespace serve
