// SPDX-License-Identifier: BSL-1.0
// The TXT record `_dmarc` of a domain: what its owner asks for (RFC 7489 6.3, 6.4), and the tags of the successor
// (RFC 9989 4.7, 4.8).
//
// Which mistake does what. Without `v=DMARC1` in front it is no DMARC record. Without a valid `p`, or with an invalid
// `sp`, it asks for nothing if somebody wants reports, and is of no use otherwise (RFC 7489 6.6.3 step 6). Every other
// part that is wrong counts as not written (6.3), and so does a tag that comes twice (RFC 6376 3.2). `p` may stand
// anywhere behind `v`, as RFC 9989 has it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/character_class.hpp"
#include "../base/config.hpp"
#include "../grammar/number.hpp"
#include "dmarc_result.hpp"
#include "tag_list.hpp"

namespace ehlo::inline v0::sender {

/// Which DMARC: they differ in how the organizational domain is found and in some tags. Of rfc7489 np, psd and t are
/// unknown tags, of rfc9989 pct, rf and ri.
enum class dmarc_rules : std::uint8_t { rfc7489, rfc9989 };

enum class dmarc_alignment : std::uint8_t { relaxed, strict };

/// psd=: whether the domain is one below which others register theirs (RFC 9989 4.7).
enum class dmarc_psd : std::uint8_t { unsaid, yes, no };

/// A record with its defaults in place. The texts are views of the record.
struct dmarc_record {
  dmarc_policy policy = dmarc_policy::none;                   ///< p: of the domain itself
  dmarc_policy subdomain_policy = dmarc_policy::none;         ///< sp: of those below it; p if not given
  dmarc_policy nonexistent_policy = dmarc_policy::none;       ///< np: of those that do not exist; sp if not given
  dmarc_alignment dkim_alignment = dmarc_alignment::relaxed;  ///< adkim
  dmarc_alignment spf_alignment = dmarc_alignment::relaxed;   ///< aspf
  dmarc_psd psd = dmarc_psd::unsaid;
  bool testing = false;                   ///< t=y
  std::uint8_t percent = 100;             ///< pct
  std::uint32_t report_interval = 86400;  ///< ri, in seconds
  std::string_view aggregate_reports{};   ///< rua, the list as it stands there; empty if no URI in it is valid
  std::string_view failure_reports{};     ///< ruf, likewise
  std::string_view failure_options{"0"};  ///< fo, such as `1:d`; of no meaning without ruf
};

enum class dmarc_record_error : std::uint8_t {
  none,
  version,  ///< not a DMARC record
  policy,   ///< no valid p, or an invalid sp (or np), and no rua: no use (RFC 7489 6.6.3 step 6)
};

namespace detail {

[[nodiscard]] constexpr bool is_among(char c, std::string_view set) noexcept {
  return set.find(c) != std::string_view::npos;
}

/// A number that is the whole text and at most `most`.
[[nodiscard]] constexpr bool read_number(std::string_view text, std::uint64_t most, std::uint64_t& out) noexcept {
  number_run const run = scan_number(text, 0);
  out = run.value;
  return run.end != 0 && run.end == text.size() && !run.overflow && run.value <= most;
}

/// URI of RFC 3986 by its octets, with what RFC 7489 6.4 takes out of them (`,` and `!`) and puts behind it (a size).
[[nodiscard]] constexpr bool is_dmarc_uri(std::string_view text) noexcept {
  std::size_t const mark = text.find('!');
  if (mark != std::string_view::npos) {
    std::string_view size = text.substr(mark + 1);
    if (!size.empty() && is_among(to_upper(size.back()), "KMGT")) size.remove_suffix(1);
    std::uint64_t bytes = 0;
    if (!read_number(size, (std::numeric_limits<std::uint64_t>::max)(), bytes)) return false;
    text = text.substr(0, mark);
  }
  std::size_t const colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_alpha(text[0]) || colon + 1 == text.size()) return false;
  for (char const c : text.substr(0, colon))
    if (!has_class(c, char_class::let_dig) && !is_among(c, "+-.")) return false;
  for (std::size_t i = colon + 1; i != text.size(); ++i) {
    if (!has_class(text[i], char_class::graphic) || is_among(text[i], "\"<>\\^`{|},")) return false;
    bool const encoded = text[i] == '%';
    if (encoded && (text.size() - i < 3 || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0)) return false;
  }
  return true;
}

/// Whether the list has one URI that is valid.
[[nodiscard]] constexpr bool has_dmarc_uri(std::string_view list) noexcept {
  for (;;) {
    std::size_t const comma = list.find(',');
    if (is_dmarc_uri(trim_wsp(list.substr(0, comma)))) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

[[nodiscard]] constexpr bool is_failure_option_list(std::string_view value) noexcept {
  colon_list options{value};
  for (std::string_view one; options.next(one);)
    if (one.size() != 1 || !is_among(one[0], "01dsDS")) return false;
  return true;
}

/// The tags of a record that are known, each with what is in it and how often it came.
class dmarc_tags {
 public:
  constexpr explicit dmarc_tags(std::string_view text) noexcept {
    for (;;) {
      std::size_t const end = text.find(';');
      std::string_view const part = text.substr(0, end);
      tag one;
      if (read_tag(part, one) == part.size() && !part.empty()) take(one);
      if (end == std::string_view::npos) return;
      text.remove_prefix(end + 1);
    }
  }

  enum which : std::size_t { p, sp, np, adkim, aspf, psd, t, pct, ri, rua, ruf, fo };
  static constexpr std::array<std::string_view, 12> names{"p", "sp",  "np", "adkim", "aspf", "psd",
                                                          "t", "pct", "ri", "rua",   "ruf",  "fo"};

  [[nodiscard]] constexpr bool given(which tag) const noexcept { return count_[tag] != 0; }
  /// Empty as well where the tag came twice.
  [[nodiscard]] constexpr std::string_view value(which tag) const noexcept {
    return count_[tag] == 1 ? values_[tag] : std::string_view{};
  }
  /// The position of the value in the list, or its size.
  template <std::size_t Count>
  [[nodiscard]] constexpr std::size_t index(which tag, std::array<std::string_view, Count> const& list) const noexcept {
    std::size_t i = 0;
    while (i != Count && !equal_ignoring_case(value(tag), list[i])) ++i;
    return i;
  }

 private:
  constexpr void take(tag const& one) noexcept {
    for (std::size_t i = 0; i != names.size(); ++i) {
      if (!equal_ignoring_case(one.name, names[i])) continue;
      values_[i] = one.value;
      if (count_[i] != 2) ++count_[i];
    }
  }

  std::array<std::string_view, names.size()> values_{};
  std::array<std::uint8_t, names.size()> count_{};
};

/// A policy that is given. False: it is given and is none of the three.
[[nodiscard]] constexpr bool read_policy(dmarc_tags const& tags, dmarc_tags::which tag, dmarc_policy& out) noexcept {
  std::size_t const index = tags.index(tag, dmarc_policy_names);
  if (index != dmarc_policy_names.size()) out = static_cast<dmarc_policy>(index);
  return index != dmarc_policy_names.size() || !tags.given(tag);
}

/// p, sp and np, where they count. False: step 6 of RFC 7489 6.6.3.
[[nodiscard]] constexpr bool read_policies(dmarc_tags const& tags, dmarc_rules rules, dmarc_record& out) noexcept {
  if (!tags.given(dmarc_tags::p) || !read_policy(tags, dmarc_tags::p, out.policy)) return false;
  out.subdomain_policy = out.policy;
  if (!read_policy(tags, dmarc_tags::sp, out.subdomain_policy)) return false;
  out.nonexistent_policy = out.subdomain_policy;
  return rules == dmarc_rules::rfc7489 || read_policy(tags, dmarc_tags::np, out.nonexistent_policy);
}

/// The tags that stand for themselves: what is wrong in them leaves the default.
constexpr void read_others(dmarc_tags const& tags, dmarc_rules rules, dmarc_record& out) noexcept {
  if (equal_ignoring_case(tags.value(dmarc_tags::adkim), "s")) out.dkim_alignment = dmarc_alignment::strict;
  if (equal_ignoring_case(tags.value(dmarc_tags::aspf), "s")) out.spf_alignment = dmarc_alignment::strict;
  if (has_dmarc_uri(tags.value(dmarc_tags::rua))) out.aggregate_reports = tags.value(dmarc_tags::rua);
  if (has_dmarc_uri(tags.value(dmarc_tags::ruf))) out.failure_reports = tags.value(dmarc_tags::ruf);
  if (is_failure_option_list(tags.value(dmarc_tags::fo))) out.failure_options = tags.value(dmarc_tags::fo);
  if (rules == dmarc_rules::rfc9989) {
    constexpr std::array<std::string_view, 3> psd_values{"u", "y", "n"};
    std::size_t const psd = tags.index(dmarc_tags::psd, psd_values);
    if (psd != psd_values.size()) out.psd = static_cast<dmarc_psd>(psd);
    out.testing = equal_ignoring_case(tags.value(dmarc_tags::t), "y");
    return;
  }
  std::uint64_t number = 0;
  std::string_view const pct = tags.value(dmarc_tags::pct);
  if (pct.size() <= 3 && read_number(pct, 100, number)) out.percent = static_cast<std::uint8_t>(number);
  constexpr std::uint64_t longest_interval = 0xFFFF'FFFF;
  if (read_number(tags.value(dmarc_tags::ri), longest_interval, number))
    out.report_interval = static_cast<std::uint32_t>(number);
}

}  // namespace detail

/// Whether it is a DMARC record, be it of use or not: its first tag is `v`, of exactly the value DMARC1 (RFC 7489 6.3,
/// 6.6.3 step 2).
[[nodiscard]] constexpr bool is_dmarc_record(std::string_view text) noexcept {
  std::string_view const first = text.substr(0, text.find(';'));
  tag version;
  return detail::read_tag(first, version) == first.size() && equal_ignoring_case(version.name, "v") &&
         version.value == "DMARC1";
}

/// Reads one record: the strings of its RDATA joined without anything between them (RFC 7489 6.1). On an error `out` is
/// that of a record without tags, but for psd.
[[nodiscard]] constexpr dmarc_record_error parse_dmarc_record(std::string_view text EHLO_LIFETIMEBOUND,
                                                              dmarc_rules rules, dmarc_record& out) noexcept {
  out = {};
  if (!is_dmarc_record(text)) return dmarc_record_error::version;
  detail::dmarc_tags const tags{text};
  detail::read_others(tags, rules, out);
  if (detail::read_policies(tags, rules, out)) return dmarc_record_error::none;
  out.policy = out.subdomain_policy = out.nonexistent_policy = dmarc_policy::none;
  return out.aggregate_reports.empty() ? dmarc_record_error::policy : dmarc_record_error::none;
}

}  // namespace ehlo::inline v0::sender
