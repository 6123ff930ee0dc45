// SPDX-License-Identifier: BSL-1.0
// Any octets as an MTA-STS record and policy: what is read holds what RFC 8461 says of it, and means the same when it
// is written in its plain form and read again.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "check.hpp"
#include "ehlo/route/mta_sts.hpp"

namespace {

using fuzz::check;
using namespace ehlo::route;
using error = mta_sts_error;

void read_record(std::string_view text) {
  mta_sts_record record, again;
  error const e = parse_mta_sts_record(text, record);
  check((e == error::none) == !record.id.empty() && record.id.size() <= 32);
  check(find_mta_sts_record({&text, 1}, again) == (e == error::record_version ? error::no_record : e));
  check(again.id == record.id);
  if (e != error::none) return;
  std::string const plain = "v=STSv1; id=" + std::string(record.id) + ";";
  check(parse_mta_sts_record(plain, again) == error::none && again.id == record.id);
  std::array<std::string_view, 2> const two{text, plain};
  check(find_mta_sts_record(two, again) == error::many_records && again.id.empty());
}

std::string plain(mta_sts_policy const& p) {
  constexpr std::string_view modes[] = {"none", "testing", "enforce"};
  std::string text = "version: STSv1\nmode: ";
  text += modes[static_cast<std::size_t>(p.mode)];
  for (std::string_view const mx : p.mx) text += "\nmx: " + std::string(mx);
  return text + "\nmax_age: " + std::to_string(p.max_age);
}

void read_policy(std::string_view text, std::string_view host) {
  mta_sts_policy policy, again;
  error const e = parse_mta_sts_policy(text, policy);
  if (e != error::none) return check(policy.mx.begin() == policy.mx.end());
  check(policy.max_age <= mta_sts_longest_age);
  std::string const rewritten = plain(policy);
  check(parse_mta_sts_policy(rewritten, again) == error::none && plain(again) == rewritten);
  bool any = false, match = false;
  for (std::string_view const mx : policy.mx) {
    any = true;
    match = match || matches_mx_pattern(mx, host);
    std::string const name = mx.starts_with("*.") ? "x" + std::string(mx.substr(1)) : std::string(mx);
    check(policy.mx.match(name) && policy.mx.match(name + "."));
    check(!mx.starts_with("*.") || !matches_mx_pattern(mx, mx.substr(2)));
    check(!mx.starts_with("*.") || !matches_mx_pattern(mx, "y." + name));
  }
  check(any || policy.mode == mta_sts_mode::none);
  check(policy.mx.match(host) == match);
  mta_sts_decision const d = apply_mta_sts(policy, host);
  check(d.skip == (policy.mode == mta_sts_mode::enforce && !match));
  check(d.security.pkix == (policy.mode == mta_sts_mode::enforce));
}

/// Nothing in a domain leads the request elsewhere.
void write_url(std::string_view domain) {
  std::array<char, mta_sts_url_limit> room{};
  ehlo::text_writer out{room};
  if (!write_mta_sts_url(out, domain)) return;
  std::string_view const url = out.written();
  check(url.starts_with("https://mta-sts.") && url.ends_with("/.well-known/mta-sts.txt"));
  for (char const c : url.substr(8, url.size() - 32))
    check(ehlo::is_alpha(c) || ehlo::is_digit(c) || c == '.' || c == '-');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const text{reinterpret_cast<char const*>(data), size};
  std::size_t const line = text.find('\n');
  std::string_view const first = text.substr(0, line);
  read_record(text);
  read_record("v=STSv1;" + std::string(first));
  read_policy(text, "mx.example.com");
  if (line != std::string_view::npos) {
    read_policy(text.substr(line + 1), first);
    read_policy("version: STSv1\nmode: enforce\nmax_age: 1\n" + std::string(text.substr(line + 1)), first);
  }
  write_url(first);
  return 0;
}
