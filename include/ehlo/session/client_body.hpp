// SPDX-License-Identifier: BSL-1.0
// A transaction's body: as text behind DATA (RFC 5321 4.1.1.4), or in chunks (RFC 3030). Views of the host's octets go
// into the output; nothing of them is copied. And what ends a transaction before its body does.
#pragma once

#include "client_core.hpp"

namespace ehlo::inline v0::inline EHLO_ISA {

inline void client_core::start_text(body_type declared) noexcept {
  tolerance allowed = options_->tolerances;
  if (declared == body_type::eightbitmime) allowed |= tolerance::undeclared_8bit;
  bool const by_chunks = has(client_fact::by_chunks);
  text_.start(options_->newline, allowed, by_chunks ? dot_encoder::framing::chunks : dot_encoder::framing::text);
}

inline void client_core::begin_text() noexcept {
  if (aborting_) close(errc::local_aborted, advice::retry_later);
}

/// RFC 2920 3.1: a server may ask for the text although it took no recipient. It gets none.
inline void client_core::say_lone_dot() noexcept {
  if (aborting_) return close(errc::local_aborted, advice::retry_later);
  text_writer line{out_.command_room()};
  add(line.put(".\r\n"));
}

inline errc client_core::body(std::string_view piece, bool last) noexcept {
  if (told_ != client_event_type::need_body) return errc::local_order;
  told_ = client_event_type::closed;
  piece_ = piece;
  piece_last_ = last;
  piece_given_ = true;
  return errc::ok;
}

/// Whether the host is to be asked for a piece. The one before has been sent by then.
inline bool client_core::wants_body() const noexcept {
  if (piece_given_ || body_ended_) return false;
  if (state_ == client_state::text) return true;
  return state_ == client_state::chunks && may_start_chunk();
}

/// False when the list of views is full, or the piece cannot be sent.
inline bool client_core::send_text() noexcept {
  for (;;) {
    std::span<std::string_view> const room = out_.view_room();
    if (room.size() < 2) return false;
    dot_encoder::result const r = text_.encode(piece_, room.first(room.size() - 1));
    out_.add_views(r.views);
    if (r.what == dot_encoder::status::refused) return refuse_text();
    if (r.what == dot_encoder::status::done) break;
  }
  piece_given_ = false;
  if (piece_last_) end_text();
  return true;
}

inline bool client_core::refuse_text() noexcept {
  close(errc::local_text, advice::convert);
  return true;
}

/// The end of data. From the first octet of its CRLF . CRLF on, the server may have the message; that CRLF may be the
/// body's own.
inline void client_core::end_text() noexcept {
  std::uint64_t const before = out_.listed();
  bool const empty = text_.size() == 0;
  std::string_view const end = text_.terminator();
  if (end.empty()) {
    refuse_text();
    return;
  }
  out_.view_room()[0] = end;
  out_.add_views(1);
  body_ended_ = true;
  end_from_ = empty ? before + 1 : out_.listed() - 4;
  go(client_input::body_ended);
  find_verdict(0);
}

/// A chunk may go out ahead of the replies to others where the server pipelines.
inline bool client_core::may_start_chunk() const noexcept {
  return chunks_out_ < (pipelines() ? options_->chunks_in_flight : 1U);
}

/// The chunk that goes out with the envelope, where it fits the flight. True when the flight is complete; flight_open_
/// still says that the body must be asked for.
inline bool client_core::first_chunk() noexcept {
  mail_params const& p = message_->params;
  std::uint64_t const likely = p.has_size && p.size < options_->chunk_size ? p.size : options_->chunk_size;
  std::uint32_t const left = options_->flight_budget > flight_ + 32 ? options_->flight_budget - flight_ - 32 : 0;
  if (!piece_given_ && pipelines() && !(p.has_size && likely > left)) return true;
  flight_open_ = false;
  if (!piece_given_ || !pipelines()) return true;
  bool const last = piece_last_ && piece_.size() <= options_->chunk_size;
  std::size_t const size = piece_.size() < options_->chunk_size ? piece_.size() : options_->chunk_size;
  if (size > left || (size == 0 && !last) || (options_->lmtp && last)) return true;
  if (!list_chunk(size, last)) {
    flight_open_ = true;
    return false;
  }
  if (chunks_out_ == 0) return true;
  ++said_;
  set(client_fact::data_sent, true);
  return true;
}

/// BDAT and its octets: `size` of the piece, or as many as an empty list has room for. False if they do not fit yet.
inline bool client_core::list_chunk(std::size_t size, bool last) noexcept {
  constexpr std::size_t longest_bdat = 40;
  std::span<std::string_view> const room = out_.view_room();
  if (out_.command_room().size() < longest_bdat || room.size() < 4) return false;
  std::string_view rest = piece_.substr(0, size);
  dot_encoder const before = text_;
  std::size_t const views = view_chunk(rest, room.subspan(1), last);
  if (any(text_.violation())) return refuse_text();
  if (!rest.empty() && !out_.empty()) {
    text_ = before;  // how long a chunk is must not depend on how far the output was drained
    return false;
  }
  std::size_t octets = 0;
  for (std::string_view const v : room.subspan(1, views)) octets += v.size();
  piece_.remove_prefix(size - rest.size());
  last = last && rest.empty();
  if (piece_.empty()) piece_given_ = false;
  if (octets == 0 && !last) return true;  // a CR whose LF may follow
  text_writer line{out_.command_room()};
  if (!write_bdat(line, octets, last)) return false;
  out_.add_command_and_views(line.written().size(), views);
  ++chunks_out_;
  if (last) {
    body_ended_ = true;
    end_from_ = out_.listed();
  }
  return true;
}

/// Lists the octets of a chunk, of which `rest` loses what has been listed. What is not BINARYMIME is text, with the
/// same rules as behind DATA, but for the dots (RFC 3030 3).
inline std::size_t client_core::view_chunk(std::string_view& rest, std::span<std::string_view> list,
                                           bool last) noexcept {
  if (message_->params.body == body_type::binarymime) {
    list[0] = rest;
    rest.remove_prefix(rest.size());
    return list[0].empty() ? 0 : 1;
  }
  std::size_t count = text_.encode(rest, list.first(list.size() - 1)).views;
  if (!last || !rest.empty()) return count;
  list[count] = text_.terminator();
  return count + (list[count].empty() ? 0 : 1);
}

/// False when the list of views is full.
inline bool client_core::send_chunks() noexcept {
  while (piece_given_ && may_start_chunk()) {
    if (piece_.empty() && !piece_last_) {
      piece_given_ = false;
      break;
    }
    bool const last = piece_last_ && piece_.size() <= options_->chunk_size;
    std::size_t const size = piece_.size() < options_->chunk_size ? piece_.size() : options_->chunk_size;
    if (!list_chunk(size, last)) return false;
    after_chunk();
  }
  return true;
}

/// Where the last chunk's reply is the only one to come, it is the verdict; where all came for nothing, RSET follows.
inline void client_core::after_chunk() noexcept {
  if (state_ == client_state::chunks && body_ended_ && chunks_out_ == 1) {
    go(client_input::chunks_answered);
    find_verdict(0);
  } else if (state_ == client_state::spoiled && chunks_out_ == 0) {
    go(client_input::chunks_answered);
  }
}

/// RFC 3030 2: no further chunk is begun; the replies to those that are out are awaited.
inline void client_core::spoil() noexcept {
  go(client_input::give_up);
  piece_given_ = false;
  after_chunk();
}

inline errc client_core::abort() noexcept {
  if (message_ == nullptr || state_ == client_state::lone_dot || aborting_) return errc::local_order;
  if (body_ended_ && out_.empty()) return errc::local_order;  // it is too late
  bool const inside = state_ == client_state::text || body_ended_ || (state_ == client_state::chunks && !out_.empty());
  if (inside) {
    close(errc::local_aborted, advice::retry_later);
    return errc::ok;
  }
  outcome_ = errc::local_aborted;
  if (state_ == client_state::chunks) {
    spoil();
    finish(outcome_);
    return errc::ok;
  }
  aborting_ = true;
  flight_open_ = false;
  piece_given_ = false;
  if (said_ == 0) {
    go(client_input::nothing_begun);
    finish(outcome_);
  } else if (answered_ == said_) {
    after_rcpt();
  }
  return errc::ok;
}

}  // namespace ehlo::inline v0::inline EHLO_ISA
