// SPDX-License-Identifier: BSL-1.0
// The octets of both sides of a session to the lines that they say, each reply with the command that it answers. It
// follows a session from outside: beside an engine, or in a capture.
//
// The two sides are read in the order in which they depend on each other: what stands behind DATA, AUTH or STARTTLS is
// read when the reply to it is known. So it is enough to offer all that was said by either side; who knows in which
// order octets came offers them in that order, and learns what was pipelined.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/config.hpp"
#include "../base/text_writer.hpp"
#include "../grammar/bdat_command.hpp"
#include "../grammar/command_line.hpp"
#include "../grammar/reply_line.hpp"
#include "../wire/line_reader.hpp"
#include "line.hpp"
#include "message_end.hpp"
#include "open_commands.hpp"
#include "redaction.hpp"

namespace ehlo::inline v0::trace {
inline namespace EHLO_ISA {

class dialogue {
 public:
  /// Lines are seen whole up to this many octets, whatever their number.
  static constexpr std::size_t longest_line = 2048;

  /// The next line of either side; it takes from `client` and `server` what it has read. `none`: both are empty, or
  /// what is left can only be read when the other side goes on, and shall be offered again.
  [[nodiscard("the line is gone from the input")]] line next(std::string_view& client EHLO_LIFETIMEBOUND,
                                                             std::string_view& server EHLO_LIFETIMEBOUND) noexcept;

  /// What is offered from now on was said inside TLS, and was decrypted. (Without this call, what both sides say behind
  /// STARTTLS is told as `ciphertext` if it looks like TLS, and as lines inside TLS if not.)
  void tls_started() noexcept {
    injected_ = injected_ || (tls_assumed_ && mode_ != mode::handshake) || client_.partial();
    in_tls_ = true;
    tls_assumed_ = false;
    forget();
  }
  /// This side says nothing more. The line that it had begun, or `none`.
  [[nodiscard("the line is gone")]] line end(speaker from) noexcept;

  [[nodiscard]] bool in_tls() const noexcept { return in_tls_; }
  /// The client said something in clear text between STARTTLS and the handshake (RFC 3207 6, CVE-2011-0411).
  [[nodiscard]] bool plaintext_behind_starttls() const noexcept { return injected_; }
  /// LHLO was said (RFC 2033 4.1).
  [[nodiscard]] bool is_lmtp() const noexcept { return lmtp_; }
  /// Commands without a reply, the greeting not counted.
  [[nodiscard]] bool has_open_commands() const noexcept { return !open_.empty(); }
  /// What the next reply will be; `none` if nothing was asked.
  [[nodiscard]] reply_phase awaits() const noexcept { return open_.front().phase; }
  /// Of the message that `end_of_text` has ended, or of that which is under way.
  [[nodiscard]] message_facts const& message() const noexcept { return text_.facts(); }

 private:
  enum class mode : std::uint8_t { commands, held, sasl, text, chunk, handshake, ciphertext };

  line read_client(std::string_view& in) noexcept;
  line read_server(std::string_view& in) noexcept;
  line read_line(std::string_view& in) noexcept;
  line read_text(std::string_view& in) noexcept;
  line read_chunk(std::string_view& in) noexcept;
  line read_ciphertext(std::string_view& in, speaker from) noexcept;
  line take_command(std::string_view text, line l) noexcept;
  line take_auth(std::string_view text, line l) noexcept;
  line take_response(std::string_view text, line l) noexcept;
  line take_reply(std::string_view text, line l) noexcept;
  line hide_reply(std::string_view text, line l) noexcept;
  void release(reply_phase phase, reply_code code) noexcept;
  void take_last_line(open_command const& asked, reply_code code) noexcept;
  void await(verb v, reply_phase phase, mode then) noexcept {
    // How many recipients a last chunk has is not known before the replies to RCPT (RFC 2033 4.3).
    bool const for_each = lmtp_ && phase == reply_phase::verdict;
    open_.push({v, phase, !for_each ? 1 : v == verb::bdat ? 0 : recipients_ != 0 ? recipients_ : 1});
    settle();
    mode_ = then;
  }
  /// Of last chunks in LMTP that are answered next, how many replies they have, if any.
  void settle() noexcept {
    while (!open_.empty() && open_.front().replies == 0) open_.settle(recipients_);
  }
  void forget() noexcept {
    mode_ = mode::commands;
    recipients_ = 0;
    client_.restart();
    server_.restart();
  }
  [[nodiscard]] line of_client(line_kind kind, verb v, reply_phase phase, std::string_view text) const noexcept {
    line l{kind, speaker::client, v, phase, text, text.size()};
    l.recipients = recipients_;
    l.in_tls = in_tls_;
    return l;
  }
  /// TLS begins with a record of the type handshake (RFC 8446 5.1), or, of old clients, with one of SSL 2.
  [[nodiscard]] static bool looks_like_tls(std::string_view octets) noexcept {
    return !octets.empty() && (octets.front() == '\x16' || octet(octets.front()) == 0x80);
  }

  open_commands open_;
  line_reader client_;
  line_reader server_;
  message_end text_;
  std::uint64_t chunk_ = 0;  ///< octets of it that are to come
  std::uint32_t recipients_ = 0;
  mode mode_ = mode::commands;
  bool greeted_ = false;
  bool lmtp_ = false;
  bool in_tls_ = false;
  bool tls_assumed_ = false;  ///< nobody has said that it has started
  bool injected_ = false;
  bool in_reply_ = false;  ///< a reply has begun and not ended
  bool last_chunk_ = false;
  bool begun_ = false;          ///< a command was said; before, a capture may have begun within an exchange
  bool hides_unknown_ = false;  ///< no command since AUTH: who goes on with an exchange that is over tells secrets
  secret_mark secret_;
  std::array<char, longest_line> client_line_;
  std::array<char, longest_line> server_line_;
  std::array<char, 64> hidden_;
};

inline line dialogue::next(std::string_view& client, std::string_view& server) noexcept {
  if (mode_ == mode::commands && !greeted_ && looks_like_tls(client)) mode_ = mode::ciphertext;  // RFC 8314 3
  bool const server_speaks = (!greeted_ || in_reply_ || !open_.empty()) && mode_ != mode::ciphertext;
  if (server_speaks && !server.empty())
    if (line const l = read_server(server); l.kind != line_kind::none) return l;
  if (!client.empty() || (mode_ == mode::text && text_.has_ended()))
    if (line const l = read_client(client); l.kind != line_kind::none) return l;
  return server.empty() ? line{} : read_server(server);
}

inline line dialogue::read_client(std::string_view& in) noexcept {
  if (mode_ == mode::handshake) mode_ = looks_like_tls(in) ? mode::ciphertext : mode::commands;
  if (tls_assumed_ && mode_ == mode::commands && !client_.partial() && in.front() == '\x16') {
    injected_ = true;
    mode_ = mode::ciphertext;
  }
  switch (mode_) {
    case mode::held: return {};
    case mode::text: return read_text(in);
    case mode::chunk: return read_chunk(in);
    case mode::ciphertext: return read_ciphertext(in, speaker::client);
    default: return open_.full() ? line{} : read_line(in);
  }
}

inline line dialogue::read_line(std::string_view& in) noexcept {
  line_reader::result const r = client_.read(in, client_line_, client_line_.size(), true);
  if (r.what == line_reader::status::need_input) return {};
  line l = of_client(line_kind::command, verb::unknown, reply_phase::none, {});
  l.bare_lf = r.bare;
  l.ended = r.what == line_reader::status::line;
  l.pipelined = !open_.empty() || !greeted_;
  if (mode_ == mode::sasl) return take_response(r.line, l);
  return looks_like_auth(r.line) ? take_auth(r.line, l) : take_command(r.line, l);
}

inline line dialogue::take_command(std::string_view text, line l) noexcept {
  l.verb = parse_verb(text).what;
  bool const hides = hides_unknown_ || (!begun_ && !text.empty() && is_base64(text));
  if (hides && l.verb == verb::unknown) return take_response(text, l);
  hides_unknown_ = false;
  begun_ = true;
  l.text = without_inner_auth(text);
  secret_.take(text.substr(l.text.size()));
  l.shown = l.text.size();
  switch (l.verb) {
    case verb::lhlo: lmtp_ = true; [[fallthrough]];
    case verb::ehlo:
    case verb::helo: l.phase = reply_phase::hello; break;
    case verb::mail: l.phase = reply_phase::mail; break;
    case verb::rcpt: l.phase = reply_phase::rcpt; break;
    case verb::rset: l.phase = reply_phase::reset; break;
    case verb::quit: l.phase = reply_phase::quit; break;
    case verb::data: await(l.verb, l.phase = reply_phase::data, mode::held); return l;
    case verb::starttls: await(l.verb, l.phase = reply_phase::starttls, mode::held); return l;
    case verb::bdat: {
      bdat_command chunk;
      if (!l.ended || parse_bdat(text, chunk) != errc::ok) break;
      last_chunk_ = chunk.last;
      chunk_ = chunk.size;
      l.phase = chunk.last ? reply_phase::verdict : reply_phase::chunk;
      if (lmtp_ && chunk.last && recipients_ == 0 && open_.empty())  // no reply (RFC 2033 4.3)
        l.phase = reply_phase::none;
      else
        await(l.verb, l.phase, mode::commands);
      if (chunk_ != 0) mode_ = mode::chunk;
      return l;
    }
    default: break;
  }
  if (l.phase == reply_phase::none) l.phase = reply_phase::command;
  await(l.verb, l.phase, mode::commands);
  return l;
}

inline line dialogue::take_auth(std::string_view text, line l) noexcept {
  hides_unknown_ = true;
  l.verb = parse_verb(text).what;
  l.phase = reply_phase::auth;
  await(l.verb, l.phase, mode::held);
  std::string_view mechanism = known_mechanism_of(text);
  if (!l.ended && text.ends_with(mechanism)) mechanism = {};  // it may go on
  std::size_t const verb_end = text.find_first_not_of(" \t") + 4;
  std::size_t const behind =
      mechanism.empty() ? verb_end : static_cast<std::size_t>(mechanism.data() - text.data()) + mechanism.size();
  std::size_t const secret = text.find_first_not_of(' ', behind);
  l.text = text;
  l.shown = text.size();
  if (l.verb == verb::auth && l.ended && secret == text.npos) return l;
  l.kind = line_kind::secret;
  secret_.take(secret == text.npos ? std::string_view{} : text.substr(secret));
  text_writer to{hidden_};
  to.put(text.substr(verb_end - 4, 4));
  if (l.verb != verb::auth) to.put('!');  // so that it is no verb, as it was none
  if (!mechanism.empty()) to.put(' ').put(mechanism);
  l.shown = l.verb == verb::auth ? to.written().size() : 4;
  if (l.verb == verb::auth)
    to.put(' ').put(secret == text.npos ? "!" : instead_of(trim_trailing_space(text.substr(secret))));
  l.text = to.written();
  return l;
}

inline line dialogue::take_response(std::string_view text, line l) noexcept {
  l.kind = line_kind::secret;
  l.phase = reply_phase::auth;
  l.shown = 0;
  l.text = l.ended ? instead_of(text) : std::string_view{"!"};
  if (l.text == "*") l.shown = 1;
  l.verb = mode_ == mode::sasl ? verb::auth : verb::unknown;
  hides_unknown_ = true;
  secret_.take(text);
  await(l.verb, l.phase, mode::held);
  return l;
}

inline line dialogue::read_text(std::string_view& in) noexcept {
  constexpr std::string_view dot = ".\r";  // of the last line, or stuffed: told when it is known which
  while (!in.empty() && !text_.has_ended()) {
    std::size_t const held = text_.of_last_line();
    std::size_t const used = text_.read(held == 0 ? in : in.substr(0, 1));
    std::size_t const of_last_line = text_.of_last_line();
    std::string_view piece = in.substr(0, used);
    in.remove_prefix(used);
    if (held + used == of_last_line) continue;
    if (held != 0)
      piece = text_writer{hidden_}.put(dot.substr(0, held)).put(piece).written();
    else
      piece.remove_suffix(of_last_line);
    return of_client(line_kind::text, verb::data, reply_phase::verdict, piece);
  }
  if (!text_.has_ended()) return {};
  line l = of_client(line_kind::end_of_text, verb::data, reply_phase::verdict, ".");
  await(verb::data, reply_phase::verdict, mode::commands);
  return l;
}

inline line dialogue::read_chunk(std::string_view& in) noexcept {
  std::string_view const piece = in.substr(0, chunk_ < in.size() ? static_cast<std::size_t>(chunk_) : in.size());
  in.remove_prefix(piece.size());
  chunk_ -= piece.size();
  if (chunk_ == 0) mode_ = mode::commands;
  line l = of_client(line_kind::chunk, verb::bdat, last_chunk_ ? reply_phase::verdict : reply_phase::chunk, piece);
  l.last = chunk_ == 0;
  return l;
}

inline line dialogue::read_ciphertext(std::string_view& in, speaker from) noexcept {
  line l{line_kind::ciphertext, from};
  open_ = {};
  l.in_tls = true;
  l.text = in;
  in = {};
  return l;
}

inline line dialogue::read_server(std::string_view& in) noexcept {
  if (mode_ == mode::ciphertext) return read_ciphertext(in, speaker::server);
  if (mode_ == mode::handshake && looks_like_tls(in)) return {};  // the client begins it
  line_reader::result const r = server_.read(in, server_line_, server_line_.size(), true);
  if (r.what == line_reader::status::need_input) return {};
  line l{line_kind::reply, speaker::server};
  l.bare_lf = r.bare;
  l.ended = r.what == line_reader::status::line;
  return take_reply(r.line, l);
}

inline line dialogue::take_reply(std::string_view text, line l) noexcept {
  reply_line reply;
  bool const well_formed = parse_reply_line(text, reply) == errc::ok;
  // A capture that began within a session has no greeting (RFC 5321 4.3.2: 220 or an error).
  bool const answers =
      reply.code.severity() == severity::intermediate || (reply.code.is_success() && reply.code != 220);
  greeted_ = greeted_ || (well_formed && !in_reply_ && answers);
  open_command const asked = greeted_ ? open_.front() : open_command{verb::unknown, reply_phase::greeting, 1};
  l.in_tls = in_tls_;
  l.recipients = recipients_;
  l.text = text;
  l.shown = text.size();
  l.verb = asked.verb;
  l.phase = asked.phase;
  l.surplus = asked.replies == 0;
  if (!well_formed) {
    l.kind = line_kind::malformed;
    bool const may_be_secret = l.phase == reply_phase::auth || looks_like_auth(text) || is_base64(text);
    if ((may_be_secret && !text.empty()) || secret_.is_in(text)) l.text = "!";
    if (l.text == "!") l.shown = 0;
    return l;
  }
  l.code = reply.code;
  l.status = reply.status;
  l.last = reply.last;
  in_reply_ = !reply.last;
  if (reply.code == 334 || secret_.is_in(text)) l = hide_reply(reply.text, l);
  if (reply.last) take_last_line(asked, reply.code);
  return l;
}

/// A challenge, or a reply that says a secret again.
inline line dialogue::hide_reply(std::string_view text, line l) noexcept {
  l.kind = line_kind::secret;
  l.shown = 3;
  text_writer to{hidden_};
  to.put(l.text.substr(0, 3)).put(l.last ? ' ' : '-').put(l.code == 334 ? instead_of(text) : "!");
  l.text = to.written();
  return l;
}

/// The reply is complete: what it has changed.
inline void dialogue::take_last_line(open_command const& asked, reply_code code) noexcept {
  bool const yes = code.is_success();
  if (greeted_) open_.pop();
  greeted_ = true;
  if (mode_ == mode::held && open_.empty()) release(asked.phase, code);
  switch (asked.phase) {
    case reply_phase::rcpt: recipients_ += std::uint32_t{yes}; break;
    case reply_phase::mail:
    case reply_phase::reset:
    case reply_phase::hello:
      if (yes) recipients_ = 0;
      break;
    case reply_phase::verdict:
      if (!lmtp_ || open_.front().phase != reply_phase::verdict) recipients_ = 0;
      break;
    default: break;
  }
  hides_unknown_ = hides_unknown_ || code == 334;  // whatever it answers
  settle();
}

/// The reply to what has held the client up: what its next octets are.
inline void dialogue::release(reply_phase phase, reply_code code) noexcept {
  mode_ = mode::commands;
  if (phase == reply_phase::data && code.severity() == severity::intermediate) {
    mode_ = mode::text;
    text_ = message_end{};
  } else if (phase == reply_phase::auth && code == 334) {
    mode_ = mode::sasl;
  } else if (phase == reply_phase::starttls && code.is_success()) {
    mode_ = mode::handshake;
    in_tls_ = tls_assumed_ = true;
  }
}

inline line dialogue::end(speaker from) noexcept {
  line_reader& reader = from == speaker::client ? client_ : server_;
  bool const of_text = from == speaker::client && mode_ == mode::text && text_.of_last_line() != 0;
  if (from == speaker::server && mode_ == mode::held) {  // what follows tells what the reply was
    reply_phase const asked = open_.last_phase();
    mode_ = asked == reply_phase::data ? mode::text : asked == reply_phase::starttls ? mode::handshake : mode::commands;
  }
  if (!reader.partial() && !of_text) return {};
  line l{line_kind::unfinished, from};
  l.in_tls = in_tls_;
  l.ended = false;
  l.text = {from == speaker::client ? client_line_.data() : server_line_.data(), reader.stored()};
  if (from == speaker::client) {
    l.text = looks_like_auth(l.text) ? "AUTH" : without_inner_auth(l.text);
    if (mode_ == mode::sasl || hides_unknown_ || (!begun_ && parse_verb(l.text).what == verb::unknown)) l.text = {};
  } else if (l.text.starts_with("334") || awaits() == reply_phase::auth || secret_.is_in(l.text)) {
    l.text = l.text.substr(0, 3);
  }
  if (of_text) l.text = std::string_view{".\r"}.substr(0, text_.of_last_line());
  l.shown = l.text.size();
  reader.restart();
  return l;
}

}  // namespace EHLO_ISA
}  // namespace ehlo::inline v0::trace
