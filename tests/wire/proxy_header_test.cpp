// SPDX-License-Identifier: BSL-1.0
// HAProxy's proxy-protocol.txt 2.2: TLVs as a range, and what they say about TLS.
#include "ehlo/wire/proxy_header.hpp"

#include <gtest/gtest.h>

#include <iterator>
#include <string>
#include <string_view>

#include "ehlo/wire/proxy_binary.hpp"
#include "proxy_captures.hpp"
#include "reference_proxy.hpp"

namespace {

using namespace std::string_view_literals;
using ehlo::errc;
using ehlo::proxy_header;
using ehlo::proxy_tlv_type;
using ehlo::proxy_tlvs;
using reference::captures;
using reference::octets;

static_assert(std::forward_iterator<proxy_tlvs::iterator>);
static_assert(proxy_tlvs{}.well_formed() && proxy_tlvs{}.empty() && !proxy_tlvs{}.has(proxy_tlv_type::noop));
static_assert(proxy_tlvs{"\4\0\0"sv}.well_formed() && proxy_tlvs{"\4\0\0"sv}.has(proxy_tlv_type::noop));
static_assert(proxy_tlvs{"\4\0\1a\4\0\1b"sv}[proxy_tlv_type::noop] == "a");
static_assert(!proxy_tlvs{"\4"sv}.well_formed() && !proxy_tlvs{"\4\0"sv}.well_formed());
static_assert(!proxy_tlvs{"\4\0\1"sv}.well_formed() && proxy_tlvs{"\4\0\1"sv}.begin() == proxy_tlvs{}.end());
static_assert(!proxy_tlvs{"\4\0\0\4\1\0"sv}.well_formed());
static_assert(std::next(proxy_tlvs{"\4\0\0\4\1\0"sv}.begin()) == proxy_tlvs{}.end());

TEST(ProxyHeader, TypedViewOfTls) {
  std::string const header = octets(captures[16].hex);
  proxy_header read;
  ASSERT_EQ(ehlo::parse_proxy_binary(header, read), errc::ok);
  ehlo::proxy_ssl const ssl = read.ssl();
  EXPECT_TRUE(ssl.over_tls() && ssl.has_certificate() && ssl.certificate_on_connection() &&
              ssl.certificate_in_session() && ssl.verified());
  EXPECT_EQ(ssl.version(), "TLSv1.3");
  EXPECT_EQ(ssl.cn(), "client.example.net");
  EXPECT_EQ(ssl.cipher(), "TLS_AES_256_GCM_SHA384");
  EXPECT_EQ(ssl.sig_alg(), "RSA-SHA256");
  EXPECT_EQ(ssl.key_alg(), "RSA2048");
  EXPECT_EQ(read.tlvs[proxy_tlv_type::authority], "mx.example.org");
  EXPECT_EQ(read.tlvs[proxy_tlv_type::alpn], "smtp");
  EXPECT_FALSE(read.tlvs.has(proxy_tlv_type::netns));

  struct row {
    unsigned client;
    unsigned verify;
    bool certificate;
    bool verified;
  };
  // HAProxy sends `verify` 0 where there was nothing to verify.
  for (row const& one : {row{0, 0, false, false}, row{1, 0, false, false}, row{3, 0, true, true}, row{5, 0, true, true},
                         row{7, 1, true, false}, row{6, 0, false, false}, row{0xF9, 0, false, false}}) {
    std::string const value{static_cast<char>(one.client), '\0', '\0', '\0', static_cast<char>(one.verify)};
    ehlo::proxy_ssl view;
    ASSERT_TRUE(ehlo::parse_proxy_ssl(value, view));
    EXPECT_EQ(view.over_tls(), (one.client & 1U) != 0);
    EXPECT_EQ(view.has_certificate(), one.certificate) << one.client;
    EXPECT_EQ(view.verified(), one.verified) << one.client;
    EXPECT_TRUE(view.version().empty() && view.cn().empty());
  }
  ehlo::proxy_ssl view;
  ASSERT_TRUE(ehlo::parse_proxy_ssl("\x01\x12\x34\x56\x78", view));
  EXPECT_EQ(view.verify, 0x12345678U);
  std::string const plain = octets(captures[5].hex);
  ASSERT_EQ(ehlo::parse_proxy_binary(plain, read), errc::ok);
  EXPECT_FALSE(read.ssl().over_tls());
}

}  // namespace
