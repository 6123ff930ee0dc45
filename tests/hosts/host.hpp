// SPDX-License-Identifier: BSL-1.0
// The server hosts, and one of them at work: how it is started, what it has stored, and what it costs.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "process.hpp"

namespace test {

struct host {
  std::string name;  ///< in those of the tests
  std::string program;
  strings options{};
  bool smallest = false;  ///< with a command line of its own, without TLS, and with a thread for each connection

  [[nodiscard]] std::string path() const { return EHLO_PROGRAMS "/" + program; }
  [[nodiscard]] bool is_built() const { return access(path().c_str(), X_OK) == 0; }
};

inline void PrintTo(host const& h, std::ostream* out) { *out << h.name; }

inline std::vector<host> const& all_hosts() {
  static std::vector<host> const all{
      {"serve", "ehlo-serve"},
      {"serve_threads", "ehlo-serve", {"--threads", "2"}},
      {.name = "blocking", .program = "ehlo-blocking-server", .smallest = true},
      {"libuv", "ehlo-libuv-server"},
      {"io_uring", "ehlo-io_uring-server"},
      {"asio", "ehlo-asio-server"},
  };
  return all;
}
inline std::vector<host> built_hosts() {
  std::vector<host> found;
  std::copy_if(all_hosts().begin(), all_hosts().end(), std::back_inserter(found), [](auto& h) { return h.is_built(); });
  return found;
}
inline std::vector<host> built_hosts_with_tls() {
  std::vector<host> found = built_hosts();
  std::erase_if(found, [](host const& h) { return h.smallest; });
  return found;
}

/// What stands before a message of `mail` in a Maildir, and that in front of which a client says it.
inline std::string const return_path =
    "Return-Path: <a@client.test>\r\nDelivered-To: b@mx.example.org\r\nX-Original-To: b@mx.example.org\r\n";

/// A host that serves on a free port of the loopback, and stores in a folder.
class running : public process {
 public:
  /// Its patience in seconds; 0: the one of the RFC.
  running(host const& which, std::string store, unsigned limit, strings const& more = {})
      : process{command(which, store, limit, more)}, store_{std::move(store)}, smallest_{which.smallest} {
    first_line = error.read_line();
    std::string const start = "listening on 127.0.0.1:";
    if (first_line.starts_with(start))
      port = static_cast<std::uint16_t>(std::strtoul(first_line.c_str() + start.size(), nullptr, 10));
  }

  std::string first_line;
  std::uint16_t port = 0;

  /// The messages, without the envelope, in any order.
  [[nodiscard]] strings stored() const {
    strings found;
    for (auto const& file : entries(smallest_ ? store_ : store_ + "/new")) {
      if (smallest_ && file.filename().string().starts_with('.')) continue;
      std::string const text = smallest_ ? contents(file) : without_received(contents(file));
      bool const has_envelope = !smallest_ && text.starts_with(return_path);
      found.push_back(has_envelope ? text.substr(return_path.size()) : text);
    }
    return found;
  }
  /// What is not a message yet.
  [[nodiscard]] std::size_t unfinished() const {
    auto const files = entries(smallest_ ? store_ : store_ + "/tmp");
    return static_cast<std::size_t>(std::count_if(files.begin(), files.end(), [this](auto const& file) {
      return !smallest_ || file.filename().string().starts_with('.');
    }));
  }

  [[nodiscard]] std::size_t open_files() const { return files().size(); }
  [[nodiscard]] std::size_t open_sockets() const {
    auto const all = files();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](auto const& file) {
      std::error_code gone;
      return std::filesystem::read_symlink(file, gone).string().starts_with("socket:");
    }));
  }
  /// The memory in use, in KiB.
  [[nodiscard]] long resident() const {
    std::ifstream rollup{"/proc/" + std::to_string(id()) + "/smaps_rollup"};
    for (std::string line; std::getline(rollup, line);)
      if (line.starts_with("Rss:")) return std::strtol(line.c_str() + 4, nullptr, 10);
    return -1;
  }

 private:
  static strings command(host const& which, std::string const& store, unsigned limit, strings const& more) {
    std::string const seconds = std::to_string(limit);
    if (which.smallest) {
      std::filesystem::create_directory(store);
      return limit == 0 ? strings{which.path(), "0", store} : strings{which.path(), "0", store, seconds};
    }
    strings all{which.path(), "--hostname", "mx.example.org", "--listen", "127.0.0.1:0", "--maildir", store};
    if (limit != 0) all.insert(all.end(), {"--patience", seconds});
    all.insert(all.end(), which.options.begin(), which.options.end());
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  [[nodiscard]] std::vector<std::filesystem::path> files() const {
    return entries("/proc/" + std::to_string(id()) + "/fd");
  }
  static std::vector<std::filesystem::path> entries(std::string const& folder) {
    std::vector<std::filesystem::path> found;
    std::error_code gone;  // while it is looked at; or the folder is not there yet
    for (std::filesystem::directory_iterator i{folder, gone}, end; !gone && i != end; i.increment(gone))
      found.push_back(i->path());
    return found;
  }

  std::string store_;
  bool smallest_;
};

}  // namespace test
