// SPDX-License-Identifier: BSL-1.0
// The body of a message in the form that DKIM hashes: 64 KiB in pieces of 16 KiB, hash time excluded: the sink adds up
// sizes. Beside it, in the same run, memcpy. Each run checks that what came out is as long as it has to be, and before
// the first that it is the same text as an obvious version makes.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/base/ascii.hpp"
#include "ehlo/sender/dkim_body.hpp"
#include "ehlo/sender/dkim_canonicalization.hpp"
#include "text_limits.hpp"

namespace {

using namespace ehlo_bench;

using ehlo::sender::dkim_body_canonicalizer;
using ehlo::sender::dkim_canonicalization;
using enum ehlo::sender::dkim_canonicalization;

/// RFC 6376 3.4.3 and 3.4.4, octet by octet, for a body that ends with CRLF.
std::string canonical(dkim_canonicalization how, std::string_view body) {
  std::string text;
  bool space = false;
  for (char const c : body) {
    if (how == relaxed && ehlo::is_wsp(c)) {
      space = true;
      continue;
    }
    if (space && c != '\r') text += ' ';
    space = false;
    text += c;
  }
  while (text.ends_with("\r\n\r\n")) text.resize(text.size() - 2);
  return text == "\r\n" && how == relaxed ? std::string{} : text;
}

template <class Sink>
void canonicalize(dkim_canonicalization how, std::string_view body, Sink&& sink) {
  dkim_body_canonicalizer canonicalizer{how};
  for (; body.size() > piece_size; body.remove_prefix(piece_size)) canonicalizer.take(body.substr(0, piece_size), sink);
  canonicalizer.take(body, sink);
  canonicalizer.end(sink);
}

void run(benchmark::State& state, dkim_canonicalization how, std::string const& body) {
  std::string const expected = canonical(how, body);
  std::string text;
  canonicalize(how, body, [&text](std::string_view piece) noexcept { text += piece; });
  if (text != expected) state.SkipWithError("not canonical");
  std::size_t pieces = 0;
  for (auto _ : state) {
    std::size_t size = 0;
    pieces = 0;
    canonicalize(how, body, [&](std::string_view piece) noexcept {
      benchmark::DoNotOptimize(piece.data());
      size += piece.size();
      ++pieces;
    });
    if (size != expected.size()) state.SkipWithError("not canonical");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
  state.counters["pieces"] = static_cast<double>(pieces);
}

BENCHMARK(memcpy_64k);

/// Quoted lines, indentation, two spaces behind a full stop here and there, format=flowed (RFC 3676).
std::string uneven_mail() {
  std::string body;
  for (std::string_view const lines :
       {"Dear all,\r\n\r\nthis is a line of text as people write it, and it flows on \r\n"
        "into the next.  Two spaces stand behind that full stop.\r\n\r\n",
        "> > What was said before, by somebody else, and at some length, as ever;\r\n"
        "> it was quoted with care.\r\n\r\n    an indented line of an example\r\n"
        "\tand one behind a tab\r\n\r\n-- \r\nSignature\r\n"})
    body += lines;
  return repeated(body, message_size);
}

void body(benchmark::State& state, dkim_canonicalization how) { run(state, how, mail(message_size)); }
BENCHMARK_CAPTURE(body, simple, simple);
BENCHMARK_CAPTURE(body, relaxed, relaxed);

/// With a sink that copies, as most of a body is not looked at otherwise where it is `simple`.
void body_copied(benchmark::State& state, dkim_canonicalization how) {
  std::string const text = mail(message_size);
  std::string const expected = canonical(how, text);
  std::vector<char> to(text.size());
  for (auto _ : state) {
    std::size_t size = 0;
    canonicalize(how, text, [&](std::string_view piece) noexcept {
      std::memcpy(to.data() + size, piece.data(), piece.size());
      size += piece.size();
    });
    benchmark::DoNotOptimize(to.data());
    benchmark::ClobberMemory();
    if (size != expected.size()) state.SkipWithError("not canonical");
  }
  if (std::string_view{to.data(), expected.size()} != expected) state.SkipWithError("not canonical");
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK_CAPTURE(body_copied, simple, simple);
BENCHMARK_CAPTURE(body_copied, relaxed, relaxed);

void uneven(benchmark::State& state) { run(state, relaxed, uneven_mail()); }
BENCHMARK(uneven);

void flood(benchmark::State& state, dkim_canonicalization how, std::string_view pattern) {
  run(state, how, repeated(pattern, message_size - 4) + "x\r\n");
}
BENCHMARK_CAPTURE(flood, two_spaces, relaxed, "a  ");
BENCHMARK_CAPTURE(flood, tabs, relaxed, "a\t");
BENCHMARK_CAPTURE(flood, space_at_line_end, relaxed, "a \r\n");
BENCHMARK_CAPTURE(flood, spaces, relaxed, " ");
BENCHMARK_CAPTURE(flood, white_lines, relaxed, " \r\n");
BENCHMARK_CAPTURE(flood, empty_lines, simple, "\r\n");

}  // namespace
