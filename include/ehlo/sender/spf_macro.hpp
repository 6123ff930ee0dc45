// SPDX-License-Identifier: BSL-1.0
// Macros in SPF records and explanations: their grammar and their expansion (RFC 7208 7).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/character_class.hpp"
#include "../base/config.hpp"
#include "../base/text_writer.hpp"
#include "../dns/name.hpp"
#include "../grammar/address_literal.hpp"
#include "../grammar/literal_writer.hpp"

namespace ehlo::inline v0::sender {

/// What the macro letters stand for (7.2). The texts are read while something is expanded, and may hold any octets.
struct spf_macro_values {
  std::string_view sender{};         ///< s: local part, "@" and domain
  std::string_view local_part{};     ///< l
  std::string_view sender_domain{};  ///< o
  std::string_view domain{};         ///< d: whose record it is
  address_literal client{};          ///< i, c, v; IPv4 or IPv6
  std::string_view validated{};      ///< p; empty becomes "unknown"
  std::string_view helo{};           ///< h
  std::string_view receiver{};       ///< r; empty becomes "unknown"
  std::int64_t unix_seconds = 0;     ///< t
};

namespace detail {

using ehlo::detail::is_one_of;

/// Some of the seven octets that a value can be split at. A record may repeat them as often as it has room.
class spf_delimiters {
 public:
  /// `*delimiter`; empty means the full stop.
  constexpr explicit spf_delimiters(std::string_view text) noexcept {
    for (char const c : text.empty() ? std::string_view{"."} : text) bits_ |= bit(c);
  }
  [[nodiscard]] constexpr bool have(char c) const noexcept { return (bits_ & bit(c)) != 0; }

 private:
  /// From "+", the first of them, to "_".
  [[nodiscard]] static constexpr std::uint64_t bit(char c) noexcept {
    return c >= '+' && c <= '_' ? std::uint64_t{1} << static_cast<unsigned>(c - '+') : 0;
  }
  std::uint64_t bits_ = 0;
};

/// One macro-expand in braces, read: `%{l1r+-}`.
struct spf_macro {
  char letter = 0;       ///< in lower case; 0: it is none
  bool escaped = false;  ///< the letter is in upper case
  bool reversed = false;
  std::size_t parts = 0;  ///< how many from the right; 0: all
  std::string_view delimiters{};
  std::size_t length = 0;  ///< with "%{" and "}"
};

[[nodiscard]] constexpr bool is_spf_delimiter(char c) noexcept { return is_one_of(c, ".-+,/_="); }

/// `"%{" macro-letter transformers *delimiter "}"` at the front of the text.
[[nodiscard]] constexpr spf_macro read_spf_macro(std::string_view text EHLO_LIFETIMEBOUND) noexcept {
  if (!text.starts_with("%{") || text.size() < 3) return {};
  spf_macro macro;
  char const letter = text[2];
  macro.escaped = letter >= 'A' && letter <= 'Z';
  std::size_t at = 3;
  std::size_t const digits = at;
  for (; at != text.size() && is_digit(text[at]); ++at)
    if (macro.parts < 10'000) macro.parts = macro.parts * 10 + octet(text[at]) - '0';
  if (at != digits && macro.parts == 0) return {};  // "the value MUST be nonzero"
  if (at != text.size() && to_upper(text[at]) == 'R') {
    macro.reversed = true;
    ++at;
  }
  std::size_t const delimiters = at;
  while (at != text.size() && is_spf_delimiter(text[at])) ++at;
  macro.delimiters = text.substr(delimiters, at - delimiters);
  if (at == text.size() || text[at] != '}') return {};
  for (char const known : std::string_view{"slodiphcrtv"})
    if (to_upper(letter) == to_upper(known)) macro.letter = known;
  macro.length = at + 1;
  return macro;
}

/// Where a text may stand decides about letters, and about spaces (7.1, 7.2).
enum class spf_macro_place : std::uint8_t { domain_spec, unknown_modifier, explanation };

/// How much of the text is macro-string (explain-string for an explanation): all, or up to what is wrong. `tail` gets
/// where the literals behind the last macro-expand begin, or npos if there is no macro-expand.
[[nodiscard]] constexpr std::size_t scan_macro_string(std::string_view text, spf_macro_place place,
                                                      std::size_t& tail) noexcept {
  tail = std::string_view::npos;
  for (std::size_t i = 0; i != text.size();) {
    if (text[i] != '%') {
      if (!has_class(text[i], char_class::graphic) && !(place == spf_macro_place::explanation && text[i] == ' '))
        return i;
      ++i;
      continue;
    }
    if (i + 1 != text.size() && is_one_of(text[i + 1], "%_-")) {
      i += 2;
    } else {
      spf_macro const macro = read_spf_macro(text.substr(i));
      if (macro.letter == 0) return i;
      if (place == spf_macro_place::domain_spec && is_one_of(macro.letter, "crt")) return i;
      i += macro.length;
    }
    tail = i;
  }
  return text.size();
}

/// toplabel: letters, digits and hyphens, not only digits, no hyphen at its edges.
[[nodiscard]] constexpr bool is_toplabel(std::string_view text) noexcept {
  bool digits_only = true;
  for (char const c : text) {
    if (!has_class(c, char_class::ldh)) return false;
    digits_only = digits_only && is_digit(c);
  }
  return !text.empty() && !digits_only && text.front() != '-' && text.back() != '-';
}

}  // namespace detail

/// Whether the text is a macro-string, as unknown modifiers have it.
[[nodiscard]] constexpr bool is_macro_string(std::string_view text) noexcept {
  std::size_t tail = 0;
  return detail::scan_macro_string(text, detail::spf_macro_place::unknown_modifier, tail) == text.size();
}

/// Whether the text is an explain-string: what the TXT record that "exp" names has to be (6.2).
[[nodiscard]] constexpr bool is_explain_string(std::string_view text) noexcept {
  std::size_t tail = 0;
  return detail::scan_macro_string(text, detail::spf_macro_place::explanation, tail) == text.size();
}

/// What is wrong with a domain-spec, if anything: `macro` says that it is the macros, else it is the end (7.1).
struct domain_spec_check {
  bool valid = false;
  bool macro = false;
};

/// Whether the text is a domain-spec: macro-string that ends in a macro-expand, or in "." toplabel ["."].
[[nodiscard]] constexpr domain_spec_check check_domain_spec(std::string_view text) noexcept {
  std::size_t tail = 0;
  std::size_t const end = detail::scan_macro_string(text, detail::spf_macro_place::domain_spec, tail);
  if (end != text.size()) return {false, text[end] == '%'};
  if (tail == text.size()) return {!text.empty(), false};
  if (tail != std::string_view::npos) text.remove_prefix(tail);
  if (text.ends_with('.')) text.remove_suffix(1);
  std::size_t const dot = text.rfind('.');
  return {dot != std::string_view::npos && detail::is_toplabel(text.substr(dot + 1)), false};
}

/// Whether the validated domain name of the client is needed to expand the text: `%{p}`.
[[nodiscard]] constexpr bool has_validated_name(std::string_view text) noexcept {
  for (std::size_t at = text.find('%'); at < text.size(); at = text.find('%', at)) {
    detail::spf_macro const macro = detail::read_spf_macro(text.substr(at));
    if (macro.letter == 'p') return true;
    at += macro.letter == 0 ? 2 : macro.length;
  }
  return false;
}

namespace detail {

/// The value of a letter; `room` is for what has to be written first.
[[nodiscard]] constexpr std::string_view macro_value(char letter, spf_macro_values const& values,
                                                     text_writer& room) noexcept {
  constexpr std::string_view unknown = "unknown";
  switch (letter) {
    case 's': return values.sender;
    case 'l': return values.local_part;
    case 'o': return values.sender_domain;
    case 'd': return values.domain;
    case 'p': return values.validated.empty() ? unknown : values.validated;
    case 'h': return values.helo;
    case 'r': return values.receiver.empty() ? unknown : values.receiver;
    case 'v': return values.client.kind == literal_kind::ipv4 ? "in-addr" : "ip6";
    case 't':
      if (values.unix_seconds < 0) room.put('-');
      room.put_number(values.unix_seconds < 0 ? 0 - static_cast<std::uint64_t>(values.unix_seconds)
                                              : static_cast<std::uint64_t>(values.unix_seconds));
      return room.written();
    case 'i':
      if (values.client.kind == literal_kind::ipv6) {
        // Upper case, as in the names of RFC 7208's test suite; its own example in 7.4 has lower case.
        for (std::size_t i = 0; i != 32; ++i) {
          if (i != 0) room.put('.');
          unsigned const two = values.client.octets[i / 2];
          room.put("0123456789ABCDEF"[i % 2 == 0 ? two >> 4U : two & 0x0FU]);
        }
        return room.written();
      }
      [[fallthrough]];
    default: return write_ip_address(room, values.client) ? room.written() : unknown;
  }
}

/// Gives octets on, escaped where the macro says so: all that is not unreserved (RFC 3986 2.3).
template <class Sink>
constexpr void put_macro_text(std::string_view text, bool escaped, Sink& sink) noexcept {
  for (char const c : text) {
    if (!escaped || has_class(c, char_class::let_dig) || is_one_of(c, "-._~")) {
      sink.put(c);
      continue;
    }
    sink.put('%');
    sink.put("0123456789ABCDEF"[octet(c) >> 4U]);
    sink.put("0123456789ABCDEF"[octet(c) & 0x0FU]);
  }
}

/// Splits at the delimiters, takes parts from the right of what may be reversed before, joins with "." (7.3).
template <class Sink>
constexpr void put_transformed(std::string_view value, spf_macro const& macro, Sink& sink) noexcept {
  spf_delimiters const delimiters{macro.delimiters};
  std::size_t parts = 1;
  for (char const c : value) parts += delimiters.have(c) ? 1U : 0U;
  std::size_t left = macro.parts == 0 || macro.parts > parts ? parts : macro.parts;
  // Those that are left out stand on the left, or on the right if the order is turned round.
  for (std::size_t skip = parts - left; skip != 0; --skip) {
    if (macro.reversed) {
      while (!delimiters.have(value.back())) value.remove_suffix(1);
      value.remove_suffix(1);
    } else {
      while (!delimiters.have(value.front())) value.remove_prefix(1);
      value.remove_prefix(1);
    }
  }
  for (; left != 0; --left) {
    std::size_t size = 0;
    if (macro.reversed) {
      while (size != value.size() && !delimiters.have(value[value.size() - size - 1])) ++size;
      put_macro_text(value.substr(value.size() - size), macro.escaped, sink);
      value.remove_suffix(left == 1 ? size : size + 1);
    } else {
      while (size != value.size() && !delimiters.have(value[size])) ++size;
      put_macro_text(value.substr(0, size), macro.escaped, sink);
      value.remove_prefix(left == 1 ? size : size + 1);
    }
    if (left != 1) sink.put('.');
  }
}

}  // namespace detail

/// So many octets of values an expansion reads: without a limit, a record of 8 KiB and a HELO name of 1 KiB made two
/// million. No record that is meant to work comes near.
inline constexpr std::size_t spf_expansion_limit = 65'536;

/// Expands a text that was found to be a domain-spec, macro-string or explain-string: sink.put(char) for each octet.
/// False: at spf_expansion_limit it ended before its time.
template <class Sink>
[[nodiscard("it may be a part only")]] constexpr bool expand_macros(std::string_view text,
                                                                    spf_macro_values const& values,
                                                                    Sink& sink) noexcept {
  std::size_t left = spf_expansion_limit;
  for (std::size_t i = 0; i != text.size();) {
    if (text[i] != '%' || i + 1 == text.size()) {
      sink.put(text[i++]);
      continue;
    }
    detail::spf_macro const macro = detail::read_spf_macro(text.substr(i));
    if (macro.letter == 0) {
      if (text[i + 1] == '-')
        detail::put_macro_text("%20", false, sink);
      else
        sink.put(text[i + 1] == '_' ? ' ' : text[i + 1]);
      i += 2;
      continue;
    }
    std::array<char, 64> storage{};
    text_writer room{storage};
    std::string_view const value = detail::macro_value(macro.letter, values, room);
    if (value.size() > left) return false;
    left -= value.size();
    detail::put_transformed(value, macro, sink);
    i += macro.length;
  }
  return true;
}

namespace detail {

/// Counts, or keeps what comes behind a number of octets.
class name_sink {
 public:
  // The root's full stop, and what tells whether a label begins where a name of 253 octets would.
  static constexpr std::size_t most = longest_name + 2;

  constexpr void put(char c) noexcept {
    if (size_ >= skip_ && size_ - skip_ < most) octets_[size_ - skip_] = c;
    ++size_;
  }
  /// Begins again, to keep the last octets.
  constexpr void restart_for_the_end() noexcept {
    skip_ = size_ > most ? size_ - most : 0;
    size_ = 0;
  }
  [[nodiscard]] constexpr bool fitted() const noexcept { return size_ <= most; }
  [[nodiscard]] constexpr std::string_view text() const noexcept { return {octets_.data(), size_ - skip_}; }

 private:
  std::array<char, most> octets_{};
  std::size_t size_ = 0;
  std::size_t skip_ = 0;
};

}  // namespace detail

/// Whether a name can be asked for: labels of 1 to 63 octets, 253 in all, without the root's full stop or with it.
/// Labels may have any octet that macros can give (4.8), printable ASCII and space; others are in no name (3.1), nor
/// does a local part or a domain in UTF-8 match anything.
[[nodiscard]] constexpr bool is_spf_name(std::string_view name) noexcept {
  name = without_root(name);
  std::size_t label = 0;
  for (char const c : name) {
    if (c == '.' ? label == 0 : label == label_limit || (c != ' ' && !has_class(c, char_class::graphic))) return false;
    label = c == '.' ? 0 : label + 1;
  }
  return label != 0 && name.size() <= longest_name;
}

/// The target-name: the domain-spec expanded, labels taken from its left until it is of 253 octets or less (7.3),
/// without the full stop of the root. Empty if it can not be asked for, or expand_macros() could not end it.
[[nodiscard]] constexpr domain_name expand_domain_spec(std::string_view text, spf_macro_values const& values) noexcept {
  detail::name_sink sink;
  if (!expand_macros(text, values, sink)) return {};
  if (!sink.fitted()) {
    sink.restart_for_the_end();
    static_cast<void>(expand_macros(text, values, sink));
  }
  std::string_view name = without_root(sink.text());
  if (name.size() > longest_name) {
    name.remove_prefix(name.size() - longest_name - 1);
    std::size_t const dot = name.find('.');
    if (dot == std::string_view::npos) return {};
    name.remove_prefix(dot + 1);
  }
  return is_spf_name(name) ? domain_name{name} : domain_name{};
}

}  // namespace ehlo::inline v0::sender
