// SPDX-License-Identifier: BSL-1.0
// The server session under hostile octets. The first eight octets of the input choose options and the host's answers,
// the rest is what the peer sends. Oracles: the promises at the top of ehlo/server.hpp.
//   - whole, one octet at a time and in random cuts, the events and the output are the same;
//   - what begins, ends once; nothing comes behind `closed`; the number of calls is linear in the input;
//   - every reply is legal; output never moves before it is sent;
//   - no octet that was handed out as body is part of a command.
#include <ehlo/server.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace ehlo;

void require(bool holds, char const* what, std::string const& log) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n%s\n", what, log.c_str());
  std::abort();
}

struct setting {
  server_options options;
  std::uint8_t answers = 0;
  bool deadline_at_end = false;
};

setting setting_from(std::string_view head) {
  auto const at = [head](std::size_t i) { return i < head.size() ? octet(head[i]) : std::uint8_t{0}; };
  setting s;
  server_options& o = s.options;
  o.hostname = "mx.example.org";
  constexpr tolerance presets[] = {interoperable, strict, lenient, interoperable};
  o.tolerances = presets[at(0) & 3U];
  o.newline = static_cast<bare_newline>((at(0) >> 2U) % 3U);
  o.lmtp = (at(0) & 0x10U) != 0;
  using enum capability;
  if ((at(1) & 1U) != 0) o.offer.add(binarymime);
  if ((at(1) & 2U) != 0) o.offer.add(starttls).add(requiretls);
  if ((at(1) & 4U) != 0) {
    o.offer.add(auth);
    o.auth_mechanisms = o.auth_mechanisms_cleartext = "PLAIN LOGIN XTEST";
  }
  if ((at(1) & 8U) != 0) o.offer.add(etrn).add(deliverby).add(futurerelease).add(mt_priority).add(limits);
  o.max_hold_seconds = 86400;
  o.max_hold_until = "2030-01-01T00:00:00Z";
  if ((at(1) & 0x10U) != 0) {
    o.offer.add(xclient).add(xforward);
    o.xclient_attributes = o.xforward_attributes = "NAME ADDR";
  }
  if ((at(1) & 0x20U) != 0) o.ask = o.ask | question::data | question::hello | question::expn | question::vrfy;
  if ((at(1) & 0x40U) != 0) o.require_auth = o.offer.has(auth);
  if ((at(1) & 0x80U) != 0) o.max_message_size = at(2) + 1U;
  o.max_errors = static_cast<std::uint16_t>(1 + at(3) % 30);
  o.max_idle_commands = static_cast<std::uint16_t>(1 + at(4));
  s.answers = at(5);
  s.deadline_at_end = (at(6) & 1U) != 0;
  return s;
}

/// One run of a session over the input, with a log of everything that must not depend on the cuts.
class run {
 public:
  run(setting const& s, std::string_view input, std::uint32_t seed, std::size_t most)
      : setting_{s}, input_{input}, random_{seed}, most_{most} {}

  std::string go() {
    for (std::size_t calls = 0;; ++calls) {
      require(calls < 64 * (input_.size() + 100), "progress", log_);
      if (step()) break;
    }
    require(!open_, "what begins, ends", log_);
    std::string_view none;
    require(server_.next(none, now_).type() == event_type::closed, "closed stays closed", log_);
    check_replies();
    return log_ + "\n" + out_;
  }

 private:
  // A fresh block of the exact size for every call, so that a pointer kept into the old one, or a read past the end, is
  // seen by the sanitizer.
  server_event call() {
    block_.reset(new char[rest_.size()]);
    std::copy(rest_.begin(), rest_.end(), block_.get());
    std::string_view in{block_.get(), rest_.size()};
    std::size_t const before = in.size();
    server_event const e = server_.next(in, now_);
    base_ = consumed_;
    std::size_t const used = before - in.size();
    consumed_ += used;
    rest_ = rest_.substr(used);
    note_ranges(e, used);
    return e;
  }

  void note_ranges(server_event const& e, std::size_t used) {
    char const* const begin = block_.get();
    auto const inside = [&](std::string_view t) { return !t.empty() && t.data() >= begin && t.data() < begin + used; };
    if (inside(e.body())) body_end_ = base_ + static_cast<std::size_t>(e.body().data() - begin) + e.body().size();
    if (inside(e.raw()))
      require(base_ + static_cast<std::size_t>(e.raw().data() - begin) >= body_end_, "no body octet in a command",
              log_);
  }

  bool step() {
    server_event const e = call();
    switch (e.type()) {  // the waits are not events
      case event_type::need_input: return feed();
      case event_type::need_output: drain(true); return false;
      case event_type::need_reply: answer(); return false;
      case event_type::need_tls: static_cast<void>(server_.tls_failed()); return false;
      case event_type::closed: require(server_.output().empty(), "closed means flushed", log_); return true;
      case event_type::misuse: require(false, "no misuse here", log_); return true;
      case event_type::body: add_body(e.body()); break;
      case event_type::message_begin:
        require(!open_, "one message at a time", log_);
        open_ = true;
        break;
      case event_type::message_end: [[fallthrough]];
      case event_type::message_dropped:
        require(open_, "an end has a beginning", log_);
        open_ = false;
        break;
      default: break;
    }
    if (e.type() != event_type::body) describe(e);
    for (char const c : e.raw()) require(c != '\n' || e.error() != errc::ok, "no LF in a command", log_);
    if (e.is_question()) {
      question_ = e.type();
      if (random_() % 2 == 0) answer();
    }
    if (random_() % 4 == 0) drain(false);
    return false;
  }

  void describe(server_event const& e) {
    joined_ = false;
    log_ += "\n" + std::to_string(static_cast<int>(e.type())) + " " + std::to_string(static_cast<int>(e.error())) +
            " " + std::to_string(static_cast<unsigned>(e.tolerated())) + " " + std::to_string(e.octets()) + " " +
            std::to_string(static_cast<int>(e.dropped_because())) + " ";
    log_ += e.raw();
    log_ += e.mail().from.mailbox();
    log_ += e.rcpt().to.mailbox();
    log_ += e.user_name();
    log_ += e.password();
    log_ += e.response();
  }

  void add_body(std::string_view text) {
    require(!text.empty(), "no empty body piece", log_);
    if (!joined_) log_ += "\nbody ";
    joined_ = true;
    log_ += text;
  }

  // The answers depend on how many there were, not on when they are given.
  void answer() {
    unsigned const which = (setting_.answers >> (answers_++ % 8U)) & 1U;
    errc said{};
    if (question_ == event_type::auth || question_ == event_type::auth_response)
      said = which != 0 ? server_.accept() : server_.challenge("challenge");
    else if (which == 0)
      said = server_.accept();
    else
      said = server_.reject({static_cast<std::uint16_t>(answers_ % 3 == 0 ? 450 : 550), {}, "no"});
    if (said == errc::local_room) return;
    require(said == errc::ok, "an open question can be answered", log_);
  }

  bool feed() {
    require(rest_.empty(), "need_input means that input is used up", log_);
    drain(true);
    std::size_t const left = input_.size() - offered_;
    if (left != 0) {
      std::size_t const size = most_ == 0 ? left : std::min<std::size_t>(left, 1 + random_() % most_);
      rest_ = input_.substr(offered_, size);
      offered_ += size;
    } else if (setting_.deadline_at_end && server_.deadline()) {
      now_ = server_.deadline().at;
      static_cast<void>(server_.on_deadline(now_));
    } else {
      require(server_.end_of_input(now_, true) == errc::ok, "end_of_input once", log_);
    }
    return false;
  }

  void drain(bool whole) {
    while (!server_.output().empty()) {
      std::string_view const waiting = server_.output();
      std::string_view const before = seen_;
      if (!before.empty()) require(waiting.data() == before.data(), "output does not move", log_);
      std::size_t const n = 1 + random_() % waiting.size();
      out_ += waiting.substr(0, n);
      require(server_.sent(n) == errc::ok, "sent", log_);
      seen_ = server_.output();
      if (!whole) break;
    }
  }

  void check_replies() {
    std::string_view text = out_;
    std::string_view code;
    while (!text.empty()) {
      std::size_t const end = text.find("\r\n");
      require(end != text.npos && end + 2 <= 512, "reply lines end in CRLF within 512 octets", out_);
      std::string_view const line = text.substr(0, end);
      require(line.size() >= 3 && line[0] >= '2' && line[0] <= '5', "a code", out_);
      require(code.empty() || code == line.substr(0, 3), "one code a reply", out_);
      code = line.size() > 3 && line[3] == '-' ? line.substr(0, 3) : std::string_view{};
      for (char const c : line) require(octet(c) >= 0x20 || c == '\t', "no control octet", out_);
      text.remove_prefix(end + 2);
    }
    require(code.empty(), "the last reply is complete", out_);
  }

  setting const& setting_;
  std::string_view input_;
  std::minstd_rand random_;
  std::size_t most_;
  instant now_{1000};
  server server_{setting_.options, now_};
  std::unique_ptr<char[]> block_;
  std::string_view rest_;
  std::string_view seen_;
  std::string log_;
  std::string out_;
  std::size_t offered_ = 0;
  std::size_t consumed_ = 0;
  std::size_t base_ = 0;
  std::size_t body_end_ = 0;
  std::size_t answers_ = 0;
  event_type question_ = event_type::closed;
  bool joined_ = false;
  bool open_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const all{reinterpret_cast<char const*>(data), size};
  setting const s = setting_from(all.substr(0, 8));
  if (s.options.check()) return 0;
  std::string_view const input = all.substr(std::min<std::size_t>(8, size));
  std::string const whole = run{s, input, 1, 0}.go();
  for (auto const& [seed, most] :
       {std::pair{2U, std::size_t{1}}, std::pair{3U, std::size_t{7}}, std::pair{4U, std::size_t{40}}}) {
    std::string const cut = run{s, input, seed, most}.go();
    if (cut != whole) std::fprintf(stderr, "--- whole\n%s\n--- cut\n%s\n", whole.c_str(), cut.c_str());
    require(cut == whole, "cuts do not matter", "");
  }
  return 0;
}
