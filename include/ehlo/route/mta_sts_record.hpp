// SPDX-License-Identifier: BSL-1.0
// The TXT record `_mta-sts` of a domain: it says that there is a policy, and which (RFC 8461 3.1).
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/character_class.hpp"
#include "../base/config.hpp"
#include "mta_sts_error.hpp"

namespace ehlo::inline v0::route {

/// `v=STSv1; id=20160831085700Z;`
struct mta_sts_record {
  std::string_view id{};  ///< of the policy: 1 to 32 letters and digits; only equality has a meaning
};

namespace detail {

/// sts-ext-name and sts-policy-ext-name; every name that is known is one too.
[[nodiscard]] constexpr bool is_sts_name(std::string_view name) noexcept {
  if (name.empty() || name.size() > 32 || !has_class(name[0], char_class::let_dig)) return false;
  for (char const c : name)
    if (!has_class(c, char_class::let_dig) && c != '_' && c != '-' && c != '.') return false;
  return true;
}

/// sts-ext-value: printable, without "=" and ";".
[[nodiscard]] constexpr bool is_sts_value(std::string_view value) noexcept {
  for (char const c : value)
    if (!has_class(c, char_class::graphic) || c == '=' || c == ';') return false;
  return !value.empty();
}

[[nodiscard]] constexpr bool is_sts_id(std::string_view id) noexcept {
  for (char const c : id)
    if (!has_class(c, char_class::let_dig)) return false;
  return !id.empty() && id.size() <= 32;
}

inline constexpr std::string_view sts_version = "v=STSv1";

/// Whether it is an MTA-STS record, be it a valid one or not: the version, and the `;` behind it.
[[nodiscard]] constexpr bool is_sts_record(std::string_view text) noexcept {
  if (!text.starts_with(sts_version)) return false;
  std::size_t i = sts_version.size();
  while (i != text.size() && is_wsp(text[i])) ++i;
  return i != text.size() && text[i] == ';';
}

}  // namespace detail

/// Reads one record: the strings of its RDATA joined without anything between them. Unknown fields are ignored, and of
/// those that come again all but the first (3.2). On an error `out` is empty. The id is a view of the text.
[[nodiscard]] constexpr mta_sts_error parse_mta_sts_record(std::string_view text EHLO_LIFETIMEBOUND,
                                                           mta_sts_record& out) noexcept {
  out = {};
  if (!detail::is_sts_record(text)) return mta_sts_error::record_version;
  std::string_view id;
  bool seen = false;
  for (std::string_view rest = text.substr(text.find(';')); !rest.empty();) {
    rest.remove_prefix(1);
    std::string_view field = rest.substr(0, rest.find(';'));
    rest.remove_prefix(field.size());
    // White space may stand around a `;`, and only there: not at the end of the record.
    while (!field.empty() && is_wsp(field.front())) field.remove_prefix(1);
    while (!rest.empty() && !field.empty() && is_wsp(field.back())) field.remove_suffix(1);
    if (field.empty() && rest.empty()) break;
    std::size_t const equals = field.find('=');
    if (equals == std::string_view::npos || !detail::is_sts_name(field.substr(0, equals)) ||
        !detail::is_sts_value(field.substr(equals + 1)))
      return mta_sts_error::record_field;
    if (!seen && field.substr(0, equals) == "id") {
      id = field.substr(equals + 1);
      seen = true;
    }
  }
  if (!detail::is_sts_id(id)) return mta_sts_error::record_id;
  out.id = id;
  return mta_sts_error::none;
}

/// Finds the one record among all TXT records at `_mta-sts` of the domain; those that are not MTA-STS records do not
/// count. None, several or an invalid one: the domain has no policy that could be fetched. A policy that was fetched
/// before stays in force until it expires.
[[nodiscard]] constexpr mta_sts_error find_mta_sts_record(std::span<std::string_view const> records,
                                                          mta_sts_record& out) noexcept {
  out = {};
  std::string_view found;
  for (std::string_view const record : records) {
    if (!detail::is_sts_record(record)) continue;
    if (!found.empty()) return mta_sts_error::many_records;
    found = record;
  }
  return found.empty() ? mta_sts_error::no_record : parse_mta_sts_record(found, out);
}

}  // namespace ehlo::inline v0::route
