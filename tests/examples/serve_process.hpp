// SPDX-License-Identifier: BSL-1.0
// ehlo-serve for its tests: started with options, and what its answers are compared with.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "process.hpp"
#include "replies.hpp"

namespace test {

inline std::string const serve = EHLO_SERVE;
inline std::string const name = "mx.example.org";

inline strings command(strings const& options) {
  strings all{serve, "--hostname", name};
  all.insert(all.end(), options.begin(), options.end());
  return all;
}

inline result session(strings options, std::string_view input) {
  options.push_back("--stdio");
  return test::run(command(options), input);
}

inline std::string envelope(std::string const& from, strings const& to) {
  std::string lines = "Return-Path: <" + from + ">\r\n";
  for (std::string const& r : to) lines += "Delivered-To: " + r + "\r\nX-Original-To: " + r + "\r\n";
  return lines;
}

/// The messages in a Maildir, with their envelopes, without their Received lines.
inline strings stored_in(std::string const& maildir) {
  strings all = files_in(maildir + "/new");
  for (std::string& one : all) one = without_received(std::move(one));
  return all;
}

/// The server on a free port of the loopback.
class listening : public process {
 public:
  explicit listening(strings options) : process{command(with_listen(std::move(options)))} {
    std::string const line = error.read_line();
    std::string const start = "listening on 127.0.0.1:";
    if (line.starts_with(start)) port = static_cast<std::uint16_t>(std::stoi(line.substr(start.size())));
  }
  std::uint16_t port = 0;

 private:
  static strings with_listen(strings options) {
    options.insert(options.end(), {"--listen", "127.0.0.1:0"});
    return options;
  }
};

inline std::string const short_mail =
    "EHLO client.test\r\nMAIL FROM:<a@client.test>\r\nRCPT TO:<b@mx.example.org>\r\nDATA\r\nhello\r\n.\r\nQUIT\r\n";

}  // namespace test
