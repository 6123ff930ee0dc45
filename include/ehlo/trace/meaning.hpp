// SPDX-License-Identifier: BSL-1.0
// What commands, reply codes and EHLO keywords mean, for people who do not know them by heart.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"
#include "../grammar/ehlo_keyword.hpp"
#include "../model/capability.hpp"
#include "../model/enhanced_text.hpp"
#include "line.hpp"

namespace ehlo::inline v0::trace {

inline constexpr std::array<std::string_view, verb_count> verb_meanings{
    "a command that is not known here",
    "the client names itself, without extensions",
    "the client names itself and asks what is offered",
    "the client names itself and asks what is offered; this is LMTP",
    "a message begins: who gets the error reports",
    "one recipient",
    "asks to send the message",
    "a chunk of the message, of so many octets",
    "forget the message that was begun",
    "nothing, to see whether the server answers",
    "the client is done",
    "is this a mailbox here?",
    "who is on this list?",
    "asks for help",
    "the client proves who it is",
    "asks to go on in TLS",
    "asks for the messages that wait for a host",
    "a filter or proxy tells who the client is",
    "a filter or proxy tells whom the message came from",
    "to terminals; obsolete",
    "to terminals or mailboxes; obsolete",
    "to terminals and mailboxes; obsolete",
    "asks to swap roles; obsolete, a security risk",
    "asks to swap roles, after authentication",
    "the message is to be fetched by this URL"};
static_assert(static_cast<std::size_t>(verb::burl) == verb_count - 1);

struct code_meaning {
  std::uint16_t code;
  std::string_view text;
  std::string_view source;
};

/// The reply codes (RFC 5321 4.2.3 and the extensions' own).
inline constexpr std::array<code_meaning, 37> code_meanings{{
    {211, "system status", "RFC 5321 4.2.3"},
    {214, "help", "RFC 5321 4.2.3"},
    {220, "ready", "RFC 5321 4.2.3"},
    {221, "goodbye; the server closes the connection", "RFC 5321 4.2.3"},
    {235, "authenticated", "RFC 4954 6"},
    {250, "done", "RFC 5321 4.2.3"},
    {251, "not here, but it will be forwarded", "RFC 5321 3.4"},
    {252, "not verified, but the message will be taken", "RFC 5321 3.5.3"},
    {253, "messages for the host are queued", "RFC 1985 5.3"},
    {334, "go on: a challenge of the AUTH exchange", "RFC 4954 4"},
    {354, "send the message, and end it with a dot", "RFC 5321 4.2.3"},
    {421, "not now; the server closes the connection", "RFC 5321 3.8"},
    {432, "the password has to be changed first", "RFC 4954 6"},
    {450, "not now: the mailbox is busy, or this is greylisting", "RFC 5321 4.2.3"},
    {451, "not now: an error on the server's side", "RFC 5321 4.2.3"},
    {452, "not now: no room, or too many recipients for one message", "RFC 5321 4.2.3"},
    {453, "no messages wait for the host", "RFC 2645 5.2.1.3"},
    {454, "not now: authentication or TLS is not available at the moment", "RFC 3207 4, RFC 4954 6"},
    {455, "the parameters cannot be taken into account now", "RFC 5321 4.2.3"},
    {458, "the messages for the host cannot be queued", "RFC 1985 5.3"},
    {459, "this host is not served by ETRN", "RFC 1985 5.3"},
    {500, "not understood, or the line is too long", "RFC 5321 4.2.3"},
    {501, "not understood: the argument", "RFC 5321 4.2.3"},
    {502, "understood, but not done here", "RFC 5321 4.2.3"},
    {503, "not in this order", "RFC 5321 4.2.3"},
    {504, "not with this parameter", "RFC 5321 4.2.3"},
    {521, "this host takes no mail at all", "RFC 7504 3"},
    {530, "not without TLS or authentication", "RFC 3207 4, RFC 4954 6"},
    {534, "the mechanism is too weak for this account", "RFC 4954 6"},
    {535, "name, password or token are wrong", "RFC 4954 6"},
    {538, "this mechanism needs TLS", "RFC 2554 6"},
    {550, "refused: no such mailbox, or against the server's rules", "RFC 5321 4.2.3"},
    {551, "not here; try the address in the text", "RFC 5321 3.4"},
    {552, "refused: too large, or no room", "RFC 5321 4.2.3, RFC 1870 6"},
    {553, "refused: the address is not allowed", "RFC 5321 4.2.3"},
    {554, "refused: the message or the client", "RFC 5321 4.2.3"},
    {555, "refused: a parameter that is not known", "RFC 5321 4.2.3"},
}};

/// By its first digit, where the code is no registered one (RFC 5321 4.2.1).
inline constexpr std::array<std::string_view, 4> class_meanings{"done", "go on", "not now", "refused"};

inline constexpr std::array<std::string_view, capability_keywords.size()> capability_meanings{
    "commands may be sent without waiting for the replies (RFC 2920)",
    "the largest message, in octets (RFC 1870)",
    "8-bit text may be sent (RFC 6152)",
    "binary messages may be sent, in chunks (RFC 3030)",
    "messages may be sent in chunks, without dots (RFC 3030)",
    "the session can go on in TLS (RFC 3207)",
    "clients can authenticate, with these mechanisms (RFC 4954)",
    "replies carry enhanced status codes (RFC 2034)",
    "delivery status notifications can be asked for (RFC 3461)",
    "addresses and header fields may be in UTF-8 (RFC 6531)",
    "TLS can be demanded on the whole way (RFC 8689)",
    "a time limit for the delivery can be set (RFC 2852)",
    "messages can be held until later (RFC 4865)",
    "messages can have priorities (RFC 6710)",
    "how much may be asked for in a session (RFC 9422)",
    "waiting messages can be asked for (RFC 1985)",
    "mailboxes can be verified (RFC 5321 3.5)",
    "lists can be expanded (RFC 5321 3.5)",
    "there is help (RFC 5321 4.1.1.8)",
    "trusted clients may tell for whom they speak (Postfix XCLIENT_README)",
    "trusted clients may tell whom a message came from (Postfix XFORWARD_README)"};

/// In a few words. Static text, like that of all functions here.
[[nodiscard]] constexpr std::string_view meaning(verb v) noexcept { return verb_meanings[static_cast<std::size_t>(v)]; }

[[nodiscard]] constexpr std::string_view meaning(reply_code code) noexcept {
  for (code_meaning const& one : code_meanings)
    if (one.code == code.number()) return one.text;
  return code ? class_meanings[code.number() / 100U - 2U] : std::string_view{};
}
/// Where the code is defined; of others where their first digit is.
[[nodiscard]] constexpr std::string_view source(reply_code code) noexcept {
  for (code_meaning const& one : code_meanings)
    if (one.code == code.number()) return one.source;
  return "RFC 5321 4.2.1";
}

[[nodiscard]] constexpr std::string_view meaning(capability c) noexcept {
  for (std::size_t i = 0; i != capability_keywords.size(); ++i)
    if (capability_keywords[i].what == c) return capability_meanings[i];
  return {};
}

/// Of a line of the answer to EHLO, what it offers; none of its first line, and of what is not known here.
[[nodiscard]] constexpr std::string_view meaning_of_offer(std::string_view line) noexcept {
  ehlo_keyword offer;
  if (line.size() < 5 || !parse_ehlo_keyword(line.substr(4), offer)) return {};
  for (std::size_t i = 0; i != capability_keywords.size(); ++i)
    if (equal_ignoring_case(capability_keywords[i].keyword, offer.keyword)) return capability_meanings[i];
  return {};
}

/// Of a whole line; of a reply with an enhanced status code what that says, for it says more.
[[nodiscard]] constexpr std::string_view meaning(line const& l) noexcept {
  switch (l.kind) {
    case line_kind::none: return {};
    case line_kind::command: return meaning(l.verb);
    case line_kind::secret:
      if (l.text == "*") return "the exchange is cancelled";
      if (l.from == speaker::server) return meaning(l.code);
      return l.verb == verb::auth ? "the client proves who it is" : "perhaps a secret, sent as a command";
    case line_kind::reply:
      if (l.phase == reply_phase::hello && l.code.is_success())
        if (std::string_view const offers = meaning_of_offer(l.text); !offers.empty()) return offers;
      if (!l.last) return {};
      if (l.phase == reply_phase::verdict && l.code.is_success()) return "the server has taken the message";
      if (l.phase == reply_phase::hello && l.code.is_success()) return "done";
      if (l.status.subject != 0 && l.status.detail != 0) return ehlo::text(l.status);
      return meaning(l.code);
    case line_kind::malformed: return "not a reply";
    case line_kind::text:
    case line_kind::chunk: return "the message";
    case line_kind::end_of_text: return "the message is complete";
    case line_kind::ciphertext: return "TLS";
    case line_kind::unfinished: return "the connection ended within this line";
  }
  return {};
}

}  // namespace ehlo::inline v0::trace
