// SPDX-License-Identifier: BSL-1.0
// What the mechanisms need of a host, as short as it can be: SHA-1 and SHA-256 (RFC 6234), HMAC (RFC 2104), PBKDF2 (RFC
// 8018 5.2), and nonces that a test has chosen. For tests alone; digests_test.cpp holds them against the RFCs.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "../session/cram_md5.hpp"
#include "ehlo/sasl/functions.hpp"

namespace sasl_test {

namespace sasl = ehlo::sasl;

/// 32 bits of the fraction of a root of a prime.
inline std::uint32_t fraction(double root) { return static_cast<std::uint32_t>((root - std::floor(root)) * 0x1p32); }

/// The words of each block of the padded text, most significant octet first.
template <class F>
void for_each_block(std::string_view text, F f) {
  std::string padded{text};
  padded += '\x80';
  padded.append((120 - padded.size() % 64) % 64, '\0');
  for (int i = 7; i >= 0; --i) padded += static_cast<char>(std::uint64_t{text.size()} * 8 >> 8 * i);
  for (std::size_t at = 0; at != padded.size(); at += 64) {
    std::array<std::uint32_t, 16> words{};
    for (std::size_t i = 0; i != 64; ++i) words[i / 4] = words[i / 4] << 8 | static_cast<unsigned char>(padded[at + i]);
    f(words);
  }
}

template <class Words>
std::string octets_of(Words const& words) {
  std::string out;
  for (std::uint32_t const w : words)
    for (int i = 3; i >= 0; --i) out += static_cast<char>(w >> 8 * i);
  return out;
}

inline std::string sha_1(std::string_view text) {
  std::array<std::uint32_t, 5> sum{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  for_each_block(text, [&sum](std::array<std::uint32_t, 16> const& block) {
    std::array<std::uint32_t, 80> w{};
    std::copy(block.begin(), block.end(), w.begin());
    for (std::size_t i = 16; i != 80; ++i) w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    auto [a, b, c, d, e] = sum;
    for (std::size_t i = 0; i != 80; ++i) {
      std::uint32_t const f = i < 20 ? (b & c) | (~b & d) : i < 40 || i >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
      std::uint32_t const k = i < 20 ? 0x5a827999 : i < 40 ? 0x6ed9eba1 : i < 60 ? 0x8f1bbcdc : 0xca62c1d6;
      std::uint32_t const next = std::rotl(a, 5) + f + e + k + w[i];
      e = d, d = c, c = std::rotl(b, 30), b = a, a = next;
    }
    sum[0] += a, sum[1] += b, sum[2] += c, sum[3] += d, sum[4] += e;
  });
  return octets_of(sum);
}

inline std::array<std::uint32_t, 64> const& sha_256_constants() {
  static std::array<std::uint32_t, 64> const constants = [] {
    std::array<std::uint32_t, 64> k{};
    std::size_t count = 0;
    for (unsigned n = 2; count != k.size(); ++n) {
      bool prime = true;
      for (unsigned d = 2; d * d <= n; ++d) prime = prime && n % d != 0;
      if (prime) k[count++] = fraction(std::cbrt(n));
    }
    return k;
  }();
  return constants;
}

inline std::string sha_256(std::string_view text) {
  std::array<std::uint32_t, 8> sum{};
  unsigned constexpr primes[]{2, 3, 5, 7, 11, 13, 17, 19};
  for (std::size_t i = 0; i != 8; ++i) sum[i] = fraction(std::sqrt(primes[i]));
  for_each_block(text, [&sum](std::array<std::uint32_t, 16> const& block) {
    std::array<std::uint32_t, 64> w{};
    std::copy(block.begin(), block.end(), w.begin());
    auto const turned = [](std::uint32_t x, int a, int b, int c) {
      return std::rotr(x, a) ^ std::rotr(x, b) ^ std::rotr(x, c);
    };
    for (std::size_t i = 16; i != 64; ++i)
      w[i] = w[i - 16] + (std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3)) + w[i - 7] +
             (std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10));
    auto [a, b, c, d, e, f, g, h] = sum;
    for (std::size_t i = 0; i != 64; ++i) {
      std::uint32_t const one = h + turned(e, 6, 11, 25) + ((e & f) ^ (~e & g)) + sha_256_constants()[i] + w[i];
      std::uint32_t const two = turned(a, 2, 13, 22) + ((a & b) ^ (a & c) ^ (b & c));
      h = g, g = f, f = e, e = d + one, d = c, c = b, b = a, a = one + two;
    }
    sum[0] += a, sum[1] += b, sum[2] += c, sum[3] += d, sum[4] += e, sum[5] += f, sum[6] += g, sum[7] += h;
  });
  return octets_of(sum);
}

inline std::string digest(sasl::hash which, std::string_view text) {
  return which == sasl::hash::md5     ? ehlo_test::md5(std::string{text})
         : which == sasl::hash::sha_1 ? sha_1(text)
                                      : sha_256(text);
}

inline std::string hmac(sasl::hash which, std::string_view key, std::string_view text) {
  std::string inner{key.size() > 64 ? digest(which, key) : key};
  inner.resize(64);
  std::string outer = inner;
  for (char& c : inner) c = static_cast<char>(c ^ 0x36);
  for (char& c : outer) c = static_cast<char>(c ^ 0x5c);
  return digest(which, outer + digest(which, inner.append(text)));
}

/// What was computed once is remembered: thousands of rounds take their time.
inline std::string const& pbkdf2(sasl::hash which, std::string const& password, std::string const& salt,
                                 std::uint32_t rounds) {
  static std::map<std::tuple<sasl::hash, std::string, std::string, std::uint32_t>, std::string> known;
  std::string& sum = known[{which, password, salt, rounds}];
  if (!sum.empty()) return sum;
  std::string u = hmac(which, password, salt + std::string("\0\0\0\1", 4));
  sum = u;
  for (std::uint32_t i = 1; i != rounds; ++i) {
    u = hmac(which, password, u);
    for (std::size_t k = 0; k != sum.size(); ++k) sum[k] = static_cast<char>(sum[k] ^ u[k]);
  }
  return sum;
}

inline bool copy(std::string const& made, std::span<char> out) {
  return made.size() == out.size() && made.copy(out.data(), out.size()) == out.size();
}

/// A host's functions, which count their calls and fail when they are told to.
struct crypto {
  std::vector<std::string> nonces{};  ///< given out in order, then made up
  unsigned calls = 0;
  unsigned fail_at = 0;  ///< this call fails; 0: none
  unsigned nonces_given = 0;
  bool quick = false;  ///< another PBKDF2, of one round

  bool works() { return ++calls != fail_at; }

  [[nodiscard]] sasl::functions functions() {
    sasl::functions f;
    f.context = this;
    f.digest = [](void* context, sasl::hash which, std::string_view text, std::span<char> out) noexcept {
      return static_cast<crypto*>(context)->works() && copy(digest(which, text), out);
    };
    f.hmac = [](void* context, sasl::hash which, std::string_view key, std::string_view text,
                std::span<char> out) noexcept {
      return static_cast<crypto*>(context)->works() && copy(hmac(which, key, text), out);
    };
    f.pbkdf2 = [](void* context, sasl::hash which, std::string_view password, std::string_view salt,
                  std::uint32_t rounds, std::span<char> out) noexcept {
      auto* const self = static_cast<crypto*>(context);
      if (!self->works()) return false;
      std::string const both = std::string{salt} + std::to_string(rounds);
      return copy(
          self->quick ? hmac(which, password, both) : pbkdf2(which, std::string{password}, std::string{salt}, rounds),
          out);
    };
    f.nonce = [](void* context, std::span<char> out) noexcept -> std::size_t {
      auto* const self = static_cast<crypto*>(context);
      if (!self->works()) return 0;
      unsigned const number = self->nonces_given++;
      std::string const made =
          number < self->nonces.size() ? self->nonces[number] : "nonce-of-a-test-" + std::to_string(1000 + number);
      return made.copy(out.data(), out.size());
    };
    return f;
  }
};

}  // namespace sasl_test
