// SPDX-License-Identifier: BSL-1.0
// Message text for the benches that receive and send it, and the limits that both are held against.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/base/find.hpp"  // the instruction set's header, where there is one

namespace ehlo_bench {

inline constexpr std::size_t message_size = 65536;
inline constexpr std::size_t piece_size = 16384;

inline std::string repeated(std::string_view pattern, std::size_t size) {
  std::string text;
  while (text.size() + pattern.size() <= size) text += pattern;
  return text;
}

/// Lines of 20 to 76 octets, some empty: mail.
inline std::string mail(std::size_t size) {
  std::string text;
  std::uint32_t seed = 5321;
  while (text.size() + 80 < size) {
    seed = seed * 1664525U + 1013904223U;
    std::size_t const length = seed >> 28 == 0 ? 0 : 20 + (seed >> 16) % 57;
    for (std::size_t i = 0; i != length; ++i)
      text += (i + seed) % 7 == 0 ? ' ' : static_cast<char>('a' + (i * seed >> 9) % 26);
    text += "\r\n";
  }
  return text;
}

inline void memcpy_64k(benchmark::State& state) {
  std::string const data = mail(message_size);
  std::vector<char> to(data.size());
  for (auto _ : state) {
    for (std::size_t i = 0; i < data.size(); i += piece_size)
      std::memcpy(to.data() + i, data.data() + i, std::min(piece_size, data.size() - i));
    benchmark::DoNotOptimize(to.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(data.size()));
}

// The questions of decoder and encoder to the same octets without either around them: bare newlines, dots at line
// starts, NUL and 8-bit octets, long lines. Whole blocks only.
#if defined(__AVX2__) || defined(__SSE2__)
#if defined(__AVX2__)
inline std::uint64_t equal_64(char const* p, char wanted) {
  __m256i const all = _mm256_set1_epi8(wanted);
  auto const half = [&](char const* q) {
    return static_cast<std::uint32_t>(
        _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_loadu_si256(reinterpret_cast<__m256i const*>(q)), all)));
  };
  return half(p) | static_cast<std::uint64_t>(half(p + 32)) << 32;
}
inline bool odd_64(char const* p) {  // NUL or above 127: less than 1 as a signed octet
  auto const half = [](char const* q) {
    return _mm256_cmpgt_epi8(_mm256_set1_epi8(1), _mm256_loadu_si256(reinterpret_cast<__m256i const*>(q)));
  };
  return _mm256_movemask_epi8(_mm256_or_si256(half(p), half(p + 32))) != 0;
}
#else
inline std::uint64_t equal_64(char const* p, char wanted) {
  __m128i const all = _mm_set1_epi8(wanted);
  auto const quarter = [&](char const* q) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(
        _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(reinterpret_cast<__m128i const*>(q)), all))));
  };
  return quarter(p) | quarter(p + 16) << 16 | quarter(p + 32) << 32 | quarter(p + 48) << 48;
}
inline bool odd_64(char const* p) {
  auto const quarter = [](char const* q) {
    return _mm_cmplt_epi8(_mm_loadu_si128(reinterpret_cast<__m128i const*>(q)), _mm_set1_epi8(1));
  };
  return _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quarter(p), quarter(p + 16)),
                                        _mm_or_si128(quarter(p + 32), quarter(p + 48)))) != 0;
}
#endif

inline void bare_loop(benchmark::State& state) {
  std::string const data = mail(message_size);
  std::size_t const blocks = data.size() / 64;
  for (auto _ : state) {
    std::uint64_t cr_before = 0;
    std::uint64_t start_before = 1;
    std::uint64_t length = 0;
    std::size_t done = 0;
    for (; done != blocks; ++done) {
      char const* const p = data.data() + 64 * done;
      std::uint64_t const cr = equal_64(p, '\r');
      std::uint64_t const lf = equal_64(p, '\n');
      std::uint64_t const behind_cr = cr << 1 | cr_before;
      std::uint64_t const starts = lf << 1 | start_before;
      if (((behind_cr ^ lf) | (starts & equal_64(p, '.'))) != 0 || odd_64(p)) break;
      if (lf == 0) {
        length += 64;
        if (length > 1000) break;
      } else {
        if (length + static_cast<std::uint64_t>(__builtin_ctzll(lf)) + 1 > 1000) break;
        length = static_cast<std::uint64_t>(__builtin_clzll(lf));
      }
      cr_before = cr >> 63;
      start_before = lf >> 63;
    }
    if (done != blocks) state.SkipWithError("not accepted");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(data.size()));
}
#endif

}  // namespace ehlo_bench
