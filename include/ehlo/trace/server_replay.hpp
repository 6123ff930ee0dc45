// SPDX-License-Identifier: BSL-1.0
// Plays a recorded session to a server again: the client's octets go in, the host's answers are those that the
// recorded server gave, and every octet of output has to be what was recorded. So a recording, with the options, is a
// bug report that anybody can run.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../grammar/reply_line.hpp"
#include "../model/tls_facts.hpp"
#include "../session/server_core.hpp"
#include "replay_result.hpp"

namespace ehlo::inline v0::trace {

inline namespace EHLO_ISA {

class server_replay {
 public:
  /// The session has just begun, with options as they were then. Both texts live as long as this object. A challenge
  /// of an AUTH exchange is not compared: a recording has none.
  server_replay(server_core& smtp EHLO_LIFETIMEBOUND, std::string_view client EHLO_LIFETIMEBOUND,
                std::string_view server EHLO_LIFETIMEBOUND) noexcept
      : smtp_{smtp}, client_{client}, server_{server}, whole_{server.size()} {}

  /// Plays to the end. `now` is the time of all of it; a timeout that was recorded is made to pass.
  [[nodiscard("it says whether the session went as recorded")]] replay_result run(instant now) noexcept {
    replay_result result;
    for (;;) {
      server_event const e = smtp_.next(client_, now);
      if (e.is_question() && compare()) {
        if (server_.empty()) break;  // the recording ends before the host had answered
        answer();
      }
      bool const over =
          e.type() == event_type::closed || e.type() == event_type::misuse || e.type() == event_type::need_reply;
      if (!compare() || over) break;
      if (e.type() == event_type::need_tls) smtp_.tls_started(tls_facts{});
      if (e.type() == event_type::need_input && !end_as_recorded(now)) break;
    }
    result.same = server_.empty() && smtp_.output().empty();
    result.matched = whole_ - server_.size();
    result.unread = client_.size();
    return result;
  }

 private:
  /// The recorded reply that comes next, as an answer. Of one of several lines all but the last were reply_line()s.
  void answer() noexcept {
    reply_line l;
    std::string_view rest = server_;
    for (;;) {
      std::string_view const text = rest.substr(0, rest.find("\r\n"));
      if (parse_reply_line(text, l) != errc::ok) {
        smtp_.reject({451, {4, 3, 0}, "not recorded"});
        return;
      }
      if (l.last) break;
      static_cast<void>(smtp_.reply_line(l.message()));
      rest.remove_prefix(text.size() + (text.size() == rest.size() ? 0 : 2));
    }
    reply const said{l.code, l.status, l.message()};
    errc how = errc::ok;
    if (l.code == 334)
      how = smtp_.challenge("x");
    else if (l.code.severity() == severity::intermediate)
      how = smtp_.accept();
    else
      how = l.code.is_success() ? smtp_.accept(said) : smtp_.reject(said);
    if (how != errc::ok) smtp_.accept(l.message());
  }
  /// What was written is what was recorded, line by line.
  bool compare() noexcept {
    while (!smtp_.output().empty()) {
      std::string_view const out = smtp_.output();
      std::string_view const ours = out.substr(0, out.find('\n') + 1);
      std::string_view const recorded = server_.substr(0, server_.find('\n') + 1);
      bool const challenge = ours.starts_with("334 ") && recorded.starts_with("334");
      if (ours != recorded && !challenge) return false;
      server_.remove_prefix(recorded.size());
      smtp_.sent(ours.size());
    }
    return true;
  }
  /// Nothing more comes from the client, and the server has said something: its time was over, or its service.
  bool end_as_recorded(instant& now) noexcept {
    reply_line l;
    if (parse_reply_line(server_.substr(0, server_.find("\r\n")), l) != errc::ok || l.code != 421) return false;
    if (l.status == enhanced_code{4, 4, 2} && smtp_.deadline()) {
      now = smtp_.deadline().at;
      return smtp_.on_deadline(now) == errc::ok;
    }
    return smtp_.shutdown({421, l.status, l.message()}) == errc::ok;
  }

  server_core& smtp_;
  std::string_view client_;
  std::string_view server_;
  std::size_t whole_;
};

}  // namespace EHLO_ISA
}  // namespace ehlo::inline v0::trace
