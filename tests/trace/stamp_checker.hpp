// SPDX-License-Identifier: BSL-1.0
// Whether a text is one Time-stamp-line by the letter of RFC 5321 4.4, RFC 5322 3.2 and 3.3, RFC 8314 4.3 and RFC 6531
// 3.7.3: a second writing of these rules, rule by rule, that shares nothing with the library.
#pragma once

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>

namespace stamp {

/// Each function takes what it is named after and goes on behind it, or returns false and the place is of no meaning.
class checker {
 public:
  checker(std::string text, bool utf8) : s_{std::move(text)}, utf8_{utf8} {}

  bool line() {
    return word("Received:") && fws() && from() && by() && opt_info() && (cfws(), c(';')) && fws() && date_time() &&
           word("\r\n") && i_ == s_.size();
  }
  std::string protocol, recipient, helo, address, name, id, cipher, group, comment, date;

 private:
  using size = std::size_t;

  char at() const { return i_ < s_.size() ? s_[i_] : '\0'; }
  bool c(char want) { return i_ < s_.size() && s_[i_] == want && ++i_ != 0; }
  bool word(std::string_view want) {
    for (char const one : want)
      if (i_ == s_.size() ||
          std::tolower(static_cast<unsigned char>(s_[i_++])) != std::tolower(static_cast<unsigned char>(one)))
        return false;
    return true;
  }
  template <class F>
  bool maybe(F f) {
    size const before = i_;
    if (f()) return true;
    i_ = before;
    return false;
  }
  static bool alpha(char x) { return (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z'); }
  static bool digit(char x) { return x >= '0' && x <= '9'; }
  bool eight_bit() const { return utf8_ && static_cast<unsigned char>(at()) >= 0x80; }
  bool atext() const {
    return alpha(at()) || digit(at()) ||
           (at() != '\0' && std::string_view("!#$%&'*+-/=?^_`{|}~").find(at()) != std::string_view::npos);
  }

  bool wsp() { return c(' ') || c('\t'); }
  bool fws() {  // ([*WSP CRLF] 1*WSP)
    bool some = false;
    while (wsp()) some = true;
    if (maybe([&] { return c('\r') && c('\n') && wsp(); })) {
      some = true;
      while (wsp()) {
      }
    }
    return some;
  }
  bool comment_rule() {
    if (!c('(')) return false;
    for (;;) {
      maybe([&] { return fws(); });
      if (c(')')) return true;
      if (at() == '(') {
        if (!comment_rule()) return false;
      } else if (c('\\')) {
        if (at() < ' ' || at() > '~') return false;
        ++i_;
      } else if ((at() > ' ' && at() <= '~') || eight_bit()) {
        ++i_;
      } else {
        return false;
      }
    }
  }
  bool cfws() {
    bool some = false;
    for (;;) {
      size const before = i_;
      maybe([&] { return fws(); });
      size const begin = i_;
      if (at() == '(' && maybe([&] { return comment_rule(); })) {
        comment += s_.substr(begin, i_ - begin);
        some = true;
        continue;
      }
      return some || i_ != before;
    }
  }

  bool label() {
    size const begin = i_;
    auto const inner = [&] { return alpha(at()) || digit(at()) || at() == '-' || eight_bit(); };
    while (inner()) ++i_;
    return i_ != begin && s_[begin] != '-' && s_[i_ - 1] != '-';
  }
  bool domain() {
    if (!label()) return false;
    while (maybe([&] { return c('.') && label(); })) {
    }
    return true;
  }
  bool address_literal() {
    size const begin = i_;
    if (!c('[')) return false;
    while (at() > ' ' && at() <= '~' && at() != '[' && at() != ']' && at() != '\\') ++i_;
    if (!c(']')) return false;
    std::string const inner = s_.substr(begin + 1, i_ - begin - 2);
    int a, b, d, e, used = 0;
    if (std::sscanf(inner.c_str(), "%3d.%3d.%3d.%3d%n", &a, &b, &d, &e, &used) == 4 &&
        static_cast<size>(used) == inner.size())
      return a < 256 && b < 256 && d < 256 && e < 256;
    size const colon = inner.find(':');
    return colon != std::string::npos && colon != 0 && colon + 1 != inner.size();
  }
  bool tcp_info() {
    size begin = i_;
    if (at() != '[') {
      if (!domain()) return false;
      name = s_.substr(begin, i_ - begin);
      if (!fws()) return false;
      begin = i_;
    }
    if (!address_literal()) return false;
    address = s_.substr(begin, i_ - begin);
    return true;
  }
  bool extended_domain(bool keep) {
    size const begin = i_;
    bool const literal = at() == '[';
    if (literal ? !address_literal() : !domain()) return false;
    if (keep) helo = s_.substr(begin, i_ - begin);
    std::string const name_before = name, address_before = address;
    bool const info = maybe([&] { return fws() && c('(') && tcp_info() && c(')'); });
    if (!info || !keep) name = name_before, address = address_before;
    return info || !literal;
  }
  bool from() { return word("from") && fws() && extended_domain(true); }
  bool by() { return cfws() && word("by") && fws() && extended_domain(false); }

  bool atom() {
    size const begin = i_;
    while (atext()) ++i_;
    return i_ != begin;
  }
  bool dot_atom() {
    if (!atom()) return false;
    while (maybe([&] { return c('.') && atom(); })) {
    }
    return true;
  }
  bool msg_id() { return c('<') && dot_atom() && c('@') && dot_atom() && c('>'); }
  bool local_part() {
    if (c('"')) {
      while (at() != '"') {
        if (at() == '\\') ++i_;
        if (!(at() >= ' ' && at() <= '~') && !eight_bit()) return false;
        ++i_;
      }
      return c('"');
    }
    auto const atom_utf8 = [&] {
      size const begin = i_;
      while (atext() || eight_bit()) ++i_;
      return i_ != begin;
    };
    if (!atom_utf8()) return false;
    while (maybe([&] { return c('.') && atom_utf8(); })) {
    }
    return true;
  }
  bool path() { return c('<') && local_part() && c('@') && (at() == '[' ? address_literal() : domain()) && c('>'); }

  bool keep(std::string& out, bool (checker::*rule)()) {
    size const begin = i_;
    if (!(this->*rule)()) return false;
    out = s_.substr(begin, i_ - begin);
    return true;
  }
  bool id_value() { return at() == '<' ? msg_id() : atom(); }
  bool tls_cipher() {
    if (maybe([&] { return word("0x"); })) {
      for (int k = 0; k != 4; ++k, ++i_)
        if (std::isxdigit(static_cast<unsigned char>(at())) == 0) return false;
      return true;
    }
    if (!alpha(at())) return false;
    while (alpha(at()) || digit(at()) || at() == '_') ++i_;
    return true;
  }
  bool dh_group() {
    if (!alpha(at())) return false;
    while (alpha(at()) || digit(at()) || at() == '_' || at() == '-') ++i_;
    return true;
  }
  bool opt_info() {
    auto const clause = [&](std::string_view keyword, std::string& out, bool (checker::*rule)()) {
      return maybe([&] { return cfws() && word(keyword) && fws() && keep(out, rule); });
    };
    std::string via;
    clause("via", via, &checker::atom);
    clause("with", protocol, &checker::atom);
    clause("id", id, &checker::id_value);
    clause("for", recipient, &checker::path);
    if (clause("tls", cipher, &checker::tls_cipher)) clause("group", group, &checker::dh_group);
    return true;
  }
  bool number(int& out, size digits_least, size digits_most) {
    size const begin = i_;
    while (digit(at()) && i_ - begin < digits_most) ++i_;
    if (i_ - begin < digits_least) return false;
    out = std::atoi(s_.substr(begin, i_ - begin).c_str());
    return true;
  }
  bool three(std::string& out) {
    out = s_.substr(i_, 3);
    i_ += 3;
    return i_ <= s_.size();
  }
  /// Day and date have to fit, which the C library says.
  bool date_time() {
    size const begin = i_;
    std::string weekday, month_name;
    int day, year, hour, minute, second, zone;
    if (!three(weekday) || !c(',') || !fws() || !number(day, 1, 2) || !fws() || !three(month_name) || !fws() ||
        !number(year, 4, 4) || !fws() || !number(hour, 2, 2) || !c(':') || !number(minute, 2, 2) || !c(':') ||
        !number(second, 2, 2) || !fws() || (!c('+') && !c('-')) || !number(zone, 4, 4))
      return false;
    date = s_.substr(begin, i_ - begin);
    size const month = std::string_view("JanFebMarAprMayJunJulAugSepOctNovDec").find(month_name);
    size const days = std::string_view("SunMonTueWedThuFriSat").find(weekday);
    if (month % 3 != 0 || days % 3 != 0 || hour > 23 || minute > 59 || second > 60 || zone % 100 > 59) return false;
    std::tm t{};
    t.tm_year = year - 1900;
    t.tm_mon = static_cast<int>(month / 3);
    t.tm_mday = day;
    return year >= 1900 && timegm(&t) != -2 && t.tm_mday == day && t.tm_wday == static_cast<int>(days / 3);
  }

  std::string s_;
  bool utf8_;
  size i_ = 0;
};

/// Widths: never over 998 octets, over 78 columns (a tab is eight) only where one word fills the line.
inline bool is_folded(std::string_view text) {
  while (!text.empty()) {
    std::size_t const end = text.find("\r\n");
    if (end == std::string_view::npos) return false;
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 2);
    std::size_t const columns = line.size() + (line.starts_with('\t') ? 7 : 0);
    if (line.size() > 998 || line.find_first_of("\r\n") != std::string_view::npos) return false;
    std::size_t const first = line.find_first_not_of(" \t");
    if (first == std::string_view::npos) return false;  // RFC 5322 3.2.2: no line of white space alone
    if (columns > 78 && (line[0] != '\t' || line.find(' ') != std::string_view::npos)) {
      if (line.find('"') == std::string_view::npos) return false;  // a quoted string may have spaces in itself
    }
  }
  return true;
}

}  // namespace stamp
