// SPDX-License-Identifier: BSL-1.0
// Any octets, any limits, any tolerance, any cuts: the reader says what the obvious one says of the whole.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "../tests/wire/reference_replies.hpp"
#include "check.hpp"
#include "ehlo/wire/reply_reader.hpp"

namespace {

using fuzz::check;

// The first octets choose limits, storage, tolerance and cuts; the rest is what the peer sends.
constexpr std::size_t head = 8;

/// Everything that may be read of a reply, without looking at what it is.
void walk(ehlo::reply_view const& reply) {
  std::size_t lines = 0;
  bool last = false;
  for (ehlo::reply_line const& line : reply.lines()) {
    check(!last && line.code && line.message().size() <= line.text.size());
    check(reply.mixed() || line.code == reply.code());
    last = line.last;
    ++lines;
  }
  check(last && lines != 0 && reply.text() == reply.lines().begin()->message());
  check(!reply.status() || reply.status().fits(reply.code()));
}

std::string read_in_pieces(std::string_view text, ehlo::reply_limits const& limits, ehlo::tolerance allowed,
                           std::size_t storage_size, std::uint32_t cuts) {
  using status = ehlo::reply_reader::status;
  ehlo::reply_reader reader;
  std::unique_ptr<char[]> const storage(new char[storage_size]);
  std::string said;
  std::size_t used = 0;
  for (std::size_t offered = 0; offered != text.size();) {
    cuts = cuts * 1664525U + 1013904223U;
    std::size_t size = 1 + (cuts >> 16) % ((cuts >> 30) == 0 ? 2U : (cuts >> 30) == 1 ? 20U : 700U);
    if (size > text.size() - offered) size = text.size() - offered;
    std::unique_ptr<char[]> const piece(new char[size]);  // nothing readable behind it, and gone after the call
    text.copy(piece.get(), size, offered);
    offered += size;
    std::string_view in{piece.get(), size};
    for (;;) {
      std::size_t const before = in.size();
      auto const [what, reply, bare_lf] = reader.read(in, {storage.get(), storage_size}, limits, allowed);
      check(in.data() + in.size() == piece.get() + size);
      used += before - in.size();
      if (what == status::need_input) {
        check(in.empty());
        break;
      }
      check(!reader.partial());
      said += reference::say(what, reply, bare_lf, used);
      if (what != status::reply) return said;
      check(in.size() < before);
      walk(reply);
    }
  }
  return said + (reader.partial() ? "partial" : "");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using ehlo::tolerance;
  if (size < head) return 0;
  ehlo::reply_limits limits;
  if ((data[0] & 1) != 0) limits.line = data[1];
  if ((data[0] & 2) != 0) limits.lines = data[2] % 16U;
  if ((data[0] & 4) != 0) limits.octets = data[2] * 4U;
  std::size_t const storage_size = data[3] * ((data[0] & 8) != 0 ? 4U : 64U);
  tolerance allowed = tolerance::none;
  if ((data[0] & 16) != 0) allowed |= tolerance::bare_lf_in_command;
  if ((data[0] & 32) != 0) allowed |= tolerance::mixed_reply_codes;
  std::uint32_t const cuts = data[4] | static_cast<std::uint32_t>(data[5]) << 8;
  // Long replies matter too: repeat the given text, as it is or behind a line that goes on.
  std::string text;
  for (unsigned round = 0; round <= data[6] % 16U; ++round) {
    if ((data[7] & 1) != 0) text.append("250-").append(data[7] / 2U, 'x').append("\r\n");
    text.append(reinterpret_cast<char const*>(data) + head, size - head);
  }
  std::string const all = reference::replies(text, limits, allowed, storage_size);
  check(read_in_pieces(text, limits, allowed, storage_size, cuts) == all);
  check(read_in_pieces(text, limits, allowed, storage_size, cuts + 1) == all);
  return 0;
}
