// SPDX-License-Identifier: BSL-1.0
// What a verifier says of one DKIM signature (RFC 6376 3.9, 6.2).
#pragma once

#include <cstdint>
#include <string_view>

#include "dkim_functions.hpp"
#include "dkim_problem.hpp"
#include "dkim_result.hpp"

namespace ehlo::inline v0::sender {

/// The texts are views of the header and of the verifier, and empty where they could not be read.
struct dkim_verdict {
  dkim_result result = dkim_result::none;  ///< none: not known yet
  dkim_problem why = dkim_problem::none;   ///< the result is result_of(why), once there is one
  std::string_view domain{};               ///< d=, whose signature it is; with A-labels if the signature is well-formed
  std::string_view selector{};             ///< s=
  /// i= as it is written: dkim-quoted-printable, possibly folded. Empty: there is none, so it is `@` and d=.
  std::string_view identity{};
  std::string_view signature{};  ///< b= as it is written, possibly folded, to tell signatures apart (RFC 6008 4)
  dkim_algorithm algorithm = dkim_algorithm::rsa_sha256;  ///< a=
  std::uint32_t key_bits = 0;  ///< of the key that was tried; 0: none was, or its size could not be read
  /// The key says t=y: whoever signs is testing, and the message may not be treated otherwise than without this
  /// signature (RFC 6376 3.6.1). The result is what it would be without.
  bool testing = false;
  bool partial = false;               ///< there is l=: only the beginning of the body is signed
  std::uint64_t unsigned_octets = 0;  ///< how many octets of the canonical body lie behind it, once the body has ended
};

}  // namespace ehlo::inline v0::sender
