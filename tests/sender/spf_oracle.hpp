// SPDX-License-Identifier: BSL-1.0
// check_host() as RFC 7208 4 to 7 tell it: recursive, with strings, asking a zone at once. What a check says has to be
// the same, in whatever order its answers come.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "spf_zone.hpp"

namespace spf {

class oracle {
 public:
  oracle(zone const& in, spf_client const& client, spf_options const& options)
      : in_{in}, client_{client}, options_{options} {
    client_.address = ehlo::without_mapping(client.address);
  }

  std::string whole() {
    std::string helo_said;
    bool const null_path = client_.reverse_path.empty();
    if (options_.helo_first) {
      std::string const said = identity("helo", "", std::string{client_.helo});
      helo_said = " helo=" + said.substr(0, said.find(' '));
      if (null_path || said.starts_with("fail ")) return said + helo_said;
    }
    std::string const path{null_path ? client_.helo : client_.reverse_path};
    std::size_t const at = null_path ? std::string::npos : path.rfind('@');
    std::string const local = at == std::string::npos ? "" : path.substr(0, at);
    return identity("mailfrom", local, at == std::string::npos ? path : path.substr(at + 1)) + helo_said;
  }

  /// 7.3
  std::string expand(std::string_view text, std::string_view domain) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '%' || i + 1 == text.size()) {
        out += text[i];
        continue;
      }
      char const next = text[++i];
      if (next == '{') {
        std::size_t const end = text.find('}', i);
        out += macro(std::string{text.substr(i + 1, end - i - 1)}, domain);
        i = end;
      } else {
        out += next == '_' ? " " : next == '-' ? "%20" : std::string(1, next);
      }
    }
    return out;
  }
  std::string target(std::string_view spec, std::string_view domain) {
    std::string name = spec.empty() ? std::string{domain} : expand(spec, domain);
    if (name.size() > 1 && name.ends_with('.')) name.pop_back();
    while (name.size() > 253 && name.find('.') != std::string::npos) name.erase(0, name.find('.') + 1);
    return is_spf_name(name) ? name : "";
  }
  void set_sender(std::string local, std::string domain) {
    local_ = local.empty() ? "postmaster" : local;
    domain_ = domain;
  }

 private:
  struct outcome {
    spf_result result;
    spf_problem problem = spf_problem::no_problem;
    std::string mechanism, domain, explanation;  ///< of the record that was redirected to
  };
  static bool is_error(spf_result r) { return r == spf_result::temperror || r == spf_result::permerror; }

  std::string identity(std::string which, std::string local, std::string domain) {
    set_sender(local, domain);
    lookups_ = 0;
    voids_ = 0;
    known_ = false;
    validated_.clear();
    outcome found{spf_result::none, spf_problem::client_address, "", "", ""};
    if (client_.address.kind != ehlo::literal_kind::none) {
      found.problem = spf_problem::malformed_domain;
      std::string_view const name = ehlo::without_root(domain);
      if (ehlo::is_host_name(domain) && name.find('.') != std::string_view::npos)
        found = check_host(std::string{name}, true);
    }
    std::string out = std::string{name(found.result)} + " " + which + " " + domain + " " + found.mechanism;
    std::string const why = found.result == spf_result::fail ? explain(found) : "";
    if (!why.empty()) out += " \"" + why + "\"";
    if (found.problem != spf_problem::no_problem) out.append(" (").append(name(found.problem)).append(")");
    return out;
  }

  outcome check_host(std::string domain, bool outermost) {
    full_answer texts = in_.answer(dns_type::txt, domain);
    if (ehlo::is_failure(texts.status)) return {spf_result::temperror, spf_problem::dns_failure, "", "", ""};
    std::vector<std::string> records;
    for (std::string const& one : texts.names)
      if (is_spf_record(one)) records.push_back(one);
    if (records.empty()) {
      bool const missing = outermost && texts.status == dns_status::nxdomain;
      return {spf_result::none, missing ? spf_problem::no_such_domain : spf_problem::no_record, "", "", ""};
    }
    if (records.size() > 1) return {spf_result::permerror, spf_problem::many_records, "", "", ""};
    spf_record record;
    spf_problem const wrong = parse_spf_record(records[0], record);
    if (wrong != spf_problem::no_problem) return {spf_result::permerror, wrong, std::string{record.terms}, "", ""};

    std::string const explanation{record.explanation};
    for (std::string_view text = take_spf_term(record.terms); !text.empty(); text = take_spf_term(record.terms)) {
      spf_term term;
      static_cast<void>(parse_spf_term(text, term));
      if (term.is_modifier()) continue;
      outcome const one = evaluate(term, domain);
      if (is_error(one.result)) return {one.result, one.problem, std::string{term.text}, "", ""};
      if (one.result == spf_result::pass)
        return {term.qualifier, spf_problem::no_problem, std::string{term.text}, domain, explanation};
    }
    if (record.redirect.empty()) return {spf_result::neutral, spf_problem::no_problem, "default", "", ""};
    auto const error = [](spf_problem why) { return outcome{spf_result::permerror, why, "redirect", "", ""}; };
    if (!count(record.redirect)) return error(spf_problem::lookup_limit);
    if (!pointers(record.redirect)) return error(spf_problem::void_limit);
    std::string const to = target(record.redirect, domain);
    if (to.find('.') == std::string::npos) return error(spf_problem::redirect_target);
    outcome found = check_host(to, false);
    if (found.result == spf_result::none) return error(spf_problem::redirect_target);
    if (found.mechanism.empty()) found.mechanism = "redirect";
    return found;
  }

  /// pass: the term matches; neutral: it does not.
  outcome evaluate(spf_term const& term, std::string const& domain) {
    auto const whether = [](bool yes) {
      return outcome{yes ? spf_result::pass : spf_result::neutral, spf_problem::no_problem, "", "", ""};
    };
    auto const error = [](spf_problem why) {
      return outcome{why == spf_problem::dns_failure ? spf_result::temperror : spf_result::permerror, why, "", "", ""};
    };
    if (term.kind == spf_term_kind::all) return whether(true);
    if (term.kind == spf_term_kind::ip4 || term.kind == spf_term_kind::ip6)
      return whether(matches(term.network, term.kind == spf_term_kind::ip4 ? term.ip4_prefix : term.ip6_prefix));
    if (!count(term.domain_spec)) return error(spf_problem::lookup_limit);
    if (!pointers(term.domain_spec)) return error(spf_problem::void_limit);
    std::string const to = target(term.domain_spec, domain);
    if (term.kind == spf_term_kind::include) {
      if (to.find('.') == std::string::npos) return error(spf_problem::include_target);
      outcome const found = check_host(to, false);
      if (found.result == spf_result::none) return error(spf_problem::include_target);
      return is_error(found.result) ? found : whether(found.result == spf_result::pass);
    }
    if (term.kind == spf_term_kind::ptr) {
      if (!pointers("%{p}")) return error(spf_problem::void_limit);
      return whether(std::any_of(validated_.begin(), validated_.end(),
                                 [&](std::string const& one) { return ehlo::same_domain(one, to) || below(one, to); }));
    }
    if (to.empty()) return whether(false);
    std::vector<std::string> names{to};
    if (term.kind == spf_term_kind::mx) {
      full_answer const exchanges = in_.answer(dns_type::mx, to);
      if (ehlo::is_failure(exchanges.status)) return error(spf_problem::dns_failure);
      if (exchanges.exchanges.empty())
        return ++voids_ > options_.void_limit ? error(spf_problem::void_limit) : whether(false);
      if (exchanges.exchanges.size() > 10) return error(spf_problem::mx_limit);
      names.clear();
      for (ehlo::mx_record const& one : exchanges.exchanges)
        if (is_spf_name(one.exchange)) names.emplace_back(one.exchange);
    }
    bool matched = false, failed = false, missing = false;
    dns_type const type = term.kind == spf_term_kind::exists || is_v4() ? dns_type::a : dns_type::aaaa;
    for (std::string const& one : names) {
      full_answer const found = in_.answer(type, one);
      failed = failed || ehlo::is_failure(found.status);
      if (!ehlo::is_failure(found.status)) missing = missing || found.addresses.empty();
      for (ehlo::address_literal const& address : found.addresses)
        if (!ehlo::is_failure(found.status))
          matched = matched || term.kind == spf_term_kind::exists ||
                    matches(address, is_v4() ? term.ip4_prefix : term.ip6_prefix);
    }
    if (matched) return whether(true);
    if (failed) return error(spf_problem::dns_failure);
    if (missing && ++voids_ > options_.void_limit) return error(spf_problem::void_limit);
    return whether(false);
  }

  std::string explain(outcome const& failed) {
    if (failed.explanation.empty()) return "";
    static_cast<void>(pointers(failed.explanation, false));
    std::string const from = target(failed.explanation, failed.domain);
    if (from.empty()) return "";
    full_answer const texts = in_.answer(dns_type::txt, from);
    if (texts.status != dns_status::records || texts.names.size() != 1 || !is_explain_string(texts.names[0])) return "";
    static_cast<void>(pointers(texts.names[0], false));
    std::string out = expand(texts.names[0], failed.domain).substr(0, 512);
    for (char& c : out) c = c < 0x20 || c > 0x7E ? '?' : c;
    return out;
  }

  bool is_v4() const { return client_.address.kind == ehlo::literal_kind::ipv4; }
  bool matches(ehlo::address_literal const& other, unsigned bits) const {
    if (other.kind != client_.address.kind) return false;
    for (unsigned bit = 0; bit != bits; ++bit)
      if (((other.octets[bit / 8] ^ client_.address.octets[bit / 8]) >> (7 - bit % 8) & 1) != 0) return false;
    return true;
  }
  bool count(std::string_view spec) { return (lookups_ += has_validated_name(spec) && !known_ ? 2 : 1) <= 10; }
  static bool below(std::string_view name, std::string_view domain) {
    return !domain.empty() && name.size() > domain.size() &&
           ehlo::equal_ignoring_case(name.substr(name.size() - domain.size() - 1), "." + std::string{domain});
  }

  /// The names of the client are looked up once, when they are needed. False: there are too many void lookups.
  bool pointers(std::string_view text, bool in_term = true) {
    if (known_ || !has_validated_name(text)) return true;
    full_answer const found = in_.answer(dns_type::ptr, expand("%{ir}.%{v}.arpa", ""));
    bool const missing = !ehlo::is_failure(found.status) && found.names.empty();
    if (missing && in_term && ++voids_ > options_.void_limit) return false;
    known_ = true;
    for (std::size_t i = 0; !ehlo::is_failure(found.status) && i != found.names.size() && i != 10; ++i) {
      if (!is_spf_name(found.names[i])) continue;
      full_answer const back = in_.answer(is_v4() ? dns_type::a : dns_type::aaaa, found.names[i]);
      bool valid = false;
      for (ehlo::address_literal const& address : back.addresses)
        valid = valid || (!ehlo::is_failure(back.status) && address == client_.address);
      if (valid) validated_.emplace_back(ehlo::without_root(found.names[i]));
    }
    return true;
  }

  std::string value(char letter, std::string_view domain) {
    switch (letter) {
      case 's': return local_ + "@" + domain_;
      case 'l': return local_;
      case 'o': return domain_;
      case 'd': return std::string{domain};
      case 'h': return std::string{client_.helo};
      case 'r': return options_.receiver.empty() ? "unknown" : std::string{options_.receiver};
      case 't': return std::to_string(options_.unix_seconds);
      case 'v': return is_v4() ? "in-addr" : "ip6";
      case 'p':
        for (std::string const& one : validated_)
          if (ehlo::same_domain(one, domain)) return one;
        for (std::string const& one : validated_)
          if (below(one, ehlo::without_root(domain))) return one;
        return validated_.empty() ? "unknown" : validated_[0];
      default: break;
    }
    if (!is_v4() && letter == 'i') {
      std::string out;
      for (unsigned const one : client_.address.octets)
        for (unsigned const digit : {one >> 4U, one & 15U}) (out += "0123456789ABCDEF"[digit]) += '.';
      out.pop_back();
      return out;
    }
    char room[64];
    ehlo::text_writer out{room};
    return ehlo::write_ip_address(out, client_.address) ? std::string{out.written()} : "?";
  }

  std::string macro(std::string const& text, std::string_view domain) {
    std::string const of = value(static_cast<char>(text[0] | 0x20), domain);
    std::size_t at = 1;
    unsigned long long number = 0;
    for (; ehlo::is_digit(text[at]); ++at)
      number = (std::min)(number * 10 + static_cast<unsigned>(text[at] - '0'), 9999ULL);
    bool const reversed = text[at] == 'r' || text[at] == 'R';
    std::string delimiters = text.substr(reversed ? at + 1 : at);
    if (delimiters.empty()) delimiters = ".";
    std::vector<std::string> parts(1);
    for (char const c : of) {
      if (delimiters.find(c) == std::string::npos)
        parts.back() += c;
      else
        parts.emplace_back();
    }
    if (reversed) std::reverse(parts.begin(), parts.end());
    if (number != 0 && number < parts.size())
      parts.erase(parts.begin(), parts.end() - static_cast<std::ptrdiff_t>(number));
    std::string out;
    for (std::size_t i = 0; i != parts.size(); ++i) out += (i == 0 ? "" : ".") + parts[i];
    if (text[0] >= 'a') return out;
    std::string escaped;
    for (char const c : out) {
      bool const plain =
          ehlo::is_alpha(c) || ehlo::is_digit(c) || std::string_view{"-._~"}.find(c) != std::string_view::npos;
      if (plain) {
        escaped += c;
      } else {
        escaped += '%';
        escaped += "0123456789ABCDEF"[ehlo::octet(c) >> 4U];
        escaped += "0123456789ABCDEF"[ehlo::octet(c) & 15U];
      }
    }
    return escaped;
  }

  zone const& in_;
  spf_client client_;
  spf_options options_;
  std::string local_, domain_;
  int lookups_ = 0;
  unsigned voids_ = 0;
  bool known_ = false;
  std::vector<std::string> validated_;
};

/// Up to eight terms; `below(n)` is any number below n.
template <class Below>
std::string any_record(Below below) {
  static constexpr std::string_view targets[]{"a.x",  "b.x",  "c.a.x", "d.y.", "%{i}.x", "%{p}.x", "%{l}.x",   "%{p}",
                                              "%{d}", "a..x", "%{d1}", "%{o}", "%{h}",   "x.y.z",  "b.%{d2r}", "%{s}"};
  static constexpr std::string_view with_target[]{"a:", "mx:", "ptr:", "exists:", "include:", "include:", "redirect="};
  static constexpr std::string_view terms[]{
      "a",   "mx",  "ptr",    "a/24//64",      "mx/0//0", "ip4:192.0.2.0/24", "ip6:2001:db8::/32", "ip4:198.51.100.1",
      "all", "all", "x=%{d}", "exp=why.%{o1}", "a:%",     "mx//129"};
  std::string out = "v=spf1";
  for (std::size_t left = below(9); left != 0; --left) {
    std::size_t const qualifier = below(6);
    std::string_view const kind = with_target[below(std::size(with_target))];
    // The last two are wrong, and rare.
    std::string_view const term = terms[below(std::size(terms) - (below(16) == 0 ? 0 : 2))];
    bool const simple = below(2) == 0;
    out += ' ';
    if (qualifier < 4 && (simple ? term : kind).find('=') == std::string_view::npos) out += "+-?~"[qualifier];
    out += simple ? term : kind;
    if (!simple) out += targets[below(std::size(targets))];
  }
  return out;
}

/// A zone of a few names that lead to each other.
template <class Below>
zone any_zone(Below below) {
  static constexpr std::string_view names[]{"a.x",
                                            "b.x",
                                            "c.a.x",
                                            "d.y",
                                            "192.0.2.1.x",
                                            "unknown.x",
                                            "joe.x",
                                            "why.x",
                                            "why.y",
                                            "1.2.0.192.in-addr.arpa",
                                            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"};
  static constexpr std::string_view addresses[]{"192.0.2.1", "192.0.2.77", "198.51.100.1", "SERVFAIL"};
  static constexpr std::string_view more_addresses[]{"2001:db8::1", "2001:db8::2", "2001:db8:1::", "SERVFAIL"};
  auto const pick = [&](auto const& from) { return from[below(std::size(from))]; };

  zone out;
  for (std::size_t i = 0; i != 4; ++i)
    if (below(8) != 0) out.add(std::string{names[i]} + " TXT " + any_record(below));
  if (below(4) != 0) out.add("why.x TXT %{p} %{c} %{S} %{r} %{h}");
  for (std::size_t count = below(24); count != 0; --count) {
    std::string const name{pick(names)};
    // Twelve MX or PTR records are more than are looked at.
    std::size_t const many = below(5) == 0 ? 12 : 1;
    switch (below(12)) {
      case 0: out.add(name + " TIMEOUT"); break;
      case 1: out.add(name + " CNAME " + std::string{pick(names)}); break;
      case 2: out.add(name + " TXT " + any_record(below)); break;
      case 3:
      case 4: out.add(name + " TXT why %{p} %{c} %{S} %{r}"); break;
      case 5:
      case 6:
        for (std::size_t i = 0; i != many; ++i)
          out.add(name + " MX " +
                  (below(12) == 0 ? "SERVFAIL" : "10 " + std::string{below(4) == 0 ? "." : pick(names)}));
        break;
      case 7:
        for (std::size_t i = 0; i != many; ++i)
          out.add(std::string{names[9 + below(2)]} + " PTR " + std::string{below(12) == 0 ? "SERVFAIL" : pick(names)});
        break;
      case 8: out.add(name + " AAAA " + std::string{pick(more_addresses)}); break;
      default: out.add(name + " A " + std::string{pick(addresses)}); break;
    }
  }
  return out;
}

}  // namespace spf
