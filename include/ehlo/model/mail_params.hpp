// SPDX-License-Identifier: BSL-1.0
// The parameters of MAIL and RCPT as a client states them; each value as it goes on the wire, so that a relay passes on
// what it was given.
#pragma once

#include <cstdint>
#include <string_view>

#include "command.hpp"

namespace ehlo::inline v0 {

struct mail_params {
  std::uint64_t size = 0;  ///< SIZE (RFC 1870), sent if `has_size`
  bool has_size = false;
  body_type body = body_type::unstated;
  bool smtputf8 = false;    ///< RFC 6531
  bool requiretls = false;  ///< RFC 8689
  ret_type ret = ret_type::unstated;
  std::string_view envid;  ///< xtext (RFC 3461 4.4); empty: not sent
  std::string_view auth;   ///< `<>` or a mailbox as xtext (RFC 4954 5); empty: not sent
  std::string_view rest;   ///< any other parameters, `KEYWORD=value` with spaces between
};

struct rcpt_params {
  notify_type notify = notify_type::unstated;
  std::string_view orcpt;  ///< `addr-type;xtext` (RFC 3461 4.2); empty: not sent
  std::string_view rest;
};

}  // namespace ehlo::inline v0
