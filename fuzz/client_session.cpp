// SPDX-License-Identifier: BSL-1.0
// The client session against a hostile server. The first sixteen octets of the input choose options, envelope, body and
// the host's calls, the rest is what the server says. It is offered reply by reply, when the client asks for input;
// octet 1 behind a reply offers the next one together with it, octet 2 offers what stands before it alone. Oracles: the
// promises at the top of ehlo/client.hpp.
//   - whole, one octet at a time and in random cuts, the events and the output are the same;
//   - nothing is said out of order (client_model.hpp), and no octet of the body is a command or ends the message;
//   - submit() leads to one transaction_done; `delivered` needs a 2yz to a message that was sent whole, and a message
//     that was sent whole is not refused without a reply that says so;
//   - output never moves before it is sent; the number of calls is linear in the input.
#include <ehlo/client.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "client_model.hpp"

namespace {

using namespace ehlo;
using type = client_event_type;

void require(bool holds, std::string_view what, std::string const& log) {
  if (holds) return;
  std::string const text = "broken promise: " + std::string{what} + "\n" + log + "\n";
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::abort();
}

struct setting {
  client_options options;
  std::size_t recipients = 1;
  mail_params mail;
  rcpt_params rcpt;
  bool vouched = false;
  std::string body;
  std::size_t piece = 1;         ///< octets of the body in one call
  std::size_t abort_at = 0;      ///< of the body; 0: never
  std::size_t sent_at_most = 0;  ///< then the connection is gone; 0: it stays
  std::uint8_t calls = 0;
  std::uint8_t ending =
      0;  ///< bits: a deadline, a clean end, with all that is left of the input, inside the end of data
  std::uint8_t answers = 0;
  std::uint8_t handshake = 0;
};

constexpr std::size_t head_size = 16;

void choose_options(client_options& o, auto const& at) {
  constexpr tolerance presets[] = {interoperable, strict, lenient, interoperable};
  constexpr std::string_view mechanisms[] = {"", "PLAIN", "LOGIN", "XTEST", "PLAIN LOGIN XTEST", "", "", "LOGIN PLAIN"};
  o.hostname = "client.example.net";
  o.tolerances = presets[at(0) & 3U];
  if ((at(0) & 4U) != 0) o.newline = bare_newline::normalize;
  o.lmtp = (at(0) & 8U) != 0;
  o.chunking = (at(0) & 0x10U) != 0;
  o.initial_response = (at(0) & 0x20U) == 0;
  o.try_unoffered_mechanism = (at(0) & 0x40U) != 0;
  if ((at(0) & 0x80U) != 0) o.dsn = when_not_offered::refuse;
  o.tls = static_cast<tls_policy>((at(1) & 3U) % 3U);
  if ((at(1) & 4U) != 0) o.ignored.add(capability::pipelining);
  o.require_auth = (at(1) & 8U) != 0;
  o.auth_in_cleartext = (at(1) & 0x10U) != 0;
  o.mechanisms = mechanisms[at(1) >> 5U];
  if ((at(2) & 1U) != 0) o.user_name = "user";
  if ((at(2) & 2U) != 0) o.password = "secret";
  o.helo_only = (at(2) & 0x1CU) == 0x1CU;
  constexpr std::uint32_t chunk_sizes[] = {1U << 20U, 1, 7, 100};
  o.chunk_size = chunk_sizes[at(3) & 3U];
  o.chunks_in_flight = static_cast<std::uint8_t>(1 + (at(3) >> 2U & 7U));
  o.flight_budget = 512 + 64U * at(4);
  if ((at(3) & 0x80U) != 0) o.replies = {512, 3, 800};
}

setting setting_from(std::string_view head) {
  auto const at = [head](std::size_t i) { return i < head.size() ? octet(head[i]) : std::uint8_t{0}; };
  setting s;
  choose_options(s.options, at);
  s.recipients = 1 + at(5) % 6;
  s.mail.body = static_cast<body_type>(at(6) & 3U);
  s.mail.smtputf8 = (at(6) & 4U) != 0;
  if ((at(6) & 8U) != 0) s.mail.envid = "id+2B";
  if ((at(6) & 0x10U) != 0) s.mail.auth = "<>";
  if ((at(6) & 0x20U) != 0) s.rcpt.orcpt = "rfc822;a+40b";
  if ((at(6) & 0x40U) != 0) s.rcpt.notify = notify_type::success | notify_type::delay;
  if ((at(6) & 0x80U) != 0) s.mail.rest = "MT-PRIORITY=3";
  s.mail.requiretls = s.vouched = (at(7) & 0x40U) != 0;
  constexpr std::string_view words[] = {".",    "\r\n", "QUIT\r\n", "\r\n.\r\n",    "x",
                                        "\xE9", "\n",   "\r",       "some words, ", std::string_view{"\0", 1}};
  for (std::size_t i = 0; i != (at(7) & 0x3FU); ++i) {
    std::string_view const word = words[(at(8) * (i + 3) + i * i * 7) % ((at(7) & 0x80U) != 0 ? 10 : 5)];
    for (std::size_t n = at(9) & 1U ? 60 : 1; n != 0; --n) s.body += word;
  }
  s.mail.has_size = (at(9) & 2U) != 0;
  s.mail.size = s.body.size();
  s.piece = 1 + (at(9) >> 2U) * (at(9) >> 2U);
  s.abort_at = at(10) < 32 ? at(10) : 0;
  s.sent_at_most = at(11) < 128 ? std::size_t{at(11)} * (at(12) % 16U) : 0;
  s.calls = at(13);
  s.ending = at(12) >> 4U;
  s.answers = at(14);
  s.handshake = at(15);
  return s;
}

/// The octets of a reply, or what stands between the marks in it, with what is glued to it.
std::string next_segment(std::string_view& rest) {
  std::string segment;
  while (!rest.empty()) {
    char const c = rest[0];
    rest.remove_prefix(1);
    if (c == '\1') continue;
    if (c == '\2') break;
    segment += c;
    if (c != '\n') continue;
    std::size_t const before = segment.rfind('\n', segment.size() - 2);
    std::size_t const line = before == std::string::npos ? 0 : before + 1;
    bool const more = segment.size() > line + 3 && segment[line + 3] == '-';
    if (!more && !rest.starts_with('\1')) break;
  }
  return segment;
}

/// One run of a session over the input, with a log of everything that must not depend on the cuts.
class run {
 public:
  run(setting const& s, std::string_view input, std::uint32_t seed, std::size_t most)
      : setting_{s}, input_{input}, input_size_{input.size()}, random_{seed}, most_{most} {}

  void go() {
    for (std::size_t calls = 0; !step(); ++calls)
      require(calls < 64 * (input_size_ + 3 * setting_.body.size() + 200), "progress", log);
    require(!message_, "a transaction is done before the session is closed", log);
    std::string_view none;
    require(client_.next(none, now_).type() == type::closed, "closed stays closed", log);
    require(client_.output().empty(), "nothing is said when closed", log);
  }

  std::string log;
  std::string out;
  bool dropped = false;  ///< the client has dropped the connection, and with it what was not sent
  bool late = false;     ///< something behind the answer to STARTTLS came too late to be seen: the one exception

 private:
  struct message {
    std::vector<std::string> paths;
    std::vector<recipient> recipients;
    envelope env;
  };

  void check(bool holds, std::string_view what) const {
    if (!holds) require(false, what, log + "\n--- sent\n" + out);
  }

  // A fresh block of the exact size for every call, so that a pointer kept into the old one, or a read past the end, is
  // seen by the sanitizer.
  client_event call() {
    block_.reset(new char[rest_.size()]);
    std::copy(rest_.begin(), rest_.end(), block_.get());
    std::string_view in{block_.get(), rest_.size()};
    client_event const e = client_.next(in, now_);
    rest_.erase(0, rest_.size() - in.size());
    offered_rest_ = rest_.size();
    return e;
  }

  bool step() {
    client_event const e = call();
    switch (e.type()) {  // the waits are not events
      case type::need_input:
        require(rest_.empty(), "need_input means that input is used up", log);
        if (!drain(true))
          lose();
        else if (!more_of_segment())
          feed();
        return false;
      case type::need_output:
        if (!drain(true)) lose();
        return false;
      case type::need_body:
        if (!more_of_segment()) give_body();
        return false;
      case type::ready:
        if (!more_of_segment()) begin_something();
        return false;
      case type::need_tls: shake_hands(); return false;
      case type::need_answer:
      case type::misuse: require(false, "no misuse here", log); return true;
      default: break;
    }
    describe(e);
    take(e);
    if (random_() % 4 == 0) drain(false);
    return e.type() == type::closed;
  }

  void describe(client_event const& e) {
    for (unsigned const n :
         {static_cast<unsigned>(e.type()), static_cast<unsigned>(e.error()), static_cast<unsigned>(e.advice()),
          static_cast<unsigned>(e.phase()), static_cast<unsigned>(e.tolerated()), static_cast<unsigned>(e.recipient()),
          static_cast<unsigned>(e.reply().code().number()), static_cast<unsigned>(e.reply().status().status_class)})
      log += std::to_string(n) + " ";
    log += e.reply().raw();
    log += e.mechanism();
    log += e.challenge();
    log += '\n';
    if (e.error() == errc::local_text || e.error() == errc::local_aborted) dropped = true;
  }

  void take(client_event const& e) {
    switch (e.type()) {
      case type::reply:
        tell_model(e.reply().code().number(), e.reply().raw());
        unbelieved_ = unbelieved_ || (expecting_ && e.phase() == reply_phase::auth && e.reply().code().is_success());
        break;
      case type::command_done: tell_model(e.reply().code().number(), e.reply().raw()); break;
      case type::challenge:
        tell_model(e.reply().code().number(), {});
        answer_challenge(e);
        break;
      case type::auth: answer_auth(); break;
      case type::transaction_done: finish(); break;
      case type::failed:
        require(!failed_ && !message_, "failed once, and not in a transaction", log);
        failed_ = true;
        break;
      default: break;
    }
  }
  void tell_model(unsigned code, std::string_view raw) {
    if (code == 421) said_421_ = true;
    std::string_view const wrong = model_.reply(code, raw);
    check(wrong.empty(), wrong);
  }

  // --- the host's calls; which ones depends on how many there were, not on when they are made

  void begin_something() {
    require(!message_ && !failed_, "ready when nothing is under way", log);
    require(!unbelieved_, "a success that was not earned is no login", log);
    drain(true);
    switch (setting_.calls >> (2 * (begun_++ % 4U)) & 3U) {
      case 0: [[fallthrough]];
      case 1:
        if (begun_ <= 4) return submit();
        break;
      case 2:
        if (begun_ <= 4 && client_.command(begun_ == 1 ? "NOOP" : "VRFY", "user") == errc::ok) return;
        break;
      default: break;
    }
    require(client_.quit() == errc::ok, "QUIT when ready", log);
  }

  void submit() {
    auto m = std::make_unique<message>();
    for (std::size_t i = 0; i != setting_.recipients; ++i)
      m->paths.push_back(i == 2 ? "\"a > b\"@example.org" : "user" + std::to_string(i) + "@example.org");
    for (std::string const& path : m->paths) m->recipients.push_back({path, setting_.rcpt});
    m->env = {.from = "from@example.net", .params = setting_.mail, .to = m->recipients};
    m->env.server_name_vouched = setting_.vouched;
    errc const said = client_.submit(m->env);
    log += "submit: " + std::string{ehlo::message(said)} + "\n";
    if (said != errc::ok) return require(is_local(said), "an error of the host's", log);
    message_ = std::move(m);
    given_ = 0;
    model_.begin();
  }

  void give_body() {
    require(message_ != nullptr, "a body is asked for in a transaction", log);
    std::string_view const rest = std::string_view{setting_.body}.substr(given_);
    if (setting_.abort_at != 0 && given_ >= setting_.abort_at && !aborted_) {
      if (!drain(true)) return lose();
      aborted_ = true;
      return require(client_.abort() == errc::ok, "a body can be given up when it is asked for", log);
    }
    std::size_t const size = std::min(setting_.piece, rest.size());
    given_ += size;
    piece_.reset(new char[size]);
    std::copy_n(rest.begin(), size, piece_.get());
    require(client_.body({piece_.get(), size}, size == rest.size()) == errc::ok, "a piece is taken", log);
  }

  void answer_auth() {
    switch (setting_.answers >> (answers_++ % 7U) & 3U) {
      case 0: return require(client_.respond_later() == errc::ok, "no initial response", log);
      case 1: return require(client_.respond("initial") == errc::ok, "an initial response", log);
      case 2:
        expecting_ = true;
        return require(client_.respond("first", auth_expects::challenge) == errc::ok, "the first of some", log);
      default: require(client_.cancel() == errc::ok, "a mechanism can be passed over", log);
    }
  }
  void answer_challenge(client_event const& e) {
    std::string const response{e.challenge().substr(0, 300)};
    expecting_ = false;
    if ((setting_.answers >> (answers_++ % 8U) & 1U) != 0)
      require(client_.cancel() == errc::ok, "an exchange can be cancelled", log);
    else
      require(client_.respond(response) == errc::ok, "a response", log);
  }

  void shake_hands() {
    require(client_.output().empty() && rest_.empty(), "need_tls with nothing in either direction", log);
    late = late || !segment_.empty();
    segment_.clear();
    errc said{};
    if (setting_.handshake % 8U == 7U)
      said = client_.tls_failed();
    else
      said = client_.tls_started({setting_.handshake % 8U != 6U, setting_.handshake % 2U == 0U});
    require(said == errc::ok, "the handshake is taken", log);
    model_.tls_started();
  }

  // --- input

  bool more_of_segment() {
    if (segment_.empty()) return false;
    std::size_t const size =
        most_ == 0 ? segment_.size() : std::min<std::size_t>(segment_.size(), 1 + random_() % most_);
    rest_ += segment_.substr(0, size);
    segment_.erase(0, size);
    return true;
  }

  /// The next thing from the server, or its end.
  void feed() {
    segment_ = next_segment(input_);
    if (more_of_segment()) return;
    if ((setting_.ending & 1U) == 0) return end();
    require(static_cast<bool>(client_.deadline()), "who waits has a deadline", log);
    now_ = client_.deadline().at;
    require(client_.on_deadline(now_) == errc::ok, "a deadline can pass", log);
  }
  /// Nothing can be sent any more. What has come in counts.
  void lose() {
    rest_ += segment_;
    segment_.clear();
    while ((setting_.ending & 4U) != 0 && !input_.empty()) rest_ += next_segment(input_);
    if (rest_.size() == offered_rest_) end();  // it has been offered
  }
  void end() {
    if (ended_) return require(false, "an end of input leads to an end", log);
    ended_ = true;
    require(client_.end_of_input(now_, (setting_.ending & 2U) != 0) == errc::ok, "end_of_input once", log);
    seen_.clear();
  }

  // --- output

  /// False if there is more than the connection takes.
  bool drain(bool whole) {
    for (;;) {
      check_output();
      std::string waiting;
      for (std::string_view const view : client_.output()) waiting += view;
      if (waiting.empty()) return true;
      std::size_t most = waiting.size();
      bool const at_the_end = (setting_.ending & 8U) != 0 && client_.state() == client_state::verdict;
      if (at_the_end && limit_ == 0)
        limit_ = out.size() + most - std::min<std::size_t>(most, 1 + setting_.handshake / 64U);
      if (limit_ != 0) most = std::min(most, limit_ - out.size());
      if (most == 0) return false;
      std::size_t const count = 1 + random_() % most;
      out.append(waiting, 0, count);
      std::string_view const wrong = model_.take(std::string_view{waiting}.substr(0, count));
      check(wrong.empty(), wrong);
      require(client_.sent(count) == errc::ok, "sent", log);
      seen_.assign(client_.output().begin(), client_.output().end());
      if (!whole) return true;
    }
  }
  void check_output() {
    std::span<std::string_view const> const now = client_.output();
    for (std::size_t i = 0; i != seen_.size() && client_.state() != client_state::closed; ++i)
      require(i < now.size() && now[i].data() == seen_[i].data() && now[i].size() >= seen_[i].size(),
              "output does not move", log);
    seen_.assign(now.begin(), now.end());
  }

  // --- the end of a transaction

  void finish() {
    require(message_ != nullptr, "each transaction is done once", log);
    check_body();
    for (std::size_t i = 0; i != message_->recipients.size(); ++i) check_recipient(message_->recipients[i], i);
    message_.reset();
    piece_.reset();
  }

  void check_recipient(recipient const& r, std::size_t i) {
    log += "recipient " + std::to_string(static_cast<int>(r.state)) + " " + std::to_string(r.code.number()) + " " +
           std::to_string(static_cast<int>(r.decided_by)) + " " + std::to_string(r.next_transaction) + "\n";
    check(r.state != outcome::accepted && r.state != outcome::malformed, "a final outcome");
    if (r.state == outcome::delivered)
      check(model_.complete && model_.verdict(i) / 100 == 2, "delivered only after a 2yz to the whole message");
    bool const open = model_.may_be_delivered(i) && !r.next_transaction && !said_421_;
    if (open) check(r.state == outcome::delivered || r.state == outcome::unknown, "not refused without a reply");
    if (r.decided_by == reply_phase::mail && r.code != 421)
      check(model_.mail_refused(), "decided by the reply to MAIL");
    if (r.decided_by == reply_phase::rcpt && r.code != 421)
      check(i < model_.rcpts.size() && model_.rcpts[i] == r.code.number(), "decided by the reply to its RCPT");
  }

  /// What was sent is the body, as far as it was sent.
  void check_body() {
    bool const binary = setting_.mail.body == body_type::binarymime;
    std::string expected;
    std::string_view const given = setting_.body;
    for (std::size_t i = 0; i != given.size(); ++i) {
      bool const crlf = given.substr(i, 2) == "\r\n";
      if (binary || (!crlf && given[i] != '\r' && given[i] != '\n'))
        expected += given[i];
      else
        expected += given[i] == '\r' && !crlf ? " " : "\r\n";
      if (!binary && crlf) ++i;
    }
    bool const whole = model_.body == expected || model_.body == expected + "\r\n";
    check(model_.complete ? whole || model_.body.empty() : expected.starts_with(model_.body) || whole,
          "what was sent is the body");
  }

  setting const& setting_;
  std::string_view input_;
  std::size_t input_size_;
  std::minstd_rand random_;
  std::size_t most_;
  instant now_{1000};
  client client_{setting_.options, now_};
  client_model::reader model_{{setting_.options.lmtp, setting_.options.helo_only,
                               setting_.options.tls == tls_policy::never, setting_.options.tls == tls_policy::require,
                               setting_.options.require_auth && !setting_.options.mechanisms.empty(),
                               setting_.options.auth_in_cleartext,
                               !setting_.options.ignored.has(capability::pipelining)}};
  std::unique_ptr<char[]> block_;
  std::unique_ptr<char[]> piece_;
  std::unique_ptr<message> message_;
  std::string rest_;     // offered and not used, or to be offered
  std::string segment_;  // of what the server says now, what is not yet among it
  std::vector<std::string_view> seen_;
  std::size_t offered_rest_ = 0;
  std::size_t given_ = 0;
  std::size_t begun_ = 0;
  std::size_t limit_ = setting_.sent_at_most;  // so many octets can be sent; 0: any number
  std::size_t answers_ = 0;
  bool aborted_ = false;
  bool failed_ = false;
  bool expecting_ = false;   ///< the mechanism has yet to see a challenge
  bool unbelieved_ = false;  ///< there was a success instead
  bool ended_ = false;
  bool said_421_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const all{reinterpret_cast<char const*>(data), size};
  setting const s = setting_from(all.substr(0, head_size));
  if (s.options.check()) return 0;
  std::string_view const input = all.substr(std::min(head_size, size));
  run whole{s, input, 1, 0};
  whole.go();
  for (auto const& [seed, most] :
       {std::pair{2U, std::size_t{1}}, std::pair{3U, std::size_t{7}}, std::pair{4U, std::size_t{40}}}) {
    run cut{s, input, seed, most};
    cut.go();
    if (cut.late) continue;
    // Where the client has dropped the connection by itself, how much was sent before is a matter of draining.
    bool const same_output =
        cut.out == whole.out || (cut.dropped && (cut.out.starts_with(whole.out) || whole.out.starts_with(cut.out)));
    if (cut.log != whole.log || !same_output)
      std::fprintf(stderr, "--- whole\n%s\n%s\n--- cut\n%s\n%s\n", whole.log.c_str(), whole.out.c_str(),
                   cut.log.c_str(), cut.out.c_str());
    require(cut.log == whole.log && same_output, "cuts do not matter", "");
  }
  return 0;
}
