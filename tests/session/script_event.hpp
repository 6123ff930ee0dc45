// SPDX-License-Identifier: BSL-1.0
// A server_event as names and texts: what a script's `=` line is compared with.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "script.hpp"

namespace ehlo_script {

struct observed_event {
  ehlo::event_type type = ehlo::event_type::need_input;
  std::vector<field> fields;  ///< everything that the event says, in a fixed order

  /// nullptr: events of this type have no such field.
  [[nodiscard]] std::string const* find(std::string_view name) const;
  /// One printable line. Without `dropped`, the one number that may depend on cuts.
  [[nodiscard]] std::string text() const;
};

[[nodiscard]] observed_event observe(ehlo::server_event const& e);

/// Without `peer_`.
[[nodiscard]] std::string_view name_of(ehlo::errc error);
[[nodiscard]] std::string names_of(ehlo::tolerance set);

}  // namespace ehlo_script
