// SPDX-License-Identifier: BSL-1.0
// From what a host knows of a failure to what it means: symptom, likely causes, what to check and how. The words of a
// reply are never looked at: they are for people, and each server has its own.
//
//   trace::diagnosis const& why = trace::diagnose({.at = trace::stage::rcpt, .code = 451, .status = {4, 7, 1}});
//   why.name;      // "greylisted"
//   why.symptom; why.causes(); why.checks();  // or write_diagnosis() of diagnosis_text.hpp, with the commands filled
//   in
#pragma once

#include <span>

#include "diagnosis_auth.hpp"
#include "diagnosis_code.hpp"
#include "diagnosis_needs.hpp"
#include "diagnosis_policy.hpp"
#include "diagnosis_row.hpp"
#include "diagnosis_session.hpp"
#include "diagnosis_status.hpp"
#include "diagnosis_transport.hpp"

namespace ehlo::inline v0::trace {

namespace diagnosis_rows {

/// In the order in which they are asked: what is below SMTP, what breaks it, then replies from the most specific to the
/// most general, and what the engine met without one.
inline constexpr std::span<diagnosis_row const> all[]{transport_rows, protocol_rows, lost_rows, auth_rows,
                                                      policy_rows,    status_rows,   code_rows, needs_rows,
                                                      fault_rows,     general_rows};

[[nodiscard]] constexpr diagnosis const* find_diagnosis(failure const& f) noexcept {
  for (std::span<diagnosis_row const> const table : all)
    for (diagnosis_row const& row : table)
      if (row.when.holds(f)) return &row.what;
  return nullptr;
}

inline constexpr diagnosis not_known{
    "not_known", "What failed is not known.", {"nothing was told but that it did"}, {see_dialogue, probe_host}, ""};

}  // namespace diagnosis_rows

/// What the failure means; `not_known` where it says nothing. An error that a server gives stands for the reply that it
/// deserves. Static data.
[[nodiscard]] constexpr diagnosis const& diagnose(failure f) noexcept {
  bool const refused = f.code ? f.code.number() >= 400 : f.status.status_class >= 4;
  if (!refused) {
    f.code = {};
    f.status = {};
  }
  bool const connected = f.at > stage::connect;
  if (f.transport == transport_failure::reset && connected) {
    f.transport = transport_failure::none;
    if (f.error == errc::ok) f.error = errc::peer_gone;
  }
  if (diagnosis const* const found = diagnosis_rows::find_diagnosis(f)) return *found;
  if (refused || f.error > errc::shutdown) return diagnosis_rows::not_known;
  f.code = info(f.error).code;
  f.status = info(f.error).status;
  diagnosis const* const found = diagnosis_rows::find_diagnosis(f);
  return found != nullptr ? *found : diagnosis_rows::not_known;
}

}  // namespace ehlo::inline v0::trace
