// SPDX-License-Identifier: BSL-1.0
// Every macro of the library. All begin with EHLO_, and no layout of a public type depends on any of them.
#pragma once

// EHLO_LIFETIMEBOUND: the result (or the object that keeps the argument) must not outlive what it views.
#if defined(__has_cpp_attribute)
#if __has_cpp_attribute(clang::lifetimebound)
#define EHLO_LIFETIMEBOUND [[clang::lifetimebound]]
#elif __has_cpp_attribute(msvc::lifetimebound)
#define EHLO_LIFETIMEBOUND [[msvc::lifetimebound]]
#endif
#endif
#if !defined(EHLO_LIFETIMEBOUND)
#define EHLO_LIFETIMEBOUND
#endif

// EHLO_HOT: the scanners on the octet path. EHLO_COLD: refusals and endings, kept out of the hot functions' way.
// EHLO_APART: never inlined, where g++ -O3 would and takes the returned event apart.
#if defined(__GNUC__)
#define EHLO_HOT inline __attribute__((always_inline))
#define EHLO_COLD __attribute__((noinline, cold))
#define EHLO_APART __attribute__((noinline))
#elif defined(_MSC_VER)
#define EHLO_HOT __forceinline
#define EHLO_COLD __declspec(noinline)
#define EHLO_APART __declspec(noinline)
#else
#define EHLO_HOT inline
#define EHLO_COLD
#define EHLO_APART
#endif

// EHLO_ISA: the inline namespace of functions whose body depends on the instruction set that the compiler targets, so
// that two translation units built with different -m flags never share a symbol with two meanings.
#if defined(__AVX2__)
#define EHLO_ISA isa_avx2
#elif defined(__SSE2__) || (defined(_M_X64) && !defined(_M_ARM64EC))
#define EHLO_ISA isa_sse2
#elif defined(__ARM_NEON) && defined(__aarch64__)
#define EHLO_ISA isa_neon
#else
#define EHLO_ISA isa_plain
#endif
