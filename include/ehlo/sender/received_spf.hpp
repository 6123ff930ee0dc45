// SPDX-License-Identifier: BSL-1.0
// `Received-SPF:`, the result of an SPF check as a trace field (RFC 7208 9.1): exactly the grammar, whatever the client
// calls itself. It stands above the `Received:` of the same server, and above all others of its name.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "../base/character_class.hpp"
#include "../base/folded_line.hpp"
#include "../base/text_writer.hpp"
#include "../grammar/comment_text.hpp"
#include "../grammar/literal_writer.hpp"
#include "../grammar/local_part.hpp"
#include "../grammar/utf8.hpp"
#include "../model/errc.hpp"
#include "spf_check.hpp"
#include "spf_result.hpp"

namespace ehlo::inline v0::sender {

/// Storage of this size is enough, whatever is written.
inline constexpr std::size_t received_spf_room = 4096;

namespace detail {

/// So much of a text that somebody else chose stands in a value.
inline constexpr std::size_t spf_value_limit = 255;

/// `dot-atom / quoted-string`: what a field cannot have becomes "?", and a longer text is cut.
class spf_value {
 public:
  constexpr spf_value(std::string_view text, bool utf8) noexcept {
    local_part_run const atom = scan_dot_string(text, 0);
    bool const plain = atom.end != 0 && atom.end == text.size() && !atom.utf8 && text.size() <= spf_value_limit;
    text_writer out{octets_};
    if (plain) {
      out.put(text);
    } else {
      out.put('"');
      put_quoted(out, text, utf8);
      out.put('"');
    }
    size_ = out.written().size();
  }
  [[nodiscard]] constexpr std::string_view text() const noexcept { return {octets_.data(), size_}; }

 private:
  static constexpr void put_quoted(text_writer& out, std::string_view text, bool utf8) noexcept {
    for (std::size_t taken = 0; !text.empty();) {
      std::size_t length = utf8_sequence_length(text);
      bool const kept = length == 1 ? !has_class(text[0], char_class::control) : length != 0 && utf8;
      if (length == 0) length = 1;
      taken += kept ? length : 1;
      if (taken > spf_value_limit) return;
      if (text[0] == '"' || text[0] == '\\') out.put('\\');
      out.put(kept ? text.substr(0, length) : "?");
      text.remove_prefix(length);
    }
  }

  std::array<char, 2 * spf_value_limit + 2> octets_{};
  std::size_t size_ = 0;
};

/// An address without brackets; empty if it is none.
class spf_address_text {
 public:
  constexpr explicit spf_address_text(address_literal const& address) noexcept {
    text_writer out{octets_};
    if (write_ip_address(out, address)) size_ = out.written().size();
  }
  [[nodiscard]] constexpr std::string_view text() const noexcept { return {octets_.data(), size_}; }

 private:
  std::array<char, 48> octets_{};
  std::size_t size_ = 0;
};

/// The comment for people, in the words of the examples of 9.1.
constexpr void put_spf_comment(folded_line& line, spf_check_core const& check, std::string_view address,
                               bool utf8) noexcept {
  comment_text const receiver{check.options().receiver.empty() ? "unknown" : check.options().receiver, utf8};
  comment_text const sender{check.identity() == spf_identity::helo ? check.client().helo : check.sender(), utf8};
  line.word("(", receiver.text(), ":");
  line.word("domain of");
  line.word(sender.text().empty() ? std::string_view{"unknown"} : sender.text());
  switch (check.result()) {
    case spf_result::pass:
      line.word("designates");
      line.word(address);
      break;
    case spf_result::fail:
    case spf_result::softfail:
      line.word("does not designate");
      line.word(address);
      break;
    case spf_result::neutral: line.word("neither permits nor denies"); return line.word(address, ")");
    default: return line.word("is not checked: ", message(check.problem()), ")");
  }
  line.word("as permitted sender)");
}

class spf_pairs {
 public:
  constexpr spf_pairs(folded_line& line, bool utf8) noexcept : line_{line}, utf8_{utf8} {}
  constexpr void put(std::string_view key, std::string_view value) noexcept {
    if (!first_) line_.mark(';');
    first_ = false;
    line_.word(key, "=", spf_value{value, utf8_}.text());
  }

 private:
  folded_line& line_;
  bool utf8_;
  bool first_ = true;
};

}  // namespace detail

/// Writes the field and its line end, folded. Lines are of at most 78 columns, unless one value alone is longer, and of
/// at most 998 octets always. `utf8`: the message is internationalized, and UTF-8 may stand in its header (RFC 6532).
/// local_order: the check is not done, and nothing is written; local_room: the writer is full and holds no usable text.
[[nodiscard]] constexpr errc write_received_spf(text_writer& out, spf_check_core const& check,
                                                bool utf8 = false) noexcept {
  if (!check.done()) return errc::local_order;
  detail::spf_address_text const address{check.client().address};
  folded_line line{out, "Received-SPF:"};
  line.word(name(check.result()));
  detail::put_spf_comment(line, check, address.text(), utf8);
  detail::spf_pairs pairs{line, utf8};
  pairs.put("receiver", check.options().receiver.empty() ? "unknown" : check.options().receiver);
  pairs.put("identity", name(check.identity()));
  if (!address.text().empty()) pairs.put("client-ip", address.text());
  if (check.identity() == spf_identity::mail_from) pairs.put("envelope-from", check.client().reverse_path);
  pairs.put("helo", check.client().helo);
  if (!check.mechanism().empty()) pairs.put("mechanism", check.mechanism());
  if (check.result() == spf_result::temperror || check.result() == spf_result::permerror)
    pairs.put("problem", name(check.problem()));
  line.end();
  return out.fits() ? errc::ok : errc::local_room;
}

}  // namespace ehlo::inline v0::sender
