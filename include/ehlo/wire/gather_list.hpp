// SPDX-License-Identifier: BSL-1.0
// Octets on their way out as a list of views for one writev: commands, which stand in a buffer here, between octets
// that stand where the host put them. Nothing that is listed moves until it has been sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "../base/config.hpp"
#include "output_buffer.hpp"

namespace ehlo::inline v0 {

class gather_list {
 public:
  gather_list(std::span<char> commands EHLO_LIFETIMEBOUND, std::span<std::string_view> list EHLO_LIFETIMEBOUND) noexcept
      : commands_{commands},
        storage_{commands},
        list_{list.data()},
        capacity_{static_cast<std::uint32_t>(list.size())} {}

  /// What waits to be sent, in order; none of the views is empty. The same when called twice.
  [[nodiscard]] std::span<std::string_view const> waiting() const noexcept { return {list_ + head_, tail_ - head_}; }
  [[nodiscard]] bool empty() const noexcept { return head_ == tail_; }
  /// How many octets were ever listed, and how many of them sent.
  [[nodiscard]] std::uint64_t listed() const noexcept { return listed_; }
  [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }

  /// Takes the first `count` octets away. False, and nothing changed, if there are fewer.
  [[nodiscard]] bool take(std::size_t count) noexcept {
    if (count > listed_ - sent_) return false;
    sent_ += count;
    while (count != 0) {
      std::string_view& first = list_[head_];
      std::size_t const part = count < first.size() ? count : first.size();
      if (is_command(first)) (void)commands_.sent(part);
      first.remove_prefix(part);
      count -= part;
      if (first.empty()) ++head_;
    }
    if (head_ == tail_) head_ = tail_ = 0;
    if (empty() && secret_) wipe();
    return true;
  }
  void clear() noexcept {
    commands_.clear();
    listed_ = sent_;
    head_ = tail_ = 0;
    if (secret_) wipe();
  }

  /// Free octets for a command; what is written there counts after add_command().
  [[nodiscard]] std::span<char> command_room() noexcept {
    return tail_ == capacity_ ? std::span<char>{} : commands_.tail();
  }
  void add_command(std::size_t size) noexcept {
    char const* const from = commands_.tail().data();
    commands_.grow(size);
    listed_ += size;
    std::string_view& last = list_[tail_ - std::uint32_t{tail_ != head_}];
    if (tail_ != head_ && is_command(last) && last.data() + last.size() == from)
      last = {last.data(), last.size() + size};
    else
      list_[tail_++] = {from, size};
  }
  /// The command that was added last holds a secret: overwrite it when it has been sent.
  void keep_secret() noexcept { secret_ = true; }

  /// Free entries for views of other octets; what is written there counts after add_views().
  [[nodiscard]] std::span<std::string_view> view_room() noexcept { return {list_ + tail_, capacity_ - tail_}; }
  void add_views(std::size_t count) noexcept {
    for (std::size_t i = 0; i != count; ++i) listed_ += list_[tail_++].size();
  }

  /// A command in front of octets: takes the first free entry for the command, behind which the views stand already.
  void add_command_and_views(std::size_t size, std::size_t count) noexcept {
    list_[tail_] = {commands_.tail().data(), size};
    commands_.grow(size);
    add_views(1 + count);
  }

  /// How many of the commands in the list are not sent whole. Octets behind a command belong to it.
  [[nodiscard]] std::uint32_t unsent_commands() const noexcept {
    std::uint32_t count = head_ != tail_ && !is_command(list_[head_]) ? 1 : 0;
    for (std::string_view const view : waiting()) {
      if (!is_command(view)) continue;
      for (char const c : view) count += std::uint32_t{c == '\n'};
    }
    return count;
  }

  void wipe() noexcept {
    std::memset(storage_.data(), 0, storage_.size());
    secret_ = false;
  }

 private:
  [[nodiscard]] bool is_command(std::string_view view) const noexcept {
    return view.data() >= storage_.data() && view.data() < storage_.data() + storage_.size();
  }

  output_buffer commands_;
  std::span<char> storage_;
  std::string_view* list_;
  std::uint32_t capacity_;
  std::uint32_t head_ = 0;
  std::uint32_t tail_ = 0;
  std::uint64_t listed_ = 0;
  std::uint64_t sent_ = 0;
  bool secret_ = false;
};

}  // namespace ehlo::inline v0
