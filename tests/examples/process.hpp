// SPDX-License-Identifier: BSL-1.0
// A program under test: started with pipes, talked to, and never waited for longer than a test may take.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace test {

using strings = std::vector<std::string>;

inline constexpr int patience = 20'000;  // milliseconds

/// A descriptor that is closed in the end.
class descriptor {
 public:
  descriptor() = default;
  explicit descriptor(int number) : number_{number} {}
  descriptor(descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~descriptor() { close(); }

  [[nodiscard]] int number() const { return number_; }
  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }

  bool write(std::string_view octets) const {
    while (!octets.empty()) {
      ssize_t const count = ::write(number_, octets.data(), octets.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      octets.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  /// Whether something comes, or the end, in so many milliseconds.
  [[nodiscard]] bool is_readable(int limit) const {
    pollfd ready{number_, POLLIN, 0};
    return ::poll(&ready, 1, limit) == 1;
  }
  /// What comes next, empty at the end of input, or when nothing has come for too long.
  [[nodiscard]] std::string read_some() const {
    char buffer[65536];
    ssize_t const count = is_readable(patience) ? ::read(number_, buffer, sizeof buffer) : 0;
    return {buffer, count > 0 ? static_cast<std::size_t>(count) : 0};
  }
  [[nodiscard]] std::string read_all() const {
    std::string all;
    for (std::string piece = read_some(); !piece.empty(); piece = read_some()) all += piece;
    return all;
  }
  /// A line with its end, octet by octet, so that nothing behind it is taken.
  [[nodiscard]] std::string read_line() const {
    std::string line;
    for (char c = 0; c != '\n' && is_readable(patience) && ::read(number_, &c, 1) == 1;) line += c;
    return line;
  }
  /// The lines of a reply, up to its last one (RFC 5321 4.2.1).
  [[nodiscard]] std::string read_reply() const {
    std::string all;
    for (std::string line = "   -"; line.size() > 3 && line[3] == '-';) all += line = read_line();
    return all;
  }

 private:
  int number_ = -1;
};

struct result {
  int status = -1;  // 256 and more: killed by a signal
  std::string out;
  std::string error;
};

class process {
 public:
  explicit process(std::vector<std::string> const& command) {
    int pipes[3][2];
    for (auto& one : pipes) {
      if (pipe(one) != 0) std::abort();
      for (int const end : one) fcntl(end, F_SETFD, FD_CLOEXEC);  // not for the next program: it would keep them open
    }
    pid_ = fork();
    if (pid_ == 0) {
      std::signal(SIGPIPE, SIG_DFL);  // the program has to deal with it, whatever this one does
      dup2(pipes[0][0], 0);
      dup2(pipes[1][1], 1);
      dup2(pipes[2][1], 2);
      for (auto const& one : pipes)
        for (int const end : one) ::close(end);
      std::vector<char*> arguments;
      for (std::string const& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
      arguments.push_back(nullptr);
      execv(arguments[0], arguments.data());
      _exit(127);
    }
    ::close(pipes[0][0]);
    ::close(pipes[1][1]);
    ::close(pipes[2][1]);
    in = descriptor{pipes[0][1]};
    out = descriptor{pipes[1][0]};
    error = descriptor{pipes[2][0]};
  }
  process(process const&) = delete;
  process& operator=(process const&) = delete;
  ~process() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  [[nodiscard]] pid_t id() const { return pid_; }
  void signal(int number) const { ::kill(pid_, number); }

  /// Ends its input and waits for it. Both outputs are small in these tests, so they are read one after the other.
  result finish() {
    in.close();
    result r;
    r.out = out.read_all();
    r.error = error.read_all();
    int status = 0;
    for (int waited = 0; waitpid(pid_, &status, WNOHANG) == 0; waited += 10) {
      if (waited >= patience) ::kill(pid_, SIGKILL);
      usleep(10'000);
    }
    pid_ = -1;
    r.status = WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
    return r;
  }

  descriptor in, out, error;

 private:
  pid_t pid_ = -1;
};

inline result run(std::vector<std::string> const& command, std::string_view input = {}) {
  process p{command};
  p.in.write(input);
  return p.finish();
}

inline descriptor tcp_socket() { return descriptor{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}; }
inline descriptor connect_to(std::uint16_t port, descriptor d = tcp_socket()) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(d.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) d.close();
  return d;
}

/// A folder of the test's own, gone in the end.
class folder {
 public:
  folder() {
    std::string name = (std::filesystem::temp_directory_path() / "ehlo-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  folder(folder const&) = delete;
  folder& operator=(folder const&) = delete;
  ~folder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string operator/(std::string_view name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline std::string contents(std::filesystem::path const& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// The contents of the files in a folder, in the order of their names.
inline std::vector<std::string> files_in(std::string const& path) {
  std::vector<std::filesystem::path> names;
  for (auto const& entry : std::filesystem::directory_iterator(path)) names.push_back(entry.path());
  std::sort(names.begin(), names.end());
  std::vector<std::string> all;
  for (auto const& name : names) all.push_back(contents(name));
  return all;
}

/// The lines that a server puts before a message: those of its envelope, then Received, whose last line is the date
/// behind a semicolon. Here they are without that one, of which there has to be one.
inline std::string without_received(std::string text) {
  std::size_t begin = 0;
  auto const is_at = [&](std::string_view name) { return std::string_view{text}.substr(begin).starts_with(name); };
  while (is_at("Return-Path: ") || is_at("Delivered-To: ") || is_at("X-Original-")) begin = text.find('\n', begin) + 1;
  std::size_t const mark = is_at("Received: from ") ? text.find(';', begin) : std::string::npos;
  if (mark == std::string::npos) return "without a Received line: " + text;
  std::size_t const date = text.find_first_not_of("\r\n\t ", mark + 1);
  return text.erase(begin, text.find('\n', date) + 1 - begin);
}

}  // namespace test
