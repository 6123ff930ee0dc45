// SPDX-License-Identifier: BSL-1.0
// Enhanced status codes, RFC 3463 and RFC 5248.
#include "ehlo/model/enhanced_text.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace {

using namespace ehlo;

static_assert(text({5, 1, 1}) == "bad destination mailbox address" && text({4, 4, 7}) == "delivery time expired");
static_assert(text({5, 7, 30}) == "REQUIRETLS support required");
static_assert(text({5, 1, 99}) == text({5, 1, 0}) && text({5, 99, 1}) == text({5, 0, 0}) && text({}).empty());

TEST(enhanced_text, rows_are_in_order_and_each_subject_begins_with_0) {
  std::pair<unsigned, unsigned> before{0, 0};
  for (enhanced_text_row const& row : enhanced_text_table) {
    if (&row != enhanced_text_table.data()) {
      EXPECT_LT(before, (std::pair<unsigned, unsigned>{row.subject, row.detail}));
    }
    if (row.subject != before.first) {
      EXPECT_EQ(row.detail, 0U);
    }
    before = {row.subject, row.detail};
  }
}

// RFC 2034 4: the class is the first digit of the code.
static_assert(enhanced_code{5, 1, 1}.fits(550) && !enhanced_code{4, 1, 1}.fits(550) &&
              !enhanced_code{3, 0, 0}.fits(354) && !enhanced_code{5, 1000, 0}.fits(550));

}  // namespace
