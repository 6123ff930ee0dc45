// SPDX-License-Identifier: BSL-1.0
// 50,000 varied commands, the same on every machine: too many for a branch predictor to learn by heart. The mix is that
// of a relay: sessions of EHLO, AUTH, MAIL with SIZE, BODY and DSN parameters, several RCPT, DATA or BDAT, RSET, QUIT.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/grammar/base64.hpp"
#include "ehlo/grammar/xtext.hpp"

namespace ehlo_bench {

class command_generator {
 public:
  /// Lines without their CRLF.
  std::vector<std::string> make(std::size_t count) {
    while (lines_.size() < count) add_session();
    lines_.resize(count);
    return lines_;
  }

 private:
  template <class T, std::size_t N>
  T const& pick(std::array<T, N> const& from) {
    return from[below(N)];
  }
  std::uint64_t below(std::uint64_t bound) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return (state_ >> 33U) % bound;
  }
  bool chance(unsigned percent) { return below(100) < percent; }
  std::string number(std::uint64_t lowest, std::uint64_t bound) {
    return std::to_string(lowest + below(bound - lowest));
  }
  std::string token(std::size_t length) {
    std::string text;
    while (text.size() != length) text += "0123456789abcdefghijklmnopqrstuvwxyz"[below(36)];
    return text;
  }

  std::string domain() {
    static constexpr std::array<std::string_view, 9> domains{
        "example.com",
        "example.net",
        "example.org",
        "mail.example.com",
        "corp.example.co.uk",
        "mx1.bulk.example.io",
        "students.uni-example.edu",
        "a.io",
        "longer-subdomain.of.some.quite-long-hosting-company.example"};
    return std::string{pick(domains)};
  }
  std::string address() {
    static constexpr std::array<std::string_view, 29> names{"alice",
                                                            "bob",
                                                            "carol",
                                                            "dave",
                                                            "erin",
                                                            "frank",
                                                            "grace",
                                                            "heidi",
                                                            "ivan",
                                                            "judy",
                                                            "mallory",
                                                            "niaj",
                                                            "olivia",
                                                            "peggy",
                                                            "rupert",
                                                            "sybil",
                                                            "trent",
                                                            "victor",
                                                            "walter",
                                                            "yolanda",
                                                            "maximilian",
                                                            "j.smith",
                                                            "info+newsletter",
                                                            "support",
                                                            "no-reply",
                                                            "postmaster",
                                                            "bounces+2981-4f1c-user=example.net",
                                                            "d.r.o.p",
                                                            "x"};
    return std::string{pick(names)} + (chance(50) ? number(1, 9999) : "") + '@' + domain();
  }
  static std::string xtext(std::string_view text) {
    std::array<char, 512> storage{};
    return std::string{ehlo::encode_xtext(text, storage).text(storage)};
  }
  static std::string base64(std::string_view text) {
    std::array<char, 512> storage{};
    return std::string{ehlo::encode_base64(text, storage).text(storage)};
  }

  std::string mail() {
    static constexpr std::array<std::string_view, 3> bodies{" BODY=8BITMIME", " BODY=8BITMIME", " BODY=7BIT"};
    std::string line = "MAIL FROM:<" + (chance(7) ? std::string{} : address()) + '>';
    std::uint64_t const options = below(100);
    if (options < 85) line += " SIZE=" + number(800, 9'000'000);
    if (options < 55) line += pick(bodies);
    if (chance(15)) line += " SMTPUTF8";
    if (chance(25))
      line += std::string{chance(50) ? " RET=HDRS" : " RET=FULL"} + " ENVID=" + xtext("QQ314159" + token(12));
    return line;
  }
  std::string rcpt() {
    static constexpr std::array<std::string_view, 5> wishes{"NEVER", "FAILURE", "SUCCESS,FAILURE",
                                                            "SUCCESS,FAILURE,DELAY", "FAILURE,DELAY"};
    std::string const to = address();
    std::string line = "RCPT TO:<" + to + '>';
    std::uint64_t const options = below(100);
    if (options < 25) line += " NOTIFY=" + std::string{pick(wishes)};
    if (options < 18) line += " ORCPT=rfc822;" + xtext(to);
    return line;
  }
  void add_transaction() {
    static constexpr std::array<unsigned, 8> recipients{1, 1, 1, 1, 2, 3, 5, 8};
    lines_.push_back(mail());
    for (unsigned n = pick(recipients); n != 0; --n) lines_.push_back(rcpt());
    lines_.push_back(chance(75) ? "DATA" : "BDAT " + number(100, 1'000'000) + " LAST");
    if (chance(20)) lines_.emplace_back("RSET");
  }
  void add_session() {
    static constexpr std::array<unsigned, 5> transactions{1, 1, 1, 2, 3};
    lines_.push_back("EHLO " + (chance(10) ? "[192.0.2." + number(1, 255) + ']' : "mail-" + token(6) + '.' + domain()));
    if (chance(35)) {
      std::string const plain = std::string{'\0'} + "user" + number(0, 9999) + '@' + domain() + '\0' + token(14);
      lines_.push_back("AUTH PLAIN " + base64(plain));
    }
    for (unsigned n = pick(transactions); n != 0; --n) add_transaction();
    lines_.emplace_back("QUIT");
  }

  std::uint64_t state_ = 99;
  std::vector<std::string> lines_;
};

/// The commands as one text with CRLF, and views of them without.
struct command_corpus {
  std::string text;
  std::vector<std::string_view> lines;
};

inline command_corpus make_command_corpus(std::size_t count) {
  command_corpus corpus;
  std::vector<std::string> const lines = command_generator{}.make(count);
  for (std::string const& line : lines) corpus.text += line + "\r\n";
  std::size_t at = 0;
  for (std::string const& line : lines) {
    corpus.lines.push_back(std::string_view{corpus.text}.substr(at, line.size()));
    at += line.size() + 2;
  }
  return corpus;
}

}  // namespace ehlo_bench
