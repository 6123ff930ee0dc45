// SPDX-License-Identifier: BSL-1.0
// Any TLSA records against any chain: an authenticated server is one that a plain reading of RFC 7672 3 and RFC 7671 9
// authenticates, too, and no other.
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "check.hpp"
#include "ehlo/route/dane.hpp"
#include "ehlo/route/dane_certificate.hpp"

namespace {

using fuzz::check;
using namespace ehlo::route;

/// Few values, so that records and certificates often meet.
std::string word(unsigned size, unsigned choice) { return std::string(size, static_cast<char>('a' + choice % 3)); }

std::string der(unsigned choice) { return std::string{'\x30', '\2', 'x', static_cast<char>('a' + choice % 3)}; }

struct certificate_texts {
  explicit certificate_texts(unsigned n)
      : texts{der(n), der(n / 3), word(32, n / 9), word(64, n / 27), word(32, n / 2), word(64, n / 4)} {}
  std::array<std::string, 6> texts;
};

std::string_view part(presented_certificate const& c, unsigned selector, unsigned matching) {
  std::array<std::string_view, 6> const parts{c.der, c.der_sha256, c.der_sha512, c.spki, c.spki_sha256, c.spki_sha512};
  return parts[selector * 3 + matching];
}

struct plain_record {
  unsigned usage, selector, matching;
  std::string_view data;

  explicit plain_record(std::string_view rdata)
      : usage{static_cast<unsigned char>(rdata[0])},
        selector{static_cast<unsigned char>(rdata[1])},
        matching{static_cast<unsigned char>(rdata[2])},
        data{rdata.substr(3)} {}
  [[nodiscard]] bool usable() const {
    if ((usage != 2 && usage != 3) || selector > 1 || matching > 2) return false;
    if (matching != 0) return data.size() == 32 * matching;
    return data.size() >= 2 && data[0] == '\x30' &&
           (data.size() >= 0x82 || data.size() - 2 == static_cast<unsigned char>(data[1]));
  }
};

bool plain_match(std::vector<plain_record> const& records, std::span<presented_certificate const> chain, bool name) {
  for (plain_record const& r : records) {
    if (!r.usable()) continue;
    bool outdone = false;
    for (plain_record const& other : records)
      outdone = outdone || (r.matching == 1 && other.matching == 2 && other.usable() && other.usage == r.usage &&
                            other.selector == r.selector);
    if (outdone) continue;
    for (std::size_t depth = 0; depth != chain.size(); ++depth) {
      if ((r.usage == 3) != (depth == 0) || r.data != part(chain[depth], r.selector, r.matching)) continue;
      if (r.usage == 3 || (name && chain[depth].anchors_leaf)) return true;
    }
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < 5 || size > 2000) return 0;
  std::vector<std::uint8_t> in(data, data + size);
  std::size_t at = 0;
  auto const next = [&]() -> unsigned { return at < in.size() ? in[at++] : 0; };
  unsigned const flags = next();

  std::vector<certificate_texts> texts;
  for (unsigned count = next() % 4; count != 0; --count) texts.emplace_back(next());
  std::vector<presented_certificate> chain;
  for (certificate_texts const& c : texts)
    chain.push_back({c.texts[0], c.texts[1], c.texts[2], c.texts[3], c.texts[4], c.texts[5], (next() & 1U) != 0});

  std::vector<std::string> rdata;
  while (at < in.size() && rdata.size() < 20) {
    unsigned const kind = next();
    std::string record;
    if (kind < 128) {
      unsigned const matching = next() % 4;
      record = {static_cast<char>(kind % 5), static_cast<char>(kind / 5 % 3), static_cast<char>(matching)};
      record += matching == 0 ? der(next()) : word(32 * matching, next());
      if (kind >= 120) record.pop_back();
    } else {
      for (unsigned length = kind - 128; length != 0 && at < in.size(); --length) record += static_cast<char>(next());
    }
    rdata.push_back(record);
  }

  std::vector<tlsa_record> records;
  std::vector<plain_record> plain;
  bool usable = false;
  for (std::string const& octets : rdata) {
    tlsa_record record;
    check(parse_tlsa_record(octets, record) == (octets.size() >= 3));
    if (octets.size() < 3) continue;
    records.push_back(record);
    plain.emplace_back(octets);
    check(octets.size() > 100 || is_usable(record) == plain.back().usable());
    usable = usable || is_usable(record);
  }

  bool const name = (flags & 1U) != 0;
  dane_match const m = match_dane(records, chain, name);
  check((m.result == dane_result::authenticated) == plain_match(plain, chain, name));
  check((m.result == dane_result::no_certificate) == chain.empty());
  if (m.result != dane_result::no_match && !chain.empty()) {
    check(m.record < records.size() && m.depth < chain.size() && matches(records[m.record], chain[m.depth]));
    check(m.depth == 0 || wants_trust(records, chain[m.depth]));
  }

  // Mail in clear text, or to whom it may concern, only where no answer was secure and none failed.
  std::array<tlsa_answer, 2> const answers{tlsa_answer{static_cast<dnssec>(flags / 2 % 4), records},
                                           tlsa_answer{static_cast<dnssec>(flags / 8 % 4), {}}};
  dane_decision const d = apply_dane({false, 2, {"a", "b"}}, answers);
  bool const first = answers[0].status == dnssec::secure && !records.empty();
  check(d.skip == (is_lookup_error(answers[0].status) || (!first && is_lookup_error(answers[1].status))));
  check(d.skip || d.applies == first);
  check(d.skip || d.security.dane == (first && usable));
  check(!d.applies || d.security.tls == ehlo::tls_policy::require);
  return 0;
}
