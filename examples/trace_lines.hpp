// SPDX-License-Identifier: BSL-1.0
// The lines that a server puts before a message (RFC 5321 4.4): who sent it to whom, and how it came here.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/grammar/ip_network.hpp"
#include "ehlo/grammar/xclient.hpp"
#include "ehlo/server.hpp"
#include "ehlo/trace/received.hpp"
#include "ehlo/trace/return_path.hpp"

namespace serve {

/// Who is at the other end of a session, as far as is known.
struct client {
  std::string spoken_for;         ///< what somebody else has said that its address is
  ehlo::address_literal address;  ///< kind `none`: unknown
  std::string hello;              ///< what it calls itself
  bool esmtp = true;
  std::string_view tls_cipher;  ///< empty in clear text

  /// The address as it comes from a socket, a PROXY header or XCLIENT.
  void is_at(std::string_view text) {
    text = text.substr(0, text.find('%'));  // a link-local one has its interface behind it
    address = ehlo::without_mapping(ehlo::parse_peer_address(text));
    if (address.kind == ehlo::literal_kind::none) address = ehlo::without_mapping(ehlo::parse_ip_address(text));
  }
};

struct envelope {
  std::string return_path;  ///< the line
  std::vector<std::string> to;
  bool smtputf8 = false;
};

/// The Return-Path line of a final delivery; empty if the path is too long for one.
inline std::string return_path_line(ehlo::path_view const& from) {
  char room[ehlo::trace::return_path_room];
  ehlo::text_writer out{room};
  bool const written = ehlo::trace::write_return_path(out, from.mailbox()) == ehlo::errc::ok;
  return written ? std::string{out.written()} : std::string{};
}

/// A name in a Maildir as an Atom, which has no dots: `1795326000.M12P34Q5.mx.example.org` is 1795326000-M12P34Q5.
inline std::string trace_id(std::string name) {
  std::size_t const dot = name.find('.');
  if (dot == std::string::npos) return {};
  name[dot] = '-';
  return name.substr(0, name.find('.'));
}

inline std::string received_line(client const& from, envelope const& e, ehlo::server_core const& smtp,
                                 ehlo::server_options const& options, std::string const& name) {
  std::time_t const now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  std::string const id = trace_id(name);
  ehlo::trace::received line;
  line.hello = from.hello;
  line.client = from.address;
  if (e.to.size() == 1) line.recipient = e.to[0];
  line.hostname = options.hostname;
  line.with = {options.lmtp, from.esmtp, smtp.tls_active(), smtp.authenticated(), e.smtputf8};
  line.id = id;
  line.tls_cipher = from.tls_cipher;
  line.unix_seconds = now;
  line.offset_minutes = static_cast<std::int16_t>(local.tm_gmtoff / 60);
  char room[ehlo::trace::received_room];
  ehlo::text_writer out{room};
  // The name was checked with the options; nothing that a client says makes an error.
  return write_received(out, line) == ehlo::errc::ok ? std::string{out.written()} : std::string{};
}

/// All of them, in their order. Return-Path is first; Received comes directly before the message, and `results`
/// directly before that (RFC 7208 9.1).
inline std::string trace_lines(client const& from, envelope const& e, ehlo::server_core const& smtp,
                               ehlo::server_options const& options, std::string const& name, std::string_view results) {
  std::string lines = e.return_path;
  for (std::string const& to : e.to) lines += "Delivered-To: " + to + "\r\nX-Original-To: " + to + "\r\n";
  if (!from.spoken_for.empty()) lines += "X-Original-Client: " + from.spoken_for + "\r\n";
  return lines.append(results) + received_line(from, e, smtp, options, name);
}

}  // namespace serve
