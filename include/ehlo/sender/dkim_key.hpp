// SPDX-License-Identifier: BSL-1.0
// The record of a DKIM key: TXT at SELECTOR._domainkey.DOMAIN (RFC 6376 3.6.1, RFC 8463 4.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/config.hpp"
#include "../grammar/decoded.hpp"
#include "dkim_functions.hpp"
#include "dkim_problem.hpp"
#include "folded_base64.hpp"
#include "rsa_public_key.hpp"
#include "tag_list.hpp"

namespace ehlo::inline v0::sender {

enum class dkim_key_type : std::uint8_t { rsa, ed25519, unknown };

/// What a record says. The texts are views of it.
struct dkim_key {
  dkim_key_type type = dkim_key_type::rsa;  ///< k=
  std::string_view data{};                  ///< p=, base64 as it is written; empty: the key was revoked
  bool sha256 = true;                       ///< h= allows it
  bool mail = true;                         ///< s= allows it
  bool testing = false;                     ///< t=y
  bool no_subdomains = false;               ///< t=s: the domain of i= has to be that of d=
};

/// Whether a key of this type is for signatures of this algorithm.
[[nodiscard]] constexpr bool fits(dkim_key_type type, dkim_algorithm algorithm) noexcept {
  return type != dkim_key_type::unknown &&
         (type == dkim_key_type::ed25519) == (algorithm == dkim_algorithm::ed25519_sha256);
}

/// Reads the text of one record: the strings of its RDATA joined without anything between them (RFC 6376 3.6.2.2). Tags
/// that are not known are ignored, and n= may hold anything. Returns key_version, for a record that has to be
/// discarded, or key_syntax; then `out` is empty.
/// What is laxer than the letter: v=DKIM1 need not be the first tag; there are such records, and others take them.
[[nodiscard]] constexpr dkim_problem parse_dkim_key(std::string_view text EHLO_LIFETIMEBOUND, dkim_key& out) noexcept {
  out = {};
  tag_list tags;
  tag_list_error const e = parse_tag_list(text, tags);
  // Before the syntax: a record of another kind need not be such a list.
  if (tag const* const version = tags.find("v"); version != nullptr && version->value != "DKIM1")
    return dkim_problem::key_version;
  if (e != tag_list_error::none) return dkim_problem::key_syntax;
  tag const* const data = tags.find("p");
  if (data == nullptr || !is_folded_base64(data->value)) return dkim_problem::key_syntax;
  out.data = data->value;
  if (tag const* const type = tags.find("k"); type != nullptr)
    out.type = type->value == "rsa"       ? dkim_key_type::rsa
               : type->value == "ed25519" ? dkim_key_type::ed25519
                                          : dkim_key_type::unknown;
  if (tag const* const hashes = tags.find("h"); hashes != nullptr)
    out.sha256 = colon_list{hashes->value}.contains("sha256");
  if (tag const* const services = tags.find("s"); services != nullptr)
    out.mail = colon_list{services->value}.contains("*") || colon_list{services->value}.contains("email");
  if (tag const* const flags = tags.find("t"); flags != nullptr) {
    out.testing = colon_list{flags->value}.contains("y");
    out.no_subdomains = colon_list{flags->value}.contains("s");
  }
  return dkim_problem::none;
}

/// RFC 8301 3.2: signatures with less are not valid.
inline constexpr std::size_t dkim_least_rsa_bits = 1024;
/// RFC 8301 3.2 asks for no more; the time that a verification takes grows with the square.
inline constexpr std::size_t dkim_most_rsa_bits = 4096;
/// Storage for the octets of a key. One of twice the size that is allowed still fits, so that its size can be told.
inline constexpr std::size_t dkim_key_room = 1100;

/// Judges the octets that p= stands for: key_too_small, key_too_large, key_data, or none. `octets` is what decoding it
/// into dkim_key_room gave; not valid: it did not fit. `bits` becomes the size of the key, where it can be read.
[[nodiscard]] constexpr dkim_problem check_dkim_key_data(dkim_key_type type, decoded octets, std::string_view data,
                                                         std::uint32_t& bits) noexcept {
  bits = 0;
  if (!octets) return dkim_problem::key_too_large;
  if (type == dkim_key_type::ed25519) {
    if (data.size() != 32) return dkim_problem::key_data;
    bits = 256;
    return dkim_problem::none;
  }
  bits = static_cast<std::uint32_t>(rsa_key_bits(data));
  if (bits == 0) return dkim_problem::key_data;
  return bits < dkim_least_rsa_bits  ? dkim_problem::key_too_small
         : bits > dkim_most_rsa_bits ? dkim_problem::key_too_large
                                     : dkim_problem::none;
}

}  // namespace ehlo::inline v0::sender
