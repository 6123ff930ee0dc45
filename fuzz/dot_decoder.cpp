// SPDX-License-Identifier: BSL-1.0
// Any text, any rules, any cuts, any scratch: the decoder says what the obvious one says of the whole.
#include "ehlo/wire/dot_decoder.hpp"
#include "check.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "../tests/wire/reference_decoder.hpp"

namespace {

using fuzz::check;

// The first octets choose the rules, the scratch and the cuts; the rest is the text.
constexpr std::size_t head = 8;

reference::decoded decode_in_pieces(std::string_view text, ehlo::text_rules rules, std::size_t scratch_size,
                                    std::uint32_t cuts) {
  reference::decoded said;
  ehlo::dot_decoder decoder;
  decoder.start(rules);
  std::unique_ptr<char[]> const scratch(new char[scratch_size]);
  std::size_t offered = 0;
  while (offered != text.size() && said.end_at == reference::decoded::never) {
    cuts = cuts * 1664525U + 1013904223U;
    std::size_t size = 1 + (cuts >> 16) % ((cuts >> 30) == 0 ? 3U : (cuts >> 30) == 1 ? 40U : 700U);
    if (size > text.size() - offered) size = text.size() - offered;
    std::unique_ptr<char[]> const piece(new char[size]);  // nothing readable behind it, and gone after the call
    text.copy(piece.get(), size, offered);
    std::string_view in{piece.get(), size};
    for (;;) {
      std::size_t const before = in.size();
      auto const [what, body] = decoder.decode(in, {scratch.get(), scratch_size});
      check(in.size() <= before);
      check(in.data() + in.size() == piece.get() + size);  // each octet once, in order
      offered += before - in.size();
      check((what == ehlo::dot_decoder::status::text) == !body.empty());
      if (what == ehlo::dot_decoder::status::need_input) {
        check(in.empty());
        break;
      }
      if (what == ehlo::dot_decoder::status::text) {
        check(said.refused_at == reference::decoded::never);
        said.body += body;
      } else if (what == ehlo::dot_decoder::status::refused) {
        check(said.refused_at == reference::decoded::never);
        said.refused_at = offered;
      } else {
        said.end_at = offered;
        break;
      }
    }
  }
  said.used = decoder.used();
  said.violation = decoder.violation();
  return said;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using ehlo::tolerance;
  if (size < head) return 0;
  ehlo::text_rules rules;
  rules.newline = (data[0] & 1) != 0 ? ehlo::bare_newline::normalize : ehlo::bare_newline::reject;
  if ((data[0] & 2) != 0) rules.allowed |= tolerance::nul_in_text;
  if ((data[0] & 4) != 0) rules.allowed |= tolerance::undeclared_8bit;
  if ((data[0] & 8) != 0) rules.allowed |= tolerance::long_text_line;
  rules.max_line = (data[0] & 16) != 0 ? 1000U : 2U + data[1];
  std::size_t const scratch_size = 64U + data[2] * ((data[0] & 32) != 0 ? 1U : 8U);
  std::uint32_t const cuts =
      data[3] | static_cast<std::uint32_t>(data[4]) << 8 | static_cast<std::uint32_t>(data[5]) << 16;
  // Most of what matters needs long texts: repeat the given one.
  std::string text;
  for (unsigned round = 0; round <= data[6] % 32U; ++round) {
    text.append(reinterpret_cast<char const*>(data) + head, size - head);
    text.append(data[7] % 128U, 'x');
  }
  reference::decoded const expected = reference::decode(text, rules);
  check(decode_in_pieces(text, rules, scratch_size, cuts) == expected);
  check(decode_in_pieces(text, rules, 2048, cuts + 1) == expected);
  return 0;
}
