// SPDX-License-Identifier: BSL-1.0
// Any facts about a failure, and any octets as names: there is a diagnosis, and its text gives a shell nothing that it
// would not have been given with harmless names.
#include "ehlo/trace/diagnosis.hpp"
#include "check.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "ehlo/trace/diagnosis_text.hpp"

namespace {

using fuzz::check;

std::string text_of(ehlo::trace::diagnosis const& d, ehlo::trace::command_values const& values) {
  std::array<char, ehlo::trace::diagnosis_text_room> room{};
  ehlo::text_writer out{room};
  check(write_diagnosis(out, d, values));
  return std::string{out.written()};
}

/// What is left without names: everything that means something to a shell, and the words of the diagnosis are not.
std::string for_a_shell(std::string text) {
  std::erase_if(text,
                [](char c) { return ehlo::is_digit(c) || ehlo::is_alpha(c) || c == '.' || c == '_' || c == ':'; });
  std::erase(text, '-');
  return text;
}

/// As harmless as it can be, of the same kind.
std::string_view harmless(std::string_view value) {
  if (!ehlo::trace::is_plain_host(value)) return {};
  using enum ehlo::literal_kind;
  return ehlo::parse_ip_address(value).kind == ipv6 ? "2001:db8::1" : "mx.example.org";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < 12) return 0;
  auto const number = [&](std::size_t at) { return static_cast<std::uint16_t>(data[at] * 256U + data[at + 1]); };
  ehlo::trace::failure const f{.transport = static_cast<ehlo::trace::transport_failure>(data[0]),
                               .error = static_cast<ehlo::errc>(data[1]),
                               .at = static_cast<ehlo::trace::stage>(data[2]),
                               .code = static_cast<std::uint16_t>(number(3) % 700),
                               .status = {static_cast<std::uint8_t>(data[5] % 8), data[6], number(7)},
                               .port = number(9),
                               .tls = static_cast<ehlo::trace::tls_state>(data[11])};
  ehlo::trace::diagnosis const& d = diagnose(f);
  check(!d.name.empty() && !d.symptom.empty() && !d.causes().empty() && !d.checks().empty());
  check(!(f.code.number() >= 400) || d.name != "not_known");

  std::array<std::string_view, 5> names;
  std::string_view rest{reinterpret_cast<char const*>(data) + 12, size - 12};
  for (std::string_view& one : names) {
    one = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
  }
  std::string const text = text_of(d, {names[0], f.port, names[1], names[2], names[3], names[4]});
  for (char const c : text) check(c == '\n' || (c >= ' ' && c <= '~'));
  std::string const reference = text_of(
      d, {harmless(names[0]), f.port, harmless(names[1]), harmless(names[2]), harmless(names[3]), harmless(names[4])});
  check(for_a_shell(text) == for_a_shell(reference));
  return 0;
}
