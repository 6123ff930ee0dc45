// SPDX-License-Identifier: BSL-1.0
// Messages in a Maildir (https://cr.yp.to/proto/maildir.html): written in tmp, renamed into new, and on the disk before
// anybody is told so.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>

#include "ehlo/base/ascii.hpp"

namespace serve {

/// The folder. Where none was opened, messages are thrown away.
class maildir {
 public:
  /// False, with the reason in errno.
  bool open(std::string_view path, std::string_view hostname) {
    path_ = path;
    host_ = hostname;
    for (char& c : host_)
      if (c == '/' || c == ':') c = '_';
    for (char const* const part : {"", "/tmp", "/new", "/cur"})
      if (mkdir((path_ + part).c_str(), 0700) != 0 && errno != EEXIST) return false;
    if (access((path_ + "/tmp").c_str(), W_OK | X_OK) != 0) return false;
    new_folder_ = ::open((path_ + "/new").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return new_folder_ >= 0 && access((path_ + "/new").c_str(), W_OK | X_OK) == 0;
  }
  [[nodiscard]] bool is_open() const { return new_folder_ >= 0; }

  std::string unique_name() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return std::to_string(now.tv_sec) + ".M" + std::to_string(now.tv_nsec / 1000) + "P" + std::to_string(gettid()) +
           "Q" + std::to_string(++count_) + "." + host_;
  }
  [[nodiscard]] std::string in_tmp(std::string const& name) const { return path_ + "/tmp/" + name; }
  [[nodiscard]] std::string in_new(std::string const& name) const { return path_ + "/new/" + name; }
  /// A rename is only there after a crash if its folder was synced too.
  [[nodiscard]] bool sync_new() const { return fsync(new_folder_) == 0; }

 private:
  std::string path_;
  std::string host_;
  int new_folder_ = -1;
  unsigned long count_ = 0;
};

/// False, with the reason in errno.
[[nodiscard]] inline bool write_all(int file, std::string_view octets) {
  while (!octets.empty()) {
    ssize_t const count = ::write(file, octets.data(), octets.size());
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) octets.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

/// One message on its way in. What fails returns false, with the reason in errno; what is not committed leaves nothing.
class incoming_message {
 public:
  explicit incoming_message(maildir& box) : box_{&box} {}
  incoming_message(incoming_message const&) = delete;
  incoming_message& operator=(incoming_message const&) = delete;
  ~incoming_message() { discard(); }

  /// Another folder, before begin().
  void goes_to(maildir& other) { box_ = &other; }

  /// From begin() on; empty where messages are thrown away.
  [[nodiscard]] std::string const& name() const { return name_; }

  [[nodiscard]] bool begin() {
    discard();
    if (!box_->is_open()) return true;
    name_ = box_->unique_name();
    file_ = ::open(box_->in_tmp(name_).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return file_ >= 0;
  }
  /// The fields that stand above the message. One that begins with white space would go on with the last of them: it
  /// has no header, and gets the empty line that says so.
  [[nodiscard]] bool write_above(std::string_view fields) {
    bool const written = write(fields);
    begins_ = true;
    return written;
  }
  /// A piece of any size goes to the kernel from where it lies; only crumbs are gathered first.
  [[nodiscard]] bool write(std::string_view octets) {
    if (file_ < 0 || octets.empty()) return true;
    if (std::exchange(begins_, false) && ehlo::is_wsp(octets.front())) crumbs_ += "\r\n";
    if (octets.size() >= most_crumbs / 4) return flush() && write_all(file_, octets);
    crumbs_ += octets;
    return crumbs_.size() < most_crumbs || flush();
  }
  [[nodiscard]] bool commit() {
    if (file_ < 0) return true;
    std::string const from = box_->in_tmp(name_);
    std::string const to = box_->in_new(name_);
    bool const kept = flush() && fsync(file_) == 0 && std::rename(from.c_str(), to.c_str()) == 0 && box_->sync_new();
    int const reason = errno;
    if (!kept) unlink(to.c_str());
    discard();
    errno = reason;
    return kept;
  }
  void discard() {
    if (file_ < 0) return;
    close(std::exchange(file_, -1));
    std::string{}.swap(crumbs_);  // an idle session keeps nothing
    unlink(box_->in_tmp(name_).c_str());
  }

 private:
  static constexpr std::size_t most_crumbs = 16384;

  [[nodiscard]] bool flush() {
    bool const written = write_all(file_, crumbs_);
    crumbs_.clear();
    return written;
  }

  maildir* box_;
  int file_ = -1;
  bool begins_ = false;
  std::string crumbs_;
  std::string name_;
};

}  // namespace serve
