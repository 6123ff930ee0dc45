// SPDX-License-Identifier: BSL-1.0
// Relay policy: who may send to whom, and that no way of writing an address slips through.
#include "ehlo/route/relay.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/grammar/ip_network.hpp"
#include "ehlo/grammar/path.hpp"

namespace {

using ehlo::ip_network;
using namespace ehlo::route;
using ehlo::address_literal;
using ehlo::parse_ip_address;
using enum relay_verdict;

constexpr ip_network network(std::string_view text) {
  ip_network out;
  return parse_ip_network(text, out) ? out : ip_network{};
}

constexpr bool in(std::string_view text, std::string_view address) {
  return network(text).contains(parse_ip_address(address));
}

static_assert(in("192.0.2.0/24", "192.0.2.0") && in("192.0.2.0/24", "192.0.2.255"));
static_assert(!in("192.0.2.0/24", "192.0.3.0") && !in("192.0.2.0/24", "192.0.1.255"));
static_assert(in("192.0.2.1", "192.0.2.1") && !in("192.0.2.1", "192.0.2.0") && in("192.0.2.1/32", "192.0.2.1"));
static_assert(in("192.0.2.128/25", "192.0.2.200") && !in("192.0.2.128/25", "192.0.2.127"));
static_assert(in("192.0.2.6/31", "192.0.2.7") && !in("192.0.2.6/31", "192.0.2.8"));
static_assert(in("10.0.0.0/8", "10.255.1.2") && !in("10.0.0.0/8", "11.0.0.0") && in("128.0.0.0/1", "255.255.255.255"));
static_assert(in("0.0.0.0/0", "203.0.113.9") && !in("0.0.0.0/0", "::1") && !in("::/0", "203.0.113.9"));
static_assert(in("2001:db8::/32", "2001:db8:ffff::1") && !in("2001:db8::/32", "2001:db9::"));
static_assert(in("2001:db8::/33", "2001:db8:7fff::") && !in("2001:db8::/33", "2001:db8:8000::"));
static_assert(in("::1", "::1") && !in("::1", "::2") && in("fe80::/10", "febf::1") && !in("fe80::/10", "fec0::1"));
// An IPv4 client of a socket for both, and a network written so.
static_assert(in("192.0.2.0/24", "::ffff:192.0.2.9") && !in("::/0", "::ffff:192.0.2.9"));
static_assert(in("::ffff:192.0.2.0/120", "192.0.2.9") && in("::ffff:192.0.2.0/120", "::ffff:192.0.2.9"));
static_assert(!in("::ffff:192.0.2.0/120", "192.0.3.9") && in("::ffff:0:0/96", "203.0.113.9"));
static_assert(!in("::ffff:0:0/95", "203.0.113.9") && !in("::192.0.2.0/120", "192.0.2.9"));
static_assert(!ip_network{}.contains({}) && !network("0.0.0.0/0").contains({}) && !network("::/0").contains({}));

TEST(IpNetwork, Malformed) {
  for (std::string_view const bad : {"",
                                     "/",
                                     "/24",
                                     "192.0.2.0/",
                                     "192.0.2.0/33",
                                     "192.0.2.0/024",
                                     "192.0.2.0/24/",
                                     "192.0.2.1/24",
                                     "192.0.2/24",
                                     "192.0.2.0/+8",
                                     "192.0.2.0/ 24",
                                     " 192.0.2.0/24",
                                     "::/129",
                                     "::1/127",
                                     "2001:db8::1/64",
                                     "[::1]",
                                     "192.0.2.0/256",
                                     "192.0.2.0/1000",
                                     "::ffff:192.0.2.1/120",
                                     "example.org",
                                     "*",
                                     "192.0.2.0-192.0.2.9",
                                     "192.0.2.0/255.255.255.0",
                                     "192.0.2.*",
                                     "192.0.2.0/24 ",
                                     "0.0.0.1/0"}) {
    ip_network out;
    EXPECT_FALSE(parse_ip_network(bad, out)) << bad;
    for (std::string_view const address : {"0.0.0.0", "192.0.2.1", "::", "::1"})
      EXPECT_FALSE(out.contains(parse_ip_address(address))) << bad;
  }
}

constexpr std::string_view local_domains[] = {"example.org", "mx.Example.ORG.", ".sub.example.org",
                                              "xn--mnchen-3ya.example"};
constexpr std::string_view relay_domains[] = {"backup.example", ".wild.example"};
constexpr ip_network networks[] = {network("192.0.2.0/24"), network("2001:db8::/32")};
constexpr address_literal own[] = {parse_ip_address("198.51.100.1"), parse_ip_address("2001:db8::25"),
                                   parse_ip_address("::ffff:198.51.100.3")};
constexpr relay_options rules{
    .local_domains = local_domains, .relay_domains = relay_domains, .networks = networks, .own_addresses = own};

relay_verdict decide(relay_options const& options, relay_client const& client, std::string_view path) {
  ehlo::path_range range;
  ehlo::tolerance used{};
  ehlo::errc why{};
  if (ehlo::parse_path(path, 0, {ehlo::lenient, true, false}, range, used, why) != path.size()) {
    ADD_FAILURE() << "no path: " << path;
    return denied;
  }
  return decide_relay(options, client, ehlo::view(path, range));
}

relay_client const stranger{parse_ip_address("203.0.113.9")}, neighbour{parse_ip_address("192.0.2.7")},
    neighbour6{parse_ip_address("2001:db8::7")}, mapped{parse_ip_address("::ffff:192.0.2.7")},
    user{parse_ip_address("203.0.113.9"), true}, peer{parse_ip_address("203.0.113.9"), false, true};

struct row {
  std::string_view path;
  relay_verdict of_stranger;
  relay_verdict of_trusted;
};

// The recipient, what a stranger is told, and what whoever may relay is told.
constexpr row table[] = {
    // RFC 5321 4.5.1
    {"<postmaster>", local, local},
    {"<PostMaster>", local, local},
    {"<postmaster@example.org>", local, local},
    {"<postmaster@else.example>", denied, relay},
    // domains
    {"<a@example.org>", local, local},
    {"<a@EXAMPLE.org>", local, local},
    {"<a@mx.example.org>", local, local},
    {"<a@sub.example.org>", denied, relay},
    {"<a@x.sub.example.org>", local, local},
    {"<a@y.x.SUB.example.org>", local, local},
    {"<a@xsub.example.org>", denied, relay},
    {"<a@other.example.org>", denied, relay},
    {"<a@xexample.org>", denied, relay},
    {"<a@example.org.else.example>", denied, relay},
    {"<a@org>", denied, relay},
    {"<a@localhost>", denied, relay},
    {"<a@xn--mnchen-3ya.example>", local, local},
    {"<a@XN--MNCHEN-3YA.example>", local, local},
    {"<a@m\xC3\xBCnchen.example>", denied, relay},  // not converted
    {"<a@backup.example>", relay, relay},
    {"<a@Backup.Example>", relay, relay},
    {"<a@x.backup.example>", denied, relay},
    {"<a@wild.example>", denied, relay},
    {"<a@x.wild.example>", relay, relay},
    {"<a@else.example>", denied, relay},
    {"<a_b@else_where.example>", denied, relay},
    // address literals
    {"<a@[198.51.100.1]>", local, local},
    {"<a@[198.051.100.001]>", local, local},
    {"<a@[IPv6:2001:db8::25]>", local, local},
    {"<a@[IPv6:2001:db8:0:0:0:0:0:25]>", local, local},
    {"<a@[IPv6:::ffff:198.51.100.1]>", local, local},
    {"<a@[198.51.100.3]>", local, local},
    {"<a@[198.51.100.2]>", denied, relay},
    {"<a@[127.0.0.1]>", denied, relay},
    {"<a@[IPv6:::198.51.100.1]>", denied, relay},
    {"<a@[x-tag:example.org]>", denied, relay},
    {"<a@198.51.100.1>", denied, relay},
    // routes in the local part, to systems that could act on them
    {"<a%else.example@example.org>", route, route},
    {"<a%b%c@example.org>", route, route},
    {"<%@example.org>", route, route},
    {"<else.example!a@example.org>", route, route},
    {"<b!else.example!a@example.org>", route, route},
    {"<!@example.org>", route, route},
    {"<\"a@else.example\"@example.org>", route, route},
    {"<\"a\\@else.example\"@example.org>", route, route},
    {"<\"\\a\\@else.example\"@example.org>", route, route},
    {"<\"a%else.example\"@example.org>", route, route},
    {"<\"a\\%else.example\"@example.org>", route, route},
    {"<\"else.example!a\"@example.org>", route, route},
    {"<\"@else.example:a\"@example.org>", route, route},
    {"<\"<a@else.example>\"@example.org>", route, route},
    {"<\"a @ else.example\"@example.org>", route, route},
    {"<postmaster%else.example@example.org>", route, route},
    {"<a%else.example@[198.51.100.1]>", route, route},
    {"<\"a@else.example\"@[IPv6:2001:db8::25]>", route, route},
    {"<a%else.example@backup.example>", route, route},
    {"<else.example!a@x.wild.example>", route, route},
    {"<\"a@else.example\"@backup.example>", route, route},
    // routes in the local part of others: their own matter
    {"<a%example.org@else.example>", denied, relay},
    {"<example.org!a@else.example>", denied, relay},
    {"<\"a@example.org\"@else.example>", denied, relay},
    {"<\"postmaster@example.org\"@else.example>", denied, relay},
    {"<postmaster%example.org@else.example>", denied, relay},
    {"<a%backup.example@[127.0.0.1]>", denied, relay},
    // source routes: the mailbox counts (RFC 5321 appendix C)
    {"<@example.org:a@else.example>", denied, relay},
    {"<@example.org,@mx.example.org:a@else.example>", denied, relay},
    {"<@else.example:a@example.org>", local, local},
    {"<@example.org:a@example.org>", local, local},
    {"<@else.example,@third.example:a@example.org>", local, local},
    {"<@else.example:a@backup.example>", denied, relay},
    {"<@example.org:a@x.wild.example>", denied, relay},
    {"<@example.org:a%else.example@example.org>", route, route},
    {"<@example.org:\"a@else.example\"@example.org>", route, route},
    {"<@else.example:a@[198.51.100.1]>", local, local},
    // harmless local parts
    {"<\"a b\"@example.org>", local, local},
    {"<\"a\"@example.org>", local, local},
    {"<\"\"@example.org>", local, local},
    {"<a/b|c=d+e@example.org>", local, local},
    {"<a..b.@example.org>", local, local},
    {"<m\xC3\xBCller@example.org>", local, local},
};

TEST(Relay, EachRecipientFromEachClient) {
  relay_options all = rules;
  all.verified_tls_may_relay = true;
  for (row const& r : table) {
    EXPECT_EQ(decide(all, stranger, r.path), r.of_stranger) << r.path;
    EXPECT_EQ(decide(all, {}, r.path), r.of_stranger) << r.path;
    for (relay_client const& trusted : {neighbour, neighbour6, mapped, user, peer})
      EXPECT_EQ(decide(all, trusted, r.path), r.of_trusted) << r.path;
    // Only who may relay is affected by what makes nobody trusted.
    EXPECT_EQ(decide(rules, peer, r.path), r.of_stranger) << r.path;
    relay_options closed = rules;
    closed.authenticated_may_relay = false;
    EXPECT_EQ(decide(closed, user, r.path), r.of_stranger) << r.path;
    // 530 where logging in would help, and only there.
    relay_options submission = all;
    submission.authentication_offered = true;
    EXPECT_EQ(decide(submission, stranger, r.path), r.of_stranger == denied ? authenticate : r.of_stranger) << r.path;
    EXPECT_EQ(decide(submission, user, r.path), r.of_trusted) << r.path;
    // Nothing is open by default.
    bool const postmaster = ehlo::equal_ignoring_case(r.path, "<postmaster>");
    EXPECT_EQ(decide({}, stranger, r.path), postmaster ? local : denied) << r.path;
    EXPECT_EQ(decide({}, neighbour, r.path), postmaster ? local : denied) << r.path;
    EXPECT_EQ(decide({}, user, r.path), postmaster ? local : relay) << r.path;
  }
}

TEST(Relay, LoggedInButNotAllowed) {
  relay_options options = rules;
  options.authentication_offered = true;
  options.authenticated_may_relay = false;
  EXPECT_EQ(decide(options, user, "<a@else.example>"), denied) << "logging in again would not help";
  EXPECT_EQ(decide(options, stranger, "<a@else.example>"), denied) << "nor would it at all";
  EXPECT_EQ(decide(options, stranger, "<@else.example:a@backup.example>"), denied);
  EXPECT_EQ(decide(options, neighbour, "<a@else.example>"), relay);
}

TEST(Relay, RoutesInLocalPartsWhereTheHostWantsThem) {
  relay_options options = rules;
  options.routes_in_local_parts = true;
  EXPECT_EQ(decide(options, stranger, "<a%b@example.org>"), local);
  EXPECT_EQ(decide(options, stranger, "<a!b@backup.example>"), relay);
  EXPECT_EQ(decide(options, stranger, "<a%b@else.example>"), denied);
  EXPECT_EQ(decide(options, stranger, "<@x.example:a@backup.example>"), denied);
}

TEST(Relay, Lists) {
  auto const listed = [](std::string_view domain, std::vector<std::string_view> const& list) {
    return is_listed(domain, list);
  };
  EXPECT_TRUE(listed("a.b", {"x", "A.B."}));
  EXPECT_TRUE(listed("a.b.", {"a.b"}) && listed("x.a.b.", {".a.b."}));
  for (std::string_view const nothing : {"", ".", "..", "*", "*.b", "b", ".a.b", "a", "a.b.c"})
    EXPECT_FALSE(listed("a.b", {nothing})) << nothing;
  for (std::string_view const nothing : {"", ".", "..", ".b", ".a.b", "a.b.."}) {
    EXPECT_FALSE(listed(nothing, {"", ".", "..", "a.b", ".b", ".a.b"})) << nothing;
  }
  EXPECT_TRUE(listed("b\xC3\xBC.example", {"B\xC3\xBC.example"}));
  EXPECT_FALSE(listed("b\xC3\xBC.example", {"b\xC3\x9C.example"})) << "only ASCII letters have a case";
}

// What is no recipient at all.
TEST(Relay, NoMailbox) {
  relay_options const open{.networks = networks};
  for (relay_client const& client : {stranger, neighbour}) {
    EXPECT_EQ(decide_relay(open, client, {}), denied);
    ehlo::path_view path;
    path.kind = ehlo::path_kind::mailbox;
    path.local_part = "a";
    EXPECT_EQ(decide_relay(open, client, path), denied);
  }
}

TEST(Relay, Replies) {
  auto const say = [](relay_verdict v) {
    ehlo::reply const r = relay_reply(v);
    EXPECT_TRUE(r.status.fits(r.code.number()));
    EXPECT_EQ(r.code.is_success(), is_accepted(v));
    return std::to_string(r.code.number()) + " " + std::to_string(r.status.subject) + "." +
           std::to_string(r.status.detail);
  };
  EXPECT_EQ(say(local), "250 1.5");
  EXPECT_EQ(say(relay), "250 1.5");
  EXPECT_EQ(say(denied), "550 7.1");
  EXPECT_EQ(say(authenticate), "530 7.0");
  EXPECT_EQ(say(route), "554 7.1");
}

// Whatever a stranger puts together of the pieces that addresses are made of: it ends in a domain of ours, without a
// sign of a route in the local part, or it is refused.
TEST(Relay, NothingSlipsThrough) {
  constexpr std::string_view pieces[] = {
      "a", "else.example",   "example.org", "@",   "%",         "!", "\"", "\\", "[198.51.100.1]", ":", ",", "<", ">",
      ".", "backup.example", " ",           "\\@", "postmaster"};
  std::mt19937 random{5321};
  int taken = 0;
  for (int round = 0; round != 200'000; ++round) {
    std::string path = "<";
    for (auto count = 1 + random() % 7; count != 0; --count) path += pieces[random() % std::size(pieces)];
    if (random() % 2 == 0) path += random() % 2 == 0 ? "@example.org" : "@backup.example";
    path += '>';
    ehlo::path_range range;
    ehlo::tolerance used{};
    ehlo::errc why{};
    if (ehlo::parse_path(path, 0, {ehlo::lenient, true, false}, range, used, why) != path.size()) continue;
    if (!is_accepted(decide_relay(rules, stranger, ehlo::view(path, range)))) continue;
    ++taken;
    std::size_t const last = path.rfind('@');
    if (last == std::string::npos) {
      EXPECT_EQ(path, "<postmaster>");
      continue;
    }
    std::string const domain = path.substr(last + 1, path.size() - last - 2);
    ASSERT_TRUE(domain == "example.org" || domain == "backup.example" || domain == "[198.51.100.1]") << path;
    std::size_t const colon = path[1] == '@' ? path.find(':') : 0;
    ASSERT_EQ(path.substr(colon, last - colon).find_first_of("@%!"), std::string::npos) << path;
    ASSERT_TRUE(colon == 0 || domain != "backup.example") << path;
  }
  EXPECT_GT(taken, 1000);
}

}  // namespace
