// SPDX-License-Identifier: BSL-1.0
// Octets to replies (RFC 5321 4.2). One that lies whole in the input is seen there; of an incomplete one the octets so
// far are stored. What is said depends on the octets alone, never on where they were cut, and each is examined a fixed
// number of times.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string_view>

#include "../base/config.hpp"
#include "../base/find.hpp"
#include "../base/octet_word.hpp"
#include "../grammar/reply_line.hpp"
#include "../grammar/reply_view.hpp"
#include "../model/tolerance.hpp"

namespace ehlo::inline v0 {

/// What a peer may send as one reply. RFC 5321 4.5.3.1.5 has 512 octets a line; real ones are longer.
struct reply_limits {
  std::size_t line = 2048;                                         ///< octets of a line with its end
  std::size_t lines = 256;                                         ///< lines of a reply
  std::size_t octets = (std::numeric_limits<std::size_t>::max)();  ///< of a reply; the storage is such a limit too
};

inline namespace EHLO_ISA {

class reply_reader {
 public:
  enum class status : std::uint8_t {
    need_input,  ///< `in` is empty
    reply,       ///< a complete reply; `in` is just behind it
    malformed,   ///< the end of a line that is none of a reply's
    too_long,    ///< a limit is reached and the reply has not ended
  };

  struct result {
    status what = status::need_input;
    reply_view reply;      ///< views the input or the storage
    bool bare_lf = false;  ///< a line of it ended in a bare LF, which was allowed
  };

  /// Reads up to the end of one reply. Storage and limits must be the same on every call while a reply is incomplete.
  /// `allowed`: `mixed_reply_codes`, and `bare_lf_in_command` for replies too. After `malformed` and `too_long` every
  /// call says the same until restart(): behind them nothing can be told apart.
  [[nodiscard("the reply is gone from `in`")]] result read(std::string_view& in EHLO_LIFETIMEBOUND,
                                                           std::span<char> storage EHLO_LIFETIMEBOUND,
                                                           reply_limits const& limits, tolerance allowed) noexcept {
    std::size_t const most = smaller(limits.octets, storage.size());
    if (begun_) return read_on(in, 0, storage, limits, allowed);
    std::size_t const reach = smaller(in.size(), smaller(limits.line, most));
    std::size_t const at = find_lf(in.substr(0, reach));
    if (at != reach && at != 0 && in[at - 1] == '\r') [[likely]] {
      reply_line line;
      if (parse_reply_line(in.substr(0, at - 1), line) == errc::ok) [[likely]] {
        if (line.last) [[likely]] {
          std::string_view const raw = in.substr(0, at + 1);
          in.remove_prefix(at + 1);
          return {status::reply, {raw, line.code, line.status}};
        }
        first_ = line.code;
        status_ = line.status;
        lines_ = 1;
        line_at_ = pass_alike(in, at + 1, limits, most);
        return read_on(in, line_at_, storage, limits, allowed);
      }
    }
    return read_on(in, 0, storage, limits, allowed);
  }

  /// Whether a reply has begun and not ended.
  [[nodiscard]] bool partial() const noexcept { return stored_ != 0; }

  /// Forgets an incomplete reply, and that one was malformed or too long.
  void restart() noexcept { *this = reply_reader{}; }

 private:
  [[nodiscard]] static constexpr std::size_t smaller(std::size_t a, std::size_t b) noexcept { return a < b ? a : b; }
  [[nodiscard]] static constexpr std::size_t left(std::size_t limit, std::size_t used) noexcept {
    return limit < used ? 0 : limit - used;
  }

  /// Behind the first of several lines: passes further ones with the same code, no status and a CRLF that lies in whole
  /// blocks of the input. Returns where they end.
  [[nodiscard]] std::size_t pass_alike(std::string_view in, std::size_t at, reply_limits const& limits,
                                       std::size_t most) noexcept {
    std::uint64_t const alike = load_octets(in.data(), 4);
    std::size_t const reach = smaller(in.size(), most);
    for (std::size_t block = at; reach - block >= block_size; block += block_size) {
      for (std::uint64_t ends = classify_block(in.data() + block).lf; ends != 0; ends &= ends - 1) {
        std::size_t const end = block + static_cast<std::size_t>(std::countr_zero(ends));
        std::size_t const size = end + 1 - at;
        if (size < 6 || size > limits.line || lines_ + 1 >= limits.lines) return at;
        if (load_octets(in.data() + at, 4) != alike || in[end - 1] != '\r') return at;
        if (in[at + 5] == '.' && !status_) return at;
        at = end + 1;
        ++lines_;
      }
    }
    return at;
  }

  /// Line after line, `used` octets of `in` are behind us. The lines stand in the input, or, once a part of the reply
  /// is stored, in the storage.
  EHLO_APART result read_on(std::string_view& in, std::size_t used, std::span<char> storage, reply_limits const& limits,
                            tolerance allowed) noexcept {
    if (failed_ != status::need_input) return {failed_, {}};
    if (in.empty()) return {};
    std::size_t const most = smaller(limits.octets, storage.size());
    for (;;) {
      if (lines_ != 0 && lines_ >= limits.lines) return fail(status::too_long, in, used);
      std::size_t const end = stored_ + used;
      std::size_t const room = smaller(left(most, end), left(limits.line, end - line_at_));
      std::string_view const rest = in.substr(used, room);
      std::size_t const at = find_lf(rest);
      bool const complete = at != rest.size();
      used += complete ? at + 1 : at;
      if (!complete && at == room) return fail(status::too_long, in, used);
      if (!complete || stored_ != 0) keep(in, used, storage);
      if (!complete) return {};
      char const* const from = stored_ != 0 ? storage.data() : in.data();
      std::size_t const line_end = stored_ + used;
      if (!take_line({from + line_at_, line_end - line_at_}, allowed)) return fail(status::malformed, in, used);
      if (last_) return finish({from, line_end}, in, used);
      line_at_ = line_end;
      ++lines_;
    }
  }

  void keep(std::string_view& in, std::size_t& used, std::span<char> storage) noexcept {
    std::memcpy(storage.data() + stored_, in.data(), used);
    in.remove_prefix(used);
    stored_ += used;
    begun_ = true;
    used = 0;
  }

  /// Reads a line with its end; false if it is none of this reply.
  [[nodiscard]] bool take_line(std::string_view line, tolerance allowed) noexcept {
    line.remove_suffix(1);
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    else if (allows(allowed, tolerance::bare_lf_in_command))
      bare_lf_ = true;
    else
      return false;
    reply_line read;
    if (parse_reply_line(line, read) != errc::ok) return false;
    if (lines_ == 0) first_ = read.code;
    if (read.code != first_) {
      if (!allows(allowed, tolerance::mixed_reply_codes)) return false;
      mixed_ = true;
      if (read.code.severity() != first_.severity()) mixed_digits_ = true;
    }
    if (!status_) status_ = read.status;
    code_ = read.code;
    last_ = read.last;
    return true;
  }

  /// The first status, of all lines, that fits the code of the last.
  [[nodiscard]] EHLO_COLD static enhanced_code status_of_mixed(std::string_view raw, reply_code code) noexcept {
    for (reply_line const& line : reply_lines{raw})
      if (line.status.fits(code)) return line.status;
    return {};
  }

  result finish(std::string_view raw, std::string_view& in, std::size_t used) noexcept {
    if (mixed_digits_) status_ = status_of_mixed(raw, code_);
    result const whole{status::reply, {raw, code_, status_, mixed_, mixed_digits_}, bare_lf_};
    in.remove_prefix(used);
    restart();
    return whole;
  }

  EHLO_COLD result fail(status what, std::string_view& in, std::size_t used) noexcept {
    in.remove_prefix(used);
    restart();
    begun_ = true;
    failed_ = what;
    return {what, {}};
  }

  std::size_t stored_ = 0;   // octets in the storage
  std::size_t line_at_ = 0;  // where the line that is incomplete begins
  std::size_t lines_ = 0;    // complete ones
  reply_code first_;
  reply_code code_;
  enhanced_code status_;
  status failed_ = status::need_input;
  bool begun_ = false;  // something is stored, or it has failed
  bool last_ = false;
  bool mixed_ = false;
  bool mixed_digits_ = false;
  bool bare_lf_ = false;
};

}  // namespace EHLO_ISA
}  // namespace ehlo::inline v0
