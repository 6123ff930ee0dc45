// SPDX-License-Identifier: BSL-1.0
// The small values: capability sets, tolerances, reply codes, verbs, errors.
#include <gtest/gtest.h>

#include <cctype>
#include <set>
#include <string>

#include "ehlo/model/capability.hpp"
#include "ehlo/model/command.hpp"
#include "ehlo/model/errc.hpp"
#include "ehlo/model/reply_code.hpp"
#include "ehlo/model/tolerance.hpp"
#include "ehlo/model/verb.hpp"

namespace {

using namespace ehlo;

constexpr capability_set some{capability::size, capability::dsn};
static_assert(some.has(capability::dsn) && !some.has(capability::auth));
static_assert(capability_set{some}.add(capability::auth).remove(capability::auth) == some && capability_set{} != some);

// Each preset takes all that the one before takes.
static_assert(strict == tolerance::none && allows(lenient, interoperable) && allows(interoperable, strict));
static_assert(!allows(interoperable, tolerance::missing_brackets) && !any(strict & lenient) && any(~strict));

// RFC 5321 4.2.1.
static_assert(reply_code{550}.severity() == severity::permanent && reply_code{550}.category() == category::mail_system);
static_assert(reply_code{421}.is_transient() && reply_code{250}.is_success() && reply_code{354}.detail() == 4);
static_assert(!reply_code{199} && !reply_code{600} && !reply_code{} && reply_code{}.category() == category::none);

static_assert(includes(notify_type::success | notify_type::delay, notify_type::delay) &&
              !includes(notify_type::success | notify_type::delay, notify_type::failure));

TEST(errc, every_error_has_its_words_and_a_reply_that_fits) {
  for (errc_info const& row : errc_table) {
    EXPECT_FALSE(row.message.empty());
    EXPECT_TRUE(!row.status || row.status.fits(row.code)) << row.message;
    if (is_local(row.what)) {
      EXPECT_FALSE(row.code) << row.message;
    }
  }
}

TEST(verb, names_are_upper_case_and_different) {
  std::set<std::string_view> names;
  for (std::size_t i = 1; i != verb_count; ++i) {
    EXPECT_TRUE(names.insert(verb_names[i]).second);
    for (char const c : verb_names[i]) EXPECT_TRUE(c >= 'A' && c <= 'Z');
  }
  EXPECT_EQ(name(verb::burl), "BURL");
}

}  // namespace
