// SPDX-License-Identifier: BSL-1.0
// Whatever a client says of itself: the Received line is one Time-stamp-line by a second reading of the grammar, and is
// counted as one in front of any message, however that is cut.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "../tests/trace/stamp_checker.hpp"
#include "check.hpp"
#include "ehlo/trace/received.hpp"
#include "ehlo/trace/received_count.hpp"
#include "ehlo/trace/return_path.hpp"

namespace {

using fuzz::check;
using namespace ehlo;
using namespace ehlo::trace;

std::uint32_t counted(std::string_view text, std::size_t cut) {
  trace::received_count counter;
  while (!text.empty()) {
    counter.take(text.substr(0, cut));
    text.remove_prefix(cut < text.size() ? cut : text.size());
  }
  return counter.count();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < 2 || size > 4096) return 0;
  std::string_view rest{reinterpret_cast<char const*>(data), size};
  unsigned const flags = static_cast<unsigned char>(rest[0]);
  unsigned const more = static_cast<unsigned char>(rest[1]);
  rest.remove_prefix(2);
  auto const next = [&] {
    std::size_t const end = rest.find('\xFE');
    std::string_view const text = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return text;
  };
  received r;
  r.with = {(flags & 1U) != 0, (flags & 2U) != 0, (flags & 4U) != 0, (flags & 8U) != 0, (flags & 16U) != 0};
  r.hello = next();
  r.client_name = next();
  r.recipient = next();
  r.authenticated_as = next();
  std::string_view const path = next();
  if ((flags & 32U) != 0) r.client = parse_ip_address((flags & 64U) != 0 ? "192.0.2.1" : "2001:db8::1");
  r.hostname = "mx.example.org";
  if ((flags & 128U) != 0) r.tls_cipher = "TLS_AES_128_GCM_SHA256";
  r.unix_seconds = std::int64_t{more} * 100'000'007;
  r.offset_minutes = static_cast<std::int16_t>(int(more) * 11 - 1400);

  std::array<char, received_room> room{};
  text_writer out{room};
  check(write_received(out, r) == errc::ok);
  std::string const line(out.written());
  stamp::checker checker{line, r.with.smtputf8};
  check(checker.line() && stamp::is_folded(line) && checker.protocol == r.with.name());
  check(r.authenticated_as.empty() == (checker.comment.find("(AUTH ") == std::string::npos) || !r.hello.empty());

  std::string const message = line + std::string(rest);
  std::uint32_t const count = counted(message, message.size());
  check(count == counted(rest, rest.size()) + 1 || rest.empty());
  for (std::size_t const cut : {std::size_t{1}, std::size_t{2}, std::size_t{more} + 1})
    check(counted(message, cut) == count);

  std::array<char, return_path_room> path_room{};
  text_writer path_out{path_room};
  errc const e = write_return_path(path_out, path);
  check(e != errc::local_room && (e == errc::ok || path_out.written().empty()));
  if (e == errc::ok) check(path_out.written().ends_with("<" + std::string(path) + ">\r\n"));
  return 0;
}
