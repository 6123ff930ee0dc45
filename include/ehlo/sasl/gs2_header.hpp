// SPDX-License-Identifier: BSL-1.0
// What SCRAM and OAUTHBEARER begin with: the GS2 header (RFC 5801 4), `n,a=NAME,`, and the names in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../base/ascii.hpp"
#include "error.hpp"
#include "functions.hpp"
#include "secret.hpp"

namespace ehlo::inline v0::sasl {

/// gs2-cbind-flag: what the client says of channel binding.
enum class binding_flag : std::uint8_t {
  none,         ///< `n`: it does not support it
  not_offered,  ///< `y`: it does, and thinks that the server does not
  used,         ///< `p`: it binds to the channel
};

/// Views of the text that was parsed.
struct gs2_header {
  std::string_view text;  ///< all of it, with its last comma
  binding_flag flag = binding_flag::none;
  std::string_view binding_type;
  std::string_view authorization_identity;  ///< saslname as sent; empty if there is none
};

namespace detail {

/// Takes what stands before the next comma, and the comma.
[[nodiscard]] constexpr std::string_view take_part(std::string_view& rest) noexcept {
  std::size_t const comma = rest.find(',');
  std::string_view const part = rest.substr(0, comma);
  rest.remove_prefix(comma == rest.npos ? rest.size() : comma + 1);
  return part;
}

/// The value of `x=value`; empty if it is another attribute, or has no value.
[[nodiscard]] constexpr std::string_view value_of(std::string_view part, char name) noexcept {
  return part.size() > 2 && part[0] == name && part[1] == '=' ? part.substr(2) : std::string_view{};
}

/// cb-name (RFC 5056 7).
[[nodiscard]] constexpr bool is_binding_type(std::string_view text) noexcept {
  for (char const c : text)
    if (!is_alpha(c) && !is_digit(c) && c != '.' && c != '-') return false;
  return !text.empty();
}

}  // namespace detail

/// Reads the header that the text begins with; something stands behind it. False: there is none. The name is not
/// decoded.
[[nodiscard]] constexpr bool parse_gs2_header(std::string_view text, gs2_header& out) noexcept {
  out = {};
  gs2_header found;
  std::string_view rest = text;
  std::string_view const flag = detail::take_part(rest);
  std::string_view const identity = detail::take_part(rest);
  if (rest.empty()) return false;  // which also says that there were two commas
  found.flag = flag == "n" ? binding_flag::none : flag == "y" ? binding_flag::not_offered : binding_flag::used;
  found.binding_type = detail::value_of(flag, 'p');
  if (found.flag == binding_flag::used && !detail::is_binding_type(found.binding_type)) return false;
  found.authorization_identity = detail::value_of(identity, 'a');
  if (found.authorization_identity.empty() != identity.empty()) return false;
  found.text = text.substr(0, text.size() - rest.size());
  out = found;
  return true;
}

/// Writes a name as a saslname: `=2C` for a comma, `=3D` for an equals sign. Into anything that has put().
template <class Writer>
constexpr void put_saslname(std::string_view name, Writer& out) noexcept {
  for (char const c : name) {
    if (c == ',')
      out.put("=2C");
    else if (c == '=')
      out.put("=3D");
    else
      out.put(c);
  }
}

/// The name that a saslname stands for. False: `=` without 2C or 3D behind it (RFC 5802 5.1).
template <class Writer>
[[nodiscard]] constexpr bool get_saslname(std::string_view text, Writer& out) noexcept {
  for (std::size_t i = 0; i != text.size(); ++i) {
    if (text[i] != '=') {
      out.put(text[i]);
      continue;
    }
    std::string_view const code = text.substr(i + 1, 2);
    if (code != "2C" && code != "3D") return false;
    out.put(code == "2C" ? ',' : '=');
    i += 2;
  }
  return true;
}

namespace detail {

/// A name prepared and written as a saslname behind `before`; nothing for nothing, if that may be.
template <std::size_t Size>
error put_prepared_saslname(functions const& f, std::string_view before, std::string_view name, secret_text<Size>& out,
                            bool may_be_empty = false) noexcept {
  if (name.empty() && may_be_empty) return error::ok;
  secret_text<max_identity> prepared;
  if (error const e = put_prepared(f, name, prepared_for::query, prepared); e != error::ok) return e;
  put_saslname(prepared.view(), out.put(before));
  return error::ok;
}

/// A saslname decoded and prepared; nothing for nothing.
inline error take_saslname(functions const& f, std::string_view name, secret_text<max_identity>& out) noexcept {
  if (name.empty()) return error::ok;
  secret_text<max_identity> plain;
  if (!get_saslname(name, plain)) return error::malformed;
  if (!plain.fits()) return error::too_long;
  return put_prepared(f, plain.view(), prepared_for::query, out);
}

}  // namespace detail

}  // namespace ehlo::inline v0::sasl
