// SPDX-License-Identifier: BSL-1.0
#include <ehlo/server.hpp>

std::string_view greeting_of_another_unit(ehlo::server& smtp) {
  std::string_view in;
  return smtp.next(in, {}).type() == ehlo::event_type::need_output ? smtp.output() : std::string_view{};
}
