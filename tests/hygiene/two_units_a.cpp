// SPDX-License-Identifier: BSL-1.0
//
// One of two translation units that include everything: what is not inline is defined twice and does not link, and what
// depends on a macro has two sizes.
#include "every_header.inc"
#include "layout.hpp"

int main() { return layout_here == layout_in_b() ? 0 : 1; }
