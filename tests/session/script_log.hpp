// SPDX-License-Identifier: BSL-1.0
// The latest calls on a session, for a failure's message. Hardly any is ever read, so they become text only then.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "script.hpp"

namespace ehlo_script {

class call_log {
 public:
  /// next() told this. The name outlives the log, as the step does.
  void note(std::string_view event, std::size_t offered, std::size_t used) {
    calls_[count_++ % calls_.size()] = {event, nullptr, offered, used};
  }
  void note(script_step const& action) { calls_[count_++ % calls_.size()] = {{}, &action, 0, 0}; }

  [[nodiscard]] std::string text() const {
    std::string out;
    for (std::size_t i = count_ < calls_.size() ? 0 : count_ - calls_.size(); i != count_; ++i) {
      std::string line = text_of(calls_[i % calls_.size()]);
      if (line.size() > 120) line.replace(100, line.npos, "...");
      out += "    " + line + '\n';
    }
    return out;
  }

 private:
  struct call {
    std::string_view event;
    script_step const* action;
    std::size_t offered;
    std::size_t used;
  };

  static std::string text_of(call const& one) {
    if (one.action != nullptr) return "> " + one.action->text + ' ' + escape(one.action->rest);
    return std::string{one.event} + " (" + std::to_string(one.offered) + " octets offered, " +
           std::to_string(one.used) + " used)";
  }

  std::array<call, 16> calls_{};
  std::size_t count_ = 0;
};

}  // namespace ehlo_script
