// SPDX-License-Identifier: BSL-1.0
// What a client may say after which reply, written down a second time and without the library: a reader of the octets
// that a client has sent. The oracle of client_session.cpp.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace client_model {

enum class said { greeting, hello, starttls, auth, mail, rcpt, data, chunk, end, reset, single, quit };

struct rules {
  bool lmtp = false;
  bool helo_only = false;
  bool tls_never = false;
  bool tls_required = false;
  bool auth_required = false;
  bool auth_in_cleartext = false;
  bool may_pipeline = true;
};

class reader {
 public:
  explicit reader(rules const& r) : rules_{r} {}

  /// The octets that the client has sent. Empty, or what it has done wrong.
  std::string_view take(std::string_view octets) {
    for (char const c : octets) take(c);
    return wrong_;
  }
  /// A complete reply that the client has told its host of.
  std::string_view reply(unsigned code, std::string_view raw) {
    if (open_.empty() || code == 421) {
      over_ = true;
      return wrong_;
    }
    said const what = open_.front();
    open_.pop_front();
    unsigned const digit = code / 100;
    switch (what) {
      case said::greeting: greeted_ = code == 220; break;
      case said::hello:
        ready_ = digit == 2;
        hello_refused_ = digit == 5;
        offer_ = ready_ ? std::string{raw} : std::string{};
        for (char& c : offer_)
          if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        break;
      case said::auth:
        in_auth_ = digit == 3;
        authenticated_ = authenticated_ || digit == 2;
        break;
      case said::mail:
        mail_ok_ = digit == 2;
        mail_refused_ = digit == 4 || digit == 5;
        break;
      case said::rcpt: rcpts.push_back(code); break;
      case said::data: may_send_text_ = code / 100 == 3; break;
      case said::chunk: chunk_refused_ = chunk_refused_ || digit != 2; break;
      case said::end: verdicts.push_back(code); break;
      default: break;
    }
    return wrong_;
  }
  void tls_started() {
    tls_ = true;
    ready_ = authenticated_ = false;
    offer_.clear();
  }
  /// A transaction begins: what was known of the last one is forgotten.
  void begin() {
    rcpts.clear();
    verdicts.clear();
    body.clear();
    complete = last_said_ = chunk_refused_ = may_send_text_ = false;
    mail_said_ = mail_ok_ = mail_refused_ = rcpt_said_ = data_said_ = false;
  }
  [[nodiscard]] bool accepted(std::size_t recipient) const {
    return mail_ok_ && recipient < rcpts.size() && rcpts[recipient] / 100 == 2;
  }
  /// The verdict about a recipient; 0 if there is none.
  [[nodiscard]] unsigned verdict(std::size_t recipient) const {
    std::size_t place = 0;
    for (std::size_t i = 0; rules_.lmtp && i != recipient; ++i) place += accepted(i) ? 1U : 0U;
    return accepted(recipient) && place < verdicts.size() ? verdicts[place] : 0;
  }

  [[nodiscard]] bool mail_refused() const { return mail_refused_; }
  /// The whole message is sent, and no reply has said that this recipient does not get it.
  [[nodiscard]] bool may_be_delivered(std::size_t recipient) const {
    unsigned const by_rcpt = recipient < rcpts.size() ? rcpts[recipient] / 100 : 2;
    unsigned const by_end = verdict(recipient) / 100;
    return complete && !mail_refused_ && !chunk_refused_ && by_rcpt == 2 && by_end != 4 && by_end != 5;
  }

  std::vector<unsigned> rcpts;     ///< the codes of the replies to RCPT
  std::vector<unsigned> verdicts;  ///< of those to the end of the message
  std::string body;                ///< as it has been sent, dots unstuffed
  bool complete = false;           ///< the end of the message has been sent

 private:
  void require(bool holds, std::string_view what) {
    if (!holds && wrong_.empty()) wrong_ = what;
  }

  void take(char c) {
    require(!over_, "nothing is said on a connection that is of no further use");
    if (chunk_left_ != 0) {
      body += c;
      if (--chunk_left_ == 0 && last_said_) end_message();
      return;
    }
    line_ += c;
    if (!line_.ends_with("\r\n")) return;
    std::string const line = std::move(line_);
    line_.clear();
    if (may_send_text_)
      text_line(line);
    else
      command(std::string_view{line}.substr(0, line.size() - 2));
  }

  void text_line(std::string_view line) {
    if (line == ".\r\n") {
      may_send_text_ = false;
      end_message();
      return;
    }
    body += line.substr(line.starts_with('.') ? 1 : 0);
  }
  void end_message() {
    complete = true;
    std::size_t replies = 0;
    for (std::size_t i = 0; i != rcpts.size(); ++i) replies += accepted(i) ? 1U : 0U;
    if (!rules_.lmtp || replies == 0) replies = 1;
    open_.insert(open_.end(), replies, said::end);
  }

  [[nodiscard]] bool offers(std::string_view keyword) const {
    for (std::size_t at = 0; (at = offer_.find(keyword, at)) != std::string::npos; ++at)
      if (at >= 4 && (offer_[at - 1] == '-' || (offer_[at - 1] >= 0 && offer_[at - 1] <= ' '))) return true;
    return false;
  }

  void command(std::string_view line) {
    for (char const c : line) require(c != '\r' && c != '\n' && c != '\0', "no such octet in a command");
    require(open_.empty() || open_.front() != said::greeting, "the greeting comes first");
    if (in_auth_) return alone(said::auth);
    std::string_view const verb = line.substr(0, line.find(' '));
    if (verb == "QUIT") return say_quit();
    require(greeted_, "only QUIT after a refusal");
    if (verb == "EHLO" || verb == "LHLO" || verb == "HELO") return say_hello(verb);
    if (verb == "STARTTLS") {
      require(ready_ && !tls_ && !rules_.tls_never && !mail_said_, "STARTTLS once, and where it is wanted");
      return alone(said::starttls);
    }
    require(tls_ || !rules_.tls_required, "nothing in clear text where TLS is required");
    if (verb == "AUTH") {
      require(ready_ && !authenticated_ && (tls_ || rules_.auth_in_cleartext), "AUTH where it is wanted");
      return alone(said::auth);
    }
    require(ready_, "EHLO comes first");
    if (verb == "MAIL") return say_mail();
    if (verb == "RCPT") return say_rcpt();
    if (verb == "DATA") return say_data();
    if (verb == "BDAT") return say_bdat(line);
    alone(verb == "RSET" ? said::reset : said::single);
  }

  void alone(said what) {
    require(open_.empty(), "said only when everything before is answered");
    open_.push_back(what);
  }
  void in_flight(said what) {
    require(open_.empty() || (rules_.may_pipeline && offers("PIPELINING")), "pipelined only where it is offered");
    open_.push_back(what);
  }
  void say_quit() {
    alone(said::quit);
    over_ = true;
  }
  void say_hello(std::string_view verb) {
    require(!ready_, "one EHLO is enough");
    require((verb == "LHLO") == rules_.lmtp, "LHLO is LMTP's");
    require(verb != "HELO" || rules_.helo_only || hello_refused_, "HELO when EHLO is refused");
    alone(said::hello);
  }
  void say_mail() {
    require(authenticated_ || !rules_.auth_required, "AUTH comes first");
    require(!mail_said_, "one MAIL");
    mail_said_ = true;
    alone(said::mail);
  }
  void say_rcpt() {
    require(mail_said_ && !data_said_ && !last_said_, "RCPT comes behind MAIL");
    require(!open_.empty() || mail_ok_, "no RCPT when MAIL is refused");
    rcpt_said_ = true;
    in_flight(said::rcpt);
  }
  [[nodiscard]] bool any_accepted() const {
    for (std::size_t i = 0; i != rcpts.size(); ++i)
      if (accepted(i)) return true;
    return false;
  }
  void say_data() {
    require(rcpt_said_ && !data_said_, "DATA comes behind RCPT, once");
    require(!open_.empty() || any_accepted(), "no DATA without a recipient");
    data_said_ = true;
    in_flight(said::data);
  }
  void say_bdat(std::string_view line) {
    require(rcpt_said_ && !last_said_, "BDAT comes behind RCPT, and not behind LAST");
    require(!open_.empty() || any_accepted(), "no BDAT without a recipient");
    require(!chunk_refused_, "no chunk behind one that is refused");
    require(offers("CHUNKING"), "BDAT where it is offered");
    data_said_ = true;
    chunk_left_ = 0;
    for (std::size_t i = 5; i != line.size() && line[i] >= '0' && line[i] <= '9'; ++i)
      chunk_left_ = chunk_left_ * 10 + static_cast<std::size_t>(line[i] - '0');
    last_said_ = line.ends_with(" LAST");
    if (!last_said_) return in_flight(said::chunk);
    for (said const s : open_) require(!rules_.lmtp || s != said::rcpt, "LMTP: no LAST behind an open RCPT");
    require(open_.empty() || (rules_.may_pipeline && offers("PIPELINING")), "pipelined only where it is offered");
    if (chunk_left_ == 0) end_message();
  }

  rules rules_;
  std::string_view wrong_;
  std::deque<said> open_{said::greeting};  // commands that were sent whole and are not answered
  std::string line_;
  std::string offer_;
  std::size_t chunk_left_ = 0;
  bool greeted_ = false;
  bool ready_ = false;
  bool hello_refused_ = false;
  bool tls_ = false;
  bool in_auth_ = false;
  bool authenticated_ = false;
  bool mail_said_ = false;
  bool mail_ok_ = false;
  bool mail_refused_ = false;
  bool rcpt_said_ = false;
  bool data_said_ = false;
  bool last_said_ = false;
  bool chunk_refused_ = false;
  bool may_send_text_ = false;
  bool over_ = false;
};

}  // namespace client_model
