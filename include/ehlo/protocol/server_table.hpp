// SPDX-License-Identifier: BSL-1.0
// WHEN a server may do what: every transition of the protocol, as data. Nothing outside this file decides that.
//
// Rows for all states of a session refuse, serve verbs that never touch the envelope, or leave the transaction for
// good: EHLO, HELO, QUIT.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "server_terms.hpp"
#include "transition_table.hpp"

namespace ehlo::inline v0 {

using server_row = transition_row<server_state, server_fact, server_action>;
using server_step = transition_step<server_state, server_fact, server_action>;

/// The rows, written to be read.
namespace server_rows {

using transition_sets::in;
using transition_sets::on;

consteval server_row go(std::uint32_t from, std::uint64_t input, server_state to, server_action action,
                        std::string_view source, server_fact guard = server_fact::none) {
  return {from, input, guard, to, false, action, source};
}
consteval server_row stay(std::uint32_t from, std::uint64_t input, server_action action, std::string_view source,
                          server_fact guard = server_fact::none) {
  return {from, input, guard, server_state::closed, true, action, source};
}

using enum server_state;
using i = server_input;
using a = server_action;
using f = server_fact;

inline constexpr std::uint32_t transaction = in(mail, no_rcpt, rcpt, chunks, spoiled);
inline constexpr std::uint32_t idle = in(greeted, ready);
inline constexpr std::uint32_t session = idle | transaction;
inline constexpr std::uint32_t refusing = in(turned_away, insecure);
inline constexpr std::uint32_t open =
    session | refusing | in(connected, data, chunk, delivery, server_state::auth, tls);

inline constexpr std::uint64_t any_command = (std::uint64_t{1} << server_command_count) - 1;

inline constexpr std::array rows{
    // The greeting.
    go(in(connected), on(i::greeting_accepted), greeted, a::greet, "RFC 5321 3.1"),
    go(in(connected), on(i::greeting_accepted), ready, a::greet, "tolerance no_hello", f::hello_optional),
    go(in(connected), on(i::greeting_refused), turned_away, a::none, "RFC 5321 3.1"),
    // Verbs that never touch the envelope.
    stay(session, on(i::noop, i::vrfy, i::expn, i::help, i::extension), a::serve, "RFC 5321 4.1.1.6 to 4.1.1.9"),
    stay(session, on(i::vrfy, i::expn, i::help, i::extension), a::refuse_by_fact, "RFC 3207 4, RFC 4954 6",
         f::needs_tls | f::needs_auth),
    stay(session, on(i::unknown), a::refuse_unknown, "RFC 5321 4.2.4"),
    stay(session, on(i::unimplemented), a::refuse_absent, "RFC 5321 4.2.4"),
    stay(session, on(i::unknown, i::unimplemented), a::refuse_by_fact, "RFC 3207 4, RFC 4954 6",
         f::needs_tls | f::needs_auth),
    // After a refusal of the whole service.
    stay(in(turned_away), any_command & ~on(i::quit), a::refuse_service, "RFC 5321 3.1"),
    stay(in(insecure), any_command & ~on(i::quit), a::refuse_insecure, "RFC 3207 4.1"),
    // QUIT, RSET and the greeting verbs.
    go(session | refusing, on(i::quit), closed, a::close, "RFC 5321 4.1.1.10"),
    go(in(ready) | transaction, on(i::rset), ready, a::serve, "RFC 5321 4.1.1.5"),
    stay(in(greeted), on(i::rset), a::serve, "RFC 5321 4.1.4"),
    stay(session, on(i::rset), a::refuse_by_fact, "RFC 3207 4", f::needs_tls),
    go(session, on(i::ehlo), ready, a::serve, "RFC 5321 4.1.4"),
    go(session, on(i::helo), ready, a::serve, "RFC 5321 4.1.4"),
    stay(session, on(i::helo), a::refuse_by_fact, "RFC 3207 4", f::needs_tls),
    // MAIL.
    stay(in(greeted), on(i::mail), a::refuse, "RFC 5321 4.1.4"),
    stay(in(ready), on(i::mail), a::serve, "RFC 5321 4.1.1.2"),
    stay(idle, on(i::mail), a::refuse_by_fact, "RFC 3207 4, RFC 4954 6", f::needs_tls | f::needs_auth),
    stay(transaction, on(i::mail), a::refuse, "RFC 5321 4.1.4"),
    go(in(ready), on(i::mail_accepted), mail, a::none, "RFC 5321 4.1.1.2"),
    // RCPT.
    stay(idle, on(i::rcpt), a::refuse, "RFC 5321 4.1.4"),
    stay(idle, on(i::rcpt), a::refuse_by_fact, "RFC 3207 4, RFC 4954 6", f::needs_tls | f::needs_auth),
    stay(in(mail, no_rcpt, rcpt), on(i::rcpt), a::serve, "RFC 5321 4.1.1.3"),
    stay(in(chunks, spoiled), on(i::rcpt), a::refuse, "RFC 3030 2"),
    go(in(mail, no_rcpt, rcpt), on(i::rcpt_accepted), rcpt, a::none, "RFC 5321 4.1.1.3"),
    go(in(mail, no_rcpt), on(i::rcpt_refused), no_rcpt, a::none, "RFC 5321 3.3"),
    stay(in(rcpt), on(i::rcpt_refused), a::none, "RFC 5321 3.3"),
    // DATA.
    stay(idle, on(i::data), a::refuse, "RFC 5321 4.1.4"),
    stay(idle, on(i::data), a::refuse_by_fact, "RFC 3207 4, RFC 4954 6", f::needs_tls | f::needs_auth),
    stay(in(mail), on(i::data), a::refuse_no_rcpt, "RFC 5321 3.3"),
    stay(in(no_rcpt), on(i::data), a::refuse_all_rcpt, "RFC 5321 3.3"),
    stay(in(no_rcpt), on(i::data), a::refuse_no_rcpt, "RFC 2033 4.2", f::lmtp),
    stay(in(rcpt), on(i::data), a::serve, "RFC 5321 4.1.1.4"),
    stay(in(rcpt), on(i::data), a::refuse_by_fact, "RFC 3030 3", f::binary),
    stay(in(chunks, spoiled), on(i::data), a::refuse, "RFC 3030 2"),
    go(in(rcpt), on(i::data_accepted), data, a::none, "RFC 5321 4.1.1.4"),
    go(in(data), on(i::message_complete), delivery, a::none, "RFC 5321 4.1.1.4"),
    go(in(data), on(i::message_refused), ready, a::none, "RFC 5321 4.1.1.4"),
    go(in(delivery), on(i::message_answered), ready, a::none, "RFC 5321 4.1.1.4"),
    // BDAT. A refused chunk is swallowed whatever the state.
    stay(idle, on(i::bdat), a::refuse, "RFC 5321 4.1.4"),
    stay(idle, on(i::bdat), a::refuse_by_fact, "RFC 3207 4, RFC 4954 6", f::needs_tls | f::needs_auth),
    stay(in(mail), on(i::bdat), a::refuse_no_rcpt, "RFC 5321 3.3"),
    stay(in(no_rcpt), on(i::bdat), a::refuse_all_rcpt, "RFC 5321 3.3"),
    stay(in(no_rcpt), on(i::bdat), a::refuse_no_rcpt, "RFC 2033 4.3", f::lmtp),
    stay(in(rcpt, chunks), on(i::bdat), a::serve, "RFC 3030 2"),
    stay(in(spoiled), on(i::bdat), a::refuse, "RFC 3030 2"),
    go(in(rcpt, chunks), on(i::chunk_accepted), chunk, a::none, "RFC 3030 2"),
    go(transaction | in(chunk), on(i::chunk_refused), spoiled, a::none, "RFC 3030 2"),
    go(transaction | in(chunk), on(i::last_chunk_refused), ready, a::none, "RFC 3030 2"),
    go(in(chunk), on(i::chunk_end), chunks, a::none, "RFC 3030 2"),
    go(in(chunk), on(i::message_complete), delivery, a::none, "RFC 3030 2"),
    // AUTH.
    stay(in(greeted) | transaction, on(i::auth), a::refuse, "RFC 4954 4"),
    stay(in(greeted), on(i::auth), a::refuse_by_fact, "RFC 3207 4", f::needs_tls),
    stay(in(ready), on(i::auth), a::serve, "RFC 4954 4"),
    stay(in(ready), on(i::auth), a::refuse_by_fact, "RFC 3207 4, RFC 4954 4", f::needs_tls | f::authenticated),
    go(in(ready), on(i::auth_begun), server_state::auth, a::none, "RFC 4954 4"),
    go(in(server_state::auth), on(i::auth_ended), ready, a::none, "RFC 4954 4"),
    // STARTTLS.
    stay(in(greeted) | transaction, on(i::starttls), a::refuse, "RFC 3207 4"),
    stay(in(ready), on(i::starttls), a::serve, "RFC 3207 4"),
    stay(in(ready), on(i::starttls), a::refuse_by_fact, "RFC 3207 4.2", f::tls_active),
    go(in(ready), on(i::starttls_accepted), tls, a::none, "RFC 3207 4"),
    go(in(tls), on(i::tls_started), greeted, a::none, "RFC 3207 4.2"),
    go(in(tls), on(i::tls_started), ready, a::none, "tolerance no_hello", f::hello_optional),
    go(in(tls, connected), on(i::tls_insufficient), insecure, a::none, "RFC 3207 4.1"),
    // ETRN, XCLIENT, XFORWARD: outside a transaction.
    stay(in(greeted) | transaction, on(i::etrn), a::refuse, "RFC 1985 5"),
    stay(in(ready), on(i::etrn), a::serve, "RFC 1985 5"),
    stay(idle, on(i::etrn), a::refuse_by_fact, "RFC 3207 4", f::needs_tls | f::needs_auth),
    stay(transaction, on(i::xclient), a::refuse, "Postfix XCLIENT_README"),
    stay(idle, on(i::xclient), a::serve, "Postfix XCLIENT_README"),
    stay(idle, on(i::xclient), a::refuse_by_fact, "RFC 3207 4, RFC 4954 6", f::needs_tls | f::needs_auth),
    go(idle, on(i::xclient_accepted), connected, a::none, "Postfix XCLIENT_README"),
    stay(transaction, on(i::xforward), a::refuse, "Postfix XFORWARD_README"),
    stay(idle, on(i::xforward), a::serve, "Postfix XFORWARD_README"),
    stay(idle, on(i::xforward), a::refuse_by_fact, "RFC 3207 4, RFC 4954 6", f::needs_tls | f::needs_auth),
    // Endings.
    go(open, on(i::disconnect), closed, a::close, "RFC 5321 3.8"),
    stay(in(closed), on(i::disconnect), a::none, "RFC 5321 3.8"),
};

}  // namespace server_rows

inline constexpr auto server_cells = make_grid<server_state_count, server_input_count>(server_rows::rows);

/// The transition for an input. An input that has no row leaves the state as it is: the session never asks for one.
[[nodiscard]] constexpr server_step transition(server_state state, server_input input, server_fact facts) noexcept {
  return look_up(server_rows::rows, server_cells, state, input, facts);
}

}  // namespace ehlo::inline v0
