// SPDX-License-Identifier: BSL-1.0
// Any octets of both sides, in any pieces: the lines of each side are the same, every octet is told or hidden, rows can
// be shown and printed, nothing of an AUTH exchange appears, and a recording tells the same session again.
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../tests/trace/told.hpp"
#include "check.hpp"
#include "ehlo/trace/inspection.hpp"
#include "ehlo/trace/recording.hpp"
#include "ehlo/trace/transcript_json.hpp"
#include "ehlo/trace/transcript_text.hpp"

namespace {

using fuzz::check;

namespace trace = ehlo::trace;
using ehlo_test::lines;

struct piece {
  trace::speaker from;
  std::string octets;
};

/// An octet with a side and a length before each piece.
std::vector<piece> pieces_of(std::string_view data) {
  std::vector<piece> all;
  while (data.size() > 1) {
    auto const head = static_cast<unsigned char>(data[0]);
    std::size_t const length = 1U + (head & 0x7FU);
    all.push_back({head < 0x80 ? trace::speaker::client : trace::speaker::server, std::string{data.substr(1, length)}});
    data.remove_prefix(1 + all.back().octets.size());
  }
  return all;
}

struct told_session {
  lines client;
  lines server;
  bool complete = true;  ///< every line was told whole
};

/// Without what depends on the order of the two sides.
told_session tell(std::vector<piece> const& all, bool octet_by_octet) {
  auto const d = std::make_unique<trace::dialogue>();
  auto const inspection = std::make_unique<trace::inspection>(true);
  told_session session;
  std::string client;
  std::string server;
  std::uint64_t octets[2] = {};
  auto const read = [&] {
    std::string_view from_client = client;
    std::string_view from_server = server;
    for (;;) {
      trace::line l = d->next(from_client, from_server);
      if (l.kind == trace::line_kind::none) break;
      check(l.shown <= l.text.size());
      inspection->take(l, *d);
      l.pipelined = false;
      l.recipients = 0;
      session.complete = session.complete && l.ended && l.kind != trace::line_kind::ciphertext;
      bool const is_client = l.from == trace::speaker::client;
      ehlo_test::add(is_client ? session.client : session.server, l, octets[is_client ? 0 : 1]);
    }
    client.erase(0, client.size() - from_client.size());
    server.erase(0, server.size() - from_server.size());
  };
  for (piece const& one : all) {
    std::string& side = one.from == trace::speaker::client ? client : server;
    if (octet_by_octet) {
      for (char const c : one.octets) {
        side += c;
        read();
      }
    } else {
      side += one.octets;
      read();
    }
  }
  for (trace::speaker const from : {trace::speaker::client, trace::speaker::server})
    session.complete = d->end(from).kind == trace::line_kind::none && session.complete;
  inspection->end(*d);
  return session;
}

/// Without the marks of secrets: what stands for one that a reply repeats is none itself.
lines unmarked(lines of) {
  for (std::string& line : of) std::erase(line, '~');
  return of;
}

void show(std::vector<piece> const& all) {
  auto const rows = std::make_unique<trace::transcript>();
  std::vector<char> storage(trace::json_row_size);
  auto const print = [&](trace::row const& r) {
    for (char const c : write_text(r, {}, storage)) check(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
    std::string_view const json = write_json(r, {}, storage);
    check(json.starts_with("{\"no\":") && json.ends_with('}'));
    for (char const c : json) check(static_cast<unsigned char>(c) >= 0x20);
  };
  for (piece const& one : all) {
    std::string_view client = one.from == trace::speaker::client ? std::string_view{one.octets} : "";
    std::string_view server = one.from == trace::speaker::server ? std::string_view{one.octets} : "";
    rows->read(client, server, {}, print);
  }
  rows->end({}, print);
}

std::vector<piece> record(std::vector<piece> const& all) {
  auto const recorder = std::make_unique<trace::recorder>(trace::recorded_messages::whole, ehlo::instant{});
  std::vector<piece> recorded;
  std::string storage(trace::record_line_size, '\0');
  std::string client;
  std::string server;
  auto const write = [&](std::string_view line) {
    trace::record r;
    if (line == trace::recording_title) return;
    check(parse_record(line, storage, r));
    if (r.kind == trace::record_kind::end) return;
    recorded.push_back(
        {r.kind == trace::record_kind::client ? trace::speaker::client : trace::speaker::server, std::string{r.text}});
  };
  for (piece const& one : all) {
    (one.from == trace::speaker::client ? client : server) += one.octets;
    std::string_view from_client = client;
    std::string_view from_server = server;
    recorder->read(from_client, from_server, {}, write);
    client.erase(0, client.size() - from_client.size());
    server.erase(0, server.size() - from_server.size());
  }
  recorder->end(trace::speaker::client, {}, write);
  recorder->end(trace::speaker::server, {}, write);
  return recorded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::vector<piece> const all = pieces_of({reinterpret_cast<char const*>(data), size});
  told_session const whole = tell(all, false);
  told_session const cut = tell(all, true);
  if (whole.complete && cut.complete) {
    check(whole.client == cut.client);
    check(whole.server == cut.server);
    told_session const again = tell(record(all), false);
    check(again.client == whole.client);
    check(unmarked(again.server) == unmarked(whole.server));
  }
  show(all);
  trace::record r;
  std::string storage(size, '\0');
  static_cast<void>(trace::parse_record({reinterpret_cast<char const*>(data), size}, storage, r));
  return 0;
}
