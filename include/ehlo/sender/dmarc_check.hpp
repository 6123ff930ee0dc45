// SPDX-License-Identifier: BSL-1.0
// Whether what SPF and DKIM authenticated is aligned with the domain in From, and what the owner of that domain wants
// done if not (RFC 7489 3.1, 6.6; by option RFC 9989 4.10, 5.3). One question is open at a time, so that the outcome
// depends on the answers alone.
//
//   dmarc_signature const signatures[]{{"example.org", dkim_result::pass}};
//   dmarc_check check{{.from_domain = "example.org", .signatures = signatures}, {.random = number}};
//   while (dns_question const q = check.ask()) check.answer(q, resolver.query(q));
//   check.result(), check.disposition()
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "../base/ascii.hpp"
#include "../base/config.hpp"
#include "../base/text_writer.hpp"
#include "../dns/answer.hpp"
#include "../dns/name.hpp"
#include "../model/errc.hpp"
#include "dkim_result.hpp"
#include "dmarc_record.hpp"
#include "dmarc_result.hpp"
#include "dmarc_walk.hpp"
#include "spf_result.hpp"

namespace ehlo::inline v0::sender {

/// One DKIM signature: its d= and what came of it. Only pass and temperror have an effect.
struct dmarc_signature {
  std::string_view domain{};
  dkim_result result = dkim_result::pass;
};

/// What is known of the message. Domains are A-labels; whatever else stands in one is aligned with nothing. The texts
/// and the signatures are lent until the check is no longer used.
struct dmarc_facts {
  std::string_view from_domain{};  ///< of RFC5322.From: from_domains
  /// What SPF says of the identity MAIL FROM, and the domain of that. Of the null reverse-path that is HELO's
  /// (RFC 7489 4.1, RFC 7208 2.4); where there is a reverse-path, what SPF says of HELO does not count (3.1.2).
  spf_result spf = spf_result::none;
  std::string_view spf_domain{};
  std::span<dmarc_signature const> signatures{};
};

struct dmarc_options {
  dmarc_rules rules = dmarc_rules::rfc7489;
  /// Of rfc7489 only: the organizational domain by a list of public suffixes (3.2), as a text that the given domain, in
  /// lower case, ends with: `example.co.uk` of `a.b.example.co.uk`. Empty: the domain is a public suffix itself, or
  /// nothing is known of it. Without an answer, and without a function, a domain has no record but its own, and relaxed
  /// alignment is strict. libpsl: psl_registrable_domain().
  std::string_view (*organizational_domain)(void* context, std::string_view domain) noexcept = nullptr;
  void* context = nullptr;
  /// Decides which messages are in the sample (pct=; 6.6.4). Another one for each message.
  std::uint64_t random = 0;
};

/// The check of one domain in From. At most one question for the record of the domain and one for that of its
/// organizational domain; with rfc9989 eight for each walk, of From and of each domain that was authenticated and lies
/// below the same organization, and one (A) for whether the domain exists, if np= differs from sp=. About 800 octets.
class dmarc_check {
 public:
  constexpr dmarc_check(dmarc_facts const& facts, dmarc_options const& options) noexcept
      : facts_{facts}, options_{options} {
    std::string_view const from = host_name(facts.from_domain);
    if (from.empty()) {
      finish(dmarc_result::none, dmarc_reason::no_domain);
      return;
    }
    for (std::size_t i = 0; i != from.size(); ++i) author_[i] = to_lower(from[i]);
    author_size_ = from.size();
    if (is_rfc7489()) author_organization_ = organization_of(author());
    if (!open(step::author, author())) take_author({});
  }
  dmarc_check(dmarc_check const&) = delete;
  dmarc_check& operator=(dmarc_check const&) = delete;

  /// The question that can be asked now. Each comes once. None (false): the answer to the one before has to come first,
  /// or the check is done. Its name lives until it is answered.
  [[nodiscard("each question comes once")]] constexpr dns_question ask() noexcept EHLO_LIFETIMEBOUND {
    if (done() || std::exchange(asked_, true)) return {};
    return question();
  }

  /// The answer to the question that was asked. Then there may be another to ask(), or the check is done(). Returns
  /// local_order: it was answered before, or never asked, or the check is done; local_argument: no question of this
  /// check. Then nothing has changed.
  constexpr errc answer(dns_question const& asked, dns_answer const& given) noexcept {
    if (done() || asked.number < number_) return errc::local_order;
    if (asked.number > number_ || asked.type != question().type) return errc::local_argument;
    if (!asked_) return errc::local_order;
    asked_ = false;
    ++number_;
    switch (step_) {
      case step::author: take_author(read(given)); break;
      case step::organization: take_organization(read(given)); break;
      case step::author_walk: take_author_walk(read(given)); break;
      case step::identifier_walk: take_identifier_walk(read(given)); break;
      case step::existence: take_existence(given.status); break;
      case step::done: break;
    }
    return errc::ok;
  }

  /// The host waits no longer: the answer that has not come counts as timeout, and the check is done().
  constexpr void end_waiting() noexcept {
    while (!done()) {
      asked_ = true;
      answer(question(), {.status = dns_status::timeout});
    }
  }

  /// Whether the result is known. What follows is about a check that is done.
  [[nodiscard]] constexpr bool done() const noexcept { return step_ == step::done; }
  [[nodiscard]] constexpr dmarc_result result() const noexcept { return result_; }
  [[nodiscard]] constexpr dmarc_reason reason() const noexcept { return reason_; }
  /// What is to be done with the message (RFC 7489 6.6.2 step 6, 6.6.4): none unless the result is fail.
  [[nodiscard]] constexpr dmarc_policy disposition() const noexcept { return disposition_; }

  /// What the owner asks for: p, sp or np of the record. Of a pass np does not count, since nobody asked whether the
  /// domain exists.
  [[nodiscard]] constexpr dmarc_policy policy() const noexcept { return policy_; }
  /// Where the record is: the domain itself, its organizational domain, or a public suffix. Empty: there is none.
  [[nodiscard]] constexpr std::string_view policy_domain() const noexcept EHLO_LIFETIMEBOUND { return policy_domain_; }
  /// The record, without its texts.
  [[nodiscard]] constexpr dmarc_record const& record() const noexcept EHLO_LIFETIMEBOUND { return record_; }
  /// The domain in From, in lower case.
  [[nodiscard]] constexpr std::string_view from_domain() const noexcept EHLO_LIFETIMEBOUND { return author(); }

  /// Of a pass: by what, and the domain that was authenticated, as it was given. Domains that are equal come before
  /// those that are only of one organization; of the same kind SPF comes first, then the signatures in their order.
  [[nodiscard]] constexpr dmarc_aligned_by aligned_by() const noexcept { return aligned_by_; }
  [[nodiscard]] constexpr std::string_view aligned_domain() const noexcept { return aligned_domain_; }

 private:
  enum class step : std::uint8_t { author, organization, author_walk, identifier_walk, existence, done };
  /// Which identifiers are looked at: those that passed and are equal, those that passed, those that SPF or DKIM could
  /// not settle.
  enum class round : std::uint8_t { equal, passed, unsettled, over };

  static constexpr std::string_view prefix = "_dmarc.";

  /// The DMARC records at a name.
  struct record_set {
    std::size_t count = 0;
    bool failed = false;
    dmarc_record_error error = dmarc_record_error::none;
    dmarc_record record{};
    [[nodiscard]] constexpr detail::dmarc_node node() const noexcept {
      if (count != 1) return detail::dmarc_node::no_record;
      return record.psd == dmarc_psd::yes  ? detail::dmarc_node::record_psd_yes
             : record.psd == dmarc_psd::no ? detail::dmarc_node::record_psd_no
                                           : detail::dmarc_node::record;
    }
  };

  struct identifier {
    std::string_view domain;
    bool strict;
    bool passed;
    bool unsettled;
  };

  /// Without the root's full stop; empty if it cannot be the name of a host.
  [[nodiscard]] static constexpr std::string_view host_name(std::string_view domain) noexcept {
    return is_host_name(domain) ? without_root(domain) : std::string_view{};
  }
  [[nodiscard]] constexpr bool is_rfc7489() const noexcept { return options_.rules == dmarc_rules::rfc7489; }
  [[nodiscard]] constexpr std::string_view author() const noexcept { return {author_.data(), author_size_}; }

  [[nodiscard]] constexpr dns_question question() const noexcept {
    return {step_ == step::existence ? dns_type::a : dns_type::txt, {name_.data(), name_size_}, number_};
  }
  /// Opens the question for the records of a domain. False: its name would be too long for the DNS to have it.
  [[nodiscard]] constexpr bool open(step next, std::string_view domain) noexcept {
    if (domain.size() + prefix.size() > name_.size()) return false;
    step_ = next;
    text_writer name{name_};
    if (next != step::existence) name.put(prefix);
    name_size_ = name.put(domain).written().size();
    return true;
  }
  [[nodiscard]] constexpr record_set read(dns_answer const& given) const noexcept {
    record_set found;
    found.failed = is_failure(given.status);
    if (given.status != dns_status::records) return found;
    for (std::string_view const text : given.texts) {
      if (!is_dmarc_record(text)) continue;
      if (++found.count == 1) found.error = parse_dmarc_record(text, options_.rules, found.record);
    }
    return found;
  }

  constexpr void finish(dmarc_result result, dmarc_reason reason) noexcept {
    step_ = step::done;
    result_ = result;
    reason_ = reason;
  }
  constexpr void finish_without_record() noexcept {
    finish(dmarc_result::none, several_ ? dmarc_reason::several_records : dmarc_reason::no_record);
  }

  // Policy discovery (RFC 7489 6.6.3, RFC 9989 4.10.1).

  constexpr void keep_policy(record_set const& found, std::string_view domain) noexcept {
    record_ = found.record;
    record_.aggregate_reports = record_.failure_reports = record_.failure_options = {};
    record_error_ = found.error;
    policy_domain_ = domain;
  }
  /// The record is the one to apply.
  constexpr void apply_policy() noexcept {
    if (record_error_ != dmarc_record_error::none) return finish(dmarc_result::permerror, dmarc_reason::bad_record);
    policy_ = is_own_policy() ? record_.policy : record_.subdomain_policy;
    align();
  }
  [[nodiscard]] constexpr bool is_own_policy() const noexcept { return policy_domain_.size() == author_size_; }

  constexpr void take_author(record_set const& found) noexcept {
    if (found.failed) return finish(dmarc_result::temperror, dmarc_reason::lookup_failed);
    several_ = found.count > 1;
    if (is_rfc7489() && several_) return finish_without_record();
    met_.note(author(), author(), found.node());
    if (found.count == 1) {
      keep_policy(found, author());
      return apply_policy();
    }
    if (!is_rfc7489()) return walk_author();
    bool const other = !author_organization_.empty() && author_organization_.size() != author_size_;
    if (!other || !open(step::organization, author_organization_)) finish_without_record();
  }
  constexpr void take_organization(record_set const& found) noexcept {
    if (found.failed) return finish(dmarc_result::temperror, dmarc_reason::lookup_failed);
    several_ = found.count > 1;
    if (found.count != 1) return finish_without_record();
    keep_policy(found, author_organization_);
    apply_policy();
  }

  /// Walks from the domain in From: for its policy, or for its organization only.
  constexpr void walk_author() noexcept {
    walk_ = detail::dmarc_walk{author()};
    go_on_with_author();
  }
  constexpr void go_on_with_author() noexcept {
    if (asks_on_walk(step::author_walk)) return;
    author_organization_ = walk_.organization();
    if (is_own_policy()) return align();
    policy_domain_.empty() ? finish_without_record() : apply_policy();
  }
  constexpr void take_author_walk(record_set const& found) noexcept {
    if (found.failed) return finish(dmarc_result::temperror, dmarc_reason::lookup_failed);
    several_ = several_ || found.count > 1;
    std::string_view const target = walk_.target();
    met_.note(author(), target, found.node());
    walk_.take(found.node());
    // The record of the organization, or else of the public suffix above it; of those below it none (4.10.1).
    bool const known = found.node() == detail::dmarc_node::record_psd_yes && policy_domain_ == walk_.organization();
    if (found.count == 1 && !is_own_policy() && !known) keep_policy(found, target);
    go_on_with_author();
  }

  /// Goes on with the walk as far as that needs no question. True: there is a question now.
  [[nodiscard]] constexpr bool asks_on_walk(step which) noexcept {
    while (!walk_.target().empty()) {
      detail::dmarc_node there = met_.at(author(), walk_.target());
      if (there == detail::dmarc_node::unknown) {
        if (open(which, walk_.target())) return true;
        there = detail::dmarc_node::no_record;
      }
      walk_.take(there);
    }
    return false;
  }

  // Identifier alignment (RFC 7489 3.1, RFC 9989 4.10.2).

  /// SPF's is number 0; behind it are those of the signatures.
  [[nodiscard]] constexpr identifier identifier_at(std::size_t index) const noexcept {
    if (index == 0)
      return {host_name(facts_.spf_domain), record_.spf_alignment == dmarc_alignment::strict,
              facts_.spf == spf_result::pass, facts_.spf == spf_result::temperror};
    dmarc_signature const& one = facts_.signatures[index - 1];
    return {host_name(one.domain), record_.dkim_alignment == dmarc_alignment::strict, one.result == dkim_result::pass,
            one.result == dkim_result::temperror};
  }
  /// Looks at one identifier after the other, until one is aligned or there is a question.
  constexpr void align() noexcept {
    for (; round_ != round::over; round_ = static_cast<round>(static_cast<unsigned>(round_) + 1), next_ = 0)
      for (; next_ <= facts_.signatures.size(); ++next_) {
        identifier const one = identifier_at(next_);
        if (!(round_ == round::unsettled ? one.unsettled : one.passed) || one.domain.empty()) continue;
        if (same_domain(one.domain, author())) return take_aligned();
        if (round_ == round::equal || one.strict) continue;
        if (is_rfc7489()) {
          std::string_view const organization = organization_of(one.domain);
          if (!organization.empty() && same_domain(organization, author_organization_)) return take_aligned();
          continue;
        }
        if (walk_identifier(one.domain)) return;
      }
    fail();
  }
  /// True: it is aligned, or there is a question.
  [[nodiscard]] constexpr bool walk_identifier(std::string_view domain) noexcept {
    // Nothing without a label in common has the same organization.
    if (!is_within(domain, detail::last_labels(author(), 1))) return false;
    if (author_organization_.empty()) {
      walk_author();
      return true;
    }
    if (!is_within(domain, author_organization_)) return false;
    walk_ = detail::dmarc_walk{domain};
    if (asks_on_walk(step::identifier_walk)) return true;
    if (!same_domain(walk_.organization(), author_organization_)) return false;
    take_aligned();
    return true;
  }
  constexpr void take_identifier_walk(record_set const& found) noexcept {
    if (!found.failed) {
      walk_.take(found.node());
      if (asks_on_walk(step::identifier_walk)) return;
      if (same_domain(walk_.organization(), author_organization_)) return take_aligned();
    }
    unsettled_ = unsettled_ || found.failed;
    ++next_;
    align();
  }
  constexpr void take_aligned() noexcept {
    if (round_ == round::unsettled) return finish(dmarc_result::temperror, dmarc_reason::identifier_failed);
    aligned_by_ = next_ == 0 ? dmarc_aligned_by::spf : dmarc_aligned_by::dkim;
    aligned_domain_ = identifier_at(next_).domain;
    finish(dmarc_result::pass, dmarc_reason::aligned);
  }
  /// By the host's list; empty if nothing is known, or nothing that could be so.
  [[nodiscard]] constexpr std::string_view organization_of(std::string_view domain) const noexcept {
    if (options_.organizational_domain == nullptr) return {};
    std::array<char, longest_name> room{};
    for (std::size_t i = 0; i != domain.size(); ++i) room[i] = to_lower(domain[i]);
    std::string_view const found =
        options_.organizational_domain(options_.context, std::string_view{room.data(), domain.size()});
    return is_within(domain, found) ? domain.substr(domain.size() - found.size()) : std::string_view{};
  }

  // Policy (RFC 7489 6.6.2 step 6, 6.6.4, RFC 9989 4.7).

  constexpr void fail() noexcept {
    if (unsettled_) return finish(dmarc_result::temperror, dmarc_reason::lookup_failed);
    bool const np_counts = !is_rfc7489() && !is_own_policy() && record_.nonexistent_policy != policy_;
    if (!np_counts || !open(step::existence, author())) dispose();
  }
  constexpr void take_existence(dns_status status) noexcept {
    if (is_failure(status)) return finish(dmarc_result::temperror, dmarc_reason::lookup_failed);
    if (status == dns_status::nxdomain) policy_ = record_.nonexistent_policy;
    dispose();
  }
  constexpr void dispose() noexcept {
    bool const selected = options_.random % 100 < record_.percent;
    disposition_ = policy_;
    finish(dmarc_result::fail, dmarc_reason::policy);
    if (policy_ == dmarc_policy::none || (selected && !record_.testing)) return;
    reason_ = selected ? dmarc_reason::testing : dmarc_reason::sampled_out;
    disposition_ = policy_ == dmarc_policy::reject ? dmarc_policy::quarantine : dmarc_policy::none;
  }

  dmarc_facts facts_;
  dmarc_options options_;
  std::array<char, longest_name> author_{};
  std::array<char, longest_name> name_{};
  std::size_t author_size_ = 0;
  std::size_t name_size_ = 0;
  std::size_t next_ = 0;
  std::string_view author_organization_{};
  std::string_view policy_domain_{};
  std::string_view aligned_domain_{};
  dmarc_record record_{};
  detail::dmarc_walk walk_{};
  detail::dmarc_nodes met_{};
  std::uint16_t number_ = 0;
  step step_ = step::author;
  round round_ = round::equal;
  dmarc_record_error record_error_ = dmarc_record_error::none;
  dmarc_result result_ = dmarc_result::none;
  dmarc_reason reason_ = dmarc_reason::open;
  dmarc_policy policy_ = dmarc_policy::none;
  dmarc_policy disposition_ = dmarc_policy::none;
  dmarc_aligned_by aligned_by_ = dmarc_aligned_by::nothing;
  bool asked_ = false;
  bool several_ = false;
  bool unsettled_ = false;
};

}  // namespace ehlo::inline v0::sender
