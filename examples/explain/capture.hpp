// SPDX-License-Identifier: BSL-1.0
// A session that was captured, from one of three kinds of files: the octets of each direction in a file of its own;
// what `tshark -q -z follow,tcp,raw,N` prints; an ehlo recording (ehlo/trace/recording.hpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ehlo/base/ascii.hpp"
#include "ehlo/grammar/reply_line.hpp"
#include "ehlo/trace/recording.hpp"
#include "ehlo/trace/visible.hpp"

namespace explain {

/// What one side said at once, or what was noted between.
struct piece {
  ehlo::milliseconds at = 0;
  ehlo::trace::record_kind kind = ehlo::trace::record_kind::note;
  std::string text;
};

struct capture {
  std::vector<piece> pieces;
  bool in_order = true;  ///< the pieces are in the order in which they were said
  bool timed = true;
  std::string client = "client";
  std::string server = "server";
};

inline std::optional<std::string> read_file(std::string const& path) {
  std::ifstream file{path, std::ios::binary};
  if (path == "-") file.open("/dev/stdin", std::ios::binary);
  if (!file) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>{file}, {}};
}

/// As it can be shown on a terminal.
inline std::string visible(std::string_view text) {
  std::string room(4 * text.size(), ' ');
  ehlo::text_writer to{room};
  ehlo::trace::put_visible(to, text);
  return std::string{to.written()};
}

/// Takes a line from the text, without its line ending.
inline std::string_view take_line(std::string_view& text) {
  std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix((std::min)(line.size() + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// The two directions. In which order they were said is not known.
inline capture of_directions(std::string client, std::string server) {
  capture all;
  all.pieces = {{0, ehlo::trace::record_kind::server, std::move(server)},
                {0, ehlo::trace::record_kind::client, std::move(client)}};
  all.in_order = all.timed = false;
  return all;
}

inline std::optional<capture> of_recording(std::string_view text) {
  if (take_line(text) != ehlo::trace::recording_title) return std::nullopt;
  capture all;
  std::string storage;
  while (!text.empty()) {
    std::string_view const line = take_line(text);
    ehlo::trace::record one;
    storage.resize(line.size());
    if (line.empty() || line.starts_with('#')) continue;
    if (!parse_record(line, storage, one)) return std::nullopt;
    all.pieces.push_back({one.at, one.kind, std::string{one.text}});
  }
  return all;
}

/// Node 0 has opened the connection, node 1's octets stand behind a tab.
inline std::optional<capture> of_tshark(std::string_view text) {
  using enum ehlo::trace::record_kind;
  capture all;
  all.timed = false;
  if (text.find("\nFollow: tcp,raw") == text.npos) return std::nullopt;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    if (line.starts_with("Node 0: ")) all.client = visible(line.substr(8));
    if (line.starts_with("Node 1: ")) all.server = visible(line.substr(8));
    bool const from_server = line.starts_with('\t');
    if (from_server) line.remove_prefix(1);
    if (line.empty() || line.size() % 2 != 0 || line.find_first_not_of("0123456789abcdef") != line.npos) continue;
    piece one{0, from_server ? server : client, {}};
    for (std::size_t i = 0; i != line.size(); i += 2)
      one.text += static_cast<char>(ehlo::hex_value(line[i]) * 16 + ehlo::hex_value(line[i + 1]));
    all.pieces.push_back(std::move(one));
  }
  return all;
}

/// Whoever speaks like a server is one, also where a capture began too late to know, or where the files were swapped.
inline void put_right(capture& all) {
  using enum ehlo::trace::record_kind;
  auto const speaks_as_server = [&all](ehlo::trace::record_kind side) {
    auto const first = std::find_if(all.pieces.begin(), all.pieces.end(),
                                    [side](piece const& p) { return p.kind == side && !p.text.empty(); });
    if (first == all.pieces.end()) return false;
    std::string_view text = first->text;
    ehlo::reply_line reply;
    return parse_reply_line(take_line(text), reply) == ehlo::errc::ok;
  };
  if (!speaks_as_server(client) || speaks_as_server(server)) return;
  if (all.in_order) std::swap(all.client, all.server);  // who they are was seen, not what they are
  for (piece& p : all.pieces) {
    if (p.kind == client)
      p.kind = server;
    else if (p.kind == server)
      p.kind = client;
  }
}

}  // namespace explain
