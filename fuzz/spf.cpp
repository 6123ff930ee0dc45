// SPDX-License-Identifier: BSL-1.0
// Any text as a record, a domain-spec or an explanation: accepted where the ABNF accepts it. Any zone, client and order
// of answers: what check_host() as RFC 7208 tells it says, a bounded number of questions, and a field and an
// explanation that are printable.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "../tests/sender/spf_abnf.hpp"
#include "../tests/sender/spf_oracle.hpp"
#include "check.hpp"
#include "choices.hpp"
#include "ehlo/sender/received_spf.hpp"

namespace {

using fuzz::check;
using fuzz::choices;
using namespace spf;
using ehlo::errc;

void check_grammar(std::string_view text) {
  spf_record record;
  spf_abnf::grammar const rules{text};
  check((parse_spf_record(text, record) == spf_problem::no_problem) == rules.is_record());
  spf_term term;
  bool const one_term = text.find(' ') == std::string_view::npos;
  if (one_term) check((parse_spf_term(text, term) == spf_problem::no_problem) == rules.is_term());
  check(check_domain_spec(text).valid == rules.is_domain_spec());
  check(is_macro_string(text) == rules.is_macro_string());
  check(is_explain_string(text) == rules.is_explain_string());
}

void check_expansion(std::string_view text, spf_client const& client, std::string const& local) {
  if (!check_domain_spec(text).valid) return;
  oracle plain{{}, client, {}};
  plain.set_sender(local, "example.org");
  std::string const sender = (local.empty() ? "postmaster" : local) + "@example.org";
  ehlo::domain_name const name = expand_domain_spec(text, {.sender = sender,
                                                           .local_part = local.empty() ? "postmaster" : local,
                                                           .sender_domain = "example.org",
                                                           .domain = "a.b.example.org",
                                                           .client = client.address,
                                                           .helo = client.helo});
  check(name.view() == plain.target(text, "a.b.example.org"));
}

/// key "=" ( dot-atom / quoted-string ), from the front.
void take_pair(std::string_view& rest) {
  std::size_t const equals = rest.find('=');
  check(equals != 0 && rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == equals);
  rest.remove_prefix(equals + 1);
  if (!rest.starts_with('"')) {
    std::string_view const atom = rest.substr(0, rest.find(';'));
    check(!atom.empty() && atom.front() != '.' && atom.back() != '.' && atom.find("..") == std::string_view::npos);
    for (char const c : atom) check(c == '.' || ehlo::has_class(c, ehlo::char_class::atext));
    return rest.remove_prefix(atom.size());
  }
  std::size_t end = 1;
  for (; end < rest.size() && rest[end] != '"'; ++end) end += rest[end] == '\\' ? 1 : 0;
  check(end < rest.size());
  rest.remove_prefix(end + 1);
}

/// header-field of RFC 7208 9.1, in lines that a header can have.
void check_field(spf_check_core const& done, bool utf8) {
  std::array<char, received_spf_room> room;
  ehlo::text_writer out{room};
  check(write_received_spf(out, done, utf8) == errc::ok);
  std::string_view lines = out.written();
  std::string field;
  while (!lines.empty()) {
    std::string_view const line = take_line(lines);
    check(line.ends_with('\r') && line.size() <= 999 && (field.empty() || (line.starts_with('\t') && line.size() > 2)));
    for (char const c : line.substr(field.empty() ? 0 : 1, line.size() - (field.empty() ? 1 : 2)))
      check(c >= ' ' ? c != '\x7f' : utf8 && ehlo::octet(c) >= 0x80);
    field += line.substr(0, line.size() - 1);
  }
  std::replace(field.begin(), field.end(), '\t', ' ');
  std::string_view rest = field;
  for (std::string_view const part :
       {std::string_view{"Received-SPF: "}, name(done.result()), std::string_view{" ("}}) {
    check(rest.starts_with(part));
    rest.remove_prefix(part.size());
  }
  std::string_view const comment = rest.substr(0, rest.find(')'));
  check(comment.find_first_of("(\\") == std::string_view::npos);
  rest.remove_prefix(comment.size());
  for (std::string_view before = ") "; !rest.empty(); before = "; ") {
    check(rest.starts_with(before));
    rest.remove_prefix(before.size());
    take_pair(rest);
  }
  check(done.explanation().size() <= spf_explanation_limit);
  for (char const c : done.explanation()) check(c >= ' ' && c <= '~');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const whole_input{reinterpret_cast<char const*>(data), size};
  choices input{whole_input};
  auto const below = [&](std::size_t count) { return input.below(count); };
  static constexpr std::string_view clients[]{"192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "198.51.100.1", ""};
  std::size_t const flags = below(256);
  std::string const helo{below(2) == 0 ? "a.x" : input.octets(below(40))};
  std::string path{below(4) != 0 ? "joe@b.x" : input.octets(below(60))};
  spf_client const client{ehlo::parse_ip_address(clients[below(5)]), helo, path};
  spf_options const options{.helo_first = (flags & 1U) != 0, .void_limit = static_cast<unsigned>(flags >> 1U & 7U)};

  zone in{any_zone(below)};
  in.add("b.x TXT v=spf1 " + std::string{input.octets(below(60))});
  in.add("a.x TXT " + std::string{input.octets(below(100))});
  std::string const text{whole_input.substr(size > 160 ? size - 160 : 0)};

  std::string const expected = oracle{in, client, options}.whole();
  for (int run = 0; run != 2; ++run) {
    spf_check one{client, options, {}};
    auto const pick = [&](std::size_t count) { return run == 0 ? below(count) : count - 1; };
    check(play(one, in, pick).size() <= (options.helo_first ? 246U : 123U));
    check(whole(one) == expected);
    check_field(one, (flags & 16U) != 0);
  }
  // What is wrong is refused and changes nothing; what is given up ends.
  basic_spf_check<512> small{client, options, {}};
  play(small, in, [&](std::size_t count) {
    dns_question const wrong{static_cast<dns_type>(below(30)), "x", static_cast<std::uint16_t>(200 + below(60))};
    check(small.answer(wrong, {}) != errc::ok);
    if (below(40) == 1) small.end_waiting();
    return below(count);
  });
  check(small.done() && !small.ask());

  check_grammar(text);
  check_grammar("v=spf1 " + text);
  if (client.address.kind != ehlo::literal_kind::none)
    check_expansion(text, {ehlo::without_mapping(client.address), helo, {}}, path);
  return 0;
}
