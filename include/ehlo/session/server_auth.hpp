// SPDX-License-Identifier: BSL-1.0
// AUTH (RFC 4954): the framing of an exchange for any mechanism; PLAIN (RFC 4616) and LOGIN decoded into credentials.
// What the peer sends in an exchange is decoded into the line storage and wiped there when the exchange is over.
#pragma once

#include "../grammar/auth_command.hpp"
#include "../grammar/base64.hpp"
#include "server_core.hpp"

namespace ehlo::inline v0::inline EHLO_ISA {

inline std::string_view server_core::mechanisms() const noexcept {
  return tls_active() ? options_->auth_mechanisms : options_->auth_mechanisms_cleartext;
}

inline bool server_core::offers_mechanism(std::string_view name) const noexcept {
  std::string_view list = mechanisms();
  while (!list.empty()) {
    std::string_view const one = list.substr(0, list.find(' '));
    if (equal_ignoring_case(one, name)) return true;
    list.remove_prefix(one.size() < list.size() ? one.size() + 1 : one.size());
  }
  return false;
}

inline server_event server_core::serve_auth(command const& c) noexcept {
  auth_command a;
  if (errc const e = parse_auth(c.line, a); e != errc::ok) return refuse(e, c);
  std::string_view const mechanism = c.line.substr(a.mechanism.at, a.mechanism.length);
  if (!offers_mechanism(mechanism)) return refuse(errc::peer_mechanism, c);
  go(server_input::auth_begun);
  mode_ = mode::sasl;
  kept_ = 0;
  auth_rounds_ = 0;
  bool const plain = equal_ignoring_case(mechanism, "PLAIN");
  bool const login = equal_ignoring_case(mechanism, "LOGIN");
  sasl_ = plain ? sasl_step::plain : login ? sasl_step::login_name : sasl_step::host;
  std::string_view initial = c.line.substr(a.initial.at, a.initial.length);
  if (plain || login) {
    if (a.has_initial) return take_response(initial);
    write_challenge(login ? "VXNlcm5hbWU6" : "");  // "Username:"
    return again;
  }
  // The host's own mechanism: name and decoded response side by side in the storage.
  std::memmove(line_, c.line.data(), c.line.size());
  initial = {line_ + a.initial.at, a.initial.length};
  decoded const octets =
      initial == "=" ? decoded{0, true} : decode_base64(initial, {line_ + a.initial.at, initial.size()});
  server_event e{event_type::auth, verb::auth, {line_, c.line.size()}};
  e.question_ = true;
  e.data_.plain.index = a.has_initial ? 1 : 0;
  e.data_.plain.part[0] = a.mechanism;
  e.data_.plain.part[1] = {a.initial.at, static_cast<std::uint16_t>(octets.size)};
  question_ = event_type::auth;
  return e;
}

inline server_event server_core::read_sasl(std::string_view& in) noexcept {
  if (stopping_) return say_farewell();
  if (in.empty()) return need_input_or_end();
  if (!room_for_reply()) return server_event{event_type::need_output};
  bool const bare_ends = allows(options_->tolerances, tolerance::bare_lf_in_command);
  std::span<char> const storage{line_ + kept_, std::size_t{line_size_} - kept_};
  line_reader::result const r = lines_.read(in, storage, auth_line_limit(), bare_ends);
  if (r.what == line_reader::status::need_input) return need_input_or_end();
  line_awaited_ = false;
  if (r.bare) pending_ |= tolerance::bare_lf_in_command;
  switch (r.what) {
    case line_reader::status::need_input:
    case line_reader::status::line: break;
    case line_reader::status::too_long: return refuse_auth(errc::peer_auth_line_too_long);
    case line_reader::status::bare_lf: return refuse_auth(errc::peer_bare_lf);
  }
  return take_response(r.line);
}

/// A response of the peer's, or its initial response.
inline server_event server_core::take_response(std::string_view line) noexcept {
  if (line == "*") return refuse_auth(errc::peer_cancelled);
  if (auth_rounds_ >= options_->max_auth_rounds) return refuse_auth(errc::peer_credentials);
  ++auth_rounds_;
  decoded octets{0, true};
  if (line != "=") octets = decode_base64(line, {line_ + kept_, std::size_t{line_size_} - kept_});
  if (!octets) return refuse_auth(errc::peer_base64);
  std::size_t const at = kept_;
  switch (sasl_) {
    case sasl_step::plain:
    case sasl_step::login_password: return take_credentials(at, octets.size);
    case sasl_step::login_name:
      kept_ = static_cast<std::uint16_t>(octets.size);
      if (octets.size == 0 || octets.size > 255) return refuse_auth(errc::peer_credentials);
      sasl_ = sasl_step::login_password;
      write_challenge("UGFzc3dvcmQ6");  // "Password:"
      return again;
    case sasl_step::host: break;
  }
  server_event e{event_type::auth_response, verb::auth, {line_, octets.size}};
  e.question_ = true;
  e.data_.plain.part[1] = {0, static_cast<std::uint16_t>(octets.size)};
  question_ = event_type::auth_response;
  return e;
}

/// PLAIN is `[authzid] NUL authcid NUL passwd`, each field of at most 255 octets (RFC 4616 2); LOGIN has kept its name.
inline server_event server_core::take_credentials(std::size_t at, std::size_t length) noexcept {
  std::string_view const all{line_, at + length};
  std::size_t first = 0;
  std::size_t second = at;
  if (sasl_ == sasl_step::plain) {
    first = all.find('\0');
    second = first == all.npos ? all.npos : all.find('\0', first + 1);
  }
  bool const login = sasl_ == sasl_step::login_password;
  std::size_t const user = login ? 0 : first + 1;
  std::size_t const password = login ? at : second + 1;
  bool const complete = second != all.npos && second > user && second - user <= 255 && first <= 255 &&
                        password < all.size() && all.size() - password <= 255 &&
                        all.substr(password).find('\0') == all.npos &&
                        all.substr(user, second - user).find('\0') == all.npos;
  if (!complete) return refuse_auth(errc::peer_credentials);
  server_event e{event_type::credentials, verb::auth, all};
  auto const part = [](std::size_t begin, std::size_t end) {
    return line_part{static_cast<std::uint16_t>(begin), static_cast<std::uint16_t>(end - begin)};
  };
  e.question_ = true;
  e.data_.plain.index = login ? 1 : 0;
  e.data_.plain.part[1] = part(0, login ? 0 : first);
  e.data_.plain.part[2] = part(user, second);
  e.data_.plain.part[3] = part(password, all.size());
  question_ = event_type::credentials;
  return e;
}

inline void server_core::write_challenge(std::string_view base64) noexcept {
  reply_writer{out_, 334, {}, false}.write_line(base64, true);
}

inline errc server_core::challenge(std::string_view octets) noexcept {
  if (question_ != event_type::auth && question_ != event_type::auth_response) return errc::local_order;
  std::size_t const size = base64_length(octets.size());
  if (out_.room() < size + 6 + closing_room) return errc::local_room;
  std::span<char> const room = out_.tail();
  std::memcpy(room.data(), "334 ", 4);
  static_cast<void>(encode_base64(octets, room.subspan(4)));  // it fits
  std::memcpy(room.data() + 4 + size, "\r\n", 2);
  out_.grow(size + 6);
  question_ = event_type::need_input;
  return errc::ok;
}

/// Ends the exchange with the engine's own verdict. What was said in it is not told.
inline server_event server_core::refuse_auth(errc why) noexcept {
  end_auth();
  if (why == errc::peer_credentials) {
    write_error(why);
    ++refused_in_row_;
    fail_auth();
    server_event e{event_type::refused, verb::auth, {}};
    e.error_ = why;
    return e;
  }
  return refuse(why, {{}, verb::auth, false});
}

inline void server_core::answer_auth(bool yes) noexcept {
  end_auth();
  if (!yes) return fail_auth();
  set(server_fact::authenticated, true);
  set(server_fact::needs_auth, false);
}

inline void server_core::fail_auth() noexcept {
  if (++auth_failures_ >= options_->max_auth_failures) close_with(errc::peer_too_many_auth_failures);
}

inline void server_core::end_auth() noexcept {
  go(server_input::auth_ended);
  mode_ = mode::commands;
  lines_.restart();
  wipe();
}

/// Through a volatile pointer, so that the compiler cannot leave it out.
inline void server_core::wipe(std::size_t from) noexcept {
  char volatile* const octets = line_;
  for (std::size_t i = from; i < line_size_; ++i) octets[i] = '\0';
  kept_ = 0;
}

}  // namespace ehlo::inline v0::inline EHLO_ISA
