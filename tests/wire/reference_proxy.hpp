// SPDX-License-Identifier: BSL-1.0
// PROXY headers for people: hexadecimal octets, and what a header says as one line. For the tests and the fuzzer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

#include "ehlo/base/ascii.hpp"
#include "ehlo/base/text_writer.hpp"
#include "ehlo/grammar/literal_writer.hpp"
#include "ehlo/wire/proxy_header.hpp"

namespace reference {

/// Octets from hexadecimal digits; spaces between them mean nothing.
inline std::string octets(std::string_view hex) {
  std::string all;
  int high = -1;
  for (char const c : hex) {
    int const digit = ehlo::hex_value(c);
    if (digit < 0) continue;
    if (high >= 0) all += static_cast<char>(high * 16 + digit);
    high = high >= 0 ? -1 : digit;
  }
  return all;
}

inline std::string printable(std::string_view text) {
  std::string all;
  for (char const c : text) {
    std::array<char, 5> escape{};
    std::snprintf(escape.data(), escape.size(), "\\x%02X", unsigned{ehlo::octet(c)});
    bool const plain = c > ' ' && c < '\x7F' && c != '\\';
    all += plain ? std::string(1, c) : std::string(escape.data());
  }
  return all;
}

inline std::string say(ehlo::proxy_endpoint const& end, ehlo::proxy_family family) {
  if (family == ehlo::proxy_family::unix_socket) return "<" + printable(end.path) + ">";
  std::array<char, 64> room{};
  ehlo::text_writer out{room};
  if (!ehlo::write_ip_address(out, end.address)) out.put("none");
  return std::string(out.written()) + " " + std::to_string(end.port);
}

inline std::string say(ehlo::proxy_tlvs tlvs) {
  std::string said;
  for (ehlo::proxy_tlv const one : tlvs) {
    std::array<char, 8> type{};
    std::snprintf(type.data(), type.size(), " %02X", static_cast<unsigned>(one.type));
    ehlo::proxy_ssl ssl;
    said += type.data();
    if (one.type == ehlo::proxy_tlv_type::ssl && ehlo::parse_proxy_ssl(one.value, ssl))
      said += "(" + std::to_string(ssl.client) + " " + std::to_string(ssl.verify) + say(ssl.parts) + ")";
    else
      said += "=" + printable(one.value);
  }
  return said;
}

/// `2 local`, or `2 inet stream 192.0.2.1 40001 > 198.51.100.2 25 01=smtp`.
inline std::string say(ehlo::proxy_header const& header) {
  constexpr std::array<char const*, 4> families{"unspecified", "inet", "inet6", "unix"};
  constexpr std::array<char const*, 3> transports{"unspecified", "stream", "datagram"};
  std::string said = std::to_string(header.version);
  if (header.is_local) said += " local";
  if (header.is_local && header.family == ehlo::proxy_family::unspecified && header.tlvs.empty() &&
      header.transport == ehlo::proxy_transport::unspecified && header.source.path.empty() &&
      header.destination.path.empty() && header.source.address == ehlo::address_literal{} &&
      header.destination.address == ehlo::address_literal{} && header.source.port + header.destination.port == 0)
    return said;
  return said + " " + families.at(static_cast<std::size_t>(header.family)) + " " +
         transports.at(static_cast<std::size_t>(header.transport)) + " " + say(header.source, header.family) + " > " +
         say(header.destination, header.family) + say(header.tlvs);
}

}  // namespace reference
