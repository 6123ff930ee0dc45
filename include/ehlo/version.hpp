// SPDX-License-Identifier: BSL-1.0
//
// The version of the library. This is its only place: CMake and Meson read it from the three lines below.
#pragma once

#define EHLO_VERSION_MAJOR 0
#define EHLO_VERSION_MINOR 1
#define EHLO_VERSION_PATCH 0

namespace ehlo::inline v0 {

inline constexpr int version_major = EHLO_VERSION_MAJOR;
inline constexpr int version_minor = EHLO_VERSION_MINOR;
inline constexpr int version_patch = EHLO_VERSION_PATCH;

}  // namespace ehlo::inline v0
