// SPDX-License-Identifier: BSL-1.0
// What it costs a client to read a reply - the frame, the code, the status - and an answer to EHLO, beside two limits
// of the same run: memchr over the same octets, and a bare loop that finds the lines and their codes and checks
// nothing. Time is per reply.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "ehlo/grammar/ehlo_line.hpp"
#include "ehlo/wire/reply_reader.hpp"
#include "reply_corpus.hpp"

namespace {

using ehlo_bench::reply_corpus;
using ehlo_bench::reply_generator;

constexpr std::string_view mechanisms = "PLAIN LOGIN";

reply_corpus const& mixed() {
  static reply_corpus const made = ehlo_bench::make_reply_corpus(50'000, [](reply_generator& g) { return g.reply(); });
  return made;
}
reply_corpus const& ehlo_short() {
  static reply_corpus const made =
      ehlo_bench::make_reply_corpus(100, [](reply_generator& g) { return g.ehlo(6 + g.below(7)); });
  return made;
}
reply_corpus const& ehlo_long() {
  static reply_corpus const made = ehlo_bench::make_reply_corpus(40, [](reply_generator& g) { return g.ehlo(25); });
  return made;
}

void report(benchmark::State& state, reply_corpus const& corpus) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(corpus.replies));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(corpus.text.size()));
  state.counters["ns_per_reply"] =
      benchmark::Counter(static_cast<double>(corpus.replies) * 1e-9,
                         benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

/// All replies of the corpus in pieces of a size; how many, and a sum so that nothing is optimized away.
template <class Use>
std::size_t read_all(reply_corpus const& corpus, std::size_t piece, Use use) {
  std::array<char, 4096> storage;  // NOLINT: not read before it is written
  ehlo::reply_reader reader;
  std::size_t count = 0;
  for (std::string_view rest = corpus.text; !rest.empty();) {
    std::string_view in = rest.substr(0, piece);
    rest.remove_prefix(in.size());
    for (;;) {
      auto const read = reader.read(in, storage, {}, ehlo::interoperable);
      if (read.what == ehlo::reply_reader::status::need_input) break;
      if (read.what != ehlo::reply_reader::status::reply) return 0;
      use(read.reply);
      ++count;
    }
  }
  return count;
}

void replies(benchmark::State& state, std::size_t piece) {
  for (auto _ : state) {
    std::uint64_t sum = 0;
    std::size_t statuses = 0;
    std::size_t const count = read_all(mixed(), piece, [&](ehlo::reply_view const& reply) {
      sum += reply.code().number() + reply.status().detail + reply.raw().size();
      statuses += reply.status() ? 1U : 0U;
    });
    benchmark::DoNotOptimize(sum);
    if (count != mixed().replies || statuses < count * 3 / 4) state.SkipWithError("a reply was lost");
  }
  report(state, mixed());
}
BENCHMARK_CAPTURE(replies, whole, std::size_t{1} << 30U);
BENCHMARK_CAPTURE(replies, pieces_1460, 1460);
BENCHMARK_CAPTURE(replies, pieces_1, 1);

void ehlo_response(benchmark::State& state, reply_corpus const& (*corpus)()) {
  for (auto _ : state) {
    std::uint64_t sum = 0;
    std::size_t sized = 0;
    std::size_t const count = read_all(corpus(), std::size_t{1} << 30U, [&](ehlo::reply_view const& reply) {
      ehlo::service_offer const offer = ehlo::read_ehlo_response(reply, mechanisms);
      sum += offer.max_size + offer.mechanisms + offer.rcpt_max;
      sized += offer.keywords.has(ehlo::capability::size) && offer.max_size == 52428800 ? 1U : 0U;
    });
    benchmark::DoNotOptimize(sum);
    if (count != corpus().replies || sized < count / 3) state.SkipWithError("an offer was lost");
  }
  report(state, corpus());
}
BENCHMARK_CAPTURE(ehlo_response, lines_7_to_13, ehlo_short);
BENCHMARK_CAPTURE(ehlo_response, lines_26, ehlo_long);

/// Finds each line, its code and whether it is the last; checks no octet and has no limits.
void bare_loop(benchmark::State& state, reply_corpus const& (*corpus)()) {
  for (auto _ : state) {
    std::uint64_t sum = 0;
    std::size_t count = 0;
    char const* at = corpus().text.data();
    char const* const end = at + corpus().text.size();
    while (at != end) {
      sum += static_cast<std::uint64_t>(at[0] * 100 + at[1] * 10 + at[2] - '0' * 111);
      count += at[3] == ' ' ? 1U : 0U;
      while (*at != '\n') ++at;
      ++at;
    }
    benchmark::DoNotOptimize(sum);
    if (count != corpus().replies) state.SkipWithError("a reply was lost");
  }
  report(state, corpus());
}
BENCHMARK_CAPTURE(bare_loop, replies, mixed);
BENCHMARK_CAPTURE(bare_loop, lines_7_to_13, ehlo_short);
BENCHMARK_CAPTURE(bare_loop, lines_26, ehlo_long);

void memchr_lines(benchmark::State& state, reply_corpus const& (*corpus)()) {
  for (auto _ : state) {
    std::size_t count = 0;
    char const* at = corpus().text.data();
    char const* const end = at + corpus().text.size();
    while (at != end) {
      at = static_cast<char const*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at))) + 1;
      ++count;
    }
    benchmark::DoNotOptimize(count);
    if (count != corpus().lines) state.SkipWithError("a line was lost");
  }
  report(state, corpus());
}
BENCHMARK_CAPTURE(memchr_lines, replies, mixed);
BENCHMARK_CAPTURE(memchr_lines, lines_7_to_13, ehlo_short);
BENCHMARK_CAPTURE(memchr_lines, lines_26, ehlo_long);

}  // namespace
