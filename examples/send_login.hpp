// SPDX-License-Identifier: BSL-1.0
// How a client logs in where the engine does not do it alone: the mechanisms but PLAIN and LOGIN.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "channel_binding.hpp"
#include "ehlo/client.hpp"
#include "ehlo/sasl/client.hpp"
#include "sasl_functions.hpp"
#include "send_options.hpp"

namespace sending {

class login {
 public:
  explicit login(options const& o) : mechanisms_{o.smtp.mechanisms} {
    who_ = {.user_name = o.smtp.user_name,
            .password = o.password,
            .token = o.token,
            .authorization_identity = o.smtp.authorization_identity,
            .host = o.tls_name,
            .port = o.port_number()};
  }

  /// The connection is in TLS, which a login can be bound to.
  void binds_to(tls::channel_bindings channel) { channel_ = std::move(channel); }

  /// Events `auth` and `challenge`.
  void take(ehlo::client_core& smtp, ehlo::client_event const& e) {
    using enum ehlo::sasl::client_step::kind;
    ehlo::sasl::client_step const s =
        e.type() == ehlo::client_event_type::auth ? begin(e.mechanism()) : mechanism_.take(e.challenge());
    if (s.why != ehlo::sasl::error::ok) why_ = message(s.why);
    ehlo::errc said = ehlo::errc::ok;
    switch (s.what) {
      case wait: said = smtp.respond_later(); break;
      case respond: said = smtp.respond(s.octets, ehlo::auth_expects::challenge); break;
      case done: said = smtp.respond(s.octets); break;
      case failed: said = smtp.cancel(); break;
    }
    if (said == ehlo::errc::ok) return;
    why_ = message(said);
    smtp.cancel();
  }

  /// What the mechanism has found wrong; empty if nothing.
  [[nodiscard]] std::string_view why() const { return why_; }

 private:
  ehlo::sasl::client_step begin(std::string_view name) {
    std::vector<ehlo::sasl::channel_binding> const all = channel_.all();
    bool const binds = name.ends_with("-PLUS") || prefers_plus_to(name);
    who_.binding = binds && !all.empty() ? all[0] : ehlo::sasl::channel_binding{};
    why_ = {};
    return mechanism_.begin(name, who_, functions_);
  }
  /// Then it was not offered, which the server has to be told (RFC 5802 6).
  [[nodiscard]] bool prefers_plus_to(std::string_view name) const {
    std::string_view const before =
        mechanisms_.substr(0, (" " + std::string{mechanisms_} + " ").find(" " + std::string{name} + " "));
    return (" " + std::string{before} + " ").find(" " + std::string{name} + "-PLUS ") != std::string::npos;
  }

  ehlo::sasl::functions functions_ = crypto::functions();
  std::string_view mechanisms_;
  ehlo::sasl::client_credentials who_;
  tls::channel_bindings channel_;
  ehlo::sasl::client mechanism_;
  std::string_view why_;
};

}  // namespace sending
