// SPDX-License-Identifier: BSL-1.0
// The grammar of DKIM: tag lists, signatures and keys (RFC 6376 3.2, 3.5, 3.6.1, RFC 8463 4).
#include "ehlo/sender/dkim_signature.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "dkim_oracle.hpp"
#include "ehlo/sender/dkim_key.hpp"

namespace {

using namespace ehlo::sender;
using namespace std::string_view_literals;
using problem = dkim_problem;

struct list_row {
  std::string_view text;
  tag_list_error error;
  std::string_view tags;  // those in front of what is wrong
};

constexpr list_row lists[] = {
    {"v=1", tag_list_error::none, "[v=1]"},
    {"v=1;", tag_list_error::none, "[v=1]"},
    {" v = 1 ; a\r\n =\t\r\n\tb c \r\n d\r\n ;", tag_list_error::none, "[v=1][a=b c \r\n d]"},
    {"v=1; ", tag_list_error::none, "[v=1]"},  // many records end so
    {"v=1;\r\n ", tag_list_error::none, "[v=1]"},
    {"v=", tag_list_error::none, "[v=]"},  // an empty value is one
    {"v=;w=\r\n ;", tag_list_error::none, "[v=][w=]"},
    {"a_1Z=x=y==", tag_list_error::none, "[a_1Z=x=y==]"},
    {"v=!:<~", tag_list_error::none, "[v=!:<~]"},
    {"v=\xC3\xBC", tag_list_error::none, "[v=\xC3\xBC]"},  // UTF-8 is not to be precluded
    {"a=1;A=2", tag_list_error::none, "[a=1][A=2]"},       // names are case-sensitive
    {"a=1; b=2; a=1", tag_list_error::duplicate, "[a=1][b=2]"},
    {"", tag_list_error::syntax, ""},
    {" ", tag_list_error::syntax, ""},
    {";", tag_list_error::syntax, ""},
    {"v", tag_list_error::syntax, ""},
    {"v=1;;a=2", tag_list_error::syntax, "[v=1]"},
    {"v=1;;", tag_list_error::syntax, "[v=1]"},
    {"v=1; a", tag_list_error::syntax, "[v=1]"},
    {"=1", tag_list_error::syntax, ""},
    {"1=1", tag_list_error::syntax, ""},
    {"_a=1", tag_list_error::syntax, ""},
    {"a-b=1", tag_list_error::syntax, ""},
    {"a b=1", tag_list_error::syntax, ""},
    {"v=1\r\n", tag_list_error::syntax, ""},
    {"v=1\r\n2", tag_list_error::syntax, ""},
    {"v=1\n 2", tag_list_error::syntax, ""},
    {"v=1\r 2", tag_list_error::syntax, ""},
    {"v=1\0"sv, tag_list_error::syntax, ""},
    {"v=\x7F", tag_list_error::syntax, ""},
    {"v=\x1F", tag_list_error::syntax, ""},
};

TEST(TagList, Grammar_3_2) {
  for (list_row const& row : lists) {
    tag_list list;
    EXPECT_EQ(parse_tag_list(row.text, list), row.error) << row.text;
    std::string tags;
    for (tag const& one : list.tags()) {
      tags.append("[").append(one.name).append("=").append(one.value).append("]");
      EXPECT_EQ(list.find(one.name), &one);
    }
    EXPECT_EQ(tags, row.tags) << row.text;
    EXPECT_EQ(list.find("none"), nullptr);
  }
}

TEST(TagList, AsManyTagsAsItHolds) {
  std::string text;
  for (std::size_t i = 0; i != tag_list::limit; ++i) text += "t" + std::to_string(i) + "=" + std::to_string(i) + ";";
  tag_list list;
  EXPECT_EQ(parse_tag_list(text, list), tag_list_error::none);
  EXPECT_EQ(list.find("t63")->value, "63");
  EXPECT_EQ(parse_tag_list(text + "more=1", list), tag_list_error::too_many);
  EXPECT_EQ(list.tags().size(), tag_list::limit);
}

TEST(TagList, ListsWithColons_3_5) {
  auto const parts = [](std::string_view text) {
    std::string out;
    colon_list list{text};
    for (std::string_view part; list.next(part);) out.append("[").append(part).append("]");
    return out;
  };
  EXPECT_EQ(parts("from : to\r\n :\r\n\tsubject:Date"), "[from][to][subject][Date]");
  EXPECT_EQ(parts(""), "[]");
  EXPECT_EQ(parts(":a: b c :"), "[][a][b c][]");
  EXPECT_TRUE(colon_list{"a: b"}.contains("b"));
  EXPECT_FALSE(colon_list{"a: b"}.contains("B"));
}

TEST(FoldedBase64, WhiteSpaceAnywhere_2_10) {
  struct {
    std::string_view text, octets;
    bool valid;
  } const rows[] = {
      {"", "", true},
      {"Zm9vYg==", "foob", true},
      {" Z m\r\n 9\tvY g = \r\n\t= ", "foob", true},
      {"Zm9v", "foo", true},
      {"Zm9vYmE=", "fooba", true},
      {"Zm9vYg=", "", false},  // its padding is not whole
      {"Zm9vYg", "", false},
      {"Zm9vY", "", false},
      {"Zm9vYh==", "", false},  // other bits behind the last octet (RFC 4648 3.5)
      {"Zg==Zg==", "", false},
      {"====", "", false},
      {"Zm9v\r\n", "", false},  // no folding
      {"Zm9v-_", "", false},
      {"Zm9\0"sv, "", false},
  };
  for (auto const& row : rows) {
    std::array<char, 5> room{};
    ehlo::decoded const out = decode_folded_base64(row.text, room);
    EXPECT_EQ(out.valid, row.valid) << row.text;
    EXPECT_EQ(out.text(room), row.octets) << row.text;
    EXPECT_EQ(is_folded_base64(row.text), row.valid) << row.text;
  }
  std::array<char, 2> small{};
  EXPECT_FALSE(decode_folded_base64("Zm9v", small).valid);
}

constexpr std::string_view digest = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=";

/// A signature with these tags in place of its own.
std::string with(std::string_view tags) {
  std::string out{tags};
  tag_list given;
  (void)parse_tag_list(tags, given);
  for (auto const& [name, value] : {std::array{"v"sv, "1"sv},
                                    {"a", "rsa-sha256"},
                                    {"b", "dzdV"},
                                    {"bh", digest},
                                    {"d", "example.net"},
                                    {"h", "from:to"},
                                    {"s", "brisbane"}})
    if (given.find(name) == nullptr) out.append("; ").append(name).append("=").append(value);
  return out;
}

dkim_problem parse(std::string_view text) {
  dkim_signature out;
  return parse_dkim_signature(text, out);
}

// The example of RFC 6376 3.5, folded as there.
TEST(DkimSignature, AllTags_3_5) {
  constexpr std::string_view text =
      " v=1; a=rsa-sha256; d=example.net; s=brisbane;\r\n"
      "   c=simple; q=dns/txt; i=@eng.example.net;\r\n"
      "   t=1117574938; x=1118006938;\r\n"
      "   h=from:to:subject:date;\r\n"
      "   z=From:foo@eng.example.net|To:joe@example.com|\r\n"
      "    Subject:demo=20run|Date:July=205,=202005=203:44:08=20PM=20-0700;\r\n"
      "   bh=MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=;\r\n"
      "   b=dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSbav+yuU4zGeeruD00lszZVoG4ZHRNiYzR";
  dkim_signature s;
  ASSERT_EQ(parse_dkim_signature(text, s), problem::none);
  EXPECT_TRUE(s.algorithm == dkim_algorithm::rsa_sha256 && s.header == dkim_canonicalization::simple &&
              s.body == dkim_canonicalization::simple && !s.has_length);
  EXPECT_EQ(s.domain, "example.net");
  EXPECT_EQ(s.selector, "brisbane");
  EXPECT_EQ(s.identity, "@eng.example.net");
  EXPECT_EQ(s.identity_domain, "eng.example.net");
  EXPECT_EQ(s.signed_fields, "from:to:subject:date");
  EXPECT_EQ((std::string_view{s.body_hash.data(), s.body_hash.size()}), "12345678901234567890123456789012");
  EXPECT_EQ(s.signature, "dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSbav+yuU4zGeeruD00lszZVoG4ZHRNiYzR");
  EXPECT_EQ(s.time, 1117574938);
  EXPECT_EQ(s.expiration, 1118006938);
}

TEST(DkimSignature, Defaults_3_5) {
  dkim_signature s;
  std::string const text = with("c=relaxed; l=000");
  ASSERT_EQ(parse_dkim_signature(text, s), problem::none);
  EXPECT_TRUE(s.header == dkim_canonicalization::relaxed && s.body == dkim_canonicalization::simple);
  EXPECT_TRUE(s.has_length && s.length == 0 && s.time == -1 && s.expiration == -1);
  EXPECT_EQ(s.identity, "");
  EXPECT_EQ(s.identity_domain, "example.net");
  std::string const other = with("c=simple/relaxed; a=ed25519-sha256");
  ASSERT_EQ(parse_dkim_signature(other, s), problem::none);
  EXPECT_TRUE(s.body == dkim_canonicalization::relaxed && s.algorithm == dkim_algorithm::ed25519_sha256);
}

// "The value of the l= tag is constrained to 76 decimal digits"; no body is longer than the largest number.
TEST(DkimSignature, LargestLength_3_5) {
  constexpr std::uint64_t largest = ~std::uint64_t{0};
  auto const length = [](std::string const& digits) {
    dkim_signature s;
    EXPECT_EQ(parse_dkim_signature(with("l=" + digits), s), problem::none);
    return s.length;
  };
  EXPECT_EQ(length("18446744073709551614"), largest - 1);
  EXPECT_EQ(length("18446744073709551615"), largest);
  EXPECT_EQ(length("18446744073709551616"), largest);
  EXPECT_EQ(length("99999999999999999999"), largest);
  EXPECT_EQ(length(std::string(76, '8')), largest);
  EXPECT_EQ(length(std::string(75, '0') + "7"), 7U);
  EXPECT_EQ(parse(with("l=" + std::string(77, '0'))), problem::body_length);
}

/// Tags in place of those of a good signature, and what is then wrong with it.
struct signature_rows {
  dkim_problem problem;
  std::vector<std::string_view> tags;
};

TEST(DkimSignature, EachTag_3_5) {
  signature_rows const all[] = {
      // "Unrecognized tags MUST be ignored"; nothing depends on z=.
      {problem::none, {"v=1", "unknown=; X9_=2", "z=|||:::=", "D=2; v=1"}},
      {problem::none, {"b=A AA\r\n A", "bh=MTIzNDU2Nzg5MDEyMzQ1Njc4\r\n OTAxMjM0NTY3ODkwMTI ="}},
      {problem::none, {"a=rsa-sha1; bh=MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=", "c=relaxed/relaxed", "c=relaxed/simple"}},
      {problem::none, {"c=simple/simple", "c=simple", "d=a.b", "d=_a.b", "h=from", "h=FROM : To\r\n :\r\n subject"}},
      // The last "@" of i= is the one; it may be folded.
      {problem::none, {"i=@example.net", "i=joe@EXAMPLE.net", "i=joe@a.b.Example.Net", "i=a=40b=3B@c@example.net"}},
      {problem::none, {"i=jo\r\n e@\r\n example.net", "i=\xC3\xBC@example.net", "l=1", "s=a.b", "s=2013_09"}},
      // "Unrecognized query mechanisms MUST be ignored."
      {problem::none, {"q=dns/txt", "q=x : dns/txt", "q=x/y:dns/txt"}},
      {problem::none, {"t=0", "t=999999999999", "x=1", "x=0", "t=5; x=6"}},
      // RFC 8616
      {problem::none, {"d=\xC3\xBC.example; i=@a.\xC3\xBC.example", "d=\xC3\xBC.example; i=@xn--tda.EXAMPLE"}},
      {problem::none, {"d=xn--tda.example; i=@\xC3\xBC.example", "s=\xC3\xBC"}},
      {problem::syntax, {"_=2", "unknown", ";", "v=1;"}},
      {problem::duplicate_tag, {"d=example.net; d=example.net", "t=1; t=2", "unknown=1; unknown=1"}},
      {problem::version, {"v=2", "v=", "v=01", "v=1.0", "v=DKIM1"}},
      // Values are case-sensitive (3.2).
      {problem::algorithm, {"a=RSA-SHA256", "a=rsa-sha512", "a=ed25519-sha1", "a=rsa", "a="}},
      {problem::signature_data, {"b=", "b=AAA", "b=AAA."}},
      {problem::body_hash_data, {"bh=", "bh=AAAA", "bh=MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz", "a=rsa-sha1"}},
      {problem::canonicalization, {"c=Relaxed", "c=relaxed/", "c=/relaxed", "c=relaxed/relaxed/relaxed", "c="}},
      {problem::canonicalization, {"c=relaxed / simple", "c=nowsp", "c=simple/nowsp"}},
      {problem::domain, {"d=", "d=com", "d=.example.net", "d=example.net.", "d=exa mple.net", "d=example..net"}},
      {problem::domain, {"d=[192.0.2.1]", "d=\xFC.example", "d=a@example.net"}},
      {problem::signed_fields, {"h=", "h=from:", "h=:from", "h=from::to", "h=from to", "h=from:\xC3\xBC"}},
      {problem::identity, {"i=", "i=example.net", "i=joe@", "i=joe@net", "i=joe@exam ple.net", "i=joe=40example.net"}},
      // Hexadecimal digits are in upper case (2.11).
      {problem::identity, {"i=joe=2@example.net", "i=joe=3b@example.net", "i=joe=@example.net"}},
      {problem::identity_domain, {"i=@example.org", "i=@notexample.net", "d=a.example.net; i=@example.net"}},
      {problem::identity_domain, {"i=@example.net.org", "d=xn--tda.example; i=@u.example"}},
      {problem::body_length, {"l=", "l=-1", "l=1 2", "l=1a", "l=+1"}},
      {problem::query_method, {"q=dns", "q=dns/", "q=x/y", "q=", "q=DNS/TXT"}},
      {problem::selector, {"s=", "s=a..b", "s=.a", "s=a b", "s=\xBC"}},
      {problem::time, {"t=1000000000000", "t=", "t=-1", "t=1.5"}},
      {problem::expiration, {"x=1000000000000", "x=soon", "x="}},
      {problem::expiration_order, {"t=5; x=5", "t=5; x=4"}},
  };
  for (auto const& [wrong, rows] : all)
    for (std::string_view const tags : rows) EXPECT_EQ(name(parse(with(tags))), name(wrong)) << tags;
}

TEST(DkimSignature, RequiredTags_6_1_1) {
  for (std::string_view const one : {"v", "a", "b", "bh", "d", "h", "s"}) {
    std::string text = with("q=dns/txt");
    std::size_t const at = text.find("; " + std::string{one} + "=");
    text.erase(at, text.find(';', at + 1) - at);
    EXPECT_EQ(parse(text), problem::missing_tag) << text;
  }
  EXPECT_EQ(parse(""), problem::syntax);
  std::string many;
  for (int i = 0; i != 60; ++i) many.append("t").append(std::to_string(i)).append("=;");
  EXPECT_EQ(parse(with(many)), problem::syntax) << "more tags than a list holds";
}

// The name of the key is no longer than a name may be (RFC 1035 2.3.4), and h= no longer than a verifier searches.
TEST(DkimSignature, Limits) {
  std::string const label(60, 'a');
  std::string const domain = "d=" + label + "." + label + "." + label + ".example; s=";
  EXPECT_EQ(parse(with(domain + std::string(51, 's'))), problem::none);
  EXPECT_EQ(parse(with(domain + std::string(52, 's'))), problem::selector);
  std::string names = "h=from";
  for (std::size_t i = 1; i != dkim_signed_field_limit; ++i) names += ":x";
  EXPECT_EQ(parse(with(names)), problem::none);
  EXPECT_EQ(parse(with(names + ":x")), problem::too_many_fields);
}

TEST(DkimSignedFields, NoMoreThanTheLimit) {
  std::string header = "From: x\r\n";
  for (std::size_t i = 1; i != dkim_field_limit; ++i) header += "X:\r\n";
  std::string seen;
  auto const visit = [&seen](std::string_view raw) noexcept { seen += raw; };
  EXPECT_TRUE(visit_signed_fields(header_fields{header}, "from:x", {}, visit));
  EXPECT_EQ(seen, "From: x\r\nX:\r\n");
  seen.clear();
  header += "Y:\r\n";
  EXPECT_FALSE(visit_signed_fields(header_fields{header}, "from:x", {}, visit));
  EXPECT_EQ(seen, "");
}

struct key_row {
  std::string_view text;
  std::string_view means;
};

std::string read_key(std::string_view text) {
  dkim_key key;
  dkim_problem const p = parse_dkim_key(text, key);
  if (p != problem::none) return std::string{name(p)};
  constexpr std::string_view types[] = {"rsa", "ed25519", "unknown"};
  std::string out{types[static_cast<std::size_t>(key.type)]};
  out.append(" ").append(key.data.empty() ? "revoked" : key.data);
  if (!key.sha256) out += " not-sha256";
  if (!key.mail) out += " not-mail";
  if (key.testing) out += " testing";
  if (key.no_subdomains) out += " no-subdomains";
  return out;
}

constexpr key_row keys[] = {
    {"v=DKIM1; p=AAAA", "rsa AAAA"},
    {"p=AA\r\n AA", "rsa AA\r\n AA"},
    {"v=DKIM1; k=rsa; p=AAAA; ", "rsa AAAA"},
    {"v=DKIM1; k=ed25519; p=AAAA", "ed25519 AAAA"},
    {"k=RSA; p=AAAA", "unknown AAAA"},
    {"k=; p=AAAA", "unknown AAAA"},
    {"p=", "rsa revoked"},
    {"v=DKIM1; p=;", "rsa revoked"},
    {"h=sha256; p=AAAA", "rsa AAAA"},
    {"h=sha1 : sha256; p=AAAA", "rsa AAAA"},
    {"h=sha1; p=AAAA", "rsa AAAA not-sha256"},
    {"h=; p=AAAA", "rsa AAAA not-sha256"},
    {"s=*; p=AAAA", "rsa AAAA"},
    {"s=email; p=AAAA", "rsa AAAA"},
    {"s=other:*; p=AAAA", "rsa AAAA"},
    {"s=other; p=AAAA", "rsa AAAA not-mail"},
    {"t=y; p=AAAA", "rsa AAAA testing"},
    {"t=s; p=AAAA", "rsa AAAA no-subdomains"},
    {"t=x : y : s; p=AAAA", "rsa AAAA testing no-subdomains"},
    {"t=Y; p=AAAA", "rsa AAAA"},
    {"g=*; n=any=thing; x=; p=AAAA", "rsa AAAA"},  // g= is no longer known (C.2)
    {"v=DKIM1", "key_syntax"},
    {"", "key_syntax"},
    {"AAAA", "key_syntax"},
    {"p=AAA", "key_syntax"},
    {"p=AAAA; p=AAAA", "key_syntax"},
    {"k=rsa; v=DKIM1; p=AAAA", "rsa AAAA"},  // not where it has to be, and met
    {"p=AAAA; k", "key_syntax"},
    {"v=DKIM1.0; p=AAAA", "key_version"},
    {"v=dkim1; p=AAAA", "key_version"},
    {"v=; p=AAAA", "key_version"},
    {"p=AAAA; v=DKIM2", "key_version"},
    {"v=spf1 -all", "key_version"},  // what a wildcard record gives (6.1.2)
    {"v=DMARC1; p=none", "key_version"},
    {"v=STSv1; id=1;;", "key_version"},
};

static_assert([] {
  dkim_key key;
  return parse_dkim_key(keys[0].text, key) == problem::none && key.data == "AAAA" && !key.testing;
}());

TEST(DkimKey, EachTag_3_6_1) {
  for (key_row const& row : keys) EXPECT_EQ(read_key(row.text), row.means) << row.text;
}

TEST(DkimKey, TypesAndAlgorithms_6_1_2) {
  EXPECT_TRUE(fits(dkim_key_type::rsa, dkim_algorithm::rsa_sha256));
  EXPECT_TRUE(fits(dkim_key_type::ed25519, dkim_algorithm::ed25519_sha256));
  EXPECT_FALSE(fits(dkim_key_type::rsa, dkim_algorithm::ed25519_sha256));
  EXPECT_FALSE(fits(dkim_key_type::ed25519, dkim_algorithm::rsa_sha256));
  EXPECT_FALSE(fits(dkim_key_type::unknown, dkim_algorithm::rsa_sha256));
}

// RFC 8301 3.2: the size is that of the modulus, whatever stands around it.
TEST(DkimKey, SizeOfRsaKeys) {
  for (std::size_t const bits : {9U, 511U, 512U, 1016U, 1023U, 1024U, 1025U, 2048U, 4096U, 4097U, 8192U}) {
    EXPECT_EQ(rsa_key_bits(dkim_oracle::rsa_key(bits)), bits);
    EXPECT_EQ(rsa_key_bits(dkim_oracle::rsa_info(bits)), bits);
  }
  auto const judge = [](dkim_key_type type, std::string const& data, std::uint32_t size) {
    std::uint32_t bits = 1;
    dkim_problem const p = check_dkim_key_data(type, {data.size(), true}, data, bits);
    EXPECT_EQ(bits, size);
    return p;
  };
  EXPECT_EQ(judge(dkim_key_type::rsa, dkim_oracle::rsa_info(1023), 1023), problem::key_too_small);
  EXPECT_EQ(judge(dkim_key_type::rsa, dkim_oracle::rsa_info(1024), 1024), problem::none);
  EXPECT_EQ(judge(dkim_key_type::rsa, dkim_oracle::rsa_key(4096), 4096), problem::none);
  EXPECT_EQ(judge(dkim_key_type::rsa, dkim_oracle::rsa_key(4097), 4097), problem::key_too_large);
  EXPECT_EQ(judge(dkim_key_type::rsa, "key", 0), problem::key_data);
  EXPECT_EQ(judge(dkim_key_type::ed25519, std::string(32, 'k'), 256), problem::none);
  EXPECT_EQ(judge(dkim_key_type::ed25519, std::string(31, 'k'), 0), problem::key_data);
  EXPECT_EQ(judge(dkim_key_type::ed25519, std::string(33, 'k'), 0), problem::key_data);
}

std::string small_key(std::string_view modulus, std::string_view exponent) {
  return dkim_oracle::der('\x30', dkim_oracle::der('\x02', modulus) + dkim_oracle::der('\x02', exponent));
}

TEST(DkimKey, DistinguishedEncodingOnly) {
  EXPECT_EQ(rsa_key_bits(small_key("\x11", "\x03")), 5U);
  EXPECT_EQ(rsa_key_bits(small_key("\0\x81"sv, "\x03")), 8U);
  EXPECT_EQ(rsa_key_bits(small_key("\x81", "\x03")), 0U) << "a negative modulus";
  EXPECT_EQ(rsa_key_bits(small_key("\0\x11"sv, "\x03")), 0U) << "an octet too much";
  EXPECT_EQ(rsa_key_bits(small_key("\0"sv, "\x03")), 0U);
  EXPECT_EQ(rsa_key_bits(small_key("", "\x03")), 0U);
  EXPECT_EQ(rsa_key_bits(small_key("\x10", "\x03")), 0U) << "an even modulus";
  EXPECT_EQ(rsa_key_bits(small_key("\x11", "\x02")), 0U) << "an even exponent";
  EXPECT_EQ(rsa_key_bits(small_key("\x11", "\x01")), 0U);
  EXPECT_EQ(rsa_key_bits(small_key("\x11", std::string(8, '\x7F'))), 5U);
  EXPECT_EQ(rsa_key_bits(small_key("\x11", std::string(9, '\x7F'))), 0U) << "an exponent of 71 bits";
  EXPECT_EQ(rsa_key_bits("\x30\x81\x06\x02\x01\x11\x02\x01\x03"sv), 0U) << "a length that would be shorter";
  EXPECT_EQ(rsa_key_bits("\x30\x80\x02\x01\x11\x02\x01\x03\0\0"sv), 0U) << "no length";
  EXPECT_EQ(rsa_key_bits("\x30\x84\0\0\0\x06\x02\x01\x11\x02\x01\x03"sv), 0U);
  // Nothing may be missing, or stand behind it, or be another octet of what is fixed.
  std::string const whole = dkim_oracle::rsa_info(1024);
  for (std::size_t i = 0; i != whole.size(); ++i) EXPECT_EQ(rsa_key_bits(whole.substr(0, i)), 0U) << i;
  EXPECT_EQ(rsa_key_bits(whole + '\0'), 0U);
  for (std::size_t i = 0; i != 28; ++i) {
    std::string other = whole;
    other[i] = static_cast<char>(other[i] ^ 0x40);
    EXPECT_EQ(rsa_key_bits(other), 0U) << i;
  }
}

TEST(DkimProblem, EachHasANameAResultAndWords) {
  for (dkim_problem_info const& one : dkim_problem_table) {
    EXPECT_FALSE(one.name.empty() || one.message.empty());
    EXPECT_NE(one.result, dkim_result::none);
    EXPECT_EQ(one.result == dkim_result::pass, one.what == problem::none);
    EXPECT_EQ(name(one.what), one.name);
  }
  EXPECT_EQ(name(dkim_result::permerror), "permerror");
  EXPECT_EQ(name(dkim_algorithm::ed25519_sha256), "ed25519-sha256");
}

}  // namespace
