// SPDX-License-Identifier: BSL-1.0
// Which mechanism a client uses: of those that are offered, the first one of the host's list that is permitted.
//
// The engine makes the choice itself; it is given the permitted ones before it connects:
//
//   ehlo::sasl::mechanism_names names;
//   options.mechanisms = ehlo::sasl::write_permitted(policy, names);   // "SCRAM-SHA-256-PLUS ... PLAIN LOGIN"
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "../base/config.hpp"
#include "../base/text_writer.hpp"
#include "mechanism.hpp"

namespace ehlo::inline v0::sasl {

/// The default order. ANONYMOUS comes last and only with consent (RFC 4505 5).
inline constexpr std::array<mechanism, mechanism_count - 1> strongest_first{mechanism::external,
                                                                            mechanism::scram_sha_256_plus,
                                                                            mechanism::scram_sha_1_plus,
                                                                            mechanism::scram_sha_256,
                                                                            mechanism::scram_sha_1,
                                                                            mechanism::cram_md5,
                                                                            mechanism::oauthbearer,
                                                                            mechanism::xoauth2,
                                                                            mechanism::plain,
                                                                            mechanism::login,
                                                                            mechanism::anonymous};

/// What the host permits and has.
struct selection {
  std::span<mechanism const> order = strongest_first;  ///< none but these, the preferred ones first
  strength minimum = strength::clear_text;             ///< nothing below it, whatever is offered
  bool tls = true;               ///< the connection is, or will be, secure before anything is said
  bool allow_overheard = false;  ///< passwords and tokens without TLS, too
  bool has_password = false;
  bool has_token = false;
  bool has_channel = false;      ///< client_credentials::binding is, or will be, given
  bool has_certificate = false;  ///< something else says who we are (RFC 4422 A)
  bool anonymous = false;        ///< to come in without saying who we are is all right

  /// Whether this mechanism may be used.
  [[nodiscard]] constexpr bool permits(mechanism m) const noexcept {
    need const needs = info(m).needs;
    if (m == mechanism::none || info(m).gives < minimum) return false;
    if (includes(needs, need::password) && !has_password) return false;
    if (includes(needs, need::token) && !has_token) return false;
    if (includes(needs, need::channel) && !has_channel) return false;
    if (includes(needs, need::certificate) && !has_certificate) return false;
    if (includes(needs, need::consent) && !anonymous) return false;
    if (includes(needs, need::tls) && !tls) return false;
    return !includes(needs, need::tls_mostly) || tls || allow_overheard;
  }
};

/// The first of the order that is permitted and offered; none if there is none. `offered`: names with a space between,
/// as EHLO has them behind `AUTH`.
[[nodiscard]] constexpr mechanism choose_mechanism(std::string_view offered, selection const& by) noexcept {
  for (mechanism const one : by.order) {
    if (!by.permits(one)) continue;
    for (std::string_view rest = offered; !rest.empty();) {
      std::string_view const name = rest.substr(0, rest.find(' '));
      if (find_mechanism(name) == one) return one;
      rest.remove_prefix(name.size() == rest.size() ? rest.size() : name.size() + 1);
    }
  }
  return mechanism::none;
}

/// Room for all names with a space between.
inline constexpr std::size_t mechanism_names_size = [] {
  std::size_t size = 0;
  for (mechanism_info const& one : mechanism_table) size += one.name.size() + 1;
  return size;
}();
using mechanism_names = std::array<char, mechanism_names_size>;

/// The permitted mechanisms in their order, each once, with a space between, for client_options::mechanisms; in the
/// given storage, which outlives the sessions. Empty: nothing is permitted.
[[nodiscard]] constexpr std::string_view write_permitted(selection const& by,
                                                         mechanism_names& storage EHLO_LIFETIMEBOUND) noexcept {
  text_writer out{storage};
  std::array<bool, mechanism_count> written{};
  for (mechanism const one : by.order) {
    if (!by.permits(one) || written[static_cast<std::size_t>(one)]) continue;
    written[static_cast<std::size_t>(one)] = true;
    if (!out.written().empty()) out.put(' ');
    out.put(name_of(one));
  }
  return out.written();
}

}  // namespace ehlo::inline v0::sasl
