// SPDX-License-Identifier: BSL-1.0
// The policy file of MTA-STS (RFC 8461 3.2) and which hosts it allows (4.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/character_class.hpp"
#include "../base/config.hpp"
#include "../grammar/domain.hpp"
#include "../grammar/number.hpp"
#include "../grammar/utf8.hpp"
#include "mta_sts_error.hpp"
#include "mta_sts_record.hpp"

namespace ehlo::inline v0::route {

/// RFC 8461 3.3: what a sender reads of a policy at most, and how long it waits for it.
inline constexpr std::size_t mta_sts_policy_limit = 65536;
inline constexpr std::int64_t mta_sts_fetch_timeout = 60;  // seconds

/// RFC 8461 3.2, in seconds.
inline constexpr std::uint32_t mta_sts_longest_age = 31'557'600;

/// RFC 8461 5.
enum class mta_sts_mode : std::uint8_t {
  none,     ///< as if there were no policy
  testing,  ///< what fails is reported (RFC 8460), and the message is sent all the same
  enforce,  ///< no message to a host that fails
};

namespace detail {

/// A line of a policy: `name: value`.
struct sts_line {
  std::string_view name;
  std::string_view value;
  bool blank = false;
  bool valid = false;
};

/// sts-policy-ext-value: printable ASCII, UTF-8, spaces within.
[[nodiscard]] constexpr bool is_sts_policy_value(std::string_view value) noexcept {
  for (char const c : value)
    if (has_class(c, char_class::control)) return false;
  return !value.empty() && is_utf8(value);
}

/// Takes the first line from the front. It ends in LF or CRLF, or with the text.
[[nodiscard]] constexpr sts_line next_sts_line(std::string_view& text) noexcept {
  std::size_t const end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  if (end != std::string_view::npos && line.ends_with('\r')) line.remove_suffix(1);
  sts_line out;
  out.blank = trim_wsp(line).empty();
  std::size_t const colon = line.find(':');
  if (colon == std::string_view::npos) return out;
  out.name = line.substr(0, colon);
  out.value = trim_wsp(line.substr(colon + 1));
  out.valid = is_sts_name(out.name) && is_sts_policy_value(out.value);
  return out;
}

/// sts-policy-mx-value.
[[nodiscard]] constexpr bool is_mx_pattern(std::string_view pattern) noexcept {
  if (pattern.starts_with("*.")) pattern.remove_prefix(2);
  return is_domain(pattern);
}

}  // namespace detail

/// Whether a host name matches an mx pattern (RFC 8461 4.1, RFC 6125 6.4): without regard to case, and `*` stands for
/// one whole left-most label. A-labels only: a name with U-labels matches nothing. The name may end in a full stop.
[[nodiscard]] constexpr bool matches_mx_pattern(std::string_view pattern, std::string_view host) noexcept {
  host = without_root(host);
  if (!pattern.starts_with("*.")) return !host.empty() && equal_ignoring_case(pattern, host);
  std::size_t const dot = host.find('.');
  return dot != std::string_view::npos && dot != 0 && equal_ignoring_case(pattern.substr(1), host.substr(dot));
}

/// The mx patterns of a policy in their order: a forward range over its text.
class mta_sts_patterns {
 public:
  class iterator {
   public:
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;

    constexpr iterator() noexcept = default;
    constexpr explicit iterator(std::string_view text) noexcept : rest_{text} { look(); }
    [[nodiscard]] constexpr std::string_view operator*() const noexcept { return pattern_; }
    constexpr iterator& operator++() noexcept {
      look();
      return *this;
    }
    constexpr iterator operator++(int) noexcept {
      iterator const before = *this;
      look();
      return before;
    }
    [[nodiscard]] friend constexpr bool operator==(iterator const& a, iterator const& b) noexcept {
      return a.pattern_.empty() == b.pattern_.empty() && (a.pattern_.empty() || a.rest_.size() == b.rest_.size());
    }

   private:
    constexpr void look() noexcept {
      pattern_ = {};
      while (!rest_.empty() && pattern_.empty())
        if (detail::sts_line const line = detail::next_sts_line(rest_); line.name == "mx") pattern_ = line.value;
    }

    std::string_view rest_;
    std::string_view pattern_;
  };

  constexpr mta_sts_patterns() noexcept = default;
  constexpr explicit mta_sts_patterns(std::string_view policy) noexcept : policy_{policy} {}

  [[nodiscard]] constexpr iterator begin() const noexcept { return iterator{policy_}; }
  [[nodiscard]] constexpr iterator end() const noexcept { return {}; }

  /// Whether any of them matches the name of the host: that in the MX record, never what a CNAME makes of it.
  [[nodiscard]] constexpr bool match(std::string_view host) const noexcept {
    for (std::string_view const pattern : *this)
      if (matches_mx_pattern(pattern, host)) return true;
    return false;
  }

 private:
  std::string_view policy_;
};

/// A policy. The patterns view the text that it was read from.
struct mta_sts_policy {
  mta_sts_mode mode = mta_sts_mode::none;
  std::uint32_t max_age = 0;  ///< seconds from when it was fetched
  mta_sts_patterns mx{};
};

namespace detail {

[[nodiscard]] constexpr bool read_sts_mode(std::string_view text, mta_sts_mode& out) noexcept {
  if (text == "enforce") out = mta_sts_mode::enforce;
  if (text == "testing") out = mta_sts_mode::testing;
  return text == "enforce" || text == "testing" || text == "none";
}

[[nodiscard]] constexpr bool read_sts_max_age(std::string_view text, std::uint32_t& out) noexcept {
  number_run const number = scan_number(text, 0);
  if (text.size() > 10 || number.end != text.size() || number.value > mta_sts_longest_age) return false;
  out = static_cast<std::uint32_t>(number.value);
  return true;
}

/// A policy while it is read. Of a field that comes again only the first counts, but for mx.
struct sts_policy_reader {
  mta_sts_policy policy;
  bool version = false;
  bool mode = false;
  bool max_age = false;
  bool mx = false;

  [[nodiscard]] constexpr mta_sts_error take(sts_line const& line) noexcept {
    if (line.name == "mx") {
      mx = true;
      return is_mx_pattern(line.value) ? mta_sts_error::none : mta_sts_error::policy_mx;
    }
    if (line.name == "version" && !version) {
      version = true;
      return line.value == "STSv1" ? mta_sts_error::none : mta_sts_error::policy_version;
    }
    if (line.name == "mode" && !mode) {
      mode = true;
      return read_sts_mode(line.value, policy.mode) ? mta_sts_error::none : mta_sts_error::policy_mode;
    }
    if (line.name == "max_age" && !max_age) {
      max_age = true;
      return read_sts_max_age(line.value, policy.max_age) ? mta_sts_error::none : mta_sts_error::policy_max_age;
    }
    return mta_sts_error::none;
  }
  [[nodiscard]] constexpr mta_sts_error missing() const noexcept {
    if (!version) return mta_sts_error::policy_no_version;
    if (!mode) return mta_sts_error::policy_no_mode;
    if (!max_age) return mta_sts_error::policy_no_max_age;
    if (!mx && policy.mode != mta_sts_mode::none) return mta_sts_error::policy_no_mx;
    return mta_sts_error::none;
  }
};

}  // namespace detail

/// Reads the body of the HTTPS response. Of the host is wanted that it came with status 200, without a redirect, as
/// text/plain, in TLS with a verified certificate for `mta-sts.` and the domain, and from no cache (3.3). Unknown
/// fields are ignored; blank lines are read over, though the grammar has none. On an error `out` is empty, the first
/// fault is named, and the domain has no (new) policy.
[[nodiscard]] constexpr mta_sts_error parse_mta_sts_policy(std::string_view text EHLO_LIFETIMEBOUND,
                                                           mta_sts_policy& out) noexcept {
  out = {};
  if (text.size() > mta_sts_policy_limit) return mta_sts_error::policy_too_large;
  detail::sts_policy_reader reader;
  for (std::string_view rest = text; !rest.empty();) {
    detail::sts_line const line = detail::next_sts_line(rest);
    if (line.blank) continue;
    if (!line.valid) return mta_sts_error::policy_field;
    if (mta_sts_error const e = reader.take(line); e != mta_sts_error::none) return e;
  }
  if (mta_sts_error const e = reader.missing(); e != mta_sts_error::none) return e;
  reader.policy.mx = mta_sts_patterns{text};
  out = reader.policy;
  return mta_sts_error::none;
}

}  // namespace ehlo::inline v0::route
