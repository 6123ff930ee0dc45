// SPDX-License-Identifier: BSL-1.0
// AUTH on the client's side (RFC 4954): PLAIN (RFC 4616) and LOGIN here, every other mechanism by the host's responses.
#pragma once

#include <array>

#include "client_core.hpp"

namespace ehlo::inline v0::inline EHLO_ISA {

/// PLAIN's message: authzid NUL authcid NUL passwd (RFC 4616 2). Overwritten when it has been used.
class plain_response {
 public:
  explicit plain_response(client_options const& o) noexcept : octets_{} {
    text_writer to{octets_};
    to.put(o.authorization_identity).put('\0').put(o.user_name).put('\0').put(o.password);
    size_ = to.written().size();
  }
  plain_response(plain_response const&) = delete;
  plain_response& operator=(plain_response const&) = delete;
  ~plain_response() {
    for (std::size_t i = 0; i != size_; ++i) const_cast<char volatile&>(octets_[i]) = 0;
  }
  [[nodiscard]] std::string_view octets() const noexcept { return {octets_.data(), size_}; }

 private:
  std::array<char, 3 * 255 + 2> octets_;  // as client_options::check() limits them
  std::size_t size_;
};

/// The first of the host's mechanisms, from this one on, that is offered.
inline bool client_core::choose_mechanism(std::uint8_t from) noexcept {
  for (std::uint8_t i = from; i < 32; ++i) {
    mechanism_ = i;
    if ((offer_.mechanisms >> i & 1U) != 0) return true;
  }
  mechanism_ = 0;
  return from == 0 && options_->try_unoffered_mechanism && state_ != client_state::helo;
}

inline std::string_view client_core::mechanism() const noexcept {
  std::string_view list = options_->mechanisms;
  for (unsigned i = 0; i != mechanism_; ++i) list.remove_prefix(list.find(' ') + 1);
  return list.substr(0, list.find(' '));
}

inline void client_core::begin_auth() noexcept {
  auth_rounds_ = 0;
  unearned_ = false;
  sasl_ = sasl_step::ask;
  if (options_->user_name.empty()) return;
  if (equal_ignoring_case(mechanism(), "PLAIN")) {
    plain_response response{*options_};
    sasl_ = say_auth(response.octets()) ? sasl_step::over : sasl_step::plain;
  } else if (equal_ignoring_case(mechanism(), "LOGIN")) {
    say_auth_alone();
    sasl_ = sasl_step::login_name;
  }
}

inline client_event client_core::ask_initial() noexcept {
  question_ = true;
  client_event e{client_event_type::auth};
  e.text_ = mechanism();
  return e;
}

/// AUTH with an initial response if it may have one and the line holds it (RFC 4954 4); false if it went without.
inline bool client_core::say_auth(std::string_view initial) noexcept {
  std::size_t const length = mechanism().size() + base64_length(initial.size()) + 8;
  if (!options_->initial_response || length > max_command_line) {
    say_auth_alone();
    return false;
  }
  text_writer line{out_.command_room()};
  if (write_auth(line, mechanism(), initial)) add_secret(line);
  return true;
}

inline void client_core::say_auth_alone() noexcept {
  text_writer line{out_.command_room()};
  if (write_auth(line, mechanism())) add(line);
}

inline bool client_core::say_response(std::string_view octets) noexcept {
  text_writer line{out_.command_room()};
  if (!write_sasl_response(line, octets)) return false;
  add_secret(line);
  return true;
}

inline void client_core::add_secret(text_writer const& line) noexcept {
  add(line);
  out_.keep_secret();
}

/// A server that asks for more than the mechanism has is not trusted with it (RFC 4954 4).
inline void client_core::say_cancel() noexcept {
  text_writer line{out_.command_room()};
  add(line.put("*\r\n"));
  sasl_ = sasl_step::cancelled;
}

inline void client_core::take_challenge(reply_view const& r, client_event& e) noexcept {
  constexpr std::uint8_t most_rounds = 32;
  if (sasl_ == sasl_step::cancelled) return break_protocol(errc::peer_reply_code);
  if (++auth_rounds_ > most_rounds) return say_cancel();
  switch (sasl_) {
    case sasl_step::plain: {
      plain_response response{*options_};
      sasl_ = sasl_step::over;
      (void)say_response(response.octets());
      break;
    }
    case sasl_step::login_name:
      sasl_ = sasl_step::login_password;
      (void)say_response(options_->user_name);
      break;
    case sasl_step::login_password:
      sasl_ = sasl_step::over;
      (void)say_response(options_->password);
      break;
    case sasl_step::host: ask_host(r.lines().begin()->text, e); break;
    default: say_cancel(); break;
  }
}

/// The challenge in octets, which stand in the reply storage.
inline void client_core::ask_host(std::string_view base64, client_event& e) noexcept {
  decoded const octets = decode_base64(base64, reply_);
  e.reply_ = reply_view{{}, e.reply_.code(), {}};  // its text may have stood there too
  if (!octets.valid) return say_cancel();
  secret_ = true;
  question_ = true;
  e.type_ = client_event_type::challenge;
  e.text_ = {reply_.data(), octets.size};
}

inline errc client_core::respond(std::string_view octets, auth_expects next) noexcept {
  if (!question_) return errc::local_order;
  bool said = true;
  if (sasl_ == sasl_step::ask)
    said = say_auth(octets);
  else if (!say_response(octets))
    return errc::local_room;
  unearned_ = !said || next == auth_expects::challenge;
  sasl_ = sasl_step::host;
  question_ = false;
  return errc::ok;
}

inline errc client_core::respond_later() noexcept {
  if (!question_ || sasl_ != sasl_step::ask) return errc::local_order;
  say_auth_alone();
  unearned_ = true;
  sasl_ = sasl_step::host;
  question_ = false;
  return errc::ok;
}

inline errc client_core::cancel() noexcept {
  if (!question_) return errc::local_order;
  question_ = false;
  if (sasl_ == sasl_step::host)
    say_cancel();
  else
    pass_over();
  return errc::ok;
}

/// Nothing was said of the mechanism yet.
inline void client_core::pass_over() noexcept {
  if (choose_mechanism(static_cast<std::uint8_t>(mechanism_ + 1))) return begin_auth();
  if (options_->require_auth) return unfit(errc::peer_auth_unavailable);
  go(client_input::session_ready);
}

inline void client_core::wipe() noexcept {
  if (secret_ && !reader_.partial()) std::memset(reply_.data(), 0, reply_.size());
  secret_ = wipe_due_ = false;
}

}  // namespace ehlo::inline v0::inline EHLO_ISA
