// SPDX-License-Identifier: BSL-1.0
// Any records at any names, any identifiers, any answer that does not come: what a second, plain reading of the rules
// with the whole DNS in view comes to (RFC 7489 6.6, RFC 9989 4.10). And any octets as a record.
#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "check.hpp"
#include "choices.hpp"
#include "ehlo/sender/dmarc_check.hpp"

namespace {

using ehlo::dns_answer;
using ehlo::dns_question;
using ehlo::dns_status;
using ehlo::dns_type;
using ehlo::errc;
using ehlo::same_domain;
using fuzz::check;
using fuzz::choices;
using namespace ehlo::sender;

struct found {
  dns_status status = dns_status::nxdomain;
  std::vector<std::string> texts;
};

/// A DNS in which every name has one of a few contents.
struct world {
  std::vector<found> contents;
  unsigned seed = 0;

  found const& at(std::string_view name, unsigned type) const {
    unsigned hash = seed * 31 + type;
    for (char const c : name) hash = hash * 131 + static_cast<unsigned char>(ehlo::to_upper(c));
    return contents[(hash >> 7U) % contents.size()];
  }
};

std::string any_record(choices& input) {
  constexpr std::string_view tags[]{"p=reject",   "p=quarantine", "p=none",   "p=x",       "sp=reject",
                                    "sp=none",    "np=reject",    "np=none",  "np=?",      "psd=y",
                                    "psd=n",      "psd=u",        "t=y",      "pct=0",     "pct=50",
                                    "adkim=s",    "aspf=s",       "pct=1000", "rua=x:y!1", "rua=;",
                                    "p=reject;p", "p = none",     "ri=1",     "P=reject",  "adkim=s;adkim=r",
                                    "\xFF",       "nonsense"};
  std::string record = input.below(8) == 0 ? "v=DMARC2" : "v=DMARC1";
  for (std::size_t count = 1 + input.below(4); count != 0; --count)
    record.append("; ").append(tags[input.below(std::size(tags))]);
  return record;
}

std::string any_domain(choices& input) {
  constexpr std::string_view ends[]{"com", "example.com", "co.uk", "example.co.uk", "b.example.com", "uk"};
  constexpr std::string_view labels[]{"a", "b", "c", "A"};
  std::string domain{ends[input.below(std::size(ends))]};
  for (std::size_t count = input.below(9); count != 0; --count)
    domain.insert(0, ".").insert(0, labels[input.below(std::size(labels))]);
  return domain;
}

std::string_view by_list(void*, std::string_view domain) noexcept {
  std::string_view const suffix =
      ("." + std::string{domain}).ends_with(".co.uk") ? "co.uk" : domain.substr(domain.rfind('.') + 1);
  if (domain.size() <= suffix.size()) return {};
  std::size_t const before = domain.rfind('.', domain.size() - suffix.size() - 2);
  return before == domain.npos ? domain : domain.substr(before + 1);
}

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return text;
}

std::vector<std::string> labels_of(std::string const& domain) {
  std::vector<std::string> labels{""};
  for (char const c : domain) {
    if (c == '.')
      labels.emplace_back();
    else
      labels.back() += c;
  }
  return labels;
}
std::string end_of(std::string const& domain, std::size_t count) {
  std::vector<std::string> const labels = labels_of(domain);
  std::string text;
  for (std::size_t i = labels.size() - count; i != labels.size(); ++i) text += (text.empty() ? "" : ".") + labels[i];
  return text;
}

/// The rules, said again.
struct reading {
  world const& dns;
  dmarc_facts const& facts;
  dmarc_options const& options;

  struct records {
    bool failed = false;
    std::vector<std::pair<dmarc_record_error, dmarc_record>> list;
  };
  struct outcome {
    dmarc_result result{};
    std::string where{};
    dmarc_policy policy{}, disposition{};
  };

  records at(std::string const& domain) const {
    found const& there = dns.at("_dmarc." + domain, 16);
    records all{is_failure(there.status), {}};
    if (there.status != dns_status::records) return all;
    for (std::string const& text : there.texts) {
      dmarc_record record;
      dmarc_record_error const e = parse_dmarc_record(text, options.rules, record);
      if (e != dmarc_record_error::version) all.list.emplace_back(e, record);
    }
    return all;
  }

  struct walk {
    bool failed = false;
    std::string organization;
    std::vector<std::pair<std::string, std::pair<dmarc_record_error, dmarc_record>>> met;
  };
  walk walk_from(std::string const& domain) const {
    walk w;
    std::vector<std::string> names{domain};
    for (std::size_t left = std::min<std::size_t>(labels_of(domain).size() - 1, 7); left != 0; --left)
      names.push_back(end_of(domain, left));
    for (std::string const& name : names) {
      records const there = at(name);
      if (there.failed) {
        w.failed = true;
        return w;
      }
      if (there.list.size() != 1) continue;
      w.met.emplace_back(name, there.list[0]);
      if (there.list[0].second.psd != dmarc_psd::unsaid) break;
    }
    for (auto const& [name, record] : w.met) {
      w.organization = name;
      if (record.second.psd == dmarc_psd::no) break;
      if (record.second.psd == dmarc_psd::yes && name != domain)
        w.organization = end_of(domain, labels_of(name).size() + 1);
    }
    if (w.organization.empty()) w.organization = domain;
    return w;
  }

  enum class relation { none, aligned, unknown };
  relation relate(std::string_view identifier, bool strict, std::string const& author) const {
    if (!ehlo::is_host_name(identifier)) return relation::none;
    std::string const other = lower(std::string{identifier});
    if (other == author) return relation::aligned;
    if (strict) return relation::none;
    if (options.rules == dmarc_rules::rfc7489) {
      std::string_view const mine = by_list(nullptr, author);
      return !mine.empty() && mine == by_list(nullptr, other) ? relation::aligned : relation::none;
    }
    if (labels_of(other).back() != labels_of(author).back()) return relation::none;
    walk const mine = walk_from(author);
    if (mine.failed) return relation::unknown;
    if (other != mine.organization && !other.ends_with("." + mine.organization)) return relation::none;
    walk const theirs = walk_from(other);
    if (theirs.failed) return relation::unknown;
    return mine.organization == theirs.organization ? relation::aligned : relation::none;
  }

  outcome decide() const {
    std::string const author = lower(std::string{facts.from_domain});
    records own = at(author);
    if (own.failed) return {dmarc_result::temperror};
    std::pair<dmarc_record_error, dmarc_record> applied;
    std::string where = author;
    if (own.list.size() == 1) {
      applied = own.list[0];
    } else if (options.rules == dmarc_rules::rfc7489) {
      where = by_list(nullptr, author);
      if (own.list.size() > 1 || where.empty() || where == author) return {dmarc_result::none};
      own = at(where);
      if (own.failed) return {dmarc_result::temperror};
      if (own.list.size() != 1) return {dmarc_result::none};
      applied = own.list[0];
    } else {
      walk const w = walk_from(author);
      if (w.failed) return {dmarc_result::temperror};
      where.clear();
      for (auto const& [name, record] : w.met)
        if (name == w.organization || (where.empty() && record.second.psd == dmarc_psd::yes)) {
          where = name;
          applied = record;
        }
      if (where.empty()) return {dmarc_result::none};
    }
    if (applied.first != dmarc_record_error::none) return {dmarc_result::permerror, where};
    dmarc_record const& record = applied.second;
    outcome out{dmarc_result::fail, where, where == author ? record.policy : record.subdomain_policy};
    bool const strict_spf = record.spf_alignment == dmarc_alignment::strict;
    bool const strict_dkim = record.dkim_alignment == dmarc_alignment::strict;
    bool aligned = false, unknown = false, later = false;
    auto const look = [&](std::string_view domain, bool strict, bool passed, bool temperror) {
      if (!passed && !temperror) return;
      relation const r = relate(domain, strict, author);
      aligned = aligned || (passed && r == relation::aligned);
      unknown = unknown || (passed && r == relation::unknown);
      later = later || (temperror && r != relation::none);
    };
    look(facts.spf_domain, strict_spf, facts.spf == spf_result::pass, facts.spf == spf_result::temperror);
    for (dmarc_signature const& one : facts.signatures)
      look(one.domain, strict_dkim, one.result == dkim_result::pass, one.result == dkim_result::temperror);
    if (aligned)
      out.result = dmarc_result::pass;
    else if (unknown || later)
      out.result = dmarc_result::temperror;
    if (out.result != dmarc_result::fail) return out;
    if (options.rules == dmarc_rules::rfc9989 && where != author && record.nonexistent_policy != out.policy) {
      dns_status const there = dns.at(author, 1).status;
      if (is_failure(there)) {
        out.result = dmarc_result::temperror;
        return out;
      }
      if (there == dns_status::nxdomain) out.policy = record.nonexistent_policy;
    }
    bool const milder = record.testing || options.random % 100 >= record.percent;
    out.disposition = out.policy;
    if (milder && out.policy != dmarc_policy::none)
      out.disposition = out.policy == dmarc_policy::reject ? dmarc_policy::quarantine : dmarc_policy::none;
    return out;
  }
};

std::size_t play(dmarc_check& machine, world const& dns) {
  std::size_t count = 0;
  while (dns_question const q = machine.ask()) {
    ++count;
    found const& there = dns.at(q.name, static_cast<unsigned>(q.type));
    std::vector<std::string_view> const texts{there.texts.begin(), there.texts.end()};
    check(machine.answer({dns_type::mx, q.name, q.number}, {}) == errc::local_argument);
    check(machine.answer(q, {.status = there.status, .texts = texts}) == errc::ok);
    check(machine.answer(q, {}) == errc::local_order);
  }
  check(machine.done());
  return count;
}

/// A record means the same when it is written from what was read.
void read_record(std::string_view text) {
  for (dmarc_rules const rules : {dmarc_rules::rfc7489, dmarc_rules::rfc9989}) {
    dmarc_record first, again;
    dmarc_record_error const e = parse_dmarc_record(text, rules, first);
    check(is_dmarc_record(text) == (e != dmarc_record_error::version));
    check(first.percent <= 100 && (rules == dmarc_rules::rfc7489 || first.percent == 100));
    if (e != dmarc_record_error::none) {
      check(first.policy == dmarc_policy::none && first.nonexistent_policy == dmarc_policy::none);
      continue;
    }
    std::string plain = "v=DMARC1; p=" + std::string{name(first.policy)};
    plain.append("; sp=").append(name(first.subdomain_policy)).append("; np=").append(name(first.nonexistent_policy));
    plain.append("; adkim=").append(first.dkim_alignment == dmarc_alignment::strict ? "s" : "r");
    plain.append("; aspf=").append(first.spf_alignment == dmarc_alignment::strict ? "s" : "r");
    plain.append("; psd=")
        .append(1, "uyn"[static_cast<unsigned>(first.psd)])
        .append("; t=")
        .append(first.testing ? "y" : "n");
    plain += "; pct=" + std::to_string(first.percent) + "; ri=" + std::to_string(first.report_interval);
    plain.append("; fo=").append(first.failure_options);
    if (!first.aggregate_reports.empty()) plain.append("; rua=").append(first.aggregate_reports);
    if (!first.failure_reports.empty()) plain.append("; ruf=").append(first.failure_reports);
    check(parse_dmarc_record(plain, rules, again) == dmarc_record_error::none);
    check(again.policy == first.policy && again.subdomain_policy == first.subdomain_policy);
    check(again.nonexistent_policy == first.nonexistent_policy && again.percent == first.percent);
    check(again.dkim_alignment == first.dkim_alignment && again.spf_alignment == first.spf_alignment);
    check(again.psd == first.psd && again.testing == first.testing && again.report_interval == first.report_interval);
    check(again.aggregate_reports == first.aggregate_reports && again.failure_options == first.failure_options);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const text{reinterpret_cast<char const*>(data), size};
  read_record(text);
  read_record("v=DMARC1;" + std::string{text});
  choices input{text};
  world dns;
  dns.seed = static_cast<unsigned>(input.below(256));
  for (std::size_t count = 1 + input.below(6); count != 0; --count) {
    found one;
    one.status = static_cast<dns_status>(input.below(8) == 0 ? 1 + input.below(4) : 0);
    for (std::size_t texts = input.below(3); texts != 0; --texts)
      one.texts.push_back(input.below(8) == 0 ? std::string{input.octets(40)} : any_record(input));
    dns.contents.push_back(one);
  }
  dns.contents.emplace_back();
  std::string const from = any_domain(input), spf_domain = any_domain(input);
  std::vector<std::string> domains;
  std::vector<dmarc_signature> signatures;
  for (std::size_t count = input.below(5); count != 0; --count)
    domains.push_back(input.below(8) == 0 ? std::string{input.octets(20)} : any_domain(input));
  for (std::string const& one : domains)
    signatures.push_back({one, static_cast<dkim_result>(input.below(2) == 0 ? 1 : input.below(7))});
  dmarc_facts const facts{from, static_cast<spf_result>(input.below(7)), spf_domain, signatures};
  dmarc_options const options{static_cast<dmarc_rules>(input.below(2)), by_list, nullptr, input.below(100)};

  dmarc_check machine{facts, options};
  std::size_t const questions = play(machine, dns);
  bool const walks = options.rules == dmarc_rules::rfc9989;
  check(questions <= (walks ? 9 + 7 * (1 + signatures.size()) : 2));
  reading::outcome const expected = reading{dns, facts, options}.decide();
  check(machine.result() == expected.result && machine.disposition() == expected.disposition);
  if (machine.result() != dmarc_result::temperror && machine.result() != dmarc_result::none) {
    check(machine.policy_domain() == expected.where && machine.policy() == expected.policy);
  }
  // In another order of the signatures it is the same.
  std::vector<dmarc_signature> const backwards{signatures.rbegin(), signatures.rend()};
  dmarc_check other{{from, facts.spf, spf_domain, backwards}, options};
  play(other, dns);
  check(other.result() == machine.result() && other.disposition() == machine.disposition());
  // Any octets as the domains; and the host may leave at any time.
  std::string const any{input.octets(300)};
  dmarc_check leaving{{any, spf_result::pass, any, signatures}, options};
  (void)leaving.ask();
  leaving.end_waiting();
  check(leaving.done() && !leaving.ask() && leaving.disposition() == dmarc_policy::none);
  return 0;
}
