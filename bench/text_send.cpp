// SPDX-License-Identifier: BSL-1.0
// Sending the text of a message as a list of views for writev: 64 KiB in chunks of 16 KiB. Beside it, in the same run,
// what bounds it: memcpy, and the same questions asked by a bare loop of intrinsics. Every figure is of octets that
// were sent: each run checks what came out.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/base/find.hpp"
#include "ehlo/wire/dot_encoder.hpp"
#include "text_limits.hpp"

namespace {

using namespace ehlo_bench;

using ehlo::bare_newline;
using ehlo::tolerance;

constexpr std::size_t list_size = 64;

struct outcome {
  std::uint64_t size = 0;  // of the body, as the encoder says
  std::size_t listed = 0;  // octets that would be written
  std::size_t views = 0;
  std::size_t lists = 0;
  tolerance used{};
};

outcome send(std::string_view body, bare_newline newline, std::size_t piece) {
  outcome result;
  std::array<std::string_view, list_size> list;
  ehlo::dot_encoder encoder;
  encoder.start(newline);
  while (!body.empty()) {
    std::string_view chunk = body.substr(0, piece);
    body.remove_prefix(chunk.size());
    for (;;) {
      auto const said = encoder.encode(chunk, list);
      benchmark::DoNotOptimize(list.data());
      benchmark::ClobberMemory();
      for (std::size_t i = 0; i != said.views; ++i) result.listed += list[i].size();
      result.views += said.views;
      ++result.lists;
      if (said.what != ehlo::dot_encoder::status::full) break;
    }
  }
  result.listed += encoder.terminator().size();
  result.size = encoder.size();
  result.used = encoder.used();
  return result;
}

void run(benchmark::State& state, std::string const& body, std::size_t listed, tolerance used = {},
         bare_newline newline = bare_newline::reject, std::size_t piece = piece_size) {
  outcome result;
  for (auto _ : state) {
    result = send(body, newline, piece);
    if (result.listed != listed || result.used != used || result.size < body.size())
      state.SkipWithError("not sent as expected");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
  state.counters["views"] = static_cast<double>(result.views);
}

BENCHMARK(memcpy_64k);

#if defined(__AVX2__) || defined(__SSE2__)
BENCHMARK(bare_loop);

// The least that a list needs: bare newlines and dots at line starts, by a second load one octet before, and whether
// there was an 8-bit octet. Neither NUL nor the length of lines.
#if defined(__AVX2__)
using wide = __m256i;
wide load(char const* p) { return _mm256_loadu_si256(reinterpret_cast<wide const*>(p)); }
wide all(char c) { return _mm256_set1_epi8(c); }
wide equal(wide a, wide b) { return _mm256_cmpeq_epi8(a, b); }
wide either(wide a, wide b) { return _mm256_or_si256(a, b); }
wide both(wide a, wide b) { return _mm256_and_si256(a, b); }
wide differ(wide a, wide b) { return _mm256_xor_si256(a, b); }
int top_bits(wide a) { return _mm256_movemask_epi8(a); }
#else
using wide = __m128i;
wide load(char const* p) { return _mm_loadu_si128(reinterpret_cast<wide const*>(p)); }
wide all(char c) { return _mm_set1_epi8(c); }
wide equal(wide a, wide b) { return _mm_cmpeq_epi8(a, b); }
wide either(wide a, wide b) { return _mm_or_si128(a, b); }
wide both(wide a, wide b) { return _mm_and_si128(a, b); }
wide differ(wide a, wide b) { return _mm_xor_si128(a, b); }
int top_bits(wide a) { return _mm_movemask_epi8(a); }
#endif

void bare_loop_without_lengths(benchmark::State& state) {
  std::string const data = "\r\n" + mail(message_size);
  std::size_t const whole = (data.size() - 2) / sizeof(wide) / 4 * sizeof(wide) * 4;
  for (auto _ : state) {
    wide const cr = all('\r');
    wide const lf = all('\n');
    wide const dot = all('.');
    wide high = all('\0');
    auto const events = [&](char const* p) {
      wide const now = load(p);
      wide const before = load(p - 1);
      high = either(high, now);
      return either(differ(equal(before, cr), equal(now, lf)), both(equal(before, lf), equal(now, dot)));
    };
    std::size_t done = 0;
    for (; done != whole; done += 4 * sizeof(wide)) {
      char const* const p = data.data() + 2 + done;
      wide const found = either(either(events(p), events(p + sizeof(wide))),
                                either(events(p + 2 * sizeof(wide)), events(p + 3 * sizeof(wide))));
      if (top_bits(found) != 0) break;
    }
    if (done != whole || top_bits(high) != 0) state.SkipWithError("not accepted");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(data.size()));
}
BENCHMARK(bare_loop_without_lengths);
#endif

/// Stuffing as it is commonly done: octet by octet into a buffer.
void copy_octet_by_octet(benchmark::State& state) {
  std::string const data = mail(message_size);
  std::vector<char> to(2 * data.size());
  for (auto _ : state) {
    char* out = to.data();
    bool start = true;
    for (char const c : data) {
      if (start && c == '.') *out++ = '.';
      *out++ = c;
      start = c == '\n';
    }
    if (static_cast<std::size_t>(out - to.data()) != data.size()) state.SkipWithError("not sent as expected");
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(data.size()));
}
BENCHMARK(copy_octet_by_octet);

void text(benchmark::State& state) {
  std::string const body = mail(message_size);
  run(state, body, body.size() + 3);
}
BENCHMARK(text);

void text_normalizing(benchmark::State& state) {
  std::string const body = mail(message_size);
  run(state, body, body.size() + 3, {}, bare_newline::normalize);
}
BENCHMARK(text_normalizing);

void text_stuffed(benchmark::State& state) {  // a dot at the start of a line every 30 lines or so
  std::string body;
  std::size_t dots = 0;
  for (std::string const part = mail(1600); body.size() < message_size; ++dots) body += "." + part;
  run(state, body, body.size() + dots + 3);
}
BENCHMARK(text_stuffed);

void text_8bit(benchmark::State& state) {
  std::string const body =
      repeated("gr\xc3\xbc\xc3\x9f Gott, ein gew\xc3\xb6hnlicher Satz in UTF-8 mit 8BITMIME.\r\n", message_size);
  run(state, body, body.size() + 3, tolerance::undeclared_8bit);
}
BENCHMARK(text_8bit);

void mail_with_bare_lf(benchmark::State& state) {
  std::string body = mail(message_size);
  std::size_t const listed = body.size() + 3;
  std::erase(body, '\r');
  run(state, body, listed, tolerance::bare_lf_in_text, bare_newline::normalize);
}
BENCHMARK(mail_with_bare_lf);

void flood_of_dot_lines(benchmark::State& state) {
  std::string const body = repeated(".\r\n", message_size);
  run(state, body, body.size() / 3 * 4 + 3);
}
BENCHMARK(flood_of_dot_lines);

void flood_of_dots_in_one_line(benchmark::State& state) {
  std::string const body(message_size, '.');
  run(state, body, body.size() + 6, tolerance::long_text_line);
}
BENCHMARK(flood_of_dots_in_one_line);

void flood_of_empty_lines(benchmark::State& state) {
  std::string const body = repeated("\r\n", message_size);
  run(state, body, body.size() + 3);
}
BENCHMARK(flood_of_empty_lines);

void flood_of_one_line(benchmark::State& state) {
  std::string const body(message_size, 'x');
  run(state, body, body.size() + 5, tolerance::long_text_line);
}
BENCHMARK(flood_of_one_line);

void flood_of_nul(benchmark::State& state) {
  std::string const body(message_size, '\0');
  run(state, body, body.size() + 5, tolerance::long_text_line | tolerance::nul_in_text);
}
BENCHMARK(flood_of_nul);

void flood_of_bare_lf(benchmark::State& state) {
  std::string const body(message_size, '\n');
  run(state, body, 2 * body.size() + 3, tolerance::bare_lf_in_text, bare_newline::normalize);
}
BENCHMARK(flood_of_bare_lf);

void flood_of_bare_cr(benchmark::State& state) {
  std::string const body(message_size, '\r');
  run(state, body, body.size() + 5, tolerance::bare_cr_in_text | tolerance::long_text_line, bare_newline::normalize);
}
BENCHMARK(flood_of_bare_cr);

void text_octet_by_octet(benchmark::State& state) {
  std::string const body = mail(message_size);
  run(state, body, body.size() + 3, {}, bare_newline::reject, 1);
}
BENCHMARK(text_octet_by_octet);

void text_line_by_line(benchmark::State& state) {  // chunks of 40 octets
  std::string const body = mail(message_size);
  run(state, body, body.size() + 3, {}, bare_newline::reject, 40);
}
BENCHMARK(text_line_by_line);

}  // namespace
