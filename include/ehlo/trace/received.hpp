// SPDX-License-Identifier: BSL-1.0
// `Received:`, the time stamp line that every server puts before a message (RFC 5321 4.4, RFC 6531 3.7.3): exactly the
// grammar, whatever the client calls itself.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/character_class.hpp"
#include "../base/folded_line.hpp"
#include "../base/text_writer.hpp"
#include "../grammar/address_literal.hpp"
#include "../grammar/comment_text.hpp"
#include "../grammar/literal_writer.hpp"
#include "../grammar/mailbox.hpp"
#include "../grammar/path.hpp"
#include "../model/errc.hpp"
#include "mail_date.hpp"

namespace ehlo::inline v0::trace {

/// The name behind "with" (RFC 5321 8.1, RFC 3848, RFC 6531 4.3).
struct with_protocol {
  bool lmtp = false;
  bool esmtp = true;           ///< EHLO was said; false: HELO. Without meaning for LMTP
  bool tls = false;            ///< by STARTTLS, or from the beginning
  bool authenticated = false;  ///< AUTH succeeded
  bool smtputf8 = false;       ///< MAIL had the parameter SMTPUTF8

  /// `ESMTPSA`. "SMTP" has no forms with letters behind it.
  [[nodiscard]] constexpr std::string_view name() const noexcept {
    constexpr std::string_view names[16] = {"ESMTP",    "ESMTPS",    "ESMTPA",    "ESMTPSA",  //
                                            "UTF8SMTP", "UTF8SMTPS", "UTF8SMTPA", "UTF8SMTPSA",
                                            "LMTP",     "LMTPS",     "LMTPA",     "LMTPSA",  //
                                            "UTF8LMTP", "UTF8LMTPS", "UTF8LMTPA", "UTF8LMTPSA"};
    if (!lmtp && !esmtp) return "SMTP";
    return names[(lmtp ? 8U : 0U) + (smtputf8 ? 4U : 0U) + (authenticated ? 2U : 0U) + (tls ? 1U : 0U)];
  }
};

/// What a Received line is made of. The texts are read during the call.
struct received {
  // The client's. Nothing in these makes an error.
  std::string_view hello{};        ///< the argument of EHLO, HELO or LHLO, as it was sent
  address_literal client{};        ///< its address; kind `none`: it has none (a local socket)
  std::string_view client_name{};  ///< of that address, by a PTR record that was verified; empty: none
  std::string_view recipient{};    ///< path_view::mailbox() of the only recipient. Empty where there are more: each of
                                   ///< them would learn of the others (RFC 5321 7.2)
  std::string_view authenticated_as{};  ///< the user. Empty, the default, tells nobody
  // The host's.
  std::string_view hostname{};  ///< the server's domain or address literal. Required
  with_protocol with{};
  std::string_view id{};          ///< an Atom (`4F2aB`), or a msg-id (`<a.b@c.example>`); empty: none
  std::string_view tls_cipher{};  ///< as registered with IANA (RFC 8314 4.3): TLS_AES_128_GCM_SHA256, or 0x1301.
                                  ///< OpenSSL: SSL_CIPHER_standard_name(). Empty: none
  std::string_view tls_group{};   ///< of the key exchange, as registered: x25519. Only with a cipher
  std::int64_t unix_seconds = 0;  ///< the time, and the zone in which it is written: local_time()
  std::int16_t offset_minutes = 0;
};

/// Storage of this size is enough, whatever is written.
inline constexpr std::size_t received_room = 2048;

namespace detail {

/// An address as a literal; empty if it is none.
class literal_text {
 public:
  constexpr explicit literal_text(address_literal const& address) noexcept {
    text_writer out{text_};
    if (write_address_literal(out, address)) size_ = out.written().size();
  }
  [[nodiscard]] constexpr std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
  std::array<char, 64> text_{};
  std::size_t size_ = 0;
};

[[nodiscard]] constexpr bool is_atom(std::string_view text) noexcept {
  for (char const c : text)
    if (!has_class(c, char_class::atext)) return false;
  return !text.empty();
}

/// msg-id (RFC 5322 3.6.4), without CFWS and with a dot-atom on both sides.
[[nodiscard]] constexpr bool is_message_id(std::string_view text) noexcept {
  if (text.size() < 3 || !text.starts_with('<') || !text.ends_with('>')) return false;
  text = text.substr(1, text.size() - 2);
  local_part_run const left = scan_dot_string(text, 0);
  if (left.end == 0 || left.utf8 || left.end == text.size() || text[left.end] != '@') return false;
  local_part_run const right = scan_dot_string(text, left.end + 1);
  return right.end == text.size() && !right.utf8;
}

/// tls-cipher (RFC 8314 4.3).
[[nodiscard]] constexpr bool is_tls_cipher(std::string_view text) noexcept {
  if (text.size() == 6 && text.starts_with("0x")) {
    for (char const c : text.substr(2))
      if (hex_value(c) < 0) return false;
    return true;
  }
  for (char const c : text)
    if (!has_class(c, char_class::let_dig) && c != '_') return false;
  return !text.empty() && text.size() <= 64 && is_alpha(text[0]);
}

/// dh-group (RFC 8314 4.3).
[[nodiscard]] constexpr bool is_tls_group(std::string_view text) noexcept {
  for (char const c : text)
    if (!has_class(c, char_class::ldh) && c != '_') return false;
  return !text.empty() && text.size() <= 64 && is_alpha(text[0]);
}

/// The host's part: what of it is wrong is the host's mistake.
[[nodiscard]] constexpr bool is_valid(received const& r) noexcept {
  if (r.hostname.size() > domain_limit || !is_host(r.hostname, strict, r.with.smtputf8)) return false;
  if (!r.id.empty() && (r.id.size() > 255 || (!is_atom(r.id) && !is_message_id(r.id)))) return false;
  if (!r.tls_cipher.empty() && !is_tls_cipher(r.tls_cipher)) return false;
  if (!r.tls_group.empty() && (r.tls_cipher.empty() || !is_tls_group(r.tls_group))) return false;
  return local_time(r.unix_seconds, r.offset_minutes).year != 0;
}

/// From-domain. What the client said stands there if the grammar lets it: a domain, or a literal if the address is
/// known, for TCP-info has to follow it. Otherwise it becomes a comment.
constexpr void put_from(folded_line& line, received const& r) noexcept {
  literal_text const literal{r.client};
  std::string_view const address = literal.text();
  bool const is_literal = r.hello.starts_with('[');
  bool const usable =
      r.hello.size() <= domain_limit && is_host(r.hello, strict, r.with.smtputf8) && !(is_literal && address.empty());
  line.word("from");
  line.word(usable ? r.hello : address.empty() ? std::string_view{"unknown"} : address);
  if (!address.empty() && r.client_name.size() <= domain_limit && is_domain(r.client_name)) {
    line.word("(", r.client_name);
    line.word(address, ")");
  } else if (!address.empty()) {
    line.word("(", address, ")");
  }
  comment_text const said{usable ? std::string_view{} : r.hello, r.with.smtputf8};
  if (!said.text().empty()) line.word("(EHLO ", said.text(), ")");
  comment_text const user{r.authenticated_as, r.with.smtputf8};
  if (!user.text().empty()) line.word("(AUTH ", user.text(), ")");
}

/// FOR; left out if the recipient is no Mailbox by the letter, such as `a..b@c`, or longer than a path may be.
constexpr void put_for(folded_line& line, received const& r) noexcept {
  if (r.recipient.size() + 2 > path_limit || !is_mailbox(r.recipient, tolerance::long_path, r.with.smtputf8)) return;
  line.word("for");
  line.word("<", r.recipient, ">");
}

}  // namespace detail

/// Writes the field and its line end, folded. Lines are of at most 78 columns, unless one name or path alone is longer,
/// and of at most 998 octets always. local_argument: the host's name, id, TLS names or time are not what they should
/// be, and nothing is written; local_room: the writer is full and holds no usable text.
[[nodiscard]] constexpr errc write_received(text_writer& out, received const& r) noexcept {
  if (!detail::is_valid(r)) return errc::local_argument;
  folded_line line{out, "Received:"};
  detail::put_from(line, r);
  line.word("by");
  line.word(r.hostname);
  if (r.hostname.starts_with('[')) line.word("(", r.hostname, ")");
  line.word("with ", r.with.name());
  if (!r.id.empty()) line.word("id ", r.id);
  detail::put_for(line, r);
  if (!r.tls_cipher.empty()) line.word("tls ", r.tls_cipher);
  if (!r.tls_group.empty()) line.word("group ", r.tls_group);
  line.mark(';');
  std::array<char, mail_date_limit> room{};
  text_writer date{room};
  if (!write_mail_date(date, r.unix_seconds, r.offset_minutes)) return errc::local_argument;
  line.word(date.written());
  line.end();
  return out.fits() ? errc::ok : errc::local_room;
}

}  // namespace ehlo::inline v0::trace
