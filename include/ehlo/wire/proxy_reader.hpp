// SPDX-License-Identifier: BSL-1.0
// Octets to the header of the PROXY protocol (HAProxy, proxy-protocol.txt), version 1 or 2, which comes first on a
// connection. Only a host that is told so by its configuration, for connections from its load balancers, may read one:
// who guesses lets every client write its own address. Such a host greets nobody before the header has come, ends the
// connection without a word when there is none, and allows a few seconds for it (2: at least 3).
//
// What is said depends on the octets alone, never on where they were cut. The first one that fits no header is refused
// when it comes, and none behind the header is taken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "../base/config.hpp"
#include "../model/errc.hpp"
#include "proxy_binary.hpp"
#include "proxy_header.hpp"
#include "proxy_text.hpp"

namespace ehlo::inline v0 {

/// The octets of a header, unless a host wants more or less. The document promises 536, the least that one segment
/// holds, but HAProxy does not keep the promise: IPv6 (52), checksum (7), a server name of 253 octets (256), a unique
/// ID (131), TLS with cipher, algorithms and a common name of 64 (about 160) are over 600.
inline constexpr std::size_t proxy_header_limit = 1024;

class proxy_reader {
 public:
  enum class status : std::uint8_t {
    need_input,  ///< `in` is empty
    done,        ///< a complete header; `in` is just behind it
    error,       ///< no header: end the connection
  };

  struct result {
    status what = status::need_input;
    errc error = errc::ok;  ///< peer_proxy_header or peer_proxy_too_long
    proxy_header header;    ///< its texts view the input, or, if it came in pieces, the storage
  };

  /// Reads the header. Storage and limit must be the same on every call until it is done. The effective limit is the
  /// smaller of both; version 1 (at most 107 octets) needs no storage. After an error every call says the same until
  /// restart(), and `in` begins with the octet that fits no header, or, if the fault was found in a header as a whole
  /// (a TLV, the checksum), behind it.
  [[nodiscard("the header is gone from `in`")]] constexpr result read(std::string_view& in EHLO_LIFETIMEBOUND,
                                                                      std::span<char> storage EHLO_LIFETIMEBOUND,
                                                                      std::size_t limit = proxy_header_limit) noexcept {
    if (failed_ != errc::ok) return {status::error, failed_, {}};
    if (in.empty()) return {};
    if (form_ == form::open) form_ = in[0] == 'P' ? form::text : form::binary;
    if (form_ == form::text) return read_text(in, limit);
    return read_binary(in, storage, storage.size() < limit ? storage.size() : limit);
  }

  /// Whether a header has begun and not ended. A connection that ends then, or before, has said nothing valid.
  [[nodiscard]] constexpr bool partial() const noexcept { return form_ != form::open && failed_ == errc::ok; }

  /// Forgets an incomplete header, and that there was none.
  constexpr void restart() noexcept { *this = proxy_reader{}; }

 private:
  enum class form : std::uint8_t { open, text, binary };

  constexpr result read_text(std::string_view& in, std::size_t limit) noexcept {
    for (std::size_t used = 0; used != in.size(); ++used) {
      if (errc const e = line_.take(in[used], limit); e != errc::ok) return fail(e, in, used);
      if (!line_.done()) continue;
      proxy_header const header = line_.header();
      in.remove_prefix(used + 1);
      restart();
      return {status::done, errc::ok, header};
    }
    in.remove_prefix(in.size());
    return {};
  }

  constexpr result read_binary(std::string_view& in, std::span<char> storage, std::size_t limit) noexcept {
    for (std::size_t used = 0; used != in.size() && !head_.done(); ++used)
      if (errc const e = head_.take(in[used], limit); e != errc::ok) return fail(e, in, used);
    if (!head_.done() || in.size() < head_.size() - stored_) {
      keep(in, in.size(), storage);
      return {};
    }
    std::string_view whole = in.substr(0, head_.size());
    if (stored_ != 0) {
      keep(in, head_.size() - stored_, storage);
      whole = {storage.data(), stored_};
    } else {
      in.remove_prefix(whole.size());
    }
    proxy_header header;
    if (errc const e = parse_proxy_binary(whole, header); e != errc::ok) return fail(e, in, 0);
    restart();
    return {status::done, errc::ok, header};
  }

  /// There is room: head_ has seen to it.
  constexpr void keep(std::string_view& in, std::size_t count, std::span<char> storage) noexcept {
    in.copy(storage.data() + stored_, count);
    in.remove_prefix(count);
    stored_ += count;
  }

  EHLO_COLD constexpr result fail(errc why, std::string_view& in, std::size_t used) noexcept {
    in.remove_prefix(used);
    failed_ = why;
    return {status::error, why, {}};
  }

  std::size_t stored_ = 0;  // octets of a binary header in the storage
  proxy_line line_;
  proxy_head head_;
  form form_ = form::open;
  errc failed_ = errc::ok;
};

}  // namespace ehlo::inline v0
