// SPDX-License-Identifier: BSL-1.0
// A server's mechanism, whichever it is: for hosts that do not care. With the engine, where PLAIN and LOGIN come as
// `credentials` and all others so:
//
//   case event_type::auth:          say(e.has_initial_response() ? login.begin(e.mechanism(), e.response(), terms)
//                                                                : login.begin(e.mechanism(), terms));        break;
//   case event_type::auth_response: say(login.take(e.response()));                                            break;
//   ...
//   void say(sasl::server_step s) {
//     switch (s.what) {
//       case sasl::server_step::kind::challenge: smtp.challenge(s.octets);                                    break;
//       case sasl::server_step::kind::ask:       say(login.answer(judge(s.about, s.who)));                    break;
//       case sasl::server_step::kind::done:      smtp.accept();                                               break;
//       case sasl::server_step::kind::failed:    smtp.reject({info(s.why).code, info(s.why).status});         break;
//     }
//   }
#pragma once

#include <cstddef>
#include <span>
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
#include "scram_server.hpp"
#include "step.hpp"
#include "xoauth2.hpp"

namespace ehlo::inline v0::sasl {

/// What a server's mechanisms are made from; lent for the exchange.
struct server_terms {
  functions with{};
  std::string_view hostname{};                  ///< for the challenge of CRAM-MD5
  std::span<channel_binding const> channels{};  ///< of this connection, exactly where -PLUS is offered on it
};

class server {
 public:
  server() noexcept = default;
  server(server const&) = delete;
  server& operator=(server const&) = delete;
  ~server() { end(); }

  /// Begins an exchange without an initial response, and ends the one before, if any: what start() of the mechanism
  /// says. `mechanism`: no such name.
  server_step begin(std::string_view name, server_terms const& terms EHLO_LIFETIMEBOUND) noexcept {
    if (!put(find_mechanism(name), terms)) return detail::server_fails(error::mechanism);
    return visit([](auto& held) { return held.start(); }, detail::server_fails(error::order));
  }
  /// The same with an initial response: what take() says to it.
  server_step begin(std::string_view name, std::string_view initial,
                    server_terms const& terms EHLO_LIFETIMEBOUND) noexcept {
    if (!put(find_mechanism(name), terms)) return detail::server_fails(error::mechanism);
    return take(initial);
  }
  server_step begin(std::string_view, server_terms const&&) = delete;
  server_step begin(std::string_view, std::string_view, server_terms const&&) = delete;

  /// What take() of the mechanism says; `order` if none was begun.
  server_step take(std::string_view response) noexcept {
    return visit([response](auto& held) { return held.take(response); }, detail::server_fails(error::order));
  }
  /// What answer() of the mechanism says; `order` if nothing was asked.
  server_step answer(sasl::answer const& a) noexcept {
    return visit([&a](auto& held) { return held.answer(a); }, detail::server_fails(error::order));
  }

  /// Ends the exchange: nothing of it is kept.
  void end() noexcept {
    visit([](auto& held) { return detail::take_out(held); }, 0);
    what_ = mechanism::none;
  }

  [[nodiscard]] mechanism what() const noexcept { return what_; }

 private:
  bool put(mechanism m, server_terms const& terms) noexcept {
    end();
    functions const& with = terms.with;
    what_ = m;
    switch (m) {
      case mechanism::none: return false;
      case mechanism::anonymous: detail::put_into(held_.anonymous, with); break;
      case mechanism::login: detail::put_into(held_.login, with); break;
      case mechanism::plain: detail::put_into(held_.plain, with); break;
      case mechanism::xoauth2: detail::put_into(held_.xoauth2, with); break;
      case mechanism::oauthbearer: detail::put_into(held_.oauthbearer, with); break;
      case mechanism::cram_md5: detail::put_into(held_.cram_md5, with, terms.hostname); break;
      case mechanism::scram_sha_1: detail::put_into(held_.scram, hash::sha_1, false, terms.channels, with); break;
      case mechanism::scram_sha_256: detail::put_into(held_.scram, hash::sha_256, false, terms.channels, with); break;
      case mechanism::scram_sha_1_plus: detail::put_into(held_.scram, hash::sha_1, true, terms.channels, with); break;
      case mechanism::scram_sha_256_plus:
        detail::put_into(held_.scram, hash::sha_256, true, terms.channels, with);
        break;
      case mechanism::external: detail::put_into(held_.external, with); break;
    }
    return true;
  }

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
    detail::place<anonymous_server> anonymous;
    detail::place<login_server> login;
    detail::place<plain_server> plain;
    detail::place<xoauth2_server> xoauth2;
    detail::place<oauthbearer_server> oauthbearer;
    detail::place<cram_md5_server> cram_md5;
    detail::place<scram_server> scram;
    detail::place<external_server> external;
  } held_;
  mechanism what_ = mechanism::none;
};

}  // namespace ehlo::inline v0::sasl
