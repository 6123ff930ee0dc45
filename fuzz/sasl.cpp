// SPDX-License-Identifier: BSL-1.0
// A peer that says anything to either side of any mechanism: who does not know the secret never comes in, and is never
// believed; what failed stays failed; everything a mechanism says stands in it. And an exchange of the two sides with
// an octet changed on the way: SCRAM and CRAM-MD5 let nothing of the kind pass.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "../tests/sasl/digests.hpp"
#include "check.hpp"
#include "ehlo/sasl/client.hpp"
#include "ehlo/sasl/scram_message.hpp"
#include "ehlo/sasl/server.hpp"

namespace {

using fuzz::check;
using namespace sasl_test;
using sasl::error, sasl::mechanism;
using client_kind = sasl::client_step::kind;
using server_kind = sasl::server_step::kind;

constexpr sasl::channel_binding channel{sasl::tls_exporter, "of this channel"};

struct sides {
  explicit sides(std::uint8_t choice) : what{static_cast<mechanism>(1 + choice % (sasl::mechanism_count - 1))} {
    if ((choice & 0x80U) == 0) with.prepare = sasl::unprepared_utf8;
    terms.with = with;
    if (includes(info(what).needs, sasl::need::channel) || (choice & 0x40U) != 0) {
      who.binding = channel;
      terms.channels = {&channel, 1};
    }
    check(make_scram_keys(with, sasl::hash::sha_1, "password", "a salt", 4096, sha_1) == error::ok);
    check(make_scram_keys(with, sasl::hash::sha_256, "password", "a salt", 4096, sha_256) == error::ok);
  }
  [[nodiscard]] bool proves() const {
    return info(what).gives >= sasl::strength::challenge && what != mechanism::external;
  }
  [[nodiscard]] bool is_scram() const {
    return info(what).gives >= sasl::strength::mutual && what != mechanism::external;
  }

  sasl::server_step judge(sasl::server_step const& s, sasl::verdict verdict) {
    check(s.about != sasl::question::none);
    for (std::string_view const one : {s.who.user_name, s.who.authorization_identity}) {
      check(one.size() <= sasl::max_identity && one.find('\0') == one.npos);
      for (char const c : one) check(with.prepare != nullptr || (c >= ' ' && c <= '~'));
    }
    if (s.about != sasl::question::token) check(s.who.secret.size() <= sasl::max_identity);
    sasl::stored_scram_keys const& keys = s.who.digest == sasl::hash::sha_1 ? sha_1 : sha_256;
    return server.answer({.what = verdict, .secret = "password", .keys = keys.view(), .token_error = "{}"});
  }

  mechanism what;
  crypto host{.quick = true};
  sasl::functions with = host.functions();
  sasl::client_credentials who{.user_name = "a,b=c", .password = "password", .token = "token", .host = "h", .port = 25};
  sasl::server_terms terms{.hostname = "mx.example.org"};
  sasl::stored_scram_keys sha_1, sha_256;
  sasl::client client;
  sasl::server server;
};

/// The messages of a peer's: each behind an octet that says how long it is.
std::string_view take_message(std::string_view& rest) {
  if (rest.empty()) return {};
  std::size_t const size = static_cast<std::uint8_t>(rest[0]);
  std::string_view const message = rest.substr(1, size);
  rest.remove_prefix(1 + message.size());
  return message;
}

/// A server that does not know the password is never believed by a client whose mechanism proves something.
void talk_to_client(std::uint8_t choice, std::string_view rest) {
  sides s{choice};
  sasl::client_step step = s.client.begin(s.what, s.who, s.with);
  bool failed = false;
  for (int i = 0; i != 6; ++i) {
    check(!failed || step.what == client_kind::failed || s.what == mechanism::login);
    failed = failed || step.what == client_kind::failed;
    check(!s.is_scram() || step.what != client_kind::done);
    check(step.what != client_kind::failed || (step.octets.empty() && step.why != error::ok));
    check(step.octets.size() <= sasl::max_bearer_message);
    step = s.client.take(take_message(rest));
  }
}

/// A client that does not know the password never comes in where it has to prove that it does; nobody comes in without
/// the host's consent.
void talk_to_server(std::uint8_t choice, std::string_view rest) {
  sides s{choice};
  bool const refuse = !rest.empty() && (rest[0] & 1) != 0;
  bool const initial = !rest.empty() && (rest[0] & 2) != 0;
  rest.remove_prefix(rest.empty() ? 0 : 1);
  sasl::server_step step =
      initial ? s.server.begin(name_of(s.what), take_message(rest), s.terms) : s.server.begin(name_of(s.what), s.terms);
  bool failed = false;
  for (int i = 0; i != 8; ++i) {
    check(!failed || step.what == server_kind::failed);
    failed = failed || step.what == server_kind::failed;
    check(step.what != server_kind::done || (!s.proves() && !refuse && step.who.secret.empty()));
    check(step.what != server_kind::failed || step.why != error::ok);
    if (step.what == server_kind::done) return;
    step = step.what == server_kind::ask ? s.judge(step, refuse ? sasl::verdict::refuse : sasl::verdict::accept)
                                         : s.server.take(take_message(rest));
  }
}

/// Both sides know the password; one octet of one message is another.
void talk_to_each_other(std::uint8_t choice, std::string_view how) {
  if (how.size() < 3) return;
  std::size_t const which = static_cast<std::uint8_t>(how[0]) % 6;
  std::size_t const place = static_cast<std::uint8_t>(how[1]);
  sides s{choice};
  if (!includes(info(s.what).needs, sasl::need::channel)) s.terms.channels = {}, s.who.binding = {};
  std::size_t number = 0;
  bool changed = false;
  auto const send = [&](std::string_view octets) {
    std::string out{octets};
    if (number++ == which && place < out.size()) {
      out[place] = static_cast<char>(out[place] ^ how[2]);
      changed = how[2] != 0;
    }
    return out;
  };
  sasl::client_step mine = s.client.begin(s.what, s.who, s.with);
  sasl::server_step yours = mine.what == client_kind::wait
                                ? s.server.begin(name_of(s.what), s.terms)
                                : s.server.begin(name_of(s.what), send(mine.octets), s.terms);
  while (yours.what == server_kind::ask || yours.what == server_kind::challenge) {
    if (yours.what == server_kind::ask) {
      yours = s.judge(
          yours, yours.who.user_name == s.who.user_name || !s.proves() ? sasl::verdict::accept : sasl::verdict::refuse);
      continue;
    }
    mine = s.client.take(send(yours.octets));
    if (mine.what == client_kind::failed) return;
    yours = s.server.take(send(mine.octets));
  }
  bool const both = yours.what == server_kind::done && mine.what == client_kind::done;
  check(both || changed || s.what == mechanism::external || s.what == mechanism::anonymous);
  check(!both || !changed || !s.proves());
}

/// What was read is where it was.
void read(std::string_view text) {
  sasl::scram_client_first first;
  if (parse_scram_client_first(text, first) == error::ok) {
    check(std::string{first.gs2.text}.append(first.bare) == text);
    check(first.bare.starts_with("n=" + std::string{first.user_name} + ",r=" + std::string{first.nonce}));
  }
  sasl::scram_client_final final;
  if (parse_scram_client_final(text, final) == error::ok) {
    check(std::string{final.without_proof} + ",p=" + std::string{final.proof} == text);
    check(final.without_proof.starts_with("c=" + std::string{final.binding} + ",r=" + std::string{final.nonce}));
  }
  sasl::scram_server_first server;
  if (parse_scram_server_first(text, server) == error::ok)
    check(text.starts_with("r=" + std::string{server.nonce} + ",s=" + std::string{server.salt} +
                           ",i=" + std::to_string(server.iterations)));
  sasl::secret_text<4096> name, again;
  if (text.size() < 1000) {
    put_saslname(text, name);
    check(name.fits() && get_saslname(name.view(), again) && again.view() == text);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < 2) return 0;
  std::string_view const rest{reinterpret_cast<char const*>(data) + 2, size - 2};
  switch (data[0] % 4) {
    case 0: talk_to_client(data[1], rest); break;
    case 1: talk_to_server(data[1], rest); break;
    case 2: talk_to_each_other(data[1], rest); break;
    default: read(rest); break;
  }
  return 0;
}
