// SPDX-License-Identifier: BSL-1.0
// The client from end to end: envelopes in, commands and text out, replies in, outcomes; and a client and a server back
// to back, without a copy between them. Beside it, in the same run, what bounds it: copying the octets that are sent,
// and the two sides alone over the same octets. Every run checks what was delivered.
#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/client.hpp"
#include "ehlo/server.hpp"

namespace {

using ehlo::client_event_type;
using ehlo::event_type;

ehlo::client_options const client_options{.hostname = "client.example.net", .tls = ehlo::tls_policy::never};
ehlo::server_options const server_options{.hostname = "mx.example.org", .max_idle_commands = 0xFFFF};

constexpr std::size_t transactions = 100;

/// Lines of 20 to 76 octets, some empty, some with a dot in front: mail.
std::string mail(std::size_t size, std::uint32_t seed) {
  std::string text;
  while (text.size() + 80 < size) {
    seed = seed * 1664525U + 1013904223U;
    std::size_t const length = seed >> 28 == 0 ? 0 : 20 + (seed >> 16) % 57;
    if (seed % 64 == 0) text += '.';
    for (std::size_t i = 0; i != length; ++i)
      text += (i + seed) % 7 == 0 ? ' ' : static_cast<char>('a' + (i * seed >> 9) % 26);
    text += "\r\n";
  }
  return text + std::string(size - text.size() - 2, 'z') + "\r\n";
}

/// A hundred different envelopes and bodies, as a host owns them.
struct outbox {
  struct item {
    std::string from;
    std::string body;
    std::vector<std::string> paths;
    std::vector<ehlo::recipient> to;
    ehlo::envelope envelope;
  };
  std::vector<item> items;

  outbox(std::size_t recipients, std::size_t size) : items(transactions) {
    for (std::size_t i = 0; i != transactions; ++i) {
      item& it = items[i];
      it.from = "bounces+" + std::to_string(i * 7919) + "@example.net";
      it.body = mail(size, static_cast<std::uint32_t>(i));
      for (std::size_t r = 0; r != recipients; ++r) it.paths.push_back("user" + std::to_string(i * r) + "@example.org");
      for (std::string const& path : it.paths) it.to.push_back({path});
      it.envelope.from = it.from;
      it.envelope.to = it.to;
      it.envelope.params.size = size;
      it.envelope.params.has_size = true;
    }
  }
};

struct tally {
  std::size_t delivered = 0;
  std::size_t done = 0;
  std::size_t stored = 0;
  std::size_t octets = 0;
  std::size_t refused = 0;
};

/// The smallest host of a client: submits everything, and asks `peer` to take what is sent and to give the replies.
template <class Peer>
void deliver(ehlo::client& smtp, outbox& box, Peer& peer, tally& t) {
  std::size_t at = 0;
  std::string_view in;
  for (;;) {
    ehlo::client_event const e = smtp.next(in, {});
    switch (e.type()) {
      case client_event_type::need_input:
      case client_event_type::need_output: {
        std::size_t count = 0;
        for (std::string_view const view : smtp.output()) {
          count += view.size();
          peer.take(view);
        }
        static_cast<void>(smtp.sent(count));
        if (e.type() == client_event_type::need_input) in = peer.give();
        break;
      }
      case client_event_type::need_body: static_cast<void>(smtp.body(box.items[at].body, true)); break;
      case client_event_type::ready:
        if (at == box.items.size() || smtp.submit(box.items[at].envelope) != ehlo::errc::ok) return;
        break;
      case client_event_type::transaction_done:
        ++t.done;
        for (ehlo::recipient const& r : box.items[at].to)
          t.delivered += static_cast<std::size_t>(r.state == ehlo::outcome::delivered);
        ++at;
        break;
      case client_event_type::closed: return;
      default: break;
    }
  }
}

/// The smallest host of a server: yes to everything.
void receive(ehlo::server& smtp, std::string_view in, tally& t) {
  for (;;) {
    ehlo::server_event const e = smtp.next(in, {});
    switch (e.type()) {
      case event_type::need_input:
      case event_type::need_output: return;
      case event_type::mail:
      case event_type::rcpt: static_cast<void>(smtp.accept()); break;
      case event_type::body: t.octets += e.body().size(); break;
      case event_type::message_end:
        ++t.stored;
        static_cast<void>(smtp.accept());
        break;
      case event_type::refused: ++t.refused; break;
      default: break;
    }
  }
}

/// The server on the other end, which sees the client's octets where they stand. Its replies fit its output, as every
/// flight here has few commands.
struct live_peer {
  ehlo::server smtp{server_options, {}};
  tally seen;

  void take(std::string_view octets) {
    static_cast<void>(smtp.sent(smtp.output().size()));
    receive(smtp, octets, seen);
  }
  std::string_view give() {
    if (smtp.output().empty()) receive(smtp, {}, seen);
    return smtp.output();
  }
};

/// The same, which writes down what passes: one entry for each flight and for the replies to it.
struct recorder : live_peer {
  std::vector<std::string> sent;
  std::vector<std::string> replies;
  bool begun = false;

  void take(std::string_view octets) {
    if (!begun) sent.emplace_back();
    begun = true;
    sent.back() += octets;
    live_peer::take(octets);
  }
  std::string_view give() {
    begun = false;
    replies.emplace_back(live_peer::give());
    return replies.back();
  }
};

/// Replies from the record; nothing looks at what is sent.
struct recorded_peer {
  std::vector<std::string> const& replies;
  std::size_t at = 0;
  std::size_t octets = 0;

  void take(std::string_view view) { octets += view.size(); }
  std::string_view give() { return at == replies.size() ? std::string_view{} : replies[at++]; }
};

/// What passes after EHLO. Of each transaction: the envelope, the text.
struct record {
  std::vector<std::string> sent;
  std::vector<std::string> replies;
  std::size_t octets = 0;

  explicit record(outbox& box) {
    recorder peer;
    ehlo::client smtp{client_options, {}};
    tally t;
    deliver(smtp, box, peer, t);
    sent.assign(peer.sent.begin() + 1, peer.sent.end());  // without EHLO
    replies.assign(peer.replies.begin() + 2, peer.replies.end());
    for (std::string const& flight : sent) octets += flight.size();
  }
};

outbox& box_of(std::size_t recipients) {
  static outbox one{1, 4096};
  static outbox ten{10, 4096};
  return recipients == 1 ? one : ten;
}
record const& record_of(std::size_t recipients) {
  static record const one{box_of(1)};
  static record const ten{box_of(10)};
  return recipients == 1 ? one : ten;
}

void open(ehlo::client& smtp, std::string_view greeting, std::string_view offer) {
  for (std::string_view in : {std::string_view{}, greeting, offer}) {
    while (smtp.next(in, {}).type() != client_event_type::need_input)
      if (smtp.state() == ehlo::client_state::ready) break;
    std::size_t count = 0;
    for (std::string_view const view : smtp.output()) count += view.size();
    static_cast<void>(smtp.sent(count));
  }
}

void check(benchmark::State& state, bool holds) {
  if (!holds) state.SkipWithError("not everything was delivered");
}

void account(benchmark::State& state, record const& r) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(transactions));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(r.octets));
}

constexpr std::string_view greeting = "220 mx.example.org ESMTP\r\n";
constexpr std::string_view offer =
    "250-mx.example.org\r\n250-PIPELINING\r\n250-SIZE\r\n250-8BITMIME\r\n250-CHUNKING\r\n250-ENHANCEDSTATUSCODES\r\n"
    "250-DSN\r\n250 SMTPUTF8\r\n";

void client_transaction_4k(benchmark::State& state) {
  auto const recipients = static_cast<std::size_t>(state.range(0));
  outbox& box = box_of(recipients);
  record const& r = record_of(recipients);
  ehlo::client smtp{client_options, {}};
  open(smtp, greeting, offer);
  for (auto _ : state) {
    tally t;
    recorded_peer peer{r.replies};
    deliver(smtp, box, peer, t);
    check(state, t.done == transactions && t.delivered == transactions * recipients && peer.octets == r.octets);
    benchmark::DoNotOptimize(t);
  }
  account(state, r);
}
BENCHMARK(client_transaction_4k)->Arg(1)->Arg(10);

void server_transaction_4k(benchmark::State& state) {
  auto const recipients = static_cast<std::size_t>(state.range(0));
  record const& r = record_of(recipients);
  ehlo::server smtp{server_options, {}};
  tally opening;
  receive(smtp, {}, opening);
  static_cast<void>(smtp.sent(smtp.output().size()));
  receive(smtp, "EHLO client.example.net\r\n", opening);
  for (auto _ : state) {
    tally t;
    for (std::string const& flight : r.sent) {
      static_cast<void>(smtp.sent(smtp.output().size()));
      receive(smtp, flight, t);
    }
    check(state, t.stored == transactions && t.octets == transactions * 4096 && t.refused == 0);
    benchmark::DoNotOptimize(t);
  }
  account(state, r);
}
BENCHMARK(server_transaction_4k)->Arg(1)->Arg(10);

void back_to_back_4k(benchmark::State& state) {
  auto const recipients = static_cast<std::size_t>(state.range(0));
  outbox& box = box_of(recipients);
  live_peer peer;
  ehlo::client smtp{client_options, {}};
  outbox nothing{0, 4096};
  nothing.items.clear();
  tally opening;
  deliver(smtp, nothing, peer, opening);
  for (auto _ : state) {
    tally t;
    peer.seen = {};
    deliver(smtp, box, peer, t);
    check(state, t.done == transactions && t.delivered == transactions * recipients);
    check(state, peer.seen.stored == transactions && peer.seen.octets == transactions * 4096 && peer.seen.refused == 0);
    benchmark::DoNotOptimize(t);
  }
  account(state, record_of(recipients));
}
BENCHMARK(back_to_back_4k)->Arg(1)->Arg(10);

void limit_memcpy_4k(benchmark::State& state) {
  record const& r = record_of(1);
  std::string copy(r.octets, '\0');
  for (auto _ : state) {
    char* to = copy.data();
    for (std::string const& flight : r.sent) {
      std::memcpy(to, flight.data(), flight.size());
      to += flight.size();
    }
    benchmark::DoNotOptimize(copy.data());
    benchmark::ClobberMemory();
  }
  account(state, r);
}
BENCHMARK(limit_memcpy_4k);

void client_state(benchmark::State& state) {
  for (auto _ : state) {
    ehlo::client smtp{client_options, {}};
    benchmark::DoNotOptimize(&smtp);
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["octets_without_storage"] = sizeof(ehlo::client_core);
}
BENCHMARK(client_state);

}  // namespace
