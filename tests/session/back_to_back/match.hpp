// SPDX-License-Identifier: BSL-1.0
// One run: an ehlo::client and an ehlo::server on a fake wire, with a virtual clock that moves only when both wait.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "client_host.hpp"
#include "dice.hpp"
#include "judge.hpp"
#include "referee.hpp"
#include "server_host.hpp"
#include "setting.hpp"
#include "wire.hpp"

namespace back_to_back {

/// What happens to the connection, beside delays.
enum class trouble { none, cut, disturbed };

/// What a run came to, so that a test can see that all of it was visited.
struct tally {
  std::size_t transactions = 0;
  std::size_t recipients[7]{};
  std::size_t bodies = 0;  ///< stored
  std::size_t chunked = 0;
  std::size_t handshakes = 0;
  std::size_t refused_envelopes = 0;
  std::size_t cuts = 0;
  std::size_t challenges = 0;
};

class match {
 public:
  match(std::uint64_t seed, std::string_view octets, trouble what, bool keeps_log)
      : dice_{seed, octets}, referee_{keeps_log}, setting_{setting_maker{dice_}.make()}, what_{what} {
    if (what == trouble::cut) plan_cut();
    if (what == trouble::disturbed) plan_disturbance();
    if (setting_.client.check() || setting_.server.check()) referee_.expect(false, "the options are valid");
  }

  /// Empty if nothing went wrong.
  std::string play(tally* counts = nullptr) {
    play_to_the_end();
    if (what_ != trouble::disturbed && !referee_.failed())
      judge{setting_, referee_, !connection_.happened()}.compare(client_, server_);
    if (counts != nullptr) count(*counts);
    return referee_.failed() ? referee_.report() : std::string{};
  }

 private:
  void play_to_the_end() {
    constexpr std::size_t most_steps = 4'000'000;
    for (std::size_t i = 0; !referee_.failed() && !(client_.closed() && server_.closed()); ++i) {
      referee_.expect(i < most_steps, "progress");
      bool const client_first = dice_.percent(50);
      bool moved = client_first ? client_.step(now_) : server_.step(now_);
      if (dice_.percent(80)) moved |= client_first ? server_.step(now_) : client_.step(now_);
      if (moved) continue;
      if (client_.step(now_) || server_.step(now_)) continue;
      if (client_.waits_for_tls() && server_.waits_for_tls())
        shake_hands();
      else if (!wait_for_something())
        break;
    }
  }

  void shake_hands() {
    bool const clean = connection_.to_client.empty() && connection_.to_server.empty();
    referee_.expect(clean || what_ == trouble::disturbed, "nothing is on the wire when the handshake begins");
    ++handshakes_;
    bool const fine = !dice_.percent(setting_.policy.fails_handshake);
    client_.shake_hands(fine, !dice_.percent(setting_.policy.fails_handshake));
    server_.shake_hands(fine);
  }

  /// Nobody can do anything now. A deadline may pass only where the connection is in trouble: otherwise both wait for
  /// each other.
  bool wait_for_something() {
    std::int64_t next = never;
    for (std::int64_t const t :
         {connection_.to_client.next_arrival(), connection_.to_server.next_arrival(), server_.next_answer()})
      if (t > now_.ms) next = std::min(next, t);
    bool const in_trouble = connection_.happened() || what_ == trouble::disturbed;
    std::int64_t const deadline = std::min(client_.next_deadline(), server_.next_deadline());
    bool const host_is_slow = setting_.server.host_timeout != 0 && server_.next_answer() > now_.ms;
    if (in_trouble || (host_is_slow && deadline <= next)) next = std::min(next, deadline);
    referee_.expect(next != never, "no deadlock");
    if (next == never) return false;
    if (now_.ms < next) now_.ms = next;
    client_.expire(now_);
    server_.expire(now_);
    return true;
  }

  std::uint64_t some_offset() { return dice_.percent(50) ? dice_.below(400) : dice_.size(60000); }
  wire& one_way() { return dice_.percent(50) ? connection_.to_client : connection_.to_server; }

  void plan_cut() {
    one_way().cut_after(some_offset());
    connection_.kind = dice_.percent(60) ? connection::accident::reset : connection::accident::silence;
    connection_.loses_other_way = dice_.percent(50);
  }
  void plan_disturbance() {
    setting_.disturbed = true;
    constexpr std::array<std::string_view, 10> texts{"250 ok\r\n",       "220 hello\r\n",   "421 bye\r\n", "354 go\r\n",
                                                     "550 5.1.1 no\r\n", "250-more\r\n",    "\r\n.\r\n",   "RSET\r\n",
                                                     "BDAT 3\r\nabc",    "MAIL FROM:<>\r\n"};
    for (wire* const w : {&connection_.to_client, &connection_.to_server}) {
      if (dice_.percent(30)) continue;
      wire::disturbance d;
      d.at = some_offset();
      if (dice_.percent(50)) d.drop = dice_.size(300);
      for (std::size_t i = dice_.below(4); i != 0; --i) d.insert += dice_.of(texts);
      w->disturb(std::move(d));
    }
    if (dice_.percent(20)) plan_cut();
  }

  void count(tally& t) const {
    for (submitted const& s : client_.transactions()) {
      ++t.transactions;
      if (s.by_chunks) ++t.chunked;
      for (ehlo::recipient const& r : s.message.recipients) ++t.recipients[static_cast<std::size_t>(r.state)];
    }
    for (received const& r : server_.transactions())
      t.bodies += static_cast<std::size_t>(
          std::any_of(r.verdicts.begin(), r.verdicts.end(), [](decision const& d) { return d.yes; }));
    t.handshakes += handshakes_;
    t.refused_envelopes += client_.refused_envelopes();
    t.cuts += std::size_t{connection_.happened()};
    t.challenges += client_.challenges.size();
  }

  dice dice_;
  referee referee_;
  setting setting_;
  trouble what_;
  ehlo::instant now_{1000};
  connection connection_{setting_.capacity};
  server_host server_{setting_, dice_, connection_, referee_, now_};
  client_host client_{setting_, dice_, connection_, referee_, now_};
  std::size_t handshakes_ = 0;
};

}  // namespace back_to_back
