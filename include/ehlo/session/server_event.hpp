// SPDX-License-Identifier: BSL-1.0
// What next() tells the host of a server: what it waits for, what the peer asks, what has happened.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/config.hpp"
#include "../base/enum_name.hpp"
#include "../model/command.hpp"
#include "../model/errc.hpp"
#include "../model/parameters.hpp"
#include "../model/text_rules.hpp"
#include "../model/tolerance.hpp"
#include "../model/verb.hpp"

namespace ehlo::inline v0 {

enum class event_type : std::uint8_t {
  // What the engine waits for.
  need_input,   ///< flush, read, and call again; the input is empty now
  need_output,  ///< flush until output() is empty, then call again
  need_reply,   ///< an earlier question is open: answer it, then call again
  need_tls,     ///< output is empty: shake hands, then tls_started() or tls_failed()
  closed,       ///< the session is over: close the connection. Nothing else comes from now on
  misuse,       ///< this call did not fit, error() says why; nothing has changed
  // What the peer asks. A question (is_question()) waits for accept() or reject(), once, now or later.
  greeting,        ///< a connection: greet it, or turn it away
  hello,           ///< EHLO, HELO or LHLO: argument()
  mail,            ///< mail()
  rcpt,            ///< rcpt()
  data,            ///< DATA or the first BDAT
  message_end,     ///< the message is complete: octets(), how_newlines_were(); accept() makes it the host's
  next_recipient,  ///< LMTP: the same message for the next accepted recipient, recipient()
  vrfy,            ///< argument()
  expn,            ///< argument(); reply_line() for all but the last, then accept()
  help,            ///< argument()
  etrn,            ///< argument()
  starttls,
  auth,           ///< mechanism(), has_initial_response(), response(); answer with challenge(), accept() or reject()
  auth_response,  ///< response(); likewise
  credentials,    ///< PLAIN or LOGIN: user_name(), password(), authorization_identity()
  xclient,        ///< argument(): the attributes as sent
  xforward,       ///< argument()
  extension,      ///< a verb of server_options::extra_verbs: command_word(), argument()
  // What has happened. Nothing to answer.
  message_begin,    ///< a message comes
  body,             ///< body(): the next octets of the message
  message_dropped,  ///< the message that has begun will not be completed: dropped_because()
  reset,            ///< RSET
  noop,             ///< NOOP
  quit,             ///< QUIT; `closed` follows
  refused,          ///< the engine refused a command: error(), command_verb(), raw()
  early_talker,     ///< the peer sent before the greeting was out
};
inline constexpr std::array<std::string_view, 32> server_event_names{
    "need_input", "need_output", "need_reply", "need_tls",      "closed",      "misuse",          "greeting",
    "hello",      "mail",        "rcpt",       "data",          "message_end", "next_recipient",  "vrfy",
    "expn",       "help",        "etrn",       "starttls",      "auth",        "auth_response",   "credentials",
    "xclient",    "xforward",    "extension",  "message_begin", "body",        "message_dropped", "reset",
    "noop",       "quit",        "refused",    "early_talker"};
static_assert(static_cast<std::size_t>(event_type::early_talker) + 1 == server_event_names.size());
/// The enumerator, as it is written here.
[[nodiscard]] constexpr std::string_view name(event_type value) noexcept {
  return enum_name(server_event_names, value);
}

/// Why a message was dropped.
enum class drop_reason : std::uint8_t {
  none,
  refused_content,  ///< its text broke the rules in force
  refused_by_host,  ///< reject() in mid-body
  too_large,
  chunk_refused,
  reset,  ///< RSET, EHLO, HELO or QUIT between chunks
  end_of_input,
  deadline,
  shutdown,
  session_error,  ///< between chunks the peer did what ends a session
};
inline constexpr std::array<std::string_view, 10> drop_reason_names{
    "none",  "refused_content", "refused_by_host", "too_large", "chunk_refused",
    "reset", "end_of_input",    "deadline",        "shutdown",  "session_error"};
static_assert(static_cast<std::size_t>(drop_reason::session_error) + 1 == drop_reason_names.size());
/// The enumerator, as it is written here.
[[nodiscard]] constexpr std::string_view name(drop_reason value) noexcept {
  return enum_name(drop_reason_names, value);
}

struct mail_args {
  path_view from;
  std::uint64_t size = 0;  ///< the declared octets; meaningful if has_size
  body_type body = body_type::unstated;
  ret_type ret = ret_type::unstated;
  bool has_size = false;
  bool smtputf8 = false;
  bool requiretls = false;
  std::string_view envid;  ///< xtext as sent; grammar/xtext.hpp decodes
  std::string_view auth;   ///< xtext as sent, or `<>`
  parameters all;          ///< every parameter as sent, BY, HOLDFOR and the host's own included
};

struct rcpt_args {
  path_view to;
  notify_type notify = notify_type::unstated;
  std::string_view orcpt;  ///< as sent: `addr-type;address`
  parameters all;
};

inline namespace EHLO_ISA {
class server_core;
}

/// One event. Trivially copyable, 64 octets. Its texts live until the next non-const call on the server; its numbers
/// for ever.
class server_event {
 public:
  [[nodiscard]] constexpr event_type type() const noexcept { return type_; }
  /// Whether accept() or reject() is expected.
  [[nodiscard]] constexpr bool is_question() const noexcept { return question_; }
  /// The tolerances that the command, or at message_end the message, needed.
  [[nodiscard]] constexpr tolerance tolerated() const noexcept { return tolerated_; }
  /// Of `refused` and `misuse`; errc::ok otherwise.
  [[nodiscard]] constexpr errc error() const noexcept { return error_; }
  [[nodiscard]] constexpr verb command_verb() const noexcept { return verb_; }

  /// The command line as sent, without CRLF. Of a refused AUTH only the verb; empty in an AUTH exchange.
  [[nodiscard]] constexpr std::string_view raw() const noexcept { return holds_line() ? text_ : std::string_view{}; }
  /// The verb as sent.
  [[nodiscard]] constexpr std::string_view command_word() const noexcept { return raw().substr(0, raw().find(' ')); }
  /// What stands behind the verb and one space, without trailing white space.
  [[nodiscard]] constexpr std::string_view argument() const noexcept {
    std::size_t const space = raw().find(' ');
    if (space == std::string_view::npos) return {};
    std::string_view const text = raw().substr(space + 1);
    return text.substr(0, text.find_last_not_of(" \t") + 1);  // RFC 5321 4.1.1
  }
  /// The next octets of the message, dots unstuffed; of `body` only, and never empty there.
  [[nodiscard]] constexpr std::string_view body() const noexcept {
    return type_ == event_type::body ? text_ : std::string_view{};
  }

  [[nodiscard]] constexpr mail_args mail() const noexcept {
    if (type_ != event_type::mail) return {};
    mail_command const& m = data_.mail;
    return {view(text_, m.from), m.size,       m.body,        m.ret,        m.has_size,
            m.smtputf8,          m.requiretls, part(m.envid), part(m.auth), parameters{text_.substr(m.parameters)}};
  }
  [[nodiscard]] constexpr rcpt_args rcpt() const noexcept {
    if (type_ != event_type::rcpt) return {};
    rcpt_command const& r = data_.rcpt;
    return {view(text_, r.to), r.notify, part(r.orcpt), parameters{text_.substr(r.parameters)}};
  }

  /// Octets of the message, of message_end and next_recipient (SIZE's count: unstuffed, without the final dot line).
  [[nodiscard]] constexpr std::uint64_t octets() const noexcept { return ends_message() ? data_.plain.number : 0; }
  [[nodiscard]] constexpr newlines how_newlines_were() const noexcept {
    return ends_message() ? data_.plain.line_ends : newlines::unexamined;
  }
  /// LMTP: which of the accepted recipients this answer is for, from 0, and how many there are.
  [[nodiscard]] constexpr std::uint32_t recipient() const noexcept { return ends_message() ? data_.plain.index : 0; }
  [[nodiscard]] constexpr std::uint32_t recipients() const noexcept { return ends_message() ? data_.plain.count : 0; }
  [[nodiscard]] constexpr drop_reason dropped_because() const noexcept {
    return type_ == event_type::message_dropped ? data_.plain.reason : drop_reason::none;
  }
  /// Of need_tls: how many octets of plaintext came behind STARTTLS and were thrown away.
  [[nodiscard]] constexpr std::uint64_t dropped_octets() const noexcept {
    return type_ == event_type::need_tls ? data_.plain.number : 0;
  }

  /// Of `auth`: the mechanism as sent; of `credentials`: PLAIN or LOGIN.
  [[nodiscard]] constexpr std::string_view mechanism() const noexcept {
    if (type_ == event_type::auth) return part(data_.plain.part[0]);
    if (type_ == event_type::credentials) return data_.plain.index == 0 ? "PLAIN" : "LOGIN";
    return {};
  }
  [[nodiscard]] constexpr bool has_initial_response() const noexcept {
    return type_ == event_type::auth && data_.plain.index != 0;
  }
  /// Of `auth` and `auth_response`: the response, decoded from base64. It may hold any octets.
  [[nodiscard]] constexpr std::string_view response() const noexcept {
    return type_ == event_type::auth || type_ == event_type::auth_response ? part(data_.plain.part[1])
                                                                           : std::string_view{};
  }
  /// Of `credentials` (RFC 4616 2): empty if the user speaks for itself.
  [[nodiscard]] constexpr std::string_view authorization_identity() const noexcept { return secret(1); }
  [[nodiscard]] constexpr std::string_view user_name() const noexcept { return secret(2); }
  [[nodiscard]] constexpr std::string_view password() const noexcept { return secret(3); }

 private:
  friend EHLO_ISA::server_core;

  struct plain_data {
    std::uint64_t number = 0;
    std::uint32_t index = 0;
    std::uint32_t count = 0;
    line_part part[4]{};
    newlines line_ends = newlines::clean;
    drop_reason reason = drop_reason::none;
  };
  union data {
    constexpr data() noexcept : plain{} {}
    constexpr explicit data(mail_command const& m) noexcept : mail{m} {}
    constexpr explicit data(rcpt_command const& r) noexcept : rcpt{r} {}
    plain_data plain;
    mail_command mail;
    rcpt_command rcpt;
  };

  constexpr explicit server_event(event_type type) noexcept : type_{type} {}
  constexpr server_event(event_type type, verb v, std::string_view text) noexcept
      : text_{text}, type_{type}, verb_{v} {}
  constexpr server_event(std::string_view line, mail_command const& m) noexcept
      : text_{line}, data_{m}, type_{event_type::mail}, verb_{verb::mail} {}
  constexpr server_event(std::string_view line, rcpt_command const& r) noexcept
      : text_{line}, data_{r}, type_{event_type::rcpt}, verb_{verb::rcpt} {}

  [[nodiscard]] constexpr bool holds_line() const noexcept {
    return type_ != event_type::body && type_ != event_type::auth_response && type_ != event_type::credentials &&
           type_ != event_type::auth;
  }
  [[nodiscard]] constexpr bool ends_message() const noexcept {
    return type_ == event_type::message_end || type_ == event_type::next_recipient;
  }
  [[nodiscard]] constexpr std::string_view part(line_part p) const noexcept { return text_.substr(p.at, p.length); }
  [[nodiscard]] constexpr std::string_view secret(std::size_t i) const noexcept {
    return type_ == event_type::credentials ? part(data_.plain.part[i]) : std::string_view{};
  }

  std::string_view text_;
  data data_;
  tolerance tolerated_ = tolerance::none;
  event_type type_;
  verb verb_ = verb::unknown;
  errc error_ = errc::ok;
  bool question_ = false;
};

static_assert(sizeof(server_event) <= 64);

}  // namespace ehlo::inline v0
