// SPDX-License-Identifier: BSL-1.0
// The cases of data/sender/dmarc.txt, and a DNS that has what they publish.
#pragma once

#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ehlo/sender/dmarc_check.hpp"

namespace dmarc_cases {

using namespace ehlo::sender;

struct published {
  std::string name;  ///< `_dmarc.example.org`, or the name itself behind "A "
  std::string text;  ///< a record, or `!servfail`
};

struct dmarc_case {
  int line = 0;
  dmarc_rules rules{};
  std::string section, from, authenticated, outcome;
  std::vector<published> zone;
  // What `authenticated` says.
  spf_result spf = spf_result::none;
  std::string spf_domain;
  std::vector<std::pair<std::string, dkim_result>> dkim;
  unsigned random = 0;

  [[nodiscard]] std::string label() const { return "dmarc.txt:" + std::to_string(line) + ": " + section; }
};

inline std::string trimmed(std::string_view text) { return std::string{ehlo::trim_wsp(text)}; }

inline std::vector<std::string> split(std::string_view text, std::string_view mark) {
  std::vector<std::string> parts;
  for (std::size_t at = text.find(mark); at != text.npos; at = text.find(mark)) {
    parts.push_back(trimmed(text.substr(0, at)));
    text.remove_prefix(at + mark.size());
  }
  parts.push_back(trimmed(text));
  return parts;
}

template <class Enum, class Names>
Enum enumerator(Names const& names, std::string_view wanted) {
  for (std::size_t i = 0; i != names.size(); ++i)
    if (names[i] == wanted) return static_cast<Enum>(i);
  return Enum::none;
}

inline void read_authenticated(dmarc_case& one) {
  for (std::string const& part : split(one.authenticated, ",")) {
    std::vector<std::string> words = split(part, " ");
    words.resize(3);
    if (words[0] == "random") one.random = static_cast<unsigned>(std::stoul(words[1]));
    if (words[0] == "spf") {
      one.spf = enumerator<spf_result>(spf_result_names, words[1]);
      one.spf_domain = words[2];
    }
    if (words[0] == "dkim") one.dkim.emplace_back(words[2], enumerator<dkim_result>(dkim_result_names, words[1]));
  }
}

inline void read_zone(dmarc_case& one, std::string_view text) {
  if (text.empty()) return;
  for (std::string const& record : split(text, " // ")) {
    std::size_t const colon = record.find(':');
    std::string name = trimmed(record.substr(0, colon));
    if (!name.starts_with("A ")) name.insert(0, "_dmarc.");
    one.zone.push_back({name, trimmed(record.substr(colon + 1))});
  }
}

inline std::vector<dmarc_case> read_file(char const* path) {
  std::vector<dmarc_case> cases;
  std::ifstream file{path};
  dmarc_rules rules{};
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.starts_with("rules ")) rules = line == "rules 9989" ? dmarc_rules::rfc9989 : dmarc_rules::rfc7489;
    std::vector<std::string> const columns = split(line, "|");
    if (line.starts_with('#') || columns.size() != 5) continue;
    dmarc_case one;
    one.line = number;
    one.rules = rules;
    one.section = (rules == dmarc_rules::rfc9989 ? "RFC 9989 " : "RFC 7489 ") + columns[0];
    one.from = columns[1];
    for (std::size_t at = one.from.find("\\x"); at != std::string::npos; at = one.from.find("\\x"))
      one.from.replace(at, 4, 1, static_cast<char>(std::stoi(one.from.substr(at + 2, 2), nullptr, 16)));
    read_zone(one, columns[2]);
    one.authenticated = columns[3];
    read_authenticated(one);
    one.outcome = columns[4];
    cases.push_back(one);
  }
  return cases;
}

/// The organizational domain by a small list of public suffixes.
inline std::string_view organizational_domain(void*, std::string_view domain) noexcept {
  constexpr std::string_view suffixes[]{"co.uk", "uk", "com", "org", "net", "test"};
  for (std::string_view const suffix : suffixes) {
    if (domain == suffix) return {};
    if (domain.size() <= suffix.size() || !domain.ends_with(suffix)) continue;
    std::size_t const dot = domain.size() - suffix.size() - 1;
    if (domain[dot] != '.' || dot == 0) continue;
    std::size_t const before = domain.rfind('.', dot - 1);
    return domain.substr(before == domain.npos ? 0 : before + 1);
  }
  return {};
}

/// What lives as long as the check of a case.
struct facts_of {
  explicit facts_of(dmarc_case const& one) {
    for (auto const& [domain, result] : one.dkim) signatures.push_back({domain, result});
    facts = {one.from, one.spf, one.spf_domain, signatures};
    options = {one.rules, organizational_domain, nullptr, one.random};
  }
  std::vector<dmarc_signature> signatures;
  dmarc_facts facts{};
  dmarc_options options{};
};

/// Gives the answer of the zone to a call.
template <class Use>
void with_answer(std::vector<published> const& zone, ehlo::dns_question const& asked, Use use) {
  using ehlo::dns_status;
  bool const txt = asked.type == ehlo::dns_type::txt;
  ehlo::dns_answer answer{.status = txt ? dns_status::nxdomain : dns_status::records};
  std::vector<std::string_view> texts;
  for (published const& one : zone) {
    if (!ehlo::equal_ignoring_case(one.name, (txt ? "" : "A ") + std::string{asked.name})) continue;
    answer.status = one.text == "!servfail"   ? dns_status::servfail
                    : one.text == "!timeout"  ? dns_status::timeout
                    : one.text == "!nxdomain" ? dns_status::nxdomain
                    : one.text == "!nodata"   ? dns_status::nodata
                                              : dns_status::records;
    if (answer.status == dns_status::records) texts.push_back(one.text);
  }
  answer.texts = texts;
  use(answer);
}

/// What came of a check, as the file has it.
inline std::string outcome(dmarc_check const& check) {
  std::string text{name(check.result())};
  std::string const at = std::string{name(check.policy())}.append(" at ").append(check.policy_domain());
  if (check.result() == dmarc_result::pass)
    return text.append(" by ").append(name(check.aligned_by())).append(" ").append(check.aligned_domain()) + ", " + at;
  if (check.result() != dmarc_result::fail) return text.append(", ").append(name(check.reason()));
  text.append(", ").append(at);
  if (check.reason() == dmarc_reason::policy && check.disposition() == check.policy()) return text;
  return text.append(": ").append(name(check.disposition())).append(", ").append(name(check.reason()));
}

}  // namespace dmarc_cases
