// SPDX-License-Identifier: BSL-1.0
// Any octets as an Authentication-Results field and as a From field; any octets in what is written. What was written is
// read again as it was meant, nothing leaves its place, and a From that is put together from addresses, comments and
// folds has just their domains.
#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "check.hpp"
#include "choices.hpp"
#include "ehlo/sender/authentication_results.hpp"
#include "ehlo/sender/authentication_results_field.hpp"
#include "ehlo/sender/from_domain.hpp"

namespace {

using fuzz::check;
using fuzz::choices;
using namespace ehlo::sender;
using ehlo::errc;

std::string any_text(choices& input) { return std::string{input.octets(input.below(60))}; }

bool within(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}
std::string decoded(std::string_view value) {
  std::string text(value.size(), '\0');
  ehlo::decoded const result = decode_authentication_value(value, text);
  check(result.valid && result.size <= value.size());
  return text.substr(0, result.size);
}

/// Everything that a field says, in one text; decoded, so that two spellings of it are equal.
std::string meaning(authentication_results_field const& field, std::string_view whole) {
  std::string text = decoded(field.authserv_id()) + "\n";
  authentication_result_list results = field.results();
  for (authentication_result one; results.next(one);) {
    check(within(one.method, whole) && within(one.result, whole) && within(one.reason, whole));
    text.append(one.method).append("=").append(one.result).append(" ").append(decoded(one.reason)).append("\n");
    authentication_property_list properties{one};
    for (authentication_property p; properties.next(p);) {
      check(within(p.type, whole) && within(p.name, whole) && within(p.value, whole) && within(p.domain, p.value));
      check(p.domain.empty() || p.value.ends_with(p.domain));
      text.append(p.type).append(".").append(p.name).append("=").append(decoded(p.value)).append("\n");
    }
  }
  return text;
}

/// The value of the one field that stands there, in lines that nothing else can be read from.
std::string_view value_of(std::string_view written) {
  check(written.starts_with("Authentication-Results:") && written.ends_with("\r\n"));
  header_fields const fields{written};
  check(fields.begin()->raw.size() == written.size());
  std::size_t column = 0;
  for (std::size_t i = 0; i != written.size(); ++i) {
    bool const line_end = written.substr(i).starts_with("\r\n");
    check(line_end || written[i] == '\t' || !ehlo::has_class(written[i], ehlo::char_class::control));
    column = line_end ? 0 : column + 1;
    i += line_end ? 1 : 0;
    check(column <= 998);
  }
  return fields.begin()->value;
}

/// What was read, written in the plain form.
void read_field(std::string_view text) {
  authentication_results_field const field{text};
  std::string const raw = "Authentication-Results:" + std::string{text};
  header_field const as_field{"Authentication-Results", text, raw};
  constexpr std::array<std::string_view, 1> ours{"mx.example.org"};
  bool const forged = claims_to_be_ours(as_field, ours);
  std::string const said = meaning(field, text);
  if (field.error() == authentication_results_error::authserv_id) return check(forged);
  if (field.error() == authentication_results_error::version) return check(forged && field.version() != 1);
  std::string const id = decoded(field.authserv_id());
  std::array<std::string_view, 1> const theirs{id};
  if (id.size() < 250) check(claims_to_be_ours(as_field, theirs));
  if (ehlo::same_domain(id, ours[0])) check(forged);
  if (field.error() != authentication_results_error::none) return;

  std::vector<char> room(2000 + 8 * text.size());
  ehlo::text_writer out{room};
  authentication_results line{out, id, true};
  bool same = text.find('\0') == text.npos;
  authentication_result_list results = field.results();
  for (authentication_result one; results.next(one);) {
    line.result(one.method, one.result);
    same = same && one.reason.size() < 300;
    if (!one.reason.empty()) line.reason(decoded(one.reason));
    authentication_property_list properties{one};
    for (authentication_property p; properties.next(p);) {
      // With CFWS inside of an address it is another text; controls do not come through.
      for (char const c : p.value) same = same && (ehlo::octet(c) > ' ' || c == ' ') && c != '(' && c != '\x7F';
      same = same && p.value.size() < 300 && ehlo::is_utf8(p.value);
      line.property(p.type, p.name, decoded(p.value));
    }
    for (char const c : decoded(one.reason)) same = same && ehlo::octet(c) >= ' ' && c != '\x7F';
    same = same && ehlo::is_utf8(one.reason);
  }
  errc const e = line.end();
  check(e == errc::ok || e == errc::local_argument);
  if (e != errc::ok || !same) return;
  std::string_view const value = value_of(out.written());
  authentication_results_field const again{value};
  check(again.error() == authentication_results_error::none && meaning(again, value) == said);
}

void write_field(choices& input) {
  std::array<char, 20000> room{};
  ehlo::text_writer out{room};
  bool const utf8 = input.below(2) == 1;
  std::string const id = input.below(2) == 0 ? "mx.example.org" : any_text(input);
  authentication_results line{out, id, utf8};
  std::size_t const results = input.below(4);
  std::vector<std::string> plain;
  for (std::size_t i = 0; i != results; ++i) {
    line.result("spf", "pass");
    if (input.below(2) == 1) line.comment(any_text(input));
    if (input.below(2) == 1) line.reason(any_text(input));
    for (std::size_t count = input.below(3); count != 0; --count) {
      plain.push_back(any_text(input));
      line.property("smtp", "mailfrom", plain.back());
      if (input.below(2) == 1) line.comment(any_text(input));
    }
  }
  if (line.end() != errc::ok) return check(id != "mx.example.org");
  std::string_view const value = value_of(out.written());
  authentication_results_field const field{value};
  check(field.error() == authentication_results_error::none && decoded(field.authserv_id()) == id);
  std::size_t count = 0;
  std::size_t properties_seen = 0;
  authentication_result_list list = field.results();
  for (authentication_result one; list.next(one); ++count) {
    check(one.method == "spf" && one.result == "pass");
    authentication_property_list properties{one};
    for (authentication_property p; properties.next(p); ++properties_seen) {
      std::string const& meant = plain[properties_seen];
      bool kept = ehlo::is_utf8(meant);
      for (char const c : meant) kept = kept && ehlo::octet(c) >= ' ' && c != '\x7F' && (utf8 || ehlo::octet(c) < 0x80);
      check(p.name == "mailfrom" && (!kept || decoded(p.value) == meant));
    }
  }
  check(count == results && properties_seen == plain.size());
}

std::string white_space(choices& input) {
  constexpr std::string_view some[]{"", " ", "\r\n\t", "(a@b)", " (x (\\)) y) ", "\t", "(\")\r\n "};
  return std::string{some[input.below(std::size(some))]};
}

/// A From of well-formed addresses: which domains it has is known.
void write_from(choices& input) {
  constexpr std::string_view names[]{"a.example", "B.example", "c.d.example.org", "x", "a.EXAMPLE"};
  std::string text;
  std::vector<std::string> domains;
  std::size_t const addresses = 1 + input.below(5);
  bool in_group = false;
  for (std::size_t i = 0; i != addresses; ++i) {
    if (i != 0) text += "," + white_space(input);
    if (!in_group && input.below(4) == 0) {
      text += "Group \"x@y\"" + white_space(input) + ":";
      in_group = true;
    }
    std::string const domain{names[input.below(std::size(names))]};
    bool known = false;
    for (std::string const& one : domains) known = known || ehlo::equal_ignoring_case(one, domain);
    if (!known) domains.push_back(domain);
    std::string address =
        white_space(input) + (input.below(2) == 0 ? "a.b" : "\"x@y.z\\\"\"") + white_space(input) + "@";
    for (char const c : domain) {
      if (c == '.') address += white_space(input);
      address += c;
      if (c == '.') address += white_space(input);
    }
    address += white_space(input);
    bool const angle = input.below(2) == 1;
    text += angle ? "J. \"q@r\" =?utf-8?q?=40?= <" + address + ">" : address;
    if (in_group && input.below(2) == 0) {
      text += ";" + white_space(input);
      in_group = false;
    }
  }
  if (in_group) text += ";";
  from_domains from;
  from.take(text);
  check(from.outcome() == (domains.size() == 1 ? from_outcome::one_domain : from_outcome::several_domains));
  check(from.all().size() == domains.size());
  for (std::size_t i = 0; i != domains.size(); ++i) check(from.all()[i].view() == domains[i]);
}

void read_from(std::string_view text) {
  from_domains from;
  from.take(text);
  check(from.outcome() != from_outcome::no_field && from.outcome() != from_outcome::repeated_field);
  check(from.domain().empty() == (from.outcome() != from_outcome::one_domain));
  for (ehlo::domain_name const& one : from.all()) {
    check(ehlo::is_domain(one.view(), ehlo::tolerance::loose_domain, true));
    // Nothing is made up.
    std::size_t at = 0;
    for (char const c : one.view()) check((at = text.find(c, at) + 1) != 0);
  }
  // Whatever follows an @ is among the domains of a malformed one.
  for (std::size_t at = text.find('@'); at != text.npos; at = text.find('@', at + 1)) {
    std::size_t const end = ehlo::scan_domain(text, at + 1, ehlo::tolerance::loose_domain).end;
    std::string_view const domain = end == 0 ? std::string_view{} : text.substr(at + 1, end - at - 1);
    bool listed = from.left_out() || domain.empty() || domain.size() >= ehlo::longest_name;
    for (ehlo::domain_name const& one : from.all()) listed = listed || ehlo::same_domain(one.view(), domain);
    check(listed || from.outcome() != from_outcome::malformed);
  }
  // A second From, and one behind a header, change nothing but the outcome.
  basic_header_block<4000> header;
  if (text.size() > 3000 || text.find('\r') != text.npos || text.find('\n') != text.npos) return;
  std::string const message = "X: y\r\nfrom:" + std::string{text} + "\r\nTo: a@b\r\n\r\n";
  (void)header.take(message);
  from_domains const out_of_header{header};
  check(out_of_header.outcome() == from.outcome() && out_of_header.all().size() == from.all().size());
  from.take(text);
  check(from.outcome() == from_outcome::repeated_field || from.outcome() == from_outcome::malformed);
  check(from.all().size() == out_of_header.all().size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const text{reinterpret_cast<char const*>(data), size};
  read_field(text);
  read_field(" mx.example.org; " + std::string{text});
  read_from(text);
  choices input{text};
  write_field(input);
  write_from(input);
  return 0;
}
