// SPDX-License-Identifier: BSL-1.0
// The domain of the author: what DMARC protects, out of the From field (RFC 7489 6.6.1). Addresses are read in every
// form of RFC 5322 3.4 and 4.4, with groups (RFC 6854) and UTF-8 (RFC 6532), in one pass without recursion.
//
//   from_domains const from{header};
//   if (from.outcome() == from_outcome::one_domain) check(from.domain());
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/config.hpp"
#include "../base/enum_name.hpp"
#include "../dns/name.hpp"
#include "../dns/u_label.hpp"
#include "address_list.hpp"
#include "header_block.hpp"
#include "lenient_domain.hpp"
#include "loose_fields.hpp"

namespace ehlo::inline v0::sender {

/// What was found of From. Only the first is a message that DMARC was made for; RFC 7489 6.6.1 leaves the others to the
/// receiver and tells what became usual.
enum class from_outcome : std::uint8_t {
  one_domain,       ///< one field, and all its addresses are of one domain
  no_field,         ///< there is no From, which RFC 5322 3.6 requires: usually refused
  repeated_field,   ///< several From fields, where one is allowed: readers differ in which they show; usually refused
  malformed,        ///< readers differ in what they make of it: not the grammar, a route, a domain that looks like
                    ///< another, lines that are a From to some readers only; or a header too long to keep
  no_domain,        ///< an empty group, or only address literals: nothing that could have a policy
  several_domains,  ///< one field with addresses of several domains
};

inline constexpr std::array<std::string_view, 6> from_outcome_names{"one domain",     "no From",   "repeated From",
                                                                    "malformed From", "no domain", "several domains"};

/// For logs: `repeated From`.
[[nodiscard]] constexpr std::string_view name(from_outcome outcome) noexcept {
  return enum_name(from_outcome_names, outcome);
}

/// So many different domains are kept; a message with one author needs one.
inline constexpr std::size_t most_from_domains = 8;

/// The domains of From. Where there are several, of one field or more, the way of RFC 7489 6.6.1 is a check for each
/// of them, and the strictest disposition of those that come to something: what a reader could be shown as the author
/// is then never less protected than if it stood alone. So of a malformed field everything is listed that a lenient
/// reader could take for a domain: whatever follows an `@`, in quotes and comments too. Where that is nothing that can
/// be listed, it is left_out().
class from_domains {
 public:
  /// No field yet: take() them.
  constexpr from_domains() noexcept = default;
  /// All From fields of a header that is complete. Nothing is kept of the header.
  constexpr explicit from_domains(header_block_core const& header) noexcept
      : malformed_{header.too_long()}, left_out_{header.too_long()} {
    for (header_field const& field : header.fields())
      if (equal_ignoring_case(field.name, "From"))
        take(field.value);
      else if (!is_well_formed(field))
        take_loose(field.raw);
  }

  /// The value of one more From field: what stands behind the colon, folded or not.
  constexpr void take(std::string_view value) noexcept {
    ++fields_;
    detail::address_list list{value};
    std::array<char, longest_name> room{};
    while (list.next(room)) keep(list.domain());
    if (!list.malformed() && !list.routed()) return;
    malformed_ = true;
    for (std::size_t at = value.find('@'); at != std::string_view::npos; at = value.find('@', at + 1))
      keep_lenient(value.substr(at + 1));
  }

  [[nodiscard]] constexpr from_outcome outcome() const noexcept {
    if (malformed_) return from_outcome::malformed;
    if (fields_ == 0) return from_outcome::no_field;
    if (fields_ > 1) return from_outcome::repeated_field;
    if (size_ == 0) return from_outcome::no_domain;
    return size_ == 1 ? from_outcome::one_domain : from_outcome::several_domains;
  }

  /// The domain, as it is written there; empty unless the outcome is one_domain. It may have U-labels (RFC 6532), which
  /// have to become A-labels before the DNS is asked (RFC 7489 6.6.1): a_label.hpp. Lives as long as this object.
  [[nodiscard]] constexpr std::string_view domain() const& noexcept EHLO_LIFETIMEBOUND {
    return outcome() == from_outcome::one_domain ? domains_[0].view() : std::string_view{};
  }
  constexpr std::string_view domain() const&& = delete;

  /// The domains, each once, in the order in which they stand there: those of all fields.
  [[nodiscard]] constexpr std::span<domain_name const> all() const& noexcept EHLO_LIFETIMEBOUND {
    return std::span{domains_}.first(size_);
  }
  constexpr std::span<domain_name const> all() const&& = delete;

  /// There are more domains than all(): more than are kept, or something behind an `@` that is none to us and may be
  /// one to others, or a header that was too long.
  [[nodiscard]] constexpr bool left_out() const noexcept { return left_out_; }

 private:
  /// Lines that are a From to some readers only.
  constexpr void take_loose(std::string_view raw) noexcept {
    detail::loose_fields lines{raw, "From"};
    for (std::string_view value; lines.next(value); malformed_ = true) take(value);
  }
  /// What stands behind an `@`.
  constexpr void keep_lenient(std::string_view text) noexcept {
    std::string_view const plain = detail::lenient_domain(text);
    detail::squeezed_domain const squeezed{text};
    left_out_ = left_out_ || !squeezed.readable() || (plain.empty() && squeezed.text().empty());
    keep(plain);
    keep(squeezed.text());
  }
  constexpr void keep(std::string_view domain) noexcept {
    if (domain.empty()) return;
    if (!has_only_plain_letters(domain)) {
      malformed_ = left_out_ = true;
      return;
    }
    for (domain_name const& known : all())
      if (same_domain(known.view(), domain)) return;
    if (size_ == domains_.size()) {
      left_out_ = true;
      return;
    }
    domains_[size_++] = domain_name{domain};
  }

  std::array<domain_name, most_from_domains> domains_{};
  std::size_t size_ = 0;
  std::size_t fields_ = 0;
  bool malformed_ = false;
  bool left_out_ = false;
};

}  // namespace ehlo::inline v0::sender
