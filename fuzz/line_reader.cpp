// SPDX-License-Identifier: BSL-1.0
// Any octets, any limit, any cuts: the same lines as from the whole, in bounded memory, each octet consumed once.
#include "ehlo/wire/line_reader.hpp"
#include "check.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace {

using fuzz::check;

constexpr std::size_t head = 6;

/// What was said: a letter and the line.
std::string obvious(std::string_view in, std::size_t limit, bool accept) {
  std::string said;
  for (std::size_t lf = in.find('\n'); lf != std::string_view::npos; lf = in.find('\n')) {
    bool const bare = lf == 0 || in[lf - 1] != '\r';
    if (bare && !accept)
      said += "!\n";
    else if (lf + 1 > limit)
      said.append(bare ? "t" : "T").append(in.substr(0, limit < 16 ? limit : 16)).append("\n");
    else
      said.append(bare ? "b" : "l").append(in.substr(0, lf - (bare ? 0 : 1))).append("\n");
    in.remove_prefix(lf + 1);
  }
  return said + std::to_string(in.size() > limit ? 0 : in.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using status = ehlo::line_reader::status;
  if (size < head) return 0;
  std::size_t const limit = data[0] * 2U;
  std::size_t const storage_size = data[1] * 2U;
  bool const accept = (data[2] & 1) != 0;
  std::uint32_t cuts = data[3] | static_cast<std::uint32_t>(data[4]) << 8;
  std::string text;
  for (unsigned round = 0; round <= data[5] % 16U; ++round) {
    text.append(reinterpret_cast<char const*>(data) + head, size - head);
    text.append(data[5] / 4U, 'x');
  }

  ehlo::line_reader reader;
  std::unique_ptr<char[]> const storage(new char[storage_size]);
  std::size_t const bound = limit < storage_size ? limit : storage_size;
  std::string said;
  for (std::size_t offered = 0; offered != text.size();) {
    cuts = cuts * 1664525U + 1013904223U;
    std::size_t piece_size = 1 + (cuts >> 16) % ((cuts >> 30) == 0 ? 2U : (cuts >> 30) == 1 ? 20U : 300U);
    if (piece_size > text.size() - offered) piece_size = text.size() - offered;
    std::unique_ptr<char[]> const piece(new char[piece_size]);
    text.copy(piece.get(), piece_size, offered);
    offered += piece_size;
    std::string_view in{piece.get(), piece_size};
    for (;;) {
      std::size_t const before = in.size();
      auto const [what, line, bare] = reader.read(in, {storage.get(), storage_size}, limit, accept);
      check(in.data() + in.size() == piece.get() + piece_size);
      check(reader.stored() <= bound);
      if (what == status::need_input) {
        check(in.empty());
        break;
      }
      check(in.size() < before);
      check(what != status::bare_lf || line.empty());
      if (what == status::bare_lf)
        said += "!\n";
      else if (what == status::too_long)
        said.append(bare ? "t" : "T").append(line).append("\n");
      else
        said.append(bare ? "b" : "l").append(line).append("\n");
    }
  }
  check(said + std::to_string(reader.stored()) == obvious(text, bound, accept));
  return 0;
}
