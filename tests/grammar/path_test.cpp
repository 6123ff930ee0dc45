// SPDX-License-Identifier: BSL-1.0
// Reverse-path and Forward-path, RFC 5321 4.1.2 and 4.5.3.1, RFC 6531 3.3. Every table is proven by the compiler too.
#include "ehlo/grammar/path.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "ehlo/grammar/path_writer.hpp"

namespace {

using namespace ehlo;

enum class side { reverse, forward, both };

struct good_path {
  std::string_view text;
  std::string_view local;
  std::string_view domain;
  path_kind kind = path_kind::mailbox;
  side where = side::both;
  tolerance used = tolerance::none;
};

constexpr bool reads(good_path const& row, bool reverse) {
  path_range range;
  tolerance used = tolerance::none;
  errc why = errc::ok;
  if (parse_path(row.text, 0, {row.used, false, reverse}, range, used, why) != row.text.size()) return false;
  path_view const path = view(row.text, range);
  if (path.raw != row.text || path.local_part != row.local || path.domain != row.domain) return false;
  if (path.kind != row.kind || path.utf8 || used != row.used) return false;
  // Without the tolerances that it needs it is refused.
  return row.used == strict || parse_path(row.text, 0, {strict, false, reverse}, range, used, why) == 0;
}

constexpr bool is_good(good_path const& row) {
  return (row.where == side::forward || reads(row, true)) && (row.where == side::reverse || reads(row, false));
}

constexpr good_path plain[] = {
    {"<a@b>", "a", "b"},
    {"<foo@example.com>", "foo", "example.com"},
    {"<Test@EXAMPLE.Com>", "Test", "EXAMPLE.Com"},  // 2.4: the case of a local part is kept
    {"<a.b.c@d.e.f>", "a.b.c", "d.e.f"},
    {"<test@io>", "test", "io"},
    {"<test@123.com>", "test", "123.com"},
    {"<test@c--n.com>", "test", "c--n.com"},
    {"<test@iana.123>", "test", "iana.123"},
    {"<!#$%&'*+-/=?^_`{|}~@x>", "!#$%&'*+-/=?^_`{|}~", "x"},  // RFC 5322 3.2.3
    {"<postmaster@x>", "postmaster", "x"},
};
static_assert(std::ranges::all_of(plain, is_good));

constexpr good_path rare[] = {
    {"<>", "", "", path_kind::null, side::reverse},                            // 4.5.5
    {"<postmaster>", "postmaster", "", path_kind::postmaster, side::forward},  // 4.1.1.3
    {"<POSTmaster>", "POSTmaster", "", path_kind::postmaster, side::forward},
    {"<@a.test:user@d.test>", "user", "d.test"},  // A-d-l
    {"<@a.test,@b:user@d.test>", "user", "d.test"},
    {"<\"test\"@iana.org>", "\"test\"", "iana.org"},  // Quoted-string
    {"<\"\"@x>", "\"\"", "x"},
    {"<\"john doe\"@x>", "\"john doe\"", "x"},
    {"<\"a>b\"@x>", "\"a>b\"", "x"},
    {"<\"a@b\"@x>", "\"a@b\"", "x"},
    {"<\"a\\\"b\\\\\"@x>", "\"a\\\"b\\\\\"", "x"},
    {"<\"\\ \"@x>", "\"\\ \"", "x"},
    {"<a@[1.2.3.4]>", "a", "[1.2.3.4]", path_kind::literal},  // 4.1.3
    {"<a@[IPv6:::1]>", "a", "[IPv6:::1]", path_kind::literal},
    {"<a@[x-tag:>b]>", "a", "[x-tag:>b]", path_kind::literal},
};
static_assert(std::ranges::all_of(rare, is_good));

constexpr good_path tolerated[] = {
    {"<.a@x>", ".a", "x", path_kind::mailbox, side::both, tolerance::loose_dots},
    {"<a.@x>", "a.", "x", path_kind::mailbox, side::both, tolerance::loose_dots},
    {"<a..b@x>", "a..b", "x", path_kind::mailbox, side::both, tolerance::loose_dots},
    {"<a@ex_ample.com>", "a", "ex_ample.com", path_kind::mailbox, side::both, tolerance::loose_domain},
    {"<a@-x.com>", "a", "-x.com", path_kind::mailbox, side::both, tolerance::loose_domain},
    {"<a@x-.com>", "a", "x-.com", path_kind::mailbox, side::both, tolerance::loose_domain},
    {"a@x", "a", "x", path_kind::mailbox, side::both, tolerance::missing_brackets},
    {"\"a b\"@x", "\"a b\"", "x", path_kind::mailbox, side::both, tolerance::missing_brackets},
    {"a@[1.2.3.4]", "a", "[1.2.3.4]", path_kind::literal, side::both, tolerance::missing_brackets},
    {"postmaster", "postmaster", "", path_kind::postmaster, side::forward, tolerance::missing_brackets},
    {"<a.@x_>", "a.", "x_", path_kind::mailbox, side::both, tolerance::loose_dots | tolerance::loose_domain},
};
static_assert(std::ranges::all_of(tolerated, is_good));

TEST(path, accepts) {
  for (good_path const& row : plain) EXPECT_TRUE(is_good(row)) << row.text;
  for (good_path const& row : rare) EXPECT_TRUE(is_good(row)) << row.text;
  for (good_path const& row : tolerated) EXPECT_TRUE(is_good(row)) << row.text;
}

/// What is no path in any preset.
constexpr bool is_bad(std::string_view text) {
  for (bool const reverse : {false, true}) {
    path_range range;
    tolerance used = tolerance::none;
    errc why = errc::ok;
    if (parse_path(text, 0, {lenient, true, reverse}, range, used, why) == text.size() && !text.empty()) return false;
    errc const expected = reverse ? errc::peer_sender : errc::peer_recipient;
    if (why != errc::ok && why != expected) return false;
    if (used != tolerance::none && why != errc::ok) return false;
  }
  return true;
}

constexpr std::string_view bad_form[] = {
    "",
    " ",
    "<",
    "<@>",
    "<@io>",
    "<a@>",
    "<a@b",
    "<a@b@c>",
    "< a@b>",
    "<a@b >",
    "<a b@c>",
    "<a<b@c>",
    "Foo <a@b>",
    "<\"a@b>",
    "<a@b(c)>",
    "<a.\"x\"@b>",
    "<\"x\".a@b>",
    "<..@x>",
    "<a@b..c>",
    "<a@.b>",
    "<a@b.>",
    "<user>",
    "<@a:postmaster>",
    "<@a,:u@b>",
    "<@a;@b:u@c>",
    "<@a u@b>",
    "<@[1.2.3.4]:u@b>",
    "<\"postmaster\">",
    "@a:u@b",
    "<a,b@c>",
    "<a:b@c>",
    "<a;b@c>",
    "<a(b)@c>",
    "<a\\b@c>",
    "<\"a\"b@c>",
    "<a[b@c>",
};
static_assert(std::ranges::all_of(bad_form, is_bad));

constexpr std::string_view bad_octet[] = {
    {"<a\0b@c>", 7},
    {"<a@b\0c>", 7},
    "<a\x1b@c>",
    "<\"a\x1b\"@c>",
    "<a\x7f@c>",
    "<a@b\x7f>",
    "<\"a\x7f\"@c>",
    "<a\r@c>",
    "<a@b\r>",
    "<a@b\n>",
    "<\"a\n\"@c>",
    "<\"\\\x01\"@c>",
    "<\"\\\xc3\xa9\"@c>",
    "<\ta@b>",
    "<a@[1.2.\r3.4]>",
    "<a\xff@c>",
    "<a\xc3@c>",
    "<a\xc0\xaf@c>",
    "<a\xed\xa0\x80@c>",
    "<a\xf4\x90\x80\x80@c>",
    "<a@b\x80>",
    "<\"\xe2\x80\"@c>",
    "<a@[x:\xc3\xa9]>",
    "<@\xff:a@b>",
};
static_assert(std::ranges::all_of(bad_octet, is_bad));

TEST(path, refuses) {
  for (std::string_view const text : bad_form) EXPECT_TRUE(is_bad(text)) << text;
  for (std::string_view const text : bad_octet) EXPECT_TRUE(is_bad(text)) << text;
}

constexpr std::size_t parse(std::string_view text, path_rules rules, errc& why) {
  path_range range;
  tolerance used = tolerance::none;
  why = errc::ok;
  return parse_path(text, 0, rules, range, used, why);
}

// RFC 6531 3.3: only with SMTPUTF8; the refusal says whether the path was wrong or only not ASCII.
constexpr std::string_view international[] = {
    "<Pel\xc3\xa9@example.com>", "<a@\xcf\x80.gr>",      "<\"\xd0\xb6 \xd0\xb6\"@x>",
    "<@\xcf\x80:a@b>",           "<\xf0\x9f\x93\xa7@x>",
};
constexpr bool wants_smtputf8(std::string_view text) {
  errc why = errc::ok;
  if (parse(text, {strict, true, true}, why) != text.size()) return false;
  if (parse(text, {strict, false, true}, why) != 0 || why != errc::peer_sender_utf8) return false;
  return parse(text, {strict, false, false}, why) == 0 && why == errc::peer_recipient_utf8;
}
static_assert(std::ranges::all_of(international, wants_smtputf8));

TEST(path, utf8) {
  for (std::string_view const text : international) EXPECT_TRUE(wants_smtputf8(text)) << text;
  errc why = errc::ok;
  EXPECT_EQ(parse("<Pel\xc3\xa9@@x>", {strict, false, true}, why), 0U);
  EXPECT_EQ(why, errc::peer_sender) << "wrong and not ASCII is wrong";
}

TEST(path, limits) {
  errc why = errc::ok;
  auto const local = [](std::size_t n) { return "<" + std::string(n, 'a') + "@x>"; };
  EXPECT_NE(parse(local(64), {}, why), 0U);
  EXPECT_EQ(parse(local(65), {}, why), 0U);
  EXPECT_NE(parse(local(1000), {tolerance::long_path, false, true}, why), 0U);
  auto const label = [](std::size_t n) { return "<a@" + std::string(n, 'b') + ".c>"; };
  EXPECT_NE(parse(label(63), {}, why), 0U);
  EXPECT_EQ(parse(label(64), {lenient, false, true}, why), 0U) << "no tolerance: RFC 1035 2.3.4";
  auto const path = [](std::size_t n) {  // of n octets
    std::string text = "<a@";
    while (text.size() + 1 < n) text += text.size() % 30 == 2 ? '.' : 'b';
    text[3] = 'b';
    if (text.back() == '.') text.back() = 'b';
    return text + ">";
  };
  EXPECT_EQ(path(256).size(), 256U);
  EXPECT_NE(parse(path(256), {}, why), 0U);
  EXPECT_EQ(parse(path(257), {}, why), 0U);
  EXPECT_NE(parse(path(257), {tolerance::long_path, false, false}, why), 0U);
  EXPECT_EQ(parse(path(300), {tolerance::long_path, false, false}, why), 0U) << "domain over 255";
  EXPECT_EQ(parse("<" + std::string(70000, 'a') + "@x>", {lenient, true, true}, why), 0U) << "offsets have 16 bits";
}

TEST(path, stands_anywhere_in_a_line) {
  std::string_view const line = "RCPT TO:<@r:\"a b\"@x.y> NOTIFY=NEVER";
  path_range range;
  tolerance used = tolerance::none;
  errc why = errc::ok;
  EXPECT_EQ(parse_path(line, 8, {}, range, used, why), 22U);
  path_view const path = view(line, range);
  EXPECT_EQ(path.raw, "<@r:\"a b\"@x.y>");
  EXPECT_EQ(path.source_route, "@r");
  EXPECT_EQ(path.mailbox(), "\"a b\"@x.y");
  EXPECT_EQ(parse_path(line, line.size(), {}, range, used, why), 0U);
  std::string_view const bare = "MAIL FROM:a@b SIZE=1";
  EXPECT_EQ(parse_path(bare, 10, {lenient, false, true}, range, used, why), 13U);
  EXPECT_EQ(view(bare, range).mailbox(), "a@b");
}

TEST(path, plain_and_complete_parser_agree) {
  std::string const alphabet = "<>@.a-1_\"\\: ,[]";
  std::string text = "<a.b@c-d.e>";
  std::uint32_t seed = 5321;
  auto const random = [&seed](std::size_t below) { return (seed = seed * 1664525U + 1013904223U) / 65536U % below; };
  for (int round = 0; round != 200000; ++round) {
    std::string mutant = text;
    for (std::size_t k = random(4); k != 0; --k) mutant[random(mutant.size())] = alphabet[random(alphabet.size())];
    path_range fast;
    path_range full;
    std::size_t const end = detail::scan_plain_path(mutant, 0, fast);
    if (end == 0) continue;
    detail::path_scanner scanner{mutant, {strict, false, true}};
    ASSERT_EQ(scanner.scan(0, full), end) << mutant;
    ASSERT_EQ(scanner.used(), tolerance::none) << mutant;
    ASSERT_TRUE(fast.local == full.local && fast.at == full.at && fast.end == full.end && fast.kind == full.kind)
        << mutant;
  }
}

// --- writing

struct written_path {
  std::string_view local;
  std::string_view domain;
  std::string_view expected;  // empty: refused
};

constexpr bool writes(written_path const& row) {
  std::array<char, 128> storage{};
  text_writer out{storage};
  bool const written = write_path(out, row.local, row.domain);
  return written ? out.written() == row.expected : row.expected.empty();
}

constexpr written_path written[] = {
    {"", "", "<>"},
    {"a", "b.c", "<a@b.c>"},
    {"john doe", "x", "<\"john doe\"@x>"},
    {"a\"b\\c", "x", "<\"a\\\"b\\\\c\"@x>"},
    {"a.", "x", "<\"a.\"@x>"},
    {"", "x", "<\"\"@x>"},
    {"a@b", "x", "<\"a@b\"@x>"},
    {"\xc3\xa9", "x", "<\xc3\xa9@x>"},
    {"a", "[1.2.3.4]", "<a@[1.2.3.4]>"},
    {"postmaster", "", "<postmaster>"},
    {"user", "", ""},
    {"a\nb", "x", ""},
    {"a\x7f", "x", ""},
    {"a\xff", "x", ""},
    {"a", "x>", ""},
    {"a", "x y", ""},
    {"a", "b@c", ""},
    {"a", "x\r\nRCPT TO:<b@c", ""},
};
static_assert(std::ranges::all_of(written, writes));

TEST(path, writes) {
  for (written_path const& row : written) EXPECT_TRUE(writes(row)) << row.expected;
}

TEST(path, writes_text) {
  auto const text = [](std::string_view in, tolerance allowed) {
    std::array<char, 128> storage{};
    text_writer out{storage};
    bool const done = write_path_text(out, in, {allowed, false, true});
    return done ? std::string{out.written()} : "refused";
  };
  EXPECT_EQ(text("", strict), "<>");
  EXPECT_EQ(text("a@b", strict), "<a@b>");
  EXPECT_EQ(text("<a@b>", strict), "<a@b>");
  EXPECT_EQ(text("a.@b", strict), "refused");
  EXPECT_EQ(text("a.@b", lenient), "<a.@b>");
  EXPECT_EQ(text("@r:a@b", lenient), "refused") << "a source route should not be generated";
  EXPECT_EQ(text("a@b> SIZE=1", lenient), "refused");
  EXPECT_EQ(text("a@b\r\nDATA", lenient), "refused");
  EXPECT_EQ(text("<a@b", lenient), "refused");
}

static_assert(domain_of("a@example.org") == "example.org" && domain_of("<a@example.org>") == "example.org");
static_assert(domain_of("<@relay.example,@b.example:a@example.org>") == "example.org");
static_assert(domain_of("\"a@b\"@example.org") == "example.org" && domain_of("a@[192.0.2.1]") == "[192.0.2.1]");
static_assert(domain_of("<a@[IPv6:2001:db8::1]>") == "[IPv6:2001:db8::1]");
static_assert(domain_of("a%example.net@example.org") == "example.org");
static_assert(domain_of("\xC3\xBC@m\xC3\xBC.example") == "m\xC3\xBC.example");
static_assert(domain_of("<postmaster>").empty() && domain_of("").empty() && domain_of("a@").empty());
static_assert(domain_of("a@b> RCPT").empty() && domain_of("<a@example.org").empty() && domain_of("a b@c").empty());

TEST(DomainOf, NoPathIsSoLong) { EXPECT_TRUE(domain_of(std::string(70'000, 'a') + "@example.org").empty()); }

}  // namespace
