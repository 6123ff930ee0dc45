// SPDX-License-Identifier: BSL-1.0
// A small DNS in text, as in a master file, and what a stub resolver says about it:
//
//   example.org. MX 10 mx.example.org.       one record; a number before the type is its TTL (else 3600)
//   mx.example.org. A 192.0.2.1 ; secure     validated by DNSSEC
//   mx.example.org. AAAA SERVFAIL            what this question gets: or TIMEOUT, NXDOMAIN, NODATA
//   ; secure denial                          what there is not is validated, too
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/dns/answer.hpp"

namespace zones {

using ehlo::dns_answer;
using ehlo::dns_question;
using ehlo::dns_status;
using ehlo::dns_type;
using ehlo::mx_record;

inline std::string lower(std::string_view name) {
  std::string out;
  for (char const c : name) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out.ends_with('.') && out.size() > 1 ? out.substr(0, out.size() - 1) : out;
}

inline std::vector<std::string> words(std::string_view line) {
  std::vector<std::string> all;
  bool inside = false;
  for (char const c : line) {
    if (c == ' ')
      inside = false;
    else if (inside)
      all.back() += c;
    else
      inside = !all.emplace_back(1, c).empty();
  }
  return all;
}

inline bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

struct record {
  std::string name, type, data;  ///< without the last full stop, in lower case, data as it stands
  std::uint16_t preference = 0;
  std::uint32_t ttl = 3600;
  bool secure = false;
  dns_status status = dns_status::records;
};

/// An answer with what it views.
struct full_answer {
  dns_answer said;
  std::string canonical_name;
  std::vector<mx_record> exchanges;
  std::vector<ehlo::address_literal> addresses;

  dns_answer const& view() {
    said.canonical_name = canonical_name;
    said.exchanges = exchanges;
    said.addresses = addresses;
    return said;
  }
};

class zone {
 public:
  zone(std::string_view text) {
    while (!text.empty()) {
      std::string_view const line = text.substr(0, text.find('\n'));
      text.remove_prefix(line.size() == text.size() ? line.size() : line.size() + 1);
      add(line);
    }
  }

  void add(std::string_view line) {
    std::size_t const comment = line.find(';');
    bool const secure = comment != std::string_view::npos && line.substr(comment).starts_with("; secure");
    std::vector<std::string> const said = words(line.substr(0, comment));
    if (said.empty()) {
      secure_denial_ = secure_denial_ || secure;
      return;
    }
    record r{lower(said[0]), {}, {}, 0, 3600, secure, dns_status::records};
    std::size_t at = 1;
    if (is_number(said[at])) r.ttl = static_cast<std::uint32_t>(std::stoul(said[at++]));
    r.type = said[at++];
    r.data = said[at++];
    if (r.data == "SERVFAIL") r.status = dns_status::servfail;
    if (r.data == "TIMEOUT") r.status = dns_status::timeout;
    if (r.data == "NXDOMAIN") r.status = dns_status::nxdomain;
    if (r.data == "NODATA") r.status = dns_status::nodata;
    if (r.type == "MX" && r.status == dns_status::records) {
      r.preference = static_cast<std::uint16_t>(std::stoul(r.data));
      r.data = at < said.size() ? said[at] : "";
    }
    records.push_back(r);
  }

  /// As a stub resolver does: it follows CNAMEs.
  full_answer answer(dns_type type, std::string_view name) const {
    std::string_view const wanted = type == dns_type::mx     ? "MX"
                                    : type == dns_type::a    ? "A"
                                    : type == dns_type::aaaa ? "AAAA"
                                                             : "CNAME";
    full_answer out;
    out.said = {dns_status::records, true, 0xFFFF'FFFF, {}, {}, {}};
    std::string at = lower(name);
    for (int links = 0;; ++links) {
      record const* alias = nullptr;
      bool exists = false;
      bool found = false;
      for (record const& r : records) {
        exists = exists || r.name == at || (r.name.ends_with(at) && r.name[r.name.size() - at.size() - 1] == '.');
        if (r.name != at) continue;
        if (r.type == "CNAME" && type != dns_type::cname && r.status == dns_status::records) alias = &r;
        if (r.type != wanted) continue;
        if (r.status != dns_status::records) {
          out.said.status = r.status;
          out.said.secure = r.secure;
          out.said.ttl = r.ttl;
          return out;
        }
        found = true;
        use(out, r);
        if (type == dns_type::mx)
          out.exchanges.push_back({r.preference, r.data});
        else if (type != dns_type::cname)
          out.addresses.push_back(ehlo::parse_ip_address(r.data));
      }
      if (found) return out;
      if (alias == nullptr || links == 8) {
        out.said.status = alias != nullptr ? dns_status::servfail : exists ? dns_status::nodata : dns_status::nxdomain;
        out.said.secure = out.said.secure && secure_denial_;
        out.said.ttl = out.said.ttl < 900 ? out.said.ttl : 900;
        return out;
      }
      use(out, *alias);
      out.canonical_name = alias->data;
      at = lower(alias->data);
    }
  }

  std::list<record> records;  ///< answers view their data

 private:
  static void use(full_answer& out, record const& r) {
    out.said.secure = out.said.secure && r.secure;
    if (r.ttl < out.said.ttl) out.said.ttl = r.ttl;
  }

  bool secure_denial_ = false;
};

}  // namespace zones
