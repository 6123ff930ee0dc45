// SPDX-License-Identifier: BSL-1.0
// What takes the place of a secret: a line of the same shape, so that an engine goes the same way with it, whatever the
// mechanism. Neither octets nor lengths of what was said are left.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "../base/ascii.hpp"
#include "../grammar/base64.hpp"
#include "../grammar/command_line.hpp"

namespace ehlo::inline v0::trace {

/// The registered mechanisms (https://www.iana.org/assignments/sasl-mechanisms). Only their names are shown: what
/// stands in their place might be a password.
inline constexpr std::array<std::string_view, 38> known_mechanisms{"PLAIN",
                                                                   "LOGIN",
                                                                   "CRAM-MD5",
                                                                   "SCRAM-SHA-1",
                                                                   "SCRAM-SHA-1-PLUS",
                                                                   "SCRAM-SHA-256",
                                                                   "XOAUTH2",
                                                                   "SCRAM-SHA-256-PLUS",
                                                                   "OAUTHBEARER",
                                                                   "EXTERNAL",
                                                                   "ANONYMOUS",
                                                                   "DIGEST-MD5",
                                                                   "SCRAM-SHA-512",
                                                                   "SCRAM-SHA-512-PLUS",
                                                                   "NTLM",
                                                                   "GSSAPI",
                                                                   "GSS-SPNEGO",
                                                                   "KERBEROS_V4",
                                                                   "KERBEROS_V5",
                                                                   "OAUTH10A",
                                                                   "SAML20",
                                                                   "OPENID20",
                                                                   "SECURID",
                                                                   "SRP",
                                                                   "SKEY",
                                                                   "OTP",
                                                                   "EAP-AES128",
                                                                   "EAP-AES128-PLUS",
                                                                   "9798-U-RSA-SHA1-ENC",
                                                                   "9798-M-RSA-SHA1-ENC",
                                                                   "9798-U-DSA-SHA1",
                                                                   "9798-M-DSA-SHA1",
                                                                   "9798-U-ECDSA-SHA1",
                                                                   "9798-M-ECDSA-SHA1",
                                                                   "GS2-KRB5",
                                                                   "GS2-KRB5-PLUS",
                                                                   "XOAUTH",
                                                                   "SCRAM-SHA3-512"};

[[nodiscard]] constexpr bool is_known_mechanism(std::string_view name) noexcept {
  for (std::string_view const one : known_mechanisms)
    if (equal_ignoring_case(one, name)) return true;
  return false;
}

/// Whether the line is an AUTH command, or was meant to be one.
[[nodiscard]] constexpr bool looks_like_auth(std::string_view command) noexcept {
  while (!command.empty() && (command.front() == ' ' || command.front() == '\t')) command.remove_prefix(1);
  return starts_ignoring_case(command, "AUTH");
}

/// The mechanism of an AUTH command, if it is one that is known; a view of the command.
[[nodiscard]] constexpr std::string_view known_mechanism_of(std::string_view command) noexcept {
  std::size_t const at = parse_verb(command).what == verb::auth ? command.find_first_not_of(' ', 4) : command.npos;
  if (at == command.npos) return {};
  std::string_view const word = command.substr(at, command.substr(at).find(' '));
  return is_known_mechanism(word) ? word : std::string_view{};
}

/// The command without what is behind AUTH where that follows a bare CR, which somebody may have meant as a line
/// ending.
[[nodiscard]] constexpr std::string_view without_inner_auth(std::string_view command) noexcept {
  for (std::size_t cr = command.find('\r'); cr != command.npos; cr = command.find('\r', cr + 1))
    if (looks_like_auth(command.substr(cr + 1))) return command.substr(0, command.find_first_not_of(" \t", cr + 1) + 4);
  return command;
}

/// The beginning of a secret, to notice a server that says it again: `unrecognized command: "c2VjcmV0"`.
class secret_mark {
 public:
  /// Of words, the longest. One of less than four octets, like `*`, changes nothing: it would be found everywhere.
  constexpr void take(std::string_view secret) noexcept {
    std::string_view longest;
    while (!secret.empty()) {
      std::string_view const word = secret.substr(0, secret.find_first_of(" \t\r"));
      if (word.size() > longest.size()) longest = word;
      secret.remove_prefix(word.size() + std::size_t{word.size() != secret.size()});
    }
    if (longest.size() < 4) return;
    size_ = 0;
    for (char const c : longest.substr(0, mark_.size())) mark_[size_++] = c;
  }
  [[nodiscard]] constexpr bool is_in(std::string_view text) const noexcept {
    for (; size_ != 0 && text.size() >= size_; text.remove_prefix(1))
      if (starts_ignoring_case(text, {mark_.data(), size_})) return true;
    return false;
  }

 private:
  std::array<char, 12> mark_{};
  std::size_t size_ = 0;
};

/// What is said in the place of a response or challenge: `*` and `=` as they are (RFC 4954 4), of PLAIN's message its
/// shape (RFC 4616 2), of all others one octet; of what is not base64, something that is not, either. Static text.
[[nodiscard]] constexpr std::string_view instead_of(std::string_view base64) noexcept {
  if (base64.empty()) return {};
  if (base64 == "*") return "*";
  if (base64 == "=") return "=";
  if (base64.find(' ') != base64.npos) return "! !";
  if (!is_base64(base64)) return "!";
  std::size_t fields = 1;
  bool begun = false;  // the field that is being read has octets
  bool authorization_identity = false;
  bool complete = true;
  for (std::size_t at = 0; at != base64.size(); at += 4) {
    std::array<char, 3> octets{};
    decoded const group = decode_base64(base64.substr(at, 4), octets);
    for (char const c : group.text(octets)) {
      if (c != '\0') {
        begun = true;
        continue;
      }
      if (fields == 1) authorization_identity = begun;
      if (fields == 2) complete = begun;
      ++fields;
      begun = false;
    }
  }
  if (fields != 3 || !complete || !begun) return "eA==";    // x
  return authorization_identity ? "eAB4AHg=" : "AHgAeA==";  // x NUL x NUL x, or without the first
}

}  // namespace ehlo::inline v0::trace
