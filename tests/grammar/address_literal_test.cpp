// SPDX-License-Identifier: BSL-1.0
// Address literals, RFC 5321 4.1.3; IPv6 text, RFC 4291 2.2 and RFC 5952.
#include "ehlo/grammar/address_literal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "ehlo/grammar/literal_writer.hpp"

namespace {

using namespace ehlo;

/// A literal, and what it is when written again.
struct good_literal {
  std::string_view text;
  std::string_view canonical;
};

constexpr bool is_canonical(std::string_view text, std::string_view canonical) {
  address_literal const value = parse_address_literal(text);
  std::array<char, 64> storage{};
  text_writer out{storage};
  return write_address_literal(out, value) && out.written() == canonical && parse_address_literal(canonical) == value;
}
constexpr bool is_good(good_literal const& row) { return is_canonical(row.text, row.canonical); }

constexpr good_literal good[] = {
    {"[123.255.37.2]", "[123.255.37.2]"},
    {"[0.0.0.0]", "[0.0.0.0]"},
    {"[1.2.3.04]", "[1.2.3.4]"},  // Snum = 1*3DIGIT
    {"[001.002.003.255]", "[1.2.3.255]"},
    {"[IPv6:::1]", "[IPv6:::1]"},
    {"[IPv6:::]", "[IPv6:::]"},
    {"[ipv6:FE80::1]", "[IPv6:fe80::1]"},  // RFC 5321 2.4: without case
    {"[IPV6:1::]", "[IPv6:1::]"},
    {"[IPv6:1:2:3:4:5:6:7:8]", "[IPv6:1:2:3:4:5:6:7:8]"},
    {"[IPv6:1111:2222:3333:4444:5555::8888]", "[IPv6:1111:2222:3333:4444:5555::8888]"},
    {"[IPv6:1:2:3:4:5:6:1.2.3.4]", "[IPv6:1:2:3:4:5:6:102:304]"},
    {"[IPv6:::ffff:192.0.2.1]", "[IPv6:::ffff:192.0.2.1]"},  // RFC 5952 5
    {"[IPv6:::192.0.2.1]", "[IPv6:::c000:201]"},
    {"[IPv6:1::2:192.0.2.1]", "[IPv6:1::2:c000:201]"},
    {"[IPv6:2001:0DB8:0000:0000:0001:0000:0000:0001]", "[IPv6:2001:db8::1:0:0:1]"},  // RFC 5952 4.2.3: the first
    {"[IPv6:2001:db8:0:1:1:1:1:1]", "[IPv6:2001:db8:0:1:1:1:1:1]"},                  // RFC 5952 4.2.2: not one group
    {"[IPv6:2001:0:0:1:0:0:0:1]", "[IPv6:2001:0:0:1::1]"},                           // RFC 5952 4.2.3: the longest
    {"[IPv6:0:0:0:0:0:0:0:0]", "[IPv6:::]"},
    {"[IPv6:1:0:0:0:0:0:0:0]", "[IPv6:1::]"},
    {"[IPv6:0:0:0:0:0:0:0:00ff]", "[IPv6:::ff]"},
};
static_assert(std::ranges::all_of(good, is_good));

constexpr std::string_view bad[] = {
    "",
    "[",
    "[]",
    "1.2.3.4",
    "[1.2.3]",
    "[1.2.3.4.5]",
    "[256.2.3.4]",
    "[1.2.3.1234]",
    "[1..3.4]",
    "[1.2.3.4",
    "[1.2.3.4]x",
    "[ 1.2.3.4]",
    "[1.2.3.]",
    "[.1.2.3]",
    "[IPv6:]",
    "[IPv6:1]",
    "[IPv6::1]",
    "[IPv6:1:]",
    "[IPv6:1::2:]",
    "[IPv6:1::2::3]",
    "[IPv6:::1:]",
    "[IPv6:1:2:3:4:5:6:7]",
    "[IPv6:1:2:3:4:5:6:7:8:9]",
    "[IPv6:1:2:3:4:5:6:7::]",  // "::" is two groups or more
    "[IPv6:::2:3:4:5:6:7:8]",
    "[IPv6:12345::1]",
    "[IPv6:g::1]",
    "[IPv6:invalid]",
    "[IPv6:::ffff:999.168.1.1]",
    "[IPv6:::1.2.3]",
    "[IPv6:1.2.3.4]",
    "[IPv6:1:2:3:4:5:6:7:1.2.3.4]",
    "[IPv6:1:2:3:4:5::1.2.3.4]",
    "[IPv6:::1.2.3.4:5]",
    "[IPv6:2001:db8:::1]",
    "[IPv6:::::]",
    "[IPv6-::1]",
    "[RFC-5322-domain-literal]",
    "[tag:]",
    "[:x]",
    "[tag:a b]",
    "[tag-:x]",
    "[tag:a[b]",
    "[tag:a\\b]",
    "[tag:\xc3\xa9]",
    "[tag:\x7f]",
    "[t_g:x]",
};
constexpr bool is_bad(std::string_view text) { return parse_address_literal(text).kind == literal_kind::none; }
static_assert(std::ranges::all_of(bad, is_bad));

static_assert(parse_address_literal("[x-y:abc!]").kind == literal_kind::general);
static_assert(parse_address_literal("[-x:abc]").kind == literal_kind::general);  // Ldh-str may begin with "-"
static_assert(parse_address_literal("[1:abc]").kind == literal_kind::general);

static_assert(parse_ip_address("192.0.2.1").kind == literal_kind::ipv4);
static_assert(parse_ip_address("2001:db8::1").kind == literal_kind::ipv6);
static_assert(parse_ip_address("::ffff:192.0.2.1").kind == literal_kind::ipv6);  // nothing follows that part
static_assert(parse_ip_address("").kind == literal_kind::none && parse_ip_address("::1 ").kind == literal_kind::none);

TEST(address_literal, tables) {
  for (good_literal const& row : good) EXPECT_TRUE(is_good(row)) << row.text;
  for (std::string_view const text : bad) EXPECT_TRUE(is_bad(text)) << text;
}

TEST(address_literal, every_zero_pattern_survives_writing) {
  for (unsigned mask = 0; mask != 256; ++mask) {
    address_literal value;
    value.kind = literal_kind::ipv6;
    for (std::size_t i = 0; i != 8; ++i) value.octets[2 * i + 1] = (mask >> i & 1U) != 0 ? 0xA : 0;
    std::array<char, 64> storage{};
    text_writer out{storage};
    ASSERT_TRUE(write_address_literal(out, value));
    ASSERT_EQ(parse_address_literal(out.written()), value) << out.written();
  }
}

TEST(address_literal, writes_no_general_literal) {
  std::array<char, 64> storage{};
  text_writer out{storage};
  EXPECT_FALSE(write_address_literal(out, parse_address_literal("[x:y]")));
}

}  // namespace
