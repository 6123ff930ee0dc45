// SPDX-License-Identifier: BSL-1.0
// What takes two fifths of the time to compile a test, compiled once for each program (CMake has it in CMakeLists.txt).
#include <gtest/gtest.h>
