// SPDX-License-Identifier: BSL-1.0
// RFC 7208 12, the grammar of records, and 7, the macros. Each row is also judged by the ABNF itself (spf_abnf.hpp).
#include "ehlo/sender/spf_record.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "ehlo/sender/spf_macro.hpp"
#include "spf_abnf.hpp"

namespace {

using namespace ehlo::sender;
using enum spf_problem;

constexpr spf_problem problem_of(std::string_view text) {
  spf_record record;
  return parse_spf_record(text, record);
}

struct row {
  std::string_view text;
  spf_problem problem;
};

constexpr row records[]{
    // 4.5, 4.6.1: the version, and spaces between terms, but nothing else
    {"v=spf1", no_problem},
    {"V=SPF1  mx   -all  ", no_problem},
    {"v=spf1\tmx", no_record},
    {"v=spf10", no_record},
    {"v=spf", no_record},
    {"", no_record},
    {"v=spf1 mx\t-all", bad_term},
    {"v=spf1 mx\x80", bad_term},
    {"v=spf1 mx,a", bad_term},
    // 4.6.2: qualifiers
    {"v=spf1 +a -mx ?ptr ~all", no_problem},
    {"v=spf1 !all", bad_term},
    {"v=spf1 --all", bad_term},
    {"v=spf1 -", bad_term},
    {"v=spf1 - all", bad_term},
    // 5.1
    {"v=spf1 ALL", no_problem},
    {"v=spf1 all:example.org", bad_term},
    {"v=spf1 all/24", bad_term},
    {"v=spf1 all.", bad_term},
    // 5.2, 5.7: a domain-spec has to be there
    {"v=spf1 include:example.org exists:a.b", no_problem},
    {"v=spf1 include", bad_domain_spec},
    {"v=spf1 exists:", bad_domain_spec},
    {"v=spf1 include/24", bad_term},
    {"v=spf1 include:example.org/24", bad_domain_spec},
    // 5.3, 5.4: dual-cidr-length
    {"v=spf1 a mx a:a.b mx:a.b a/0 a//0 a/0//0 mx:a.b/32//128", no_problem},
    {"v=spf1 a/33", bad_network},
    {"v=spf1 a//129", bad_network},
    {"v=spf1 a/024", bad_network},
    {"v=spf1 a/00", bad_network},
    {"v=spf1 a/99999999999999999999", bad_network},
    {"v=spf1 a/24/64", bad_network},
    {"v=spf1 a///64", bad_term},
    {"v=spf1 a//64/24", bad_term},
    {"v=spf1 a/", bad_term},
    {"v=spf1 a//", bad_term},
    {"v=spf1 a:/24", bad_domain_spec},
    {"v=spf1 a:a/b.c/24", no_problem},
    {"v=spf1 a:a/24.c", no_problem},
    {"v=spf1 a:%{d/}/24", no_problem},
    {"v=spf1 a:%{d}/24//64", no_problem},
    {"v=spf1 ax", bad_term},
    // 5.5
    {"v=spf1 ptr ptr:example.org", no_problem},
    {"v=spf1 ptr/24", bad_term},
    // 5.6
    {"v=spf1 ip4:192.0.2.1 ip4:192.0.2.1/0 ip4:0.0.0.0/32 ip6:::/0 ip6:2001:DB8::1/128 ip6:::ffff:192.0.2.1",
     no_problem},
    {"v=spf1 ip6:1:2:3:4:5:6:7:: ip6:::2:3:4:5:6:7:8 ip6:1::3:4:5:6:7:8", no_problem},
    {"v=spf1 ip4", bad_network},
    {"v=spf1 ip4:", bad_network},
    {"v=spf1 ip4:192.0.2", bad_network},
    {"v=spf1 ip4:192.0.2.01", bad_network},
    {"v=spf1 ip4:192.0.2.1:25", bad_network},
    {"v=spf1 ip4:192.0.2.1/33", bad_network},
    {"v=spf1 ip4:192.0.2.1/", bad_network},
    {"v=spf1 ip4:192.0.2.1//32", bad_network},
    {"v=spf1 ip4/192.0.2.1", bad_network},
    {"v=spf1 ip4:2001:db8::1", bad_network},
    {"v=spf1 ip6:192.0.2.1", bad_network},
    {"v=spf1 ip6:1:2:3:4:5:6:7:8::", bad_network},
    {"v=spf1 ip6:1::2::3", bad_network},
    {"v=spf1 ip6:::/129", bad_network},
    {"v=spf1 ip6:2001:db8::/032", bad_network},
    {"v=spf1 ip6:[::1]", bad_network},
    // 6: modifiers, anywhere, once
    {"v=spf1 exp=a.b -all redirect=%{o}", no_problem},
    {"v=spf1 a=b include=c all= x.y-z_1=%{c}%{r}%{t}/:=", no_problem},
    {"v=spf1 redirect=", bad_domain_spec},
    {"v=spf1 exp=-all", bad_domain_spec},
    {"v=spf1 redirect:a.b", bad_term},
    {"v=spf1 exp=a.b EXP=a.b", repeated_modifier},
    {"v=spf1 redirect=a.b redirect=a.b", repeated_modifier},
    {"v=spf1 x=%", bad_macro},
    {"v=spf1 1x=y", bad_term},
    {"v=spf1 =y", bad_term},
    {"v=spf1 x/y=z", bad_term},
    // 7.1: domain-spec ends in a toplabel or a macro
    {"v=spf1 a:a.b. a:.b a:%{d} a:a%% a:a.%_ a:%{d}x.b a:a..b", no_problem},
    {"v=spf1 a:b", bad_domain_spec},
    {"v=spf1 a:b.", bad_domain_spec},
    {"v=spf1 a:a.b..", bad_domain_spec},
    {"v=spf1 a:192.0.2.1", bad_domain_spec},
    {"v=spf1 a:a.1-1 a:a.x--y a:a.1a", no_problem},
    {"v=spf1 a:a.-b", bad_domain_spec},
    {"v=spf1 a:a.b-", bad_domain_spec},
    {"v=spf1 a:%{d}b", bad_domain_spec},
    {"v=spf1 a:%{d}.", bad_domain_spec},
    {"v=spf1 a:a.b:25", bad_domain_spec},
    {"v=spf1 a:\x7f.b", bad_domain_spec},
    // 7.1, 7.2, 7.3: macros
    {"v=spf1 a:%{s}%{L3}%{o127r}%{dr.-+,/_=}%{I}%{p}%{v}%{h}%{d10}%{d01}%{DR}", no_problem},
    {"v=spf1 a:%{c}", bad_macro},
    {"v=spf1 exp=%{r}.a", bad_macro},
    {"v=spf1 redirect=%{t}", bad_macro},
    {"v=spf1 a:%{x}", bad_macro},
    {"v=spf1 a:%{}", bad_macro},
    {"v=spf1 a:%{d0}", bad_macro},
    {"v=spf1 a:%{d00r}", bad_macro},
    {"v=spf1 a:%{dr1}", bad_macro},
    {"v=spf1 a:%{d.r}", bad_macro},
    {"v=spf1 a:%{d*}", bad_macro},
    {"v=spf1 a:%{d", bad_macro},
    {"v=spf1 a:%(d)", bad_macro},
    {"v=spf1 a:%", bad_macro},
    // 4.6: wherever it stands
    {"v=spf1 +all a:%", bad_macro},
};

constexpr bool all_as_written() {
  for (row const& one : records)
    if (problem_of(one.text) != one.problem) return false;
  return true;
}
static_assert(all_as_written());

TEST(SpfRecord, AsTheAbnfHasIt) {
  for (row const& one : records) {
    EXPECT_EQ(name(problem_of(one.text)), name(one.problem)) << one.text;
    bool const valid = one.problem == no_problem || one.problem == repeated_modifier;
    EXPECT_EQ(spf_abnf::grammar{one.text}.is_record(), valid && one.problem != repeated_modifier) << one.text;
  }
}

TEST(SpfRecord, EnumeratorsHaveNames) {
  for (std::size_t i = 0; i != spf_problem_names.size(); ++i) {
    EXPECT_FALSE(name(static_cast<spf_problem>(i)).empty());
    EXPECT_FALSE(message(static_cast<spf_problem>(i)).empty());
  }
  EXPECT_EQ(name(redirect_target), "redirect_target");
  EXPECT_EQ(message(redirect_target), "the target of a redirect has no SPF record");
  EXPECT_EQ(name(spf_result::permerror), "permerror");
}

// 4.5: exactly one record is one
TEST(SpfRecord, IsFoundAmongOthers) {
  std::string_view found;
  std::string_view const texts[]{"other", "v=spf10 all", "v=spf1 a", "v=spf1"};
  EXPECT_EQ(find_spf_record({texts, 2}, found), no_record);
  EXPECT_EQ(find_spf_record({texts, 3}, found), no_problem);
  EXPECT_EQ(found, "v=spf1 a");
  EXPECT_EQ(find_spf_record(texts, found), many_records);
  EXPECT_EQ(found, "");
}

TEST(SpfRecord, TheTermThatIsWrongIsTold) {
  spf_record record;
  EXPECT_EQ(parse_spf_record("v=spf1 a  -mx:x ptr", record), bad_domain_spec);
  EXPECT_EQ(record.terms, "-mx:x");
}

std::string expanded(std::string_view text, spf_macro_values const& values) {
  struct {
    std::string text;
    void put(char c) { text += c; }
  } sink;
  bool const whole = expand_macros(text, values, sink);
  return whole ? sink.text : "more than " + std::to_string(spf_expansion_limit);
}

// 7.4, the examples
TEST(SpfMacro, ExamplesOfTheRfc) {
  spf_macro_values v{.sender = "strong-bad@email.example.com",
                     .local_part = "strong-bad",
                     .sender_domain = "email.example.com",
                     .domain = "email.example.com",
                     .client = ehlo::parse_ip_address("192.0.2.3"),
                     .validated = "mx.example.org"};
  struct {
    std::string_view text, expansion;
  } const rows[]{{"%{s}", "strong-bad@email.example.com"},
                 {"%{o}", "email.example.com"},
                 {"%{d}", "email.example.com"},
                 {"%{d4}", "email.example.com"},
                 {"%{d3}", "email.example.com"},
                 {"%{d2}", "example.com"},
                 {"%{d1}", "com"},
                 {"%{dr}", "com.example.email"},
                 {"%{d2r}", "example.email"},
                 {"%{l}", "strong-bad"},
                 {"%{l-}", "strong.bad"},
                 {"%{lr}", "strong-bad"},
                 {"%{lr-}", "bad.strong"},
                 {"%{l1r-}", "strong"},
                 {"%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"},
                 {"%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"},
                 {"%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
                 {"%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"},
                 {"%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"},
                 // 7.1, 7.2
                 {"%%%_%-", "% %20"},
                 {"%{p}", "mx.example.org"},
                 {"%{c} %{r} %{t}", "192.0.2.3 unknown 0"},
                 {"%{S}", "strong-bad%40email.example.com"}};
  for (auto const& one : rows) EXPECT_EQ(expanded(one.text, v), one.expansion) << one.text;

  v.client = ehlo::parse_ip_address("2001:db8::cb01");
  EXPECT_TRUE(
      ehlo::same_domain(expanded("%{ir}.%{v}._spf.%{d2}", v),
                        "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com"));
  EXPECT_EQ(expanded("%{c}", v), "2001:db8::cb01");
}

// 7.3: "no special treatment is given to leading, trailing, or consecutive delimiters"
TEST(SpfMacro, PartsMayBeEmpty) {
  struct {
    std::string_view value, text, expansion;
  } const rows[]{{"-a--b-", "%{l-}", ".a..b."},
                 {"-a--b-", "%{lr-}", ".b..a."},
                 {"-a--b-", "%{l2-}", "b."},
                 {"-a--b-", "%{l3r-}", ".a."},
                 {"-a--b-", "%{l1r-}", ""},
                 {"", "%{l}", ""},
                 {"", "%{l5r}", ""},
                 {".", "%{l1}", ""},
                 {".", "%{lr}", "."},
                 {"a+b-c", "%{l2r+-}", "b.a"},
                 {"a+b-c", "%{l99999999999999999999-+}", "a.b.c"},
                 {"a.b=c_d/e,f", "%{l=_/,}", "a.b.c.d.e.f"}};
  for (auto const& one : rows) {
    spf_macro_values const v{.local_part = one.value};
    EXPECT_EQ(expanded(one.text, v), one.expansion) << one.value << " " << one.text;
  }
}

// 7.3: URL escaping of what is not unreserved, in upper-case macros only
TEST(SpfMacro, UpperCaseIsEscaped) {
  spf_macro_values const v{.local_part = "a/ ~\xC3\xA4\n%._-", .helo = "x y"};
  EXPECT_EQ(expanded("%{L}", v), "a%2F%20~%C3%A4%0A%25._-");
  EXPECT_EQ(expanded("%{L1}", v), "_-");
  EXPECT_EQ(expanded("%{h} %{H}", v), "x y x%20y");
  EXPECT_EQ(expanded("%{T}%{P}", v), "0unknown");
  EXPECT_EQ(expanded("%{t}", {.unix_seconds = -5}), "-5");
}

std::string target(std::string_view text, spf_macro_values const& values) {
  ehlo::domain_name const name = expand_domain_spec(text, values);
  return std::string{name.view()};
}

// 7.3: "the left side is truncated to fit, by removing successive domain labels"
TEST(SpfMacro, LongNamesLoseLabelsOnTheLeft) {
  std::string const label(49, 'x');
  std::string const five = label + "." + label + "." + label + "." + label + "." + label;  // 249
  spf_macro_values v{.helo = five};
  EXPECT_EQ(target("%{h}.abc", v).size(), 253u);
  EXPECT_EQ(target("%{h}.abc.", v).size(), 253u);
  EXPECT_EQ(target("%{h}.abcd", v), five.substr(50) + ".abcd");
  EXPECT_EQ(target("%{h}.abcd.", v), five.substr(50) + ".abcd");
  EXPECT_EQ(target("a.%{h}.abc", v), five + ".abc");
  EXPECT_EQ(target("a.%{h}.abc.", v), five + ".abc");
  EXPECT_EQ(target("aa.%{h}.abc.", v), five + ".abc");
  EXPECT_EQ(target("%{h}.%{h}.%{h}.abc", v), five + ".abc");
  std::string const endless(400, 'x');
  v.helo = endless;
  EXPECT_EQ(target("%{h}.abc", v), "abc");
  EXPECT_EQ(target("a.%{h}", v), "");
}

// What a record and a HELO name can make work is bounded.
TEST(SpfMacro, ExpansionsAreBounded) {
  std::string const helo(1024, '.');
  std::string text;
  while (text.size() != 6 * 64) text += "%{h1r}";
  EXPECT_EQ(expanded(text, {.helo = helo}), "");
  EXPECT_EQ(expanded(text + "%{l}", {.local_part = "x", .helo = helo}), "more than 65536");
  EXPECT_EQ(target(text + "%{l}.x", {.local_part = "x", .helo = helo}), "");
  EXPECT_EQ(target(text + "x.y", {.helo = helo}), "x.y");
}

// Nor does it help to repeat delimiters: for the product of both lengths no compiler would have the patience.
struct octet_count {
  std::size_t octets = 0;
  constexpr void put(char) { ++octets; }
};
static_assert([] {
  std::array<char, 6004> text{'%', '{', 'h'};
  std::fill(text.begin() + 3, text.end() - 1, '-');
  text.back() = '}';
  std::array<char, 250> helo{};
  octet_count sink;
  return expand_macros({text.data(), text.size()}, {.helo = {helo.data(), helo.size()}}, sink) && sink.octets == 250;
}());

// RFC 1035 2.3.4 and 3.1: what cannot be asked for
TEST(SpfMacro, NamesThatCannotBeAskedFor) {
  std::string const longest(63, 'x');
  EXPECT_TRUE(is_spf_name("a b.\"c\\.d/e:f_g%") && is_spf_name(longest + ".a") && is_spf_name("a."));
  for (std::string const& none :
       {std::string{}, std::string{"."}, std::string{".a"}, std::string{"a..b"}, std::string{"a.."},
        "x" + longest + ".a", std::string{"a\n.b"}, std::string{"a\x80.b"}, std::string("a\0.b", 4)})
    EXPECT_FALSE(is_spf_name(none)) << none;
}

// 6.2
TEST(SpfMacro, ExplainStrings) {
  for (std::string_view const text : {"", "  a  %{c} %{r}%{t} %_", "See http://%{d}/why.html?s=%{S}&i=%{I}"})
    EXPECT_TRUE(is_explain_string(text) && spf_abnf::grammar{text}.is_explain_string()) << text;
  for (std::string_view const text : {"100%", "%{x}", "% a", "a\tb", "\xC3\xA4"})
    EXPECT_FALSE(is_explain_string(text) || spf_abnf::grammar{text}.is_explain_string()) << text;
  EXPECT_TRUE(has_validated_name("a%%%_%{l}%{P1r}"));
  EXPECT_FALSE(has_validated_name("%%{p}%{d}"));
}

}  // namespace
