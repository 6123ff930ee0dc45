// SPDX-License-Identifier: BSL-1.0
// Any body, any rule, any cuts, any list: the encoder says what the obvious one says of the whole, and a strict decoder
// takes it back, all of it and no more.
#include "ehlo/wire/dot_encoder.hpp"
#include "check.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "../tests/wire/reference_encoder.hpp"
#include "ehlo/wire/dot_decoder.hpp"

namespace {

using ehlo::bare_newline;
using ehlo::tolerance;
using fuzz::check;
using status = ehlo::dot_encoder::status;

// The first octets choose the rule, the list and the cuts; the rest is the body.
constexpr std::size_t head = 8;

/// The rest of a chunk moves to another address whenever the list is full.
void encode_chunk(ehlo::dot_encoder& encoder, std::string_view chunk, std::span<std::string_view> list,
                  std::string& wire) {
  std::unique_ptr<char[]> copy;
  for (status what = status::full; what == status::full;) {
    std::unique_ptr<char[]> next(new char[chunk.size()]);  // nothing readable behind it, and gone after the call
    chunk.copy(next.get(), chunk.size());
    chunk = {next.get(), chunk.size()};
    copy = std::move(next);
    std::size_t const before = chunk.size();
    auto const said = encoder.encode(chunk, list);
    what = said.what;
    check(chunk.size() <= before && chunk.data() + chunk.size() == copy.get() + before);
    check(said.views <= list.size());
    for (std::string_view const view : list.first(said.views)) {
      check(!view.empty());
      wire += view;
    }
    if (what == status::full) check(said.views == list.size() && !chunk.empty());
    if (what == status::done) check(chunk.empty());
    check((what == status::refused) == any(encoder.violation()));
  }
}

void takes_back(std::string_view wire, reference::encoded const& said) {
  ehlo::dot_decoder decoder;
  decoder.start({bare_newline::reject, ehlo::dot_encoder::any_octet, 1000});
  std::array<char, 512> scratch;
  std::uint64_t size = 0;
  for (;;) {
    auto const [what, text] = decoder.decode(wire, scratch);
    size += text.size();
    if (what == ehlo::dot_decoder::status::text) continue;
    check(what == ehlo::dot_decoder::status::end);
    break;
  }
  check(wire.empty() && size == said.size);
  check(decoder.used() == (said.used & ehlo::dot_encoder::any_octet));
}

void encode_in_pieces(std::string_view body, bare_newline newline, tolerance allowed, std::size_t list_size,
                      std::uint32_t cuts, reference::encoded const& expected) {
  std::unique_ptr<std::string_view[]> const list(new std::string_view[list_size]);
  ehlo::dot_encoder encoder;
  encoder.start(newline, allowed);
  std::string wire;
  while (!body.empty()) {
    cuts = cuts * 1664525U + 1013904223U;
    std::size_t size = 1 + (cuts >> 16) % ((cuts >> 30) == 0 ? 3U : (cuts >> 30) == 1 ? 40U : 1500U);
    if (size > body.size()) size = body.size();
    encode_chunk(encoder, body.substr(0, size), {list.get(), list_size}, wire);
    body.remove_prefix(size);
  }
  std::string_view const end = encoder.terminator();
  check(encoder.violation() == expected.violation && encoder.used() == expected.used);
  check(end.empty() == any(expected.violation));
  check(wire + std::string(end) == expected.wire);
  if (!end.empty()) check(encoder.size() == expected.size);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < head) return 0;
  bare_newline const newline = (data[0] & 1) != 0 ? bare_newline::normalize : bare_newline::reject;
  tolerance allowed = tolerance::none;
  if ((data[0] & 2) != 0) allowed |= tolerance::nul_in_text;
  if ((data[0] & 4) != 0) allowed |= tolerance::undeclared_8bit;
  if ((data[0] & 8) != 0) allowed |= tolerance::long_text_line;
  std::size_t const list_size = 1U + data[2] % ((data[0] & 32) != 0 ? 4U : 100U);
  std::uint32_t const cuts =
      data[3] | static_cast<std::uint32_t>(data[4]) << 8 | static_cast<std::uint32_t>(data[5]) << 16;
  // Most of what matters needs long bodies: repeat the given one.
  std::string body;
  for (unsigned round = 0; round <= data[6] % 8U; ++round) {
    body.append(reinterpret_cast<char const*>(data) + head, size - head);
    body.append(data[7] * 4U, 'x');
  }
  reference::encoded const expected = reference::encode(body, newline, allowed);
  encode_in_pieces(body, newline, allowed, list_size, cuts, expected);
  encode_in_pieces(body, newline, allowed, 64, cuts + 1, expected);
  if (!any(expected.violation)) takes_back(expected.wire, expected);
  return 0;
}
