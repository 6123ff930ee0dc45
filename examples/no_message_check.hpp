// SPDX-License-Identifier: BSL-1.0
// What message_check.hpp is where there is no c-ares or no OpenSSL: the same names, so that its users need no #if.
#pragma once

#include <poll.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/model/reply.hpp"
#include "listener.hpp"
#include "maildir.hpp"
#include "serve_options.hpp"
#include "trace_lines.hpp"

namespace serve {

/// Never comes to be: it only lets its users compile.
class message_check {
 public:
  [[nodiscard]] bool write(std::string_view) { return false; }
  void end(ehlo::instant) {}
  [[nodiscard]] bool done() const { return true; }
  [[nodiscard]] ehlo::instant deadline() const { return never; }
  void on_deadline(ehlo::instant) {}
  [[nodiscard]] ehlo::reply refusal() const { return {}; }
  [[nodiscard]] bool is_junk() const { return false; }
  [[nodiscard]] std::string results() const { return {}; }
  [[nodiscard]] std::string finding() const { return {}; }
  [[nodiscard]] bool copy_to(incoming_message&) const { return false; }
};

class message_checks {
 public:
  message_checks(options const&, maildir&, maildir const& junk_folder) : junk{junk_folder} {}
  static std::string error(options const&) { return {}; }
  std::shared_ptr<message_check> begin(client const&, std::string_view, bool, ehlo::instant) { return {}; }
  ehlo::instant add_to(std::vector<pollfd>&) { return never; }
  void proceed(pollfd const*&) {}

  maildir junk;
};

}  // namespace serve
