// SPDX-License-Identifier: BSL-1.0
// How a client logs in to ehlo-serve by what the engine does not do alone: the mechanisms but PLAIN and LOGIN.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "channel_binding.hpp"
#include "ehlo/sasl/server.hpp"
#include "ehlo/server.hpp"
#include "sasl_functions.hpp"
#include "serve_users.hpp"

namespace serve {

/// One exchange, from `auth` to its outcome.
class login {
 public:
  /// `channel` is null outside of TLS.
  login(users const& known, std::string_view hostname, tls::channel_bindings const* channel)
      : users_{known},
        channels_{channel != nullptr ? channel->all() : std::vector<ehlo::sasl::channel_binding>{}},
        terms_{crypto::functions(), hostname, channels_} {}
  login(login const&) = delete;
  login& operator=(login const&) = delete;

  /// Events `auth` and `auth_response`. False: it is over.
  bool take(ehlo::server_core& smtp, ehlo::server_event const& e) {
    if (e.type() == ehlo::event_type::auth_response) return say(smtp, mechanism_.take(e.response()));
    return say(smtp, e.has_initial_response() ? mechanism_.begin(e.mechanism(), e.response(), terms_)
                                              : mechanism_.begin(e.mechanism(), terms_));
  }

 private:
  bool say(ehlo::server_core& smtp, ehlo::sasl::server_step const& s) {
    using enum ehlo::sasl::server_step::kind;
    switch (s.what) {
      case challenge:
        if (smtp.challenge(s.octets) == ehlo::errc::ok) return true;
        smtp.reject({454, {4, 7, 0}, "the challenge is too long"});
        return false;
      case ask: {
        ehlo::sasl::digest_text salt;
        return say(smtp, mechanism_.answer(users_.judge(s.about, s.who, salt)));
      }
      case done: smtp.accept(); return false;
      case failed: break;
    }
    bool const is_ours = info(s.why).code.is_transient();
    smtp.reject({info(s.why).code, info(s.why).status, is_ours ? "not now" : "name or secret wrong"});
    return false;
  }

  users const& users_;
  std::vector<ehlo::sasl::channel_binding> channels_;
  ehlo::sasl::server_terms terms_;
  ehlo::sasl::server mechanism_;
};

}  // namespace serve
