// SPDX-License-Identifier: BSL-1.0
// What a lookup must say about a zone, worked out from the whole zone at once; and zones by chance.
#pragma once

#include <arpa/inet.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "zone_lookup.hpp"

namespace zones {

using ehlo::address_literal;
using ehlo::literal_kind;
using ehlo::route::address_order;

inline bool obviously_a_host(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  unsigned char scratch[16];
  std::string const text{name};
  if (inet_pton(AF_INET, text.c_str(), scratch) == 1 || name.empty() || name.size() > 253) return false;
  std::size_t label = 0;
  for (char const c : text + ".") {
    bool const ldh = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    if (!ldh && c != '.') return false;
    if (c == '.' && (label == 0 || label > 63)) return false;
    label = c == '.' ? 0 : label + 1;
  }
  return true;
}

class oracle {
 public:
  oracle(zone const& from, mx_options const& options, std::size_t hosts, std::size_t addresses)
      : from_{from}, options_{options}, hosts_{hosts}, addresses_{addresses} {}

  /// Empty, or what is wrong with the lookup.
  std::string wrong(mx_lookup_core const& lookup, std::string_view domain) {
    full_answer mx = from_.answer(dns_type::mx, domain);
    dns_status status = mx.view().status;
    if (status == dns_status::records && mx.exchanges.empty()) status = dns_status::nodata;
    if (status == dns_status::servfail || status == dns_status::timeout)
      return lookup.outcome() == mx_outcome::lookup_failed && lookup.ttl() == 0 ? "" : "MX failed";
    if (status == dns_status::nxdomain) return lookup.outcome() == mx_outcome::no_such_domain ? "" : "NXDOMAIN";
    if (status == dns_status::nodata) mx.exchanges = {{0, domain}};
    if (mx.exchanges.size() == 1 && mx.exchanges[0].preference == 0 &&
        (mx.exchanges[0].exchange.empty() || mx.exchanges[0].exchange == "."))
      return lookup.outcome() == mx_outcome::null_mx ? "" : "null MX";
    if (lookup.implicit() != (status == dns_status::nodata)) return "implicit";

    std::uint32_t cutoff = 0x10000;
    std::map<std::string, std::uint32_t> targets;
    for (mx_record const& one : mx.exchanges) {
      if (!obviously_a_host(one.exchange)) continue;
      std::string const name = lower(one.exchange);
      targets.try_emplace(name, one.preference);
      targets[name] = std::min<std::uint32_t>(targets[name], one.preference);
      if (is_own(name)) cutoff = std::min<std::uint32_t>(cutoff, one.preference);
    }
    std::erase_if(targets, [&](auto const& one) { return one.second >= cutoff; });
    return targets.size() > hosts_ ? wrong_part(lookup, targets) : wrong_whole(lookup, targets, cutoff, mx.view());
  }

 private:
  struct target {
    std::vector<address_literal> of[2];
    std::uint32_t ttl = 0xFFFF'FFFF;
    bool failed = false;
    bool ours = false;
  };

  bool is_own(std::string_view name) const {
    for (std::string_view const one : options_.own.names)
      if (lower(one) == lower(name)) return true;
    return false;
  }
  bool is_own(address_literal const& address) const {
    std::string const text = text_of(address);
    if (options_.own.loopback && (text.starts_with("127.") || text == "::1" || text == "::" || text == "0.0.0.0"))
      return true;
    return std::find(options_.own.addresses.begin(), options_.own.addresses.end(), address) !=
           options_.own.addresses.end();
  }
  static std::uint32_t ttl_of(dns_answer const& answer) {
    return answer.status >= dns_status::servfail || answer.ttl > 0x7FFF'FFFF ? 0 : answer.ttl;
  }

  target look(std::string const& name) const {
    target out;
    bool ask_alias = false;
    for (std::size_t kind = 0; kind != 2; ++kind) {
      if (options_.order == (kind == 0 ? address_order::ipv6_only : address_order::ipv4_only)) continue;
      full_answer said = from_.answer(kind == 0 ? dns_type::a : dns_type::aaaa, name);
      dns_answer const& answer = said.view();
      out.ttl = std::min(out.ttl, ttl_of(answer));
      out.failed = out.failed || answer.status >= dns_status::servfail;
      bool const alias = !said.canonical_name.empty() && lower(said.canonical_name) != name;
      // A's end of the chain counts; AAAA's only where A has none.
      out.ours = out.ours || (alias && is_own(said.canonical_name));
      if (answer.status != dns_status::records) continue;
      ask_alias = ask_alias || (alias && !answer.secure && options_.dane);
      for (address_literal const& one : said.addresses) {
        out.ours = out.ours || is_own(one);
        auto& all = out.of[kind];
        if (kind == 1 && text_of(one).starts_with("::ffff:") && text_of(one).find('.') != std::string::npos) continue;
        if (std::find(all.begin(), all.end(), one) != all.end() || all.size() == addresses_) continue;
        all.push_back(one);
      }
    }
    if (ask_alias) {
      full_answer said = from_.answer(dns_type::cname, name);
      out.ttl = std::min(out.ttl, ttl_of(said.view()));
      if (said.view().status >= dns_status::servfail) {
        out.failed = true;
        out.of[0].clear();
        out.of[1].clear();
      }
    }
    return out;
  }

  /// Everything fits: all is known.
  std::string wrong_whole(mx_lookup_core const& lookup, std::map<std::string, std::uint32_t> const& targets,
                          std::uint32_t cutoff, dns_answer const& mx) {
    std::map<std::string, target> found;
    std::uint32_t ttl = std::min<std::uint32_t>(ttl_of(mx), 0x7FFF'FFFF);
    for (auto const& [name, preference] : targets) {
      found[name] = look(name);
      ttl = std::min(ttl, found[name].ttl);
      if (found[name].ours) cutoff = std::min(cutoff, preference);
    }
    if (lookup.ttl() != ttl) return "ttl";
    if (lookup.own_host_found() != (cutoff != 0x10000)) return "own host";
    if (lookup.remarks().hosts_left_out != 0) return "hosts left out";
    std::size_t expected = 0;
    for (auto const& [name, preference] : targets) expected += preference < cutoff ? 1 : 0;
    if (lookup.hosts().size() != expected) return "number of hosts";
    bool any = false;
    bool failed = false;
    for (std::size_t i = 0; i != expected; ++i) {
      std::string const name = lower(lookup.hosts()[i].name());
      if (targets.find(name) == targets.end()) return "a host from nowhere";
      if (targets.at(name) != lookup.hosts()[i].preference() || targets.at(name) >= cutoff) return "preference";
      if (i != 0 && lookup.hosts()[i - 1].preference() > lookup.hosts()[i].preference()) return "order of hosts";
      for (std::size_t other = 0; other != i; ++other)
        if (lower(lookup.hosts()[other].name()) == name) return "a host twice";
      std::vector<address_literal> const wanted = in_order(found[name]);
      if (lookup.address_count(i) != wanted.size()) return "number of addresses";
      for (std::size_t n = 0; n != wanted.size(); ++n)
        if (lookup.address(i, n) != wanted[n]) return "addresses";
      any = any || !wanted.empty();
      failed = failed || found[name].failed;
      if (lookup.hosts()[i].lookup_failed() != found[name].failed) return "lookup_failed";
    }
    mx_outcome const wanted = any                                  ? mx_outcome::found
                              : failed                             ? mx_outcome::lookup_failed
                              : cutoff != 0x10000 && expected == 0 ? mx_outcome::own_host
                                                                   : mx_outcome::no_address;
    return lookup.outcome() == wanted ? "" : "outcome";
  }

  /// Some hosts are over the cap: of equal ones nobody knows which.
  std::string wrong_part(mx_lookup_core const& lookup, std::map<std::string, std::uint32_t> const& targets) {
    bool const full = lookup.hosts().size() == hosts_;
    if (full != (lookup.remarks().hosts_left_out != 0) || (full && !lookup.incomplete()))
      return "left out, and nobody says so";
    if (lookup.hosts().size() > hosts_) return "more than fit";
    if (lookup.hosts().size() < hosts_ && !lookup.own_host_found()) return "fewer than fit";
    std::uint32_t last = 0;
    std::set<std::string> kept;
    for (ehlo::route::mail_exchanger const& host : lookup.hosts()) {
      auto const found = targets.find(lower(host.name()));
      if (found == targets.end() || found->second != host.preference()) return "a host from nowhere";
      if (host.preference() < last) return "order of hosts";
      if (!kept.insert(found->first).second) return "a host twice";
      last = host.preference();
      for (std::size_t i = 0, at = kept.size() - 1; i != lookup.address_count(at); ++i)
        if (is_own(lookup.address(at, i))) return "our own address";
    }
    for (auto const& [name, preference] : targets)
      if (!lookup.own_host_found() && preference < last && kept.count(name) == 0) return "a better host is left out";
    return full && lookup.outcome() == mx_outcome::no_address ? "permanent, and not all is known" : "";
  }

  /// In the order of the option.
  std::vector<address_literal> in_order(target const& host) const {
    std::vector<address_literal> const(&left)[2] = host.of;
    std::vector<address_literal> out;
    bool const mixed = options_.order == address_order::interleaved;
    std::size_t const first = options_.order == address_order::ipv4_first ? 0 : 1;
    for (std::size_t i = 0; mixed && i != std::max(left[0].size(), left[1].size()); ++i)
      for (std::size_t const kind : {std::size_t{1}, std::size_t{0}})
        if (i < left[kind].size()) out.push_back(left[kind][i]);
    for (std::size_t const kind : {first, 1 - first})
      if (!mixed) out.insert(out.end(), left[kind].begin(), left[kind].end());
    return out;
  }

  zone const& from_;
  mx_options const& options_;
  std::size_t hosts_;
  std::size_t addresses_;
};

/// A zone for example.org by chance: `below(n)` gives 0 to n - 1.
template <class Below>
std::string any_zone(Below below) {
  constexpr std::string_view targets[]{
      "a.example.org.", "B.example.org", "b.example.org.", "c.example.org.", "us.example.org.", "d.example.net.", ".",
      "192.0.2.9.",     "a..b",          "example.org.",   "e.example.net",  "f.example.net."};
  constexpr std::string_view ipv4[]{"192.0.2.1", "192.0.2.2", "192.0.2.3", "127.0.0.1", "198.51.100.7", "192.0.2.4"};
  constexpr std::string_view ipv6[]{"2001:db8::1", "2001:db8::2", "::ffff:192.0.2.1", "::1", "2001:db8::7"};
  constexpr std::string_view statuses[]{"SERVFAIL", "TIMEOUT", "NODATA", "NXDOMAIN"};
  auto const any = [&](auto const& of) { return of[below(std::size(of))]; };
  auto const status = [&] { return below(8) == 0; };
  auto const head = [&](std::string_view name) {
    return std::string{name} + " " + std::to_string(below(4) == 0 ? below(5000) : 3600) + " ";
  };
  std::string text = below(2) == 0 ? "; secure denial\n" : "";
  bool const secure_mx = below(2) == 0;
  auto const end = [&](bool secure) { return std::string{secure ? " ; secure\n" : "\n"}; };
  if (below(16) == 0) text += head("example.org.") + "MX " + std::string{any(statuses)} + "\n";
  for (std::size_t count = below(7); count != 0; --count)
    text +=
        head("example.org.") + "MX " + std::to_string(below(4) * 10) + " " + std::string{any(targets)} + end(secure_mx);
  for (std::string_view const name : targets) {
    if (name.size() < 11) continue;
    if (below(6) == 0) {
      text += head(name) + "CNAME " + std::string{any(targets)} + end(below(2) == 0);
      if (below(4) == 0) text += head(name) + "CNAME " + std::string{any(statuses)} + "\n";
      continue;
    }
    if (status()) text += head(name) + "A " + std::string{any(statuses)} + "\n";
    if (status()) text += head(name) + "AAAA " + std::string{any(statuses)} + "\n";
    for (std::size_t count = below(4); count != 0; --count)
      text += head(name) + "A " + std::string{any(ipv4)} + end(below(2) == 0);
    for (std::size_t count = below(3); count != 0; --count)
      text += head(name) + "AAAA " + std::string{any(ipv6)} + end(below(2) == 0);
  }
  return text;
}

template <class Below>
mx_options any_options(Below below) {
  static constexpr std::string_view names[]{"US.example.org", "e.example.net."};
  static constexpr address_literal addresses[]{ehlo::parse_ip_address("198.51.100.7"),
                                               ehlo::parse_ip_address("2001:db8::7")};
  mx_options options{.random = below(1000), .order = static_cast<address_order>(below(5)), .dane = below(2) == 0};
  if (below(2) == 0) options.own.names = names;
  if (below(2) == 0) options.own.addresses = addresses;
  options.own.loopback = below(2) == 0;
  return options;
}

}  // namespace zones
