// SPDX-License-Identifier: BSL-1.0
// What a user writes first: two files that include the library, linked into one program.
#include <ehlo/ehlo.hpp>

#include <cstdio>
#include <string_view>

std::string_view greeting_of_another_unit(ehlo::server& smtp);

int main() {
  static constexpr ehlo::server_options options{.hostname = "mx.example.org"};
  static_assert(!options.check());
  ehlo::server smtp{options, {}};
  std::string_view const greeting = greeting_of_another_unit(smtp);
  static constexpr ehlo::client_options client_options{.hostname = "client.example.org"};
  static_assert(!client_options.check());
  ehlo::client client{client_options, {}};
  std::string_view in = greeting;
  if (client.next(in, {}).reply().code() != 220 || client.output().empty()) return 1;
  std::printf("ehlo %d.%d.%d: %.*s", EHLO_VERSION_MAJOR, EHLO_VERSION_MINOR, EHLO_VERSION_PATCH,
              static_cast<int>(greeting.size()), greeting.data());
  return greeting == "220 mx.example.org ESMTP\r\n" ? 0 : 1;
}
