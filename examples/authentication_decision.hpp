// SPDX-License-Identifier: BSL-1.0
// What becomes of a message whose sender was checked, by the rules of `--authenticate enforce`.
//
// The owner of the domain in From decides, by DMARC (RFC 7489 6.6). Where several domains stand there, the strictest
// of them does (6.6.1). What RFC 7489 and RFC 7208 leave to the receiver is decided so:
// - Without From, or with more domains in it than are looked at, nobody can decide: 550 5.7.1.
// - Where the policy cannot be had, or would count and SPF or DKIM has failed for now, the client is to come back
//   (6.6.2, 6.6.3): 451 4.4.3, or where it is SPF 4.7.24 (RFC 7372 3.2).
// - SPF's `fail` counts alone where no domain in From has a policy, and no signature is valid, as it would be of a
//   message that was forwarded: 550 5.7.23 (RFC 7208 8.4, RFC 7372 3.2). Its other results refuse nothing.
// - Where the address of the client is not known, SPF has nothing to go by, and nothing is refused.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "authentication.hpp"
#include "ehlo/model/reply.hpp"

namespace serve {

struct decision {
  ehlo::reply_code code;  ///< 0: it is not refused
  ehlo::enhanced_code status;
  std::string why;
  bool junk = false;  ///< it is stored where nobody looks first
};

/// Where SPF's `fail` is all there is. The explanation is the domain's, and said to be (RFC 7208 8.4).
inline decision refuse_by_spf(sender::spf_check const& spf) {
  std::string why = "SPF: the domain of the sender does not allow this client";
  if (!spf.explanation().empty()) why.append("; it explains: ").append(spf.explanation());
  return {550, {5, 7, 23}, std::move(why)};
}

/// Once everything is known.
inline decision decide(authentication const& all) {
  using enum sender::dmarc_result;
  if (all.origin().address.kind == ehlo::literal_kind::none) return {};
  if (all.from().outcome() == sender::from_outcome::no_field || all.from().left_out())
    return {550, {5, 7, 1}, "From has to name an author"};
  decision outcome;
  bool has_policy = false;
  for (sender::dmarc_check const& one : all.dmarc()) {
    has_policy = has_policy || one.result() == pass || one.result() == fail;
    if (one.disposition() == sender::dmarc_policy::reject)
      return {550, {5, 7, 1}, "rejected per the DMARC policy of " + std::string{one.policy_domain()}};
    bool const unknown = one.result() == temperror && one.reason() == sender::dmarc_reason::lookup_failed;
    if (unknown || (one.result() == temperror && one.policy() != sender::dmarc_policy::none)) {
      bool const by_spf = !unknown && all.spf().result() == sender::spf_result::temperror;
      outcome = {451, by_spf ? ehlo::enhanced_code{4, 7, 24} : ehlo::enhanced_code{4, 4, 3},
                 "the DNS does not say who may send for " + std::string{one.from_domain()}};
    }
    outcome.junk = outcome.junk || one.disposition() == sender::dmarc_policy::quarantine;
  }
  if (outcome.code || has_policy || all.spf().result() != sender::spf_result::fail) return outcome;
  auto const valid = [](sender::dkim_verdict const& one) { return one.result == sender::dkim_result::pass; };
  bool const is_signed = std::any_of(all.dkim().signatures().begin(), all.dkim().signatures().end(), valid);
  return is_signed ? outcome : refuse_by_spf(all.spf());
}

}  // namespace serve
