// SPDX-License-Identifier: BSL-1.0
// What a DNS message says about a question (RFC 1035 4.1): the records at the end of the chain of CNAMEs, or that there
// are none. c-ares has asked.
//
// Names are text in which a full stop or a backslash that is part of a label has a backslash before it (RFC 1035 5.1),
// as c-ares takes them.
#pragma once

#define CARES_NO_DEPRECATED  // what has replaced its calls is not in c-ares before 1.28
#include <ares.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/dns/answer.hpp"
#include "ehlo/dns/name.hpp"

namespace cares {

/// A DNS message (RFC 1035 4.1), read as far as it goes.
class dns_message {
 public:
  struct record {
    std::string owner;
    std::uint16_t type = 0;
    std::uint32_t ttl = 0;
    std::size_t data = 0, size = 0;  ///< where its data stands
  };

  dns_message(unsigned char const* octets, int size) : octets_{octets}, size_{static_cast<std::size_t>(size)} {
    if (octets == nullptr || size < 12) return;
    std::size_t at = 12;
    bool whole = true;
    for (unsigned i = number(4); i != 0 && whole; --i) {
      std::string name;
      whole = read_name(at, name) && (at += 4) <= size_;
    }
    for (unsigned i = number(6); i != 0 && whole; --i) whole = read_record(at, answers.emplace_back());
    for (unsigned i = number(8); i != 0 && whole; --i) whole = read_record(at, authority.emplace_back());
    valid = whole;
  }

  std::vector<record> answers, authority;
  bool valid = false;

  /// The name at this place in the message; `at` moves behind it.
  bool read_name(std::size_t& at, std::string& name) const {
    name.clear();
    int pointers = 0;
    for (std::size_t from = at; from < size_;) {
      std::size_t const length = octets_[from];
      if (pointers == 0) at = from + (length < 64 ? 1 : 2);
      if (length == 0) return true;
      if (length < 64) {
        if (size_ - from <= length || !add_label(name, from + 1, length)) return false;
        from += 1 + length;
      } else {
        if (length < 0xC0 || size_ - from < 2 || ++pointers > most_pointers) return false;
        from = number(from) & 0x3FFFU;
      }
    }
    return false;
  }
  /// Sixteen bits in network order; they are there.
  [[nodiscard]] std::uint16_t number(std::size_t at) const {
    return static_cast<std::uint16_t>(octets_[at] << 8U | octets_[at + 1]);
  }
  [[nodiscard]] unsigned char const* octets(std::size_t at) const { return octets_ + at; }
  [[nodiscard]] std::uint32_t long_number(std::size_t at) const {
    return static_cast<std::uint32_t>(number(at)) << 16U | number(at + 2);
  }

 private:
  static constexpr int most_pointers = 32;  ///< in one name; they may lead in a circle

  bool add_label(std::string& name, std::size_t at, std::size_t length) const {
    if (!name.empty()) name += '.';
    for (std::size_t i = at; i != at + length; ++i) {
      char const c = static_cast<char>(octets_[i]);
      if (c == '.' || c == '\\') name += '\\';
      name += c;
    }
    return name.size() <= 2 * ehlo::longest_name;
  }
  bool read_record(std::size_t& at, record& out) const {
    if (!read_name(at, out.owner) || size_ - at < 10) return false;
    out.type = number(at);
    out.ttl = long_number(at + 4);
    out.size = number(at + 8);
    out.data = at + 10;
    at = out.data + out.size;
    return at <= size_;
  }

  unsigned char const* octets_;
  std::size_t size_;
};

/// What a lookup is told, and what that views. Whatever is malformed is a failure: half an answer could mean that there
/// is no MX record.
class dns_reply {
 public:
  /// Takes what c-ares says about this question. False: the message ends at an alias, so ask for name().
  bool take(ehlo::dns_type type, std::string_view asked, int status, unsigned char const* octets, int size) {
    if (status == ARES_ETIMEOUT) return fail(ehlo::dns_status::timeout);
    if (status == ARES_EBADNAME) return fail(ehlo::dns_status::nxdomain);  // what no name can be does not exist
    if (status != ARES_SUCCESS && status != ARES_ENODATA && status != ARES_ENOTFOUND) return fail();
    dns_message const message{octets, size};
    std::string name{asked};
    bool moved = false;
    if (!message.valid || !follow(message, name, moved)) return fail();
    said_.status = status == ARES_ENOTFOUND ? ehlo::dns_status::nxdomain : ehlo::dns_status::nodata;
    for (dns_message::record const& one : message.answers)
      if (one.type == number(type) && ehlo::same_domain(one.owner, name) && !keep(message, one)) return fail();
    if (said_.status == ehlo::dns_status::records || has_denial(message)) return true;
    if (said_.status == ehlo::dns_status::nodata) {
      if (is_referral(message)) return fail();
      if (moved) return ++moves_ > most_moves && fail();
    }
    said_.ttl = 0;
    return true;
  }

  /// Where the aliases have led to.
  [[nodiscard]] std::string const& name() const { return canonical_; }

  ehlo::dns_answer const& answer() {
    views_.assign(texts_.begin(), texts_.end());
    for (std::size_t i = 0; i != exchanges_.size(); ++i) exchanges_[i].exchange = views_[i];
    said_.canonical_name = canonical_;
    said_.exchanges = exchanges_;
    said_.addresses = addresses_;
    said_.names = said_.texts = views_;
    return said_;
  }

 private:
  static constexpr int most_moves = 8;   ///< from one message to the next
  static constexpr int most_links = 16;  ///< within one
  static constexpr std::uint16_t ns = 2, soa = 6;

  static constexpr std::uint16_t number(ehlo::dns_type type) { return static_cast<std::uint16_t>(type); }

  bool fail(ehlo::dns_status how = ehlo::dns_status::servfail) {
    said_.status = how;
    return true;
  }
  /// Along the CNAMEs of the message; false: they lead nowhere, or too far.
  bool follow(dns_message const& message, std::string& name, bool& moved) {
    for (int links = 0; links <= most_links; ++links) {
      auto const alias = std::find_if(message.answers.begin(), message.answers.end(), [&](auto const& one) {
        return one.type == number(ehlo::dns_type::cname) && ehlo::same_domain(one.owner, name);
      });
      if (alias == message.answers.end()) return true;
      std::size_t at = alias->data;
      if (!message.read_name(at, name) || at != alias->data + alias->size) return false;
      note_ttl(alias->ttl);
      canonical_ = name;
      moved = true;
    }
    return false;
  }
  bool keep(dns_message const& message, dns_message::record const& one) {
    using enum ehlo::dns_type;
    bool kept = false;
    if (one.type == number(mx)) {
      kept = one.size >= 3 && keep_name(message, one, 2);
      if (kept) exchanges_.push_back({message.number(one.data), {}});
    } else if (one.type == number(ptr)) {
      kept = keep_name(message, one, 0);
    } else if (one.type == number(txt)) {
      kept = keep_strings(message, one);
    } else {
      kept = keep_address(message, one);
    }
    said_.status = ehlo::dns_status::records;
    note_ttl(one.ttl);
    return kept;
  }
  bool keep_name(dns_message const& message, dns_message::record const& one, std::size_t behind) {
    std::size_t at = one.data + behind;
    return message.read_name(at, texts_.emplace_back()) && at == one.data + one.size;
  }
  /// RFC 1035 3.3.14: one or more, each behind its length; joined, as RFC 7208 3.3 and RFC 6376 3.6.2.2 want them.
  bool keep_strings(dns_message const& message, dns_message::record const& one) {
    std::string& all = texts_.emplace_back();
    std::size_t at = one.data;
    std::size_t const end = one.data + one.size;
    while (at != end) {
      std::size_t const length = *message.octets(at++);
      if (end - at < length) return false;
      all.append(reinterpret_cast<char const*>(message.octets(at)), length);
      at += length;
    }
    return one.size != 0;
  }
  bool keep_address(dns_message const& message, dns_message::record const& one) {
    bool const ipv4 = one.type == number(ehlo::dns_type::a);
    if (one.size != (ipv4 ? 4 : 16)) return false;
    addresses_.push_back({ipv4 ? ehlo::literal_kind::ipv4 : ehlo::literal_kind::ipv6, {}});
    std::copy_n(message.octets(one.data), one.size, addresses_.back().octets.begin());
    return true;
  }
  /// RFC 2308 5: the SOA record says how long there will be nothing.
  bool has_denial(dns_message const& message) {
    for (dns_message::record const& one : message.authority) {
      if (one.type != soa || one.size < 20) continue;
      note_ttl(one.ttl);
      note_ttl(message.long_number(one.data + one.size - 4));
      return true;
    }
    return false;
  }
  /// RFC 2308 2.2: other servers may know.
  static bool is_referral(dns_message const& message) {
    return std::any_of(message.authority.begin(), message.authority.end(),
                       [](auto const& one) { return one.type == ns; });
  }
  void note_ttl(std::uint32_t ttl) { said_.ttl = (std::min)(said_.ttl, ttl > ehlo::longest_ttl ? 0 : ttl); }

  ehlo::dns_answer said_{.ttl = ehlo::longest_ttl};
  std::string canonical_;
  std::vector<std::string> texts_;  ///< names, or what TXT records say
  std::vector<std::string_view> views_;
  std::vector<ehlo::mx_record> exchanges_;
  std::vector<ehlo::address_literal> addresses_;
  int moves_ = 0;
};

}  // namespace cares
