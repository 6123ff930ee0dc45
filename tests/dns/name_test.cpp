// SPDX-License-Identifier: BSL-1.0
// RFC 1035 2.3.3, 2.3.4, 3.1: names in any case, with the root's full stop or without.
#include "ehlo/dns/name.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace {

using namespace ehlo;

static_assert(same_domain("example.org", "EXAMPLE.Org.") && same_domain("a", "a") && !same_domain("a", "a.b"));
static_assert(same_domain("[192.0.2.1]", "[192.0.2.1]") && !same_domain("example.org..", "example.org"));
static_assert(is_root("") && is_root(".") && !is_root("..") && !is_root("a."));

static_assert(is_host_name("example.org") && is_host_name("example.org.") && is_host_name("localhost"));
static_assert(is_host_name("_mx.example.org") && is_host_name("a-.example.org") && is_host_name("1.2.3.4.5"));
static_assert(!is_host_name("") && !is_host_name(".") && !is_host_name("a..b") && !is_host_name(".a"));
static_assert(!is_host_name("192.0.2.1") && !is_host_name("192.0.2.1.") && !is_host_name("::1"));
static_assert(!is_host_name("m\xC3\xBC.example") && !is_host_name("a b") && !is_host_name("a\\.b"));

static_assert(is_within("a.example.org", "Example.ORG.") && is_within("example.org.", "example.org"));
static_assert(!is_within("badexample.org", "example.org") && !is_within("org", "example.org"));
static_assert(!is_within("a", "") && !is_within("", ""));

TEST(DomainName, Of255OctetsOnTheWireAtMost) {
  std::string const labels =
      std::string(61, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') + "." + std::string(63, 'd');
  ASSERT_EQ(labels.size(), 253U);
  EXPECT_TRUE(is_host_name(labels) && is_host_name(labels + "."));
  EXPECT_FALSE(is_host_name("x" + labels));
  domain_name const kept{labels + "."};
  EXPECT_EQ(kept.view(), labels);
  EXPECT_TRUE(domain_name{"x" + labels}.empty());
}

}  // namespace
