// SPDX-License-Identifier: BSL-1.0
// The answer to EHLO, RFC 5321 4.1.1.1, and the parameters of the keywords: RFC 1870 4, RFC 2852 2, RFC 4865 3,
// RFC 4954 3, RFC 9422 4.
#include "ehlo/grammar/ehlo_line.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>

namespace {

using namespace ehlo;

constexpr std::string_view known = "SCRAM-SHA-256 PLAIN LOGIN  XOAUTH2";

constexpr service_offer offered(std::string_view text) {
  service_offer offer;
  read_ehlo_line(text, known, offer);
  return offer;
}
constexpr service_offer all_of(std::string_view raw) { return read_ehlo_response({raw, 250, {}}, known); }
constexpr bool splits(std::string_view text, std::string_view keyword, std::string_view parameters) {
  ehlo_keyword out;
  return parse_ehlo_keyword(text, out) && out.keyword == keyword && out.parameters == parameters;
}
constexpr bool ignored(std::string_view text) {
  ehlo_keyword out{"kept", ""};
  return !parse_ehlo_keyword(text, out) && out.keyword == "kept" && offered(text) == service_offer{};
}
constexpr service_offer only(capability c) {
  service_offer offer;
  offer.keywords.add(c);
  return offer;
}

static_assert(splits("X-FOO a=b c", "X-FOO", "a=b c") && splits("8BITMIME", "8BITMIME", "") && splits("x ", "x", ""));
static_assert(splits("  SIZE   5  ", "SIZE", "5") && splits("AUTH\tPLAIN\t", "AUTH", "PLAIN"));
static_assert(splits("AUTH=PLAIN LOGIN", "AUTH=PLAIN", "LOGIN") && splits("a\xff", "a\xff", ""));
// ehlo-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
static_assert(ignored("") && ignored(" ") && ignored("-BAD") && ignored(" \t ") && ignored("=SIZE 5") &&
              ignored("\xc3\xa9"));

static_assert(offered("X-FOO a=b") == service_offer{} && offered("STARTTLSX") == service_offer{});
static_assert(offered("pipelining") == only(capability::pipelining) && offered("Dsn x") == only(capability::dsn));

// SIZE, RFC 1870 4: without a value, 0, or out of reach there is no known limit.
static_assert(offered("SIZE 35882577").max_size == 35882577 && offered("size   7  ").max_size == 7);
static_assert(offered("SIZE 18446744073709551615").max_size == 18446744073709551615U);
static_assert(offered("SIZE") == only(capability::size) && offered("SIZE 0") == only(capability::size));
static_assert(offered("SIZE 18446744073709551616") == only(capability::size) &&
              offered("SIZE 5x") == only(capability::size));
static_assert(offered("SIZE 000000000000000000000001") == only(capability::size) &&
              offered("SIZE -1") == only(capability::size));
static_assert(offered("SIZE=5") == service_offer{} && offered("SIZE 5 6").max_size == 5);

// LIMITS, RFC 9422 3: names without case, one to six digits, unknown names ignored.
static_assert(offered("LIMITS RCPTMAX=100 MAILMAX=50").rcpt_max == 100 &&
              offered("LIMITS RCPTMAX=100 MAILMAX=50").mail_max == 50);
static_assert(offered("limits  foo=1 rcptdomainmax=999999").rcpt_domain_max == 999999);
static_assert(offered("LIMITS") == only(capability::limits) &&
              offered("LIMITS RCPTMAX MAILMAX= =5") == only(capability::limits));
static_assert(offered("LIMITS RCPTMAX=1000000") == only(capability::limits) &&
              offered("LIMITS MAILMAX=5x") == only(capability::limits));
static_assert(offered("LIMITS RCPTMAX=0 RCPTMAX=7 RCPTMAX=8 XRCPTMAX=1 RCPTMAXX=1").rcpt_max == 7);

// DELIVERBY, RFC 2852 2: deliverby-param = min-by-time *( ',' extension-token ).
static_assert(offered("DELIVERBY 240").min_deliver_by_s == 240 && offered("DELIVERBY 240,x,y").min_deliver_by_s == 240);
static_assert(offered("DELIVERBY") == only(capability::deliverby) &&
              offered("DELIVERBY ,x") == only(capability::deliverby));
static_assert(offered("DELIVERBY 999999999").min_deliver_by_s == 999999999 &&
              offered("DELIVERBY 1000000000") == only(capability::deliverby));

// FUTURERELEASE, RFC 4865 3.
static_assert(offered("FUTURERELEASE 86400 2027-12-31T00:00:00Z").max_hold_s == 86400);
static_assert(offered("FUTURERELEASE 86400 2027-12-31T00:00:00Z").max_hold_until == 1830211200);
static_assert(offered("FUTURERELEASE") == only(capability::futurerelease) &&
              offered("FUTURERELEASE x y") == only(capability::futurerelease));
static_assert(offered("FUTURERELEASE 1000000000") == only(capability::futurerelease) &&
              offered("futurerelease 5").max_hold_s == 5);

// AUTH, RFC 4954 3: bit i for the host's i-th mechanism; whole words, without case.
static_assert(offered("AUTH PLAIN LOGIN CRAM-MD5").mechanisms == 0b0110U &&
              offered("AUTH xoauth2").mechanisms == 0b1000U);
static_assert(offered("AUTH  PLAIN   SCRAM-SHA-256 ").mechanisms == 0b0011U &&
              offered("AUTH") == only(capability::auth));
static_assert(offered("AUTH XPLAIN PLAINX SCRAM-SHA-256-PLUS") == only(capability::auth));
static_assert(offered("AUTH=PLAIN LOGIN") == offered("AUTH PLAIN LOGIN") &&
              offered("auth=LOGIN").mechanisms == 0b0100U);
static_assert(offered("AUTH=") == service_offer{} && offered("AUTH= LOGIN") == service_offer{} &&
              offered("XAUTH=PLAIN") == service_offer{});

// The first line is the greeting. What is offered twice is offered; the first number counts.
static_assert(all_of("") == service_offer{} && all_of("250 STARTTLS\r\n") == service_offer{});
static_assert(all_of("250-STARTTLS\r\n250 \r\n") == service_offer{} && all_of("250-mx\r\n250\r\n") == service_offer{});
static_assert(all_of("250-mx\r\n250-8BITMIME\r\n250 8BITMIME\r\n") == only(capability::eightbitmime));
static_assert(all_of("250-mx\r\n250-SIZE 1\r\n250 SIZE 2\r\n").max_size == 1);
static_assert(all_of("250-mx\r\n250-AUTH LOGIN\r\n250 AUTH=PLAIN\r\n").mechanisms == 0b0110U);
static_assert(all_of("250-mx\r\n250-DSN\r\n250-2.0.0 x\r\n250 HELP me\r\n").keywords ==
              capability_set{capability::dsn, capability::help});

static_assert(sizeof(service_offer) <= 64);

std::map<std::string, capability> const keywords{
    {"PIPELINING", capability::pipelining},
    {"SIZE", capability::size},
    {"8BITMIME", capability::eightbitmime},
    {"BINARYMIME", capability::binarymime},
    {"CHUNKING", capability::chunking},
    {"STARTTLS", capability::starttls},
    {"AUTH", capability::auth},
    {"ENHANCEDSTATUSCODES", capability::enhancedstatuscodes},
    {"DSN", capability::dsn},
    {"SMTPUTF8", capability::smtputf8},
    {"REQUIRETLS", capability::requiretls},
    {"DELIVERBY", capability::deliverby},
    {"FUTURERELEASE", capability::futurerelease},
    {"MT-PRIORITY", capability::mt_priority},
    {"LIMITS", capability::limits},
    {"ETRN", capability::etrn},
    {"VRFY", capability::vrfy},
    {"EXPN", capability::expn},
    {"HELP", capability::help},
    {"XCLIENT", capability::xclient},
    {"XFORWARD", capability::xforward},
};

std::string mixed_case(std::string text, unsigned flips) {
  for (std::size_t i = 0; i != text.size(); ++i)
    if (is_alpha(text[i]) && (flips >> (i % 8) & 1U) != 0) text[i] = static_cast<char>(text[i] | 0x20);
  return text;
}

TEST(ehlo_line, every_keyword_in_any_case) {
  for (auto const& [keyword, bit] : keywords) {
    for (unsigned flips = 0; flips != 256; ++flips) {
      std::string const text = mixed_case(keyword, flips);
      ASSERT_EQ(offered(text), only(bit)) << text;
      ASSERT_EQ(offered(text + " x y"), only(bit)) << text;
    }
    EXPECT_EQ(offered(keyword + "X"), service_offer{});
    EXPECT_EQ(offered("X" + keyword), service_offer{});
    EXPECT_EQ(offered(keyword.substr(1)), service_offer{});
  }
}

TEST(ehlo_line, no_octet_but_the_keywords_own_makes_it) {
  for (auto const& [keyword, bit] : keywords) {
    for (std::size_t place = 0; place != keyword.size(); ++place) {
      for (unsigned c = 0; c != 256; ++c) {
        std::string text = keyword;
        text[place] = static_cast<char>(c);
        bool const same = equal_ignoring_case(text, keyword);
        if (c > ' ') {
          ASSERT_EQ(offered(text).keywords.has(bit), same) << text;
        }
      }
    }
  }
}

TEST(ehlo_line, thirty_two_mechanisms) {
  std::string list;
  for (int i = 0; i != 40; ++i) list += "M" + std::to_string(i) + (i % 3 == 0 ? "  " : " ");
  for (unsigned i = 0; i != 40; ++i) {
    service_offer offer;
    read_ehlo_line("AUTH X m" + std::to_string(i), list, offer);
    EXPECT_EQ(offer.mechanisms, i < 32 ? 1U << i : 0U) << i;
  }
  service_offer offer;
  read_ehlo_line("AUTH " + list, list, offer);
  EXPECT_EQ(offer.mechanisms, 0xFFFFFFFFU);
  read_ehlo_line("AUTH PLAIN", "", offer);
  EXPECT_EQ(offer.mechanisms, 0xFFFFFFFFU) << "a union";
}

}  // namespace
