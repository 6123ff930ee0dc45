// SPDX-License-Identifier: BSL-1.0
// A small DNS for SPF checks, the file of the RFC 7208 test suite, and a check played against it in any order of
// answers. A zone in text: `example.org TXT v=spf1 mx -all`, `example.org MX 10 mx.example.org`, or instead of a record
// TIMEOUT (whatever is asked and not there), EMPTY (the name exists), `A SERVFAIL`. \xHH is an octet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "../dns/all_orders.hpp"
#include "ehlo/base/ascii.hpp"
#include "ehlo/dns/answer.hpp"
#include "ehlo/sender/spf_check.hpp"

namespace spf {

using ehlo::dns_answer;
using ehlo::dns_question;
using ehlo::dns_status;
using ehlo::dns_type;
using namespace ehlo::sender;

inline std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i != text.size(); ++i) {
    if (text[i] == '\\' && text.substr(i).size() >= 4 && text[i + 1] == 'x') {
      out += static_cast<char>(ehlo::hex_value(text[i + 2]) * 16 + ehlo::hex_value(text[i + 3]));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// The text up to the space, which is taken away as well.
inline std::string_view take_word(std::string_view& rest) {
  std::string_view const word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size() == rest.size() ? word.size() : word.size() + 1);
  return word;
}

inline std::string_view take_line(std::string_view& rest) {
  std::string_view const line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(line.size() == rest.size() ? line.size() : line.size() + 1);
  return line;
}

struct record {
  std::string name, type, data;
};

/// An answer with what it views.
struct full_answer {
  dns_status status = dns_status::records;
  std::vector<std::string> names;
  std::vector<std::string_view> texts;
  std::vector<ehlo::mx_record> exchanges;
  std::vector<ehlo::address_literal> addresses;

  dns_answer view() {
    texts.assign(names.begin(), names.end());
    return {.status = status, .exchanges = exchanges, .addresses = addresses, .names = texts, .texts = texts};
  }
};

class zone {
 public:
  std::vector<record> records;

  zone() = default;
  zone(std::string_view text) {
    while (!text.empty()) add(take_line(text));
  }
  zone(char const* text) : zone{std::string_view{text}} {}
  void add(std::string_view line) {
    if (line.empty()) return;
    std::string_view const name = take_word(line);
    std::string_view const type = take_word(line);
    records.push_back({unescaped(name), std::string{type}, unescaped(line)});
  }

  full_answer answer(dns_type type, std::string_view name, int links = 0) const {
    std::string_view const wanted = type == dns_type::txt    ? "TXT"
                                    : type == dns_type::mx   ? "MX"
                                    : type == dns_type::a    ? "A"
                                    : type == dns_type::aaaa ? "AAAA"
                                                             : "PTR";
    full_answer out;
    bool exists = false, found = false, times_out = false;
    std::string_view alias;
    for (record const& r : records) {
      if (!ehlo::same_domain(r.name, name)) continue;
      exists = true;
      if (r.type == "TIMEOUT") times_out = true;
      if (r.type == "CNAME") alias = r.data;
      if (r.type != wanted) continue;
      found = true;
      add_record(out, type, r.data);
    }
    if (found) return out;
    if (!alias.empty() && links != 8) return answer(type, alias, links + 1);
    out.status = times_out        ? dns_status::timeout
                 : !alias.empty() ? dns_status::servfail
                 : exists         ? dns_status::nodata
                                  : dns_status::nxdomain;
    return out;
  }

 private:
  static void add_record(full_answer& out, dns_type type, std::string_view data) {
    if (data == "SERVFAIL") {
      out.status = dns_status::servfail;
    } else if (type == dns_type::mx) {
      std::string_view const preference = take_word(data);
      std::uint16_t number = 0;
      for (char const c : preference) number = static_cast<std::uint16_t>(number * 10 + (c - '0'));
      out.exchanges.push_back({number, data});
    } else if (type == dns_type::a || type == dns_type::aaaa) {
      out.addresses.push_back(ehlo::parse_ip_address(data));
    } else {
      out.names.emplace_back(data);
    }
  }
};

struct asked {
  dns_type type;
  std::string name;
};

/// Answers one of the open questions, as often as needed; `pick(count)` says which, `say(question, answer)` may change
/// the answer. What was asked, in the order of the questions.
template <class Pick, class Say>
std::vector<asked> play(spf_check_core& check, zone const& from, Pick pick, Say say) {
  std::vector<asked> all;
  std::vector<dns_question> open;
  while (!check.done()) {
    while (dns_question const q = check.ask()) {
      open.push_back(q);
      all.push_back({q.type, std::string{q.name}});
    }
    if (open.empty()) return all;
    std::size_t const which = pick(open.size());
    dns_question const q = open[which];
    open.erase(open.begin() + static_cast<std::ptrdiff_t>(which));
    full_answer answer = from.answer(q.type, q.name);
    say(q, answer);
    if (check.answer(q, answer.view()) != ehlo::errc::ok) return all;
  }
  return all;
}
template <class Pick>
std::vector<asked> play(spf_check_core& check, zone const& from, Pick pick) {
  return play(check, from, pick, [](dns_question const&, full_answer&) {});
}

/// All that a check says: `fail mailfrom example.org all "explanation"`, `permerror ... (bad_term)`.
inline std::string whole(spf_check_core const& check) {
  if (!check.done()) return "never done";
  std::string out{name(check.result())};
  out.append(" ").append(name(check.identity())).append(" ").append(check.domain()).append(" ");
  out.append(check.mechanism());
  if (!check.explanation().empty()) out.append(" \"").append(check.explanation()).append("\"");
  if (check.problem() != spf_problem::no_problem) out.append(" (").append(name(check.problem())).append(")");
  if (check.options().helo_first) out.append(" helo=").append(name(check.helo_result()));
  return out;
}

struct case_of_suite {
  std::string scenario, name, spec, helo, host, mailfrom, result, explanation;
  bool explained = false;
  zone const* in = nullptr;
};

/// The file of the suite; `zones` owns what the cases point to.
inline std::vector<case_of_suite> read_suite(std::string_view text, std::vector<zone>& zones) {
  std::vector<case_of_suite> all;
  std::string scenario;
  zones.reserve(100);
  while (!text.empty()) {
    std::string_view line = take_line(text);
    while (line.starts_with(' ')) line.remove_prefix(1);
    std::string_view const key = take_word(line);
    if (key == "scenario") {
      scenario = line;
      zones.emplace_back();
    }
    if (key == "zone") zones.back().add(line);
    if (key == "test") {
      all.emplace_back();
      all.back().scenario = scenario;
      all.back().name = take_word(line);
      all.back().spec = line;
      all.back().in = &zones.back();
    }
    if (key == "helo") all.back().helo = unescaped(line);
    if (key == "host") all.back().host = line;
    if (key == "mailfrom") all.back().mailfrom = unescaped(line);
    if (key == "result") all.back().result = line;
    if (key == "explanation") {
      all.back().explained = true;
      if (line != "DEFAULT") all.back().explanation = unescaped(line);
    }
  }
  return all;
}

}  // namespace spf
