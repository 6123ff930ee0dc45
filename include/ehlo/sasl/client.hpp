// SPDX-License-Identifier: BSL-1.0
// A client's mechanism, whichever it is: for hosts that do not care. With the engine:
//
//   case client_event_type::auth:      say(login.begin(e.mechanism(), credentials, functions));          break;
//   case client_event_type::challenge: say(login.take(e.challenge()));                                   break;
//   ...
//   void say(sasl::client_step s) {
//     switch (s.what) {
//       case sasl::client_step::kind::wait:    smtp.respond_later();                                     break;
//       case sasl::client_step::kind::respond: smtp.respond(s.octets, ehlo::auth_expects::challenge);    break;
//       case sasl::client_step::kind::done:    smtp.respond(s.octets);                                   break;
//       case sasl::client_step::kind::failed:  smtp.cancel();                                            break;
//     }
//   }
//
// Where respond() returns local_room, as the response is longer than the engine's storage, cancel(), too.
#pragma once

#include <cstddef>
#include <string_view>

#include "../base/config.hpp"
#include "anonymous.hpp"
#include "cram_md5.hpp"
#include "credentials.hpp"
#include "external.hpp"
#include "functions.hpp"
#include "holder.hpp"
#include "login.hpp"
#include "mechanism.hpp"
#include "oauthbearer.hpp"
#include "plain.hpp"
#include "scram_client.hpp"
#include "step.hpp"
#include "xoauth2.hpp"

namespace ehlo::inline v0::sasl {

class client {
 public:
  client() noexcept = default;
  client(client const&) = delete;
  client& operator=(client const&) = delete;
  ~client() { end(); }

  /// Begins an exchange, and ends the one before, if any: what start() of the mechanism says. `mechanism`: no such
  /// name. Credentials and functions are lent until end().
  client_step begin(std::string_view name, client_credentials const& who EHLO_LIFETIMEBOUND,
                    functions const& with EHLO_LIFETIMEBOUND) noexcept {
    return begin(find_mechanism(name), who, with);
  }
  client_step begin(mechanism m, client_credentials const& who EHLO_LIFETIMEBOUND,
                    functions const& with EHLO_LIFETIMEBOUND) noexcept {
    end();
    what_ = m;
    switch (m) {
      case mechanism::none: return detail::client_fails(error::mechanism);
      case mechanism::anonymous: detail::put_into(held_.anonymous, who, with); break;
      case mechanism::login: detail::put_into(held_.login, who, with); break;
      case mechanism::plain: detail::put_into(held_.plain, who, with); break;
      case mechanism::xoauth2: detail::put_into(held_.xoauth2, who, with); break;
      case mechanism::oauthbearer: detail::put_into(held_.oauthbearer, who, with); break;
      case mechanism::cram_md5: detail::put_into(held_.cram_md5, who, with); break;
      case mechanism::scram_sha_1: detail::put_into(held_.scram, hash::sha_1, false, who, with); break;
      case mechanism::scram_sha_256: detail::put_into(held_.scram, hash::sha_256, false, who, with); break;
      case mechanism::scram_sha_1_plus: detail::put_into(held_.scram, hash::sha_1, true, who, with); break;
      case mechanism::scram_sha_256_plus: detail::put_into(held_.scram, hash::sha_256, true, who, with); break;
      case mechanism::external: detail::put_into(held_.external, who, with); break;
    }
    return visit([](auto& held) { return held.start(); }, detail::client_fails(error::order));
  }
  client_step begin(std::string_view, client_credentials const&&, functions const&) = delete;
  client_step begin(std::string_view, client_credentials const&, functions const&&) = delete;
  client_step begin(mechanism, client_credentials const&&, functions const&) = delete;
  client_step begin(mechanism, client_credentials const&, functions const&&) = delete;

  /// What take() of the mechanism says; `order` if none was begun.
  client_step take(std::string_view challenge) noexcept {
    return visit([challenge](auto& held) { return held.take(challenge); }, detail::client_fails(error::order));
  }

  /// Ends the exchange: nothing of it is kept.
  void end() noexcept {
    visit([](auto& held) { return detail::take_out(held); }, 0);
    what_ = mechanism::none;
  }

  [[nodiscard]] mechanism what() const noexcept { return what_; }

 private:
  template <class F, class Result>
  Result visit(F f, Result otherwise) noexcept {
    switch (what_) {
      case mechanism::none: break;
      case mechanism::anonymous: return f(held_.anonymous.value);
      case mechanism::login: return f(held_.login.value);
      case mechanism::plain: return f(held_.plain.value);
      case mechanism::xoauth2: return f(held_.xoauth2.value);
      case mechanism::oauthbearer: return f(held_.oauthbearer.value);
      case mechanism::cram_md5: return f(held_.cram_md5.value);
      case mechanism::scram_sha_1:
      case mechanism::scram_sha_256:
      case mechanism::scram_sha_1_plus:
      case mechanism::scram_sha_256_plus: return f(held_.scram.value);
      case mechanism::external: return f(held_.external.value);
    }
    return otherwise;
  }

  union members {
    members() noexcept {}
    ~members() {}
    detail::place<anonymous_client> anonymous;
    detail::place<login_client> login;
    detail::place<plain_client> plain;
    detail::place<xoauth2_client> xoauth2;
    detail::place<oauthbearer_client> oauthbearer;
    detail::place<cram_md5_client> cram_md5;
    detail::place<scram_client> scram;
    detail::place<external_client> external;
  } held_;
  mechanism what_ = mechanism::none;
};

}  // namespace ehlo::inline v0::sasl
