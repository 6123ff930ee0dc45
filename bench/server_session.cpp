// SPDX-License-Identifier: BSL-1.0
// The server from end to end: octets in, events, answers, replies out, in the default preset. Beside it, in the same
// run, what bounds it: reading the same octets with memchr, and copying them. Every run checks what was accepted.
#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "corpus.hpp"
#include "ehlo/server.hpp"

namespace {

using ehlo::event_type;

ehlo::server_options const options{.hostname = "mx.example.org", .max_idle_commands = 0xFFFF};

struct tally {
  std::size_t accepted = 0;
  std::size_t messages = 0;
  std::size_t octets = 0;
  std::size_t refused = 0;
  std::size_t replies = 0;
};

/// The smallest host: yes to everything, output thrown away.
void feed(ehlo::server& smtp, std::string_view in, tally& t) {
  for (;;) {
    ehlo::server_event const e = smtp.next(in, {});
    switch (e.type()) {
      case event_type::need_input:
      case event_type::need_output:
        t.replies += smtp.output().size();
        static_cast<void>(smtp.sent(smtp.output().size()));
        if (e.type() == event_type::need_input) return;
        break;
      case event_type::mail:
      case event_type::rcpt:
        ++t.accepted;
        static_cast<void>(smtp.accept());
        break;
      case event_type::body: t.octets += e.body().size(); break;
      case event_type::message_end:
        ++t.messages;
        static_cast<void>(smtp.accept());
        break;
      case event_type::refused: ++t.refused; break;
      default: break;
    }
  }
}

void begin(ehlo::server& smtp) {
  tally ignored;
  feed(smtp, {}, ignored);
  feed(smtp, "EHLO client.example.net\r\n", ignored);
}

void check(benchmark::State& state, bool holds) {
  if (!holds) state.SkipWithError("not everything was accepted");
}

// --- commands

struct transactions {
  std::string text;
  std::size_t commands = 0;
  std::size_t questions = 0;
};

/// MAIL, its RCPTs, RSET: about 50,000 commands of the corpus that a server accepts in this order.
transactions const& varied_transactions() {
  static transactions const made = [] {
    transactions t;
    ehlo_bench::command_corpus const corpus = ehlo_bench::make_command_corpus(60000);
    for (std::string_view const line : corpus.lines) {
      bool const mail = line.starts_with("MAIL");
      if (!mail && !line.starts_with("RCPT")) continue;
      if (mail && t.questions != 0) t.text += "RSET\r\n", ++t.commands;
      t.text.append(line).append("\r\n");
      ++t.commands;
      ++t.questions;
    }
    t.text += "RSET\r\n";
    ++t.commands;
    return t;
  }();
  return made;
}

void command_whole_path(benchmark::State& state) {
  transactions const& work = varied_transactions();
  for (auto _ : state) {
    ehlo::server smtp{options, {}};
    begin(smtp);
    tally t;
    std::string_view rest = work.text;
    while (!rest.empty()) {
      std::string_view const piece = rest.substr(0, 16384);
      rest.remove_prefix(piece.size());
      feed(smtp, piece, t);
    }
    check(state, t.accepted == work.questions && t.refused == 0);
    benchmark::DoNotOptimize(t);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(work.commands));
  state.counters["commands"] = static_cast<double>(work.commands);
}
BENCHMARK(command_whole_path);

void limit_memchr_lines(benchmark::State& state) {
  transactions const& work = varied_transactions();
  for (auto _ : state) {
    std::size_t lines = 0;
    char const* at = work.text.data();
    char const* const end = at + work.text.size();
    while (auto const* lf = static_cast<char const*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)))) {
      at = lf + 1;
      ++lines;
    }
    check(state, lines == work.commands);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(work.commands));
}
BENCHMARK(limit_memchr_lines);

// --- transactions

std::string message(std::size_t size) {
  std::string text;
  while (text.size() + 78 < size)
    text += "The quick brown fox jumps over the lazy dog, and nobody knows why it does so.\r\n";
  return text + ".\r\n";
}

/// A hundred different transactions with `recipients` each and a message of 4 KiB.
std::string transactions_of(std::size_t recipients, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i != 100; ++i) {
    text += "MAIL FROM:<bounces+" + std::to_string(i * 7919) + "@example.net> SIZE=" + std::to_string(size) + "\r\n";
    for (std::size_t r = 0; r != recipients; ++r) text += "RCPT TO:<user" + std::to_string(i * r) + "@example.org>\r\n";
    text += "DATA\r\n" + message(size);
  }
  return text;
}

void transaction_4k(benchmark::State& state) {
  auto const recipients = static_cast<std::size_t>(state.range(0));
  std::string const text = transactions_of(recipients, 4096);
  ehlo::server smtp{options, {}};
  begin(smtp);
  for (auto _ : state) {
    tally t;
    std::string_view rest = text;
    while (!rest.empty()) {
      std::string_view const piece = rest.substr(0, 65536);
      rest.remove_prefix(piece.size());
      feed(smtp, piece, t);
    }
    check(state, t.messages == 100 && t.accepted == 100 * (recipients + 1) && t.refused == 0);
    benchmark::DoNotOptimize(t);
  }
  state.SetItemsProcessed(state.iterations() * 100);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(transaction_4k)->Arg(1)->Arg(101);

void limit_memcpy_transaction_4k(benchmark::State& state) {
  std::string const text = transactions_of(1, 4096);
  std::string copy(text.size(), '\0');
  for (auto _ : state) {
    std::memcpy(copy.data(), text.data(), text.size());
    benchmark::DoNotOptimize(copy.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * 100);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(limit_memcpy_transaction_4k);

/// One piece of 64 KiB of a chunk: nothing of it is looked at.
void bdat_piece(benchmark::State& state) {
  std::string const piece(65536, 'x');
  ehlo::server smtp{options, {}};
  begin(smtp);
  tally t;
  feed(smtp, "MAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.org>\r\nBDAT 9000000000000000000 LAST\r\n", t);
  t = {};
  for (auto _ : state) {
    feed(smtp, piece, t);
    benchmark::DoNotOptimize(t);
  }
  check(state, t.octets == static_cast<std::size_t>(state.iterations()) * piece.size());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(bdat_piece);

void session_state(benchmark::State& state) {
  for (auto _ : state) {
    ehlo::server smtp{options, {}};
    benchmark::DoNotOptimize(&smtp);
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["octets_without_storage"] = sizeof(ehlo::server_core);
}
BENCHMARK(session_state);

}  // namespace
