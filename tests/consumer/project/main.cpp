// SPDX-License-Identifier: BSL-1.0
#include <ehlo/version.hpp>

int other_version();

int main() { return ehlo::version_major * 100 + ehlo::version_minor == other_version() ? 0 : 1; }
