// SPDX-License-Identifier: BSL-1.0
// A message in a file: what has to be declared of it, and its octets piece by piece, as often as they are needed. It is
// never whole in memory.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "ehlo/grammar/utf8.hpp"
#include "ehlo/model/mail_params.hpp"
#include "ehlo/wire/dot_encoder.hpp"

namespace sending {

/// Line ends for octets that nobody looks at on the way: a bare LF becomes CRLF, a bare CR a space, and the last line
/// ends. The engine does the same with what goes out behind DATA.
class line_end_repair {
 public:
  void append(std::string_view text, std::string& to) {
    for (char const c : text) {
      if (behind_cr_ && c != '\n') to += ' ';
      behind_cr_ = c == '\r';
      if (behind_cr_) continue;
      in_line_ = c != '\n';
      if (in_line_)
        to += c;
      else
        to += "\r\n";
    }
  }
  void end(std::string& to) {
    if (behind_cr_) to += ' ';
    if (in_line_ || behind_cr_) to += "\r\n";
    *this = {};
  }

 private:
  bool behind_cr_ = false;
  bool in_line_ = false;
};

class outgoing_message {
 public:
  static constexpr std::size_t read_size = 1U << 16;

  explicit outgoing_message(std::string name) : name_{std::move(name)} {}
  outgoing_message(outgoing_message const&) = delete;
  outgoing_message& operator=(outgoing_message const&) = delete;
  ~outgoing_message() {
    if (file_ > 0) close(file_);
  }

  [[nodiscard]] std::string const& name() const { return name_; }
  /// Empty, or why the file cannot be read.
  [[nodiscard]] std::string const& error() const { return error_; }

  /// To be asked before anything is sent, so that a wrong name costs nothing.
  [[nodiscard]] bool is_readable() {
    struct stat about {};
    if (name_ == "-") return true;
    if (stat(name_.c_str(), &about) == 0 && S_ISDIR(about.st_mode)) return fail(EISDIR);
    return access(name_.c_str(), R_OK) == 0 || fail(errno);
  }

  /// Reads all of it once.
  [[nodiscard]] bool open() {
    if (file_ >= 0 || !error_.empty()) return error_.empty();
    file_ = name_ == "-" ? STDIN_FILENO : ::open(name_.c_str(), O_RDONLY);
    struct stat about {};
    if (file_ < 0 || fstat(file_, &about) != 0) return fail(errno);
    bool const can_be_read_again = S_ISREG(about.st_mode) && file_ != STDIN_FILENO;
    return (can_be_read_again || spool()) && examine();
  }

  /// What MAIL has to say about it. The size is that of the text with its line ends repaired (RFC 1870 3).
  void declare(ehlo::mail_params& to) const {
    to.size = size();
    to.has_size = true;
    if (has_8bit_) to.body = ehlo::body_type::eightbitmime;
    if (has_utf8_header_) to.smtputf8 = true;
  }
  [[nodiscard]] std::uint64_t size() const { return front_.size() + size_; }

  /// It is not to be sent. False.
  bool refuse(std::string why) {
    error_ = std::move(why);
    return false;
  }
  /// Header fields that go out in front of what is in the file, in place of those that did before.
  void put_in_front(std::string fields) { front_ = std::move(fields); }

  /// From the start: as it is in the file, or in pieces of this size with the line ends repaired.
  void rewind() { rewind(0); }
  void rewind_repaired(std::size_t piece_size) { rewind(piece_size); }
  /// Valid until the next call. False: the file cannot be read any more, or not as it was.
  [[nodiscard]] bool next(std::string_view& piece, bool& last) {
    if (piece_size_ == 0) {
      piece = std::exchange(front_left_, {});
      if (piece.empty() && !read(piece)) return false;
    } else {
      text_.erase(0, given_);
      while (text_.size() <= piece_size_ && unread_ != 0) {
        std::string_view raw;
        if (!read(raw)) return false;
        repair_.append(raw, text_);
        if (unread_ == 0) repair_.end(text_);
      }
      piece = std::string_view{text_}.substr(0, piece_size_);
      given_ = piece.size();
    }
    last = unread_ == 0 && (piece_size_ == 0 || given_ == text_.size());
    return true;
  }

 private:
  bool fail(int reason) {
    error_ = std::strerror(reason);
    return false;
  }

  /// What comes through a pipe comes once, so it is kept in a file without a name.
  bool spool() {
    char name[] = "/tmp/ehlo-send-XXXXXX";
    int const copy = mkstemp(name);
    if (copy < 0) return fail(errno);
    unlink(name);
    int const from = std::exchange(file_, copy);
    ssize_t count = 0;
    while ((count = ::read(from, buffer_.data(), buffer_.size())) > 0)
      for (ssize_t put = 0, more = 0; put != count; put += more)
        if ((more = write(copy, buffer_.data() + put, static_cast<std::size_t>(count - put))) < 0) return fail(errno);
    if (count < 0) return fail(errno);
    if (from != STDIN_FILENO) close(from);
    return true;
  }

  /// The engine's own encoder says how large the text will be and what there is in it.
  bool examine() {
    std::array<std::string_view, 64> views;
    ehlo::dot_encoder text;
    text.start(ehlo::bare_newline::normalize);
    std::string header;
    bool in_header = true;
    off_t const end = lseek(file_, 0, SEEK_END);
    if (end < 0) return fail(errno);
    length_ = static_cast<std::uint64_t>(end);
    rewind();
    while (unread_ != 0) {
      std::string_view piece;
      if (!read(piece)) return false;
      if (in_header) in_header = add_header(header, piece);
      while (!piece.empty()) (void)text.encode(piece, views);
    }
    (void)text.terminator();
    size_ = text.size();
    has_8bit_ = any(text.used() & ehlo::tolerance::undeclared_8bit);
    auto const is_8bit = [](char c) { return ehlo::octet(c) >= 0x80; };
    has_utf8_header_ = std::any_of(header.begin(), header.end(), is_8bit) && ehlo::is_utf8(header);
    return true;
  }
  /// False: the header has ended.
  static bool add_header(std::string& header, std::string_view piece) {
    constexpr std::size_t longest = 1U << 20;
    std::size_t const from = header.size() < 3 ? 0 : header.size() - 3;
    header += piece;
    std::size_t const end = (std::min)(header.find("\n\n", from), header.find("\n\r\n", from));
    if (end != std::string::npos) header.resize(end);
    return end == std::string::npos && header.size() < longest;
  }

  void rewind(std::size_t piece_size) {
    piece_size_ = piece_size;
    unread_ = length_;
    given_ = 0;
    front_left_ = front_;
    text_ = front_;
    repair_ = {};
  }
  /// As many octets as there were when the message was examined: what is appended later is not part of it.
  bool read(std::string_view& piece) {
    piece = {};
    if (unread_ == 0) return true;
    auto const most = static_cast<std::size_t>((std::min)(std::uint64_t{buffer_.size()}, unread_));
    ssize_t const count = pread(file_, buffer_.data(), most, static_cast<off_t>(length_ - unread_));
    if (count < 0) return fail(errno);
    if (count == 0) {
      error_ = "the file became shorter while it was read";
      return false;
    }
    piece = {buffer_.data(), static_cast<std::size_t>(count)};
    unread_ -= piece.size();
    return true;
  }

  std::string name_;
  std::string error_;
  std::string front_;
  std::string_view front_left_;
  int file_ = -1;
  std::uint64_t length_ = 0;  ///< of the file
  std::uint64_t size_ = 0;    ///< of the text
  bool has_8bit_ = false;
  bool has_utf8_header_ = false;

  std::uint64_t unread_ = 0;
  std::size_t piece_size_ = 0;
  std::size_t given_ = 0;  ///< octets of text_ that were in the last piece
  std::string text_;
  line_end_repair repair_;
  std::array<char, read_size> buffer_{};
};

}  // namespace sending
