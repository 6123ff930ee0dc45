// SPDX-License-Identifier: BSL-1.0
// RFC 7208 beyond its test suite: each row is a zone, a client and all that the check says, the same in every order of
// answers.
#include "ehlo/sender/spf_check.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/sender/received_spf.hpp"
#include "spf_oracle.hpp"
#include "spf_zone.hpp"

namespace {

using ehlo::errc;
using ehlo::instant;
using ehlo::parse_ip_address;
using namespace spf;

spf_client const anyone{parse_ip_address("192.0.2.1"), "helo.example.net", "joe@example.org"};
constexpr std::size_t first(std::size_t) { return 0; }

/// What a check says, the same in up to 300 orders of answers.
std::string said(zone const& in, spf_client const& client = anyone, spf_options const& options = {}) {
  std::string out;
  dns::all_orders orders;
  int left = 300;
  do {
    spf_check check{client, options, {}};
    play(check, in, [&](std::size_t count) { return orders.pick(count); });
    if (!out.empty() && whole(check) != out) return "differs: " + out + " | " + whole(check);
    out = whole(check);
  } while (--left != 0 && orders.next());
  return out;
}
std::string said_from(std::string_view address, zone const& in) {
  return said(in, {parse_ip_address(address), "helo.example.net", "joe@example.org"});
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string out;
  while (count-- != 0) out += text;
  return out;
}

// 4.3, 4.4, 4.5
TEST(SpfCheck, WithoutRecord) {
  EXPECT_EQ(said(""), "none mailfrom example.org  (no_such_domain)");
  EXPECT_EQ(said("example.org EMPTY"), "none mailfrom example.org  (no_record)");
  EXPECT_EQ(said("example.org TXT v=spf2"), "none mailfrom example.org  (no_record)");
  EXPECT_EQ(said("example.org TXT SERVFAIL"), "temperror mailfrom example.org  (dns_failure)");
  EXPECT_EQ(said("example.org TXT v=spf1\nexample.org TXT v=spf1"), "permerror mailfrom example.org  (many_records)");
  for (std::string_view const path :
       {"joe@localhost", "joe@[192.0.2.1]", "joe@192.0.2.1", "joe@a..b", "joe@", "joe@b\xC3\xBC.example", "@", " "})
    EXPECT_TRUE(said("", {anyone.address, "h", path}).ends_with("(malformed_domain)")) << path;
  EXPECT_EQ(said("", {{}, "h", "joe@example.org"}), "none mailfrom example.org  (client_address)");
  EXPECT_EQ(said("example.org TXT v=spf1 all", {anyone.address, "h", "joe@Example.ORG."}),
            "pass mailfrom Example.ORG. all");
}

// 2.4, 4.3: no mailbox, no local part
TEST(SpfCheck, TheSenderIsCompleted) {
  zone const in{
      "helo.example.net TXT v=spf1 exists:%{s} -all\n"
      "postmaster@helo.example.net A 127.0.0.2"};
  EXPECT_EQ(said(in, {anyone.address, "helo.example.net", ""}), "pass mailfrom helo.example.net exists:%{s}");
  EXPECT_EQ(said(in, {anyone.address, "h", "@helo.example.net"}), "pass mailfrom helo.example.net exists:%{s}");
  EXPECT_EQ(said(in, {anyone.address, "h", "helo.example.net"}), "pass mailfrom helo.example.net exists:%{s}");
  EXPECT_EQ(said(in, {anyone.address, "h", "a@helo.example.net"}), "fail mailfrom helo.example.net all");
  EXPECT_EQ(said("", {anyone.address, "a@helo.example.net", ""}),
            "none mailfrom a@helo.example.net  (malformed_domain)");
}

// 2.3: HELO first; only its fail decides
TEST(SpfCheck, HeloFirst) {
  spf_options const first_helo{.helo_first = true};
  zone in{"helo.example.net TXT v=spf1 -all exp=why.example.net\nexample.org TXT v=spf1 ~all"};
  in.add("why.example.net TXT %{s} %{h} %{d}");
  EXPECT_EQ(
      said(in, anyone, first_helo),
      "fail helo helo.example.net all \"postmaster@helo.example.net helo.example.net helo.example.net\" helo=fail");
  for (std::string_view const result : {"+pass", "?neutral", "~softfail"})
    EXPECT_EQ(said(zone{"helo.example.net TXT v=spf1 " + std::string{result.substr(0, 1)} +
                        "all\nexample.org TXT v=spf1 mx ~all"},
                   anyone, first_helo),
              "softfail mailfrom example.org all helo=" + std::string{result.substr(1)});
  // A loop of redirects, and the next check begins afresh.
  EXPECT_EQ(
      said("helo.example.net TXT v=spf1 redirect=helo.example.net\nexample.org TXT v=spf1 a a a a a a a a a -all\n"
           "example.org A 192.0.2.9",
           anyone, first_helo),
      "fail mailfrom example.org all helo=permerror");
  EXPECT_EQ(said("helo.example.net TXT SERVFAIL\nexample.org TXT v=spf1 all", anyone, first_helo),
            "pass mailfrom example.org all helo=temperror");
  EXPECT_EQ(said("example.org TXT v=spf1 all", {anyone.address, "[192.0.2.1]", "joe@example.org"}, first_helo),
            "pass mailfrom example.org all helo=none");
  // With the null reverse-path both are the same identity.
  EXPECT_EQ(said("helo.example.net TXT v=spf1 all", {anyone.address, "helo.example.net", ""}, first_helo),
            "pass helo helo.example.net all helo=pass");
}

// 4.6.2, 4.7, 5.1
TEST(SpfCheck, FromLeftToRight) {
  EXPECT_EQ(said("example.org TXT v=spf1"), "neutral mailfrom example.org default");
  EXPECT_EQ(said("example.org TXT v=spf1 -ip4:192.0.2.0/25 all"), "fail mailfrom example.org ip4:192.0.2.0/25");
  EXPECT_EQ(said("example.org TXT v=spf1 ip4:192.0.2.128/25 ?ALL -all"), "neutral mailfrom example.org ALL");
  EXPECT_EQ(said("example.org TXT v=spf1 all redirect=a.b"), "pass mailfrom example.org all");
  EXPECT_EQ(said("example.org TXT v=spf1 ip4:1.2.3.4/99 all"),
            "permerror mailfrom example.org ip4:1.2.3.4/99 (bad_network)");
  EXPECT_EQ(said_from("::ffff:192.0.2.1", "example.org TXT v=spf1 ip6:::/0 ~ip4:192.0.2.1 all"),
            "softfail mailfrom example.org ip4:192.0.2.1");
  EXPECT_EQ(said_from("2001:db8::1", "example.org TXT v=spf1 ip4:0.0.0.0/0 -ip6:2001:db8::/127 all"),
            "fail mailfrom example.org ip6:2001:db8::/127");
}

// 5.2
TEST(SpfCheck, Include) {
  for (auto const& [inner, outcome] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"v=spf1 all", "softfail mailfrom example.org include:a.b"},
           {"v=spf1 -all exp=c.d", "pass mailfrom example.org all"},
           {"v=spf1 ~all", "pass mailfrom example.org all"},
           {"v=spf1 ?all", "pass mailfrom example.org all"},
           {"v=spf1", "pass mailfrom example.org all"},
           {"v=spf1 -include:c.d", "pass mailfrom example.org all"},
           {"v=spf1 include:c.d", "softfail mailfrom example.org include:a.b"},
           {"v=spf1 redirect=c.d", "softfail mailfrom example.org include:a.b"},
           {"v=spf1 %", "permerror mailfrom example.org include:a.b (bad_term)"},
           {"SERVFAIL", "temperror mailfrom example.org include:a.b (dns_failure)"},
           {"none", "permerror mailfrom example.org include:a.b (include_target)"},
           {"v=spf1 redirect=e.f", "permerror mailfrom example.org include:a.b (redirect_target)"},
           {"v=spf1 include:%{d1}", "permerror mailfrom example.org include:a.b (include_target)"}}) {
    zone in{"example.org TXT v=spf1 ~include:a.b +all\nc.d TXT v=spf1 all"};
    in.add("a.b TXT " + std::string{inner});
    EXPECT_EQ(said(in), outcome) << inner;
  }
  // "with the previous value of <domain> restored"
  EXPECT_EQ(said("example.org TXT v=spf1 include:a.b a -all\na.b TXT v=spf1 a -all\na.b A 192.0.2.9\nexample.org A "
                 "192.0.2.1"),
            "pass mailfrom example.org a");
  // Ten nested ones are what is allowed.
  for (int const depth : {10, 11}) {
    zone nested;
    nested.add("example.org TXT v=spf1 include:0.x -all");
    for (int i = 0; i != depth; ++i)
      nested.add(std::to_string(i) + ".x TXT v=spf1 " +
                 (i + 1 == depth ? "all" : "include:" + std::to_string(i + 1) + ".x"));
    EXPECT_EQ(said(nested), depth == 10 ? "pass mailfrom example.org include:0.x"
                                        : "permerror mailfrom example.org include:0.x (lookup_limit)");
  }
}

// 5.3, 5.4: "If any address matches, the mechanism matches", whatever became of the other names
TEST(SpfCheck, MxWaitsForAllItsNames) {
  zone in{
      "example.org TXT v=spf1 mx -all\nexample.org MX 10 a.x\nexample.org MX 10 b.x\nexample.org MX 20 c.x\n"
      "example.org MX 0 .\nexample.org MX 5 a..x"};
  EXPECT_EQ(said(in), "fail mailfrom example.org all");
  in.add("b.x A SERVFAIL");
  EXPECT_EQ(said(in), "temperror mailfrom example.org mx (dns_failure)");
  in.add("c.x A 192.0.2.7");
  EXPECT_EQ(said(in), "temperror mailfrom example.org mx (dns_failure)");
  in.add("c.x A 192.0.2.1");
  EXPECT_EQ(said(in), "pass mailfrom example.org mx");
  EXPECT_EQ(said_from("2001:db8::1", in), "fail mailfrom example.org all");
  EXPECT_EQ(said("example.org TXT v=spf1 mx -all\nexample.org MX 0 ."), "fail mailfrom example.org all");
  EXPECT_EQ(said("example.org TXT v=spf1 mx -all\nexample.org MX SERVFAIL"),
            "temperror mailfrom example.org mx (dns_failure)");
  EXPECT_EQ(said("example.org TXT v=spf1 mx:a..b a:a..b ptr:a..b exists:a..b -all"), "fail mailfrom example.org all");
}

// 4.6.4: more than ten MX names are an error, even if one of the first matches
TEST(SpfCheck, MxLimit) {
  zone in{"example.org TXT v=spf1 mx -all\na.x A 192.0.2.1"};
  for (int i = 0; i != 10; ++i) in.add("example.org MX 10 a.x");
  EXPECT_EQ(said(in), "pass mailfrom example.org mx");
  in.add("example.org MX 10 .");
  EXPECT_EQ(said(in), "permerror mailfrom example.org mx (mx_limit)");
}

// 4.6.4, 5.5: of names of the client the first ten count, and errors do not
TEST(SpfCheck, Ptr) {
  zone in{"example.org TXT v=spf1 ptr -all"};
  EXPECT_EQ(said(in), "fail mailfrom example.org all");
  zone failing = in;
  failing.add("1.2.0.192.in-addr.arpa PTR SERVFAIL");
  EXPECT_EQ(said(failing), "fail mailfrom example.org all");
  in.add("1.2.0.192.in-addr.arpa PTR a.example.org");
  in.add("1.2.0.192.in-addr.arpa PTR bad-example.org.");
  in.add("1.2.0.192.in-addr.arpa PTR b.example.org.");
  in.add("a.example.org A SERVFAIL");
  in.add("bad-example.org A 192.0.2.1");
  EXPECT_EQ(said(in), "fail mailfrom example.org all");
  zone eleventh = in;
  in.add("b.example.org A 192.0.2.1");
  EXPECT_EQ(said(in), "pass mailfrom example.org ptr");
  for (int i = 0; i != 7; ++i) eleventh.add("1.2.0.192.in-addr.arpa PTR c.example.org");
  eleventh.add("1.2.0.192.in-addr.arpa PTR d.example.org");
  eleventh.add("d.example.org A 192.0.2.1");
  EXPECT_EQ(said(eleventh), "fail mailfrom example.org all");
}

// 7.3: "If the <domain> is present in the list of validated domains, it SHOULD be used. Otherwise, if a subdomain"; and
// the client's names are asked for once
TEST(SpfCheck, ValidatedName) {
  zone in{"example.org TXT v=spf1 exists:%{p}.%{p}.x ptr:none.x exists:%{p1r}.y -all exp=why.x\nwhy.x TXT %{p}"};
  auto const names = [&](std::string_view validated) {
    zone with = in;
    while (!validated.empty()) {
      std::string const one{take_word(validated)};
      with.add("1.2.0.192.in-addr.arpa PTR " + one);
      with.add(one + " A 192.0.2.1");
    }
    return said(with, anyone, {.void_limit = 10});
  };
  EXPECT_EQ(names(""), "fail mailfrom example.org all \"unknown\"");
  EXPECT_EQ(names("a.b c.example.org d.example.org example.org"), "fail mailfrom example.org all \"example.org\"");
  EXPECT_EQ(names("a.b c.example.org d.example.org"), "fail mailfrom example.org all \"c.example.org\"");
  EXPECT_EQ(names("a.b c.d"), "fail mailfrom example.org all \"a.b\"");
  in.add("1.2.0.192.in-addr.arpa PTR a.b");
  in.add("a.b A 192.0.2.1");
  spf_check check{anyone, {}, {}};
  std::string all;
  for (asked const& one : play(check, in, first)) all += one.name + " ";
  EXPECT_EQ(all, "example.org 1.2.0.192.in-addr.arpa a.b a.b.a.b.x a.y why.x ");
}

// 4.6.4: what counts, and what does not
TEST(SpfCheck, LookupLimit) {
  auto const with = [](std::string_view terms) {
    return said(zone{"example.org TXT v=spf1 " + std::string{terms} +
                     "\nexample.org A 192.0.2.9\nx.y TXT v=spf1 ~all\nwhy.x TXT no\n"
                     "1.2.0.192.in-addr.arpa PTR a.b\na.b A 192.0.2.1"},
                anyone, {.void_limit = 99});
  };
  EXPECT_EQ(with(repeated("a ", 10) + "ip4:1.1.1.1 -all exp=why.x"), "fail mailfrom example.org all \"no\"");
  EXPECT_EQ(with(repeated("a ", 10) + "redirect=x.y"), "permerror mailfrom example.org redirect (lookup_limit)");
  EXPECT_EQ(with(repeated("a ", 9) + "redirect=x.y"), "softfail mailfrom example.org all");
  EXPECT_EQ(with(repeated("a ", 8) + "exists:%{p}.a.b -all"), "fail mailfrom example.org all");
  EXPECT_EQ(with(repeated("a ", 9) + "exists:%{p}.a.b -all"),
            "permerror mailfrom example.org exists:%{p}.a.b (lookup_limit)");
  EXPECT_EQ(with(repeated("a ", 6) + "exists:%{p}.x exists:%{p}.y exists:%{p}.z -all"),
            "fail mailfrom example.org all");
  EXPECT_EQ(with(repeated("a ", 10) + "-all exp=%{p}.x"), "fail mailfrom example.org all");
  EXPECT_EQ(with(repeated("exists:a..b ", 11)), "permerror mailfrom example.org exists:a..b (lookup_limit)");
  EXPECT_EQ(with("redirect=example.org"), "permerror mailfrom example.org redirect (lookup_limit)");
}

// 4.6.4: two terms may ask in vain; an mx does it once, whether the domain has none or its hosts no address
TEST(SpfCheck, VoidLimit) {
  zone const in{
      "example.org TXT v=spf1 a mx:y.x a:a.x -all\ny.x MX 1 b.x\ny.x MX 2 c.x\nz.x TXT v=spf1 exists:a.x exists:b.x "
      "ptr -all"};
  EXPECT_EQ(said(in, anyone, {.void_limit = 3}), "fail mailfrom example.org all");
  EXPECT_EQ(said(in), "permerror mailfrom example.org a:a.x (void_limit)");
  EXPECT_EQ(said(in, anyone, {.void_limit = 1}), "permerror mailfrom example.org mx:y.x (void_limit)");
  EXPECT_EQ(said(in, {anyone.address, "h", "joe@z.x"}), "permerror mailfrom z.x ptr (void_limit)");
  zone found = in;
  found.add("c.x A 192.0.2.1");
  EXPECT_EQ(said(found), "pass mailfrom example.org mx:y.x");
}

// At most 123 questions: ten "mx" of ten hosts each, the record, the explanation, and the client's names for it.
TEST(SpfCheck, QuestionsAreBounded) {
  zone in{"example.org TXT v=spf1 " + repeated("mx ", 10) + "-all exp=%{p}.x\na.x A 1.1.1.1\nb.x TXT why"};
  for (int i = 0; i != 10; ++i) in.add("example.org MX 10 a.x");
  for (int i = 0; i != 12; ++i) in.add("1.2.0.192.in-addr.arpa PTR b");
  in.add("b A 192.0.2.1");
  spf_check check{anyone, {}, {}};
  EXPECT_EQ(play(check, in, first).size(), 123u);
  EXPECT_EQ(whole(check), "fail mailfrom example.org all \"why\"");
}

// 6.2: explanations are of others, and they stay what a reply can have
TEST(SpfCheck, Explanation) {
  auto const with = [](std::string_view text, spf_client const& client = anyone) {
    zone in{"example.org TXT v=spf1 -all exp=why.%{d}"};
    in.add("why.example.org TXT " + std::string{text});
    spf_check check{client, {.receiver = "mx.example.com", .unix_seconds = 1'000'000'000}, {}};
    play(check, in, first);
    EXPECT_EQ(check.result(), spf_result::fail);
    return std::string{check.explanation()};
  };
  EXPECT_EQ(with("%{i} at %{t} by %{r}: %{s}"), "192.0.2.1 at 1000000000 by mx.example.com: joe@example.org");
  EXPECT_EQ(with("%{l}|%{L}", {anyone.address, "h", "a\r\nb\xC3\xA4\x7f@example.org"}), "a??b???|a%0D%0Ab%C3%A4%7F");
  EXPECT_EQ(with("no\\x0d\\x0a250 ok"), "");
  EXPECT_EQ(with("100%"), "");
  EXPECT_EQ(with(""), "");
  EXPECT_EQ(with(std::string(600, 'x')), std::string(512, 'x'));
  EXPECT_EQ(with(repeated("%{s}", 2000)), repeated("joe@example.org", 35).substr(0, 512));
  EXPECT_EQ(said("example.org TXT v=spf1 -all exp=%{l}..x"), "fail mailfrom example.org all");
}

// 11.5.3, RFC 6531: whatever the client says is asked for or matches nothing
TEST(SpfCheck, HostileMacros) {
  zone const in{"example.org TXT v=spf1 exists:%{l}.x exists:%{h}.x -all\na\\x5c.b c A 1.1.1.1\na\\x5c.x A 127.0.0.2"};
  EXPECT_EQ(said(in, {anyone.address, "", "a\\@example.org"}), "pass mailfrom example.org exists:%{l}.x");
  for (std::string_view const local : {"b\xC3\xA4", "\n", "\x01", "..", "-", "a.", "\xFF"})
    EXPECT_EQ(said(in, {anyone.address, local, std::string{local} + "@example.org"}), "fail mailfrom example.org all");
}

TEST(SpfCheck, StorageIsBounded) {
  auto const in_512 = [](zone const& in) {
    basic_spf_check<512> check{anyone, {}, {}};
    play(check, in, first);
    return whole(check);
  };
  std::string const record = "v=spf1 " + repeated("x=y ", 120) + "all";  // 490, and 11 of its name
  EXPECT_EQ(in_512(zone{"example.org TXT " + record}), "pass mailfrom example.org all");
  EXPECT_EQ(in_512(zone{"example.org TXT " + record + std::string(11, ' ')}), "pass mailfrom example.org all");
  EXPECT_EQ(in_512(zone{"example.org TXT " + record + std::string(12, ' ')}),
            "permerror mailfrom example.org  (record_too_long)");
  // A redirect takes the place of the record, an include does not.
  std::string const other = "\na.b TXT " + record;
  EXPECT_EQ(in_512(zone{"example.org TXT v=spf1 redirect=a.b" + other}), "pass mailfrom example.org all");
  EXPECT_EQ(in_512(zone{"example.org TXT v=spf1 include:a.b" + other}),
            "permerror mailfrom example.org include:a.b (record_too_long)");
  std::string const long_text(512, 'x');
  EXPECT_EQ(in_512(zone{"example.org TXT v=spf1 -all exp=why.x\nwhy.x TXT " + long_text}),
            "fail mailfrom example.org all");
}

// 4.6.4: the time of the whole check
TEST(SpfCheck, TimeLimit) {
  zone const in{"example.org TXT v=spf1 a -all exp=x.y\nexample.org A 1.1.1.1"};
  spf_check check{anyone, {.time_limit = 500}, {1000}};
  EXPECT_EQ(check.deadline(), instant{1500});
  EXPECT_EQ(check.on_deadline({1499}), errc::local_order);
  EXPECT_EQ(check.on_deadline({1500}), errc::ok);
  EXPECT_EQ(whole(check), "temperror mailfrom example.org  (time_limit)");
  EXPECT_EQ(check.on_deadline({1500}), errc::local_order);

  spf_check failing{anyone, {.time_limit = -1}, {0}};
  for (int i = 0; i != 2; ++i) {
    dns_question const q = failing.ask();
    full_answer answer = in.answer(q.type, q.name);
    EXPECT_EQ(failing.answer(q, answer.view()), errc::ok);
  }
  EXPECT_EQ(failing.ask().name, "x.y");
  EXPECT_EQ(failing.on_deadline({0}), errc::ok);
  EXPECT_EQ(whole(failing), "fail mailfrom example.org all");

  spf_check early{anyone, {.helo_first = true}, {INT64_MAX - 5}};
  EXPECT_EQ(early.deadline(), instant{INT64_MAX});
  EXPECT_EQ(early.on_deadline({INT64_MAX}), errc::ok);
  EXPECT_EQ(whole(early), "temperror mailfrom example.org  (time_limit) helo=temperror");
  // What was being checked of HELO is not told of MAIL FROM.
  spf_check later{anyone, {.helo_first = true}, {}};
  std::string_view const text = "v=spf1 mx -all";
  EXPECT_EQ(later.answer(later.ask(), {.status = dns_status::records, .texts = {&text, 1}}), errc::ok);
  EXPECT_EQ(later.on_deadline({20'000}), errc::ok);
  EXPECT_EQ(whole(later), "temperror mailfrom example.org  (time_limit) helo=temperror");
}

// Each misuse has an answer and changes nothing.
TEST(SpfCheck, Misuse) {
  zone const in{"example.org TXT v=spf1 mx -all\nexample.org MX 1 a.x\nexample.org MX 1 b.x\nb.x A 192.0.2.1"};
  spf_check check{anyone, {}, {}};
  ehlo::address_literal const v6 = parse_ip_address("2001:db8::1");
  EXPECT_EQ(check.answer({dns_type::txt, "example.org", 0}, {}), errc::local_order);  // not asked yet
  dns_question const text = check.ask();
  EXPECT_FALSE(check.ask());
  EXPECT_EQ(check.answer({dns_type::a, "example.org", 0}, {}), errc::local_argument);
  EXPECT_EQ(check.answer({dns_type::txt, "example.org", 1}, {}), errc::local_argument);
  EXPECT_EQ(check.answer({}, {}), errc::local_argument);
  EXPECT_EQ(check.answer(text, in.answer(text.type, text.name).view()), errc::ok);
  EXPECT_EQ(check.answer(text, {}), errc::local_order);  // twice
  dns_question const exchange = check.ask();
  EXPECT_EQ(check.answer(exchange, in.answer(exchange.type, exchange.name).view()), errc::ok);
  dns_question const a = check.ask();
  EXPECT_EQ(check.answer({dns_type::a, "b.x", 3}, {}), errc::local_order);  // not asked yet
  dns_question const b = check.ask();
  EXPECT_EQ(check.answer(b, {.status = dns_status::records, .addresses = {&v6, 1}}), errc::local_argument);
  EXPECT_EQ(check.answer({dns_type::aaaa, "b.x", 3}, {}), errc::local_argument);
  EXPECT_EQ(check.answer(b, in.answer(b.type, b.name).view()), errc::ok);
  EXPECT_EQ(check.answer(b, {.status = dns_status::nodata}), errc::local_order);
  EXPECT_FALSE(check.done());
  EXPECT_EQ(check.answer(a, in.answer(a.type, a.name).view()), errc::ok);
  EXPECT_EQ(whole(check), "pass mailfrom example.org mx");
  EXPECT_EQ(check.answer(a, {}), errc::local_order);
  EXPECT_FALSE(check.ask());
  check.end_waiting();
  EXPECT_EQ(whole(check), "pass mailfrom example.org mx");
}

// The same as check_host() written down as the RFC tells it, for zones whose names lead to each other at random.
TEST(SpfCheck, AgreesWithTheObviousVersion) {
  std::uint32_t random = 7;
  auto const below = [&](std::size_t count) {
    random = random * 1664525U + 1013904223U;
    return std::size_t{random >> 8U} % count;
  };
  constexpr std::string_view clients[]{"192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"};
  std::map<std::string, int> seen;
  for (int i = 0; i != 1500; ++i) {
    zone const in{any_zone(below)};
    spf_client const client{parse_ip_address(clients[below(3)]), below(2) == 0 ? "a.x" : "d.y",
                            below(4) == 0 ? "" : "joe@b.x"};
    spf_options const options{.helo_first = below(4) == 0, .void_limit = below(2) == 0 ? 2U : 9U};
    spf_check check{client, options, {}};
    play(check, in, below);
    ASSERT_EQ(whole(check), (oracle{in, client, options}.whole())) << i;
    ++seen[std::string{name(check.result())} + " " + std::string{name(check.problem())}];
    seen["explained"] += check.explanation().empty() ? 0 : 1;
  }
  for (std::string_view const what :
       {"pass no_problem", "fail no_problem", "softfail no_problem", "neutral no_problem", "explained",
        "none no_such_domain", "temperror dns_failure", "permerror many_records", "permerror bad_macro",
        "permerror bad_network", "permerror repeated_modifier", "permerror lookup_limit", "permerror void_limit",
        "permerror mx_limit", "permerror include_target", "permerror redirect_target"})
    EXPECT_GT(seen[std::string{what}], 2) << what;
}

constexpr bool passes_at_compile_time() {
  spf_check check{{{ehlo::literal_kind::ipv4, {192, 0, 2, 1}}, "h", "joe@example.org"}, {}, {}};
  std::string_view const text = "v=spf1 ip4:192.0.2.0/24 -all";
  return check.answer(check.ask(), {.status = dns_status::records, .texts = {&text, 1}}) == errc::ok &&
         check.result() == spf_result::pass;
}
static_assert(passes_at_compile_time());

std::string field(zone const& in, spf_client const& client, spf_options const& options = {}, bool utf8 = false) {
  spf_check check{client, options, {}};
  std::array<char, received_spf_room> room;
  ehlo::text_writer out{room};
  EXPECT_EQ(write_received_spf(out, check), check.done() ? errc::ok : errc::local_order);
  EXPECT_EQ(out.written().empty(), !check.done());
  play(check, in, first);
  ehlo::text_writer done{room};
  EXPECT_EQ(write_received_spf(done, check, utf8), errc::ok);
  ehlo::text_writer full{std::span{room}.first(done.written().size() - 1)};
  std::string const text{done.written()};
  EXPECT_EQ(write_received_spf(full, check, utf8), errc::local_room);
  return text;
}

// 9.1
TEST(ReceivedSpf, Fields) {
  EXPECT_EQ(field("example.org TXT v=spf1 ip4:192.0.2.1 -all", anyone, {.receiver = "mx.example.com"}),
            "Received-SPF: pass (mx.example.com: domain of joe@example.org designates\r\n"
            "\t192.0.2.1 as permitted sender) receiver=mx.example.com;\r\n"
            "\tidentity=mailfrom; client-ip=192.0.2.1;\r\n"
            "\tenvelope-from=\"joe@example.org\"; helo=helo.example.net;\r\n"
            "\tmechanism=\"ip4:192.0.2.1\"\r\n");
  EXPECT_EQ(field("helo.example.net TXT v=spf1 -all",
                  {parse_ip_address("2001:db8::1"), "helo.example.net", "joe@example.org"}, {.helo_first = true}),
            "Received-SPF: fail (unknown: domain of helo.example.net does not designate\r\n"
            "\t2001:db8::1 as permitted sender) receiver=unknown; identity=helo;\r\n"
            "\tclient-ip=\"2001:db8::1\"; helo=helo.example.net; mechanism=all\r\n");
  EXPECT_EQ(field("example.org TXT v=spf1 a:%", anyone),
            "Received-SPF: permerror (unknown: domain of joe@example.org\r\n"
            "\tis not checked: a macro that is malformed or out of place)\r\n"
            "\treceiver=unknown; identity=mailfrom; client-ip=192.0.2.1;\r\n"
            "\tenvelope-from=\"joe@example.org\"; helo=helo.example.net;\r\n"
            "\tmechanism=\"a:%\"; problem=bad_macro\r\n");
  EXPECT_EQ(field("", {{}, "", ""}),
            "Received-SPF: none (unknown: domain of postmaster@\r\n"
            "\tis not checked: the client has no IP address) receiver=unknown;\r\n"
            "\tidentity=mailfrom; envelope-from=\"\"; helo=\"\"\r\n");
}

// "MUST make sure that the Received-SPF header field does not contain invalid characters, is not excessively long"
TEST(ReceivedSpf, HostileTexts) {
  std::string const hostile = "a\"\\\r\nX: y)(\x80\xC3\xA4; helo=b@example.org";
  EXPECT_EQ(field("example.org TXT v=spf1 ?all", {anyone.address, "\n(", hostile}),
            "Received-SPF: neutral (unknown: domain of a\"???X: y????; helo=b@example.org\r\n"
            "\tneither permits nor denies 192.0.2.1) receiver=unknown;\r\n"
            "\tidentity=mailfrom; client-ip=192.0.2.1;\r\n"
            "\tenvelope-from=\"a\\\"\\\\??X: y)(??; helo=b@example.org\"; helo=\"?(\";\r\n"
            "\tmechanism=all\r\n");
  EXPECT_NE(field("", {anyone.address, "h", "\xC3\xA4@example.org"}, {}, true).find("envelope-from=\"\xC3\xA4@ex"),
            std::string::npos);
  std::string const endless(5000, '\\');
  std::string const text = field(zone{"example.org TXT v=spf1 a:%" + endless}, {anyone.address, endless, endless}, {});
  EXPECT_LT(text.size(), received_spf_room);
  std::string_view rest = text;
  while (!rest.empty()) EXPECT_LE(take_line(rest).size(), 998u);
}

}  // namespace
