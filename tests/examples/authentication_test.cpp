// SPDX-License-Identifier: BSL-1.0
// SPF, DKIM and DMARC joined for one message, and what becomes of it (RFC 7208 8, RFC 7489 6.6, RFC 7372): with answers
// from a table, in many orders. Signatures are valid here if they are made of the letter s.
#include "authentication.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "authentication_decision.hpp"
#include "authentication_lines.hpp"
#include "played_dns.hpp"

namespace {

using ehlo::instant;

ehlo::sender::dkim_functions functions() {
  using ehlo::sender::dkim_check;
  ehlo::sender::dkim_functions f;
  f.hash_begin = [](void*, unsigned) noexcept { return true; };
  f.hash_update = [](void*, unsigned, std::string_view) noexcept { return true; };
  f.hash_end = [](void*, unsigned, std::span<char, 32> out) noexcept {
    std::fill(out.begin(), out.end(), 'h');
    return true;
  };
  f.verify = [](void*, ehlo::sender::dkim_algorithm, std::string_view, std::string_view,
                std::string_view signature) noexcept {
    return signature == std::string(64, 's') ? dkim_check::valid : dkim_check::invalid;
  };
  return f;
}
std::string repeated(std::string_view part, int times, std::string_view end) {
  std::string all;
  while (times-- != 0) all += part;
  return all.append(end);
}
std::string signature(std::string_view domain, std::string_view b = "c3Nz") {
  return std::string{"DKIM-Signature: v=1; a=ed25519-sha256; d="}
      .append(domain)
      .append("; s=k; h=from; bh=")
      .append(repeated("aGho", 10, "aGg="))
      .append("; b=")
      .append(repeated(b, 21, "cw=="))
      .append("\r\n");
}
std::string const key = "v=DKIM1; k=ed25519; p=" + repeated("a2tr", 10, "a2s=");

/// One message, and the DNS that it is checked with.
struct checked {
  test::zone known;
  std::string header;
  std::string reverse_path = "ann@a.test";
  std::string client = "192.0.2.1";

  /// `order` chooses which of the open questions is answered next, and when the message goes on.
  [[nodiscard]] std::string outcome(unsigned order) const {
    ehlo::sender::header_block block;
    serve::authentication all{block,
                              functions(),
                              {ehlo::parse_ip_address(client), "c.test", reverse_path},
                              {"mx.example.org", 1'795'338'935, 20'000},
                              instant{0}};
    std::vector<serve::authentication::question> open;
    std::string const message = header + "\r\nhello\r\n";
    std::size_t at = 0;
    bool ended = false;
    while (!all.done()) {
      while (serve::authentication::question const q = all.ask()) open.push_back(q);
      order = order * 1'103'515'245 + 12345;
      unsigned const choice = order >> 16U;
      if (!open.empty() && (ended || choice % 2 == 0)) {
        auto const one = open.begin() + static_cast<std::ptrdiff_t>(choice / 2 % open.size());
        answer(all, *one);
        open.erase(one);
      } else if (ended) {
        return "it waits for nothing";
      } else if (at != message.size()) {
        bool const was_header = !block.ended();
        std::string_view const rest = block.take(std::string_view{message}.substr(at, 50));
        at = (std::min)(at + 50, message.size());
        if (was_header && block.ended()) all.header_ended();
        if (!rest.empty()) all.body(rest);
      } else {
        all.end(instant{0});
        ended = true;
      }
    }
    return told(all);
  }
  void answer(serve::authentication& all, serve::authentication::question const& q) const {
    using ehlo::dns_status;
    auto const found = known.find(q.about.name);
    if (found == known.end()) return all.answer(q.lookup, q.about, {.status = dns_status::nxdomain});
    if (found->second == "-") return all.answer(q.lookup, q.about, {.status = dns_status::servfail});
    std::string_view const text = found->second;
    all.answer(q.lookup, q.about, {.status = dns_status::records, .texts = {&text, 1}});
  }
  static std::string told(serve::authentication const& all) {
    std::string text;
    for (char const c : serve::result_lines(all))
      if (c != '\r' && c != '\n') text += c == '\t' ? ' ' : c;
    std::string_view const before = "Authentication-Results: mx.example.org; ";
    EXPECT_TRUE(text.starts_with(before)) << text;
    text = text.substr(before.size(), text.find("Received-SPF: ") - before.size());
    serve::decision const d = decide(all);
    if (d.code)
      text += " -> " + std::to_string(d.code.number()) + " " + std::to_string(d.status.subject) + "." +
              std::to_string(d.status.detail) + " " + d.why;
    return text + (d.junk ? " -> junk" : "");
  }
};

/// The same in whatever order.
void expect(checked const& one, std::string_view outcome) {
  for (unsigned order = 0; order != 12; ++order) EXPECT_EQ(one.outcome(order), outcome) << order;
}

std::string const from = "From: ann@a.test\r\n";
std::string const allows = "v=spf1 ip4:192.0.2.0/24 -all", forbids = "v=spf1 -all";
std::string const reject = "v=DMARC1; p=reject", quarantine = "v=DMARC1; p=quarantine", none = "v=DMARC1; p=none";
std::string const header_of_a = " header.d=a.test header.s=k header.a=ed25519-sha256 header.b=";

TEST(authentication, passes_by_SPF_or_by_a_signature_of_the_author) {
  expect({{{"a.test", allows}, {"_dmarc.a.test", reject}}, from},
         "spf=pass smtp.mailfrom=a.test; dkim=none; dmarc=pass header.from=a.test");
  expect({{{"a.test", forbids}, {"_dmarc.a.test", reject}, {"k._domainkey.a.test", key}}, signature("a.test") + from},
         "spf=fail smtp.mailfrom=a.test; dkim=pass" + header_of_a + "c3Nzc3Nz; dmarc=pass header.from=a.test");
  expect({{{"c.test", allows}, {"_dmarc.a.test", reject}, {"k._domainkey.m.a.test", key}},
          signature("m.a.test") + from,
          ""},
         "spf=pass smtp.helo=c.test; dkim=pass header.d=m.a.test header.s=k header.a=ed25519-sha256 "
         "header.b=c3Nzc3Nz; dmarc=pass header.from=a.test");
}

TEST(authentication, lets_the_policy_of_the_author_decide) {
  test::zone const zone{
      {"a.test", forbids}, {"_dmarc.a.test", reject}, {"k._domainkey.a.test", key}, {"e.test", allows}};
  expect({zone, signature("a.test", "YmFk") + from},
         "spf=fail smtp.mailfrom=a.test; dkim=fail reason=\"the signature did not verify\"" + header_of_a +
             "YmFkYmFk; dmarc=fail reason=policy header.from=a.test policy.dmarc=reject"
             " -> 550 7.1 rejected per the DMARC policy of a.test");
  expect({zone, "From: ann@sub.a.test\r\n", "eve@e.test"},
         "spf=pass smtp.mailfrom=e.test; dkim=none; dmarc=fail reason=policy header.from=sub.a.test"
         " policy.dmarc=reject -> 550 7.1 rejected per the DMARC policy of a.test");
  expect({{{"_dmarc.a.test", quarantine}}, from, ""},
         "spf=none reason=\"the domain does not exist\" smtp.helo=c.test; dkim=none;"
         " dmarc=fail reason=policy header.from=a.test policy.dmarc=quarantine -> junk");
  expect({{{"a.test", forbids}, {"_dmarc.a.test", none}}, from},
         "spf=fail smtp.mailfrom=a.test; dkim=none; dmarc=fail reason=policy header.from=a.test policy.dmarc=none");
}

TEST(authentication, takes_the_strictest_of_several_authors) {
  test::zone const zone{{"a.test", allows}, {"_dmarc.a.test", reject}, {"_dmarc.b.test", quarantine}};
  expect({zone, "From: a@a.test, b@b.test\r\n"},
         "spf=pass smtp.mailfrom=a.test; dkim=none; dmarc=pass header.from=a.test; dmarc=fail reason=policy"
         " header.from=b.test policy.dmarc=quarantine -> junk");
  expect({zone, "From: b@b.test\r\nFrom: a@a.test\r\n", "x@x.test"},
         "spf=none reason=\"the domain does not exist\" smtp.mailfrom=x.test; dkim=none; dmarc=fail reason=policy"
         " header.from=b.test policy.dmarc=quarantine; dmarc=fail reason=policy header.from=a.test"
         " policy.dmarc=reject -> 550 7.1 rejected per the DMARC policy of a.test");
}

TEST(authentication, refuses_a_message_without_an_author) {
  std::string const begin = "spf=pass smtp.mailfrom=a.test; dkim=none; dmarc=none reason=\"";
  std::string const end = "\" -> 550 7.1 From has to name an author";
  for (auto const& [header, reason] : std::map<std::string, std::string>{{"Subject: x\r\n", "no From"},
                                                                         {"From: root\r\n", "malformed From"},
                                                                         {"From: ann@\r\n", "malformed From"},
                                                                         {"From: us:;\r\n", "no domain"},
                                                                         {"From: ann@[192.0.2.1]\r\n", "no domain"}})
    expect({{{"a.test", allows}}, header}, begin + reason + end);
  expect({{{"a.test", allows}}, "From: ann@192.0.2.1\r\n"}, begin + "no domain\" header.from=\"" + end);
}

TEST(authentication, has_the_client_come_back_where_the_DNS_does_not_tell) {
  std::string const why = " the DNS does not say who may send for a.test";
  expect({{{"a.test", allows}, {"_dmarc.a.test", "-"}}, from},
         "spf=pass smtp.mailfrom=a.test; dkim=none; dmarc=temperror reason=\"lookup failed\" header.from=a.test"
         " -> 451 4.3" +
             why);
  std::string const spf = "spf=temperror reason=\"the DNS gives no answer\" smtp.mailfrom=a.test; dkim=none; ";
  std::string const unsettled = "dmarc=temperror reason=\"identifier failed\" header.from=a.test";
  expect({{{"a.test", "-"}, {"_dmarc.a.test", reject}}, from}, spf + unsettled + " -> 451 7.24" + why);
  expect({{{"a.test", "-"}, {"_dmarc.a.test", none}}, from}, spf + unsettled);
  expect({{{"a.test", "-"}}, from}, spf + "dmarc=none reason=\"no record\" header.from=a.test");
  expect({{{"a.test", forbids}, {"_dmarc.a.test", reject}, {"k._domainkey.a.test", "-"}}, signature("a.test") + from},
         "spf=fail smtp.mailfrom=a.test; dkim=temperror reason=\"the key could not be had\"" + header_of_a +
             "c3Nzc3Nz; " + unsettled + " -> 451 4.3" + why);
  // Of somebody else it changes nothing.
  expect({{{"a.test", forbids}, {"_dmarc.a.test", reject}, {"k._domainkey.b.test", "-"}}, signature("b.test") + from},
         "spf=fail smtp.mailfrom=a.test; dkim=temperror reason=\"the key could not be had\" header.d=b.test header.s=k"
         " header.a=ed25519-sha256 header.b=c3Nzc3Nz; dmarc=fail reason=policy header.from=a.test policy.dmarc=reject"
         " -> 550 7.1 rejected per the DMARC policy of a.test");
}

TEST(authentication, lets_SPF_refuse_alone_only_where_there_is_no_policy_and_no_signature) {
  std::string const spf = "spf=fail smtp.mailfrom=a.test; ";
  std::string const dmarc = "dmarc=none reason=\"no record\" header.from=a.test";
  std::string const why = " -> 550 7.23 SPF: the domain of the sender does not allow this client";
  expect({{{"a.test", forbids}}, from}, spf + "dkim=none; " + dmarc + why);
  expect({{{"a.test", forbids + " exp=e.test"}, {"e.test", "call %{r}"}}, from},
         spf + "dkim=none; " + dmarc + why + "; it explains: call mx.example.org");
  expect({{{"a.test", forbids}, {"k._domainkey.a.test", key}}, signature("a.test") + from},
         spf + "dkim=pass" + header_of_a + "c3Nzc3Nz; " + dmarc);
  // A policy that asks for nothing is one, though it is not known whether the signature is valid.
  std::string const unknown = spf + "dkim=temperror reason=\"the key could not be had\"" + header_of_a + "c3Nzc3Nz; ";
  expect({{{"a.test", forbids}, {"_dmarc.a.test", none}, {"k._domainkey.a.test", "-"}}, signature("a.test") + from},
         unknown + "dmarc=temperror reason=\"identifier failed\" header.from=a.test");
  expect({{{"a.test", forbids}, {"k._domainkey.a.test", "-"}}, signature("a.test") + from},
         unknown + dmarc + " -> 451 4.3 the DNS does not say whether the signatures are valid");
  expect({{{"a.test", "v=spf1 ~all"}}, from}, "spf=softfail smtp.mailfrom=a.test; dkim=none; " + dmarc);
  expect(
      {{{"a.test", "v=spf1 unknown -all"}}, from},
      "spf=permerror reason=\"a term that is no mechanism and no modifier\" smtp.mailfrom=a.test; dkim=none; " + dmarc);
}

TEST(authentication, refuses_nothing_of_a_client_that_is_not_known) {
  expect({{{"a.test", forbids}, {"_dmarc.a.test", reject}}, from, "ann@a.test", ""},
         "spf=none reason=\"the client has no IP address\" smtp.mailfrom=a.test; dkim=none;"
         " dmarc=fail reason=policy header.from=a.test policy.dmarc=reject");
}

TEST(authentication, asks_for_the_names_that_the_DNS_has) {
  expect({{{"xn--bcher-kva.test", allows}, {"_dmarc.xn--bcher-kva.test", reject}},
          "From: ann@b\xC3\xBC\x63her.test\r\n",
          "ann@b\xC3\xBC\x63her.test"},
         "spf=pass smtp.mailfrom=xn--bcher-kva.test; dkim=none; dmarc=pass header.from=xn--bcher-kva.test");
}

TEST(authentication, is_over_in_time_whatever_is_still_open) {
  ehlo::sender::header_block header;
  serve::authentication all{header,
                            functions(),
                            {ehlo::parse_ip_address("192.0.2.1"), "c.test", "ann@a.test"},
                            {"mx.example.org", 1, 20'000},
                            instant{1000}};
  EXPECT_TRUE(all.ask());
  EXPECT_EQ(all.deadline(), instant{21'000}) << "SPF's";
  EXPECT_TRUE(header.take(signature("a.test") + from + "\r\n").empty());
  all.header_ended();
  serve::authentication::question const late = all.ask();
  EXPECT_EQ(late.about.name, "k._domainkey.a.test");
  all.on_deadline(instant{21'000});
  EXPECT_EQ(all.spf().result(), ehlo::sender::spf_result::temperror);
  EXPECT_EQ(all.deadline(), instant{INT64_MAX}) << "the message may take its time";
  all.end(instant{30'000});
  EXPECT_EQ(all.deadline(), instant{50'000});
  all.on_deadline(instant{49'999});
  EXPECT_FALSE(all.done());
  all.on_deadline(instant{50'000});
  EXPECT_TRUE(all.done());
  EXPECT_FALSE(all.ask());
  std::string const told = checked::told(all);
  all.answer(late.lookup, late.about, {.status = ehlo::dns_status::nxdomain});
  EXPECT_EQ(checked::told(all), told) << "it is too late";
  EXPECT_NE(told.find("dmarc=temperror"), std::string::npos) << told;
}

}  // namespace
