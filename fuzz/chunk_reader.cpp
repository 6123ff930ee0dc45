// SPDX-License-Identifier: BSL-1.0
// Any announced size, any cuts: exactly that many octets, as views of the input, and none after.
#include "ehlo/wire/chunk_reader.hpp"
#include "check.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace {

using fuzz::check;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::uint64_t announced = 0;
  if (size < 1 + sizeof announced) return 0;
  std::memcpy(&announced, data + 1, sizeof announced);
  if ((data[0] & 1) != 0) announced %= 512;
  std::string_view const all{reinterpret_cast<char const*>(data) + 9, size - 9};

  ehlo::chunk_reader chunk;
  chunk.start(announced);
  std::string taken;
  std::size_t left_over = 0;
  std::uint32_t cuts = data[0];
  for (std::size_t offered = 0; offered != all.size();) {
    cuts = cuts * 1664525U + 1013904223U;
    std::string_view in = all.substr(offered, 1 + (cuts >> 16) % 40U);
    char const* const begin = in.data();
    offered += in.size();
    std::string_view const part = chunk.take(in);
    check(part.data() == begin && part.data() + part.size() == in.data());
    check(in.empty() || chunk.done());
    taken += part;
    left_over += in.size();
    check(chunk.left() == announced - taken.size());
  }
  std::size_t const wanted = announced < all.size() ? static_cast<std::size_t>(announced) : all.size();
  check(taken == all.substr(0, wanted) && left_over == all.size() - wanted);
  check(chunk.done() == (announced <= all.size()));
  return 0;
}
