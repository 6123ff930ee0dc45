// SPDX-License-Identifier: BSL-1.0
// The answer to EHLO and LHLO: one line for each extension that is offered now (RFC 5321 4.1.1.1).
#pragma once

#include "server_core.hpp"

namespace ehlo::inline v0::inline EHLO_ISA {

/// Whether the answer to EHLO names it now: STARTTLS only before TLS (RFC 3207 4.2), REQUIRETLS only in it (RFC 8689
/// 2), AUTH only with a mechanism permitted now, and only until it has succeeded.
inline bool server_core::offers(capability c) const noexcept {
  if (!options_->offer.has(c)) return false;
  if (c == capability::starttls) return !tls_active();
  if (c == capability::requiretls) return tls_active();
  if (c == capability::auth) return !mechanisms().empty() && !authenticated();
  return true;
}

/// The first line at or behind `index` that is to be written; capability_keywords.size() and more are the host's own.
inline std::size_t server_core::hello_line_from(std::size_t index) const noexcept {
  while (index < capability_keywords.size() && !offers(capability_keywords[index].what)) ++index;
  return index;
}

inline void server_core::put_hello_line(std::size_t index, text_writer& line) const noexcept {
  if (index >= capability_keywords.size()) {
    line.put(options_->extra_keywords[index - capability_keywords.size()]);
    return;
  }
  auto const [keyword, what] = capability_keywords[index];
  server_options const& o = *options_;
  line.put(keyword);
  auto const with_text = [&line](std::string_view text) {
    if (!text.empty()) line.put(' ').put(text);
  };
  auto const with_limit = [&line](std::string_view name, std::uint32_t limit) {
    if (limit != 0) line.put(name).put_number(limit);
  };
  switch (what) {
    case capability::size: line.put(' ').put_number(o.max_message_size); break;  // RFC 1870 4: 0 is "no fixed maximum"
    case capability::auth: with_text(mechanisms()); break;
    case capability::deliverby: with_limit(" ", o.min_deliver_by); break;
    case capability::futurerelease:
      line.put(' ').put_number(o.max_hold_seconds);
      with_text(o.max_hold_until);
      break;
    case capability::mt_priority: with_text(o.mt_priority_profile); break;
    case capability::limits:
      with_limit(" MAILMAX=", o.max_transactions);
      with_limit(" RCPTMAX=", o.max_recipients);
      with_limit(" RCPTDOMAINMAX=", o.max_recipient_domains);
      break;
    case capability::xclient: with_text(o.xclient_attributes); break;
    case capability::xforward: with_text(o.xforward_attributes); break;
    default: break;
  }
}

/// The first line at once, so that the host's text needs no keeping; the others as the output has room.
inline void server_core::answer_hello(std::string_view text) noexcept {
  bool const extended = asked_hello_ != verb::helo;
  go(extended ? server_input::ehlo : server_input::helo);
  end_transaction();
  hello_ = asked_hello_;
  hello_line_ = static_cast<std::uint8_t>(hello_line_from(0));
  bool const more = extended && hello_line_ < capability_keywords.size() + options_->extra_keywords.size();
  std::array<char, max_reply_line> storage{};
  text_writer line{storage};
  reply_writer writer{out_, 250, {}, false};
  line.put(options_->hostname);
  std::size_t const left = writer.line_room() - line.written().size();
  if (!text.empty() && left > 1) line.put(' ').put(text.substr(0, left - 1));
  writer.write_line(line.written(), !more);
  if (more) mode_ = mode::hello_lines;
}

/// False: output must be flushed first.
inline bool server_core::write_hello_lines() noexcept {
  std::size_t const count = capability_keywords.size() + options_->extra_keywords.size();
  while (hello_line_ < count) {
    if (!room_for_reply()) return false;
    std::array<char, max_reply_line> storage;
    text_writer line{storage};
    put_hello_line(hello_line_, line);
    hello_line_ = static_cast<std::uint8_t>(hello_line_from(hello_line_ + std::size_t{1}));
    reply_writer{out_, 250, {}, false}.write_line(line.written(), hello_line_ >= count);
  }
  return true;
}

}  // namespace ehlo::inline v0::inline EHLO_ISA
