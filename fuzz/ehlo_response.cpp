// SPDX-License-Identifier: BSL-1.0
// Any answer to EHLO: what is offered is what the lines offer one by one, each read by the obvious look-up.
#include "check.hpp"
#include "ehlo/grammar/ehlo_line.hpp"

#include <array>
#include <cctype>
#include <cstdint>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "ehlo/wire/reply_reader.hpp"

namespace {

using fuzz::check;

std::string upper(std::string_view text) {
  std::string out{text};
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  bool inside = false;
  for (char const c : text) {
    bool const blank = static_cast<unsigned char>(c) <= ' ';
    if (!blank && !inside) out.emplace_back();
    if (!blank) out.back() += c;
    inside = !blank;
  }
  return out;
}

/// A number of at most so many digits, or 0.
std::uint64_t number(std::string const& word, std::size_t digits) {
  if (word.empty() || word.size() > digits || word.find_first_not_of("0123456789") != std::string::npos) return 0;
  std::uint64_t value = 0;
  for (char const c : word) {
    auto const digit = static_cast<std::uint64_t>(c - '0');
    if (value > (UINT64_MAX - digit) / 10) return 0;
    value = value * 10 + digit;
  }
  return value;
}

template <class T>
void set_first(T& to, std::uint64_t value) {
  if (to == 0) to = static_cast<T>(value);
}

void obvious(std::string_view text, std::string_view mechanisms, ehlo::service_offer& into) {
  using ehlo::capability;
  std::vector<std::string> line = words(upper(text));
  if (line.empty() || std::isalnum(static_cast<unsigned char>(line[0][0])) == 0) return;
  if (line[0].size() > 5 && line[0].starts_with("AUTH=")) {
    line.insert(line.begin() + 1, line[0].substr(5));
    line[0] = "AUTH";
  }
  capability what{};
  for (ehlo::capability_keyword const& name : ehlo::capability_keywords)
    if (name.keyword == line[0]) what = name.what;
  into.keywords.add(what);
  std::string const first = line.size() > 1 ? line[1] : "";
  if (what == capability::size) set_first(into.max_size, number(first, 20));
  if (what == capability::deliverby) set_first(into.min_deliver_by_s, number(first.substr(0, first.find(',')), 9));
  if (what == capability::futurerelease) {
    set_first(into.max_hold_s, first.starts_with('0') ? 0 : number(first, 9));
    ehlo::date_time until;
    if (line.size() > 2 && into.max_hold_until == 0 && ehlo::parse_hold_until(line[2], until))
      into.max_hold_until = ehlo::unix_seconds(until);
  }
  for (std::size_t i = 1; i != line.size(); ++i) {
    if (what == capability::limits) {
      std::size_t const equals = line[i].find('=');
      std::string const name = line[i].substr(0, equals);
      std::uint64_t const value = equals == std::string::npos ? 0 : number(line[i].substr(equals + 1), 6);
      if (name == "RCPTMAX") set_first(into.rcpt_max, value);
      if (name == "MAILMAX") set_first(into.mail_max, value);
      if (name == "RCPTDOMAINMAX") set_first(into.rcpt_domain_max, value);
    }
    if (what == capability::auth) {
      std::vector<std::string> const known = words(upper(mechanisms));
      for (std::size_t k = 0; k != known.size() && k != 32; ++k)
        if (known[k] == line[i]) into.mechanisms |= 1U << k;
    }
  }
}

constexpr std::array<std::string_view, 4> lists{"", "PLAIN", "scram-sha-256  SCRAM-SHA-1 PLAIN LOGIN xoauth2 ",
                                                "a b c d e f g h i j k l m n o p q r s t u v w x y z "
                                                "aa bb cc dd ee ff gg hh"};

/// The first octets choose the mechanisms and how the text is used.
constexpr std::size_t head = 8;

void check_reply(ehlo::reply_view const& reply, std::string_view mechanisms) {
  ehlo::service_offer expected;
  ehlo::service_offer by_line;
  for (auto line = ++reply.lines().begin(); line != reply.lines().end(); ++line) {
    std::unique_ptr<char[]> const text(new char[line->text.size()]);  // nothing readable behind it
    line->text.copy(text.get(), line->text.size());
    obvious(line->text, mechanisms, expected);
    ehlo::read_ehlo_line({text.get(), line->text.size()}, mechanisms, by_line);
  }
  check(by_line == expected);
  check(ehlo::read_ehlo_response(reply, mechanisms) == expected);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < head) return 0;
  std::string_view const mechanisms = lists[data[0] % lists.size()];
  // Replies as they stand, or one that is made of the lines of the text.
  std::string const given(reinterpret_cast<char const*>(data) + head, size - head);
  std::string raw = given;
  if ((data[0] & 4) != 0) {
    raw = "250-mx\r\n";
    std::istringstream lines{given};
    for (std::string line; std::getline(lines, line);) raw += "250-" + line + "\r\n";
    raw += "250 HELP\r\n";
  }
  std::unique_ptr<char[]> const exact(new char[raw.size()]);
  raw.copy(exact.get(), raw.size());
  // What no reader has passed must be harmless too.
  (void)ehlo::read_ehlo_response({{exact.get(), raw.size()}, 250, {}}, mechanisms);
  ehlo::reply_reader reader;
  std::array<char, 16384> storage;  // NOLINT: not read before it is written
  std::string_view in{exact.get(), raw.size()};
  for (;;) {
    auto const read = reader.read(in, storage, {}, ehlo::lenient);
    if (read.what != ehlo::reply_reader::status::reply) break;
    check_reply(read.reply, mechanisms);
  }
  return 0;
}
