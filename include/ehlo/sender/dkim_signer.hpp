// SPDX-License-Identifier: BSL-1.0
// Signs a message with DKIM (RFC 6376 5), with several keys in one pass over its body.
//
//   header_block header; dkim_functions functions; dkim_sign_options options;
//   std::string_view body = header.take(piece) while there are pieces, header.end()
//   dkim_signer signer{header, functions, options};
//   signer.body(piece)...; signer.end_of_body();
//   dkim_sign_error const e = signer.write(out);  // the fields that go in front of the message
//
// The message is read before it is sent: its signature stands in front of it and holds the hash of the body. A field
// behind the body, which would do with one pass, is not to be had in RFC 5322. What is signed are the octets that will
// be sent, with their line ends repaired and the message encoded, but without the dots of DATA (5.3, 3.7).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/ascii.hpp"
#include "../base/config.hpp"
#include "../base/folded_line.hpp"
#include "../base/text_writer.hpp"
#include "../grammar/base64.hpp"
#include "../model/errc.hpp"
#include "dkim_body.hpp"
#include "dkim_canonicalization.hpp"
#include "dkim_functions.hpp"
#include "dkim_hash.hpp"
#include "dkim_sign_options.hpp"
#include "dkim_signed_fields.hpp"
#include "header_block.hpp"
#include "tag_list.hpp"

namespace ehlo::inline v0::sender {

namespace detail {

/// The names of h=, each once: From, the fields, those that are oversigned. `visit(name, oversigned)`.
template <class Visit>
constexpr void each_signed_name(dkim_sign_options const& o, Visit&& visit) noexcept {
  auto const has = [](std::span<std::string_view const> names, std::string_view wanted) noexcept {
    for (std::string_view const name : names)
      if (equal_ignoring_case(name, wanted)) return true;
    return false;
  };
  constexpr std::array<std::string_view, 1> from{"From"};
  std::span<std::string_view const> const lists[]{from, o.fields, o.oversigned};
  for (std::size_t list = 0; list != 3; ++list)
    for (std::size_t i = 0; i != lists[list].size(); ++i) {
      std::string_view const name = lists[list][i];
      bool seen = has(lists[list].first(i), name);
      for (std::size_t before = 0; before != list; ++before) seen = seen || has(lists[before], name);
      if (!seen) visit(name, has(o.oversigned, name));
    }
}

}  // namespace detail

inline namespace EHLO_ISA {

/// The signatures of one message.
class dkim_signer {
 public:
  /// The states of hash functions that it uses.
  static constexpr unsigned hash_states = 1;
  /// The longest signature that a key may make: by RSA with 4096 bits, which all verifiers know (RFC 8301 3.2).
  static constexpr std::size_t longest_signature = 512;

  /// The header is lent until the signer is no longer used; it may be filled after this. `functions` and `options` are
  /// copied, not what they point to.
  dkim_signer(header_block_core const& header EHLO_LIFETIMEBOUND, dkim_functions const& functions,
              dkim_sign_options const& options) noexcept
      : header_{header}, functions_{functions}, options_{options}, body_{options.body} {}
  dkim_signer(header_block_core const&&, dkim_functions const&, dkim_sign_options const&) = delete;
  dkim_signer(dkim_signer const&) = delete;
  dkim_signer& operator=(dkim_signer const&) = delete;

  /// The next octets of the body, cut anywhere. local_order: it has ended.
  errc body(std::string_view piece) noexcept {
    if (body_ended_) return errc::local_order;
    body_.take(piece, [this](std::string_view text) noexcept { body_hash_.put(functions_, state, text); });
    return errc::ok;
  }
  /// local_order: it has ended before.
  errc end_of_body() noexcept {
    if (body_ended_) return errc::local_order;
    body_.end([this](std::string_view text) noexcept { body_hash_.put(functions_, state, text); });
    body_digest_known_ = body_hash_.end(functions_, state, body_digest_);
    body_ended_ = true;
    return errc::ok;
  }

  /// Writes one DKIM-Signature field for each key, with CRLF at the end, to go in front of the header as they are. All
  /// errors are told here; then what was written is to be thrown away. May be called again.
  [[nodiscard("the message may not be signed")]] dkim_sign_error write(text_writer& out) noexcept {
    if (dkim_sign_error const e = check(options_); e != dkim_sign_error::none) return e;
    if (dkim_sign_error const e = check_message(); e != dkim_sign_error::none) return e;
    if (!body_digest_known_) return dkim_sign_error::function_failed;
    for (dkim_signing_key const& key : options_.keys)
      if (dkim_sign_error const e = write_signature(out, key); e != dkim_sign_error::none) return e;
    return dkim_sign_error::none;
  }

 private:
  static constexpr std::string_view field_name = "DKIM-Signature:";
  static constexpr unsigned state = 0;

  [[nodiscard]] dkim_sign_error check_message() const noexcept {
    if (!body_ended_ || !header_.ended()) return dkim_sign_error::order;
    if (header_.too_long()) return dkim_sign_error::header_too_long;
    std::size_t fields = 0;
    for (header_field const& field : header_.fields()) {
      // Others may see other fields, take the body to begin here, or the line to go on from the signature (3.8, 8.15).
      if (!is_well_formed(field)) return dkim_sign_error::malformed_header;
      ++fields;
    }
    std::size_t const from = count("From");
    if (from != 1) return from == 0 ? dkim_sign_error::no_from : dkim_sign_error::many_from;
    std::size_t names = 0;
    detail::each_signed_name(options_, [&](std::string_view name, bool oversigned) noexcept {
      names += count(name) + std::size_t{oversigned};
    });
    bool const verifiable = fields <= dkim_field_limit && names <= dkim_signed_field_limit;
    return verifiable ? dkim_sign_error::none : dkim_sign_error::too_many_fields;
  }
  [[nodiscard]] std::size_t count(std::string_view name) const noexcept {
    std::size_t fields = 0;
    for (header_field const& field : header_.fields()) fields += std::size_t{equal_ignoring_case(field.name, name)};
    return fields;
  }

  [[nodiscard]] dkim_sign_error write_signature(text_writer& out, dkim_signing_key const& key) noexcept {
    std::size_t const begin = out.written().size();
    folded_line line{out, field_name};
    write_tags(line, key);
    if (!out.fits()) return dkim_sign_error::room;
    std::array<char, longest_signature> signature{};
    std::size_t const size = sign(out.written().substr(begin), key, signature);
    if (size == 0 || size > signature.size()) return dkim_sign_error::function_failed;
    for (std::size_t i = 0; i < size; i += 3) {
      std::array<char, 4> const group = encode_base64_group(std::string_view{signature.data(), size}.substr(i, 3));
      line.pour({group.data(), group.size()});
    }
    line.end();
    return out.fits() ? dkim_sign_error::none : dkim_sign_error::room;
  }

  /// All of the field in front of the signature.
  void write_tags(folded_line& line, dkim_signing_key const& key) const noexcept {
    line.word("v=1;");
    line.word("a=", name(key.algorithm), ";");
    line.word("c=", name(options_.header), "/", name(options_.body), ";");
    line.word("d=", options_.domain, ";");
    line.word("s=", key.selector, ";");
    if (!options_.identity.empty()) write_identity(line);
    if (options_.unix_seconds != 0) write_time(line, "t=", options_.unix_seconds);
    if (options_.expires_after != 0) write_time(line, "x=", options_.unix_seconds + options_.expires_after);
    write_names(line);
    std::array<char, base64_length(dkim_digest_size)> digest{};
    line.word("bh=", encode_base64({body_digest_.data(), body_digest_.size()}, digest).text(digest), ";");
    line.word("b=");
  }

  static void write_time(folded_line& line, std::string_view tag, std::uint64_t seconds) noexcept {
    std::array<char, 20> digits{};
    text_writer number{digits};
    line.word(tag, number.put_number(seconds).written(), ";");
  }

  /// dkim-quoted-printable (2.11).
  void write_identity(folded_line& line) const noexcept {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::array<char, 3 * (64 + 1 + longest_name)> room{};
    text_writer encoded{room};
    for (char const c : options_.identity)
      if (c <= ' ' || c > '~' || c == ';' || c == '=')
        encoded.put('=').put(digits[octet(c) >> 4U]).put(digits[octet(c) & 0xFU]);
      else
        encoded.put(c);
    line.word("i=", encoded.written(), ";");
  }

  void write_names(folded_line& line) const noexcept {
    bool first = true;
    detail::each_signed_name(options_, [&](std::string_view name, bool oversigned) noexcept {
      for (std::size_t left = count(name) + std::size_t{oversigned}; left != 0; --left) {
        if (first) {
          line.word("h=", name);
        } else {
          line.mark(':');
          line.join(name);
        }
        first = false;
      }
    });
    line.mark(';');
  }

  /// The signature of the header (3.7): of the fields in h=, and of its own, as far as it is written. 0: a function
  /// failed.
  [[nodiscard]] std::size_t sign(std::string_view own, dkim_signing_key const& key, std::span<char> out) noexcept {
    detail::dkim_hash hash;
    auto const sink = [&](std::string_view text) noexcept { hash.put(functions_, state, text); };
    tag_list tags;
    (void)parse_tag_list(own.substr(field_name.size()), tags);
    (void)visit_signed_fields(header_.fields(), tags.find("h")->value, {}, [&](std::string_view field) noexcept {
      canonicalize_field(options_.header, field, sink);
    });
    canonicalize_signature_field(options_.header, own, sink);
    detail::dkim_hash::digest digest{};
    if (!hash.end(functions_, state, digest) || functions_.sign == nullptr) return 0;
    return functions_.sign(functions_.context, key.number, key.algorithm, {digest.data(), digest.size()}, out);
  }

  header_block_core const& header_;
  dkim_functions functions_;
  dkim_sign_options options_;
  dkim_body_canonicalizer body_;
  detail::dkim_hash body_hash_{};
  detail::dkim_hash::digest body_digest_{};
  bool body_digest_known_ = false;
  bool body_ended_ = false;
};

}  // namespace EHLO_ISA
}  // namespace ehlo::inline v0::sender
