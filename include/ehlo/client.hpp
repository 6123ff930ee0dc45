// SPDX-License-Identifier: BSL-1.0
// The front door of the client side: an SMTP or LMTP client as a pure state machine.
//
//   static ehlo::client_options const options{.hostname = "client.example.org"};   // outlives the sessions
//   ehlo::client smtp{options, now};
//   for (;;) switch (ehlo::client_event const e = smtp.next(in, now); e.type()) { ... }
//
// What it promises; each has a test:
//  1. Pure. The same calls with the same octets and times give the same events and output. Every function is
//     noexcept.
//  2. Cuts do not matter. However the same input is cut into pieces, and however output is drained, the events (need_*
//     and ready are not events) and the output octets are the same, and so are the limits. The work is linear. One
//     exception: octets behind the answer to STARTTLS, an error, are seen only if they come before the handshake.
//  3. No hidden borrow. When a call returns, the engine holds no pointer into `in`. Texts in an event live until the
//     next non-const call, numbers for ever. Loans: the options and their texts, for the life of the session; envelope
//     and recipients from submit() to transaction_done; a piece of the body until the next need_body or
//     transaction_done.
//  4. Nothing is copied that need not be. A complete reply is seen where the host put it, the body leaves from where
//     the host has it; a CRLF or space put in by `normalize` is a constant.
//  5. Progress. Every call takes input, gives an event, or names what it waits for. Spurious calls are harmless.
//  6. Every reply answers a command that was sent whole; one that answers none ends the use of the connection.
//  7. Output never moves between output() and sent().
//  8. Misuse is an answer, not a crash: a call that does not fit returns a local_* error and changes nothing.
//  9. Plaintext never crosses into TLS. The host's one duty: read no plaintext between need_tls and the handshake.
// 10. No argument can end its command: octets that could are refused, not cleaned. No octet of a body can end it.
// 11. What begins, ends once: submit() is followed by exactly one transaction_done, in which every recipient has its
//     outcome. `delivered` is said only after a 2yz to a message that was sent whole; nothing is reported as refused
//     that may have been delivered.
//
// What stays with the host: sockets, TLS, DNS, queues, and a copy of the text of a reply that it wants to keep.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "session/client_core.hpp"

namespace ehlo::inline v0::inline EHLO_ISA {

namespace client_detail {
/// A base, so that it lives before the core that is given it.
template <std::size_t Reply, std::size_t Output, std::size_t Views>
struct client_storage {
  std::array<char, Reply> reply_storage;
  std::array<char, Output> output_storage;
  std::array<std::string_view, Views> view_storage;
};
}  // namespace client_detail

/// A client with its storage: `Reply` octets for incomplete replies (the longest that it can take), `Output` for
/// commands, `Views` for the list of what is to be sent.
template <std::size_t Reply = 4096, std::size_t Output = 4096, std::size_t Views = 64>
class basic_client : private client_detail::client_storage<Reply, Output, Views>, public client_core {
  static_assert(Reply >= max_reply_line, "a reply line must fit");
  static_assert(Output >= max_path_command_line, "the longest command must fit");
  static_assert(Views >= 4, "a command, a piece of the body and the end of data must fit");

 public:
  /// A session whose connection begins in clear text. Invalid options: next() returns `closed` with local_options.
  basic_client(client_options const& o EHLO_LIFETIMEBOUND, instant now) noexcept
      : client_core{o, this->reply_storage, this->output_storage, this->view_storage, now, nullptr} {}
  /// A session on a connection that begins in TLS (RFC 8314 3).
  basic_client(client_options const& o EHLO_LIFETIMEBOUND, instant now, tls_facts const& tls) noexcept
      : client_core{o, this->reply_storage, this->output_storage, this->view_storage, now, &tls} {}
  basic_client(client_options const&&, instant) = delete;
  basic_client(client_options const&&, instant, tls_facts const&) = delete;
};

using client = basic_client<>;

}  // namespace ehlo::inline v0::inline EHLO_ISA
