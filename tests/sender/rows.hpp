// SPDX-License-Identifier: BSL-1.0
// A table: what is read, and what is found in it.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <string_view>

namespace sender_rows {

struct row {
  std::string_view value;
  std::string_view found;
};

template <std::size_t Count, class Read>
void expect_rows(row const (&rows)[Count], Read read) {
  for (row const& one : rows) EXPECT_EQ(read(one.value), one.found) << one.value;
}

}  // namespace sender_rows
