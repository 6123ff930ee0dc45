// SPDX-License-Identifier: BSL-1.0
// Steps as text, so that tests read like an exchange: `respond "n,,n=user"`, `ask password user=tim secret=...`,
// `failed: name or secret wrong`. NUL is \0, the octet 0x01 is ^A.
#pragma once

#include <string>
#include <string_view>

#include "ehlo/sasl/step.hpp"

namespace sasl_test {

namespace sasl = ehlo::sasl;

inline std::string shown(std::string_view octets) {
  std::string out;
  for (char const c : octets) {
    if (c == '\0')
      out += "\\0";
    else if (c == '\x01')
      out += "^A";
    else
      out += c;
  }
  return out;
}

inline std::string failed(sasl::error why) { return "failed: " + std::string{message(why)}; }

inline std::string said(sasl::client_step const& s) {
  using enum sasl::client_step::kind;
  std::string const octets = '"' + shown(s.octets) + '"';
  switch (s.what) {
    case wait: return "wait";
    case respond: return "respond " + octets + (s.why == sasl::error::ok ? "" : " " + std::string{message(s.why)});
    case done: return "done " + octets;
    case sasl::client_step::kind::failed: break;
  }
  return sasl_test::failed(s.why);
}

inline std::string shown(sasl::claim const& c) {
  std::string out;
  auto const add = [&out](std::string_view name, std::string_view value) {
    if (!value.empty()) out.append(" ").append(name).append("=").append(shown(value));
  };
  add("user", c.user_name);
  add("as", c.authorization_identity);
  add("secret", c.secret);
  add("host", c.host);
  add("port", c.port);
  return out;
}

inline std::string said(sasl::server_step const& s) {
  using enum sasl::server_step::kind;
  constexpr std::string_view questions[]{"none", "password", "secret", "keys", "token", "identity", "anonymous"};
  switch (s.what) {
    case challenge: return "challenge \"" + shown(s.octets) + '"';
    case ask: return "ask " + std::string{questions[static_cast<std::size_t>(s.about)]} + shown(s.who);
    case done: return "done" + shown(s.who);
    case sasl::server_step::kind::failed: break;
  }
  return sasl_test::failed(s.why);
}

}  // namespace sasl_test
