// SPDX-License-Identifier: BSL-1.0
// Any zone, any octets as names in its MX records, any order of answers: the list that the whole zone gives, and the
// same in another order. Then any way for the attempts to end: each address at most three times, in the order of the
// list, until what is said is final.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "../tests/route/lookup_oracle.hpp"
#include "check.hpp"
#include "choices.hpp"
#include "ehlo/route/delivery_attempts.hpp"

namespace {

using ehlo::advice;
using ehlo::dns_status;
using ehlo::errc;
using fuzz::check;
using fuzz::choices;
using namespace ehlo::route;

void attempt(mx_lookup_core const& lookup, choices& input) {
  std::vector<ehlo::address_literal> list;
  for (std::size_t i = 0; i != lookup.hosts().size(); ++i)
    for (std::size_t n = 0; n != lookup.address_count(i); ++n)
      if (std::find(list.begin(), list.end(), lookup.address(i, n)) == list.end()) list.push_back(lookup.address(i, n));
  check(list.empty() == (lookup.outcome() != mx_outcome::found));
  std::size_t const most = input.below(7);
  delivery_attempts attempts{lookup, most};
  check(attempts.over() == list.empty());
  bool for_good = true;
  bool stopped = false;
  std::size_t last = 0;
  std::size_t same = 0;
  while (!attempts.over()) {
    delivery_attempt const to = attempts.attempt();
    check(to.number >= 1 && to.number <= list.size() && (most == 0 || to.number <= most));
    check(to.address == list[to.number - 1] && to.again == (to.number == last));
    check(to.number == last || to.number == last + 1);
    same = to.number == last ? same + 1 : 1;
    check(same <= 3 && (!to.cleartext || to.again));
    last = to.number;
    constexpr ehlo::reply_code codes[]{{}, 421, 450, 554, 521};
    attempt_ending const how{input.below(2) == 0 ? errc::peer_gone : errc::peer_greeting,
                             static_cast<advice>(input.below(8)), codes[input.below(5)]};
    check(attempts.ended(how) == errc::ok);
    if (!attempts.over()) {
      if (attempts.attempt().number != last) for_good = for_good && how.code.is_permanent();
      continue;
    }
    stopped = how.advice != advice::next_host && how.advice != advice::reconnect_cleartext;
    for_good = for_good && how.code.is_permanent() && (list.size() == last) && !lookup.incomplete();
  }
  delivery_outcome const& end = attempts.outcome();
  check(end.advice == advice::done || end.advice == advice::retry_later || end.advice == advice::convert ||
        end.advice == advice::give_up);
  check(end.status.status_class == (end.advice == advice::done ? 0 : end.advice == advice::retry_later ? 4 : 5));
  if (!list.empty() && !stopped) check(end.advice == (for_good ? advice::give_up : advice::retry_later));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  choices input{{reinterpret_cast<char const*>(data), size}};
  auto const below = [&](std::size_t count) { return input.below(count); };
  mx_options const options = zones::any_options(below);
  std::string_view const domain = "Example.org";
  zones::zone from{""};
  for (std::size_t count = input.below(4); count != 0; --count) {
    auto const preference = static_cast<std::uint16_t>(10 * input.below(4));
    std::string const name{input.octets(input.below(80))};
    from.records.push_back({"example.org", "MX", name, preference, 3600, false, dns_status::records});
  }
  zones::zone const more{zones::any_zone(below)};
  from.records.insert(from.records.end(), more.records.begin(), more.records.end());

  basic_mx_lookup<8, 2> one{domain, options};
  basic_mx_lookup<8, 2> other{domain, options};
  zones::play(one, from, below);
  zones::play(other, from, [](std::size_t count) { return count - 1; });
  check(one.done() && zones::whole(one) == zones::whole(other));
  std::string const wrong = zones::oracle(from, options, 8, 2).wrong(one, domain);
  check(wrong.empty());
  attempt(one, input);
  basic_mx_lookup<2, 1> small{domain, options};
  zones::play(small, from, below);
  check(small.done() && zones::oracle(from, options, 2, 1).wrong(small, domain).empty());
  // A domain of any octets is a host name, a literal, or refused; what is not waited for ends it.
  mx_lookup any{input.octets(300), options};
  any.end_waiting();
  check(any.done() && !any.ask());
  return 0;
}
