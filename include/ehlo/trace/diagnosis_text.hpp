// SPDX-License-Identifier: BSL-1.0
// A diagnosis as text for people, with its commands ready to be pasted into a shell. Names come from anywhere, so only
// what cannot be anything but a host name or an address is put into a command; for all else its placeholder stays, in
// capitals.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/text_writer.hpp"
#include "../grammar/address_literal.hpp"
#include "diagnosis_row.hpp"

namespace ehlo::inline v0::trace {

/// What the commands of a diagnosis are about. Empty, 0, or no plain name: not known. The texts are read at once.
struct command_values {
  std::string_view host{};           ///< the server, by name or address (without brackets)
  std::uint16_t port = 0;            ///< of the server
  std::string_view domain{};         ///< of the recipient
  std::string_view sender_domain{};  ///< of the reverse-path
  std::string_view client{};         ///< our address as the server sees it
  std::string_view helo{};           ///< our name
};

/// Whether the text is a host name or an IP address that means nothing else to a shell, nor to a program that takes
/// options: letters, digits, `.`, `-` and `_`, the first a letter or digit, at most 255; or an address with its `:`.
[[nodiscard]] constexpr bool is_plain_host(std::string_view text) noexcept {
  if (text.empty() || text.size() > 255) return false;
  if (parse_ip_address(text).kind != literal_kind::none) return true;
  for (char const c : text)
    if (!is_digit(c) && !is_alpha(c) && c != '.' && c != '-' && c != '_') return false;
  return is_digit(text[0]) || is_alpha(text[0]);
}

namespace detail {

/// The value, or the placeholder in capitals.
constexpr void put_host(text_writer& out, std::string_view value, std::string_view placeholder) noexcept {
  out.put(is_plain_host(value) ? value : placeholder);
}

/// `HOST:PORT`; an IPv6 address in brackets, which mean something to a shell.
constexpr void put_endpoint(text_writer& out, command_values const& values) noexcept {
  bool const brackets = parse_ip_address(values.host).kind == literal_kind::ipv6;
  out.put(brackets ? "'[" : "");
  put_host(out, values.host, "HOST");
  out.put(brackets ? "]':" : ":");
  values.port != 0 ? out.put_number(values.port) : out.put("PORT");
}

/// An address as reverse look-ups and blocklists have it (RFC 5782 2.1, 2.4): the last octet first, or of IPv6 the last
/// digit.
constexpr void put_reversed(text_writer& out, std::string_view address) noexcept {
  address_literal const value = parse_ip_address(address);
  if (value.kind == literal_kind::none) {
    out.put("OUR_ADDRESS_REVERSED");
  } else if (value.kind == literal_kind::ipv4) {
    for (std::size_t i = 4; i-- != 0;) out.put_number(value.octets[i]).put(i == 0 ? "" : ".");
  } else {
    constexpr std::string_view digits = "0123456789abcdef";
    for (std::size_t i = 16; i-- != 0;)
      out.put(digits[value.octets[i] & 0xFU]).put('.').put(digits[value.octets[i] >> 4U]).put(i == 0 ? "" : ".");
  }
}

/// The value of one placeholder; false if there is no such one.
constexpr bool put_value(text_writer& out, std::string_view placeholder, command_values const& values) noexcept {
  if (placeholder == "host") return put_host(out, values.host, "HOST"), true;
  if (placeholder == "port") return values.port != 0 ? out.put_number(values.port) : out.put("PORT"), true;
  if (placeholder == "endpoint") return put_endpoint(out, values), true;
  if (placeholder == "starttls") return out.put(values.port == 465 ? "" : "-starttls smtp "), true;
  if (placeholder == "domain") return put_host(out, values.domain, "DOMAIN"), true;
  if (placeholder == "sender_domain") return put_host(out, values.sender_domain, "SENDER_DOMAIN"), true;
  if (placeholder == "client") return put_host(out, values.client, "OUR_ADDRESS"), true;
  if (placeholder == "client_reversed") return put_reversed(out, values.client), true;
  if (placeholder == "helo") return put_host(out, values.helo, "OUR_NAME"), true;
  return false;
}

/// Words, in lines of at most 78 columns where words allow it; the first line begins at `column`, the others at
/// `indent`.
constexpr void put_wrapped(text_writer& out, std::string_view text, std::size_t column, std::size_t indent) noexcept {
  constexpr std::size_t width = 78;
  constexpr std::string_view blanks = "              ";
  for (bool first = true; !text.empty(); first = false) {
    std::size_t const space = text.find(' ');
    std::string_view const word = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    if (!first && column + 1 + word.size() > width) {
      out.put('\n').put(blanks.substr(0, indent));
      column = indent;
    } else if (!first) {
      out.put(' ');
      ++column;
    }
    out.put(word);
    column += word.size();
  }
  out.put('\n');
}

}  // namespace detail

/// The command with its placeholders filled in. False, as everywhere here, if there is no room for all of it.
[[nodiscard("false: not all of it was written")]] constexpr bool write_command_line(
    text_writer& out, std::string_view command, command_values const& values) noexcept {
  while (!command.empty()) {
    std::size_t const open = command.find('{');
    out.put(command.substr(0, open));
    if (open == std::string_view::npos) break;
    command.remove_prefix(open + 1);
    std::size_t const close = command.find('}');
    if (close == std::string_view::npos || !detail::put_value(out, command.substr(0, close), values)) return false;
    command.remove_prefix(close + 1);
  }
  return out.fits();
}

/// Room for any diagnosis as text.
inline constexpr std::size_t diagnosis_text_room = 8192;

/// The diagnosis as lines that end in LF, wrapped at 78 columns but for the commands, which are whole for pasting:
///
///   The server wants no mail from our address now.
///     likely: too many connections or messages from our address, or too many of
///               them unwanted
///             our address is new to it, or has a bad name
///     check:  the name of our address, which has to lead back to it
///                 dig +short -x 192.0.2.1
///     see:    RFC 5321 3.8, 7.8
///
/// Nothing in it comes from a peer but the plain names and addresses of the commands.
[[nodiscard("false: not all of it was written")]] constexpr bool write_diagnosis(
    text_writer& out, diagnosis const& what, command_values const& values) noexcept {
  constexpr std::size_t column = 10;
  constexpr std::size_t indent = column + 2;
  detail::put_wrapped(out, what.symptom, 0, 0);
  for (std::string_view const& cause : what.causes()) {
    out.put(&cause == what.causes().data() ? "  likely: " : "          ");
    detail::put_wrapped(out, cause, column, indent);
  }
  for (check const& one : what.checks()) {
    out.put(&one == what.checks().data() ? "  check:  " : "          ");
    detail::put_wrapped(out, one.what, column, indent);
    if (one.command.empty()) continue;
    out.put("              ");
    if (!write_command_line(out, one.command, values)) return false;
    out.put('\n');
  }
  if (!what.source.empty()) out.put("  see:    ").put(what.source).put('\n');
  return out.fits();
}

}  // namespace ehlo::inline v0::trace
