// SPDX-License-Identifier: BSL-1.0
// Replies as a client gets them, the same on every machine: 50,000 varied ones, too many for a branch predictor to
// learn by heart, and answers to EHLO of a hundred servers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ehlo_bench {

class reply_generator {
 public:
  /// One reply, of one line but for one in fifteen.
  std::string reply() {
    std::uint64_t const kind = below(150);
    if (kind < 40) return "250 2.1.5 Ok\r\n";
    if (kind < 70) return "250 2.1.0 Ok\r\n";
    if (kind < 84) return "250 2.0.0 Ok: queued as " + token(12) + "\r\n";
    if (kind < 96) return "354 End data with <CR><LF>.<CR><LF>\r\n";
    if (kind < 102) return "221 2.0.0 Bye\r\n";
    if (kind < 108) return "250 2.1.0 <" + address() + ">... Sender ok\r\n";
    if (kind < 114) return "250 2.1.5 <" + address() + ">... Recipient ok\r\n";
    if (kind < 119) return "550 5.1.1 <" + address() + ">: Recipient address rejected: User unknown\r\n";
    if (kind < 123) return "451 4.7.1 Greylisting in action, please come back later\r\n";
    if (kind < 126) return "235 2.7.0 Authentication successful\r\n";
    if (kind < 129) return "334 VXNlcm5hbWU6\r\n";
    if (kind < 135) return "250 OK\r\n";
    if (kind < 140) return "220 mx.example.com ESMTP ready\r\n";
    if (kind < 145) return "250-2.1.5 multi\r\n250-2.1.5 line\r\n250 2.1.5 ok\r\n";
    return "550-5.7.26 This message does not have authentication information or fails to\r\n"
           "550-5.7.26 pass authentication checks. To best protect our users from spam, the\r\n"
           "550-5.7.26 message has been blocked. Please visit\r\n"
           "550 5.7.26  https://support.example.com/mail/answer/81126 for more information. " +
           token(12) + "\r\n";
  }

  /// An answer to EHLO with so many lines behind the greeting: some of the common ones in random order, or all in one.
  std::string ehlo(std::size_t extensions) {
    std::array<std::string_view, 25> all{"PIPELINING",
                                         "SIZE 52428800",
                                         "VRFY",
                                         "ETRN",
                                         "STARTTLS",
                                         "AUTH PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 XOAUTH2 OAUTHBEARER",
                                         "ENHANCEDSTATUSCODES",
                                         "8BITMIME",
                                         "DSN",
                                         "SMTPUTF8",
                                         "CHUNKING",
                                         "BINARYMIME",
                                         "HELP",
                                         "REQUIRETLS",
                                         "LIMITS RCPTMAX=100",
                                         "MT-PRIORITY MIXER",
                                         "DELIVERBY 240",
                                         "FUTURERELEASE 86400 2027-12-31T00:00:00Z",
                                         "NO-SOLICITING net.example:ADV",
                                         "BURL imap",
                                         "MTRK",
                                         "CHECKPOINT",
                                         "CONPERM",
                                         "EXPN",
                                         "ATRN"};
    std::size_t const common = extensions <= 14 ? 14 : 0;
    for (std::size_t i = 0; i != common; ++i) std::swap(all[i], all[i + below(common - i)]);
    std::string text = "250-mx" + std::to_string(below(9)) + ".example.com at your service\r\n";
    for (std::size_t i = 0; i != extensions; ++i)
      text.append(i + 1 == extensions ? "250 " : "250-").append(all[i]).append("\r\n");
    return text;
  }

  std::uint64_t below(std::uint64_t bound) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return (state_ >> 33U) % bound;
  }

 private:
  std::string token(std::size_t length) {
    std::string text;
    while (text.size() != length) text += "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[below(36)];
    return text;
  }
  std::string address() {
    static constexpr std::array<std::string_view, 6> names{"bob", "alice", "j.smith", "maximilian", "info+news", "x"};
    static constexpr std::array<std::string_view, 4> domains{"@example.com", "@mail.example.net",
                                                             "@students.uni-example.edu", "@a.io"};
    return std::string{names[below(names.size())]} + std::to_string(below(9999)) +
           std::string{domains[below(domains.size())]};
  }

  std::uint64_t state_ = 99;
};

/// Replies as one text.
struct reply_corpus {
  std::string text;
  std::size_t replies = 0;
  std::size_t lines = 0;
};

template <class Make>
reply_corpus make_reply_corpus(std::size_t count, Make make) {
  reply_corpus corpus;
  reply_generator generator;
  for (; corpus.replies != count; ++corpus.replies) corpus.text += make(generator);
  for (char const c : corpus.text) corpus.lines += c == '\n' ? 1U : 0U;
  return corpus;
}

}  // namespace ehlo_bench
