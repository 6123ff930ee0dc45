// SPDX-License-Identifier: BSL-1.0
// What a session takes: no heap, few octets, linear time; and what a server leaves behind: no secret.
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "ehlo/client.hpp"
#include "ehlo/server.hpp"
#include "walks.hpp"

namespace {
bool counting = false;
std::size_t allocations = 0;

void* allocate(std::size_t size) {
  if (counting) ++allocations;
  if (void* const block = std::malloc(size != 0 ? size : 1)) return block;
  std::abort();
}
}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* block) noexcept { std::free(block); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void operator delete[](void* block, std::size_t) noexcept { std::free(block); }

namespace {

using namespace ehlo_test;
using ehlo::errc;
using ehlo::event_type;
using ehlo::instant;
using ehlo::server;
using ehlo::server_core;
using ehlo::server_event;
using ehlo::server_options;

// --- size and kind

static_assert(sizeof(server_core) <= 256);
static_assert(sizeof(server) <= sizeof(server_core) + 4096);
static_assert(sizeof(server_event) <= 64);
static_assert(sizeof(ehlo::client_event) <= 64);
static_assert(sizeof(ehlo::client) <= 512 + 4096 + 4096 + 64 * sizeof(std::string_view));
static_assert(std::is_trivially_copyable_v<server_event>);
static_assert(std::is_trivially_destructible_v<server_event>);

static_assert(!std::is_copy_constructible_v<server> && !std::is_move_constructible_v<server>);
static_assert(!std::is_copy_assignable_v<server> && !std::is_move_assignable_v<server>);
static_assert(std::is_constructible_v<server, server_options const&, instant>);
static_assert(std::is_constructible_v<server, server_options const&, instant, ehlo::tls_facts const&>);
// What is kept is not taken from a temporary.
static_assert(!std::is_constructible_v<server, server_options, instant>);
static_assert(!std::is_constructible_v<server, server_options const, instant>);
static_assert(!std::is_constructible_v<server, server_options, instant, ehlo::tls_facts>);

template <class S>
concept gives_output = requires(S s) {
  std::forward<S>(s).output();
};
static_assert(gives_output<server&> && gives_output<server const&> && !gives_output<server>);

static_assert(std::is_nothrow_constructible_v<server, server_options const&, instant>);
static_assert(std::is_nothrow_destructible_v<server>);
template <class S>
concept never_throws = requires(S s, S const c, std::string_view in, instant now, ehlo::tls_facts facts,
                                ehlo::reply r) {
  { s.next(in, now) }
  noexcept;
  { s.accept() }
  noexcept;
  { s.accept(in) }
  noexcept;
  { s.accept(r) }
  noexcept;
  { s.reject(r) }
  noexcept;
  { s.reply_line(in) }
  noexcept;
  { s.challenge(in) }
  noexcept;
  { c.output() }
  noexcept;
  { s.sent(std::size_t{}) }
  noexcept;
  { s.tls_started(facts) }
  noexcept;
  { s.tls_failed() }
  noexcept;
  { s.end_of_input(now, true) }
  noexcept;
  { s.shutdown() }
  noexcept;
  { s.shutdown(r) }
  noexcept;
  { c.deadline() }
  noexcept;
  { s.on_deadline(now) }
  noexcept;
  { c.state() }
  noexcept;
  { c.authenticated() }
  noexcept;
  { c.tls_active() }
  noexcept;
};
static_assert(never_throws<server>);

// --- no heap

struct allocation_watch {
  void before() { counting = true; }
  void after(auto&, place const&) { counting = false; }
};

TEST(Heap, IsNeverTouched) {
  allocations = 0;
  for (walk const& w : walks()) {
    auto const s = w.implicit_tls ? std::make_unique<server>(w.options, instant{}, w.handshake)
                                  : std::make_unique<server>(w.options, instant{});
    allocation_watch watch;
    walker<server, allocation_watch>{w, *s, watch}.run();
  }
  EXPECT_EQ(allocations, 0U);
}

/// A host that says yes to everything, without a heap of its own. Returns the number of events.
std::size_t serve(server& s, std::string_view in) {
  std::size_t events = 0;
  for (;; ++events) {
    server_event const e = s.next(in, {});
    if (e.is_question()) (void)s.accept();
    if (e.type() == event_type::need_tls) (void)s.tls_started({});
    bool const waits = e.type() == event_type::need_input || e.type() == event_type::closed;
    if (waits || e.type() == event_type::need_output) (void)s.sent(s.output().size());
    if (waits) return events;
  }
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i != times; ++i) out += text;
  return out;
}

server_options patient() {
  server_options o{.hostname = "mx.example.org"};
  o.max_idle_commands = 65535;
  o.max_errors = 65535;
  o.max_recipients = 1000000;
  return o;
}
std::string const envelope = "EHLO c\r\nMAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\n";

TEST(Heap, IsNotTouchedByAFlood) {
  server_options const o = patient();
  std::string const flood = envelope + repeated("NOOP\r\nRCPT TO:<c@d.org>\r\nVRFY x\r\nFOO\r\n", 10000) + "DATA\r\n" +
                            repeated("..\r\n\n.\rx\r\n", 10000) + "\r\n.\r\nQUIT\r\n";
  server s{o, {}};
  allocations = 0;
  counting = true;
  serve(s, flood);
  counting = false;
  EXPECT_EQ(allocations, 0U);
  EXPECT_EQ(s.state(), ehlo::server_state::closed);
}

/// A client that gives one message to a server that says yes to everything; both look at the other's octets in place.
std::size_t deliver(ehlo::client& c, server& s, ehlo::envelope& message, std::string_view text) {
  std::array<char, 65536> replies;
  std::array<char, 65536> commands;
  std::string_view in;
  for (std::size_t events = 0; events != 10'000; ++events) {
    ehlo::client_event const e = c.next(in, {});
    std::size_t said = 0;
    std::size_t heard = in.size();
    switch (e.type()) {
      case ehlo::client_event_type::need_output:
      case ehlo::client_event_type::need_input:
        if (heard != 0) std::memmove(replies.data(), in.data(), heard);
        for (std::string_view const view : c.output()) said += view.copy(commands.data() + said, view.size());
        (void)c.sent(said);
        for (std::string_view rest{commands.data(), said};;) {
          server_event const q = s.next(rest, {});
          if (q.is_question()) (void)s.accept();
          heard += s.output().copy(replies.data() + heard, s.output().size());
          (void)s.sent(s.output().size());
          if (q.type() == event_type::need_input || q.type() == event_type::closed) break;
        }
        in = {replies.data(), heard};
        break;
      case ehlo::client_event_type::need_body: (void)c.body(text, true); break;
      case ehlo::client_event_type::ready:
        if (message.to[0].state == ehlo::outcome::delivered || c.submit(message) != errc::ok) (void)c.quit();
        break;
      case ehlo::client_event_type::closed: return events;
      default: break;
    }
  }
  return 0;
}

TEST(Heap, IsNotTouchedByAClient) {
  for (bool const chunking : {false, true}) {
    server_options const o = patient();
    ehlo::client_options const co{
        .hostname = "c.example", .tls = ehlo::tls_policy::never, .chunking = chunking, .chunk_size = 100};
    server s{o, {}};
    ehlo::client c{co, {}};
    ehlo::recipient to{.path = "c@d.org"};
    ehlo::envelope message{.from = "a@b.org", .to = {&to, 1}};
    std::string const text = repeated("hello\r\n..\r\n.x\r\n", 200);
    allocations = 0;
    counting = true;
    std::size_t const events = deliver(c, s, message, text);
    counting = false;
    EXPECT_EQ(allocations, 0U);
    EXPECT_EQ(to.state, ehlo::outcome::delivered);
    EXPECT_GT(events, 10U);
  }
}

// --- linear work: each of these takes minutes if it is not

class Linear : public testing::Test {
 protected:
  void feed(std::string const& input, std::size_t piece) {
    server_options const o = patient();
    server s{o, {}};
    auto const begin = std::chrono::steady_clock::now();
    std::string_view rest{input};
    while (!rest.empty()) {
      std::size_t const size = piece < rest.size() ? piece : rest.size();
      serve(s, rest.substr(0, size));
      rest.remove_prefix(size);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{20});
  }
};

constexpr std::size_t mebi = 1U << 20U;

TEST_F(Linear, LongLineOctetByOctet) { feed("EHLO " + std::string(mebi, 'x') + "\r\nQUIT\r\n", 1); }
TEST_F(Linear, LongLineWhole) { feed("EHLO " + std::string(16 * mebi, 'x') + "\r\nQUIT\r\n", 64 * mebi); }
TEST_F(Linear, FloodOfCommands) { feed(envelope + repeated("RCPT TO:<c@d.org>\r\n", mebi / 4), 64 * mebi); }
TEST_F(Linear, BodyOfDotsOctetByOctet) { feed(envelope + "DATA\r\n" + repeated("..\r\n", mebi / 4) + ".\r\n", 1); }
TEST_F(Linear, BodyOfDotsWhole) { feed(envelope + "DATA\r\n" + repeated("..\r\n", mebi) + ".\r\n", 64 * mebi); }
TEST_F(Linear, BodyOfBareNewlines) {
  feed(envelope + "DATA\r\n" + std::string(4 * mebi, '\n') + "\r\n.\r\n", 64 * mebi);
}
TEST_F(Linear, BodyOfBareReturns) {
  feed(envelope + "DATA\r\n" + std::string(4 * mebi, '\r') + "\r\n.\r\n", 64 * mebi);
}
TEST_F(Linear, ChunksOfOneOctet) { feed(envelope + repeated("BDAT 1\r\nx", mebi / 8) + "BDAT 0 LAST\r\n", 64 * mebi); }
TEST_F(Linear, ErrorsWithoutEnd) { feed("EHLO c\r\n" + repeated("x\r\n", 60000), 64 * mebi); }

// --- no secret stays, none is told

constexpr std::string_view secrets[] = {"secret", "c2VjcmV0", "ZXIAc2Vj", "Vyc2VjcmV0"};  // plain, and in base64

bool holds_secret(std::string_view octets) {
  for (std::string_view const one : secrets)
    if (octets.find(one) != std::string_view::npos) return true;
  return false;
}
bool holds_secret(server const& s) { return holds_secret({reinterpret_cast<char const*>(&s), sizeof s}); }

struct exchange {
  char const* name;
  std::vector<std::string> input;
  enum { runs, cancel_by_host, times_out, shuts_down, breaks, ends } end = runs;
};

std::vector<exchange> exchanges() {
  std::string const plain = "AUTH PLAIN AHVzZXIAc2VjcmV0";  // user, secret
  return {
      {"initial response", {plain + "\r\n"}},
      {"response", {"AUTH PLAIN\r\n", "AHVzZXIAc2VjcmV0\r\n"}},
      {"LOGIN", {"AUTH LOGIN\r\n", "dXNlcg==\r\n", "c2VjcmV0\r\n"}},
      {"LOGIN, the name is the secret", {"AUTH LOGIN\r\n", "c2VjcmV0\r\n", "*\r\n"}},
      {"other mechanism", {"AUTH XTEST c2VjcmV0\r\n", "c2VjcmV0\r\n"}},
      {"cancelled", {"AUTH XTEST c2VjcmV0\r\n", "*\r\n"}},
      {"bad base64", {"AUTH PLAIN\r\n", "AHVzZXIAc2VjcmV0!\r\n"}},
      {"bad base64 at once", {plain + "!\r\n"}},
      {"not of three fields", {"AUTH PLAIN\r\n", "c2VjcmV0\r\n"}},
      {"too long", {"AUTH PLAIN\r\n", "AHVzZXIAc2VjcmV0" + std::string(3000, 'A') + "\r\n"}},
      {"command too long", {plain + std::string(3000, 'A') + "\r\n"}},
      {"bare LF", {"AUTH PLAIN\r\n", "AHVzZXIAc2VjcmV0\n"}},
      {"command with bare LF", {plain + "\n"}},
      {"unknown mechanism", {"AUTH FOO AHVzZXIAc2VjcmV0\r\n"}},
      {"two responses", {plain + " c2VjcmV0\r\n"}},
      {"in a transaction", {"MAIL FROM:<a@b.org>\r\n", plain + "\r\n"}},
      {"the connection ends", {"AUTH PLAIN\r\n", "AHVzZXIAc2VjcmV0"}, exchange::ends},
      {"the connection ends in the command", {plain}, exchange::ends},
      {"the connection breaks", {"AUTH LOGIN\r\n", "dXNlcg==\r\n", "c2VjcmV0"}, exchange::breaks},
      {"the connection breaks in the command", {plain}, exchange::breaks},
      {"deadline", {"AUTH PLAIN\r\n", "AHVzZXIAc2VjcmV0"}, exchange::times_out},
      {"deadline in the command", {plain}, exchange::times_out},
      {"shutdown", {"AUTH PLAIN\r\n", "AHVzZXIAc2VjcmV0"}, exchange::shuts_down},
      {"shutdown in the command", {plain}, exchange::shuts_down},
  };
}

class secret_run {
 public:
  /// In a block of zeros: the storage of a server begins as it was found.
  explicit secret_run(server_options const& o, bool yes)
      : block_{std::calloc(1, sizeof(server)), std::free}, s_{*new (block_.get()) server{o, {}}}, yes_{yes} {}
  ~secret_run() { s_.~server(); }
  secret_run(secret_run const&) = delete;

  void play(exchange const& x, bool octets) {
    offer("EHLO c\r\n");
    for (std::string const& piece : x.input) {
      for (std::size_t i = 0; octets && i != piece.size(); ++i) offer(std::string_view{piece}.substr(i, 1));
      if (!octets) offer(piece);
    }
    if (x.end == exchange::times_out) {
      EXPECT_EQ(s_.on_deadline(s_.deadline().at), errc::ok);
    } else if (x.end == exchange::shuts_down) {
      EXPECT_EQ(s_.shutdown(), errc::ok);
    } else if (x.end == exchange::breaks || x.end == exchange::ends) {
      EXPECT_EQ(s_.end_of_input({}, x.end == exchange::ends), errc::ok);
    }
    offer({});
    EXPECT_FALSE(holds_secret(s_));
    EXPECT_NE(s_.state(), ehlo::server_state::auth);
  }

 private:
  void offer(std::string_view in) {
    for (;;) {
      server_event const e = s_.next(in, {});
      EXPECT_FALSE(holds_secret(e.raw()) || holds_secret(e.argument()) || holds_secret(e.command_word()));
      if (e.is_question()) answer(e);
      bool const waits = e.type() == event_type::need_input || e.type() == event_type::closed;
      if (waits || e.type() == event_type::need_output) (void)s_.sent(s_.output().size());
      if (waits) return;
    }
  }
  void answer(server_event const& e) {
    bool const goes_on = e.type() == event_type::auth;
    bool const asks = goes_on || e.type() == event_type::auth_response || e.type() == event_type::credentials;
    if (goes_on) {
      EXPECT_EQ(s_.challenge("next?"), errc::ok);
    } else if (yes_ || !asks) {
      EXPECT_EQ(s_.accept(), errc::ok);
      if (asks) {
        EXPECT_FALSE(holds_secret(s_)) << "succeeded";
      }
    } else {
      EXPECT_EQ(s_.reject({535, {5, 7, 8}}), errc::ok);
      EXPECT_FALSE(holds_secret(s_)) << "failed";
    }
  }

  std::unique_ptr<void, void (*)(void*)> block_;
  server& s_;
  bool yes_;
};

TEST(Secrets, AreWipedAndNeverTold) {
  server_options o{.hostname = "mx.example.org"};
  o.offer.add(ehlo::capability::auth);
  o.auth_mechanisms = o.auth_mechanisms_cleartext = "PLAIN LOGIN XTEST";
  for (exchange const& x : exchanges()) {
    for (bool const octets : {false, true}) {
      for (bool const yes : {false, true}) {
        SCOPED_TRACE(std::string{x.name} + (octets ? ", octet by octet" : ", whole"));
        secret_run run{o, yes};
        run.play(x, octets);
      }
    }
  }
}

TEST(Secrets, AreSeenByTheTest) {  // while the question is open they are there
  server_options o{.hostname = "mx.example.org"};
  o.offer.add(ehlo::capability::auth);
  o.auth_mechanisms = o.auth_mechanisms_cleartext = "PLAIN";
  server s{o, {}};
  serve(s, "EHLO c\r\n");
  std::string_view in = "AUTH PLAIN AHVzZXIAc2VjcmV0\r\n";
  server_event const e = s.next(in, {});
  EXPECT_EQ(e.type(), event_type::credentials);
  EXPECT_EQ(e.password(), "secret");
  EXPECT_TRUE(holds_secret(s));
}

}  // namespace
