// SPDX-License-Identifier: BSL-1.0
// Members of a union that come and go.
#pragma once

#include <cstddef>

namespace ehlo::inline v0::sasl::detail {

/// The value with a placement new of its own: the general one is in a header that needs more than this library does.
template <class T>
struct place {
  template <class... Arguments>
  explicit place(Arguments&... arguments) noexcept : value{arguments...} {}

  static void* operator new(std::size_t, void* at) noexcept { return at; }
  static void operator delete(void*, void*) noexcept {}

  T value;
};

template <class T, class... Arguments>
void put_into(place<T>& at, Arguments&&... arguments) noexcept {
  new (static_cast<void*>(&at)) place<T>(arguments...);
}

/// A value that may be in any member.
template <class T>
int take_out(T& value) noexcept {
  value.~T();
  return 0;
}

}  // namespace ehlo::inline v0::sasl::detail
