// SPDX-License-Identifier: BSL-1.0
//
// The other unit has its assertions off and has met the macros that <windows.h> leaves behind. The standard headers
// come first: those of Windows are prepared for these macros, others are not.
#undef NDEBUG
#define NDEBUG
#include "standard_headers.hpp"

#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#define ERROR 0
#define NO_ERROR 0
#define IN
#define OUT
#define OPTIONAL
#define DELETE (0x00010000L)
#define small char
#define near
#define far
#define interface struct
#define STRICT 1
#define TRUE 1
#define FALSE 0
#define CONST const
#define VOID void
#define DOMAIN 1

#include "every_header.inc"
#include "layout.hpp"

layout layout_in_b() noexcept { return layout_here; }
