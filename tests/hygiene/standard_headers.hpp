// SPDX-License-Identifier: BSL-1.0
//
// The standard headers that a header of the library may include (rules_test.cpp holds the list against them).
#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <span>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <version>
