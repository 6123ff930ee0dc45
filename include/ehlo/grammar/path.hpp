// SPDX-License-Identifier: BSL-1.0
// Reverse-path and Forward-path (RFC 5321 4.1.2): the plain form in one pass, every other form out of line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/character_class.hpp"
#include "../base/config.hpp"
#include "../model/errc.hpp"
#include "../model/path.hpp"
#include "../model/tolerance.hpp"
#include "address_literal.hpp"
#include "domain.hpp"
#include "local_part.hpp"

namespace ehlo::inline v0 {

inline constexpr std::size_t path_limit = 256;  // RFC 5321 4.5.3.1.3, punctuation included

/// What a path may be.
struct path_rules {
  tolerance allowed = strict;
  bool utf8 = false;     ///< SMTPUTF8 is in force (RFC 6531 3.3)
  bool reverse = false;  ///< a reverse-path: `<>` is one, `<postmaster>` is none (RFC 5321 4.1.1.2, 4.1.1.3)
};

namespace detail {

/// `"<" Dot-string "@" Domain ">"` in ASCII and within every limit: one past it. 0 says only that it is another form.
[[nodiscard]] EHLO_HOT constexpr std::size_t scan_plain_path(std::string_view line, std::size_t begin,
                                                             path_range& out) noexcept {
  char const* const text = line.data();
  std::size_t const size = line.size();
  std::size_t i = begin + 1;
  if (begin >= size || text[begin] != '<') return 0;
  for (;; ++i) {
    std::size_t const atom = i;
    while (i != size && has_class(text[i], char_class::atext)) ++i;
    if (i == atom || i == size) return 0;
    if (text[i] != '.') break;
  }
  std::size_t const at = i;
  if (text[at] != '@' || at - begin - 1 > local_part_limit) return 0;
  i = scan_plain_domain(line, at + 1);
  if (i == 0 || i == size) return 0;
  if (text[i] != '>' || i + 1 - begin > path_limit) return 0;
  out = {static_cast<std::uint16_t>(begin),
         static_cast<std::uint16_t>(begin + 1),
         static_cast<std::uint16_t>(at),
         static_cast<std::uint16_t>(i + 1),
         path_kind::mailbox,
         false};
  return i + 1;
}

/// A path in any form, part by part. A part that fails leaves `at` 0.
class path_scanner {
 public:
  constexpr path_scanner(std::string_view line, path_rules rules) noexcept : line_{line}, rules_{rules} {}

  constexpr std::size_t scan(std::size_t begin, path_range& out) noexcept {
    bool const bracket = next_is(begin, '<');
    if (!bracket) used_ = tolerance::missing_brackets;
    std::size_t at = begin + (bracket ? 1U : 0U);
    path_range range{.begin = narrow(begin)};
    if (bracket && next_is(at, '>')) {
      if (!rules_.reverse) return 0;
      range.local = range.at = narrow(at);
    } else {
      if (bracket && next_is(at, '@')) {
        at = skip_source_route(at);
        if (at == 0) return 0;
      }
      range.local = narrow(at);
      at = scan_mailbox(at, range);
      if (at == 0) return 0;
    }
    if (bracket ? !next_is(at, '>') : at != line_.size() && line_[at] != ' ') return 0;
    std::size_t const end = at + (bracket ? 1U : 0U);
    if (end - begin + (bracket ? 0U : 2U) > path_limit) used_ |= tolerance::long_path;
    if (!allows(rules_.allowed, used_)) return 0;
    range.end = narrow(end);
    range.utf8 = utf8_;
    out = range;
    return end;
  }
  [[nodiscard]] constexpr tolerance used() const noexcept { return used_; }

 private:
  static constexpr std::uint16_t narrow(std::size_t position) noexcept { return static_cast<std::uint16_t>(position); }
  [[nodiscard]] constexpr bool next_is(std::size_t at, char c) const noexcept {
    return at < line_.size() && line_[at] == c;
  }

  /// `A-d-l ":"`, which must be accepted and should be ignored (RFC 5321 4.1.2, appendix C).
  constexpr std::size_t skip_source_route(std::size_t at) noexcept {
    for (;;) {
      if (!next_is(at, '@')) return 0;
      at = scan_host(at + 1);
      if (at == 0) return 0;
      if (next_is(at, ':')) return at + 1;
      if (!next_is(at, ',')) return 0;
      ++at;
    }
  }

  constexpr std::size_t scan_host(std::size_t at) noexcept {
    domain_run const domain = scan_domain(line_, at, rules_.allowed);
    used_ |= domain.used;
    utf8_ = utf8_ || domain.utf8;
    return domain.end;
  }

  constexpr std::size_t scan_mailbox(std::size_t at, path_range& range) noexcept {
    local_part_run const local = scan_local_part(line_, at, rules_.allowed);
    if (local.end == 0) return 0;
    used_ |= local.used;
    utf8_ = utf8_ || local.utf8;
    if (local.end - at > local_part_limit) used_ |= tolerance::long_path;
    range.at = narrow(local.end);
    if (!next_is(local.end, '@')) return scan_postmaster(at, local.end, range);
    if (next_is(local.end + 1, '[')) {
      address_literal literal;
      range.kind = path_kind::literal;
      std::size_t const end = scan_address_literal(line_, local.end + 1, literal);
      return end - local.end - 1 > domain_limit ? 0 : end;
    }
    range.kind = path_kind::mailbox;
    return scan_host(local.end + 1);
  }

  /// Without a domain there is only the postmaster, in any case (RFC 5321 4.1.1.3).
  constexpr std::size_t scan_postmaster(std::size_t at, std::size_t end, path_range& range) const noexcept {
    bool const routed = at > range.begin + std::size_t{1};
    range.kind = path_kind::postmaster;
    return !rules_.reverse && !routed && equal_ignoring_case(line_.substr(at, end - at), "postmaster") ? end : 0;
  }

  std::string_view line_;
  path_rules rules_;
  tolerance used_ = tolerance::none;
  bool utf8_ = false;
};

[[nodiscard]] EHLO_COLD constexpr std::size_t scan_rare_path(std::string_view line, std::size_t at, path_rules rules,
                                                             path_range& out, tolerance& used, errc& why) noexcept {
  path_scanner scanner{line, rules};
  path_range range;
  std::size_t const end = at < line.size() && line.size() <= 0xFFFF ? scanner.scan(at, range) : 0;
  if (end == 0) {
    why = rules.reverse ? errc::peer_sender : errc::peer_recipient;
    return 0;
  }
  if (range.utf8 && !rules.utf8) {
    why = rules.reverse ? errc::peer_sender_utf8 : errc::peer_recipient_utf8;
    return 0;
  }
  used |= scanner.used();
  out = range;
  return end;
}

}  // namespace detail

/// The path that begins at `at`: one past it, or 0 and why it is none. `used` gains the tolerances that it needed.
/// Octets below 32 and DEL are refused in every form, and so is what is not well-formed UTF-8.
[[nodiscard]] EHLO_HOT constexpr std::size_t parse_path(std::string_view line, std::size_t at, path_rules rules,
                                                        path_range& out, tolerance& used, errc& why) noexcept {
  if (line.size() <= 0xFFFF) {
    std::size_t const end = detail::scan_plain_path(line, at, out);
    if (end != 0) return end;
  }
  return detail::scan_rare_path(line, at, rules, out, used, why);
}

/// The domain, or address literal with its brackets, of a recipient: `a@b`, `<a@b>`, `<@x:a@b>`. By it a host groups
/// the recipients of a message, with same_domain() of dns/name.hpp. Empty: `<postmaster>`, which is local, or no path.
[[nodiscard]] constexpr std::string_view domain_of(std::string_view recipient EHLO_LIFETIMEBOUND) noexcept {
  path_range range;
  tolerance used = tolerance::none;
  errc why = errc::ok;
  if (recipient.empty() || recipient.size() > 0xFFFF) return {};
  std::size_t const end = parse_path(recipient, 0, {lenient, true, false}, range, used, why);
  return end == recipient.size() ? view(recipient, range).domain : std::string_view{};
}

}  // namespace ehlo::inline v0
