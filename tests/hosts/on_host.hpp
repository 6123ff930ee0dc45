// SPDX-License-Identifier: BSL-1.0
// What the tests of all hosts share: a host that is started for one test, what its clients say, and what must hold of
// it in the end, whatever the fault was.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "flood.hpp"
#include "host.hpp"
#include "process.hpp"
#include "replies.hpp"

namespace test {

// The hosts are built like this program. AddressSanitizer has memory of its own, and takes its time.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool sanitized = true;
#elif defined(__has_feature)
inline constexpr bool sanitized = __has_feature(address_sanitizer);
#else
inline constexpr bool sanitized = false;
#endif

using std::chrono::milliseconds;

inline constexpr milliseconds tardiness{sanitized ? 6000 : 1500};  ///< of a busy machine
inline constexpr unsigned short_patience = sanitized ? 3 : 1;      ///< of a host, in seconds
inline constexpr unsigned fair_patience = sanitized ? 4 : 2;       ///< with a client that says something now and then
inline constexpr milliseconds shutdown_time{3000};

class stopwatch {
 public:
  [[nodiscard]] milliseconds elapsed() const {
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start_);
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Waits for what can be seen, and not for long.
template <class Condition>
bool eventually(Condition condition, milliseconds limit = milliseconds{15'000}) {
  for (stopwatch const waited; !condition(); usleep(2000))
    if (waited.elapsed() > limit) return false;
  return true;
}

inline void together(std::vector<std::function<void()>> const& all) {
  std::vector<std::thread> threads;
  for (auto const& one : all) threads.emplace_back(one);
  for (std::thread& one : threads) one.join();
}

/// `seconds` have gone by, and not many more: the machine may be busy with other tests.
inline void expect_deadline(stopwatch const& since, unsigned seconds, std::string_view of) {
  milliseconds const due{1000 * seconds};
  milliseconds const took = since.elapsed();
  EXPECT_GE(took, due - milliseconds{20}) << of;
  EXPECT_LE(took, due + tardiness) << of;
}

inline std::string const greeting = "220 mx.example.org ESMTP\r\n";
inline std::string const hello = "EHLO client.test\r\n";
inline std::string const mail_from = "MAIL FROM:<a@client.test>\r\n";
inline std::string const rcpt_to = "RCPT TO:<b@mx.example.org>\r\n";
inline std::string const transaction = mail_from + rcpt_to;
inline std::string const timeout = "421 4.4.2 timeout\r\n";
inline std::string const shutting_down = "421 4.3.2 service shutting down\r\n";

inline std::string whole_session(std::string const& text) {
  return hello + transaction + "DATA\r\n" + text + ".\r\nQUIT\r\n";
}

inline void reset(descriptor& d) {
  linger const at_once{1, 0};
  setsockopt(d.number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  d.close();
}

class on_host : public testing::TestWithParam<host> {
 protected:
  on_host() { std::signal(SIGPIPE, SIG_IGN); }  // what is said to a host that has closed is lost, no more

  void start(unsigned limit = 0, strings const& options = {}) {
    server_.emplace(GetParam(), store_, limit, options);
    ASSERT_NE(server_->port, 0) << server_->first_line;
    // The first client may bring the host to open something for all of them.
    std::size_t const sockets = server_->open_sockets();
    serves_others();
    EXPECT_TRUE(eventually([&] { return server_->open_sockets() == sockets; }));
    files_ = server_->open_files();
  }
  running& server() { return *server_; }
  [[nodiscard]] descriptor connect() const { return connect_to(server_->port); }
  [[nodiscard]] descriptor connect_narrow() const { return connect_to(server_->port, narrow_socket()); }

  /// A connection on which all of these commands have been answered.
  [[nodiscard]] descriptor behind(strings const& commands) const { return behind(commands, connect()); }
  [[nodiscard]] static descriptor behind(strings const& commands, descriptor d) {
    EXPECT_EQ(d.read_reply(), greeting);
    for (std::string const& command : commands) {
      d.write(command);
      std::string const reply = d.read_reply();
      EXPECT_TRUE(reply.starts_with('2') || reply.starts_with('3')) << command << reply;
    }
    return d;
  }
  [[nodiscard]] descriptor behind_data() const { return behind({hello, mail_from, rcpt_to, "DATA\r\n"}); }

  /// From now on this message is expected in the store, once.
  std::string const& will_store(std::string const& text) { return expected_.emplace_back(text); }
  /// And this one may be there, or not.
  void may_store(std::string const& text) { possible_.push_back(text); }

  /// Another client is served as if nothing was.
  void serves_others() {
    std::string const text = will_store("another one: " + std::to_string(++others_) + "\r\n");
    std::string const out = answers_to(whole_session(text));
    EXPECT_EQ(codes(out), "250 250 354 250 221") << out;
  }
  /// To all that a good client says.
  virtual std::string answers_to(std::string const& session) {
    descriptor const d = connect();
    d.write(session);
    return d.read_all();
  }

  /// All clients have gone: nothing is left of them but their messages.
  void expect_as_before() {
    EXPECT_TRUE(eventually([this] { return server_->open_files() == files_; }))
        << "open files: " << server_->open_files() << ", before: " << files_;
    expect_stored();
  }
  void expect_stored() {
    EXPECT_EQ(server_->unfinished(), 0U);
    strings found = server_->stored();
    for (std::string const& text : possible_)
      if (auto const at = std::find(found.begin(), found.end(), text); at != found.end()) found.erase(at);
    std::sort(found.begin(), found.end());
    std::sort(expected_.begin(), expected_.end());
    EXPECT_TRUE(found == expected_) << "stored:" << list(found) << "expected:" << list(expected_);
  }

  /// Whoever has no client has nothing to wait for.
  void TearDown() override {
    if (!server_ || server_->id() < 0 || server_->port == 0) return;
    expect_as_before();
    stopwatch const stopping;
    server_->signal(SIGTERM);
    result const r = server_->finish();
    EXPECT_EQ(r.status, 0) << r.error;
    EXPECT_LE(stopping.elapsed(), tardiness);
  }

 private:
  static std::string list(strings const& texts) {
    std::string all = "\n";
    for (std::string const& t : texts) all += "  " + std::to_string(t.size()) + " octets: " + t.substr(0, 40) + "\n";
    return all;
  }

  folder dir_;
  std::string store_ = dir_ / "store";
  std::optional<running> server_;
  std::size_t files_ = 0;
  int others_ = 0;
  strings expected_, possible_;
};

inline std::string name_of(testing::TestParamInfo<host> const& i) { return i.param.name; }

}  // namespace test
