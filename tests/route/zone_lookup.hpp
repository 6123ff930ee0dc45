// SPDX-License-Identifier: BSL-1.0
// A lookup played against a zone, in any order of answers, and its outcome in words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "../dns/all_orders.hpp"
#include "ehlo/base/text_writer.hpp"
#include "ehlo/grammar/literal_writer.hpp"
#include "ehlo/route/mx_lookup.hpp"
#include "zone.hpp"

namespace zones {

using ehlo::route::mx_lookup_core;
using ehlo::route::mx_options;
using ehlo::route::mx_outcome;

inline std::string text_of(ehlo::address_literal const& address) {
  char room[64];
  ehlo::text_writer out{room};
  return ehlo::write_ip_address(out, address) ? std::string{out.written()} : "?";
}

inline std::string text_of(ehlo::reply_code code, ehlo::enhanced_code status) {
  return std::to_string(code.number()) + " " + std::to_string(status.status_class) + "." +
         std::to_string(status.subject) + "." + std::to_string(status.detail);
}

/// `10 a.example.org 192.0.2.1 2001:db8::1, 20 b.example.org` (hosts without addresses, too); or why there is nothing:
/// `null_mx 556 5.1.10`.
inline std::string list_of(mx_lookup_core const& lookup) {
  if (lookup.outcome() != mx_outcome::found) {
    ehlo::route::mx_outcome_info const& found = info(lookup.outcome());
    return std::string{found.name} + (found.code ? " " + text_of(found.code, found.status) : "");
  }
  std::string out;
  for (std::size_t i = 0; i != lookup.hosts().size(); ++i) {
    if (i != 0) out += ", ";
    out += std::to_string(lookup.hosts()[i].preference());
    if (!lookup.hosts()[i].name().empty()) out.append(" ").append(lookup.hosts()[i].name());
    for (std::size_t n = 0; n != lookup.address_count(i); ++n) out += " " + text_of(lookup.address(i, n));
  }
  return out;
}

inline std::string remarks_of(mx_lookup_core const& lookup) {
  std::string out;
  auto const tell = [&](std::string_view what, std::uint32_t count) {
    if (count != 0) out.append(out.empty() ? "" : ", ").append(what).append(" ").append(std::to_string(count));
  };
  tell("root", lookup.remarks().root_targets);
  tell("address", lookup.remarks().address_targets);
  tell("malformed", lookup.remarks().malformed_targets);
  tell("alias", lookup.remarks().alias_targets);
  tell("mapped", lookup.remarks().mapped_addresses);
  tell("hosts left out", lookup.remarks().hosts_left_out);
  tell("addresses left out", lookup.remarks().addresses_left_out);
  return out;
}

/// All that a lookup says, to be compared.
inline std::string whole(mx_lookup_core const& lookup) {
  std::string out = list_of(lookup) + "; " + remarks_of(lookup) + "; ttl " + std::to_string(lookup.ttl());
  if (lookup.secure()) out += "; secure";
  if (lookup.implicit()) out += "; implicit";
  if (lookup.own_host_found()) out += "; own";
  if (lookup.incomplete()) out += "; incomplete";
  for (ehlo::route::mail_exchanger const& host : lookup.hosts()) {
    out += "; ";
    if (host.is_alias()) out.append("alias ").append(host.canonical_name());
    out += host.alias_secure() ? "A" : "-";
    out += host.secure(ehlo::literal_kind::ipv4) ? "4" : "-";
    out += host.secure(ehlo::literal_kind::ipv6) ? "6" : "-";
    out += host.lookup_failed() ? "f" : "-";
  }
  return out;
}

/// Answers one question of those that are open, as often as needed; which one `pick(count)` says.
template <class Pick>
void play(mx_lookup_core& lookup, zone const& from, Pick pick) {
  std::vector<dns_question> open;
  while (!lookup.done()) {
    while (dns_question const q = lookup.ask()) open.push_back(q);
    if (open.empty()) return;
    std::size_t const which = pick(open.size());
    dns_question const q = open[which];
    open.erase(open.begin() + static_cast<std::ptrdiff_t>(which));
    full_answer answer = from.answer(q.type, q.name);
    static_cast<void>(lookup.answer(q, answer.view()));
  }
}

/// What a lookup says, the same in every order of answers, or "differs: ..."; all orders of three hosts.
template <std::size_t Hosts = 16, std::size_t Addresses = 8, class Say>
std::string look_up(zone const& from, std::string_view domain, mx_options const& options, Say say) {
  dns::all_orders orders;
  std::string first, said;
  int left = 720;
  do {
    ehlo::route::basic_mx_lookup<Hosts, Addresses> lookup{domain, options};
    play(lookup, from, [&](std::size_t count) { return orders.pick(count); });
    if (!lookup.done()) return "never done";
    std::string const now = whole(lookup);
    if (first.empty()) {
      first = now;
      said = say(lookup);
    }
    if (now != first) return "differs: " + first + " | " + now;
  } while (--left != 0 && orders.next());
  return said;
}

inline std::string look_up(zone const& from, std::string_view domain = "example.org", mx_options const& options = {}) {
  return look_up(from, domain, options, list_of);
}

}  // namespace zones
