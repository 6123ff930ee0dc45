// SPDX-License-Identifier: BSL-1.0
// What the mechanisms need and this library does not have: digests, random numbers, the preparation of names and
// passwords. The host passes them in; examples/ shows them with OpenSSL.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../grammar/decoded.hpp"
#include "../grammar/utf8.hpp"
#include "error.hpp"
#include "secret.hpp"

namespace ehlo::inline v0::sasl {

/// The hash functions: md5 (RFC 1321) for CRAM-MD5, the others (RFC 6234) for SCRAM.
enum class hash : std::uint8_t { md5, sha_1, sha_256 };

/// Octets of a digest.
[[nodiscard]] constexpr std::size_t digest_size(hash h) noexcept {
  return h == hash::md5 ? 16U : h == hash::sha_1 ? 20U : 32U;
}
inline constexpr std::size_t max_digest_size = 32;
using digest_text = secret_text<max_digest_size>;

/// What a text is prepared for (RFC 3454 7): a query may have code points that are unassigned, what is stored may not.
enum class prepared_for : std::uint8_t { query, storage };

/// Names, passwords and identities have at most so many octets, before and after the preparation (RFC 4616 2).
inline constexpr std::size_t max_identity = 255;

/// The host's functions. `context` is handed to each of them. A mechanism calls only those that it needs; without one
/// of these it fails with function_missing. `out` of the first three has exactly the size of the digest; all of it is
/// written. False, or a size of 0, is a failure: function_failed.
struct functions {
  void* context = nullptr;
  /// H(text).
  bool (*digest)(void* context, hash which, std::string_view text, std::span<char> out) noexcept = nullptr;
  /// HMAC(key, text) (RFC 2104). The key may be longer than a block of the hash function.
  bool (*hmac)(void* context, hash which, std::string_view key, std::string_view text,
               std::span<char> out) noexcept = nullptr;
  /// Hi(password, salt, iterations) of RFC 5802 2.2: PBKDF2 with HMAC (RFC 8018 5.2), as many octets as a digest has.
  bool (*pbkdf2)(void* context, hash which, std::string_view password, std::string_view salt, std::uint32_t iterations,
                 std::span<char> out) noexcept = nullptr;
  /// A nonce: 16 octets or more of printable ASCII without ',', '<', '>' and '@' that nobody can foretell; 18 random
  /// octets in base64 are 24 such. Returns how many octets were written.
  std::size_t (*nonce)(void* context, std::span<char> out) noexcept = nullptr;
  /// SASLprep (RFC 4013) or whatever else the host has for names and passwords. Without it they are limited to
  /// printable ASCII, which SASLprep leaves as it is; see also unprepared_utf8.
  decoded (*prepare)(void* context, std::string_view text, prepared_for use, std::span<char> out) noexcept = nullptr;
};

/// A preparation that is none (RFC 4616 2 allows that): any UTF-8 without NUL, as it is. Two ways to write the same
/// letter are then two passwords.
inline decoded unprepared_utf8(void*, std::string_view text, prepared_for, std::span<char> out) noexcept {
  if (!is_utf8(text) || text.find('\0') != text.npos || text.size() > out.size()) return {};
  return {text.copy(out.data(), text.size()), true};
}

/// The preparation of a name or password into `out`: unprepared, preparation, empty, or too_long.
inline error prepare(functions const& f, std::string_view text, prepared_for use, std::span<char> out,
                     std::size_t& size) noexcept {
  size = 0;
  if (text.empty()) return error::empty;
  if (text.size() > max_identity || out.size() < max_identity) return error::too_long;
  if (f.prepare == nullptr) {
    for (char const c : text)
      if (c < ' ' || c > '~') return error::unprepared;
    size = text.copy(out.data(), text.size());
    return error::ok;
  }
  decoded const made = f.prepare(f.context, text, use, out.first(max_identity));
  if (!made.valid || made.size > max_identity) return error::preparation;
  if (made.text(out).find('\0') != std::string_view::npos) return error::preparation;
  size = made.size;
  return size == 0 ? error::empty : error::ok;
}

namespace detail {

inline constexpr std::size_t least_nonce = 16;
inline constexpr std::size_t most_nonce = 64;

/// Each of these replaces what `out` held.
inline error make_digest(functions const& f, hash which, std::string_view text, digest_text& out) noexcept {
  out.clear();
  if (f.digest == nullptr) return error::function_missing;
  if (!f.digest(f.context, which, text, out.room().first(digest_size(which)))) return error::function_failed;
  out.grow(digest_size(which));
  return error::ok;
}

inline error make_hmac(functions const& f, hash which, std::string_view key, std::string_view text,
                       digest_text& out) noexcept {
  out.clear();
  if (f.hmac == nullptr) return error::function_missing;
  if (!f.hmac(f.context, which, key, text, out.room().first(digest_size(which)))) return error::function_failed;
  out.grow(digest_size(which));
  return error::ok;
}

inline error make_pbkdf2(functions const& f, hash which, std::string_view password, std::string_view salt,
                         std::uint32_t iterations, digest_text& out) noexcept {
  out.clear();
  if (f.pbkdf2 == nullptr) return error::function_missing;
  if (!f.pbkdf2(f.context, which, password, salt, iterations, out.room().first(digest_size(which))))
    return error::function_failed;
  out.grow(digest_size(which));
  return error::ok;
}

/// Appends a nonce to `out`.
template <std::size_t Size>
error put_nonce(functions const& f, secret_text<Size>& out) noexcept {
  if (f.nonce == nullptr) return error::function_missing;
  if (out.room().size() < most_nonce) return error::too_long;
  std::span<char> const room = out.room().first(most_nonce);
  std::size_t const size = f.nonce(f.context, room);
  if (size == 0) return error::function_failed;
  if (size < least_nonce || size > room.size()) return error::nonce_unusable;
  for (char const c : room.first(size))
    if (c <= ' ' || c > '~' || std::string_view{",<>@"}.find(c) != std::string_view::npos) return error::nonce_unusable;
  out.grow(size);
  return error::ok;
}

/// Appends a name or password, prepared; `allow_empty`: or nothing for nothing.
template <std::size_t Size>
error put_prepared(functions const& f, std::string_view text, prepared_for use, secret_text<Size>& out,
                   bool allow_empty = false) noexcept {
  if (text.empty() && allow_empty) return error::ok;
  std::size_t size = 0;
  error const e = prepare(f, text, use, out.room(), size);
  if (e == error::ok) out.grow(size);
  return e;
}

}  // namespace detail

}  // namespace ehlo::inline v0::sasl
