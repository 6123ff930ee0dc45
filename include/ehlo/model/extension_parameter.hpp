// SPDX-License-Identifier: BSL-1.0
// A MAIL or RCPT parameter of an extension that the host implements by itself (RFC 5321 2.2.1, 4.1.1.11).
#pragma once

#include <cstdint>
#include <string_view>

namespace ehlo::inline v0 {

struct extension_parameter {
  std::string_view keyword;     ///< compares without case
  std::uint16_t allowance = 0;  ///< octets by which it may lengthen the command line (RFC 5321 4.5.3.1.4)
};

}  // namespace ehlo::inline v0
