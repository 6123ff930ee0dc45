// SPDX-License-Identifier: BSL-1.0
// The messages of SCRAM (RFC 5802 7) as values: attributes of one letter, `x=value`, between commas.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "../base/ascii.hpp"
#include "../grammar/number.hpp"
#include "../grammar/utf8.hpp"
#include "error.hpp"
#include "gs2_header.hpp"

namespace ehlo::inline v0::sasl {

/// client-first-message. Views of the text that was parsed.
struct scram_client_first {
  gs2_header gs2;
  std::string_view bare;       ///< client-first-message-bare
  std::string_view user_name;  ///< saslname as sent
  std::string_view nonce;
};

/// server-first-message.
struct scram_server_first {
  std::string_view nonce;
  std::string_view salt;  ///< base64
  std::uint32_t iterations = 0;
};

/// client-final-message.
struct scram_client_final {
  std::string_view without_proof;
  std::string_view binding;  ///< base64
  std::string_view nonce;
  std::string_view proof;  ///< base64
};

/// server-final-message: one of both.
struct scram_server_final {
  std::string_view verifier;  ///< base64
  error refusal = error::ok;
};

namespace detail {

inline constexpr std::array<std::string_view, 11> scram_server_errors{"invalid-encoding",
                                                                      "extensions-not-supported",
                                                                      "invalid-proof",
                                                                      "channel-bindings-dont-match",
                                                                      "server-does-support-channel-binding",
                                                                      "channel-binding-not-supported",
                                                                      "unsupported-channel-binding-type",
                                                                      "unknown-user",
                                                                      "invalid-username-encoding",
                                                                      "no-resources",
                                                                      "other-error"};

/// Whether every part is an attribute. None may be empty, so no comma stands at the end. `m` is reserved for mandatory
/// extensions, of which there are none (5.1).
[[nodiscard]] constexpr error check_attributes(std::string_view text) noexcept {
  if (!is_utf8(text) || text.find('\0') != text.npos || text.empty() || text.back() == ',') return error::malformed;
  while (!text.empty()) {
    std::string_view const part = take_part(text);
    if (part.size() < 3 || !is_alpha(part[0]) || part[1] != '=') return error::malformed;
    if (part[0] == 'm') return error::extension;
  }
  return error::ok;
}

/// `printable` of RFC 5802 7, and at least one.
[[nodiscard]] constexpr bool is_scram_nonce(std::string_view text) noexcept {
  for (char const c : text)
    if (c <= ' ' || c > '~' || c == ',') return false;
  return !text.empty();
}

}  // namespace detail

/// Returns malformed or extension. The names are not decoded.
[[nodiscard]] constexpr error parse_scram_client_first(std::string_view text, scram_client_first& out) noexcept {
  out = {};
  scram_client_first found;
  if (!parse_gs2_header(text, found.gs2)) return error::malformed;
  found.bare = text.substr(found.gs2.text.size());
  std::string_view rest = found.bare;
  if (error const e = detail::check_attributes(rest); e != error::ok) return e;
  found.user_name = detail::value_of(detail::take_part(rest), 'n');
  found.nonce = detail::value_of(detail::take_part(rest), 'r');
  if (found.user_name.empty() || !detail::is_scram_nonce(found.nonce)) return error::malformed;
  out = found;
  return error::ok;
}

/// Returns malformed or extension.
[[nodiscard]] constexpr error parse_scram_client_final(std::string_view text, scram_client_final& out) noexcept {
  out = {};
  if (error const e = detail::check_attributes(text); e != error::ok) return e;
  std::size_t const last = text.rfind(',');
  if (last == text.npos) return error::malformed;
  scram_client_final found;
  found.proof = detail::value_of(text.substr(last + 1), 'p');
  found.without_proof = text.substr(0, last);
  std::string_view rest = found.without_proof;
  found.binding = detail::value_of(detail::take_part(rest), 'c');
  found.nonce = detail::value_of(detail::take_part(rest), 'r');
  if (found.proof.empty() || found.binding.empty() || !detail::is_scram_nonce(found.nonce)) return error::malformed;
  out = found;
  return error::ok;
}

/// Returns malformed or extension. An error that is not among those of RFC 5802 7 is other_error.
[[nodiscard]] constexpr error parse_scram_server_final(std::string_view text, scram_server_final& out) noexcept {
  out = {};
  if (error const e = detail::check_attributes(text); e != error::ok) return e;
  std::string_view const first = detail::take_part(text);
  out.verifier = detail::value_of(first, 'v');
  if (!out.verifier.empty()) return error::ok;
  std::string_view const refusal = detail::value_of(first, 'e');
  if (refusal.empty()) return error::malformed;
  out.refusal = error::other_error;
  for (std::size_t i = 0; i != detail::scram_server_errors.size(); ++i)
    if (refusal == detail::scram_server_errors[i])
      out.refusal = static_cast<error>(static_cast<std::size_t>(error::invalid_encoding) + i);
  return error::ok;
}

/// Returns malformed, extension, iterations_too_many if the number has more than 32 bits, or what the server says where
/// it refuses at once.
[[nodiscard]] constexpr error parse_scram_server_first(std::string_view text, scram_server_first& out) noexcept {
  out = {};
  if (error const e = detail::check_attributes(text); e != error::ok) return e;
  scram_server_final final;
  if (parse_scram_server_final(text, final) == error::ok && final.refusal != error::ok) return final.refusal;
  scram_server_first found;
  found.nonce = detail::value_of(detail::take_part(text), 'r');
  found.salt = detail::value_of(detail::take_part(text), 's');
  std::string_view const iterations = detail::value_of(detail::take_part(text), 'i');
  number_run const number = scan_number(iterations, 0);
  bool const positive = !iterations.empty() && iterations[0] != '0' && iterations[0] != '\0';
  if (!detail::is_scram_nonce(found.nonce) || found.salt.empty() || !positive) return error::malformed;
  for (char const c : iterations)
    if (!is_digit(c)) return error::malformed;
  if (number.end == 0 || number.value > (std::numeric_limits<std::uint32_t>::max)()) return error::iterations_too_many;
  found.iterations = static_cast<std::uint32_t>(number.value);
  out = found;
  return error::ok;
}

}  // namespace ehlo::inline v0::sasl
