// SPDX-License-Identifier: BSL-1.0
// Receiving the text of a message, in views, strict: 64 KiB in pieces of 16 KiB. Beside it, in the same run, what
// bounds it: memcpy, memchr, and the same questions asked by a bare loop of intrinsics. Every figure is of octets that
// were accepted: each run checks what came out.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/base/find.hpp"
#include "ehlo/wire/chunk_reader.hpp"
#include "ehlo/wire/dot_decoder.hpp"
#include "ehlo/wire/line_reader.hpp"
#include "text_limits.hpp"

namespace {

using namespace ehlo_bench;

using ehlo::tolerance;
using status = ehlo::dot_decoder::status;

constexpr ehlo::text_rules strict_text{};
constexpr ehlo::text_rules any_length{ehlo::bare_newline::reject, tolerance::long_text_line};
constexpr ehlo::text_rules normalizing{ehlo::bare_newline::normalize, tolerance::long_text_line};

struct outcome {
  std::size_t body = 0;
  std::size_t views = 0;
  tolerance used{};
  bool end = false;
  bool refused = false;
};

outcome receive(std::string_view data, ehlo::text_rules rules, std::size_t piece, std::span<char> scratch) {
  outcome result;
  ehlo::dot_decoder decoder;
  decoder.start(rules);
  while (!data.empty() && !result.end) {
    std::string_view in = data.substr(0, piece);
    data.remove_prefix(in.size());
    for (;;) {
      auto const said = decoder.decode(in, scratch);
      if (said.what == status::need_input) break;
      if (said.what == status::text) {
        benchmark::DoNotOptimize(said.text.data());
        result.body += said.text.size();
        ++result.views;
      } else if (said.what == status::end) {
        result.end = true;
        break;
      } else {
        result.refused = true;
      }
    }
  }
  result.used = decoder.used();
  return result;
}

void run(benchmark::State& state, std::string const& text, std::size_t body, ehlo::text_rules rules,
         std::size_t piece = piece_size, bool refused = false) {
  std::string const data = text + (text.ends_with("\r\n") ? ".\r\n" : "\r\n.\r\n");
  std::array<char, 2048> scratch;
  outcome result;
  for (auto _ : state) {
    result = receive(data, rules, piece, scratch);
    if (!result.end || result.refused != refused || result.body != body)
      state.SkipWithError("not accepted as expected");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(data.size()));
  state.counters["views"] = static_cast<double>(result.views);
}

BENCHMARK(memcpy_64k);

void memchr_absent(benchmark::State& state) {
  std::string const data = mail(message_size);
  for (auto _ : state)
    if (std::memchr(data.data(), '\x01', data.size()) != nullptr) state.SkipWithError("found");
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(data.size()));
}
BENCHMARK(memchr_absent);

void memchr_each_line(benchmark::State& state) {
  std::string const data = mail(message_size);
  std::size_t const expected = static_cast<std::size_t>(std::count(data.begin(), data.end(), '\n'));
  for (auto _ : state) {
    std::size_t lines = 0;
    char const* at = data.data();
    char const* const end = at + data.size();
    while (auto const* lf = static_cast<char const*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)))) {
      at = lf + 1;
      ++lines;
    }
    if (lines != expected) state.SkipWithError("lines lost");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(data.size()));
}
BENCHMARK(memchr_each_line);

void find_lf_each_line(benchmark::State& state) {
  std::string const data = mail(message_size);
  std::size_t const expected = static_cast<std::size_t>(std::count(data.begin(), data.end(), '\n'));
  for (auto _ : state) {
    std::size_t lines = 0;
    for (std::string_view in = data; !in.empty(); ++lines) in.remove_prefix(ehlo::find_lf(in) + 1);
    if (lines != expected) state.SkipWithError("lines lost");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(data.size()));
}
BENCHMARK(find_lf_each_line);

void line_reader_each_line(benchmark::State& state) {
  std::string const data = mail(message_size);
  std::size_t const expected = static_cast<std::size_t>(std::count(data.begin(), data.end(), '\n'));
  std::array<char, 2048> storage;
  for (auto _ : state) {
    std::size_t lines = 0;
    ehlo::line_reader reader;
    for (std::string_view in = data; reader.read(in, storage, 2048, false).what == ehlo::line_reader::status::line;)
      ++lines;
    if (lines != expected) state.SkipWithError("lines lost");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(data.size()));
}
BENCHMARK(line_reader_each_line);

#if defined(__AVX2__) || defined(__SSE2__)
BENCHMARK(bare_loop);
#endif

void text_strict(benchmark::State& state) {
  std::string const data = mail(message_size);
  run(state, data, data.size(), strict_text);
}
BENCHMARK(text_strict);

void text_strict_stuffed(benchmark::State& state) {  // a stuffed dot every 30 lines or so
  std::string data;
  for (std::string const part = mail(1600); data.size() < message_size;) data += ".." + part;
  run(state, data, data.size() - static_cast<std::size_t>(std::count(data.begin(), data.end(), '.')) / 2, strict_text);
}
BENCHMARK(text_strict_stuffed);

void text_8bit(benchmark::State& state) {
  std::string const data =
      repeated("gr\xc3\xbc\xc3\x9f Gott, ein gew\xc3\xb6hnlicher Satz in UTF-8 mit 8BITMIME.\r\n", message_size);
  run(state, data, data.size(), {ehlo::bare_newline::reject, tolerance::undeclared_8bit});
}
BENCHMARK(text_8bit);

void flood_of_dot_lines(benchmark::State& state) {
  std::string const data = repeated("..\r\n", message_size);
  run(state, data, data.size() / 4 * 3, strict_text);
}
BENCHMARK(flood_of_dot_lines);

void flood_of_dots_in_one_line(benchmark::State& state) {
  std::string const data(message_size, '.');
  run(state, data, data.size() + 1, any_length);
}
BENCHMARK(flood_of_dots_in_one_line);

void flood_of_empty_lines(benchmark::State& state) {
  std::string const data = repeated("\r\n", message_size);
  run(state, data, data.size(), strict_text);
}
BENCHMARK(flood_of_empty_lines);

void flood_of_one_line(benchmark::State& state) {
  std::string const data(message_size, 'x');
  run(state, data, data.size() + 2, any_length);
}
BENCHMARK(flood_of_one_line);

void flood_of_bare_lf(benchmark::State& state) {
  std::string const data(message_size, '\n');
  run(state, data + "\r\n", 2 * data.size() + 2, normalizing);
}
BENCHMARK(flood_of_bare_lf);

void flood_of_bare_cr(benchmark::State& state) {
  std::string const data(message_size, '\r');
  run(state, data + "\r\n", data.size() + 2, normalizing);
}
BENCHMARK(flood_of_bare_cr);

void mail_with_bare_lf(benchmark::State& state) {
  std::string data = mail(message_size);
  std::size_t const size = data.size();
  std::erase(data, '\r');
  run(state, data + "\r\n", size + 2, normalizing);
}
BENCHMARK(mail_with_bare_lf);

void swallowed(benchmark::State& state) {
  run(state, "a\nb\r\n" + mail(message_size), 1, strict_text, piece_size, true);
}
BENCHMARK(swallowed);

void swallowed_dot_lines(benchmark::State& state) {
  run(state, "a\nb\r\n" + repeated("..\r\n", message_size), 1, strict_text, piece_size, true);
}
BENCHMARK(swallowed_dot_lines);

void text_octet_by_octet(benchmark::State& state) {
  std::string const data = mail(message_size);
  run(state, data, data.size(), strict_text, 1);
}
BENCHMARK(text_octet_by_octet);

void text_in_short_pieces(benchmark::State& state) {  // of 40 octets
  std::string const data = mail(message_size);
  run(state, data, data.size(), strict_text, 40);
}
BENCHMARK(text_in_short_pieces);

void bdat_piece(benchmark::State& state) {  // time of one take
  std::string const data(piece_size, 'x');
  ehlo::chunk_reader chunk;
  chunk.start(~std::uint64_t{0});
  for (auto _ : state) {
    std::string_view in = data;
    benchmark::DoNotOptimize(in);
    std::string_view const taken = chunk.take(in);
    if (taken.size() != piece_size) state.SkipWithError("octets lost");
    benchmark::DoNotOptimize(taken.data());
  }
}
BENCHMARK(bdat_piece);

}  // namespace
