// SPDX-License-Identifier: BSL-1.0
// The header of a message against one signature and the key records that the DNS gave for it (RFC 6376 6.1.2, 6.1.3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../grammar/decoded.hpp"
#include "dkim_canonicalization.hpp"
#include "dkim_functions.hpp"
#include "dkim_hash.hpp"
#include "dkim_key.hpp"
#include "dkim_problem.hpp"
#include "dkim_signature.hpp"
#include "dkim_signed_fields.hpp"
#include "dkim_verdict.hpp"
#include "folded_base64.hpp"
#include "header_block.hpp"

namespace ehlo::inline v0::sender::detail {

/// What a check works with; all of it lives longer than the check.
struct dkim_header_check_input {
  dkim_functions const& functions;
  unsigned hash_state;
  header_fields fields;
  std::string_view own_field;
  dkim_signature const& signature;
};

class dkim_header_check {
 public:
  explicit dkim_header_check(dkim_header_check_input const& input) noexcept : in_{input} {}

  /// Tries the records until one verifies the signature, `most` of them with the public-key function. Otherwise the
  /// problem of the one that came furthest. What is known of that key goes into the verdict.
  [[nodiscard]] dkim_problem run(std::span<std::string_view const> records, unsigned most,
                                 dkim_verdict& verdict) noexcept {
    dkim_problem furthest = dkim_problem::no_key;
    for (std::string_view const record : records) {
      if (verified_ == most) break;
      dkim_key key;
      std::uint32_t bits = 0;
      dkim_problem const p = try_record(record, key, bits);
      if (p != dkim_problem::none && p <= furthest) continue;
      furthest = p;
      verdict.testing = key.testing;
      verdict.key_bits = bits;
      if (p == dkim_problem::none) break;
    }
    return furthest;
  }

 private:
  /// In the order of the steps of 6.1.2.
  dkim_problem try_record(std::string_view record, dkim_key& key, std::uint32_t& bits) noexcept {
    if (dkim_problem const p = parse_dkim_key(record, key); p != dkim_problem::none) return p;
    if (!key.mail) return dkim_problem::key_service;
    if (!key.sha256) return dkim_problem::key_hash;
    if (key.data.empty()) return dkim_problem::key_revoked;
    if (!fits(key.type, in_.signature.algorithm)) return dkim_problem::key_type;
    if (key.no_subdomains && in_.signature.in_subdomain) return dkim_problem::key_identity;
    std::array<char, dkim_key_room> room{};
    decoded const octets = decode_folded_base64(key.data, room);
    if (dkim_problem const p = check_dkim_key_data(key.type, octets, octets.text(room), bits); p != dkim_problem::none)
      return p;
    return verify(octets.text(room), key.type == dkim_key_type::rsa ? (bits + 7) / 8 : ed25519_signature_size);
  }

  /// A signature by this key has so many octets (RFC 8017 8.2.2, RFC 8032 5.1.6).
  dkim_problem verify(std::string_view key, std::size_t size) noexcept {
    std::array<char, dkim_most_rsa_bits / 8> room{};
    decoded const octets = decode_folded_base64(in_.signature.signature, room);
    if (!octets || octets.size != size) return dkim_problem::signature_mismatch;
    if (!hashed_) hash_header();
    hashed_ = true;
    dkim_functions const& f = in_.functions;
    if (!digest_known_ || f.verify == nullptr) return dkim_problem::function_failed;
    ++verified_;
    switch (f.verify(f.context, in_.signature.algorithm, key, {digest_.data(), digest_.size()}, octets.text(room))) {
      case dkim_check::valid: return dkim_problem::none;
      case dkim_check::invalid: return dkim_problem::signature_mismatch;
      case dkim_check::bad_key: return dkim_problem::key_data;
      default: return dkim_problem::function_failed;
    }
  }

  /// RFC 6376 3.7, step 2.
  void hash_header() noexcept {
    dkim_hash hash;
    dkim_canonicalization const how = in_.signature.header;
    auto const sink = [&](std::string_view octets) noexcept { hash.put(in_.functions, in_.hash_state, octets); };
    bool const visited =
        visit_signed_fields(in_.fields, in_.signature.signed_fields, in_.own_field,
                            [&](std::string_view raw) noexcept { canonicalize_field(how, raw, sink); });
    canonicalize_signature_field(how, in_.own_field, sink);
    digest_known_ = hash.end(in_.functions, in_.hash_state, digest_) && visited;
  }

  static constexpr std::size_t ed25519_signature_size = 64;

  dkim_header_check_input in_;
  dkim_hash::digest digest_{};
  unsigned verified_ = 0;
  bool hashed_ = false;
  bool digest_known_ = false;
};

}  // namespace ehlo::inline v0::sender::detail
