// SPDX-License-Identifier: BSL-1.0
// What answers from the DNS mean to an SPF check (RFC 7208 4.4, 4.5, 5.3 to 5.7, 6.2). Where a term asks for several
// names nothing is concluded before all of them are answered, so that the order does not matter.
#pragma once

#include "spf_check.hpp"

namespace ehlo::inline v0::sender {

constexpr errc spf_check_core::answer(dns_question const& asked, dns_answer const& given) noexcept {
  if (done()) return errc::local_order;
  std::size_t index = 0;
  errc const taken = questions_.take(asked, given, index);
  if (taken != errc::ok) return taken;
  switch (topic_) {
    case topic::record: take_record(given); break;
    case topic::exchange: take_exchanges(given); break;
    case topic::pointer: take_pointers(given); break;
    case topic::explanation: take_explanation(given); break;
    default:
      take_addresses(index, given);
      if (!questions_.is_open()) topic_ == topic::pointer_address ? keep_validated() : conclude_addresses();
      break;
  }
  run();
  return errc::ok;
}

constexpr void spf_check_core::take_record(dns_answer const& given) noexcept {
  if (is_failure(given.status)) return finish(spf_result::temperror, spf_problem::dns_failure);
  std::string_view text;
  spf_problem problem = spf_problem::no_record;
  if (given.status == dns_status::records) problem = find_spf_record(given.texts, text);
  if (problem == spf_problem::no_problem) return open_record(text);
  if (problem == spf_problem::many_records) return finish(spf_result::permerror, problem);
  // "none" is for the domain of the identity alone (5.2, 6.1).
  if (depth_ == 0)
    return finish(spf_result::none,
                  given.status == dns_status::nxdomain ? spf_problem::no_such_domain : spf_problem::no_record);
  finish(spf_result::permerror, step_ == step::redirect ? spf_problem::redirect_target : spf_problem::include_target);
}

/// Stores a record behind those that include it; one that is redirected to takes the place of the one before.
constexpr void spf_check_core::open_record(std::string_view text) noexcept {
  std::size_t const below = depth_ - (step_ == step::redirect ? 1U : 0U);
  std::size_t const at = below == 0 ? 0 : frames_[below - 1].end;
  std::string_view const name = target_.view();
  if (text.size() > room_.size() - at || name.size() > room_.size() - at - text.size())
    return finish(spf_result::permerror, spf_problem::record_too_long);
  depth_ = below + 1;
  frame& opened = top();
  opened = {};
  opened.domain = keep(at, name);
  opened.end = at + name.size() + text.size();
  spf_record record;
  spf_problem const problem = parse_spf_record(keep(at + name.size(), text), record);
  if (problem != spf_problem::no_problem) {
    opened.term = record.terms;
    return finish(spf_result::permerror, problem);
  }
  opened.rest = record.terms;
  opened.redirect = record.redirect;
  opened.explanation = record.explanation;
  step_ = step::next_term;
}

constexpr void spf_check_core::take_exchanges(dns_answer const& given) noexcept {
  if (is_failure(given.status)) return finish(spf_result::temperror, spf_problem::dns_failure);
  if (given.status != dns_status::records || given.exchanges.empty()) {
    if (count_void()) matched(false);
    return;
  }
  if (given.exchanges.size() > spf_lookup_limit) return finish(spf_result::permerror, spf_problem::mx_limit);
  std::size_t count = 0;
  for (mx_record const& one : given.exchanges)
    if (is_spf_name(one.exchange)) exchanges_[count++] = domain_name{one.exchange};
  if (count == 0) return matched(false);
  ask_about(topic::exchange_address, address_type(), {exchanges_.data(), count});
}

constexpr void spf_check_core::take_addresses(std::size_t index, dns_answer const& given) noexcept {
  unsigned const bit = 1U << index;
  if (is_failure(given.status)) {
    failed_ |= bit;
  } else if (given.status != dns_status::records || given.addresses.empty()) {
    void_ |= bit;
  } else {
    bool const v4 = client_.address.kind == literal_kind::ipv4;
    std::size_t const bits = topic_ == topic::pointer_address ? (v4 ? 32U : 128U)
                             : v4                             ? term_.ip4_prefix
                                                              : term_.ip6_prefix;
    bool const any = topic_ == topic::address && term_.kind == spf_term_kind::exists;
    for (address_literal const& one : given.addresses)
      if (any || matches_prefix(one, client_.address, bits)) matched_ |= bit;
  }
}

/// "If any address matches, the mechanism matches" (5.4), whatever became of the other names.
constexpr void spf_check_core::conclude_addresses() noexcept {
  if (matched_ != 0) return matched(true);
  if (failed_ != 0) return finish(spf_result::temperror, spf_problem::dns_failure);
  if (void_ == 0 || count_void()) matched(false);
}

/// An error here only means that there is no name, and those of names beyond ten are not looked at (4.6.4, 5.5).
constexpr void spf_check_core::take_pointers(dns_answer const& given) noexcept {
  pointer_count_ = 0;
  bool const in_term = step_ == step::term || step_ == step::redirect;
  bool const found = given.status == dns_status::records && !given.names.empty();
  if (!found && !is_failure(given.status) && in_term && !count_void()) return;
  for (std::size_t i = 0; found && i != given.names.size() && i != spf_lookup_limit; ++i)
    if (is_spf_name(given.names[i])) pointers_[pointer_count_++] = domain_name{given.names[i]};
  pointers_known_ = pointer_count_ == 0;
  if (!pointers_known_) ask_about(topic::pointer_address, address_type(), {pointers_.data(), pointer_count_});
}

/// Of the names of the client those remain that lead back to it (5.5).
constexpr void spf_check_core::keep_validated() noexcept {
  std::size_t const all = pointer_count_;
  pointer_count_ = 0;
  for (std::size_t i = 0; i != all; ++i)
    if ((matched_ >> i & 1U) != 0) pointers_[pointer_count_++] = pointers_[i];
  pointers_known_ = true;
}

/// Anything but one valid text counts as no "exp" at all (6.2).
constexpr void spf_check_core::take_explanation(dns_answer const& given) noexcept {
  std::size_t const at = top().end;
  if (given.status != dns_status::records || given.texts.size() != 1 || !is_explain_string(given.texts[0]) ||
      given.texts[0].size() > room_.size() - at)
    return end();
  explain_string_ = keep(at, given.texts[0]);
  step_ = step::explanation_text;
}

constexpr std::string_view spf_check_core::keep(std::size_t at, std::string_view text) noexcept {
  text_writer out{room_.subspan(at)};
  return out.put(text).written();
}

}  // namespace ehlo::inline v0::sender
