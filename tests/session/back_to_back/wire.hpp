// SPDX-License-Identifier: BSL-1.0
// A fake connection: two directions, each of which holds a bounded number of octets, takes its time, and may break.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "dice.hpp"
#include "ehlo/base/instant.hpp"

namespace back_to_back {

inline constexpr std::int64_t never = INT64_MAX;

/// How a direction has ended for its reader, once it has read what came before.
enum class ending { none, clean, broken, silent };

/// One direction.
class wire {
 public:
  explicit wire(std::size_t capacity) : capacity_{capacity} {}

  /// What a disturber does to the octets on their way: at the octet number `at`, `drop` octets are lost and `insert`
  /// is put in their place.
  struct disturbance {
    std::uint64_t at = UINT64_MAX;
    std::size_t drop = 0;
    std::string insert;
  };
  void disturb(disturbance d) { disturbance_ = std::move(d); }
  /// After so many octets the direction carries no more.
  void cut_after(std::uint64_t octets) { cut_at_ = octets; }
  [[nodiscard]] bool was_cut() const { return written_ > cut_at_; }

  /// How many octets can be written now. What is written into an ended direction vanishes, as in a kernel's buffer.
  [[nodiscard]] std::size_t room() const {
    if (ending_ != ending::none || was_cut()) return capacity_;
    return held_ < capacity_ ? capacity_ - held_ : 0;
  }
  void write(std::string_view octets, ehlo::instant arrival) {
    std::uint64_t const from = written_;
    written_ += octets.size();
    if (ending_ != ending::none || from >= cut_at_) return;
    std::string carried{
        octets.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(octets.size(), cut_at_ - from)))};
    disturb(carried, from);
    if (carried.empty()) return;
    held_ += carried.size();
    if (!parts_.empty() && arrival < parts_.back().arrival) arrival = parts_.back().arrival;
    parts_.push_back({arrival, std::move(carried)});
  }
  void end(ending how) {
    if (ending_ == ending::none) ending_ = how;
  }
  /// What has not been read is lost.
  void lose() {
    parts_.clear();
    held_ = 0;
  }

  [[nodiscard]] std::string read(std::size_t most, ehlo::instant now) {
    std::string octets;
    while (octets.size() < most && !parts_.empty() && parts_.front().arrival <= now) {
      std::string& front = parts_.front().octets;
      std::size_t const count = std::min(front.size(), most - octets.size());
      octets.append(front, 0, count);
      front.erase(0, count);
      if (front.empty()) parts_.pop_front();
    }
    held_ -= octets.size();
    return octets;
  }
  /// How it has ended for the reader; none while there is still something to read.
  [[nodiscard]] ending ended() const { return parts_.empty() ? ending_ : ending::none; }
  [[nodiscard]] bool empty() const { return parts_.empty(); }
  [[nodiscard]] std::int64_t next_arrival() const { return parts_.empty() ? never : parts_.front().arrival.ms; }

 private:
  struct part {
    ehlo::instant arrival;
    std::string octets;
  };

  void disturb(std::string& carried, std::uint64_t from) {
    if (disturbance_.at < from || disturbance_.at - from >= carried.size()) return;
    std::size_t const at = static_cast<std::size_t>(disturbance_.at - from);
    carried.replace(at, std::min(disturbance_.drop, carried.size() - at), disturbance_.insert);
  }

  std::size_t capacity_;
  std::size_t held_ = 0;
  std::uint64_t written_ = 0;
  std::uint64_t cut_at_ = UINT64_MAX;
  ending ending_ = ending::none;
  disturbance disturbance_;
  std::deque<part> parts_;
};

/// Both directions, and what happens to one when the other is cut.
struct connection {
  enum class accident { none, reset, silence };

  explicit connection(std::size_t capacity) : to_server{capacity}, to_client{capacity} {}

  wire to_server;
  wire to_client;
  accident kind = accident::none;
  bool loses_other_way = false;

  /// To be called after every write.
  void look() {
    if (kind == accident::none || happened_ || !(to_server.was_cut() || to_client.was_cut())) return;
    happened_ = true;
    ending const how = kind == accident::reset ? ending::broken : ending::silent;
    for (wire* const w : {&to_server, &to_client}) {
      if (loses_other_way && !w->was_cut()) w->lose();
      w->end(how);
    }
  }
  [[nodiscard]] bool happened() const { return happened_; }

 private:
  bool happened_ = false;
};

}  // namespace back_to_back
