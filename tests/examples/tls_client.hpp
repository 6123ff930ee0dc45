// SPDX-License-Identifier: BSL-1.0
// A client that speaks TLS, for tests of servers.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "process.hpp"
#include "tls.hpp"

namespace test {

/// A client's end of TLS, on descriptors that belong to the test.
class tls_client {
 public:
  tls_client(descriptor const& both, std::string const& ca) : tls_client{both, both, ca} {}
  tls_client(descriptor const& in, descriptor const& out, std::string const& ca)
      : in_{&in},
        out_{&out},
        channel_{tls::channel::to(tls::context::for_client(ca), "localhost", tls::trust::verified)} {}

  /// False if it fails, or the server goes away.
  bool shake_hands() {
    for (;;) {
      tls::progress const how = channel_.handshake();
      flush();
      if (how != tls::progress::more) return how == tls::progress::done;
      std::string const octets = in_->read_some();
      if (octets.empty()) return false;
      channel_.feed(octets);
    }
  }
  void write(std::string_view text) {
    EXPECT_TRUE(channel_.write(text)) << channel_.error();
    flush();
  }
  void close() {
    channel_.close();
    flush();
  }
  std::string read_some() {
    std::array<char, 65536> buffer;
    for (;;) {
      std::string_view const text = channel_.read(buffer);
      if (!text.empty()) return std::string{text};
      if (channel_.peer_closed() || channel_.failed()) return {};
      std::string const octets = in_->read_some();
      if (octets.empty()) return {};
      channel_.feed(octets);
    }
  }
  std::string read_all() {
    std::string all = std::exchange(rest_, {});
    for (std::string piece = read_some(); !piece.empty(); piece = read_some()) all += piece;
    return all;
  }
  std::string read_reply() {
    std::size_t end = 0;
    for (std::size_t line = 0;; line = end) {
      while ((end = rest_.find("\r\n", line)) == std::string::npos) {
        std::string const more = read_some();
        if (more.empty()) return std::exchange(rest_, {});
        rest_ += more;
      }
      end += 2;
      if (rest_[line + 3] != '-') break;
    }
    std::string const reply = rest_.substr(0, end);
    rest_.erase(0, end);
    return reply;
  }
  std::string ask(std::string const& command) {
    write(command + "\r\n");
    return read_reply();
  }
  /// The server has ended with close_notify, not only with the connection.
  [[nodiscard]] bool ended_cleanly() const { return channel_.peer_closed(); }

 private:
  void flush() {
    out_->write(channel_.output());
    channel_.sent(channel_.output().size());
  }

  descriptor const* in_;
  descriptor const* out_;
  tls::channel channel_;
  std::string rest_;
};

}  // namespace test
