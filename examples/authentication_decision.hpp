// SPDX-License-Identifier: BSL-1.0
// What becomes of a message whose sender was checked, by the rules of `--authenticate enforce`.
//
// The owner of the domain in From decides, by DMARC (RFC 7489 6.6). Where several domains stand there, the strictest
// of them does (6.6.1). What RFC 7489 and RFC 7208 leave to the receiver is decided so:
// - Without From, without a domain in it that the DNS could have, or with more domains than are looked at, nobody can
//   decide: 550 5.7.1. 6.6.1 tells of receivers that let pass what names no domain, as an empty group does; but then a
//   `From: service@` or a `From: Your Bank` is all that it takes to get past every policy.
// - Where the policy cannot be had, or would count and SPF or DKIM has failed for now, the client is to come back
//   (6.6.2, 6.6.3): 451 4.4.3, or where it is SPF 4.7.24 (RFC 7372 3.2).
// - SPF's `fail` counts alone where no domain in From has a policy, and no signature is valid, as it would be of a
//   message that was forwarded: 550 5.7.23 (RFC 7208 8.4, RFC 7372 3.2); or 451 4.4.3 while one of them cannot be
//   verified for want of its key. SPF's other results refuse nothing.
// - A signature that passes counts even if its key says t=y. RFC 6376 3.6.1 has it treated like none; but that tag
// stays
//   in records for years, and nobody refuses for it what its owner has signed.
// - Where the address of the client is not known, SPF has nothing to go by, and nothing is refused.
#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "authentication.hpp"
#include "ehlo/model/reply.hpp"

namespace serve {

struct decision {
  ehlo::reply_code code;  ///< 0: it is not refused
  ehlo::enhanced_code status;
  std::string why;
  bool junk = false;  ///< it is stored where nobody looks first
};

/// Whether somebody is named as the author whose domain can be asked.
inline bool has_author(authentication const& all) {
  auto const cannot_be_asked = [](sender::dmarc_check const& one) {
    return one.reason() == sender::dmarc_reason::no_domain;
  };
  return !all.from().left_out() && !all.dmarc().empty() &&
         std::none_of(all.dmarc().begin(), all.dmarc().end(), cannot_be_asked);
}

/// Where SPF's `fail` is all there is. The explanation is the domain's, and said to be (RFC 7208 8.4).
inline decision refuse_by_spf(authentication const& all) {
  auto const some_signature_is = [&all](sender::dkim_result result) {
    auto const signatures = all.dkim().signatures();
    return std::any_of(signatures.begin(), signatures.end(), [=](auto const& one) { return one.result == result; });
  };
  if (some_signature_is(sender::dkim_result::pass)) return {};
  if (some_signature_is(sender::dkim_result::temperror))
    return {451, {4, 4, 3}, "the DNS does not say whether the signatures are valid"};
  std::string why = "SPF: the domain of the sender does not allow this client";
  if (!all.spf().explanation().empty()) why.append("; it explains: ").append(all.spf().explanation());
  return {550, {5, 7, 23}, std::move(why)};
}

/// Once everything is known.
inline decision decide(authentication const& all) {
  using enum sender::dmarc_result;
  if (all.origin().address.kind == ehlo::literal_kind::none) return {};
  if (!has_author(all)) return {550, {5, 7, 1}, "From has to name an author"};
  decision outcome;
  bool has_policy = false;
  for (sender::dmarc_check const& one : all.dmarc()) {
    if (one.disposition() == sender::dmarc_policy::reject)
      return {550, {5, 7, 1}, "rejected per the DMARC policy of " + std::string{one.policy_domain()}};
    has_policy = has_policy || one.result() == pass || one.result() == fail || one.result() == temperror;
    bool const unknown = one.result() == temperror && one.reason() == sender::dmarc_reason::lookup_failed;
    if (unknown || (one.result() == temperror && one.policy() != sender::dmarc_policy::none)) {
      bool const by_spf = !unknown && all.spf().result() == sender::spf_result::temperror;
      outcome = {451, by_spf ? ehlo::enhanced_code{4, 7, 24} : ehlo::enhanced_code{4, 4, 3},
                 "the DNS does not say who may send for " + std::string{one.from_domain()}};
    }
    outcome.junk = outcome.junk || one.disposition() == sender::dmarc_policy::quarantine;
  }
  bool const spf_alone = !outcome.code && !has_policy && all.spf().result() == sender::spf_result::fail;
  return spf_alone ? refuse_by_spf(all) : outcome;
}

}  // namespace serve
