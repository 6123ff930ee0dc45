// SPDX-License-Identifier: BSL-1.0
// Octets to lines. A line ends in CRLF and in nothing else (RFC 5321 2.3.8); one that lies whole in the input is seen
// there, and only the tail of an incomplete one is stored. Where the input is cut never matters: a line that is too
// long is swallowed to its end in bounded memory and reported there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "../base/config.hpp"
#include "../base/find.hpp"

namespace ehlo::inline v0::inline EHLO_ISA {

class line_reader {
 public:
  enum class status : std::uint8_t {
    need_input,  ///< `in` is empty
    line,        ///< a complete line
    too_long,    ///< the end of a line over the limit, which has been swallowed
    bare_lf,     ///< an LF without CR; `in` is just behind it
  };

  struct result {
    status what;
    /// Without its line ending; views the input or the storage. Of a line that is too long the first 16 octets (or the
    /// limit, if that is less), enough to know its verb; empty with need_input and bare_lf.
    std::string_view line;
    bool bare = false;  ///< the line ended in a bare LF, which was accepted
  };

  /// Reads up to the end of one line. `storage` must be the same on every call while a line is incomplete. `limit`
  /// counts the line ending; the effective limit is the smaller of it and the storage. A bare CR is an octet of the
  /// line: the grammar refuses it.
  [[nodiscard("the line is gone from `in`")]] EHLO_HOT result read(std::string_view& in EHLO_LIFETIMEBOUND,
                                                                   std::span<char> storage EHLO_LIFETIMEBOUND,
                                                                   std::size_t limit, bool accept_bare_lf) noexcept {
    if (in.empty()) return {status::need_input, {}};
    if (storage.size() < limit) limit = storage.size();
    std::size_t const at = in.size() == 1 ? std::size_t{in[0] != '\n'} : find_lf(in);
    std::string_view const piece{in.data(), at};
    if (at == in.size()) {
      keep(piece, storage, limit);
      in.remove_prefix(at);
      return {status::need_input, {}};
    }
    in.remove_prefix(at + 1);
    bool const behind_cr = at != 0 ? piece.back() == '\r' : cr_;
    if (behind_cr && at < limit && !partial()) [[likely]]
      return {status::line, {piece.data(), at - 1}};
    return finish(piece, storage, limit, behind_cr, accept_bare_lf);
  }

  /// How many octets of an incomplete line are in the storage; 0 also while a line that is too long is swallowed.
  [[nodiscard]] std::size_t stored() const noexcept { return stored_; }

  /// Whether a line has begun and not ended.
  [[nodiscard]] bool partial() const noexcept { return stored_ != 0 || over_; }

  /// Forgets an incomplete line.
  void restart() noexcept { *this = line_reader{}; }

 private:
  /// Stores a piece of a line without its end.
  void keep(std::string_view piece, std::span<char> storage, std::size_t limit) noexcept {
    cr_ = piece.back() == '\r';
    if (over_) return;
    if (stored_ > limit || piece.size() > limit - stored_) {
      over_ = true;
      keep_head(piece, storage, limit);
      stored_ = 0;
      return;
    }
    std::memcpy(storage.data() + stored_, piece.data(), piece.size());
    stored_ += piece.size();
  }

  [[nodiscard]] static std::size_t head_size(std::size_t limit) noexcept { return limit < 16 ? limit : 16; }

  /// The first octets of a line that is too long; `piece` exceeds the limit, so there are enough.
  void keep_head(std::string_view piece, std::span<char> storage, std::size_t limit) const noexcept {
    std::size_t const size = head_size(limit);
    if (stored_ < size) std::memcpy(storage.data() + stored_, piece.data(), size - stored_);
  }

  /// `piece` was the last of a line, without its LF.
  result finish(std::string_view piece, std::span<char> storage, std::size_t limit, bool behind_cr,
                bool accept_bare_lf) noexcept {
    std::size_t const before = stored_;
    bool const swallowed = over_;
    bool const over = swallowed || before > limit || piece.size() >= limit - before;
    if (over && !swallowed) keep_head(piece, storage, limit);
    restart();
    if (!behind_cr && !accept_bare_lf) return {status::bare_lf, {}};
    if (over) return {status::too_long, {storage.data(), head_size(limit)}, !behind_cr};
    std::size_t const size = before + piece.size() - std::size_t{behind_cr};
    if (before == 0) return {status::line, piece.substr(0, size), !behind_cr};
    if (!piece.empty()) std::memcpy(storage.data() + before, piece.data(), piece.size());
    return {status::line, {storage.data(), size}, !behind_cr};
  }

  std::size_t stored_ = 0;
  bool cr_ = false;    // the last octet given was CR
  bool over_ = false;  // more octets than the limit: swallow up to the end of the line
};

}  // namespace ehlo::inline v0::inline EHLO_ISA
