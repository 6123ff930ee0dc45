// SPDX-License-Identifier: BSL-1.0
// Two descriptors, or one socket for both ways, with or without TLS on them: the same calls either way. Nothing here
// waits: who reads has asked poll() before.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "tls.hpp"

namespace serve {

inline bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

class stream {
 public:
  /// What read() needs: a full read of ciphertext, behind all but the end of a record of 16384 octets.
  static constexpr std::size_t least_buffer = 65536;

  stream(int in, int out) : in_{in}, out_{out} {}
  stream(stream const&) = delete;
  stream& operator=(stream const&) = delete;
  ~stream() {
    if (is_socket()) close(in_);
  }

  [[nodiscard]] bool is_socket() const { return in_ == out_; }
  [[nodiscard]] int in() const { return in_; }
  [[nodiscard]] int out() const { return out_; }

  /// The peer will send nothing more.
  [[nodiscard]] bool ended() const { return ended_ || broken_; }
  /// And nothing reaches it any more.
  [[nodiscard]] bool broken() const { return broken_; }

  /// What has come, in the buffer, by one read() of the descriptor. Empty: nothing yet, or it has ended(); with text it
  /// may have ended, too. All that is there is decrypted: poll() would not know of a rest.
  std::string_view read(std::span<char> buffer) {
    if (!tls_) return receive(buffer);
    char ciphertext[cipher_size];
    tls_->feed(receive(ciphertext));
    return read_decrypted(buffer);
  }
  /// The same of what came along with the end of a handshake.
  std::string_view read_decrypted(std::span<char> buffer) {
    std::string_view const text = tls_->read(buffer);
    // A connection that ends without close_notify (RFC 8446 6.1) is common, and cuts no message short: those say
    // themselves where they end.
    ended_ = ended_ || tls_->peer_closed();
    if (tls_->failed()) {
      send_ciphertext();  // the alert
      broken_ = true;
    }
    return text;
  }

  /// Takes what it can from the front of the octets, and says how many. Zero: the peer must read first, or it is
  /// broken(). Some of what was taken may still be waiting().
  std::size_t write(std::string_view octets) {
    if (!tls_) return send(octets);
    send_ciphertext();
    if (waiting() || broken_ || octets.empty()) return 0;
    broken_ = !tls_->write(octets);
    send_ciphertext();
    return broken_ ? 0 : octets.size();
  }
  [[nodiscard]] bool waiting() const { return tls_ && !tls_->output().empty(); }

  /// Here the octets become TLS. What the peer has sent before and was not read yet is no handshake, and spoils it.
  void start_tls(tls::context const& c) { tls_.emplace(tls::channel::from(c)); }
  /// Goes on with the handshake, when there is something to read.
  tls::progress handshake() {
    char ciphertext[cipher_size];
    tls_->feed(receive(ciphertext));
    tls::progress const how = tls_->handshake();
    send_ciphertext();
    return how == tls::progress::more && ended() ? tls::progress::failed : how;
  }
  [[nodiscard]] tls::channel const& channel() const { return *tls_; }

  /// Our side ends, as soon as nothing is waiting(); say it in TLS first.
  void close_tls() {
    if (tls_) tls_->close();
  }
  bool close_write() { return shutdown(out_, SHUT_WR) == 0; }

  /// Without a look at it.
  void read_away(std::span<char> buffer) { receive(buffer); }

 private:
  static constexpr std::size_t cipher_size = 16384;

  std::string_view receive(std::span<char> buffer) {
    ssize_t const count = ::read(in_, buffer.data(), buffer.size());
    ended_ = ended_ || count == 0;
    broken_ = broken_ || (count < 0 && !would_block());
    return {buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
  }
  std::size_t send(std::string_view octets) {
    // Asked first, for a standard output that blocks; a pipe that has room has at least this much.
    pollfd room{out_, POLLOUT, 0};
    ssize_t const count =
        poll(&room, 1, 0) == 1 ? ::write(out_, octets.data(), (std::min)(octets.size(), pipe_room)) : 0;
    broken_ = broken_ || (count < 0 && !would_block());
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  void send_ciphertext() {
    while (waiting() && !broken_) {
      std::size_t const count = send(tls_->output());
      if (count == 0) return;
      tls_->sent(count);
    }
  }

  static constexpr std::size_t pipe_room = PIPE_BUF;

  int in_;
  int out_;
  std::optional<tls::channel> tls_;
  bool ended_ = false;
  bool broken_ = false;
};

}  // namespace serve
