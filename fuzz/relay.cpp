// SPDX-License-Identifier: BSL-1.0
// Any recipient from a stranger: what is taken ends in a domain or literal of ours and has no sign of a route in its
// local part. And any text as a network.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "check.hpp"
#include "ehlo/grammar/ip_network.hpp"
#include "ehlo/grammar/path.hpp"
#include "ehlo/route/relay.hpp"

namespace {

using fuzz::check;
using namespace ehlo;
using namespace ehlo::route;

constexpr std::string_view local_domains[] = {"a.example", ".b.example"};
constexpr std::string_view relay_domains[] = {"c.example"};

bool ends_in(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && equal_ignoring_case(text.substr(text.size() - end.size()), end);
}

void check_taken(path_view const& path) {
  if (path.kind == path_kind::postmaster) return check(equal_ignoring_case(path.mailbox(), "postmaster"));
  // Read from behind, without the help of the parser.
  std::string_view text = path.raw.substr(0, path.raw.size() - (path.raw.ends_with('>') ? 1 : 0));
  bool const ours = ends_in(text, "@a.example") || ends_in(text, ".b.example") || ends_in(text, "@c.example") ||
                    path.kind == path_kind::literal;
  check(ours);
  text.remove_suffix(text.size() - text.rfind('@'));
  if (!path.source_route.empty()) {
    check(!ends_in(path.domain, "c.example"));
    text.remove_prefix(path.source_route.size() + 2);
  }
  check(text.find_first_of("@%!") == std::string_view::npos);
  if (path.kind != path_kind::literal) return;
  address_literal const address = without_mapping(parse_address_literal(path.domain));
  check(address == parse_ip_address("192.0.2.1"));
}

void read_network(std::string_view text) {
  ip_network network;
  bool const valid = parse_ip_network(text, network);
  address_literal const first = parse_ip_address(text.substr(0, text.find('/')));
  check(!valid || (first.kind != literal_kind::none && network.contains(first)));
  for (std::string_view const address : {"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1", "2001:db8::1"}) {
    bool const in = network.contains(parse_ip_address(address));
    check(valid || !in);
    bool const ipv4 = address.find(':') == std::string_view::npos;
    if (ipv4) check(in == network.contains(parse_ip_address("::ffff:" + std::string(address))));
    if (in) check(ipv4 == (without_mapping(first).kind == literal_kind::ipv4));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size > 2048) return 0;
  std::string_view const text{reinterpret_cast<char const*>(data), size};
  read_network(text);
  std::array<address_literal, 1> const own{parse_ip_address("192.0.2.1")};
  relay_options const options{.local_domains = local_domains, .relay_domains = relay_domains, .own_addresses = own};
  for (std::string const& line :
       {std::string(text), "<" + std::string(text) + "@a.example>", "<" + std::string(text) + "@c.example>",
        "<\"" + std::string(text) + "\"@x.b.example>"}) {
    path_range range;
    tolerance used{};
    errc why{};
    std::size_t const end = parse_path(line, 0, {lenient, true, false}, range, used, why);
    if (end == 0) continue;
    path_view const path = view(line, range);
    relay_verdict const of_stranger = decide_relay(options, {}, path);
    if (is_accepted(of_stranger)) check_taken(path);
    // Who may relay is refused only what holds a route to us; what is local stays so.
    relay_verdict const of_user = decide_relay(options, {{}, true, false}, path);
    check(of_stranger == of_user || (of_user == relay_verdict::relay && !is_accepted(of_stranger)));
    check(decide_relay({}, {}, path) ==
          (path.kind == path_kind::postmaster ? relay_verdict::local : relay_verdict::denied));
  }
  return 0;
}
