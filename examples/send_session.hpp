// SPDX-License-Identifier: BSL-1.0
// One connection of a client, whole but for its socket: a delivery, with TLS on it where it wants that. Octets go in
// and come out, so that any loop can drive it: by waiting (send.cpp) or by callbacks (libuv/client.cpp). Its calls are
// those of a delivery, but there is no handshake to be made. Who says something else than a delivery brings it along as
// `Mail`, which has the same calls (probe.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "delivery.hpp"
#include "tls.hpp"

namespace sending {

template <class Mail>
class basic_session {
  using instant = ehlo::instant;

 public:
  /// The context may be null where no TLS is wanted. The rest is what makes a Mail.
  template <class... Parts>
  basic_session(options const& o, tls::context const* context, Parts&&... parts)
      : o_{o}, context_{context}, mail_{std::forward<Parts>(parts)...} {}
  basic_session(basic_session const&) = delete;
  basic_session& operator=(basic_session const&) = delete;

  task next(instant now) {
    for (;;) {
      if (has_ciphertext()) return task::write;
      if (shaking_) {
        tls::progress const how = tls_->handshake();
        if (has_ciphertext()) return task::write;
        if (how == tls::progress::more) return task::read;
        shaking_ = false;
        if (how == tls::progress::failed)
          mail_.tls_failed(tls_->error(), tls_->failure());
        else
          start_tls(now);
      }
      switch (task const what = mail_.next(now)) {
        case task::handshake:
          tls_.emplace(tls::channel::to(*context_, o_.tls_name, o_.trust()));
          shaking_ = true;
          continue;
        case task::write:
          if (!tls_) return what;
          encrypt(now);
          continue;
        case task::read:
          if (!tls_ || !decrypt(now)) return what;
          continue;
        case task::close:
          if (!tls_ || std::exchange(closing_, true)) return what;
          tls_->close();
          give_up_ = now + ehlo::one_second;
      }
    }
  }

  /// They stay where they are until the task is `read` again.
  void received(std::string_view octets) {
    if (tls_)
      tls_->feed(octets);
    else
      mail_.received(octets);
  }
  void end_of_input(bool clean, instant now) {
    if (!end_handshake()) mail_.end_of_input(clean, now);
  }

  /// For one writev. It stays where it is until it was sent.
  [[nodiscard]] std::span<std::string_view const> output() const {
    return tls_ ? std::span{&unsent_, 1} : mail_.output();
  }
  void sent(std::size_t count) {
    if (!tls_) return mail_.sent(count);
    unsent_.remove_prefix(count);
    if (unsent_.empty() && plaintext_size_ != 0) mail_.sent(std::exchange(plaintext_size_, 0));
  }
  void write_failed(instant now) {
    cut();
    if (!end_handshake() && !closing_) mail_.write_failed(now);
  }

  [[nodiscard]] instant deadline() const { return closing_ ? give_up_ : mail_.deadline(); }
  void on_deadline(instant now) {
    if (now < deadline()) return;
    if (!unsent_.empty()) cut();
    shaking_ = false;
    if (!closing_) mail_.on_deadline(now);
  }

  /// Null as long as there is none.
  [[nodiscard]] tls::channel const* channel() const { return tls_ ? &*tls_ : nullptr; }

 private:
  static constexpr std::size_t record = 16384;

  void start_tls(instant now) {
    if constexpr (requires { mail_.binds_to(tls_->bindings()); }) mail_.binds_to(tls_->bindings());
    mail_.tls_started(tls_->facts(), tls_->description(), now);
  }

  /// Takes what OpenSSL wants to have sent: there it would not stay where it is.
  bool has_ciphertext() {
    if (tls_ && unsent_.empty() && !broken_) {
      ciphertext_ = tls_->output();
      tls_->sent(ciphertext_.size());
      unsent_ = ciphertext_;
    }
    return !unsent_.empty();
  }
  /// One record from as many of the views as it holds: small ones would each become a record of their own.
  void encrypt(instant now) {
    char plain[record];
    for (std::string_view const view : mail_.output()) {
      std::size_t const part = (std::min)(view.size(), record - plaintext_size_);
      std::memcpy(plain + plaintext_size_, view.data(), part);
      plaintext_size_ += part;
    }
    if (!tls_->write({plain, plaintext_size_})) write_failed(now);
  }
  /// False: there is nothing, and octets have to be read.
  bool decrypt(instant now) {
    std::string_view const text = tls_->read(plaintext_);
    if (!text.empty())
      mail_.received(text);
    else if (tls_->failed() || tls_->peer_closed())
      mail_.end_of_input(!tls_->failed(), now);
    else
      return false;
    return true;
  }

  /// The connection ends amid a handshake.
  bool end_handshake() {
    if (!std::exchange(shaking_, false)) return false;
    mail_.tls_failed(tls_->failed() ? tls_->error() : "the connection ended", tls_->failure());
    return true;
  }
  void cut() {
    broken_ = true;
    unsent_ = {};
  }

  options const& o_;
  tls::context const* context_;
  Mail mail_;
  std::optional<tls::channel> tls_;
  std::string ciphertext_;
  std::string_view unsent_;         ///< the rest of it
  std::size_t plaintext_size_ = 0;  ///< that it says
  instant give_up_{};
  bool shaking_ = false;
  bool closing_ = false;  ///< the end is said in TLS (RFC 8446 6.1), or cannot be
  bool broken_ = false;   ///< nothing can be sent any more
  std::array<char, record> plaintext_;
};

/// One that delivers.
class session : public basic_session<delivery> {
 public:
  session(send_queue& all, tls::context const* context, ehlo::instant now)
      : basic_session<delivery>{all.o, context, all, now} {}
};

}  // namespace sending
