// SPDX-License-Identifier: BSL-1.0
// What ehlo-send tells its user: a line for each recipient with what became of the message and the reply that decided,
// and the exit status that comes of all of them.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "ehlo/client.hpp"
#include "send_options.hpp"

namespace sending {

/// A peer does not get to move the reader's cursor.
inline std::string printable(std::string_view text) {
  std::string shown{text};
  for (char& c : shown)
    if (ehlo::octet(c) < 0x20 || c == 0x7F) c = '?';
  return shown;
}

inline std::string text_of(ehlo::enhanced_code status) {
  return std::to_string(status.status_class) + "." + std::to_string(status.subject) + "." +
         std::to_string(status.detail);
}
/// On one line, code and status once.
inline std::string text_of(ehlo::reply_view const& reply) {
  std::string text = std::to_string(reply.code().number());
  if (reply.status()) text += " " + text_of(reply.status());
  for (ehlo::reply_line const& line : reply.lines())
    if (!line.message().empty()) text.append(" ").append(line.message());
  return printable(text);
}

/// The engine keeps codes, not texts: those are in the `reply` event alone.
class reply_texts {
 public:
  explicit reply_texts(bool lmtp) : lmtp_{lmtp} {}

  void keep(ehlo::client_event const& e) {
    last_ = text_of(e.reply());
    texts_[key(e.phase(), e.recipient())] = last_;
  }
  void forget() { texts_.clear(); }

  /// What decides is told right behind the reply that decided it.
  [[nodiscard]] std::string const& last() const { return last_; }
  /// The reply that decided about the recipient, if one did. A 421, always the last, decides about those whose own
  /// reply never came, too.
  [[nodiscard]] std::string decision(ehlo::recipient const& r, std::size_t index) const {
    if (!r.code) return {};
    auto const found = texts_.find(key(r.decided_by, index));
    return r.code == 421 || found == texts_.end() ? last_ : found->second;
  }

 private:
  using phase_and_index = std::pair<ehlo::reply_phase, std::size_t>;

  [[nodiscard]] phase_and_index key(ehlo::reply_phase phase, std::size_t index) const {
    bool const each = phase == ehlo::reply_phase::rcpt || (lmtp_ && phase == ehlo::reply_phase::verdict);
    return {phase, each ? index : 0};
  }

  std::map<phase_and_index, std::string> texts_;
  std::string last_;
  bool lmtp_;
};

inline bool is_protocol_error(ehlo::errc e) {
  using enum ehlo::errc;
  return e == peer_reply || e == peer_reply_too_long || e == peer_reply_code || e == peer_surplus_reply;
}
/// Whether it is the last reply that means this, so that it says more.
inline bool is_said_by_reply(ehlo::errc e) {
  using enum ehlo::errc;
  return e == peer_reply_code || e == peer_surplus_reply || e == peer_closing;
}

/// The exit status for a recipient that nothing was decided about, or only by the loss of the connection.
inline int status_of(ehlo::errc why, ehlo::advice what) {
  if (is_protocol_error(why)) return status::protocol;
  return what == ehlo::advice::give_up || what == ehlo::advice::convert ? status::refused : status::later;
}

class report {
 public:
  /// On standard error where standard output is the connection.
  explicit report(bool to_standard_error) : to_{to_standard_error ? stderr : stdout} {}

  void recipient(std::string_view file, std::string_view path, std::string_view outcome, std::string_view why,
                 int exit_status) {
    clear_progress();
    std::string line{file};
    line.append(": ").append(printable(path)).append(": ").append(outcome);
    if (!why.empty()) line.append(": ").append(why);
    line += '\n';
    std::fwrite(line.data(), 1, line.size(), to_);
    std::fflush(to_);
    status_ = (std::max)(status_, exit_status);
  }
  [[nodiscard]] int exit_status() const { return status_; }

  /// For who watches, and for large messages only.
  void progress(std::string_view file, std::uint64_t sent, std::uint64_t size) {
    constexpr std::uint64_t large = 4'000'000;
    constexpr std::uint64_t step = 1'000'000;
    if (!watched_ || size < large || sent / step == shown_ / step) return;
    std::fprintf(stderr, "\r%.*s: %ju of %ju MB ", static_cast<int>(file.size()), file.data(),
                 std::uintmax_t{sent / step}, std::uintmax_t{size / step});
    shown_ = sent;
  }
  void clear_progress() {
    if (std::exchange(shown_, 0) != 0) std::fputs("\r\x1b[K", stderr);
  }

 private:
  std::FILE* to_;
  int status_ = status::delivered;
  std::uint64_t shown_ = 0;
  bool watched_ = isatty(STDERR_FILENO) == 1;
};

}  // namespace sending
