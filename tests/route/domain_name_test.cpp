// SPDX-License-Identifier: BSL-1.0
// RFC 1035 2.3.3, 2.3.4, 3.1: names in any case, with the root's full stop or without; RFC 5321 4.5.4.1: its figures.
#include "ehlo/route/domain_name.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "ehlo/route/retry.hpp"

namespace {

using namespace ehlo::route;

static_assert(same_domain("example.org", "EXAMPLE.Org.") && same_domain("a", "a") && !same_domain("a", "a.b"));
static_assert(same_domain("[192.0.2.1]", "[192.0.2.1]") && !same_domain("example.org..", "example.org"));
static_assert(is_root("") && is_root(".") && !is_root("..") && !is_root("a."));

static_assert(is_host_name("example.org") && is_host_name("example.org.") && is_host_name("localhost"));
static_assert(is_host_name("_mx.example.org") && is_host_name("a-.example.org") && is_host_name("1.2.3.4.5"));
static_assert(!is_host_name("") && !is_host_name(".") && !is_host_name("a..b") && !is_host_name(".a"));
static_assert(!is_host_name("192.0.2.1") && !is_host_name("192.0.2.1.") && !is_host_name("::1"));
static_assert(!is_host_name("m\xC3\xBC.example") && !is_host_name("a b") && !is_host_name("a\\.b"));

static_assert(domain_of("a@example.org") == "example.org" && domain_of("<a@example.org>") == "example.org");
static_assert(domain_of("<@relay.example,@b.example:a@example.org>") == "example.org");
static_assert(domain_of("\"a@b\"@example.org") == "example.org" && domain_of("a@[192.0.2.1]") == "[192.0.2.1]");
static_assert(domain_of("<a@[IPv6:2001:db8::1]>") == "[IPv6:2001:db8::1]");
static_assert(domain_of("a%example.net@example.org") == "example.org");
static_assert(domain_of("\xC3\xBC@m\xC3\xBC.example") == "m\xC3\xBC.example");
static_assert(domain_of("<postmaster>").empty() && domain_of("").empty() && domain_of("a@").empty());
static_assert(domain_of("a@b> RCPT").empty() && domain_of("<a@example.org").empty() && domain_of("a b@c").empty());

static_assert(least_retry_interval == 1'800'000 && later_retry_interval == 2 * 3'600'000);
static_assert(longest_retry_interval == 3 * 3'600'000 && least_give_up_time == 345'600'000);
static_assert(give_up_time == 432'000'000 && attempts_in_first_hour == 2 && least_addresses_tried == 2);

TEST(DomainName, Of255OctetsOnTheWireAtMost) {
  std::string const labels =
      std::string(61, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') + "." + std::string(63, 'd');
  ASSERT_EQ(labels.size(), 253U);
  EXPECT_TRUE(is_host_name(labels) && is_host_name(labels + "."));
  EXPECT_FALSE(is_host_name("x" + labels));
  domain_name const kept{labels + "."};
  EXPECT_EQ(kept.view(), labels);
  EXPECT_TRUE(domain_name{"x" + labels}.empty());
  EXPECT_TRUE(domain_of(std::string(70'000, 'a') + "@example.org").empty());
}

}  // namespace
