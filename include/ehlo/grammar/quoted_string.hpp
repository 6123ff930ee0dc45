// SPDX-License-Identifier: BSL-1.0
// Quoted-string and back (RFC 5321 4.1.2): all quoted forms of a text mean the same, the shortest is written.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "../base/character_class.hpp"
#include "../base/text_writer.hpp"
#include "decoded.hpp"
#include "local_part.hpp"
#include "utf8.hpp"

namespace ehlo::inline v0 {

/// What a Dot-string or Quoted-string means: `"john \"doe"` is john "doe. A text without quotes means itself.
/// The storage may be the input's own.
[[nodiscard]] constexpr decoded decode_quoted_string(std::string_view text, std::span<char> storage) noexcept {
  bool const quoted = text.starts_with('"');
  if (quoted) {
    if (scan_quoted_string(text, 0).end != text.size()) return {};
    text = text.substr(1, text.size() - 2);
  }
  decoded out;
  for (std::size_t i = 0; i != text.size(); ++i) {
    if (quoted && text[i] == '\\') ++i;
    if (out.size == storage.size()) return {};
    storage[out.size++] = text[i];
  }
  out.valid = true;
  return out;
}

/// What a local part means to the host that it belongs to (RFC 5321 4.1.2).
[[nodiscard]] constexpr decoded decode_local_part(std::string_view text, std::span<char> storage) noexcept {
  return decode_quoted_string(text, storage);
}

/// Writes a Quoted-string for any text of printable ASCII, spaces and UTF-8; false for every other text.
[[nodiscard]] constexpr bool write_quoted_string(text_writer& out, std::string_view meaning) noexcept {
  if (!is_utf8(meaning)) return false;
  for (char const c : meaning)
    if (has_class(c, char_class::control)) return false;
  out.put('"');
  for (char const c : meaning) {
    if (c == '"' || c == '\\') out.put('\\');
    out.put(c);
  }
  out.put('"');
  return out.fits();
}

/// Writes the local part that means this text, with quotes only if it needs them.
[[nodiscard]] constexpr bool write_local_part(text_writer& out, std::string_view meaning) noexcept {
  if (!meaning.empty() && scan_dot_string(meaning, 0).end == meaning.size()) return out.put(meaning).fits();
  return write_quoted_string(out, meaning);
}

}  // namespace ehlo::inline v0
