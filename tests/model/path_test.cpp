// SPDX-License-Identifier: BSL-1.0
// From the offsets of a path to its parts, RFC 5321 4.1.2.
#include "ehlo/model/path.hpp"

#include <gtest/gtest.h>

namespace {

using namespace ehlo;

constexpr std::string_view routed = "x<@a,@b:u@d>y";
constexpr path_view path = view(routed, {1, 8, 9, 12, path_kind::mailbox, false});
static_assert(path.raw == "<@a,@b:u@d>" && path.source_route == "@a,@b" && path.local_part == "u" &&
              path.domain == "d");
static_assert(path.mailbox() == "u@d");

constexpr path_view bare = view("a@b", {0, 0, 1, 3, path_kind::mailbox, false});
static_assert(bare.raw == "a@b" && bare.source_route.empty() && bare.mailbox() == "a@b");

constexpr path_view null = view("<>", {0, 1, 1, 2, path_kind::null, false});
static_assert(null.raw == "<>" && null.mailbox().empty() && null.domain.empty());

constexpr path_view postmaster = view("<postmaster>", {0, 1, 11, 12, path_kind::postmaster, false});
static_assert(postmaster.mailbox() == "postmaster" && postmaster.domain.empty());

TEST(path_view, is_empty_for_an_empty_range) { EXPECT_TRUE(view("", {}).raw.empty()); }

}  // namespace
