// SPDX-License-Identifier: BSL-1.0
// MTA-STS, RFC 8461: the record, the policy, which hosts it allows, and how long it holds.
#include "ehlo/route/mta_sts.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace ehlo::route;
using namespace std::string_view_literals;
using ehlo::text_writer;
using ehlo::tls_policy;
using enum mta_sts_error;

struct record_row {
  std::string_view text;
  mta_sts_error error;
  std::string_view id;
};

constexpr record_row records[] = {
    {"v=STSv1; id=20160831085700Z;", none, "20160831085700Z"},  // 3.1, appendix A
    {"v=STSv1;id=1", none, "1"},
    {"v=STSv1 \t;\t id=aB9 ; ", none, "aB9"},
    {"v=STSv1; id=12345678901234567890123456789012", none, "12345678901234567890123456789012"},
    {"v=STSv1; a=b; id=1; x.y-z_0=!#:<>~", none, "1"},
    {"v=STSv1; id=1; id=2", none, "1"},           // 3.2: all but the first are ignored
    {"v=STSv1; id=1; id=not.an.id;", none, "1"},  // the second too, whatever it is
    {"v=STSv1; v=STSv2; id=1", none, "1"},        // a field like any other, and unknown
    {"v=STSv1; ID=1; id=2", none, "2"},           // names are case-sensitive
    {"", record_version, ""},
    {"v=STSv1", record_version, ""},
    {"V=STSv1; id=1", record_version, ""},
    {"v=stsv1; id=1", record_version, ""},
    {"v=STSv11; id=1", record_version, ""},
    {" v=STSv1; id=1", record_version, ""},
    {"id=1; v=STSv1;", record_version, ""},
    {"v=STSv1;", record_id, ""},
    {"v=STSv1; ", record_id, ""},
    {"v=STSv1; x=1", record_id, ""},
    {"v=STSv1; id=2016-08-31", record_id, ""},
    {"v=STSv1; id=123456789012345678901234567890123", record_id, ""},
    {"v=STSv1; id=", record_field, ""},
    {"v=STSv1; id", record_field, ""},
    {"v=STSv1; id =1", record_field, ""},
    {"v=STSv1; id= 1", record_field, ""},
    {"v=STSv1; id=1 ", record_field, ""},
    {"v=STSv1; id=1=2", record_field, ""},
    {"v=STSv1; id=1 id=2", record_field, ""},
    {"v=STSv1;; id=1", record_field, ""},
    {"v=STSv1; id=1;;", record_field, ""},
    {"v=STSv1; =1; id=1", record_field, ""},
    {"v=STSv1; _x=1; id=1", record_field, ""},
    {"v=STSv1; id=1; a23456789012345678901234567890123=1", record_field, ""},
    {"v=STSv1; id=\xC3\xA9", record_field, ""},
    {"v=STSv1; id=1\0"sv, record_field, ""},
    {"v=STSv1\r\n; id=1", record_version, ""},
};

constexpr bool holds(record_row const& row) {
  mta_sts_record out;
  return parse_mta_sts_record(row.text, out) == row.error && out.id == row.id;
}
static_assert(holds(records[0]) && holds(records[2]) && holds(records[21]));

TEST(MtaSts, Record) {
  for (record_row const& row : records) EXPECT_TRUE(holds(row)) << row.text;
}

// 3.1: "records that do not begin with "v=STSv1;" are discarded"; then there has to be exactly one.
TEST(MtaSts, OneRecord) {
  auto const find = [](std::vector<std::string_view> const& all, std::string_view id) {
    mta_sts_record out;
    mta_sts_error const e = find_mta_sts_record(all, out);
    EXPECT_EQ(out.id, id);
    return e;
  };
  EXPECT_EQ(find({}, ""), no_record);
  EXPECT_EQ(find({"v=spf1 -all", "v=STSv2; id=1", ""}, ""), no_record);
  EXPECT_EQ(find({"v=spf1 -all", "v=STSv1; id=1", "v=STSv10; id=2", "V=STSv1; id=3"}, "1"), none);
  EXPECT_EQ(find({"v=STSv1; id=1", "v=STSv1; id=1"}, ""), many_records);
  EXPECT_EQ(find({"v=STSv1; id=1", "v=STSv1; broken"}, ""), many_records);
  EXPECT_EQ(find({"v=STSv1; broken"}, ""), record_field);
}

std::string say(mta_sts_policy const& p) {
  std::string out = std::to_string(static_cast<int>(p.mode)) + " " + std::to_string(p.max_age);
  for (std::string_view const mx : p.mx) out += " " + std::string(mx);
  return out;
}

std::string read(std::string_view text) {
  mta_sts_policy policy;
  mta_sts_error const e = parse_mta_sts_policy(text, policy);
  if (e == none) return say(policy);
  EXPECT_EQ(say(policy), "0 0") << "empty on an error";
  return std::string(message(e));
}

struct policy_row {
  std::string_view text;
  std::string_view means;
};

TEST(MtaSts, Policy) {
  policy_row const rows[] = {
      // 3.2 and appendix A
      {"version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmx: backupmx.example.com\r\n"
       "max_age: 604800\r\n",
       "2 604800 mail.example.com *.example.net backupmx.example.com"},
      {"version: STSv1\nmode: testing\nmx: mx1.example.com\nmx: mx2.example.com\nmx: mx.backup-example.com\n"
       "max_age: 1296000",
       "1 1296000 mx1.example.com mx2.example.com mx.backup-example.com"},
      {"version: STSv1\nmode: none\nmax_age: 86400\n", "0 86400"},
      {"max_age:0\nmx:a.b \t\nmode:\t enforce\nversion:STSv1", "2 0 a.b"},  // any order, WSP around values
      {"version: STSv1\n\n \t\r\nmode: none\nmax_age: 0000000001\n\n", "0 1"},
      {"version: STSv1\nmode: none\nmax_age: 31557600\nmx: unused.example\n", "0 31557600 unused.example"},
      {"version: STSv1\nmode: enforce\nmode: bogus\nmode: none\nmax_age: 1\nmax_age: x\nversion: 2\nmx: a.b\n",
       "2 1 a.b"},  // "all entries except for the first SHALL be ignored"
      {"version: STSv1\nmode: enforce\nMX: x\nfuture_field.2: \xC3\xA9 = any; thing\nmx: a.b\nmax_age: 1\n", "2 1 a.b"},
      {"", "the policy has no version"},
      {"mode: none\nmax_age: 1\n", "the policy has no version"},
      {"version: STSv1\nmax_age: 1\nmx: a.b", "the policy has no mode"},
      {"version: STSv1\nmode: enforce\nmx: a.b", "the policy has no max_age"},
      {"version: STSv1\nmode: enforce\nmax_age: 1", "the policy has no mx, and its mode is not none"},
      {"version: STSv1\nmode: testing\nmax_age: 1", "the policy has no mx, and its mode is not none"},
      {"version: STSv2\nmode: none\nmax_age: 1\n", "the version of the policy is not STSv1"},
      {"version: stsv1\n", "the version of the policy is not STSv1"},
      {"version: STSv1\nmode: Enforce\n", "the mode of the policy is not enforce, testing or none"},
      {"version: STSv1\nmode: enforce; \n", "the mode of the policy is not enforce, testing or none"},
      {"max_age: 31557601", "the max_age of the policy is not a number up to 31557600"},
      {"max_age: 99999999999999999999", "the max_age of the policy is not a number up to 31557600"},
      {"max_age: 00000000001", "the max_age of the policy is not a number up to 31557600"},
      {"max_age: -1", "the max_age of the policy is not a number up to 31557600"},
      {"max_age: 1d", "the max_age of the policy is not a number up to 31557600"},
      {"mx: *", "an mx of the policy is not a domain, nor *. and a domain"},
      {"mx: *.", "an mx of the policy is not a domain, nor *. and a domain"},
      {"mx: *.*.example.com", "an mx of the policy is not a domain, nor *. and a domain"},
      {"mx: mx*.example.com", "an mx of the policy is not a domain, nor *. and a domain"},
      {"mx: mx.example.com.", "an mx of the policy is not a domain, nor *. and a domain"},
      {"mx: m\xC3\xBCnchen.example", "an mx of the policy is not a domain, nor *. and a domain"},
      {"mx: a.b, c.d", "an mx of the policy is not a domain, nor *. and a domain"},
      {"mx: [192.0.2.1]", "an mx of the policy is not a domain, nor *. and a domain"},
      {"<!DOCTYPE html>\n", "the policy has a line that is not name: value"},
      {"<html> a: b", "the policy has a line that is not name: value"},
      {" version: STSv1\n", "the policy has a line that is not name: value"},
      {"version : STSv1\n", "the policy has a line that is not name: value"},
      {"version:\n", "the policy has a line that is not name: value"},
      {"version: STSv1\rmode: none\n", "the policy has a line that is not name: value"},
      {"version: STSv1\nx: \xFF\n", "the policy has a line that is not name: value"},
      {"version: STSv1\nx: a\0b\n"sv, "the policy has a line that is not name: value"},
      {"\xEF\xBB\xBFversion: STSv1\n", "the policy has a line that is not name: value"},
      {"version: STSv1\r", "the policy has a line that is not name: value"},
  };
  for (policy_row const& row : rows) EXPECT_EQ(read(row.text), row.means) << row.text;
  std::string const large = "version: STSv1\nmode: none\nmax_age: 1\nx: ";
  EXPECT_EQ(read(large + std::string(65536 - large.size(), 'y')), "0 1");
  EXPECT_EQ(read(large + std::string(65537 - large.size(), 'y')), "the policy is over 64 KiB");
}

// 4.1: "the mx pattern "*.example.com" matches "mail.example.com" but not "example.com" or "foo.bar.example.com"".
static_assert(matches_mx_pattern("*.example.com", "mail.example.com"));
static_assert(!matches_mx_pattern("*.example.com", "example.com"));
static_assert(!matches_mx_pattern("*.example.com", "foo.bar.example.com"));
static_assert(matches_mx_pattern("*.example.com", "MAIL.Example.COM.") && matches_mx_pattern("A.b", "a.B."));
static_assert(!matches_mx_pattern("*.example.com", ".example.com") && !matches_mx_pattern("*.example.com", ""));
static_assert(!matches_mx_pattern("*.example.com", "mail.example.com..") && !matches_mx_pattern("a.b", "a.b.."));
static_assert(!matches_mx_pattern("example.com", "mail.example.com") && !matches_mx_pattern("a.b", "xa.b"));
static_assert(!matches_mx_pattern("xn--mnchen-3ya.example", "m\xC3\xBCnchen.example"));
static_assert(!matches_mx_pattern("", "") && !matches_mx_pattern("", "."));

mta_sts_policy policy_of(std::string_view text) {
  mta_sts_policy policy;
  EXPECT_EQ(parse_mta_sts_policy(text, policy), none);
  return policy;
}

TEST(MtaSts, ModeAndHostDecide) {
  std::string const rest = "version: STSv1\nmax_age: 1\nmx: mx1.example.com\nmx: *.example.net\nmode: ";
  struct {
    std::string_view mode, mx;
    bool skip, reports, matches;
    tls_policy tls;
  } const rows[] = {
      {"enforce", "mx1.example.com", false, true, true, tls_policy::require},
      {"enforce", "MX9.example.net.", false, true, true, tls_policy::require},
      {"enforce", "mx2.example.com", true, true, false, tls_policy::require},
      {"enforce", "", true, true, false, tls_policy::require},
      {"testing", "mx1.example.com", false, true, true, tls_policy::opportunistic},
      {"testing", "mx2.example.com", false, true, false, tls_policy::opportunistic},
      {"none", "mx1.example.com", false, false, true, tls_policy::opportunistic},
      {"none", "mx2.example.com", false, false, true, tls_policy::opportunistic},
  };
  for (auto const& row : rows) {
    std::string const text = rest + std::string(row.mode);
    mta_sts_decision const d = apply_mta_sts(policy_of(text), row.mx);
    EXPECT_EQ(d.skip, row.skip) << row.mode << " " << row.mx;
    EXPECT_EQ(d.reports, row.reports) << row.mode << " " << row.mx;
    EXPECT_EQ(d.mx_matches, row.matches) << row.mode << " " << row.mx;
    EXPECT_EQ(d.security, (tls_requirement{row.tls, row.tls == tls_policy::require, false})) << row.mode;
  }
}

template <class F>
std::string written(F write, std::string_view domain) {
  std::array<char, mta_sts_url_limit> room{};
  text_writer out{room};
  return write(out, domain) ? std::string(out.written()) : "-";
}

TEST(MtaSts, WhereItIs) {
  EXPECT_EQ(written(write_mta_sts_url, "example.com"), "https://mta-sts.example.com/.well-known/mta-sts.txt");  // 3.2
  EXPECT_EQ(written(write_mta_sts_name, "example.com."), "_mta-sts.example.com");
  for (std::string_view const bad : {"", ".", "[192.0.2.1]", "a/b", "a@b", "a:80", "a..b", "a?b", "a#b", "-a.b", " a",
                                     "a\r\nb", "m\xC3\xBCnchen.example", "a%2e"}) {
    EXPECT_EQ(written(write_mta_sts_url, bad), "-") << bad;
    EXPECT_EQ(written(write_mta_sts_name, bad), "-") << bad;
  }
  std::string const label = std::string(60, 'a') + ".";
  std::string const longest = label + label + label + label + "b";  // 245
  EXPECT_EQ(written(write_mta_sts_url, longest).size(), mta_sts_url_limit);
  EXPECT_EQ(written(write_mta_sts_name, longest), "-") << "254 octets";
  EXPECT_EQ(written(write_mta_sts_url, longest + "b"), "-");
}

TEST(MtaSts, MaxAge) {
  mta_sts_fetched const p{"1", 1000, 600};
  EXPECT_TRUE(is_valid(p, 1000) && is_valid(p, 1600));
  EXPECT_FALSE(is_valid(p, 1601) || is_valid({}, 1'600'000'000));
  EXPECT_TRUE(is_valid(p, 0) && is_valid(p, INT64_MIN)) << "the clock was set back";
  EXPECT_FALSE(is_valid({"1", INT64_MIN, 600}, INT64_MAX));
}

TEST(MtaSts, WhenToFetch) {
  mta_sts_fetched const p{"1", 1'000'000, 31'557'600};
  EXPECT_FALSE(has_to_fetch({"1"}, p, 1'000'000) || has_to_fetch({"1"}, p, 1'086'399));
  EXPECT_TRUE(has_to_fetch({"2"}, p, 1'000'000)) << "another id";
  EXPECT_TRUE(has_to_fetch({"1"}, p, 1'086'400)) << "once per day";
  EXPECT_TRUE(has_to_fetch({"1"}, {"1", 1'000'000, 60}, 1'000'061)) << "expired";
  EXPECT_TRUE(has_to_fetch({"1"}, {}, 1'000'000)) << "never fetched";
  EXPECT_TRUE(has_to_fetch({"1"}, p, 999'999)) << "the clock was set back";
  EXPECT_FALSE(may_fetch_again(1000, 1299));
  EXPECT_TRUE(may_fetch_again(1000, 1300) && may_fetch_again(1000, 999));
}

// Whatever octets a policy has: an error, or what was read holds what the RFC says of it.
TEST(MtaSts, AnyOctets) {
  std::mt19937 random{8461};
  std::string const sample = "version: STSv1\r\nmode: enforce\r\nmx: a.example\nmx: *.b.example\r\nmax_age: 604800\r\n";
  int valid = 0;
  for (int round = 0; round != 50'000; ++round) {
    std::string text = sample;
    for (auto changes = random() % 3; changes != 0; --changes) {
      std::size_t const at = random() % text.size();
      if (random() % 2 == 0)
        text.erase(at, 1 + random() % 20);
      else
        text.insert(at, 1, "\r\n :.*a0\0\xFF"[random() % 10]);
      if (text.empty()) text = "x";
    }
    mta_sts_policy policy;
    if (parse_mta_sts_policy(text, policy) != none) continue;
    ++valid;
    bool any = policy.mode == mta_sts_mode::none;
    for (std::string_view const mx : policy.mx) {
      any = true;
      ASSERT_TRUE(mx.starts_with("*.") ? matches_mx_pattern(mx, "x" + std::string(mx.substr(1))) : policy.mx.match(mx))
          << text;
    }
    ASSERT_TRUE(any && policy.max_age <= mta_sts_longest_age) << text;
  }
  EXPECT_GT(valid, 10'000);
}

}  // namespace
