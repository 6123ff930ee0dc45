// SPDX-License-Identifier: BSL-1.0
// Any octets as a path. What is accepted holds no control, lies within the line, reads the same twice and in every
// laxer preset, and survives writing.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "ehlo/base/ascii.hpp"
#include "ehlo/grammar/path.hpp"
#include "ehlo/grammar/path_writer.hpp"
#include "ehlo/grammar/quoted_string.hpp"

namespace {

using namespace ehlo;

void require(bool holds) {
  if (!holds) std::abort();
}

struct outcome {
  std::size_t end = 0;
  path_range range;
  tolerance used = tolerance::none;
  errc why = errc::ok;
};

outcome parse(std::string_view line, std::size_t at, path_rules rules) {
  outcome found;
  found.end = parse_path(line, at, rules, found.range, found.used, found.why);
  return found;
}

bool same(path_range const& a, path_range const& b) {
  return a.begin == b.begin && a.local == b.local && a.at == b.at && a.end == b.end && a.kind == b.kind &&
         a.utf8 == b.utf8;
}

/// The meaning of the local part, written afresh, is a path with the same meaning.
void check_rewritten(path_view const& path) {
  std::array<char, 2048> meaning{};
  decoded const local = decode_local_part(path.local_part, meaning);
  require(local.valid);
  std::array<char, 4096> storage{};
  text_writer out{storage};
  bool const short_enough = path.raw.size() < 1000;
  bool const written = write_path(out, local.text(meaning), path.domain);
  require(written || !short_enough);
  if (!written) return;
  outcome const again = parse(out.written(), 0, {lenient, true, path.kind == path_kind::null});
  require(again.end == out.written().size());
  std::array<char, 2048> meaning_again{};
  path_view const read = view(out.written(), again.range);
  require(decode_local_part(read.local_part, meaning_again).text(meaning_again) == local.text(meaning));
  require(read.domain == path.domain && read.kind == path.kind);
}

void check_accepted(std::string_view line, std::size_t at, path_rules rules, outcome const& found) {
  require(found.end > at && found.end <= line.size());
  require(found.range.begin == at && found.range.end == found.end);
  require(found.range.local <= found.range.at && found.range.at <= found.range.end);
  require(allows(rules.allowed, found.used));
  path_view const path = view(line, found.range);
  require(path.raw == line.substr(at, found.end - at));
  bool eight_bit = false;
  for (char const c : path.raw) {
    require(octet(c) >= 0x20 && octet(c) != 0x7F);
    eight_bit = eight_bit || octet(c) > 0x7F;
  }
  require(eight_bit == path.utf8 && (rules.utf8 || !eight_bit));
  require(is_utf8(path.raw));
  check_rewritten(path);
  outcome const laxer = parse(line, at, {lenient, true, rules.reverse});
  require(laxer.end == found.end && same(laxer.range, found.range) && laxer.used == found.used);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const line{reinterpret_cast<char const*>(data), size};
  if (size > 2048) return 0;
  for (std::size_t const at : {std::size_t{0}, size / 2}) {
    for (tolerance const allowed : {strict, interoperable, lenient}) {
      for (unsigned flags = 0; flags != 4; ++flags) {
        path_rules const rules{allowed, (flags & 1U) != 0, (flags & 2U) != 0};
        outcome const found = parse(line, at, rules);
        outcome const again = parse(line, at, rules);
        require(found.end == again.end && found.why == again.why && found.used == again.used);
        if (found.end != 0) {
          check_accepted(line, at, rules, found);
        } else {
          require(found.why != errc::ok && found.used == tolerance::none);
        }
      }
    }
  }
  return 0;
}
