// SPDX-License-Identifier: BSL-1.0
// What it costs to read a command, beside two limits of the same run: memchr over the same octets, and a bare loop that
// splits at the delimiters and checks nothing. Time is per command.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "corpus.hpp"
#include "ehlo/grammar/auth_command.hpp"
#include "ehlo/grammar/bdat_command.hpp"
#include "ehlo/grammar/command_line.hpp"
#include "ehlo/grammar/hello.hpp"
#include "ehlo/grammar/mail_command.hpp"
#include "ehlo/grammar/rcpt_command.hpp"

namespace {

constexpr std::size_t command_count = 50'000;
constexpr ehlo::capability_set offered{ehlo::capability::size,     ehlo::capability::eightbitmime,
                                       ehlo::capability::smtputf8, ehlo::capability::dsn,
                                       ehlo::capability::auth,     ehlo::capability::chunking};

ehlo_bench::command_corpus const& corpus() {
  static ehlo_bench::command_corpus const made = ehlo_bench::make_command_corpus(command_count);
  return made;
}

void report(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(command_count));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(corpus().text.size()));
  state.counters["ns_per_command"] =
      benchmark::Counter(static_cast<double>(command_count) * 1e-9,
                         benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

/// What a server keeps of a command; summed, so that nothing is optimized away.
struct totals {
  std::size_t accepted = 0;
  std::uint64_t octets = 0;

  void add(ehlo::errc what, std::uint64_t found) {
    accepted += what == ehlo::errc::ok ? 1U : 0U;
    octets += found;
  }
};

void read_command(std::string_view line, totals& sum) {
  ehlo::command_word const word = ehlo::parse_verb(line);
  ehlo::tolerance used = ehlo::tolerance::none;
  switch (word.what) {
    case ehlo::verb::mail: {
      ehlo::mail_command command;
      ehlo::errc const what = ehlo::parse_mail(line, {ehlo::interoperable, offered, true, {}}, command, used);
      sum.add(what, command.from.end + command.size);
      break;
    }
    case ehlo::verb::rcpt: {
      ehlo::rcpt_command command;
      ehlo::errc const what = ehlo::parse_rcpt(line, {ehlo::interoperable, offered, false, {}}, command, used);
      sum.add(what, command.to.end);
      break;
    }
    case ehlo::verb::bdat: {
      ehlo::bdat_command command;
      ehlo::errc const what = ehlo::parse_bdat(line, command);
      sum.add(what, command.size);
      break;
    }
    case ehlo::verb::auth: {
      ehlo::auth_command command;
      ehlo::errc const what = ehlo::parse_auth(line, command);
      sum.add(what, command.initial.length);
      break;
    }
    case ehlo::verb::ehlo: sum.add(ehlo::parse_hello(line.substr(5), ehlo::interoperable, used), word.length); break;
    case ehlo::verb::unknown: break;
    default: sum.add(line.size() == word.length ? ehlo::errc::ok : ehlo::errc::peer_argument, word.length); break;
  }
}

void typed_commands(benchmark::State& state) {
  for (auto _ : state) {
    totals sum;
    for (std::string_view const line : corpus().lines) read_command(line, sum);
    benchmark::DoNotOptimize(sum);
    if (sum.accepted != command_count) state.SkipWithError("a command was refused");
  }
  report(state);
}
BENCHMARK(typed_commands);

void one_kind(benchmark::State& state, std::string_view verb) {
  std::vector<std::string_view> lines;
  for (std::string_view const line : corpus().lines)
    if (line.starts_with(verb)) lines.push_back(line);
  for (auto _ : state) {
    totals sum;
    for (std::string_view const line : lines) read_command(line, sum);
    benchmark::DoNotOptimize(sum);
    if (sum.accepted != lines.size()) state.SkipWithError("a command was refused");
  }
  state.counters["ns_per_command"] =
      benchmark::Counter(static_cast<double>(lines.size()) * 1e-9,
                         benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK_CAPTURE(one_kind, ehlo, "EHLO");
BENCHMARK_CAPTURE(one_kind, auth, "AUTH");
BENCHMARK_CAPTURE(one_kind, mail, "MAIL");
BENCHMARK_CAPTURE(one_kind, rcpt, "RCPT");
BENCHMARK_CAPTURE(one_kind, bdat, "BDAT");
BENCHMARK_CAPTURE(one_kind, data, "DATA");

/// Splits at the delimiters and checks no octet: what no parser can be faster than by much.
void bare_loop(benchmark::State& state) {
  for (auto _ : state) {
    std::uint64_t sum = 0;
    for (std::string_view const line : corpus().lines) {
      std::uint64_t mark = 0;
      for (std::size_t i = 0; i != line.size(); ++i) {
        char const c = line[i];
        if (c == '<' || c == '>' || c == '@' || c == ' ' || c == '=') mark = mark * 31 + i;
      }
      sum += mark;
    }
    benchmark::DoNotOptimize(sum);
  }
  report(state);
}
BENCHMARK(bare_loop);

void memchr_lines(benchmark::State& state) {
  for (auto _ : state) {
    std::size_t count = 0;
    char const* at = corpus().text.data();
    char const* const end = at + corpus().text.size();
    while (at != end) {
      at = static_cast<char const*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at))) + 1;
      ++count;
    }
    benchmark::DoNotOptimize(count);
    if (count != command_count) state.SkipWithError("a line was lost");
  }
  report(state);
}
BENCHMARK(memchr_lines);

}  // namespace
