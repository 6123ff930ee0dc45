// SPDX-License-Identifier: BSL-1.0
// The response of CRAM-MD5 (RFC 2195), with MD5 (RFC 1321) and HMAC (RFC 2104) as short as they can be: for tests,
// whose host makes the digests that the engine does not.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ehlo_test {

/// The 16 octets of the digest.
inline std::string md5(std::string text) {
  std::uint64_t const bits = std::uint64_t{text.size()} * 8;
  text += '\x80';
  text.append((120 - text.size() % 64) % 64, '\0');
  for (int i = 0; i != 8; ++i) text += static_cast<char>(bits >> 8 * i);
  std::array<std::uint32_t, 4> sum{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  constexpr std::array<std::array<int, 4>, 4> turns{
      {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}};
  for (std::size_t block = 0; block != text.size(); block += 64) {
    auto const word = [&](unsigned i) {
      std::uint32_t w = 0;
      for (unsigned k = 4; k-- != 0;) w = w << 8 | static_cast<unsigned char>(text[block + 4 * i + k]);
      return w;
    };
    auto [a, b, c, d] = sum;
    for (unsigned i = 0; i != 64; ++i) {
      unsigned const round = i / 16;
      std::uint32_t const f = round == 0   ? (b & c) | (~b & d)
                              : round == 1 ? (d & b) | (~d & c)
                              : round == 2 ? b ^ c ^ d
                                           : c ^ (b | ~d);
      unsigned const from = round == 0 ? i : round == 1 ? (5 * i + 1) % 16 : round == 2 ? (3 * i + 5) % 16 : 7 * i % 16;
      auto const sine = static_cast<std::uint32_t>(std::floor(std::abs(std::sin(i + 1.0)) * 4294967296.0));
      std::uint32_t const turned = std::rotl(a + f + sine + word(from), turns[round][i % 4]);
      a = d, d = c, c = b, b += turned;
    }
    sum[0] += a, sum[1] += b, sum[2] += c, sum[3] += d;
  }
  std::string out;
  for (std::uint32_t const w : sum)
    for (int i = 0; i != 4; ++i) out += static_cast<char>(w >> 8 * i);
  return out;
}

inline std::string cram_md5(std::string const& user, std::string key, std::string_view challenge) {
  if (key.size() > 64) key = md5(key);
  key.resize(64);
  std::string inner = key;
  std::string outer = key;
  for (char& c : inner) c = static_cast<char>(c ^ 0x36);
  for (char& c : outer) c = static_cast<char>(c ^ 0x5c);
  std::string out = user + ' ';
  for (char const c : md5(outer + md5(inner.append(challenge)))) {
    unsigned const o = static_cast<unsigned char>(c);
    out += {"0123456789abcdef"[o >> 4], "0123456789abcdef"[o & 15]};
  }
  return out;
}

}  // namespace ehlo_test
