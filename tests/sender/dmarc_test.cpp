// SPDX-License-Identifier: BSL-1.0
// RFC 7489 and RFC 9989: data/sender/dmarc.txt has the rules one by one, each with its section; here are the records,
// what every case has in common, and what a host can do wrong.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "dmarc_cases.hpp"
#include "ehlo/sender/dmarc_check.hpp"
#include "ehlo/sender/dmarc_record.hpp"

namespace {

using namespace ehlo::sender;
using dmarc_cases::dmarc_case;
using dmarc_cases::facts_of;
using ehlo::dns_answer;
using ehlo::dns_question;
using ehlo::dns_status;
using ehlo::dns_type;
using ehlo::errc;

std::vector<dmarc_case> const& cases() {
  static std::vector<dmarc_case> const all = dmarc_cases::read_file(EHLO_TEST_DATA "/sender/dmarc.txt");
  return all;
}

/// Answers all questions; the one with this number fails. Returns how many there were.
unsigned play(dmarc_check& check, dmarc_case const& one, unsigned failing = 1000) {
  unsigned count = 0;
  while (dns_question const asked = check.ask()) {
    EXPECT_FALSE(check.done());
    EXPECT_FALSE(check.ask()) << "one question at a time";
    if (count++ == failing) {
      EXPECT_EQ(check.answer(asked, {.status = dns_status::servfail}), errc::ok);
      continue;
    }
    dmarc_cases::with_answer(one.zone, asked, [&](dns_answer const& given) {
      EXPECT_EQ(check.answer(asked, given), errc::ok) << one.label();
    });
  }
  EXPECT_TRUE(check.done());
  return count;
}

TEST(DmarcCases, EachComesToWhatTheRuleSays) {
  ASSERT_GE(cases().size(), 150U);
  for (dmarc_case const& one : cases()) {
    facts_of const facts{one};
    dmarc_check check{facts.facts, facts.options};
    unsigned const questions = play(check, one);
    EXPECT_EQ(dmarc_cases::outcome(check), one.outcome) << one.label();
    EXPECT_LE(questions, one.rules == dmarc_rules::rfc7489 ? 2 : 8 + 7 * one.dkim.size() + 1) << one.label();
    bool const failed = check.result() == dmarc_result::fail;
    EXPECT_LE(check.disposition(), failed ? check.policy() : dmarc_policy::none) << one.label();
  }
}

// RFC 7489 6.6.3, RFC 9989 5.3.6: what is not known decides nothing, and a pass needs no more than one identifier.
TEST(DmarcCases, EachAnswerMayFail) {
  for (dmarc_case const& one : cases()) {
    facts_of const facts{one};
    dmarc_check whole{facts.facts, facts.options};
    unsigned const questions = play(whole, one);
    for (unsigned failing = 0; failing != questions; ++failing) {
      dmarc_check check{facts.facts, facts.options};
      play(check, one, failing);
      bool const settled = check.result() == dmarc_result::pass || check.result() == dmarc_result::temperror;
      EXPECT_TRUE(settled) << one.label() << " question " << failing;
      EXPECT_EQ(check.disposition(), dmarc_policy::none);
    }
    dmarc_check impatient{facts.facts, facts.options};
    impatient.end_waiting();
    EXPECT_TRUE(impatient.done());
    EXPECT_EQ(impatient.result(), questions == 0 ? dmarc_result::none : dmarc_result::temperror) << one.label();
  }
}

// RFC 7489 3.1: names compare without case, and more signatures never harm.
TEST(DmarcCases, CaseAndUnrelatedSignaturesChangeNothing) {
  for (dmarc_case one : cases()) {
    facts_of const facts{one};
    dmarc_check plain{facts.facts, facts.options};
    play(plain, one);
    for (char& c : one.from) c = ehlo::to_upper(c);
    for (char& c : one.spf_domain) c = ehlo::to_upper(c);
    for (auto& [domain, result] : one.dkim)
      for (char& c : domain) c = ehlo::to_upper(c);
    one.dkim.insert(one.dkim.begin(), {{"evil.example", dkim_result::pass}, {"evil.test", dkim_result::temperror}});
    facts_of const upper{one};
    dmarc_check check{upper.facts, upper.options};
    play(check, one);
    EXPECT_EQ(check.result(), plain.result()) << one.label();
    EXPECT_EQ(check.disposition(), plain.disposition()) << one.label();
    EXPECT_EQ(check.policy_domain(), plain.policy_domain()) << one.label();
  }
}

// RFC 9989 4.10: the names of the example there.
TEST(DmarcCheck, TheTreeWalkAsksAtMostEightNames_Rfc9989_4_10) {
  dmarc_check check{{.from_domain = "a.b.c.d.e.f.g.h.i.j.mail.example.com"}, {.rules = dmarc_rules::rfc9989}};
  std::string asked;
  while (dns_question const q = check.ask()) {
    asked.append(q.name).append("\n");
    EXPECT_EQ(q.type, dns_type::txt);
    EXPECT_EQ(check.answer(q, {.status = dns_status::nxdomain}), errc::ok);
  }
  EXPECT_EQ(asked,
            "_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.com\n_dmarc.g.h.i.j.mail.example.com\n"
            "_dmarc.h.i.j.mail.example.com\n_dmarc.i.j.mail.example.com\n_dmarc.j.mail.example.com\n"
            "_dmarc.mail.example.com\n_dmarc.example.com\n_dmarc.com\n");
}

// RFC 9989 4.10.2: an identifier that can be of no use costs no question, nor does a name that is known.
TEST(DmarcCheck, NothingIsAskedThatDecidesNothing) {
  struct row {
    std::string_view identifier;
    unsigned questions;
  };
  constexpr row rows[]{{"example.com", 1}, {"example.net", 1},    {"com", 2}, {"other.com", 2}, {"a.example.com", 3},
                       {"192.0.2.1", 1},   {"a.b.example.com", 4}};
  std::string_view const record = "v=DMARC1; p=reject";
  for (row const& one : rows) {
    dmarc_check check{{.from_domain = "example.com", .spf = spf_result::pass, .spf_domain = one.identifier},
                      {.rules = dmarc_rules::rfc9989}};
    unsigned questions = 0;
    for (; dns_question const q = check.ask(); ++questions) {
      bool const found = q.name == "_dmarc.example.com";
      EXPECT_EQ(
          check.answer(q, {.status = found ? dns_status::records : dns_status::nodata, .texts = {&record, found}}),
          errc::ok);
    }
    EXPECT_EQ(questions, one.questions) << one.identifier;
  }
}

// A name with no room for the label in front of it has no record of its own; its organization may have one.
TEST(DmarcCheck, TheLongestNames) {
  std::string const label(61, 'x');
  std::string const from = label + "." + label + "." + label + "." + std::string(54, 'y') + ".example.org";
  ASSERT_EQ(from.size(), 252U);
  std::string_view const record = "v=DMARC1; p=reject";
  for (dmarc_rules const rules : {dmarc_rules::rfc7489, dmarc_rules::rfc9989}) {
    dmarc_check check{{.from_domain = from, .spf = spf_result::pass, .spf_domain = "example.org"},
                      {.rules = rules, .organizational_domain = dmarc_cases::organizational_domain}};
    while (dns_question const q = check.ask()) {
      bool const found = q.name == "_dmarc.example.org";
      EXPECT_LE(q.name.size(), 253U);
      EXPECT_EQ(
          check.answer(q, {.status = found ? dns_status::records : dns_status::nodata, .texts = {&record, found}}),
          errc::ok);
    }
    EXPECT_EQ(dmarc_cases::outcome(check), "pass by spf example.org, reject at example.org");
  }
}

// The root has one full stop: with two it is no name, and longer than one can be.
TEST(DmarcCheck, OneFullStopOfTheRoot) {
  std::string const label(63, 'x');
  std::string const longest = label + "." + label + "." + label + "." + std::string(61, 'y');
  ASSERT_EQ(longest.size(), ehlo::longest_name);
  EXPECT_EQ((dmarc_check{{.from_domain = longest + "."}, {}}.from_domain().size()), longest.size());
  EXPECT_EQ((dmarc_check{{.from_domain = longest + ".."}, {}}.from_domain().size()), 0U);
}

/// A host's function that gives what is no end of the domain.
std::string_view nonsense(void* context, std::string_view) noexcept { return *static_cast<std::string_view*>(context); }

// RFC 7489 3.2: what a list says is taken only if it can be so.
TEST(DmarcCheck, AnOrganizationIsAnEndOfTheDomain) {
  for (std::string_view made_up : {"example.net", "xample.org", ".org", "a.b.example.org", ""}) {
    dmarc_check check{{.from_domain = "b.example.org", .spf = spf_result::pass, .spf_domain = "example.org"},
                      {.organizational_domain = nonsense, .context = &made_up}};
    dns_question const q = check.ask();
    EXPECT_EQ(q.name, "_dmarc.b.example.org");
    std::string_view const record = "v=DMARC1; p=reject";
    EXPECT_EQ(check.answer(q, {.status = dns_status::records, .texts = {&record, 1}}), errc::ok);
    EXPECT_EQ(dmarc_cases::outcome(check), "fail, reject at b.example.org") << made_up;
  }
}

TEST(DmarcCheck, MisuseIsNamedAndChangesNothing) {
  dmarc_check check{{.from_domain = "a.example.org"}, {.organizational_domain = dmarc_cases::organizational_domain}};
  dns_question const early{dns_type::txt, "_dmarc.a.example.org", 0};
  EXPECT_EQ(check.answer(early, {}), errc::local_order);
  dns_question const first = check.ask();
  EXPECT_EQ(first.name, early.name);
  EXPECT_EQ(check.answer({dns_type::a, first.name, 0}, {}), errc::local_argument);
  EXPECT_EQ(check.answer({dns_type::txt, first.name, 1}, {}), errc::local_argument);
  EXPECT_EQ(check.answer(first, {.status = dns_status::nxdomain}), errc::ok);
  EXPECT_EQ(check.answer(first, {.status = dns_status::servfail}), errc::local_order);
  dns_question const second = check.ask();
  EXPECT_EQ(second.name, "_dmarc.example.org");
  // Records that are none, and none given, are no records.
  EXPECT_EQ(check.answer(second, {.status = dns_status::records}), errc::ok);
  EXPECT_EQ(dmarc_cases::outcome(check), "none, no record");
  EXPECT_EQ(check.answer(second, {}), errc::local_order);
  EXPECT_FALSE(check.ask());
  check.end_waiting();
  EXPECT_EQ(check.reason(), dmarc_reason::no_record);
}

constexpr dmarc_reason at_compile_time() {
  constexpr std::array<dmarc_signature, 1> signatures{{{"example.org", dkim_result::pass}}};
  dmarc_check check{{.from_domain = "Example.org", .signatures = signatures}, {.rules = dmarc_rules::rfc9989}};
  dns_question const q = check.ask();
  std::string_view const record = "v=DMARC1; p=reject";
  (void)check.answer(q, {.status = dns_status::records, .texts = {&record, 1}});
  return check.reason();
}
static_assert(at_compile_time() == dmarc_reason::aligned);

/// The tags of a record that differ from the defaults.
std::string tags(std::string_view text, dmarc_rules rules = dmarc_rules::rfc7489) {
  dmarc_record r;
  dmarc_record_error const e = parse_dmarc_record(text, rules, r);
  EXPECT_EQ(is_dmarc_record(text), e != dmarc_record_error::version) << text;
  std::string found;
  if (e != dmarc_record_error::none) found = e == dmarc_record_error::version ? "version " : "policy ";
  found.append("p=").append(name(r.policy));
  if (r.subdomain_policy != r.policy) found.append(" sp=").append(name(r.subdomain_policy));
  if (r.nonexistent_policy != r.subdomain_policy) found.append(" np=").append(name(r.nonexistent_policy));
  if (r.dkim_alignment == dmarc_alignment::strict) found += " adkim=s";
  if (r.spf_alignment == dmarc_alignment::strict) found += " aspf=s";
  if (r.psd != dmarc_psd::unsaid) found += r.psd == dmarc_psd::yes ? " psd=y" : " psd=n";
  if (r.testing) found += " t=y";
  if (r.percent != 100) found += " pct=" + std::to_string(r.percent);
  if (r.report_interval != 86400) found += " ri=" + std::to_string(r.report_interval);
  if (r.failure_options != "0") found.append(" fo=").append(r.failure_options);
  if (!r.aggregate_reports.empty()) found.append(" rua=").append(r.aggregate_reports);
  if (!r.failure_reports.empty()) found.append(" ruf=").append(r.failure_reports);
  return found;
}

struct row {
  std::string_view record;
  std::string_view tags;
};

TEST(DmarcRecord, Tags_Rfc7489_6_3) {
  constexpr row rows[]{
      // Appendix B.2
      {"v=DMARC1; p=none; rua=mailto:dmarc-feedback@example.com", "p=none rua=mailto:dmarc-feedback@example.com"},
      {"v=DMARC1; p=none; rua=mailto:dmarc-feedback@example.com; ruf=mailto:auth-reports@example.com",
       "p=none rua=mailto:dmarc-feedback@example.com ruf=mailto:auth-reports@example.com"},
      {"v=DMARC1; p=quarantine; rua=mailto:dmarc-feedback@example.com, mailto:tld-test@thirdparty.example.net!10m; "
       "pct=25",
       "p=quarantine pct=25 rua=mailto:dmarc-feedback@example.com, mailto:tld-test@thirdparty.example.net!10m"},
      {"v=DMARC1;p=reject;sp=none;adkim=s;aspf=s;ri=3600;fo=1:d:s;rf=afrf;pct=0",
       "p=reject sp=none adkim=s aspf=s pct=0 ri=3600 fo=1:d:s"},
      {"v=DMARC1;p=reject;adkim=S;aspf=R;fo=D", "p=reject adkim=s fo=D"},
      {"v=DMARC1;p=reject;fo=0 : 1", "p=reject fo=0 : 1"},
      {"v=DMARC1;p=reject;fo=2", "p=reject"},
      {"v=DMARC1;p=reject;fo=1:", "p=reject"},
      {"v=DMARC1;p=reject;ri=4294967295", "p=reject ri=4294967295"},
      {"v=DMARC1;p=reject;ri=4294967296", "p=reject"},
      {"v=DMARC1;p=reject;ri=99999999999999999999999", "p=reject"},
      {"v=DMARC1;p=reject;ri=1h", "p=reject"},
      {"v=DMARC1;p=reject;psd=y;t=y;np=none", "p=reject"},
      {"v=DMARC1;p=reject;rua=mailto:a@b,c", "p=reject rua=mailto:a@b,c"},
      {"v=DMARC1;p=reject;rua=a@b", "p=reject"},
      {"v=DMARC1;p=reject;sp=", "policy p=none"},
      {"v=DMARC1;p=reject\t;\tsp\t=\tnone\t", "p=reject sp=none"},
      {" v=DMARC1;p=reject", "p=reject"},
      {"v=DMARC1;;p=reject;;", "p=reject"},
      {"", "version p=none"},
      {";v=DMARC1;p=reject", "version p=none"},
      {"v=DMARC1x;p=reject", "version p=none"},
      {"v=DMARC1\xFF;p=reject", "version p=none"},
      {"v;p=reject", "version p=none"},
  };
  for (row const& one : rows) EXPECT_EQ(tags(one.record), one.tags) << one.record;
}

TEST(DmarcRecord, Tags_Rfc9989_4_7) {
  constexpr row rows[]{
      {"v=DMARC1;p=reject;np=none;psd=n;t=y", "p=reject np=none psd=n t=y"},
      {"v=DMARC1;p=none;sp=reject;np=quarantine;psd=Y", "p=none sp=reject np=quarantine psd=y"},
      {"v=DMARC1;psd=y", "policy p=none psd=y"},
      {"v=DMARC1;p=reject;psd=y;psd=n", "p=reject"},
      {"v=DMARC1;p=reject;psd=u;pct=0;ri=1;t=N", "p=reject"},
      {"v=DMARC1;p=reject;np=x", "policy p=none"},
  };
  for (row const& one : rows) EXPECT_EQ(tags(one.record, dmarc_rules::rfc9989), one.tags) << one.record;
}

TEST(DmarcRecord, ReportingUris_Rfc7489_6_4) {
  struct uri {
    std::string_view text;
    bool valid;
  };
  constexpr uri uris[]{
      {"mailto:a@example.org", true},
      {"mailto:a@example.org!10", true},
      {"mailto:a@example.org!50m", true},
      {"mailto:a@example.org!1T", true},
      {"https://example.org/x", true},
      {"x-y+z.1:a", true},
      {"mailto:a%2Cb@example.org", true},
      {"mailto:a!b@example.org", false},
      {"mailto:a@example.org!", false},
      {"mailto:a@example.org!m", false},
      {"mailto:a@b!1x", false},
      {"mailto:a@b!18446744073709551616", false},
      {"mailto:a@b!99999999999999999999999", false},
      {"mailto:a%2@b", false},
      {"mailto:a%zz@b", false},
      {"mailto:a b@c", false},
      {"mailto:<a@b>", false},
      {"mailto:\xC3\xBC@b", false},
      {":a@b", false},
      {"1mailto:a@b", false},
      {"mail_to:a@b", false},
      {"mailto", false},
      {"mailto:", false},
      {"", false},
      {"!10m", false},
  };
  for (uri const& one : uris) {
    std::string const record = "v=DMARC1; rua=" + std::string{one.text};
    dmarc_record r;
    EXPECT_EQ(parse_dmarc_record(record, dmarc_rules::rfc7489, r) == dmarc_record_error::none, one.valid) << one.text;
  }
}

TEST(DmarcNames, AreThoseOfAuthenticationResults_Rfc7489_11_2) {
  EXPECT_EQ(name(dmarc_result::none), "none");
  EXPECT_EQ(name(dmarc_result::permerror), "permerror");
  EXPECT_EQ(name(dmarc_policy::quarantine), "quarantine");
  EXPECT_EQ(name(dmarc_reason::identifier_failed), "identifier failed");
  EXPECT_EQ(name(dmarc_aligned_by::dkim), "dkim");
}

}  // namespace
