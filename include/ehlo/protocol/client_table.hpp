// SPDX-License-Identifier: BSL-1.0
// WHEN a client may do what: every transition of the protocol, as data. Nothing outside this file decides that.
//
// The first digit of a reply decides, within the set that its phase can have (RFC 5321 4.2.1); a digit outside it is a
// protocol error. Where a reply alone does not say what comes next, the session draws the conclusion and puts it to the
// table as a further input.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "client_terms.hpp"
#include "transition_table.hpp"

namespace ehlo::inline v0 {

using client_row = transition_row<client_state, client_fact, client_action>;
using client_step = transition_step<client_state, client_fact, client_action>;

/// The rows, written to be read.
namespace client_rows {

using transition_sets::in;
using transition_sets::on;

consteval client_row go(std::uint32_t from, std::uint64_t input, client_state to, client_action action,
                        std::string_view source, client_fact guard = client_fact::none) {
  return {from, input, guard, to, false, action, source};
}
consteval client_row stay(std::uint32_t from, std::uint64_t input, client_action action, std::string_view source,
                          client_fact guard = client_fact::none) {
  return {from, input, guard, client_state::closed, true, action, source};
}

using s = client_state;
using i = client_input;
using a = client_action;
using f = client_fact;

inline constexpr std::uint64_t refusal = on(i::transient, i::permanent);
inline constexpr std::uint64_t answer = on(i::success) | refusal;

inline constexpr std::uint32_t opening = in(s::connected, s::hello, s::helo, s::starttls, s::auth);
inline constexpr std::uint32_t transaction =
    in(s::mail, s::rcpt, s::data, s::text, s::lone_dot, s::chunks, s::spoiled, s::verdict);
inline constexpr std::uint32_t open = opening | transaction | in(s::tls, s::ready, s::reset, s::command, s::quit);

inline constexpr std::array rows{
    // The greeting.
    go(in(s::connected), on(i::success), s::hello, a::say_hello, "RFC 5321 3.1"),
    go(in(s::connected), on(i::success), s::helo, a::say_helo, "RFC 5321 3.2", f::helo_only),
    go(in(s::connected), refusal, s::quit, a::fail, "RFC 5321 3.1"),
    // EHLO and HELO.
    stay(in(s::hello), on(i::success), a::take_offer, "RFC 5321 4.1.1.1"),
    go(in(s::hello), on(i::permanent), s::quit, a::fail, "RFC 5321 3.2"),
    go(in(s::hello), on(i::permanent), s::helo, a::say_helo, "RFC 5321 3.2", f::may_helo),
    go(in(s::hello), on(i::transient), s::quit, a::fail, "RFC 5321 4.2.1"),
    stay(in(s::helo), on(i::success), a::take_no_offer, "RFC 5321 4.1.1.1"),
    go(in(s::helo), refusal, s::quit, a::fail, "RFC 5321 4.1.1.1"),
    go(in(s::hello), on(i::tls_wanted), s::starttls, a::say_starttls, "RFC 3207 4"),
    go(in(s::hello, s::starttls), on(i::auth_wanted), s::auth, a::begin_auth, "RFC 4954 4"),
    go(in(s::hello, s::helo, s::starttls, s::auth), on(i::session_ready), s::ready, a::none, "RFC 5321 3.3"),
    go(in(s::hello, s::helo, s::starttls, s::auth), on(i::unfit), s::quit, a::fail, "RFC 5321 2.2.1"),
    // STARTTLS.
    go(in(s::starttls), on(i::success), s::tls, a::begin_tls, "RFC 3207 4"),
    stay(in(s::starttls), refusal, a::refuse_tls, "RFC 3207 4.1"),
    go(in(s::starttls), refusal, s::quit, a::fail, "RFC 3207 4.1", f::tls_required),
    go(in(s::tls), on(i::tls_started), s::hello, a::say_hello, "RFC 3207 4.2"),
    // AUTH.
    stay(in(s::auth), on(i::intermediate), a::take_challenge, "RFC 4954 4"),
    go(in(s::auth), on(i::success), s::ready, a::none, "RFC 4954 6"),
    go(in(s::auth), refusal, s::quit, a::fail, "RFC 4954 6"),
    // The envelope. Replies to commands that a refusal has made pointless are awaited all the same (RFC 2920 3.1).
    go(in(s::ready), on(i::submit), s::mail, a::begin, "RFC 5321 3.3"),
    go(in(s::mail), on(i::success), s::rcpt, a::go_on, "RFC 5321 4.1.1.2"),
    go(in(s::mail), refusal, s::rcpt, a::refuse_all, "RFC 5321 4.1.1.2"),
    stay(in(s::rcpt), on(i::success), a::accept_one, "RFC 5321 4.1.1.3"),
    stay(in(s::rcpt), refusal, a::refuse_one, "RFC 5321 4.1.1.3"),
    go(in(s::rcpt), on(i::recipients_answered), s::data, a::go_on, "RFC 5321 4.1.1.4"),
    go(in(s::rcpt), on(i::recipients_answered), s::chunks, a::go_on, "RFC 3030 2", f::by_chunks),
    go(in(s::rcpt, s::data), on(i::give_up), s::reset, a::say_reset, "RFC 5321 4.1.1.5"),
    go(in(s::rcpt), on(i::give_up), s::data, a::none, "RFC 2920 3.1", f::data_sent),
    go(in(s::mail, s::rcpt), on(i::nothing_begun), s::ready, a::finish, "RFC 5321 4.1.1.2"),
    // DATA.
    go(in(s::data), on(i::intermediate), s::lone_dot, a::say_lone_dot, "RFC 2920 3.1"),
    go(in(s::data), on(i::intermediate), s::text, a::begin_text, "RFC 5321 4.1.1.4", f::accepted),
    go(in(s::data), refusal, s::reset, a::refuse_accepted, "RFC 5321 4.1.1.4"),
    go(in(s::data), refusal, s::ready, a::finish, "RFC 5321 4.1.1.2", f::mail_refused),
    go(in(s::text), on(i::body_ended), s::verdict, a::none, "RFC 5321 4.1.1.4"),
    go(in(s::lone_dot), answer, s::ready, a::finish, "RFC 2920 3.1"),
    // BDAT.
    stay(in(s::chunks), on(i::success), a::none, "RFC 3030 2"),
    go(in(s::chunks), refusal, s::spoiled, a::refuse_accepted, "RFC 3030 2"),
    go(in(s::chunks), on(i::chunks_answered), s::verdict, a::none, "RFC 3030 2"),
    go(in(s::chunks), on(i::give_up), s::spoiled, a::none, "RFC 3030 2"),
    stay(in(s::spoiled), answer, a::none, "RFC 3030 2"),
    go(in(s::spoiled), on(i::chunks_answered), s::reset, a::say_reset, "RFC 3030 2"),
    // The verdict.
    go(in(s::verdict), answer, s::ready, a::take_verdict, "RFC 5321 4.2.5"),
    stay(in(s::verdict), answer, a::take_verdict, "RFC 2033 4.2", f::more_verdicts),
    // RSET, single commands, QUIT.
    go(in(s::reset), on(i::success), s::ready, a::none, "RFC 5321 4.1.1.5"),
    go(in(s::reset), refusal, s::quit, a::say_quit, "RFC 5321 4.1.1.5"),
    go(in(s::ready), on(i::command), s::command, a::none, "RFC 5321 4.1.1"),
    go(in(s::command), answer, s::ready, a::tell_command, "RFC 5321 4.2"),
    go(in(s::ready), on(i::quit), s::quit, a::say_quit, "RFC 5321 4.1.1.10"),
    go(in(s::quit), answer | on(i::intermediate, i::violation), s::closed, a::close, "RFC 5321 4.1.1.10"),
    // Replies that their phase cannot have, and endings.
    go((opening & ~in(s::auth)) |
           in(s::mail, s::rcpt, s::lone_dot, s::chunks, s::spoiled, s::verdict, s::reset, s::command),
       on(i::intermediate), s::closed, a::protocol_error, "RFC 5321 4.3.2"),
    go(in(s::data), on(i::success), s::closed, a::protocol_error, "RFC 5321 4.3.2"),
    go(in(s::ready, s::text, s::tls), answer | on(i::intermediate), s::closed, a::protocol_error, "RFC 5321 4.2"),
    go(open & ~in(s::quit), on(i::violation), s::closed, a::protocol_error, "RFC 5321 4.2"),
    go(open, on(i::closing), s::closed, a::close, "RFC 5321 3.8"),
    go(open, on(i::disconnect), s::closed, a::close, "RFC 5321 3.8"),
    stay(in(s::closed), on(i::disconnect), a::none, "RFC 5321 3.8"),
};

}  // namespace client_rows

inline constexpr auto client_cells = make_grid<client_state_count, client_input_count>(client_rows::rows);

/// The transition for an input.
[[nodiscard]] constexpr client_step transition(client_state state, client_input input, client_fact facts) noexcept {
  return look_up(client_rows::rows, client_cells, state, input, facts);
}

}  // namespace ehlo::inline v0
