// SPDX-License-Identifier: BSL-1.0
// Both sessions on a wire: the input chooses options, mail, answers, delays, and what happens to the connection. The
// oracles are those of tests/session/back_to_back: what is stored is what was given, what is reported is what was done,
// nobody waits for nothing, and what begins, ends once; where octets are lost or put in on the way, the last two.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "../tests/session/back_to_back/match.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const all{reinterpret_cast<char const*>(data), size};
  if (size < 3) return 0;
  constexpr back_to_back::trouble kinds[] = {back_to_back::trouble::none, back_to_back::trouble::cut,
                                             back_to_back::trouble::disturbed};
  auto const what = kinds[data[0] % 3];
  std::uint64_t const seed = data[1] + 256U * data[2];
  auto const play = [&](bool keeps_log) {
    return std::make_unique<back_to_back::match>(seed, all.substr(3), what, keeps_log)->play();
  };
  if (play(false).empty()) return 0;
  std::fprintf(stderr, "broken promise: %s\n", play(true).c_str());
  std::abort();
}
