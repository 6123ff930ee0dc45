// SPDX-License-Identifier: BSL-1.0
// RFC 5321 5.1 and 5.2, RFC 7505, and what RFC 7672 needs of a lookup: zones, and the lists that come of them. Each
// list is the same in every order of answers (zone_lookup.hpp).
#include "ehlo/route/mx_lookup.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lookup_oracle.hpp"
#include "zone_lookup.hpp"

namespace {

using ehlo::address_literal;
using ehlo::dns_answer;
using ehlo::dns_question;
using ehlo::dns_status;
using ehlo::dns_type;
using ehlo::errc;
using ehlo::longest_ttl;
using ehlo::mx_record;
using ehlo::parse_ip_address;
using namespace ehlo::route;
using zones::list_of;
using zones::look_up;
using zones::remarks_of;
using zones::whole;
using zones::zone;

struct row {
  std::string_view zone;
  std::string_view list;  ///< of example.org
};

void expect_lists(std::initializer_list<row> rows, mx_options const& options = {}) {
  for (row const& one : rows) EXPECT_EQ(look_up(one.zone, "example.org", options), one.list) << one.zone;
}

/// The first host, which is enough where only one is expected.
constexpr std::string_view addresses_of_a =
    "a.example.org. A 192.0.2.1\n"
    "a.example.org. AAAA 2001:db8::1\n";
std::string with_a(std::string_view more) { return std::string{addresses_of_a}.append(more); }

TEST(MxLookup, LowerPreferencesComeFirst) {
  expect_lists({
      {"example.org. MX 10 a.example.org.\n"
       "a.example.org. A 192.0.2.1",
       "10 a.example.org 192.0.2.1"},
      {"example.org. MX 30 c.example.org.\n"
       "example.org. MX 10 a.example.org.\n"
       "example.org. MX 20 b.example.org.\n"
       "a.example.org. A 192.0.2.1\n"
       "b.example.org. A 192.0.2.2\n"
       "c.example.org. A 192.0.2.3",
       "10 a.example.org 192.0.2.1, 20 b.example.org 192.0.2.2, 30 c.example.org 192.0.2.3"},
      {"example.org. MX 65535 b.example.net.\n"
       "example.org. MX 0 a.example.net.\n"
       "a.example.net. A 192.0.2.1\n"
       "b.example.net. A 192.0.2.2",
       "0 a.example.net 192.0.2.1, 65535 b.example.net 192.0.2.2"},
  });
}

// "the sender-SMTP MUST randomize them to spread the load": each permutation is as likely as the others.
TEST(MxLookup, EqualPreferencesAreShuffled) {
  zone const three{
      "example.org. MX 10 a.example.org.\n"
      "example.org. MX 10 b.example.org.\n"
      "example.org. MX 10 c.example.org.\n"
      "example.org. MX 5 first.example.org.\n"
      "example.org. MX 20 last.example.org.\n"
      "a.example.org. A 192.0.2.1\n"
      "last.example.org. A 192.0.2.9"};
  std::map<std::string, int> seen;
  for (std::uint64_t number = 0; number != 6000; ++number) {
    mx_lookup lookup{"example.org", {.random = number}};
    zones::play(lookup, three, [](std::size_t) { return std::size_t{0}; });
    std::string order;
    for (mail_exchanger const& host : lookup.hosts())
      order.append(host.name().substr(0, host.name().find('.'))).append(" ");
    ++seen[order];
  }
  EXPECT_EQ(seen.size(), 6U);
  for (auto const& [order, count] : seen) {
    EXPECT_TRUE(order.starts_with("first ") && order.ends_with(" last ")) << order;
    EXPECT_NEAR(count, 1000, 100) << order;
  }
}

TEST(MxLookup, TheSameNumberGivesTheSameOrderWhereverARecordStands) {
  std::vector<std::string> lines{"example.org. MX 10 a.example.org.", "example.org. MX 10 B.example.org",
                                 "example.org. MX 10 c.example.org."};
  std::map<std::string, int> seen;
  for (std::uint64_t number = 0; number != 3; ++number) {
    std::string first;
    for (std::size_t turn = 0; turn != lines.size(); ++turn) {
      std::rotate(lines.begin(), lines.begin() + 1, lines.end());
      std::string text = "b.example.org. A 192.0.2.2\n";
      for (std::string const& line : lines) text += line + "\n";
      std::string const list = look_up(zone{text}, "example.org", {.random = number});
      if (first.empty()) first = list;
      EXPECT_EQ(list, first);
    }
    ++seen[first];
  }
  EXPECT_GT(seen.size(), 1U);
}

TEST(MxLookup, TheSameNumberGivesTheSameOrderInAnyCase) {
  for (std::uint64_t number = 0; number != 10; ++number) {
    std::string orders[2];
    for (std::string_view const names : {"abc", "AbC"}) {
      mx_record const records[]{{10, names.substr(0, 1)}, {10, names.substr(1, 1)}, {10, names.substr(2)}};
      mx_lookup lookup{"example.org", {.random = number}};
      EXPECT_EQ(lookup.answer(lookup.ask(), {.status = dns_status::records, .exchanges = records}), errc::ok);
      for (mail_exchanger const& host : lookup.hosts()) orders[names == "abc" ? 0 : 1] += zones::lower(host.name());
    }
    EXPECT_EQ(orders[0], orders[1]);
  }
}

// "If an empty list of MXs is returned, the address is treated as if it was associated with an implicit MX RR, with a
// preference of 0, pointing to that host."
TEST(MxLookup, ImplicitMxOnlyWhereThereIsNoMxRecord) {
  expect_lists({
      {"example.org. A 192.0.2.1", "0 example.org 192.0.2.1"},
      {"example.org. AAAA 2001:db8::1\nexample.org. A 192.0.2.1", "0 example.org 2001:db8::1 192.0.2.1"},
      // "SMTP systems MUST NOT utilize any address RRs associated with that name".
      {"example.org. MX 10 a.example.org.\nexample.org. A 192.0.2.1", "no_address 550 5.4.4"},
      {"example.org. MX 10 .\nexample.org. A 192.0.2.1", "no_address 550 5.4.4"},
      {"example.org. MX 10 192.0.2.1.\nexample.org. A 192.0.2.1", "no_address 550 5.4.4"},
      {"example.org. MX 0 .\nexample.org. A 192.0.2.1", "null_mx 556 5.1.10"},
      // Neither is there where nothing was said about MX.
      {"example.org. MX SERVFAIL\nexample.org. A 192.0.2.1", "lookup_failed 451 4.4.3"},
      {"example.org. MX TIMEOUT\nexample.org. A 192.0.2.1", "lookup_failed 451 4.4.3"},
      {"example.org. MX NXDOMAIN\nexample.org. A 192.0.2.1", "no_such_domain 550 5.1.2"},
  });
  zone const from{"example.org. A 192.0.2.1"};
  EXPECT_EQ(look_up(from, "example.org", {}, whole), "0 example.org 192.0.2.1; ; ttl 900; implicit; ----");
}

TEST(MxLookup, RecordsOfWhichThereAreNoneAreNodata) {
  mx_lookup lookup{"example.org", {}};
  EXPECT_EQ(lookup.answer(lookup.ask(), {.status = dns_status::records}), errc::ok);
  EXPECT_TRUE(lookup.implicit());
  EXPECT_EQ(lookup.ask().name, "example.org");
}

// "If a non-existent domain error is returned, this situation MUST be reported as an error." A name with neither MX nor
// addresses exists all the same (RFC 3463 3.5: 5.4.4).
TEST(MxLookup, NxdomainIsPermanent) {
  expect_lists({{"example.net. A 192.0.2.1", "no_such_domain 550 5.1.2"},
                {"example.org. TXT nothing", "no_address 550 5.4.4"},
                {"www.example.org. A 192.0.2.1", "no_address 550 5.4.4"}});
}

TEST(MxLookup, ServfailAndTimeoutOfMxAreTemporary) {
  expect_lists({{"example.org. MX SERVFAIL", "lookup_failed 451 4.4.3"},
                {"example.org. MX TIMEOUT", "lookup_failed 451 4.4.3"}});
}

// RFC 7505 3: a single record, preference 0, the root.
TEST(MxLookup, NullMx) {
  expect_lists({{"example.org. MX 0 .", "null_mx 556 5.1.10"}});
  constexpr mx_record empty[]{{0, ""}};
  mx_lookup lookup{"example.org", {}};
  EXPECT_EQ(lookup.answer(lookup.ask(), {.status = dns_status::records, .secure = true, .exchanges = empty}), errc::ok);
  EXPECT_TRUE(lookup.outcome() == mx_outcome::null_mx && lookup.secure() && !lookup.ask() && lookup.hosts().empty());
}

// What is no target is passed over and reported; where nothing else is left, "this situation MUST be reported as an
// error".
TEST(MxLookup, BrokenTargets) {
  struct {
    std::string_view records, list, remarks;
  } const rows[]{
      {"example.org. MX 0 .\nexample.org. MX 10 a.example.org.", "10 a.example.org 2001:db8::1 192.0.2.1", "root 1"},
      {"example.org. MX 10 .", "no_address 550 5.4.4", "root 1"},
      {"example.org. MX 5 192.0.2.7.\nexample.org. MX 10 a.example.org.", "10 a.example.org 2001:db8::1 192.0.2.1",
       "address 1"},
      {"example.org. MX 5 2001:db8::7\nexample.org. MX 7 192.0.2.7", "no_address 550 5.4.4", "address 2"},
      {"example.org. MX 5 [192.0.2.7]\nexample.org. MX 5 a..b.\nexample.org. MX 5 a b", "no_address 550 5.4.4",
       "malformed 2"},
      {"example.org. MX 5 mx\\.1.example.org.\nexample.org. MX 5 m\xC3\xBC.example.org.\nexample.org. MX 5 ..",
       "no_address 550 5.4.4", "malformed 3"},
      {"example.org. MX 5 _mx-.example.org.\n_mx-.example.org. A 192.0.2.5", "5 _mx-.example.org 192.0.2.5", ""},
      {"example.org. MX 5 www.example.org.\nwww.example.org. CNAME A.Example.Org.",
       "5 www.example.org 2001:db8::1 192.0.2.1", "alias 1"},
      {"example.org. MX 5 www.example.org.\nwww.example.org. CNAME x.example.org.\nx.example.org. CNAME "
       "www.example.org.",
       "lookup_failed 451 4.4.3", ""},
      {"example.org. MX 5 www.example.org.\nwww.example.org. CNAME gone.example.net.", "no_address 550 5.4.4",
       "alias 1"},
      {"example.org. MX 5 gone.example.net.\nexample.org. MX 10 a.example.org.",
       "5 gone.example.net, 10 a.example.org 2001:db8::1 192.0.2.1", ""},
      {"example.org. MX 5 mapped.example.org.\nmapped.example.org. AAAA ::ffff:192.0.2.1", "no_address 550 5.4.4",
       "mapped 1"},
  };
  for (auto const& one : rows) {
    zone const from{with_a(one.records)};
    EXPECT_EQ(look_up(from), one.list) << one.records;
    EXPECT_EQ(look_up(from, "example.org", {}, remarks_of), one.remarks) << one.records;
  }
}

// "If a CNAME record is found, the resulting name is processed as if it were the initial name."
TEST(MxLookup, ADomainMayBeAnAlias) {
  expect_lists({{with_a("example.org. CNAME example.net.\nexample.net. MX 10 a.example.org."),
                 "10 a.example.org 2001:db8::1 192.0.2.1"},
                {with_a("example.org. CNAME a.example.org."), "0 example.org 2001:db8::1 192.0.2.1"},
                {"example.org. CNAME example.net.", "no_such_domain 550 5.1.2"},
                {"example.org. CNAME example.net.\nexample.net. MX 0 .", "null_mx 556 5.1.10"}});
  zone const from{with_a("example.org. CNAME example.net.\nexample.net. MX 10 a.example.org.")};
  EXPECT_EQ(look_up(from, "example.org", {}, [](auto const& l) { return std::string{l.canonical_domain()}; }),
            "example.net");
}

TEST(MxLookup, AddressLiteralsNeedNoDns) {
  struct {
    std::string_view domain, list;
  } const rows[]{
      {"[192.0.2.1]", "0 192.0.2.1"},
      {"[IPv6:2001:db8::1]", "0 2001:db8::1"},
      {"[ipv6:::ffff:192.0.2.1]", "0 ::ffff:192.0.2.1"},
      {"[127.0.0.1]", "own_host 554 5.4.6"},
      {"[0.0.0.0]", "own_host 554 5.4.6"},
      {"[IPv6:::ffff:127.0.0.1]", "own_host 554 5.4.6"},
      {"[IPv6:::1]", "own_host 554 5.4.6"},
      {"[IPv6:::]", "own_host 554 5.4.6"},
      {"[IPv6:::2]", "0 ::2"},
      {"[192.0.2.1", "bad_domain 553 5.1.3"},
      {"[tag:content]", "bad_domain 553 5.1.3"},
      {"192.0.2.1", "bad_domain 553 5.1.3"},
      {"", "bad_domain 553 5.1.3"},
      {".", "bad_domain 553 5.1.3"},
      {"a..b", "bad_domain 553 5.1.3"},
      {"m\xC3\xBC.example.org", "bad_domain 553 5.1.3"},
      {"a b.example.org", "bad_domain 553 5.1.3"},
  };
  for (auto const& one : rows) {
    mx_lookup lookup{one.domain, {}};
    EXPECT_TRUE(lookup.done() && !lookup.ask()) << one.domain;
    EXPECT_EQ(list_of(lookup), one.list);
    EXPECT_EQ(lookup.ttl(), longest_ttl);
    EXPECT_FALSE(lookup.secure());
  }
}

// "all records at that preference level and higher-numbered ones MUST be discarded".
TEST(MxLookup, OurOwnHostEndsTheList) {
  constexpr std::string_view names[]{"mx2.example.org.", "alias.example.net"};
  address_literal const addresses[]{parse_ip_address("198.51.100.7"), parse_ip_address("2001:db8::7")};
  mx_options const options{.own = {names, addresses}};
  constexpr std::string_view three =
      "example.org. MX 10 mx1.example.org.\n"
      "example.org. MX 20 MX2.example.org.\n"
      "example.org. MX 20 mx3.example.org.\n"
      "example.org. MX 30 mx4.example.org.\n"
      "mx2.example.org. A 192.0.2.2\n"
      "mx3.example.org. A 192.0.2.3\n"
      "mx4.example.org. A 192.0.2.4\n";
  EXPECT_EQ(look_up(zone{std::string{three} + "mx1.example.org. A 192.0.2.1"}, "example.org", options),
            "10 mx1.example.org 192.0.2.1");
  struct {
    std::string_view records, list;
  } const rows[]{
      {"example.org. MX 10 mx2.example.org.", "own_host 554 5.4.6"},
      {"example.org. MX 10 mx2.example.org.\nexample.org. MX 10 a.example.org.", "own_host 554 5.4.6"},
      {"example.org. MX 10 mx2.example.org.\nexample.org. MX 11 a.example.org.", "own_host 554 5.4.6"},
      {"example.org. MX 9 a.example.org.\nexample.org. MX 10 mx2.example.org.",
       "9 a.example.org 2001:db8::1 192.0.2.1"},
      // What is better than our own host has no address, for good and for now.
      {"example.org. MX 9 x.example.org.\nexample.org. MX 10 mx2.example.org.", "no_address 550 5.4.4"},
      {"example.org. MX 9 x.example.org.\nexample.org. MX 10 mx2.example.org.\nx.example.org. A TIMEOUT",
       "lookup_failed 451 4.4.3"},
      // By one of its addresses, and by the name behind an alias.
      {"example.org. MX 10 x.example.org.\nx.example.org. A 192.0.2.5\nx.example.org. A 198.51.100.7",
       "own_host 554 5.4.6"},
      {"example.org. MX 10 x.example.org.\nx.example.org. AAAA 2001:db8::7\nexample.org. MX 5 a.example.org.",
       "5 a.example.org 2001:db8::1 192.0.2.1"},
      {"example.org. MX 10 x.example.org.\nx.example.org. CNAME alias.example.net.\nalias.example.net. A 192.0.2.5",
       "own_host 554 5.4.6"},
      // Its name is enough, whatever the DNS says about it.
      {"example.org. MX 10 mx2.example.org.\nmx2.example.org. A SERVFAIL\nexample.org. MX 20 a.example.org.",
       "own_host 554 5.4.6"},
      // The implicit MX.
      {"example.org. A 198.51.100.7", "own_host 554 5.4.6"},
      // Loopback: it is always we who answer there.
      {"example.org. MX 10 localhost.\nlocalhost. A 127.0.0.1\nexample.org. MX 10 a.example.org.",
       "own_host 554 5.4.6"},
      {"example.org. A 0.0.0.0", "own_host 554 5.4.6"},
      {"example.org. AAAA ::1", "own_host 554 5.4.6"},
      // A twin of a lower preference takes our own host with it.
      {"example.org. MX 30 mx2.example.org.\nexample.org. MX 20 a.example.org.\nexample.org. MX 10 mx2.example.org.",
       "own_host 554 5.4.6"},
  };
  for (auto const& one : rows)
    EXPECT_EQ(look_up(zone{with_a(one.records)}, "example.org", options), one.list) << one.records;
  EXPECT_EQ(look_up(zone{"alias.example.net. A 192.0.2.1"}, "alias.example.net", options), "own_host 554 5.4.6");
  mx_options here = options;
  here.own.loopback = false;
  EXPECT_EQ(look_up(zone{"example.org. A 127.0.0.1\nexample.org. AAAA ::1"}, "example.org", here),
            "0 example.org ::1 127.0.0.1");
  EXPECT_EQ(list_of(mx_lookup{"[198.51.100.7]", options}), "own_host 554 5.4.6");
}

// RFC 7672 2.1.2: "delivery may proceed via any remaining MX hosts".
TEST(MxLookup, AHostThatCannotBeLookedUpIsPassedOver) {
  expect_lists({
      {with_a("example.org. MX 5 x.example.org.\nexample.org. MX 10 a.example.org.\n"
              "x.example.org. A SERVFAIL\nx.example.org. AAAA TIMEOUT"),
       "5 x.example.org, 10 a.example.org 2001:db8::1 192.0.2.1"},
      {"example.org. MX 5 x.example.org.\nx.example.org. A 192.0.2.5\nx.example.org. AAAA SERVFAIL",
       "5 x.example.org 192.0.2.5"},
      {"example.org. MX 5 x.example.org.\nx.example.org. A SERVFAIL\nx.example.org. AAAA NODATA",
       "lookup_failed 451 4.4.3"},
      {"example.org. MX 5 x.example.org.\nexample.org. MX 6 gone.example.org.\nx.example.org. A TIMEOUT",
       "lookup_failed 451 4.4.3"},
      {"example.org. A TIMEOUT", "lookup_failed 451 4.4.3"},
      {"example.org. A NXDOMAIN\nexample.org. AAAA NXDOMAIN", "no_address 550 5.4.4"},
  });
  zone const from{
      with_a("example.org. MX 5 x.example.org.\nexample.org. MX 10 a.example.org.\nx.example.org. A SERVFAIL")};
  EXPECT_EQ(look_up(from, "example.org", {}, whole),
            "5 x.example.org, 10 a.example.org 2001:db8::1 192.0.2.1; ; ttl 0; incomplete; ---f; ----");
}

TEST(MxLookup, NamesAndTheAddressesOfEachOnce) {
  expect_lists({
      {"example.org. MX 20 A.example.org.\nexample.org. MX 10 a.EXAMPLE.org\nexample.org. MX 15 a.example.org.\n"
       "a.example.org. A 192.0.2.1\na.example.org. A 192.0.2.1",
       "10 a.EXAMPLE.org 192.0.2.1"},
      // Several hosts may have one address: who tries them knows which names matter (delivery_attempts.hpp).
      {"example.org. MX 10 a.example.org.\nexample.org. MX 20 b.example.org.\nexample.org. MX 30 c.example.org.\n"
       "a.example.org. A 192.0.2.1\na.example.org. A 192.0.2.2\n"
       "b.example.org. A 192.0.2.2\nb.example.org. A 192.0.2.3\nc.example.org. A 192.0.2.3",
       "10 a.example.org 192.0.2.1 192.0.2.2, 20 b.example.org 192.0.2.2 192.0.2.3, 30 c.example.org 192.0.2.3"},
  });
}

TEST(MxLookup, TheOrderOfTheKinds) {
  zone const from{
      "example.org. A 192.0.2.3\nexample.org. A 192.0.2.1\nexample.org. A 192.0.2.2\nexample.org. AAAA 2001:db8::2\n"
      "example.org. AAAA 2001:db8::1"};
  auto const in = [&](address_order order) { return look_up(from, "example.org", {.order = order}); };
  EXPECT_EQ(in(address_order::interleaved), "0 example.org 2001:db8::2 192.0.2.3 2001:db8::1 192.0.2.1 192.0.2.2");
  EXPECT_EQ(in(address_order::ipv6_first), "0 example.org 2001:db8::2 2001:db8::1 192.0.2.3 192.0.2.1 192.0.2.2");
  EXPECT_EQ(in(address_order::ipv4_first), "0 example.org 192.0.2.3 192.0.2.1 192.0.2.2 2001:db8::2 2001:db8::1");
  EXPECT_EQ(in(address_order::ipv6_only), "0 example.org 2001:db8::2 2001:db8::1");
  EXPECT_EQ(in(address_order::ipv4_only), "0 example.org 192.0.2.3 192.0.2.1 192.0.2.2");
  expect_lists({{"example.org. AAAA 2001:db8::1\nexample.org. AAAA 2001:db8::2\nexample.org. A 192.0.2.1",
                 "0 example.org 2001:db8::1 192.0.2.1 2001:db8::2"}});
}

TEST(MxLookup, OnlyTheKindThatIsUsedIsAskedFor) {
  auto const asked = [](address_order order) {
    mx_lookup lookup{"example.org.", {.order = order}};
    std::string types;
    while (!lookup.done()) {
      dns_question const q = lookup.ask();
      EXPECT_EQ(q.name, "example.org");
      types += q.type == dns_type::mx     ? "MX "
               : q.type == dns_type::a    ? "A "
               : q.type == dns_type::aaaa ? "AAAA "
                                          : "? ";
      EXPECT_EQ(lookup.answer(q, {.status = dns_status::nodata}), errc::ok);
    }
    return types;
  };
  EXPECT_EQ(asked(address_order::interleaved), "MX A AAAA ");
  EXPECT_EQ(asked(address_order::ipv4_only), "MX A ");
  EXPECT_EQ(asked(address_order::ipv6_only), "MX AAAA ");
}

TEST(MxLookup, WhatIsOverTheStorageIsReported) {
  zone const from{
      "example.org. MX 30 c.example.org.\nexample.org. MX 10 a.example.org.\nexample.org. MX 40 d.example.org.\n"
      "example.org. MX 20 b.example.org.\nexample.org. MX 50 a.example.org.\n"
      "a.example.org. A 192.0.2.1\na.example.org. A 192.0.2.2\na.example.org. A 192.0.2.3\na.example.org. A 192.0.2.1\n"
      "a.example.org. AAAA 2001:db8::1\nb.example.org. A 192.0.2.9"};
  EXPECT_EQ((look_up<2, 2>(from, "example.org", {}, whole)),
            "10 a.example.org 2001:db8::1 192.0.2.1 192.0.2.2, 20 b.example.org 192.0.2.9; hosts left out 2, "
            "addresses left out 1; ttl 900; incomplete; ----; ----");
  // That those which fit have no address proves nothing about the others.
  zone const elsewhere{
      "example.org. MX 10 a.example.org.\nexample.org. MX 20 b.example.org.\nb.example.org. A 192.0.2.9"};
  EXPECT_EQ((look_up<1, 1>(elsewhere, "example.org", {}, list_of)), "left_out 451 4.4.4");
  // Our own host ends the list even where it, or the address that it is known by, would not fit into it.
  zone const loop{"example.org. A 192.0.2.1\nexample.org. A 192.0.2.2\nexample.org. A 127.0.0.1"};
  EXPECT_EQ((look_up<1, 2>(loop, "example.org", {}, list_of)), "own_host 554 5.4.6");
  zone const worse{"example.org. MX 10 a.example.org.\nexample.org. MX 20 b.example.org.\na.example.org. A 127.0.0.1"};
  EXPECT_EQ((look_up<1, 1>(worse, "example.org", {}, whole)), "own_host 554 5.4.6; ; ttl 900; own");
  constexpr std::string_view names[]{"d.example.org"};
  mx_options const options{.own = {.names = names}};
  EXPECT_EQ(
      (look_up<1, 1>(from, "example.org", options, whole)),
      "10 a.example.org 2001:db8::1 192.0.2.1; hosts left out 2, addresses left out 2; ttl 3600; own; incomplete; "
      "----");
}

TEST(MxLookup, OfEqualPreferencesChanceDecidesWhichFit) {
  std::string text;
  for (char const c : std::string_view{"abcdefgh"}) text += std::string{"example.org. MX 10 "} + c + ".example.org.\n";
  zone const from{text + "a.example.org. A 192.0.2.1"};
  std::map<std::string, int> seen;
  for (std::uint64_t number = 0; number != 800; ++number) {
    basic_mx_lookup<1, 1> lookup{"example.org", {.random = number}};
    zones::play(lookup, from, [](std::size_t) { return std::size_t{0}; });
    ++seen[std::string{lookup.hosts()[0].name()}];
  }
  EXPECT_EQ(seen.size(), 8U);
  for (auto const& [name, count] : seen) EXPECT_NEAR(count, 100, 40) << name;
}

// RFC 2181 8; what failed is not to be kept at all.
TEST(MxLookup, TheSmallestTtl) {
  auto const ttl = [](std::string_view text) {
    return look_up(zone{text}, "example.org", {}, [](auto const& l) { return std::to_string(l.ttl()); });
  };
  EXPECT_EQ(
      ttl("example.org. 600 MX 10 a.example.org.\na.example.org. 500 A 192.0.2.1\na.example.org. 400 A 192.0.2.2\n"
          "a.example.org. 700 AAAA 2001:db8::1"),
      "400");
  EXPECT_EQ(ttl("example.org. 600 MX 10 a.example.org.\na.example.org. 300 CNAME b.example.org.\n"
                "b.example.org. 700 A 192.0.2.1"),
            "300");
  EXPECT_EQ(ttl("example.org. 2147483648 MX 0 ."), "0");
  EXPECT_EQ(ttl("example.org. 2147483647 MX 0 ."), "2147483647");
  EXPECT_EQ(ttl("example.org. 60 MX SERVFAIL"), "0");
  EXPECT_EQ(ttl("example.org. 60 MX NXDOMAIN"), "60");
}

// RFC 7672 2.2.1, 2.2.2: what DANE builds upon is told for each answer.
TEST(MxLookup, TellsWhatIsSecure) {
  zone const from{
      "; secure denial\nexample.org. MX 10 a.example.org. ; secure\nexample.org. MX 20 b.example.org. ; secure\n"
      "example.org. MX 30 c.example.org. ; secure\n"
      "a.example.org. A 192.0.2.1 ; secure\na.example.org. AAAA 2001:db8::1\n"
      "b.example.org. CNAME b.example.net. ; secure\nb.example.net. A 192.0.2.2\n"
      "c.example.org. CNAME c.example.net. ; secure\nc.example.net. A 192.0.2.3 ; secure"};
  EXPECT_EQ(look_up(from, "example.org", {}, whole),
            "10 a.example.org 2001:db8::1 192.0.2.1, 20 b.example.org 192.0.2.2, 30 c.example.org 192.0.2.3; alias 2; "
            "ttl 900; secure; -4--; alias b.example.net--6-; alias c.example.net-46-");
  // Only a question of its own shows that the alias itself is secure.
  mx_options const dane{.dane = true};
  EXPECT_EQ(look_up(from, "example.org", dane, whole),
            "10 a.example.org 2001:db8::1 192.0.2.1, 20 b.example.org 192.0.2.2, 30 c.example.org 192.0.2.3; alias 2; "
            "ttl 900; secure; -4--; alias b.example.netA-6-; alias c.example.net-46-");
  zone elsewhere = from;
  elsewhere.add("b.example.org. CNAME NODATA ; secure");
  EXPECT_NE(look_up(elsewhere, "example.org", dane, whole).find("; alias b.example.net--6-;"), std::string::npos);
  // Where it fails, the host is not used: somebody might have something to hide.
  zone failing = from;
  failing.add("b.example.org. CNAME SERVFAIL");
  EXPECT_EQ(look_up(failing, "example.org", dane),
            "10 a.example.org 2001:db8::1 192.0.2.1, 20 b.example.org, 30 c.example.org 192.0.2.3");
  EXPECT_EQ(look_up(failing),
            "10 a.example.org 2001:db8::1 192.0.2.1, 20 b.example.org 192.0.2.2, 30 c.example.org "
            "192.0.2.3");
}

constexpr std::string_view two_hosts =
    "example.org. MX 10 a.example.org.\nexample.org. MX 20 b.example.org.\n"
    "a.example.org. A 192.0.2.1\na.example.org. AAAA 2001:db8::1\nb.example.org. A 192.0.2.2\n";

// Each answer failing in each way, in every order of the answers.
TEST(MxLookup, EachAnswerMayFail) {
  struct {
    std::string_view question, nodata, nxdomain, servfail;
  } const rows[]{
      {"example.org. MX", "no_address 550 5.4.4", "no_such_domain 550 5.1.2", "lookup_failed 451 4.4.3"},
      {"a.example.org. A", "10 a.example.org 2001:db8::1, 20 b.example.org 192.0.2.2",
       "10 a.example.org 2001:db8::1, 20 b.example.org 192.0.2.2",
       "10 a.example.org 2001:db8::1, 20 b.example.org 192.0.2.2"},
      {"a.example.org. AAAA", "10 a.example.org 192.0.2.1, 20 b.example.org 192.0.2.2",
       "10 a.example.org 192.0.2.1, 20 b.example.org 192.0.2.2",
       "10 a.example.org 192.0.2.1, 20 b.example.org 192.0.2.2"},
      {"b.example.org. A", "10 a.example.org 2001:db8::1 192.0.2.1, 20 b.example.org",
       "10 a.example.org 2001:db8::1 192.0.2.1, 20 b.example.org",
       "10 a.example.org 2001:db8::1 192.0.2.1, 20 b.example.org"},
      {"b.example.org. AAAA", "10 a.example.org 2001:db8::1 192.0.2.1, 20 b.example.org 192.0.2.2",
       "10 a.example.org 2001:db8::1 192.0.2.1, 20 b.example.org 192.0.2.2",
       "10 a.example.org 2001:db8::1 192.0.2.1, 20 b.example.org 192.0.2.2"},
  };
  for (auto const& one : rows) {
    auto const with = [&](std::string_view status) {
      return look_up(zone{std::string{one.question}.append(" ").append(status).append("\n").append(two_hosts)});
    };
    EXPECT_EQ(with("NODATA"), one.nodata) << one.question;
    EXPECT_EQ(with("NXDOMAIN"), one.nxdomain) << one.question;
    EXPECT_EQ(with("SERVFAIL"), one.servfail) << one.question;
    EXPECT_EQ(with("TIMEOUT"), one.servfail) << one.question;
  }
}

TEST(MxLookup, WhatTheHostDoesNotWaitForIsATimeout) {
  zone const from{two_hosts};
  for (int answers = 0; answers != 6; ++answers) {
    mx_lookup lookup{"example.org", {}};
    int left = answers;
    zones::play(lookup, from, [&](std::size_t count) -> std::size_t {
      if (left-- == 0) lookup.end_waiting();
      return count - 1;
    });
    ASSERT_TRUE(lookup.done());
    // The last questions are answered first: b's AAAA and A, a's AAAA and A.
    constexpr std::string_view lists[]{"lookup_failed 451 4.4.3",
                                       "lookup_failed 451 4.4.3",
                                       "lookup_failed 451 4.4.3",
                                       "10 a.example.org, 20 b.example.org 192.0.2.2",
                                       "10 a.example.org 2001:db8::1, 20 b.example.org 192.0.2.2",
                                       "10 a.example.org 2001:db8::1 192.0.2.1, 20 b.example.org 192.0.2.2"};
    EXPECT_EQ(list_of(lookup), lists[answers]) << answers;
    EXPECT_EQ(lookup.ttl(), answers == 5 ? 900U : 0U);
    EXPECT_EQ(lookup.incomplete(), answers != 0 && answers != 5);
    lookup.end_waiting();
    EXPECT_EQ(list_of(lookup), lists[answers]);
  }
  mx_lookup unasked{"example.org", {}};
  unasked.end_waiting();
  EXPECT_TRUE(unasked.outcome() == mx_outcome::lookup_failed && !unasked.ask());
}

TEST(MxLookup, AMistakenAnswerChangesNothing) {
  constexpr mx_record records[]{{10, "a.example.org"}};
  address_literal const ipv4[]{parse_ip_address("192.0.2.1")};
  address_literal const ipv6[]{parse_ip_address("2001:db8::1")};
  dns_answer const mx{.status = dns_status::records, .ttl = 1, .exchanges = records};
  mx_lookup lookup{"example.org", {}};
  EXPECT_EQ(lookup.answer({dns_type::mx, "example.org", 0}, mx), errc::local_order) << "nobody asked";
  dns_question const q = lookup.ask();
  EXPECT_FALSE(lookup.ask()) << "the answer comes first";
  EXPECT_EQ(lookup.answer({dns_type::a, "example.org", 0}, mx), errc::local_argument);
  EXPECT_EQ(lookup.answer({dns_type::a, "a.example.org", 1}, mx), errc::local_argument);
  EXPECT_EQ(lookup.answer(q, mx), errc::ok);
  EXPECT_EQ(lookup.answer(q, mx), errc::local_order) << "a second time";
  dns_question const a = lookup.ask();
  EXPECT_EQ(lookup.answer({dns_type::aaaa, "a.example.org", 2}, {}), errc::local_order) << "not asked yet";
  dns_question const aaaa = lookup.ask();
  EXPECT_FALSE(lookup.ask());
  EXPECT_EQ(lookup.answer({dns_type::cname, "a.example.org", 3}, {}), errc::local_order) << "not wanted";
  EXPECT_EQ(lookup.answer({dns_type::a, "b.example.org", 4}, {}), errc::local_argument);
  EXPECT_EQ(lookup.answer({dns_type::a, "b.example.org", 65535}, {}), errc::local_argument);
  EXPECT_EQ(lookup.answer(a, {.status = dns_status::records, .addresses = ipv6}), errc::local_argument);
  EXPECT_EQ(lookup.answer(aaaa, {.status = dns_status::records, .addresses = ipv4}), errc::local_argument);
  EXPECT_FALSE(lookup.done());
  EXPECT_EQ(lookup.answer(aaaa, {.status = dns_status::records, .ttl = 5, .addresses = ipv6}), errc::ok);
  EXPECT_EQ(lookup.answer(a, {.status = dns_status::records, .ttl = 5}), errc::ok);
  EXPECT_EQ(whole(lookup), "10 a.example.org 2001:db8::1; ; ttl 1; ----");
  EXPECT_EQ(lookup.answer(a, {}), errc::local_order);
  EXPECT_EQ(lookup.address_count(1), 0U);
  EXPECT_EQ(lookup.address(0, 1).kind, ehlo::literal_kind::none);
  EXPECT_EQ(lookup.address(7, 0).kind, ehlo::literal_kind::none);
}

// Where A and AAAA name different ends of the chain, that of A counts, whichever comes first.
TEST(MxLookup, TwoEndsOfOneChain) {
  for (bool const a_first : {false, true}) {
    mx_lookup lookup{"example.org", {}};
    EXPECT_EQ(lookup.answer(lookup.ask(), {.status = dns_status::nodata}), errc::ok);
    dns_question const a = lookup.ask();
    dns_question const aaaa = lookup.ask();
    for (bool const now_a : {a_first, !a_first})
      EXPECT_EQ(lookup.answer(now_a ? a : aaaa, {.status = dns_status::nodata,
                                                 .canonical_name = now_a ? "a.example.net." : "aaaa.example.net."}),
                errc::ok);
    EXPECT_EQ(lookup.hosts()[0].canonical_name(), "a.example.net");
  }
}

/// Numbers by chance, the same on every machine.
class numbers {
 public:
  explicit numbers(std::uint64_t seed) : state_{seed} {}
  std::size_t operator()(std::size_t below) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::size_t>(state_ >> 33U) % below;
  }

 private:
  std::uint64_t state_;
};

// Any zone, any options, two orders of answers: what the whole zone says.
TEST(MxLookup, SaysWhatTheZoneSays) {
  std::map<mx_outcome, int> outcomes;
  for (std::uint64_t seed = 0; seed != 2000; ++seed) {
    numbers below{seed};
    auto const next = [&](std::size_t count) { return below(count); };
    std::string const text = zones::any_zone(next);
    mx_options const options = zones::any_options(next);
    zone const from{text};
    mx_lookup one{"example.org", options};
    mx_lookup other{"example.org", options};
    zones::play(one, from, next);
    zones::play(other, from, [](std::size_t count) { return count - 1; });
    ASSERT_TRUE(one.done());
    ASSERT_EQ(whole(one), whole(other)) << text;
    ASSERT_EQ(zones::oracle(from, options, 16, 8).wrong(one, "example.org"), "")
        << text << "seed " << seed << whole(one);
    ++outcomes[one.outcome()];
    basic_mx_lookup<2, 1> small{"example.org", options};
    zones::play(small, from, next);
    ASSERT_EQ(zones::oracle(from, options, 2, 1).wrong(small, "example.org"), "") << text << "seed " << seed;
    ++outcomes[small.outcome()];
  }
  for (mx_outcome const each :
       {mx_outcome::found, mx_outcome::null_mx, mx_outcome::no_such_domain, mx_outcome::no_address,
        mx_outcome::own_host, mx_outcome::lookup_failed, mx_outcome::left_out})
    EXPECT_GT(outcomes[each], 0) << name(each);
}

// A lookup needs nothing that a compiler has not.
constexpr bool works_in_a_compiler() {
  constexpr mx_record records[]{{10, "mx.example.org."}};
  constexpr address_literal addresses[]{parse_ip_address("192.0.2.1")};
  basic_mx_lookup<1, 1> lookup{"example.org", {.order = address_order::ipv4_only}};
  static_cast<void>(lookup.answer(lookup.ask(), {.status = dns_status::records, .exchanges = records}));
  static_cast<void>(lookup.answer(lookup.ask(), {.status = dns_status::records, .addresses = addresses}));
  return lookup.outcome() == mx_outcome::found && lookup.hosts()[0].name() == "mx.example.org" &&
         lookup.address(0, 0) == addresses[0];
}
static_assert(works_in_a_compiler());

}  // namespace
