// SPDX-License-Identifier: BSL-1.0
// One hash of the body (RFC 6376 3.7, step 1), for all signatures of a message with the same canonicalization and l=.
#pragma once

#include <cstdint>
#include <string_view>

#include "../base/config.hpp"
#include "dkim_body.hpp"
#include "dkim_canonicalization.hpp"
#include "dkim_functions.hpp"
#include "dkim_hash.hpp"
#include "dkim_problem.hpp"
#include "dkim_signature.hpp"

namespace ehlo::inline v0::sender::detail::inline EHLO_ISA {

class dkim_body_hash {
 public:
  dkim_body_hash() noexcept = default;
  explicit dkim_body_hash(dkim_signature const& of) noexcept : canonicalizer_{of.body, limit(of)} {}

  [[nodiscard]] bool is_of(dkim_signature const& signature) const noexcept {
    return canonicalizer_.how() == signature.body && canonicalizer_.limit() == limit(signature);
  }

  void take(std::string_view piece, dkim_functions const& f, unsigned state) noexcept {
    canonicalizer_.take(piece, [&](std::string_view octets) noexcept { hash_.put(f, state, octets); });
  }
  void end(dkim_functions const& f, unsigned state) noexcept {
    canonicalizer_.end([&](std::string_view octets) noexcept { hash_.put(f, state, octets); });
    digest_known_ = hash_.end(f, state, digest_);
  }

  // Once it has ended.

  /// How many octets of the canonical body lie behind the limit.
  [[nodiscard]] std::uint64_t unsigned_octets() const noexcept {
    return canonicalizer_.size() > canonicalizer_.limit() ? canonicalizer_.size() - canonicalizer_.limit() : 0;
  }
  /// Whether the body is what the signature says. Octets behind the limit are not looked at here.
  [[nodiscard]] dkim_problem check(dkim_signature const& signature) const noexcept {
    if (!digest_known_) return dkim_problem::function_failed;
    if (signature.has_length && canonicalizer_.size() < signature.length) return dkim_problem::body_too_short;
    return digest_ == signature.body_hash ? dkim_problem::none : dkim_problem::body_hash_mismatch;
  }

 private:
  [[nodiscard]] static std::uint64_t limit(dkim_signature const& of) noexcept {
    return of.has_length ? of.length : dkim_body_canonicalizer::no_limit;
  }

  dkim_body_canonicalizer canonicalizer_{dkim_canonicalization::simple};
  dkim_hash hash_{};
  dkim_hash::digest digest_{};
  bool digest_known_ = false;
};

}  // namespace ehlo::inline v0::sender::detail::inline EHLO_ISA
