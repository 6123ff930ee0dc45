// SPDX-License-Identifier: BSL-1.0
// HAProxy's proxy-protocol.txt: what is read can be written, what is written can be read, nothing else is written.
#include "ehlo/wire/proxy_writer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

#include "ehlo/wire/proxy_text.hpp"
#include "reference_proxy.hpp"

namespace {

using namespace std::string_view_literals;
using ehlo::errc;
using ehlo::parse_address_literal;
using ehlo::proxy_family;
using ehlo::proxy_header;
using ehlo::proxy_tlv_type;
using ehlo::proxy_tlvs;
using ehlo::proxy_transport;
using ehlo::text_writer;
using reference::octets;

constexpr proxy_header tcp(std::uint8_t version, std::string_view source, std::string_view destination) {
  proxy_header header;
  header.version = version;
  header.source = {parse_address_literal(source), 40001, {}};
  header.destination = {parse_address_literal(destination), 25, {}};
  bool const inet = header.source.address.kind == ehlo::literal_kind::ipv4;
  header.family = inet ? proxy_family::inet : proxy_family::inet6;
  header.transport = proxy_transport::stream;
  return header;
}

constexpr bool writes(proxy_header const& header, std::string_view text) {
  std::array<char, 128> room{};
  text_writer out{room};
  return ehlo::write_proxy_header(out, header) && out.written() == text;
}

static_assert(writes(tcp(1, "[192.0.2.1]", "[198.51.100.2]"), "PROXY TCP4 192.0.2.1 198.51.100.2 40001 25\r\n"));
static_assert(writes(tcp(1, "[IPv6:2001:DB8:0:0::1]", "[IPv6:::]"), "PROXY TCP6 2001:db8::1 :: 40001 25\r\n"));
static_assert(writes(tcp(1, "[IPv6:::ffff:192.0.2.1]", "[IPv6:::1]"), "PROXY TCP6 ::ffff:192.0.2.1 ::1 40001 25\r\n"));
static_assert(writes(tcp(2, "[192.0.2.1]", "[198.51.100.2]"),
                     "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C\xC0\0\x02\x01\xC6\x33\x64\x02\x9C\x41\0\x19"sv));

std::string written(proxy_header const& header, bool checksum = false) {
  std::string room(70'000, '#');
  text_writer out{room};
  return ehlo::write_proxy_header(out, header, checksum) ? std::string(out.written()) : "refused";
}

TEST(ProxyWriter, WhatNeedsNoAddresses) {
  proxy_header header;
  header.version = 1;
  header.is_local = true;
  EXPECT_EQ(written(header), "PROXY UNKNOWN\r\n");
  header.version = 2;
  EXPECT_EQ(written(header), octets("0D0A0D0A000D0A515549540A 20 00 0000"));
  EXPECT_EQ(written(header, true), octets("0D0A0D0A000D0A515549540A 20 00 0000"));

  header = tcp(1, "[192.0.2.1]", "[192.0.2.2]");
  header.transport = proxy_transport::datagram;
  EXPECT_EQ(written(header), "PROXY UNKNOWN\r\n") << "unsupported protocols must be reported with the name UNKNOWN";
  header.family = proxy_family::unix_socket;
  EXPECT_EQ(written(header), "PROXY UNKNOWN\r\n");
}

TEST(ProxyWriter, TlvsAndChecksum) {
  std::array<char, 256> room{};
  text_writer parts{room};
  ASSERT_TRUE(ehlo::put_proxy_tlv(parts, proxy_tlv_type::ssl_version, "TLSv1.3"));
  std::string const ssl = std::string("\x01\0\0\0\0", 5) + std::string(parts.written());
  std::array<char, 256> more{};
  text_writer tlvs{more};
  ASSERT_TRUE(ehlo::put_proxy_tlv(tlvs, proxy_tlv_type::alpn, "smtp"));
  ASSERT_TRUE(ehlo::put_proxy_tlv(tlvs, proxy_tlv_type::ssl, ssl));
  proxy_header header = tcp(2, "[127.0.0.1]", "[127.0.0.1]");
  header.source.port = 0xB8B4;
  header.destination.port = 0x88EF;
  header.tlvs = proxy_tlvs{tlvs.written()};
  EXPECT_EQ(written(header), octets("0d0a0d0a000d0a515549540a211100257f0000017f000001b8b488ef010004736d747020000f01000"
                                    "00000210007544c5376312e33"))
      << "as HAProxy";

  // HAProxy's own checksum, over the same octets.
  std::string const haproxy = octets("0d0a0d0a000d0a515549540a211100137f0000017f000001bed4d5d103000442290c8e");
  proxy_header read;
  ASSERT_EQ(ehlo::parse_proxy_binary(haproxy, read), errc::ok);
  EXPECT_EQ(written(read, true), haproxy);
  EXPECT_EQ(written(read).size(), haproxy.size() - 7) << "a checksum is computed or left out, never copied";

  std::string const before = "before";
  std::string in_front(200, '#');
  text_writer out{in_front};
  out.put(before);
  ASSERT_TRUE(ehlo::write_proxy_header(out, read, true));
  EXPECT_EQ(out.written(), before + haproxy) << "the sum is that of the header alone";
}

TEST(ProxyWriter, Refuses) {
  proxy_header const good = tcp(2, "[192.0.2.1]", "[192.0.2.2]");
  std::string const longest = std::string("\x04\xFF\xED", 3) + std::string(0xFFED, 'x');  // with the addresses 65532
  for (std::uint8_t const version : {std::uint8_t{1}, std::uint8_t{2}}) {
    proxy_header bad = good;
    bad.version = version;
    bad.family = proxy_family::inet6;
    EXPECT_EQ(written(bad), "refused") << "IPv4 addresses";
    bad = tcp(version, "[192.0.2.1]", "[IPv6:2001:db8::2]");
    EXPECT_EQ(written(bad), "refused") << "one of each";
    bad = tcp(version, "[192.0.2.1]", "none");
    EXPECT_EQ(written(bad), "refused");
  }
  proxy_header bad = good;
  bad.version = 3;
  EXPECT_EQ(written(bad), "refused");
  bad = good;
  bad.transport = proxy_transport::unspecified;
  EXPECT_EQ(written(bad), "refused") << "that is local";
  bad = good;
  bad.version = 1;
  bad.tlvs = proxy_tlvs{"\x04\0\0"sv};
  EXPECT_EQ(written(bad), "refused") << "version 1 has no place for TLVs";
  bad = good;
  for (std::string const& tlvs : {std::string("\x04"), std::string("\x04\0\x01", 3), std::string("\x20\0\x01x", 4),
                                  std::string("\x05\0\x81", 3) + std::string(0x81, 'i')}) {
    bad.tlvs = proxy_tlvs{tlvs};
    EXPECT_EQ(written(bad), "refused") << reference::printable(tlvs);
  }
  bad.tlvs = proxy_tlvs{longest};
  EXPECT_EQ(written(bad).size(), 16U + 65532);
  EXPECT_EQ(written(bad, true), "refused") << "more than 65535";
  bad = good;
  bad.family = proxy_family::unix_socket;
  bad.source.path = "/run/a";
  EXPECT_EQ(written(bad).size(), 232U);
  std::string const long_path(109, 'p');
  bad.destination.path = long_path;
  EXPECT_EQ(written(bad), "refused");

  std::array<char, 256> room{};
  text_writer out{room};
  EXPECT_FALSE(ehlo::put_proxy_tlv(out, proxy_tlv_type::noop, std::string(0x10000, 'x')));
  for (std::uint8_t const version : {std::uint8_t{1}, std::uint8_t{2}})
    for (std::size_t size = 0; size != 64; ++size) {
      text_writer little{std::span(room).first(size)};
      proxy_header header = good;
      header.version = version;
      std::size_t const needed = written(header, true).size();
      EXPECT_EQ(ehlo::write_proxy_header(little, header, true), size >= needed) << size;
    }
}

}  // namespace
