// SPDX-License-Identifier: BSL-1.0
// A client_event as names and texts: what a script's `=` line is compared with.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client_script.hpp"

namespace ehlo_script {

/// What a client's host has been told. The outcome for a recipient is one of these too, behind transaction_done.
struct observed_client_event {
  std::string type;
  std::vector<field> fields;  ///< everything that the event says, in a fixed order

  /// nullptr: events of this type have no such field.
  [[nodiscard]] std::string const* find(std::string_view name) const;
  /// One printable line.
  [[nodiscard]] std::string text() const;
};

[[nodiscard]] observed_client_event observe(ehlo::client_event const& e);
[[nodiscard]] observed_client_event observe(ehlo::recipient const& r);

}  // namespace ehlo_script
