// SPDX-License-Identifier: BSL-1.0
// How a protocol is written down as data: rows of states, inputs, a guard, the next state and an action, and the grid
// that is made of them when the program is compiled.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ehlo::inline v0 {

/// A row holds for each state and each input of its sets.
template <class State, class Fact, class Action>
struct transition_row {
  std::uint32_t states;  ///< a set, as bits
  std::uint64_t inputs;  ///< a set, as bits
  Fact guard;            ///< the row holds if any of these facts does; none: always
  State next;
  bool stays;  ///< the state stays what it is, `next` means nothing
  Action action;
  std::string_view source;
};

/// What the table says to one input.
template <class State, class Fact, class Action>
struct transition_step {
  State next;
  Action action;
  Fact because;  ///< the facts of the guard that held
};

/// The rows of one cell, as 1 + their index; 0 where there is none.
struct transition_cell {
  std::uint8_t guarded = 0;
  std::uint8_t plain = 0;
};
template <std::size_t States, std::size_t Inputs>
using transition_grid = std::array<std::array<transition_cell, Inputs>, States>;

/// Sets of states and of inputs, for those who write rows.
namespace transition_sets {
template <class... States>
consteval std::uint32_t in(States... states) {
  return ((1U << static_cast<unsigned>(states)) | ...);
}
template <class... Inputs>
consteval std::uint64_t on(Inputs... inputs) {
  return ((std::uint64_t{1} << static_cast<unsigned>(inputs)) | ...);
}
}  // namespace transition_sets

/// Not a constant expression: reaching it while the grid is built is the compiler's error message.
inline void two_rows_contend_for_one_cell() noexcept {}

/// At most one guarded and one unguarded row stands in a cell; the guarded one is asked first.
template <std::size_t States, std::size_t Inputs, class Rows>
consteval transition_grid<States, Inputs> make_grid(Rows const& rows) {
  transition_grid<States, Inputs> grid{};
  for (std::size_t r = 0; r != rows.size(); ++r) {
    for (std::size_t s = 0; s != States; ++s) {
      if ((rows[r].states >> s & 1U) == 0) continue;
      for (std::size_t i = 0; i != Inputs; ++i) {
        if ((rows[r].inputs >> i & 1U) == 0) continue;
        transition_cell& cell = grid[s][i];
        std::uint8_t& slot = static_cast<unsigned>(rows[r].guard) == 0 ? cell.plain : cell.guarded;
        if (slot != 0) two_rows_contend_for_one_cell();
        slot = static_cast<std::uint8_t>(r + 1);
      }
    }
  }
  return grid;
}

/// The transition for an input. An input that has no row leaves the state as it is: a session never asks for one.
template <class Rows, class Grid, class State, class Input, class Fact>
[[nodiscard]] constexpr auto look_up(Rows const& rows, Grid const& grid, State state, Input input,
                                     Fact facts) noexcept {
  using action = decltype(rows[0].action);
  using step = transition_step<State, Fact, action>;
  transition_cell const cell = grid[static_cast<std::size_t>(state)][static_cast<std::size_t>(input)];
  if (cell.guarded != 0) {
    auto const& row = rows[cell.guarded - 1U];
    if (Fact const held = row.guard & facts; held != Fact{})
      return step{row.stays ? state : row.next, row.action, held};
  }
  if (cell.plain != 0) {
    auto const& row = rows[cell.plain - 1U];
    return step{row.stays ? state : row.next, row.action, Fact{}};
  }
  return step{state, action{}, Fact{}};
}

}  // namespace ehlo::inline v0
