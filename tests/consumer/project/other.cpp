// SPDX-License-Identifier: BSL-1.0
#include <ehlo/version.hpp>

int other_version();
int other_version() { return EHLO_VERSION_MAJOR * 100 + EHLO_VERSION_MINOR; }
