// SPDX-License-Identifier: BSL-1.0
// Version 1 of the PROXY protocol (HAProxy, proxy-protocol.txt 2.1): one line of text, judged octet by octet. The first
// octet that fits no header is refused, and nothing is stored but the values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"
#include "../grammar/address_literal.hpp"
#include "../model/errc.hpp"
#include "proxy_header.hpp"

namespace ehlo::inline v0 {

/// 2.1: the CRLF comes within so many octets.
inline constexpr std::size_t proxy_line_limit = 107;

namespace detail {

/// A decimal number: "heading zeroes are not permitted".
struct proxy_number {
  std::uint32_t value = 0;
  std::uint8_t digits = 0;

  constexpr bool take(char c, std::uint32_t most) noexcept {
    if (!is_digit(c) || (digits != 0 && value == 0)) return false;
    value = value * 10 + octet(c) - '0';
    ++digits;
    return value <= most;
  }
};

/// An address in its canonical format. Not the grammar of RFC 5321, where `::` stands for two groups or more and
/// numbers may begin with zeros. The form ::ffff:192.0.2.1 is not in the text of 2.1, but it is what HAProxy sends.
class proxy_address {
 public:
  constexpr proxy_address() noexcept = default;
  constexpr explicit proxy_address(literal_kind kind) noexcept : dotted_{kind == literal_kind::ipv4} {
    value_.kind = kind;
  }

  /// False if no address goes on so.
  constexpr bool take(char c) noexcept {
    if (c == '.') return take_dot();
    if (dotted_) return number_.take(c, 255);
    return c == ':' ? take_colon() : take_hex(c);
  }

  /// The address is to be whole.
  constexpr bool finish() noexcept {
    if (dotted_) {
      if (dots_ != 3 || number_.digits == 0) return false;
      close_number();
    } else if (digits_ != 0) {
      close_group();
    } else if (colons_ != 2) {
      return false;
    }
    if (value_.kind == literal_kind::ipv4) return true;
    if (!has_gap()) return count_ == 16;
    spread();
    return true;
  }

  [[nodiscard]] constexpr address_literal const& value() const noexcept { return value_; }

 private:
  [[nodiscard]] constexpr bool has_gap() const noexcept { return gap_ != no_gap; }
  /// Whether so many octets more leave room for the group that `::` stands for.
  [[nodiscard]] constexpr bool room(unsigned octets) const noexcept {
    return count_ + octets + (has_gap() ? 2U : 0U) <= 16;
  }
  constexpr void close_number() noexcept {
    value_.octets[count_++] = static_cast<std::uint8_t>(number_.value);
    number_ = {};
  }
  constexpr void close_group() noexcept {
    value_.octets[count_++] = static_cast<std::uint8_t>(group_ >> 8U);
    value_.octets[count_++] = static_cast<std::uint8_t>(group_ & 0xFFU);
    group_ = 0;
    digits_ = 0;
    number_ = {};
  }

  constexpr bool take_hex(char c) noexcept {
    if (hex_value(c) < 0 || digits_ == 4) return false;
    if (digits_ == 0) {
      bool const after_lone_colon = colons_ == 1 && count_ == 0;
      if (after_lone_colon || !room(2)) return false;
      decimal_ = true;
    }
    decimal_ = decimal_ && number_.take(c, 255);  // the group may turn out to be the first number of four
    group_ = static_cast<std::uint16_t>(unsigned{group_} << 4U | static_cast<unsigned>(hex_value(c)));
    ++digits_;
    colons_ = 0;
    return true;
  }

  constexpr bool take_colon() noexcept {
    if (digits_ != 0) {
      close_group();
      colons_ = 1;
      return room(2);
    }
    if (colons_ == 2 || has_gap()) return false;
    if (colons_ == 1) gap_ = count_;
    ++colons_;
    return true;
  }

  constexpr bool take_dot() noexcept {
    if (number_.digits == 0 || dots_ == 3) return false;
    if (!dotted_) {
      if (!decimal_ || !room(4) || (!has_gap() && count_ != 12)) return false;
      dotted_ = true;
    }
    close_number();
    ++dots_;
    return true;
  }

  /// Puts zeros where `::` stood.
  constexpr void spread() noexcept {
    unsigned const behind = count_ - unsigned{gap_};
    for (unsigned i = 0; i != behind; ++i) value_.octets[15 - i] = value_.octets[count_ - 1U - i];
    for (unsigned i = gap_; i != 16 - behind; ++i) value_.octets[i] = 0;
  }

  static constexpr std::uint8_t no_gap = 17;

  address_literal value_;
  proxy_number number_;        // decimal, between two dots
  std::uint16_t group_ = 0;    // hexadecimal, between two colons
  std::uint8_t digits_ = 0;    // of the group
  std::uint8_t count_ = 0;     // octets known
  std::uint8_t gap_ = no_gap;  // octets known before the `::`
  std::uint8_t colons_ = 0;    // immediately before
  std::uint8_t dots_ = 0;
  bool dotted_ = false;
  bool decimal_ = false;
};

}  // namespace detail

/// The line, octet by octet.
class proxy_line {
 public:
  /// Takes one octet. `ok`, or why no header of at most `limit` octets goes on so.
  [[nodiscard]] constexpr errc take(char c, std::size_t limit = proxy_line_limit) noexcept {
    if (!fits(c)) return errc::peer_proxy_header;
    ++size_;
    std::size_t const to_come = done() ? 0 : c == '\r' ? 1 : 2;
    return size_ + to_come <= (limit < proxy_line_limit ? limit : proxy_line_limit) ? errc::ok
                                                                                    : errc::peer_proxy_too_long;
  }

  /// The CRLF has come.
  [[nodiscard]] constexpr bool done() const noexcept { return part_ == part::end; }

  /// What a line that is done says.
  [[nodiscard]] constexpr proxy_header header() const noexcept {
    proxy_header said;
    said.version = 1;
    said.is_local = unknown_;
    if (unknown_) return said;
    said.family = source_.kind == literal_kind::ipv4 ? proxy_family::inet : proxy_family::inet6;
    said.transport = proxy_transport::stream;
    said.source = {source_, source_port_, {}};
    said.destination = {address_.value(), static_cast<std::uint16_t>(port_.value), {}};
    return said;
  }

 private:
  enum class part : std::uint8_t { word, source, destination, source_port, destination_port, ignored, lf, end };

  constexpr bool fits(char c) noexcept {
    switch (part_) {
      case part::word: return fits_word(c);
      case part::source:
      case part::destination: return c == ' ' ? end_address() : address_.take(c);
      case part::source_port:
        if (c != ' ') return port_.take(c, 0xFFFF);
        source_port_ = static_cast<std::uint16_t>(port_.value);
        return end_port(part::destination_port);
      case part::destination_port: return c == '\r' ? port_.digits != 0 && go(part::lf) : port_.take(c, 0xFFFF);
      // "The receiver must ignore anything presented before the CRLF". One that is not whole is refused: whatever reads
      // this header shall see its end in the same place.
      case part::ignored: return c == '\r' ? go(part::lf) : c != '\n';
      case part::lf: return c == '\n' && go(part::end);
      default: return false;
    }
  }

  constexpr bool fits_word(char c) noexcept {
    constexpr std::string_view tcp = "PROXY TCP";
    constexpr std::string_view unknown = "PROXY UNKNOWN";
    if (size_ == 6 && c == 'U') unknown_ = true;
    std::string_view const word = unknown_ ? unknown : tcp;
    if (size_ < word.size()) return c == word[size_];
    if (unknown_) return c == '\r' ? go(part::lf) : c == ' ' && go(part::ignored);
    if (size_ > word.size()) return c == ' ' && go(part::source);
    address_ = detail::proxy_address{c == '4' ? literal_kind::ipv4 : literal_kind::ipv6};
    return c == '4' || c == '6';
  }

  constexpr bool end_address() noexcept {
    if (!address_.finish()) return false;
    if (part_ == part::destination) return go(part::source_port);
    source_ = address_.value();
    address_ = detail::proxy_address{source_.kind};
    return go(part::destination);
  }

  constexpr bool end_port(part next) noexcept {
    if (port_.digits == 0) return false;
    port_ = {};
    return go(next);
  }

  constexpr bool go(part next) noexcept {
    part_ = next;
    return true;
  }

  detail::proxy_address address_;
  address_literal source_;
  detail::proxy_number port_;
  std::uint16_t source_port_ = 0;
  std::uint8_t size_ = 0;
  part part_ = part::word;
  bool unknown_ = false;
};

/// The line that is the whole text, its CRLF included; `peer_proxy_header` or `peer_proxy_too_long` if it is none.
[[nodiscard]] constexpr errc parse_proxy_text(std::string_view text, proxy_header& out) noexcept {
  out = {};
  proxy_line line;
  for (char const c : text)
    if (errc const e = line.take(c); e != errc::ok) return e;
  if (!line.done()) return errc::peer_proxy_header;
  out = line.header();
  return errc::ok;
}

}  // namespace ehlo::inline v0
