// SPDX-License-Identifier: BSL-1.0
// What failures mean, for people: each meaning once, behind all that happened. Facts and codes lead to it, never the
// words of a reply.
#pragma once

#include <netdb.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/trace/diagnosis.hpp"
#include "ehlo/trace/diagnosis_text.hpp"
#include "send_options.hpp"

namespace sending {

namespace trace = ehlo::trace;

/// What the system says of a connection, by errno.
inline trace::transport_failure failure_of(int error) {
  using enum trace::transport_failure;
  switch (error) {
    case ECONNREFUSED: return refused;
    case ETIMEDOUT: return timeout;
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE: return reset;
    case EACCES:
    case EPERM: return not_permitted;
    default: return unreachable;
  }
}
/// And of a name, as getaddrinfo() does.
inline trace::transport_failure failure_of_look_up(int error) {
  using enum trace::transport_failure;
#ifdef EAI_NODATA
  if (error == EAI_NODATA) return no_address;
#endif
  return error == EAI_NONAME ? name_not_found : error == EAI_SERVICE ? none : name_server_failed;
}

class diagnoses {
 public:
  explicit diagnoses(options const& o) : o_{o} {}

  /// The first of each meaning counts: its recipient is what the commands to check with are about.
  void add(trace::failure f, std::string_view recipient = {}) {
    if (f.port == 0) std::from_chars(o_.port.data(), o_.port.data() + o_.port.size(), f.port);
    trace::diagnosis const& what = diagnose(f);
    auto const same = [&](meaning const& one) { return one.what->name == what.name; };
    if (std::none_of(all_.begin(), all_.end(), same)) all_.push_back({&what, f.port, domain_of(recipient)});
  }

  /// Unless --quiet forbids it.
  void tell(std::FILE* to = stderr) const {
    if (o_.quiet) return;
    for (meaning const& one : all_) {
      if (&one != all_.data()) std::fputc('\n', to);
      std::array<char, trace::diagnosis_text_room> room;
      ehlo::text_writer text{room};
      trace::command_values const values{.host = o_.host,
                                         .port = one.port,
                                         .domain = one.domain,
                                         .sender_domain = domain_of(o_.from),
                                         .helo = o_.smtp.hostname};
      (void)write_diagnosis(text, *one.what, values);  // there is room for any
      std::fwrite(text.written().data(), 1, text.written().size(), to);
    }
  }

 private:
  struct meaning {
    trace::diagnosis const* what;
    std::uint16_t port;
    std::string_view domain;
  };

  static std::string_view domain_of(std::string_view path) {
    if (path.ends_with('>')) path.remove_suffix(1);
    std::size_t const at = path.rfind('@');
    return at == std::string_view::npos ? std::string_view{} : path.substr(at + 1);
  }

  options const& o_;
  std::vector<meaning> all_;
};

}  // namespace sending
