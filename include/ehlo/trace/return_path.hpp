// SPDX-License-Identifier: BSL-1.0
// `Return-Path:`, which the server that makes the final delivery puts before a message (RFC 5321 4.4).
#pragma once

#include <cstddef>
#include <string_view>

#include "../base/folded_line.hpp"
#include "../base/text_writer.hpp"
#include "../grammar/path.hpp"
#include "../model/errc.hpp"
#include "../model/path.hpp"

namespace ehlo::inline v0::trace {

/// The longest path that has room in a line of 998 octets (RFC 5322 2.1.1).
inline constexpr std::size_t return_path_limit = 980;

/// Storage of this size is enough, whatever is written.
inline constexpr std::size_t return_path_room = 1024;

/// Writes the field and its line end. `mailbox` is the reverse-path without brackets and source route, as
/// path_view::mailbox() gives it: empty for `<>`, quoted where it was, in UTF-8 where SMTPUTF8 was used (RFC 6531
/// 3.7.3). What the engine has accepted is accepted here, up to return_path_limit. local_reverse_path: it is none;
/// local_room: the writer is full and holds no usable text.
[[nodiscard]] constexpr errc write_return_path(text_writer& out, std::string_view mailbox) noexcept {
  path_range range;
  tolerance used = tolerance::none;
  errc why = errc::ok;
  if (mailbox.size() > return_path_limit || mailbox.starts_with('<')) return errc::local_reverse_path;
  path_rules const rules{lenient, true, true};
  if (!mailbox.empty() && parse_path(mailbox, 0, rules, range, used, why) != mailbox.size())
    return errc::local_reverse_path;
  folded_line line{out, "Return-Path:"};
  line.word("<", mailbox, ">");
  line.end();
  return out.fits() ? errc::ok : errc::local_room;
}

}  // namespace ehlo::inline v0::trace
