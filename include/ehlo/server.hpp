// SPDX-License-Identifier: BSL-1.0
// The front door of the server side: an SMTP or LMTP server as a pure state machine.
//
//   static ehlo::server_options const options{.hostname = "mx.example.org"};   // outlives the sessions
//   ehlo::server smtp{options, now};
//   for (;;) switch (ehlo::server_event const e = smtp.next(in, now); e.type()) { ... }
//
// What it promises; each has a test:
//  1. Pure. The same calls with the same octets and times give the same events and output. Every function is
//     noexcept.
//  2. Cuts do not matter. However the same input is cut into pieces, the events (adjacent body pieces joined; need_*
//     are not events) and the output octets are the same, and so are the limits. The work is linear. Two exceptions,
//     both about what came too early: how many octets were dropped behind STARTTLS, and whether a peer that spoke
//     before its greeting was flushed is seen to do so.
//  3. No hidden borrow. When a call returns, the engine holds no pointer into `in`. Texts in an event live until the
//     next non-const call, numbers for ever. Loans: the options and their texts, for the life of the session;
//     shutdown()'s text.
//  4. Nothing is copied that need not be. A complete line and every body octet are seen where the host put them; the
//     tail of an incomplete line, and body octets between dense dots or bare newlines, go through the line storage.
//  5. Progress. Every call takes input, gives an event, or names what it waits for. Spurious calls are harmless.
//  6. A reply always fits: before a command is read, output has room for its reply and a closing 421. Longer texts are
//     folded, then cut. A flood of pipelined commands waits in `in`.
//  7. Output never moves between output() and sent().
//  8. Misuse is an answer, not a crash: a call that does not fit returns a local_* error and changes nothing.
//  9. Plaintext never crosses into TLS. The host's one duty: read no plaintext between need_tls and the handshake.
// 10. A message ends in one place only: CRLF . CRLF, or the last octet of BDAT n LAST.
// 11. What begins, ends once: message_begin is followed by exactly one message_end or message_dropped.
//
// What stays with the host, because the engine cannot see it: closing the connection so that the last reply arrives.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "session/server_core.hpp"

namespace ehlo::inline v0::inline EHLO_ISA {

/// What a server works in: `Line` octets for incomplete lines (the longest line it can take), `Output` for replies.
template <std::size_t Line = 2048, std::size_t Output = 2048>
struct server_storage {
  static_assert(Line >= 1024, "a verdict that waits and the dot decoder need 1024 octets");
  static_assert(Line <= 65535, "parts of a line are held as 16-bit offsets");
  static_assert(Output >= max_reply_line + reply_room + closing_room, "a line, a reply and a closing 421 must fit");

  std::array<char, Line> line;
  std::array<char, Output> output;
};

namespace server_detail {
/// A base, so that it outlives the core.
template <std::size_t Line, std::size_t Output>
struct owned_storage {
  server_storage<Line, Output> storage;
};
}  // namespace server_detail

/// A server with its storage.
template <std::size_t Line = 2048, std::size_t Output = 2048>
class basic_server : private server_detail::owned_storage<Line, Output>, public server_core {
 public:
  /// A session whose connection begins in clear text. Invalid options: next() returns `closed` with local_options.
  basic_server(server_options const& o EHLO_LIFETIMEBOUND, instant now) noexcept : basic_server{o, now, nullptr} {}
  /// A session on a connection that begins in TLS (RFC 8314 3).
  basic_server(server_options const& o EHLO_LIFETIMEBOUND, instant now, tls_facts const& tls) noexcept
      : basic_server{o, now, &tls} {}
  basic_server(server_options const&&, instant) = delete;
  basic_server(server_options const&&, instant, tls_facts const&) = delete;

 private:
  basic_server(server_options const& o, instant now, tls_facts const* tls) noexcept : server_core{o, Line, now, tls} {
    this->use_storage(this->storage.line.data(), this->storage.output);
  }
};

/// A server whose storage the host lends, for those who have thousands of idle sessions: while nothing has begun there
/// is nothing to hold. The host lends before it calls next() or on_deadline(), and may take it back whenever the
/// session is idle().
template <std::size_t Line = 2048, std::size_t Output = 2048>
class basic_borrowing_server : public server_core {
 public:
  using storage = server_storage<Line, Output>;

  /// As basic_server's.
  basic_borrowing_server(server_options const& o EHLO_LIFETIMEBOUND, instant now) noexcept
      : server_core{o, Line, now, nullptr} {}
  basic_borrowing_server(server_options const& o EHLO_LIFETIMEBOUND, instant now, tls_facts const& tls) noexcept
      : server_core{o, Line, now, &tls} {}
  basic_borrowing_server(server_options const&&, instant) = delete;
  basic_borrowing_server(server_options const&&, instant, tls_facts const&) = delete;

  /// The session works in this storage until give_back(); the storage outlives a session that ends without, as that
  /// wipes what may be a password. Returns local_order if it has some.
  errc borrow(storage& from EHLO_LIFETIMEBOUND) noexcept {
    if (borrows_) return errc::local_order;
    this->use_storage(from.line.data(), from.output);
    borrows_ = true;
    return errc::ok;
  }
  /// The storage is the host's again. Returns local_order, and goes on using it, unless the session is idle().
  [[nodiscard("the storage may still be in use")]] errc give_back() noexcept {
    if (!borrows_ || !this->idle()) return errc::local_order;
    this->use_storage(nullptr, {});
    borrows_ = false;
    return errc::ok;
  }
  [[nodiscard]] bool borrows() const noexcept { return borrows_; }

  /// As server_core's; without storage `misuse` with local_order, and local_order.
  [[nodiscard("the event may be a question; an unanswered one stops the session")]] server_event next(
      std::string_view& in, instant now) noexcept {
    return borrows_ ? server_core::next(in, now) : this->misuse(errc::local_order);
  }
  errc on_deadline(instant now) noexcept { return borrows_ ? server_core::on_deadline(now) : errc::local_order; }

 private:
  bool borrows_ = false;
};

using server = basic_server<>;
using borrowing_server = basic_borrowing_server<>;

}  // namespace ehlo::inline v0::inline EHLO_ISA
