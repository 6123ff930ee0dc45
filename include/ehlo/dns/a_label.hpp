// SPDX-License-Identifier: BSL-1.0
// U-labels as A-labels, so that the DNS can be asked for a domain that is written in UTF-8 (RFC 5890 2.3.2.1, RFC
// 3492). Only true U-labels have a meaning here: nothing is mapped to lower case or normalized, for which Unicode's
// tables would be needed. A host that has them (libidn2: idn2_to_ascii_8z()) uses them instead.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/text_writer.hpp"
#include "../grammar/domain.hpp"
#include "../grammar/utf8.hpp"
#include "u_label.hpp"

namespace ehlo::inline v0 {

namespace detail {

/// The parameters of Punycode (RFC 3492 5) and what it does with them (6).
struct punycode {
  static constexpr std::uint32_t base = 36, t_min = 1, t_max = 26, skew = 38, damp = 700;
  static constexpr std::uint32_t initial_bias = 72, initial_n = 0x80;

  [[nodiscard]] static constexpr std::uint32_t adapt(std::uint32_t delta, std::uint32_t points, bool first) noexcept {
    delta /= first ? damp : 2;
    delta += delta / points;
    std::uint32_t k = 0;
    for (; delta > (base - t_min) * t_max / 2; k += base) delta /= base - t_min;
    return k + (base - t_min + 1) * delta / (delta + skew);
  }
  static constexpr void put_delta(text_writer& out, std::uint32_t delta, std::uint32_t bias) noexcept {
    constexpr std::string_view digits = "abcdefghijklmnopqrstuvwxyz0123456789";
    for (std::uint32_t k = base;; k += base) {
      std::uint32_t const t = k <= bias ? t_min : k >= bias + t_max ? t_max : k - bias;
      if (delta < t) break;
      out.put(digits[t + (delta - t) % (base - t)]);
      delta = (delta - t) / (base - t);
    }
    out.put(digits[delta]);
  }

  /// The code points, at most 252 of them so that no delta can overflow, without the prefix of an A-label.
  static constexpr void encode(text_writer& out, std::span<std::uint32_t const> points) noexcept {
    std::uint32_t written = 0;
    for (std::uint32_t const c : points)
      if (c < initial_n) {
        out.put(static_cast<char>(c));
        ++written;
      }
    if (written != 0) out.put('-');
    std::uint32_t n = initial_n, delta = 0, bias = initial_bias;
    for (bool first = true; written < points.size(); ++delta, ++n) {
      std::uint32_t next = 0xFFFF'FFFF;
      for (std::uint32_t const c : points)
        if (c >= n && c < next) next = c;
      delta += (next - n) * (written + 1);
      n = next;
      for (std::uint32_t const c : points) {
        if (c < n) ++delta;
        if (c != n) continue;
        put_delta(out, delta, bias);
        bias = adapt(delta, ++written, first);
        first = false;
        delta = 0;
      }
    }
  }
};

[[nodiscard]] constexpr bool is_ascii(std::string_view text) noexcept {
  for (char const c : text)
    if (octet(c) >= 0x80) return false;
  return true;
}

/// One label; false: it is not UTF-8, or has what no label has, or is longer than an A-label can be.
[[nodiscard]] constexpr bool write_a_label(text_writer& out, std::string_view label) noexcept {
  if (is_ascii(label)) return out.put(label).fits();
  if (!has_only_plain_letters(label)) return false;
  std::array<std::uint32_t, u_label_limit> points{};
  std::size_t size = 0;
  while (!label.empty()) {
    std::size_t const length = utf8_sequence_length(label);
    if (length == 0 || size == points.size()) return false;
    points[size++] = code_point(label.substr(0, length));
    label.remove_prefix(length);
  }
  std::array<char, label_limit> room{};
  text_writer encoded{room};
  encoded.put("xn--");
  punycode::encode(encoded, std::span{points}.first(size));
  return encoded.fits() && out.put(encoded.written()).fits();
}

}  // namespace detail

/// Writes a domain with its U-labels as A-labels; ASCII labels stay as they are. False: it is not UTF-8, a label is
/// too long or has what no label has (u_label.hpp), or the writer is full; what was written is then of no use.
[[nodiscard]] constexpr bool write_a_labels(text_writer& out, std::string_view domain) noexcept {
  for (;;) {
    std::size_t const dot = domain.find('.');
    if (!detail::write_a_label(out, domain.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return out.fits();
    out.put('.');
    domain.remove_prefix(dot + 1);
  }
}

}  // namespace ehlo::inline v0
