// SPDX-License-Identifier: BSL-1.0
// Random messages with their envelopes: paths of many kinds, the parameters of every extension, bodies that look for
// trouble.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "dice.hpp"
#include "ehlo/client.hpp"

namespace back_to_back {

/// A message as the client's host owns it. Its texts are made here and never move.
struct mail {
  std::deque<std::string> texts;
  std::vector<ehlo::recipient> recipients;
  ehlo::envelope envelope;
  std::string body;

  std::string_view keep(std::string text) { return texts.emplace_back(std::move(text)); }
};

/// A text that a path is made of, without what the wire's syntax adds.
[[nodiscard]] inline std::string_view mailbox_of(std::string_view path) {
  if (path.starts_with('<')) path = path.substr(1, path.size() - 2);
  return path;
}

class mail_maker {
 public:
  mail_maker(dice& d, ehlo::service_offer const& offer, bool tls) : dice_{d}, offer_{offer}, tls_{tls} {}

  void make(mail& m, ehlo::client_options const& o) {
    utf8_ = offers(ehlo::capability::smtputf8) && dice_.percent(40);
    ehlo::mail_params& p = m.envelope.params;
    p.smtputf8 = utf8_;
    choose_body_type(p);
    make_body(m.body, o, p.body);
    make_mail_params(m);
    m.envelope.from = dice_.percent(15) ? m.keep(dice_.percent(50) ? "" : "<>") : path(m, false);
    std::size_t const count = dice_.percent(4) ? dice_.between(90, 260) : dice_.between(1, 6);
    for (std::size_t i = 0; i != count; ++i) {
      ehlo::recipient r{path(m, true)};
      make_rcpt_params(m, r.params);
      m.recipients.push_back(r);
    }
    m.envelope.to = m.recipients;
  }

 private:
  [[nodiscard]] bool offers(ehlo::capability c) { return offer_.keywords.has(c) || dice_.percent(1); }

  std::string word(std::size_t least, std::size_t most) {
    constexpr std::string_view atext = "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789!#$%&'*+-/=?^_`{|}~";
    std::string text;
    for (std::size_t i = dice_.between(least, most); i != 0; --i) text += atext[dice_.below(atext.size())];
    return text;
  }
  std::string name() {
    std::string text = "u" + std::to_string(dice_.below(100000));
    return text;
  }
  std::string quoted() {
    constexpr std::array<std::string_view, 9> parts{" ", "<", ">", "@", "\\\"", "\\\\", "a", ".", ","};
    std::string text = "\"";
    for (std::size_t i = dice_.below(9); i != 0; --i) text += dice_.of(parts);
    return text + "q\"";
  }
  std::string local_part() {
    switch (dice_.below(8)) {
      case 0: return quoted();
      case 1: return word(1, 20);
      case 2: return name() + "." + word(1, 9);
      case 3: return dice_.percent(50) ? word(60, 190) : name();
      case 4: return utf8_ ? "\xC3\xBC" + name() + "\xE4\xBD\xA0" : name();
      case 5: return dice_.percent(20) ? name() + "..x" : name();
      default: return name();
    }
  }
  std::string domain() {
    constexpr std::array<std::string_view, 6> plain{"example.org",     "example.net",       "x",
                                                    "a.b.example.com", "xn--bcher.example", "under_score.example"};
    constexpr std::array<std::string_view, 3> literals{"[192.0.2.1]", "[IPv6:2001:db8::1]", "[IPv6:::1]"};
    if (dice_.percent(10)) return std::string{dice_.of(literals)};
    if (utf8_ && dice_.percent(20))
      return "b\xC3\xBC"
             "cher.example";
    return std::string{dice_.of(plain)};
  }
  std::string_view path(mail& m, bool forward) {
    if (dice_.below(500) == 0) return m.keep("no path \r\nRSET");
    std::string text = forward && dice_.percent(3) ? "Postmaster" : local_part() + "@" + domain();
    if (dice_.percent(30)) text = "<" + text + ">";
    return m.keep(text);
  }

  std::string xtext() {
    std::string text = word(1, 20);
    for (char& c : text)
      if (c == '+' || c == '=') c = '-';
    if (dice_.percent(40)) text += "+2B+3D";
    return text;
  }
  void choose_body_type(ehlo::mail_params& p) {
    using enum ehlo::body_type;
    p.body = unstated;
    if (offers(ehlo::capability::eightbitmime) && dice_.percent(50))
      p.body = dice_.percent(50) ? sevenbit : eightbitmime;
    if (offers(ehlo::capability::binarymime) && dice_.percent(50)) p.body = binarymime;
  }
  void make_mail_params(mail& m) {
    using enum ehlo::capability;
    ehlo::mail_params& p = m.envelope.params;
    if (dice_.percent(60)) {
      p.has_size = true;
      p.size = dice_.percent(90) ? m.body.size() : dice_.size(100000);
    }
    if (tls_ && offers(requiretls) && dice_.percent(30)) p.requiretls = m.envelope.server_name_vouched = true;
    if (dice_.percent(30)) p.ret = dice_.percent(50) ? ehlo::ret_type::full : ehlo::ret_type::headers;
    if (dice_.percent(30)) p.envid = m.keep(xtext());
    if (dice_.percent(20)) p.auth = m.keep(dice_.percent(30) ? "<>" : "u" + xtext() + "@example.org");
    std::string rest;
    if (offers(deliverby) && dice_.percent(30)) rest += dice_.percent(50) ? " BY=120;R" : " by=-5;NT";
    if (offers(futurerelease) && dice_.percent(30))
      rest += dice_.percent(50) ? " HOLDFOR=60" : " HOLDUNTIL=2029-12-31T00:00:00Z";
    if (offers(mt_priority) && dice_.percent(30)) rest += " MT-PRIORITY=" + std::to_string(dice_.below(10));
    if (!rest.empty()) p.rest = m.keep(rest.substr(1));
  }
  void make_rcpt_params(mail& m, ehlo::rcpt_params& p) {
    using enum ehlo::notify_type;
    if (dice_.percent(25)) {
      p.notify = static_cast<ehlo::notify_type>(dice_.below(8) << 1U);
      if (p.notify == unstated) p.notify = never;
    }
    if (dice_.percent(25)) p.orcpt = m.keep("rfc822;" + xtext());
  }

  void make_body(std::string& body, ehlo::client_options const& o, ehlo::body_type declared) {
    bool const any_octet = declared == ehlo::body_type::binarymime;
    bool const bare = any_octet || o.newline == ehlo::bare_newline::normalize || dice_.below(200) == 0;
    std::size_t const pieces = dice_.size(300);
    for (std::size_t i = 0; i != pieces; ++i) {
      switch (dice_.below(bare ? 12 : 9)) {
        case 0: body += '.'; break;
        case 1:
        case 2:
        case 3: body += "\r\n"; break;
        case 4: body += "\r\n.\r\n"; break;
        case 5: body += "RSET\r\n"; break;
        case 6: body.append(dice_.size(2500), 'x'); break;
        case 7: body += declared == ehlo::body_type::sevenbit || !dice_.percent(30) ? "y" : "\xC3\xA9"; break;
        case 8: body += "line "; break;
        case 9: body += '\n'; break;
        case 10: body += '\r'; break;
        default: body += any_octet ? static_cast<char>(dice_.below(256)) : '.'; break;
      }
    }
  }

  dice& dice_;
  ehlo::service_offer const& offer_;
  bool tls_;
  bool utf8_ = false;
};

/// What arrives of a body that is sent as text: every line with its CRLF.
[[nodiscard]] inline std::string as_text(std::string_view body) {
  std::string text;
  for (std::size_t i = 0; i != body.size(); ++i) {
    bool const crlf = body.substr(i, 2) == "\r\n";
    if (crlf || body[i] == '\n') {
      text += "\r\n";
      i += std::size_t{crlf};
    } else {
      text += body[i] == '\r' ? ' ' : body[i];
    }
  }
  if (!text.empty() && !text.ends_with("\r\n")) text += "\r\n";
  return text;
}

}  // namespace back_to_back
