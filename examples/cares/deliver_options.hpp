// SPDX-License-Identifier: BSL-1.0
// What ehlo-deliver is told beside the options of ehlo-send.
#pragma once

#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "../send_options.hpp"
#include "ehlo/route/mx_lookup.hpp"

namespace sending {

namespace route = ehlo::route;

inline constexpr char deliver_usage[] =
    R"(usage: ehlo-deliver --from ADDRESS --rcpt ADDRESS...  [options]  FILE...
Sends each FILE as a message to the servers that the DNS names for the domains of its recipients (RFC 5321 5.1), those
of one domain together, and says on standard error what it finds and whom it tries.
  --dns ADDRESS[:PORT],...  the name servers (default: the system's)
  --port PORT               of the mail servers (default: 25)
  --own NAME|ADDRESS        is our own server, too: mail is never sent to it, nor to what is not better. Repeatable;
                            what --helo says and the addresses of this machine are always ours
  --loopback                of 127.0.0.0/8 only the address of this machine, 127.0.0.1, is ours: for tests
  --family ipv4|ipv6        ask for no other addresses
  --most N                  addresses that are tried for a domain (default: 5; 0: all)
  --random N                orders equal preferences (default: by chance)
All else is as in ehlo-send --help, but --to, --tls-name, --stdio, --probe and all about logging in: each server is known
by the name that the DNS gives it.
)";

struct deliver_options {
  std::string servers;
  std::uint16_t port = 25;
  std::vector<std::string_view> names;
  std::vector<ehlo::address_literal> addresses;
  bool loopback_is_ours = true;
  route::address_order order = route::address_order::interleaved;
  std::size_t most = 5;
  std::uint64_t random = std::random_device{}();

  /// Takes what is ours. What is left is for ehlo-send's options, which want to know where to.
  std::vector<char*> take(std::vector<char*> const& arguments) {
    program = "ehlo-deliver";
    std::vector<char*> rest{arguments.front()};
    bool only_files = false;
    for (std::size_t i = 1; i != arguments.size(); ++i) {
      std::string_view const name = arguments[i];
      only_files = only_files || name == "--";
      if (only_files) {
        rest.push_back(arguments[i]);
        continue;
      }
      if (name == "--help") {
        std::fputs(deliver_usage, stdout);
        std::exit(0);
      }
      for (std::string_view const other : {"--to", "--tls-name", "--stdio", "--probe"})
        if (name == other) fail(status::wrong_usage, name, ": only ehlo-send does that");
      bool const has_value = name == "--dns" || name == "--port" || name == "--own" || name == "--family" ||
                             name == "--most" || name == "--random";
      if (name == "--loopback") {
        loopback_is_ours = false;
      } else if (!has_value) {
        rest.push_back(arguments[i]);
      } else if (++i == arguments.size()) {
        fail(status::wrong_usage, name, " needs a value");
      } else if (!set(name, arguments[i])) {
        fail(status::wrong_usage, name, ": '", arguments[i], "' is no value for it");
      }
    }
    to_ = "servers-of-the-domain:" + std::to_string(port);
    static char to[] = "--to";
    rest.insert(rest.begin() + 1, {to, to_.data()});
    return rest;
  }

  void add_ourselves(std::string_view name) {
    names.push_back(name);
    ifaddrs* all = nullptr;
    if (getifaddrs(&all) != 0) return;
    for (ifaddrs const* one = all; one != nullptr; one = one->ifa_next) {
      if (one->ifa_addr == nullptr) continue;
      ehlo::address_literal address;
      if (one->ifa_addr->sa_family == AF_INET) {
        address.kind = ehlo::literal_kind::ipv4;
        std::memcpy(address.octets.data(), &reinterpret_cast<sockaddr_in const*>(one->ifa_addr)->sin_addr, 4);
      } else if (one->ifa_addr->sa_family == AF_INET6) {
        address.kind = ehlo::literal_kind::ipv6;
        std::memcpy(address.octets.data(), &reinterpret_cast<sockaddr_in6 const*>(one->ifa_addr)->sin6_addr, 16);
      }
      if (address.kind != ehlo::literal_kind::none) addresses.push_back(address);
    }
    freeifaddrs(all);
  }

  [[nodiscard]] route::mx_options lookup() const {
    return {.random = random, .own = {names, addresses, loopback_is_ours}, .order = order};
  }

 private:
  template <class Number>
  static bool read(std::string_view text, Number& number) {
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
  }
  bool set(std::string_view name, std::string_view value) {
    if (name == "--dns") return !(servers = value).empty();
    if (name == "--port") return read(value, port) && port != 0;
    if (name == "--most") return read(value, most);
    if (name == "--random") return read(value, random);
    if (name == "--family") {
      order = value == "ipv4" ? route::address_order::ipv4_only : route::address_order::ipv6_only;
      return value == "ipv4" || value == "ipv6";
    }
    ehlo::address_literal const address = ehlo::parse_ip_address(value);
    if (address.kind != ehlo::literal_kind::none)
      addresses.push_back(address);
    else
      names.push_back(value);
    return address.kind != ehlo::literal_kind::none || ehlo::is_host_name(value);
  }

  std::string to_;
};

}  // namespace sending
