// SPDX-License-Identifier: BSL-1.0
// DANE for SMTP, RFC 7672: which names are asked, what the answers mean, and which certificates match.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/route/dane.hpp"
#include "ehlo/route/dane_certificate.hpp"
#include "ehlo/route/security.hpp"

namespace {

using namespace ehlo::route;
using namespace std::string_view_literals;
using ehlo::text_writer;
using ehlo::tls_policy;

constexpr dnssec secure = dnssec::secure, insecure = dnssec::insecure, bogus = dnssec::bogus, failed = dnssec::failed;

std::string say(dane_names const& names) {
  if (names.skip) return "skip";
  std::string out;
  for (std::size_t i = 0; i != names.count; ++i) out += (i == 0 ? "" : " ") + std::string(names.base_domains[i]);
  return out;
}

TEST(Dane, WhichNamesAreAsked) {
  struct {
    dane_host host;
    std::string_view asked;
    std::string_view without_insecure_mx = "=";  // the same
    std::string_view mandatory = "=";
  } const rows[] = {
      // 2.2.2 "Non-CNAME"
      {{.name = "mx.example", .addresses = secure, .by_mx = true, .mx = secure}, "mx.example"},
      {{.name = "mx.example.", .addresses = secure}, "mx.example."},
      {{.name = "mx.example", .addresses = insecure, .by_mx = true, .mx = secure}, "", "=", "skip"},
      {{.name = "mx.example", .expanded = "MX.example.", .addresses = secure}, "mx.example"},
      // "Secure CNAME": the expanded name, and failing that the name itself
      {{.name = "mx.example", .expanded = "a.example", .addresses = secure, .first_cname = secure},
       "a.example mx.example"},
      // "Insecure CNAME"
      {{.name = "mx.example", .expanded = "a.test", .addresses = insecure, .first_cname = secure}, "mx.example"},
      {{.name = "mx.example", .expanded = "a.test", .addresses = insecure, .first_cname = insecure}, "", "=", "skip"},
      {{.name = "mx.example", .expanded = "a.test", .addresses = insecure, .first_cname = failed}, "skip"},
      {{.name = "mx.example", .expanded = "a.test", .addresses = insecure, .first_cname = bogus}, "skip"},
      {{.name = "mx.example", .addresses = insecure, .first_cname = failed}, "", "=", "skip"},  // no alias
      // 2.2.1: MX records that are not signed
      {{.name = "mx.example", .addresses = secure, .by_mx = true, .mx = insecure}, "mx.example", "", "skip"},
      {{.name = "mx.example", .addresses = secure, .by_mx = false, .mx = insecure}, "mx.example"},
      // 2.1.2: what fails makes the host unreachable
      {{.name = "mx.example", .addresses = bogus, .by_mx = true, .mx = secure}, "skip"},
      {{.name = "mx.example", .addresses = failed, .by_mx = true, .mx = secure}, "skip"},
      {{.name = "mx.example", .addresses = secure, .by_mx = true, .mx = bogus}, "skip"},
      {{.name = "mx.example", .addresses = secure, .by_mx = true, .mx = failed}, "skip"},
      // 2.2: an address in place of a name
      {{.name = "[192.0.2.1]", .addresses = secure, .by_mx = true, .mx = secure}, "", "=", "skip"},
      {{.name = "", .addresses = secure}, "", "=", "skip"},
      {{.name = "_mx.example", .addresses = secure}, "_mx.example"},
  };
  for (auto const& row : rows) {
    std::string const asked = say(find_dane_names(row.host));
    EXPECT_EQ(asked, row.asked) << row.host.name;
    EXPECT_EQ(say(find_dane_names(row.host, {.with_insecure_mx = false})),
              row.without_insecure_mx == "=" ? asked : row.without_insecure_mx)
        << row.host.name;
    EXPECT_EQ(say(find_dane_names(row.host, {.mandatory = true})), row.mandatory == "=" ? asked : row.mandatory)
        << row.host.name;
  }
}

std::string tlsa_name(std::uint16_t port, std::string_view base, std::size_t size = tlsa_name_limit) {
  std::vector<char> room(size);
  text_writer out{room};
  return write_tlsa_name(out, port, base) ? std::string(out.written()) : "-";
}

TEST(Dane, QueryName) {
  EXPECT_EQ(tlsa_name(25, "mx.example.com"), "_25._tcp.mx.example.com.");  // 2.2.3
  EXPECT_EQ(tlsa_name(65535, "mx.example.com."), "_65535._tcp.mx.example.com.");
  for (std::string_view const bad : {"", ".", "a b", "a..b", "[192.0.2.1]", "a/b", "m\xC3\xBC.example"})
    EXPECT_EQ(tlsa_name(25, bad), "-") << bad;
  std::string const label = std::string(60, 'a') + ".";
  EXPECT_EQ(tlsa_name(25, label + label + label + std::string(61, 'b')).size(), 254u);
  EXPECT_EQ(tlsa_name(25, label + label + label + std::string(62, 'b'), 300), "-");
  EXPECT_EQ(tlsa_name(25, "mx.example.com", 23), "-");
}

std::string rdata(int usage, int selector, int matching, std::string const& data) {
  return std::string{static_cast<char>(usage), static_cast<char>(selector), static_cast<char>(matching)} + data;
}

bool usable(std::string const& octets) {
  tlsa_record record;
  return parse_tlsa_record(octets, record) && is_usable(record);
}

// RFC 6698 2.1, 4.1; RFC 7672 3.1.
TEST(Dane, UsableRecords) {
  std::string const d256(32, 'd'), d512(64, 'D'), der = "\x30\x03" + std::string("abc");
  for (int usage : {2, 3})
    for (int selector : {0, 1}) {
      EXPECT_TRUE(usable(rdata(usage, selector, 1, d256)));
      EXPECT_TRUE(usable(rdata(usage, selector, 2, d512)));
      EXPECT_TRUE(usable(rdata(usage, selector, 0, der)));
      for (std::size_t const size : {0u, 20u, 31u, 33u, 64u})
        EXPECT_FALSE(usable(rdata(usage, selector, 1, std::string(size, 'd'))));
      for (std::size_t const size : {0u, 32u, 48u, 63u, 65u})
        EXPECT_FALSE(usable(rdata(usage, selector, 2, std::string(size, 'd'))));
      EXPECT_FALSE(usable(rdata(usage, selector, 3, d256))) << "unknown matching type";
      EXPECT_FALSE(usable(rdata(usage, selector, 255, d256))) << "private";
    }
  for (int usage : {0, 1, 4, 255}) EXPECT_FALSE(usable(rdata(usage, 1, 1, d256))) << usage;
  for (int selector : {2, 255}) EXPECT_FALSE(usable(rdata(3, selector, 1, d256))) << selector;
  std::string const long_form = "\x30\x82\x01\x2C" + std::string(300, 'x');
  EXPECT_TRUE(usable(rdata(3, 0, 0, long_form)));
  EXPECT_TRUE(usable(rdata(3, 0, 0, std::string("\x30\x00", 2))));
  for (std::string const& bad :
       {std::string{}, std::string("\x30"), der + "x", der.substr(0, 4), "\x31" + der.substr(1), long_form + "x",
        std::string("\x30\x80"), std::string("\x30\x84\x00\x00\x00\x01x", 7), std::string("\x30\x82\x01"),
        std::string("\x30\x81\x03") + "abc", std::string("\x30\x82\x00\x80", 4) + std::string(128, 'x')})
    EXPECT_FALSE(usable(rdata(3, 0, 0, bad))) << bad.size();
  tlsa_record record;
  EXPECT_FALSE(parse_tlsa_record("", record) || parse_tlsa_record("\3\1", record));
}

tlsa_record record_of(int usage, int selector, int matching, std::string_view data) {
  return {static_cast<tlsa_usage>(usage), static_cast<tlsa_selector>(selector), static_cast<tlsa_matching>(matching),
          data};
}

std::string const digest(32, 'd');
std::array<tlsa_record, 1> const good{record_of(3, 1, 1, digest)};
std::array<tlsa_record, 2> const one_good{record_of(0, 0, 1, digest), record_of(2, 0, 1, digest)};
std::array<tlsa_record, 2> const unusable{record_of(1, 1, 1, digest), record_of(3, 1, 9, digest)};

// 2.2: the four actions.
TEST(Dane, AnswersDecide) {
  dane_names const one{false, 1, {"mx.example"}}, two{false, 2, {"a.example", "mx.example"}};
  struct {
    dane_names names;
    std::vector<tlsa_answer> answers;
    std::string_view means;
    std::string_view mandatory = "=";
  } const rows[] = {
      {one, {{secure, good}}, "0 dane"},
      {one, {{secure, one_good}}, "0 dane"},
      {one, {{secure, unusable}}, "0 tls", "skip"},
      {one, {{secure, {}}}, "-", "skip"},  // NXDOMAIN, NODATA
      {one, {{insecure, {}}}, "-", "skip"},
      {one, {{insecure, good}}, "-", "skip"},
      {one, {{bogus, good}}, "skip"},
      {one, {{failed, {}}}, "skip"},
      {one, {}, "skip"},
      {two, {{secure, good}, {failed, {}}}, "0 dane"},  // 2.2.3: the first that is secure
      {two, {{secure, good}}, "0 dane"},
      {two, {{secure, unusable}, {secure, good}}, "0 tls", "skip"},
      {two, {{secure, {}}, {secure, good}}, "1 dane"},
      {two, {{insecure, good}, {secure, good}}, "1 dane"},
      {two, {{insecure, good}, {secure, unusable}}, "1 tls", "skip"},
      {two, {{secure, {}}, {insecure, good}}, "-", "skip"},
      {two, {{failed, {}}, {secure, good}}, "skip"},
      {two, {{secure, {}}, {bogus, {}}}, "skip"},
      {two, {{secure, {}}}, "skip"},
      {{}, {}, "-", "skip"},
      {{true, 0, {}}, {}, "skip"},
  };
  auto const say_decision = [](dane_decision const& d) -> std::string {
    if (d.skip) return "skip";
    if (!d.applies) return d.security == tls_requirement{} ? "-" : "?";
    if (d.security.tls != tls_policy::require || d.security.pkix) return "?";
    return std::to_string(d.base) + (d.security.dane ? " dane" : " tls");
  };
  int number = 0;
  for (auto const& row : rows) {
    std::string const means = say_decision(apply_dane(row.names, row.answers));
    EXPECT_EQ(means, row.means) << number;
    EXPECT_EQ(say_decision(apply_dane(row.names, row.answers, {.mandatory = true})),
              row.mandatory == "=" ? means : row.mandatory)
        << number;
    ++number;
  }
}

std::string names_of(dane_host const& host, std::string_view base) {
  dane_identifiers const ids = reference_identifiers(host, base);
  std::string out;
  for (std::size_t i = 0; i != ids.count; ++i) out += (i == 0 ? "" : " ") + std::string(ids.names[i]);
  return out;
}

// 3.2.2, with its example.
TEST(Dane, ReferenceIdentifiers) {
  dane_host host{.name = "mx10.example.com",
                 .addresses = secure,
                 .by_mx = true,
                 .mx = secure,
                 .next_hop = "exchange.example.org",
                 .next_hop_expanded = "example.com."};
  EXPECT_EQ(names_of(host, "mx10.example.com"), "mx10.example.com exchange.example.org example.com");
  host.name = "mx15.example.com";
  host.expanded = "mxbackup.example.com";
  EXPECT_EQ(names_of(host, "mx15.example.com"), "mx15.example.com exchange.example.org example.com");
  host.name = "mx20.example.com";
  host.expanded = "mxbackup.example.net";
  EXPECT_EQ(names_of(host, "mxbackup.example.net."), "mxbackup.example.net exchange.example.org example.com");
  host.next_hop_expanded = "EXCHANGE.example.org";
  EXPECT_EQ(names_of(host, "mx20.example.com"), "mx20.example.com exchange.example.org");
  host.mx = insecure;  // "the MX hostname is the only reference identifier"
  EXPECT_EQ(names_of(host, "mx20.example.com"), "mx20.example.com");

  dane_host const relay{.name = "relay.example", .expanded = "r1.example", .addresses = secure};
  EXPECT_EQ(names_of(relay, "r1.example"), "r1.example relay.example");
  EXPECT_EQ(names_of(relay, "relay.example"), "relay.example");
}

/// A chain of three: digests are words repeated to the length that a digest has.
struct chain {
  std::string texts[3][6];
  std::array<presented_certificate, 3> certificates;

  chain() {
    for (std::size_t i = 0; i != 3; ++i) {
      char const c = static_cast<char>('0' + i);
      texts[i][0] = "\x30\x02" + std::string{'c', c};
      texts[i][1] = "\x30\x02" + std::string{'k', c};
      for (std::size_t d = 0; d != 4; ++d)
        texts[i][2 + d] = std::string(d % 2 == 0 ? 32 : 64, static_cast<char>("CcKk"[d] + static_cast<char>(4 * i)));
      auto const& t = texts[i];
      certificates[i] = {t[0], t[1], t[2], t[3], t[4], t[5], true};
    }
  }
  chain(chain const&) = delete;
  chain& operator=(chain const&) = delete;

  [[nodiscard]] tlsa_record record(int usage, int selector, int matching, std::size_t of) const {
    std::size_t const which =
        matching == 0 ? static_cast<std::size_t>(selector) : static_cast<std::size_t>(1 + 2 * selector + matching);
    return record_of(usage, selector, matching, texts[of][which]);
  }
};

std::string match(std::vector<tlsa_record> const& records, chain const& c, bool name = true) {
  constexpr std::string_view results[] = {"yes", "no certificate", "no match", "not issued", "wrong name"};
  dane_match const m = match_dane(records, c.certificates, name);
  if (m.result != dane_result::authenticated) return std::string(results[static_cast<int>(m.result)]);
  return "record " + std::to_string(m.record) + " depth " + std::to_string(m.depth);
}

TEST(Dane, EachSelectorAndMatchingType) {
  chain const c;
  for (int selector : {0, 1})
    for (int matching : {0, 1, 2}) {
      EXPECT_EQ(match({c.record(3, selector, matching, 0)}, c), "record 0 depth 0");
      EXPECT_EQ(match({c.record(3, selector, matching, 1)}, c), "no match") << "DANE-EE is the leaf alone";
      EXPECT_EQ(match({c.record(2, selector, matching, 0)}, c), "no match") << "DANE-TA is never the leaf";
      EXPECT_EQ(match({c.record(2, selector, matching, 1)}, c), "record 0 depth 1");
      EXPECT_EQ(match({c.record(2, selector, matching, 2)}, c), "record 0 depth 2");
      EXPECT_EQ(match({c.record(0, selector, matching, 1)}, c), "no match") << "PKIX-TA";
      EXPECT_EQ(match({c.record(1, selector, matching, 0)}, c), "no match") << "PKIX-EE";
      tlsa_record crossed = c.record(3, selector, matching, 0);
      crossed.selector = static_cast<tlsa_selector>(1 - selector);
      EXPECT_EQ(match({crossed}, c), "no match");
    }
}

// 3.1.1: neither names nor dates; 3.1.2, 3.2.2: names, and a chain that holds.
TEST(Dane, NamesAndTrust) {
  chain c;
  for (auto& one : c.certificates) one.anchors_leaf = false;
  EXPECT_EQ(match({c.record(3, 1, 1, 0)}, c, false), "record 0 depth 0");
  EXPECT_EQ(match({c.record(2, 0, 1, 1)}, c), "not issued");
  EXPECT_EQ(match({c.record(2, 0, 1, 1)}, c, false), "not issued");
  c.certificates[2].anchors_leaf = true;
  EXPECT_EQ(match({c.record(2, 0, 1, 1)}, c), "not issued");
  EXPECT_EQ(match({c.record(2, 0, 1, 2)}, c), "record 0 depth 2");
  EXPECT_EQ(match({c.record(2, 0, 1, 2)}, c, false), "wrong name");
  EXPECT_EQ(match({c.record(2, 0, 1, 1), c.record(2, 0, 1, 2), c.record(2, 0, 1, 1)}, c, false), "wrong name");
  EXPECT_EQ(match({c.record(2, 0, 1, 2), c.record(3, 1, 1, 0)}, c, false), "record 1 depth 0") << "one is enough";
  EXPECT_EQ(match({c.record(3, 1, 1, 2), c.record(3, 1, 1, 0)}, c), "record 1 depth 0") << "a key rollover";
  EXPECT_EQ(match({}, c), "no match");
  EXPECT_EQ(match_dane(good, {}, true).result, dane_result::no_certificate);
  EXPECT_TRUE(wants_trust(std::vector{c.record(2, 1, 1, 2)}, c.certificates[2]));
  EXPECT_FALSE(wants_trust(std::vector{c.record(3, 1, 1, 2), c.record(2, 1, 1, 1)}, c.certificates[2]));
}

// RFC 7671 9: of each usage and selector the strongest digest counts, and the full ones always.
TEST(Dane, DigestAgility) {
  chain const c;
  auto const wrong = [&](int usage, int selector, int matching) { return c.record(usage, selector, matching, 2); };
  EXPECT_EQ(match({c.record(3, 1, 1, 0), wrong(3, 1, 2)}, c), "no match") << "SHA2-256 is out of use";
  EXPECT_EQ(match({wrong(3, 1, 1), c.record(3, 1, 2, 0)}, c), "record 1 depth 0");
  EXPECT_EQ(match({c.record(3, 1, 1, 0), wrong(3, 0, 2)}, c), "record 0 depth 0") << "another selector";
  EXPECT_EQ(match({c.record(3, 1, 1, 0), record_of(2, 1, 2, std::string_view(c.texts[0][3]))}, c), "record 0 depth 0");
  EXPECT_EQ(match({c.record(3, 1, 1, 0), wrong(1, 1, 2)}, c), "record 0 depth 0") << "unusable ones do not count";
  tlsa_record cut = wrong(3, 1, 2);
  cut.data.remove_suffix(1);
  EXPECT_EQ(match({c.record(3, 1, 1, 0), cut}, c), "record 0 depth 0") << "nor malformed ones";
  EXPECT_EQ(match({c.record(3, 1, 0, 0), wrong(3, 1, 2)}, c), "record 0 depth 0") << "full";
}

// A digest that the host did not compute matches nothing.
TEST(Dane, NothingMatchesNothing) {
  std::array<presented_certificate, 2> const empty{};
  for (int matching : {0, 1, 2})
    EXPECT_EQ(match_dane(std::vector{record_of(3, 1, matching, "")}, empty, true).result, dane_result::no_match);
}

// RFC 8461 2: MTA-STS never makes up for DANE that fails.
TEST(Security, DaneComesBeforeMtaSts) {
  mta_sts_decision const nothing, enforce{false, true, true, {tls_policy::require, true, false}},
      mismatch{true, true, false, {tls_policy::require, true, false}};
  dane_decision const none, skip{true, false, 0, {}}, dane{false, true, 0, {tls_policy::require, false, true}},
      tls{false, true, 0, {tls_policy::require, false, false}};
  dane_host const signed_mx{.by_mx = true, .mx = secure}, no_mx{}, unsigned_mx{.by_mx = true, .mx = insecure};
  auto const say_both = [](host_security const& s) -> std::string {
    if (s.skip) return "skip";
    std::string out = s.security.tls == tls_policy::require ? "tls" : "clear text too";
    if (s.security.pkix) out += " pkix";
    if (s.security.dane) out += " dane";
    return out;
  };
  for (dane_host const& host : {signed_mx, no_mx, unsigned_mx}) {
    EXPECT_EQ(say_both(join_security(none, host, nothing)), "clear text too");
    EXPECT_EQ(say_both(join_security(none, host, enforce)), "tls pkix");
    EXPECT_EQ(say_both(join_security(none, host, mismatch)), "skip");
    EXPECT_EQ(say_both(join_security(skip, host, nothing)), "skip");
    EXPECT_EQ(say_both(join_security(skip, host, enforce)), "skip");
    EXPECT_EQ(say_both(join_security(dane, host, nothing)), "tls dane");
    EXPECT_EQ(say_both(join_security(tls, host, nothing)), "tls");
    EXPECT_EQ(say_both(join_security(tls, host, enforce)), "tls pkix");
    EXPECT_EQ(say_both(join_security(tls, host, mismatch)), "skip");
  }
  for (dane_host const& host : {signed_mx, no_mx}) {
    EXPECT_EQ(say_both(join_security(dane, host, enforce)), "tls dane");
    EXPECT_EQ(say_both(join_security(dane, host, mismatch)), "tls dane");
  }
  EXPECT_EQ(say_both(join_security(dane, unsigned_mx, enforce)), "tls pkix dane");
  EXPECT_EQ(say_both(join_security(dane, unsigned_mx, mismatch)), "skip") << "whoever forges MX records has TLSA, too";
}

}  // namespace
