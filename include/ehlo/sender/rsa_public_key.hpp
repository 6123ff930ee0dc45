// SPDX-License-Identifier: BSL-1.0
// How large an RSA public key is: RSAPublicKey (RFC 8017 A.1.1), alone as RFC 6376 3.6.1 has it or within a
// SubjectPublicKeyInfo (RFC 5280 4.1) as everybody publishes it, in DER (ITU-T X.690). The rule of 1024 bits then does
// not depend on the host's library, nor does it see what is no key.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"

namespace ehlo::inline v0::sender {

namespace detail {

/// The value at the beginning of `der`, which is cut off there: empty, and nothing cut off, if it is not one of this
/// type with its length in the shortest form.
[[nodiscard]] constexpr std::string_view take_der(std::string_view& der, char type) noexcept {
  if (der.size() < 2 || der[0] != type) return {};
  std::size_t size = octet(der[1]);
  std::size_t head = 2;
  if (size >= 0x80) {
    std::size_t const octets = size - 0x80;
    if (octets == 0 || octets > 3 || der.size() - head < octets) return {};
    for (size = 0; head != 2 + octets; ++head) size = size << 8U | octet(der[head]);
    if (size < 0x80 || size >> (8 * (octets - 1)) == 0) return {};
  }
  if (der.size() - head < size) return {};
  std::string_view const value = der.substr(head, size);
  der.remove_prefix(head + size);
  return value;
}

/// The bits of a positive INTEGER in its shortest form; 0 if it is none.
[[nodiscard]] constexpr std::size_t take_der_bits(std::string_view& der, bool& odd) noexcept {
  std::string_view value = take_der(der, '\x02');
  if (value.empty() || octet(value[0]) >= 0x80) return 0;
  if (value[0] == '\0') {
    value.remove_prefix(1);
    if (value.empty() || octet(value[0]) < 0x80) return 0;
  }
  odd = (octet(value.back()) & 1U) != 0;
  return 8 * (value.size() - 1) + static_cast<std::size_t>(std::bit_width(octet(value[0])));
}

}  // namespace detail

/// The bits of the modulus; 0: it is no such key, or its modulus or exponent is even, or its exponent is 1 or over 64
/// bits, with which a signature costs more than it should.
[[nodiscard]] constexpr std::size_t rsa_key_bits(std::string_view der) noexcept {
  // rsaEncryption with its parameters, which are NULL (RFC 8017 A.1).
  constexpr std::string_view algorithm{"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01\x05\x00", 13};
  std::string_view key = detail::take_der(der, '\x30');
  if (key.empty() || !der.empty()) return 0;
  if (key[0] == '\x30') {
    if (detail::take_der(key, '\x30') != algorithm) return 0;
    std::string_view bits = detail::take_der(key, '\x03');
    if (!key.empty() || !bits.starts_with('\0')) return 0;
    bits.remove_prefix(1);
    key = detail::take_der(bits, '\x30');
    if (!bits.empty()) return 0;
  }
  bool modulus_odd = false;
  bool exponent_odd = false;
  std::size_t const modulus = detail::take_der_bits(key, modulus_odd);
  std::size_t const exponent = detail::take_der_bits(key, exponent_odd);
  bool const usable = key.empty() && modulus_odd && exponent_odd && exponent >= 2 && exponent <= 64;
  return usable ? modulus : 0;
}

}  // namespace ehlo::inline v0::sender
