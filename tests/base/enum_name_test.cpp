// SPDX-License-Identifier: BSL-1.0
// Every enumeration that tools print: each name is the enumerator as the compiler spells it, and none is missing.
#include "ehlo/base/enum_name.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#include "ehlo/model/envelope.hpp"
#include "ehlo/model/errc_name.hpp"
#include "ehlo/model/text_rules.hpp"
#include "ehlo/model/tolerance.hpp"
#include "ehlo/session/client_event.hpp"
#include "ehlo/session/deadline.hpp"
#include "ehlo/session/server_event.hpp"

namespace {

using namespace ehlo;

/// What g++ and clang call the value: `Value = ehlo::v0::advice::done` or `Value = ehlo::advice::done`; a number with a
/// cast where there is no such enumerator.
template <auto Value>
constexpr std::string_view spelling() {
  std::string_view text = __PRETTY_FUNCTION__;
  text = text.substr(text.find("Value = ") + 8);
  text = text.substr(0, text.find_first_of(";]"));
  if (text.find(')') != std::string_view::npos) return {};
  return text.substr(text.rfind(':') + 1);
}

template <class Enum, std::size_t... Index>
constexpr bool spelt(std::array<std::string_view, sizeof...(Index)> const& names, std::index_sequence<Index...>) {
  return ((names[Index] == spelling<static_cast<Enum>(Index)>() && name(static_cast<Enum>(Index)) == names[Index]) &&
          ...);
}
/// The names are those of the enumerators 0, 1, ..., and no enumerator follows.
template <class Enum, std::size_t Count>
constexpr bool all_of(std::array<std::string_view, Count> const& names) {
  return spelt<Enum>(names, std::make_index_sequence<Count>{}) && spelling<static_cast<Enum>(Count)>().empty() &&
         name(static_cast<Enum>(Count)).empty();
}

static_assert(spelling<advice::done>() == "done" && spelling<static_cast<advice>(200)>().empty());
static_assert(all_of<advice>(advice_names));
static_assert(all_of<client_event_type>(client_event_names));
static_assert(all_of<deadline_phase>(deadline_phase_names));
static_assert(all_of<drop_reason>(drop_reason_names));
static_assert(all_of<errc>(errc_names));
static_assert(all_of<event_type>(server_event_names));
static_assert(all_of<newlines>(newlines_names));
static_assert(all_of<outcome>(outcome_names));
static_assert(all_of<reply_phase>(reply_phase_names));

template <std::size_t... Bit>
constexpr bool bits_spelt(std::index_sequence<Bit...>) {
  return ((name(static_cast<tolerance>(1U << Bit)) == spelling<static_cast<tolerance>(1U << Bit)>()) && ...);
}
static_assert(bits_spelt(std::make_index_sequence<32>{}), "a bit without an enumerator has no name either");
static_assert(name(strict) == "none" && name(interoperable).empty());

TEST(enum_name, of_a_value_that_is_no_enumerator) {
  for (unsigned value = 8; value != 256; ++value) EXPECT_EQ(name(static_cast<advice>(value)), "");
}

}  // namespace
