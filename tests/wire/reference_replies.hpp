// SPDX-License-Identifier: BSL-1.0
// What reply_reader must say, obviously: octet by octet over the whole text, in words. Standard library only, apart
// from the types.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/wire/reply_reader.hpp"

namespace reference {

/// One reply: code, status, flags, octets.
inline std::string say_reply(std::string const& code, std::string const& status, bool mixed, bool digits, bool bare_lf,
                             std::string_view raw) {
  return code + ' ' + status + (mixed ? " mixed" : "") + (digits ? " digits" : "") + (bare_lf ? " bare" : "") + " [" +
         std::string(raw) + "]\n";
}

/// What a reader said, in the words of replies(). `used`: octets consumed since the beginning.
inline std::string say(ehlo::reply_reader::status what, ehlo::reply_view const& reply, bool bare_lf, std::size_t used) {
  using status = ehlo::reply_reader::status;
  if (what == status::malformed) return "malformed at " + std::to_string(used) + '\n';
  if (what == status::too_long) return "too long at " + std::to_string(used) + '\n';
  auto const [status_class, subject, detail] = reply.status();
  std::string const words = std::to_string(status_class) + '.' + std::to_string(subject) + '.' + std::to_string(detail);
  return say_reply(std::to_string(reply.code().number()), words, reply.mixed(), reply.mixed_digits(), bare_lf,
                   reply.raw());
}

/// One line without its end.
struct line {
  std::string code;
  std::string status;
  bool last = true;
};

inline bool is_sub_code(std::string const& text) {
  return !text.empty() && text.size() <= 3 && text.find_first_not_of("0123456789") == std::string::npos &&
         (text.size() == 1 || text[0] != '0');
}

/// The line, or one without a code.
inline line read_line(std::string const& text) {
  auto const digit = [&](std::size_t at, char least, char most) {
    return at < text.size() && text[at] >= least && text[at] <= most;
  };
  if (!digit(0, '2', '5') || !digit(1, '0', '9') || !digit(2, '0', '9')) return {};
  if (text.size() > 3 && text[3] != ' ' && text[3] != '-') return {};
  line result{text.substr(0, 3), "", text.size() == 3 || text[3] == ' '};
  std::string const word = text.size() > 4 ? text.substr(4, text.find(' ', 4) - 4) : "";
  std::size_t const dot = word.find('.', 2);
  bool const fits = word.starts_with(text.substr(0, 1) + '.') && text[0] != '3' && dot != std::string::npos;
  if (fits && is_sub_code(word.substr(2, dot - 2)) && is_sub_code(word.substr(dot + 1))) result.status = word;
  return result;
}

/// All replies of the text until one fails, and "partial" if the last has not ended.
inline std::string replies(std::string_view text, ehlo::reply_limits const& limits, ehlo::tolerance allowed,
                           std::size_t storage) {
  std::string said;
  std::size_t const most = limits.octets < storage ? limits.octets : storage;
  for (std::size_t begin = 0; begin != text.size();) {
    std::vector<std::string> statuses;
    std::string first;
    bool mixed = false;
    bool digits = false;
    bool bare_lf = false;
    std::size_t line_at = begin;
    std::size_t lines = 0;
    for (std::size_t at = begin;; ++at) {
      std::string const place = " at " + std::to_string(at) + '\n';
      if (at - line_at >= limits.line || at - begin >= most) return said + "too long" + place;
      if (at == text.size()) return said + "partial";
      if (text[at] != '\n') continue;
      std::string octets{text.substr(line_at, at - line_at)};
      std::string const malformed = said + "malformed at " + std::to_string(at + 1) + '\n';
      bool const bare = octets.empty() || octets.back() != '\r';
      if (bare && !ehlo::allows(allowed, ehlo::tolerance::bare_lf_in_command)) return malformed;
      if (!bare) octets.pop_back();
      line const one = read_line(octets);
      if (one.code.empty()) return malformed;
      if (first.empty()) first = one.code;
      if (one.code != first && !ehlo::allows(allowed, ehlo::tolerance::mixed_reply_codes)) return malformed;
      mixed = mixed || one.code != first;
      digits = digits || one.code[0] != first[0];
      bare_lf = bare_lf || bare;
      if (!one.status.empty()) statuses.push_back(one.status);
      if (one.last) {
        std::string_view const raw = text.substr(begin, at + 1 - begin);
        std::string status = "0.0.0";
        for (std::size_t i = statuses.size(); i-- != 0;)
          if (statuses[i][0] == one.code[0]) status = statuses[i];
        said += say_reply(one.code, status, mixed, digits, bare_lf, raw);
        begin = at + 1;
        break;
      }
      line_at = at + 1;
      if (++lines >= limits.lines) return said + "too long at " + std::to_string(at + 1) + '\n';
    }
  }
  return said;
}

}  // namespace reference
