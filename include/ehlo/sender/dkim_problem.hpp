// SPDX-License-Identifier: BSL-1.0
// Why a DKIM signature did not pass, and which result that is (RFC 6376 6.1, RFC 8301, RFC 8601 2.7.1): neutral, the
// signature itself is not as it should be; permerror, it or its key breaks a rule; policy, it is refused by a rule that
// a verifier may have; fail, it does not belong to this message.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dkim_result.hpp"

namespace ehlo::inline v0::sender {

enum class dkim_problem : std::uint8_t {
  none,
  // The text of the signature.
  syntax,
  duplicate_tag,
  missing_tag,
  version,
  algorithm,
  signature_data,
  body_hash_data,
  canonicalization,
  domain,
  signed_fields,
  identity,
  body_length,
  query_method,
  selector,
  time,
  expiration,
  too_many_fields,
  // What it says.
  rsa_sha1,
  identity_domain,
  expiration_order,
  from_not_signed,
  no_from,
  from_added,
  malformed_header,
  in_future,
  expired,
  // Its key. Of several records of which none verifies it, the problem that stands last here counts.
  key_unavailable,
  no_key,
  key_syntax,
  key_version,
  key_service,
  key_hash,
  key_type,
  key_revoked,
  key_identity,
  key_data,
  key_too_small,
  key_too_large,
  // The message.
  signature_mismatch,
  function_failed,
  body_too_short,
  body_hash_mismatch,
  unsigned_content,
};

struct dkim_problem_info {
  dkim_problem what;
  std::string_view name;
  dkim_result result;
  std::string_view message;
};

inline constexpr std::array<dkim_problem_info, 44> dkim_problem_table{{
    {dkim_problem::none, "none", dkim_result::pass, "the signature was verified"},
    {dkim_problem::syntax, "syntax", dkim_result::neutral, "the signature is no list of tags"},
    {dkim_problem::duplicate_tag, "duplicate_tag", dkim_result::neutral, "a tag of the signature comes twice"},
    {dkim_problem::missing_tag, "missing_tag", dkim_result::neutral, "the signature lacks a required tag"},
    {dkim_problem::version, "version", dkim_result::neutral, "v= is not 1"},
    {dkim_problem::algorithm, "algorithm", dkim_result::neutral, "a= is an unknown algorithm"},
    {dkim_problem::signature_data, "signature_data", dkim_result::neutral, "b= is no base64"},
    {dkim_problem::body_hash_data, "body_hash_data", dkim_result::neutral, "bh= is no digest in base64"},
    {dkim_problem::canonicalization, "canonicalization", dkim_result::neutral, "c= is unknown"},
    {dkim_problem::domain, "domain", dkim_result::neutral, "d= is no domain name"},
    {dkim_problem::signed_fields, "signed_fields", dkim_result::neutral, "h= is no list of field names"},
    {dkim_problem::identity, "identity", dkim_result::neutral, "i= is no identity"},
    {dkim_problem::body_length, "body_length", dkim_result::neutral, "l= is no number"},
    {dkim_problem::query_method, "query_method", dkim_result::neutral, "q= has no method that is known"},
    {dkim_problem::selector, "selector", dkim_result::neutral, "s= is no selector"},
    {dkim_problem::time, "time", dkim_result::neutral, "t= is no time"},
    {dkim_problem::expiration, "expiration", dkim_result::neutral, "x= is no time"},
    {dkim_problem::too_many_fields, "too_many_fields", dkim_result::neutral, "too many fields, or names in h="},
    {dkim_problem::rsa_sha1, "rsa_sha1", dkim_result::permerror, "rsa-sha1 is no longer allowed"},
    {dkim_problem::identity_domain, "identity_domain", dkim_result::permerror, "i= is not within d="},
    {dkim_problem::expiration_order, "expiration_order", dkim_result::permerror, "x= is not later than t="},
    {dkim_problem::from_not_signed, "from_not_signed", dkim_result::permerror, "From is not signed"},
    {dkim_problem::no_from, "no_from", dkim_result::permerror, "the message has no From"},
    {dkim_problem::from_added, "from_added", dkim_result::policy, "the message has a From that is not signed"},
    {dkim_problem::malformed_header, "malformed_header", dkim_result::policy,
     "the header has lines that are no fields"},
    {dkim_problem::in_future, "in_future", dkim_result::policy, "the signature is from the future"},
    {dkim_problem::expired, "expired", dkim_result::policy, "the signature has expired"},
    {dkim_problem::key_unavailable, "key_unavailable", dkim_result::temperror, "the key could not be had"},
    {dkim_problem::no_key, "no_key", dkim_result::permerror, "there is no key"},
    {dkim_problem::key_syntax, "key_syntax", dkim_result::permerror, "the key record is malformed"},
    {dkim_problem::key_version, "key_version", dkim_result::permerror, "the key record is of another version"},
    {dkim_problem::key_service, "key_service", dkim_result::permerror, "the key is not for mail"},
    {dkim_problem::key_hash, "key_hash", dkim_result::permerror, "the key is not for this hash algorithm"},
    {dkim_problem::key_type, "key_type", dkim_result::permerror, "the key is not for this signature algorithm"},
    {dkim_problem::key_revoked, "key_revoked", dkim_result::permerror, "the key was revoked"},
    {dkim_problem::key_identity, "key_identity", dkim_result::permerror, "the key is for no subdomain in i="},
    {dkim_problem::key_data, "key_data", dkim_result::permerror, "the key cannot be used"},
    {dkim_problem::key_too_small, "key_too_small", dkim_result::policy, "the key has less than 1024 bits"},
    {dkim_problem::key_too_large, "key_too_large", dkim_result::policy, "the key has more than 4096 bits"},
    {dkim_problem::signature_mismatch, "signature_mismatch", dkim_result::fail, "the signature did not verify"},
    {dkim_problem::function_failed, "function_failed", dkim_result::temperror, "it could not be computed"},
    {dkim_problem::body_too_short, "body_too_short", dkim_result::fail, "the body is shorter than l="},
    {dkim_problem::body_hash_mismatch, "body_hash_mismatch", dkim_result::fail, "the body hash did not verify"},
    {dkim_problem::unsigned_content, "unsigned_content", dkim_result::policy, "the body goes on behind l="},
}};

[[nodiscard]] constexpr dkim_problem_info const& info(dkim_problem p) noexcept {
  return dkim_problem_table[static_cast<std::size_t>(p)];
}
[[nodiscard]] constexpr std::string_view name(dkim_problem p) noexcept { return info(p).name; }
/// A few words for logs and for `reason=` (RFC 8601 2.2).
[[nodiscard]] constexpr std::string_view message(dkim_problem p) noexcept { return info(p).message; }
[[nodiscard]] constexpr dkim_result result_of(dkim_problem p) noexcept { return info(p).result; }

static_assert(
    [] {
      for (std::size_t i = 0; i != dkim_problem_table.size(); ++i)
        if (static_cast<std::size_t>(dkim_problem_table[i].what) != i) return false;
      return true;
    }(),
    "the rows stand in the order of the enumeration");

}  // namespace ehlo::inline v0::sender
